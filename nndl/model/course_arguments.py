"""Arguments of networks that the two courses name differently, or give in two ways.

Their checks are in ``nndl.checks.fc_net``; here is what they mean.
"""

from typing import Any

from nndl.checks.arguments import check_keep, check_number
from nndl.checks.fc_net import check_either, check_normalization


def either(function: str, default: Any, **named: Any) -> tuple[str, Any]:
    """The one argument of two that is given: its name and its value.

    Parameters
    ----------
    function : str
        Whose arguments they are, for the message.
    default : object
        The value where none is given, under the first name.
    **named
        Names that mean the same, and their values; None where not given.

    Raises
    ------
    ValueError
        Two are given, and differ.
    """
    check_either(function, **named)
    given = [(name, value) for name, value in named.items() if value is not None]
    return given[0] if given else (next(iter(named)), default)


def kept_share(function: str, dropout: float | None, dropout_keep_ratio: float | None) -> float:
    """The share of units to keep, given under the name of either course; 1 if it is not.

    ``dropout=0`` means that none is dropped: so the courses said it for years.

    Raises
    ------
    TypeError, ValueError
        As for ``check_keep`` and ``either``.
    """
    name, keep = either(function, 1, dropout=dropout, dropout_keep_ratio=dropout_keep_ratio)
    check_number(function, name, keep, most=1.0)
    if name == "dropout" and keep == 0:
        return 1.0
    check_keep(function, keep, name)
    return float(keep)


def normalization_of(function: str, use_batchnorm: bool, normalization: str | None) -> str | None:
    """The normalization of the hidden layers, "batchnorm", "layernorm" or None, from two arguments.

    Raises
    ------
    TypeError, ValueError
        As for ``check_normalization``.
    """
    check_normalization(function, use_batchnorm, normalization)
    return "batchnorm" if use_batchnorm else normalization
