"""Which packages of Pyodide a cell needs: only these are loaded before it runs."""

import ast

from nndl.internal.homes import HOMES

ASKS = {"matplotlib": ("matplotlib", "nndl.vis", "nndl.vis_utils"), "numpy": ("numpy", "nndl")}
HOME = {f"nndl.{name}": f"nndl.{home}" for home, names in HOMES.items() for name in names}


def packages(source: str) -> list[str]:
    """The packages of Pyodide that code imports, itself or by what it imports of ``nndl``."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # it is said when the cell runs
        return []
    asked = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            asked.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            asked |= {HOME.get(name, name) for name in names}
    below = {package: tuple(f"{name}." for name in names) for package, names in ASKS.items()}
    return sorted(
        package for package in ASKS if any(f"{it}.".startswith(below[package]) for it in asked)
    )
