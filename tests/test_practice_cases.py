"""What a failing check shows: cases to follow by hand, the number that differs, and formulas."""

import re

import numpy as np
import pytest

from nndl import mistakes, practice
from nndl.neural_net import TwoLayerNet
from nndl.practice.candidates import entries
from nndl.practice.comparing import expectations, off
from nndl.practice.exercises import exercise, exercises, meant
from nndl.practice.smallest import LARGEST, smallest
from tests.support.student_hints import CONV, FORWARD, LOSS, NORM, POOL, changed
from tests.test_practice_hints import defined

ALL = exercises()
MAIN = ("conv_forward", "conv_backward", "max_pool_backward", "batchnorm_backward", "softmax_loss",
        "affine_backward")  # fmt: skip
POOLING = """
def max_pool_forward_naive(x, pool_param):
    HH, WW, stride = (pool_param[k] for k in ('pool_height', 'pool_width', 'stride'))
    N, C, H, W = x.shape
    Ho = 1 + (H - HH) // stride
    Wo = 1 + (W - WW) // stride
    out = np.zeros((N, C, Ho, Wo))
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    win = x[n, c, i*stride:i*stride+HH, j*stride:j*stride+WW]
                    out[n, c, i, j] = np.max(win)
    return out, (x, pool_param)
""".lstrip()


# The smallest case.


@pytest.mark.parametrize("name", [name for name in ALL if not ALL[name].random])
def test_a_case_by_hand_is_small_and_its_numbers_are_not_alike(name):
    found = [(c, e) for c, e in expectations(ALL[name]) if c.traits.get("by hand")]
    assert found
    for case, right in found:
        assert case.size <= 30, case.name
        arrays = {k: v for k, v in case.arguments.items() if isinstance(v, np.ndarray)}
        for label, array in {**arrays, **right.values}.items():
            integer = array.dtype.kind in "iu"  # labels and indices may be equal
            if array.size > 2 and not integer and "bias" not in label and not label.startswith("d"):
                assert np.ptp(array) > 0, (case.name, label)


@pytest.mark.parametrize("name", MAIN)
def test_what_fails_by_hand_is_shown_by_hand_and_pointed_at(name):
    """Of every mistake of the catalogue: the place that is named differs, and is the first."""
    own = [m for m in entries(ALL[name]) if m.function == ALL[name].function]
    shown = 0
    for mistake in own:
        result = practice.check(name, mistake.apply())
        row, text = result.smallest, smallest(result)
        if row is None or row.case.told:
            continue
        failing = [one for one in result.rows if not one.ok and one.case.traits.get("by hand")]
        assert row.case.traits.get("by hand") or not failing
        if row.case.traits.get("by hand"):  # but for arrays without numbers
            assert not re.search(r": an array of shape \((?!.*\b0\b)", text), text
        for output, place, mine, due in re.findall(
            r"(?:first )?in (\w+)\[([\d, ]+)\]: yours is (\S+), expected (\S+)\.", text
        ):
            shown += 1
            index = tuple(int(k) for k in place.split(","))
            a, b = row.seen.values[output], row.expected.values[output]
            assert mine != due
            assert np.allclose(
                [float(mine), float(due)], [a[index], b[index]], 1e-3, equal_nan=True
            )
            before = off(a, b, 1e-6).ravel()[: np.ravel_multi_index(index, a.shape)]
            assert not before.any(), "the first that differs"
    assert shown > 2


def test_of_a_large_array_the_part_is_shown_in_which_it_differs():
    def conv_forward(x, w, b, conv_param):
        out, cache = ALL["conv_forward"].reference()(x, w, b, conv_param)
        out[-1, -1, -1, -1] += x.shape[0] > 2
        return out, cache

    text = smallest(practice.conv_forward(conv_forward))
    assert LARGEST < 3 * 2 * 6 * 5
    assert "x: an array of shape (3, 2, 6, 5)" in text
    found = re.search(r"your out(\[2, 2\]) = \[\[", text)
    assert found, text
    assert "expected out[2, 2] = [[" in text
    assert re.search(r"They differ in out\[2, 2, 4, 3\]: yours is \S+, expected \S+\.", text)


def test_an_exception_is_shown_where_there_are_no_numbers():
    result = practice.check("conv_backward", defined(changed(CONV, "* w[f]\n", "* w\n"), "raises"))
    text = smallest(result)
    assert re.search(r"yours ends with \w+Error: .*, in line 17: dxp\[n", text)


def test_parameters_of_a_network_are_shown_one_by_one():
    wrong = mistakes.load()["two-layer-net-svm"].apply()
    text = smallest(practice.check("two_layer_net", wrong))
    assert "  params['W1'] = [[" in text
    assert "array(" not in text


# Formulas of sizes: what stands for H', and what is said of it.

SIZES = {
    "({H} + 2*pad - {HH}) // stride": "({H} + 2 pad - {HH}) // stride",
    "1 + ({H} + pad - {HH}) // stride": "1 + ({H} + pad - {HH}) // stride",
    "1 + ({H} - {HH}) // stride": "1 + ({H} - {HH}) // stride",
    "1 + ({H} + 2*pad) // stride": "1 + ({H} + 2 pad) // stride",
    "{H} // stride": "{H} // stride",
    "({H} + 2*pad - {HH} + 1) // stride": "({H} + 2 pad - {HH} + 1) // stride",
    "1 + ({H} + 2*pad - {HH} - 1) // stride": "1 + ({H} + 2 pad - {HH} - 1) // stride",
    "1 + ({H} + 2*pad - {HH}) // {HH}": "1 + ({H} + 2 pad - {HH}) // {HH}",
    "2 + ({H} + 2*pad - {HH}) // stride": "2 + ({H} + 2 pad - {HH}) // stride",
    "1 + ({H} + 4*pad - {HH}) // stride": "1 + ({H} + 4 pad - {HH}) // stride",
    "1 + ({H} + 2*pad - {HH})": "1 + {H} + 2 pad - {HH}",
    "{H}": "{H}",
    "1 - (-({H} + 2*pad - {HH}) // stride)": "1 + ({H} + 2 pad - {HH}) / stride rounded up",
}


def counted_so(body, formula):
    """A body in which rows and columns are counted by a formula."""
    for side, window in (("H", "HH"), ("W", "WW")):
        line = re.search(rf"(?m)^    {side}o = .*$", body)[0]
        body = body.replace(line, f"    {side}o = " + formula.format(H=side, HH=window))
    return body


@pytest.mark.parametrize("formula", SIZES)
def test_a_size_is_named_with_its_formula(formula):
    result = practice.check("conv_forward", defined(counted_so(FORWARD, formula), "size"))
    assert result.verdict == "wrong"
    text = repr(result)
    for side, window, what in (("H", "HH", "rows"), ("W", "WW", "columns")):
        said = SIZES[formula].format(H=side, HH=window)
        assert re.search(rf"(?i)the {what} of the output are counted as {re.escape(said)}[\s;)]",
                         text), text  # fmt: skip
    assert result.cause[0].sure == "sure"


@pytest.mark.parametrize("formula", [one for one in SIZES if "{HH}" in one and "2*pad" in one])
def test_a_size_of_a_pool_is_named_with_its_formula(formula):
    pooled = formula.replace(" + 2*pad", "")
    body = counted_so(POOLING, pooled)
    text = repr(practice.check("max_pool_forward", defined(body, "pool")))
    said = SIZES[formula].replace(" + 2 pad", "").format(H="H", HH="HH")
    assert f"he rows of the output are counted as {said}" in text, text


def test_only_the_side_that_is_wrong_is_named():
    body = FORWARD.replace("Wo = 1 + (W + 2 * pad - WW)", "Wo = 1 + (H + 2 * pad - HH)")
    text = repr(practice.check("conv_forward", defined(body, "side")))
    assert "columns of the output are counted" in text
    assert "rows of the output" not in text


# Losses that cut probabilities off.

CUT = {
    "added": "np.log(p + 1e-10)",
    "clipped": "np.log(np.clip(p, 1e-10, 1))",
    "clipped on both sides": "np.log(np.clip(p, 1e-12, 1 - 1e-12))",
    "at most": "np.log(np.maximum(p, 1e-8))",
    "where it is 0": "np.log(np.where(p == 0, 1e-15, p))",
    "added and clipped": "np.log(np.clip(p + 1e-9, 1e-9, 1))",
    "shifted by a large number": "np.log(p + 1e-6)",
    "at most 1e-20": "np.log(np.fmax(p, 1e-20))",
}


@pytest.mark.parametrize("how", CUT)
def test_probabilities_that_are_cut_off_are_the_cause(how):
    loss = f"p = np.exp(logp[np.arange(N), y]); loss = -np.sum({CUT[how]}) / N"
    body = changed(LOSS, "loss = -np.sum(logp[np.arange(N), y]) / N", loss)
    result = practice.check("softmax_loss", defined(body, "cut"))
    assert not result.ok
    assert result.cause[0].id == "softmax-loss-clipped", repr(result)
    assert "extreme" in result.cause[0].read or result.cause[0].read


# What rules say of numbers that are right but for something simple.


@pytest.mark.parametrize(
    ("name", "base", "old", "new", "cause", "title"),
    [
        ("conv_backward", CONV, "db[f] += dout", "db += dout", "result-sum-everywhere", "db is"),
        ("conv_backward", CONV, "dxp = np.zeros_like(xp)", "dxp = np.ones_like(xp)",
         "result-begins", "dx begins with 1"),
        ("softmax_loss", LOSS, "dx /= N", "dx /= x.shape[1]", "result-other-size", "N / C"),
        ("softmax_loss", LOSS, "-= 1", "+= 1", "slip-sign", "dx[n, y]"),
        ("batchnorm_backward", NORM, "dout * xhat", "dout * x", "ways-of-x", "x_hat belongs"),
        ("max_pool_backward", POOL, "dx = np.zeros_like(x)", "dx = x.copy()", "result-begins",
         "with x"),
    ],
)  # fmt: skip
def test_what_is_simple_is_named(name, base, old, new, cause, title):
    result = practice.check(name, defined(changed(base, old, new), "simple"))
    assert [result.cause[0].id, result.cause[0].sure] == [cause, "sure"], repr(result)
    assert title in result.cause[0].title


# The network of the first assignment.

FIRST = """
class TwoLayerNet(object):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params['W1'] = std * np.random.randn(hidden_size, input_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = std * np.random.randn(output_size, hidden_size)
        self.params['b2'] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1 = self.params['W1'], self.params['b1']
        W2, b2 = self.params['W2'], self.params['b2']
        N = X.shape[0]
        h = np.maximum(0, X.dot(W1.T) + b1)
        scores = h.dot(W2.T) + b2
        if y is None:
            return scores
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(N), y]).mean()
        loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        p[np.arange(N), y] -= 1
        p /= N
        grads = {'W2': p.T.dot(h) + reg * W2, 'b2': p.sum(axis=0)}
        dh = p.dot(W2)
        dh[h <= 0] = 0
        grads['W1'] = dh.T.dot(X) + reg * W1
        grads['b1'] = dh.sum(axis=0)
        return loss, grads

    def train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95,
              reg=1e-5, num_iters=100, batch_size=200, verbose=False):
        per_epoch = max(len(X) // batch_size, 1)
        history = []
        for it in range(num_iters):
            idx = np.random.choice(len(X), batch_size)
            loss, grads = self.loss(X[idx], y=y[idx], reg=reg)
            history.append(loss)
            for k in self.params:
                self.params[k] -= learning_rate * grads[k]
            if it % per_epoch == 0:
                learning_rate *= learning_rate_decay
        return {'loss_history': history, 'train_acc_history': [], 'val_acc_history': []}

    def predict(self, X):
        return np.argmax(self.loss(X), axis=1)
""".lstrip()


def first(old=None, new=None):
    body = FIRST if old is None else changed(FIRST, old, new)
    return practice.check("first_two_layer_net", defined(body, "first"))


def test_another_network_of_the_first_assignment_is_right():
    result = first()
    assert result.ok, repr(result)


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("        dh[h <= 0] = 0\n", "", "first-net-relu-open"),
        ("0.5 * reg * (", "reg * (", "first-net-penalty-loss-doubled"),
        ("dh.T.dot(X) + reg * W1", "dh.T.dot(X)", "first-net-penalty-gradient-forgotten"),
        ("self.params[k] -=", "self.params[k] +=", "first-net-climbs"),
        ("        p /= N\n", "", "softmax-loss-no-mean-in-dx"),
        (", reg=reg)\n", ")\n", "first-net-train-without-reg"),
        ("np.random.choice(len(X), batch_size)", "np.arange(batch_size)", "first-net-same-batch"),
        ("h = np.maximum(0, X.dot(W1.T) + b1)", "h = X.dot(W1.T) + b1", "first-net-no-relu"),
    ],
)
def test_a_mistake_in_it_is_named(old, new, cause):
    result = first(old, new)
    assert not result.ok
    assert cause in {result.cause[0].id, *result.cause[0].equal}, repr(result)


def test_two_networks_of_one_name_are_told_apart_by_their_arguments():
    own = defined(FIRST, "first")
    book = ALL["two_layer_net"].reference()
    assert meant(ALL["first_two_layer_net"], own)
    assert not meant(ALL["two_layer_net"], own)
    assert meant(ALL["two_layer_net"], book)
    assert not meant(ALL["first_two_layer_net"], book)
    assert meant(ALL["conv_forward"], own), "nothing else has that name"
    assert exercise("TwoLayerNet").name == "two_layer_net"
    assert exercise("TwoLayerNet", own).name == "first_two_layer_net"
    assert practice.TwoLayerNet(TwoLayerNet).exercise.name == "first_two_layer_net"
    assert practice.TwoLayerNet(TwoLayerNet).ok
