"""Made-up images in CIFAR-10's format: for tests, and for chapters where CIFAR-10 is not."""

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

from nndl.checks.arguments import check_path
from nndl.checks.data import check_synthetic
from nndl.data.cifar10_paths import FOLDERS, IMAGES_PER_FILE, batch_files
from nndl.data.provenance import NOTE
from nndl.internal.types import Array, FilePath

SHAPES = ["disk", "ring", "square", "triangle", "plus"]
SHAPES += ["cross", "rows", "columns", "checks", "pair"]
NOTE_TEXT = "synthetic images of ten shapes, made by nndl, not CIFAR-10"
MAX_NOISE = 30  # the largest change of a color


def synthetic_CIFAR10(folder: FilePath, num_per_batch: int = 1000, seed: int = 0) -> Path:
    """Write made-up images that :func:`get_CIFAR10_data` reads as it reads CIFAR-10.

    There are ten shapes, in equal numbers: disk, ring, square, triangle, plus, cross, rows,
    columns, checks and a pair of disks, of any size, at any place, in any two colors, under noise.
    A shape is what it was when mirrored, so that :func:`augment` may do so. Their mean images do
    not tell them apart, a small convolutional network does.

    Parameters
    ----------
    folder : path
        The folder for ``cifar-10-batches-bin``: five training batches, a test batch, the names of
        the shapes, and a note that says what this is, which becomes the provenance.
    num_per_batch : int, optional
        Number of images in each of the six files, 10 to 10,000.
    seed : int, optional
        The same seed gives the same bytes.

    Returns
    -------
    Path
        The folder ``cifar-10-batches-bin``.

    Raises
    ------
    FileExistsError
        There is such a folder already; it is left as it is.
    TypeError, ValueError
        An argument is not one of these.
    """
    check_synthetic("synthetic_CIFAR10", num_per_batch, IMAGES_PER_FILE, seed)
    check_path("synthetic_CIFAR10", "folder", folder)
    folder = Path(folder)
    target = folder / FOLDERS[0]
    if target.exists():
        raise FileExistsError(f"synthetic_CIFAR10: {target} exists, and is left as it is")
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    work = Path(tempfile.mkdtemp(prefix="synthetic-", dir=folder))
    try:
        (work / "new").mkdir()
        for name in batch_files(".bin"):
            y = rng.permutation(np.arange(num_per_batch) % len(SHAPES)).astype(np.uint8)
            records = np.hstack([y[:, None], draw(y, rng).reshape(len(y), -1)])
            (work / "new" / name).write_bytes(records.tobytes())
        (work / "new" / "batches.meta.txt").write_text("\n".join(SHAPES) + "\n", "utf-8")
        (work / "new" / NOTE).write_text(NOTE_TEXT + "\n", "utf-8")
        os.replace(work / "new", target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def draw(y: Array, rng: np.random.Generator) -> Array:
    """An image of each shape in ``y``, uint8, shape (N, 3, 32, 32).

    Whole numbers alone are computed with, so the images are the same on every machine.
    """
    low, high = [[6], [11], [11]], [[11], [21], [21]]
    size, col, row = rng.integers(low, high, (3, len(y)))[..., None, None]
    down, right = np.mgrid[:32, :32]
    chosen = [y[:, None, None] == k for k in range(len(SHAPES))]
    inside = np.select(chosen, masks(right - col, down - row, size))
    dark, bright = rng.integers(0, 110, (len(y), 3)), rng.integers(130, 256, (len(y), 3))
    swapped = rng.random(len(y))[:, None] < 0.5
    ink, paper = np.where(swapped, dark, bright), np.where(swapped, bright, dark)
    color = np.where(inside[:, None], ink[..., None, None], paper[..., None, None])
    noise = rng.integers(-MAX_NOISE, MAX_NOISE + 1, color.shape, dtype=np.int16)
    return np.clip(color + noise, 0, 255).astype(np.uint8)


def masks(x: Array, y: Array, s: Array) -> list[Array]:
    """Where the ink of each shape is, around a center, for a half width ``s``."""
    distance = x * x + y * y
    box = (abs(x) <= s) & (abs(y) <= s)
    bar = s // 3 + 1
    rows, cols = (y + 32) // bar % 2, (x + 32) // bar % 2
    apart = abs(x) - (2 * s + 2) // 3
    return [
        distance <= s * s,
        (distance <= s * s) & (distance >= s * s // 3),
        box,
        (abs(y) <= s) & (2 * abs(x) <= y + s),
        box & ((abs(x) < bar) | (abs(y) < bar)),
        box & (abs(abs(x) - abs(y)) < bar),
        box & (rows == 0),
        box & (cols == 0),
        box & (rows != cols),
        apart * apart + y * y <= s * s // 5,
    ]
