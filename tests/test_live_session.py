"""What runs cells in the page, run here: outputs in order, errors that name the reader's line."""

import base64
import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from book._live import matplotlib_sooner, packages, twins
from book._live import session as runner
from nndl import conv_layers, timing
from nndl.vis import figures


@pytest.fixture(autouse=True)
def backend(monkeypatch):
    """What a session sets in the environment is put back: notebooks after it would draw by it."""
    monkeypatch.setenv("MPLBACKEND", "agg")


@pytest.fixture
def told():
    """``(kind, what)`` of all that was told, in order."""
    return []


@pytest.fixture
def session(told):
    return runner.Session(lambda kind, **what: told.append((kind, what)))


def text(told, name="stdout"):
    return "".join(what["text"] for kind, what in told if kind == "text" and what["name"] == name)


def test_cells_share_their_names_and_the_last_value_is_shown(session, told):
    assert session.run(0, "x = 3\n'not last'\nx + 1")
    assert session.run(1, "def f():\n    return x\n\nf() * 2")
    assert session.run(2, "f();")
    assert session.run(3, "None")
    assert session.run(4, "")
    assert text(told) == "4\n6\n"
    assert [kind for kind, _ in told] == ["text", "text"]


def test_names_can_be_forgotten(session, told):
    assert session.run(0, "x = 3")
    session.reset()
    assert not session.run(1, "x")
    assert error(told)["text"].endswith("NameError: name 'x' is not defined\n")
    assert session.run(2, "display(4)")
    assert text(told) == "4\n"


def test_text_comes_in_its_order_and_line_by_line(session, told):
    code = "import sys\nprint('a', end=': ')\nprint('b')\nprint('c', file=sys.stderr)\n"
    code += "print('d', end='')"
    before = sys.stdout, sys.stderr
    assert session.run(0, code)
    assert (sys.stdout, sys.stderr) == before
    said = [(what["name"], what["text"]) for _, what in told]
    assert said == [("stdout", "a: b\n"), ("stderr", "c\n"), ("stdout", "d")]


def test_what_is_not_shown_runs_and_says_nothing(session, told):
    assert session.run(0, "y = 2\nprint(y)\nprint(input)\ny", shown=False)
    assert told == []
    assert session.run(1, "y")
    assert text(told) == "2\n"


def test_too_much_text_is_cut(session, told):
    assert session.run(0, "for k in range(10**5):\n    print('a line')")
    assert runner.MOST <= len(text(told)) < runner.MOST + 100
    assert text(told).endswith("the rest is not shown]\n")
    told.clear()
    assert session.run(0, "1")
    assert text(told) == "1\n"


def error(told):
    (found,) = [what for kind, what in told if kind == "error"]
    return found


def test_an_error_names_the_readers_line_and_only_frames_that_help(session, told):
    session.run(3, "import numpy as np\n\ndef f(a):\n    return a @ a\n")
    assert not session.run(14, "b = np.ones((2, 3))\n\nf(b)")
    found = error(told)
    assert found["line"] == 3
    lines = found["text"].splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "  cell 14, line 3" in lines
    assert "    f(b)" in lines
    assert "  cell 3, line 4, in f" in lines
    assert lines[-1].startswith("ValueError: matmul")
    assert "runner" not in found["text"]
    assert "File" not in found["text"]


def test_an_error_in_the_package_shows_its_frames_too(session, told):
    code = "from nndl.gradient_check import check\ncheck('dx', 0.5, bound=1e-8)"
    assert not session.run(2, code)
    assert text(told) == "dx error: 5.00e-01  (bound 1e-08)\n"
    assert error(told)["line"] == 2
    assert "  nndl/gradient_check.py, line " in error(told)["text"]
    assert error(told)["text"].endswith("dx error 5.00e-01 is over its bound 1e-08\n")


def test_causes_are_told(session, told):
    code = "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('no') from e"
    assert not session.run(7, code)
    said = error(told)["text"]
    assert said.index("cell 7, line 2") < said.index("direct cause") < said.index("cell 7, line 4")
    assert error(told)["line"] == 4


@pytest.mark.parametrize(
    ("code", "line", "last"),
    [
        ("x = 1\ny = = 2", 2, "SyntaxError: invalid syntax"),
        ("def f():\nreturn 1", 2, "IndentationError: "),
        ("%timeit f()", 1, "SyntaxError: invalid syntax"),
        ("\nraise SystemExit(3)", 2, "SystemExit: 3"),
        ("def f(): f()\n\nf()", 3, "RecursionError: "),
    ],
)
def test_errors_of_every_kind(session, told, code, line, last):
    assert not session.run(5, code)
    assert error(told)["line"] == line
    assert f"cell 5, line {line}" in error(told)["text"]
    assert error(told)["text"].splitlines()[-1].startswith(last)
    assert session.run(6, "1")


def test_the_source_of_a_cells_function_can_be_read(session, told):
    assert session.run(
        0, "import inspect\ndef f():\n    return 1  # one\n\nprint(inspect.getsource(f))"
    )
    assert text(told) == "def f():\n    return 1  # one\n\n"


@pytest.fixture
def plt():
    """pyplot with the page's backend, for one test."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    before = pyplot.get_backend()
    pyplot.switch_backend(runner.BACKEND)
    with pyplot.rc_context():
        yield pyplot
    pyplot.close("all")
    pyplot.switch_backend(before)


PLOT = """import matplotlib.pyplot as plt
from nndl.vis.figures import book_style
book_style()
fig, ax = plt.subplots()
ax.plot([1, 2], color={color!r})
"""


def test_figures_come_where_they_are_shown_in_both_themes(session, told, plt):
    shown = "print('a')\nplt.show()\nprint('b')\nplt.subplots();"
    assert session.run(0, PLOT.format(color="C0") + shown)
    assert [kind for kind, _ in told] == ["text", "figure", "text", "figure"]
    figure = told[1][1]
    assert figure.keys() == {"light", "dark"}
    assert all(svg.startswith("<svg") for svg in figure.values())
    assert figure["light"] != figure["dark"]
    assert plt.get_fignums() == []


def test_a_color_of_the_readers_own_is_shown_on_white(session, told, plt):
    assert session.run(0, PLOT.format(color="#123456") + "fig")
    assert [what.keys() for kind, what in told if kind == "figure"] == [{"white"}, {"white"}]


def test_a_large_figure_is_one_of_pixels(session, told, plt, monkeypatch):
    monkeypatch.setattr(figures, "LIMIT", 100)
    assert session.run(0, PLOT.format(color="C0"))
    assert base64.b64decode(told[-1][1]["png"]).startswith(b"\x89PNG")


def test_matplotlib_comes_without_metrics_and_lists(session, told, plt, monkeypatch, tmp_path):
    from matplotlib import artist, lines

    for name in ("afm/a.afm", "pdfcorefonts/b.afm", "ttf/c.ttf"):
        (tmp_path / "mpl-data" / "fonts" / name).parent.mkdir(parents=True)
        (tmp_path / "mpl-data" / "fonts" / name).touch()
    spec = SimpleNamespace(origin=tmp_path / "__init__.py")
    monkeypatch.setattr(matplotlib_sooner, "find_spec", lambda name: spec)
    # Both are put back after the test.
    monkeypatch.setattr(artist.Artist, "_update_set_signature_and_docstring", None)
    monkeypatch.setattr(artist, "kwdoc", None)
    matplotlib_sooner.leave_out()
    assert [file.name for file in tmp_path.rglob("*.*") if file.is_file()] == ["c.ttf"]
    assert artist.kwdoc(lines.Line2D) == ""
    line = type("Mine", (lines.Line2D,), {})([0, 1], [0, 1])
    line.set(linewidth=3)
    assert line.get_linewidth() == 3
    with pytest.raises(AttributeError, match="no_such"):
        line.set(no_such=3)


def test_figures_that_are_not_shown_are_closed(session, told, plt):
    assert session.run(0, PLOT.format(color="C0") + "plt.show()", shown=False)
    assert session.run(1, PLOT.format(color="C0"), shown=False)
    assert told == []
    assert not session.run(2, PLOT.format(color="C0") + "1 / 0")
    assert [kind for kind, _ in told] == ["error"]
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("x = 1", []),
        ("import numpy as np", ["numpy"]),
        ("import numpy.linalg, math", ["numpy"]),
        ("def f():\n    import matplotlib.pyplot as plt", ["matplotlib"]),
        ("from nndl.vis.arrays import Sheet", ["matplotlib", "numpy"]),
        ("from nndl import vis_grid, check", ["matplotlib", "numpy"]),
        ("from nndl.layers import *", ["numpy"]),
        ("from nndl import vis_utils", ["matplotlib", "numpy"]),
        ("import numpysomething, nndlx", []),
        ("from . import x", []),
        ("1 +", []),
    ],
)
def test_packages_are_those_that_code_imports(code, asked):
    assert packages.packages(code) == asked


def test_a_session_tells_the_page_in_json(monkeypatch):
    monkeypatch.setattr(timing, "best_time", timing.best_time)
    lines = []
    session = runner.session(lines.append)
    ok, seconds = runner.timed(session, 2, "print('é')", True)
    assert ok
    assert seconds >= 0
    assert [json.loads(line) for line in lines] == [
        {"kind": "text", "name": "stdout", "text": "é\n"}
    ]


def test_what_is_shorter_than_a_tick_is_run_many_times(monkeypatch):
    class Clock:
        now = 0.0

        def run(self, seconds):
            self.now += seconds

    clock = Clock()
    monkeypatch.setattr(timing.time, "perf_counter", lambda: clock.now // 0.125 * 0.125)
    monkeypatch.setattr(runner, "perf_counter", lambda: clock.now // 0.125 * 0.125)
    monkeypatch.delenv(timing.RECORD, raising=False)
    best_time = runner.by_coarse_clock(timing.best_time)
    lengths = iter([0.25, 0.125, 0.5])
    assert best_time("three", lambda: clock.run(next(lengths)), repeats=3) == 0.125
    assert 0 < best_time("short", lambda: clock.run(2.0**-12), repeats=3) < 0.001


ENTRIES = st.sampled_from([0.0, -0.0, 1.0, -1.5, 2.25, np.nan, np.inf])


@settings(max_examples=25)
@given(data=st.data(), size=st.tuples(*[st.integers(1, 3)] * 2), stride=st.integers(1, 4))
def test_pooling_by_numpy_is_pooling_by_loops(data, size, stride):
    HH, WW = size
    shape = data.draw(st.tuples(st.integers(1, 2), st.integers(1, 2), st.integers(HH, 7),
                                st.integers(WW, 7)))  # fmt: skip
    count = int(np.prod(shape))
    x = np.array(data.draw(st.lists(ENTRIES, min_size=count, max_size=count))).reshape(shape)
    param = {"pool_height": HH, "pool_width": WW, "stride": stride}
    out, cache = conv_layers.max_pool_forward_naive(x, param)
    ours, our_cache = twins.max_pool_forward_fast(x, param)
    assert ours.tobytes() == out.tobytes()
    dout = np.random.default_rng(count).normal(size=out.shape)
    dx = twins.max_pool_backward_fast(dout, our_cache)
    assert dx.tobytes() == conv_layers.max_pool_backward_naive(dout, cache).tobytes()
    x = np.nan_to_num(x, posinf=3.0)
    out, cache = conv_layers.avg_pool_forward_naive(x, param)
    ours, our_cache = twins.avg_pool_forward_fast(x, param)
    assert np.allclose(ours, out, rtol=1e-14, atol=1e-15)
    dx = twins.avg_pool_backward_fast(dout, our_cache)
    assert dx.tobytes() == conv_layers.avg_pool_backward_naive(dout, cache).tobytes()


def test_the_twins_of_the_page_say_what_is_wrong_and_need_no_dx():
    x, w, b = np.ones((1, 1, 3, 3)), np.ones((1, 1, 3, 3)), np.ones(1)
    out, cache = conv_layers.conv_forward_naive(x, w, b, {"stride": 1, "pad": 0})
    assert twins.conv_backward_fast(out, cache, need_dx=False)[0] is None
    assert twins.conv_backward_fast(out, cache)[0].shape == x.shape
    with pytest.raises(ValueError, match="max_pool_forward_fast"):
        twins.max_pool_forward_fast(x, {"pool_height": 4, "pool_width": 1, "stride": 1})
