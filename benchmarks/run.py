"""``make bench``: measure everything and write the record.

make bench                        benchmarks/results.json, in some minutes
make bench ARGS=--quick           a look, in about a minute; the record stays
make bench ARGS="--only conv"     rows whose name matches; the record stays
make bench ARGS=--check           ratios against the record; fails where one has fallen
make bench ARGS=--profile         where the time of a training step goes; the record stays
"""

import argparse
import os
import re
import sys

from benchmarks.layers import LOOPS, cases, name_of
from benchmarks.record import LATEST, RECORD, STEP, key_of, read, rows_of, slower, write


def options(argv):
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="few rounds; does not write the record"
    )
    parser.add_argument(
        "--only", default="", metavar="REGEX", help="rows whose name matches, alone"
    )
    parser.add_argument("--check", action="store_true", help="compare ratios with the record")
    parser.add_argument(
        "--profile", action="store_true", help="where the time of a training step goes"
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="all cores by default")
    parser.add_argument("--rounds", type=int, help="turns of each side")
    args = parser.parse_args(argv)
    args.rounds = args.rounds or (3 if args.quick else 21)
    return args


def measured_rows(args, wanted):
    """Measure the rows that are wanted, and say each as it comes."""
    rows = []
    for row in measurements(args, wanted):
        rows.append(row)
        ratio = row["ratio"]
        spread = f"{ratio['median']:8.2f}  ({ratio['q1']:.2f} to {ratio['q3']:.2f})"
        same = "" if row.get("same_on_one_thread", True) else "  other bits on one thread"
        print(f"{name_of(row):64}{spread}{same}", flush=True)
    return rows


def measurements(args, wanted):
    """Yield the rows that are wanted: single layers, then training steps."""
    from benchmarks import rows, steps

    for case in cases():
        loops = case.against == LOOPS  # seconds a call
        rounds = max(1, args.rounds // 7) if loops else args.rounds
        yield from rows.measure(case, rounds, args.threads, wanted)
    for row in steps.rows_wanted(wanted):
        yield steps.measure(row, args.rounds, args.threads)


def chosen(args):
    """Whether a row is one that --only asks for."""
    return lambda row: re.search(args.only, name_of(row), re.IGNORECASE)


def compare(args):
    """Measure, compare with the record, and give the exit status: 1 if a row has fallen behind.

    A row that seems slower is measured a second time, for longer, before it is called so.
    """
    recorded = [row for row in rows_of(read()) if chosen(args)(row)]
    rows = measured_rows(args, chosen(args))
    suspects = slower(rows, recorded)
    if suspects:
        print(f"Seemingly slower, measured again: {len(suspects)}", flush=True)
        again = argparse.Namespace(**vars(args) | {"rounds": 3 * args.rounds})
        suspects = slower(measured_rows(again, lambda row: key_of(row) in suspects), recorded)
    measured = set(map(key_of, rows))
    missing = [row for row in recorded if key_of(row) not in measured]
    problems = [*suspects.values(), *(f"{name_of(row)}: not measured" for row in missing)]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(rows)} rows compared with the record, {len(suspects)} slower")
    return 1 if problems else 0


def main(argv=None):
    args = options(argv)
    # Before the libraries are loaded, so that neither starts more threads than it may use.
    os.environ |= {"NUMBA_NUM_THREADS": str(args.threads), "OMP_NUM_THREADS": str(args.threads)}
    from benchmarks import first_call, machine, memory, parts, step_memory
    from benchmarks.idle import BUSY, Others
    from benchmarks.rows import set_up

    set_up(args.threads)
    if args.profile:
        print(parts.report(args.rounds))
        return 0
    others = Others()
    status = compare(args) if args.check else None
    rows = [] if args.check else measured_rows(args, chosen(args))
    share = others.share()
    busy = share is not None and share > BUSY
    if busy:
        print(f"Other programs took {share:.0%} of the machine's time: the ratios mislead.")
        print("They flatter nndl. Measure again when the machine is idle.", flush=True)
    if args.check:
        return status
    if not rows:
        sys.exit(f"make bench: no row matches {args.only!r}")
    if args.only:
        return 0

    one = {"layers": ["max pool"], "dtypes": ["float32"], "repeats": 1} if args.quick else {}
    shape = {"shapes": ["64,32,32; 64,3,1,1"], "dtypes": ["float32"]} if args.quick else {}
    few = {"dtypes": ["float32"]} if args.quick else {}
    results = {
        "versions": machine.versions(),
        "machine": machine.describe(args.threads, args.rounds) | {"others": share},
        "rounds": args.rounds,
        "rows": [row for row in rows if row["direction"] != STEP],
        "steps": [row for row in rows if row["direction"] == STEP],
        "memory": memory.measure(args.threads, **shape),
        "step_memory": step_memory.measure(args.threads, **few),
        "first_call": first_call.measure(args.threads, **one),
    }
    path = LATEST if args.quick or busy else RECORD  # a busy machine makes no record
    write(path, results)
    print(f"written: benchmarks/{path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
