"""The update rules, as the shared tests see them: each against what its recurrence adds up to.

A rule is a recurrence; here is, for each, the sum that it makes of all gradients so far. The two
are written differently enough that no slip is in both.
"""

from functools import partial

import numpy as np

import nndl.fast.optim
import nndl.optim
from nndl.internal.update_rules import SETTINGS, STATES

RULES = tuple(SETTINGS)
EPSILON = 1e-3  # large enough that its place shows


def settings_of(rule):
    """Numbers for a rule that are not its defaults, and differ from each other."""
    chosen = {"learning_rate": 0.3, "momentum": 0.7, "decay_rate": 0.8, "beta1": 0.6, "beta2": 0.75}
    return {key: (chosen | {"epsilon": EPSILON})[key] for key in SETTINGS[rule]}


def mean_of(values, kept):
    """The weighted mean of ``values``, each weighing ``kept`` times what the next one does."""
    weights = kept ** np.arange(len(values) - 1, -1, -1.0)
    return np.tensordot(weights / weights.sum(), values, axes=1)


def expected(
    rule, w, grads, learning_rate, momentum=0.0, decay_rate=0.0, beta1=0.0, beta2=0.0, **_
):
    """w after the gradients ``grads``, which lie along axis 0, from states that are 0."""
    T = len(grads)
    left = momentum ** np.arange(T - 1, -1, -1.0)  # what is left of each gradient in the velocity
    walked = (1 - momentum * left) / (1 - momentum)  # and how often it has moved w by now
    if rule in ("sgd", "sgd_momentum"):
        return w - learning_rate * np.tensordot(walked, grads, axes=1)
    if rule == "sgd_nesterov_momentum":  # a point that is ahead by momentum times the velocity
        return w - learning_rate * np.tensordot(walked + momentum * left, grads, axes=1)
    for t in range(1, T + 1):
        if rule == "rmsprop":
            share = 1 - decay_rate**t  # of all weights, what the start at 0 leaves
            size = np.sqrt(share * mean_of(grads[:t] ** 2, decay_rate))
            w = w - learning_rate * grads[t - 1] / (size + EPSILON)
        else:
            size = np.sqrt(mean_of(grads[:t] ** 2, beta2))
            w = w - learning_rate * mean_of(grads[:t], beta1) / (size + EPSILON)
    return w


def follow(function, w, grads, config):
    """w and the configuration after one step for each of ``grads``."""
    for dw in grads:
        kept = dw.copy()
        next_w, config = function(w, dw, config)
        assert next_w is w
        np.testing.assert_array_equal(dw, kept)
    return w, config


def check_a_rule(rule, module=nndl.optim, suffix=""):
    """Six steps of a rule, in float64, give what its sum says; arrays keep dtype and shape."""
    function, rng = getattr(module, rule + suffix), np.random.default_rng(0)
    grads = rng.normal(size=(6, 3, 4)) * np.array([1.0, 1e-3, 10.0, 1.0])
    start, settings = rng.normal(size=(3, 4)), settings_of(rule)
    for T in range(1, 7):
        w, config = follow(function, start.copy(), grads[:T], dict(settings))
        np.testing.assert_allclose(w, expected(rule, start, grads[:T], **settings), rtol=1e-12)
        assert {config[key].shape for key in STATES[rule]} <= {(3, 4)}
        assert rule != "adam" or config["t"] == T


def check_a_twin(rule):
    """The compiled rule, as a sum; and it equals the chapter's, state for state, in every bit."""
    fast, naive = getattr(nndl.fast.optim, f"{rule}_fast"), getattr(nndl.optim, rule)
    check_a_rule(rule, nndl.fast.optim, "_fast")
    rng = np.random.default_rng(1)
    for dtype in (np.float32, np.float64):
        grads = rng.normal(size=(5, 3, 7)).astype(dtype)
        start = rng.normal(size=(3, 7)).astype(dtype)
        one, config = follow(naive, start.copy(), grads, settings_of(rule))
        for other in (start.copy(), start.copy(order="F"), np.repeat(start, 2, axis=1)[:, ::2]):
            other, twin = follow(fast, other, grads, settings_of(rule))
            np.testing.assert_array_equal(one, other, strict=True)
            assert config.keys() == twin.keys()
            for key in config:
                np.testing.assert_array_equal(config[key], twin[key], strict=True)


def check_all_twins():
    """For what several of the compiled rules share."""
    for rule in RULES:
        check_a_twin(rule)


CHECKS = {f"optim.{rule}": partial(check_a_rule, rule) for rule in RULES}
CHECKS |= {"fast.optim.": check_all_twins}
