"""A reader who scrolls through a chapter, jumps and clicks: what its contents list marks."""

from tests.support.site_visits import SETTLED

POSITIONS = 25
# The heading that a reader is at: the last above a line that lies a third down the window and sinks
# to its foot while the last window of the page comes into view. Told apart from the page's script
# by the headings, which it finds in the article, not in the list.
HERE = """() => {
    const left = document.documentElement.scrollHeight - innerHeight - scrollY;
    const line = left >= innerHeight ? innerHeight / 3 : innerHeight - 2 / 3 * Math.max(left, 0);
    const listed = new Set([...document.querySelectorAll("nav.contents a")].map(a => a.hash));
    return [...document.querySelectorAll("article :is(h2, h3)")]
        .map(h => ["#" + (h.closest("section") ?? h).id, h.getBoundingClientRect().top])
        .filter(([hash, top]) => listed.has(hash) && top <= line).at(-1)?.[0] ?? null;
}"""
MARKED = """() => {
    const marked = [...document.querySelectorAll("nav.contents a[aria-current]")];
    return marked.length > 1 ? marked.map(a => a.hash) : marked[0]?.hash ?? null;
}"""
FRAMES = """async () => {
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
}"""


def wrong_marks(page) -> list:
    """Where an open page's list does not mark the heading that a reader is at."""
    page.evaluate(SETTLED)
    wrong = []

    def compare(how):
        page.evaluate(FRAMES)
        here, marked = page.evaluate(HERE), page.evaluate(MARKED)
        if here != marked:
            wrong.append((how, here, marked))

    height = page.evaluate("document.documentElement.scrollHeight - innerHeight")
    places = [height * k // (POSITIONS - 1) for k in range(POSITIONS)]
    for place in places[::2] + places[-2::-2]:  # down in jumps, then up
        page.evaluate("y => scrollTo(0, y)", place)
        compare(f"at {place}")
    for key in ("End", "Home", "PageDown", "End"):
        page.keyboard.press(key)
        page.wait_for_timeout(100)
        compare(key)
    return wrong


def wrong_clicks(page) -> list:
    """The entries of an open page's list that are not marked when one has clicked them."""
    wrong = []
    for link in page.query_selector_all("nav.contents a"):
        if link.is_visible():
            link.click()
            page.evaluate(FRAMES)
            wanted, marked = link.get_attribute("href"), page.evaluate(MARKED)
            if wanted != marked:
                wrong.append((wanted, marked))
    return wrong
