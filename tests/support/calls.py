"""Every public function of a layer, a loss or an update rule, with arguments that fit.

``tests/test_arguments.py`` makes of them arguments that do not, and arrays of every kind.
"""

import copy
from dataclasses import dataclass

import numpy as np

import nndl.conv_layer_utils
import nndl.conv_layers
import nndl.fast.affine
import nndl.fast.avg_pool
import nndl.fast.batchnorm
import nndl.fast.conv
import nndl.fast.dropout
import nndl.fast.losses
import nndl.fast.max_pool
import nndl.fast.normalization_family
import nndl.fast.optim
import nndl.fast.relu
import nndl.fast.spatial_batchnorm
import nndl.fast.spatial_batchnorm_relu
import nndl.im2col
import nndl.layer_utils
import nndl.layers
import nndl.optim
import nndl.winograd
from nndl.internal.update_rules import SETTINGS, STATES


@dataclass(frozen=True)
class Call:
    """A function and arguments that fit; ``free`` says which axes may have another size alone."""

    function: object
    given: dict
    free: dict

    @property
    def name(self):
        return self.function.__name__

    def __str__(self):
        return self.name

    @property
    def fast(self):
        """Whether float32 and float64 will do alone."""
        return any(part in self.function.__module__ for part in (".fast.", "layer_utils"))

    def arguments(self):
        """Fresh copies of the arguments."""
        return copy.deepcopy(self.given)


def whole(*shape, seed=0):
    """Whole numbers as float64: they survive as integers of a byte, too."""
    return np.random.default_rng(seed).integers(0, 5, size=shape).astype(np.float64)


def bn_param(size):
    running = {"running_mean": whole(size, seed=3), "running_var": 1 + whole(size, seed=4)}
    return {"mode": "train", "eps": 1e-5, "momentum": 0.5} | running


CONV = {"x": whole(2, 3, 5, 6), "w": whole(4, 3, 3, 2, seed=1), "b": whole(4, seed=2)}
CONV |= {"conv_param": {"stride": 1, "pad": 1}}
POOL = {"pool_height": 2, "pool_width": 3, "stride": 1}
AFFINE = {"x": whole(4, 2, 3), "w": whole(6, 5, seed=1), "b": whole(5, seed=2)}
SCALE = {"gamma": whole(3, seed=5), "beta": whole(3, seed=6), "bn_param": bn_param(3)}
MAPS = {"x": (0, 2, 3)}  # images may be more, higher and wider
FILTERS = MAPS | {"w": (2, 3)}
SCALE_5 = {"gamma": whole(5, seed=5), "beta": whole(5, seed=6)}
SCALE_4 = {"gamma": whole(4, seed=5), "beta": whole(4, seed=6)}
ANY = {"x": (0, 1, 2, 3)}
LAYERS = {  # name: arguments of the forward pass, axes that are free, functions
    "affine": (AFFINE, {"x": (0,)}, nndl.layers, nndl.fast.affine),
    "relu": ({"x": whole(3, 4)}, ANY, nndl.layers, nndl.fast.relu),
    "leaky_relu": ({"x": whole(3, 4), "slope": 0.25}, ANY, nndl.layers, nndl.fast.relu),
    "batchnorm": ({"x": whole(6, 3)} | SCALE, {"x": (0,)}, nndl.layers, nndl.fast.batchnorm),
    "dropout": (
        {"x": whole(3, 4), "dropout_param": {"p": 0.5, "mode": "train", "seed": 0}},
        ANY,
        nndl.layers,
        nndl.fast.dropout,
    ),
    "conv": (CONV, FILTERS, nndl.conv_layers, nndl.fast.conv, nndl.im2col),
    "max_pool": (
        {"x": whole(2, 3, 5, 6), "pool_param": POOL},
        ANY,
        nndl.conv_layers,
        nndl.fast.max_pool,
    ),
    "avg_pool": (
        {"x": whole(2, 3, 5, 6), "pool_param": POOL},
        ANY,
        nndl.conv_layers,
        nndl.fast.avg_pool,
    ),
    "spatial_batchnorm": (
        {"x": whole(2, 3, 4, 2)} | SCALE,
        MAPS,
        nndl.conv_layers,
        nndl.fast.spatial_batchnorm,
    ),
    "spatial_batchnorm_relu": (
        {"x": whole(2, 3, 4, 2)} | SCALE,
        MAPS,
        nndl.fast.spatial_batchnorm_relu,
    ),
    "layernorm": (
        {"x": whole(4, 3), "gamma": whole(3, seed=5), "beta": whole(3, seed=6)}
        | {"ln_param": {"mode": "train", "eps": 1e-5}},
        {"x": (0,)},
        nndl.layers,
        nndl.fast.normalization_family,
    ),
    "spatial_groupnorm": (
        {"x": whole(2, 4, 3, 2), "gamma": whole(1, 4, 1, 1, seed=5), "beta": whole(1, 4, 1, 1)}
        | {"G": 2, "gn_param": {"mode": "train", "eps": 1e-5}},
        MAPS,
        nndl.conv_layers,
        nndl.fast.normalization_family,
    ),
    "affine_relu": (AFFINE, {"x": (0,)}, nndl.layer_utils),
    "affine_batchnorm_relu": (
        AFFINE | SCALE_5 | {"bn_param": bn_param(5)},
        {"x": (0,)},
        nndl.layer_utils,
    ),
    "affine_layernorm_relu": (
        AFFINE | SCALE_5 | {"ln_param": {"eps": 1e-5}},
        {"x": (0,)},
        nndl.layer_utils,
    ),
    "conv_relu": (CONV, FILTERS, nndl.conv_layer_utils),
    "conv_relu_pool": (
        CONV | {"pool_param": POOL | {"pool_width": 2}},
        FILTERS,
        nndl.conv_layer_utils,
    ),
    "conv_bn_relu": (CONV | SCALE_4 | {"bn_param": bn_param(4)}, FILTERS, nndl.conv_layer_utils),
}


def both_ways(layer):
    """The forward and the backward pass of all twins of a layer."""
    given, free, *modules = LAYERS[layer]
    for module in modules:
        for end in ("", "_naive", "_fast", "_im2col"):
            forward = getattr(module, f"{layer}_forward{end}", None)
            if getattr(forward, "__module__", "") != module.__name__:
                continue  # another module's
            out, cache = forward(**copy.deepcopy(given))
            yield Call(forward, given, free)
            backward = {"dout": whole(*out.shape, seed=7), "cache": cache}
            yield Call(getattr(module, f"{layer}_backward{end}"), backward, {})


def others():
    """Losses, im2col and the update rules."""
    scores = {"x": whole(4, 3), "y": np.array([0, 2, 1, 2])}
    for loss in (nndl.layers.svm_loss, nndl.layers.softmax_loss):
        yield Call(loss, scores, {"x": (1,)})
    for loss in (nndl.fast.losses.svm_loss_fast, nndl.fast.losses.softmax_loss_fast):
        yield Call(loss, scores, {"x": (1,)})
    window = {"field_height": 3, "field_width": 2, "padding": 1, "stride": 1}
    x = whole(2, 3, 5, 6)
    yield Call(nndl.im2col.get_im2col_indices, {"x_shape": x.shape} | window, {})
    yield Call(nndl.im2col.im2col_indices, {"x": x} | window, ANY)
    cols = nndl.im2col.im2col_indices(x, **window)
    yield Call(nndl.im2col.col2im_indices, {"cols": cols, "x_shape": x.shape} | window, {})
    given = CONV | {"w": whole(4, 3, 3, 3, seed=1), "m": 2}
    yield Call(nndl.winograd.conv_forward_winograd, given, FILTERS)
    cache = nndl.winograd.conv_forward_winograd(**copy.deepcopy(given))[1]
    backward = {"dout": whole(2, 4, 5, 6, seed=7), "cache": cache}
    yield Call(nndl.winograd.conv_backward_winograd, backward, {})
    for rule, settings in SETTINGS.items():
        config = settings | {key: 1 + whole(3, 4, seed=8) for key in STATES[rule]}
        config |= {"t": 2} if rule == "adam" else {}
        given = {"w": whole(3, 4), "dw": whole(3, 4, seed=1), "config": config}
        for function in (getattr(nndl.optim, rule), getattr(nndl.fast.optim, f"{rule}_fast")):
            yield Call(function, given, {})


# Calls that are right, too, though seldom made so.
UNUSUAL = (
    (nndl.layers.relu_forward, {"x": np.float64(2)}),
    (nndl.layers.relu_forward, {"x": whole(3, 4).view(np.recarray)}),  # a harmless subclass
    (
        nndl.layers.dropout_forward,
        {
            "x": whole(3, 4),
            "dropout_param": {
                "p": np.float32(0.5),
                "mode": "train",
                "rng": np.random.default_rng(0),
            },
        },
    ),
    (
        nndl.layers.batchnorm_forward,
        {"x": whole(6, 0)}
        | dict.fromkeys(("gamma", "beta"), whole(0))
        | {"bn_param": {"mode": "train"}},
    ),
    (
        nndl.layers.batchnorm_forward,
        {"x": whole(0, 3)} | SCALE | {"bn_param": {"mode": "test", "eps": 1}},
    ),
    (nndl.layers.svm_loss, {"x": whole(3, 4), "y": np.arange(3, dtype=np.int8)}),
    (nndl.optim.adam, {"w": whole(2), "dw": whole(2), "config": {"beta1": np.float64(0.5)}}),
    (nndl.optim.sgd_momentum, {"w": whole(2), "dw": whole(2), "config": {"momentum": 1}}),
)

CALLS = {call.name: call for layer in LAYERS for call in both_ways(layer)}
CALLS |= {call.name: call for call in others()}


def leaves(value, path=()):
    """Every place in nested arguments, with what is there: ``(path, value)``."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, tuple):
        for k, inner in enumerate(value):
            yield from leaves(inner, (*path, k))


def replaced(value, path, new):
    """``value``, with ``new`` at ``path``. A cache that knows more than its entries still does."""
    if not path:
        return new
    if isinstance(value, dict):
        return value | {path[0]: replaced(value[path[0]], path[1:], new)}
    parts = list(value)
    parts[path[0]] = replaced(parts[path[0]], path[1:], new)
    changed = type(value)(parts)
    vars(changed).update(vars(value)) if hasattr(value, "__dict__") else None
    return changed
