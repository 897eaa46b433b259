"""Tiny files in CIFAR-10's two formats and archives of them, sound and malicious."""

import io
import struct
import tarfile

import numpy as np

BINARY = [f"data_batch_{k}.bin" for k in range(1, 6)] + ["test_batch.bin"]
PYTHON = [name.removesuffix(".bin") for name in BINARY]


def images(n, rng):
    """Random images, uint8 (n, 3072), and labels."""
    return rng.integers(0, 256, (n, 3072), dtype=np.uint8), rng.integers(0, 10, n, dtype=np.uint8)


def binary_batch(X, y):
    """The bytes of a binary batch."""
    return np.hstack([y[:, None], X]).tobytes()


def short(text):
    """A byte string as Python 2 wrote it: SHORT_BINSTRING."""
    content = text if isinstance(text, bytes) else text.encode("latin-1")
    return b"U" + bytes([len(content)]) + content


def array(X, dtype=b"u1"):
    """The instructions of a pickled array, byte for byte those of Python 2's cPickle."""
    content = X.tobytes()
    rows, columns = X.shape
    return (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85U\x01b\x87Rq\x09"
        b"(K\x01M" + struct.pack("<H", rows) + b"M" + struct.pack("<H", columns) + b"\x86"
        b"cnumpy\ndtype\nq\x0a"
        + short(dtype)
        + b"K\x00K\x01\x87Rq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        b"T" + struct.pack("<i", len(content)) + content + b"tb"
    )


def python_batch(X, y):
    """The bytes of a Python batch as Python 2's cPickle wrote them: protocol 2, U and T strings."""
    labels = b"".join(b"K" + bytes([label]) for label in y)
    names = b"".join(
        short(f"image_{k}.png") + b"r" + struct.pack("<I", 300 + k) for k in range(len(y))
    )
    return (
        b"\x80\x02}q\x01(U\x0bbatch_labelq\x02"
        + short("training batch 1 of 5")
        + b"q\x03U\x06labelsq\x04]q\x05("
        + labels
        + b"eU\x04dataq\x06"
        + array(X)
        + b"U\x09filenamesq\x0c]q\x0d("
        + names
        + b"eu."
    )


def write_copy(folder, rng, n=20, python=False):
    """Write six files of ``n`` random images; return X (6n, 3, 32, 32) and y of all of them."""
    folder.mkdir(parents=True)
    Xs, ys = [], []
    for name in PYTHON if python else BINARY:
        X, y = images(n, rng)
        (folder / name).write_bytes((python_batch if python else binary_batch)(X, y))
        Xs.append(X)
        ys.append(y)
    return np.concatenate(Xs).reshape(-1, 3, 32, 32), np.concatenate(ys)


def tar(path, members):
    """Write a .tar.gz of ``(TarInfo or name, content)``; return ``path``."""
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            if isinstance(member, str):
                member = tarfile.TarInfo(member)
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def special(name, kind, target=""):
    """A member that is no plain file."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, str(target)
    return member, b""
