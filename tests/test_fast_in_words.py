"""What the chapters on speed say of ``nndl.fast``, held against its code.

Chapters: speed/machine, speed/numba, speed/roofline, speed/micro_kernel, speed/implicit_gemm.
"""

import inspect
import re
from functools import cache

import numpy as np
import pytest

from book._tools.tangle import ROOT

pytest.importorskip("numba")

from nndl.fast.kernels import blocking, winograd_plan, winograd_transforms
from nndl.fast.kernels.intrinsics import registers
from nndl.fast.runtime import jit

TEXT = {
    name: " ".join((ROOT / "book" / "speed" / f"{name}.md").read_text(encoding="utf-8").split())
    for name in ("machine", "numba", "roofline", "micro_kernel", "implicit_gemm")
}


def test_the_losses_alone_take_layout_a():
    assert 'the losses alone read their scores as "A"' in TEXT["numba"]
    kinds = re.compile(r'"(?:\d[AC][iud]?!? ?)+"')
    found = {
        file.stem
        for file in (ROOT / "nndl" / "fast").rglob("*.py")
        for kind in kinds.findall(file.read_text(encoding="utf-8"))
        if "A" in kind and file.stem != "jit"  # where the letters are explained
    }
    assert found == {"losses"}


def test_threads_are_woken_from_so_many_numbers_on():
    least = inspect.signature(jit.compile_kernel).parameters["min_parallel_work"].default
    assert f"from {least:,} numbers on" in TEXT["numba"]


def test_the_table_has_the_permissions_that_loops_have():
    table = re.findall(r"\| `(\w+)` \| (?:fuse|add|ignore)", TEXT["numba"])
    assert set(table) == jit.OPTIONS["fastmath"]


def test_which_filters_take_fewer_products():
    takes_fewer = lambda *shape: winograd_plan.winograd_pays(np.empty(shape), 1)  # noqa: E731
    assert takes_fewer(32, 16, 3, 3), "the shape of the chapter numba"
    assert takes_fewer(64, 64, 3, 3), "the shape that passes the roof"
    assert not takes_fewer(32, 3, 7, 7), "the shape of roofline and of implicit_gemm"
    assert "rng.random((64, 64, 3, 3), np.float32)" in TEXT["roofline"]
    assert "N, C, H, F, k, pad = 100, 3, 32, 32, 7, 3" in TEXT["roofline"]
    assert "N, C, H, F, k, pad = 100, 3, 32, 32, 7, 3" in TEXT["implicit_gemm"]
    assert not winograd_plan.winograd_pays(np.empty((32, 16, 3, 3)), 2)
    assert set(winograd_transforms.G) == {3, 5}
    for r, matrix in winograd_transforms.G.items():
        ours, formula = len(matrix) ** 2, 4 * r * r
        assert f"{ours} products where the definition has {formula}" in TEXT["implicit_gemm"] or (
            f"{ours} where it has {formula}" in TEXT["implicit_gemm"]
        )


def test_tiles_keep_to_two_thirds_of_the_registers(monkeypatch):
    monkeypatch.setattr(blocking, "registers", cache(registers))  # asked for each size of a tile
    assert "The tiles of `nndl.fast` keep to the dashed line" in TEXT["micro_kernel"]
    for rows in range(1, 40):
        for vectors in range(1, 20):
            mr, nv = blocking.micro_tile(rows, vectors)
            assert 3 * mr * nv <= 2 * registers()


def test_the_machines_constants_are_what_the_chapter_says_they_are():
    for name in ("LATENCY", "MAX_FRAME_BYTES"):
        assert f"blocking.{name}" in TEXT["machine"]
        assert isinstance(getattr(blocking, name), int)
    assert blocking.MAX_FRAME_BYTES % 2**10 == 0
