"""Gradient checkers: functions whose slope is known, at a step that shows what is left out."""

import numpy as np

from nndl.internal.types import Array
from nndl.practice.exercises import Case, Exercise
from nndl.practice.longer_plays import measured


def cubes(x: Array) -> Array:
    """A function whose third derivative is not 0: a one-sided difference shows."""
    return x**3 + x


def mixed(x: Array) -> Array:
    """Every output depends on every input."""
    return np.outer(x.ravel(), x.ravel()) + np.exp(x).sum()


def energy(x: Array) -> float:
    """A number."""
    return float(np.sum(x**3) + x.ravel()[0] * x.ravel()[-1])


POINTS = {
    "by hand": np.array([2.0]),
    "a vector": np.array([0.5, -1.0, 2.0]),
    "a matrix": np.array([[1.0, 2.0], [-0.5, 0.25]]),
}


def arrays() -> list[Case]:
    """Gradients of arrays."""
    found = []
    for name, x in POINTS.items():
        for f in (cubes, mixed):
            out = f(x)
            df = np.round(np.random.default_rng(len(found)).standard_normal(out.shape), 2)
            traits = {"by hand": name == "by hand", "fit": True, "dimensions": x.ndim}
            arguments = {"f": f, "x": x, "df": df, "h": 1e-2}
            label = name if f is cubes else f"{name}, mixed"
            found.append(Case(label, arguments, traits))
    return found


def numbers() -> list[Case]:
    """Gradients of a number."""
    return [
        Case(name, {"f": energy, "x": x, "verbose": False, "h": 1e-2},
             {"by hand": name == "by hand", "fit": True, "dimensions": x.ndim})
        for name, x in POINTS.items()
    ]  # fmt: skip


def complex_steps() -> list[Case]:
    """The same with the step that rounding does not limit."""
    return [
        Case(case.name, case.arguments | {"h": 1e-20}, case.traits) for case in arrays()
    ]  # fmt: skip


def slope(x: Array) -> Array:
    """The gradient of ``energy``."""
    found = 3 * x**2
    found.flat[0] += x.flat[-1]
    found.flat[-1] += x.flat[0]
    return found


def drawn() -> list[Case]:
    """Gradients to look at in a few entries: so many draws that none is left out."""
    found = []
    for name, x in POINTS.items():
        right = slope(x)
        one = right.copy()
        one.flat[0] *= 1.5
        grads = {"": right, ", twice the gradient": 2 * right, ", the other sign": -right}
        if x.size > 1:
            grads |= {", one entry too large": one}
            one = right.copy()
            one.flat[1] = np.nan
            grads[", not a number"] = one
        for what, grad in grads.items():
            arguments = {"f": energy, "x": x, "analytic_grad": grad, "num_checks": 80, "h": 1e-2}
            traits = {"by hand": name == "by hand", "fit": True, "dimensions": x.ndim,
                      "NaN": "number" in what}  # fmt: skip
            found.append(Case(name + what, arguments, traits, told="number" in what))
    return found


def pairs() -> list[Case]:
    """Arrays to compare."""
    many = np.ones(1000)
    one = many.copy()
    one[7] = 1.5
    found = {
        "by hand": (np.array([1.0, 2.0]), np.array([1.0, 3.0])),
        "the first is smaller": (np.array([1.0]), np.array([2.0])),
        "the first is larger": (np.array([2.0]), np.array([1.0])),
        "equal": (np.array([1.0, -2.0]), np.array([1.0, -2.0])),
        "of opposite signs": (np.array([1.0]), np.array([-1.0])),
        "zeros": (np.zeros(3), np.zeros(3)),
        "one among many": (many, one),
        "another number of dimensions": (np.ones((2, 2)), np.ones(2)),
    }
    return [
        Case(name, {"x": x, "y": y},
             {"by hand": name == "by hand", "fit": x.shape == y.shape, "numbers": x.size},
             told=x.shape != y.shape)
        for name, (x, y) in found.items()
    ]  # fmt: skip


CENTERED = "(f(x + h e_k) - f(x - h e_k)) / (2 h), for each entry k by itself"

EXERCISES = (
    Exercise(
        name="rel_error",
        function="gradient_check.rel_error",
        play=measured,
        outputs=("error",),
        cases=pairs,
        read="foundations/gradients#when-are-two-gradients-equal",
        equations=("the largest of |x - y| / max(1e-8, |x| + |y|)",),
        line="Entry by entry, with absolute values above and below; then the largest.",
    ),
    Exercise(
        name="eval_numerical_gradient",
        function="gradient_check.eval_numerical_gradient",
        helpers=("gradient_check._both_sides",),
        play=measured,
        outputs=("grad",),
        cases=numbers,
        read="foundations/gradients#what-a-difference-leaves-out",
        equations=(CENTERED,),
        line="Change one entry, ask f, change it the other way, ask f again, put the entry back.",
    ),
    Exercise(
        name="eval_numerical_gradient_array",
        function="gradient_check.eval_numerical_gradient_array",
        helpers=("gradient_check._both_sides",),
        play=measured,
        outputs=("grad",),
        cases=arrays,
        read="foundations/gradients#from-a-number-to-an-array",
        equations=(f"the sum over all outputs of df times {CENTERED}",),
        line="As for a number; the difference is an array, and its product with df is summed.",
    ),
    Exercise(
        name="eval_complex_gradient_array",
        function="gradient_check.eval_complex_gradient_array",
        play=measured,
        outputs=("grad",),
        cases=complex_steps,
        read="foundations/gradients#a-second-opinion-without-subtraction",
        equations=("the sum over all outputs of df times Im f(x + i h e_k) / h, for each k",),
        line="A complex copy of x, one entry moved by i h at a time, and put back.",
    ),
    Exercise(
        name="grad_check_sparse",
        function="gradient_check.grad_check_sparse",
        helpers=("gradient_check._both_sides",),
        play=measured,
        outputs=("error",),
        cases=drawn,
        read="foundations/gradients#what-a-difference-leaves-out",
        equations=(CENTERED, "the largest of |n - a| / (|n| + |a|) over the entries drawn"),
        line="Draw an entry, measure its slope, compare; keep the largest error, and a NaN.",
    ),
)
