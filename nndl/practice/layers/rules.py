"""Update rules: some steps in a row, since what they remember shows only then."""

import numpy as np

from nndl.practice.exercises import Case, Exercise
from nndl.practice.layers.numbers import random_like, whole
from nndl.practice.longer_plays import steps

# name: the shape of w, how many steps, what is in config besides
RUNS = {
    "by hand, one step": ((2,), 1, {"learning_rate": 0.5}),
    "one step": ((2, 3), 1, {"learning_rate": 0.1}),
    "three steps": ((3, 2), 3, {"learning_rate": 0.1}),
    "the usual settings": ((4,), 2, {}),
    "other settings": ((2, 2), 4, {"learning_rate": 0.05, "other": True}),
    "large gradients": ((2, 3), 3, {"learning_rate": 0.01, "large": True}),
    "small gradients, large epsilon": ((3,), 3, {"learning_rate": 0.01, "small": True}),
    "by hand, two steps": ((2,), 2, {"learning_rate": 0.5}),
}
OTHER = {
    "sgd": {},
    "sgd_momentum": {"momentum": 0.3},
    "sgd_nesterov_momentum": {"momentum": 0.3},
    "rmsprop": {"decay_rate": 0.3},
    "adam": {"beta1": 0.3, "beta2": 0.6},
}


def cases_of(rule: str) -> list[Case]:
    """Runs of a rule."""
    found, given = [], ("learning_rate", *OTHER[rule])
    for name, (shape, count, wanted) in RUNS.items():
        rng = np.random.default_rng(len(found))
        make = whole if name.startswith("by hand") else random_like
        w, config = make(rng, shape), dict(wanted)
        scale = 100.0 if config.pop("large", False) else 0.01 if config.get("small") else 1.0
        divides = rule in ("rmsprop", "adam")
        if config.pop("small", False) and divides:
            config["epsilon"] = 0.01
        small = "small gradients, large epsilon" if divides else "small gradients"
        if config.pop("other", False):
            config |= OTHER[rule]
        dws = [scale * (make(rng, shape) + 0.25) for _ in range(count)]
        traits = {"by hand": make is whole, "steps": count, "large gradients": scale > 1,
                  small: scale < 1}  # fmt: skip
        traits |= {f"{key} is given": key in config for key in given}
        arguments = {"w": w, "config": config}
        arguments |= {f"dw of step {k + 1}": dw for k, dw in enumerate(dws)}
        found.append(Case(name, arguments, traits))
    return found


def rule(name: str, read: str, equations: tuple[str, ...], line: str) -> Exercise:
    """The exercise of an update rule."""
    return Exercise(
        name=name,
        function=f"optim.{name}",
        play=steps,
        successive=True,
        outputs=("w",),
        cases=lambda: cases_of(name),
        read=f"foundations/optimization#{read}",
        equations=equations,
        line=line,
    )


EXERCISES = (
    rule(
        "sgd",
        "one-step-downhill",
        ("w = w - learning_rate dw",),
        "One line, against the gradient.",
    ),
    rule(
        "sgd_momentum",
        "momentum",
        ("v = momentum v - learning_rate dw", "w = w + v"),
        "The velocity is kept in config, for the next call; w moves by the new one.",
    ),
    rule(
        "sgd_nesterov_momentum",
        "nesterov-s-look-ahead",
        ("v' = momentum v - learning_rate dw", "w = w + v' + momentum (v' - v)"),
        "Keep the old velocity until w has moved: the step needs both.",
    ),
    rule(
        "rmsprop",
        "a-step-size-for-each-coordinate",
        (
            "a = decay_rate a + (1 - decay_rate) dw^2",
            "w = w - learning_rate dw / (sqrt(a) + epsilon)",
        ),
        "The mean of squares is kept in config; epsilon stands beside the root.",
    ),
    rule(
        "adam",
        "adam-both-and-their-start",
        (
            "t = t + 1, m = beta1 m + (1 - beta1) dw, a = beta2 a + (1 - beta2) dw^2",
            "w = w - learning_rate (m / (1 - beta1^t)) / (sqrt(a / (1 - beta2^t)) + epsilon)",
        ),
        "t counts first; both means are corrected for their start at 0, and kept uncorrected.",
    ),
)
