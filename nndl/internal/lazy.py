"""Names of a package that are imported when they are first asked for."""

from importlib import import_module
from pkgutil import iter_modules


def lazily(package, path, homes, names):
    """The ``__getattr__`` and ``__dir__`` of a package that imports nothing at first.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    path : list of str
        Its ``__path__``.
    homes : dict
        For each module, below the package, the names that the package offers of it.
    names : list of str
        Its ``__all__``: those names, and the modules that it shows. Further modules are found, too.
    """
    places = {name: module for module, names in homes.items() for name in names}
    modules = {module.name for module in iter_modules(path)}

    def __getattr__(name):
        if name in places:  # sooner than a module of the same name
            return getattr(import_module(f"{package}.{places[name]}"), name)
        if name in modules:
            return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return __getattr__, lambda: sorted(names)
