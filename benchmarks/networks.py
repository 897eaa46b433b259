"""The networks that are measured, as lists of layers: what both libraries build.

They are those of the chapters ``networks/three_layer_convnet`` and ``networks/cifar10``.
"""

SHAPE = "100,3,32"  # of a batch: N,C,H
CLASSES = 10


def block(filters):
    """A convolution of 3 by 3, batch norm and a ReLU."""
    return [("conv", filters), "batchnorm", "relu"]


def residual(filters):
    """Two such blocks, and the way around them."""
    return [("residual", block(filters) + block(filters))]


def stage(filters):
    """A block, then two with a way around."""
    return [*block(filters), *residual(filters)]


THREE_LAYERS = [("conv", 32, 7), "relu", "pool", ("affine", 100), "relu"]
# A convolution of the deep network has no bias, those of the others do.
NETWORKS = {
    "three layers": THREE_LAYERS,
    "three layers, batch norm": [
        layer
        for layer in THREE_LAYERS
        for layer in (["batchnorm", layer] if layer == "relu" else [layer])
    ],
    "deep": [*block(32), "pool", *stage(64), "pool", *stage(128), "pool", "average"],
}
