"""What Python code does when it runs, whatever its words and types are, and what it imports.

Left out is what a reader or a type checker sees and Python passes over: docstrings, comments, line
breaks, annotations, what is under ``if TYPE_CHECKING``, and imports of names for annotations alone.
"""

import ast
import re
from functools import cache

from book._tools.tangle import ROOT

DEFINITIONS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
# Modules from which names for annotations come, and whose import does nothing else.
OF_TYPES = {"collections.abc", "nndl.internal.types", "numpy.typing", "types", "typing"}


@cache
def meaning(source):
    """What Python code does, as code; what is no Python counts as it is."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a line for IPython
        return source
    tree = _Untyped().visit(tree)
    for node in ast.walk(tree):
        if isinstance(node, DEFINITIONS) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    _UnusedTypes(_used(tree)).visit(tree)
    for node in ast.walk(tree):
        if getattr(node, "body", None) == [] and not isinstance(node, ast.Module):
            node.body.append(ast.Pass())
    return ast.unparse(tree)  # nearly the same in every Python, which a dump is not


class _Untyped(ast.NodeTransformer):
    """Takes annotations away, but for those that a class makes fields of."""

    def visit_If(self, node):
        if ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            return self.generic_visit(ast.Module(node.orelse, [])).body
        return self.generic_visit(node)

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_FunctionDef(self, node):
        node.returns = None
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        if node.bases or node.keywords or node.decorator_list:  # a NamedTuple or a dataclass, say
            for each in node.body:
                each.is_field = isinstance(each, ast.AnnAssign)
        return self.generic_visit(node)

    def visit_AnnAssign(self, node):
        node = self.generic_visit(node)
        if getattr(node, "is_field", False):
            return node
        if node.value is not None:
            return ast.copy_location(ast.Assign([node.target], node.value), node)
        node.annotation = ast.Constant(...)  # what is left makes a name local, whatever its type
        return node


class _UnusedTypes(ast.NodeTransformer):
    """Takes away imports of types that nothing needs any more."""

    def __init__(self, used):
        self.used = used

    def visit_ImportFrom(self, node):
        if node.module in OF_TYPES:
            node.names = [each for each in node.names if (each.asname or each.name) in self.used]
        return node if node.names else None


def _used(tree):
    """The names that code reads, also those in the texts of ``__all__`` and of annotations."""
    nodes = list(ast.walk(tree))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    texts = [node.annotation for node in nodes if isinstance(node, ast.AnnAssign)]
    texts += [node.value for node in nodes if isinstance(node, ast.Assign) and _is_all(node)]
    return used.union(*(re.findall(r"\w+", ast.unparse(text)) for text in texts))


def _is_all(node):
    return ast.unparse(node.targets[0]) == "__all__"


@cache
def imported(source):
    """Names of the modules of ``nndl`` that ``source`` may import, anywhere in it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found += [name for name in names if name.split(".")[0] == "nndl"]
    return found


def reached(source, root=ROOT):
    """``{module: source}`` of every module of ``nndl`` that ``source`` imports, also indirectly."""
    found, queue = {}, [source]
    while queue:
        for module in imported(meaning(queue.pop())):
            file = root.joinpath(*module.split("."))
            file = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
            if module not in found and file.is_file():
                found[module] = file.read_text(encoding="utf-8")
                queue.append(found[module])
    return found
