"""Names that a module offers and another one holds, imported when they are first asked for.

The course's files star-import each other, so a notebook that star-imports one has the names of
several. Here each function has one home, and ``book/_tools/offered.py`` says which modules offer
it besides.
"""

import sys
from importlib import import_module


def elsewhere(module, *homes):
    """The ``__getattr__`` of a module whose ``__all__`` has names of others.

    Parameters
    ----------
    module : str
        Its ``__name__``.
    *homes : str
        The modules below ``nndl`` that have the other names, in the order in which to look.

    Returns
    -------
    callable
        Takes a name and returns what it stands for; AttributeError for one not in ``__all__``.
    """

    def __getattr__(name):
        for home in homes if name in sys.modules[module].__all__ else ():
            names = vars(import_module(f"nndl.{home}"))
            if name in names:
                return names[name]
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return __getattr__
