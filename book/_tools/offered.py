"""What a tangled module offers: its ``__all__``, and where it finds the names that others have.

The courses' files star-import each other, so that a notebook that star-imports one has the names of
several; and CS231n keeps the convolution's layers and cascades with the others. Here a function
has one home, the module of its chapters, and the other modules offer it.
"""

import ast

FAST = {
    "fast.conv": ["conv_backward_fast", "conv_forward_fast"],
    "fast.max_pool": ["max_pool_backward_fast", "max_pool_forward_fast"],
    "im2col": ["conv_backward_im2col", "conv_forward_im2col"],
}
SHARED = {
    "layers": ("conv_layers",),
    "conv_layers": ("layers",),
    "layer_utils": ("layers", "conv_layers", "conv_layer_utils", *FAST),
    "conv_layer_utils": ("layers", "conv_layers", "layer_utils", *FAST),
    "fc_net": ("layers", "conv_layers", "layer_utils", "conv_layer_utils", *FAST),
    "cnn": ("layers", "conv_layers", "layer_utils", "conv_layer_utils", "convnet", *FAST),
}


def defined(body):
    """The functions and classes that a cell defines for everybody."""
    definitions = (ast.FunctionDef, ast.ClassDef)
    names = [node.name for node in ast.parse(body).body if isinstance(node, definitions)]
    return [name for name in names if not name.startswith("_")]


def offered(name, own):
    """The lines that say what a module offers: its own names, and those of others."""
    places = own | FAST
    homes = [place for place in SHARED[name] if places.get(place)]
    names = sorted({*own[name], *(other for place in homes for other in places[place])})
    arguments = ", ".join(["__name__", *map(repr, homes)])
    return f"__all__ = {names}\n__getattr__ = elsewhere({arguments})"
