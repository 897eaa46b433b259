"""Grading: many submissions at once, each hostile until proven otherwise.

``python -m nndl.practice grade DIR --csv out.csv``. A submission runs in a process of its own
(``child``), within limits (``rlimits``, ``kernel``, ``hooks``), on a copy of its files. It judges
nothing: it sends what the functions returned, as numbers (``wire``), and a process in which no line
of a submission runs compares them (``judging``).
"""
