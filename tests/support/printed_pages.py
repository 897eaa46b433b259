"""Pages as a browser prints them, and what is on each sheet of the PDF."""

import unicodedata

import numpy as np
import pypdfium2

from tests.support.site_visits import ARGUMENTS, SETTLED

MARGIN = 28  # points at each side in which nothing may stand: 10 mm, which printers leave out


def print_all(base: str, names: list[str], browser: str, papers=("A4", "Letter")):
    """``{(name, paper): PDF}`` of pages of a served site."""
    from playwright.sync_api import sync_playwright

    found = {}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=ARGUMENTS)
        page = chromium.new_page()
        for name in names:
            page.goto(base + name)
            page.evaluate(SETTLED)
            for paper in papers:
                data = page.pdf(format=paper, margin={})
                found[name, paper] = pypdfium2.PdfDocument(data)
        chromium.close()
    return found


def texts(pdf) -> list[str]:
    """The text of each sheet, in lines."""
    return [page.get_textpage().get_text_range().replace("\r", "") for page in pdf]


def ink(page) -> float:
    """The share of a sheet that is not white."""
    return float((page.render(scale=0.5, grayscale=True).to_numpy() < 250).mean())


def nearly_blank(pdf) -> list[int]:
    """The sheets, from 1, with less than a tenth of a usual one's ink; the last may be short."""
    shares = [ink(page) for page in pdf]
    return [k for k, share in enumerate(shares[:-1], 1) if share < 0.1 * np.median(shares)]


def beyond_margins(pdf) -> list[tuple[int, str]]:
    """What stands in the margin at the left or right of a sheet: the sheet and the characters."""
    found = []
    for number, page in enumerate(pdf, 1):
        text, width = page.get_textpage(), page.get_width()
        outside = ""
        for k in range(text.count_chars()):
            letter = chr(pypdfium2.raw.FPDFText_GetUnicode(text, k))
            left, _, right, _ = text.get_charbox(k)
            # The parts that long braces are made of have boxes far wider than their ink.
            if letter.isspace() or unicodedata.category(letter) in ("Cc", "Co"):
                continue
            if left < MARGIN or right > width - MARGIN:
                outside += letter
        if outside:
            found.append((number, outside))
    return found
