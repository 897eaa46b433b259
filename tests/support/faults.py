"""Arguments of which one is wrong: every place of every call, and what must not be there."""

import copy
from pathlib import Path

import numpy as np

from nndl.checks import arguments
from tests.support.calls import CALLS, leaves, replaced
from tests.support.strategies import with_layout

NUMBERS = (True, np.True_, "1", None, [1], 1j, float("nan"), -1)
# Keys of dictionaries, and arguments that are whole numbers of pixels.
WHOLE = ("stride", "pad", "pool_height", "pool_width", "field_height", "field_width", "padding")
WHOLE += ("t", "seed")
LARGE = ("pool_height", "pool_width", "field_height", "field_width")  # larger than the image
OPTIONAL = ("eps", "momentum", "running_mean", "running_var", "seed")

# Where a compiled batch norm keeps what its loops read as doubles that lie side by side.
STATISTICS = dict.fromkeys(
    ("batchnorm_backward_fast", "spatial_batchnorm_backward_fast"), (("cache", 2), ("cache", 3))
)
STATISTICS |= dict.fromkeys(
    ("layernorm_backward_fast", "spatial_groupnorm_backward_fast"), (("cache", 2), ("cache", 3))
)
STATISTICS |= {"spatial_batchnorm_relu_backward_fast": (("cache", 3), ("cache", 4))}
STATISTICS |= dict.fromkeys(
    ("affine_batchnorm_relu_backward", "affine_layernorm_relu_backward", "conv_bn_relu_backward"),
    (("cache", 1, 2), ("cache", 1, 3)),
)
WIDE = np.dtype(np.longdouble).itemsize > 8  # not on every machine


def faults(call):
    """``(what, path, arguments)``: calls of which exactly one place is wrong, and where it is."""
    for path, value in leaves(call.given):
        for what, wrong in wrong_values(call, path, value):
            yield what, path, replaced(call.arguments(), path, wrong)
        if hasattr(value, "where"):  # what compiled max pooling keeps
            for what, where in wrong_places(value.where, call.name):
                arguments = replaced(call.arguments(), path, copy.deepcopy(value))
                place_of(arguments, path).where = where
                yield what, path, arguments


def place_of(arguments, path):
    for part in path:
        arguments = arguments[part]
    return arguments


def wrong_places(where, name):
    """What is not the array in which compiled max pooling noted where its maxima lie."""
    yield from (("no array", wrong) for wrong in (None, where.tolist(), 1.0))
    yield "masked", np.ma.masked_array(where)
    yield from (("a dtype", where.astype(kind)) for kind in (np.int64, np.float64, np.int32))
    yield from (("a shape", wrong) for wrong in (where[:1], where[..., :-1], where[None]))
    yield from (("a layout", with_layout(where, layout)) for layout in ("F", "unaligned"))
    for k in (0, where.size // 2, where.size - 1):
        for wrong in (2**32 - 1, 10**6, 35):
            changed = where.copy()
            changed.flat[k] = wrong
            yield "a place outside", changed


def wrong_values(call, path, value):
    """``(what, wrong value)`` for one place."""
    name = path[-1]
    if isinstance(value, np.ndarray):
        yield from wrong_arrays(call, name, value)
        if path in STATISTICS.get(call.name, ()):
            yield "float32", value.astype(np.float32)
            yield from (("a layout", with_layout(value, k)) for k in ("every second", "unaligned"))
    elif isinstance(value, dict):
        yield from (("no dict", wrong) for wrong in ([1], "train", tuple(value)))
        if name != "config":  # an update rule fills in what is missing
            yield "no dict", None
        yield "an unknown key", value | {"dilation": 1}
        for key in value.keys() - {*OPTIONAL}:
            if name != "config" and not (key == "mode" and name in ("ln_param", "gn_param")):
                yield f"no {key}", {k: v for k, v in value.items() if k != key}
        if name == "dropout_param":
            yield "both", value | {"rng": np.random.default_rng(0)}
            yield "a state", {"p": 0.5, "mode": "train", "rng": np.random.RandomState(0)}
    elif isinstance(value, tuple):  # a cache, or one in it
        yield from wrong_tuples(value)
    elif name == "mode":
        wrongs = ("eval", None, 1, True, ["train"], np.array("train"), np.array(["train", "test"]))
        yield from (("no mode", wrong) for wrong in wrongs)
    elif name in WHOLE:
        yield from (("no whole number", wrong) for wrong in (*NUMBERS, 1.5, np.float32("inf")))
        if name not in ("pad", "padding", "t", "seed"):
            yield "too small", 0
        if name in LARGE:
            yield "too large", 99
        if name == "pad":
            yield "larger than any array", 10**10
    elif isinstance(value, float):
        wrongs = (*NUMBERS, float("inf"))
        yield from (("no such number", wrong) for wrong in wrongs)
        if name in ("p", "slope"):
            yield "too small", 0.0
        if name not in ("eps", "epsilon", "learning_rate"):
            yield "too large", 1.5
        if name in ("beta1", "beta2"):
            yield "too large", 1.0
    elif isinstance(value, int):  # a size in a shape
        alone = call.name.startswith("get") or "winograd" in call.name  # another is right, too
        wrongs = (*NUMBERS, 1.5) if alone else (*NUMBERS, 1.5, value + 1)
        yield from (("no size", wrong) for wrong in wrongs)


def wrong_tuples(value):
    yield from (("no tuple", wrong) for wrong in (None, list(value), 1.0, {}))
    if all(isinstance(size, int) for size in value):
        yield "of floats", tuple(map(float, value))
    yield "too short", value[:-1]
    yield "too long", (*value, value[0])


def wrong_arrays(call, name, value):
    yield from (("no array", wrong) for wrong in (value.tolist(), "x", memoryview(value)))
    if "dropout" not in call.name or name == "x":  # None is the mask of the mode "test"
        yield "no array", None
    yield "masked", np.ma.masked_array(value, value == 0)
    yield "a masked array without a mask", np.ma.masked_array(value)
    if value.ndim == 2:
        yield "a matrix", value.view(np.matrix)
    yield "of its own arithmetic", value.view(Doubling)
    kinds = [bool, np.float16, object, "U4", "datetime64[s]"]
    kept = "config" in call.given and name != "w"  # converted to the dtype of w
    kinds += [complex] * call.fast + [np.longdouble] * (call.fast and not kept and WIDE)
    kinds += [float] * (name == "y")
    kinds += [int] * (name == "w" and "config" in call.given)
    for kind in kinds:
        yield f"of dtype {np.dtype(kind).name}", value.astype(np.int64).astype(kind)
    if value.ndim > 1 or name != "x" or ("relu_f" not in call.name and "dropout" not in call.name):
        yield from (("of another rank", wrong) for wrong in other_ranks(call, name, value))
    for axis in set(range(value.ndim)) - {*call.free.get(name, ())}:
        yield f"longer on axis {axis}", np.concatenate([value, value.take([0], axis)], axis)
        yield f"shorter on axis {axis}", value.take(range(value.shape[axis] - 1), axis)
    if name == "w" and value.ndim == 4:
        yield from (("no rows or columns", wrong) for wrong in (value[:, :, :0], value[..., :0]))
        yield "higher than x", np.ones((*value.shape[:2], 8, 2))
        yield "wider than x", np.ones((*value.shape[:3], 9))
    if name == "w" and "config" in call.given:
        yield "read-only", with_layout(value, "read-only")
        yield "of another byte order", value.astype(value.dtype.newbyteorder("S"))
    if name == "x" and "bn_param" in call.given and "w" not in call.given:
        yield "empty", value[:0]
    if name == "y":
        yield "a class too many", value + 1
        yield "a class below 0", value - 1
    if name == "x" and "loss" in call.name:
        yield "no classes", value[:, :0]


def other_ranks(call, name, value):
    free = call.free.get(name, ())
    if name == "x" and len(free) == 4 and value.ndim == 2:  # a layer for arrays of any rank
        return
    yield value[0]
    if name != "x" or not call.name.startswith("affine"):
        yield value[None]


class Doubling(np.ndarray):
    """An array whose arithmetic is its own."""

    def __mul__(self, other):
        return 2 * np.asarray(self) * other


def of_two_arguments():
    """Wrong calls that take two wrong arguments: ``(function, arguments)``."""
    for layer in ("affine_forward", "affine_forward_fast"):
        given = CALLS[layer].arguments()
        yield CALLS[layer].function, given | {"x": np.ones(4), "w": np.ones((1, 5))}
    for loss in ("svm_loss", "svm_loss_fast", "softmax_loss", "softmax_loss_fast"):
        yield CALLS[loss].function, {"x": np.ones((0, 3)), "y": np.zeros(0, int)}
    for layer in ("layernorm_forward", "spatial_groupnorm_forward"):
        for name in (layer, f"{layer}_fast"):
            given = CALLS[name].arguments()
            C, rest = given["x"].shape[1], given["x"].shape[2:]
            long = dict.fromkeys(("gamma", "beta"), np.ones(C + 1))
            yield CALLS[name].function, given | long
            none = {"x": given["x"][..., :0]}
            none |= {} if rest else dict.fromkeys(("gamma", "beta"), np.ones(0))
            yield CALLS[name].function, given | none
    # What a short look at several arguments together must not take for right.
    given = CALLS["batchnorm_backward_fast"].arguments()
    x, *rest = given["cache"]
    long = np.ones((*x.shape, 2))
    yield CALLS["batchnorm_backward_fast"].function, {"dout": long, "cache": (long, *rest)}
    for rule in ("sgd", "sgd_fast"):
        whole = {"w": np.ones(2, int), "dw": np.ones(2, int), "config": {"learning_rate": 0.5}}
        yield CALLS[rule].function, whole
    for param in ({"p": 1.5, "mode": "train"}, {"p": 0.5, "mode": "eval"}):
        yield CALLS["dropout_forward"].function, {"x": np.ones(3), "dropout_param": param}
    cache = ((2, 3, 8), CALLS["spatial_batchnorm_backward"].given["cache"][1])
    yield (
        CALLS["spatial_batchnorm_backward"].function,
        {"dout": np.ones((2, 3, 8)), "cache": cache},
    )


# Values of the arguments that no layer has, good ones and bad ones.
SINGLE = {
    arguments.check_flag: (True, np.False_, 1, None),
    arguments.check_sequence: ([1], (1,), np.ones(2), np.ones((2, 2)), "ab", {1}),
    arguments.check_path: ("a", Path("a"), "", b"a", None, "a\0b", "\ud800"),
    arguments.check_array_like: ([1.0], np.ones(2), np.ma.ones(2)),
    arguments.check_numbers: ([1, 2], np.ones(2), np.ma.ones(2), "one", [[1], [1, 2]], [1j]),
    arguments.check_seed: (None, np.random.default_rng(0), 0, -1, 1.5),
    arguments.check_dtype: (np.float32, "f8", None, "none", np.float16, np.int64),
    arguments.check_sizes: (1, 0, 1.5),
}


def of_single_values():
    """``(check, arguments)`` of the checks that no layer calls, of good values and of bad ones."""
    for check, values in SINGLE.items():
        for value in values:
            if check is arguments.check_sizes:
                yield lambda function, value: arguments.check_sizes(function, size=value), [value]
            elif check in (arguments.check_seed, arguments.check_dtype):
                yield check, [value]
            else:
                named = ["value", value]
                yield check, named + (["of some"] if check is arguments.check_sequence else [])
    for path in ("a", "a/b", "a/..", "/", "."):
        yield arguments.check_path, ["path", path, True]
        yield arguments.check_path, ["path", path, False]
    yield arguments.check_numbers, ["value", [1j], False]
    yield arguments.check_numbers, ["value", "one", False]
