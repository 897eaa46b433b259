"""Arguments of max pooling."""

import numpy as np

from nndl.checks.arguments import (
    check_array,
    check_cache,
    check_param,
    check_shape,
    check_whole,
)

POOL_KEYS = ("pool_height", "pool_width", "stride")


def check_max_pool(function, x, pool_param, fast=False):
    """Raise unless the arguments fit together as those of max pooling.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    x : ndarray
        Input (N, C, H, W).
    pool_param : dict
        ``pool_height``, ``pool_width`` and ``stride``: whole numbers of pixels, 1 or more. The
        window must not be larger than the input.
    fast : bool
        Whether only float32 and float64 will do.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_array(function, "x", x, 4, fast)
    check_param(function, "pool_param", pool_param, POOL_KEYS)
    for key in POOL_KEYS:
        check_whole(function, f"pool_param[{key!r}]", pool_param[key], least=1)
    for axis, side in ((2, "height"), (3, "width")):
        size = int(pool_param[f"pool_{side}"])
        if size > x.shape[axis]:
            raise ValueError(
                f"{function}: pool_param['pool_{side}'] is {size}, which is larger than the {side} "
                f"of x, {x.shape[axis]}"
            )


def max_pool_out_shape(x, pool_param):
    """Shape (N, C, H', W') of max pooling's output, for arguments that were checked."""
    stride, H, W = int(pool_param["stride"]), *x.shape[2:]
    H_out = 1 + (H - int(pool_param["pool_height"])) // stride
    W_out = 1 + (W - int(pool_param["pool_width"])) // stride
    return (*x.shape[:2], H_out, W_out)


def check_max_pool_backward(function, dout, cache, fast=False):
    """Raise unless ``cache`` is max pooling's and ``dout`` has the shape of its output.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_cache(function, cache, ("x", "pool_param"))
    check_max_pool(function, *cache, fast=fast)
    check_array(function, "dout", dout, None, fast)
    check_shape(function, "dout", dout, max_pool_out_shape(*cache))


def check_places(function, where, shape):
    """Raise unless ``where`` is the array in which the compiled layer noted where its maxima lie.

    Raises
    ------
    TypeError, ValueError
        With the layer, what came and what was expected.
    """
    if type(where) is not np.ndarray or where.dtype != np.uint32:
        came = f"{where.dtype} array" if isinstance(where, np.ndarray) else type(where).__name__
        raise TypeError(f"{function}: cache.where is a {came}, expected a uint32 array")
    check_shape(function, "cache.where", where, shape)
    if not (where.flags.c_contiguous and where.flags.aligned):
        came = "cache.where has gaps or is not aligned"
        raise ValueError(f"{function}: {came}, expected the forward pass's array")


def check_last_place(function, place, size):
    """Raise unless ``place``, the last of all, lies in a plane, which has ``size`` pixels.

    Raises
    ------
    ValueError
        With the layer, what came and what was expected.
    """
    if place >= size:
        came = f"cache.where has the place {place}"
        raise ValueError(f"{function}: {came}, expected 0 to {size - 1}, those of a picture")
