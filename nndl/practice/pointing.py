"""Which of a reader's own lines to look at: those that compute an output that is wrong."""

import ast
import inspect
import re
import tokenize
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from io import StringIO
from types import FunctionType
from typing import Any, NamedTuple

from nndl.mistakes import Mistake
from nndl.practice.slips import target_of
from nndl.practice.unwritten import none, tree_of

MOST = 3  # lines that are pointed at
ALIKE = 0.7  # how like a line is to a mistake's in the catalogue, to be taken for it
EMPTY = ("zeros", "zeros_like", "empty", "empty_like", "ones", "ones_like", "full", "copy", "dict")


class Line(NamedTuple):
    """A line of the reader's."""

    number: int
    text: str
    exact: bool = True  # whether it is this line, and not only one on the way


def pointed(
    function: Callable[..., Any] | None, outputs: Sequence[str], wrong: Sequence[str],
    mistake: Mistake | None = None,
) -> list[Line]:  # fmt: skip
    """The line that is most like the mistake, or else those that compute what is wrong."""
    if (tree := tree_of(function)) is None or not isinstance(function, FunctionType):
        return []
    steps = [node for node in ast.walk(tree) if isinstance(
        node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return | ast.Expr
    )]  # fmt: skip
    own = [step for name in wrong for step in computing(tree, steps, outputs, name)]
    found: list[ast.stmt] = []
    if mistake:
        itself = re.match(r"\w+", step_of(mistake))  # the step of an output, or one on the way
        near = own if itself and itself[0] in wrong else feeding(steps, own)
        found = like(near, mistake)
    lines = {step.lineno: line_of(function, step, bool(found)) for step in found or own}
    return [lines[number] for number in sorted(lines)][:MOST]


def last_return(function: Callable[..., Any] | None) -> list[Line]:
    """The line that returns."""
    if (tree := tree_of(function)) is None or not isinstance(function, FunctionType):
        return []
    returns = [node for node in ast.walk(tree) if isinstance(node, ast.Return)]
    return [line_of(function, max(returns, key=lambda one: one.lineno))] if returns else []


def line_of(function: FunctionType, step: ast.stmt, exact: bool = True) -> Line:
    """A step as it is written, with its number in the reader's file."""
    whole = inspect.unwrap(function)
    source = inspect.getsource(whole).splitlines()[step.lineno - 1 : step.end_lineno]
    number = whole.__code__.co_firstlineno - 1 + step.lineno
    return Line(number, " ".join(text.strip() for text in source), exact)


def step_of(mistake: Mistake) -> str:
    """What the step of the book's function computes that the mistake is in."""
    source, _ = mistake.sources()
    before, snippet, _ = source.partition(mistake.right)
    start = before.count("\n") + 1
    end = start + snippet.count("\n")
    for node in ast.walk(ast.parse(source)):
        head = getattr(node, "body", None)
        alone = isinstance(node, ast.stmt) and not isinstance(head, list)
        if alone and node.lineno <= end and start <= (node.end_lineno or 0):
            return target_of(node)
    return ""


def computing(
    tree: ast.FunctionDef, steps: Sequence[ast.stmt], outputs: Sequence[str], name: str
) -> Iterator[ast.stmt]:
    """The steps that compute an output: assignments to what is returned in its place."""
    last, value = given_back(steps, outputs, name)
    if last is None:
        return
    if not isinstance(value, ast.Name):
        yield last
        return
    kept, seen = [value.id], set()
    while kept:
        one = kept.pop()
        seen.add(one)
        for step in steps:
            if one in written(step) and not allocates(step):
                yield step
                kept += [base for base in bases(step) if base not in seen]


def given_back(
    steps: Sequence[ast.stmt], outputs: Sequence[str], name: str
) -> tuple[ast.stmt | None, ast.expr | None]:
    """The step that gives an output back, and what it gives: the return, or a dictionary's entry.

    A running average is no part of what is returned: it is put into bn_param by its name.
    """
    for step in steps:
        target = step.targets[0] if isinstance(step, ast.Assign) else None
        if isinstance(target, ast.Subscript) and ast.unparse(target.slice) == repr(name):
            return step, step.value
    returns = [step for step in steps if isinstance(step, ast.Return) and step.value]
    if not returns or name not in outputs or name.startswith("running"):
        return None, None
    last = max(returns, key=lambda step: step.lineno)
    parts = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
    k = list(outputs).index(name)
    return (last, parts[k]) if k < len(parts) else (None, None)


def feeding(steps: Sequence[ast.stmt], found: Sequence[ast.stmt]) -> list[ast.stmt]:
    """These steps, and all those that compute what they use."""
    used, reached = list(found), list(found)
    while used:
        names = {n.id for n in ast.walk(used.pop()) if isinstance(n, ast.Name)}
        more = [s for s in steps if s not in reached and names & set(written(s)) and not entry(s)]
        reached += more
        used += more
    return reached


def entry(step: ast.stmt) -> bool:
    """Whether a step puts something into a dictionary, by its name."""
    target = step.targets[0] if isinstance(step, ast.Assign) else None
    key = target.slice if isinstance(target, ast.Subscript) else None
    return isinstance(key, ast.Constant) and isinstance(key.value, str)


def written(step: ast.stmt) -> list[str]:
    """The names that a step assigns, or assigns places of."""
    targets = step.targets if isinstance(step, ast.Assign) else [getattr(step, "target", None)]
    flat = [e for t in targets if t for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
    return [base for target in flat if (base := base_of(target))]


def base_of(node: ast.AST) -> str:
    """The name below indices and attributes."""
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def allocates(step: ast.stmt) -> bool:
    """Whether nothing is computed: an array is made, the cache is opened, None stands there."""
    value = getattr(step, "value", None)
    unpacked = isinstance(step, ast.Assign) and isinstance(step.targets[0], ast.Tuple)
    if none(value) or (unpacked and isinstance(value, ast.Name | ast.Attribute)):
        return True
    func = value.func if isinstance(value, ast.Call) else None
    return getattr(func, "attr", getattr(func, "id", "")) in EMPTY


def bases(step: ast.stmt) -> list[str]:
    """The name of which a step takes a part and nothing more, as in ``dx = dx_pad[:, 1:]``."""
    if not isinstance(step, ast.Assign) or isinstance(step.targets[0], ast.Tuple):
        return []
    value = step.value
    if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
        return [value.value.id]
    return [value.id] if isinstance(value, ast.Name) else []


def like(steps: Sequence[ast.stmt], mistake: Mistake) -> list[ast.stmt]:
    """The step that is most like the wrong line of the book's function; none if none is."""
    right, wrong = (source.splitlines() for source in mistake.sources())
    new = [text.split("#")[0].strip() for text in wrong if text not in right]
    pairs = [
        (SequenceMatcher(None, tokens(text), tokens(ast.unparse(step))).ratio(), -step.lineno, step)
        for text in new
        for step in steps
        if text
    ]
    share, _, best = max(pairs, default=(0.0, 0, None), key=lambda pair: pair[:2])
    return [best] if best is not None and share >= ALIKE else []


def tokens(text: str) -> list[str]:
    """The words and signs of a line."""
    try:
        return [t.string for t in tokenize.generate_tokens(StringIO(text).readline) if t.string]
    except (tokenize.TokenError, SyntaxError):
        return text.split()
