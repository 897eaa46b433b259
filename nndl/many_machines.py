# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/networks/many_machines.md
"""``nndl.many_machines``, in the order in which the book derives it."""

import multiprocessing
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from functools import partial, reduce
from itertools import combinations, pairwise

import numpy as np

from nndl.checks.arguments import check_integer
from nndl.checks.many_machines import (
    check_algorithm,
    check_arrays,
    check_costs,
    check_counts,
    check_shards,
    check_shards_backward,
    check_split,
)
from nndl.internal.conversions import as_floats
from nndl.layers import batchnorm_forward
from nndl.timing import best_time

# Chapter: book/networks/many_machines.md
__all__ = [
    "Link",
    "all_reduce",
    "batchnorm_backward_sync",
    "batchnorm_forward_sync",
    "data_parallel",
    "in_processes",
    "loss_in_shards",
    "mean_of_shards",
    "simulate",
    "split_rows",
    "time_exchange",
    "traffic",
    "tree_sum",
]


# Chapter: book/networks/many_machines.md
def split_rows(N, k):
    """N rows for k machines, in order.

    Parameters
    ----------
    N, k : int
        Rows, and machines; a row for each at least.

    Returns
    -------
    list of slice
        One for each machine; their lengths differ by one at most.

    Raises
    ------
    TypeError, ValueError
        For numbers that do not fit; the message names the argument.
    """
    check_split("split_rows", N, k)
    ends = [N * s // k for s in range(k + 1)]
    return [slice(first, last) for first, last in pairwise(ends)]


# Chapter: book/networks/many_machines.md
def tree_sum(parts):
    """The sum of some arrays, in an order that depends on their places alone.

    Parameters
    ----------
    parts : list of ndarray
        Of one shape. Neighbors are added, then neighbors of the sums, until one is left.

    Returns
    -------
    ndarray
        The sum; of a single array, that array itself.

    Raises
    ------
    TypeError, ValueError
        For arrays that do not fit; the message names the argument.
    """
    check_arrays("tree_sum", "parts", parts)
    parts = list(parts)
    while len(parts) > 1:
        left_over = parts[len(parts) // 2 * 2 :]
        parts = [a + b for a, b in zip(parts[::2], parts[1::2], strict=False)] + left_over
    return parts[0]


def mean_of_shards(parts, counts):
    """The mean over all examples of what each shard has the mean of, equation (3).

    Parameters
    ----------
    parts : list of ndarray
        Of each shard its gradient, the mean over its own examples.
    counts : list of int
        The examples of each shard.

    Returns
    -------
    ndarray

    Raises
    ------
    TypeError, ValueError
        For lists that do not fit; the message names the argument.
    """
    check_arrays("mean_of_shards", "parts", parts)
    check_counts("mean_of_shards", parts, counts)
    N = sum(counts)
    weights = [count / N for count in counts]
    weighted = [weight * part for weight, part in zip(weights, parts, strict=True)]
    return tree_sum(weighted)  # (3)


# Chapter: book/networks/many_machines.md
def loss_in_shards(net, X, y, k):
    """``net.loss(X, y)``, computed in k parts, equations (2) and (3).

    Parameters
    ----------
    net : object
        A network with ``loss(X, y)``, as the Solver wants it.
    X, y : ndarray
        A batch: N examples, and their labels.
    k : int
        The number of shards, N at most.

    Returns
    -------
    loss : float
    grads : dict of ndarray
        Those of the whole batch, but for a network in which examples see each other, or one that
        draws masks.

    Raises
    ------
    TypeError, ValueError
        For a number that does not fit; the message names the argument.
    """
    check_split("loss_in_shards", len(y), k, ("len(y)", "k"))
    rows = split_rows(len(y), k)
    losses, grads = zip(*(net.loss(X[part], y[part]) for part in rows), strict=True)  # (1)
    counts = [part.stop - part.start for part in rows]
    loss = mean_of_shards([np.asarray(part) for part in losses], counts)  # (2)
    return float(loss), {
        name: mean_of_shards([part[name] for part in grads], counts) for name in grads[0]
    }


# Chapter: book/networks/many_machines.md
def moments(x):
    """What a machine knows of its shard (N, D): N, the means, the sums of squared deviations."""
    mean = x.mean(axis=0, dtype=np.float64)
    return len(x), mean, np.sum((x - mean) ** 2, axis=0)


def combined(one, other):
    """The moments of two shards together, equation (5)."""
    (N_a, mean_a, M_a), (N_b, mean_b, M_b) = one, other
    N, delta = N_a + N_b, mean_b - mean_a
    mean = mean_a + N_b / N * delta  # (5)
    M = M_a + M_b + N_a * N_b / N * delta**2  # (5)
    return N, mean, M


# Chapter: book/networks/many_machines.md
def batchnorm_forward_sync(xs, gamma, beta, bn_param):
    """Batch normalization of a batch that lies in shards, by the statistics of all of it.

    Parameters
    ----------
    xs : list of ndarray, shape (N_s, D)
        The shards; images as rows of channels, (N_s * H * W, C).
    gamma, beta : ndarray, shape (D,)
        Scale and shift of each feature.
    bn_param : dict
        As for ``batchnorm_forward``; the running averages of the whole batch are written to it.

    Returns
    -------
    outs : list of ndarray, shape (N_s, D)
        That of ``batchnorm_forward`` for the whole batch, but for rounding, in shards.
    caches : list of tuple
        For ``batchnorm_backward_sync``; None in mode ``"test"``, in which nothing is exchanged.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_shards("batchnorm_forward_sync", xs, gamma, beta, bn_param)
    if bn_param["mode"] == "test":
        outs = [batchnorm_forward(x, gamma, beta, bn_param)[0] for x in xs]
        return outs, [None] * len(xs)
    *xs, gamma, beta = as_floats(*xs, gamma, beta)
    eps, momentum = float(bn_param.get("eps", 1e-5)), float(bn_param.get("momentum", 0.9))
    N, mean, M = reduce(combined, map(moments, xs))  # exchanged
    var = M / N
    for name, value in (("running_mean", mean), ("running_var", var)):
        kept = bn_param.get(name, np.zeros(len(mean)))
        bn_param[name] = (momentum * kept + (1 - momentum) * value).astype(xs[0].dtype)
    sigma, outs, caches = np.sqrt(var + eps), [], []
    for x in xs:
        centered = x - mean
        out = gamma * (centered / sigma) + beta
        outs.append(out.astype(np.result_type(x, gamma, beta)))
        caches.append((centered.astype(x.dtype), sigma.astype(x.dtype), gamma))
    return outs, caches


# Chapter: book/networks/many_machines.md
def batchnorm_backward_sync(douts, caches):
    """Gradients of ``batchnorm_forward_sync``, equation (6).

    Parameters
    ----------
    douts : list of ndarray, shape (N_s, D)
        Gradient of the loss of the whole batch with respect to each shard's output.
    caches : list of tuple
        What the forward pass returned.

    Returns
    -------
    dxs : list of ndarray, shape (N_s, D)
        Gradient with respect to each shard.
    dgamma, dbeta : ndarray, shape (D,)
        Gradients with respect to gamma and beta, of the whole batch: sums over all shards, which
        are not to be added up again.

    Raises
    ------
    TypeError, ValueError
        For lists that do not fit; the message names the argument.
    """
    names = ("centered", "sigma", "gamma")
    check_shards_backward("batchnorm_backward_sync", douts, caches, names)
    *douts, gamma = as_floats(*douts, caches[0][2])
    dtype = np.result_type(*douts, gamma, caches[0][0])
    x_hats = [centered / np.float64(sigma) for centered, sigma, _ in caches]
    N, sigma, dxs = sum(map(len, douts)), caches[0][1], []
    products = [dout * x_hat for dout, x_hat in zip(douts, x_hats, strict=True)]
    dbeta = tree_sum([dout.sum(axis=0, dtype=np.float64) for dout in douts])  # exchanged
    dgamma = tree_sum([product.sum(axis=0) for product in products])  # exchanged
    for dout, x_hat in zip(douts, x_hats, strict=True):
        rest = dout - dbeta / N - x_hat * dgamma / N  # (6)
        dxs.append((gamma / sigma * rest).astype(dtype))
    return dxs, dgamma.astype(dtype), dbeta.astype(dtype)


# Chapter: book/networks/many_machines.md
# Part number `part` of `parts` of an array, from one machine to another; it is added, or replaces.
Message = namedtuple("Message", "source target part parts adds", defaults=(0, 1, True))


def gather_rounds(k):
    """All-reduce by machine 0: the rounds of messages among k machines, in turn."""
    up = [[Message(r, 0)] for r in range(1, k)]
    return up + [[Message(0, r, adds=False)] for r in range(1, k)]


def tree_rounds(k):
    """All-reduce by a tree: as ``tree_sum`` adds, and the same way back."""
    steps = [2**i for i in range(int(k - 1).bit_length())]
    up = [[Message(r + step, r) for r in range(0, k - step, 2 * step)] for step in steps]
    back = [[Message(m.target, m.source, adds=False) for m in messages] for messages in up[::-1]]
    return up + back


def ring_rounds(k):
    """All-reduce around a ring: reduce-scatter, then all-gather, in k parts."""

    def turn(t, adds):
        return [Message(r, (r + 1) % k, (r - t) % k, k, adds) for r in range(k)]

    return [turn(t, True) for t in range(k - 1)] + [turn(t - 1, False) for t in range(k - 1)]


def part_of(vector, message):
    """The part of a vector that a message carries, as a view."""
    first, last = (len(vector) * p // message.parts for p in (message.part, message.part + 1))
    return vector[first:last]


ROUNDS = {"gather": gather_rounds, "tree": tree_rounds, "ring": ring_rounds}


# Chapter: book/networks/many_machines.md
def all_reduce(arrays, algorithm="ring"):
    """The sum of all machines' arrays, for each of them.

    Parameters
    ----------
    arrays : list of ndarray
        What each machine has, of one shape and dtype.
    algorithm : str
        "gather", "tree" or "ring". From 3 machines on they add in different orders.

    Returns
    -------
    list of ndarray
        The sum, once for each machine, the same to the last bit.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_arrays("all_reduce", "arrays", arrays)
    check_algorithm("all_reduce", algorithm, ROUNDS)
    held = [np.array(array).ravel() for array in arrays]
    for messages in ROUNDS[algorithm](len(held)):
        sent = [part_of(held[m.source], m).copy() for m in messages]  # all at the same time
        for m, part in zip(messages, sent, strict=True):
            mine = part_of(held[m.target], m)
            mine[:] = mine + part if m.adds else part
    return [vector.reshape(array.shape) for vector, array in zip(held, arrays, strict=True)]


# Chapter: book/networks/many_machines.md
def traffic(algorithm, k, size):
    """What an all-reduce sends.

    Parameters
    ----------
    algorithm : str
        "gather", "tree" or "ring".
    k, size : int
        Machines, and bytes of each one's array. Its parts are counted as equal, which they are only
        nearly where the ring cuts an array into k.

    Returns
    -------
    dict
        ``rounds`` and ``messages``; ``sent`` and ``received``, the bytes of each machine, (k,).

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_algorithm("traffic", algorithm, ROUNDS)
    check_integer("traffic", "k", k, least=1)
    check_integer("traffic", "size", size, least=0)
    rounds, sent, received = ROUNDS[algorithm](k), np.zeros(k), np.zeros(k)
    for messages in rounds:
        for m in messages:
            sent[m.source] += size / m.parts
            received[m.target] += size / m.parts
    count = sum(map(len, rounds))
    return {"rounds": len(rounds), "messages": count, "sent": sent, "received": received}


# Chapter: book/networks/many_machines.md
def simulate(
    k, algorithm, batch, size, *, per_example, overhead=0.0, latency=0.0, bandwidth=np.inf,
    straggle=0.0, steps=1, seed=0,
):  # fmt: skip
    """How long the steps of a training run would take on k machines, (7), (9).

    Parameters
    ----------
    k : int
        Machines.
    algorithm : str
        Of the all-reduce: "gather", "tree" or "ring".
    batch, size : int
        Examples of a step, k at least, and bytes of the gradient.
    per_example, overhead, latency : float
        Seconds for an example, for a step without any, and for a message without any bytes.
    bandwidth : float
        Bytes a second between two machines.
    straggle : float
        Mean of what a machine loses in a step by chance, exponential, in seconds.
    steps : int
        Number of steps.
    seed : int or numpy.random.Generator, optional
        For the chance.

    Returns
    -------
    ndarray, shape (steps,)
        Seconds of each step, from when the last machine is done with one to when the last machine
        is done with the next.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_split("simulate", batch, k, ("batch", "k"))
    check_algorithm("simulate", algorithm, ROUNDS)
    seconds = {"per_example": per_example, "overhead": overhead}
    seconds |= {"latency": latency, "straggle": straggle}
    check_costs("simulate", seed=seed, bandwidth=bandwidth, steps=steps, size=size, **seconds)
    rng, rounds = np.random.default_rng(seed), ROUNDS[algorithm](k)
    counts = np.array([part.stop - part.start for part in split_rows(batch, k)])
    clock, ends = np.zeros(k), [0.0]
    for _ in range(steps):
        clock = clock + overhead + per_example * counts + straggle * rng.exponential(size=k)
        for messages in rounds:
            before = clock.copy()  # all messages of a round at the same time
            for m in messages:
                start = max(before[m.source], before[m.target])
                end = start + latency + size / m.parts / bandwidth  # (7)
                clock[[m.source, m.target]] = np.maximum(clock[[m.source, m.target]], end)
        ends.append(clock.max())  # (9)
    return np.diff(ends)


# Chapter: book/networks/many_machines.md
class Link:
    """What joins a process to the others: its number, ``rank``, of ``k``, and a pipe to each."""

    def __init__(self, rank, k, peers):
        self.rank, self.k, self.peers = rank, k, peers
        self.sender = ThreadPoolExecutor(1)  # who sends does not read: two that do would both wait

    def all_reduce(self, vector, rounds):
        """The sum of all processes' vectors, into ``vector``; ``rounds`` as in ``ROUNDS``."""
        for messages in rounds:
            sending = [
                self.sender.submit(self.peers[m.target].send_bytes, part_of(vector, m).copy())
                for m in messages
                if m.source == self.rank
            ]
            for m in messages:
                if m.target == self.rank:
                    part = np.frombuffer(self.peers[m.source].recv_bytes(), vector.dtype)
                    mine = part_of(vector, m)
                    mine[:] = mine + part if m.adds else part
            for sent in sending:
                sent.result()


def data_parallel(link, build, X, y, batches, shards, learning_rate, algorithm="tree"):
    """Steps of SGD by all processes together: what each of them runs, under ``in_processes``.

    Parameters
    ----------
    link : Link
        Of this process to the others.
    build : callable
        Makes the network, the same in each process; without batch norm and dropout. Gradients are
        exchanged in float32.
    X, y : ndarray
        Training examples and their labels.
    batches : list of int
        The size of the batch of each step.
    shards : int
        Into how many parts a batch is cut: k times a power of two, so that each process has a
        whole branch of the tree. The bits of the result then depend on this number, and with "tree"
        not on k.
    learning_rate : float
        Of all steps.
    algorithm : str
        Of the all-reduce.

    Returns
    -------
    params : dict of ndarray
        The parameters at the end.
    losses : list of float
        The loss of each step.
    seconds : list of float
        The time of each step.
    """
    net, rounds = build(), ROUNDS[algorithm](link.k)
    own = split_rows(shards, link.k)[link.rank]
    losses, seconds = [], []

    def step(t, batch):
        rows = np.random.default_rng([0, t]).integers(len(y), size=batch)  # in all the same
        parts = []
        for part in split_rows(batch, shards)[own]:
            loss, grads = net.loss(X[rows[part]], y[rows[part]])
            vector = np.concatenate([[loss], *(grads[name].ravel() for name in net.params)])
            parts.append(np.float32((part.stop - part.start) / batch) * vector.astype(np.float32))
        total = tree_sum(parts)
        link.all_reduce(total, rounds)
        first = 1
        for w in net.params.values():
            w -= learning_rate * total[first : first + w.size].reshape(w.shape)
            first += w.size
        losses.append(float(total[0]))

    for t, batch in enumerate(batches):
        seconds.append(best_time(None, partial(step, t, batch), repeats=1))
    return net.params, losses, seconds


def time_exchange(link, sizes, algorithm="tree", repeats=20):
    """The shortest of several all-reduces, in seconds, for arrays of so many float32 numbers."""
    rounds, found = ROUNDS[algorithm](link.k), []
    for size in sizes:
        vector = np.zeros(size, np.float32)
        link.all_reduce(vector, rounds)  # begin together
        found.append(best_time(None, partial(link.all_reduce, vector, rounds), repeats))
    return found


def _run_as(rank, k, peers, back, function, arguments):
    """What a process of ``in_processes`` does: one thread of its own, the function, its result."""
    from nndl.fast import set_num_threads  # not before: it imports numba

    set_num_threads(1)
    back.send(function(Link(rank, k, peers), *arguments))


def in_processes(function, k, *arguments):
    """``function(link, *arguments)`` in k processes on this machine, each joined to all others.

    Parameters
    ----------
    function : callable
        One of a module, since other processes have to import it.
    k : int
        The number of processes.
    *arguments : object
        What can be pickled; each process gets a copy.

    Returns
    -------
    list
        What each process returned.

    Raises
    ------
    RuntimeError
        A process ended without a result. The others are ended, too.
    TypeError, ValueError
        k is no number of processes.
    """
    check_integer("in_processes", "k", k, least=1)
    from multiprocessing.connection import wait  # a browser has no pipes

    spawn = multiprocessing.get_context("spawn")
    peers = [{} for _ in range(k)]
    for one, other in combinations(range(k), 2):
        peers[one][other], peers[other][one] = spawn.Pipe()
    backs = [spawn.Pipe(duplex=False) for _ in range(k)]
    given = [(r, k, peers[r], backs[r][1], function, arguments) for r in range(k)]
    processes = [spawn.Process(target=_run_as, args=args, daemon=True) for args in given]
    results = {}
    try:
        for process in processes:
            process.start()
        while len(results) < k:
            left = [r for r in range(k) if r not in results]
            ready = wait([backs[r][0] for r in left] + [processes[r].sentinel for r in left])
            for r in left:
                if backs[r][0] in ready or backs[r][0].poll():
                    results[r] = backs[r][0].recv()
                elif processes[r].sentinel in ready:
                    code = processes[r].exitcode
                    raise RuntimeError(f"in_processes: process {r} ended with exit code {code}")
        return [results[r] for r in range(k)]
    finally:
        for process in processes:
            process.terminate()
            process.join()
