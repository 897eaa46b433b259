"""Many images as one array, as the course's notebooks show them."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nndl.checks.arguments import check_integer, check_number
from nndl.checks.vis import check_tiles
from nndl.internal.types import Array


def visualize_grid(Xs: ArrayLike, ubound: float = 255.0, padding: int = 1) -> NDArray[np.float64]:
    """Images in a square grid, each stretched to the whole range: for filters.

    Parameters
    ----------
    Xs : array_like, shape (N, H, W, C)
        Images, of any range.
    ubound : float, optional
        The largest value of the result; the smallest is 0.
    padding : int, optional
        Pixels of 0 between images.

    Returns
    -------
    ndarray of float64, shape (A * H + (A - 1) * padding, A * W + (A - 1) * padding, C)
        Where A is the smallest number with A * A >= N. In each image the smallest number is 0
        and the largest ubound. One without contrast is ubound / 2 everywhere.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit, and for images with NaN or infinite entries.
    """
    Xs = tiles_of("visualize_grid", "Xs", Xs, ndim=4)
    check_number("visualize_grid", "ubound", ubound)
    check_integer("visualize_grid", "padding", padding, least=0)
    grid = _square([stretched(image) for image in Xs], int(padding), empty=0.0)
    return float(ubound) * grid


def vis_grid(Xs: ArrayLike) -> NDArray[np.float64]:
    """Images in a square grid, all on one scale from 0 to 1.

    Parameters
    ----------
    Xs : array_like, shape (N, H, W, C)
        Images, of any range.

    Returns
    -------
    ndarray of float64, shape (A * (H + 1), A * (W + 1), C)
        Where A is the smallest number with A * A >= N. The smallest number of all images is 0,
        as is everything between and after them, and the largest is 1.

    Raises
    ------
    TypeError, ValueError
        As for ``visualize_grid``.
    """
    Xs = tiles_of("vis_grid", "Xs", Xs, ndim=4)
    grid = _square(Xs, 1, empty=Xs.min())
    return stretched(np.pad(grid, ((0, 1), (0, 1), (0, 0)), constant_values=Xs.min()))


def vis_nn(rows: Sequence[Sequence[ArrayLike]]) -> NDArray[np.float64]:
    """Rows of images, all on one scale from 0 to 1.

    Parameters
    ----------
    rows : sequence of sequences of array_like, each of shape (H, W, C)
        Images, all of one size. A row may be shorter than another.

    Returns
    -------
    ndarray of float64, shape (len(rows) * (H + 1), (images in the longest row) * (W + 1), C)
        What is between and after the images is 1 before all is put on one scale, as in the
        course: white beside images from 0 to 1.

    Raises
    ------
    TypeError, ValueError
        As for ``visualize_grid``; also for images of different sizes.
    """
    tiles = [
        [tiles_of("vis_nn", f"rows[{i}][{k}]", X, ndim=3) for k, X in enumerate(row)]
        for i, row in enumerate(rows)
    ]
    shapes = sorted({X.shape for row in tiles for X in row})
    if len(shapes) != 1:
        raise ValueError(f"vis_nn: rows has images of the shapes {shapes}, expected one shape")
    H, W, C = shapes[0]
    grid = np.ones((len(tiles) * (H + 1), max(map(len, tiles)) * (W + 1), C))
    for i, row in enumerate(tiles):
        for k, X in enumerate(row):
            grid[i * (H + 1) : i * (H + 1) + H, k * (W + 1) : k * (W + 1) + W] = X
    return stretched(grid)


def tiles_of(function: str, name: str, Xs: ArrayLike, ndim: int) -> NDArray[np.float64]:
    """``Xs`` as an array of float64; raise unless it holds images of finite numbers."""
    check_tiles(function, name, Xs, ndim)
    return np.asarray(Xs).astype(np.float64)


def stretched(image: Array) -> Array:
    """``image`` from 0 to 1, or 1/2 where it has no contrast: 0/0 would be NaN."""
    low, half = image.min() / 2, image.max() / 2 - image.min() / 2
    if not half > 0:
        return np.full_like(image, 0.5)
    return (image / 2 - low) / half  # halves, as the range itself may exceed the largest float


def _square(images, padding, empty):
    """Images row by row in a square with ``padding`` between them; the rest is ``empty``."""
    H, W, C = images[0].shape
    A = math.isqrt(len(images) - 1) + 1
    grid = np.full((A * (H + padding) - padding, A * (W + padding) - padding, C), float(empty))
    for n, image in enumerate(images):
        y, x = n // A * (H + padding), n % A * (W + padding)
        grid[y : y + H, x : x + W] = image
    return grid
