"""What arguments are, for editors and type checkers; nothing here is checked when code runs.

Types cannot say shapes: those are in each function's docstring.
"""

import os
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.floating[Any]]
IntegerArray = NDArray[np.integer[Any]]
Arrays = dict[str, Array]  # by name: parameters, gradients
Averages = list[dict[str, Array]]  # a dict for each batch norm
FilePath = str | os.PathLike[str]
Cache = Any  # what a forward pass keeps for its backward pass, and nobody else opens


class Model(Protocol):
    """What a Solver trains: it may have ``bn_params`` and ``dropout_param`` besides."""

    params: Arrays

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """The scores; with labels the loss and a dict of gradients."""
        ...


class Readable(Protocol):
    """A file that is open for bytes, or what reads like one."""

    def read(self, size: int, /) -> bytes:
        """As many bytes, or as many as are left."""
        ...


if TYPE_CHECKING:  # drawing imports it, and nothing else does
    from matplotlib.figure import Figure

    class DescribedFigure(Figure):
        """A figure with a description for those who do not see it."""

        alt: str
