"""``python -m nndl.practice grade DIR --csv out.csv``: check what students handed in."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(given: Sequence[str] | None = None) -> int:
    """Run the command; 0, or 2 where an argument is wrong."""
    from nndl.practice.grading.options import Limits
    from nndl.practice.grading.running import run

    parser = argparse.ArgumentParser(prog="python -m nndl.practice", description=__doc__)
    grade = parser.add_subparsers(required=True).add_parser(
        "grade",
        help="check submissions",
        description="Check every submission of a folder, each in a process of its own.",
    )
    grade.add_argument("folder", metavar="DIR", type=Path, help="a folder, module or notebook each")
    grade.add_argument("--csv", type=Path, required=True, help="the table to write")
    grade.add_argument("--exercises", help="names with commas; otherwise all that are found")
    grade.add_argument("--jobs", type=int, help="how many at a time; otherwise one for each core")
    grade.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="of a Dask scheduler whose workers grade, with certificates in Dask's configuration "
        "where it is tls://; or 'local'; needs nndl[cluster]",
    )
    for name, said in (
        ("seconds", "for a submission"),
        ("load-seconds", "for a module, or a statement of a notebook"),
        ("case-seconds", "for a call of a function"),
        ("memory", "MB of memory"),
        ("disk", "MB that it hands in, or writes"),
    ):
        usual = getattr(Limits, name.replace("-", "_"))
        said = f"{said} (default: {usual:g})"
        grade.add_argument(f"--{name}", type=type(usual), default=usual, help=said)
    asked = parser.parse_args(given)
    try:
        limits = Limits(
            asked.seconds, asked.load_seconds, asked.case_seconds, asked.memory, asked.disk
        )
        entries = run(asked.folder, asked.csv, asked.exercises, asked.jobs, limits, asked.cluster)
    except (ValueError, RuntimeError) as error:
        print(f"grade: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("grade: what is finished is kept; the same command goes on", file=sys.stderr)
        return 130
    reports = asked.csv.with_name(f"{asked.csv.stem}-reports")
    print(f"{len(entries)} submissions: {asked.csv}, {reports / 'class.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
