"""Fingerprints, by which a checkpoint knows the model and the data that it belongs to."""

import numbers
import zlib
from typing import Any

import numpy as np

from nndl.internal.types import Array
from nndl.model import summary
from nndl.training import model_state


def checksum(array: Array) -> str:
    """A short text that is the same for equal arrays, and for hardly any others."""
    total = 0
    for k in range(0, len(array), 1000):  # a copy of a few rows, where they are not contiguous
        total = zlib.crc32(
            np.ascontiguousarray(array[k : k + 1000]).reshape(-1).view(np.uint8), total
        )
    return f"checksum {total:08x}"


def fingerprint(model: Any, data: dict[str, Any]) -> dict[str, str]:
    """What a checkpoint must have in common with the model and the data that go on from it.

    Parameters
    ----------
    model : object
        A network.
    data : dict
        As the Solver takes it.

    Returns
    -------
    dict of str
        A line for the class, for each parameter, each layer, each part of the data, and so on.
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
    for part in ("train", "val"):
        X, y = data[f"X_{part}"], data[f"y_{part}"]
        found[f"X_{part}"] = f"{X.dtype} {X.shape}"
        found[f"y_{part}"] = f"{len(y)} labels with {checksum(y.astype('<i8'))}"
        found[f"the content of X_{part}"] = checksum(X)
    return found
