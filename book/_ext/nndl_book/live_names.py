"""The names that code binds for the cells below, and those that it takes from the cells above."""

import symtable


def tables(table):
    """A table of symbols and all within it."""
    yield table
    for child in table.get_children():
        yield from tables(child)


def bound(source: str) -> set[str]:
    """The names that code gives a value, for all that runs after it."""
    top, *inner = tables(symtable.symtable(source, "cell", "exec"))
    given = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    declared = [s for t in inner if t.get_type() == "function" for s in t.get_symbols()]
    return given | {s.get_name() for s in declared if s.is_declared_global() and s.is_assigned()}


def taken(source: str) -> set[str]:
    """The names that code reads and does not give a value itself; builtins are among them."""
    top, *inner = tables(symtable.symtable(source, "cell", "exec"))
    read = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    read |= {s.get_name() for t in inner for s in t.get_symbols() if s.is_global()}
    return read - bound(source)


def homes(sources: list[str]) -> list[dict[str, int]]:
    """For each code, the names that it takes, with the number of the last that gave it a value."""
    found, last = [], {}
    for number, source in enumerate(sources):
        found.append({name: last[name] for name in taken(source) if name in last})
        last |= dict.fromkeys(bound(source), number)
    return found
