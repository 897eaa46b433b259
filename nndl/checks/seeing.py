"""Arguments of ``nndl.seeing``: a network of layers, images, and the classes asked for."""

import numpy as np

from nndl.checks.arguments import check_integer, check_number, check_numbers, check_plain
from nndl.checks.model import check_examples


def check_network(function, net):
    """Raise a TypeError unless ``net`` is given by a list of layers, as a ConvNet is."""
    if not (hasattr(net, "layers") and hasattr(net, "through")):
        wanted = "a ConvNet, whose layers can be run one by one"
        raise TypeError(f"{function}: net is a {type(net).__name__}, expected {wanted}")


def check_part(function, net, x, start, stop):
    """Raise unless ``net.layers[start:stop]`` is a part of a network, and x made of numbers.

    Raises
    ------
    TypeError
        No ConvNet, x not of numbers, or a place that is not an integer.
    ValueError
        A place outside the list, or ``stop`` before ``start``.
    """
    check_network(function, net)
    check_numbers(function, "x", x)
    check_integer(function, "start", start, least=0)
    if stop is not None:
        check_integer(function, "stop", stop, least=start)
    last = start if stop is None else stop
    if last > len(net.layers):
        name = "start" if stop is None else "stop"
        raise ValueError(f"{function}: {name} is {last}, but net has {len(net.layers)} layers")


def check_asked(function, net, X, y):
    """Raise unless X are images and y a class of the network for each of them.

    Raises
    ------
    TypeError
        No ConvNet, no arrays, X not of numbers, or y not of integers.
    ValueError
        X is not (N, C, H, W), y not (N,), or a class that the network does not have.
    """
    check_network(function, net)
    check_plain(function, "X", X)
    check_plain(function, "y", y)
    check_examples(function, X, y)
    if X.ndim != 4:
        raise ValueError(f"{function}: X has shape {X.shape}, expected (N, C, H, W)")
    check_classes(function, net, y)


def check_classes(function, net, y):
    """Raise unless y (N,) are classes of the network; ``net`` may not be a ConvNet.

    Raises
    ------
    TypeError
        No ConvNet, or y not an array of integers.
    ValueError
        y is empty or not (N,), or a class that the network does not have.
    """
    check_network(function, net)
    check_plain(function, "y", y)
    if y.dtype.kind not in "iu":
        raise TypeError(f"{function}: y has dtype {y.dtype}, expected integers")
    if y.ndim != 1 or not y.size:
        raise ValueError(f"{function}: y has shape {y.shape}, expected (N,) with N 1 or more")
    classes = net.layers[-1].shape[0]
    if y.min() < 0 or y.max() >= classes:
        wrong = y.min() if y.min() < 0 else y.max()
        raise ValueError(f"{function}: y has a class {wrong}, expected 0 to {classes - 1}")


def check_layer(function, net, layer, maps=False):
    """Raise unless ``layer`` is the place of a layer of ``net``, of one that gives maps if asked.

    Raises
    ------
    TypeError
        No ConvNet, or not an integer.
    ValueError
        Outside the list, or the layer gives rows where maps are needed.
    """
    check_network(function, net)
    check_integer(function, "layer", layer, least=0)
    if layer >= len(net.layers):
        raise ValueError(f"{function}: layer is {layer}, but net has {len(net.layers)} layers")
    if maps and len(net.layers[layer].shape) != 3:
        kind = net.layers[layer]
        raise ValueError(f"{function}: layer {layer} ({kind}) gives rows, expected maps (C, H, W)")


def check_steps(function, **numbers):
    """Raise unless each is a finite number, 0 or more."""
    for name, value in numbers.items():
        check_number(function, name, value)


def check_features(function, net, features, layer):
    """Raise unless ``features`` is an array of what layer ``layer`` gives, for one image or more.

    Raises
    ------
    TypeError
        Not an array of numbers, or as ``check_layer``.
    ValueError
        Another shape, or as ``check_layer``.
    """
    check_layer(function, net, layer)
    check_plain(function, "features", features)
    check_numbers(function, "features", features)
    shape = net.layers[layer].shape
    if features.ndim < 1 or not len(features) or features.shape[1:] != shape:
        wanted = ", ".join(map(str, ("N", *shape)))
        raise ValueError(f"{function}: features has shape {features.shape}, expected ({wanted})")


def check_cover(function, X, value):
    """Raise unless ``value`` is a number, or an image of numbers that fits those of X."""
    check_numbers(function, "value", value)
    try:
        np.broadcast_to(value, X.shape[1:])
    except ValueError:
        came = f"value has shape {np.shape(value)}"
        raise ValueError(f"{function}: {came}, expected {X.shape[1:]} or a number") from None


def check_window(function, X, size):
    """Raise a ValueError unless a window of ``size`` fits into the images X."""
    if size > min(X.shape[2:]):
        raise ValueError(f"{function}: size is {size}, but the images are {X.shape[2:]}")
