"""Arguments of the Solver: its settings, the model and the data."""

import numbers
import os
from pathlib import Path

import numpy as np

from nndl.checks.arguments import check_array, check_integer, check_param
from nndl.checks.networks import check_number, check_sizes
from nndl.checks.optim import SETTINGS, check_config
from nndl.checks.paths import check_path

VERBOSE = (True, False, "bar", "lines", "auto")
NETWORKS = ("reg", "dropout", "weight_scale", "use_batchnorm", "dtype")  # arguments of models


def check_settings(function, settings, unknown):
    """Raise unless the Solver's keyword arguments are ones that it can work with.

    Parameters
    ----------
    function : str
        Who asks, for the message.
    settings : dict
        The keyword arguments that exist, with their values.
    unknown : dict
        Those that do not.

    Raises
    ------
    TypeError
        A value of a wrong type.
    ValueError
        An unknown argument, update rule or key, or a value out of its range.
    """
    for name in unknown:
        hint = f"expected some of {list(settings)}"
        if name in {key for keys in SETTINGS.values() for key in keys}:
            hint = f"it belongs into optim_config: optim_config={{{name!r}: ...}}; {hint}"
        elif name in NETWORKS:
            hint = f"it is an argument of the network; {hint}"
        raise ValueError(f"{function}: {name} is not an argument: {hint}")
    rule, config = settings["update_rule"], settings["optim_config"]
    if not isinstance(rule, str) or rule not in SETTINGS:
        raise ValueError(f"{function}: update_rule is {rule!r}, expected one of {[*SETTINGS]}")
    if config is not None:
        check_param(function, "optim_config", config, (), SETTINGS[rule])
        check_config(rule, config, function)
        epsilon = float(config.get("epsilon", 1))
        if np.float32(epsilon) == 0:
            came = f"optim_config['epsilon'] is {epsilon:g}, which is 0 in float32"
            raise ValueError(f"{function}: {came}: a gradient of 0 would be divided by 0")
    check_number(function, "lr_decay", settings["lr_decay"])
    check_sizes(function, **{key: settings[key] for key in ("batch_size", "print_every")})
    for key in ("num_epochs", "seed"):
        check_integer(function, key, settings[key], least=0)
    for key in ("num_train_samples", "num_val_samples", "keep"):
        if settings[key] is not None:
            check_integer(function, key, settings[key], least=1)
    if not any(settings["verbose"] is kind or settings["verbose"] == kind for kind in VERBOSE):
        came = settings["verbose"]
        raise ValueError(f"{function}: verbose is {came!r}, expected one of {[*VERBOSE]}")
    if not isinstance(settings["replacement"], bool | np.bool_):
        raise TypeError(
            f"{function}: replacement is {settings['replacement']!r}, expected True or False"
        )
    if not (settings["augment"] is None or callable(settings["augment"])):
        raise TypeError(f"{function}: augment is {settings['augment']!r}, expected a function")
    check_checkpoint_name(function, settings["checkpoint_name"])


def check_checkpoint_name(function, name):
    """Raise unless files can be written whose path starts with ``name``, which may be None.

    Raises
    ------
    TypeError
        Not a path.
    ValueError
        Empty, without a name, with a character that no path has, or in a folder that is not there.
    """
    if name is None:
        return
    check_path(function, "checkpoint_name", name)
    if not os.path.basename(os.fspath(name)):  # the files would have no name of their own
        came = f"checkpoint_name is {os.fspath(name)!r}"
        raise ValueError(f"{function}: {came}, expected a path that ends in a name")
    folder = Path(f"{os.fspath(name)}_epoch_0.npz").parent
    if not folder.is_dir():
        came = f"checkpoint_name is {os.fspath(name)!r}, but {str(folder)!r} is not a folder"
        raise ValueError(f"{function}: {came}")


def check_model(function, model):
    """Raise unless ``model`` has parameters that can be trained and a ``loss``.

    Raises
    ------
    TypeError
        No dict of arrays as ``params``, no method ``loss``, or a parameter that has no gradient.
    ValueError
        No parameter at all.
    """
    kind = type(model).__name__
    params = getattr(model, "params", None)
    if not isinstance(params, dict):
        raise TypeError(f"{function}: model is a {kind} without a dict params, expected a network")
    if not callable(getattr(model, "loss", None)):
        raise TypeError(f"{function}: model is a {kind} without a method loss, expected a network")
    if not params:
        raise ValueError(f"{function}: model.params is empty, expected an array or more")
    for name, array in params.items():
        if not isinstance(name, str):
            raise TypeError(f"{function}: model.params has a key {name!r}, expected names")
        check_array(function, f"model.params[{name!r}]", array, None, integers=False)


def check_result(function, result):
    """Raise unless ``result`` is what a model returns for labels: a loss, and gradients.

    Raises
    ------
    TypeError
        Anything else.
    """
    wanted = "expected a number and a dict, (loss, grads)"
    if not isinstance(result, tuple) or len(result) != 2:
        kind = type(result).__name__
        raise TypeError(f"{function}: model.loss(X, y) returned a {kind}, {wanted}")
    if not is_real(result[0]) or not isinstance(result[1], dict):
        kinds = " and a ".join(type(part).__name__ for part in result)
        raise TypeError(f"{function}: model.loss(X, y) returned a {kinds}, {wanted}")


def is_real(value):
    """Whether ``value`` is one real number, by itself or in an array without dimensions."""
    masked = isinstance(value, np.ma.MaskedArray)
    if isinstance(value, np.ndarray) and value.ndim == 0 and not masked:
        value = value[()]
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)


def check_grads(function, params, grads):
    """Raise unless ``grads`` has an array for each parameter, in its shape.

    Raises
    ------
    TypeError
        Not an array of real numbers.
    ValueError
        A name that is missing or unknown, or another shape.
    """
    if grads.keys() != params.keys():
        names = f"gradients of {sorted(map(str, grads))}, the model has {sorted(params)}"
        raise ValueError(f"{function}: model.loss(X, y) returned {names}")
    for name, array in params.items():
        check_array(function, f"the gradient of {name}", grads[name], None)
        if grads[name].dtype.kind == "c" != array.dtype.kind:
            came = f"the gradient of {name} has dtype {grads[name].dtype}"
            raise TypeError(f"{function}: {came}, the parameter {array.dtype}")
        if grads[name].shape != array.shape:
            shapes = f"shape {grads[name].shape}, the parameter {array.shape}"
            raise ValueError(f"{function}: the gradient of {name} has {shapes}")
