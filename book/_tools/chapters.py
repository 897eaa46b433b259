"""The pipeline behind ``make chapters``: text -> tangled modules -> executed notebooks.

A chapter is a pair of files: ``book/<part>/<name>.md``, the text one edits, and its executed twin
``.ipynb``, which the site shows, readers run and CI re-runs.

    python -m book._tools.chapters                 bring modules and notebooks up to date
    python -m book._tools.chapters losses          the same, executing only this chapter
    python -m book._tools.chapters --again losses  the same, executing it in any case
    python -m book._tools.chapters --check         change nothing; say what is out of step
    python -m book._tools.chapters --tangle        write the modules, execute nothing
    python -m book._tools.chapters --in-step       only what texts have that notebooks have not
"""

import argparse
import difflib
import sys
import time

from book._tools.chapter import read_chapters
from book._tools.execution import executed
from book._tools.needed import Missing, needed
from book._tools.pair import (
    first_change,
    keep_outputs,
    modules_out_of_step,
    out_of_step,
    reword,
    write_modules,
    write_notebook,
)
from book._tools.tangle import ROOT, code_cells


def execute(chapter, before=0):
    """Execute a chapter and write its notebook; return the notebook.

    Of the first ``before`` cells the stored outputs are kept: nbval compares them with a new run.
    """
    notebook, stamp = executed(chapter), chapter.stamp
    if chapter.notebook is not None and not keep_outputs(notebook, chapter.notebook, before):
        stamp["fingerprint"] = ""  # `make chapters` is to execute it again
    write_notebook(chapter, notebook, stamp)
    return notebook


def is_executed(chapter):
    """Whether the notebook has the outputs of this code, whatever the words around it are."""
    stored = chapter.stored_cells
    if chapter.notebook is None or any(cell.execution_count is None for cell in stored):
        return False
    return chapter.notebook.metadata.get("nndl") == chapter.stamp


def update(chapters, root=ROOT, out=sys.stdout, names=(), again=False):
    """Write the modules and notebooks that are out of date, with a line of progress each.

    With ``names``, only the chapters that have one of them; ``again`` executes those in any case.
    """
    for module in write_modules(chapters, root):
        print(f"nndl/{module}.py: written", file=out, flush=True)
    chosen = [c for c in chapters if c.path.stem in names] if names else chapters
    for number, chapter in enumerate(chosen, start=1):
        print(f"[{number}/{len(chosen)}] {chapter.name}: ", end="", file=out)
        if is_executed(chapter) and not again:
            if out_of_step(chapter):
                reword(chapter)
                print("new words, the outputs hold", file=out)
            else:
                print("up to date", file=out)
            continue
        print("executing ... ", end="", file=out, flush=True)
        start = time.perf_counter()
        execute(chapter)
        print(f"{time.perf_counter() - start:.0f} s", file=out, flush=True)


def bring_into_step(chapters, root=ROOT, out=sys.stdout):
    """Let notebooks follow texts that were edited without them, on the web for instance.

    Nothing else is touched. Outputs of code that means the same stay, up to the first cell of a
    chapter that means something else; so whatever changed in the package, nbval compares with them.
    Returns what is out of step all the same, a line each.
    """
    behind = [chapter for chapter in chapters if out_of_step(chapter)]
    for module in write_modules(chapters, root, only=behind):
        print(f"nndl/{module}.py: written", file=out, flush=True)
    for chapter in behind:
        changed = None if chapter.notebook is None else first_change(chapter)
        unfinished = any(cell.execution_count is None for cell in chapter.stored_cells)
        if chapter.notebook is not None and changed is None and not unfinished:
            reword(chapter)
            print(f"{chapter.name}: new words, the outputs hold", file=out)
            continue
        print(f"{chapter.name}: executing, from Cell {changed or 0} on", file=out, flush=True)
        before = chapter.stored_cells
        after = code_cells(execute(chapter, before=changed or 0))
        for number, (old, new) in enumerate(zip(before, after, strict=False)):
            lines = difflib.unified_diff(_printed(old), _printed(new), "stored", "now", lineterm="")
            if difference := list(lines):
                print(f"    Cell {number} prints:", *difference[2:], sep="\n    ", file=out)
    return list(filter(None, map(out_of_step, behind)))


def _printed(cell):
    """The lines that a cell prints."""
    return "".join(o.text for o in cell.outputs if o.get("name") == "stdout").splitlines()


def main(arguments=None):
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m book._tools.chapters", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="change nothing")
    how.add_argument("--tangle", action="store_true", help="write the modules alone")
    how.add_argument("--again", action="store_true", help="execute what is up to date, too")
    how.add_argument("--in-step", action="store_true", help="follow the texts alone")
    parser.add_argument("names", nargs="*", help="execute only these chapters, such as gradients")
    options = parser.parse_args(arguments)
    return guarded(lambda: run(options, parser))


def run(options, parser):
    """What the command line asks for; returns the exit status."""
    chapters, names = read_chapters(), options.names
    if unknown := set(names) - {chapter.path.stem for chapter in chapters}:
        parser.error(f"no such chapter: {', '.join(sorted(unknown))}")
    if options.check:
        problems = [*modules_out_of_step(chapters, ROOT), *filter(None, map(out_of_step, chapters))]
        print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
        return 1 if problems else 0
    if options.tangle:
        for module in write_modules(chapters, ROOT):
            print(f"nndl/{module}.py: written")
    elif options.in_step:
        problems = bring_into_step(chapters)
        print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
        return 1 if problems else 0
    else:
        update(chapters, names=names, again=options.again)
    return 0


def guarded(command):
    """The exit status of a command, whose problems are told without a traceback of these tools."""
    try:
        return command()
    except Missing as error:
        print(error, file=sys.stderr)
    except (RuntimeError, ValueError, SyntaxError) as error:
        told(error)
    except Exception as error:
        if not isinstance(error, needed("nbclient.exceptions", "nbclient").CellExecutionError):
            raise
        told(error)
    return 1


def told(error):
    """Tell that a chapter failed, and why."""
    print(f"failed\n{error}\nThe notebook was left as it was.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
