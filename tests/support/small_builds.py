"""Jupyter Book for small books, with what it imports in memory already.

To import Sphinx and its extensions takes longer than to build a book of two pages. So one process
imports them, once for each worker of the tests, and each build is a fork of it: what one build
changes, no other sees. Only Linux forks safely: elsewhere each build is a program of its own.
"""

import multiprocessing
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from sphinx.application import builtin_extensions

CONFIG = Path(__file__).resolve().parents[2] / "_config.yml"
# The extensions that Sphinx loads, and what they import when they are loaded.
LATE = ("jupyter_book.cli.main", "jupyter_book.sphinx", "myst_nb.sphinx_ext", "docutils.writers")


def preloaded() -> list[str]:
    """The modules that every build needs."""
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["sphinx"]["config"]
    return [*LATE, *builtin_extensions, *config["extensions"]]


def in_fork(arguments: list[str], output: Path, errors: Path) -> None:
    """What the program ``jupyter-book`` does, with what it says in two files."""
    for number, path in ((1, output), (2, errors)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.argv = ["jupyter-book", *arguments]
    from jupyter_book.cli.main import main

    try:
        main(arguments)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def jupyter_book(arguments: list[str], folder: Path) -> subprocess.CompletedProcess:
    """Run Jupyter Book; ``folder`` gets files with what it says."""
    if sys.platform != "linux":
        program = shutil.which("jupyter-book", path=Path(sys.executable).parent)
        return subprocess.run(
            [program, *arguments], capture_output=True, text=True, encoding="utf-8"
        )
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(preloaded())
    output, errors = folder / "build.out", folder / "build.err"
    process = context.Process(target=in_fork, args=(arguments, output, errors))
    process.start()
    process.join()
    return subprocess.CompletedProcess(
        arguments,
        process.exitcode,
        output.read_text(encoding="utf-8"),
        errors.read_text(encoding="utf-8"),
    )
