"""Why a result is None: whether a body is begun, and where its work went, from its source."""

import ast
import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from difflib import SequenceMatcher
from textwrap import dedent
from typing import Any

from nndl.practice.causes import SURE, Cause

NEAR = 0.6  # how like two names are of which one is a slip of the pen: out and outs, dx and dxx
# Calls that are in the courses' templates before anything is written.
GIVEN = ("zeros", "zeros_like", "seed", "get", "astype", "pop", "copy", "pad", "print", "format")


def why_none(function: Callable[..., Any] | None, said: str) -> Cause:
    """What to say where nothing comes back on any case."""
    tree = tree_of(function)
    blank = Cause("unfinished", SURE, said, title="The body is not written yet.")
    if tree is None:
        return blank
    if inner := uncalled(tree):
        words = f"The body stands in an inner function, {inner}, that nobody calls"
        return Cause("inner-uncalled", SURE, said, title=words,
                     cause="A def only defines: its lines run when it is called.")  # fmt: skip
    for kept, name in elsewhere(tree):
        words = f"The result is assigned to {name}, and {kept} is returned"
        why = f"{said}, and {name} is never read"
        return Cause("assigned-elsewhere", SURE, why, title=words)
    if begun(tree):
        words = "It computes something, and returns nothing"
        if said.endswith(" is None"):
            words = f"{said.removesuffix(' is None')} is not written yet: it stays None"
        return Cause("value-none", SURE, said, title=words)
    return blank


def untouched(function: Callable[..., Any] | None) -> bool:
    """Whether nothing is computed in a function whose source is known."""
    tree = tree_of(function)
    return tree is not None and not begun(tree)


def in_a_chain(function: Callable[..., Any] | None, name: str) -> str:
    """The line in which a name is assigned together with places of an array; else nothing."""
    for node in ast.walk(tree) if (tree := tree_of(function)) else ():
        if isinstance(node, ast.Assign) and len(node.targets) > 1:
            kept = any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
            if kept and any(isinstance(target, ast.Subscript) for target in node.targets):
                return ast.unparse(node)
    return ""


def tree_of(function: Callable[..., Any] | None) -> ast.FunctionDef | None:
    """The tree of a function, as far as its source is known."""
    with suppress(OSError, TypeError, SyntaxError, ValueError):
        found = ast.parse(dedent(inspect.getsource(inspect.unwrap(function))))  # type: ignore[arg-type]
        return next((n for n in ast.walk(found) if isinstance(n, ast.FunctionDef)), None)
    return None


def uncalled(tree: ast.FunctionDef) -> str:
    """The name of a function inside that computes and that nobody calls."""
    for node in ast.walk(tree):
        if node is tree or not isinstance(node, ast.FunctionDef) or not begun(node):
            continue
        own = set(ast.walk(node))
        if node.name not in {n.id for n in ast.walk(tree)
                             if isinstance(n, ast.Name) and n not in own}:  # fmt: skip
            return node.name
    return ""


def begun(tree: ast.FunctionDef) -> bool:
    """Whether something is computed in it, beyond what the courses' templates have."""
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.While | ast.BinOp | ast.AugAssign | ast.ListComp):
            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name not in GIVEN and not name.endswith(("Error", "Exception")):
                return True
    return False


def elsewhere(tree: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Names that are returned and stay None, each with one much like it that nobody reads."""
    stored: dict[str, list[ast.expr | None]] = {}
    for target, value in assignments(tree):
        stored.setdefault(target, []).append(value)
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)
            and isinstance(n.ctx, ast.Load)}  # fmt: skip
    for kept in stored:
        if kept not in read or not all(none(value) for value in stored[kept]):
            continue
        for name, values in stored.items():
            like = SequenceMatcher(None, kept, name).ratio() >= NEAR
            if like and name not in read and not none(values[-1]):
                yield kept, name


def none(value: ast.expr | None) -> bool:
    """Whether it is the constant None."""
    return isinstance(value, ast.Constant) and value.value is None


def assignments(tree: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Names, and what each is set to; of a tuple, part by part where that can be told."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
            elif isinstance(target, ast.Tuple):
                parts = node.value.elts if isinstance(node.value, ast.Tuple) else []
                for k, one in enumerate(target.elts):
                    if isinstance(one, ast.Name):
                        yield one.id, parts[k] if k < len(parts) else node.value
