"""``make timings``: the record of the times that the chapters show, ``book/timings.json``.

A time says something where nothing else was going on, so the record is made by this command alone,
on a quiet machine. `make chapters` draws and prints from it, on any machine.

    python -m book._tools.timings            measure every chapter that shows timings
    python -m book._tools.timings losses     only this one
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path

from benchmarks.idle import BUSY, Others
from book._tools.chapter import TIMINGS, read_chapters
from book._tools.chapters import guarded
from book._tools.execution import executed
from book._tools.needed import needed
from book._tools.pair import keep_outputs, write_notebook, write_whole


def measure(chapter):
    """Execute a chapter, which measures; write its part of the record, and its notebook.

    Raises
    ------
    RuntimeError
        Other programs took too much of the machine's time. Nothing is written.
    """
    file, others = chapter.root / TIMINGS, Others()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report")
        notebook = executed(chapter, report)
        lines = report.read_text(encoding="utf-8").splitlines()
    if (share := others.share() or 0) > BUSY:
        raise RuntimeError(
            f"{chapter.name}: other programs took {100 * share:.0f} % of the machine's time,"
            f" {100 * BUSY:.0f} % is the most that a record allows"
        )
    record = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    packages = {name: version(name) for name in ("numpy", "numba")}
    record[chapter.path.stem] = {
        "date": date.today().isoformat(),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": needed("llvmlite.binding", "llvmlite").get_host_cpu_name(),
            "cores": os.cpu_count(),
            "others": share,
        },
        "versions": {"python": platform.python_version()} | packages,
        "values": dict(map(json.loads, lines)),
    }
    ordered = {name: record[name] for name in sorted(record)}
    write_whole(file, json.dumps(ordered, indent=1, ensure_ascii=False) + "\n")
    vars(chapter).pop("timings", None)
    if chapter.notebook is not None:
        keep_outputs(notebook, chapter.notebook, before=0)
    write_notebook(chapter, notebook, chapter.stamp)


def main(arguments=None):
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m book._tools.timings", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", help="only these chapters, such as losses")
    names = parser.parse_args(arguments).names

    def run():
        timed = [chapter for chapter in read_chapters() if chapter.is_timed]
        if unknown := set(names) - {chapter.path.stem for chapter in timed}:
            parser.error(f"no chapter that shows timings: {', '.join(sorted(unknown))}")
        chosen = [chapter for chapter in timed if not names or chapter.path.stem in names]
        for number, chapter in enumerate(chosen, start=1):
            print(f"[{number}/{len(chosen)}] {chapter.name}: measuring", flush=True)
            measure(chapter)
        return 0

    return guarded(run)


if __name__ == "__main__":
    sys.exit(main())
