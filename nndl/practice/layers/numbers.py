"""Numbers for cases: short enough to be read, and without ties unless they are meant."""

import numpy as np

from nndl.internal.types import Array


def whole(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Small whole numbers, none of them 0 and no two equal, for a calculation by hand."""
    size = int(np.prod(shape))
    most = max(3, (size + 1) // 2)
    numbers = [float(sign * k) for k in range(1, most + 1) for sign in (1, -1)]
    return rng.permutation(numbers)[:size].reshape(shape)


def random_like(rng: np.random.Generator, shape: tuple[int, ...], spread: float = 1.0) -> Array:
    """Normal numbers of two decimals."""
    return np.round(spread * rng.standard_normal(shape), 2)


def distinct(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Numbers of which no two are equal, in any order, of both signs."""
    size = int(np.prod(shape))
    return (rng.permutation(size) - size // 2 + 0.5).reshape(shape) / 10
