# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/foundations/affine_relu.md
"""``nndl.activations``, in the order in which the book derives it."""

from nndl.checks.convnet import check_layer
from nndl.checks.layers import check_slope
from nndl.fast.relu import (
    leaky_relu_backward_fast,
    leaky_relu_forward_fast,
    relu_backward_fast,
    relu_forward_fast,
)

# Chapter: book/foundations/affine_relu.md
__all__ = ["Activation", "LeakyRelu", "Relu"]


# Chapter: book/foundations/affine_relu.md
class Activation:
    """A function of one number, applied to every entry, as a value for networks and cascades.

    A class derived from this one has ``forward(x)``, which returns ``(out, cache)``, and
    ``backward(dout, cache)``, which returns dx. What its constructor is told it keeps as it came.

    Attributes
    ----------
    name : str
        What a list of layers calls it.
    checks : tuple of callable
        For each argument of the constructor, in their order, a function of a place, the argument's
        name and its value that raises where the value does not fit.
    increasing : bool
        Whether it nowhere falls: then it may change places with a maximum.
    torch : str
        The class of ``torch.nn`` that computes the same; empty if there is none.
    """

    name, checks, increasing, torch = "", (), False, ""

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self):
        return hash((type(self), *vars(self).values()))

    def __repr__(self):
        told = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({told})"

    def __str__(self):
        named = [self.name or type(self).__name__]
        return ", ".join([*named, *(f"{name} {value}" for name, value in vars(self).items())])


class Relu(Activation):
    """The rectifier, compiled, equations (9) and (10)."""

    name, increasing, torch = "relu", True, "ReLU"

    def forward(self, x):
        return relu_forward_fast(x)

    def backward(self, dout, cache):
        return relu_backward_fast(dout, cache)


class LeakyRelu(Activation):
    """The leaky rectifier, compiled, equations (11) and (12)."""

    name, checks, increasing, torch = "leaky_relu", (check_slope,), True, "LeakyReLU"

    def __init__(self, slope=0.01):
        check_slope("LeakyRelu", "slope", slope)
        self.slope = slope

    def forward(self, x):
        return leaky_relu_forward_fast(x, self.slope)

    def backward(self, dout, cache):
        return leaky_relu_backward_fast(dout, cache)


ACTIVATIONS = {kind.name: kind for kind in (Relu, LeakyRelu)}
RELU = Relu()


# Chapter: book/foundations/affine_relu.md
def activation_of(where, given):
    """The activation that is meant by a value, by a name, or by a tuple of a name and options.

    Parameters
    ----------
    where : str
        The function and the argument, for the message.
    given : Activation, str or tuple
        As ``Relu()``, ``"relu"`` or ``("leaky_relu", 0.1)``.

    Returns
    -------
    Activation
        Its ``forward`` and ``backward`` are compiled.

    Raises
    ------
    TypeError, ValueError
        With the place, what came and what was expected.
    """
    if isinstance(given, Activation):
        return given
    check_layer(where, given, ACTIVATIONS)
    name, *options = (given,) if isinstance(given, str) else given
    return ACTIVATIONS[name](*options)
