"""The numbers and arrays that the update rules are configured by, and how they are filled in."""

import numpy as np

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


def with_defaults(function, w, dw, config, fast=False):
    """The gradient and the configuration of an update rule, checked before, ready for its step.

    Parameters
    ----------
    function : str
        The rule's name, with or without ``_fast``.
    w, dw : ndarray
        A parameter and its gradient, in one shape.
    config : dict or None
        The rule's numbers and arrays. What is missing is filled in: numbers by their defaults,
        arrays by zeros. All numbers become Python's own, since a ``numpy.float64`` would turn
        float32 arrays into float64 ones.
    fast : bool
        Whether the step is compiled: its arrays must not share memory.

    Returns
    -------
    dw : ndarray
        In the dtype of w.
    config : dict
        The one that was given, or a new one.
    """
    rule, config = function.removesuffix("_fast"), {} if config is None else config
    for key, default in SETTINGS[rule].items():
        if type(config.setdefault(key, default)) is not float:
            config[key] = float(config[key])
    for key in COUNTERS.get(rule, ()):
        config[key] = int(config.get(key, 0))
    for key in STATES[rule]:
        value = config.get(key)
        if type(value) is not np.ndarray or value.dtype != w.dtype:
            made = np.zeros(w.shape, w.dtype) if value is None else np.array(value, w.dtype)
            config[key] = value = made
        if fast and not value.flags.carray:  # it will be written to, in row-major order
            config[key] = np.require(value, w.dtype, ["C", "A", "W"])
    if type(dw) is not np.ndarray or dw.dtype is not w.dtype:
        dw = np.asarray(dw, w.dtype)
    return (_apart(rule, w, dw, config) if fast else dw), config


def _apart(rule, w, dw, config):
    """dw, which a compiled step may read while it writes: a copy where memory is shared.

    Where a state shares memory with w, dw or another state, ``config`` gets a copy of its own.
    """
    states, owners = [config[key] for key in STATES[rule]], set()
    for array in (w, dw, *states):
        owner = array if array.base is None else array.base
        if type(owner) is not np.ndarray or not owner.flags.owndata:
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
