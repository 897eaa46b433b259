"""Which examples a training run looks at, and when.

Everything random is drawn from a generator made of the seed, a purpose, and the number of an epoch
or of an iteration. No generator has a state that another draw could disturb, or that would be lost
when a run is resumed.
"""

import numpy as np

from nndl.internal.types import IntegerArray

# The purposes.
SHUFFLE, DRAW, AUGMENT, SUBSET, DROPOUT = range(5)


def new_generator(seed: int, purpose: int, number: int, shard: int = 0) -> np.random.Generator:
    """A generator for one purpose at one time, of one shard of the data.

    Parameters
    ----------
    seed : int
        That of the run.
    purpose : int
        SHUFFLE, DRAW, AUGMENT, SUBSET or DROPOUT.
    number : int
        The epoch or the iteration, from 0.
    shard : int
        Its number, from 0. What the first one draws is what a run without shards draws.

    Returns
    -------
    numpy.random.Generator
        Always the same for the same arguments.
    """
    return np.random.default_rng([seed, purpose, number, *([shard] if shard else [])])


class Batches:
    """The rows of each batch of a run, or the part of them that lies in one shard of the data.

    Each shard has its part in every batch, as large as its part of the data. So each visits its
    own examples once an epoch, in an order of its own.

    Parameters
    ----------
    N : int
        Training examples, of this shard.
    batch_size : int
        Examples to a batch, of all shards. Where it does not divide their number, those left over
        are spread over the epoch's batches, which are then a little larger.
    seed : int
        Seed of the shuffles.
    replacement : bool
        Whether to draw each batch from all examples with replacement, as in the course.
    shard, shards : int
        The number of this shard, from 0, and how many there are.
    total : int, optional
        Training examples of all shards, where there are several.

    Attributes
    ----------
    per_epoch : int
        Batches in an epoch, ``max(total // batch_size, 1)``.
    """

    def __init__(
        self,
        N: int,
        batch_size: int,
        seed: int,
        replacement: bool = False,
        shard: int = 0,
        shards: int = 1,
        total: int | None = None,
    ) -> None:
        self.N, self.seed, self.replacement, self.shard = N, seed, replacement, shard
        self.per_epoch = max((total or N) // batch_size, 1)
        start, end = bounds(batch_size, shard, shards)
        self.drawn = end - start
        self.shift = shard * self.per_epoch // shards  # not all shards are larger in one batch
        self._epoch, self._order = None, None

    def rows(self, iteration: int) -> IntegerArray:
        """The training examples of a batch.

        Parameters
        ----------
        iteration : int
            The number of the batch, from 0.

        Returns
        -------
        ndarray of int
            Their rows in X_train. Without replacement, those of an epoch are all rows, once each.
        """
        epoch, k = divmod(iteration, self.per_epoch)
        if self.replacement:
            draws = new_generator(self.seed, DRAW, iteration, self.shard)
            return draws.integers(self.N, size=self.drawn)
        if epoch != self._epoch:
            self._order = new_generator(self.seed, SHUFFLE, epoch, self.shard).permutation(self.N)
            self._epoch = epoch
        start, end = ((j * self.N + self.shift) // self.per_epoch for j in (k, k + 1))
        return self._order[start:end]


def bounds(N: int, part: int, parts: int) -> tuple[int, int]:
    """Where one of ``parts`` parts of N things starts and ends, all as large as they can be."""
    return part * N // parts, (part + 1) * N // parts


def subset(N: int, size: int | None, seed: int, iteration: int) -> IntegerArray | None:
    """Random rows for an accuracy check, in ascending order; None for all.

    Parameters
    ----------
    N : int
        Examples.
    size : int or None
        Number of rows to draw, each at most once; None, or N and more, for all.
    seed, iteration : int
        The run's seed, and the number of its steps so far.

    Returns
    -------
    ndarray of int or None
        The rows.
    """
    if size is None or size >= N:
        return None
    return np.sort(new_generator(seed, SUBSET, iteration).choice(N, size, replace=False))
