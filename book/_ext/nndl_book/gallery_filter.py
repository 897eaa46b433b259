"""The filter above the mistakes: by layer, by which array is wrong or right, by how much.

What it asks of a card are classes: ``layer-convolution``, ``dw-wrong``, ``dx-right``, ``dw-half``,
``course-passes``; what asks for no array in particular is ``any-half``.
"""

from docutils import nodes

from book._ext.nndl_book import filter_form
from book._ext.nndl_book.check_layers import in_words, layer_of
from book._ext.nndl_book.filter_form import menu
from book._ext.nndl_book.gallery_course import kind
from book._ext.nndl_book.gallery_harms import ASIDE, Measured
from nndl.mistakes import Mistake

NAMES = {
    "conv": "convolution",
    "relu": "ReLU",
    "leaky relu": "leaky ReLU",
    "svm": "SVM loss",
    "softmax": "softmax loss",
    "batchnorm": "batch norm",
    "spatial batchnorm": "spatial batch norm",
    "layernorm": "layer norm",
    "spatial groupnorm": "group norm",
    "max pool": "max pooling",
    "avg pool": "average pooling",
    "seeing": "seeing what a network sees",
}
HOMES = {
    "gradient_check": "gradient checking",
    "layer_utils": "cascades",
    "conv_layer_utils": "cascades",
    "fc_net": "fully connected networks",
    "cnn": "three-layer network",
    "convnet": "networks of lists of layers",
    "optim": "update rules",
    "many_machines": "many machines",
    "moves": "backpropagation",
    "autodiff": "backpropagation",
}
SIZES = {
    "shape": "wrong shape",
    "whole": "about 1 (0.95 and more)",
    "half": "about 0.5 (0.2 to 0.95)",
    "tenth": "about 0.1 (0.01 to 0.2)",
    "small": "below 0.01",
    "nan": "not a number",
    "raises": "an exception",
    "none": "none in the values",
    "unmeasured": "not measured",
}
COURSE = {"passes": "passes", "fails": "fails", "eye": "prints it for the eye", "none": "none"}
ORDER = ("out", "loss", "scores", "dx", "dw", "db", "dgamma", "dbeta")


def layer(mistake: Mistake) -> str:
    """The layer that a mistake is made in, or what else it belongs to, in words."""
    module, _, name = mistake.function.partition(".")
    found = in_words(layer_of(name) or module)
    return HOMES.get(module) or NAMES.get(found, found)


def layer_class(words: str) -> str:
    """The class and id of a layer."""
    return nodes.make_id(f"layer {words}")


def classes(mistake: Mistake, seen: Measured | None) -> list[str]:
    """What the filter can ask of a mistake."""
    found = [layer_class(layer(mistake)), f"course-{kind(seen)}"]
    if seen is None:
        return [*found, "any-unmeasured"]
    harmed = {h.group for h in seen.harms if h.effect != "unharmed"}
    for row in seen.harms:
        if row.name not in ASIDE:
            found.append(f"{row.group}-{'wrong' if row.group in harmed else 'right'}")
        found += [f"{array}-{band}" for band in row.bands for array in (row.group, "any")]
    if not seen.in_values:
        found.append("any-none")
    return list(dict.fromkeys(found))


def form(cards: list[list[str]], layers: list[str]) -> nodes.raw:
    """The form for cards of these classes."""
    there = {name for card in cards for name in card}
    arrays = [name.removesuffix("-wrong") for name in there if name.endswith("-wrong")]
    arrays.sort(key=lambda a: (ORDER.index(a) if a in ORDER else len(ORDER), a))
    wrongs = {f"{name}-wrong": name for name in arrays}
    rights = {f"{name}-right": name for name in arrays if f"{name}-right" in there}
    course = {f"course-{k}": v for k, v in COURSE.items()}
    sizes = {f"{{wrong}}-{k}": v for k, v in SIZES.items() if f"any-{k}" in there}
    parts = [
        menu("layer", "Layer", {"": "all"} | {layer_class(name): name for name in layers}),
        menu("wrong", "Wrong", {"": "any"} | wrongs),
        menu("right", "Right", {"": "any"} | rights),
        menu("error", "Error", {"": "any"} | sizes),
        menu("course", "Course's check", {"": "any"} | course),
        '<button type="reset">Show all</button>',
    ]
    names = "verified-filter gallery-filter"
    return filter_form.form(parts, names, of=".box.mistake", what="mistakes")
