"""Archives are unpacked by what must be in them, not by what they say."""

import gzip
import os
import tarfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nndl.data.fetch import OFFICIAL_ARCHIVE
from nndl.data.unpack import unpack
from tests.support.cifar10_files import BINARY, binary_batch, images, special, tar

NAME = "cifar-10-batches-bin"
N = 4


def members(n=N):
    """What the official archive holds, with tiny batches."""
    rng = np.random.default_rng(0)
    batches = [(f"{NAME}/{name}", binary_batch(*images(n, rng))) for name in BINARY]
    texts = [(f"{NAME}/batches.meta.txt", b"airplane\n"), (f"{NAME}/readme.html", b"<html>")]
    return [special(NAME, tarfile.DIRTYPE), *texts, *batches]


SIZES = dict.fromkeys(BINARY, N * 3073)


def names(members):
    """The name of each member."""
    return [member if isinstance(member, str) else member.name for member, _ in members]


def test_a_sound_archive_is_unpacked(tmp_path):
    sound = members()
    archive = tar(tmp_path / "a.tar.gz", sound)
    unpack(archive, tmp_path / "new", NAME, SIZES)
    assert {f"{NAME}/{path.name}" for path in (tmp_path / "new").iterdir()} == set(names(sound)[1:])
    for name, content in sound[1:]:
        assert (tmp_path / "new" / name.rpartition("/")[2]).read_bytes() == content


def test_the_official_archive_has_these_sizes():
    assert list(OFFICIAL_ARCHIVE.sizes.items()) == [(name, 30_730_000) for name in BINARY]
    assert OFFICIAL_ARCHIVE.url.startswith("https://")
    assert len(OFFICIAL_ARCHIVE.sha256) == 64


FIRST, CONTENT = members()[3]
LINKS = [tarfile.SYMTYPE, tarfile.LNKTYPE]
DEVICES = [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE]
OUTSIDE = [
    "../evil",
    "/evil",
    f"{NAME}/../../evil",
    f"./{NAME}/../evil",
    "C:\\evil",
    f"{NAME}\\evil",
]
BAD = {
    **{f"path {name}": ([(name, b"evil")], "does not belong") for name in OUTSIDE},
    "a deeper path": ([(f"{NAME}/x/data_batch_1.bin", CONTENT)], "does not belong"),
    "another folder": ([special("x", tarfile.DIRTYPE)], "does not belong"),
    "a folder in a file's place": ([special(FIRST, tarfile.DIRTYPE)], "not a plain file"),
    **{f"link {k!r}": ([special(FIRST, k, "../../evil")], "not a plain file") for k in LINKS},
    **{f"link out {k!r}": ([special(f"{NAME}/l", k, "/")], "does not belong") for k in LINKS},
    **{f"device {k!r}": ([special(FIRST, k)], "not a plain file") for k in DEVICES},
    "the folder as a link": (
        [special(NAME, tarfile.SYMTYPE, "/"), (f"{NAME}/evil", b"evil")],
        "does not belong",
    ),
    "a batch that is too short": ([(FIRST, CONTENT[:-1])], "12291 bytes, expected 12292"),
    "a batch that is too long": ([(FIRST, CONTENT + b"x")], "12293 bytes, expected 12292"),
    "a text that is too long": ([(f"{NAME}/readme.html", bytes(5000))], "too many for a text"),
    "the same file twice": ([(FIRST, CONTENT)] * 2, "does not belong"),
    "something else": ([(f"{NAME}/data_batch_6.bin", CONTENT)], "does not belong"),
    "nothing": ([], "it lacks data_batch_1.bin, data_batch_2.bin"),
    "one batch missing": (members()[:-1], "it lacks test_batch.bin"),
}  # fmt: skip


def everything(folder):
    """All that is below a folder, with the contents of files."""
    return {
        path.relative_to(folder): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize(("bad", "why"), BAD.values(), ids=BAD)
def test_anything_else_is_refused_and_writes_nothing_outside(tmp_path, bad, why):
    """Whatever the position: alone, or after members that are sound."""
    (tmp_path / "evil").write_bytes(b"untouched")
    for k, before in enumerate([[], [members()[0], *members()[4:6]]]):
        archive = tar(tmp_path / f"a{k}.tar.gz", before + bad if "lacks" not in why else bad)
        there = everything(tmp_path)
        with pytest.raises(ValueError, match=f"a{k}.tar.gz: not unpacked: .*{why}"):
            unpack(archive, tmp_path / f"new{k}", NAME, SIZES)
        written = [path for path in everything(tmp_path) if path not in there]
        assert all(path.parts[0] == f"new{k}" for path in written)
        assert {path: everything(tmp_path)[path] for path in there} == there
        inside = (tmp_path / f"new{k}").iterdir()
        assert all(path.is_file() and not path.is_symlink() for path in inside)


def test_a_bomb_is_not_read_to_its_end(tmp_path, monkeypatch):
    """Much that is little when packed: as a member, as a name, and as headers of headers."""
    read = 0
    original = gzip.GzipFile.read

    def counted(self, size=-1):
        nonlocal read
        content = original(self, size)
        read += len(content)
        return content

    def header(kind, size):
        member = tarfile.TarInfo(f"{NAME}/{BINARY[0]}")
        member.type, member.size = kind, size
        return member.tobuf(tarfile.GNU_FORMAT)

    # What is expected has 0.07 MB, and its headers are given 1 MB.
    zeros = bytes(40 << 20)
    bombs = [
        header(tarfile.REGTYPE, len(zeros)) + zeros,
        header(tarfile.GNUTYPE_LONGNAME, len(zeros)) + zeros,
        header(tarfile.XHDTYPE, len(zeros)) + zeros,
        b"".join(header(tarfile.XHDTYPE, 0) for _ in range(40_000)),
        header(tarfile.GNUTYPE_SPARSE, 0) + zeros,
    ]
    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    for k, bomb in enumerate(bombs):
        archive = tmp_path / f"bomb{k}.tar.gz"
        archive.write_bytes(gzip.compress(bomb, 1))
        read = 0
        with pytest.raises(ValueError, match=f"bomb{k}.tar.gz: not unpacked: "):
            unpack(archive, tmp_path / f"new{k}", NAME, SIZES)
        assert read < 2 << 20
        assert list((tmp_path / f"new{k}").iterdir()) == []


def test_a_sparse_file_is_refused(tmp_path):
    """GNU's sparse files claim a size and store less of it."""
    content = CONTENT[:1024]
    member = tarfile.TarInfo(FIRST)
    member.type, member.size = tarfile.GNUTYPE_SPARSE, len(content)
    block = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    block[386:410] = b"%011o\0%011o\0" % (0, len(content))
    block[483:495] = b"%011o\0" % len(CONTENT)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    (tmp_path / "sparse.tar.gz").write_bytes(gzip.compress(bytes(block) + content + bytes(1024)))
    with pytest.raises(ValueError, match=r"sparse.tar.gz: not unpacked: .*not a plain file"):
        unpack(tmp_path / "sparse.tar.gz", tmp_path / "new", NAME, SIZES)


def test_a_sparse_file_in_the_newer_format_is_refused(tmp_path):
    """There the type is that of a plain file, and the map is among the extended headers."""
    member = tarfile.TarInfo(FIRST)
    member.size = 1024
    member.pax_headers = {"GNU.sparse.map": "0,1024", "GNU.sparse.size": str(len(CONTENT))}
    archive = tar(tmp_path / "sparse.tar.gz", [(member, CONTENT[:1024])])
    with pytest.raises(ValueError, match=r"sparse.tar.gz: not unpacked: .*not a plain file"):
        unpack(archive, tmp_path / "new", NAME, SIZES)


def test_an_archive_that_is_cut_short_is_refused_wherever_it_is_cut(tmp_path):
    whole = tar(tmp_path / "a.tar.gz", members()).read_bytes()
    for k, end in enumerate(np.linspace(0, len(whole) - 4000, 23).astype(int)):
        (tmp_path / "cut.tar.gz").write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"^cut.tar.gz: not unpacked: "):
            unpack(tmp_path / "cut.tar.gz", tmp_path / f"new{k}", NAME, SIZES)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_noise_raises_nothing_but_a_value_error(tmp_path, data):
    packed = tar(tmp_path / "a.tar.gz", members()).read_bytes()
    plain = bytearray(gzip.decompress(packed))
    for _ in range(data.draw(st.integers(1, 5))):
        block = 512 * data.draw(st.integers(0, 5))  # in the headers, mostly
        plain[block + data.draw(st.integers(0, 511))] = data.draw(st.integers(0, 255))
        plain[block + 148 : block + 156] = b" " * 8
        plain[block + 148 : block + 156] = b"%06o\0 " % sum(plain[block : block + 512])
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(bytes(plain)))
    new = tmp_path / f"new{len(os.listdir(tmp_path))}"
    before = set(everything(tmp_path))
    try:
        unpack(tmp_path / "a.tar.gz", new, NAME, SIZES)
    except ValueError:
        pass
    else:
        assert {path.name: path.stat().st_size for path in new.glob("*.bin")} == SIZES
    written = set(everything(tmp_path)) - before
    assert {path.parts[0] for path in written} == {new.name}


def test_something_that_is_no_archive(tmp_path):
    for content in (b"", b"<html>", gzip.compress(b"hello"), gzip.compress(b""), b"\x1f\x8b\x08"):
        path = tmp_path / "no.tar.gz"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"^no.tar.gz: not unpacked: "):
            unpack(path, tmp_path / f"new{len(os.listdir(tmp_path))}", NAME, SIZES)
