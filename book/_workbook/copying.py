"""Put the workbook of the built site into ``_build/workbook``: what ``make workbook`` does last."""

import shutil
import sys

from book._tools.tangle import ROOT


def main() -> int:
    """Copy the notebooks, in place of those of an earlier build."""
    source, target = ROOT / "_build" / "html" / "workbook", ROOT / "_build" / "workbook"
    if not source.is_dir():
        print("workbook: the site has none; `make workbook` builds both", file=sys.stderr)
        return 1
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    count = len(list(target.glob("*.ipynb")))
    print(f"The workbook is in _build/workbook: {count} notebooks, and an archive of them.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
