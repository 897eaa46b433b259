"""The two guards of a chapter: `check` inside it, and nbval's sanitized comparison around it.

The last tests plant bugs in copies of a chapter and run nbval on them, as `make test` does.
"""

import configparser
import contextlib
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from book._tools import sanitizer
from book._tools.tangle import ROOT, code_cells
from nndl.checks.gradient_check import ERROR_BOUNDS, SHARE_BOUNDS
from nndl.gradient_check import check, check_at_least

CONFIG = sanitizer.CONFIG


def rules():
    """The rules of the file, as nbval reads them."""
    config = configparser.RawConfigParser()
    config.read(CONFIG, encoding="utf-8")
    return [(config.get(s, "regex"), config.get(s, "replace")) for s in config.sections()]


def sanitize(text):
    for regex, replacement in rules():
        text = re.sub(regex, replacement, text)
    return text


def test_the_file_is_what_the_bounds_say():
    assert CONFIG.read_text(encoding="utf-8") == sanitizer.rules(), "run `make chapters`"


def test_a_new_bound_is_one_edit(tmp_path, monkeypatch, capsys):
    """Whatever bound joins the lists, the command writes its rule, which hides the right lines."""
    errors = sorted({*ERROR_BOUNDS, 1e-17, 1e-19, 1e-20})
    shares = sorted({*SHARE_BOUNDS, 11, 19, 85, 89})
    monkeypatch.setattr(sanitizer, "CONFIG", tmp_path / "sanitize.cfg")
    monkeypatch.setattr(sanitizer, "ERROR_BOUNDS", errors)
    monkeypatch.setattr(sanitizer, "SHARE_BOUNDS", shares)
    assert sanitizer.main(["--check"]) == 1
    assert not sanitizer.CONFIG.exists()
    assert "does not fit the bounds: run `make chapters`" in capsys.readouterr().err
    assert sanitizer.main([]) == sanitizer.main(["--check"]) == 0
    config = configparser.RawConfigParser()
    config.read(sanitizer.CONFIG, encoding="utf-8")
    for bound in errors:
        rule = config.get(f"under {bound:.0e}", "regex")
        for exponent in range(1, 121):
            line = f"dx error: 9.99e-{exponent:02}  (bound {bound:.0e})"
            assert bool(re.search(rule, line)) == (float(f"9.99e-{exponent}") < bound), line
    for bound in shares:
        rule = config.get(f"at least {bound} percent", "regex")
        for tenths in range(1001):
            line = f"share: {tenths / 10:.1f} %  (at least {bound} %)"
            assert bool(re.search(rule, line)) == (tenths >= 10 * bound), line


def test_check_takes_the_bounds_that_have_a_rule(capsys):
    for bound in ERROR_BOUNDS:
        check("dx", 0.0, bound)
    lines = capsys.readouterr().out.splitlines()
    assert [sanitize(line) == line for line in lines] == [False] * len(ERROR_BOUNDS)
    with pytest.raises(ValueError, match=r"is 1e-17, expected a power of ten from 1e-16 to 1e-01$"):
        check("dx", 0.0, 1e-17)


@given(st.floats(0, 10), st.integers(-16, -1), st.integers(-300, 3))
def test_an_error_is_hidden_exactly_when_it_is_under_its_bound(mantissa, exponent, power):
    printed = f"{mantissa * 10.0**power:.2e}"
    bound = f"{float(f'1e{exponent}'):.0e}"
    line = f"dx error: {printed}  (bound {bound})"
    under = float(printed) < float(f"1e{exponent}")
    expected = f"dx error: UNDER-{bound}  (bound {bound})" if under else line
    assert sanitize(line) == expected


@given(st.integers(0, 1000), st.sampled_from(SHARE_BOUNDS))
def test_an_accuracy_is_hidden_exactly_when_it_reaches_its_bound(thousandths, least):
    line = f"test accuracy: {thousandths / 10:.1f} %  (at least {least} %)"
    reached = f"test accuracy: REACHED-{least} %  (at least {least} %)"
    assert sanitize(line) == (reached if thousandths >= 10 * least else line)


@given(st.integers(1, 5000), st.data(), st.sampled_from(SHARE_BOUNDS))
def test_an_accuracy_is_printed_and_held_by_its_bound(count, data, least):
    right = data.draw(st.integers(0, count))
    out = io.StringIO()
    raised = False
    with contextlib.redirect_stdout(out):
        try:
            check_at_least("test accuracy", right / count, least)
        except AssertionError:
            raised = True
    assert raised == (100 * right < least * count)
    line = out.getvalue()
    assert line.endswith(f" %  (at least {least} %)\n")
    assert raised == (sanitize(line) == line)  # what is below stays visible to nbval


@pytest.mark.parametrize("share", [float("nan"), float("inf"), -0.1, 1.001])
def test_what_is_no_accuracy_reaches_no_bound(share, capsys):
    with pytest.raises(AssertionError, match="val"):
        check_at_least("val", share, 10)
    line = capsys.readouterr().out
    assert sanitize(line) == line


def test_bounds_and_arguments_of_another_kind_are_refused():
    with pytest.raises(ValueError, match=r"the bound of val is 0\.98, expected 10, 20"):
        check_at_least("val", 0.99, 0.98)
    with pytest.raises(TypeError, match=r"val has shape \(2,\), expected one number"):
        check_at_least("val", [0.99, 0.98], 98)


@pytest.mark.parametrize(
    "line",
    [
        "dx error: nan  (bound 1e-08)",
        "dx error: inf  (bound 1e-08)",
        "dx error: -1.00e-10  (bound 1e-08)",
        "dx error: 1.00e-08  (bound 1e-08)",
        "dx error: 3.37e-05  (bound 1e-08)",
        "dx error: 3.37e-10",
        "dx: 3.37e-10  (bound 1e-08)",
        "(4, 3, 5, 5) 0.34",
        "loss 2.302585, 17x",
        "test accuracy: 98.6 %",
        "test accuracy: 98.6 %  (at least 97.5 %)",
        "test accuracy: 198.6 %  (at least 98 %)",
        "test accuracy: 98.6 % (at least 98 %)",
        "dx error: 3.37e-02  (bound 1e+00)",  # no error reaches it: no check
        "1,024 pixels, 73 MB, 3 steps, 0.5 of all, 12 of 20 entries wrong, 5x5",
        "9 Hz, 15 m, 4.5 msec, 7 minutes",
        "<Axes: title={'center': '3'}>",
        "a <Figure size 12x3 with 8 Axes>",
    ],
)
def test_everything_else_is_compared_to_the_letter(line):
    assert sanitize(line) == line


def test_what_is_hidden_without_a_bound_is_timings_the_provenance_and_a_figures_size():
    """Another rule would hide numbers that nothing holds; `check` prints those with a bound."""
    config = configparser.RawConfigParser()
    config.read(CONFIG, encoding="utf-8")
    bounded = [f"under {bound:.0e}" for bound in ERROR_BOUNDS]
    bounded += [f"at least {bound} percent" for bound in SHARE_BOUNDS]
    assert config.sections() == [
        *bounded,
        "time",
        "speed-up",
        "rate",
        "cores",
        "images",
        "figure",
        "drawing",
    ]
    assert sanitize("<Figure size 1200x187.5 with 8 Axes>") == sanitize("<Figure>") == "<Figure>"


def test_a_figures_drawing_is_compared_with_another_drawing_but_not_with_text():
    drawings = [
        f'<?xml version="1.0"?>\n<svg width="{n}">\n<!-- {n} ms -->\n</svg>\n' for n in (7, 8)
    ]
    assert sanitize(drawings[0]) == sanitize(drawings[1]) == "<svg>"
    for text in ("<svg></svg>", f"loss {drawings[0]}", f"{drawings[0]}loss 2.3"):
        assert sanitize(text) != "<svg>"


def test_the_published_value_stays_and_timings_go():
    line = "dx error: 1.79e-09  (bound 1e-08)  published 3.367e-09"
    assert sanitize(line).endswith("(bound 1e-08)  published 3.367e-09")
    assert sanitize("naive 2.49 s, fast 5.93 ms: 419x faster") == (
        "naive TIME, fast TIME: SPEED-UP"
    )
    assert sanitize("12.34 ms, 23.50 GFLOP/s, 1.4x faster") == "TIME, RATE, SPEED-UP"
    assert sanitize("1.9 ns, 4.2 cycles, 3.69 GHz, 169 GB/s") == "TIME, TIME, RATE, RATE"
    assert sanitize("on 2 cores, on 1 core, 16 corners") == "on CORES, on CORES, 16 corners"


# ---------------------------------------------------------------- nbval on copies of a chapter


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """{copy: number of failing cells} of one run of nbval over changed copies of a chapter."""
    folder = tmp_path_factory.mktemp("copies")
    chapter = nbformat.read(ROOT / "book" / "foundations" / "gradients.ipynb", as_version=4)
    last = next(i for i, c in enumerate(chapter.cells) if "from nndl import mistakes" in c.source)
    chapter.cells = chapter.cells[:last]

    def source(notebook, old, new):
        cells = [cell for cell in code_cells(notebook) if old in cell.source]
        assert cells, old
        for cell in cells:
            cell.source = cell.source.replace(old, new)

    def outputs(notebook, old, new):
        found = 0
        for cell in code_cells(notebook):
            for output in cell.outputs:
                if output.get("name") == "stdout":
                    output.text, count = re.subn(old, new, output.text)
                    found += count
        assert found, old

    def planted(notebook):  # a wrong gradient; `check` must stop it
        source(notebook, "dx = df @ w.T", "dx = df @ w.T * 1.001")

    def grown(notebook):  # the same bug where nothing raises; the comparison must see it
        planted(notebook)
        source(notebook, "if not 0 <= error <= bound:", "if False:")

    def restyled(notebook):  # another machine: other timings, other digits under the bounds
        outputs(notebook, r"error: \d\.\d\de-(\d\d)", "error: 9.87e-15")
        outputs(notebook, r"\d+(\.\d+)? ms", "123.45 ms")

    copies = {"untouched": lambda notebook: None}
    copies |= {"planted": planted, "grown": grown, "restyled": restyled}
    for name, change in copies.items():
        notebook = nbformat.from_dict(chapter)
        notebook = nbformat.reads(nbformat.writes(notebook), as_version=4)
        change(notebook)
        nbformat.write(notebook, folder / f"{name}.ipynb")
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q"]
    command += [f"--nbval-sanitize-with={CONFIG}", f"--junitxml={report}", "--rootdir", folder]
    command += ["-c", "/dev/null" if sys.platform != "win32" else "NUL", "-p", "no:cacheprovider"]
    subprocess.run([*command, folder], capture_output=True, cwd=folder, check=False)
    failures = dict.fromkeys(copies, 0)
    cells = dict.fromkeys(copies, 0)
    for case in ElementTree.parse(report).iter("testcase"):
        name = next((n for n in copies if n in case.get("classname")), None)
        assert name, ElementTree.tostring(case)
        cells[name] += 1
        failures[name] += len(case.findall("failure")) + len(case.findall("error"))
    assert set(cells.values()) == {len([c for c in code_cells(chapter) if c.source])}
    return failures


def test_nbval_passes_an_untouched_chapter(outcomes):
    assert outcomes["untouched"] == 0


def test_nbval_fails_on_a_planted_gradient_bug(outcomes):
    assert outcomes["planted"] >= 1


def test_nbval_fails_on_a_number_past_its_bound_even_when_nothing_raises(outcomes):
    assert outcomes["grown"] >= 1


def test_nbval_passes_other_timings_and_other_digits_under_the_bound(outcomes):
    assert outcomes["restyled"] == 0


def test_which_images_a_chapter_found_may_differ():
    """CIFAR-10 is on one machine and not on another; whoever reads the page is told which."""
    assert sanitize("Images: CIFAR-10, official batches") == sanitize("Images: synthetic")
    assert sanitize("Images: ") == "Images: "
    assert sanitize("The Images: some") == "The Images: some"
