"""Arguments of ``nndl.winograd``: convolution with fewer products."""

import math

from nndl.checks.arguments import (
    check_array,
    check_cache,
    check_number,
    check_sequence,
    check_shape,
    check_sizes,
)
from nndl.checks.conv_layers import check_conv
from nndl.internal.geometry import conv_out_shape

MOST_POINTS = 11  # that the layer has


def check_points(function, m, r, points):
    """Raise unless the sizes are positive and the points that F(m, r) takes differ.

    Parameters
    ----------
    function : str
        The function's name, for the message.
    m, r : int
        Outputs of a tile and weights of a filter.
    points : sequence of numbers
        The first m + r - 2 of them are taken.

    Raises
    ------
    TypeError, ValueError
        With the function, the argument, what came and what was expected.
    """
    check_sizes(function, m=m, r=r)
    check_sequence(function, "points", points, "of numbers")
    count = int(m) + int(r) - 2
    if len(points) < count:
        raise ValueError(f"{function}: points has {len(points)} entries, expected {count} or more")
    for k, point in enumerate(points[:count]):
        check_number(function, f"points[{k}]", point, least=-math.inf)
        if point in points[:k]:
            raise ValueError(f"{function}: points has {point} twice, expected different points")


def check_winograd(function, x, w, b, conv_param, m):
    """Raise unless the arguments are a convolution's, with stride 1 and square filters.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    x, w, b, conv_param
        Those of ``check_conv``.
    m : int
        Rows and columns of an output tile.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_conv(function, x, w, b, conv_param)
    if conv_param["stride"] != 1:
        stride = conv_param["stride"]
        raise ValueError(f"{function}: conv_param['stride'] is {stride}, expected 1")
    if w.shape[2] != w.shape[3]:
        shape = f"{w.shape[2]} by {w.shape[3]}"
        raise ValueError(f"{function}: w has filters of {shape}, expected square ones")
    check_sizes(function, m=m)
    if int(m) + w.shape[2] - 2 > MOST_POINTS:
        most = MOST_POINTS + 2 - w.shape[2]
        raise ValueError(f"{function}: m is {m}, expected at most {most} for such filters")


def check_winograd_backward(function, dout, cache):
    """Raise unless ``cache`` is the forward pass's and ``dout`` has the shape of its output.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_cache(function, cache, ("x", "w", "b", "conv_param", "m"))
    check_winograd(function, *cache)
    check_array(function, "dout", dout, None)
    check_shape(function, "dout", dout, conv_out_shape(cache[0], cache[1], cache[3]))
