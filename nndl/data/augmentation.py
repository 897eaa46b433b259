"""Augmentation: the same image, a little elsewhere and perhaps mirrored."""

import numpy as np

from nndl.checks.data import check_augment
from nndl.internal.types import Array


def augment(X: Array, rng: np.random.Generator | int, pad: int = 4, flip: bool = True) -> Array:
    """Shift each image by up to ``pad`` pixels, and mirror every other one, at random.

    Each image, on its own, gets a frame of ``pad`` zeros; a window of its old size is cut out at
    a random place; and with probability one half it is mirrored, left to right. Zero is the mean
    image where the mean was subtracted.

    Parameters
    ----------
    X : ndarray, shape (N, C, H, W)
        Images, channels first, of real numbers. They are left as they are.
    rng : numpy.random.Generator or int
        The source of the draws; an integer seeds a generator, so they are the same every time.
    pad : int, optional
        The largest shift, in pixels.
    flip : bool, optional
        Whether to mirror.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        New images, in the dtype of ``X``.

    Raises
    ------
    TypeError, ValueError
        An argument is not one of these.
    """
    check_augment("augment", X, rng, pad, flip)
    rng, pad = np.random.default_rng(rng), int(pad)
    N, C, H, W = X.shape
    rows, cols = rng.integers(0, 2 * pad + 1, size=(2, N))
    mirrored = rng.random(N) < 0.5 if flip else np.zeros(N, bool)
    frame = np.zeros((N, C, H + 2 * pad, W + 2 * pad), X.dtype)
    frame[:, :, pad : pad + H, pad : pad + W] = X
    # Every window of every frame, as a view: (N, C, 2 pad + 1, 2 pad + 1, H, W).
    windows = np.lib.stride_tricks.sliding_window_view(frame, (H, W), axis=(2, 3))
    out = np.empty_like(X, order="C")
    for view, chosen in ((windows, ~mirrored), (windows[..., ::-1], mirrored)):
        n = np.flatnonzero(chosen)
        out[n] = view[n, :, rows[n], cols[n]]
    return out
