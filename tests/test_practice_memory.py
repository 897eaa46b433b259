"""What a check of a function copies and remembers, so that it takes less time."""

import copy

import numpy as np
import pytest

from nndl import mistakes
from nndl.practice import candidates, plays
from nndl.practice.comparing import expectations
from nndl.practice.copying import fresh
from nndl.practice.exercises import exercise
from nndl.practice.remembering import Remembered, remembered
from nndl.practice.watching import same

SHARED = np.arange(6.0).reshape(2, 3)
LOOP = [1.5]
LOOP.append(LOOP)


@pytest.mark.parametrize(
    "value",
    [
        {"x": SHARED, "y": (SHARED, [SHARED.T, None, "text", 2]), "z": SHARED[:, 0]},
        (np.float32(2), np.array(["a", None], dtype=object), {1, 2}, np.random.default_rng(0)),
        np.asfortranarray(SHARED),
        np.ma.masked_array([1, 2], [True, False]),
    ],
)
def test_a_copy_is_that_of_deepcopy(value):
    mine, theirs = fresh(value), copy.deepcopy(value)
    assert type(mine) is type(theirs)
    assert repr(mine) == repr(theirs) or "Generator" in repr(mine)
    assert getattr(mine, "strides", None) == getattr(theirs, "strides", None)


def test_a_copy_shares_nothing_and_keeps_what_is_one():
    mine = fresh({"x": SHARED, "y": (SHARED,)})
    assert mine["x"] is mine["y"][0]
    assert not np.shares_memory(mine["x"], SHARED)
    loop = fresh(LOOP)
    assert loop[1] is loop
    assert loop is not LOOP


def test_a_function_is_called_once_for_equal_arguments():
    calls = []

    def function(x, stride):
        calls.append(stride)
        if stride == 0:
            raise ValueError("stride is 0")
        return x * stride, (x,)

    kept = Remembered(function)
    for _ in range(2):
        out, (x,) = kept(SHARED.copy(), 2)
        assert (out == 2 * SHARED).all()
        x[:] = out[:] = -1  # whoever has it may change it
        with pytest.raises(ValueError, match="stride is 0"):
            kept(SHARED, 0)
    kept(SHARED, 2.0)
    kept(SHARED.astype(np.float32), 2)
    assert calls == [2, 0, 2.0, 2]


def test_a_function_that_changes_its_arguments_is_called_each_time():
    def function(x):
        x += 1
        return x

    kept, x = Remembered(function), np.zeros(2)
    for _ in range(3):
        kept(x)
    assert (x == 3).all()


@pytest.mark.parametrize("name", ["conv_backward", "max_pool_backward", "layernorm_backward"])
def test_what_is_remembered_is_what_is_computed(name):
    found = exercise(name)
    for mistake in candidates.entries(found):
        if mistake.function != found.forward:
            continue
        function = candidates.altered(mistake.function, [mistake])
        for case, _ in expectations(found)[:4]:
            parts = [plays.Parts(found.reference(), one) for one in (function, remembered(
                mistake, function
            ))]  # fmt: skip
            plain, kept, again = (
                plays.observe(found, case, one, trusted=True) for one in (*parts, parts[1])
            )
            for other in (kept, again):
                assert same(plain.values, other.values)
                assert (plain.structure, plain.changed) == (other.structure, other.changed)
                assert (plain.raised is None) == (other.raised is None)
                if plain.raised:
                    assert plain.raised.message == other.raised.message


def test_backward_passes_are_not_remembered():
    mistake = mistakes.load()["conv-backward-overwrites"]
    function = mistake.apply()
    assert remembered(mistake, function) is function
