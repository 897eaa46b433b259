"""Stubs of the packages that import nothing at first, so that type checkers see what they offer.

    python -m book._tools.stubs

``from nndl import Solver`` is answered by a function when the program runs, whose result could be
anything. A checker, and an editor's completion, read ``__init__.pyi`` beside it instead. This
writes both files from ``__all__`` and the table of homes; a test compares them.
"""

import subprocess
import sys

import nndl
from book._tools.needed import needed
from book._tools.tangle import ROOT
from nndl.internal.whole_files import writing

PACKAGES = (nndl, nndl.fast)
MEND = "run `python -m book._tools.stubs`"


def path_of(package, root=ROOT):
    """Where the stub of a package is."""
    return root.joinpath(*package.__name__.split("."), "__init__.pyi")


def stub(package) -> str:
    """The stub of a package, as ruff puts it."""
    homes = package._HOMES
    places = {name: f"{package.__name__}.{home}" for home, names in homes.items() for name in names}
    lines = ["# Written by `python -m book._tools.stubs` from `__all__` and the table of homes."]
    lines += [
        f"from {places.get(name, package.__name__)} import {name}"
        for name in package.__all__
        if name != "__version__"
    ]
    lines += [f"__all__ = {package.__all__!r}"]
    lines += ["__version__: str"] if "__version__" in package.__all__ else []
    lines += ["def __dir__() -> list[str]: ..."]
    return _formatted("\n".join(lines) + "\n", path_of(package))


def _formatted(source, path):
    needed("ruff")
    for command in (["check", "--select", "I", "--fix-only"], ["format"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--quiet", "--stdin-filename", str(path)]
        done = subprocess.run(
            [*ruff, "-"], input=source.encode(), capture_output=True, cwd=ROOT, check=True
        )
        source = done.stdout.decode()
    return source


def main() -> int:
    """Write the stubs that are not as they should be."""
    for package in PACKAGES:
        text, path = stub(package), path_of(package)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            with writing(path) as target:
                target.write(text.encode())
            print(f"{path.relative_to(ROOT)}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
