"""The micro-kernel and what stands around it: compiled pieces against a few lines of NumPy.

Chapters: speed/micro_kernel, speed/implicit_gemm.
"""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nndl

numba = pytest.importorskip("numba")

from nndl.fast.conv import conv_backward_fast, conv_forward_fast  # noqa: E402
from nndl.fast.kernels.frame import (  # noqa: E402
    block_bounds,
    block_count,
    filter_offsets,
    pack_frame,
    segment_offsets,
)
from nndl.fast.kernels.intrinsics import (  # noqa: E402
    address_of,
    call_address,
    transpose_block,
    vector_bytes,
)
from nndl.fast.kernels.micro_kernel import micro_kernel  # noqa: E402
from nndl.fast.kernels.records import Geometry  # noqa: E402
from nndl.fast.runtime.jit import OPTIONS  # noqa: E402

DTYPES = (np.float32, np.float64)
SIZES = ((1, 1), (3, 2), (4, 4), (9, 6))  # the last spills everywhere, and must be right, too


def lanes_of(dtype):
    return vector_bytes() // np.dtype(dtype).itemsize


@st.composite
def micro_tiles(draw):
    """A micro-tile and its operands. Whole numbers: every order of adding gives the same sums."""
    dtype, (mr, nv) = draw(st.sampled_from(DTYPES)), draw(st.sampled_from(SIZES))
    parts = 2 ** draw(st.integers(0, lanes_of(dtype).bit_length() - 1))
    K, count = draw(st.sampled_from((0, 1, 2, 7, 33))), nv * parts
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    a, b = (rng.integers(-9, 10, size=400).astype(dtype) for _ in range(2))
    table = lambda size, most: rng.integers(0, most + 1, size=size)  # noqa: E731
    shift_a, shift_b = draw(st.integers(-60, 60)), draw(st.integers(-60, 60))
    return {
        "size": (dtype, mr, nv, parts),
        "a": a,
        "a_rows": table(mr, 100) + shift_a,  # unsorted, repeated, and negative ones
        "a_steps": table(K, 100) + 60 - shift_a,
        "b": b,
        "b_segments": table(count, 100) + shift_b,
        "b_steps": table(K, 100) + 60 - shift_b,
        "start": rng.integers(-9, 10, size=mr).astype(dtype),
        "add": draw(st.booleans()),
        "order": rng.permutation(count),
    }


@given(micro_tiles())
def test_a_micro_kernel_computes_its_sums_and_writes_nothing_else(t):
    dtype, mr, nv, parts = t["size"]
    width = lanes_of(dtype) // parts
    K, columns = t["a_steps"].size, np.arange(width)
    pitch = nv * lanes_of(dtype) + 5
    out = np.arange(mr * pitch + 7).astype(dtype)
    out_segments = 3 + width * t["order"]  # in any order, and not at the beginning
    expected = out.astype(np.float64)
    a, b = t["a"].astype(np.float64), t["b"].astype(np.float64)
    for r in range(mr):
        for s, place in enumerate(out_segments):
            total = np.full(width, float(t["start"][r]))
            for k in range(K):
                beginning = t["b_segments"][s] + t["b_steps"][k]
                total += a[t["a_rows"][r] + t["a_steps"][k]] * b[beginning + columns]
            where = r * pitch + place + columns
            expected[where] = expected[where] + total if t["add"] else total
    names = ("a", "a_rows", "a_steps", "b", "b_segments", "b_steps")
    kernel = micro_kernel(np.dtype(dtype), mr, nv, parts, t["add"])
    places = [address_of(t[name], 0) for name in names]
    rest = (K, address_of(t["start"], 0), address_of(out, 0), pitch, address_of(out_segments, 0))
    call_address(kernel.address, (*places, *rest))
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_segment_that_overlaps_another_gives_the_same_entries(dtype):
    """The last vector of a row is moved back to end with it."""
    lanes = lanes_of(dtype)
    row = np.arange(2 * lanes, dtype=dtype)
    offsets = np.array([0, lanes - 1])
    zero, out, start = np.zeros(1, np.intp), np.zeros(2 * lanes, dtype), np.zeros(1, dtype)
    two = np.full(1, 2, dtype)
    places = [address_of(array, 0) for array in (two, zero, zero, row, offsets, zero)]
    rest = (1, address_of(start, 0), address_of(out, 0), 1, address_of(offsets, 0))
    call_address(micro_kernel(np.dtype(dtype), 1, 2).address, (*places, *rest))
    np.testing.assert_array_equal(out[:-1], 2 * row[:-1])
    assert out[-1] == 0


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_micro_kernel_keeps_nan_and_infinity_where_they_belong(value):
    lanes = lanes_of(np.float64)
    b = np.ones(2 * lanes)
    b[1] = value
    zero, both, out = np.zeros(1, np.intp), np.array([0, lanes]), np.zeros(2 * lanes)
    one, start = np.ones(1), np.zeros(1)
    places = [address_of(array, 0) for array in (one, zero, zero, b, both, zero)]
    rest = (1, address_of(start, 0), address_of(out, 0), 1, address_of(both, 0))
    call_address(micro_kernel(np.dtype(float), 1, 2).address, (*places, *rest))
    np.testing.assert_array_equal(out, b)


@numba.njit(**OPTIONS)
def compiled_transpose(to, to_index, to_pitch, origin, index, pitch, lanes):
    transpose_block(to, to_index, to_pitch, origin, index, pitch, lanes)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("transpose", [transpose_block, compiled_transpose])
def test_a_block_is_transposed(dtype, transpose, rng):
    lanes = lanes_of(dtype)
    origin = rng.normal(size=3 + lanes * (lanes + 5)).astype(dtype)
    to = np.zeros(2 + lanes * (lanes + 1), dtype)
    transpose(to, 2, lanes + 1, origin, 3, lanes + 5, lanes)
    square = origin[3:].reshape(lanes, lanes + 5)[:, :lanes]
    result = to[2:].reshape(lanes, lanes + 1)
    np.testing.assert_array_equal(result[:, :lanes], square.T)
    assert not to[:2].any()
    assert not result[:, lanes].any()


# --------------------------------------------------------------------------------------- frames


@numba.njit(**OPTIONS)
def compiled_pack(frame, x, n, count, i, geom):
    pack_frame(frame, x, n, count, i, geom)


@st.composite
def frames(draw):
    """Images, filters, and how they are cut: whole images, or bands of rows."""
    small = st.integers(1, 4)
    N, C, S, HH, WW = (draw(small) for _ in range(5))
    pad = draw(st.integers(0, 3))
    H, W = (draw(st.integers(max(1, k - 2 * pad), 9)) for k in (HH, WW))
    rows, cols = (1 + (n + 2 * pad - k) // S for n, k in ((H, HH), (W, WW)))
    row_band = draw(st.integers(1, rows))
    images = draw(st.integers(1, N)) if row_band == rows else 1
    height, pitch = row_band + -(-HH // S) - 1, cols + -(-WW // S) - 1
    size, segment = C * S * S * height * pitch, draw(st.integers(1, cols))
    shape = images, row_band, rows, cols, S, -pad, -pad, height, pitch, size
    geom = Geometry(*shape, in_place=False, segment=segment)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.normal(size=(N, C, H, W)), (HH, WW), pad, geom


@given(frames(), st.sampled_from(DTYPES))
def test_a_frame_holds_every_window_where_the_offsets_say(case, dtype):
    x, (HH, WW), pad, geom = case
    x = x.astype(dtype)
    N, C = x.shape[:2]
    S = geom.stride
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    entries = filter_offsets(C, HH, WW, geom)
    seen = np.zeros((N, geom.rows))
    for block in range(block_count(N, geom)):
        n, count, i, height = block_bounds(block, N, geom)
        frame = np.full(geom.images * geom.size, np.nan, dtype)
        compiled_pack(frame, x, n, count, i, geom)
        seen[n : n + count, i : i + height] += 1
        for image in range(count):
            for row in range(height):
                for col in range(geom.cols):
                    place = image * geom.size + row * geom.pitch + col
                    y, z = (i + row) * S, col * S
                    window = padded[n + image, :, y : y + HH, z : z + WW]
                    np.testing.assert_array_equal(frame[place + entries], window.ravel())
    assert (seen == 1).all()  # each row of each image is in one block


@given(frames())
def test_a_frame_is_the_padded_image_sorted_by_remainders(case):
    x, _, pad, geom = case
    S = geom.stride
    frame = np.full(geom.images * geom.size, np.nan)
    compiled_pack(frame, x, 0, geom.images, 0, geom)
    parts = frame.reshape(geom.images, x.shape[1], S, S, geom.height, geom.pitch)
    far = S * (geom.height + geom.pitch)  # zeros beyond the border, where the frame ends later
    wide = np.pad(x[: geom.images], ((0, 0), (0, 0), (pad, pad + far), (pad, pad + far)))
    for a in range(S):
        for b in range(S):
            part = wide[:, :, a::S, b::S][:, :, : geom.height, : geom.pitch]
            np.testing.assert_array_equal(parts[:, :, a, b], part)


@given(frames(), st.integers(1, 3))
def test_segments_cover_each_row_and_end_with_it(case, count):
    geom = case[-1]
    room = count * geom.row_band * -(-geom.cols // geom.segment)
    offsets = np.full(room, -1)
    segment_offsets(offsets, count, 1000, geom.row_band, 50, geom)
    covered = (offsets[:, None] + np.arange(geom.segment)).ravel()
    p, t, j = np.ogrid[:count, : geom.row_band, : geom.cols]
    assert set(covered) == set((1000 * p + 50 * t + j).ravel())


# -------------------------------------------------------------------------------------- threads


@pytest.fixture
def restored():
    """The limit on threads is that of before, after a test that changes it."""
    from threadpoolctl import threadpool_limits

    from nndl.fast.runtime import threads

    before = threads.limit
    with threadpool_limits():
        yield
    threads.limit = before


@pytest.mark.parametrize(
    ("n", "error", "message"),
    [
        (0, ValueError, "n is 0, expected 1 to"),
        (-1, ValueError, "n is -1, expected 1 to"),
        (10**6, ValueError, "n is 1000000, expected 1 to"),
        (1.0, TypeError, "n is 1.0, expected an integer"),
        ("2", TypeError, "n is '2', expected an integer"),
        (True, TypeError, "n is True, expected an integer"),
        (None, TypeError, "n is None, expected an integer"),
    ],
)
def test_a_wrong_number_of_threads_is_refused(n, error, message):
    from nndl.fast.runtime import threads

    before = threads.limit
    with pytest.raises(error, match=f"^set_num_threads: {message}"):
        nndl.set_num_threads(n)
    assert threads.limit == before


def passes(x, w, b, conv_param):
    out, cache = conv_forward_fast(x, w, b, conv_param)
    return out, *conv_backward_fast(np.cos(out), cache)


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "conv_param"),
    [
        ((70, 5, 13, 11), (9, 5, 3, 3), {"stride": 1, "pad": 1}),
        ((3, 20, 33, 35), (17, 20, 3, 5), {"stride": 2, "pad": 2}),
        ((40, 33, 8, 8), (40, 33, 1, 1), {"stride": 1, "pad": 0}),
    ],
)
def test_the_bits_do_not_depend_on_the_number_of_threads(x_shape, w_shape, conv_param, dtype, rng):
    x, w, b = (rng.normal(size=s).astype(dtype) for s in (x_shape, w_shape, w_shape[0]))
    results = []
    for n in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
        nndl.set_num_threads(np.int64(n))  # any integer
        results.append(passes(x, w, b, conv_param))
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


def test_two_python_threads_at_once_get_what_each_asked_for(rng):
    cases = [
        (rng.normal(size=(20, 6, 19, 17)), rng.normal(size=(8, 6, 3, 3)), np.ones(8)),
        (rng.normal(size=(31, 3, 16, 16)), rng.normal(size=(5, 3, 5, 5)), np.zeros(5)),
    ]
    param, wrong = {"stride": 1, "pad": 1}, []
    expected = [passes(*case, param) for case in cases]

    def work(k):
        for _ in range(20):
            results = passes(*cases[k], param)
            wrong.extend(k for pair in zip(results, expected[k], strict=True)
                         if not np.array_equal(*pair))  # fmt: skip

    workers = [threading.Thread(target=work, args=(k,)) for k in (0, 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []


# ------------------------------------------------------------------------------- the disk's cache

SUM = """
import numpy as np
from nndl.fast.kernels.micro_kernel import micro_kernel
from nndl.fast.kernels.intrinsics import address_of, call_address, vector_bytes

lanes = vector_bytes() // 8
one, out, start = np.ones(2 * lanes), np.zeros(lanes), np.array([2.0, 3.0])
zero = np.zeros(1, np.intp)
ab, table, begin, result = (address_of(array, 0) for array in (one, zero, start, out))
kernel = micro_kernel(np.dtype(float), 1, 1)
call_address(kernel.address, (ab, table, table, ab, table, table, 1, begin, result, 1, table))
print(out[0])
"""


def test_code_on_disk_is_not_used_when_another_module_changed(tmp_path):
    """numba itself looks at a function's own file alone."""
    shutil.copytree(
        Path(nndl.__file__).parent, tmp_path / "nndl", ignore=shutil.ignore_patterns("__pycache__")
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    environment.pop("NUMBA_CACHE_DIR", None)

    def printed():
        command = [sys.executable, "-c", SUM]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert printed() == "3.0"
    assert list(tmp_path.glob("nndl/fast/kernels/__pycache__/*.nbi"))
    assert printed() == "3.0"
    kernels = tmp_path / "nndl" / "fast" / "kernels"
    words = kernels / "ir_builder.py"  # the micro-kernel is built with its `broadcast`
    text, right = words.read_text(encoding="utf-8"), "one = self.load(address, 1)"
    assert text.count(right) == 1
    wrong = right.replace("address", "self.offset_address(address, 1)")
    words.write_text(text.replace(right, wrong), "utf-8")
    assert printed() == "4.0"  # a number that is broadcast to a vector is read one place too late
