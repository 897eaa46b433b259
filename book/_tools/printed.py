"""``make pdf`` and ``make epub``: the whole book as one file, in ``_build/books``.

``make book`` offers what lies there in the download menu of its pages.
The EPUB needs nothing more than the site does. The PDF needs LaTeX, which is not pip's to install:
where it is missing, one line says so and the exit status is 3.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "_build"
BOOKS = BUILD / "books"
MISSING = 3  # exit status
BUILDERS = ("latex", "epub")
PROGRAMS = ("latexmk", "xelatex", "rsvg-convert")
FILES = (
    "titlesec.sty",
    "unicode-math.sty",
    "texgyrepagella-math.otf",
    "texgyrepagella-regular.otf",
)
PACKAGES = (  # of Debian and Ubuntu; publish.yml installs them, MAINTAINING.md names them
    "latexmk",
    "texlive-xetex",
    "texlive-latex-extra",
    "texlive-fonts-recommended",
    "fonts-texgyre",
    "fonts-texgyre-math",
    "fonts-dejavu-core",
    "lmodern",
    "librsvg2-bin",
)


def missing() -> list[str]:
    """What the PDF needs and this machine does not have."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if shutil.which("kpsewhich") is None:
        return absent
    return absent + [name for name in FILES if run(["kpsewhich", name], quiet=True).returncode]


def run(command: list, quiet: bool = False, **options) -> subprocess.CompletedProcess:
    if quiet:
        options["stdout"] = subprocess.DEVNULL
    return subprocess.run(command, check=False, **options)


def command(builder: str, folder: Path) -> list[str]:
    """What has Sphinx write the book in a folder; a warning is an error."""
    program = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build"]
    files = [folder / "book", "--config", folder / "_config.yml", "--toc", folder / "_toc.yml"]
    options = ["--path-output", folder, "--builder", "custom", "--custom-builder", builder]
    return [*program, *map(str, [*files, *options]), "-W", "-n", "--keep-going", "--quiet"]


def sphinx(builder: str) -> int:
    """Have Sphinx write the book for a builder; its exit status."""
    code = run(command(builder, ROOT), quiet=True, cwd=ROOT).returncode
    if code:  # it does not repeat the warnings of pages it has read
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
    return code


def keep(file: Path) -> None:
    BOOKS.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, BOOKS / file.name)
    print(f"The book is {(BOOKS / file.name).relative_to(ROOT).as_posix()}.")


def moment() -> str:
    """The time of the last commit: that of a build would make two PDFs of one text differ."""
    shown = ["git", "log", "-1", "--format=%ct"]
    try:
        found = run(shown, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    except OSError:  # no git
        found = ""
    return found or "0"


def pdf() -> int:
    absent = missing()
    if absent:
        text = f"make: no PDF: {', '.join(absent)} missing. Debian and Ubuntu have all of it:"
        print(text, "apt install", *PACKAGES, file=sys.stderr)
        return MISSING
    if code := sphinx("latex"):
        return code
    folder = BUILD / "latex"
    command = ["latexmk", "-xelatex", "-interaction=nonstopmode", "-halt-on-error", "nndl.tex"]
    environment = {"SOURCE_DATE_EPOCH": moment(), "FORCE_SOURCE_DATE": "1"} | os.environ
    if code := run(command, quiet=True, cwd=folder, env=environment).returncode:
        print("make: no PDF: LaTeX says why in _build/latex/nndl.log.", file=sys.stderr)
        return code
    keep(folder / "nndl.pdf")
    return 0


def epub() -> int:
    shutil.rmtree(BUILD / "epub", ignore_errors=True)  # all that lies there joins the book
    if code := sphinx("epub"):
        return code
    keep(BUILD / "epub" / "nndl.epub")
    return 0


if __name__ == "__main__":
    sys.exit({"pdf": pdf, "epub": epub}[sys.argv[1]]())
