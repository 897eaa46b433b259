"""What a training run is given at each step: a batch, a loss and gradients."""

import numbers

import numpy as np

from nndl.checks.arguments import check_array


def check_batch(function, X, rows):
    """Raise unless ``X`` is what an augmentation may return: an array with as many examples.

    Raises
    ------
    TypeError
        No array of numbers.
    ValueError
        More or fewer examples.
    """
    came = f"{function}: augment returned"
    if not isinstance(X, np.ndarray):
        raise TypeError(f"{came} a {type(X).__name__}, expected the examples to train on, an array")
    if X.dtype.kind not in "fiu":
        raise TypeError(f"{came} an array of dtype {X.dtype}, expected numbers")
    if len(X if X.ndim else ()) != rows:
        raise ValueError(f"{came} an array of shape {X.shape}, expected {rows} examples")


def check_result(function, result):
    """Raise unless ``result`` is what a model returns for labels: a loss, and gradients.

    Raises
    ------
    TypeError
        Anything else.
    """
    wanted = "expected a number and a dict, (loss, grads)"
    if not isinstance(result, tuple) or len(result) != 2:
        kind = type(result).__name__
        raise TypeError(f"{function}: model.loss(X, y) returned a {kind}, {wanted}")
    if not _is_real(result[0]) or not isinstance(result[1], dict):
        kinds = " and a ".join(type(part).__name__ for part in result)
        raise TypeError(f"{function}: model.loss(X, y) returned a {kinds}, {wanted}")


def _is_real(value):
    """Whether ``value`` is one real number, by itself or in an array without dimensions."""
    masked = isinstance(value, np.ma.MaskedArray)
    if isinstance(value, np.ndarray) and value.ndim == 0 and not masked:
        value = value[()]
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)


def check_grads(function, params, grads):
    """Raise unless ``grads`` has an array for each parameter, in its shape.

    Raises
    ------
    TypeError
        Not an array of real numbers.
    ValueError
        A name that is missing or unknown, or another shape.
    """
    if grads.keys() != params.keys():
        names = f"gradients of {sorted(map(str, grads))}, the model has {sorted(params)}"
        raise ValueError(f"{function}: model.loss(X, y) returned {names}")
    for name, array in params.items():
        check_array(function, f"the gradient of {name}", grads[name], None)
        if grads[name].dtype.kind == "c" != array.dtype.kind:
            came = f"the gradient of {name} has dtype {grads[name].dtype}"
            raise TypeError(f"{function}: {came}, the parameter {array.dtype}")
        if grads[name].shape != array.shape:
            shapes = f"shape {grads[name].shape}, the parameter {array.shape}"
            raise ValueError(f"{function}: the gradient of {name} has {shapes}")
