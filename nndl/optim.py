# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/foundations/optimization.md
"""``nndl.optim``, in the order in which the book derives it."""

import numpy as np

from nndl.checks.optim import check_rule
from nndl.internal.update_rules import with_defaults

# Chapter: book/foundations/optimization.md
__all__ = [
    "adam",
    "rmsprop",
    "sgd",
    "sgd_momentum",
    "sgd_nesterov_momentum",
]


# Chapter: book/foundations/optimization.md
def sgd(w, dw, config=None):
    """Step against the gradient, equation (1).

    Parameters
    ----------
    w : ndarray, any shape
        A parameter, float32 or float64. It is updated in place.
    dw : ndarray, in the shape of w
        Gradient of the loss with respect to w.
    config : dict, optional
        ``learning_rate``, by default 1e-2. Missing keys are filled in.

    Returns
    -------
    next_w : ndarray
        w itself, after the step.
    config : dict
        What to give to the next step of this parameter.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit, and for unknown keys; the message names the argument.
    """
    check_rule("sgd", w, dw, config)
    dw, config = with_defaults("sgd", w, dw, config)
    w -= config["learning_rate"] * dw  # (1)
    return w, config


# Chapter: book/foundations/optimization.md
def sgd_momentum(w, dw, config=None):
    """Step by a leaky sum of all gradients so far, equation (5).

    Parameters
    ----------
    w : ndarray, any shape
        A parameter, float32 or float64. It is updated in place.
    dw : ndarray, in the shape of w
        Gradient of the loss with respect to w.
    config : dict, optional
        ``learning_rate``, by default 1e-2; ``momentum``, 0.9; ``velocity``, an array in the shape
        of w, zeros at first. Missing keys are filled in.

    Returns
    -------
    next_w : ndarray
        w itself, after the step.
    config : dict
        With the new velocity, in the dtype of w: what to give to this parameter's next step.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit, and for unknown keys; the message names the argument.
    """
    check_rule("sgd_momentum", w, dw, config)
    dw, config = with_defaults("sgd_momentum", w, dw, config)
    config["velocity"] = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    w += config["velocity"]  # (5)
    return w, config


# Chapter: book/foundations/optimization.md
def sgd_nesterov_momentum(w, dw, config=None):
    """Momentum whose gradient is taken one step ahead, equation (10).

    Parameters
    ----------
    w : ndarray, any shape
        A parameter, float32 or float64. It is updated in place.
    dw : ndarray, in the shape of w
        Gradient of the loss with respect to w.
    config : dict, optional
        ``learning_rate``, by default 1e-2; ``momentum``, 0.9; ``velocity``, an array in the shape
        of w, zeros at first. Missing keys are filled in.

    Returns
    -------
    next_w : ndarray
        w itself, after the step.
    config : dict
        With the new velocity, in the dtype of w: what to give to this parameter's next step.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit, and for unknown keys; the message names the argument.
    """
    check_rule("sgd_nesterov_momentum", w, dw, config)
    dw, config = with_defaults("sgd_nesterov_momentum", w, dw, config)
    momentum, old = config["momentum"], config["velocity"]
    config["velocity"] = momentum * old - config["learning_rate"] * dw  # (10)
    w += config["velocity"] + momentum * (config["velocity"] - old)
    return w, config


# Chapter: book/foundations/optimization.md
def rmsprop(w, dw, config=None):
    """Divide each coordinate's step by the size its gradients have of late, equation (12).

    Parameters
    ----------
    w : ndarray, any shape
        A parameter, float32 or float64. It is updated in place.
    dw : ndarray, in the shape of w
        Gradient of the loss with respect to w.
    config : dict, optional
        ``learning_rate``, by default 1e-2; ``decay_rate``, 0.99, the share of the old mean;
        ``epsilon``, 1e-8; ``a``, the mean of squared gradients, an array in the shape of w, zeros
        at first. Missing keys are filled in.

    Returns
    -------
    next_w : ndarray
        w itself, after the step.
    config : dict
        With the new ``a``, in the dtype of w: what to give to this parameter's next step.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit, and for unknown keys; the message names the argument.
    """
    check_rule("rmsprop", w, dw, config)
    dw, config = with_defaults("rmsprop", w, dw, config)
    decay_rate = config["decay_rate"]
    config["a"] = decay_rate * config["a"] + (1 - decay_rate) * dw**2  # (11)
    w -= config["learning_rate"] * dw / (np.sqrt(config["a"]) + config["epsilon"])  # (12)
    return w, config


# Chapter: book/foundations/optimization.md
def adam(w, dw, config=None):
    """Step by the mean gradient over its size, both corrected for their start at 0, equation (16).

    Parameters
    ----------
    w : ndarray, any shape
        A parameter, float32 or float64. It is updated in place.
    dw : ndarray, in the shape of w
        Gradient of the loss with respect to w.
    config : dict, optional
        ``learning_rate``, by default 1e-3; ``beta1``, 0.9, and ``beta2``, 0.999, the shares of the
        old means; ``epsilon``, 1e-8; ``v`` and ``a``, the means of the gradient and of its square,
        arrays in the shape of w, zeros at first; ``t``, the steps made so far, 0. Missing keys are
        filled in.

    Returns
    -------
    next_w : ndarray
        w itself, after the step.
    config : dict
        With the new ``v``, ``a`` (in the dtype of w) and ``t``: what to give to this parameter's
        next step.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit, and for unknown keys; the message names the argument.
    """
    check_rule("adam", w, dw, config)
    dw, config = with_defaults("adam", w, dw, config)
    beta1, beta2 = config["beta1"], config["beta2"]
    config["t"] = t = config["t"] + 1
    config["v"] = beta1 * config["v"] + (1 - beta1) * dw  # (13)
    config["a"] = beta2 * config["a"] + (1 - beta2) * dw**2  # (13)
    v_hat = config["v"] / (1 - beta1**t)  # (15)
    a_hat = config["a"] / (1 - beta2**t)  # (15)
    w -= config["learning_rate"] * v_hat / (np.sqrt(a_hat) + config["epsilon"])  # (16)
    return w, config
