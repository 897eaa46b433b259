"""What the images in a folder are, by the hashes of their files."""

from collections.abc import Mapping
from pathlib import Path

BINARY_HASHES = {
    "data_batch_1": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "data_batch_2": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "data_batch_3": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "data_batch_4": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "data_batch_5": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    "test_batch": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
}
# The images stored as JPEGs and laid out again: 28 to 33 dB from the originals, half the test
# images, in another order. A number measured on them must say so.
JPEG_HASHES = {
    "data_batch_1": "7dc74e5a9575f090fdf19c98b084171fc64671c4f5372e60658ee9825dc450c0",
    "data_batch_2": "2eeb128089944d7bf2effcd50d9b8998f61546b0e29fd5940eece7c24cdc3382",
    "data_batch_3": "6506d11cbca5501487eeea8d2fb96cbb29f719759f4b70bba35949a9e37aef08",
    "data_batch_4": "516ee8398c5f12a7dfffad592f618aa032a4c34c935f18c673dc7ea477208a59",
    "data_batch_5": "6d1a2b8080f0b0fbab2e2c0444ce08758b16aa332fc3b7372cc60013dcaffc37",
    "test_batch": "5fdb52458e292b0ee396392b0828c733631411788c55c377758fa71765a6eb93",
}
PYTHON_HASHES = {  # md5: the hashes that are known of these; a forged one only gets a wrong name
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
KNOWN_COPIES = {
    "CIFAR-10, official binary batches": BINARY_HASHES,
    "CIFAR-10, official python batches": PYTHON_HASHES,
    "JPEG-recompressed CIFAR-10": JPEG_HASHES,
}
UNKNOWN_COPY = "unknown copy, hashes differ from the official ones (a recompressed copy?)"
NOTE = "provenance.txt"  # in which a folder may say what it is, where no hash is known


def cifar10_provenance(folder: Path, hashes: Mapping[str, str]) -> str:
    """What the images are, in one line.

    Parameters
    ----------
    folder : Path
        The folder of the six files.
    hashes : dict
        The hash of each, by its name without ``.bin``.

    Raises
    ------
    ValueError
        Some of the files are those of a known set and the others are not: damaged, or mixed.
    """
    for name, known in KNOWN_COPIES.items():
        differ = [file for file in known if hashes[file] != known[file]]
        if not differ:
            return name
        if len(differ) < len(known):
            files = ", ".join(differ)
            raise ValueError(f"{folder}: the hash of {files} is wrong, the others are {name}")
    return own_words(folder / NOTE) or UNKNOWN_COPY


def own_words(note: Path) -> str | None:
    """The first line of ``note``, so marked that it cannot pass for a checked one; or None."""
    if not note.is_file():
        return None
    with open(note, encoding="utf-8", errors="replace") as file:
        line = file.readline(200).strip()
    return f"{line} (says {NOTE} beside it)" if line.isprintable() and line else None
