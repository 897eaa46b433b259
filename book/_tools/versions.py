"""The site of today with the released ones beside it, each in a folder of its own.

    python -m book._tools.versions _build/html FOLDER    FOLDER has site-v0.1.0.tar.gz, ...

The archives are those that the releases carry: what is shown of a version is what was tested with
it. Each page gets links to the same page of the other versions, and that of an older version says
so at its top. Nothing of this needs a script: the pages are rewritten here, once.
"""

import posixpath
import re
import shutil
import sys
import tarfile
from html import escape
from pathlib import Path

ARCHIVE = re.compile(r"site-(v\d+\.\d+\.\d+)\.tar\.gz")
# The place in book/_templates/page-foot.html.
PLACE = re.compile(r"<!-- versions -->(.*?)<!-- /versions -->", re.DOTALL)
TOP = '<article class="bd-article">'
SEARCH = "search.html"  # the theme gives it no article, and so no place for a notice
CANONICAL = re.compile(r'\s*<link rel="canonical" href="([^"]*)"\s*/?>')
# Lists of the addresses of a whole site: those of today's hold.
ROOT_ONLY = ("sitemap.xml", "robots.txt", "404.html", "feed.xml")
FOOT = '<details class="versions"><summary>{shown}</summary><ul>{items}</ul></details>'
NOTICE = (
    '<p class="old-version" role="note">This is version {version} of the book. '
    '<a href="{address}">{words}</a>.</p>'
)


def order(tag: str) -> tuple[int, ...]:
    """``v0.10.0`` comes after ``v0.9.0``."""
    return tuple(map(int, tag.removeprefix("v").split(".")))


def archives(folder: Path) -> dict[str, Path]:
    """``{tag: archive}`` of the sites in a folder, the newest first."""
    found = {m[1]: path for path in folder.iterdir() if (m := ARCHIVE.fullmatch(path.name))}
    return {tag: found[tag] for tag in sorted(found, key=order, reverse=True)}


def unpack(archive: Path, target: Path) -> None:
    """A released site, without what only the root of the site has."""
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    for name in ROOT_ONLY:
        (target / name).unlink(missing_ok=True)


def pages(site: Path) -> set[str]:
    """The pages of a site, without those of its versions and its static files."""
    names = (path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return {n for n in names if not n.startswith("_static/") and not re.match(r"v\d+\.", n)}


def address(here: str, name: str, prefix: str, there: set[str]) -> str:
    """From the page ``here`` to a page below ``prefix``, or to its front door where it has none."""
    target = posixpath.join(prefix, name if name in there else "index.html")
    return posixpath.relpath(target, posixpath.dirname(here) or ".")


def rewrite(text: str, here: str, name: str, own: str, sites: dict[str, set[str]]) -> str:
    """A page with its links to the other versions; ``own`` is its folder, empty for today's.

    Raises
    ------
    ValueError
        The page has no place for them.
    """
    found = PLACE.search(text)
    if found is None or (own and TOP not in text and name != SEARCH):
        raise ValueError(f"{here}: no place for versions: see book/_templates/page-foot.html")
    newest = next(tag for tag in sites if tag)
    items = ""
    for tag, there in sites.items():
        words = escape(f"Version {tag[1:]}" if tag else "Today's book")
        mark = ' aria-current="true"' if tag == own else ""
        items += f'<li><a href="{escape(address(here, name, tag, there))}"{mark}>{words}</a></li>'
    text = PLACE.sub(lambda m: FOOT.format(shown=m[1].strip(), items=items), text)
    if not own:
        return text
    target, words = (
        ("", "Today's book goes on from it")
        if own == newest
        else (newest, f"The newest is {newest[1:]}")
    )
    to = escape(address(here, name, target, sites[target]))
    notice = NOTICE.format(version=own[1:], address=to, words=words)
    if name not in sites[""]:  # no newer page stands for this one
        text = CANONICAL.sub("", text)
    return text.replace(TOP, TOP + notice, 1)


def assemble(site: Path, folder: Path) -> list[str]:
    """Put the released sites of ``folder`` beside each other below ``site``; their tags."""
    found = archives(folder)
    for tag, archive in found.items():
        shutil.rmtree(site / tag, ignore_errors=True)
        unpack(archive, site / tag)
    if found:
        sites = {tag: pages(site / tag) for tag in ("", *found)}
        for tag, names in sites.items():
            for name in sorted(names - {"index.html"}):
                here = posixpath.join(tag, name)
                file = site / here
                text = rewrite(file.read_text(encoding="utf-8"), here, name, tag, sites)
                file.write_text(text, encoding="utf-8", newline="\n")
    return list(found)


def main(arguments) -> None:
    """The command line."""
    site, folder = map(Path, arguments)
    print("Versions beside today's:", ", ".join(assemble(site, folder)) or "none")


if __name__ == "__main__":
    main(sys.argv[1:])
