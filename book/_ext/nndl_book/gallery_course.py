"""Whether a check like the course's sees a mistake: one run with its shapes and settings.

The shapes are those of the notebooks of ECE C147/C247 and CS231n. Where none are given here, the
case of the exercise that is called "as in the course" has them. Of update rules the notebooks take
one step from a given state; of deep networks they compare gradients with numerical ones.
"""

import copy
from dataclasses import replace
from functools import cache

import numpy as np

from nndl.gradient_check import (
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    rel_error,
)
from nndl.layers import dropout_forward
from nndl.practice.candidates import together
from nndl.practice.exercises import Case, Exercise

LABEL = "as in the course"
NOT_ASKED, GIVEN = "The courses have no such function.", "The courses give this function."
# Why no number decides it, by what the exercise's name begins with.
REASONS = {
    "dropout_forward": "Its notebook prints means and shares of zeros, to be judged by eye.",
    "first_two_layer_net": "Its notebook prints the last loss of a training, to be judged by eye.",
    "batchnorm_forward": "Its notebook prints means and deviations of the test, to be judged by "
    "eye, and no running average.",
    "spatial_batchnorm_forward": "Its notebook prints means and deviations of the test, to be "
    "judged by eye, and no running average.",
    "eval_complex": NOT_ASKED,
    "get_im2col": GIVEN,
    "conv_forward_im2col": GIVEN,
    "conv_backward_im2col": GIVEN,
    "im2col": GIVEN,
    "col2im": GIVEN,
    "rel_error": GIVEN,
    "eval_": GIVEN,
    "grad_check_sparse": GIVEN,
    "sgd": GIVEN,
}
LACKING = ("avg_pool", "leaky_relu", "conv_forward_", "conv_backward_", "get_im2col", "im2col",
           "col2im")  # fmt: skip
STATES = {
    "sgd_momentum": ("velocity",),
    "sgd_nesterov_momentum": ("velocity",),
    "rmsprop": ("a",),
    "adam": ("v", "a"),
}
NETWORKS = {
    "fully_connected_net": ("without a penalty", "with a penalty", "batch norm, penalty"),
    "three_layer_convnet": ("filters of 3",),
}
FIRST = {"input_size": 4, "hidden_size": 10, "output_size": 3, "std": 0.1}
DROPPED = {"mode": "train", "p": 0.8, "seed": 123}
WINDOWS = {"pool_height": 2, "pool_width": 2, "stride": 2}
CASES = {
    "affine_forward": {"x": (2, 4, 5, 6), "w": (120, 3), "b": (3,)},
    "affine_backward": {"x": (10, 2, 3), "w": (6, 5), "b": (5,)},
    "conv_forward": {
        "x": (2, 3, 4, 4), "w": (3, 3, 4, 4), "b": (3,), "conv_param": {"stride": 2, "pad": 1},
    },
    "conv_backward": {
        "x": (4, 3, 5, 5), "w": (2, 3, 3, 3), "b": (2,), "conv_param": {"stride": 1, "pad": 1},
    },
    "max_pool_forward": {"x": (2, 3, 4, 4), "pool_param": WINDOWS},
    "max_pool_backward": {"x": (3, 2, 8, 8), "pool_param": WINDOWS},
}  # fmt: skip


def one_step(watcher, exercise, case, parts) -> dict:
    """One step of an update rule: the new w, and the state that it keeps."""
    given = copy.deepcopy(dict(case.arguments))
    w, config = watcher.call(parts.function, given, free=("w", "config"))
    return {"w": w} | {name: config[name] for name in STATES[exercise.name]}


def against_numbers(watcher, exercise, case, parts) -> dict:
    """Whether the gradients of a network are those of its own loss."""
    net = parts.function(**case.arguments["made with"])
    net.params.update(copy.deepcopy(case.arguments["params"]))
    X, y = case.arguments["X"], case.arguments["y"]
    _, grads = net.loss(X, y)
    errors = [
        rel_error(eval_numerical_gradient(lambda _: net.loss(X, y)[0], value, False), grads[name])
        for name, value in net.params.items()
    ]
    return {"gradients agree": np.array(float(max(errors) < 1e-2))}


def dropped(watcher, exercise, case, parts) -> dict:
    """Whether the gradient of dropout is that of the numbers that come out with the same seed."""
    x, param = case.arguments["x"], case.arguments["dropout_param"]
    dout = np.random.default_rng(1).standard_normal(x.shape)
    dx = parts.function(dout.copy(), parts.forward(x, dict(param))[1])
    slopes = eval_numerical_gradient_array(lambda z: dropout_forward(z, dict(param))[0], x, dout)
    return {"gradients agree": np.array(float(rel_error(slopes, dx) < 1e-6))}


def first_case() -> Case:
    """The toy network of the first assignment, with its penalty."""
    rng = np.random.default_rng(0)
    params = {
        "W1": rng.standard_normal((10, 4)), "b1": np.zeros(10),
        "W2": rng.standard_normal((3, 10)), "b2": np.zeros(3),
    }  # fmt: skip
    given = {"X": 10 * rng.standard_normal((5, 4)), "y": np.array([0, 1, 2, 2, 1])}
    more = {"params": params, "made with": FIRST, "loss with": {"reg": 0.05}}
    return Case(LABEL, given | more, {"dropout": False})


def rule_case(name: str) -> Case:
    """A step from a state that is not 0."""
    rng = np.random.default_rng(0)
    w, dw, *state = rng.uniform(0.1, 0.9, (4, 4, 5))
    config = {"learning_rate": 1e-2} | dict(zip(STATES[name], state, strict=False))
    return Case(
        LABEL, {"w": w, "dw": dw - 0.4, "config": config | ({"t": 5} if name == "adam" else {})}
    )


@cache
def checked(exercise: Exercise) -> Exercise | None:
    """The exercise with the course's cases alone; None where it has none."""
    if exercise.name.startswith(LACKING):
        return None
    if exercise.name in STATES:
        case = rule_case(exercise.name)
        return replace(exercise, play=one_step, outputs=("w", *STATES[exercise.name]),
                       cases=lambda: [case])  # fmt: skip
    if exercise.name in NETWORKS:
        some = [case for case in exercise.cases() if case.name in NETWORKS[exercise.name]]
        outputs = ("gradients agree",)
        return replace(exercise, play=against_numbers, outputs=outputs, cases=lambda: some)
    if exercise.name == "first_two_layer_net":
        return replace(exercise, cases=lambda: [first_case()])
    if exercise.name == "dropout_backward":
        x = np.random.default_rng(0).standard_normal((10, 10)) + 10
        case = Case(LABEL, {"x": x, "dropout_param": DROPPED})
        return replace(exercise, play=dropped, outputs=("gradients agree",), cases=lambda: [case])
    if exercise.name == "two_layer_net":
        some = [case for case in exercise.cases() if "penalty" in case.name]
        return replace(exercise, cases=lambda: some)
    found = [case for case in exercise.cases() if case.name == LABEL]
    if exercise.name in CASES:
        rng = np.random.default_rng(0)
        given = CASES[exercise.name].items()
        made = {k: v if isinstance(v, dict) else rng.standard_normal(v) for k, v in given}
        found = [Case(LABEL, made)]
    return replace(exercise, cases=lambda: found) if found else None


def verdict(exercise: Exercise, mistake, by_eye: bool) -> str:
    """Whether a mistake "passes" or "fails"; nothing where no number decides.

    The notebooks look at running averages and at the test mode ``by_eye``, or not at all.
    """
    alone = checked(exercise)
    if alone is None:
        return ""
    seen = together(alone, mistake)
    asked = {*alone.outputs}
    if exercise.name in ("two_layer_net", "first_two_layer_net"):  # all that comes is compared
        asked = {output for _, output in seen.wrong} if seen else set()
    wrong = {output for _, output in seen.wrong} & asked if seen else set()
    if any(not output.startswith("running") for output in wrong):
        return "fails"
    return "" if wrong or by_eye else "passes"


def reason(exercise: str) -> str:
    """Why no number of the course's decides."""
    return next((why for name, why in REASONS.items() if exercise.startswith(name)), NOT_ASKED)


def kind(seen) -> str:
    """What the course's check says of a measured mistake: a key of ``gallery_filter.COURSE``."""
    if seen is None or (not seen.course and reason(seen.exercise) in (NOT_ASKED, GIVEN)):
        return "none"
    return seen.course or "eye"
