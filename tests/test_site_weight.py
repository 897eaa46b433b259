"""What keeps pages light: formulas typeset beforehand, icons drawn in them, scripts that leave."""

import base64
import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from PIL import Image
from py_mini_racer import MiniRacer

from book._ext.nndl_book import (
    formula_styles,
    formulas,
    icons,
    images,
    plain_tokens,
    print_style,
    script_bundle,
    scripts,
    style_bundle,
    typesetting,
)
from tests.test_site_ext import built_book, parsed

USED_IN_THE_BOOK = [
    (r"\boxed{\text{out}_{n} = \underset{p}{\sum} x_p}", True),
    (r"\begin{aligned} a &= b \\ &= \operatorname{vec}(c) \end{aligned}", True),
    (r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}", True),
    (
        r"\underbrace{\hat x_i}_{\mathcal N} \xrightarrow{f} \left\lfloor \tfrac12 \right\rfloor",
        True,
    ),
    (r"\text{d}x \in \mathbf{R}^{N \times D}", False),
]


def test_formulas_become_html_and_mathml_without_a_trace_of_tex():
    found = typesetting.typeset_all(USED_IN_THE_BOOK)
    assert not [f for f in found if isinstance(f, Exception)]
    for (_, display), (html, mathml) in zip(USED_IN_THE_BOOK, found, strict=True):
        assert html.startswith("<mjx-math")
        assert "\\" not in html + mathml
        tree = BeautifulSoup(mathml, "html.parser").math
        assert (tree.get("display") == "block") == display
        assert tree.get_text(strip=True)
    assert BeautifulSoup(found[-1][1], "html.parser").text == "dx∈RN×D"


@pytest.mark.parametrize("tex", [r"\frac{a}", r"\unknown", "a_b_c", r"\begin{aligned} a"])
def test_a_formula_that_is_wrong_says_so(tex):
    with pytest.raises(typesetting.FormulaError, match=re.escape(tex)):
        typesetting.typeset(tex, False)


def test_a_formula_is_typeset_once(tmp_path, monkeypatch):
    store = formulas.Formulas(tmp_path / "formulas.json")
    store.add(["ix^2", "dx^2"])
    assert store.get("ix^2") != store.get("dx^2")
    store.keep(["ix^2"])
    monkeypatch.setattr(typesetting, "engine", lambda: pytest.fail("typeset again"))
    again = formulas.Formulas(tmp_path / "formulas.json")
    assert list(again.found) == ["ix^2"]
    assert tuple(again.get("ix^2")) == store.get("ix^2")
    changed = json.loads((tmp_path / "formulas.json").read_text())
    (tmp_path / "formulas.json").write_text(json.dumps({**changed, "version": "another"}))
    assert not formulas.Formulas(tmp_path / "formulas.json").found


def test_the_sheet_has_the_rules_and_glyphs_that_formulas_use_and_no_more(tmp_path):
    html = [typesetting.typeset(tex, display)[0] for tex, display in USED_IN_THE_BOOK[:3]]
    formula_styles.write(tmp_path / "formulas.css", html)
    sheet = (tmp_path / "formulas.css").read_text()
    rules = sheet[sheet.index("mjx-") :]
    assert len(rules) < len(typesetting.style_sheet()) / 8
    for classes in re.findall(r'<mjx-c class="([^"]+)"', "".join(html)):
        assert f"mjx-c.{'.'.join(classes.split())}::before" in rules
    fonts = dict(re.findall(r'font-family: ([\w-]+); src: url\("([^"]+)"', sheet))
    named = set(re.findall(r"MJX(?:TEX[\w-]*|ZERO)", rules))
    assert named == set(fonts)
    others = {name for name, address in fonts.items() if not address.startswith("data:")}
    assert others == set(fonts) - set(formula_styles.INLINE)
    assert {file.name for file in tmp_path.glob("*.woff")} == {fonts[name] for name in others}
    data = fonts["MJXTEX-I"].partition(",")[2]
    with TTFont(io.BytesIO(base64.b64decode(data))) as font:
        letters = set(font.getBestCmap())
    assert {ord("x"), ord("n")} <= letters
    assert ord("q") not in letters
    first = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    formula_styles.write(tmp_path / "formulas.css", html)
    assert first == {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    formula_styles.write(tmp_path / "formulas.css", [])
    assert (tmp_path / "formulas.css").read_text() == ""


TEXT = r"""# A chapter with $a^2$

An inline $\text{d}x$, and

$$
\boxed{b = \underset{i}{\sum} c_i}
$$ (eq-b)

$$
d &= e \\
  &= f
$$

By {eq}`eq-b`.
"""


def test_a_page_has_its_formulas_icons_and_no_script_for_them(tmp_path):
    done = built_book(tmp_path, text=TEXT)
    assert done.returncode == 0, done.stderr[-2000:]
    page = parsed(tmp_path, "part/chapter.html")
    written = page.select("article .math")
    assert len(written) >= 4
    for formula in written:
        assert len(formula.select("mjx-assistive-mml > math")) == 1
        assert formula.select_one("mjx-math")["aria-hidden"] == "true"
        assert "\\" not in formula.text
    copied = [formula["data-tex"] for formula in page.select("article mjx-container")]
    assert r"$\text{d}x$" in copied
    assert r"$$\boxed{b = \underset{i}{\sum} c_i}$$" in copied
    block = page.select_one("#equation-eq-b")
    assert block.select_one(".eqno").text.startswith("(1)")
    assert page.select_one("article a.reference[href='#equation-eq-b']").text == "(1)"
    folder = tmp_path / "_build" / "html"
    (sheet,) = page.select("head > link[rel=stylesheet]")
    bundle = (folder / "part" / sheet["href"].partition("?")[0]).read_text(encoding="utf-8")
    for rule in (".sidebar-toggle", "mjx-container", "svg.icon", "div.highlight"):
        assert rule in bundle
    for rule in (".carousel-caption", ".btn-outline-warning", "Font Awesome 6 Free;font-style"):
        assert rule not in bundle
    ground, *tokens = (
        set(
            re.findall(
                rf'data-theme="(light|dark)"\] \.highlight{name}{{[^}}]*\bcolor: (#\w+)', bundle
            )
        )
        for name in ("", *(rf" \.{name}" for name in plain_tokens.PLAIN))
    )
    assert len(ground) >= 2
    assert all(token == ground for token in tokens), "their color is that of the text around"
    assert "?v=" in sheet["href"]
    assert sheet["href"].partition("?")[2] in parsed(tmp_path, "intro.html").head.prettify()
    loaded = [script["src"] for script in page.select("script[src]")]
    for name in (
        "mathjax",
        "fontawesome",
        "searchindex",
        "searchtools",
        "togglebutton",
        "highlight",
    ):
        assert not [source for source in loaded if name in source.lower()]
    static = Path(script_bundle.__file__).parents[2] / "_static"
    own = {file.name for file in static.glob("*.js")} | {script_bundle.BUNDLE}
    names = [source.partition("?")[0].rpartition("/")[2] for source in loaded]
    assert [name for name in names if name in own] == [script_bundle.BUNDLE]
    assert all(script.has_attr("defer") for script in page.select("script[src]"))
    assert not page.select("link[rel=preload]")
    search = parsed(tmp_path, "search.html")
    for each in (page, search):
        assert each.select("[class*=fa-]")
        assert not [i for i in each.select("[class*=fa-]") if not i.select("svg.icon > path")]


def test_a_wrong_formula_fails_the_build_with_its_page_and_text(tmp_path):
    done = built_book(tmp_path, text="# A chapter\n\nAn $\\unknown{a}$.\n")
    assert done.returncode != 0
    (warning,) = [line for line in done.stderr.splitlines() if "WARNING" in line]
    assert "part/chapter.ipynb" in warning
    assert "cannot be typeset" in warning
    assert r"\unknown{a}" in warning


@pytest.mark.parametrize("name", ["bars", "github", "home", "file-pdf", "moon"])
def test_an_icon_of_the_theme_is_drawn(name):
    page = icons.draw(f'<head></head><i class="fa-solid fa-lg fa-{name}"></i>', "page", None)
    drawn = BeautifulSoup(page, "html.parser").i
    assert drawn["aria-hidden"] == "true"
    assert float(drawn.svg["viewbox"].split()[3]) == 512
    assert drawn.svg.path["d"]
    assert "CC BY 4.0" in page


def test_a_name_without_an_icon_is_a_warning(caplog):
    text = '<i class="fas fa-no-such-icon"></i>'
    assert icons.draw(text, "page", None) == text
    assert "no-such-icon" in caplog.text


def test_scripts_wait_and_keep_their_order():
    page = (
        '<script src="a.js?v=1"></script><script>DOCUMENTATION_OPTIONS.pagename = "x";</script>'
        '<script>let own = 1;</script><script src="_static/design-tabs.js"></script>'
        '<script defer src="scripts/fontawesome.js?digest=1"></script>'
    )
    assert scripts.lighten(page, "page", None) == (
        '<script defer src="a.js?v=1"></script><script type="module">'
        'DOCUMENTATION_OPTIONS.pagename = "x";</script><script>let own = 1;</script>'
    )
    tabs = '<div class="sd-tab-set"></div><script src="_static/design-tabs.js"></script>'
    assert "design-tabs" in scripts.lighten(tabs, "page", None)


def test_the_books_scripts_are_one_whose_parts_share_no_name():
    first = "// what both have\nconst said = globalThis.all = [];\n"
    others = [f"// its own\nlet n = {k};\nfunction say() {{ said.push(n); }}\nsay();" for k in "12"]
    text = script_bundle.one_script([first, *others])
    assert "//" not in text
    found = MiniRacer().eval(f"{text}JSON.stringify([all, typeof said, typeof say])")
    assert json.loads(found) == [[1, 2], "undefined", "undefined"]


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (width, height)).save(file, "png")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (png(7, 5), (7, 5)),
        (b'<?xml version="1.0"?><svg width="72pt" height="36pt" viewBox="0 0 72 36">', (96, 48)),
        (b'<svg viewBox="0 0 20 10">', (20, 10)),
        (b'<svg width="100%" height="100%" viewBox="0 0 20 10">', (20, 10)),
        (b"<svg>", None),
        (b"no image", None),
    ],
)
def test_the_size_of_an_image(content, size):
    assert images.size_of(content) == size


def test_images_have_their_size_and_all_but_the_first_wait(tmp_path):
    (tmp_path / "a.png").write_bytes(png(7, 5))
    builder = SimpleNamespace(images={"a.png": "a b.png"})
    config = SimpleNamespace(html_static_path=["_static"])
    app = SimpleNamespace(builder=builder, config=config, srcdir=tmp_path, confdir=tmp_path)
    data = base64.b64encode(png(3, 2)).decode()
    text = (
        '<img class="logo__image" src="_static/x.svg">'
        '<img alt="a" src="../_images/a%20b.png"><img src="../_images/a%20b.png"/>'
        f'<img src="data:image/png;base64,{data}"><img width="9" src="../_images/a%20b.png">'
    )
    found = BeautifulSoup(images.prepare(text, "page", app), "html.parser").select("img")
    assert [(i.get("width"), i.get("height")) for i in found] == [
        (None, None),
        ("7", "5"),
        ("7", "5"),
        ("3", "2"),
        ("9", None),
    ]
    assert [i.get("loading") for i in found] == [None, None, "lazy", None, "lazy"]
    assert [i.get("decoding") for i in found] == [None, "async", "async", "async", "async"]


def test_the_themes_follow_the_system_until_a_script_says_more():
    sheet = """
    html[data-theme=dark] a, b { color: red }
    @media (min-width: 9px) { html[data-theme="light"] { color: blue } }
    html:not([data-theme="light"]) { color: green }
    """
    assert style_bundle.rewrite(sheet, None).splitlines() == [
        "html[data-theme=dark] a,b{color: red}",
        '@media screen and (prefers-color-scheme:dark){html[data-theme="auto"] a{color: red}}',
        "@media (min-width: 9px) {",
        'html[data-theme="light"]{color: blue}',
        '@media print,(prefers-color-scheme:light){html[data-theme="auto"]{color: blue}}',
        "}",
        'html:not([data-theme="light"]){color: green}',
    ]


def test_rules_leave_with_the_classes_that_no_page_has():
    sheet = """
    .a, .a.b, .a:not(.c) > p, .c .a { x: 1 } .c { x: 2 } .bs-tooltip-top { x: 3 }
    @media print { .c { x: 4 } } @supports (x: 1) { .a { x: 5 } } @keyframes c { to { x: 6 } }
    """
    assert style_bundle.rewrite(sheet, {"a"}).split("\n")[:5] == [
        ".a,.a:not(.c) > p{x: 1}",
        ".bs-tooltip-top{x: 3}",
        "@supports (x: 1) {",
        ".a{x: 5}",
        "}",
    ]


def test_a_rule_for_light_pages_is_one_for_dark_pages_on_paper():
    """With its whole selectors, commas and all, and under its own conditions."""
    sheet = """
    /* html[data-theme="light"] */
    html[data-theme=light] :is(b, i:not(.x, .y)), p, html[data-theme="light"] { color: red }
    @media (min-width: 9px) { html[data-theme="light"] a { x: 1 } p { x: 2 } }
    @media (max-width: 9px) { p { x: 3 } } html[data-theme="dark"] b { x: 4 }
    """
    assert print_style.retargeted(sheet, "light", "dark").splitlines() == [
        '  html[data-theme="dark"] :is(b, i:not(.x, .y)), html[data-theme="dark"] { color: red }',
        "  @media (min-width: 9px) {",
        '  html[data-theme="dark"] a { x: 1 }',
        "  }",
    ]


def test_paper_has_the_last_word_about_the_theme(tmp_path):
    """Or a page that is printed while it is dark has the dark theme's links and marks."""
    static = tmp_path / "_static"
    static.mkdir()
    (tmp_path / "page.html").write_text("", encoding="utf-8")
    for name in ("print_light.css", "nndl.css"):
        (static / name).write_text(f".a {{ --from: {name[:5]} }}\n", encoding="utf-8")
    app = SimpleNamespace(
        outdir=tmp_path,
        doctreedir=tmp_path,
        builder=SimpleNamespace(name="html"),
        nndl_sheets=["print_light.css", "nndl.css"],
    )
    style_bundle.write(app, None)
    text = (static / style_bundle.NAME).read_text(encoding="utf-8")
    assert text.index("--from: print") > text.index("--from: nndl")


def test_sheets_are_one_in_their_order_with_their_addresses(tmp_path):
    (tmp_path / "styles").mkdir()
    (tmp_path / "basic.css").write_text("a { background: url(file.png) }")
    (tmp_path / "styles/theme.css").write_text(
        "@import '../basic.css';b { src: url('../v/f.woff') }"
    )
    text = style_bundle.whole(tmp_path / "styles/theme.css", tmp_path)
    assert text == 'a { background: url("file.png") }b { src: url("v/f.woff") }'
    app = SimpleNamespace(nndl_sheets=[])
    link = '<link href="../_static/{}.css?v=1" rel="stylesheet" type="text/css" />\n'.format
    paper = '<link rel="stylesheet" media="print" href="../_static/paper.css">'
    for names in (("a", "c"), ("a", "b", "c")):
        page = "".join(map(link, names)) + paper
        one = '<link rel="stylesheet" href="../_static/bundle.css">\n'
        assert style_bundle.link_bundle(page, "page", app) == one + paper
    assert app.nndl_sheets == ["a.css", "b.css", "c.css"]
