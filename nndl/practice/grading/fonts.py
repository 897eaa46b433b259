"""Matplotlib's list of fonts, which it makes anew, for seconds, where it has no home of its own."""

import importlib.util
import shutil
from functools import cache
from pathlib import Path

FOLDER = ".matplotlib"


@cache
def lists() -> tuple[Path, ...]:
    """Those of this user; made now, if there are none."""
    if importlib.util.find_spec("matplotlib") is None:
        return ()
    import matplotlib.font_manager  # makes it

    return tuple(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))


def give(folder: Path) -> None:
    """Put them where a submission's Matplotlib looks, if it has any use for them."""
    files = [p for p in folder.rglob("*") if p.suffix.lower() in (".py", ".ipynb") and p.is_file()]
    if any(word in file.read_bytes() for file in files for word in (b"matplotlib", b"nndl")):
        (folder / FOLDER).mkdir()
        for one in lists():
            shutil.copyfile(one, folder / FOLDER / one.name)
