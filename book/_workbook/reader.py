"""Later cells use what the reader wrote: their imports of the same names from ``nndl`` go.

What the notebook has defined wins. Functions of other chapters still come from ``nndl``, so a
chapter can be done without those before it.
"""

import ast
import re

UNUSED = ("nndl.checks", "nndl.internal")


def defined(source: str) -> set[str]:
    """The functions and classes that a cell defines."""
    kinds = ast.FunctionDef | ast.ClassDef
    return {node.name for node in ast.parse(source).body if isinstance(node, kinds)}


def rewritten(source: str, drops) -> str:
    """A cell's source with its imports from ``nndl`` without those for which ``drops`` is true.

    ``drops`` takes the module and the name; one that is imported under another name becomes an
    assignment.
    """
    lines = source.split("\n")
    for node in reversed(list(imports(source))):
        gone = [alias for alias in node.names if drops(node.module, alias.name)]
        if not gone:
            continue
        kept = [alias for alias in node.names if alias not in gone]
        indent = " " * node.col_offset
        new = [indent + ast.unparse(ast.ImportFrom(node.module, kept, 0))] if kept else []
        new += [f"{indent}{a.asname} = {a.name}" for a in gone if a.asname]
        if not new and node.col_offset:
            new = [f"{indent}pass"]
        lines[node.lineno - 1 : node.end_lineno] = new
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines).strip("\n"))


def imports(source: str):
    """The imports from ``nndl`` in a cell, in the order of its lines."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in found if (node.module or "").split(".")[0] == "nndl"]
    return sorted(ours, key=lambda node: node.lineno)


def with_readers(source: str, own: set[str], modules: set[str]) -> str:
    """A cell that uses the names in ``own`` as the notebook has them.

    Parameters
    ----------
    source : str
    own : set of str
        What the notebook has defined above.
    modules : set of str
        The modules of ``nndl`` that the chapter writes: ``cnn.ThreeLayerConvNet`` is own, too.
    """
    source = rewritten(source, lambda module, name: name in own and "fast" not in module)
    for module in modules:
        source = re.sub(
            rf"(?<![\w.]){module}\.(\w+)",
            lambda match: match[1] if match[1] in own else match[0],
            source,
        )
    return source


def used(sources) -> set[str]:
    """The names that cells use."""
    trees = [ast.parse(source) for source in sources]
    return {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


def without_unused(source: str, needed: set[str]) -> str:
    """A cell without the imports of checks and the like that only the body needed."""
    return rewritten(source, lambda m, name: m.startswith(UNUSED) and name not in needed)
