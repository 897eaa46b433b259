"""Layers of convolutional networks, derived in a book and compiled by numba.

Importing ``nndl`` loads nothing but this file: each module is imported when it is first used,
so that a reader who wants one NumPy layer does not wait for numba or matplotlib.
"""

from importlib import import_module
from pkgutil import iter_modules

__version__ = "0.1.0"

_MODULES = sorted(module.name for module in iter_modules(__path__))
__all__ = ["__version__", "set_num_threads", *_MODULES]


def __getattr__(name):
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name == "set_num_threads":
        return import_module(f"{__name__}.fast.threads").set_num_threads
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_MODULES})
