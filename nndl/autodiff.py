# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/foundations/backpropagation.md
"""``nndl.autodiff``, in the order in which the book derives it."""

import math
from functools import wraps
from itertools import count

import numpy as np

from nndl.checks.arguments import check_real
from nndl.checks.autodiff import check_exponent, check_positive, check_recorded
from nndl.internal.differentiation import numbers_of

# Chapter: book/foundations/backpropagation.md
__all__ = ["Scalar", "backpropagate", "scalars"]


# Chapter: book/foundations/backpropagation.md
_ORDER = count()  # numbers are computed one after the other, and count in that order


def _binary(operation):
    """Make a Scalar of a plain number on the right, and leave arrays to NumPy."""

    @wraps(operation)
    def prepared(self, other):
        if isinstance(other, np.ndarray):
            return NotImplemented
        return operation(self, other if isinstance(other, type(self)) else type(self)(other))

    return prepared


class Scalar:
    """A number that remembers what it was computed from, and with what derivatives.

    It takes part in ``+``, ``-``, ``*``, ``/``, ``**`` with a constant exponent, and comparisons,
    with other scalars and with numbers, which are constants. In an array, ``@`` and NumPy's
    ``sum``, ``exp``, ``log`` and ``maximum`` work as well.

    Parameters
    ----------
    value : float
        The number.
    used : tuple of pairs (Scalar, float)
        What it was computed from, and the local derivative with respect to each: the notes for
        equation (2).

    Raises
    ------
    TypeError
        The value is not a real number.
    """

    def __init__(self, value, used=()):
        check_real("Scalar", "value", value)
        self.value = float(value)
        self.used = used
        self.order = next(_ORDER)

    @_binary
    def __add__(self, other):
        return Scalar(self.value + other.value, ((self, 1.0), (other, 1.0)))  # (5)

    @_binary
    def __mul__(self, other):
        notes = ((self, other.value), (other, self.value))  # (6)
        return Scalar(self.value * other.value, notes)

    def __pow__(self, exponent):
        check_real("Scalar", "the exponent", exponent)
        k = float(exponent)
        return Scalar(self.value**k, ((self, k * self.value ** (k - 1)),))

    def exp(self):
        """e to this number. Raises OverflowError where that is too large for a float."""
        check_exponent("Scalar.exp", self.value)
        out = math.exp(self.value)
        return Scalar(out, ((self, out),))  # (14)

    def log(self):
        """The natural logarithm. Raises ValueError unless the number is above 0."""
        check_positive("Scalar.log", self.value)
        return Scalar(math.log(self.value), ((self, 1 / self.value),))  # (14)

    def __neg__(self):
        return self * -1.0

    __radd__, __rmul__ = __add__, __mul__
    __sub__ = _binary(lambda self, other: self + -other)
    __rsub__ = _binary(lambda self, other: other + -self)
    __truediv__ = _binary(lambda self, other: self * other**-1.0)
    __rtruediv__ = _binary(lambda self, other: other * self**-1.0)
    __lt__ = _binary(lambda self, other: self.value < other.value)
    __le__ = _binary(lambda self, other: self.value <= other.value)
    __gt__ = _binary(lambda self, other: self.value > other.value)
    __ge__ = _binary(lambda self, other: self.value >= other.value)

    def __float__(self):
        return self.value

    def __repr__(self):
        return f"Scalar({self.value!r})"


# Chapter: book/foundations/backpropagation.md
def scalars(x):
    """An array of ``Scalar`` with the values of ``x``, in its shape.

    Parameters
    ----------
    x : array_like
        Real numbers.

    Returns
    -------
    ndarray of object, in the shape of x

    Raises
    ------
    TypeError
        Not real numbers, or some are masked.
    """
    return np.vectorize(Scalar, otypes=[object])(numbers_of("scalars", "x", x, real=True))


def _history(loss):
    """The loss and every Scalar that it was computed from, in the order in which they are found."""
    found, seen = [loss], {loss}
    for number in found:  # the list grows meanwhile
        new = [source for source, _ in number.used if source not in seen]
        found += dict.fromkeys(new)  # one that was used twice is found once
        seen.update(new)
    return found


def backpropagate(loss, *arrays):
    """Gradients of a loss with respect to arrays of scalars, equation (2).

    Parameters
    ----------
    loss : Scalar
        Computed from the entries of the arrays.
    *arrays : ndarrays of object, or Scalars
        As ``scalars`` returns them.

    Returns
    -------
    tuple of ndarrays of float64
        The gradient for each of the arrays, in its shape; 0 for what the loss does not depend on.

    Raises
    ------
    TypeError
        The loss is not a Scalar, or an array holds numbers instead of Scalars.
    """
    check_recorded("backpropagate", loss, arrays)
    gradient = {loss: 1.0}  # (3)
    for number in sorted(_history(loss), key=lambda number: number.order, reverse=True):
        for source, derivative in number.used:
            back = gradient.get(number, 0.0) * derivative
            gradient[source] = gradient.get(source, 0.0) + back  # (2)
    return tuple(
        np.array([gradient.get(entry, 0.0) for entry in array.flat]).reshape(array.shape)
        for array in map(np.asarray, arrays)
    )
