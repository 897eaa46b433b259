"""Reads pickles of plain things without unpickling: nothing that a file names is imported or run.

``pickle.load`` runs what a file tells it to. Here a small machine follows only the instructions
that make numbers, strings, lists, dictionaries and NumPy's arrays of numbers.
"""

from typing import Any

import numpy as np

from nndl.data.plain_pickle.arrays import PickledArray, PickledDtype, Word, begin
from nndl.data.plain_pickle.opcodes import CONSTANTS, EMPTY, GETS, PUSH, PUTS, TUPLES, instructions

PLAIN_TYPES = str | bytes | bytearray | int | float | complex | None | np.ndarray
# No tuples: to compute the hash of one, Python goes into its depth.
KEY_TYPES = str | bytes | int | float | None
MAX_DEPTH = 100  # levels of lists in lists
MAX_PICKLE_BYTES = 2**30  # bytes of a file


class Machine:
    """A stack, the places of the marks on it, and a memo; each instruction changes them."""

    def __init__(self, budget: int) -> None:
        self.stack, self.marks, self.memo, self.keys = [], [], {}, {}
        self.budget = budget  # bytes that may be made: what was read once can be named many times

    def pop(self, n: int) -> list[Any]:
        """The ``n`` topmost things."""
        if n > len(self.stack):
            raise ValueError("an instruction finds nothing on the stack")
        return [self.stack.pop() for _ in range(n)][::-1]

    def pop_to_mark(self) -> list[Any]:
        """What lies above the last mark."""
        return self.pop(max(len(self.stack) - self.marks.pop(), 0))

    def top(self, kind: Any) -> Any:
        """What lies on top; ValueError if it is of another kind."""
        if not isinstance(self.stack[-1], kind):
            raise ValueError("an instruction does not fit what it is applied to")
        return self.stack[-1]

    def step(self, name: str, argument: Any) -> None:
        """Follow one instruction."""
        push = self.stack.append
        if name in PUSH:
            push(argument)
        elif name in PUTS:
            self.put(argument)
        elif name == "MEMOIZE":
            self.put(len(self.memo))
        elif name in GETS:
            push(self.memo[argument])
        elif name in CONSTANTS:
            push(CONSTANTS[name])
        elif name in EMPTY:
            push(EMPTY[name]())
        elif name == "MARK":
            self.marks.append(len(self.stack))
        elif name in TUPLES:
            push(tuple(self.pop(TUPLES[name])))
        elif name == "TUPLE":
            push(tuple(self.pop_to_mark()))
        elif name == "LIST":
            push(self.pop_to_mark())
        elif name == "DICT":
            push(put_items({}, self.pop_to_mark()))
        elif name in {"APPEND", "APPENDS"}:
            items = self.pop(1) if name == "APPEND" else self.pop_to_mark()
            self.top(list).extend(items)
        elif name in {"SETITEM", "SETITEMS"}:
            items = self.pop(2) if name == "SETITEM" else self.pop_to_mark()
            put_items(self.top(dict), items)
        elif name == "GLOBAL":
            push(Word(*argument))
        elif name == "STACK_GLOBAL":
            push(Word(*self.pop(2)))
        elif name == "REDUCE":
            push(self.paid(begin(*self.pop(2))))
        elif name == "BUILD":
            (state,) = self.pop(1)
            self.replace_top(self.paid(self.top(PickledArray | PickledDtype).build(state)))

    def paid(self, made: Any) -> Any:
        """``made``, if there have not been more bytes made than any sound file holds."""
        size = made.nbytes if isinstance(made, np.ndarray) else 0
        self.budget -= len(made) if isinstance(made, bytes) else size
        if self.budget < 0:
            raise ValueError("it makes far more of its bytes than it has")
        return made

    def put(self, key: Any) -> None:
        """Remember what lies on top."""
        self.memo[key] = self.stack[-1]
        if isinstance(self.stack[-1], PickledArray):
            self.keys.setdefault(id(self.stack[-1]), []).append(key)

    def replace_top(self, built: Any) -> None:
        """Put what was built in the place of what it was built from, on the stack and in memory."""
        for key in self.keys.pop(id(self.stack[-1]), []):
            self.memo[key] = built
        self.stack[-1] = built


def put_items(target: dict[Any, Any], items: list[Any]) -> dict[Any, Any]:
    """``target`` with keys and values from ``items``, which come in turn."""
    keys = items[::2]
    for key in keys:
        if not isinstance(key, KEY_TYPES):
            raise ValueError(f"it has a {type(key).__name__} as a key")
    target.update(zip(keys, items[1::2], strict=True))
    return target


def refuse_placeholders(value: Any) -> None:
    """ValueError if anything in ``value`` is not plain, or it is nested too deeply to be handled.

    Python itself descends into nested lists to print, compare or copy them.
    """
    seen, level = set(), [value]
    for _ in range(MAX_DEPTH):
        below = []
        for thing in level:
            if isinstance(thing, dict | list | tuple):
                if id(thing) not in seen:
                    seen.add(id(thing))
                    below += thing.values() if isinstance(thing, dict) else thing
            elif not isinstance(thing, PLAIN_TYPES):
                raise ValueError("it has a part of an array where data should be")
        level = below
        if not level:
            return
    raise ValueError(f"it is nested more than {MAX_DEPTH} deep")


def unpickle(data: bytes, file: str) -> Any:
    """What the pickle ``data`` holds, if that is plain.

    Parameters
    ----------
    data : bytes
        A pickle of any protocol, 0 to 5, that Python 2 or 3 wrote.
    file : str
        Its name, for the message.

    Returns
    -------
    dict, list, tuple, str, bytes, int, float, complex, bool, None or ndarray
        Python 2's strings are str, decoded as latin-1. NumPy's scalars are Python's numbers.

    Raises
    ------
    ValueError
        Damaged, or anything but plain; nothing was run.
    """
    machine = Machine(budget=3 * len(data))
    try:
        for name, argument in instructions(data):
            machine.step(name, argument)
        (value,) = machine.stack
        refuse_placeholders(value)
    except (ValueError, LookupError, TypeError, OverflowError, MemoryError) as error:
        raise ValueError(f"{file}: not a pickle of plain data, not read: {error}") from None
    return value
