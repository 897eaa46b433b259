"""The rows: which layers are measured, on which shapes, and how each is called.

To add a row, add its shape to ``LAYERS``; to add a layer, an entry, and a function in
``pytorch.py``. A shape is written as a reader would write it down:

    conv                  N,C,H; F,k,stride,pad     images of H by H, filters of k by k
    max pool, average pool
                          N,C,H; k,stride           windows of k by k
    spatial batch norm    N,C,H
    ReLU, leaky ReLU, dropout
                          N,C,H or N,D
    batch norm            N,D
    layer norm            N,D
    group norm            N,C,H; G                  C channels in G groups
    softmax, SVM          N,C                       scores of N examples, C classes
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np


def nothing_more(x, sizes, rng):
    """What follows x where nothing does."""
    return ()


def filters(x, sizes, rng):
    """What follows x in a convolution."""
    (_, C, _), (F, k, stride, pad) = sizes
    w, b = (rng.standard_normal(shape).astype(x.dtype) for shape in ((F, C, k, k), F))
    return w, b, {"stride": stride, "pad": pad}


def windows(x, sizes, rng):
    """What follows x in a pooling."""
    k, stride = sizes[1]
    return ({"pool_height": k, "pool_width": k, "stride": stride},)


def slopes(x, sizes, rng):
    """What follows x in a leaky ReLU."""
    return (0.01,)


def norms(x, sizes, rng):
    """What follows x in a batch norm."""
    gamma, beta = rng.standard_normal((2, x.shape[1])).astype(x.dtype)
    return gamma, beta, {"mode": "train"}


def layer_norms(x, sizes, rng):
    """What follows x in a layer norm, and in a group norm the number of groups."""
    gamma, beta = rng.standard_normal((2, x.shape[1])).astype(x.dtype)
    return gamma, beta, *(sizes[1] if len(sizes) > 1 else ()), {}


def coins(x, sizes, rng):
    """What follows x in dropout."""
    return ({"p": 0.5, "mode": "train", "rng": rng},)


def labels(x, sizes, rng):
    """What follows x in a loss."""
    return (rng.integers(0, x.shape[1], x.shape[0]),)


@dataclass(frozen=True)
class Layer:
    """A layer that is measured."""

    twin: str  # "module.name" of its functions, below nndl.fast and without their ends
    theirs: str  # the function in pytorch.py that asks PyTorch for the same
    shapes: tuple[str, ...]  # its rows
    small: str  # for what does not depend on the shape: the first call, and tests
    more: Callable = nothing_more  # (x, numbers of the shape, rng) -> the arguments after x
    loss: bool = False  # whether one function gives the result and its gradient


LAYERS = {
    "conv": Layer(
        "conv.conv",
        "conv",
        (
            "100,3,31; 25,3,2,1",  # the course's
            "100,3,32; 32,7,1,3",  # the first layer of its network
            "64,32,32; 64,3,1,1",
            "64,64,16; 128,3,1,1",
            "64,64,16; 128,1,1,0",
            "32,128,8; 128,3,1,1",
            "50,16,28; 32,5,1,2",
        ),
        "2,16,16; 32,3,1,1",
        filters,
    ),
    "max pool": Layer(
        "max_pool.max_pool",
        "max_pool",
        ("100,3,32; 2,2", "64,32,32; 2,2", "64,32,32; 3,2"),
        "2,16,16; 2,2",
        windows,
    ),
    "average pool": Layer(
        "avg_pool.avg_pool",
        "avg_pool",
        ("64,32,32; 2,2", "64,32,32; 3,2", "64,128,8; 8,1"),
        "2,16,16; 2,2",
        windows,
    ),
    "batch norm": Layer("batchnorm.batchnorm", "norm", ("100,500", "512,1024"), "20,50", norms),
    "spatial batch norm": Layer(
        "spatial_batchnorm.spatial_batchnorm",
        "norm",
        ("64,32,32", "64,128,8"),
        "2,16,16",
        norms,
    ),
    "layer norm": Layer(
        "normalization_family.layernorm",
        "layer_norm",
        ("100,500", "512,1024"),
        "20,50",
        layer_norms,
    ),
    "group norm": Layer(
        "normalization_family.spatial_groupnorm",
        "group_norm",
        ("64,32,32; 8", "64,128,8; 32"),
        "2,16,16; 4",
        layer_norms,
    ),
    "ReLU": Layer("relu.relu", "relu", ("100,500", "64,32,32"), "20,50"),
    "leaky ReLU": Layer("relu.leaky_relu", "leaky", ("100,500", "64,32,32"), "20,50", slopes),
    "softmax": Layer(
        "losses.softmax_loss", "softmax", ("100,10", "4096,1000"), "20,10", labels, True
    ),
    "SVM": Layer("losses.svm_loss", "svm", ("100,10", "4096,1000"), "20,10", labels, True),
    "dropout": Layer("dropout.dropout", "drop", ("100,500", "64,32,32"), "20,50", coins),
}
# Against the chapters' own loops: the shapes for which the course's notebook printed times.
NAIVE = {name: LAYERS[name].shapes[:1] for name in ("conv", "max pool")}
DTYPES = ["float32", "float64"]
PYTORCH, LOOPS = "PyTorch", "naive loops"


@dataclass(frozen=True)
class Case:
    """A layer on one shape: a row for each direction."""

    layer: str
    shape: str
    dtype: str
    against: str = PYTORCH

    @property
    def directions(self):
        return ["both"] if LAYERS[self.layer].loss else ["forward", "backward"]

    def row(self, direction):
        """What names a row: its key in the record."""
        return {"layer": self.layer, "direction": direction, "shape": self.shape} | {
            "dtype": self.dtype,
            "against": self.against,
        }


def cases():
    """All cases, in the order of the tables."""
    every = {name: layer.shapes for name, layer in LAYERS.items()}
    for against, shapes in ((PYTORCH, every), (LOOPS, NAIVE)):
        for layer, sizes in shapes.items():
            for dtype in DTYPES:
                yield from (Case(layer, shape, dtype, against) for shape in sizes)


def name_of(row):
    """A row's name in a line of text."""
    return f"{row['layer']} {row['direction']} {row['shape']} {row['dtype']} / {row['against']}"


def numbers(shape):
    """``"100,3,32; 2,2"`` as ``[[100, 3, 32], [2, 2]]``."""
    return [[int(n) for n in part.split(",")] for part in shape.split(";")]


def full(sizes):
    """The shape of an array of ``sizes`` N,C,H, whose images are square, or N,D."""
    return (*sizes, sizes[-1]) if len(sizes) == 3 else tuple(sizes)


def conv_out(shape):
    """N, F, H' and W' of a convolution."""
    (N, _, H), (F, k, stride, pad) = numbers(shape)
    return full([N, F, 1 + (H + 2 * pad - k) // stride])


def conv_flops(shape, direction):
    """Multiplications and additions; the zeros of the frame count, as is usual."""
    k2_C = numbers(shape)[0][1] * numbers(shape)[1][1] ** 2
    return 2 * int(np.prod(conv_out(shape))) * k2_C * (2 if direction == "backward" else 1)


def arguments(layer, shape, dtype, rng):
    """The arguments of a layer's forward function, all arrays C-contiguous."""
    sizes = numbers(shape)
    x = rng.standard_normal(full(sizes[0])).astype(dtype)
    return x, *LAYERS[layer].more(x, sizes, rng)


def functions(layer, naive=False):
    """A layer's forward and backward function; a loss has one for both."""
    module, _, name = LAYERS[layer].twin.partition(".")
    module = import_module("nndl.conv_layers" if naive else f"nndl.fast.{module}")
    ends = [""] if LAYERS[layer].loss else ["_forward", "_backward"]
    return [getattr(module, name + end + ("_naive" if naive else "_fast")) for end in ends]


def calls(layer, given, naive=False):
    """The layer as functions without arguments, by direction, and the gradient from above."""
    forward, *backward = functions(layer, naive)
    if not backward:
        return {"both": lambda: forward(*given)}, None
    out, cache = forward(*given)
    dout = np.random.default_rng(1).standard_normal(out.shape).astype(out.dtype)
    return {
        "forward": lambda: forward(*given)[0],
        "backward": lambda: backward[0](dout, cache),
    }, dout
