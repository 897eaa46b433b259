"""Compiled twins: what the naive layers compute, at the speed of the machine.

A module here has the name of its chapter; a function has the name of its naive twin with ``_fast``.
Where numba does not exist (in the browser), the ``_fast`` functions are the NumPy ones. A loop is
compiled when it is first called; ``nndl.fast.warm_up()`` does it before.
"""


def __getattr__(name):
    if name == "warm_up":
        from nndl.fast.warming import warm_up

        return warm_up
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
