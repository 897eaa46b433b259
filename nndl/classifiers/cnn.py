"""Convolutional networks: the names of ``nndl.cnn``, where CS231n's notebooks look for them."""

from nndl.cnn import *  # noqa: F403
from nndl.cnn import __all__  # noqa: F401
