"""What the tests share: hypothesis's settings, PyTorch as an oracle, and a browser."""

import os

# Several tests and notebooks share the cores. Threads that wait for work shall sleep meanwhile, not
# spin: OpenMP's, which numba uses, and OpenBLAS's (2**4 processor ticks is the shortest it takes).
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")

import numpy as np
import pytest
from hypothesis import settings

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
