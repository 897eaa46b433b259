"""CIFAR-10 from a folder: the course's functions, and every way a file can be wrong."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from cifar10_files import BINARY, PYTHON, binary_batch, pictures, python_batch, write_copy

from nndl.data import layout, provenance, synthetic
from nndl.data_utils import get_CIFAR10_data, load_CIFAR10, load_CIFAR_batch, synthetic_CIFAR10

FOLDER = {False: "cifar-10-batches-bin", True: "cifar-10-batches-py"}
SOME = {"num_training": 70, "num_validation": 30, "num_test": 10}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """No test sees this machine's own data."""
    monkeypatch.delenv("NNDL_DATA", raising=False)
    monkeypatch.setattr(layout, "cache_folder", lambda: tmp_path / "the cache")


@pytest.mark.parametrize("python", [False, True])
def test_round_trip(tmp_path, rng, python, capsys):
    X, y = write_copy(tmp_path / FOLDER[python], rng, python=python)
    data = get_CIFAR10_data(**SOME, root=tmp_path)
    mean = X[:70].astype(np.float64).mean(axis=0)
    parts = {"train": slice(70), "val": slice(70, 100), "test": slice(100, 110)}
    for part, rows in parts.items():
        assert data[f"X_{part}"].dtype == np.float32
        assert data[f"X_{part}"].flags.c_contiguous
        assert np.abs(data[f"X_{part}"] - (X[rows] - mean)).max() < 1e-4
        assert data[f"y_{part}"].dtype == np.int64
        assert np.array_equal(data[f"y_{part}"], y[rows])
    assert np.abs(data["mean_image"] - mean).max() < 1e-4
    assert data["provenance"].startswith("unknown copy, hashes differ from the official ones")
    assert data["classes"][3] == "cat"
    assert capsys.readouterr().out == data["provenance"] + "\n"


def test_the_courses_notebooks_loop_over_six_arrays(tmp_path, rng):
    """Their first cell: ``for k in data.keys(): print('{}: {} '.format(k, data[k].shape))``."""
    write_copy(tmp_path / FOLDER[False], rng)
    data = get_CIFAR10_data(**SOME, root=tmp_path)
    shapes = {k: data[k].shape for k in data.keys()}  # noqa: SIM118
    assert shapes == {
        "X_train": (70, 3, 32, 32),
        "y_train": (70,),
        "X_val": (30, 3, 32, 32),
        "y_val": (30,),
        "X_test": (10, 3, 32, 32),
        "y_test": (10,),
    }
    with pytest.raises(KeyError, match="X_tset"):
        data["X_tset"]


@pytest.mark.parametrize("python", [False, True])
def test_without_the_mean_the_bytes_are_returned(tmp_path, rng, python, capsys):
    X, _ = write_copy(tmp_path / FOLDER[python], rng, python=python)
    data = get_CIFAR10_data(**SOME, root=tmp_path, subtract_mean=False, verbose=False)
    assert np.array_equal(data["X_train"], X[:70])
    assert np.array_equal(data["X_test"], X[100:110])
    assert not data["mean_image"].any()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("python", [False, True])
def test_the_courses_loaders_put_channels_last(tmp_path, rng, python):
    folder = tmp_path / FOLDER[python]
    X, y = write_copy(folder, rng, python=python)
    one, labels = load_CIFAR_batch(str(folder / (PYTHON if python else BINARY)[1]))
    assert one.shape == (20, 32, 32, 3)
    assert one.dtype == np.float32
    assert np.array_equal(one.transpose(0, 3, 1, 2), X[20:40])
    assert np.array_equal(labels, y[20:40])
    for root in (folder, tmp_path):
        Xtr, ytr, Xte, yte = load_CIFAR10(root)
        assert np.array_equal(Xtr.transpose(0, 3, 1, 2), X[:100])
        assert np.array_equal(Xte.transpose(0, 3, 1, 2), X[100:])
        assert np.array_equal(np.concatenate([ytr, yte]), y)


def test_a_pixel_is_where_the_format_says(tmp_path):
    """Section "Binary version" of CIFAR-10's page: a label, then red, green, blue, row by row."""
    record = np.zeros(3073, np.uint8)
    record[0], record[1 + 1024 + 32 * 5 + 7] = 9, 200  # green, row 5, column 7
    (tmp_path / "one.bin").write_bytes(record.tobytes())
    X, y = load_CIFAR_batch(tmp_path / "one.bin")
    assert X[0, 5, 7].tolist() == [0, 200, 0]
    assert y.tolist() == [9]


def test_the_places_are_looked_at_in_order(tmp_path, rng, monkeypatch):
    (cached, _), (named, _) = (
        write_copy(tmp_path / place / FOLDER[False], rng) for place in ("the cache", "named")
    )
    raw = SOME | {"subtract_mean": False, "verbose": False}
    assert np.array_equal(get_CIFAR10_data(**raw)["X_train"], cached[:70])
    monkeypatch.setenv("NNDL_DATA", str(tmp_path / "named"))
    assert np.array_equal(get_CIFAR10_data(**raw)["X_train"], named[:70])
    monkeypatch.setenv("NNDL_DATA", str(tmp_path / "named" / FOLDER[False]))  # one too deep
    assert np.array_equal(get_CIFAR10_data(**raw)["X_train"], named[:70])
    monkeypatch.setenv("NNDL_DATA", str(tmp_path / "empty"))
    assert np.array_equal(get_CIFAR10_data(**raw)["X_train"], cached[:70])


def test_without_data_one_message_says_all(tmp_path, rng, monkeypatch):
    write_copy(tmp_path / "named" / FOLDER[False], rng)
    (tmp_path / "named" / FOLDER[False] / BINARY[2]).unlink()
    monkeypatch.setenv("NNDL_DATA", str(tmp_path / "named"))
    with pytest.raises(FileNotFoundError) as error:
        get_CIFAR10_data()
    said = str(error.value)
    assert said.startswith("get_CIFAR10_data: CIFAR-10 was not found. Looked in\n")
    assert f"$NNDL_DATA, {tmp_path / 'named'}: cifar-10-batches-bin lacks data_batch_3.bin" in said
    assert f"the cache, {tmp_path / 'the cache'}: does not exist" in said
    assert "get_CIFAR10_data(download=True)" in said
    assert "set the environment variable NNDL_DATA to the folder" in said
    with pytest.raises(FileNotFoundError, match=f"{tmp_path.name}: holds neither cifar-10-batch"):
        get_CIFAR10_data(root=tmp_path)


X3 = np.zeros((20, 3072), np.uint8)
Y3 = np.arange(20, dtype=np.uint8) % 10
BAD = {
    "empty": (False, b"", "is empty"),
    "cut within a record": (False, binary_batch(X3, Y3)[:-1], "has 61459 bytes.*cut short"),
    "a byte too long": (False, binary_batch(X3, Y3) + b"\0", "no whole number of records"),
    "cut between records": (False, binary_batch(X3, Y3)[:-3073], "has 19 records.*has 20"),
    "a record too long": (False, binary_batch(X3, Y3) + bytes(3073), "has 21 records.*has 20"),
    "more than any copy has": (False, bytes(10_001 * 3073), "has 10001 records, expected 1 to"),
    "far too long": (False, bytes(20_001 * 3073), "has 61463073 bytes, expected at most"),
    "a wrong label": (False, binary_batch(X3, Y3 + 1), "record 9 has label 10, expected 0 to 9"),
    "a cut pickle": (True, python_batch(X3, Y3)[:-1], "not a pickle of plain data"),
    "a wrong label in a pickle": (True, python_batch(X3, Y3 + 1), "record 9 has label '10'"),
    "fewer labels": (True, python_batch(X3, Y3[:-1]), "has no list of 20 labels"),
    "smaller pictures": (True, python_batch(X3[:, 1:], Y3), "has no data of dtype uint8 and shape"),
    "no dictionary": (True, b"\x80\x02].", "has no data of dtype uint8 and shape"),
    "no data": (True, b"\x80\x02}U\x06labels]s.", "has no data of dtype uint8 and shape"),
    "code": (True, b"\x80\x02cos\nsystem\nU\x04true\x85R.", r"asks for 'os\.system'"),
    "a pickle of Python 1": (True, b"cos\nsystem\n.", "no whole number of records"),
    "a web page": (False, b"<!DOCTYPE html><title>404 Not Found</title>", "no whole number"),
}


@pytest.mark.parametrize(("python", "content", "why"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("k", [1, 5])
def test_a_bad_file_is_refused_by_its_name(tmp_path, rng, python, content, why, k):
    folder = tmp_path / FOLDER[python]
    write_copy(folder, rng, python=python)
    name = (PYTHON if python else BINARY)[k]
    (folder / name).write_bytes(content)
    if "has 20" in why and k == 5:  # the test batch may have another number of pictures
        assert get_CIFAR10_data(**SOME, root=tmp_path)["y_test"].shape == (10,)
        return
    for read in (lambda: get_CIFAR10_data(**SOME, root=tmp_path), lambda: load_CIFAR10(folder)):
        with pytest.raises(ValueError, match=f"{name}: (?s:.*){why}"):
            read()


@pytest.mark.parametrize("python", [False, True])
def test_known_hashes_name_the_copy_and_refuse_a_damaged_one(tmp_path, rng, monkeypatch, python):
    folder = tmp_path / FOLDER[python]
    write_copy(folder, rng, python=python)
    names = PYTHON if python else BINARY
    method = "md5" if python else "sha256"
    known = {
        name.removesuffix(".bin"): hashlib.new(method, (folder / name).read_bytes()).hexdigest()
        for name in names
    }
    monkeypatch.setitem(provenance.KNOWN, "a set that is known", known)
    assert get_CIFAR10_data(**SOME, root=tmp_path)["provenance"] == "a set that is known"
    content = bytearray((folder / names[2]).read_bytes())
    content[2000] ^= 1  # a bit of a pixel: every other check passes
    (folder / names[2]).write_bytes(content)
    for read in (lambda: get_CIFAR10_data(**SOME, root=tmp_path), lambda: load_CIFAR10(folder)):
        with pytest.raises(ValueError, match="the hash of data_batch_3 is wrong, the others are a"):
            read()


def test_a_folder_may_say_what_it_is_but_not_pass_for_the_official_one(tmp_path, rng):
    folder = tmp_path / FOLDER[False]
    write_copy(folder, rng)
    note = folder / "provenance.txt"
    note.write_text("CIFAR-10, official binary batches\nmore\n", encoding="utf-8")
    said = get_CIFAR10_data(**SOME, root=tmp_path)["provenance"]
    assert said == "CIFAR-10, official binary batches (says provenance.txt beside it)"
    for content in (b"", b"\x1b[2J\n", b"\n"):
        note.write_bytes(content)
        assert get_CIFAR10_data(**SOME, root=tmp_path)["provenance"] == provenance.UNKNOWN


def test_a_recompressed_copy_may_have_fewer_test_pictures(tmp_path, rng):
    write_copy(tmp_path / FOLDER[False], rng)
    X, y = pictures(10, rng)
    (tmp_path / FOLDER[False] / "test_batch.bin").write_bytes(binary_batch(X, y))
    assert get_CIFAR10_data(**SOME, root=tmp_path)["X_test"].shape == (10, 3, 32, 32)
    with pytest.raises(ValueError, match=r"num_test is 11, expected at most 10: all that .*test_b"):
        get_CIFAR10_data(70, 30, 11, root=tmp_path)


def test_more_pictures_than_there_are(tmp_path, rng):
    write_copy(tmp_path / FOLDER[False], rng)
    message = "num_training [+] num_validation is 101, expected at most 100: all that "
    with pytest.raises(ValueError, match=message):
        get_CIFAR10_data(70, 31, 10, root=tmp_path)
    assert get_CIFAR10_data(100, 0, 0, root=tmp_path)["X_val"].shape == (0, 3, 32, 32)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"num_training": 0}, ValueError, "num_training is 0, expected 1 or more"),
        ({"num_validation": -1}, ValueError, "num_validation is -1, expected 0 or more"),
        ({"num_test": 1e3}, TypeError, r"num_test is 1000.0 \(float\), expected an integer"),
        ({"download": "yes"}, TypeError, r"download is 'yes' \(str\), expected True or False"),
        ({"subtract_mean": 1}, TypeError, "subtract_mean is 1"),
    ],
)
def test_arguments(arguments, error, message):
    with pytest.raises(error, match=f"get_CIFAR10_data: {message}"):
        get_CIFAR10_data(**arguments)


def test_synthetic_pictures_are_read_like_cifar10_and_say_what_they_are(tmp_path):
    folder = synthetic_CIFAR10(tmp_path, num_per_batch=40)
    assert folder == tmp_path / FOLDER[False]
    assert [path.name for path in tmp_path.iterdir()] == [FOLDER[False]]
    data = get_CIFAR10_data(150, 50, 40, root=tmp_path)
    assert data["provenance"].startswith("synthetic")
    assert data["classes"][0] == "disk"
    assert np.array_equal(np.bincount(data["y_test"]), np.full(10, 4))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(FileExistsError, match="exists, and is left as it is"):
        synthetic_CIFAR10(tmp_path)
    again = synthetic_CIFAR10(tmp_path / "again", num_per_batch=40)
    assert {path.name: path.read_bytes() for path in again.iterdir()} == before
    other = synthetic_CIFAR10(tmp_path / "other", num_per_batch=40, seed=1)
    assert (other / BINARY[0]).read_bytes() != before[BINARY[0]]


def test_synthetic_pictures_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    def full(self, content):
        raise OSError("no space left on device")

    monkeypatch.setattr(synthetic.Path, "write_bytes", full)
    with pytest.raises(OSError, match="no space"):
        synthetic_CIFAR10(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("n", [9, 10_001])
def test_synthetic_batches_have_a_size_the_format_allows(tmp_path, n):
    with pytest.raises(ValueError, match=f"synthetic_CIFAR10: num_per_batch is {n}, expected"):
        synthetic_CIFAR10(tmp_path, num_per_batch=n)


def test_data_utils_imports_nothing_heavy():
    program = (
        "import sys, nndl.data_utils as d; d.load_digits()\n"
        "print(sorted({'pooch', 'requests', 'tqdm', 'matplotlib', 'numba', 'tarfile'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
