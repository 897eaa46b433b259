"""Which inputs separate right from wrong: the simplest condition that holds for all wrong cases."""

from collections.abc import Sequence

from nndl.practice.exercises import Case


def separates(cases: Sequence[Case], wrong: set[int]) -> str:
    """The condition in words, such as "stride > 1"; nothing where no simple one does.

    Parameters
    ----------
    cases : sequence of Case
        Those that were run.
    wrong : set of int
        The numbers of the wrong ones.
    """
    if len(wrong) == len(cases):
        return "it is wrong on every case"
    for text, holds in conditions(cases):
        if {k for k, held in enumerate(holds) if held} == wrong:
            return f"it is wrong exactly where {text}"
    single = list(conditions(cases))
    for n, (first, a) in enumerate(single):
        for second, b in single[n + 1 :]:
            if {k for k in range(len(cases)) if a[k] and b[k]} == wrong:
                return f"it is wrong exactly where {first} and {second}"
    for text, holds in single:
        if wrong <= {k for k, held in enumerate(holds) if held} and sum(holds) < len(cases):
            return f"it is wrong only where {text}, but not always there"
    return ""


def conditions(cases: Sequence[Case]) -> list[tuple[str, list[bool]]]:
    """Conditions on one trait, and where each holds."""
    found = []
    names = [name for name in (cases[0].traits if cases else ()) if name != "by hand"]
    for name in names:
        values = [case.traits.get(name) for case in cases]
        if all(isinstance(v, bool) for v in values):
            unequal = name.replace(" = ", " is not ") if " = " in name else f"not: {name}"
            equal = name.replace(" = ", " is ")
            found += [(equal, list(values)), (unequal, [not v for v in values])]
            continue
        for limit in sorted(set(values)):
            found.append((f"{name} is {limit}", [v == limit for v in values]))
        for limit in sorted(set(values))[:-1]:
            found.append((f"{name} > {limit}", [v > limit for v in values]))
    return [(text, holds) for text, holds in found if any(holds) and not all(holds)]
