"""Arguments of what loads and changes images."""

import numpy as np

from nndl.checks.arguments import check_flag, check_integer, check_plain


def check_augment(function, X, rng, pad, flip):
    """Raise unless ``X`` is a batch of images and the others say how to change it.

    Raises
    ------
    TypeError
        A wrong type.
    ValueError
        A wrong number of dimensions, or a negative number.
    """
    check_plain(function, "X", X)
    if X.dtype.kind not in "biuf":
        raise TypeError(f"{function}: X has dtype {X.dtype}, expected real numbers")
    if X.ndim != 4:
        raise ValueError(f"{function}: X has shape {X.shape}, expected (N, C, H, W)")
    if rng is None:  # which would be another draw at every call
        raise TypeError(f"{function}: rng is None, expected a Generator or an integer")
    if not isinstance(rng, np.random.Generator):
        check_integer(function, "rng", rng, least=0)
    check_integer(function, "pad", pad, least=0)
    check_flag(function, "flip", flip)


def check_cifar10(function, counts, subtract_mean, download, verbose):
    """Raise unless the ``counts`` of images make a training set, and the others are flags.

    Raises
    ------
    TypeError
        A wrong type.
    ValueError
        A negative count, or no training image at all.
    """
    for name, count in counts.items():
        check_integer(function, name, count, least=1 if name == "num_training" else 0)
    check_flag(function, "subtract_mean", subtract_mean)
    check_flag(function, "download", download)
    check_flag(function, "verbose", verbose)


def check_mnist(function, num_validation, subtract_mean, verbose):
    """Raise unless ``num_validation`` is a count, 0 or more, and the others are flags.

    Raises
    ------
    TypeError
        A wrong type.
    ValueError
        A negative count.
    """
    check_integer(function, "num_validation", num_validation, least=0)
    check_flag(function, "subtract_mean", subtract_mean)
    check_flag(function, "verbose", verbose)


def check_synthetic(function, num_per_batch, most, seed):
    """Raise unless ``num_per_batch`` is enough for all classes, and ``seed`` is 0 or more.

    Raises
    ------
    TypeError
        Not an integer.
    ValueError
        Too few, too many, or negative.
    """
    check_integer(function, "num_per_batch", num_per_batch, least=10)
    if num_per_batch > most:
        raise ValueError(f"{function}: num_per_batch is {num_per_batch}, expected at most {most}")
    check_integer(function, "seed", seed, least=0)
