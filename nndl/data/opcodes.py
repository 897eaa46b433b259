"""The few instructions of pickles that plain data needs, read from the bytes."""

import io
import pickletools

PUSH = {
    *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
    *("SHORT_BINSTRING", "BINSTRING"),  # Python 2's strings; pickletools decodes them as latin-1
    *("SHORT_BINUNICODE", "BINUNICODE", "SHORT_BINBYTES", "BINBYTES"),
}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
EMPTY = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
STEPS = {
    *("BINPUT", "LONG_BINPUT", "MEMOIZE", "BINGET", "LONG_BINGET", "MARK", "TUPLE"),
    *("APPEND", "APPENDS", "SETITEM", "SETITEMS", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"),
    *("PROTO", "FRAME", "STOP"),
}
KNOWN = PUSH | STEPS | CONSTANTS.keys() | EMPTY.keys() | TUPLES.keys()
OPCODES = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}


def instructions(data):
    """The instructions before the end, ``(name, argument)``; ValueError for one that is not known.

    ``pickletools.genops`` would read the arguments of the others first, and warn of some.
    """
    stream = io.BytesIO(data)
    while code := stream.read(1):
        opcode = OPCODES.get(code)
        name = opcode.name if opcode else repr(code)
        if name not in KNOWN:
            raise ValueError(f"it has the instruction {name}, which plain data does not need")
        if name == "STOP":
            return
        if name == "GLOBAL":  # pickletools would take a backslash in it for an escape
            yield name, [stream.readline().rstrip(b"\n").decode("ascii") for _ in range(2)]
        else:
            yield name, opcode.arg.reader(stream) if opcode.arg else None
    raise ValueError("it ends too early")
