"""Compiled twins: what the naive layers compute, at the speed of the machine.

A module here has the name of its chapter; a function has the name of its naive twin with ``_fast``.
Where numba does not exist (in the browser), the ``_fast`` functions are the NumPy ones.
"""
