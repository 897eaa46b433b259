"""How a notebook that stands alone begins: what it is part of, and what it needs.

Its first code cell looks for the package. Where there is none, it says so and installs: from the
index of packages once the package is there (``nndl_on_index`` in ``_config.yml``), else from the
wheel, which lies beside the notebooks, in their archive and on the site. Where the package is
there, of whatever version, nothing is installed.
"""

from nbformat import v4

ARCHIVE = "nndl-notebooks.zip"

CELL = """\
# @title Is nndl {version} here?
from importlib.util import find_spec
from pathlib import Path

if getattr(find_spec("nndl"), "origin", None) is None:  # nor is a mere folder of this name
    wheel = Path("{wheel}")
{choice}    print(f"nndl is missing here. It is installed now, from {{source}}.")
    %pip install --quiet {{source}} {others}
else:
    import nndl

    print(f"nndl {{nndl.__version__}} is here.")
    if nndl.__version__ != "{version}":
        print("The notebook was made with {version}: it may stop, or print something else.")
    if find_spec("matplotlib") is None:
        print("Matplotlib is missing here, for the figures: run %pip install matplotlib.")
"""
FROM_INDEX = """\
    source = wheel if wheel.is_file() else "nndl=={version}"
"""
FROM_SITE = """\
    source = wheel if wheel.is_file() else "{address}"
"""
FROM_ARCHIVE = """\
    source = wheel
    if not wheel.is_file():
        raise ModuleNotFoundError(
            f"nndl is missing here, and {{wheel}}, which brings it, is not beside this notebook. "
            "Both are in {archive}, which the book's title page offers: unpack it, and open the "
            f"notebook there. Or, with the wheel elsewhere: %pip install FOLDER/{{wheel}} {others}"
        )
"""
OTHERS = "matplotlib"  # what chapters import besides


def install_cell(version: str, wheel: str, address: str, on_index: bool):
    """The first code cell; ``address`` is that of the wheel, empty where the site has none."""
    choice = FROM_INDEX if on_index else FROM_SITE if address else FROM_ARCHIVE
    known = {"version": version, "wheel": wheel, "others": OTHERS, "archive": ARCHIVE}
    choice = choice.format(**known, address=address)
    cell = v4.new_code_cell(CELL.format(**known, choice=choice).rstrip())
    cell["id"] = "nndl-is-here"
    cell["metadata"] |= {"cellView": "form", "jupyter": {"source_hidden": True}}
    return cell


def origin(number: str, page: str, site: str, version: str) -> str:
    """The line below the title. ``page`` is the address of the chapter, or its path."""
    book = f"[nndl]({site})" if site else "*nndl*"
    own = f"[Its page]({page})" if site else f"Its page on the site of the book is `{page}`; it"
    return (
        f"Chapter {number} of {book}, version {version}, as a notebook. {own} has the same text, "
        "figures and numbers. Text: CC BY 4.0. Code: BSD 3-Clause."
    )
