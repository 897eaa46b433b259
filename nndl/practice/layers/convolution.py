"""Convolution: cases in which each usual mistake shows by itself."""

import numpy as np

from nndl.practice.exercises import Case, Exercise
from nndl.practice.layers.numbers import random_like, whole
from nndl.practice.plays import backward, forward

# name: N, C, H, W, F, HH, WW, stride, pad
SIZES = {
    "by hand, one window": (1, 1, 2, 2, 1, 2, 2, 1, 0),
    "by hand, pad 1": (1, 1, 2, 2, 1, 3, 3, 1, 1),
    "as in the course": (2, 3, 4, 4, 2, 3, 3, 1, 1),
    "pad 0": (2, 2, 4, 4, 3, 3, 3, 1, 0),
    "pad 2": (2, 3, 3, 3, 2, 3, 3, 1, 2),
    "stride 2": (2, 2, 5, 5, 3, 3, 3, 2, 1),
    "stride 2, windows side by side": (2, 2, 4, 4, 3, 2, 2, 2, 0),
    "stride 3, gaps between windows": (1, 2, 8, 8, 3, 2, 2, 3, 0),
    "stride 2, a remainder": (2, 2, 4, 6, 3, 3, 3, 2, 0),
    "a remainder in the width alone": (2, 2, 5, 4, 3, 3, 3, 2, 0),
    "an image wider than high": (2, 2, 3, 5, 3, 3, 3, 1, 1),
    "an image higher than wide": (2, 2, 5, 3, 3, 3, 3, 1, 1),
    "a filter wider than high": (2, 2, 4, 4, 3, 1, 3, 1, 0),
    "a filter higher than wide": (2, 2, 4, 4, 3, 3, 1, 1, 0),
    "one image": (1, 3, 4, 4, 2, 3, 3, 1, 1),
    "one channel, many filters": (2, 1, 3, 3, 4, 3, 3, 1, 1),
    "all at once": (3, 2, 6, 5, 3, 2, 3, 2, 2),
    "float32": (2, 3, 4, 4, 2, 3, 3, 1, 1),
    "a remainder, pad 1": (2, 2, 4, 6, 2, 3, 3, 2, 1),
    "by hand, stride 2": (1, 1, 2, 4, 1, 2, 2, 2, 0),
    "by hand, two images": (2, 1, 1, 3, 1, 1, 2, 1, 0),
    "by hand, two channels": (1, 2, 2, 2, 1, 1, 2, 1, 0),
    "by hand, two filters": (1, 1, 2, 3, 2, 2, 1, 1, 0),
    "stride 3, remainders of 2 and 1": (1, 2, 8, 7, 2, 3, 3, 3, 0),
    "stride 3, a remainder of 1": (1, 2, 7, 7, 2, 3, 3, 3, 0),
}


def cases() -> list[Case]:
    """Convolutions that are small and all different."""
    found = []
    for name, (N, C, H, W, F, HH, WW, stride, pad) in SIZES.items():
        make = whole if name.startswith("by hand") else random_like
        rng = np.random.default_rng(len(found))
        dtype = np.float32 if name == "float32" else np.float64
        arrays = make(rng, (N, C, H, W)), make(rng, (F, C, HH, WW)), make(rng, (F,))
        x, w, b = (array.astype(dtype) for array in arrays)
        param = {"stride": stride, "pad": pad}
        rest = (H + 2 * pad - HH) % stride or (W + 2 * pad - WW) % stride
        traits = {
            "by hand": make is whole, "pad": pad, "stride": stride, "H = W": H == W,
            "HH = WW": HH == WW,
            "the output is square": (H + 2 * pad - HH) // stride == (W + 2 * pad - WW) // stride,
            "a remainder": bool(rest), "N": N, "C": C, "F": F,
            "windows overlap": stride < max(HH, WW), "windows leave gaps": stride > min(HH, WW),
            "float32": name == "float32",
        }  # fmt: skip
        found.append(Case(name, {"x": x, "w": w, "b": b, "conv_param": param}, traits))
    return found


EXERCISES = (
    Exercise(
        name="conv_forward",
        function="conv_layers.conv_forward_naive",
        play=forward,
        outputs=("out",),
        cases=cases,
        read="convolution/conv_forward#the-code",
        equations=(
            (
                "out[n, f, i, j] = b[f] + the sum over c, p, q of w[f, c, p, q] x_pad[n, c, i s + "
                "p, j s + q]"
            ),
            "H' = 1 + (H + 2 pad - HH) // stride, W' = 1 + (W + 2 pad - WW) // stride",
        ),
        line=(
            "The window of output (i, j) starts at row i * stride and column j * stride of the "
            "padded image, and is HH by WW."
        ),
    ),
    Exercise(
        name="conv_backward",
        function="conv_layers.conv_backward_naive",
        forward="conv_layers.conv_forward_naive",
        public=True,
        play=backward,
        outputs=("dx", "dw", "db"),
        cases=cases,
        read="convolution/conv_backward#the-code",
        equations=(
            "db[f] = the sum over n, i, j of dout[n, f, i, j]",
            (
                "dw[f, c, p, q] = the sum over n, i, j of dout[n, f, i, j] x_pad[n, c, i s + p, j "
                "s + q]"
            ),
            (
                "dx_pad[n, c, i s + p, j s + q] += dout[n, f, i, j] w[f, c, p, q], for all of "
                "them; dx is dx_pad without its frame"
            ),
        ),
        line=(
            "Walk over the same windows as the forward pass. Each adds to dw what it read, and to "
            "dx_pad where it read; the frame is cut off at the end, by where it starts and how "
            "large x is."
        ),
    ),
)
