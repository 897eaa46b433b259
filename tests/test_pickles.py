"""Python batches are read without unpickling: Python 2's are, and nothing in a file is run."""

import contextlib
import io
import os
import pickle
import struct
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nndl.data.plain_pickle import unpickle
from nndl.data_utils import load_CIFAR_batch, load_pickle
from tests.support.cifar10_files import array, images, python_batch, short


def load(content):
    return load_pickle(io.BytesIO(content))


def test_a_batch_of_python_2_is_read(rng):
    X, y = images(11, rng)
    batch = load(python_batch(X, y))
    assert sorted(batch) == ["batch_label", "data", "filenames", "labels"]
    assert batch["batch_label"] == "training batch 1 of 5"
    assert batch["labels"] == y.tolist()
    assert batch["filenames"][10] == "image_10.png"
    assert batch["data"].dtype == np.uint8
    assert np.array_equal(batch["data"], X)
    batch["data"][:] = 0  # as after pickle.load, it may be written to


def test_the_test_batches_are_what_pickle_reads(rng):
    """The tests' own opcodes, held against Python itself; NumPy warns of the dtype's align."""
    X, y = images(5, rng)
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


@given(PLAIN, st.sampled_from([0, 1, 2, 3, 4, 5]))
def test_plain_data_is_what_python_pickled(value, protocol):
    assert load(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    "dtype", ["u1", "i1", "u2", "i4", "u8", "i8", "f2", "f4", ">f8", "c8", "c16", "?"]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_that_python_3_wrote_are_read(protocol, dtype, order):
    X = np.asarray(np.arange(12).reshape(3, 4).astype(dtype), order=order)
    a, b, c = load(pickle.dumps([X, X, np.zeros((0, 3), dtype)], protocol))
    assert a.dtype == X.dtype
    assert np.array_equal(a, X)
    assert b is a
    assert c.shape == (0, 3)
    a[:] = 0  # as after pickle.load, it may be written to


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_other_forms_of_arrays_and_numbers_of_numpy_are_read(protocol):
    turned = np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2)
    read_only = np.arange(5)
    read_only.flags.writeable = False
    strided, empty = np.arange(10)[::3], np.array(7, np.int16)
    values = [turned, read_only, strided, empty]
    for ours, theirs in zip(load(pickle.dumps(values, protocol)), values, strict=True):
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        assert np.array_equal(ours, theirs)
    numbers = [np.int64(-3), np.uint8(200), np.float32(0.5), np.bool_(True), np.complex64(1j)]
    ours = load(pickle.dumps(numbers, protocol))
    assert ours == [-3, 200, 0.5, True, 1j]
    assert [type(value) for value in ours] == [int, int, float, bool, complex]


def test_strings_of_protocol_0_are_read_as_python_2_wrote_them():
    """Its ``repr``: quotes of either kind, and escapes for all that is no plain letter."""
    escaped = rb"""(lp0
S'\x00\x80\xff\t\n\r\\ and "this"'
p1
aS"it's \101"
p2
aL12L
aI01
aF2.5
a."""
    assert load(escaped) == pickle.loads(escaped, encoding="latin1")
    assert load(escaped)[0] == '\x00\x80\xff\t\n\r\\ and "this"'


@given(st.binary(max_size=300))
def test_python_2_bytes_of_protocol_0_survive(content):
    shown = repr(content)[1:].encode("ascii")  # as Python 2 shows its strings, without the b
    assert load(b"S" + shown + b"\n.") == content.decode("latin-1")


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
        "a name as a key": (b"}cnumpy\ndtype\nNs", "has a Word as a key"),
        "a list as a key": (b"}]Ns", "has a list as a key"),
        "a tuple as a key, a million deep": (b"}N" + 10**6 * b"\x85" + b"Ns", "tuple as a key"),
        "a tuple as a key of protocol 0": (b"((NtNd", "has a tuple as a key"),
        "bytes in another encoding": (
            b"c_codecs\nencode\n" + short("x") + short("rot13") + b"\x86R", "calls something",
        ),
        "bytes of a number": (
            b"c_codecs\nencode\nK\x01" + short("latin1") + b"\x86R", "not read",
        ),
        "bytes of some length": (b"c__builtin__\nbytes\nK\x09\x85R", "calls something"),
        "another codec": (b"c_codecs\ndecode\n", r"asks for '_codecs\.decode'"),
        "a scalar of objects": (
            b"cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n" + short("O8")
            + b"K\x00K\x01\x87RU\x01x\x86R", "array of 'O8', which are not numbers",
        ),
        "a string without quotes": (b"Sabc\n", "without quotes"),
        "a string with half an escape": (b"S'\\x4'\n", "not read"),
        "a buffer that is none": (
            b"cnumpy.core.numeric\n_frombuffer\n(K\x01cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
            b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tbK\x01\x85U\x01CtR",
            "no bytes",
        ),
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
    content = python_batch(*images(2, rng))
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


@pytest.mark.parametrize(
    "content",
    {
        "lists": 10**5 * b"]" + (10**5 - 1) * b"a",
        "tuples": b"N" + 10**5 * b"\x85",
        "tuples between marks": 10**5 * b"(" + 10**5 * b"t",
        "dictionaries": 10**5 * b"}K\x01" + b"N" + 10**5 * b"s",
        "lists of protocol 0": 10**5 * b"(" + 10**5 * b"l",
    }.values(),
    ids=lambda value: None,
)
def test_what_is_nested_too_deeply_is_refused(content):
    with pytest.raises(ValueError, match=r"^deep: .*: it is nested more than 100 deep$"):
        unpickle(b"\x80\x02" + content + END, "deep")


def test_a_hundred_levels_are_read():
    value = load(b"\x80\x02" + 100 * b"]" + 99 * b"a" + END)
    for _ in range(99):
        (value,) = value
    assert value == []


@pytest.mark.parametrize("protocol", [2, 5])
def test_bytes_that_are_named_many_times_do_not_fill_the_memory(protocol):
    """A megabyte, made into new bytes, or into a new array, a thousand times."""
    if protocol == 2:
        text = b"X" + struct.pack("<I", 2**20) + 2**20 * b"x"
        start = (
            b"c_codecs\nencode\nq\x00" + text + b"q\x01" + short("latin1") + b"q\x02](" + b"h\x00"
        )
        content = b"\x80\x02" + start + b"h\x01h\x02\x86R" + 999 * b"h\x00h\x01h\x02\x86R" + b"e."
    else:
        X = pickle.dumps(np.zeros(2**20, np.uint8), 5)
        places = b"h\x02(h\x03h\x09h\x0ch\x0dtR"
        content = X[:-1] + 999 * places + b"\x87."
    with pytest.raises(ValueError, match="makes far more of its bytes than it has"):
        unpickle(content, "bomb")


def test_a_cycle_does_not_hang():
    (value,) = load(b"\x80\x02]q\x00h\x00a.")
    assert value[0] is value


def test_a_count_larger_than_the_file_takes_no_memory():
    claims = b"\x80\x02T" + struct.pack("<i", 2**31 - 1) + b"x."
    with pytest.raises(ValueError, match="not read"):
        unpickle(claims, "claims")


def test_a_path_is_read_as_an_open_file_is(tmp_path, rng):
    X, y = images(3, rng)
    path = tmp_path / "data_batch_1"
    path.write_bytes(python_batch(X, y))
    for form in (path, str(path)):
        assert load_pickle(form)["labels"] == y.tolist()
    with open(path, "rb") as file:
        assert load_pickle(file)["labels"] == y.tolist()
    with open(path, encoding="latin-1") as text, pytest.raises(TypeError, match="mode 'rb'"):
        load_pickle(text)
    with pytest.raises(TypeError, match="load_pickle: f is a int, expected a path or a file"):
        load_pickle(3)
    with pytest.raises(FileNotFoundError):
        load_pickle(tmp_path / "nothing")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="a device of Unix")
def test_an_endless_device_is_refused():
    for read in (load_pickle, load_CIFAR_batch):
        with pytest.raises(ValueError, match=r"^/dev/zero: is a device or a pipe, expected a file"):
            read("/dev/zero")


def test_an_endless_stream_is_refused(monkeypatch):
    class Endless:
        def read(self, size):
            return size * b"\x80"

    monkeypatch.setattr("nndl.data.course_loaders.MAX_PICKLE_BYTES", 2**22)
    with pytest.raises(ValueError, match="has more than 4194304 bytes"):
        load_pickle(Endless())


def batch_of(X, y, labels="labels", wrap=str):
    return {wrap("batch_label"): "one", wrap("data"): X, wrap(labels): y}


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_batch_is_read_however_it_was_written_again(tmp_path, rng, protocol):
    """By Python 3, with keys of either kind, and labels as a list, an array, or NumPy's numbers."""
    X, y = images(7, rng)
    path = tmp_path / "data_batch_1"
    keys = (str, str.encode)
    forms = (y.tolist(), y.astype(np.int64), list(y.astype(np.int32)))
    for wrap, labels in ((k, form) for k in keys for form in forms):
        path.write_bytes(pickle.dumps(batch_of(X, labels, wrap=wrap), protocol))
        images_, labels_ = load_CIFAR_batch(path)
        assert images_.shape == (7, 32, 32, 3)
        assert labels_.dtype == np.int64
        assert labels_.tolist() == y.tolist()
        assert np.array_equal(images_.transpose(0, 3, 1, 2).reshape(7, -1), X)
    path.write_bytes(pickle.dumps(batch_of(np.asfortranarray(X), y.tolist()), protocol))
    assert np.array_equal(load_CIFAR_batch(path)[0].transpose(0, 3, 1, 2).reshape(7, -1), X)


def test_a_batch_without_what_is_needed_says_what_it_has(tmp_path, rng):
    X, y = images(7, rng)
    path = tmp_path / "data_batch_1"
    cases = [
        (batch_of(X.astype(float), y.tolist()), r"no data of dtype uint8.*'data': float64 \(7, 30"),
        ({"images": X, "labels": [1]}, r"no data of .*: it has 'images': uint8 \(7, 3072\), 'labe"),
        (batch_of(X, y.tolist(), labels="fine_labels"), r"no list of 7 labels: .*'fine_labels': l"),
        (batch_of(X, y.astype(float)), r"no list of 7 labels: it has .*'labels': float64 \(7,\)"),
        ({}, r"no data of .*: it has nothing"),
        ([X, y], r"holds a list, expected a dict"),
        (batch_of(X, [2**200] * 7), r"record 0 has label '16069380442589902755', expected 0 to 9"),
    ]
    for value, message in cases:
        path.write_bytes(pickle.dumps(value, 4))
        with pytest.raises(ValueError, match=message):
            load_CIFAR_batch(path)


def test_a_file_is_named(tmp_path):
    path = tmp_path / "data_batch_1"
    path.write_bytes(b"\x80\x02cos\nsystem\n.")
    with open(path, "rb") as file, pytest.raises(ValueError, match=r"data_batch_1: not a pickle"):
        load_pickle(file)
