"""Take the bodies out of functions: what stays is the docstring, and what the reader is to do.

Leading lines that only check or prepare arguments stay, unless they read the cache: what is in that
is the reader's choice.
"""

import ast
import re
import textwrap
from dataclasses import dataclass

PREPARES = {
    "_prepared", "activation_of", "as_floats", "either", "numbers_of", "watched", "with_defaults",
}  # fmt: skip
RETURNED = re.compile(r"(?ms)^ *Returns\n *-+\n(.*?)(?=^ *\w[\w ]*\n *-{3,}|\Z)")
ENTRY = re.compile(r"(?m)^ {0,8}([A-Za-z_]\w*(?:, \w+)*|[^:\n]+?) : (.+)$")


@dataclass(frozen=True)
class Blank:
    """A function to write."""

    name: str  # with its class, if it has one: "TwoLayerNet.loss"
    equations: tuple[int, ...]
    removed: tuple[str, ...]  # the lines that were taken out

    @property
    def checked(self) -> str:
        """What a check is given: the function, or the class that a method is of."""
        return self.name.partition(".")[0]

    @property
    def where(self) -> str:
        """Its equations in words, empty where there are none."""
        return in_words(self.equations)

    @property
    def message(self) -> str:
        """What is raised while it is not written."""
        return f"{self.name} is not written yet" + (f": {self.where}" if self.equations else "")


def in_words(equations) -> str:
    """``equations (3), (4) and (6)``."""
    *rest, last = [f"({number})" for number in equations] or [""]
    if not rest:
        return f"equation {last}" if last else ""
    return f"equations {', '.join(rest)} and {last}"


def functions(source: str) -> dict[str, ast.FunctionDef]:
    """The functions of a cell and the methods of its classes, by their names."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            methods = [child for child in node.body if isinstance(child, ast.FunctionDef)]
            found |= {f"{node.name}.{method.name}": method for method in methods}
    return found


def prepares(statement) -> bool:
    """Whether a statement only checks or converts arguments, and does not read the cache."""
    names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    if "cache" in names:
        return False
    if isinstance(statement, ast.If):  # the net's own way with more images than fit at once
        return ast.unparse(statement.body[0]).startswith("return self._in_batches(")
    call = getattr(statement, "value", None)
    if not isinstance(statement, ast.Expr | ast.Assign) or not isinstance(call, ast.Call):
        return False
    called = ast.unparse(call.func).rpartition(".")[2]
    return called in PREPARES or called.lstrip("_").startswith("check_")


def returns(docstring: str) -> str:
    """What a docstring says of the results: ``dx: shape (N, D); db: shape (D,)``."""
    section = RETURNED.search(docstring)
    entries = ENTRY.findall(section[1]) if section else []
    return "; ".join(f"{name}: {kind.removeprefix('ndarray, ')}" for name, kind in entries)


def blank(source: str, name: str, equations) -> tuple[str, Blank]:
    """A cell's source with the body of one function taken out, and what was taken."""
    node, lines = functions(source)[name], source.split("\n")
    body, docstring = list(node.body), ast.get_docstring(node)
    kept = body.pop(0).end_lineno if docstring else body[0].lineno - 1
    while len(body) > 1 and prepares(body[0]):
        kept = body.pop(0).end_lineno
    indent = " " * node.body[0].col_offset
    removed = tuple(line for line in lines[kept : node.end_lineno] if line.strip())
    made = Blank(name, tuple(equations), removed)
    hint = [f"# Your code here{f': {made.where}' if made.where else ''}."]
    if found := returns(docstring or ""):
        hint += textwrap.wrap(
            f"It returns {found}.", 92, initial_indent="# ", subsequent_indent="# "
        )
    place = [indent + line for line in (*hint, f'raise NotImplementedError("{made.message}")')]
    return "\n".join([*lines[:kept], *place, *lines[node.end_lineno :]]), made
