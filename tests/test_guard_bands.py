"""No compiled loop reads or writes beside its arrays: each array gets bands around it.

Every array that a loop is given is moved into a larger one full of NaN, at an odd address. After
the loop the bands must be as before, and the results those of the naive layer: a number that was
read from a band is NaN.
"""

import re
import sys
from collections import namedtuple
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nndl.fast
from tests.layers import LAYERS, check_fast
from tests.layers.conv import every_way
from tests.layers.spatial_batchnorm import with_relu_in_the_same_loops_it_is_the_two_layers
from tests.support.calls import CALLS
from tests.support.strategies import LAYOUTS

pytest.importorskip("numba")

PASSES = ("forward", "backward")
BAND = 33  # entries: no vector register's worth of them
BESIDE = {"f": np.nan, "i": 1, "u": 1}  # an index that is read from a band does no harm
TWINS = [layer for layer in LAYERS.values() if layer.fast]


class Fenced:
    """An array between two bands; a strided one has an entry of a band after each of its own."""

    def __init__(self, array, strided):
        step = 1 + strided
        size = BAND + step * array.size + BAND
        self.memory = np.full(size, BESIDE[array.dtype.kind], array.dtype)
        self.inside = np.zeros(size, bool)
        self.inside[BAND : size - BAND : step] = True
        self.array = self.memory[BAND : size - BAND : step].reshape(array.shape, copy=False)
        self.array[...] = array
        self.before = self.memory.copy()

    def check(self, what, written):
        """Raise unless the bands, and what must not be written, are as they were."""
        same = self.memory.view(np.uint8) == self.before.view(np.uint8)
        kept = ~self.inside | (not written)
        assert same.reshape(self.memory.size, -1)[kept].all(), f"{what} wrote where it must not"


def with_fences(argument):
    """An argument that is no array, with bands around the tables of a record; and these."""
    if not hasattr(argument, "_replace"):
        return argument, []
    fields = argument._asdict().items()
    bands = {name: Fenced(table, False) for name, table in fields if isinstance(table, np.ndarray)}
    for band in bands.values():
        band.array.setflags(write=False)  # as plans have them
    return argument._replace(**{name: band.array for name, band in bands.items()}), bands.values()


def fenced(compile_kernel):
    """``compile_kernel`` with bands around the arrays of all loops; the names of those that ran."""
    ran = set()

    def build(loop, dtype, arrays, *rest, **options):
        marks, kernel = arrays.split(), compile_kernel(loop, dtype, arrays, *rest, **options)

        def run(*arguments, **work):
            bands = [
                Fenced(array, "A" in mark) for array, mark in zip(arguments, marks, strict=False)
            ]
            rest = [with_fences(argument) for argument in arguments[len(bands) :]]
            kernel(*(band.array for band in bands), *(argument for argument, _ in rest), **work)
            ran.add(f"{loop.__module__}.{loop.__name__}")
            for band, mark in zip(bands, marks, strict=True):
                band.check(loop.__name__, "!" in mark)
            for band in (band for _, tables in rest for band in tables):
                band.check(loop.__name__, False)
            for array, band, mark in zip(arguments, bands, marks, strict=False):
                if "!" in mark:
                    array[...] = band.array

        return run

    return build, ran


@pytest.fixture(scope="module", autouse=True)
def ran():
    """Fences around all loops; the names of those that ran."""
    build, names = fenced(sys.modules["nndl.fast.runtime.jit"].compile_kernel)
    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            ours = name.startswith("nndl.fast.") and name != "nndl.fast.runtime.jit"
            if ours and hasattr(module, "compile_kernel"):
                patch.setattr(module, "compile_kernel", build)
        yield names


def test_a_fence_is_heard():
    def meddler(where, how):
        def loop(x, out):
            (out if how == "write" else x).base[where] = 7

        return loop

    x, out = np.ones(3), np.zeros(3)
    for where in (BAND - 1, BAND + 3):
        build, _ = fenced(lambda loop, *_: loop)
        with pytest.raises(AssertionError, match="wrote where it must not"):
            build(meddler(where, "write"), x.dtype, "1C 1C!")(x, out)
    build, _ = fenced(lambda loop, *_: loop)
    with pytest.raises(AssertionError, match="wrote where it must not"):
        build(meddler(BAND, "read"), x.dtype, "1C 1C!")(x, out)
    build(meddler(BAND, "write"), x.dtype, "1C 1C!")(x, out)
    assert out.tolist() == [7, 0, 0]
    record = namedtuple("record", "size rows")(3, np.arange(3))
    reach_out = lambda x, record: record.rows.base.__setitem__(BAND - 1, 7)  # noqa: E731
    with pytest.raises(AssertionError, match="wrote where it must not"):
        build(reach_out, x.dtype, "1C")(x, record)


@pytest.mark.parametrize("layer", TWINS, ids=lambda layer: layer.name)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_layers_stay_in_their_arrays(layer, data):
    dtypes = (np.float32, np.float64)
    check_fast(layer, data.draw(layer.arguments(dtypes, LAYOUTS)))


def test_every_loop_stays_in_its_arrays(ran):
    every_way()
    with_relu_in_the_same_loops_it_is_the_two_layers()
    for name in (name for name in CALLS if name.endswith("_fast")):
        result = CALLS[name].function(**CALLS[name].arguments())
        parts = result if isinstance(result, tuple) else (result,)
        for part in parts:
            assert not isinstance(part, np.ndarray) or np.isfinite(part).all(), name
    missed = loops_of_the_package() - ran
    assert not missed, f"no test runs {sorted(missed)} between bands"


def loops_of_the_package():
    """The names of all loops that the modules of compiled layers compile."""
    names = set()
    folder = Path(nndl.fast.__file__).parent
    for path in folder.rglob("[a-z]*.py"):
        module = import_module(
            ".".join(["nndl.fast", *path.relative_to(folder).with_suffix("").parts])
        )
        source = path.read_text(encoding="utf-8")
        found = re.findall(r"\b(?:compile_kernel|_stepped)\(\s*(\w+),", source)
        loops = [getattr(module, name) for name in found if name != "loop"]
        names |= {f"{loop.__module__}.{loop.__name__}" for loop in loops}
    return names


# N, C, H, W, F, HH, WW, pad: some size is 0.
EMPTY = {
    "no images": (0, 2, 5, 5, 3, 3, 3, 0),
    "no channels": (2, 0, 5, 5, 3, 3, 3, 1),
    "no filters": (2, 3, 5, 5, 0, 3, 3, 1),
    "no rows": (2, 3, 0, 5, 3, 2, 3, 1),
    "no columns": (2, 3, 5, 0, 3, 2, 2, 2),
    "nothing": (0, 0, 0, 0, 0, 1, 1, 1),
}


@pytest.mark.parametrize("sizes", EMPTY.values(), ids=EMPTY)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_convolution_without_some_size_is_the_naive_one(sizes, dtype, rng):
    """The gradient of the biases is there without channels, too: they are added to every pixel."""
    N, C, H, W, F, HH, WW, pad = sizes
    shapes = (N, C, H, W), (F, C, HH, WW), (F,)
    x, w, b = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    results = []
    for way in ("naive", "im2col", "fast"):
        forward, backward = (CALLS[f"conv_{pass_}_{way}"].function for pass_ in PASSES)
        out, cache = forward(x, w, b, {"stride": 2, "pad": pad})
        dout = np.random.default_rng(1).normal(size=out.shape).astype(dtype)
        results.append((out, *backward(dout, cache)))
        np.testing.assert_allclose(results[-1][3], dout.sum(axis=(0, 2, 3)), rtol=1e-5)
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            assert one.dtype == two.dtype == dtype
            np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)
    assert CALLS["conv_backward_fast"].function(dout, cache, need_dx=False)[0] is None


@pytest.mark.parametrize("shape", [(0, 3), (4, 0), (0, 0), (0,), ()])
def test_layers_of_any_shape_take_one_without_entries(shape):
    x = np.full(shape, 2.0)
    for name, more in (("relu", {}), ("dropout", {"dropout_param": {"p": 1, "mode": "train"}})):
        out, cache = CALLS[f"{name}_forward_fast"].function(x, **more)
        np.testing.assert_array_equal(out, x)
        np.testing.assert_array_equal(CALLS[f"{name}_backward_fast"].function(x, cache), x)
    for rule in ("sgd", "sgd_momentum", "sgd_nesterov_momentum", "rmsprop", "adam"):
        if shape:
            assert CALLS[f"{rule}_fast"].function(x.copy(), x)[0].shape == shape


@pytest.mark.parametrize("shape", [(4, 0), (4, 0, 2, 3), (4, 0, 0, 3)])
def test_batch_norm_takes_no_features(shape):
    none, bn_param = np.zeros(0), {"mode": "train"}
    names = ("batchnorm",) if len(shape) == 2 else ("spatial_batchnorm", "spatial_batchnorm_relu")
    for name in names:
        given = np.zeros(shape), none, none, dict(bn_param)
        out, cache = CALLS[f"{name}_forward_fast"].function(*given)
        dx, *rest = CALLS[f"{name}_backward_fast"].function(out, cache)
        assert out.shape == dx.shape == shape
        assert [grad.shape for grad in rest] == [(0,), (0,)]


@pytest.mark.parametrize("shape", [(0, 2, 4, 4), (2, 0, 4, 4)])
def test_max_pooling_takes_no_images(shape):
    out, cache = CALLS["max_pool_forward_fast"].function(
        np.zeros(shape), {"pool_height": 2, "pool_width": 2, "stride": 2}
    )
    assert CALLS["max_pool_backward_fast"].function(out, cache).shape == shape
