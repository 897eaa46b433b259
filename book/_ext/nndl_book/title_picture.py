"""``title-picture``: a window sliding over a small picture, drawn when the site is built.

The output on the right is not drawn by hand: it is what ``conv_forward_naive``, the function of the
chapter, returns for the picture on the left. Ink is ``currentColor``, so it follows the theme.
"""

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

SIZE, KERNEL, CELL = 16, 3, 20  # pixels of the picture, of the window; units of the drawing
OUT = SIZE - KERNEL + 1
X0, Y0, K0, O0 = 4, 4, 408, 592  # corners of the picture, the kernel, the output
AT = (8, 4)  # row and column at which the window comes to rest
SECONDS = 4.5  # motion that starts by itself must end within five
ALT = (
    "A 16 by 16 picture of the digit 2, a 3 by 3 filter for vertical edges in a window on it, and "
    "the 14 by 14 output: orange where, from left to right, ink begins, and blue where it ends."
)


def digit() -> np.ndarray:
    """A handwritten 2: ink falls off with the distance to a curve."""
    angle = np.linspace(-np.pi, 0.62, 60)
    arc = np.stack([7.5 + 3.6 * np.cos(angle), 5.6 + 3.4 * np.sin(angle)], 1)
    stroke = np.linspace(arc[-1], [3.9, 12.6], 40)
    base = np.linspace([3.9, 12.6], [11.9, 12.6], 40)
    curve = np.concatenate([arc, stroke, base])
    v, u = np.mgrid[:SIZE, :SIZE]
    distance = np.hypot(u[..., None] - curve[:, 0], v[..., None] - curve[:, 1]).min(-1)
    return np.clip(1.75 - distance, 0, 1)


def convolved() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The picture, the filter, and the output, whose largest entry is 1."""
    from nndl.conv_layers import conv_forward_naive

    x = digit()
    w = np.outer([1.0, 2.0, 1.0], [-1.0, 0.0, 1.0])
    param = {"stride": 1, "pad": 0}
    out = conv_forward_naive(x[None, None], w[None, None], np.zeros(1), param)[0][0, 0]
    return x, w, out / np.abs(out).max()


def draw() -> str:
    x, w, out = convolved()

    sweep = f"--seconds:{SECONDS}s;--rows:{OUT}"
    for axis, at in zip("yx", AT, strict=True):
        sweep += f";--from-{axis}:{-at * CELL}px;--to-{axis}:{(OUT - 1 - at) * CELL}px"
    head = 'class="title-picture" viewBox="0 0 880 370" role="img"'
    svg = [f'<svg {head} style="{sweep}" aria-label="{ALT}">']
    svg += cells(x, X0, Y0, CELL, lambda value: "ink")
    svg.append(frame(X0, Y0, SIZE * CELL))
    top = Y0 + CELL * (KERNEL - 1) // 2  # the output has the window's centers as its pixels
    svg += cells(out, O0, top, CELL, sign, delay=SECONDS / OUT**2)
    svg.append(frame(O0, top, OUT * CELL))
    svg += rays(X0 + AT[1] * CELL, Y0 + AT[0] * CELL, O0 + AT[1] * CELL, top + AT[0] * CELL)
    svg += kernel(w, K0, Y0 + 110)
    for name, left, width in (("picture", X0, KERNEL * CELL), ("output", O0, CELL)):
        y = (Y0 if name == "picture" else top) + AT[0] * CELL
        svg.append(
            f'<g class="down"><rect class="window across" x="{left + AT[1] * CELL}" y="{y}" '
            f'width="{width}" height="{width}" rx="2"/></g>'
        )
    for label, middle in (("x", X0 + 160), ("w", K0 + 54), ("out = x ⋆ w", O0 + 140)):
        svg.append(f'<text class="name" x="{middle}" y="360">{label}</text>')
    return "\n".join([*svg, "</svg>"])


def sign(value: float) -> str:
    return "plus" if value > 0 else "minus"


def cells(values, left, top, size, kind, delay=None):
    """One square a value, as opaque as the value is large."""
    for k, ((i, j), value) in enumerate(np.ndenumerate(values)):
        if abs(value) < 0.02:
            continue
        late = f' style="animation-delay:{k * delay:.2f}s"' if delay else ""
        yield (
            f'<rect class="{kind(value)}{" late" if delay else ""}"{late} x="{left + j * size}" '
            f'y="{top + i * size}" width="{size - 1}" height="{size - 1}" rx="2" '
            f'fill-opacity="{abs(value):.2f}"/>'
        )


def frame(left, top, side) -> str:
    return f'<rect class="frame" x="{left - 3}" y="{top - 3}" width="{side + 5}" ' + (
        f'height="{side + 5}" rx="5"/>'
    )


def rays(x, y, u, v):
    """From the corners of the window to the corners of the pixel that it computes."""
    side = KERNEL * CELL
    for a, b, c, d in (
        (x + side, y, u, v),
        (x + side, y + side, u, v + CELL),
    ):
        yield f'<line class="ray" x1="{a}" y1="{b}" x2="{c}" y2="{d}"/>'


def kernel(w, left, top):
    for (p, q), value in np.ndenumerate(w):
        x, y = left + 36 * q, top + 36 * p
        box = f'x="{x}" y="{y}" width="35" height="35" rx="3"'
        yield f'<rect class="paper" {box}/><rect class="frame" {box}/>'
        yield f'<rect class="{sign(value)}" {box} fill-opacity="{abs(value) / 4:.2f}"/>'
        weight = f"{value:.0f}".replace("-", "−")
        yield f'<text class="weight" x="{x + 17.5}" y="{y + 23}">{weight}</text>'


class TitlePicture(SphinxDirective):
    def run(self):
        self.env.note_dependency(__file__)
        return [nodes.raw("", draw(), format="html")]


def connect(app) -> None:
    app.add_directive("title-picture", TitlePicture)
