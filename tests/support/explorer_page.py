"""An explorer alone on a page, without the site around it: a second for what a build takes ten."""

from contextlib import contextmanager
from importlib import import_module

from book._ext.nndl_book import explorers
from tests.support.site_visits import find_browser

BROWSER = find_browser()
# What the theme says of colors, and a page's usual margins.
THEME = """
html { --pst-color-border: #c9c9c9; --pst-color-text-base: #222832; --pst-color-text-muted: #48566b;
  --pst-color-surface: #f3f4f5; --pst-color-accent: #0a7d91; font: 16px/1.65 sans-serif; }
* { box-sizing: border-box; }
body { max-width: 46rem; margin: 1rem auto; padding: 0 0.9rem; }
"""
# Sizes of letters in drawings, as they are seen.
LETTERS = """(live) => [...live.querySelectorAll("svg text")].map((t) => {
  const svg = t.ownerSVGElement;
  return parseFloat(getComputedStyle(t).fontSize) * svg.getScreenCTM().d;
})"""


# What stands on each other, or beyond the window's edge.
OVERLAPS = """(live) => {
  const texts = [...live.querySelectorAll("svg text")].filter((t) => t.textContent.trim());
  const boxes = texts.map((t) => [t.textContent, t.getBoundingClientRect()]);
  const on = (p, q) => Math.min(p.right, q.right) - Math.max(p.left, q.left) > 1.5
    && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 3.5;
  return boxes.flatMap(([a, p], i) =>
    boxes.slice(i + 1).filter(([, q]) => on(p, q)).map(([b]) => `${a} / ${b}`));
}"""


def written_page(folder, name, planted=None, mode=""):
    """Write the page of an explorer, in one of its modes, and give its path.

    ``planted`` is a fault: a text that occurs once in its scripts, and what stands there instead.
    """
    made, home = import_module(f"book._explorers.{name}"), explorers.HOME
    parts = (explorers.SHARED, *getattr(made, "NEEDS", []), name)
    styles = [home / f"{part}.css" for part in parts]
    links = "".join(f'<link rel="stylesheet" href="{p.as_uri()}">' for p in styles if p.exists())
    needed = [home / f"{part}.js" for part in parts[1:]]
    if planted is not None:
        texts = {file.name: file.read_text(encoding="utf-8") for file in needed}
        assert sum(text.count(planted[0]) for text in texts.values()) == 1, planted[0]
        needed = [folder / file for file in texts]
        for file in needed:
            file.write_text(texts[file.name].replace(*planted), encoding="utf-8")
    scripts = "".join(
        f'<script defer src="{file.as_uri()}"></script>'
        for file in (home / f"{explorers.SHARED}.js", *needed)
    )
    tag = f"nndl-{name.replace('_', '-')}"
    how = f'class="explorer" role="group" aria-label="{name}"'
    how += f' data-mode="{mode}"' if mode else ""
    data = f'<script type="application/json">{explorers.as_json(made.data())}</script>'
    page = folder / f"{name}.html"
    page.write_text(
        '<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{name}</title>'
        f"<style>{THEME}{explorers.colors()}</style>{links}{scripts}</head><body>"
        f"<{tag} {how}>{data}</{tag}></body></html>",
        encoding="utf-8",
    )
    return page


@contextmanager
def opened(browser, path, width=1280, patient=True, **context):
    """The page and its explorer, at work; nothing in it may throw.

    With ``patient`` False the page's clock stands, and is turned on where a test would wait.
    """
    context = browser.new_context(viewport={"width": width, "height": 900}, **context)
    page, wrong = context.new_page(), []
    page.patient = patient
    if not patient:
        page.clock.install()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(path.as_uri())
    live = page.locator(".explorer.live")
    live.wait_for()
    if not patient:  # the clock stands from here on: a slow machine moves it no further
        page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)
    yield page, live
    assert not wrong
    context.close()


def said(page, live):
    """What the explorer says, once it has come to rest."""
    page.wait_for_timeout(450) if page.patient else page.clock.fast_forward(450)
    return live.locator(".explorer-words").inner_text()


def misfits(page, live):
    """What is wrong with drawings: texts on texts, letters that are small, a page that is wide.

    Letters have at least 11 pixels where the window has 390 or more, and else 10.
    """
    problems = live.evaluate(OVERLAPS)
    least = 10.95 if page.viewport_size["width"] >= 390 else 10
    if (size := min(live.evaluate(LETTERS))) < least:
        problems.append(f"letters of {size:.1f} px")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        problems.append("wider than the window")
    return problems


def finger(page, start, *places):
    """Put a finger on a place, drag it over others, and lift it."""
    touch = page.context.new_cdp_session(page)

    def send(kind, *points):
        points = [{"x": x, "y": y} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", start)
    for place in places:
        send("touchMove", place)
        page.wait_for_timeout(30)  # a frame, in which the page hears of it
    send("touchEnd")


def middle(locator):
    """The middle of what is seen of an element."""
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def unreadable(name):
    """What is small on a phone in an explorer's figure, or faint on a light or a dark page."""
    import matplotlib.pyplot as plt

    from book._ext.nndl_book import figure_svg
    from nndl.vis.figures import drawing
    from tests.test_figures import faint, small

    plt.switch_backend("agg")
    with plt.style.context("nndl.book"):
        root = figure_svg.parsed(drawing(import_module(f"book._explorers.{name}").figure()))
    plt.close("all")
    return {*faint(root), *small(root)}
