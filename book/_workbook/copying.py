"""Put the workbook of the built site into ``_build/workbook``: what ``make workbook`` does last."""

import shutil
import sys
import zipfile

from book._tools.tangle import ROOT
from book._workbook.course import COURSE


def main() -> int:
    """Copy the notebooks, in place of those of an earlier build, and unpack nbgrader's course."""
    source, target = ROOT / "_build" / "html" / "workbook", ROOT / "_build" / "workbook"
    if not source.is_dir():
        print("workbook: the site has none; `make workbook` builds both", file=sys.stderr)
        return 1
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    with zipfile.ZipFile(target / COURSE) as archive:
        archive.extractall(target)
        (top,) = {name.partition("/")[0] for name in archive.namelist()}
    (target / top).rename(target / "nbgrader")
    count = len(list(target.glob("*.ipynb")))
    print(f"The workbook is in _build/workbook: {count} notebooks, and an archive of them.")
    print(
        "In _build/workbook/nbgrader they are a course of nbgrader; its README says how to use it."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
