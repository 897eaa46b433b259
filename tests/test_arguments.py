"""What every layer, loss and update rule accepts and refuses."""

import ast
import re
from pathlib import Path
from pkgutil import iter_modules
from tempfile import TemporaryDirectory

import numpy as np
import pytest

import nndl
import nndl.fast
from tests.support.calls import CALLS, leaves, replaced, whole
from tests.support.faults import WHOLE, faults
from tests.support.strategies import LAYOUTS, with_layout

pytest.importorskip("numba")  # without it the twins are the naive layers, under their names

each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
# What a cache is made of: a message about one of its entries names it so.
ENTRIES = "cache|dout|x|w|b|gamma|centered|sigma|mean|inv_std|beta|mask|shape|rows|where|"
ENTRIES += "dropout_param|conv_param|pool_param|m"


def is_named(call, what, path, message):
    """Whether ``message`` says which function was called, and which argument is wrong."""
    layer, _, rest = message.partition(": ")
    if call.function.__module__.endswith("_utils"):
        known = layer in CALLS  # the layer inside
    else:
        known = layer == call.name
    if path[0] == "cache":
        names = ENTRIES
    elif "axis" in what or "rank" in what:  # two arrays do not fit: either may be wrong
        names = "|".join(name for name in call.given)
    else:
        names = [part for part in path if isinstance(part, str)][-1]
    return known and re.search(rf"\b({names})\b", rest)


def test_every_layer_is_called():
    """A function that is not in ``tests/calls.py`` is not looked at here: add it there."""
    names = set()
    for package in (nndl, nndl.fast):
        for found in iter_modules(package.__path__, f"{package.__name__}."):
            source = Path(found.module_finder.path, f"{found.name.split('.')[-1]}.py")
            if source.exists():
                defined = ast.parse(source.read_text(encoding="utf-8")).body
                names |= {node.name for node in defined if isinstance(node, ast.FunctionDef)}
    layer = re.compile(r"[a-z]\w*(_forward|_backward|_loss)(_naive|_fast|_im2col)?")
    assert {name for name in names if layer.fullmatch(name)} <= CALLS.keys()


@each_call
def test_an_argument_that_is_wrong_is_named(call):
    for what, path, arguments in faults(call):
        try:
            call.function(**arguments)
            message = "accepted"
        except (TypeError, ValueError) as error:
            message = str(error)
        assert is_named(call, what, path, message), (what, path, message)


BACKWARD = [call for call in CALLS.values() if "cache" in call.given]


def kin(one, other):
    """Whether two layers keep the same: one layer, and its twins; and both poolings."""
    endings = "_naive|_im2col" if "norm" in one.name else "_naive|_im2col|_fast"
    endings += "|^max(?=_pool_)|^avg(?=_pool_)"
    return re.sub(endings, "", one.name) == re.sub(endings, "", other.name)


@pytest.mark.parametrize("call", BACKWARD, ids=str)
def test_the_cache_of_another_layer_is_refused(call):
    for other in BACKWARD:
        given = call.arguments() | {"cache": other.arguments()["cache"]}
        if kin(call, other):  # the caches of twins are exchanged freely
            assert same(
                arrays_of(call.function(**given)), arrays_of(call.function(**call.arguments()))
            )
        else:
            with pytest.raises((TypeError, ValueError)) as caught:
                call.function(**given)
            assert is_named(call, "another cache", ("cache",), str(caught.value)), other.name


@pytest.fixture
def torch_or_none():
    """PyTorch, where it is installed."""
    try:
        import torch
    except ImportError:
        return None
    return torch


def mapped(array):
    """The array in a file."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = np.memmap(f"{folder}/numbers", array.dtype, "w+", shape=array.shape or (1,))
        file[...] = array
        return file


# Arrays of the same numbers in other clothes, with which the result is the same,
KINDS = {layout: lambda a, layout=layout: with_layout(a, layout) for layout in LAYOUTS}
KINDS |= {
    "a record array": lambda a: a.copy().view(np.recarray),
    "a memmap": mapped,
    "of another byte order": lambda a: a.astype(a.dtype.newbyteorder("S")),
    "float32": lambda a: a.astype(np.float32),
    **{f"int{n}": lambda a, n=n: a.astype(f"i{n // 8}") for n in (8, 16, 32, 64)},
    **{f"uint{n}": lambda a, n=n: a.astype(f"u{n // 8}") for n in (8, 16, 32, 64)},
    "of integers of another byte order": lambda a: a.astype(np.dtype("i4").newbyteorder("S")),
}
STRANGE = [kind for kind in KINDS if "int" in kind or "byte order" in kind] + ["read-only"]
# or of other dtypes and types, with which it is the same or the array is named.
OTHERS = {
    "masked": lambda a: np.ma.masked_array(a, a == 0),
    "a matrix": lambda a: a.view(np.matrix) if a.ndim == 2 else a.tolist(),
    "bool": lambda a: a.astype(bool),
    "float16": lambda a: a.astype(np.float16),
    "longdouble": lambda a: a.astype(np.longdouble),
    "complex64": lambda a: a.astype(np.complex64),
    "complex128": lambda a: a.astype(np.complex128),
    "objects": lambda a: a.astype(object),
    "a list": lambda a: a.tolist(),
    "a tuple": lambda a: tuple(a),
    "a number": lambda a: 1.0,
    "without dimensions": lambda a: np.array(1.0),
    "a NumPy number": lambda a: np.float64(1.0),
    "empty": lambda a: a[:0],
    "text": lambda a: a.astype(str),
    "dates": lambda a: a.astype(np.int64).astype("M8[s]"),
}


def arrays_in(call):
    """Paths of the arrays of floating numbers among the arguments that a caller makes."""
    for path, value in leaves(call.given):
        if isinstance(value, np.ndarray) and path[0] not in ("cache", "y"):
            yield path, value


def outcome(call, path, wrong):
    """What comes of ``wrong`` at ``path``: the arrays of the result, or what is said."""
    try:
        return arrays_of(call.function(**replaced(call.arguments(), path, wrong)))
    except (TypeError, ValueError) as error:
        return str(error)


def arrays_of(result):
    """The arrays in what a function returned, without its cache."""
    if isinstance(result, tuple) and not isinstance(result[-1], np.ndarray | None):
        result = result[:-1]  # of a forward pass or a rule
    return [np.asarray(part) for part in (result if isinstance(result, tuple) else (result,))]


def same(ours, theirs, tolerance=1e-5):
    """Whether two outcomes are the same."""
    if isinstance(ours, str) or isinstance(theirs, str):
        return ours == theirs
    return len(ours) == len(theirs) and all(
        one.shape == other.shape and np.allclose(one, other, tolerance, tolerance, equal_nan=True)
        for one, other in zip(ours, theirs, strict=True)
    )


@each_call
def test_arrays_of_every_kind_give_what_is_right_or_are_named(call, torch_or_none):
    """The same, too, when they come in another order: no call decides what the next one gives."""
    right, found = arrays_of(call.function(**call.arguments())), {}
    others = OTHERS | ({"a tensor": torch_or_none.tensor} if torch_or_none else {})
    tries = [(path, value, kind) for path, value in arrays_in(call) for kind in KINDS | others]
    for path, value, kind in tries:
        given = (KINDS | others)[kind](value)
        came = found[path, kind] = outcome(call, path, given)
        if isinstance(came, str):
            assert is_named(call, "axis", path, came), (kind, came)
            written = path == ("w",) and "config" in call.given  # in place: floats alone
            assert kind in others or (written and kind in STRANGE), (kind, came)
        elif kind in KINDS or kind in ("longdouble", "complex64", "complex128"):
            assert same(came, right), (kind, path)
    for path, value, kind in reversed(tries):
        assert same(outcome(call, path, (KINDS | others)[kind](value)), found[path, kind], 0)


PIXELS = [name for name in WHOLE if name not in ("t", "seed")]


@each_call
def test_a_whole_number_of_pixels_may_have_any_type(call):
    right = arrays_of(call.function(**call.arguments()))
    for path, value in leaves(call.given):
        if path[-1] in PIXELS:
            for kind in (float, np.float64, np.float32, np.uint8, np.int8, np.uint64):
                given = replaced(call.arguments(), path, kind(value))
                assert same(arrays_of(call.function(**given)), right, 0), (path, kind)


def tall_images(byte, signed):
    """What each function makes of 500 rows and of sizes whose sums a byte does not hold."""
    x, w, b = whole(2, 2, 500, 3), whole(3, 2, 2, 2), whole(3)
    conv_param = {"stride": byte(150), "pad": signed(100)}
    pool_param = {"pool_height": byte(200), "pool_width": signed(2), "stride": byte(130)}
    window = byte(200), byte(190), signed(100), byte(150)
    for name in ("conv_{}_naive", "conv_{}_im2col", "conv_{}_fast", "conv_relu_{}"):
        forward, backward = (CALLS[name.format(way)].function for way in ("forward", "backward"))
        out, cache = forward(x, w, b, conv_param)
        yield from (out, *backward(whole(*out.shape), cache))
    for name in ("max_pool_{}_naive", "max_pool_{}_fast", "avg_pool_{}_naive", "avg_pool_{}_fast"):
        forward, backward = (CALLS[name.format(way)].function for way in ("forward", "backward"))
        out, cache = forward(x, pool_param)
        yield from (out, backward(whole(*out.shape), cache))
    cols = CALLS["im2col_indices"].function(x, *window)
    x_shape = byte(2), byte(2), 500, byte(3)
    yield from (cols, CALLS["col2im_indices"].function(cols, x_shape, *window))
    yield from CALLS["get_im2col_indices"].function(x_shape, *window)


def test_a_small_integer_does_not_overflow():
    for ours, theirs in zip(tall_images(np.uint8, np.int8), tall_images(int, int), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def floats_in(result):
    """The dtypes of the floating numbers that a function returned, in a cache as well."""
    if isinstance(result, tuple | list | dict):
        parts = result.values() if isinstance(result, dict) else result
        return set().union(*map(floats_in, parts))
    return {result.dtype} if isinstance(result, np.ndarray | np.floating) else set()


@pytest.mark.parametrize("call", [c for c in CALLS.values() if "cache" not in c.given], ids=str)
def test_integers_take_the_dtype_of_x(call):
    """Beside a float32 x they are float32: in the result, in the gradients, in every cache."""
    given = call.arguments()
    for path, value in arrays_in(call):
        kind = np.float32 if path in (("x",), ("cols",), ("w",)[: "config" in given]) else np.int64
        given = replaced(given, path, value.astype(kind))
    result = call.function(**given)
    if call.name == "get_im2col_indices":
        return
    narrow = {np.dtype(np.float32)}
    first = floats_in(result[0] if isinstance(result, tuple) else result)
    assert first == narrow
    assert floats_in(given.get("config", given.get("bn_param", {}))) <= narrow
    backward = CALLS.get(call.name.replace("_forward", "_backward"))
    if backward and backward is not call:
        out, cache = result
        doubles = backward.fast and re.search("norm|_bn_", call.name)  # the statistics
        assert floats_in(cache) == narrow | ({np.dtype(np.float64)} if doubles else set())
        assert floats_in(backward.function(out.astype(np.int64), cache)) == narrow
