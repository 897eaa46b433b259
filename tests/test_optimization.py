"""Update rules: what tests/layers/optimization.py does not say of them."""

import copy
import subprocess
import sys
import threading
from decimal import Decimal, localcontext

import numpy as np
import pytest

import nndl.optim
from nndl.checks.optim import check_config
from nndl.fast import optim as fast_optim
from nndl.gradient_check import rel_error
from nndl.internal.update_rules import COUNTERS, SETTINGS, STATES
from tests.layers.optimization import RULES, check_a_rule, check_a_twin, follow, settings_of
from tests.support.strategies import LAYOUTS, with_layout

BOTH = [getattr(nndl.optim, rule) for rule in RULES]
BOTH += [getattr(fast_optim, f"{rule}_fast") for rule in RULES]
both = pytest.mark.parametrize("function", BOTH, ids=lambda function: function.__name__)


def name_of(function):
    return function.__name__.removesuffix("_fast")


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_the_sum_that_its_recurrence_adds_up_to(rule):
    check_a_rule(rule)


@pytest.mark.parametrize("rule", RULES)
def test_the_twin_equals_the_rule_in_every_bit(rule):
    check_a_twin(rule)


# The course's inputs: 4 by 5 numbers, evenly spaced.


def spaced(first, last):
    return np.linspace(first, last, num=20).reshape(4, 5)


def exactly(rule, entry):
    """Row-major entry of the course's test of ``rule``: w and what it keeps, with 40 digits."""

    def space(first, last):
        return Decimal(first) + entry * (Decimal(last) - Decimal(first)) / 19

    w, dw, one = space("-.4", ".6"), space("-.6", ".4"), Decimal(1)
    if rule in ("sgd_momentum", "sgd_nesterov_momentum"):
        old = space(".6", ".9")
        velocity = Decimal("0.9") * old - Decimal("1e-3") * dw
        ahead = Decimal("0.9") * (velocity - old) if "nesterov" in rule else 0
        return {"w": w + velocity + ahead, "velocity": velocity}
    rate, tiny = Decimal("1e-2"), Decimal("1e-8")
    if rule == "rmsprop":
        a = Decimal("0.99") * space(".6", ".9") + Decimal("0.01") * dw**2
        return {"w": w - rate * dw / (a.sqrt() + tiny), "a": a}
    v = Decimal("0.9") * space(".6", ".9") + Decimal("0.1") * dw  # its t is 5, so this is step 6
    a = Decimal("0.999") * space(".7", ".5") + Decimal("0.001") * dw**2
    v_hat, a_hat = v / (one - Decimal("0.9") ** 6), a / (one - Decimal("0.999") ** 6)
    return {"w": w - rate * v_hat / (a_hat.sqrt() + tiny), "v": v, "a": a}


def printed(rule):
    """The course's tables, by name: the exact numbers, rounded to the eight digits it prints."""
    with localcontext() as context:
        context.prec = 40
        entries = [exactly(rule, entry) for entry in range(20)]
        rounded = [{k: float(round(x, 8)) for k, x in numbers.items()} for numbers in entries]
    return {key: np.array([e[key] for e in rounded]).reshape(4, 5) for key in rounded[0]}


COURSE = {
    "sgd_momentum": {"learning_rate": 1e-3, "velocity": (0.6, 0.9)},
    "sgd_nesterov_momentum": {"learning_rate": 1e-3, "velocity": (0.6, 0.9)},
    "rmsprop": {"learning_rate": 1e-2, "a": (0.6, 0.9)},
    "adam": {"learning_rate": 1e-2, "v": (0.6, 0.9), "a": (0.7, 0.5), "t": 5},
}
PUBLISHED = {  # what public runs print, for the difference from the eight printed digits
    "sgd_momentum": {"w": "8.88e-09", "velocity": "4.27e-09"},
    "sgd_nesterov_momentum": {"w": "1.09e-08", "velocity": "4.27e-09"},
    "rmsprop": {"w": "9.52e-08", "a": "2.65e-09"},
    "adam": {"w": "1.14e-07", "a": "4.21e-09", "v": "4.21e-09"},
}


@pytest.mark.parametrize("rule", COURSE)
@pytest.mark.parametrize("suffix", ["", "_fast"])
def test_the_published_errors_to_their_last_digit(rule, suffix):
    function = getattr(fast_optim if suffix else nndl.optim, rule + suffix)
    config = {k: spaced(*x) if isinstance(x, tuple) else x for k, x in COURSE[rule].items()}
    w, config = function(spaced(-0.4, 0.6), spaced(-0.6, 0.4), config)
    ours = {"w": w} | config
    tables = printed(rule)
    errors = {k: f"{rel_error(ours[k], tables[k]):.2e}" for k in PUBLISHED[rule]}
    assert errors == PUBLISHED[rule]


def test_published_corners():
    """Numbers that stand in the course's tables, not computed here."""
    tables = {rule: printed(rule)["w"] for rule in COURSE}
    corners = {rule: (table[0, 0], table[-1, -1]) for rule, table in tables.items()}
    assert corners["sgd_momentum"] == (0.1406, 1.4096)
    assert corners["sgd_nesterov_momentum"] == (0.08714, 1.32824)
    assert corners["rmsprop"][0] == -0.39223849
    assert corners["adam"][0] == -0.40094747


def in_torch(torch, rule, parameter, rate):
    """PyTorch's optimizer for a rule. All five conventions agree while the rate is constant:

    its momentum buffer b sums gradients without the rate, b = m b + dw, and w -= rate b, so
    v = -rate b. Its Nesterov step, -rate (dw + m b), is v' + m (v' - v), because m v' - rate dw
    equals (1 + m) v' - m v when v' = m v - rate dw. RMSprop and Adam add epsilon to the root.
    """
    optim = torch.optim
    if rule == "rmsprop":
        return optim.RMSprop([parameter], lr=rate, alpha=0.95, eps=1e-6)
    if rule == "adam":
        return optim.Adam([parameter], lr=rate, betas=(0.8, 0.99), eps=1e-6)
    momentum = 0.0 if rule == "sgd" else 0.8
    return optim.SGD([parameter], lr=rate, momentum=momentum, nesterov="nesterov" in rule)


@both
def test_twenty_steps_beside_pytorch(function, torch, rng):
    """Least squares: each side computes its own gradients, so that errors would add up."""
    X, y, w = rng.normal(size=(30, 6)), rng.normal(size=(30, 2)), rng.normal(size=(6, 2))
    theirs = torch.tensor(w, requires_grad=True)
    rule = name_of(function)
    optimizer = in_torch(torch, rule, theirs, 0.05)
    chosen = {"learning_rate": 0.05, "momentum": 0.8, "decay_rate": 0.95, "epsilon": 1e-6}
    chosen |= {"beta1": 0.8, "beta2": 0.99}
    config, start = {key: chosen[key] for key in SETTINGS[rule]}, w.copy()
    for _ in range(20):
        optimizer.zero_grad()
        loss = ((torch.tensor(X) @ theirs - torch.tensor(y)) ** 2).mean()
        loss.backward()
        optimizer.step()
        w, config = function(w, 2 * X.T @ (X @ w - y) / y.size, config)
        np.testing.assert_allclose(w, theirs.detach().numpy(), rtol=0, atol=1e-10)
    assert np.abs(w - start).max() > 0.1


@both
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_everything_takes_the_dtype_of_w(function, dtype, rng):
    """Also where numbers are NumPy's doubles, and the gradient or the states are wider."""
    rule, w = name_of(function), rng.normal(size=(3, 4)).astype(dtype)
    config = {key: np.float64(value) for key, value in SETTINGS[rule].items()}
    config |= {key: rng.random((3, 4)) for key in STATES[rule]}
    for _ in range(3):
        next_w, config = function(w, rng.normal(size=(3, 4)), config)
        assert next_w is w
        assert w.dtype == dtype
        assert {config[key].dtype for key in STATES[rule]} <= {np.dtype(dtype)}
        assert {type(config[key]) for key in SETTINGS[rule]} == {float}


@both
def test_float32_stays_close_to_float64(function, rng):
    start, grads = rng.normal(size=(8, 9)), rng.normal(size=(30, 8, 9))
    narrow, _ = follow(function, start.astype(np.float32), grads.astype(np.float32), None)
    wide, _ = follow(function, start.copy(), grads, None)
    assert narrow.dtype == np.float32
    assert np.abs(narrow - wide).max() < 1e-5


@both
def test_w_is_updated_in_place_and_the_configuration_filled_in(function):
    rule, w, config = name_of(function), np.ones((2, 3)), {}
    view = w[0]
    next_w, returned = function(w, np.ones((2, 3)), config)
    assert next_w is w
    assert (view < 1).all()
    assert returned is config
    assert {key: config[key] for key in SETTINGS[rule]} == SETTINGS[rule]
    expected = {*SETTINGS[rule], *STATES[rule], *COUNTERS.get(rule, ())}
    assert config.keys() == expected
    assert function(np.ones(2), np.ones(2))[1].keys() == expected


def test_the_defaults_are_the_course_s():
    descent = {"learning_rate": 1e-2}
    momentum = {"learning_rate": 1e-2, "momentum": 0.9}
    course = {
        "sgd": descent,
        "sgd_momentum": momentum,
        "sgd_nesterov_momentum": momentum,
        "rmsprop": {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8},
        "adam": {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    }
    assert course == SETTINGS


@pytest.mark.parametrize("rule", [rule for rule in RULES if STATES[rule]])
def test_a_twin_updates_its_states_in_place(rule):
    function = getattr(fast_optim, f"{rule}_fast")
    w, config = function(np.ones(5), np.ones(5))
    kept = {key: config[key] for key in STATES[rule]}
    before = {key: array.copy() for key, array in kept.items()}
    function(w, np.ones(5), config)
    for key, array in kept.items():
        assert config[key] is array
        assert (array != before[key]).all()


@both
def test_a_gradient_of_zero_from_rest_moves_nothing(function, rng):
    start = rng.normal(size=(3, 4))
    w, _ = follow(function, start.copy(), np.zeros((3, 3, 4)), None)
    np.testing.assert_array_equal(w, start)


@both
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0, 3), (3, 1, 2, 2)])
def test_every_shape(function, shape, rng):
    grads = np.array(rng.normal(size=(4, *shape)))
    each = [grads[k, ...].copy() for k in range(4)]
    w, config = follow(function, np.ones(shape), [np.asarray(dw) for dw in each], None)
    assert w.shape == shape
    assert {config[key].shape for key in STATES[name_of(function)]} <= {shape}
    row, _ = follow(function, np.ones(w.size), [dw.reshape(-1) for dw in each], None)
    np.testing.assert_array_equal(w.reshape(-1), row)


@both
def test_every_layout_of_w_of_the_gradient_and_of_the_states(function, rng):
    rule, settings = name_of(function), settings_of(name_of(function))
    start, dw, state = rng.normal(size=(3, 2, 3, 4, 5))
    states = {key: np.abs(state) for key in STATES[rule]}
    expected, _ = function(start.copy(), dw, settings | copy.deepcopy(states))
    for lay_w in LAYOUTS:
        for lay_dw in LAYOUTS:
            for lay_state in LAYOUTS:
                w, gradient = laid(start, lay_w), with_layout(dw, lay_dw)
                config = settings | {k: with_layout(v, lay_state) for k, v in states.items()}
                for array in (gradient, *config.values()):
                    if isinstance(array, np.ndarray):
                        array.flags.writeable = False
                next_w, _ = function(w, gradient, config)
                assert next_w is w
                np.testing.assert_array_equal(w, expected)
                np.testing.assert_array_equal(gradient, dw)


def laid(array, layout):
    """An array in ``layout`` that can be written."""
    w = with_layout(array, layout)
    if not w.flags.writeable:
        w.flags.writeable = True
    return w


@both
def test_large_parameters_are_shared_out_among_threads(function, rng):
    start = rng.normal(size=(3, 2**17 + 5)).astype(np.float32)
    grads = rng.normal(size=(2, *start.shape)).astype(np.float32)
    w, _ = follow(function, start.copy(), grads, None)
    naive, _ = follow(getattr(nndl.optim, name_of(function)), start.copy(), grads, None)
    np.testing.assert_array_equal(w, naive)


@both
def test_nan_and_infinity_come_through(function):
    w, _ = function(np.zeros(3), np.array([np.nan, 1.0, 2.0]))
    np.testing.assert_array_equal(np.isnan(w), [True, False, False])


# The properties that the chapter derives.


@pytest.mark.parametrize("rule", ["rmsprop", "adam"])
def test_the_scale_of_the_loss_does_not_matter(rule, rng):
    function, grads = getattr(nndl.optim, rule), rng.normal(size=(10, 5))
    one, _ = follow(function, np.zeros(5), grads, {"epsilon": 0.0})
    other, _ = follow(function, np.zeros(5), 1024 * grads, {"epsilon": 0.0})
    np.testing.assert_array_equal(one, other)  # a power of two: not even the rounding changes


@pytest.mark.parametrize("function", [nndl.optim.adam, fast_optim.adam_fast])
def test_adam_s_first_step_has_the_length_of_the_learning_rate(function):
    dw = np.array([1e-3, -1.0, 1e4])
    w, _ = function(np.zeros(3), dw)
    np.testing.assert_allclose(w, -1e-3 * np.sign(dw), rtol=1e-4)


@pytest.mark.parametrize("function", [nndl.optim.adam, fast_optim.adam_fast])
def test_adam_counts_its_steps(function):
    """A rule that never stores t passes the course's test, which makes one step from t = 5."""
    w, config = follow(function, np.zeros(2), np.ones((7, 2)), None)
    assert config["t"] == 7
    assert type(config["t"]) is int
    # A constant gradient: both corrected means are it, so that each step has the same length.
    np.testing.assert_allclose(w, -7e-3, rtol=1e-6)


# What is refused.


@both
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"w": [1.0]}, TypeError, "w is a list, expected a NumPy array"),
        ({"w": np.ones(3, int)}, TypeError, "w has dtype int64, expected"),
        ({"w": np.ones(3, complex)}, TypeError, "w has dtype complex128, expected"),
        ({"dw": 1.0}, TypeError, "dw is a float, expected a NumPy array"),
        ({"dw": np.ones(3, bool)}, TypeError, "dw has dtype bool, expected"),
        ({"dw": np.ones(1)}, ValueError, r"dw has shape \(1,\), expected \(3,\), that of w"),
        ({"dw": np.ones((3, 1))}, ValueError, r"dw has shape \(3, 1\), expected \(3,\)"),
        ({"config": [1e-2]}, TypeError, "config is a list, expected a dict"),
        ({"config": {"lr": 1e-2}}, ValueError, "config has an unknown key 'lr', not in"),
        ({"config": {"learning_rate": -1}}, ValueError, r"config\['learning_rate'\] is -1"),
        ({"config": {"learning_rate": np.nan}}, ValueError, r"config\['learning_rate'\] is nan"),
        ({"config": {"learning_rate": np.inf}}, ValueError, r"config\['learning_rate'\] is inf"),
        ({"config": {"learning_rate": "1e-2"}}, TypeError, r"config\['learning_rate'\] is '1e-2'"),
        ({"config": {"learning_rate": True}}, TypeError, r"config\['learning_rate'\] is True"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(function, change, error, message):
    given = {"w": np.ones(3), "dw": np.ones(3), "config": {}} | change
    with pytest.raises(error, match=f"^{function.__name__}: {message}"):
        function(**given)


@both
def test_a_parameter_that_cannot_be_written_is_refused(function):
    w = np.ones(3)
    w.flags.writeable = False
    with pytest.raises(ValueError, match=f"^{function.__name__}: w is read-only"):
        function(w, np.ones(3))


@pytest.mark.parametrize(
    ("rule", "config", "error", "message"),
    [
        ("sgd", {"momentum": 0.9}, ValueError, "config has an unknown key 'momentum'"),
        ("sgd_momentum", {"momentum": 1.1}, ValueError, r"config\['momentum'\] is 1.1, expected"),
        ("sgd_nesterov_momentum", {"momentum": -0.1}, ValueError, r"config\['momentum'\] is -0.1"),
        ("rmsprop", {"cache": 0}, ValueError, "config has an unknown key 'cache'"),
        ("rmsprop", {"decay_rate": 2}, ValueError, r"config\['decay_rate'\] is 2"),
        ("rmsprop", {"epsilon": -1e-8}, ValueError, r"config\['epsilon'\] is -1e-08"),
        ("adam", {"m": 0}, ValueError, "config has an unknown key 'm'"),
        ("adam", {"beta1": 1}, ValueError, r"config\['beta1'\] is 1, expected 0 or more and below"),
        ("adam", {"beta2": 1.0}, ValueError, r"config\['beta2'\] is 1, expected 0 or more and"),
        ("adam", {"t": 0.5}, TypeError, r"config\['t'\] is 0.5"),
        ("adam", {"t": -1}, ValueError, r"config\['t'\] is -1, expected 0 or more"),
    ],
)
def test_a_configuration_is_refused_by_the_rule_and_before_training(rule, config, error, message):
    """The Solver calls ``check_config`` when it is made, the rule at each step: one message."""
    with pytest.raises(error, match=f"^{rule}: {message}"):
        check_config(rule, config)
    for function in (getattr(nndl.optim, rule), getattr(fast_optim, f"{rule}_fast")):
        w = np.ones(3)
        with pytest.raises(error, match=f"^{function.__name__}: {message}"):
            function(w, np.ones(3), dict(config))
        np.testing.assert_array_equal(w, 1)


def test_a_rule_that_does_not_exist_has_no_configuration():
    with pytest.raises(ValueError, match=r"^check_config: rule is 'adagrad', expected one of"):
        check_config("adagrad", {})


@pytest.mark.parametrize("rule", [rule for rule in RULES if STATES[rule]])
def test_states_that_do_not_fit_are_refused(rule):
    for function in (getattr(nndl.optim, rule), getattr(fast_optim, f"{rule}_fast")):
        for key in STATES[rule]:
            start = rf"^{function.__name__}: config\['{key}'\] "
            with pytest.raises(ValueError, match=start + r"has shape \(2,\), expected \(3,\)"):
                function(np.ones(3), np.ones(3), {key: np.ones(2)})
            with pytest.raises(TypeError, match=start + "is a float, expected a NumPy array"):
                function(np.ones(3), np.ones(3), {key: 0.0})
            with pytest.raises(TypeError, match=start + "has dtype complex128"):
                function(np.ones(3), np.ones(3), {key: np.ones(3, complex)})


def test_the_twins_take_no_other_dtypes_than_the_compiled_ones():
    w = np.ones(3, np.longdouble)
    assert nndl.optim.adam(w, w.copy())[0].dtype == np.longdouble
    if w.dtype != np.float64:
        with pytest.raises(TypeError, match=r"^adam_fast: w has dtype .*, expected float32 or"):
            fast_optim.adam_fast(w, w.copy())


def test_without_numba_the_twins_are_the_rules():
    program = (
        "import sys; sys.modules['numba'] = None\n"
        "from nndl import optim; from nndl.fast import optim as fast\n"
        f"print(all(getattr(fast, r + '_fast') is getattr(optim, r) for r in {RULES}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"


def test_two_python_threads_step_at_once(rng):
    """Each has its own parameter; what they share is the compiled loop."""
    start, grads = rng.normal(size=2**17), rng.normal(size=(5, 2**17))
    found = [start.copy(), start.copy()]
    run = lambda k: follow(fast_optim.adam_fast, found[k], grads, None)  # noqa: E731
    workers = [threading.Thread(target=run, args=(k,)) for k in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    expected, _ = follow(nndl.optim.adam, start.copy(), grads, None)
    np.testing.assert_array_equal(found, [expected, expected])


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shared", ["states", "state and w", "state and dw", "w and dw", "dw is w"])
def test_a_twin_that_shares_memory_steps_as_its_rule(rule, shared):
    """A compiled step writes while it reads; a rule of NumPy's makes its arrays first."""

    def stepped(function):
        numbers = np.linspace(-1, 1, 51)
        w, dw = numbers[1:], np.linspace(2, -1, 50)
        states = {key: np.zeros(50) for key in STATES[rule]}
        if shared == "states":
            states = dict.fromkeys(states, np.zeros(50))
        if shared == "state and w":
            states = dict.fromkeys(states, numbers[:-1])
        if shared == "state and dw":
            dw = np.linspace(0.1, 1, 50)
            states = dict.fromkeys(states, dw)
        if shared == "w and dw":
            dw = numbers[:-1]
        return function(w, w if shared == "dw is w" else dw, states)[0].copy()

    with np.errstate(invalid="ignore"):
        naive, fast = (stepped(f) for f in (getattr(nndl.optim, rule),
                                            getattr(fast_optim, f"{rule}_fast")))  # fmt: skip
    assert np.array_equal(naive, fast, equal_nan=True)


def test_an_array_in_two_configs_takes_the_steps_of_both():
    """What the module says of it: NumPy's rules part such configs, compiled ones do not."""

    def velocities(function):
        shared = np.zeros(3)
        configs = [{"velocity": shared} for _ in range(2)]
        for config, slope in zip(configs, (1.0, 2.0), strict=True):
            function(np.ones(3), np.full(3, slope), config)
        return [config["velocity"] for config in configs]

    first, second = velocities(nndl.optim.sgd_momentum)
    assert (first < 0).all()
    assert np.array_equal(second, 2 * first)
    fast_first, fast_second = velocities(fast_optim.sgd_momentum_fast)
    assert fast_first is fast_second
    assert np.allclose(fast_second, 0.9 * first + second, rtol=1e-12, atol=0)
    assert "arrays of its own" in fast_optim.__doc__
