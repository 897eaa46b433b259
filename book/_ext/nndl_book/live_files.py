"""The files that cells in the page run with, in a folder of the site that only their pages read.

Pyodide comes from the site's own folder where the setting ``nndl_pyodide`` (``make book
PYODIDE=DIR``) names one to copy from, else from its CDN. Either way ``pyodide.json`` says what each
file must be: its version, and the hashes of its core, whose lock file has those of its packages.
"""

import io
import json
import shutil
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sphinx.errors import ConfigError

from book._ext.nndl_book.history import ROOT
from book._ext.nndl_book.notebook_downloads import DATE, make_wheel

SOURCE = ROOT / "book" / "_live"
FOLDER, OWN = "_static/live", "pyodide"
SHEET = "live/live.css"  # in Sphinx's folder of static files
TABLE = json.loads((SOURCE / "pyodide.json").read_text(encoding="utf-8"))
CDN = TABLE["address"]
FILES = (
    *("common.js", "live.js", "live_results.js", "live_edits.js", "live.css"),
    *("practice.js", "practice_store.js", "practice_overview.js", "practice.css"),
    *("worker.js", "pyodide.json"),
)
EDITOR = {"editor.js": "editor.js", "LICENSES.txt": "editor-LICENSES.txt"}
# What the worker imports, by the same names as here; Sphinx, which the rest needs, is not there.
LIBRARY = [
    *(
        f"book/_live/{name}.py"
        for name in ("backend", "packages", "practising", "session", "tracebacks", "twins")
    ),
    "book/_live/matplotlib_sooner.py",
    *(f"book/_ext/nndl_book/{name}.py" for name in ("figure_colors", "figure_svg")),
]


def library() -> bytes:
    """The archive of what runs cells in the worker, the same bytes each time."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in LIBRARY:
            archive.writestr(zipfile.ZipInfo(name, DATE), (ROOT / name).read_bytes())
    return file.getvalue()


def pyodide_files() -> list[str]:
    """The names of all files of Pyodide that a page may load."""
    packages = TABLE["packages"].values()
    return [*TABLE["files"], *sorted({name for files in packages for name in files})]


@cache
def loaded_bytes(packages: tuple[str, ...] = tuple(TABLE["packages"])) -> int:
    """How much a page loads at most, with what is not Pyodide's, before a host makes it smaller."""
    sizes = {name: file["bytes"] for name, file in TABLE["files"].items()}
    sizes["library.zip"] = len(library())
    for name in packages:
        sizes |= TABLE["packages"][name]
    with TemporaryDirectory() as folder:
        make_wheel(Path(folder))
        sizes |= {file.name: file.stat().st_size for file in Path(folder).iterdir()}
    return sum(sizes.values())


def check_pyodide(folder: Path) -> None:
    """Raise where a folder lacks a file that pages load.

    Raises
    ------
    ConfigError
        It names the first of them.
    """
    for name in pyodide_files():
        if not (folder / name).is_file():
            version = TABLE["version"]
            raise ConfigError(f"PYODIDE: {folder} has no {name}, of Pyodide {version}")


def copy_pyodide(source: Path, target: Path) -> None:
    """Copy the files that pages load."""
    target.mkdir()
    for name in pyodide_files():
        shutil.copyfile(source / name, target / name)


def write_to(site: Path, pyodide: str) -> None:
    """Write the folder of a site; with Pyodide, where that is the name of a folder to copy from."""
    folder = site / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in FILES:
        shutil.copyfile(SOURCE / name, folder / name)
    for source, name in EDITOR.items():
        shutil.copyfile(SOURCE / "editor" / source, folder / name)
    (folder / "library.zip").write_bytes(library())
    if pyodide:
        copy_pyodide(Path(pyodide), folder / OWN)


def write(app, exception) -> None:
    """Put the files into the finished site."""
    if exception is None and app.builder.name == "html":
        write_to(Path(app.outdir), app.config.nndl_pyodide)


def connect(app) -> None:
    app.connect("build-finished", write)
