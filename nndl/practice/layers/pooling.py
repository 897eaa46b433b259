"""Pooling: windows that overlap, leave gaps or a remainder, and images with ties."""

import numpy as np

from nndl.practice.exercises import Case, Exercise
from nndl.practice.layers.numbers import distinct
from nndl.practice.plays import backward, forward

# name: N, C, H, W, pool_height, pool_width, stride
SIZES = {
    "by hand, one window": (1, 1, 2, 2, 2, 2, 1),
    "by hand, four windows": (1, 1, 4, 4, 2, 2, 2),
    "as in the course": (2, 3, 4, 4, 2, 2, 2),
    "windows that overlap": (2, 2, 4, 4, 2, 2, 1),
    "windows of 3, stride 2": (2, 2, 5, 5, 3, 3, 2),
    "stride 3, gaps between windows": (2, 2, 5, 5, 2, 2, 3),
    "stride 1, windows of one": (1, 2, 3, 3, 1, 1, 1),
    "a remainder": (2, 2, 5, 5, 2, 2, 2),
    "an image wider than high": (2, 2, 4, 6, 2, 2, 2),
    "an image higher than wide": (2, 2, 6, 4, 2, 2, 2),
    "a window wider than high": (2, 2, 4, 4, 2, 4, 2),
    "a window higher than wide": (2, 2, 4, 4, 4, 2, 2),
    "negative numbers": (2, 2, 4, 4, 2, 2, 2),
    "one image": (1, 3, 4, 4, 2, 2, 2),
    "all at once": (3, 2, 7, 8, 3, 2, 2),
    "float32": (2, 3, 4, 4, 2, 2, 2),
    "ties, side by side": (2, 2, 4, 4, 2, 2, 2),
    "ties, an image of zeros": (1, 1, 4, 4, 2, 2, 2),
    "not a number": (1, 2, 4, 4, 2, 2, 2),
    "by hand, windows that overlap": (1, 1, 2, 3, 2, 2, 1),
    "by hand, two images of two channels": (2, 2, 2, 2, 2, 2, 2),
    "by hand, a window wider than high": (1, 1, 2, 5, 2, 3, 2),
    "ties, by hand": (1, 1, 2, 2, 2, 2, 2),
    "stride 3, remainders of 2 and 1": (1, 2, 8, 7, 3, 3, 3),
    "stride 3, a remainder of 1": (1, 2, 7, 7, 3, 3, 3),
    "numbers far below 0": (1, 2, 4, 4, 2, 2, 2),
}


def image(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The numbers of a case."""
    if name.startswith("by hand"):
        return rng.permutation(np.arange(-3.0, np.prod(shape) - 3)).reshape(shape)
    if name == "ties, by hand":
        return np.array([[2.0, 1.0], [2.0, -1.0]]).reshape(shape)
    if "zeros" in name:
        return np.zeros(shape)
    x = rng.integers(0, 2, shape).astype(np.float64) if "ties" in name else distinct(rng, shape)
    if name == "negative numbers":
        x -= x.max() + 1
    if name == "numbers far below 0":  # below any number that a search may start from
        x = (x - x.max() - 1) * 1e20
    if name == "not a number":
        x[0, 1, 1, 2] = np.nan
    return x


def cases() -> list[Case]:
    """Images and windows that are small and all different."""
    found = []
    for name, (N, C, H, W, HH, WW, stride) in SIZES.items():
        x = image(np.random.default_rng(len(found)), name, (N, C, H, W))
        x = x.astype(np.float32 if name == "float32" else np.float64)
        traits = {
            "by hand": "by hand" in name, "stride": stride, "H = W": H == W,
            "HH = WW": HH == WW, "the output is square": (H - HH) // stride == (W - WW) // stride,
            "a remainder": bool((H - HH) % stride or (W - WW) % stride),
            "windows overlap": stride < max(HH, WW), "windows leave gaps": stride > min(HH, WW),
            "ties": "ties" in name, "all negative": name == "negative numbers", "N": N,
            "float32": name == "float32", "NaN": name == "not a number",
        }  # fmt: skip
        param = {"pool_height": HH, "pool_width": WW, "stride": stride}
        told = name in ("not a number", "numbers far below 0")
        found.append(Case(name, {"x": x, "pool_param": param}, traits, told))
    return found


def averages() -> list[Case]:
    """The same without what is special to a maximum."""
    return [case for case in cases() if not case.traits["ties"] and not case.told]


SIZE = "H' = 1 + (H - pool_height) // stride, W' = 1 + (W - pool_width) // stride"

EXERCISES = (
    Exercise(
        name="max_pool_forward",
        function="conv_layers.max_pool_forward_naive",
        play=forward,
        outputs=("out",),
        cases=cases,
        read="convolution/max_pool#the-code",
        equations=(
            (
                "out[n, c, i, j] = the largest of x[n, c, i s + p, j s + q] over p < pool_height, "
                "q < pool_width"
            ),
            SIZE,
        ),
        line=(
            "The window of output (i, j) starts at row i * stride and column j * stride; only its "
            "maximum is kept, of each image and each channel by itself."
        ),
    ),
    Exercise(
        name="max_pool_backward",
        function="conv_layers.max_pool_backward_naive",
        forward="conv_layers.max_pool_forward_naive",
        public=True,
        play=backward,
        outputs=("dx",),
        cases=cases,
        read="convolution/max_pool#the-code",
        equations=(
            (
                "dx[n, c, i s + p, j s + q] += dout[n, c, i, j], where (p, q) is the place of the "
                "window's maximum"
            ),
            "Of equal maxima the first in row-major order is that place.",
        ),
        line=(
            "Walk over the same windows as the forward pass; find the place of one maximum in "
            "each, and add what came back to it."
        ),
    ),
    Exercise(
        name="avg_pool_forward",
        function="conv_layers.avg_pool_forward_naive",
        play=forward,
        outputs=("out",),
        cases=averages,
        read="convolution/avg_pool#the-mean-of-each-window",
        equations=(
            (
                "out[n, c, i, j] = the mean of x[n, c, i s + p, j s + q] over p < pool_height, q < "
                "pool_width"
            ),
            SIZE,
        ),
        line="As in max pooling, with a mean over rows and columns of the window.",
    ),
    Exercise(
        name="avg_pool_backward",
        function="conv_layers.avg_pool_backward_naive",
        forward="conv_layers.avg_pool_forward_naive",
        public=True,
        play=backward,
        outputs=("dx",),
        cases=averages,
        read="convolution/avg_pool#equal-shares",
        equations=(
            (
                "dx[n, c, i s + p, j s + q] += dout[n, c, i, j] / (pool_height pool_width), for "
                "all p, q"
            ),
        ),
        line="Each pixel of a window gets an equal share; shares of several windows add up.",
    ),
)
