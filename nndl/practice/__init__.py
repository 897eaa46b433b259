"""Checks that say what is wrong: write a layer yourself, and see whether it is right, and why not.

>>> from nndl import practice
>>> def relu_backward(dout, cache):
...     return dout * (cache >= 0)
>>> result = practice.relu_backward(relu_backward)
>>> result.ok, result.cause[0].id
(False, 'relu-backward-open-at-zero')

Each exercise has the name of a function of the book, without ``_naive``: ``practice.conv_forward``,
``practice.batchnorm_backward``, ...; ``dir(practice)`` lists them. A backward pass is given the
cache of the forward pass beside it, ``practice.conv_backward(mine, forward=my_forward)``; unless
told otherwise, of the one that was defined under its usual name in the same place, then of this
package's.

What is told and not failed, or failed and named as another convention: see ``Result.convention``.
"""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

from nndl.practice.checking import checked
from nndl.practice.comparing import expectations
from nndl.practice.exercises import exercise, exercises
from nndl.practice.hints import hint, remember
from nndl.practice.plays import upstream
from nndl.practice.results import Result

__all__ = ["Result", "case", "check", "hint", "names"]


def check(
    name: str, function: Callable[..., Any], forward: Callable[..., Any] | None = None
) -> Result:
    """Run a reader's function on the cases of an exercise, and say what is wrong.

    Parameters
    ----------
    name : str
        The exercise, one of ``names()``.
    function : callable
        The reader's, with the arguments of the book's function in their order.
    forward : callable, optional
        For a backward pass: the reader's forward pass, whose cache it takes.

    Returns
    -------
    Result
        With ``ok``, ``cause`` and ``to_json()``; it shows itself as text, and as a table in a
        notebook.

    Raises
    ------
    TypeError
        ``function`` is none.
    ValueError
        No exercise of this name.
    """
    result = checked(exercise(name, function), function, forward)
    remember(result, function)
    return result


def case(name: str, label: str) -> dict[str, Any]:
    """The arguments of one case, to try a function on by hand.

    Parameters
    ----------
    name : str
        The exercise.
    label : str
        The case, as the table of a result names it.

    Returns
    -------
    dict
        Fresh copies of the arguments by their names, in their order; for a backward pass those of
        the forward pass, and ``dout``.

    Raises
    ------
    ValueError
        No exercise of this name, or no such case.
    """
    found = exercise(name)
    for one, _ in expectations(found):
        if one.name == label:
            given = copy.deepcopy(dict(one.arguments))
            return given | ({"dout": upstream(found, one).copy()} if found.forward else {})
    labels = ", ".join(repr(one.name) for one in found.cases())
    raise ValueError(f"practice.case: no case {label!r}; there are {labels}")


def names() -> list[str]:
    """The exercises, in the order of the book."""
    return list(exercises())


def __getattr__(name: str) -> Any:
    try:
        exercise(name)
    except ValueError:
        raise AttributeError(f"module 'nndl.practice' has no exercise {name!r}") from None
    found = partial(check, name)
    found.__doc__ = check.__doc__
    return found


def __dir__() -> list[str]:
    return sorted([*__all__, *exercises()])
