"""Arguments of the Solver: its settings, the model and the data."""

import os
from pathlib import Path

import numpy as np

from nndl.checks.arguments import (
    check_array,
    check_flag,
    check_integer,
    check_number,
    check_param,
    check_path,
    check_sizes,
)
from nndl.checks.model import check_examples
from nndl.checks.optim import check_config
from nndl.internal.update_rules import SETTINGS

VERBOSE = (True, False, "bar", "lines", "auto")
NETWORKS = ("reg", "dropout", "weight_scale", "use_batchnorm", "dtype")  # arguments of models


def check_settings(function, settings, unknown):
    """Raise unless the Solver's keyword arguments are ones that it can work with.

    Parameters
    ----------
    function : str
        The calling function, for the message.
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
    for key in ("num_train_samples", "num_val_samples", "keep", "shards"):
        if settings[key] is not None:
            check_integer(function, key, settings[key], least=1)
    if not any(settings["verbose"] is kind or settings["verbose"] == kind for kind in VERBOSE):
        came = settings["verbose"]
        raise ValueError(f"{function}: verbose is {came!r}, expected one of {[*VERBOSE]}")
    if (settings["shards"] or 1) > settings["batch_size"]:
        came = f"shards is {settings['shards']}, and batch_size {settings['batch_size']}"
        raise ValueError(f"{function}: {came}; expected an example or more of each in a batch")
    check_flag(function, "replacement", settings["replacement"])
    if not (settings["augment"] is None or callable(settings["augment"])):
        raise TypeError(f"{function}: augment is {settings['augment']!r}, expected a function")
    check_checkpoint_name(function, settings["checkpoint_name"])


def check_shards(function, described, batch_size):
    """Raise unless the shards of the data are parts of one data set, large enough for a batch.

    Parameters
    ----------
    function : str
        The calling function, for the message.
    described : list of dict
        For each shard, the dtype and shape of each array.
    batch_size : int
        Examples to a batch, of all shards.

    Raises
    ------
    ValueError
        Arrays of different dtypes, examples of different shapes, or a shard with fewer examples
        than an epoch has batches.
    """
    first = described[0]
    for k, shard in enumerate(described):
        for name, (dtype, shape) in shard.items():
            wanted, came = (first[name][0], first[name][1][1:]), (dtype, shape[1:])
            if name[0] == "X" and wanted != came:
                here = f"data[{name!r}] has {wanted} in shard 0 and {came} in shard {k}"
                raise ValueError(f"{function}: {here}, expected one dtype and shape")
    counts = [shard["y_train"][1][0] for shard in described]
    batches = max(sum(counts) // batch_size, 1)
    if min(counts) < batches:
        k = counts.index(min(counts))
        came = f"shard {k} of {len(counts)} has {counts[k]} training examples"
        why = f"an epoch has {batches} batches, with some of each shard in each"
        raise ValueError(f"{function}: {came}, but {why}; expected fewer shards, or a larger batch")


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


def check_data(function, data, classes=None):
    """Raise unless ``data`` holds images and labels for training and for validation.

    Parameters
    ----------
    function : str
        The calling function, for the message.
    data : dict
        Test data in it are checked, too.
    classes : int, optional
        The number of the model's classes, where that is known.

    Raises
    ------
    TypeError
        Not a dict of arrays, or labels that are not integers.
    ValueError
        A missing or empty array, lengths or shapes that differ, or a label outside of the classes.
    """
    if not isinstance(data, dict):
        raise TypeError(f"{function}: data is a {type(data).__name__}, expected a dict")
    for key in ("X_train", "y_train", "X_val", "y_val"):
        if key not in data:
            raise ValueError(f"{function}: data has no key {key!r}, it has {list(data)}")
    tested = all(isinstance(data.get(key), np.ndarray) for key in ("X_test", "y_test"))
    for part in ("train", "val", "test")[: 2 + tested]:
        X, y, names = (
            data[f"X_{part}"],
            data[f"y_{part}"],
            (f"data['X_{part}']", f"data['y_{part}']"),
        )
        if part != "test" or X.shape[:1] != (0,) or y.shape != (0,):
            check_examples(function, X, y, names)
        if classes is not None and len(y) and y.max() >= classes:
            why = f"the model has {classes} classes, from 0 on"
            raise ValueError(f"{function}: {names[1]} has a label {y.max()}, but {why}")
        if X.shape[1:] != data["X_train"].shape[1:]:
            shapes = f"{data['X_train'].shape[1:]} in X_train and {X.shape[1:]} in X_{part}"
            raise ValueError(f"{function}: data has examples of shape {shapes}, expected one shape")
