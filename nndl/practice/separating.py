"""Which inputs separate right from wrong: the simplest condition that holds for all wrong cases."""

from collections.abc import Iterable, Sequence

from nndl.practice.exercises import Case

# Traits that are true or false: how a case is described that has one, and one that does not.
WORDS = {
    "a remainder": ("there is a remainder", "there is no remainder"),
    "ties": ("there are ties", "there are no ties"),
    "NaN": ("there is a NaN", "there is no NaN"),
    "zeros in x": ("there are zeros in x", "there are no zeros in x"),
    "positive numbers in x": ("x has positive numbers", "x has no positive numbers"),
    "negative numbers in x": ("x has negative numbers", "x has no negative numbers"),
    "all negative": ("all numbers are negative", "not all numbers are negative"),
    "windows leave gaps": ("windows leave gaps", "windows leave no gaps"),
    "windows overlap": ("windows overlap", "windows do not overlap"),
    "scores far apart": ("scores lie far apart", "scores do not lie far apart"),
    "dropout": ("there is dropout", "there is no dropout"),
    "normalized": ("there is normalization", "there is no normalization"),
    "training": ("it is trained", "it is not trained"),
    "fit": ("the arguments fit", "the arguments do not fit"),
    "large gradients": ("gradients are large", "gradients are not large"),
    "small gradients": ("gradients are small", "gradients are not small"),
    "small gradients, large epsilon": (
        "gradients are small and epsilon is large", "gradients are not small, nor epsilon large"
    ),
    "N = features": ("N is the number of features", "N is not the number of features"),
    "N = classes": ("N is the number of classes", "N is not the number of classes"),
}  # fmt: skip
# Traits that are numbers, of what is counted: they are said as "the number of steps".
COUNTED = ("channels", "channels in a group", "classes", "dimensions", "dimensions of x",
           "features", "filters", "groups", "numbers", "outputs", "pixels", "steps")  # fmt: skip
FEW_CASES = 6  # cases that are looked at, if there are so many
ANY = ("N", "C", "F", "M", "D", "features", "classes", "filters", "channels", "outputs")


def separates(cases: Sequence[Case], wrong: set[int]) -> str:
    """The condition in words, such as "stride > 1"; nothing where no simple one does.

    float32 is compared less strictly, so a case of it that is right says nothing.

    Parameters
    ----------
    cases : sequence of Case
        Those that were run.
    wrong : set of int
        The numbers of the wrong ones.
    """
    counted = [k for k, case in enumerate(cases) if k in wrong or not case.single]
    strict = [cases[k] for k in counted]
    wrong = {n for n, k in enumerate(counted) if k in wrong}
    if len(wrong) == len(strict):
        others = (
            "" if len(strict) == len(cases) else " but in float32, which is compared less strictly"
        )
        return f"it is wrong on every case{others}"
    single = conditions(strict)
    for text, holds in single:
        if {k for k, held in enumerate(holds) if held} == wrong:
            return f"it is wrong exactly where {text}"
    for n, (first, a) in enumerate(single):
        for second, b in single[n + 1 :]:
            if {k for k in range(len(strict)) if a[k] and b[k]} == wrong:
                return f"it is wrong exactly where {first} and {second}"
    for text, holds in single:
        if wrong <= {k for k, held in enumerate(holds) if held} and sum(holds) < len(strict):
            return f"it is wrong only where {text}, but not always there"
    return ""


def spread(cases: Sequence[Case], numbers: Iterable[int]) -> list[int]:
    """A few of these cases: every condition that holds on one of all holds on one of the few.

    At least ``FEW_CASES``, the smallest of the others, where there are as many.
    """
    rest = sorted(numbers, key=lambda k: (cases[k].size, k))
    met = [{text for text, holds in conditions([cases[k] for k in rest]) if holds[n]}
           for n in range(len(rest))]  # fmt: skip
    left, chosen = set[str]().union(*met), set[int]()
    while left:
        best = max(range(len(rest)), key=lambda n: (len(met[n] & left), -n))
        chosen.add(best)
        left -= met[best]
    for n in range(len(rest)):
        if len(chosen) < FEW_CASES:
            chosen.add(n)
    return [rest[n] for n in sorted(chosen)]


def conditions(cases: Sequence[Case]) -> list[tuple[str, list[bool]]]:
    """Conditions on one trait, and where each holds.

    A size in the middle of others, C is 2 and neither 1 nor 3, would hold by chance alone.
    """
    found = []
    names = [name for name in (cases[0].traits if cases else ()) if name != "by hand"]
    for name in names:
        values = [case.traits.get(name) for case in cases]
        if None in values:  # some cases say nothing of it
            continue
        if all(isinstance(v, bool) for v in values):
            equal, unequal = in_words(name)
            found += [(equal, list(values)), (unequal, [not v for v in values])]
            continue
        known = sorted(set(values))
        ends = known[:1] if name in ANY else {known[0], known[-1]}
        said = f"the number of {name}" if name in COUNTED else name
        found += [(f"{said} is {v}", [one == v for one in values]) for v in known if v in ends]
        found += [(f"{said} > {v}", [one > v for one in values])
                  for v in (known[:1] if name in ANY else known[:-1])]  # fmt: skip
    return [(text, holds) for text, holds in found if any(holds) and not all(holds)]


def in_words(name: str) -> tuple[str, str]:
    """How a case is described that has a trait, and one that does not."""
    if name in WORDS:
        return WORDS[name]
    if " = " in name:
        return name.replace(" = ", " is "), name.replace(" = ", " is not ")
    if " is " in name:
        return name, name.replace(" is ", " is not ")
    if " are " in name:
        return name, name.replace(" are ", " are not ")
    return f"it is {name}", f"it is not {name}"
