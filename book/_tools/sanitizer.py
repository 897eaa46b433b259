"""Write ``tests/nbval_sanitize.cfg``, what nbval replaces before it compares outputs, from bounds.

A bound of a check is in ``nndl.checks.gradient_check``, in one of two tuples. The sanitizer needs a
rule for each: nbval replaces by regular expressions, and none of them compares two numbers.

    python -m book._tools.sanitizer           write the file
    python -m book._tools.sanitizer --check   change nothing; say whether the file is up to date

``make chapters`` runs it.
"""

import sys
from pathlib import Path

from nndl.checks.gradient_check import ERROR_BOUNDS, SHARE_BOUNDS

CONFIG = Path(__file__).resolve().parents[2] / "tests" / "nbval_sanitize.cfg"

HEAD = """\
# Written by `make chapters` from the bounds in nndl/checks/gradient_check.py. Do not edit it
# here: its text is in book/_tools/sanitizer.py.
#
# What nbval replaces before it compares a chapter's stored output with that of a new run;
# everything else is compared to the letter. Rules apply in order. See tests/test_sanitizer.py.
"""
ERRORS = """
# An error that is under the bound printed beside it; one rule for each power of ten. A number at
# or over its bound, NaN and infinity stay as they are, and the comparison fails.
"""
SHARES = """
# An accuracy that reaches the bound printed beside it, of `check_at_least`; one rule a bound.
"""
REST = r"""
# Timings, speed-ups, rates and the number of cores depend on the machine.

[time]
regex: \b\d+(?:\.\d+)? (?:s|ms|us|ns|cycles)\b
replace: TIME

[speed-up]
regex: \b\d+(?:\.\d+)?x faster\b
replace: SPEED-UP

[rate]
regex: \b\d+(?:\.\d+)? (?:GFLOP/s|GB/s|GHz)
replace: RATE

[cores]
regex: \b\d+ cores?\b
replace: CORES

# Which images a chapter found: CIFAR-10, a copy, or made-up ones.

[images]
regex: (?<=^Images: )\S.*$
replace: IMAGES

# A figure's text form, which has its size and number of axes; the image itself is not compared.

[figure]
regex: ^<Figure size [\d.]+x[\d.]+ with \d+ Axes>$
replace: <Figure>

# A figure's drawing: that there is one, and not an image, is compared. Its strokes are not, as
# little as an image's pixels: curves end where the machine's numbers do.

[drawing]
regex: (?s)\A<\?xml [^>]*>\s*<svg .*</svg>\s*\Z
replace: <svg>
"""


def digit_from(least):
    """A regular expression for the digits from ``least`` to 9."""
    return {0: r"\d", 9: "9"}.get(least, f"[{least}-9]")


def two_digits_from(least):
    """Regular expressions, one of which fits a number from ``least`` to 99 in two digits."""
    tens, ones = divmod(least, 10)
    if ones == 0:
        return [digit_from(tens) + r"\d"]
    return [f"{tens}{digit_from(ones)}", *(two_digits_from(10 * (tens + 1)) if tens < 9 else [])]


def error_rule(bound):
    """The rule for a relative error under a power of ten, both as ``check`` prints them."""
    printed = f"{bound:.0e}"
    exponents = "|".join([*two_digits_from(1 - int(printed.removeprefix("1e"))), r"\d{3}"])
    under = rf"(?<= error: )(?:0\.00e\+00|\d\.\d\de-(?:{exponents}))(?=  \(bound {printed}\))"
    return f"\n[under {printed}]\nregex: {under}\nreplace: UNDER-{printed}\n"


def share_rule(least):
    """The rule for an accuracy that reaches ``least`` percent."""
    reached = "|".join([r"100\.0", *(rf"{number}\.\d" for number in two_digits_from(least))])
    reached = rf"(?<=: )(?:{reached})(?= %  \(at least {least} %\))"
    return f"\n[at least {least} percent]\nregex: {reached}\nreplace: REACHED-{least}\n"


def rules():
    """The text of the file."""
    errors, shares = map(error_rule, ERROR_BOUNDS), map(share_rule, SHARE_BOUNDS)
    return "".join([HEAD, ERRORS, *errors, SHARES, *shares, REST])


def main(arguments):
    """The command line; returns the exit status."""
    if CONFIG.exists() and CONFIG.read_text(encoding="utf-8") == rules():
        return 0
    if "--check" in arguments:
        print(f"tests/{CONFIG.name} does not fit the bounds: run `make chapters`", file=sys.stderr)
        return 1
    CONFIG.write_text(rules(), encoding="utf-8", newline="\n")
    print(f"tests/{CONFIG.name}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
