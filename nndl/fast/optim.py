"""The update rules, compiled: ``sgd`` to ``adam`` for the machine.

A step reads and writes memory once: one loop takes an entry of w, of dw and of what the rule keeps,
and leaves the new ones in their places. w and the arrays in ``config`` are updated in place, and no
other array is made. An entry comes out as NumPy's rule would have it, to the last bit: it is
computed in the dtype of w, and rounded where NumPy rounds.

So each parameter needs arrays of its own in its ``config``: one array in two of them takes the
steps of both, while NumPy's rules, which make new arrays, part them at the first step.

Where numba is missing, the functions are those of ``nndl.optim``.
"""

from typing import Any

import numpy as np

from nndl.checks.optim import check_rule
from nndl.fast.runtime.jit import as_contiguous, compile_kernel, numba, prange, uncontracted
from nndl.internal.types import Array
from nndl.internal.update_rules import with_defaults
from nndl.optim import adam, rmsprop, sgd, sgd_momentum, sgd_nesterov_momentum

__all__ = [
    "adam_fast",
    "rmsprop_fast",
    "sgd_fast",
    "sgd_momentum_fast",
    "sgd_nesterov_momentum_fast",
]

# Entries of a parameter. No script refits it: MAINTAINING.md says how a twin's constant is tuned.
MIN_PARALLEL_WORK = 2**16
ARRAYS = ("1C! 1C", "1C! 1C 1C!", "1C! 1C 1C! 1C!")  # w, dw and the states, of which there may be 2


def sgd_fast(
    w: Array, dw: Array, config: dict[str, Any] | None = None
) -> tuple[Array, dict[str, Any]]:
    """Step against the gradient: ``sgd``, compiled.

    w is updated in place, and w is returned.
    """
    check_rule("sgd_fast", w, dw, config, fast=True)
    dw, config = with_defaults("sgd_fast", w, dw, config, fast=True)
    return _stepped(_sgd, w, dw, (), config["learning_rate"]), config


def sgd_momentum_fast(
    w: Array, dw: Array, config: dict[str, Any] | None = None
) -> tuple[Array, dict[str, Any]]:
    """Step by a leaky sum of all gradients so far: ``sgd_momentum``, compiled.

    w and the velocity are updated in place, and w is returned.
    """
    check_rule("sgd_momentum_fast", w, dw, config, fast=True)
    dw, config = with_defaults("sgd_momentum_fast", w, dw, config, fast=True)
    numbers = config["learning_rate"], config["momentum"]
    return _stepped(_sgd_momentum, w, dw, (config["velocity"],), *numbers), config


def sgd_nesterov_momentum_fast(
    w: Array, dw: Array, config: dict[str, Any] | None = None
) -> tuple[Array, dict[str, Any]]:
    """Momentum with its gradient taken one step ahead: ``sgd_nesterov_momentum``, compiled.

    w and the velocity are updated in place, and w is returned.
    """
    check_rule("sgd_nesterov_momentum_fast", w, dw, config, fast=True)
    dw, config = with_defaults("sgd_nesterov_momentum_fast", w, dw, config, fast=True)
    numbers = config["learning_rate"], config["momentum"]
    return _stepped(_sgd_nesterov_momentum, w, dw, (config["velocity"],), *numbers), config


def rmsprop_fast(
    w: Array, dw: Array, config: dict[str, Any] | None = None
) -> tuple[Array, dict[str, Any]]:
    """Divide each step by the recent size of its gradients: ``rmsprop``, compiled.

    w and the array ``a`` are updated in place, and w is returned.
    """
    check_rule("rmsprop_fast", w, dw, config, fast=True)
    dw, config = with_defaults("rmsprop_fast", w, dw, config, fast=True)
    decay_rate = config["decay_rate"]
    numbers = config["learning_rate"], decay_rate, 1 - decay_rate, config["epsilon"]
    return _stepped(_rmsprop, w, dw, (config["a"],), *numbers), config


def adam_fast(
    w: Array, dw: Array, config: dict[str, Any] | None = None
) -> tuple[Array, dict[str, Any]]:
    """Step by the mean gradient over its size, both corrected: ``adam``, compiled.

    w and the arrays ``v`` and ``a`` are updated in place, and w is returned.
    """
    check_rule("adam_fast", w, dw, config, fast=True)
    dw, config = with_defaults("adam_fast", w, dw, config, fast=True)
    beta1, beta2 = config["beta1"], config["beta2"]
    config["t"] = t = config["t"] + 1
    shares = beta1, 1 - beta1, 1 - beta1**t, beta2, 1 - beta2, 1 - beta2**t
    states, numbers = (config["v"], config["a"]), (config["learning_rate"], config["epsilon"])
    return _stepped(_adam, w, dw, states, *shares, *numbers), config


def _stepped(loop, w, dw, states, *numbers):
    """w after one pass of ``loop`` over w, dw and the states, all as long rows of numbers."""
    kernel = compile_kernel(
        loop, w.dtype, ARRAYS[len(states)], floats=len(numbers), min_parallel_work=MIN_PARALLEL_WORK
    )
    plain, dtype = np.asarray(w), w.dtype  # of a memmap, say
    row, gradient = as_contiguous(plain, dtype), as_contiguous(dw, dtype)
    arrays = [array.ravel() for array in (row, gradient, *states)]  # views: all lie in rows
    kernel(*arrays, *numbers, work=w.size)
    if row is not plain:  # w has another layout, and its copy was updated
        w[...] = row
    return w


# Numbers come as float64 and are rounded to the dtype of the arrays, as NumPy does.
def _sgd(w, dw, learning_rate):
    rate = w.dtype.type(learning_rate)
    for k in prange(np.uintp(w.size)):
        w[k] = _sgd_entry(w[k], dw[k], rate)


@uncontracted
def _sgd_entry(w, dw, rate):
    return w - rate * dw


def _sgd_momentum(w, dw, velocity, learning_rate, momentum):
    rate, kept = w.dtype.type(learning_rate), w.dtype.type(momentum)
    for k in prange(np.uintp(w.size)):
        velocity[k] = _velocity_entry(velocity[k], dw[k], rate, kept)
        w[k] += velocity[k]


@uncontracted
def _velocity_entry(velocity, dw, rate, kept):
    return kept * velocity - rate * dw


def _sgd_nesterov_momentum(w, dw, velocity, learning_rate, momentum):
    rate, kept = w.dtype.type(learning_rate), w.dtype.type(momentum)
    for k in prange(np.uintp(w.size)):
        old = velocity[k]
        velocity[k] = _velocity_entry(old, dw[k], rate, kept)
        w[k] = _nesterov_entry(w[k], velocity[k], old, kept)


@uncontracted
def _nesterov_entry(w, velocity, old, kept):
    return w + (velocity + kept * (velocity - old))


def _rmsprop(w, dw, a, learning_rate, decay_rate, share, epsilon):
    rate, tiny = w.dtype.type(learning_rate), w.dtype.type(epsilon)
    kept, new = w.dtype.type(decay_rate), w.dtype.type(share)
    for k in prange(np.uintp(w.size)):
        a[k] = _mean_entry(a[k], dw[k] * dw[k], kept, new)
        w[k] = _scaled_entry(w[k], dw[k], a[k], rate, tiny)


@uncontracted
def _mean_entry(mean, value, kept, new):
    return kept * mean + new * value


@uncontracted
def _scaled_entry(w, mean, square, rate, tiny):
    return w - rate * mean / (np.sqrt(square) + tiny)


def _adam(w, dw, v, a, beta1, share1, sum1, beta2, share2, sum2, learning_rate, epsilon):
    rate, tiny = w.dtype.type(learning_rate), w.dtype.type(epsilon)
    kept1, new1, all1 = w.dtype.type(beta1), w.dtype.type(share1), w.dtype.type(sum1)
    kept2, new2, all2 = w.dtype.type(beta2), w.dtype.type(share2), w.dtype.type(sum2)
    for k in prange(np.uintp(w.size)):
        v[k] = _mean_entry(v[k], dw[k], kept1, new1)
        a[k] = _mean_entry(a[k], dw[k] * dw[k], kept2, new2)
        w[k] = _scaled_entry(w[k], v[k] / all1, a[k] / all2, rate, tiny)


if numba is None:
    sgd_fast, sgd_momentum_fast, sgd_nesterov_momentum_fast = (
        sgd,
        sgd_momentum,
        sgd_nesterov_momentum,
    )
    rmsprop_fast, adam_fast = rmsprop, adam
