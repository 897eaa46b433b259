"""The same training step in PyTorch, from the same weights, called so that PyTorch looks its best.

The modules are those that a user of PyTorch would write. A ReLU works in place, since nothing needs
what it overwrites, and Adam is the one of PyTorch's kinds that is fastest on a CPU: fused.
"""

from inspect import signature

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from benchmarks.layers import full, numbers
from benchmarks.networks import CLASSES, NETWORKS, SHAPE
from benchmarks.pytorch import tensors
from nndl.activations import ACTIVATIONS
from nndl.convnet import LAYERS


class Residual(nn.Sequential):
    """Some layers, and a way around them."""

    def forward(self, x):
        return x + super().forward(x)


class Average(nn.Module):
    """The mean of each map."""

    def forward(self, x):
        return x.mean((2, 3))


# How a module is made of what it is given, of shape (C, H, W) or (D,), and of the options in a
# list of layers; ``bias`` says whether convolutions have one. What is not here takes our options.
MAKERS = {
    "conv": lambda shape, bias, filters, size=3, stride=1: nn.Conv2d(
        shape[0], filters, size, stride, size // 2, bias=bias
    ),
    "batchnorm": lambda shape, bias: (nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d)(
        shape[0]
    ),
    "affine": lambda shape, bias, units: nn.Sequential(
        *[nn.Flatten()] * (len(shape) == 3), nn.Linear(int(torch.Size(shape).numel()), units)
    ),
    "average": lambda shape, bias: Average(),
    "dropout": lambda shape, bias, keep: nn.Dropout(1 - keep),
    "residual": lambda shape, bias, layers: Residual(*built(layers, shape, bias)[0]),
}
KINDS = LAYERS | ACTIVATIONS


def defaults(name):
    """What the options of a kind of layer are where a list does not say."""
    parameters = [*signature(KINDS[name]).parameters.values()]
    return [option.default for option in parameters[len(parameters) - len(KINDS[name].checks) :]]


def built(layers, shape, bias=True):
    """The modules of a list of layers that is given ``shape``, and the shape that it gives."""
    made = []
    for layer in layers:
        name, *options = (layer,) if isinstance(layer, str) else layer
        if name in MAKERS:
            made.append(MAKERS[name](shape, bias, *options))
        else:
            made.append(getattr(nn, KINDS[name].torch)(*options, *defaults(name)[len(options) :]))
            if hasattr(made[-1], "inplace"):
                made[-1].inplace = True
        shape = tuple(made[-1].eval()(torch.zeros(1, *shape)).shape[1:])
        made[-1].train()
    return made, shape


class Theirs:
    """A network of PyTorch that begins with nndl's weights, and its Adam."""

    tensors = staticmethod(tensors)

    def __init__(self, name, arrays, dtype):
        layers, sizes = [*NETWORKS[name], ("affine", CLASSES)], full(numbers(SHAPE)[0])
        self.net = nn.Sequential(*built(layers, sizes[1:], bias=name != "deep")[0])
        self.net.to(getattr(torch, dtype))
        # Names of nndl's parameters and PyTorch's, which holds the weights of affine layers turned.
        self.pairs, counts = {}, {"W": 0, "gamma": 0}
        for module in self.net.modules():
            if isinstance(module, nn.Conv2d | nn.Linear | nn.modules.batchnorm._BatchNorm):
                norm = isinstance(module, nn.modules.batchnorm._BatchNorm)
                names = ("gamma", "beta") if norm else ("W", "b")
                counts[names[0]] += 1
                for kind, tensor in zip(names, (module.weight, module.bias), strict=True):
                    if tensor is not None:
                        self.pairs[f"{kind}{counts[names[0]]}"] = tensor
        with torch.no_grad():
            for key, tensor in self.pairs.items():
                tensor.copy_(self._turned(torch.from_numpy(arrays[key]), tensor, key))
        self.adam = torch.optim.Adam(self.net.parameters(), fused=True)

    @staticmethod
    def _turned(tensor, parameter, key):
        """``tensor`` in the other library's order; only affine weights differ."""
        return tensor.T if key[0] == "W" and parameter.ndim == 2 else tensor

    @torch.enable_grad()  # the rows of single layers have switched it off
    def step(self, X, y):
        """A step on images X with labels y; the loss before it."""
        loss = cross_entropy(self.net(X), y)
        loss.backward()
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        return loss.item()

    def arrays(self):
        """The parameters, as nndl names and orders them."""
        return {
            key: self._turned(tensor.detach(), tensor, key).numpy()
            for key, tensor in self.pairs.items()
        }
