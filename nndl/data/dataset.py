"""From bytes to a solver's data: float32, the mean image of the training part subtracted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nndl.internal.types import Array

Pair = tuple[Array, Array]  # images and labels


class Dataset(dict[str, Any]):
    """The six arrays of a solver, and what is known about them.

    The arrays are the dictionary's keys. ``data["mean_image"]`` and the like are found as well, by
    ``get`` and ``in``, too, but one who goes through the keys does not meet them: the course's
    notebooks print ``data[k].shape`` of every key ``k``. A copy, and what ``|`` gives, know them.
    """

    def __init__(self, arrays: Mapping[str, Array], **about: Any) -> None:
        super().__init__(arrays)
        self.about = about

    def __missing__(self, key: str) -> Any:
        return self.about[key]

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self.about

    def get(self, key: str, default: Any = None) -> Any:
        """The array, or what else is known, by its name."""
        return super().get(key, self.about.get(key, default))

    def copy(self) -> Dataset:
        """Another one, with the same arrays in it."""
        return Dataset(self, **self.about)

    def __or__(self, other: Any) -> Any:
        if not isinstance(other, dict):
            return NotImplemented
        changed, about = dict(self), dict(self.about)
        for key in other:  # not update(): a name in ``about`` stays there
            (about if key in about else changed)[key] = other[key]
        return Dataset(changed, **about | getattr(other, "about", {}))

    def __ror__(self, other: Any) -> Any:
        return Dataset(dict(other) | dict(self), **self.about)


def as_data(
    train: Pair, val: Pair, test: Pair, scale: int, subtract_mean: bool, **about: Any
) -> Dataset:
    """The data of a solver, made of three pairs of images and labels in bytes.

    Parameters
    ----------
    train, val, test : tuple of ndarray
        Images, uint8, shape (N, C, H, W), and their labels, shape (N,), N >= 1 in ``train``.
    scale : int
        The divisor of the pixels.
    subtract_mean : bool
        Whether to subtract the mean image of ``train``.
    **about
        More entries for the result.

    Returns
    -------
    Dataset
        With the ``mean_image``, too.
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
    return Dataset(data, mean_image=mean, **about)


def mean_image(X: Array) -> Array:
    """The mean of images in bytes, float64: from an exact sum, so it is the same everywhere."""
    return X.sum(axis=0, dtype=np.int64) / len(X)
