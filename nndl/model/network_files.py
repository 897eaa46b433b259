"""Networks in files: what is written of one, and how it is made again."""

import inspect
import json
from contextlib import suppress
from fractions import Fraction
from typing import Any

import numpy as np

from nndl.activations import ACTIVATIONS
from nndl.checks.arguments import check_path
from nndl.internal.types import Arrays, Averages, FilePath
from nndl.training import checkpoints, model_state


def plain(value: Any) -> Any:
    """``value`` as JSON can hold it, where that is possible: a copy, without generators."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, np.ndarray | np.generic) and value.dtype != object:
        return value.tolist()
    if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
        return np.dtype(value).name
    if isinstance(value, Fraction):
        with suppress(OverflowError):  # the constructor will refuse it
            return float(value)
    if type(value) in ACTIVATIONS.values():
        return plain([value.name, *vars(value).values()])
    return None if isinstance(value, np.random.Generator) else value


def described(net: Any) -> dict[str, Any] | None:
    """What a file says of a network; None where it says nothing that a file can hold."""
    if not hasattr(net, "_arguments"):
        return None
    from nndl.model.network import name_in_files

    try:
        found = {"class": name_in_files(type(net)), "arguments": net._arguments()}
        json.dumps(found, allow_nan=False)
    except (TypeError, ValueError):  # a class that someone has derived, with objects as arguments
        return None
    return found


def members(group: str, params: Arrays, averages: Averages) -> Arrays:
    """Parameters and running averages as the members of a file."""
    found = {f"{group}params/{name}": array for name, array in params.items()}
    for k, pair in enumerate(averages):
        found |= {f"{group}averages/{k}/{key}": array for key, array in pair.items()}
    return found


def save_network(net: Any, path: FilePath) -> None:
    """Write a network; see ``Network.save``."""
    check_path(f"{type(net).__name__}.save", "path", path, file=True)
    if (found := described(net)) is None:
        why = "its arguments are not numbers, texts and lists of them"
        raise TypeError(f"{type(net).__name__}.save: the network cannot be put into a file: {why}")
    arrays = members("", net.params, model_state.averages(net))
    checkpoints.write(path, {"network": found}, arrays, "network")


def load_network(cls: type, path: FilePath, name: str | None) -> Any:
    """The network in a file; see ``Network.load``. ``name`` is that of its class, if it matters."""
    function = f"{cls.__name__}.load"
    check_path(function, "path", path, file=True)
    try:
        kind, meta, arrays = checkpoints.read(path, ("network", "checkpoint"))
    except ValueError as error:
        raise ValueError(f"{function}: {error}") from error
    try:
        group = "" if kind == "network" else "best/"
        net = _made(cls, meta["network"], arrays, group, name)
        _fill(net, arrays, group)
    except (AttributeError, KeyError, MemoryError, TypeError, ValueError) as error:
        why = error if isinstance(error, ValueError) else repr(error)
        raise ValueError(f"{function}: {path}: {why}") from error
    return net


def _made(cls, found, arrays, group, name):
    """A network with the saved arguments, and zeros for weights."""
    from nndl.model.network import CLASS_MODULES, class_of

    if found is None:
        raise ValueError("its model is not a network of this book; resume it with its Solver")
    if name not in (None, found["class"]):
        raise ValueError(f"it holds a {found['class']}, expected a {name}")
    cls = cls if name else class_of(found["class"])
    if cls is None:
        raise ValueError(f"it holds a {found['class']}, expected one of {[*CLASS_MODULES]}")
    weights = [array.size for key, array in arrays.items() if key.startswith(f"{group}params/")]
    arguments = dict(found["arguments"])
    if "seed" in inspect.signature(cls).parameters:
        arguments["seed"] = Zeros(sum(weights))
    net = cls(**arguments)
    if "rng" in (dropout := getattr(net, "dropout_param", {})):
        dropout["rng"] = np.random.default_rng()
    if "rng" in vars(net):
        net.rng = None  # as without a seed, of which files know nothing
    net._given = [], plain(arguments)
    return net


def _fill(net, arrays, group):
    """Give the network the parameters and averages of a file, if they are all there and fit."""
    taken = {key: array for key, array in arrays.items() if key.startswith(f"{group}params/")}
    names = {f"{group}params/{name}": name for name in net.params}
    if taken.keys() != names.keys():
        raise ValueError(f"it has parameters {sorted(taken)}, expected {sorted(names)}")
    for key, name in names.items():
        array, shape = taken[key], net.params[name].shape
        if array.shape != shape or array.dtype.kind != "f":
            raise ValueError(f"{name} is {array.dtype} {array.shape}, expected {shape}")
    net.params.update({name: taken[key] for key, name in names.items()})
    for k, norm in enumerate(getattr(net, "bn_params", [])):
        for key in model_state.AVERAGES:
            if (average := arrays.get(f"{group}averages/{k}/{key}")) is not None:
                norm[key] = average


class Zeros(np.random.Generator):
    """Draws zeros, and not more than a file has numbers: its arguments may claim anything."""

    def __init__(self, count: int) -> None:
        super().__init__(np.random.PCG64(0))
        self.left = count

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        """Zeros of this size."""
        self.left -= np.prod(np.atleast_1d(size), dtype=float)
        if self.left < 0:
            raise ValueError("its arguments ask for more weights than it holds")
        return np.zeros(size)
