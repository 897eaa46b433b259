"""Many machines, as the shared tests see it: sums in parts against sums in one piece."""

import numpy as np

from nndl import many_machines
from nndl.gradient_check import eval_numerical_gradient_array
from nndl.layers import batchnorm_backward, batchnorm_forward
from tests.support.oracles import assert_close

ENDS = {"even": [4, 8], "uneven": [1, 3, 4], "alone": []}


def check_mean_of_shards():
    """Weighted by the examples, whatever their numbers: a mean over all of them."""
    g = np.random.default_rng(0).normal(size=(12, 3, 2))
    for ends in ENDS.values():
        parts = np.split(g, ends)
        means, counts = [part.mean(axis=0) for part in parts], [len(part) for part in parts]
        assert_close(many_machines.mean_of_shards(means, counts), g.mean(axis=0))


def check_batchnorm_in_shards():
    """Outputs, averages and gradients are those of the whole batch, and numerical gradients."""
    rng = np.random.default_rng(1)
    x, dout = 3 * rng.normal(size=(12, 4)) + np.arange(12)[:, None], rng.normal(size=(12, 4))
    gamma, beta = rng.normal(size=4), rng.normal(size=4)
    kept = {"running_mean": rng.normal(size=4), "running_var": rng.random(4)}
    for ends in ENDS.values():
        param = {"mode": "train", "eps": 1e-3, "momentum": 0.6} | kept
        sync = dict(param)
        out, cache = batchnorm_forward(x, gamma, beta, param)
        xs, douts = np.split(x, ends), np.split(dout, ends)
        outs, caches = many_machines.batchnorm_forward_sync(xs, gamma, beta, sync)
        assert_close(np.concatenate(outs), out)
        for name in kept:
            assert_close(sync[name], param[name])
        dxs, *rest = many_machines.batchnorm_backward_sync(douts, caches)
        dx, *expected = batchnorm_backward(dout, cache)
        assert_close(np.concatenate(dxs), dx)
        for ours, theirs in zip(rest, expected, strict=True):
            assert_close(ours, theirs)

    def run(z):
        xs = np.split(z, [5])
        outs, _ = many_machines.batchnorm_forward_sync(xs, gamma, beta, {"mode": "train"})
        return np.concatenate(outs)

    _, caches = many_machines.batchnorm_forward_sync(
        np.split(x, [5]), gamma, beta, {"mode": "train"}
    )
    dxs, _, _ = many_machines.batchnorm_backward_sync(np.split(dout, [5]), caches)
    numerical = eval_numerical_gradient_array(run, x, dout)
    assert np.abs(np.concatenate(dxs) - numerical).max() < 1e-6


def check_all_reduce():
    """Every machine has the sum, the same bits, for any number of machines and any size."""
    rng = np.random.default_rng(2)
    for k in range(1, 9):
        for size in (1, 5, 24):
            arrays = list(rng.normal(size=(k, size)))
            for algorithm in ("gather", "tree", "ring"):
                sums = many_machines.all_reduce(arrays, algorithm)
                assert len(sums) == k
                for each in sums:
                    assert_close(each, np.sum(arrays, axis=0))
                    np.testing.assert_array_equal(each, sums[0])


def check_many_machines():
    """Everything of ``nndl.many_machines`` that is no process."""
    for check in (check_mean_of_shards, check_batchnorm_in_shards, check_all_reduce):
        check()


CHECKS = {"many_machines": check_many_machines}
