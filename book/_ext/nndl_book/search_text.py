"""The words of a page as the search shows them: formulas as letters and signs, not as TeX."""

import re

from docutils import nodes

SIGNS = {
    "times": "×", "cdot": "·", "star": "⋆", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "ne": "≠", "neq": "≠", "approx": "≈", "in": "∈", "sum": "Σ", "prod": "Π", "partial": "∂",
    "nabla": "∇", "infty": "∞", "to": "→", "rightarrow": "→", "mapsto": "↦", "top": "ᵀ", "pm": "±",
    "odot": "⊙", "circ": "∘", "sqrt": "√", "ldots": "…", "dots": "…", "cdots": "…", "ell": "ℓ",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "eta": "η", "theta": "θ", "lambda": "λ", "mu": "μ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "phi": "φ", "omega": "ω", "Delta": "Δ", "Phi": "Φ",
    "log": "log", "exp": "exp", "max": "max", "min": "min", "lfloor": "⌊", "rfloor": "⌋",
}  # fmt: skip
BRACED = re.compile(r"\\(?:text|mathrm|mathbf|operatorname|texttt|mathit)\s*\{([^{}]*)\}")
FRACTION = re.compile(r"\\[td]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
COMMAND = re.compile(r"\\([A-Za-z]+)")
SKIPPED = (nodes.raw, nodes.image, nodes.title, nodes.comment, nodes.Invisible)


def plain(tex: str) -> str:
    """A short formula in letters: ``3 \\times 3`` is 3 × 3."""
    tex = FRACTION.sub(r"\1/\2", BRACED.sub(r"\1", tex))
    tex = COMMAND.sub(lambda match: SIGNS.get(match[1], ""), re.sub(r"\\[,;:! ]", " ", tex))
    return re.sub(r"[{}$&\\]", "", tex)


def text_of(node) -> str:
    """The words below a node, in one line."""
    if isinstance(node, nodes.math | nodes.math_block):
        return plain(node.astext())
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, SKIPPED):
        return ""
    between = "" if isinstance(node, nodes.TextElement) else " "
    return " ".join(between.join(map(text_of, node.children)).split(" "))


def one_line(text: str) -> str:
    """A text with single spaces."""
    return " ".join(text.split())


def words_in(text: str) -> set[str]:
    """What code, and what is not shown, can be found by: its words and names."""
    return set(re.findall(r"[^\W\d]\w{2,}", text))


def pieces(name: str) -> str:
    """The words of a name: conv forward naive, Conv Net."""
    return " ".join(re.split(r"_|(?<=[a-z])(?=[A-Z])", name))
