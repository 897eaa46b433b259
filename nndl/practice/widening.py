"""What to say of a result in float64 for arguments in float32, as far as the source tells why."""

import ast
from collections.abc import Callable
from typing import Any

from nndl.practice.unwritten import tree_of

MAKERS = {"zeros": 2, "ones": 2, "empty": 2, "full": 3, "eye": 4}  # the arguments with the dtype
DOUBLES = ("float", "np.float64", "np.double", "'float'", "'float64'")
NONE_WRONG = "No number is wrong by it: "
OTHERS = (
    "float32 with an array of float64 or of whole numbers is float64 in NumPy;"
    " astype(x.dtype) brings it back."
)


def wider(function: Callable[..., Any] | None) -> str:
    """Why the result is wider than the arguments: the arrays that are made without a dtype."""
    tree = tree_of(function)
    made = dict.fromkeys(
        ast.unparse(node) for node in (ast.walk(tree) if tree else ()) if without_dtype(node)
    )
    if not made:
        return NONE_WRONG + OTHERS
    first = next(iter(made))
    return f"{NONE_WRONG}{first} is float64 whatever x is; dtype=x.dtype gives its dtype."


def without_dtype(node: ast.AST) -> bool:
    """Whether an array is made without saying of which dtype, or as float64."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    place = MAKERS.get(node.func.attr, 0)
    given = [keyword.value for keyword in node.keywords if keyword.arg == "dtype"]
    given += node.args[place - 1 : place] if place else []
    module = isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "numpy")
    return module and place > 0 and all(ast.unparse(one) in DOUBLES for one in given)
