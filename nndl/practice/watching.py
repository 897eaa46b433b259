"""One run of a reader's function, and all that can be seen of it besides what it returns."""

import copy
import linecache
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nndl.internal.types import Array
from nndl.practice.copying import fresh
from nndl.practice.limits import SECONDS, Printed, TooLong, limited
from nndl.practice.origins import origin
from nndl.practice.remedies import Advice, advice

FILLED = ("out", "output", "outputs", "result", "res")  # names of an array that is filled
ENORMOUS = 10**6  # numbers; the largest array of a case has some thousands


@dataclass(frozen=True)
class Raised:
    """An exception, with the reader's own line."""

    kind: str  # the exception's type, "TooLong" for a loop without an end
    message: str
    line: str = ""  # the source of the reader's line, as far as it is known
    number: int = 0
    where: str = "it"  # "it" or "the forward pass"
    origin: str = ""  # where the value comes from, as far as it is known: see ``origins``
    out: tuple[int, ...] = ()  # the shape of the array that was being filled, if it was called so
    advice: Advice = field(default_factory=Advice)  # what is the matter, and what to do


@dataclass
class Observation:
    """What was seen of a function on one case."""

    values: dict[str, Array] = field(default_factory=dict)
    raised: Raised | None = None
    structure: str = ""  # what is wrong with what came back as a whole
    changed: tuple[str, ...] = ()  # arguments that are not what they were
    again: bool = True  # whether a second call gave the same
    random: bool = False  # whether NumPy's global random state was touched
    counts: tuple[int, ...] = ()  # the t of an update rule after each step, if it keeps one
    wrote: tuple[str, ...] = ()  # what it put into a dictionary that belongs to the caller
    settings: dict[str, float] = field(default_factory=dict)  # of an update rule, after one step
    printed: str = ""


class Stopped(Exception):
    """The rest of a case cannot be run; the observation says why."""


class Watcher:
    """Calls functions on copies of arguments, and writes down what it sees."""

    def __init__(self, twice: bool, trusted: bool = False, seconds: float = SECONDS) -> None:
        self.seen = Observation()
        self.twice = twice
        self.trusted = trusted  # this package's own functions: no limits, which take time
        self.seconds = seconds

    def stop(self, structure: str) -> None:
        """Give the case up, since what came back cannot be used."""
        self.seen.structure = structure
        raise Stopped

    def call(
        self,
        function: Callable[..., Any],
        arguments: Mapping[str, Any],
        free: tuple[str, ...] = (),
        where: str = "it",
        quiet: bool = False,
    ) -> Any:
        """Call the function on the arguments, in their order; they are not copied here.

        Arguments named in ``free`` may change. With ``quiet`` nothing but an exception counts.
        """
        copied = fresh if self.trusted else copy.deepcopy
        kept = {} if quiet else copied(dict(arguments))
        state = None if self.trusted else np.random.get_state()  # noqa: NPY002
        returned = self._once(function, arguments, where)
        if quiet:
            return returned
        changed = [k for k in kept if k not in free and not same(kept[k], arguments[k])]
        self.seen.changed = tuple(dict.fromkeys([*self.seen.changed, *changed]))
        if not self.trusted:
            self.seen.random |= not same(state, np.random.get_state())  # noqa: NPY002
        if self.twice and not enormous(returned):
            try:
                first = copy.deepcopy(returned)
            except Exception:  # a cache may hold what has no copy, such as a generator
                return returned
            try:
                self.seen.again &= same(first, self._once(function, arguments, where))
            except Stopped:
                self.seen.raised, self.seen.again = None, False
            returned = first
        return returned

    def _once(self, function: Callable[..., Any], arguments: Mapping[str, Any], where: str) -> Any:
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                if self.trusted:
                    with redirect_stdout(Printed()):
                        return function(*arguments.values())
                with limited(self.seconds) as printed:
                    try:
                        return function(*arguments.values())
                    finally:
                        self.seen.printed += printed.text
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit and TooLong, too
            raised = described(error, function, where, self.trusted)
            if arguments.get("cache", "") is None and "NoneType" in raised.message:
                raised = replace(raised, origin="cache: None")
            self.seen.raised = raised
            raise Stopped from None


def described(
    error: BaseException, function: Callable[..., Any], where: str, trusted: bool = False
) -> Raised:
    """An exception in words, with the last line of the reader's own file that it went through.

    Of this package's own functions nobody asks what to do.
    """
    kind, message = type(error).__name__, ""
    with suppress(Exception):  # its text may be the reader's, too
        message = (str(error).splitlines() or [""])[0][:300]
    if isinstance(error, TooLong):
        message = "it was still running when its time was over"
    function = getattr(function, "func", function)  # of a partial: a class of the reader's
    function = getattr(function, "__init__", function) if isinstance(function, type) else function
    home = getattr(getattr(function, "__code__", None), "co_filename", None)
    walked = traceback.walk_tb(error.__traceback__)
    inside = [(frame, line) for frame, line in walked if frame.f_code.co_filename == home]
    if not inside or home is None:
        return Raised(kind, message, where=where)
    frame, number = inside[-1]
    linecache.checkcache(home)  # the file may have been written since
    line, from_where = linecache.getline(home, number or 0, frame.f_globals), ""
    with suppress(Exception):  # the values looked at are the reader's
        from_where = origin(message, home, [(at, frame.f_locals) for frame, at in inside])
    out: tuple[int, ...] = ()
    with suppress(Exception):
        local = frame.f_locals
        filled = next(local[name] for name in FILLED if isinstance(local.get(name), np.ndarray))
        out = tuple(int(size) for size in filled.shape)
    told = Advice() if trusted else advice(error, home)
    return Raised(kind, message, line.strip(), number or 0, where, from_where, out, told)


def enormous(value: Any) -> bool:
    """Whether there is an array in it that no case can ask for, and that takes long to compare."""
    if isinstance(value, tuple | list):
        return len(value) < 10 and any(enormous(one) for one in value)
    return isinstance(value, np.ndarray) and value.size > ENORMOUS


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal in type, shape and every number; NaN equals NaN.

    Objects that cannot be compared are not the question: they count as equal.
    """
    if a is b:
        return True
    try:
        return _same(a, b)
    except Exception:
        return True


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        if a.dtype.hasobject:  # arrays in an array, as a cache may have them
            return all(same(p, q) for p, q in zip(a.ravel(), b.ravel(), strict=True))
        return a.tobytes() == b.tobytes() or bool(np.all((a == b) | ((a != a) & (b != b))))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(same(p, q) for p, q in zip(a, b, strict=True))
    return type(a) is not type(b) or bool(a == b) or a != a
