"""What is measured: the compiled layers beside PyTorch, on the machine that runs this.

``make bench`` is the command, ``README.md`` in this folder says what is what.
"""
