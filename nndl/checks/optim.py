"""Arguments of the update rules of ``nndl.optim``."""

import math

import numpy as np
from numpy import ndarray

from nndl.checks.arguments import (
    FAST_DTYPES,
    check_array,
    check_integer,
    check_number,
    check_param,
    check_shape,
)
from nndl.internal.update_rules import COUNTERS, SETTINGS, STATES

UPPER_LIMITS = {"learning_rate": math.inf, "epsilon": math.inf}  # of the others: 1
BELOW_ONE = ("beta1", "beta2")  # a mean that never moves could not be corrected
RULE_KEYS = {rule: {*SETTINGS[rule], *STATES[rule], *COUNTERS.get(rule, ())} for rule in SETTINGS}


def check_config(rule, config, function=None):
    """Raise unless ``config`` is one that the update rule takes.

    Every rule calls it at each step, and the Solver when it is made: an unknown key is refused
    in both places, by the same message.

    Parameters
    ----------
    rule : str
        "sgd", "sgd_momentum", "sgd_nesterov_momentum", "rmsprop" or "adam".
    config : dict
        Some or all of the rule's numbers and arrays; the shapes of the arrays are checked by
        ``check_rule``, which knows that of w.
    function : str, optional
        The name in the message; the rule by default.

    Raises
    ------
    TypeError
        Not a dict, or a value of a wrong type.
    ValueError
        An unknown rule or key, or a number out of its range.
    """
    function = function or rule
    if rule not in RULE_KEYS:
        raise ValueError(f"check_config: rule is {rule!r}, expected one of {list(RULE_KEYS)}")
    counters = COUNTERS.get(rule, ())
    if not isinstance(config, dict) or not config.keys() <= RULE_KEYS[rule]:
        check_param(function, "config", config, (), (*SETTINGS[rule], *STATES[rule], *counters))
    for key in SETTINGS[rule]:
        value = config.get(key, 0.0)
        if type(value) is float and 0 <= value < 1:  # nearly all of them, and a step has no time
            continue
        check_number(function, f"config[{key!r}]", value, most=UPPER_LIMITS.get(key, 1.0))
        if key in BELOW_ONE and float(value) == 1:
            raise ValueError(f"{function}: config[{key!r}] is 1, expected 0 or more and below 1")
    for key in counters:
        if type(config.get(key)) is int and config[key] >= 0:
            continue
        check_integer(function, f"config[{key!r}]", config.get(key, 0), least=0)


def check_rule(function, w, dw, config, fast=False):
    """Raise unless the arguments are those of an update rule.

    What a rule computes with, ``nndl.internal.update_rules.with_defaults`` makes of them.

    Parameters
    ----------
    function : str
        The rule's name, with or without ``_fast``.
    w : ndarray
        A parameter, of any shape and a real floating dtype, that can be written.
    dw : ndarray, in the shape of w
        Its gradient.
    config : dict or None
        Some or all of the rule's numbers and arrays, which have the shape of w.
    fast : bool
        Whether only float32 and float64 will do.

    Raises
    ------
    TypeError, ValueError
        With the rule, the argument, what came and what was expected.
    """
    rule = function.removesuffix("_fast")
    if _are_usual(rule, w, dw, config):
        return
    _check_real(function, "w", w, fast, integers=False)
    _check_real(function, "dw", dw)
    if dw.shape != w.shape:
        check_shape(function, "dw", dw, w.shape, ", that of w")
    if not w.dtype.isnative:
        why = "expected the machine's own, since w is updated in place"
        raise TypeError(f"{function}: w has dtype {w.dtype}, of another byte order, {why}")
    if not w.flags.writeable:
        raise ValueError(f"{function}: w is read-only, expected an array that can be updated")
    if config is None:
        return
    check_config(rule, config, function)
    for key in STATES[rule]:
        if key in config:
            value = config[key]
            if type(value) is np.ndarray and value.dtype == w.dtype and value.shape == w.shape:
                continue  # nearly always
            name = f"config[{key!r}]"
            _check_real(function, name, value)
            check_shape(function, name, value, w.shape, ", that of w")


def _are_usual(rule, w, dw, config):
    """Whether all is as it nearly always is, from the second step on."""
    if type(w) is not ndarray or w.dtype not in FAST_DTYPES or not w.flags.writeable:
        return False
    dtype, shape = w.dtype, w.shape
    if type(dw) is not ndarray or dw.dtype is not dtype or dw.shape != shape:
        return False
    if type(config) is not dict or len(config) != len(RULE_KEYS[rule]):
        return False
    for key in SETTINGS[rule]:
        value = config.get(key)
        if type(value) is not float or not 0 <= value < 1:
            return False
    for key in COUNTERS.get(rule, ()):
        count = config.get(key)
        if type(count) is not int or count < 0:
            return False
    for key in STATES[rule]:
        state = config.get(key)
        if type(state) is not ndarray or state.dtype is not dtype or state.shape != shape:
            return False
    return True


def _check_real(function, name, value, fast=False, integers=True):
    """Raise unless ``value`` is an array of real numbers."""
    check_array(function, name, value, None, fast, integers)
    if value.dtype.kind == "c":
        raise TypeError(f"{function}: {name} has dtype {value.dtype}, expected a real one")
