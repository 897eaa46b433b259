"""What a network consists of: a line for each layer."""

import math
from typing import Any

HEADS = ("layer", "output", "parameters")


def rows_of(net: Any) -> list[tuple[str, tuple[int, ...], tuple[str, ...]]]:
    """The layers of a network.

    Parameters
    ----------
    net : Network
        One of this package.

    Returns
    -------
    list of (str, tuple of int, tuple of str)
        Of each layer what it is, the shape of what comes out for one example, and the names of its
        parameters.
    """
    if hasattr(net, "layers"):
        return _rows_of_list(net.layers)
    rows, shape = [], None
    for i in range(1, 1 + sum(name[0] == "W" for name in net.params)):
        W = net.params[f"W{i}"]
        if W.ndim == 4:
            shape = (len(W), *net.input_dim[1:])  # the pad keeps the size
            kind = f"conv {W.shape[2]}x{W.shape[2]}"
        else:
            kind, shape = "affine", net.params[f"b{i}"].shape
        rows.append((kind, shape, (f"W{i}", f"b{i}")))
        if f"W{i + 1}" not in net.params:
            continue
        if f"gamma{i}" in net.params:
            norm = getattr(net, "normalization", None) or "batchnorm"
            rows.append((norm, shape, (f"gamma{i}", f"beta{i}")))
        rows.append((str(getattr(net, "activation", "relu")), shape, ()))
        if W.ndim == 4:
            shape = (shape[0], *(pixels // 2 for pixels in shape[1:]))
            rows.append(("pool 2x2", shape, ()))
        if getattr(net, "use_dropout", False):
            rows.append((f"dropout, keep {net.dropout_param['p']:g}", shape, ()))
    return rows


def _rows_of_list(layers, prefix=""):
    """The rows of a ConvNet's layers; those of a residual block stand behind a bar."""
    rows = []
    for layer in layers:
        rows.append((f"{prefix}{layer}", layer.shape, layer.names))
        rows += _rows_of_list(getattr(layer, "layers", ()), f"{prefix}| ")
    return rows


def table_of(net: Any) -> str:
    """A table of the layers, their outputs' shapes and their parameters, and a sum."""
    rows = [HEADS]
    for kind, shape, names in rows_of(net):
        count = sum(net.params[name].size for name in names)
        rows.append((kind, " x ".join(map(str, shape)), f"{count:,}" if names else ""))
    rows.append(("sum", "", f"{count_of(net):,}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        f"{kind:<{widths[0]}}  {shape:<{widths[1]}}  {count:>{widths[2]}}".rstrip()
        for kind, shape, count in rows
    )


def count_of(net: Any) -> int:
    """The number of parameters."""
    return sum(array.size for array in net.params.values())


def normalizes_alone(net: Any) -> bool:
    """Whether a batch norm has nothing but the examples to take its statistics from."""
    return any(
        kind.split(",")[0].endswith("batchnorm") and math.prod(shape[1:]) == 1
        for kind, shape, _ in rows_of(net)
    )
