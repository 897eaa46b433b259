"""Arguments of a network that is given as a list of layers."""

from nndl.checks.arguments import check_integer, check_keep

# For each kind of layer, what may follow its name: all integers, but for dropout's share of units
# to keep and the layers of a residual block.
OPTIONS = {
    "conv": ("filters", "size", "stride"),
    "batchnorm": (),
    "relu": (),
    "pool": ("size",),
    "average": (),
    "dropout": ("keep",),
    "affine": ("units",),
    "residual": ("layers",),
}
NEEDED = ("conv", "dropout", "affine", "residual")  # the first option has no default
MAPS = ("conv", "pool", "average")  # work on maps, (C, H, W)


def check_layer(where, layer, shape):
    """Raise unless ``layer`` is a name, or a tuple of a name and options, that fits ``shape``.

    Parameters
    ----------
    where : str
        The network and the layer's place in it, for the message.
    layer : str or tuple
        As ``"relu"`` or ``("conv", 32)``.
    shape : tuple of int
        Of what comes in, without the batch: (C, H, W) for maps, (D,) for rows.

    Raises
    ------
    TypeError, ValueError
        With the layer, what came and what was expected.
    """
    kind, *options = (layer,) if isinstance(layer, str) else layer if _is_tuple(layer) else (None,)
    if kind is None or not isinstance(kind, str):
        raise TypeError(f"{where} is {layer!r}, expected a name, or a tuple of a name and options")
    if kind not in OPTIONS:
        raise ValueError(f"{where} is {layer!r}, expected one of {sorted(OPTIONS)}")
    names = OPTIONS[kind]
    if len(options) > len(names) or (kind in NEEDED and not options):
        expected = f"({', '.join([repr(kind), *names])})" if names else f"{kind!r} alone"
        raise ValueError(f"{where} is {layer!r}, expected {expected}")
    for name, value in zip(names, options, strict=False):
        if name == "keep":
            check_keep(where, value)
        elif name == "layers":
            check_list(where, value)
        else:
            check_integer(where, name, value, least=1)
    if kind in MAPS and len(shape) != 3:
        raise ValueError(f"{where} is {layer!r} and gets rows of {shape[0]} numbers, expected maps")
    size = options[0] if kind == "pool" and options else 2
    if kind == "pool" and min(shape[1:]) < size:
        raise ValueError(f"{where} is {layer!r} and gets maps of {shape[1]} by {shape[2]} pixels")
    if kind == "conv" and len(options) > 1 and options[1] % 2 == 0:
        raise ValueError(f"{where}: size is {options[1]}, expected an odd number")


def _is_tuple(layer):
    """Whether ``layer`` is a name and options, and not a name alone."""
    return isinstance(layer, tuple | list) and len(layer) > 0


def check_list(where, layers):
    """Raise unless ``layers`` is a list, or a tuple, with a layer in it or more."""
    if not isinstance(layers, list | tuple):
        raise TypeError(f"{where}: layers is {layers!r}, expected a list of layers")
    if not layers:
        raise ValueError(f"{where}: layers is empty, expected a layer or more")


def check_residual(where, shape, result):
    """Raise unless the layers of a residual block give back the shape that they were given."""
    if shape != result:
        raise ValueError(f"{where}: a residual block turns {shape} into {result}, expected {shape}")
