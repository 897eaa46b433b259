"""The packages that these tools need, and what to say where one is missing."""

import contextlib
import importlib
import sys

# What jupytext and nbformat load only for JupyterLab and for addresses in other alphabets: a second
# and a half, of which no text and no notebook has any use.
UNUSED = ("jupyter_server", "rfc3987_syntax")


class Missing(Exception):
    """Something without which the tools cannot run, in a line that says what to do."""


def needed(module, package=None):
    """Import a module; where it is missing, say how to install its package.

    Parameters
    ----------
    module : str
        Its name.
    package : str, optional
        The package to install, where it has another name.

    Returns
    -------
    module

    Raises
    ------
    Missing
        It is not installed, or one that it needs is not.
    """
    with _left_out(UNUSED if module in ("jupytext", "nbformat") else ()):
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            package = package or module if error.name == module else error.name
            how = f"`{sys.executable} -m pip install {package}`, or `make setup` for all of them"
            raise Missing(f"{package} is missing, which the chapters need: {how}") from error


@contextlib.contextmanager
def _left_out(names):
    """Let imports of these modules fail, unless they are loaded already."""
    names = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(names))
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
