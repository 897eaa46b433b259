"""Fingerprints, by which a checkpoint knows the model and the data that it belongs to."""

import numbers
import zlib
from typing import Any

import numpy as np

from nndl.internal.types import Array, Arrays
from nndl.model import summary
from nndl.training import model_state


def checksum(array: Array, total: int = 0) -> int:
    """A number that is the same for equal arrays, and for hardly any others.

    ``total`` is that of the rows before these, if there are any.
    """
    for k in range(0, len(array), 1000):  # a copy of a few rows, where they are not contiguous
        total = zlib.crc32(
            np.ascontiguousarray(array[k : k + 1000]).reshape(-1).view(np.uint8), total
        )
    return total


def checksum_of(name: str, array: Array, total: int = 0) -> int:
    """That of X_train, y_train, X_val or y_val; labels are the same in every integer type."""
    return checksum(array.astype("<i8") if name[0] == "y" else array, total)


def of_arrays(data: Arrays) -> dict[str, str]:
    """``lines`` of data that are here."""
    shapes = {name: (array.dtype, array.shape) for name, array in data.items()}
    return lines(shapes, {name: checksum_of(name, array) for name, array in data.items()})


def lines(
    shapes: dict[str, tuple[np.dtype[Any], tuple[int, ...]]], sums: dict[str, int]
) -> dict[str, str]:
    """What a checkpoint must have in common with the data that go on from it.

    Parameters
    ----------
    shapes : dict
        For X_train, y_train, X_val and y_val, the dtype and the shape.
    sums : dict
        The checksum of each.

    Returns
    -------
    dict of str
        Three lines for each part of the data.
    """
    found = {}
    for part in ("train", "val"):
        X, y = f"X_{part}", f"y_{part}"
        found[X] = " ".join(map(str, shapes[X]))
        found[y] = f"{shapes[y][1][0]} labels with checksum {sums[y]:08x}"
        found[f"the content of {X}"] = f"checksum {sums[X]:08x}"
    return found


def of_model(model: Any) -> dict[str, str]:
    """What a checkpoint must have in common with the model that goes on from it.

    Parameters
    ----------
    model : object
        A network.

    Returns
    -------
    dict of str
        A line for the class, for each parameter, each layer, and so on.
    """
    found = {"the class of the model": type(model).__name__}
    for name, array in model.params.items():
        found[name] = f"{array.dtype} {array.shape}"
    if isinstance(getattr(model, "reg", None), numbers.Real):
        found["reg"] = repr(float(model.reg))
    found["the number of batch norms"] = str(len(getattr(model, "bn_params", [])))
    dropout, rng = getattr(model, "dropout_param", {}), model_state.dropout_generator(model)
    found["dropout's p"] = repr(float(dropout.get("p", 1)))
    found["dropout's generator"] = type(rng.bit_generator).__name__ if rng else "none"
    found["dropout's seed"] = repr(dropout.get("seed"))
    if hasattr(model, "_arguments"):
        for k, (kind, shape, _) in enumerate(summary.rows_of(model), start=1):
            found[f"layer {k}"] = f"{kind} {shape}"
    return found
