"""Files in the format of MNIST: what they hold is read, and nothing else is taken for it."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

from nndl.data import mnist
from nndl.data_utils import load_mnist

NAMES = [f"{name}-{kind}" for name, kind in mnist.FILES.items()]


def idx(array):
    """The bytes of an IDX file."""
    return struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def parts(rng):
    """Images and labels of a small training and test set."""
    found = []
    for count in (20, 7):
        found.append(rng.integers(0, 256, (count, 28, 28), dtype=np.uint8))
        found.append((np.arange(count) % 10).astype(np.uint8))
    return found


def write(folder, parts, end="", names=NAMES):
    folder.mkdir(exist_ok=True)
    for name, array in zip(names, parts, strict=True):
        content = idx(array)
        (folder / (name + end)).write_bytes(gzip.compress(content) if end else content)


def known(parts):
    """The hashes of these files, as those of a set that is known."""
    return tuple(hashlib.md5(idx(array)).hexdigest() for array in parts)


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("mark", ["-", "."])
def test_what_the_files_hold_is_read(tmp_path, parts, end, mark, capsys):
    write(tmp_path, parts, end, [name.replace("-idx", f"{mark}idx") for name in NAMES])
    data = load_mnist(tmp_path, num_validation=5)
    X, y, X_test, y_test = parts
    assert sorted(data) == ["X_test", "X_train", "X_val", "y_test", "y_train", "y_val"]
    assert data["X_train"].shape == (15, 1, 28, 28)
    assert data["X_train"].dtype == np.float32
    assert data["y_val"].dtype == np.int64
    assert data["y_val"].tolist() == y[15:].tolist()
    assert data["y_test"].tolist() == y_test.tolist()
    mean = X[:15].mean(axis=0) / 255
    np.testing.assert_allclose(data["mean_image"][0], mean, atol=1e-6)
    for name, images in (("X_train", X[:15]), ("X_val", X[15:]), ("X_test", X_test)):
        np.testing.assert_allclose(data[name][:, 0], images / 255 - mean, atol=1e-6)
    assert capsys.readouterr().out == f"{data['provenance']}\n" == f"{mnist.UNKNOWN_SET}\n"
    assert data["classes"] == list("0123456789")


def test_without_subtracting_the_mean_ink_is_1_and_paper_0(tmp_path, parts):
    write(tmp_path, parts)
    data = load_mnist(str(tmp_path), num_validation=0, subtract_mean=False, verbose=False)
    assert len(data["X_val"]) == 0
    np.testing.assert_array_equal(data["X_train"][:, 0], (parts[0] / np.float32(255)))
    assert not data["mean_image"].any()


@pytest.mark.parametrize("end", ["", ".gz"])
def test_known_files_are_named_and_a_mixture_is_refused(tmp_path, parts, monkeypatch, end, capsys):
    monkeypatch.setattr(mnist, "KNOWN_SETS", {"MNIST": 4 * ("0",), "Fashion-MNIST": known(parts)})
    write(tmp_path, parts, end)
    data = load_mnist(tmp_path, num_validation=5)
    assert capsys.readouterr().out == "Fashion-MNIST\n"
    assert data["classes"][9] == "ankle boot"
    parts[2][0, 0, 0] ^= 1
    write(tmp_path, parts, end)
    with pytest.raises(ValueError, match=rf"hash of t10k-images-idx3-ubyte{end} is wrong, the oth"):
        load_mnist(tmp_path, num_validation=5)


def test_the_known_hashes_are_eight_different_ones():
    hashes = [digest for known in mnist.KNOWN_SETS.values() for digest in known]
    assert len(set(hashes)) == 8
    assert all(len(digest) == 32 and int(digest, 16) for digest in hashes)
    assert len(set(mnist.FASHION)) == 10


@pytest.mark.parametrize(
    ("change", "message"),
    {
        "empty": (lambda content: b"", "is empty, expected 0x00000803"),
        "three bytes": (lambda content: content[:3], "begins with 0x000008, expected 0x00000803"),
        "head cut": (lambda content: content[:9], "has 9 bytes, expected 16 and more: cut short"),
        "cut": (lambda content: content[:-1], r"15695 bytes, expected 15696 .*: cut short\?"),
        "longer": (lambda content: content + b"x", "15697 bytes, expected 15696 .*: something"),
        "labels": (lambda content: idx(np.zeros(20, np.uint8)), "0x00000801, as a file of labels"),
        "floats": (lambda content: b"\0\0\x0d\3" + content[4:], "begins with 0x00000d03, expected"),
        "a huge count": (
            lambda content: content[:4] + b"\xff\xff\xff\xff" + content[8:],
            r"says that its images have the shape \(4294967295, 28, 28\)",
        ),
        "no rows": (lambda content: content[:8] + bytes(4) + content[12:], r"shape \(20, 0, 28\)"),
        "no image": (lambda content: content[:4] + bytes(4) + content[8:16], r"shape \(0, 28"),
        "a web page": (lambda content: b"<html>404</html>", "begins with 0x3c68746d, expected"),
        "gz cut": (lambda content: gzip.compress(content)[:-900], "damaged, or cut short"),
        "gz broken": (lambda content: b"\x1f\x8b" + content, "damaged, or cut short"),
        "gz wrong sum": (
            lambda content: gzip.compress(content)[:-8] + bytes(8), "damaged, or cut short",
        ),
        "a bomb": (lambda content: gzip.compress(bytes(2**29)), "more than 409600000 bytes"),
    }.values(),
    ids=lambda value: None,
)  # fmt: skip
def test_damaged_files_are_refused(tmp_path, parts, change, message):
    write(tmp_path, parts)
    path = tmp_path / NAMES[0]
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=rf"train-images-idx3-ubyte: .*{message}"):
        load_mnist(tmp_path, num_validation=5)


def test_files_that_do_not_belong_together_are_refused(tmp_path, parts):
    X, y, X_test, y_test = parts
    cases = [
        ((X, y[:-1], X_test, y_test), "train-labels-idx1-ubyte: has 19 labels for the 20 images"),
        ((X, y + 1, X_test, y_test), r"train-labels.*: label 9 is 10, expected 0 to 9"),
        ((X, y, X_test[:, 1:], y_test), r"t10k-images.*: has images of \(27, 28\), train-images"),
    ]
    for broken, message in cases:
        write(tmp_path, broken)
        with pytest.raises(ValueError, match=message):
            load_mnist(tmp_path, num_validation=5)


def test_missing_files_and_wrong_arguments_are_named(tmp_path, parts):
    with pytest.raises(FileNotFoundError, match=r"^load_mnist: .*nowhere is not a folder; it"):
        load_mnist(tmp_path / "nowhere")
    write(tmp_path, parts)
    (tmp_path / NAMES[1]).unlink()
    with pytest.raises(FileNotFoundError, match=r"lacks train-labels-idx1-ubyte \(each may end in"):
        load_mnist(tmp_path)
    write(tmp_path, parts)
    with pytest.raises(ValueError, match=r"^load_mnist: num_validation is 20, expected less than"):
        load_mnist(tmp_path, num_validation=20)
    with pytest.raises(ValueError, match=r"^load_mnist: num_validation is -1, expected 0 or more"):
        load_mnist(tmp_path, num_validation=-1)
    with pytest.raises(TypeError, match=r"^load_mnist: subtract_mean is 1 \(int\), expected True"):
        load_mnist(tmp_path, subtract_mean=1)
