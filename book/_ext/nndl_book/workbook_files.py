"""The workbook on the site: in the folder ``workbook`` its notebooks and an archive of all.

They are cut from the notebooks that the pages left in ``notebooks``, by ``book/_workbook``. A
second archive has them as assignments of nbgrader, for teachers. The same files give the same
bytes.
"""

from pathlib import Path

import nbformat

import nndl
from book._ext.nndl_book.chapter_numbers import chapters
from book._ext.nndl_book.history import ROOT
from book._ext.nndl_book.notebook_downloads import link, make_archive
from book._ext.nndl_book.notebook_export import FOLDER, WHEEL, file_name
from book._ext.nndl_book.notebook_start import ARCHIVE
from book._workbook.assignments import assignment
from book._workbook.course import COURSE, course
from book._workbook.cutting import cut
from book._workbook.plan import Task, tasks

WORKBOOK = "workbook"
PACKED = "nndl-workbook.zip"
README = f"""\
# The workbook of nndl {nndl.__version__}

1. Here, with Python 3.11 or newer: `python -m venv env`, then `env/bin/pip install "./{WHEEL}[lab]"` (Windows: `env\\Scripts\\pip`).
2. `env/bin/jupyter lab` (Windows: `env\\Scripts\\jupyter lab`) opens JupyterLab. In an environment that has another front end, begin here: the first cell installs what is missing.
3. Open a notebook and run its cells from the top. Each can be done alone: write the functions that end in `NotImplementedError`, and run the cells below them. Code is under LICENSE, text and figures are under LICENSE-TEXT.
"""  # noqa: E501


def task_of(env, docname: str) -> Task | None:
    """What a chapter of this book asks for, None for one that asks for nothing."""
    path = Path(env.doc2path(docname))
    if not path.resolve().is_relative_to(ROOT / "book"):
        return None  # a small book, of a test
    return tasks().get(path.stem) if path.suffix == ".ipynb" else None


def workbook_name(env, docname: str) -> str:
    """``10_conv_backward.ipynb``."""
    return file_name(env, docname).replace("-", "_", 1)


def asking(env) -> dict[str, Task]:
    """The chapters of the site that ask for something, in their order."""
    return {d: task for d in chapters(env) if (task := task_of(env, d))}


def written(notebook) -> bytes:
    """A notebook's file; its first cell names the archive of the workbook."""
    return (nbformat.writes(notebook).replace(ARCHIVE, PACKED) + "\n").encode()


def write(app, exception) -> None:
    """Cut the notebooks, and pack them with the wheel."""
    if exception is not None or app.builder.name != "html" or not (found := asking(app.env)):
        return
    source, folder = Path(app.outdir) / FOLDER, Path(app.outdir) / WORKBOOK
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():  # of an earlier build
        file.unlink()
    both = {WHEEL: (source / WHEEL).read_bytes()}
    both |= {name: (ROOT / name).read_bytes() for name in ("LICENSE", "LICENSE-TEXT")}
    files, sources = {"README.md": README.encode(), **both}, {}
    for docname, task in found.items():
        notebook = nbformat.read(source / file_name(app.env, docname), as_version=4)
        made, name = cut(notebook, task), workbook_name(app.env, docname)
        files[name] = written(made)
        (folder / name).write_bytes(files[name])
        sources[Path(name).stem] = written(assignment(made, notebook, task))
    make_archive(folder / PACKED, files, top=f"nndl-workbook-{nndl.__version__}")
    make_archive(folder / COURSE, course(sources) | both, top=f"nndl-nbgrader-{nndl.__version__}")


def offer(app, pagename, templatename, context, doctree) -> None:
    """In the menu of downloads, the notebook to fill in below the one to read."""
    if pagename not in chapters(app.env) or not task_of(app.env, pagename):
        return
    url = f"{context['pathto'](WORKBOOK, 1)}/{workbook_name(app.env, pagename)}"
    tip, label = "This chapter as a notebook to fill in", "download-workbook-button"
    entry = link(url, "workbook .ipynb", tip, "fas fa-code", label)
    for menu in context["header_buttons"]:
        if menu.get("label") == "download-buttons":
            menu["buttons"].insert(1, entry)


def connect(app) -> None:
    app.connect("html-page-context", offer, priority=601)  # after notebook_downloads
    app.connect("build-finished", write)
