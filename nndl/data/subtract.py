"""From bytes to a solver's data: float32, the mean picture of the training part subtracted."""

import numpy as np


def as_data(train, val, test, scale, subtract_mean, provenance):
    """The data of a solver, made of three pairs of pictures and labels in bytes.

    Parameters
    ----------
    train, val, test : tuple of ndarray
        Pictures, uint8, shape (N, C, H, W), and their labels, shape (N,), N >= 1 in ``train``.
    scale : int
        What to divide the pictures by.
    subtract_mean : bool
        Whether to subtract the mean picture of ``train``.
    provenance : str
        What the pictures are.

    Returns
    -------
    dict
        What :func:`nndl.data_utils.load_digits` documents.
    """
    mean = mean_image(train[0]) if subtract_mean else np.zeros(train[0].shape[1:])
    mean = (mean / scale).astype(np.float32)
    data = {}
    for part, (X, y) in {"train": train, "val": val, "test": test}.items():
        X = X.astype(np.float32)
        if scale != 1:
            X /= np.float32(scale)
        if subtract_mean:
            X -= mean
        data[f"X_{part}"], data[f"y_{part}"] = X, y.astype(np.int64)
    return data | {"mean_image": mean, "provenance": provenance}


def mean_image(X):
    """The mean of pictures in bytes, float64: from an exact sum, so it is the same everywhere."""
    return X.sum(axis=0, dtype=np.int64) / len(X)
