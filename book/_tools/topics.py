"""Where a topic lives: the table at the end of ``CONTRIBUTING.md``, made from the files themselves.

A topic is a chapter, or the two of a forward and a backward pass. Its module is what its cells are
tangled into; its twin, the module of ``nndl.fast`` that compiles the functions it defines; its
checks, the modules of ``nndl.checks`` that those functions ask; its tests, the files that have its
name, or a line ``Chapter: part/name`` at the end of their docstring.

    python -m book._tools.topics           write the table
    python -m book._tools.topics --check   change nothing; say whether it is as it should be
"""

import argparse
import ast
import re
import sys
from dataclasses import dataclass, field

from book._tools.offered import defined
from book._tools.tangle import ROOT, chapter_paths, code_cells, read_text
from nndl.internal.whole_files import writing

PAGE, HEADING = "CONTRIBUTING.md", "## Where a topic lives"
MEND = "run `python -m book._tools.topics`"
SHARED = {"arguments"}  # what nearly every check uses
# What a chapter is about and does not define: no file says so by itself.
BEHIND = {
    "speed/numba": ["nndl/fast/runtime"],
    "speed/machine": ["nndl/fast/kernels/intrinsics.py"],
    "speed/roofline": ["nndl/fast/kernels/blocking.py"],
    "speed/micro_kernel": ["nndl/fast/kernels/micro_kernel.py", "nndl/fast/kernels/ir_builder.py"],
    "speed/implicit_gemm": ["nndl/fast/kernels"],
    "networks/training": ["nndl/solver.py", "nndl/training", "nndl/schedules.py"],
}
INTRODUCTION = """\
A topic has the name of its chapter, wherever nothing else decides: the modules of `nndl` have the
names that the courses' notebooks import. `python -m book._tools.topics` makes this table from the
files, and a test compares the two.
"""


@dataclass
class Topic:
    """The files of a topic, as paths from the repository's root."""

    name: str
    chapters: list[str] = field(default_factory=list)
    modules: dict[str, None] = field(default_factory=dict)  # dicts keep the order
    twins: dict[str, None] = field(default_factory=dict)
    checks: dict[str, None] = field(default_factory=dict)
    tests: dict[str, None] = field(default_factory=dict)


def topic_of(stem: str) -> str:
    """The topic of a chapter: both passes of a layer are one."""
    return re.sub(r"_(forward|backward)$", "", stem)


def imports(source: str, package: str) -> list[str]:
    """The modules below ``package`` that code imports from."""
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom) and n.module]
    return [n.module for n in nodes if n.module.startswith(f"{package}.")]


def twin_modules(root=ROOT) -> dict[str, str]:
    """``{function: file}`` of each compiled function, by the name of what it is the twin of."""
    found = {}
    for path in sorted((root / "nndl" / "fast").glob("[!_]*.py")):
        for name in defined(path.read_text(encoding="utf-8")):
            if name.endswith("_fast"):
                found[name.removesuffix("_fast")] = path.relative_to(root).as_posix()
    return found


def marked_tests(root=ROOT) -> dict[str, list[str]]:
    """``{chapter: tests}`` of the test modules whose docstring names chapters."""
    found = {}
    for path in sorted((root / "tests").rglob("*.py")):
        words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        for chapters in re.findall(r"(?m)^Chapters?: (.*)\.$", words):
            for chapter in chapters.split(", "):
                found.setdefault(chapter, []).append(path.relative_to(root).as_posix())
    return found


def topics(root=ROOT) -> list[Topic]:
    """All topics, in the order of the book.

    Raises
    ------
    ValueError
        A test names a chapter that the book does not have.
    """
    twins, marked, found = twin_modules(root), marked_tests(root), {}
    fused = dict.fromkeys(twins.values())  # until a chapter is found that has the naive function
    for path in chapter_paths(root):
        chapter = path.relative_to(root / "book").with_suffix("").as_posix()
        name = topic_of(path.stem)
        topic = found.setdefault(name, Topic(name.replace("_", " ")))
        topic.chapters.append(chapter)
        for file in BEHIND.get(chapter, ()):
            topic.modules[file] = None
            if (root / (check := file.replace("nndl/", "nndl/checks/"))).is_file():
                topic.checks[check] = None
        for cell in code_cells(read_text(path)):
            if "tangle" not in cell.metadata.get("tags", []):
                continue
            topic.modules[f"nndl/{cell.metadata['module']}.py"] = None
            for function in defined(cell.source):
                if twin := twins.get(function.removesuffix("_naive")):
                    topic.twins[twin] = None
                    fused.pop(twin, None)
            for module in imports(cell.source, "nndl.checks"):
                if module.rpartition(".")[2] not in SHARED:
                    topic.checks[f"{module.replace('.', '/')}.py"] = None
        for file in (f"tests/layers/{name}.py", f"tests/test_{name}.py", *marked.pop(chapter, ())):
            if (root / file).exists():
                topic.tests[file] = None
    for twin in fused:  # two layers in one: where it is used first
        users = (t for t in found.values() if imported_by(t, twin, root))
        if user := next(users, None):
            user.twins[twin] = None
    if marked:
        raise ValueError(f"tests name chapters that the book does not have: {sorted(marked)}")
    return list(found.values())


def imported_by(topic: Topic, file: str, root=ROOT) -> bool:
    """Whether code of the topic's chapters that becomes the package imports a module."""
    module = file.removesuffix(".py").replace("/", ".")
    for chapter in topic.chapters:
        for cell in code_cells(read_text(root / "book" / f"{chapter}.md")):
            if "tangle" in cell.metadata.get("tags", []) and module in imports(cell.source, "nndl"):
                return True
    return False


def section(root=ROOT) -> str:
    """The section of the page, with the table."""
    lines = [HEADING, "", INTRODUCTION, "| topic | chapter | module | twin | checks | tests |"]
    lines.append("|---|---|---|---|---|---|")
    for topic in topics(root):
        columns = [[f"book/{chapter}.md" for chapter in topic.chapters]]
        columns += [list(column) for column in (topic.modules, topic.twins)]
        columns += [list(column) for column in (topic.checks, topic.tests)]
        cells = [", ".join(f"[{shown(file)}]({file})" for file in files) for files in columns]
        lines.append(f"| {' | '.join([topic.name, *(cell or '–' for cell in cells)])} |")
    return "\n".join(lines) + "\n"


def shown(file: str) -> str:
    """The words of a link: the file without what its column says already."""
    return re.sub(r"^(book|nndl/fast|nndl/checks|nndl|tests)/|\.(md|py)$", "", file)


def page(root=ROOT) -> str:
    """The page, with the section as it should be: at its place, or at the end."""
    text = (root / PAGE).read_text(encoding="utf-8")
    before, found, after = text.partition(f"{HEADING}\n")
    rest = re.search(r"(?m)^## ", after) if found else None
    tail = f"\n{after[rest.start() :]}" if rest else ""
    return f"{before.rstrip()}\n\n{section(root)}{tail}"


def main(arguments=None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m book._tools.topics", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--check", action="store_true", help="change nothing")
    check, file = parser.parse_args(arguments).check, ROOT / PAGE
    text = page()
    if text == file.read_text(encoding="utf-8"):
        return 0
    if check:
        print(f"the table of topics in {PAGE} is not what the files say: {MEND}", file=sys.stderr)
        return 1
    with writing(file) as target:
        target.write(text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
