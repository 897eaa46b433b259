"""The rows: which layers are measured, on which shapes, and how each is called.

To add a row, add its shape to ``SHAPES``. A shape is written as a reader would write it down:

    conv                  N,C,H; F,k,stride,pad     pictures of H by H, filters of k by k
    max pool              N,C,H; k,stride           windows of k by k
    spatial batch norm    N,C,H
    ReLU, dropout         N,C,H or N,D
    batch norm            N,D
    layer norm            N,D
    group norm            N,C,H; G                  C channels in G groups
    softmax, SVM          N,C                       scores of N examples, C classes
"""

from dataclasses import dataclass
from importlib import import_module

import numpy as np

SHAPES = {
    "conv": [
        "100,3,31; 25,3,2,1",  # the course's
        "100,3,32; 32,7,1,3",  # the first layer of its network
        "64,32,32; 64,3,1,1",
        "64,64,16; 128,3,1,1",
        "64,64,16; 128,1,1,0",
        "32,128,8; 128,3,1,1",
        "50,16,28; 32,5,1,2",
    ],
    "max pool": ["100,3,32; 2,2", "64,32,32; 2,2", "64,32,32; 3,2"],
    "batch norm": ["100,500", "512,1024"],
    "spatial batch norm": ["64,32,32", "64,128,8"],
    "layer norm": ["100,500", "512,1024"],
    "group norm": ["64,32,32; 8", "64,128,8; 32"],
    "ReLU": ["100,500", "64,32,32"],
    "softmax": ["100,10", "4096,1000"],
    "SVM": ["100,10", "4096,1000"],
    "dropout": ["100,500", "64,32,32"],
}
# Against the chapters' own loops: the shapes for which the course's notebook printed times.
NAIVE = {"conv": SHAPES["conv"][:1], "max pool": SHAPES["max pool"][:1]}
# Measured, but not in the record before it is made anew: take them out of here then.
UNRECORDED = ("layer norm", "group norm")
LOSSES = ("softmax", "SVM")  # one function for the loss and its gradient
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
        return ["both"] if self.layer in LOSSES else ["forward", "backward"]

    def row(self, direction):
        """What names a row: its key in the record."""
        return {"layer": self.layer, "direction": direction, "shape": self.shape} | {
            "dtype": self.dtype,
            "against": self.against,
        }


def cases():
    """All cases, in the order of the tables."""
    for against, shapes in ((PYTORCH, SHAPES), (LOOPS, NAIVE)):
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
    """The shape of an array of ``sizes`` N,C,H, whose pictures are square, or N,D."""
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

    def draw(*sizes):
        return rng.standard_normal(sizes).astype(dtype)

    sizes = numbers(shape)
    x = draw(*full(sizes[0]))
    if layer == "conv":
        F, k, stride, pad = sizes[1]
        return x, draw(F, sizes[0][1], k, k), draw(F), {"stride": stride, "pad": pad}
    if layer == "max pool":
        k, stride = sizes[1]
        return x, {"pool_height": k, "pool_width": k, "stride": stride}
    if layer.endswith("batch norm"):
        return x, draw(x.shape[1]), draw(x.shape[1]), {"mode": "train"}
    if layer in ("layer norm", "group norm"):
        groups = sizes[1] if layer == "group norm" else []
        return x, draw(x.shape[1]), draw(x.shape[1]), *groups, {}
    if layer == "dropout":
        return x, {"p": 0.5, "mode": "train", "rng": rng}
    if layer in LOSSES:
        return x, rng.integers(0, x.shape[1], x.shape[0])
    return (x,)


def functions(layer, naive=False):
    """A layer's forward and backward function; a loss has one for both."""
    module, name = {
        "conv": ("conv", "conv"),
        "max pool": ("max_pool", "max_pool"),
        "batch norm": ("batchnorm", "batchnorm"),
        "spatial batch norm": ("spatial_batchnorm", "spatial_batchnorm"),
        "layer norm": ("normalization_family", "layernorm"),
        "group norm": ("normalization_family", "spatial_groupnorm"),
        "ReLU": ("relu", "relu"),
        "dropout": ("dropout", "dropout"),
        "softmax": ("losses", "softmax_loss"),
        "SVM": ("losses", "svm_loss"),
    }[layer]
    module = import_module("nndl.conv_layers" if naive else f"nndl.fast.{module}")
    ends = [""] if name.endswith("loss") else ["_forward", "_backward"]
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
