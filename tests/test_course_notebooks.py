# ruff: noqa: NPY002  (the notebooks draw from the global state)
"""What the course's notebooks on layers do, with their import root replaced by nndl."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from nndl.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array


@pytest.fixture(autouse=True)
def _seeded():
    """The notebooks draw from NumPy's global state; here it has a seed, and is put back."""
    state = np.random.get_state()
    np.random.seed(231)
    yield
    np.random.set_state(state)


@pytest.fixture
def names():
    """What a notebook has after its first cell."""
    found = {}
    for module in (
        "layers",
        "conv_layers",
        "fast_layers",
        "layer_utils",
        "conv_layer_utils",
        "fc_net",
        "cnn",
        "solver",
        "optim",
    ):
        exec(f"from nndl.{module} import *", found)
    return found


def rel_error(x, y):
    """As every notebook of the course defines it."""
    return np.max(np.abs(x - y) / (np.maximum(1e-8, np.abs(x) + np.abs(y))))


def errors(f, inputs, grads, dout):
    """The relative errors that a notebook prints, one for each input."""
    measured = (eval_numerical_gradient_array(lambda _: f()[0], z, dout) for z in inputs)
    return [rel_error(number, grad) for number, grad in zip(measured, grads, strict=True)]


def test_fc_nets(names):
    x, w = np.linspace(-0.1, 0.5, num=2 * 120).reshape(2, 4, 5, 6), np.linspace(-0.2, 0.3, num=360)
    out, _ = names["affine_forward"](x, w.reshape(120, 3), np.linspace(-0.3, 0.1, num=3))
    correct = [[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]]
    assert rel_error(out, correct) < 1e-8

    x, w, b = np.random.randn(10, 2, 3), np.random.randn(6, 5), np.random.randn(5)
    dout = np.random.randn(10, 5)
    _, cache = names["affine_forward"](x, w, b)
    grads = names["affine_backward"](dout, cache)
    assert max(errors(lambda: names["affine_forward"](x, w, b), (x, w, b), grads, dout)) < 1e-7

    x, dout = np.random.randn(10, 10), np.random.randn(10, 10)
    _, cache = names["relu_forward"](x)
    dx = names["relu_backward"](dout, cache)
    assert errors(lambda: names["relu_forward"](x), [x], [dx], dout)[0] < 1e-9

    x, w, b = np.random.randn(2, 3, 4), np.random.randn(12, 10), np.random.randn(10)
    dout = np.random.randn(2, 10)
    _, cache = names["affine_relu_forward"](x, w, b)
    grads = names["affine_relu_backward"](dout, cache)
    assert max(errors(lambda: names["affine_relu_forward"](x, w, b), (x, w, b), grads, dout)) < 1e-7

    x, y = 0.001 * np.random.randn(50, 10), np.random.randint(10, size=50)
    for loss_function, first in (("svm_loss", 9.0), ("softmax_loss", 2.3026)):
        loss, dx = names[loss_function](x, y)
        number = eval_numerical_gradient(
            lambda x, f=loss_function: names[f](x, y)[0], x, verbose=False
        )
        assert abs(loss - first) < 0.01
        assert rel_error(number, dx) < 1e-6

    N, D, H1, H2, C = 2, 15, 20, 30, 10
    X, y = np.random.randn(N, D), np.random.randint(C, size=(N,))
    for reg in (0, 3.14):
        model = names["FullyConnectedNet"](
            [H1, H2],
            input_dim=D,
            num_classes=C,
            reg=reg,
            weight_scale=5e-2,
            dtype=np.float64,
            seed=1,
        )
        check_model(model, X, y, 1e-4)


def check_model(model, X, y, bound):
    """Every gradient of a model, as the notebooks check it."""
    _, grads = model.loss(X, y)
    for name in sorted(grads):
        number = eval_numerical_gradient(
            lambda _: model.loss(X, y)[0], model.params[name], verbose=False, h=1e-5
        )
        assert rel_error(number, grads[name]) < bound, name


def test_batch_normalization(names):
    N, D1, D2, D3 = 200, 50, 60, 3
    X, W1, W2 = np.random.randn(N, D1), np.random.randn(D1, D2), np.random.randn(D2, D3)
    a = np.maximum(0, X.dot(W1)).dot(W2)
    forward, backward = names["batchnorm_forward"], names["batchnorm_backward"]
    out, _ = forward(a, np.ones(D3), np.zeros(D3), {"mode": "train"})
    assert np.abs(out.mean(axis=0)).max() < 1e-12
    assert np.abs(out.std(axis=0) - 1).max() < 1e-6
    gamma, beta = np.asarray([1.0, 2.0, 3.0]), np.asarray([11.0, 12.0, 13.0])
    out, _ = forward(a, gamma, beta, {"mode": "train"})
    assert np.abs(out.mean(axis=0) - beta).max() < 1e-10
    assert np.abs(out.std(axis=0) - gamma).max() < 1e-6

    bn_param = {"mode": "train"}
    for _ in range(50):
        a = np.maximum(0, np.random.randn(N, D1).dot(W1)).dot(W2)
        forward(a, np.ones(D3), np.zeros(D3), bn_param)
    bn_param["mode"] = "test"
    out, _ = forward(a, np.ones(D3), np.zeros(D3), bn_param)
    assert np.abs(out.mean(axis=0)).max() < 0.3
    assert np.abs(out.std(axis=0) - 1).max() < 0.2

    x, dout = 5 * np.random.randn(4, 5) + 12, np.random.randn(4, 5)
    gamma, beta, bn_param = np.random.randn(5), np.random.randn(5), {"mode": "train"}
    _, cache = forward(x, gamma, beta, bn_param)
    grads = backward(dout, cache)
    assert (
        max(errors(lambda: forward(x, gamma, beta, bn_param), (x, gamma, beta), grads, dout)) < 1e-6
    )

    model = names["FullyConnectedNet"](
        [20, 30], input_dim=15, num_classes=10, use_batchnorm=True, weight_scale=5e-2,
        dtype=np.float64, seed=1,
    )  # fmt: skip
    X, y = np.random.randn(2, 15), np.random.randint(10, size=(2,))
    _, grads = model.loss(X, y)
    number = eval_numerical_gradient(
        lambda _: model.loss(X, y)[0], model.params["W3"], verbose=False
    )
    assert rel_error(number, grads["W3"]) < 1e-7


def test_dropout(names):
    forward, backward = names["dropout_forward"], names["dropout_backward"]
    x = np.random.randn(500, 500) + 10
    for p, zeros in ((0.3, 0.70), (0.6, 0.40), (0.75, 0.25)):
        out, _ = forward(x, {"mode": "train", "p": p})
        out_test, _ = forward(x, {"mode": "test", "p": p})
        assert abs((out == 0).mean() - zeros) < 0.01
        assert abs(out.mean() - 10) < 0.15
        assert (out_test == 0).mean() == 0
    x, dout = np.random.randn(10, 10) + 10, np.random.randn(10, 10)
    param = {"mode": "train", "p": 0.8, "seed": 123}
    _, cache = forward(x, param)
    assert errors(lambda: forward(x, param), [x], [backward(dout, cache)], dout)[0] < 1e-8

    X, y = np.random.randn(2, 15), np.random.randint(10, size=(2,))
    for dropout in (0.5, 0.75, 1.0):
        model = names["FullyConnectedNet"](
            [20, 30], input_dim=15, num_classes=10, dropout=dropout, weight_scale=5e-2,
            dtype=np.float64, seed=123,
        )  # fmt: skip
        check_model(model, X, y, 1e-3)


def test_cnn_layers(names):
    x, w, b = np.random.randn(4, 3, 5, 5), np.random.randn(2, 3, 3, 3), np.random.randn(2)
    dout, conv_param = np.random.randn(4, 2, 5, 5), {"stride": 1, "pad": 1}
    forward, backward = names["conv_forward_naive"], names["conv_backward_naive"]
    _, cache = forward(x, w, b, conv_param)
    grads = backward(dout, cache)
    assert max(errors(lambda: forward(x, w, b, conv_param), (x, w, b), grads, dout)) < 1e-7

    x = np.linspace(-0.3, 0.4, num=96).reshape(2, 3, 4, 4)
    pool_param = {"pool_width": 2, "pool_height": 2, "stride": 2}
    out, _ = names["max_pool_forward_naive"](x, pool_param)
    assert out[0, 0, 0, 0] == pytest.approx(-0.26315789, abs=1e-8)
    assert out[1, 2, 1, 1] == pytest.approx(0.4, abs=1e-8)
    x, dout = np.random.randn(3, 2, 8, 8), np.random.randn(3, 2, 4, 4)
    _, cache = names["max_pool_forward_naive"](x, pool_param)
    dx = names["max_pool_backward_naive"](dout, cache)
    f = lambda: names["max_pool_forward_naive"](x, pool_param)  # noqa: E731
    assert errors(f, [x], [dx], dout)[0] < 1e-9

    x, w, b = np.random.randn(10, 3, 31, 31), np.random.randn(25, 3, 3, 3), np.random.randn(25)
    dout, conv_param = np.random.randn(10, 25, 16, 16), {"stride": 2, "pad": 1}
    out_naive, cache_naive = forward(x, w, b, conv_param)
    out_fast, cache_fast = names["conv_forward_fast"](x, w, b, conv_param)
    assert np.abs(out_naive - out_fast).max() < 1e-10
    for one, other in zip(
        backward(dout, cache_naive), names["conv_backward_fast"](dout, cache_fast), strict=True
    ):
        assert np.abs(one - other).max() < 1e-9

    x, dout = np.random.randn(10, 3, 32, 32), np.random.randn(10, 3, 16, 16)
    out_naive, cache_naive = names["max_pool_forward_naive"](x, pool_param)
    out_fast, cache_fast = names["max_pool_forward_fast"](x, pool_param)
    np.testing.assert_array_equal(out_naive, out_fast)
    np.testing.assert_array_equal(
        names["max_pool_backward_naive"](dout, cache_naive),
        names["max_pool_backward_fast"](dout, cache_fast),
    )

    conv_param = {"stride": 1, "pad": 1}
    x, w, b = np.random.randn(2, 3, 16, 16), np.random.randn(3, 3, 3, 3), np.random.randn(3)
    dout = np.random.randn(2, 3, 8, 8)
    _, cache = names["conv_relu_pool_forward"](x, w, b, conv_param, pool_param)
    grads = names["conv_relu_pool_backward"](dout, cache)
    f = lambda: names["conv_relu_pool_forward"](x, w, b, conv_param, pool_param)  # noqa: E731
    assert max(errors(f, (x, w, b), grads, dout)) < 1e-5
    x, dout = np.random.randn(2, 3, 8, 8), np.random.randn(2, 3, 8, 8)
    _, cache = names["conv_relu_forward"](x, w, b, conv_param)
    grads = names["conv_relu_backward"](dout, cache)
    f = lambda: names["conv_relu_forward"](x, w, b, conv_param)  # noqa: E731
    assert max(errors(f, (x, w, b), grads, dout)) < 1e-5


def test_cnn_batchnorm(names):
    forward, backward = names["spatial_batchnorm_forward"], names["spatial_batchnorm_backward"]
    x = 4 * np.random.randn(2, 3, 4, 5) + 10
    out, _ = forward(x, np.ones(3), np.zeros(3), {"mode": "train"})
    assert out.shape == x.shape
    assert np.abs(out.mean(axis=(0, 2, 3))).max() < 1e-12
    assert np.abs(out.std(axis=(0, 2, 3)) - 1).max() < 1e-5
    gamma, beta = np.asarray([3, 4, 5]), np.asarray([6, 7, 8])
    out, _ = forward(x, gamma, beta, {"mode": "train"})
    assert np.abs(out.mean(axis=(0, 2, 3)) - beta).max() < 1e-10
    assert np.abs(out.std(axis=(0, 2, 3)) - gamma).max() < 1e-4

    x, dout = 5 * np.random.randn(2, 3, 4, 5) + 12, np.random.randn(2, 3, 4, 5)
    gamma, beta, bn_param = np.random.randn(3), np.random.randn(3), {"mode": "train"}
    _, cache = forward(x, gamma, beta, bn_param)
    grads = backward(dout, cache)
    f = lambda: forward(x, gamma, beta, bn_param)  # noqa: E731
    assert max(errors(f, (x, gamma, beta), grads, dout)) < 1e-5


def test_optimization(names):
    N, D = 4, 5
    near, square = (lambda *ends: np.linspace(*ends, num=N * D).reshape(N, D)), (N, D)
    for rule, ends in (
        ("sgd_momentum", (0.1406, 1.4096)),
        ("sgd_nesterov_momentum", (0.08714, 1.32824)),
    ):
        w, dw, v = near(-0.4, 0.6), near(-0.6, 0.4), near(0.6, 0.9)
        config = {"learning_rate": 1e-3, "velocity": v}
        next_w, _ = names[rule](w, dw, config=config)
        assert rel_error(next_w, near(*ends)) < 1e-8
        assert rel_error(config["velocity"], near(0.5406, 0.8096)) < 1e-8

    w, dw, a = near(-0.4, 0.6), near(-0.6, 0.4), near(0.6, 0.9)
    config = {"learning_rate": 1e-2, "a": a}
    next_w, _ = names["rmsprop"](w, dw, config=config)
    expected_next_w = [
        *[-0.39223849, -0.34037513, -0.28849239, -0.23659121, -0.18467247],
        *[-0.132737, -0.08078555, -0.02881884, 0.02316247, 0.07515774],
        *[0.12716641, 0.17918792, 0.23122175, 0.28326742, 0.33532447],
        *[0.38739248, 0.43947102, 0.49155973, 0.54365823, 0.59576619],
    ]
    expected_a = [
        *[0.5976, 0.6126277, 0.6277108, 0.64284931, 0.65804321],
        *[0.67329252, 0.68859723, 0.70395734, 0.71937285, 0.73484377],
        *[0.75037008, 0.7659518, 0.78158892, 0.79728144, 0.81302936],
        *[0.82883269, 0.84469141, 0.86060554, 0.87657507, 0.8926],
    ]
    assert rel_error(next_w, np.reshape(expected_next_w, square)) < 1e-6
    assert rel_error(config["a"], np.reshape(expected_a, square)) < 1e-7

    w, dw, v, a = near(-0.4, 0.6), near(-0.6, 0.4), near(0.6, 0.9), near(0.7, 0.5)
    config = {"learning_rate": 1e-2, "v": v, "a": a, "t": 5}
    next_w, _ = names["adam"](w, dw, config=config)
    expected_next_w = [
        *[-0.40094747, -0.34836187, -0.29577703, -0.24319299, -0.19060977],
        *[-0.1380274, -0.08544591, -0.03286534, 0.01971428, 0.0722929],
        *[0.1248705, 0.17744702, 0.23002243, 0.28259667, 0.33516969],
        *[0.38774145, 0.44031188, 0.49288093, 0.54544852, 0.59801459],
    ]
    expected_a = [
        *[0.69966, 0.68908382, 0.67851319, 0.66794809, 0.65738853],
        *[0.64683452, 0.63628604, 0.6257431, 0.61520571, 0.60467385],
        *[0.59414753, 0.58362676, 0.57311152, 0.56260183, 0.55209767],
        *[0.54159906, 0.53110598, 0.52061845, 0.51013645, 0.49966],
    ]
    assert rel_error(next_w, np.reshape(expected_next_w, square)) < 1e-6
    assert rel_error(config["a"], np.reshape(expected_a, square)) < 1e-7
    assert rel_error(config["v"], near(0.48, 0.85)) < 1e-7
    assert config["t"] == 6


def test_the_tests_that_notebooks_call_by_name(capsys):
    from nndl import layer_tests

    expected = {
        "affine_forward_test": 1e-8,
        "affine_backward_test": 1e-8,
        "relu_forward_test": 1e-7,
        "relu_backward_test": 1e-10,
        "affine_relu_test": 1e-7,
        "fc_net_test": 1e-6,
    }
    for name, largest in expected.items():
        found = getattr(layer_tests, name)()
        printed = capsys.readouterr().out
        assert len(printed.splitlines()) == 1 + len(found)
        assert 0 < max(found.values()) < largest, name


@pytest.fixture
def data():
    """Pictures as those of ``get_CIFAR10_data``, in shape and size: ten blurs, and noise."""
    rng = np.random.default_rng(231)
    blurs = rng.normal(scale=12, size=(10, 3, 8, 8)).repeat(4, axis=2).repeat(4, axis=3)
    found = {}
    for part, count in (("train", 400), ("val", 100), ("test", 100)):
        y = rng.integers(10, size=count)
        found[f"X_{part}"] = blurs[y] + rng.normal(scale=60, size=(count, 3, 32, 32))
        found[f"y_{part}"] = y
    with threadpool_limits(1):  # matrices so small that BLAS's threads would mostly wait
        yield found


def test_the_solver_of_fc_nets(names, data):
    """A two-layer net, and a deep one that learns fifty pictures by heart."""
    model = names["TwoLayerNet"](hidden_dims=100, reg=1e-3, seed=0)
    solver = names["Solver"](
        model, data, update_rule="sgd", optim_config={"learning_rate": 1e-3}, lr_decay=0.95,
        num_epochs=10, batch_size=100, print_every=100,
    )  # fmt: skip
    solver.train()
    assert len(solver.loss_history) == 40
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 11
    predicted = np.argmax(model.loss(data["X_val"]), axis=1)
    assert (predicted == data["y_val"]).mean() == solver.best_val_acc > 0.3

    small = {"X_train": data["X_train"][:50], "y_train": data["y_train"][:50]}
    small |= {"X_val": data["X_val"], "y_val": data["y_val"]}
    model = names["FullyConnectedNet"]([100, 100], weight_scale=1e-2, dtype=np.float64, seed=0)
    solver = names["Solver"](
        model, small, print_every=10, num_epochs=20, batch_size=25, update_rule="sgd",
        optim_config={"learning_rate": 3e-3},
    )  # fmt: skip
    solver.train()
    assert max(solver.train_acc_history) == 1.0


def test_the_solver_of_optimization(names, data):
    """Six layers with each rule: momentum is ahead of sgd, and all of them of chance."""
    rates = {"sgd": 1e-2, "sgd_momentum": 1e-2, "sgd_nesterov_momentum": 1e-2}
    rates |= {"rmsprop": 2e-4, "adam": 1e-3}
    solvers = {}
    for update_rule, learning_rate in rates.items():
        model = names["FullyConnectedNet"]([100] * 5, weight_scale=5e-2, seed=0)
        solvers[update_rule] = names["Solver"](
            model, data, num_epochs=5, batch_size=100, update_rule=update_rule,
            optim_config={"learning_rate": learning_rate}, verbose=False,
        )  # fmt: skip
        solvers[update_rule].train()
    final = {rule: np.mean(solver.loss_history[-5:]) for rule, solver in solvers.items()}
    assert final["sgd_momentum"] < final["sgd"]
    assert final["sgd_nesterov_momentum"] < final["sgd"]
    assert max(final.values()) < 2.3


def test_the_solver_of_batch_normalization(names, data):
    """A deep net learns faster with batch norm, and at every scale of its weights."""
    curves = {}
    for use_batchnorm in (True, False):
        model = names["FullyConnectedNet"](
            [100] * 5, weight_scale=2e-2, use_batchnorm=use_batchnorm, seed=0
        )
        solver = names["Solver"](
            model, data, num_epochs=5, batch_size=50, update_rule="adam",
            optim_config={"learning_rate": 1e-3}, verbose="lines", print_every=200,
        )  # fmt: skip
        solver.train()
        curves[use_batchnorm] = solver.train_acc_history
    assert curves[True][3] > curves[False][3]

    best = []
    for weight_scale in np.logspace(-4, 0, num=3):
        model = names["FullyConnectedNet"](
            [50] * 7, weight_scale=weight_scale, use_batchnorm=True, seed=0
        )
        solver = names["Solver"](
            model, data, num_epochs=5, batch_size=50, update_rule="adam",
            optim_config={"learning_rate": 1e-3}, verbose=False, print_every=200,
        )  # fmt: skip
        solver.train()
        best.append(max(solver.train_acc_history))
    assert min(best[:-1]) > 0.4
    assert best[-1] > 0.15  # weights of size 1 are slow to turn, with batch norm or without


def test_the_solver_of_dropout(names, data):
    """With dropout, the training data is not learned by heart as quickly."""
    final = {}
    for dropout in (0.6, 1):
        model = names["FullyConnectedNet"]([100, 100, 100], dropout=dropout, seed=0)
        solver = names["Solver"](
            model, data, num_epochs=6, batch_size=100, update_rule="adam",
            optim_config={"learning_rate": 5e-4}, verbose=True, print_every=100,
        )  # fmt: skip
        solver.train()
        final[dropout] = solver.train_acc_history
    assert final[0.6][5] < final[1][5]


def test_cnn(names):
    """The gradient check as the course makes it, with its tolerance; and the first loss."""
    num_inputs, input_dim, num_classes = 2, (3, 16, 16), 10
    X, y = np.random.randn(num_inputs, *input_dim), np.random.randint(num_classes, size=num_inputs)
    model = names["ThreeLayerConvNet"](
        num_filters=3, filter_size=3, input_dim=input_dim, hidden_dim=7, dtype=np.float64, seed=1
    )
    loss, grads = model.loss(X, y)
    assert abs(loss - np.log(10)) < 1e-3
    for name in sorted(grads):
        number = eval_numerical_gradient(
            lambda _: model.loss(X, y)[0], model.params[name], verbose=False, h=1e-6
        )
        assert rel_error(number, grads[name]) < (2e-1 if name in ("W1", "W2") else 1e-2), name
    model.reg = 0.5
    assert model.loss(X, y)[0] > loss


def test_the_solver_of_cnn(names, data):
    """A few pictures by heart, and an epoch, with the course's settings; then the filters."""
    from nndl.vis_utils import visualize_grid

    small = {name: data[name][:50] for name in ("X_train", "y_train")}
    small |= {name: data[name] for name in ("X_val", "y_val")}
    model = names["ThreeLayerConvNet"](weight_scale=1e-2, seed=0)
    solver = names["Solver"](
        model, small, num_epochs=10, batch_size=25, update_rule="adam",
        optim_config={"learning_rate": 1e-3}, verbose=True, print_every=1,
    )  # fmt: skip
    solver.train()
    assert solver.train_acc_history[-1] > 0.9

    model = names["ThreeLayerConvNet"](weight_scale=0.001, hidden_dim=500, reg=0.001, seed=0)
    solver = names["Solver"](
        model, data, num_epochs=1, batch_size=50, update_rule="adam",
        optim_config={"learning_rate": 1e-3}, verbose="lines", print_every=20,
    )  # fmt: skip
    solver.train()
    assert len(solver.loss_history) == 8
    grid = visualize_grid(model.params["W1"].transpose(0, 2, 3, 1))
    assert grid.shape == (6 * 7 + 5, 6 * 7 + 5, 3)
    assert np.isfinite(grid).all()
