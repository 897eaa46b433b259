"""Arguments of which one is wrong: every place of every call, and what must not be there."""

import numpy as np
from calls import leaves, replaced

NUMBERS = (True, np.True_, "1", None, [1], 1j, float("nan"), -1)
# Keys of dictionaries, and arguments that are whole numbers of pixels.
WHOLE = ("stride", "pad", "pool_height", "pool_width", "field_height", "field_width", "padding")
WHOLE += ("t", "seed")
LARGE = ("pool_height", "pool_width", "field_height", "field_width")  # larger than the picture
OPTIONAL = ("eps", "momentum", "running_mean", "running_var", "seed")


def faults(call):
    """``(what, path, arguments)``: calls of which exactly one place is wrong, and where it is."""
    for path, value in leaves(call.given):
        for what, wrong in wrong_values(call, path, value):
            yield what, path, replaced(call.arguments(), path, wrong)


def wrong_values(call, path, value):
    """``(what, wrong value)`` for one place."""
    name = path[-1]
    if isinstance(value, np.ndarray):
        yield from wrong_arrays(call, name, value)
    elif isinstance(value, dict):
        yield from (("no dict", wrong) for wrong in ([1], "train", tuple(value)))
        if name != "config":  # an update rule fills in what is missing
            yield "no dict", None
        yield "an unknown key", value | {"dilation": 1}
        for key in value.keys() - {*OPTIONAL}:
            if name != "config":
                yield f"no {key}", {k: v for k, v in value.items() if k != key}
        if name == "dropout_param":
            yield "both", value | {"rng": np.random.default_rng(0)}
            yield "a state", {"p": 0.5, "mode": "train", "rng": np.random.RandomState(0)}
    elif name == "x_shape" or path[:2] == ("cache", 0) and isinstance(value, tuple):
        yield from wrong_tuples(value)
    elif isinstance(value, tuple):  # a cache, or one in it
        yield from wrong_tuples(value)
    elif name == "mode":
        yield from (("no mode", wrong) for wrong in ("eval", None, 1, True, ["train"]))
    elif name in WHOLE:
        yield from (("no whole number", wrong) for wrong in (*NUMBERS, 1.5, np.float32("inf")))
        if name not in ("pad", "padding", "t", "seed"):
            yield "too small", 0
        if name in LARGE:
            yield "too large", 99
    elif isinstance(value, float):
        wrongs = (*NUMBERS, float("inf"))
        yield from (("no such number", wrong) for wrong in wrongs)
        if name == "p":
            yield "too small", 0.0
        if name not in ("eps", "epsilon", "learning_rate"):
            yield "too large", 1.5
        if name in ("beta1", "beta2"):
            yield "too large", 1.0
    elif isinstance(value, int):  # a size in a shape
        wrongs = (*NUMBERS, 1.5) if call.name.startswith("get") else (*NUMBERS, 1.5, value + 1)
        yield from (("no size", wrong) for wrong in wrongs)


def wrong_tuples(value):
    yield from (("no tuple", wrong) for wrong in (None, list(value), 1.0, {}))
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
    kinds += [complex] * call.fast + [np.longdouble] * (call.fast and not kept)
    kinds += [float] * (name == "y")
    kinds += [int] * (name == "w" and "config" in call.given)
    for kind in kinds:
        yield f"of dtype {np.dtype(kind).name}", value.astype(np.int64).astype(kind)
    if value.ndim > 1 or name != "x" or "relu_f" not in call.name and "dropout" not in call.name:
        yield from (("of another rank", wrong) for wrong in other_ranks(call, name, value))
    for axis in set(range(value.ndim)) - {*call.free.get(name, ())}:
        yield f"longer on axis {axis}", np.concatenate([value, value.take([0], axis)], axis)
        yield f"shorter on axis {axis}", value.take(range(value.shape[axis] - 1), axis)
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
