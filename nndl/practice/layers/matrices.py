"""Convolution as a product of matrices, and with fewer products."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nndl.internal.types import Array
from nndl.practice.exercises import Case, Exercise
from nndl.practice.layers import convolution
from nndl.practice.layers.numbers import random_like, whole
from nndl.practice.plays import backward, forward, results

# name: N, C, H, W, field_height, field_width, padding, stride
SIZES = {
    "by hand": (1, 1, 2, 2, 2, 1, 0, 1),
    "as in the course": (2, 3, 4, 4, 3, 3, 1, 1),
    "no padding": (2, 2, 4, 5, 3, 3, 0, 1),
    "padding 2": (1, 2, 3, 3, 3, 3, 2, 1),
    "stride 2": (2, 2, 5, 5, 3, 3, 1, 2),
    "a remainder": (2, 2, 4, 6, 3, 3, 0, 2),
    "gaps between windows": (1, 2, 8, 8, 2, 2, 0, 3),
    "an image wider than high": (2, 2, 3, 5, 3, 3, 1, 1),
    "a window wider than high": (2, 2, 4, 4, 1, 3, 0, 1),
    "a window higher than wide": (2, 2, 4, 4, 3, 1, 0, 1),
    "float32": (2, 3, 4, 4, 3, 3, 1, 1),
}


def sized(make: Callable[..., dict[str, Any]]) -> list[Case]:
    """A case for each size, with the arguments that ``make`` returns before the window's."""
    found = []
    for name, (N, C, H, W, HH, WW, padding, stride) in SIZES.items():
        rng = np.random.default_rng(300 + len(found))
        traits = {
            "by hand": name == "by hand", "padding": padding, "stride": stride, "H = W": H == W,
            "field_height = field_width": HH == WW, "N": N, "C": C, "float32": name == "float32",
            "windows overlap": stride < max(HH, WW),
        }  # fmt: skip
        window = {"field_height": HH, "field_width": WW, "padding": padding, "stride": stride}
        rows = C * HH * WW
        places = (1 + (H + 2 * padding - HH) // stride) * (1 + (W + 2 * padding - WW) // stride)
        given = make(rng, name, (N, C, H, W), (rows, places * N))
        found.append(Case(name, {**given, **window}, traits))
    return found


def numbers(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> Array:
    """The numbers of a case."""
    made = (whole if name == "by hand" else random_like)(rng, shape)
    return made.astype(np.float32 if name == "float32" else np.float64)


def indices() -> list[Case]:
    """Shapes and windows."""
    cases = sized(lambda rng, name, shape, columns: {"x_shape": shape})
    return [case for case in cases if case.name != "float32"]


def images() -> list[Case]:
    """Images and windows."""
    return sized(lambda rng, name, shape, columns: {"x": numbers(rng, name, shape)})


def columns() -> list[Case]:
    """Columns, and the images they are of."""
    return sized(
        lambda rng, name, shape, columns: {"cols": numbers(rng, name, columns), "x_shape": shape}
    )


def at_stride_1() -> list[Case]:
    """Square filters that step by one pixel: what Winograd's convolution is for."""
    return [
        case for case in convolution.cases()
        if case.traits["stride"] == 1 and case.traits["HH = WW"]
    ]  # fmt: skip


MATRIX, WINOGRAD = "speed/matrix_multiply#", "speed/winograd#"
PRODUCT = "The filters, a row each, times the columns; the result is in the order (f, i, j, n)."
GRADIENTS = ("dW = dout cols^T, dcols = W^T dout, db = the sum of each row of dout",)

EXERCISES = (
    Exercise(
        name="get_im2col_indices",
        function="im2col.get_im2col_indices",
        play=results,
        outputs=("k", "i", "j"),
        cases=indices,
        read=f"{MATRIX}three-indices-are-one",
        equations=("row (c, p, q), column (i, j): channel c, row i s + p, column j s + q",),
        line="The window's part depends on the row of the matrix, the place's on its column.",
    ),
    Exercise(
        name="im2col_indices",
        function="im2col.im2col_indices",
        play=results,
        outputs=("cols",),
        cases=images,
        read=f"{MATRIX}the-columns",
        equations=("cols[(c, p, q), (i, j, n)] = x_pad[n, c, i s + p, j s + q]",),
        line="Rows run over the window, columns over places and then images, the last fastest.",
    ),
    Exercise(
        name="col2im_indices",
        function="im2col.col2im_indices",
        play=results,
        outputs=("dx",),
        cases=columns,
        read=f"{MATRIX}im2col-as-a-matrix",
        equations=("dx_pad[n, c, i s + p, j s + q] += cols[(c, p, q), (i, j, n)]",),
        line="Each number of the columns is added to its pixel; then the frame is cut off.",
    ),
    Exercise(
        name="conv_forward_im2col",
        function="im2col.conv_forward_im2col",
        play=forward,
        outputs=("out",),
        cases=convolution.cases,
        read=f"{MATRIX}the-layer",
        equations=("out = W cols + b",),
        line=PRODUCT,
        helpers=("im2col.im2col_indices",),
    ),
    Exercise(
        name="conv_backward_im2col",
        function="im2col.conv_backward_im2col",
        forward="im2col.conv_forward_im2col",
        public=True,
        play=backward,
        outputs=("dx", "dw", "db"),
        cases=convolution.cases,
        read=f"{MATRIX}the-backward-pass-of-the-product",
        equations=GRADIENTS,
        line="Bring dout into the order (f, i, j, n) first, by an exchange of axes.",
        helpers=("im2col.col2im_indices",),
    ),
    Exercise(
        name="conv_forward_winograd",
        function="winograd.conv_forward_winograd",
        play=forward,
        outputs=("out",),
        cases=at_stride_1,
        read=f"{WINOGRAD}channels-and-images",
        equations=("Y = A^T ((G g G^T) * (B^T d B)) A, added up over the channels",),
        line="Transform filters and tiles, multiply, add up over channels, transform back.",
        helpers=("winograd.winograd_matrices", "winograd.values_at"),
    ),
    Exercise(
        name="conv_backward_winograd",
        function="winograd.conv_backward_winograd",
        forward="winograd.conv_forward_winograd",
        play=backward,
        outputs=("dx", "dw", "db"),
        cases=at_stride_1,
        read=f"{WINOGRAD}the-adjoint-three-times",
        equations=("Each transform's adjoint, in the other order; tiles that overlap add up.",),
        line="dY of a tile goes back through A; what comes of it belongs to U and to V.",
    ),
)
