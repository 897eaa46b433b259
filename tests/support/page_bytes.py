"""What a page loads before anyone touches it, in bytes as a host with gzip sends them."""

import gzip
import re
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup, Tag

TEXT = {".html", ".css", ".js", ".svg", ".json"}
NEAR = 3  # images from the top that a browser fetches although they are lazy; it has wide margins


@cache
def sent(path: Path) -> int:
    """The size of a file on the wire."""
    content = path.read_bytes()
    return len(gzip.compress(content, 9)) if path.suffix in TEXT else len(content)


def loaded_files(file: Path, page: BeautifulSoup) -> dict[Path, int]:
    """``{file: bytes}`` of a page, its style sheets with their fonts, scripts, first images."""

    def tags(which: str) -> list[Tag]:
        return [tag for tag in page.select(which) if not tag.find_parent("noscript")]

    addresses = [tag["href"] for tag in tags("link[rel~=stylesheet], link[rel~=preload]")]
    addresses += [tag["src"] for tag in tags("script[src]")]
    images = [tag for tag in tags("img[src]") if not tag["src"].startswith("data:")]
    eager = [tag for tag in images if tag.get("loading") != "lazy"]
    addresses += [tag["src"] for tag in [*eager, *images[:NEAR]]]
    found = {file}
    for address in addresses:
        path = (file.parent / re.split("[?#]", address)[0]).resolve()
        found.add(path)
        if path.suffix == ".css":  # all its fonts, though a page may need none of them
            urls = re.findall(r"""url\(["']?([^"')]+\.woff2?)["']?\)""", path.read_text("utf-8"))
            found |= {(path.parent / url).resolve() for url in urls}
    return {path: sent(path) for path in found}
