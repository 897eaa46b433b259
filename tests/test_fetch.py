"""CIFAR-10 is fetched whole or not at all: against a server on this machine, never the real one."""

import hashlib
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from nndl.data import cifar10_paths, fetch
from nndl.data_utils import get_CIFAR10_data
from tests.support.cifar10_files import BINARY, binary_batch, images, special, tar

NAME = "cifar-10-batches-bin"
SIZES = dict.fromkeys(BINARY, 5 * 3073)
SOME = {"num_training": 20, "num_validation": 5, "num_test": 5}


class Handler(BaseHTTPRequestHandler):
    """Answers with the server's ``content``, in the server's ``manner``."""

    def do_GET(self):
        manner, content = self.server.manner, self.server.content
        self.server.asked += 1
        if manner == "404":
            return self.send_error(404)
        if manner == "wrong bytes":
            content = content[:-1] + b"!"
        if manner == "a web page":
            content = b"<html>Please log in to this network</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if manner == "interrupted":
            return self.wfile.write(content[: len(content) // 2])
        if manner == "stalled":
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            return self.server.over.wait(10)
        steps = 8 if manner == "slow" else 1
        for part in np.array_split(np.frombuffer(content, np.uint8), steps):
            self.wfile.write(part.tobytes())
            self.wfile.flush()
            time.sleep(0.1 if manner == "slow" else 0)

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server of a tiny archive, which takes the place of the real one."""
    rng = np.random.default_rng(0)
    batches = [(f"{NAME}/{name}", binary_batch(*images(5, rng))) for name in BINARY]
    packed = tar(tmp_path / "packed", batches)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.content, server.manner, server.asked = packed.read_bytes(), "complete", 0
    server.over = threading.Event()
    packed.unlink()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    offer(server, monkeypatch)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("NNDL_DATA", raising=False)
    monkeypatch.setattr(cifar10_paths, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr("nndl.data.cifar10_files.cache_folder", lambda: tmp_path / "cache")
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


def offer(server, monkeypatch, port=None):
    """Make the server's content what is to be fetched."""
    url = f"http://127.0.0.1:{port or server.server_address[1]}/cifar-10-binary.tar.gz"
    archive = fetch.Archive(url, hashlib.sha256(server.content).hexdigest(), SIZES)
    monkeypatch.setattr(fetch, "OFFICIAL_ARCHIVE", archive)
    return archive


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def files(folder):
    """The names of everything below the folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


WHOLE = sorted([NAME, *(f"{NAME}/{name}" for name in BINARY)])


@pytest.mark.parametrize("manner", ["complete", "slow"])
def test_fetched_once_and_then_found(server, cache, manner, capsys):
    server.manner = manner
    data = get_CIFAR10_data(**SOME, download=True)
    assert data["X_train"].shape == (20, 3, 32, 32)
    assert files(cache) == WHOLE
    out, err = capsys.readouterr()
    assert out.startswith(f"Fetching http://127.0.0.1:{server.server_address[1]}/cifar-10-binary")
    assert "100%" in err  # the bar
    for download in (True, False):
        again = get_CIFAR10_data(**SOME, download=download)
        assert np.array_equal(again["X_train"], data["X_train"])
    assert server.asked == 1
    if os.name == "posix":
        assert (cache / NAME).stat().st_mode & 0o500 == 0o500


def test_nothing_is_fetched_unless_asked(server, cache):
    with pytest.raises(FileNotFoundError, match="download=True"):
        get_CIFAR10_data()
    assert server.asked == 0
    assert not cache.exists()


BROKEN = {
    "interrupted": (ConnectionError, "was not fetched: .*The same call|Nothing was kept; the same"),
    "404": (ConnectionError, "was not fetched: 404 .*Nothing was kept"),
    "wrong bytes": (ValueError, r"cifar-10-binary.tar.gz: what http://.* does not have the sha256"),
    "a web page": (ValueError, r"cifar-10-binary.tar.gz: what http://.* does not have the sha256"),
}


@pytest.mark.parametrize(("manner", "error", "why"), [(k, *v) for k, v in BROKEN.items()])
def test_a_fetch_that_fails_leaves_nothing_and_may_be_repeated(server, cache, manner, error, why):
    server.manner = manner
    for _ in range(2):
        with pytest.raises(error, match=why):
            get_CIFAR10_data(download=True)
        assert files(cache) == []
    server.manner = "complete"
    get_CIFAR10_data(**SOME, download=True)
    assert files(cache) == WHOLE


def test_a_server_that_falls_silent_is_given_up(server, cache):
    server.manner = "stalled"
    start = time.monotonic()
    with pytest.raises(ConnectionError, match=r"was not fetched: .*timed out"):
        fetch.fetch(cache, fetch.OFFICIAL_ARCHIVE, timeout=0.5)
    assert time.monotonic() - start < 5
    assert files(cache) == []


def test_no_server(server, cache, monkeypatch):
    offer(server, monkeypatch, port=9)
    with pytest.raises(ConnectionError, match=r"tar\.gz was not fetched: "):
        get_CIFAR10_data(download=True)
    assert files(cache) == []


def test_ctrl_c_leaves_nothing(server, cache, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "unpack", interrupted)
    with pytest.raises(KeyboardInterrupt):
        get_CIFAR10_data(download=True)
    assert files(cache) == []


@pytest.mark.parametrize(
    "bad",
    [
        [("../../evil", b"evil")],
        [special(f"{NAME}/data_batch_1.bin", b"2", "/etc/passwd")],
        [(f"{NAME}/data_batch_1.bin", bytes(10 << 20))],
    ],
    ids=["path traversal", "link", "bomb"],
)
def test_a_bad_archive_with_the_right_hash_leaves_nothing(
    server, cache, tmp_path, bad, monkeypatch
):
    server.content = tar(tmp_path / "bad", bad).read_bytes()
    offer(server, monkeypatch)
    before = files(tmp_path)
    with pytest.raises(ValueError, match=r"^cifar-10-binary.tar.gz: not unpacked"):
        get_CIFAR10_data(download=True)
    assert files(cache) == []
    assert files(tmp_path) == sorted([*before, "cache"])


def test_a_copy_that_lost_a_file_is_replaced(server, cache):
    get_CIFAR10_data(**SOME, download=True)
    (cache / NAME / BINARY[3]).unlink()
    with pytest.raises(FileNotFoundError, match=r"cifar-10-batches-bin lacks data_batch_4\.bin"):
        get_CIFAR10_data(**SOME)
    get_CIFAR10_data(**SOME, download=True)
    assert files(cache) == WHOLE


def test_what_a_killed_fetch_left_is_removed_but_not_what_another_is_writing(server, cache):
    old, busy = cache / f"{fetch.LEFTOVER}old", cache / f"{fetch.LEFTOVER}busy"
    for folder in (old, busy):
        folder.mkdir(parents=True)
        (folder / "half").write_bytes(b"half")
        os.utime(folder, (0, 0))
    os.utime(old / "half", (0, 0))
    get_CIFAR10_data(**SOME, download=True)
    assert files(cache) == sorted([*WHOLE, busy.name, f"{busy.name}/half"])


def test_two_fetches_at_once(server, cache):
    server.manner = "slow"
    errors = []

    def one():
        try:
            fetch.fetch(cache, fetch.OFFICIAL_ARCHIVE, progress=False)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert files(cache) == WHOLE


def test_the_cache_of_this_user_is_poochs():
    import pooch

    assert cifar10_paths.cache_folder() == Path(pooch.os_cache("nndl"))


def test_a_user_without_a_home_gets_the_promised_error(monkeypatch):
    import pooch

    def no_home(name):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(pooch, "os_cache", no_home)
    monkeypatch.delenv("NNDL_DATA", raising=False)
    assert cifar10_paths.cache_folder() is None
    with pytest.raises(FileNotFoundError, match="CIFAR-10 was not found"):
        get_CIFAR10_data()
    with pytest.raises(FileNotFoundError, match=r"no folder to fetch.*XDG_CACHE_HOME"):
        get_CIFAR10_data(download=True)


def test_a_cache_that_cannot_be_written_is_named(server, cache, monkeypatch):
    def denied(*arguments, **options):
        raise PermissionError(13, "Permission denied", str(cache))

    monkeypatch.setattr(fetch, "fetch", denied)
    with pytest.raises(PermissionError, match=r"cache cannot be written \(Permission denied\)"):
        get_CIFAR10_data(download=True)
