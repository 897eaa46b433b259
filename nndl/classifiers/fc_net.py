"""Fully connected nets: the names of ``nndl.fc_net``, where CS231n's notebooks look for them."""

from nndl.fc_net import *  # noqa: F403
from nndl.fc_net import __all__  # noqa: F401
