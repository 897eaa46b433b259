"""Pages without a Pyodide of their own: they ask its CDN, after a click, and believe no file.

No network is needed. Chromium asks the CDN's host, and the folder that lies beside the repository
answers in its place: the hashes are those of the pages, and of Pyodide's lock file, as they are.
"""

from urllib.parse import urlsplit

import nbformat
import pytest
from nbformat import v4

from book._ext.nndl_book import live_files
from tests.support.live_pages import find_pyodide, write_page, write_site
from tests.support.site_visits import find_browser, served

PYODIDE = find_pyodide()
BROWSER = find_browser()
HOST = urlsplit(live_files.CDN).netloc
NUMPY = next(name for name in live_files.TABLE["packages"]["numpy"] if name.startswith("numpy-"))
PLAIN = "http://plain.example/"  # no TLS, and not this machine: scripts cannot hash there
STATE = "() => nndlLive.cells[0].run.textContent === 'Run' && nndlLive.cells[0].told"

pytestmark = pytest.mark.skipif(
    not (PYODIDE and BROWSER), reason="no Pyodide (NNDL_PYODIDE=DIR), or no Chromium"
)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cdn")
    notebook = v4.new_notebook(cells=[v4.new_code_cell("import numpy as np\nnp.ones(2).sum()")])
    nbformat.write(notebook, folder / "own.ipynb")
    write_site(folder, None, [])
    write_page(folder, "own", folder / "own.ipynb", own=False)
    assert not (folder / live_files.FOLDER / live_files.OWN).exists()
    with served(folder) as base:
        yield base


@pytest.fixture
def visit(browser, base):
    """Opens the page, whose CDN has the files of the folder, but for some; tells what is asked.

    At an address that is not this machine's, another of the same site is asked in its place.
    """
    contexts = []

    def visit(changed=None, absent=(), at=base):
        contexts.append(browser.new_context())
        asked = []

        def answer(route):
            asked.append(route.request.url)
            name = route.request.url.rpartition("/")[2]
            if name in absent:
                return route.abort("connectionfailed")
            content = (PYODIDE / name).read_bytes()
            if name == changed:  # one bit of it
                content = content[:-1] + bytes([content[-1] ^ 1])
            headers = {"access-control-allow-origin": "*", "cache-control": "no-store"}
            return route.fulfill(body=content, headers=headers)

        def pass_on(route):
            there = route.request.url.replace(at, base)
            route.fulfill(response=contexts[-1].request.get(there))

        contexts[-1].route(lambda address: not address.startswith((base, at)), answer)
        if at != base:
            contexts[-1].route(lambda address: address.startswith(at), pass_on)
        page = contexts[-1].new_page()
        page.goto(f"{at}own.html")
        page.wait_for_selector(".live-run")
        return page, asked

    yield visit
    for context in contexts:
        context.close()


def run(page) -> str:
    """Run the cell; what its line says in the end."""
    page.get_by_role("button", name="Run cell 0", exact=True).click()
    page.wait_for_function(STATE, timeout=60_000, polling=20)
    return page.locator(".live-state").text_content()


def test_nothing_is_asked_before_a_click_and_then_that_host_alone(visit):
    page, asked = visit()
    page.wait_for_load_state("networkidle")
    assert asked == []
    assert f"from {HOST}" in page.locator(".live-notes").text_content()
    assert run(page).startswith("ran in")
    assert "2.0" in page.locator(".live-result").text_content()
    assert {urlsplit(address).netloc for address in asked} == {HOST}
    assert all(address.startswith(live_files.CDN) for address in asked), "at this version"
    names = [address.removeprefix(live_files.CDN) for address in asked]
    assert sorted(names) == sorted([*live_files.TABLE["files"], NUMPY]), "each once"
    before = len(asked)
    assert run(page).startswith("ran in")
    assert len(asked) == before


# A script; what Pyodide itself fetches, and waits for; a package.
@pytest.mark.parametrize("name", ["pyodide.js", "pyodide.asm.wasm", NUMPY])
def test_a_file_that_is_another_is_refused(visit, name):
    page, asked = visit(changed=name)
    assert run(page) == (
        f"Python did not start: {name} of {HOST} is not the file of Pyodide "
        f"{live_files.TABLE['version']} that this book knows, and was refused"
    )
    assert page.locator(".live-result").count() == 0
    names = [address.rpartition("/")[2] for address in asked]
    core = list(live_files.TABLE["files"])
    allowed = {"pyodide.js": {name}, NUMPY: {*core, NUMPY}}.get(name, set(core))
    assert set(names) <= allowed, "nothing more is loaded than what was already on its way"


@pytest.mark.parametrize("name", ["pyodide.js", "pyodide.asm.wasm"])
def test_a_file_that_does_not_come_is_named(visit, name):
    page, _ = visit(absent=[name])
    said = run(page)
    assert said.startswith(f"Python did not start: {name} did not come from {HOST}: ")


def test_without_tls_the_browser_refuses_a_file_that_is_another(visit):
    page, _ = visit(changed="pyodide.asm.wasm", at=PLAIN)
    assert not page.evaluate("isSecureContext")
    said = run(page)
    assert said.startswith(
        f"Python did not start: pyodide.asm.wasm did not come from {HOST}, or is "
    )
    assert page.locator(".live-result").count() == 0
