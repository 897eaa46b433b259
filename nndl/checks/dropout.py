"""Arguments of dropout."""

from numpy.random import Generator

from nndl.checks.arguments import (
    check_array,
    check_cache,
    check_integer,
    check_param,
    check_shape,
    number_of,
)

MODES = ("train", "test")


def check_dropout(function, x, dropout_param, fast=False):
    """Raise unless the arguments are those of dropout.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    x : ndarray
        Input, of any shape.
    dropout_param : dict
        ``p``, the keep probability, 0 < p <= 1; ``mode``, 'train' or 'test'; and at most one of
        ``seed`` (an integer, 0 or more) and ``rng`` (a ``numpy.random.Generator``).
    fast : bool
        Whether only float32 and float64 will do.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_array(function, "x", x, None, fast)
    if not _is_usual(dropout_param):
        _check_param(function, dropout_param)


def _check_param(function, dropout_param):
    """Raise unless ``dropout_param`` is what ``check_dropout`` says of it."""
    keys, optional = ("p", "mode"), ("seed", "rng")
    check_param(function, "dropout_param", dropout_param, keys, optional)
    p, mode = dropout_param["p"], dropout_param["mode"]
    p = number_of(function, "dropout_param['p']", p)
    if not 0 < p <= 1:  # written so that NaN raises
        why = "expected a probability of keeping, 0 < p <= 1"
        raise ValueError(f"{function}: dropout_param['p'] is {dropout_param['p']}, {why}")
    if not isinstance(mode, str) or mode not in MODES:
        raise ValueError(
            f"{function}: dropout_param['mode'] is {mode!r}, expected 'train' or 'test'"
        )
    if "seed" in dropout_param and "rng" in dropout_param:
        raise ValueError(f"{function}: dropout_param has both 'seed' and 'rng', expected one")
    if "seed" in dropout_param:
        check_integer(function, "dropout_param['seed']", dropout_param["seed"], least=0)
    if "rng" in dropout_param and not isinstance(dropout_param["rng"], Generator):
        kind = type(dropout_param["rng"]).__name__
        why = f"is a {kind}, expected a numpy.random.Generator"
        raise TypeError(f"{function}: dropout_param['rng'] {why}")


def _is_usual(dropout_param):
    """Whether ``dropout_param`` is what it nearly always is: no key need be looked at alone."""
    if type(dropout_param) is not dict:
        return False
    p, mode, rng = dropout_param.get("p"), dropout_param.get("mode"), dropout_param.get("rng")
    if type(p) is not float or not 0 < p <= 1 or type(mode) is not str or mode not in MODES:
        return False
    if rng is None:
        return len(dropout_param) == 2
    return len(dropout_param) == 3 and type(rng) is Generator


def check_dropout_backward(function, dout, cache, fast=False):
    """Raise unless ``cache`` is dropout's and ``dout`` has the shape of its mask, if it has one.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_cache(function, cache, ("dropout_param", "mask"))
    dropout_param, mask = cache
    if not _is_usual(dropout_param):
        _check_param(function, dropout_param)
    check_array(function, "dout", dout, None, fast)
    if mask is not None:
        check_array(function, "mask in cache", mask, None, fast)
        if dout.shape != mask.shape:
            check_shape(function, "dout", dout, mask.shape)
