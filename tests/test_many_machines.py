"""Many machines: what tests/layers/many_machines.py does not say of it."""

import os
import sys
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nndl import many_machines, mistakes
from nndl.cnn import ThreeLayerConvNet
from nndl.fc_net import FullyConnectedNet
from nndl.layers import batchnorm_forward
from tests.layers.many_machines import check_many_machines
from tests.support.oracles import assert_close


def test_sums_in_parts_are_the_sums():
    check_many_machines()


@given(N=st.integers(1, 60), k=st.integers(1, 60))
def test_rows_are_dealt_once_each_and_evenly(N, k):
    if k > N:
        with pytest.raises(ValueError, match="expected an example for each at least"):
            many_machines.split_rows(N, k)
        return
    parts = many_machines.split_rows(N, k)
    assert [n for part in parts for n in range(N)[part]] == list(range(N))
    lengths = {part.stop - part.start for part in parts}
    assert len(parts) == k
    assert max(lengths) - min(lengths) <= 1


@given(k=st.integers(1, 20), seed=st.integers(0, 99))
def test_a_tree_of_machines_adds_as_one_machine_does(k, seed):
    arrays = list(np.random.default_rng(seed).normal(size=(k, 7)).astype(np.float32))
    alone = many_machines.tree_sum(arrays)
    for each in many_machines.all_reduce(arrays, "tree"):
        np.testing.assert_array_equal(each, alone)


@pytest.mark.parametrize("owned", [1, 2, 4])
def test_machines_may_add_their_own_shards_first(owned):
    shards = list(np.random.default_rng(0).normal(size=(8, 50)).astype(np.float32))
    parts = [many_machines.tree_sum(shards[s : s + owned]) for s in range(0, 8, owned)]
    np.testing.assert_array_equal(many_machines.tree_sum(parts), many_machines.tree_sum(shards))


def test_the_order_of_arrival_would_change_bits():
    """Else the two tests above would show nothing."""
    shards = list(np.random.default_rng(0).normal(size=(8, 50)).astype(np.float32))
    assert (sum(shards) != many_machines.tree_sum(shards)).any()


@pytest.mark.parametrize("k", [1, 2, 3, 10])
def test_a_network_in_shards_has_the_gradient_of_the_batch(k):
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(10, 2, 6, 6)), rng.integers(4, size=10)
    options = {"reg": 0.3, "dtype": np.float64, "weight_scale": 0.3, "seed": 0, "num_classes": 4}
    for net in (
        ThreeLayerConvNet((2, 6, 6), 3, 3, 5, **options),
        FullyConnectedNet([7], 72, normalization="layernorm", **options),
    ):
        loss, grads = net.loss(X, y)
        loss_k, grads_k = many_machines.loss_in_shards(net, X, y, k)
        assert_close(np.array(loss_k), np.array(loss))
        assert grads_k.keys() == grads.keys()
        for name in grads:
            assert_close(grads_k[name], grads[name])


@pytest.mark.parametrize("ends", [[3], [1, 2, 7]])
def test_synchronized_batchnorm_is_that_of_pytorch_on_the_whole_batch(ends):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(4)
    x, dout = 5 * rng.normal(size=(9, 3)) + 100, rng.normal(size=(9, 3))
    gamma, beta = rng.normal(size=3), rng.normal(size=3)
    tensors = [torch.tensor(array, requires_grad=True) for array in (x, gamma, beta)]
    mean, var = torch.zeros(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
    options = {"training": True, "momentum": 0.1, "eps": 1e-5}
    expected = torch.nn.functional.batch_norm(tensors[0], mean, var, *tensors[1:], **options)
    expected.backward(torch.tensor(dout))
    bn_param = {"mode": "train"}
    xs, douts = np.split(x, ends), np.split(dout, ends)
    outs, caches = many_machines.batchnorm_forward_sync(xs, gamma, beta, bn_param)
    dxs, dgamma, dbeta = many_machines.batchnorm_backward_sync(douts, caches)
    assert_close(np.concatenate(outs), expected.detach().numpy())
    assert_close(bn_param["running_mean"], mean.numpy())
    assert_close(bn_param["running_var"], var.numpy() * 8 / 9)  # theirs is over N - 1
    for ours, theirs in zip((np.concatenate(dxs), dgamma, dbeta), tensors, strict=True):
        assert_close(ours, theirs.grad.numpy())


def test_synchronized_batchnorm_keeps_dtypes_and_digits():
    rng = np.random.default_rng(5)
    x = (1e4 + rng.normal(size=(60, 2))).astype(np.float32)
    one, zero = np.ones(2, np.float32), np.zeros(2, np.float32)
    outs, caches = many_machines.batchnorm_forward_sync(
        np.split(x, 4), one, zero, {"mode": "train"}
    )
    out, _ = batchnorm_forward(x.astype(np.float64), one, zero, {"mode": "train"})
    assert all(each.dtype == np.float32 for each in outs)
    assert np.abs(np.concatenate(outs) - out).max() < 1e-5
    results = many_machines.batchnorm_backward_sync(outs, caches)
    assert {each.dtype for each in (*results[0], *results[1:])} == {np.dtype(np.float32)}
    whole = [np.arange(6).reshape(3, 2), np.arange(4).reshape(2, 2)]
    outs, _ = many_machines.batchnorm_forward_sync(whole, one, zero, {"mode": "train"})
    assert outs[0].dtype == np.float64


def test_in_test_mode_nothing_is_exchanged():
    x = np.random.default_rng(6).normal(size=(6, 3))
    one, zero = np.ones(3), np.zeros(3)
    kept = {"running_mean": np.full(3, 0.5), "running_var": np.full(3, 2.0)}
    outs, caches = many_machines.batchnorm_forward_sync(
        np.split(x, [2]), one, zero, {"mode": "test"} | kept
    )
    assert_close(np.concatenate(outs), (x - 0.5) / np.sqrt(2 + 1e-5))
    assert caches == [None, None]
    with pytest.raises(ValueError, match="cache is None"):
        many_machines.batchnorm_backward_sync(outs, caches)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 7, 8, 16])
def test_traffic_and_times_are_those_of_the_formulas(k):
    G, alpha, b, up = 1000, 0.25, 500.0, int(np.ceil(np.log2(k)))
    expected = {
        "gather": (2 * (k - 1), 2 * (k - 1), (k - 1) * G, 2 * (k - 1) * (alpha + G / b)),
        "tree": (2 * up, 2 * (k - 1), up * G, 2 * up * (alpha + G / b)),
        "ring": (
            2 * (k - 1),
            2 * k * (k - 1) if k > 1 else 0,
            2 * (k - 1) * G / k,
            2 * (k - 1) * (alpha + G / k / b),
        ),
    }
    for name, (rounds, messages, most, seconds) in expected.items():
        found = many_machines.traffic(name, k, G)
        assert (found["rounds"], found["messages"]) == (rounds, messages)
        assert np.isclose(found["sent"].max(), most)
        assert np.isclose(found["sent"].sum(), 2 * (k - 1) * G)  # the chapter: for all three
        assert np.isclose(found["received"].sum(), 2 * (k - 1) * G)
        given = {"per_example": 0.5, "overhead": 2.0, "latency": alpha, "bandwidth": b}
        times = many_machines.simulate(k, name, 3 * k, G, steps=3, **given)
        assert np.allclose(times, 2.0 + 0.5 * 3 + seconds)


@pytest.mark.parametrize("algorithm", ["gather", "tree", "ring"])
def test_a_machine_sends_one_message_a_round_and_receives_one(algorithm):
    for k in range(1, 18):
        for messages in many_machines.ROUNDS[algorithm](k):
            for ends in ([m.source for m in messages], [m.target for m in messages]):
                assert len(set(ends)) == len(ends)
            assert all(m.source != m.target for m in messages)


@pytest.mark.parametrize("batch", [90, 110, 170, 400, 4000])
def test_another_machine_pays_and_ceases_to_as_the_formulas_say(batch):
    """Those of the chapter, for the ring, with shards of equal size, whole or not."""
    c, G, alpha, b = 0.01, 1000, 0.02, 2000.0

    def seconds(k):
        given = {"overhead": 3.0, "latency": alpha, "bandwidth": b}
        exchange = many_machines.simulate(k, "ring", k, G, per_example=0.0, **given)[0]
        return exchange + c * batch / k

    times = np.array([seconds(k) for k in range(1, 60)])
    for k in (2, 5, 20):
        assert (times[k - 1] < times[0]) == (batch > (2 * G / b + 2 * k * alpha) / c)
    least = np.sqrt(max(c * batch - 2 * G / b, 0) / (2 * alpha))
    assert abs(1 + times.argmin() - max(least, 1)) < 1


@pytest.mark.parametrize("k", [2, 3, 5, 8])
def test_a_ring_with_the_wrong_piece_agrees_with_itself(k):
    """As the chapter says of its last mistake: each machine has piece p of machine p."""
    arrays = list(np.random.default_rng(k).normal(size=(k, 4 * k)))
    pieces = [array[4 * p : 4 * p + 4] for p, array in enumerate(arrays)]
    with mistakes.load()["many-machines-ring-piece"].planted():
        for each in many_machines.all_reduce(arrays, "ring"):
            np.testing.assert_array_equal(each, np.concatenate(pieces))


def test_a_machine_without_examples_adds_zeros():
    one = many_machines.moments(np.random.default_rng(9).normal(size=(5, 3)))
    none = 0, np.zeros(3), np.zeros(3)
    for both in (many_machines.combined(one, none), many_machines.combined(none, one)):
        for found, expected in zip(both, one, strict=True):
            np.testing.assert_array_equal(found, expected)


def test_all_wait_for_the_slowest():
    """The mean of the largest of k exponential times is that of the harmonic sum."""
    given = {"per_example": 0.0, "straggle": 0.5, "steps": 6000}
    for k in (1, 5, 20):
        mean = many_machines.simulate(k, "tree", k, 0, seed=1, **given).mean()
        assert np.isclose(mean, 0.5 * sum(1 / i for i in range(1, k + 1)), rtol=0.05)
    once, again = (many_machines.simulate(4, "ring", 4, 8, seed=7, **given) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert (many_machines.simulate(4, "ring", 4, 8, seed=8, **given) != once).any()


BUILD = partial(FullyConnectedNet, [6], 12, num_classes=3, weight_scale=0.3, reg=0.1, seed=0)


def test_processes_train_as_one_machine_would():
    """The bits are the same on one process and on two; the numbers, those of plain SGD."""
    rng = np.random.default_rng(8)
    X, y = rng.normal(size=(30, 12)).astype(np.float32), rng.integers(3, size=30)
    arguments = BUILD, X, y, [8, 10, 9], 4, 0.5
    (alone,) = many_machines.in_processes(many_machines.data_parallel, 1, *arguments)
    both = many_machines.in_processes(many_machines.data_parallel, 2, *arguments)
    for params, losses, seconds in both:
        assert losses == alone[1]
        assert len(seconds) == 3
        for name, w in alone[0].items():
            np.testing.assert_array_equal(params[name], w)
    net = BUILD()
    for t, batch in enumerate([8, 10, 9]):
        rows = np.random.default_rng([0, t]).integers(30, size=batch)
        loss, grads = net.loss(X[rows], y[rows])
        assert np.isclose(loss, alone[1][t], rtol=1e-5)
        for name, w in net.params.items():
            w -= 0.5 * grads[name]
    for name, w in alone[0].items():
        np.testing.assert_allclose(w, net.params[name], rtol=1e-4, atol=1e-6)


def test_large_arrays_go_around_without_a_deadlock():
    found = many_machines.in_processes(many_machines.time_exchange, 2, (1, 500_000), "ring", 1)
    assert [len(times) for times in found] == [2, 2]


def test_a_process_that_dies_is_named():
    """``sys.exit`` is called with the link: an end without a result."""
    with pytest.raises(RuntimeError, match=r"in_processes: process \d ended with exit code"):
        many_machines.in_processes(sys.exit, 2)


ONE, X2 = np.ones(2), np.ones((3, 2))
TRAIN = {"mode": "train"}
COSTS = {"per_example": 1.0}


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda m: m.split_rows(3, 0), ValueError, "split_rows: k is 0"),
        (lambda m: m.split_rows(3.0, 1), TypeError, "split_rows: N is 3.0"),
        (lambda m: m.tree_sum([]), ValueError, "tree_sum: parts is empty"),
        (lambda m: m.tree_sum(ONE), TypeError, "tree_sum: parts is a ndarray, expected a list"),
        (lambda m: m.tree_sum([ONE, X2]), ValueError, r"parts\[1\] has shape \(3, 2\), expected"),
        (
            lambda m: m.mean_of_shards([ONE], [1, 2]),
            ValueError,
            "counts has 2 entries, parts has 1",
        ),
        (lambda m: m.mean_of_shards([ONE], [0]), ValueError, r"counts\[0\] is 0"),
        (lambda m: m.loss_in_shards(None, X2, ONE, 3), ValueError, r"len\(y\) is 2, k is 3"),
        (
            lambda m: m.batchnorm_forward_sync(X2, ONE, ONE, TRAIN),
            TypeError,
            "batchnorm_forward_sync: xs is a ndarray",
        ),
        (
            lambda m: m.batchnorm_forward_sync([X2, X2[:0]], ONE, ONE, TRAIN),
            ValueError,
            r"xs\[1\] has shape \(0, 2\), expected one row or more, of 2",
        ),
        (
            lambda m: m.batchnorm_forward_sync([X2, ONE], ONE, ONE, TRAIN),
            ValueError,
            r"batchnorm_forward_sync: xs\[1\] has 1 dimensions",
        ),
        (
            lambda m: m.batchnorm_forward_sync([X2], np.ones(3), ONE, TRAIN),
            ValueError,
            "gamma has 3 entries",
        ),
        (
            lambda m: m.batchnorm_backward_sync([X2], [(X2, ONE, ONE)] * 2),
            ValueError,
            "douts has 1 entries, caches has 2",
        ),
        (
            lambda m: m.batchnorm_backward_sync([X2[:1]], [(X2, ONE, ONE)]),
            ValueError,
            "batchnorm_backward_sync: dout has shape",
        ),
        (lambda m: m.all_reduce([ONE], "star"), ValueError, "all_reduce: algorithm is 'star'"),
        (lambda m: m.traffic("ring", 0, 1), ValueError, "traffic: k is 0"),
        (lambda m: m.traffic("ring", 2, 1.5), TypeError, "traffic: size is 1.5"),
        (lambda m: m.simulate(4, "ring", 3, 1, **COSTS), ValueError, "batch is 3, k is 4"),
        (
            lambda m: m.simulate(1, "ring", 3, 1, per_example=-1.0),
            ValueError,
            "simulate: per_example is -1",
        ),
        (
            lambda m: m.simulate(1, "ring", 3, 1, bandwidth=0, **COSTS),
            ValueError,
            "simulate: bandwidth is 0, expected above 0",
        ),
        (
            lambda m: m.simulate(1, "ring", 3, 1, bandwidth=np.nan, **COSTS),
            ValueError,
            "simulate: bandwidth is nan",
        ),
        (lambda m: m.simulate(1, "ring", 3, 1, steps=0, **COSTS), ValueError, "steps is 0"),
        (lambda m: m.simulate(1, "ring", 3, 1, seed=-1, **COSTS), ValueError, "seed is -1"),
        (lambda m: m.in_processes(os.getpid, 0), ValueError, "in_processes: k is 0"),
    ],
)
def test_what_does_not_fit_is_named(call, kind, message):
    with pytest.raises(kind, match=message):
        call(many_machines)
