"""Arguments of a network that is given as a list of layers.

Which kinds of layers there are, and what may follow their names, is in ``nndl.convnet`` and
``nndl.activations``; each kind names the checks of its options, in the order of its constructor.
"""

import inspect

from nndl.checks.arguments import check_integer, check_keep


def check_layer(where, layer, kinds):
    """Raise unless ``layer`` is a name of ``kinds``, or a tuple of a name and options that fit.

    Parameters
    ----------
    where : str
        The network and the layer's place in it, for the message.
    layer : str or tuple
        As ``"relu"`` or ``("conv", 32)``.
    kinds : dict
        For each name a class. Its ``checks`` are those of the last arguments of its constructor,
        its options: functions of ``where``, the option's name and its value.

    Raises
    ------
    TypeError, ValueError
        With the layer, what came and what was expected.
    """
    name, *given = (layer,) if isinstance(layer, str) else layer if _is_tuple(layer) else (None,)
    if not isinstance(name, str):
        raise TypeError(f"{where} is {layer!r}, expected a name, or a tuple of a name and options")
    if name not in kinds:
        raise ValueError(f"{where} is {layer!r}, expected one of {sorted(kinds)}")
    checks = kinds[name].checks
    parameters = [*inspect.signature(kinds[name]).parameters.values()]
    options = parameters[len(parameters) - len(checks) :]
    needed = sum(option.default is option.empty for option in options)
    if not needed <= len(given) <= len(options):
        names = [repr(name), *(option.name for option in options)]
        expected = f"({', '.join(names)})" if options else f"{name!r} alone"
        raise ValueError(f"{where} is {layer!r}, expected {expected}")
    for option, check, value in zip(options, checks, given, strict=False):
        check(where, option.name, value)


def _is_tuple(layer):
    """Whether ``layer`` is a name and options, and not a name alone."""
    return isinstance(layer, tuple | list) and len(layer) > 0


def check_count(where, name, value):
    """Raise unless an option is an integer, 1 or more."""
    check_integer(where, name, value, least=1)


def check_odd(where, name, value):
    """Raise unless an option is an odd integer, 1 or more."""
    check_count(where, name, value)
    if value % 2 == 0:
        raise ValueError(f"{where}: {name} is {value}, expected an odd number")


def check_share(where, name, value):
    """Raise unless an option is a share of units to keep: above 0, at most 1."""
    check_keep(where, value)


def check_list(where, name, layers):
    """Raise unless ``layers`` is a list, or a tuple, with a layer in it or more."""
    if not isinstance(layers, list | tuple):
        raise TypeError(f"{where}: {name} is {layers!r}, expected a list of layers")
    if not layers:
        raise ValueError(f"{where}: {name} is empty, expected a layer or more")


def check_maps(where, layer, shape):
    """Raise unless what a layer is given, of ``shape`` without the batch, are maps (C, H, W)."""
    if len(shape) != 3:
        raise ValueError(f"{where} is {layer!r} and gets rows of {shape[0]} numbers, expected maps")


def check_result(where, layer, shape, result, keeps_shape):
    """Raise unless a layer makes something of what it is given, and the same shape if it must.

    Parameters
    ----------
    where, layer
        As for ``check_layer``.
    shape, result : tuple of int
        Of the layer's input and of its output, without the batch.
    keeps_shape : bool
        Whether they must be equal.

    Raises
    ------
    ValueError
        With the layer and the shapes.
    """
    if 0 in result:
        raise ValueError(f"{where} is {layer!r} and gets maps of {shape[1]} by {shape[2]} pixels")
    if keeps_shape and shape != result:
        what = f"a {layer if isinstance(layer, str) else layer[0]} block"
        raise ValueError(f"{where}: {what} turns {shape} into {result}, expected {shape}")
