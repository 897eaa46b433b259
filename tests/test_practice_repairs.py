"""The reader's own lines, changed in one place until the function is right."""

import ast
import linecache

import numpy as np
import pytest

from nndl import practice
from nndl.practice import repairing
from nndl.practice.exercises import exercises
from nndl.practice.repairs import repairs
from nndl.practice.slip_switches import SWITCH, switched
from nndl.practice.unwritten import tree_of

POOL = """
def max_pool_forward(x, pool_param):
    N, C, H, W = x.shape
    hh, ww = pool_param["pool_height"], pool_param["pool_width"]
    step = pool_param["stride"]
    rows, columns = (H - hh) // step + 1, (W - ww) // step + 1
    found = []
    for i in range(rows):
        for j in range(columns):
            window = x[:, :, i * step:i * step + hh, j * step:j * step + ww]
            found.append(window.max(axis=(2, 3)))
    out = np.stack(found, axis=2).reshape(N, C, rows, columns)
    return out, (x, pool_param)
"""
MOMENTUM = """
def sgd_momentum(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = config["momentum"] * v - config["learning_rate"] * dw
    config["velocity"] = v
    return w + v, config
"""
CONV = """
def conv_forward(x, w, b, conv_param):
    s, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    high = (x.shape[2] + 2 * pad - w.shape[2]) // s + 1
    wide = (x.shape[3] + 2 * pad - w.shape[3]) // s + 1
    out = np.zeros((x.shape[0], w.shape[0], high, wide))
    for p in range(w.shape[2]):
        for q in range(w.shape[3]):
            part = padded[:, :, p:p + s * (high - 1) + 1:s, q:q + s * (wide - 1) + 1:s]
            out += np.tensordot(part, w[:, :, p, q], (1, 1)).transpose(0, 3, 1, 2)
    return out + b[:, None, None], (x, w, b, conv_param)
"""
LAYER = """
def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    mu = x.mean(axis=1, keepdims=True)
    centered = x - mu
    spread = np.sqrt((centered ** 2).mean(axis=1, keepdims=True) + eps)
    hat = centered / spread
    return gamma * hat + beta, (hat, gamma, spread)
"""
# A right body, what is exchanged in it, and what the check has to say of the line.
SLIPS = [
    (POOL, "reshape(N, C, rows, columns)", "reshape(N, C, rows, rows)", "columns", "rows"),
    (POOL, "step = pool_param", "step = 1 * pool_param", "", ""),
    (MOMENTUM, "1e-2", "1e-3", "", ""),
    (MOMENTUM, "return w + v", "return w + dw", "v", "dw"),
    (CONV, "q + s * (wide - 1)", "q + s * (high - 1)", "wide", "high"),
    (CONV, "(1, 1)).trans", "(1, 0)).trans", "1", "0"),
    (LAYER, "/ spread", "/ eps", "spread", "eps"),
    (LAYER, "gamma * hat + beta", "gamma * centered + beta", "", ""),
    (LAYER, "+ eps)", ") + eps", "", ""),
]


def made(text, folder, name="student.py"):
    """The function of a text, as of a file."""
    path = folder / name
    path.write_text(text)
    scope = {"np": np}
    linecache.checkcache(str(path))
    exec(compile(text, str(path), "exec"), scope)
    return next(value for key, value in scope.items() if callable(value) and key != "np")


@pytest.mark.parametrize("text", [POOL, MOMENTUM, CONV, LAYER])
def test_bodies_are_right_without_a_slip(text, tmp_path):
    function = made(text, tmp_path)
    assert practice.check(function.__name__, function).ok


@pytest.mark.parametrize(("text", "right", "wrong", "new", "old"), SLIPS)
def test_the_line_and_what_belongs_there_are_named(text, right, wrong, new, old, tmp_path):
    assert text.count(right) == 1
    function = made(text.replace(right, wrong), tmp_path)
    result = practice.check(function.__name__, function)
    if not new:  # it changes nothing, or the catalogue knows it
        assert result.ok or result.cause[0].id != "one-change"
        return
    first = result.cause[0]
    assert (first.id, first.sure) == ("one-change", "sure")
    line = 1 + text[: text.index(right)].count("\n")
    line += right[: right.index("\n")].count("\n") if "\n" in right else 0
    assert first.title == f"In line {line}, {new} belongs in place of {old}"
    many = sum(not row.case.told for row in result.rows)
    assert first.why == f"with that one change it is right on all {many} cases"
    assert practice.hint(function.__name__, 1)


def test_what_an_exception_hides_is_looked_for_beside_it(tmp_path):
    text = CONV.replace("q + s * (wide - 1)", "q + s * (high - 1)")
    text = text.replace("    padded =", "    assert x.shape[0] > 1, len(undefined)\n    padded =")
    result = practice.check("conv_forward", made(text, tmp_path))
    causes = {cause.id: cause for cause in result.cause}
    assert causes.keys() == {"one-change", "unknown-name"}
    assert "wide belongs in place of high" in causes["one-change"].title
    assert "without it" in causes["one-change"].why


def test_what_one_change_does_not_mend_stays_as_it_was(tmp_path, monkeypatch):
    text = LAYER.replace("return gamma * hat", "return gamma * np.tanh(hat) ** 2")
    function, tried = made(text, tmp_path), []
    observe = repairing.observe
    monkeypatch.setattr(repairing, "observe", lambda *a, **k: tried.append(1) or observe(*a, **k))
    result = practice.check("layernorm_forward", function)
    assert not any(cause.id == "one-change" for cause in result.cause)
    assert 100 < len(tried) < 2 * repairing.TRIED
    assert SWITCH not in function.__globals__


@pytest.mark.parametrize(
    "text",
    [
        LAYER.replace("    hat =", "    while np.isnan(spread).any():\n        pass\n    hat ="),
        "def around():\n    eps = 1.0\n"
        + LAYER.replace('ln_param.get("eps", 1e-5)', "eps").replace("\n", "\n    ")
        + "\n    return layernorm_forward\n\n\nlayernorm_forward = around()\ndel around\n",
    ],
)
def test_what_may_not_end_or_has_an_outer_function_is_not_changed(text, tmp_path, monkeypatch):
    function = made(text.replace("gamma * hat", "gamma * centered"), tmp_path)
    monkeypatch.setattr(repairing, "variants", lambda *_: pytest.fail("it is run"))
    assert practice.check("layernorm_forward", function).verdict == "wrong"


def test_nothing_is_printed_drawn_or_left_behind(tmp_path, capsys):
    text = LAYER.replace("/ spread", "/ eps").replace("    mu =", "    print('here')\n    mu =")
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    result = practice.check("layernorm_forward", made(text, tmp_path))
    assert result.cause[0].id == "one-change"
    assert capsys.readouterr().out == ""
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_a_search_whose_time_is_over_ends(tmp_path, monkeypatch):
    tried = []
    monkeypatch.setattr(repairing, "LASTING", 0.0)
    monkeypatch.setattr(repairing, "observe", lambda *a, **k: tried.append(a))
    result = practice.check("layernorm_forward", made(LAYER.replace("/ sp", "/ 2 / sp"), tmp_path))
    assert result.verdict == "wrong"
    function = made(LAYER.replace("/ spread", "/ eps"), tmp_path)
    assert not any(
        c.id == "one-change" for c in practice.check("layernorm_forward", function).cause
    )
    assert not tried


def test_the_head_of_a_loop_is_changed_too():
    tree = ast.parse("def f(x, dx):\n    for row in x:\n        dx += row\n    return dx\n")
    changed = set()
    for change in repairs(tree):
        if not isinstance(change.place, slice) and not isinstance(change.new, list):
            with change.made():
                changed.add(ast.unparse(ast.fix_missing_locations(tree)))
    assert any("for row in dx:" in text for text in changed)


@pytest.mark.parametrize("name", ["conv_backward", "batchnorm_backward", "softmax_loss", "adam"])
def test_every_change_is_python_and_changes_something(name):
    tree = ast.Module([tree_of(exercises()[name].reference())], [])
    known = list(repairs(tree))
    assert len(known) > 100
    whole = ast.unparse(tree)
    compile(switched(tree, known[: repairing.TRIED]), "<all>", "exec")
    same = 0
    for change in known[::7]:
        if not isinstance(change.place, slice) and not isinstance(change.new, list):
            with change.made():
                same += ast.unparse(ast.fix_missing_locations(tree)) == whole
    assert ast.unparse(tree) == whole
    assert same <= len(known) / 7 / 20
