"""Data for a :class:`~nndl.solver.Solver`: digits, CIFAR-10, files like MNIST's, and augmentation.

``load_digits`` needs nothing but this package. ``get_CIFAR10_data`` needs CIFAR-10 on this machine
and says how to get it; ``load_mnist`` reads a folder.
"""

from nndl.data.augmentation import augment
from nndl.data.cifar10 import get_CIFAR10_data
from nndl.data.course_loaders import load_CIFAR10, load_CIFAR_batch, load_pickle
from nndl.data.digits import load_digits
from nndl.data.mnist import load_mnist
from nndl.data.synthetic import synthetic_CIFAR10

__all__ = [
    "augment",
    "get_CIFAR10_data",
    "load_CIFAR10",
    "load_CIFAR_batch",
    "load_digits",
    "load_mnist",
    "load_pickle",
    "synthetic_CIFAR10",
]
