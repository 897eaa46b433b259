"""What a process does with memory that it frees."""

import subprocess
import sys

import pytest

from nndl.fast.runtime.memory import keep_freed_memory

STEPS = """
import resource
import numpy as np
from nndl.fast.runtime.memory import keep_freed_memory

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def steps():
    before = faults()
    for _ in range(20):
        maps = [np.ones(3_000_000, np.float32) for _ in range(3)]
        del maps
    return faults() - before

assert keep_freed_memory()
steps()
print(steps())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc can be told to")
def test_maps_of_the_next_step_are_not_asked_of_the_system_again():
    done = subprocess.run([sys.executable, "-c", STEPS], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20 * 3 * 12  # of 2,930 pages an array, or 6 large ones


BUILT = """
from nndl.fast.runtime.memory import keep_freed_memory
from nndl.fc_net import TwoLayerNet
before = keep_freed_memory.cache_info().currsize
TwoLayerNet(4, 3, 2)
print(before, keep_freed_memory.cache_info().currsize)
"""


def test_a_network_keeps_freed_memory_from_the_time_it_is_built():
    """So that a loop of one's own is as fast as the Solver's."""
    done = subprocess.run([sys.executable, "-c", BUILT], capture_output=True, text=True, check=True)
    assert done.stdout == "0 1\n"


def test_where_there_is_no_such_library_nothing_happens(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    assert keep_freed_memory.__wrapped__() is False


def test_the_library_is_told_once_and_by_any_thread(monkeypatch):
    import ctypes
    import threading

    keep_freed_memory.cache_clear()
    loaded, load = [], ctypes.CDLL
    monkeypatch.setattr(ctypes, "CDLL", lambda name: loaded.append(name) or load(name))
    first = keep_freed_memory()
    workers = [threading.Thread(target=keep_freed_memory) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert keep_freed_memory() is first
    assert len(loaded) <= 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc can be told to")
def test_a_process_that_was_forked_keeps_its_memory_as_well():
    forked = STEPS.replace(
        "steps()\nprint", "import os\nif os.fork():\n    os._exit(os.wait()[1])\nsteps()\nprint"
    )
    assert forked != STEPS
    done = subprocess.run(
        [sys.executable, "-c", forked], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 20 * 3 * 12
