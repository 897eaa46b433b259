"""The package as a whole: what importing it costs."""

import subprocess
import sys

import pytest

import nndl


def test_importing_nndl_imports_neither_numba_nor_matplotlib():
    program = (
        "import sys, nndl, nndl.conv_layers, nndl.gradient_check\n"
        "print(sorted({'numba', 'matplotlib', 'pooch', 'yaml', 'jupytext'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_modules_are_attributes():
    assert "conv_layers" in dir(nndl)
    assert nndl.conv_layers.__name__ == "nndl.conv_layers"
    assert nndl.fast.__name__ == "nndl.fast"
    with pytest.raises(AttributeError, match="module 'nndl' has no attribute 'nothing'"):
        nndl.nothing  # noqa: B018


def test_without_numba_the_fast_layers_are_the_naive_ones():
    program = (
        "import sys; sys.modules['numba'] = None\n"
        "from nndl.fast.conv import conv_backward_fast, conv_forward_fast\n"
        "import nndl.fast.max_pool, numpy as np\n"
        "print(conv_forward_fast.__name__, nndl.fast.max_pool.max_pool_backward_fast.__name__)\n"
        "x, w, b = np.ones((1, 1, 3, 3)), np.ones((1, 1, 3, 3)), np.ones(1)\n"
        "out, cache = conv_forward_fast(x, w, b, {'stride': 1, 'pad': 0})\n"
        "print(out.item(), *(g.sum().item() for g in conv_backward_fast(out, cache)))\n"
        "print(conv_backward_fast(out, cache, need_dx=False)[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    lines = ["conv_forward_naive max_pool_backward_naive", "10.0 90.0 90.0 10.0", "None"]
    assert done.stdout.splitlines() == lines


def test_the_examples_in_the_docstrings_hold():
    import doctest

    from nndl import mistakes

    results = doctest.testmod(mistakes)
    assert results.attempted > 0
    assert results.failed == 0
