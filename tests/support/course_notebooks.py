"""The courses' notebooks, made again: lists of cells that run one after the other in one namespace.

A notebook has its own imports and nothing else. They are those of the course with the root
renamed, ``utils`` and ``cs231n`` to ``nndl``; what stands in its cells are the course's calls, with
the integers where it has integers. A cell asserts what the course expects of it.
"""

SETUP = """
import time
import numpy as np
import matplotlib.pyplot as plt
from nndl.data_utils import get_CIFAR10_data
from nndl.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array
from nndl.solver import Solver

plt.rcParams['figure.figsize'] = (10.0, 8.0)

def rel_error(x, y):
    return np.max(np.abs(x - y) / (np.maximum(1e-8, np.abs(x) + np.abs(y))))
"""
DATA = """
data = get_CIFAR10_data()
for k in data.keys():
    print('{}: {} '.format(k, data[k].shape))
"""


def starting_with(*imports):
    """The first two cells of a notebook, after its own imports."""
    return ["\n".join(imports) + SETUP, DATA]


def gradient_cell(name, arguments, dout, bound=1e-6, more="", backward=None):
    """A cell that checks the gradients of ``name_forward``, as all of the notebooks do."""
    names = [word.strip() for word in arguments.split(",")]
    lines = [
        f"dout = np.random.randn({dout})",
        f"call = lambda: {name}_forward({arguments}{more})[0]",
        f"_, cache = {name}_forward({arguments}{more})",
        f"grads = {backward or name + '_backward'}(dout, cache)",
        "grads = grads if isinstance(grads, tuple) else (grads,)",
        f"for argument, grad in zip(({arguments},), grads):",
        "    number = eval_numerical_gradient_array(lambda _: call(), argument, dout)",
        f"    assert rel_error(number, grad) < {bound}",
        f"assert len(grads) == {len(names)}",
    ]
    return "\n".join(lines) + "\n"


AFFINE_AND_RELU = [
    """
num_inputs = 2
input_shape = (4, 5, 6)
output_dim = 3
input_size = num_inputs * np.prod(input_shape)
weight_size = output_dim * np.prod(input_shape)
x = np.linspace(-0.1, 0.5, num=input_size).reshape(num_inputs, *input_shape)
w = np.linspace(-0.2, 0.3, num=weight_size).reshape(np.prod(input_shape), output_dim)
b = np.linspace(-0.3, 0.1, num=output_dim)
out, _ = affine_forward(x, w, b)
correct_out = np.array([[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]])
assert rel_error(out, correct_out) < 1e-8
""",
    "x, w, b = np.random.randn(10, 2, 3), np.random.randn(6, 5), np.random.randn(5)\n"
    + gradient_cell("affine", "x, w, b", "10, 5"),
    """
x = np.linspace(-0.5, 0.5, num=12).reshape(3, 4)
out, _ = relu_forward(x)
assert out[0].max() == 0 and abs(out[2, 3] - 0.5) < 1e-12
""",
    "x = np.random.randn(10, 10)\n" + gradient_cell("relu", "x", "*x.shape"),
    "from nndl.layer_utils import affine_relu_forward, affine_relu_backward\n"
    "x, w, b = np.random.randn(2, 3, 4), np.random.randn(12, 10), np.random.randn(10)\n"
    + gradient_cell("affine_relu", "x, w, b", "2, 10"),
    """
num_classes, num_inputs = 10, 50
x = 0.001 * np.random.randn(num_inputs, num_classes)
y = np.random.randint(num_classes, size=num_inputs)
for loss_function, expected in ((svm_loss, 9), (softmax_loss, 2.3)):
    number = eval_numerical_gradient(lambda x: loss_function(x, y)[0], x, verbose=False)
    loss, dx = loss_function(x, y)
    assert abs(loss - expected) < 0.01
    assert rel_error(number, dx) < 1e-6
""",
]


def two_layer_cell(hidden):
    """The check of TwoLayerNet; ``hidden`` is the name of its hidden size, which differs."""
    return f"""
N, D, H, C = 3, 5, 50, 7
np.random.seed(231)
X = np.random.randn(N, D)
y = np.random.randint(C, size=N)
std = 1e-2
model = TwoLayerNet(input_dim=D, {hidden}=H, num_classes=C, weight_scale=std)
assert abs(model.params['W1'].std() - std) < std / 10
assert np.all(model.params['b1'] == 0)
assert abs(model.params['W2'].std() - std) < std / 10
model.params['W1'] = np.linspace(-0.7, 0.3, num=D*H).reshape(D, H)
model.params['b1'] = np.linspace(-0.1, 0.9, num=H)
model.params['W2'] = np.linspace(-0.3, 0.4, num=H*C).reshape(H, C)
model.params['b2'] = np.linspace(-0.9, 0.1, num=C)
X = np.linspace(-5.5, 4.5, num=N*D).reshape(D, N).T
assert abs(model.loss(X)[0, 0] - 11.53165108) < 1e-6
y = np.asarray([0, 5, 1])
assert abs(model.loss(X, y)[0] - 3.4702243556) < 1e-10
model.reg = 1.0
assert abs(model.loss(X, y)[0] - 26.5948426952) < 1e-10
for reg in [0.0, 0.7]:
    model.reg = reg
    loss, grads = model.loss(X, y)
    for name in sorted(grads):
        f = lambda _: model.loss(X, y)[0]
        number = eval_numerical_gradient(f, model.params[name], verbose=False)
        assert rel_error(number, grads[name]) < 1e-6
"""


def network_cell(options, bound=1e-4, loop="for reg in [0, 3.14]:", N=2):
    """The check of FullyConnectedNet's gradients, for each value of the loop's variable."""
    return f"""
np.random.seed(231)
N, D, H1, H2, C = {N}, 15, 20, 30, 10
X = np.random.randn(N, D)
y = np.random.randint(C, size=(N,))
{loop}
    model = FullyConnectedNet([H1, H2], input_dim=D, num_classes=C, weight_scale=5e-2,
                              dtype=np.float64, {options})
    loss, grads = model.loss(X, y)
    assert 2.2 < loss < 9
    for name in sorted(grads):
        f = lambda _: model.loss(X, y)[0]
        number = eval_numerical_gradient(f, model.params[name], verbose=False, h=1e-5)
        if name not in unmoved:
            assert rel_error(number, grads[name]) < {bound}, name
"""


def training_cell(model, settings, result="solver"):
    """A cell that makes a model and trains it on the first images."""
    return f"""
num_train = 50
small_data = {{
    'X_train': data['X_train'][:num_train],
    'y_train': data['y_train'][:num_train],
    'X_val': data['X_val'],
    'y_val': data['y_val'],
}}
model = {model}
{result} = Solver(model, small_data, {settings})
{result}.train()
plt.plot({result}.loss_history, 'o')
plt.close()
"""


OVERFIT = [
    training_cell(
        "FullyConnectedNet([100, 100], weight_scale=1e-2, dtype=np.float64)",
        "print_every=10, num_epochs=20, batch_size=25, update_rule='sgd',"
        " optim_config={'learning_rate': 1e-2}",
    ),
    "assert max(solver.train_acc_history) == 1.0, solver.train_acc_history\n",
]

FC_NETS = [
    *starting_with("from nndl.fc_net import *"),
    *AFFINE_AND_RELU,
    two_layer_cell("hidden_dims"),
    """
model = TwoLayerNet(hidden_dims=50, reg=1e-3)
solver = Solver(model, data, update_rule='sgd', optim_config={'learning_rate': 1e-3},
                lr_decay=0.95, num_epochs=2, batch_size=100, print_every=100)
solver.train()
y_val_pred = np.argmax(model.loss(data['X_val']), axis=1)
assert np.mean(y_val_pred == data['y_val']) == solver.best_val_acc
""",
    "unmoved = ()\n" + network_cell("reg=reg"),
    *OVERFIT,
]

OPTIMIZATION = [
    *starting_with("from nndl.fc_net import *"),
    """
from nndl.layer_tests import *
affine_forward_test()
affine_backward_test()
relu_forward_test()
relu_backward_test()
affine_relu_test()
fc_net_test()
""",
    """
from nndl.optim import sgd_momentum, sgd_nesterov_momentum, rmsprop, adam
N, D = 4, 5
span = lambda a, b: np.linspace(a, b, num=N*D).reshape(N, D)
for rule, first, last in ((sgd_momentum, 0.1406, 1.4096),
                          (sgd_nesterov_momentum, 0.08714, 1.32824)):
    w, dw, v = span(-0.4, 0.6), span(-0.6, 0.4), span(0.6, 0.9)
    config = {'learning_rate': 1e-3, 'velocity': v}
    next_w, _ = rule(w, dw, config=config)
    assert rel_error(next_w, span(first, last)) < 1e-7
    assert rel_error(config['velocity'], span(0.5406, 0.80960)) < 1e-7
""",
    """
w, dw, a = span(-0.4, 0.6), span(-0.6, 0.4), span(0.6, 0.9)
config = {'learning_rate': 1e-2, 'a': a}
next_w, _ = rmsprop(w, dw, config=config)
assert rel_error(next_w[0, 0], -0.39223849) < 1e-6
assert rel_error(config['a'][3, 4], 0.8926) < 1e-6
w, dw, v, a = span(-0.4, 0.6), span(-0.6, 0.4), span(0.6, 0.9), span(0.7, 0.5)
config = {'learning_rate': 1e-2, 'v': v, 'a': a, 't': 5}
next_w, _ = adam(w, dw, config=config)
assert rel_error(next_w[0, 0], -0.40094747) < 1e-6
assert rel_error(config['v'], span(0.48, 0.85)) < 1e-7
assert config['t'] == 6
""",
    """
solvers = {}
for update_rule in ['sgd', 'sgd_momentum', 'sgd_nesterov_momentum']:
    model = FullyConnectedNet([30] * 3, weight_scale=5e-2, use_batchnorm=False)
    solver = Solver(model, data, num_epochs=1, batch_size=100, update_rule=update_rule,
                    optim_config={'learning_rate': 1e-2}, verbose=False)
    solvers[update_rule] = solver
    solver.train()
assert all(np.isfinite(solver.loss_history).all() for solver in solvers.values())
""",
]

BN_CELLS = [
    """
np.random.seed(231)
N, D1, D2, D3 = 200, 50, 60, 3
X = np.random.randn(N, D1)
W1 = np.random.randn(D1, D2)
W2 = np.random.randn(D2, D3)
a = np.maximum(0, X.dot(W1)).dot(W2)
a_norm, _ = batchnorm_forward(a, np.ones(D3), np.zeros(D3), {'mode': 'train'})
assert np.abs(a_norm.mean(axis=0)).max() < 1e-12
gamma = np.asarray([1.0, 2.0, 3.0])
beta = np.asarray([11.0, 12.0, 13.0])
a_norm, _ = batchnorm_forward(a, gamma, beta, {'mode': 'train'})
assert np.allclose(a_norm.mean(axis=0), beta) and np.allclose(a_norm.std(axis=0), gamma)
gamma, beta = np.asarray([1, 2, 3]), np.asarray([11, 12, 13])
again, _ = batchnorm_forward(a, gamma, beta, {'mode': 'train'})
assert np.array_equal(again, a_norm)
""",
    """
bn_param = {'mode': 'train'}
gamma, beta = np.ones(D3), np.zeros(D3)
for t in np.arange(50):
    X = np.random.randn(N, D1)
    a = np.maximum(0, X.dot(W1)).dot(W2)
    batchnorm_forward(a, gamma, beta, bn_param)
bn_param['mode'] = 'test'
X = np.random.randn(N, D1)
a_norm, _ = batchnorm_forward(np.maximum(0, X.dot(W1)).dot(W2), gamma, beta, bn_param)
assert np.abs(a_norm.mean(axis=0)).max() < 0.3 and np.abs(a_norm.std(axis=0) - 1).max() < 0.2
""",
    "x, gamma, beta = 5 * np.random.randn(4, 5) + 12, np.random.randn(5), np.random.randn(5)\n"
    + gradient_cell("batchnorm", "x, gamma, beta", "4, 5", more=", {'mode': 'train'}"),
]
BATCH_NORMALIZATION = [
    *starting_with("from nndl.fc_net import *", "from nndl.layers import *"),
    *BN_CELLS,
    "unmoved = ('b1', 'b2')\n" + network_cell("use_batchnorm=True, reg=reg", bound=1e-2),
    """
hidden_dims, weight_scale = [20] * 3, 2e-2
bn_model = FullyConnectedNet(hidden_dims, weight_scale=weight_scale, use_batchnorm=True)
model = FullyConnectedNet(hidden_dims, weight_scale=weight_scale, use_batchnorm=False)
for net in (bn_model, model):
    solver = Solver(net, data, num_epochs=1, batch_size=50, update_rule='adam',
                    optim_config={'learning_rate': 1e-3}, verbose=True, print_every=200)
    solver.train()
    assert np.isfinite(solver.loss_history).all()
""",
]

DROPOUT_CELLS = [
    """
np.random.seed(231)
x = np.random.randn(500, 500) + 10
for p in [0.3, 0.6, 0.75]:
    out, _ = dropout_forward(x, {'mode': 'train', 'p': p})
    out_test, _ = dropout_forward(x, {'mode': 'test', 'p': p})
    assert abs((out == 0).mean() - (1 - p)) < 0.01
    assert abs(out.mean() - 10) < 0.15 and np.array_equal(out_test, x)
""",
    "x = np.random.randn(10, 10) + 10\ndropout_param = {'mode': 'train', 'p': 0.8, 'seed': 123}\n"
    + gradient_cell("dropout", "x", "*x.shape", more=", dropout_param"),
]


def dropout_notebook(imports, name, values):
    """The notebook on dropout; ``name`` of its argument, and the values that mean none last."""
    loop = f"for share in {values}:"
    return [
        *starting_with(*imports),
        *DROPOUT_CELLS,
        "unmoved = ()\n" + network_cell(f"{name}=share, seed=123", loop=loop, bound=1e-3),
        training_cell(
            f"FullyConnectedNet([500], {name}={values[-1]})",
            "num_epochs=2, batch_size=25, update_rule='adam',"
            " optim_config={'learning_rate': 5e-4}, verbose=True, print_every=100",
        ),
    ]


DROPOUT = dropout_notebook(
    ["from nndl.fc_net import *", "from nndl.layers import *"], "dropout", [0.5, 0.75, 1.0]
)
DROPOUT_OF_2018 = dropout_notebook(["from nndl.fc_net import *"], "dropout", [0.25, 0.5, 0])

CONV_CELLS = [
    """
x_shape, w_shape = (2, 3, 4, 4), (3, 3, 4, 4)
x = np.linspace(-0.1, 0.5, num=np.prod(x_shape)).reshape(x_shape)
w = np.linspace(-0.2, 0.3, num=np.prod(w_shape)).reshape(w_shape)
b = np.linspace(-0.1, 0.2, num=3)
conv_param = {'stride': 2, 'pad': 1}
out, _ = conv_forward_naive(x, w, b, conv_param)
assert out.shape == (2, 3, 2, 2)
assert abs(out[0, 0, 0, 0] + 0.08759809) < 1e-8 and abs(out[1, 2, 1, 1] - 2.38247847) < 1e-8
""",
    """
x, w, b = np.random.randn(4, 3, 5, 5), np.random.randn(2, 3, 3, 3), np.random.randn(2,)
filter_size = 3
conv_param = {'stride': 1, 'pad': (filter_size - 1) / 2}
"""
    + gradient_cell("conv", "x, w, b", "4, 2, 5, 5", more=", conv_param")
    .replace("conv_forward", "conv_forward_naive")
    .replace("conv_backward", "conv_backward_naive"),
    """
x = np.linspace(-0.3, 0.4, num=96).reshape(2, 3, 4, 4)
pool_param = {'pool_width': 2, 'pool_height': 2, 'stride': 2}
out, _ = max_pool_forward_naive(x, pool_param)
assert abs(out[0, 0, 0, 0] + 0.26315789) < 1e-8 and abs(out[1, 2, 1, 1] - 0.4) < 1e-8
""",
    "x = np.random.randn(3, 2, 8, 8)\n"
    + gradient_cell("max_pool", "x", "3, 2, 4, 4", more=", pool_param")
    .replace("max_pool_forward", "max_pool_forward_naive")
    .replace("max_pool_backward", "max_pool_backward_naive"),
]
SPEED_CELLS = [
    """
from nndl.fast_layers import conv_forward_fast, conv_backward_fast
from time import time
x, w, b = np.random.randn(100, 3, 31, 31), np.random.randn(25, 3, 3, 3), np.random.randn(25,)
dout = np.random.randn(100, 25, 16, 16)
conv_param = {'stride': 2, 'pad': 1}
t0 = time()
out_naive, cache_naive = conv_forward_naive(x, w, b, conv_param)
t1 = time()
out_fast, cache_fast = conv_forward_fast(x, w, b, conv_param)
t2 = time()
speedup = (t1 - t0) / (t2 - t1)
print('Speedup: %fx' % speedup)
assert rel_error(out_naive, out_fast) < 1e-6
# in place of the naive backward pass, which takes long: a few images of it
dx_fast, dw_fast, db_fast = conv_backward_fast(dout, cache_fast)
dx_naive = conv_backward_naive(dout[:3], (x[:3], w, b, conv_param))[0]
assert rel_error(dx_naive, dx_fast[:3]) < 1e-6
""",
    """
from nndl.fast_layers import max_pool_forward_fast, max_pool_backward_fast
x, dout = np.random.randn(10, 3, 32, 32), np.random.randn(10, 3, 16, 16)
pool_param = {'pool_height': 2, 'pool_width': 2, 'stride': 2}
out_naive, cache_naive = max_pool_forward_naive(x, pool_param)
out_fast, cache_fast = max_pool_forward_fast(x, pool_param)
assert rel_error(out_naive, out_fast) == 0
dx = max_pool_backward_naive(dout, cache_naive)
assert rel_error(dx, max_pool_backward_fast(dout, cache_fast)) == 0
""",
]


def sandwich_cells(module):
    """The cells on sandwiches, which the two courses keep in different modules."""
    names = "conv_relu_pool_forward, conv_relu_pool_backward"
    return [
        f"from nndl.{module} import {names}\n"
        "x, w, b = np.random.randn(2, 3, 16, 16), np.random.randn(3, 3, 3, 3), np.ones(3)\n"
        "conv_param = {'stride': 1, 'pad': 1}\n"
        "pool_param = {'pool_height': 2, 'pool_width': 2, 'stride': 2}\n"
        + gradient_cell(
            "conv_relu_pool", "x, w, b", "2, 3, 8, 8", 1e-4, ", conv_param, pool_param"
        ),
        f"from nndl.{module} import conv_relu_forward, conv_relu_backward\n"
        "x, w, b = np.random.randn(2, 3, 8, 8), np.random.randn(3, 3, 3, 3), np.ones(3)\n"
        "conv_param = {'stride': 1, 'pad': (3 - 1) / 2}\n"
        + gradient_cell("conv_relu", "x, w, b", "2, 3, 8, 8", 1e-4, ", conv_param"),
    ]


SPATIAL_CELLS = [
    """
np.random.seed(231)
N, C, H, W = 2, 3, 4, 5
x = 4 * np.random.randn(N, C, H, W) + 10
gamma, beta = np.ones(C), np.zeros(C)
bn_param = {'mode': 'train'}
out, _ = spatial_batchnorm_forward(x, gamma, beta, bn_param)
assert np.abs(out.mean(axis=(0, 2, 3))).max() < 1e-12
gamma, beta = np.asarray([3, 4, 5]), np.asarray([6, 7, 8])
out, _ = spatial_batchnorm_forward(x, gamma, beta, bn_param)
assert np.allclose(out.mean(axis=(0, 2, 3)), [6, 7, 8])
assert np.allclose(out.std(axis=(0, 2, 3)), [3, 4, 5], rtol=1e-4)
""",
    "N, C, H, W = 2, 3, 4, 5\nx = 5 * np.random.randn(N, C, H, W) + 12\n"
    "gamma, beta, bn_param = np.random.randn(C), np.random.randn(C), {'mode': 'train'}\n"
    + gradient_cell("spatial_batchnorm", "x, gamma, beta", "N, C, H, W", 1e-5, ", bn_param"),
]

CNN_LAYERS = [
    *starting_with("from nndl.conv_layers import *")[:1],
    *CONV_CELLS,
    *SPEED_CELLS,
    *sandwich_cells("conv_layer_utils"),
]
CNN_BATCHNORM = [*starting_with("from nndl.conv_layers import *")[:1], *SPATIAL_CELLS]

CNN_CELLS = [
    """
np.random.seed(231)
num_inputs, input_dim, reg, num_classes = 2, (3, 16, 16), 0.0, 10
X = np.random.randn(num_inputs, *input_dim)
y = np.random.randint(num_classes, size=num_inputs)
model = ThreeLayerConvNet(num_filters=3, filter_size=3, input_dim=input_dim, hidden_dim=7,
                          dtype=np.float64)
loss, grads = model.loss(X, y)
assert abs(loss - np.log(10)) < 1e-3
for name in sorted(grads):
    f = lambda _: model.loss(X, y)[0]
    number = eval_numerical_gradient(f, model.params[name], verbose=False, h=1e-6)
    assert rel_error(number, grads[name]) < (1e-1 if name in ('W1', 'W2') else 1e-2), name
model.reg = 0.5
assert model.loss(X, y)[0] > loss
""",
    training_cell(
        "ThreeLayerConvNet(weight_scale=1e-2)",
        "num_epochs=2, batch_size=25, update_rule='adam',"
        " optim_config={'learning_rate': 1e-3}, verbose=True, print_every=1",
    ),
    """
from nndl.vis_utils import visualize_grid
grid = visualize_grid(model.params['W1'].transpose(0, 2, 3, 1))
plt.imshow(grid.astype('uint8'))
plt.close()
assert grid.shape == (6 * 7 + 5, 6 * 7 + 5, 3)
""",
]
CNN = [
    *starting_with(
        "from nndl.cnn import *",
        "from nndl.layers import *",
        "from nndl.conv_layers import *",
        "from nndl.fast_layers import *",
    ),
    *CNN_CELLS,
]

TWO_LAYER_NN = [
    """
import random
import numpy as np
from nndl.data_utils import load_CIFAR10
import matplotlib.pyplot as plt

def rel_error(x, y):
    return np.max(np.abs(x - y) / (np.maximum(1e-8, np.abs(x) + np.abs(y))))
""",
    "from nndl.neural_net import TwoLayerNet\n",
    """
input_size, hidden_size, num_classes, num_inputs = 4, 10, 3, 5

def init_toy_model():
    np.random.seed(0)
    return TwoLayerNet(input_size, hidden_size, num_classes, std=1e-1)

def init_toy_data():
    np.random.seed(1)
    X = 10 * np.random.randn(num_inputs, input_size)
    return X, np.array([0, 1, 2, 2, 1])

net = init_toy_model()
X, y = init_toy_data()
scores = net.loss(X)
assert np.abs(scores[0] - [-1.07260209, 0.05083871, -0.87253915]).sum() < 1e-7
loss, _ = net.loss(X, y, reg=0.05)
assert abs(loss - 1.071696123862817) < 1e-12
""",
    """
from nndl.gradient_check import eval_numerical_gradient
loss, grads = net.loss(X, y, reg=0.05)
for param_name in grads:
    f = lambda W: net.loss(X, y, reg=0.05)[0]
    number = eval_numerical_gradient(f, net.params[param_name], verbose=False)
    assert rel_error(number, grads[param_name]) < 1e-7
""",
    """
net = init_toy_model()
stats = net.train(X, y, X, y, learning_rate=1e-1, reg=5e-6, num_iters=100, verbose=False)
assert abs(stats['loss_history'][-1] - 0.0145) < 1e-4
plt.plot(stats['loss_history'])
plt.close()
""",
    """
X_train, y_train, X_test, y_test = load_CIFAR10(cifar10_dir)
mask = list(range(200, 300))
X_val, y_val = X_train[mask], y_train[mask]
mask = list(range(200))
X_train, y_train = X_train[mask], y_train[mask]
mean_image = np.mean(X_train, axis=0)
X_train -= mean_image
X_val -= mean_image
X_train, X_val = X_train.reshape(200, -1), X_val.reshape(100, -1)
""",
    """
net = TwoLayerNet(32 * 32 * 3, 50, 10)
stats = net.train(X_train, y_train, X_val, y_val, num_iters=10, batch_size=50,
                  learning_rate=1e-4, learning_rate_decay=0.95, reg=0.25, verbose=True)
val_acc = (net.predict(X_val) == y_val).mean()
assert 0 <= val_acc <= 1 and len(stats['loss_history']) == 10
assert len(stats['train_acc_history']) == len(stats['val_acc_history']) == 3
""",
    """
from nndl.vis_utils import visualize_grid
W1 = net.params['W1'].reshape(50, 32, 32, 3)
plt.imshow(visualize_grid(W1, padding=3).astype('uint8'))
plt.close()
""",
]

# ------------------------------------------------------------------------------------- CS231n

CLASSIFIERS = "from nndl.classifiers.fc_net import *"
FULLY_CONNECTED_NETS = [
    *starting_with(CLASSIFIERS, "from nndl.layers import *"),
    *AFFINE_AND_RELU,
    two_layer_cell("hidden_dim"),
    "unmoved = ()\n" + network_cell("reg=reg"),
    *OVERFIT,
]
BATCH_NORMALIZATION_OF_CS231N = [
    *starting_with(CLASSIFIERS),
    *BN_CELLS,
    """
np.random.seed(231)
N, D = 100, 500
x = 5 * np.random.randn(N, D) + 12
gamma, beta, dout = np.random.randn(D), np.random.randn(D), np.random.randn(N, D)
out, cache = batchnorm_forward(x, gamma, beta, {'mode': 'train'})
for one, other in zip(batchnorm_backward(dout, cache), batchnorm_backward_alt(dout, cache)):
    assert rel_error(one, other) < 1e-7
""",
    "unmoved = ('b1', 'b2')\n" + network_cell("normalization='batchnorm', reg=reg", bound=1e-2),
    """
np.random.seed(231)
N, D1, D2, D3 = 4, 50, 60, 3
X, W1, W2 = np.random.randn(N, D1), np.random.randn(D1, D2), np.random.randn(D2, D3)
a = np.maximum(0, X.dot(W1)).dot(W2)
a_norm, _ = layernorm_forward(a, np.ones(D3), np.zeros(D3), {})
assert np.abs(a_norm.mean(axis=1)).max() < 1e-10
gamma, beta = np.asarray([3.0, 3.0, 3.0]), np.asarray([5.0, 5.0, 5.0])
a_norm, _ = layernorm_forward(a, gamma, beta, {})
assert np.allclose(a_norm.mean(axis=1), 5) and np.allclose(a_norm.std(axis=1), 3)
""",
    "x, gamma, beta = 5 * np.random.randn(4, 5) + 12, np.random.randn(5), np.random.randn(5)\n"
    + gradient_cell("layernorm", "x, gamma, beta", "4, 5", more=", {}"),
    """
for normalization in (None, 'batchnorm', 'layernorm'):
    model = FullyConnectedNet([20] * 3, weight_scale=2e-2, normalization=normalization)
    solver = Solver(model, data, num_epochs=1, batch_size=50, update_rule='adam',
                    optim_config={'learning_rate': 1e-3}, verbose=False)
    solver.train()
    assert np.isfinite(solver.loss_history).all()
""",
]
DROPOUT_OF_CS231N = dropout_notebook([CLASSIFIERS], "dropout_keep_ratio", [0.25, 0.75, 1])
CONVOLUTIONAL_NETWORKS = [
    *starting_with(
        "from nndl.classifiers.cnn import *",
        "from nndl.layers import *",
        "from nndl.fast_layers import *",
    ),
    *CONV_CELLS,
    """
w = np.zeros((2, 3, 3, 3))
w[0, 0, :, :] = [[0, 0, 0], [0, 0.3, 0], [0, 0, 0]]
w[1, 2, :, :] = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]
b = np.array([0, 128])
out, _ = conv_forward_naive(np.random.randn(2, 3, 20, 20), w, b, {'stride': 1, 'pad': 1})
assert out.dtype == np.float64 and 100 < out[:, 1].mean() < 150
""",
    *SPEED_CELLS,
    *sandwich_cells("layer_utils"),
    *CNN_CELLS,
    *SPATIAL_CELLS,
    """
np.random.seed(231)
N, C, H, W = 10, 4, 11, 12
bn_param, gamma, beta = {'mode': 'train'}, np.ones(C), np.zeros(C)
for t in range(50):
    x = 2.3 * np.random.randn(N, C, H, W) + 13
    spatial_batchnorm_forward(x, gamma, beta, bn_param)
bn_param['mode'] = 'test'
a_norm, _ = spatial_batchnorm_forward(x, gamma, beta, bn_param)
assert np.abs(a_norm.mean(axis=(0, 2, 3))).max() < 0.2
""",
    """
np.random.seed(231)
N, C, H, W, G = 2, 6, 4, 5, 2
x = 4 * np.random.randn(N, C, H, W) + 10
gamma, beta = np.ones((1, C, 1, 1)), np.zeros((1, C, 1, 1))
out, _ = spatial_groupnorm_forward(x, gamma, beta, G, {'mode': 'train'})
rows = out.reshape((N * G, -1))
assert np.abs(rows.mean(axis=1)).max() < 1e-10 and np.abs(rows.std(axis=1) - 1).max() < 1e-4
""",
    "x = 5 * np.random.randn(N, C, H, W) + 12\n"
    "gamma, beta = np.random.randn(1, C, 1, 1), np.random.randn(1, C, 1, 1)\n"
    + gradient_cell("spatial_groupnorm", "x, gamma, beta", "N, C, H, W", 1e-5, ", G, {}"),
]

NOTEBOOKS = {
    "two_layer_nn": TWO_LAYER_NN,
    "FC_nets": FC_NETS,
    "Optimization": OPTIMIZATION,
    "Batch-Normalization": BATCH_NORMALIZATION,
    "Dropout": DROPOUT,
    "Dropout, where 0 is none": DROPOUT_OF_2018,
    "CNN-Layers": CNN_LAYERS,
    "CNN-BatchNorm": CNN_BATCHNORM,
    "CNN": CNN,
    "CS231n FullyConnectedNets": FULLY_CONNECTED_NETS,
    "CS231n BatchNormalization": BATCH_NORMALIZATION_OF_CS231N,
    "CS231n Dropout": DROPOUT_OF_CS231N,
    "CS231n ConvolutionalNetworks": CONVOLUTIONAL_NETWORKS,
}
