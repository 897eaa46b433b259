"""What the tests share: hypothesis's settings, PyTorch as an oracle, a browser, the site."""

import os
import threading

# Several tests and notebooks share the cores. Threads that wait for work shall sleep meanwhile, not
# spin: OpenMP's, which numba uses, and OpenBLAS's (2**4 processor ticks is the shortest it takes).
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")

import numpy as np
import pytest
from hypothesis import settings

from tests.support import whole_site

# No deadline: the first example of a compiled layer compiles it. Derandomized: CI fails for a
# change, not for bad luck; HYPOTHESIS_PROFILE=explore draws new examples.
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=60)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def torch():
    """PyTorch, an oracle for tests alone; NNDL_REQUIRE=torch makes its absence a failure."""
    if "torch" in os.environ.get("NNDL_REQUIRE", "").split():
        import torch
    else:
        torch = pytest.importorskip("torch", reason="PyTorch, the oracle, is not installed")
    torch.set_num_threads(1)
    return torch


@pytest.fixture(scope="session", autouse=True)
def site_begun(request, tmp_path_factory):
    """Where several workers run, the first has the whole site built while it does other things."""
    wanted = {"test_site", "test_site_visits"} & {item.path.stem for item in request.session.items}
    if os.environ.get("PYTEST_XDIST_WORKER") == "gw0" and wanted:
        folder = whole_site.temporary_folder(tmp_path_factory)
        threading.Thread(target=whole_site.built_once, args=(folder,), daemon=True).start()


@pytest.fixture
def rng():
    """A generator with a fixed seed."""
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium; the tests that use it are skipped where there is none."""
    from playwright.sync_api import sync_playwright

    from tests.support.site_visits import ARGUMENTS, find_browser

    path = find_browser()  # which asks playwright itself
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
