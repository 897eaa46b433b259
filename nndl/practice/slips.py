"""Small changes of one step of the right function: a sign, a factor, an axis, another name.

They are tried one by one where the catalogue has no answer. One that gives the very same numbers as
the reader's function on every case says in which step something is off, and what.
"""

import ast
from collections.abc import Container, Iterator
from itertools import chain

from nndl.practice.slips_of_expressions import inside
from nndl.practice.slips_of_steps import of_step, renamed
from nndl.practice.tree_changes import TWINS, Change, plumbing

NO_NUMBERS = ("self", "cache", "dtype", "wide", "own", "config", "_")


def changes(tree: ast.Module) -> Iterator[Change]:
    """Every change of a function, or of the methods of a class; what is likely comes first."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found: dict[int, list[Change]] = {}
    whole = isinstance(tree.body[0], ast.FunctionDef)
    for function in functions:
        # Where it loops, or has methods, there are many names, and few that could be meant.
        loops = any(isinstance(node, ast.For) for node in ast.walk(function))
        names = locals_of(function, TWINS if loops or not whole else None)
        rounds = [(node, {*ast.walk(node)}) for node in ast.walk(function)
                  if isinstance(node, ast.For)]  # fmt: skip
        for block in blocks(function):
            for k, step in enumerate(block):
                if plumbing(step):
                    continue
                target = target_of(step)
                around = [loop for loop, inside_it in rounds if step in inside_it]
                found_here = of_step(block, k, around), inside(step, names)
                for rank, change in chain(*found_here, renamed(block, k, names)):
                    found.setdefault(rank, []).append(change._replace(target=target))
    return chain.from_iterable(found[rank] for rank in sorted(found))


def blocks(function: ast.FunctionDef) -> Iterator[list[ast.stmt]]:
    """The lists of statements of a function, its loops and branches, without the docstring."""
    for node in ast.walk(function):
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                yield block


def target_of(step: ast.stmt) -> str:
    """What a step computes, in words."""
    if isinstance(step, ast.Assign):
        return ast.unparse(step.targets[0])
    if isinstance(step, ast.AugAssign):
        return ast.unparse(step.target)
    if isinstance(step, ast.For):
        return f"the loop over {ast.unparse(step.target)}"
    return "what is returned" if isinstance(step, ast.Return) else "a step"


def locals_of(function: ast.FunctionDef, of: Container[str] | None) -> dict[str, int]:
    """The names of arrays and numbers, with the line from which each is known; those in ``of``."""
    known = {arg.arg: function.lineno for arg in function.args.args}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            known.setdefault(node.id, node.lineno)
    return {k: v for k, v in known.items() if k not in NO_NUMBERS and (of is None or k in of)}
