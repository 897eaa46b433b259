"""The table: how many are judged rightly, of how many wrong ones the cause is named first."""

import sys
import time

from nndl import practice
from tests.support.unseen import bodies

tally: dict[tuple[str, str], int] = {}
slow = []
for body in bodies(*sys.argv[1:]):
    start = time.process_time()
    result = practice.check(body.exercise, body.function)
    slow.append((time.process_time() - start, body.place))
    first = {result.cause[0].id, *result.cause[0].equal} if result.cause else set()
    sure = result.cause[0].sure if result.cause else ""
    if body.right:
        kind = "right, passed" if result.ok else "RIGHT, CALLED WRONG"
    elif result.ok:
        kind = "WRONG, PASSED"
    elif first & set(body.causes):
        kind = f"cause first ({sure})"
    elif any(c.id in body.causes or set(c.equal) & set(body.causes) for c in result.cause):
        kind = "cause named later"
    else:
        kind = f"another cause ({sure})" if result.cause else "not known"
    known = kind in ("right, passed",) or kind.startswith("cause first")
    if not known:
        print(f"{body.place} {body.exercise}: {kind}\n   {body.words} [{'|'.join(body.causes)}]")
        print("   said:", "; ".join(f"{c.id} ({c.sure})" for c in result.cause) or "nothing")
    tally[kind] = tally.get(kind, 0) + 1
for kind, count in sorted(tally.items()):
    print(f"{count:4} {kind}")
print("slowest:", ", ".join(f"{place} {t:.2f} s" for t, place in sorted(slow, reverse=True)[:6]))
