"""The course's speed cell times the first call: what it calls is compiled before.

Chapter: speed/numba.
"""

import os
import subprocess
import sys

import numpy as np
import pytest

from nndl import fast
from nndl.fast.runtime.jit import numba
from nndl.fast.runtime.warming import SAYING, saying_so

needs_numba = pytest.mark.skipif(
    numba is None or numba.config.DISABLE_JIT, reason="nothing is compiled"
)

# What the course times, after its import; numba is not asked for anything more.
SPEED_CELLS = """
import numba
import numpy as np

asked, njit = [], numba.njit

def counted(*args, **options):
    asked.append(options)
    return njit(*args, **options)

from nndl.fast_layers import *
numba.njit = counted
x, w, b = np.random.randn(100, 3, 31, 31), np.random.randn(25, 3, 3, 3), np.random.randn(25)
out, cache = conv_forward_fast(x, w, b, {"stride": 2, "pad": 1})
conv_backward_fast(np.random.randn(100, 25, 16, 16), cache)
x = np.random.randn(100, 3, 32, 32)
pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
out, cache = max_pool_forward_fast(x, pool_param)
max_pool_backward_fast(np.random.randn(100, 3, 16, 16), cache)
print("loops made in the cells:", len(asked))
x, w, b = (array.astype("f") for array in (x[:5], w, b))
conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})
print("the count counts:", len(asked) > 0)
"""


def run(program, **environment):
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        timeout=600,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@needs_numba
def test_the_import_prepares_all_that_the_speed_cells_call():
    lines = run(SPEED_CELLS)
    assert lines[:-2] in ([], [SAYING])
    assert lines[-2:] == ["loops made in the cells: 0", "the count counts: True"]


@needs_numba
def test_a_line_says_that_a_loop_is_compiled_once(capsys):
    def loop(a):
        return a + 1

    def helper(a):
        return a - 1

    with saying_so():
        numba.njit(helper)(1)
        assert capsys.readouterr().out == ""
        numba.njit(loop, nogil=True)(1)
        numba.njit(loop, nogil=True)(1.5)
    numba.njit(loop, nogil=True)(1)
    assert capsys.readouterr().out == SAYING + "\n"


@needs_numba
@pytest.mark.parametrize("dtype", [np.float32, "float64"])
def test_it_can_be_called_for_either_dtype_and_be_silent(dtype, capsys):
    assert fast.warm_up(dtype, verbose=False) is None
    assert fast.warm_up(dtype) is None  # the second time there is nothing to compile, nor to say
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("dtype", [np.float16, int, "complex128"])
def test_another_dtype_is_refused(dtype):
    with pytest.raises(TypeError, match=r"^warm_up: dtype is \w+, expected float32 or float64"):
        fast.warm_up(dtype)


def test_where_nothing_is_compiled_it_returns_at_once():
    """Without numba, and where numba is told to interpret: there a loop takes minutes."""
    program = "import nndl.fast_layers\nprint('imported')"
    assert run("import sys; sys.modules['numba'] = None\n" + program) == ["imported"]
    if numba is not None:
        warm = "import nndl.fast.runtime.warming as w"
        call = warm + "; w.conv_forward_fast = None; w.warm_up(); print(1)"
        assert run(call, NUMBA_DISABLE_JIT="1") == ["1"]


def test_the_package_knows_it_without_importing_numba():
    program = "import sys, nndl.fast\nprint('numba' in sys.modules, nndl.fast.warm_up.__name__)"
    assert run(program) == ["False warm_up"]
    with pytest.raises(AttributeError, match=r"module 'nndl\.fast' has no attribute 'nothing'"):
        fast.nothing  # noqa: B018
