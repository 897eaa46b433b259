"""Which examples a training run looks at, and when.

Everything random is drawn from a generator made of the seed, a purpose, and the number of an epoch
or of an iteration. No generator has a state that another draw could disturb, or that would be lost
when a run is resumed.
"""

import numpy as np

from nndl.internal.types import Integers

# The purposes.
SHUFFLE, DRAW, AUGMENT, SUBSET = range(4)


def new_generator(seed: int, purpose: int, number: int) -> np.random.Generator:
    """A generator for one purpose at one time.

    Parameters
    ----------
    seed : int
        That of the run.
    purpose : int
        SHUFFLE, DRAW, AUGMENT or SUBSET.
    number : int
        The epoch or the iteration, from 0.

    Returns
    -------
    numpy.random.Generator
        Always the same for the same arguments.
    """
    return np.random.default_rng([seed, purpose, number])


class Batches:
    """The rows of each batch of a run.

    Parameters
    ----------
    N : int
        Training examples.
    batch_size : int
        Examples to a batch. Where it does not divide N, those left over are spread over the
        epoch's batches, which are then a little larger.
    seed : int
        Seed of the shuffles.
    replacement : bool
        Whether to draw each batch from all examples with replacement, as in the course.

    Attributes
    ----------
    per_epoch : int
        Batches in an epoch, ``max(N // batch_size, 1)``.
    """

    def __init__(self, N: int, batch_size: int, seed: int, replacement: bool = False) -> None:
        self.N, self.batch_size, self.seed, self.replacement = N, batch_size, seed, replacement
        self.per_epoch = max(N // batch_size, 1)
        self._epoch, self._order = None, None

    def rows(self, iteration: int) -> Integers:
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
            return new_generator(self.seed, DRAW, iteration).integers(self.N, size=self.batch_size)
        if epoch != self._epoch:
            self._order = new_generator(self.seed, SHUFFLE, epoch).permutation(self.N)
            self._epoch = epoch
        return self._order[k * self.N // self.per_epoch : (k + 1) * self.N // self.per_epoch]


def subset(N: int, size: int | None, seed: int, iteration: int) -> Integers | None:
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
