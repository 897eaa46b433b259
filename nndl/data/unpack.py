"""Unpacks an archive of which one knows what must be in it, and writes nothing else."""

import gzip
import os
import tarfile
import zlib
from pathlib import Path

from nndl.data.bounded_reading import CHUNK_BYTES
from nndl.internal.types import Readable

HEADER_BYTES = 1 << 20  # of an archive that may be headers and padding
# What reading one can raise.
DAMAGED_ARCHIVE = (
    *(ValueError, tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error),
    RecursionError,  # for a header of a header of a header ...
)
TEXT_BYTES = {"batches.meta.txt": 4096, "readme.html": 4096}  # may be there, at most as long


class Bounded:
    """A stream that ends in an error after ``limit`` bytes: a bomb is not read to its end."""

    def __init__(self, stream: Readable, limit: int) -> None:
        self.stream, self.left = stream, limit

    def read(self, size: int) -> bytes:
        """As of any stream."""
        content = self.stream.read(min(size, self.left + 1))
        self.left -= len(content)
        if self.left < 0:
            raise ValueError("it is longer than what must be in it")
        return content


def unpack(archive: Path, folder: Path, name: str, sizes: dict[str, int]) -> None:
    """Unpack the files of the folder ``name`` of a .tar.gz into ``folder``, which is new.

    A member is written only if it is a plain file with a known name, directly in ``name``, and of
    the known size; under that name, which does not come from the archive. Links, devices, other
    names, the same name twice: all of that is refused.

    Parameters
    ----------
    archive : Path
        A tar archive, compressed with gzip.
    folder : Path
        The target, which is made here.
    name : str
        The one folder in the archive.
    sizes : dict
        The bytes of each file that must be there, by name.

    Raises
    ------
    ValueError
        The archive is damaged, or is not that; it is named. ``folder`` may hold some of the files.
    """
    folder.mkdir()
    limit = sum(sizes.values()) + sum(TEXT_BYTES.values()) + HEADER_BYTES
    missing, texts = dict(sizes), dict(TEXT_BYTES)
    try:
        with (
            gzip.open(archive) as stream,
            tarfile.open(fileobj=Bounded(stream, limit), mode="r|") as tar,
        ):
            for member in tar:
                if member.isdir() and member.name == name:
                    continue
                file = wanted(member, name, missing, texts)
                write_member(tar.extractfile(member), folder / file)
        if missing:
            raise ValueError(f"it lacks {', '.join(missing)}")
    except DAMAGED_ARCHIVE as error:
        raise ValueError(f"{archive.name}: not unpacked: {error}") from None


def wanted(
    member: tarfile.TarInfo, name: str, missing: dict[str, int], texts: dict[str, int]
) -> str:
    """Which of the known files a member is, taken off the list; ValueError if it is none."""
    inside, _, file = member.name.rpartition("/")
    shown = repr(member.name[:80])
    if inside != name or file not in {*missing, *texts}:
        raise ValueError(f"{shown} does not belong in it")
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
        raise ValueError(f"{shown} is not a plain file")
    if file in texts:
        if member.size > texts.pop(file):
            raise ValueError(f"{shown} has {member.size} bytes, too many for a text")
    elif member.size != (size := missing.pop(file)):
        raise ValueError(f"{shown} has {member.size} bytes, expected {size}")
    return file


def write_member(source: Readable, path: Path) -> None:
    """Write what ``source`` holds to ``path``, a new file, onto the disk."""
    with open(path, "xb") as target:
        while chunk := source.read(CHUNK_BYTES):
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
