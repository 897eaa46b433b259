"""Data for a :class:`~nndl.solver.Solver`: the embedded digits, CIFAR-10, and augmentation."""

from nndl.data.augmentation import augment
from nndl.data.digits import load_digits

__all__ = ["augment", "load_digits"]
