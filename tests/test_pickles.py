"""Python batches are read without unpickling: Python 2's are, and nothing in a file is run."""

import contextlib
import io
import os
import pickle
import struct
import warnings

import numpy as np
import pytest
from cifar10_files import array, pictures, python_batch, short
from hypothesis import given
from hypothesis import strategies as st

from nndl.data.unpickle import unpickle
from nndl.data_utils import load_pickle


def load(content):
    return load_pickle(io.BytesIO(content))


def test_a_batch_of_python_2_is_read(rng):
    X, y = pictures(11, rng)
    batch = load(python_batch(X, y))
    assert sorted(batch) == ["batch_label", "data", "filenames", "labels"]
    assert batch["batch_label"] == "training batch 1 of 5"
    assert batch["labels"] == y.tolist()
    assert batch["filenames"][10] == "picture_10.png"
    assert batch["data"].dtype == np.uint8
    assert np.array_equal(batch["data"], X)
    batch["data"][:] = 0  # as after pickle.load, it may be written to


def test_the_test_batches_are_what_pickle_reads(rng):
    """The tests' own opcodes, held against Python itself; NumPy warns of the dtype's align."""
    X, y = pictures(5, rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pickle.loads(python_batch(X, y), encoding="latin1")
    ours = load(python_batch(X, y))
    assert np.array_equal(ours.pop("data"), theirs.pop("data"))
    assert ours == theirs


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats(allow_nan=False)
    | st.text(max_size=300) | st.binary(max_size=300),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)  # fmt: skip


@given(PLAIN, st.sampled_from([3, 4]))
def test_plain_data_is_what_python_pickled(value, protocol):
    assert load(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", [3, 4])
@pytest.mark.parametrize("dtype", ["u1", "i8", "f4", ">f8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_that_python_3_wrote_are_read(protocol, dtype, order):
    X = np.asarray(np.arange(12).reshape(3, 4).astype(dtype), order=order)
    a, b, c = load(pickle.dumps([X, X, np.zeros((0, 3), dtype)], protocol))
    assert a.dtype == X.dtype
    assert np.array_equal(a, X)
    assert b is a
    assert c.shape == (0, 3)


class Calls:
    """Pickles as a call of ``function``."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"data": x}, lambda x: [(x,)]])
def test_a_malicious_pickle_runs_nothing(tmp_path, protocol, wrap):
    witness = tmp_path / "witness"
    content = pickle.dumps(wrap(Calls(os.mkdir, str(witness))), protocol)
    with pytest.raises(ValueError, match=r"^evil: not a pickle of plain data, not read: "):
        unpickle(content, "evil")
    assert not witness.exists()
    pickle.loads(content)  # the attack is a real one
    assert witness.exists()


END = b"."
NDARRAY = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"


def described(shape=b"K\x01\x85", dtype=b"u1", state=b"NNN", data=b"U\x01x"):
    """An array of one byte, or another one."""
    return (
        NDARRAY + b"(K\x01" + shape + b"cnumpy\ndtype\n" + short(dtype) + b"K\x00K\x01\x87R"
        b"(K\x03U\x01|" + state + b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89" + data + b"tb"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "why"),
    {
        "another function": (b"cos\nsystem\n" + short("true") + b"\x85R", r"asks for 'os\.system'"),
        "one of numpy's": (b"cnumpy\nload\n" + short("x") + b"\x85R", r"asks for 'numpy\.load'"),
        "a name of numpy's elsewhere": (b"cevil\nndarray\n", r"asks for 'evil\.ndarray'"),
        "by a dotted name": (b"cnumpy\ndtype.newbyteorder\n", r"'numpy\.dtype\.newbyteorder'"),
        "a name from the stack": (b"\x8c\x02os\x8c\x06system\x93", r"asks for 'os\.system'"),
        "an instance": (b"(" + short("x") + b"ios\nsystem\n", "instruction INST"),
        "an object": (b"(cos\nsystem\no", r"asks for 'os\.system'"),
        "a new object": (b"cnumpy\nndarray\n)\x81", "instruction NEWOBJ"),
        "a persistent name": (short("x") + b"Q", "instruction BINPERSID"),
        "an extension": (b"\x82\x01", "instruction EXT1"),
        "a state for a list": (b"]}b", "does not fit"),
        "items for an array": (described() + b"NNs", "does not fit"),
        "ndarray called": (b"cnumpy\nndarray\nK\x01\x85\x85R", "calls something"),
        "a shape called": (b"K\x01K\x02\x85R", "calls something"),
        "objects": (described(dtype=b"O8"), "array of 'O8', which are not numbers"),
        "records": (described(state=b"N(U\x01xtN"), "array of records"),
        "a huge shape": (described(shape=b"\x8a\x06\0\0\0\0\0\x10\x85"), "in 1 bytes"),
        "a negative shape": (described(shape=b"J\xff\xff\xff\xffJ\xff\xff\xff\xff\x86"), "shape"),
        "nothing in an unthinkable shape": (
            described(shape=b"K\x00\x8a\x09\0\0\0\0\0\0\0\0\x10\x86", data=short("")), "not read",
        ),
        "a shape of words": (described(shape=short("a") + b"\x85"), "not read"),
        "data that is a number": (described(data=b"K\x05"), "not read"),
        "text that is no bytes": (described(data=b"X\x02\0\0\0\xc4\x80"), "not read"),
        "an array without bytes": (NDARRAY, "part of an array"),
        "a dtype": (b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R", "part of an array"),
        "a name": (b"cnumpy\ndtype\n", "part of an array"),
        "a name as a key": (b"}cnumpy\ndtype\nNs", "part of an array"),
        "a list as a key": (b"}]Ns", "unhashable"),
        "a key without a value": (b"}(Nu", "zip"),
        "no mark": (b"Nt", "pop from empty list"),
        "no memory of it": (b"h\x05", "5"),
        "an empty stack": (b"\x85", "nothing on the stack"),
        "two values": (b"NN", "too many values"),
        "no value": (b"", "not enough values"),
        "an unknown instruction": (b"\xff", "has the instruction"),
    }.values(),
    ids=lambda value: None,
)  # fmt: skip
def test_anything_but_plain_data_is_refused(content, why):
    with pytest.raises(ValueError, match=r"^the file: not a pickle of plain data, not read: ") as e:
        unpickle(b"\x80\x02" + content + END, "the file")
    assert e.match(why)


def test_the_sound_version_of_those_is_read():
    assert load(b"\x80\x02" + described() + END) == np.array([ord("x")], np.uint8)


def test_a_pickle_that_is_cut_short_is_refused_wherever_it_is_cut(rng):
    content = python_batch(*pictures(2, rng))
    for end in [*range(200), *range(len(content) - 100, len(content))]:
        with pytest.raises(ValueError, match=r"^cut: not a pickle of plain data"):
            unpickle(content[:end], "cut")


@given(st.data())
def test_noise_raises_nothing_but_a_value_error(data):
    sound = b"\x80\x02}(U\x04data" + array(np.ones((2, 3), np.uint8)) + b"U\x01l](K\x01K\x02eu."
    content = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(2, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ValueError):
        unpickle(bytes(content), "noise")


def test_a_cycle_does_not_hang():
    (value,) = load(b"\x80\x02]q\x00h\x00a.")
    assert value[0] is value


def test_a_count_larger_than_the_file_takes_no_memory():
    claims = b"\x80\x02T" + struct.pack("<i", 2**31 - 1) + b"x."
    with pytest.raises(ValueError, match="not read"):
        unpickle(claims, "claims")


def test_a_file_is_named(tmp_path):
    path = tmp_path / "data_batch_1"
    path.write_bytes(b"\x80\x02cos\nsystem\n.")
    with open(path, "rb") as file, pytest.raises(ValueError, match=r"data_batch_1: not a pickle"):
        load_pickle(file)
