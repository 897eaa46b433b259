"""The few instructions of pickles that plain data needs, read from the bytes."""

import io
import pickletools
import re
from collections.abc import Iterator
from typing import Any

PUSH = {
    *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
    *("SHORT_BINSTRING", "BINSTRING"),  # Python 2's strings; pickletools decodes them as latin-1
    *("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    *("INT", "LONG", "FLOAT", "STRING", "UNICODE"),  # of protocol 0: lines of text
}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
EMPTY = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
PUTS, GETS = {"PUT", "BINPUT", "LONG_BINPUT"}, {"GET", "BINGET", "LONG_BINGET"}
STEPS = {
    *("MEMOIZE", "MARK", "TUPLE", "LIST", "DICT"),
    *("APPEND", "APPENDS", "SETITEM", "SETITEMS", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"),
    *("PROTO", "FRAME", "STOP"),
}
FOLLOWED = PUSH | STEPS | PUTS | GETS | CONSTANTS.keys() | EMPTY.keys() | TUPLES.keys()
OPCODES = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}

ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)", re.DOTALL)
LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f"}
LETTERS |= {b"v": b"\v", b"\\": b"\\", b"'": b"'", b'"': b'"'}


def instructions(data: bytes) -> Iterator[tuple[str, Any]]:
    """The instructions before the end, ``(name, argument)``; ValueError for one that is not known.

    ``pickletools.genops`` would read the arguments of the others first, and warn of some.
    """
    stream = io.BytesIO(data)
    while code := stream.read(1):
        opcode = OPCODES.get(code)
        name = opcode.name if opcode else repr(code)
        if name not in FOLLOWED:
            raise ValueError(f"it has the instruction {name}, which plain data does not need")
        if name == "STOP":
            return
        if name == "GLOBAL":  # pickletools would take a backslash in it for an escape
            yield name, [stream.readline().rstrip(b"\n").decode("ascii") for _ in range(2)]
        elif name == "STRING":  # pickletools would decode it as ASCII
            yield name, quoted(stream.readline())
        else:
            yield name, opcode.arg.reader(stream) if opcode.arg else None
    raise ValueError("it ends too early")


def quoted(line: bytes) -> str:
    """The string of Python 2 that ``line`` shows in quotes, decoded as latin-1."""
    content = line.rstrip(b"\n")
    if len(content) < 2 or content[:1] != content[-1:] or content[:1] not in (b"'", b'"'):
        raise ValueError("it has a string without quotes")

    def meaning(match):
        escape = match[1]
        if escape in LETTERS:
            return LETTERS[escape]
        number = int(escape[1:], 16) if escape[:1] == b"x" else int(escape, 8)  # ValueError if none
        return bytes([number])

    return ESCAPE.sub(meaning, content[1:-1]).decode("latin-1")
