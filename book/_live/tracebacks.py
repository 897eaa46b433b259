"""An error in a cell as its reader is told of it: in their own lines, and those of ``nndl``."""

import os
import traceback

YOURS = "your code"  # the file of code that is no numbered cell
READERS = ("cell ", YOURS)


def described(error: BaseException, filename: str) -> dict:
    """The traceback of an error, its frames those of cells and of ``nndl``, and the cell's line."""
    told = traceback.TracebackException.from_exception(error)
    line, chain = None, [told]
    while chain:
        part = chain.pop()
        line = line or next((f.lineno for f in part.stack if f.filename == filename), None)
        if isinstance(error, SyntaxError) and error.filename == filename:
            line = line or error.lineno
        kept = [frame for frame in part.stack if is_ours(frame.filename)]
        part.stack = traceback.StackSummary.from_list(kept)
        chain += [it for it in (part.__cause__, part.__context__) if it]
    return {"text": readable("".join(told.format())), "line": line}


def is_ours(filename: str) -> bool:
    """Whether a file is a reader's or one of ``nndl``."""
    return filename.startswith(READERS) or "/nndl/" in filename.replace(os.sep, "/")


def readable(text: str) -> str:
    """A traceback that says ``cell 14, line 3`` where Python says ``File "cell 14", line 3``."""
    lines = []
    for line in text.splitlines():
        start, quote, rest = line.partition('File "')
        if quote and not start.strip():
            path, _, where = rest.partition('"')
            path = path.replace(os.sep, "/")
            if not path.startswith(READERS):
                path = "nndl/" + path.rpartition("/nndl/")[2]
            line = f"{start}{path}{where.removesuffix(', in <module>')}"
        lines.append(line)
    return "\n".join(lines) + "\n"
