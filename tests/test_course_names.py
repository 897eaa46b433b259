"""Names are where the courses keep them, and a star import brings the public ones and no others."""

import ast
import subprocess
import sys
from importlib import import_module

import pytest

from book._tools import offered

FAST = [name for names in offered.FAST.values() for name in names]
LAYERS = [
    *("affine_forward", "affine_backward", "relu_forward", "relu_backward", "svm_loss"),
    *("softmax_loss", "batchnorm_forward", "batchnorm_backward", "dropout_forward"),
    *("dropout_backward", "conv_forward_naive", "conv_backward_naive", "max_pool_forward_naive"),
    *("max_pool_backward_naive", "spatial_batchnorm_forward", "spatial_batchnorm_backward"),
]
CASCADES = [
    f"{name}_{way}"
    for name in ("affine_relu", "affine_batchnorm_relu", "conv_relu", "conv_relu_pool")
    for way in ("forward", "backward")
]
NETWORKS = {"fc_net": ["TwoLayerNet", "FullyConnectedNet"], "cnn": ["ThreeLayerConvNet", "ConvNet"]}
EXPECTED = {
    "layers": LAYERS,
    "conv_layers": LAYERS,
    "layer_utils": [*LAYERS, *CASCADES, *FAST],
    "conv_layer_utils": [*LAYERS, *CASCADES, *FAST],
    "fc_net": [*LAYERS, *CASCADES, *FAST, *NETWORKS["fc_net"]],
    "cnn": [*LAYERS, *CASCADES, *FAST, *NETWORKS["cnn"]],
}
KINDS = ("layer", "layers", "batchnorm", "layernorm", "groupnorm", "loss", "affine", "relu")
KINDS += ("conv", "pool", "dropout")


@pytest.mark.parametrize("module", EXPECTED)
def test_a_star_import_brings_what_it_brings_in_the_courses(module):
    names = {}
    exec(f"from nndl.{module} import *", names)
    del names["__builtins__"]
    assert set(EXPECTED[module]) <= set(names)
    networks = {name for name in names if not name.islower()}
    assert networks == set(NETWORKS.get(module, []))
    for name, thing in names.items():  # no helper, no check, no module
        assert callable(thing)
        assert name in networks or set(KINDS) & set(name.split("_")), name
        assert not name.startswith(("check_", "_"))
        home = import_module(thing.__module__)
        assert getattr(home, name) is thing


@pytest.mark.parametrize("module", EXPECTED)
def test_every_name_that_is_offered_is_there_once(module):
    names = import_module(f"nndl.{module}").__all__
    assert names == sorted(set(names))
    for name in names:
        assert getattr(import_module(f"nndl.{module}"), name).__name__ == name


def test_the_fast_names_are_those_of_fast_layers():
    from nndl import fast_layers

    assert sorted(FAST) == sorted(fast_layers.__all__)
    for home, names in offered.FAST.items():
        for name in names:
            assert getattr(import_module(f"nndl.{home}"), name) is getattr(fast_layers, name)


@pytest.mark.parametrize("module", EXPECTED)
def test_what_is_nowhere_is_not_found(module):
    with pytest.raises(AttributeError, match=f"module 'nndl.{module}' has no attribute 'nothing'"):
        import_module(f"nndl.{module}").nothing  # noqa: B018
    with pytest.raises(ImportError, match="nothing"):
        exec(f"from nndl.{module} import nothing")


@pytest.mark.parametrize("name", ["fc_net", "cnn"])
def test_cs231n_s_classifiers_are_found_when_only_the_root_is_renamed(name):
    ours, theirs = {}, {}
    exec(f"from nndl.{name} import *", ours)
    exec(f"from nndl.classifiers.{name} import *", theirs)
    del ours["__builtins__"], theirs["__builtins__"]
    assert ours == theirs


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("from nndl.layers import *", ["numba", "matplotlib", "nndl.fc_net", "nndl.fast.conv"]),
        ("from nndl.conv_layers import *", ["numba", "matplotlib", "nndl.fc_net"]),
        ("import nndl.layers", ["numba", "nndl.conv_layers"]),
        ("import nndl.conv_layers", ["numba"]),
        ("import nndl.fc_net", ["nndl.fast.conv", "nndl.fast_layers", "nndl.im2col"]),
        ("from nndl.cnn import *", ["nndl.fast_layers"]),  # which compiles
    ],
)
def test_an_import_brings_no_more_than_it_needs(statement, absent):
    program = f"import sys\n{statement}\nprint(sorted(set({absent!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("first", EXPECTED)
def test_whichever_is_imported_first_all_are_found(first):
    """They know each other: an import in a circle would show here."""
    others = "; ".join(f"from nndl.{module} import *" for module in EXPECTED)
    program = f"from nndl.{first} import *; {others}; print(affine_forward.__module__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("nndl.layers\n", "")


def test_inner_cells_are_not_offered():
    source = "import math\ndef shown(): ...\ndef _hidden(): ...\nclass Shown: ...\nx = 1\n"
    assert offered.defined(source) == ["shown", "Shown"]
    source = offered.offered("conv_layers", {"conv_layers": ["conv"], "layers": ["a", "b"]})
    tree = ast.parse(source)
    assert ast.literal_eval(tree.body[0].value) == ["a", "b", "conv"]
    assert source.endswith("__getattr__ = elsewhere(__name__, 'layers')")
