"""Arguments of ``nndl.many_machines``: shards of a batch, algorithms, and what a step costs."""

import numpy as np

from nndl.checks.arguments import (
    check_array,
    check_array_like,
    check_integer,
    check_number,
    check_seed,
    check_shape,
)
from nndl.checks.batchnorm import check_batchnorm, check_batchnorm_backward


def check_list(function, name, value):
    """Raise a TypeError unless ``value`` is a list or tuple, a ValueError where it is empty."""
    if not isinstance(value, list | tuple):
        wanted = "a list with an entry for each machine"
        raise TypeError(f"{function}: {name} is a {type(value).__name__}, expected {wanted}")
    if not value:
        raise ValueError(f"{function}: {name} is empty, expected one entry or more")


def check_arrays(function, name, arrays):
    """Raise unless ``arrays`` is a list of arrays of numbers, all of the first one's shape.

    Raises
    ------
    TypeError, ValueError
        With the function, the argument, what came and what was expected.
    """
    check_list(function, name, arrays)
    for s, array in enumerate(arrays):
        check_array_like(function, f"{name}[{s}]", array)
        check_shape(function, f"{name}[{s}]", array, arrays[0].shape, f", that of {name}[0]")


def check_counts(function, parts, counts):
    """Raise unless ``counts`` has a positive number of examples for each of ``parts``."""
    check_list(function, "counts", counts)
    if len(counts) != len(parts):
        came = f"counts has {len(counts)} entries, parts has {len(parts)}"
        raise ValueError(f"{function}: {came}, expected as many")
    for s, count in enumerate(counts):
        check_integer(function, f"counts[{s}]", count, least=1)


def check_split(function, N, k, names=("N", "k")):
    """Raise unless N examples can be dealt to k machines, one to each at least."""
    check_integer(function, names[1], k, least=1)
    check_integer(function, names[0], N, least=1)
    if k > N:
        came = f"{names[0]} is {N}, {names[1]} is {k}"
        raise ValueError(f"{function}: {came}, expected an example for each at least")


def check_algorithm(function, algorithm, known):
    """Raise a ValueError unless ``algorithm`` is the name of one."""
    if not isinstance(algorithm, str) or algorithm not in known:
        raise ValueError(f"{function}: algorithm is {algorithm!r}, expected one of {list(known)}")


def check_shards(function, xs, gamma, beta, bn_param):
    """Raise unless ``xs`` are shards of a batch that batch normalization can take.

    Raises
    ------
    TypeError, ValueError
        With the function, the argument, what came and what was expected.
    """
    check_list(function, "xs", xs)
    for s, x in enumerate(xs):
        check_array(function, f"xs[{s}]", x, 2)
        if x.shape[0] == 0 or x.shape[1] != xs[0].shape[1]:
            wanted = f"one row or more, of {xs[0].shape[1]} features"
            raise ValueError(f"{function}: xs[{s}] has shape {x.shape}, expected {wanted}")
    check_batchnorm(function, xs[0], gamma, beta, bn_param)


def check_shards_backward(function, douts, caches, names):
    """Raise unless ``douts`` and ``caches`` are lists of what each shard's backward pass needs.

    Raises
    ------
    TypeError, ValueError
        With the function, the argument, what came and what was expected.
    """
    check_list(function, "douts", douts)
    check_list(function, "caches", caches)
    if len(douts) != len(caches):
        came = f"douts has {len(douts)} entries, caches has {len(caches)}"
        raise ValueError(f"{function}: {came}, expected as many")
    for dout, cache in zip(douts, caches, strict=True):
        check_batchnorm_backward(function, dout, cache, names)


def check_costs(function, *, seed, bandwidth, steps, size, **seconds):
    """Raise unless the numbers of a simulation are sizes, times and a rate.

    Raises
    ------
    TypeError, ValueError
        With the function, the argument, what came and what was expected.
    """
    check_integer(function, "steps", steps, least=1)
    check_integer(function, "size", size, least=0)
    for name, value in seconds.items():
        check_number(function, name, value)
    if bandwidth != np.inf:
        check_number(function, "bandwidth", bandwidth)
        if bandwidth == 0:
            raise ValueError(f"{function}: bandwidth is 0, expected above 0")
    check_seed(function, seed)
