"""What the gradient shows: what tests/layers/seeing.py does not say of it."""

import copy

import numpy as np
import pytest

from nndl import seeing
from nndl.cnn import ThreeLayerConvNet
from nndl.convnet import ConvNet
from tests.layers.seeing import SMALL, check_seeing, network


def test_all_of_it():
    check_seeing()


def state_of(net):
    return copy.deepcopy((net.params, net.bn_params, net.dropout_param["mode"]))


def test_the_network_stays_as_it_is():
    """Modes, averages and parameters; the next training step is what it would have been."""
    net, X, y = network([*SMALL[:-1], ("dropout", 0.5), "average"])
    before, twin = state_of(net), copy.deepcopy(net)
    seeing.vjp(net, X)[1](np.ones((2, 4)))
    seeing.grad_cam(net, X, y, layer=1)
    after = state_of(net)
    assert after[2] == before[2]
    for one, other in zip((*before[1], before[0]), (*after[1], after[0]), strict=True):
        for name, value in one.items():
            np.testing.assert_array_equal(value, other[name])
    many = np.concatenate([X] * 4), np.concatenate([y] * 4)
    (loss, grads), (wanted, right) = net.loss(*many), twin.loss(*many)
    assert loss == wanted
    assert all(np.array_equal(grads[name], right[name]) for name in grads)


def test_equals_pytorch(rng):
    torch = pytest.importorskip("torch")
    net, X, y = network()
    p = {name: torch.tensor(array) for name, array in net.params.items()}
    x, functional = torch.tensor(X, requires_grad=True), torch.nn.functional
    averages = [torch.tensor(net.bn_params[0][f"running_{name}"]) for name in ("mean", "var")]
    a = functional.conv2d(x, p["W1"], padding=1)
    a = functional.batch_norm(a, *averages, p["gamma1"], p["beta1"]).relu()
    a = functional.conv2d(functional.max_pool2d(a, 2), p["W2"], p["b2"], padding=1).relu()
    scores = a.mean(dim=(2, 3)) @ p["W3"] + p["b3"]
    scores[torch.arange(2), torch.tensor(y)].sum().backward()
    np.testing.assert_allclose(seeing.class_gradient(net, X, y), x.grad, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes(rng, dtype):
    net = ConvNet([("conv", 2), "batchnorm", "relu", "average"], (1, 5, 6), 3, dtype=dtype, seed=0)
    X, y = rng.normal(size=(2, 1, 5, 6)), np.array([0, 2])
    net.loss(X, y)
    found = [
        seeing.class_gradient(net, X, y),
        seeing.saliency_map(net, X, y),
        seeing.grad_cam(net, X, y, layer=1),
        seeing.occlusion_map(net, X, y, size=3, stride=2),
        seeing.class_visualization(net, y, steps=2),
        seeing.fooling_image(net, X, y)[0],
        seeing.feature_inversion(net, np.ones((2, 2, 5, 6)), 1, steps=2, seed=0),
    ]
    assert [array.dtype for array in found] == [dtype] * len(found)


def test_images_of_other_sizes(rng):
    """Means at the end take any; an affine layer on maps says what it expected."""
    net, _, y = network()
    X = rng.normal(size=(2, 2, 8, 10))
    assert seeing.saliency_map(net, X, y).shape == (2, 8, 10)
    assert seeing.grad_cam(net, X, y, layer=4).shape == (2, 4, 5)
    fixed, _, _ = network([("conv", 3), "relu"])
    with pytest.raises(ValueError, match="affine_forward_fast: "):
        seeing.class_gradient(fixed, X, y)


def test_a_network_that_saw_no_batch_answers_as_in_test_mode(rng):
    net, X = ConvNet(SMALL, (2, 6, 4), 4, seed=0), rng.normal(size=(2, 2, 6, 4))
    with pytest.warns(RuntimeWarning, match="no running averages"):
        wanted = net.loss(X)
    np.testing.assert_allclose(seeing.vjp(net, X)[0], wanted, rtol=1e-4, atol=1e-4)


def test_images_that_are_wrong_already_or_stay_right():
    net, X, _ = network()
    wrong = (net.predict(X) + 1) % 4
    fooled, size = seeing.fooling_image(net, X, wrong)
    np.testing.assert_array_equal(fooled, X)
    assert size.tolist() == [0, 0]
    fooled, size = seeing.fooling_image(net, X, net.predict(X), most=0.0)
    np.testing.assert_array_equal(fooled, X)
    assert size.tolist() == [np.inf, np.inf]


def test_seeds_repeat(rng):
    net, X, y = network()
    one, again, another = (seeing.smooth_grad(net, X, y, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != another).any()


X, Y = np.zeros((2, 2, 6, 4)), np.array([0, 1])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda net: seeing.vjp("net", X), TypeError, "vjp: net is a str, expected a ConvNet"),
        (
            lambda net: seeing.vjp(ThreeLayerConvNet((2, 6, 4), 1, 3, 2), X),
            TypeError,
            "vjp: net is a ThreeLayerConvNet, expected a ConvNet",
        ),
        (lambda net: seeing.vjp(net, "x"), TypeError, "vjp: x"),
        (lambda net: seeing.vjp(net, X, 1.0), TypeError, "vjp: start is 1.0"),
        (lambda net: seeing.vjp(net, X, -1), ValueError, "vjp: start is -1, expected 0"),
        (lambda net: seeing.vjp(net, X, 2, 1), ValueError, "vjp: stop is 1, expected 2"),
        (lambda net: seeing.vjp(net, X, 0, 99), ValueError, "vjp: stop is 99, but net has 7"),
        (lambda net: seeing.vjp(net, X, 99), ValueError, "vjp: start is 99, but net has 7"),
        (lambda net: seeing.class_gradient(net, [1], Y), TypeError, "class_gradient: X is a list"),
        (lambda net: seeing.class_gradient(net, X, [1]), TypeError, "class_gradient: y is a list"),
        (lambda net: seeing.saliency_map(net, X[0], Y), ValueError, "saliency_map: X has shape"),
        (lambda net: seeing.saliency_map(net, X, Y[:1]), ValueError, "saliency_map: X has shape"),
        (lambda net: seeing.saliency_map(net, X, 1.0 * Y), TypeError, "saliency_map: y has dtype"),
        (
            lambda net: seeing.saliency_map(net, X, Y + 3),
            ValueError,
            ".*a class 4, expected 0",
        ),
        (lambda net: seeing.saliency_map(net, X, Y - 1), ValueError, "saliency_map: y has a label"),
        (lambda net: seeing.smooth_grad(net, X, Y, draws=0), ValueError, "smooth_grad: draws is 0"),
        (lambda net: seeing.smooth_grad(net, X, Y, -1.0), ValueError, "smooth_grad: noise is -1"),
        (lambda net: seeing.smooth_grad(net, X, Y, seed=-1), ValueError, "smooth_grad: seed is -1"),
        (lambda net: seeing.grad_cam(net, X, Y, 99), ValueError, "grad_cam: layer is 99"),
        (lambda net: seeing.grad_cam(net, X, Y, 5), ValueError, r"grad_cam: layer 5 \(average\)"),
        (lambda net: seeing.grad_cam(net, X, Y, 1.0), TypeError, "grad_cam: layer is 1.0"),
        (lambda net: seeing.occlusion_map(net, X, Y, 5), ValueError, "occlusion_map: size is 5"),
        (
            lambda net: seeing.occlusion_map(net, X, Y, 3, value=np.zeros((3, 6, 4))),
            ValueError,
            "occlusion_map: value has shape",
        ),
        (
            lambda net: seeing.class_visualization(net, Y, reg=np.inf),
            ValueError,
            "class_visualization: reg is inf",
        ),
        (
            lambda net: seeing.class_visualization(net, Y[:0]),
            ValueError,
            "class_visualization: y has shape",
        ),
        (
            lambda net: seeing.class_visualization(net, 1.5 * Y),
            TypeError,
            "class_visualization: y has dtype",
        ),
        (
            lambda net: seeing.class_visualization(net, Y - 1),
            ValueError,
            "class_visualization: y has a class -1",
        ),
        (lambda net: seeing.fooling_image(net, X, Y, -1.0), ValueError, "fooling_image: step is"),
        (
            lambda net: seeing.feature_inversion(net, np.zeros((1, 3, 2, 2)), 0),
            ValueError,
            r"feature_inversion: features has shape \(1, 3, 2, 2\), expected \(N, 3, 6, 4\)",
        ),
        (
            lambda net: seeing.feature_inversion(net, np.zeros((1, 3, 6, 4)), 0, steps=0),
            ValueError,
            "feature_inversion: steps is 0",
        ),
    ],
)
def test_what_cannot_work_is_refused_in_words(call, error, message):
    net, _, _ = network()
    with pytest.raises(error, match=f"^{message}"):
        call(net)
