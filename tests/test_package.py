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
        "from nndl.fast.conv import conv_forward_fast, conv_backward_fast\n"
        "print(conv_forward_fast.__name__, conv_backward_fast.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "conv_forward_naive conv_backward_naive\n"


def test_the_examples_in_the_docstrings_hold():
    import doctest

    from nndl import mistakes

    results = doctest.testmod(mistakes)
    assert results.attempted > 0
    assert results.failed == 0
