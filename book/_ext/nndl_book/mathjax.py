"""MathJax from the site itself, so that no page asks another host for it.

The files come from the pip package ``sphinx-mathjax-offline``. Its own Sphinx extension copies all
24 MB of them. The pages need one component (``tex-chtml.js``: TeX in, HTML and the MathML that
screen readers read out), its fonts, and the extensions that it loads for rarer macros.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path

COMPONENT = "tex-chtml.js"
PARTS = [COMPONENT, "output/chtml/fonts/woff-v2", "input/tex/extensions"]


def source_folder() -> Path:
    spec = find_spec("sphinx-mathjax-offline")
    if spec is None:
        raise ModuleNotFoundError("sphinx-mathjax-offline is not installed (requirements.txt)")
    return Path(spec.origin).parent / "static" / "mathjax"


def copy_mathjax(app, exception) -> None:
    if exception is not None or app.builder.format != "html":
        return
    source, target = source_folder(), Path(app.outdir) / "_static" / "mathjax"
    for part in PARTS:
        if (target / part).exists():
            continue
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (source / part).is_dir() else shutil.copyfile
        copy(source / part, target / part)


def connect(app) -> None:
    app.config.mathjax_path = f"mathjax/{COMPONENT}"
    app.connect("build-finished", copy_mathjax)
