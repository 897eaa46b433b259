"""Arguments of the update rules, and the one place that knows their configurations."""

import math

import numpy as np
from numpy import ndarray

from nndl.checks.arguments import (
    FAST_DTYPES,
    check_array,
    check_integer,
    check_param,
    check_shape,
)
from nndl.checks.networks import check_number

# The numbers that a rule can be given, with their defaults, and the arrays that it keeps.
SETTINGS = {
    "sgd": {"learning_rate": 1e-2},
    "sgd_momentum": {"learning_rate": 1e-2, "momentum": 0.9},
    "sgd_nesterov_momentum": {"learning_rate": 1e-2, "momentum": 0.9},
    "rmsprop": {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8},
    "adam": {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
}
STATES = {
    "sgd": (),
    "sgd_momentum": ("velocity",),
    "sgd_nesterov_momentum": ("velocity",),
    "rmsprop": ("a",),
    "adam": ("v", "a"),
}
COUNTERS = {"adam": ("t",)}
LARGEST = {"learning_rate": math.inf, "epsilon": math.inf}  # of the others: 1
BELOW_ONE = ("beta1", "beta2")  # a mean that never moves could not be corrected
KEYS = {rule: {*SETTINGS[rule], *STATES[rule], *COUNTERS.get(rule, ())} for rule in SETTINGS}


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
        Who is named in the message; the rule by default.

    Raises
    ------
    TypeError
        Not a dict, or a value of a wrong type.
    ValueError
        An unknown rule or key, or a number out of its range.
    """
    function = function or rule
    if rule not in KEYS:
        raise ValueError(f"check_config: rule is {rule!r}, expected one of {list(KEYS)}")
    counters = COUNTERS.get(rule, ())
    if not isinstance(config, dict) or not config.keys() <= KEYS[rule]:
        check_param(function, "config", config, (), (*SETTINGS[rule], *STATES[rule], *counters))
    for key in SETTINGS[rule]:
        value = config.get(key, 0.0)
        if type(value) is float and 0 <= value < 1:  # nearly all of them, and a step has no time
            continue
        check_number(function, f"config[{key!r}]", value, most=LARGEST.get(key, 1.0))
        if key in BELOW_ONE and float(value) == 1:
            raise ValueError(f"{function}: config[{key!r}] is 1, expected 0 or more and below 1")
    for key in counters:
        if type(config.get(key)) is int and config[key] >= 0:
            continue
        check_integer(function, f"config[{key!r}]", config.get(key, 0), least=0)


def check_rule(function, w, dw, config, fast=False):
    """Raise unless the arguments are those of an update rule; return them ready to be used.

    Parameters
    ----------
    function : str
        The rule's name, with or without ``_fast``.
    w : ndarray
        A parameter, of any shape and a real floating dtype, that can be written.
    dw : ndarray, in the shape of w
        Its gradient.
    config : dict or None
        The rule's numbers and arrays. What is missing is filled in: numbers by their defaults,
        arrays by zeros. All numbers become Python's own, since a ``numpy.float64`` would turn
        float32 arrays into float64 ones.
    fast : bool
        Whether only float32 and float64 will do.

    Returns
    -------
    dw : ndarray
        In the dtype of w.
    config : dict
        The one that was given, or a new one.

    Raises
    ------
    TypeError, ValueError
        With the rule, the argument, what came and what was expected.
    """
    rule, config = function.removesuffix("_fast"), {} if config is None else config
    if not _are_usual(rule, w, dw, config):
        _check_real(function, "w", w, fast, integers=False)
        _check_real(function, "dw", dw)
        check_shape(function, "dw", dw, w.shape, ", that of w")
        if not w.dtype.isnative:
            why = "expected the machine's own, since w is updated in place"
            raise TypeError(f"{function}: w has dtype {w.dtype}, of another byte order, {why}")
        if not w.flags.writeable:
            raise ValueError(f"{function}: w is read-only, expected an array that can be updated")
        check_config(rule, config, function)
        _fill_in(function, rule, config, w)
        dw = np.asarray(dw, w.dtype)
    if not fast:
        return dw, config
    for key in STATES[rule]:
        if not config[key].flags.carray:  # it will be written to, in row-major order
            config[key] = np.require(config[key], w.dtype, ["C", "A", "W"])
    return _apart(rule, w, dw, config), config


def _are_usual(rule, w, dw, config):
    """Whether all is as it nearly always is, from the second step on."""
    if type(w) is not ndarray or w.dtype not in FAST_DTYPES or not w.flags.writeable:
        return False
    dtype, shape = w.dtype, w.shape
    if type(dw) is not ndarray or dw.dtype is not dtype or dw.shape != shape:
        return False
    if type(config) is not dict or len(config) != len(KEYS[rule]):
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


def _fill_in(function, rule, config, w):
    """Put into a checked ``config`` what it lacks; make of the rest what a rule computes with."""
    for key, default in SETTINGS[rule].items():
        config[key] = float(config.get(key, default))
    for key in COUNTERS.get(rule, ()):
        config[key] = int(config.get(key, 0))
    for key in STATES[rule]:
        value = config.get(key)
        if type(value) is not ndarray or value.dtype != w.dtype or value.shape != w.shape:
            config[key] = _state(function, key, config, w)


def _apart(rule, w, dw, config):
    """dw, which a compiled step may read while it writes: a copy where memory is shared.

    Where a state shares memory with w, dw or another state, ``config`` gets a copy of its own.
    """
    states, owners = [config[key] for key in STATES[rule]], set()
    for array in [w, dw, *states]:
        owner = array if array.base is None else array.base
        if type(owner) is not ndarray or not owner.flags.owndata:
            break
        owners.add(id(owner))
    if len(owners) == 2 + len(states):  # nearly always: each has memory of its own
        return dw
    if dw is not w and np.may_share_memory(dw, w):
        dw = dw.copy()
    taken = [w, dw]
    for key in STATES[rule]:
        if any(np.may_share_memory(config[key], array) for array in taken):
            config[key] = config[key].copy()
        taken.append(config[key])
    return dw


def _check_real(function, name, value, fast=False, integers=True):
    """Raise unless ``value`` is an array of real numbers."""
    check_array(function, name, value, None, fast, integers)
    if value.dtype.kind == "c":
        raise TypeError(f"{function}: {name} has dtype {value.dtype}, expected a real one")


def _state(function, key, config, w):
    """The array ``key`` of ``config`` in the dtype of w; zeros where there is none."""
    if key not in config:
        return np.zeros(w.shape, w.dtype)
    value, name = config[key], f"config[{key!r}]"
    _check_real(function, name, value)
    check_shape(function, name, value, w.shape, ", that of w")
    return np.array(value, w.dtype)
