"""Every page of the built site as Chromium shows it, light and dark, wide and narrow.

Each part of the book is a class, so that the workers share them out; the site is built once.
"""

import pytest

from book._tools.tangle import chapter_paths
from tests.support import whole_site
from tests.support.narrow_pages import WIDTHS
from tests.support.site_visits import WIDE, find_browser, in_browser, served, visit_all

ELSEWHERE = "elsewhere"
PARTS = [*sorted({path.parent.name for path in chapter_paths()}), ELSEWHERE]


def pages_of(part: str, names: list[str]) -> list[str]:
    """The pages of a part of the book, or those that are in none."""

    def home(name: str) -> str:
        folder, inside, _ = name.partition("/")
        return folder if inside and folder in PARTS else ELSEWHERE

    return [name for name in names if home(name) == part]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site's pages."""
    folder = whole_site.temporary_folder(tmp_path_factory)
    _, messages, site = whole_site.built_once(folder)
    assert (site / "intro.html").exists(), messages[-2000:]
    return site


@pytest.fixture(scope="class")
def visits(site, request):
    """What was seen of each page of a part."""
    browser = find_browser()
    assert browser, "no Chromium"
    names = pages_of(request.cls.part, whole_site.page_names(site))
    with served(site) as base:
        found = visit_all(base, names, browser)
    assert {visit.page for visit in found} == set(names)
    return found


class Pages:
    """What is asked of each page; its classes are made below."""

    part = ""

    def test_no_request_leaves_the_site(self, visits):
        assert not {v.page: v.external for v in visits if v.external}
        assert not {v.page: v.missing for v in visits if v.missing}

    def test_the_console_stays_silent(self, visits):
        assert not {v.page: v.console for v in visits if v.console}

    def test_no_page_scrolls_sideways(self, visits):
        assert not {v.page: v.wide for v in visits if v.wide}

    def test_axe_finds_nothing(self, visits):
        found = {}
        for v in visits:
            for rule, selector, what in v.violations:
                found.setdefault((rule, selector), f"{v.page}: {what}")
        assert not found

    def test_nothing_leaves_a_narrow_screen_without_a_sign(self, visits):
        """What is wider than the screen scrolls, fades where it ends, and is reached by a key."""
        assert not {(v.page, width): lost for v in visits for width, lost in v.lost.items() if lost}
        assert any(v.lost.keys() == {*WIDTHS, WIDE} for v in visits)

    def test_no_equation_has_to_scroll(self, visits):
        for width in (*WIDTHS, WIDE):
            scroll = {v.page: v.equations.get(width) for v in visits}
            assert not {page: which for page, which in scroll.items() if which}, width


for _part in PARTS:
    _class = f"Test{_part.title()}"
    globals()[_class] = in_browser(type(_class, (Pages,), {"part": _part}))


def test_every_page_is_visited_once(site):
    names = whole_site.page_names(site)
    visited = [name for part in PARTS for name in pages_of(part, names)]
    assert sorted(visited) == sorted(names)
