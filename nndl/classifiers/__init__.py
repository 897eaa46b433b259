"""The networks where CS231n's notebooks look for them: ``fc_net`` and ``cnn``."""

__all__ = ["cnn", "fc_net"]
