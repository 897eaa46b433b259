"""The compiled layers where something is in the way: no folder to write to, a fork, no compiler.

Each case is a process of its own, and none may hang: a fork that goes wrong waits for ever.

Chapter: speed/numba.
"""

import os
import pickle
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import nndl

pytest.importorskip("numba")

TESTS = Path(__file__).parent


def run(program, *, limit=2000, cwd=None, without=(), **environment):
    """The lines that ``program`` prints, and its stderr; it must succeed within ``limit`` s."""
    environment = {key: str(value) for key, value in environment.items()}
    kept = {key: value for key, value in os.environ.items() if key not in without}
    command = program if isinstance(program, tuple) else ("-c", program)
    child = subprocess.Popen(
        [sys.executable, *command],
        cwd=cwd,
        env=kept | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        printed, errors = child.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)  # the children that it waits for, too
        child.communicate()
        raise
    assert child.returncode == 0, errors
    return printed.splitlines(), errors


# --------------------------------------------------------------------- no place for machine code

RELU = """
import numpy as np
from nndl.fast.relu import relu_backward_fast, relu_forward_fast
for dtype in (np.float32, np.float64):
    out, cache = relu_forward_fast(np.array([-1, 2], dtype))
    print(*out, *relu_backward_fast(out, cache))
"""
CACHES = ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "NUMBA_CACHE_LOCATOR_CLASSES")


@pytest.fixture
def sealed(tmp_path):
    """A copy of the package beside which nothing can be written, not by root either."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(nndl.__file__).parent, tmp_path / "nndl", ignore=ignored)
    (tmp_path / "nndl" / "fast" / "__pycache__").write_text("a file, not a folder")
    (tmp_path / "file").write_text("a file, not a folder")
    (tmp_path / "here").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": "file"},
        {"HOME": "missing/~"},
        {"HOME": "file", "NUMBA_CACHE_DIR": "file/below"},
        {"HOME": "file", "XDG_CACHE_HOME": "file/below"},
    ],
    ids=str,
)
def test_without_a_place_on_disk_layers_are_compiled_after_one_warning(sealed, environment):
    places = {key: sealed / value for key, value in environment.items()}
    (sealed / "missing").write_text("a file, not a folder")
    printed, errors = run(RELU, cwd=sealed / "here", without=CACHES, PYTHONPATH=sealed, **places)
    assert printed == ["0.0 2.0 0.0 2.0"] * 2
    assert errors.count("RuntimeWarning: nndl.fast is compiled anew in each process") == 1
    assert errors.count("Warning") == 1
    assert not list((sealed / "here").iterdir())


@pytest.mark.parametrize("environment", [{"HOME": "~"}, {"XDG_CACHE_HOME": "a"}], ids=str)
def test_no_folder_is_made_where_the_process_works(sealed, environment):
    """Without a home, numba's own folder would be one called ``~``."""
    where = {"cwd": sealed / "here", "without": CACHES, "PYTHONPATH": sealed}
    printed, errors = run(RELU, **where, **environment)
    assert printed == ["0.0 2.0 0.0 2.0"] * 2
    assert errors.count("Warning") == 1
    assert not list((sealed / "here").iterdir())
    _, errors = run(RELU, **where, **environment, NUMBA_CACHE_DIR=sealed / "cache")
    assert errors == ""  # that place will do
    assert list((sealed / "cache").rglob("*.nbi"))


def test_a_loop_is_compiled_again_when_code_that_it_reaches_changes(sealed):
    """And not when other code does, or a file is only newer: a copy of the package is all new."""
    where = {"cwd": sealed / "here", "PYTHONPATH": sealed, "NUMBA_CACHE_DIR": sealed / "cache"}

    def times():
        run(RELU, **where)
        return {file: file.stat().st_mtime_ns for file in (sealed / "cache").rglob("*.nbc")}

    fast, before = sealed / "nndl" / "fast", times()
    (fast / "relu.py").touch()
    with open(fast / "dropout.py", "a", encoding="utf-8") as file:
        file.write("# a comment\n")
    assert times() == before
    for reached in ("relu.py", "runtime/jit.py"):
        with open(fast / reached, "a", encoding="utf-8") as file:
            file.write("# a comment\n")
        after = times()
        assert after.keys() == before.keys()
        assert not set(after.items()) & set(before.items()), reached
        before = after


def test_damaged_machine_code_on_disk_is_not_the_end(sealed):
    where = {"PYTHONPATH": sealed, "NUMBA_CACHE_DIR": sealed / "cache"}
    run(RELU, **where)
    files = [*(sealed / "cache").rglob("*.nbi"), *(sealed / "cache").rglob("*.nbc")]
    assert len(files) == 3  # a loop for each dtype, and their index
    for file in files:
        file.write_bytes(b"neither an index nor code")
    printed, errors = run(RELU, **where)
    assert printed == ["0.0 2.0 0.0 2.0"] * 2
    assert errors == ""
    assert all(file.read_bytes() != b"neither an index nor code" for file in files)


def test_an_index_that_names_a_class_of_an_older_version_is_replaced(sealed):
    """numba reads the date and the signatures at once, and these may name what is gone."""
    where = {"PYTHONPATH": sealed, "NUMBA_CACHE_DIR": sealed / "cache"}
    run(RELU, **where)
    (index,) = (sealed / "cache").rglob("*.nbi")
    whole = index.read_bytes()
    version = pickle.dumps(pickle.loads(whole))
    index.write_bytes(version + b"cnndl.fast.relu\nGone\n.")
    printed, errors = run(RELU, **where)
    assert printed == ["0.0 2.0 0.0 2.0"] * 2
    assert errors == ""
    assert index.read_bytes() == whole


def test_a_mistake_in_a_function_is_still_an_error():
    program = """
import numba
from nndl.fast.runtime.disk_cache import compile_stored
try:
    compile_stored(numba.njit(lambda x: x.no_such_attribute), (numba.float64,))
except numba.TypingError:
    print("refused")
"""
    assert run(program)[0] == ["refused"]


# ------------------------------------------------------------------------------------------- fork

TRAINED = """
import multiprocessing, os, sys, threading
from concurrent.futures import ProcessPoolExecutor
import numpy as np
from nndl.fast.runtime import threads
from nndl.fast.affine import affine_forward_fast
from nndl.fast.conv import conv_backward_fast, conv_forward_fast

rng = np.random.default_rng(0)
x, w, b = (rng.normal(size=s) for s in ((8, 6, 32, 32), (8, 6, 3, 3), (8,)))

def step(_=0):
    out, cache = conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})
    rows, _ = affine_forward_fast(out[:, 0], np.ones((32 * 32, 2)), np.zeros(2))
    return out, *conv_backward_fast(out, cache), rows

def is_right(_=0):
    return all(np.array_equal(*pair) for pair in zip(step(), expected, strict=True))

context = multiprocessing.get_context("fork")

def right_in_a_child():
    with context.Pool(1) as pool:
        return pool.map(is_right, range(1))

if __name__ == "__main__":
    expected = step()  # with threads
"""
FORKS = {
    "a pool": """
    with context.Pool(2) as pool:
        print(*pool.map(is_right, range(4)))
""",
    "an executor": """
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        print(*pool.map(is_right, range(4)))
""",
    "a process": """
    child = context.Process(target=lambda: sys.exit(0 if is_right() else 1))
    child.start()
    child.join()
    print(*[child.exitcode == 0] * 4)
""",
    "a child of a child": """
    child = context.Process(target=lambda: sys.exit(0 if right_in_a_child() == [True] else 1))
    child.start()
    child.join()
    print(*[child.exitcode == 0] * 4)
""",
    "locks held by another thread": """
    held, done = threading.Event(), threading.Event()
    def hold():
        with threads.TURN, threads.BLAS_TURN:
            held.set()
            done.wait()
    threading.Thread(target=hold).start()
    held.wait()
    print(*right_in_a_child() * 4)
    done.set()
""",
    "in the middle of a product": """
    with threads.one_blas_thread():
        first = right_in_a_child()
    print(*first, *right_in_a_child() * 3)
""",
    "while another thread computes": """
    done = threading.Event()
    def compute():
        while not done.is_set():
            step()
    worker = threading.Thread(target=compute)
    worker.start()
    print(*[right_in_a_child()[0] for _ in range(4)])
    done.set()
    worker.join()
""",
    "while another thread compiles": """
    from numba.core.compiler_lock import global_compiler_lock
    held = threading.Event()
    def compile():
        with global_compiler_lock:
            held.set()
            threading.Event().wait(0.3)
    threading.Thread(target=compile).start()
    held.wait()
    x, w, b = (a.astype(np.float32) for a in (x, w, b))
    expected = None
    def is_right(_=0):
        return [a.dtype == np.float32 for a in step()[:4]] == [True] * 4
    print(*right_in_a_child() * 4)
""",
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("way", FORKS)
def test_a_forked_process_computes_without_threads(way):
    printed, errors = run(TRAINED + FORKS[way], limit=200)
    assert printed == ["True True True True"]
    assert "Terminating" not in errors


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_process_forked_before_any_loop_ran_has_threads_of_its_own():
    program = TRAINED.replace("expected = step()", "expected = None")
    program += """
    def lost(_):
        step()
        return threads.lost
    with context.Pool(1) as pool:
        print(pool.map(lost, range(1)))
"""
    assert run(program)[0] == ["[False]"]


# -------------------------------------------------------------------------------------- no compiler


def test_every_twin_runs_as_plain_python():
    """NUMBA_DISABLE_JIT is for debuggers and for measures of coverage."""
    program = ("-m", "tests.support.interpreted_twins")
    missing, count = run(program, PYTHONPATH=TESTS.parent, NUMBA_DISABLE_JIT=1)[0]
    assert missing == ""
    assert int(count) >= 20


def test_loops_are_not_compiled_then():
    program = """
import inspect
from nndl.fast.runtime.jit import compile_kernel
import numpy as np
seen = []
loop = lambda x: seen.append(inspect.currentframe() is not None)
compile_kernel(loop, np.dtype(float), "1C")([1])
print(seen)
"""
    assert run(program, NUMBA_DISABLE_JIT=1)[0] == ["[True]"]
