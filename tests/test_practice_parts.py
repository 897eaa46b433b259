"""Several mistakes in one function: its gradient is taken apart, and its helpers are judged."""

import numpy as np
import pytest

from nndl import practice
from nndl.practice.exercises import exercises
from nndl.practice.grading import child, judging

ALL = exercises()
BOOK = {name: one.reference() for name, one in ALL.items()}


def column_ways(dout, cache, direct=1.0, mean=1.0, variance=1.0):
    """The backward pass of batch normalization, with a factor for each way."""
    centered, sigma, gamma = cache
    N = len(dout)
    x_hat, dx_hat = centered / sigma, gamma * dout
    dx = direct * dx_hat - mean * dx_hat.sum(0) / N - variance * x_hat * (dx_hat * x_hat).sum(0) / N
    return dx / sigma, (dout * x_hat).sum(0), dout.sum(0)


def titles(result):
    return [cause.title for cause in result.cause]


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        (
            lambda d, c: {"mean": len(d) / d.shape[1], "variance": -(c[1] ** 2)},
            [
                "The way through the mean is N / D times what it should be in dx",
                "The way through the variance is minus sigma^2 times what it should be in dx",
            ],
        ),
        (
            lambda d, c: {"mean": 0, "variance": 2 * c[1]},
            [
                "The way through the mean is missing in dx",
                "The way through the variance is 2 sigma times what it should be in dx",
            ],
        ),
        (
            lambda d, c: {"mean": 0, "variance": 0, "direct": c[1] ** 2},
            [
                "The ways through the mean and through the variance are missing in dx",
                "dx is sigma^2 times what it should be",
            ],
        ),
    ],
)
def test_each_way_of_dx_is_named_by_itself(factors, expected):
    result = practice.batchnorm_backward(
        lambda dout, cache: column_ways(dout, cache, **factors(dout, cache)),
        forward=BOOK["batchnorm_forward"],
    )
    assert titles(result) == expected
    assert all(cause.sure == "sure" for cause in result.cause)


def test_a_whole_that_is_multiplied_once_more_is_taken_apart_as_well():
    def back(dout, cache):
        dx, dgamma, dbeta = column_ways(dout, cache, mean=len(dout))
        return dx * cache[2] * dout, dgamma, dbeta

    result = practice.batchnorm_backward(back, forward=BOOK["batchnorm_forward"])
    assert titles(result) == [
        "dx as a whole is multiplied by gamma dout",
        "The way through the mean is N times what it should be in dx",
    ]
    assert "N is not divided by." in repr(result)


def test_a_way_that_is_something_else_is_named():
    def back(dout, cache):
        other = np.cos(np.arange(dout.shape[1]) + len(dout))
        return column_ways(dout, cache, variance=other)

    result = practice.batchnorm_backward(back, forward=BOOK["batchnorm_forward"])
    assert titles(result) == ["The way through the variance is not what it should be in dx"]


def test_sums_that_are_not_taken_and_an_eps_elsewhere_are_both_named():
    def back(dout, cache):
        centered, _, gamma = cache
        std = np.sqrt(np.mean(centered**2, axis=0)) + 1e-5
        return gamma * dout / std, dout * centered / std, dout.sum(axis=0)

    result = practice.batchnorm_backward_alt(back, forward=BOOK["batchnorm_forward"])
    assert titles(result) == [
        "The ways through the mean and through the variance are missing in dx",
        "Besides, eps is forgotten, or outside the root, where dx is computed",
        "dgamma is not added up",
        "Besides, eps is forgotten, or outside the root, where dgamma is computed",
    ]


def test_dgamma_by_another_power_of_sigma_is_named():
    def back(dout, cache):
        dx, _, dbeta = column_ways(dout, cache, mean=0, variance=0.5)
        return dx, -3 * (dout * cache[0]).sum(axis=0), dbeta

    result = practice.batchnorm_backward(back, forward=BOOK["batchnorm_forward"])
    assert not [title for title in titles(result) if "dgamma" in title]  # 3 is no usual number
    result = practice.batchnorm_backward(
        lambda d, c: (back(d, c)[0], back(d, c)[1] / 1.5, back(d, c)[2]),
        forward=BOOK["batchnorm_forward"],
    )
    assert "dgamma is minus 2 sigma times what it should be" in titles(result)


def test_a_layer_norm_over_the_batch_is_known_by_its_dx():
    def forward(x, gamma, beta, ln_param):
        mean = x.mean(axis=0)
        sigma = np.sqrt(np.mean((x - mean) ** 2, axis=0) + ln_param["eps"])
        return gamma * (x - mean) / sigma + beta, (x - mean, sigma, gamma)

    result = practice.layernorm_backward(column_ways, forward=forward)
    assert titles(result)[:2] == [
        "layernorm_forward, beside it, is wrong: this is batch normalization",
        "Mean and variance are taken over the examples, for each feature",
    ]


SPATIAL = """
def batchnorm_forward(x, gamma, beta, bn_param):
    return book_forward(x, gamma, beta, bn_param)


def batchnorm_backward(dout, cache):
    return column_ways(dout, cache, mean=0, variance=len(dout))


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, C), gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.transpose(0, 2, 3, 1).reshape(-1, C), cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta + ADDED
"""


def spatial(added):
    scope = {"column_ways": column_ways, "book_forward": BOOK["batchnorm_forward"], "ADDED": added}
    exec(compile(SPATIAL, "<a student>", "exec"), scope)
    return scope["spatial_batchnorm_backward"]


def test_a_helper_of_the_readers_is_named_where_it_is_wrong():
    result = practice.spatial_batchnorm_backward(spatial(0.0))
    assert titles(result) == [
        "batchnorm_backward, which it calls, is wrong: the way through the mean is missing in dx",
        "batchnorm_backward, which it calls, is wrong: the way through the variance is N times what"
        " it should be in dx",
    ]
    assert "with the book's batchnorm_backward in its place" in repr(result)
    given = child.seen(ALL["spatial_batchnorm_backward"], spatial(0.0), 3.0)
    judged = judging.judged("spatial_batchnorm_backward", given)
    assert judged["text"] == repr(result)


def test_what_is_wrong_besides_a_helper_comes_first():
    result = practice.spatial_batchnorm_backward(spatial(2.0))
    assert not titles(result)[0].startswith("batchnorm_backward, which it calls")
    assert titles(result)[-1].startswith("batchnorm_backward, which it calls, is wrong: ")


def test_a_chain_of_assignments_is_known_by_its_line():
    def relu_backward(dout, cache):
        dx = dout[cache <= 0] = 0
        return dx

    cause = practice.relu_backward(relu_backward).cause[0]
    assert cause.id == "assigned-in-a-chain"
    assert cause.title == "dx is assigned a number, in: dx = dout[cache <= 0] = 0"


def test_a_number_of_axes_that_is_written_is_said():
    def affine_backward(dout, cache):
        x, w, _ = cache
        rows = x.reshape(len(x), -1)
        dx = (dout @ w.T).reshape(-1, x.shape[1], x.shape[2])
        return dx, rows.T @ dout, dout.sum(axis=0)

    result = practice.affine_backward(affine_backward, forward=BOOK["affine_forward"])
    assert result.cause[0].id == "axes-written"
    assert "dx = (dout @ w.T).reshape(-1, x.shape[1], x.shape[2])" in result.cause[0].why


def per_place(x, gamma, beta, G, gn_param):
    """Groups of channels, normalized at each place by itself; gamma has C numbers."""
    out = np.empty_like(x)
    for part in np.split(np.arange(x.shape[1]), G):
        mean = x[:, part].mean(axis=1, keepdims=True)
        sigma = np.sqrt(x[:, part].var(axis=1, keepdims=True) + gn_param["eps"])
        scale, shift = np.reshape(gamma[part], (1, -1, 1, 1)), beta[part].reshape(1, -1, 1, 1)
        out[:, part] = scale * (x[:, part] - mean) / sigma + shift
    return out, None


def test_other_arguments_are_a_convention_only_where_nothing_else_is_wrong():
    result = practice.spatial_groupnorm_forward(per_place)
    mistake, flat = result.cause
    assert mistake.id == "groupnorm-forward-per-pixel"
    assert mistake.why.endswith("with the arguments it is made for")
    assert flat.id == "groupnorm-parameters-flat"
    assert (mistake.sure, flat.sure) == ("sure", "likely")
    assert result.verdict == "wrong"


def test_other_arguments_come_first_where_what_else_is_wrong_is_not_known():
    def cut(*arguments):
        return np.maximum(per_place(*arguments)[0], 0.3), None

    result = practice.spatial_groupnorm_forward(cut)
    assert result.cause[0].id == "groupnorm-parameters-flat"
    assert result.verdict == "wrong"


def averaged(mean, var, through):
    """A batch normalization and its way back, with these of its running averages in the cache."""

    def forward(x, gamma, beta, bn_param):
        out, (centered, sigma, _) = BOOK["batchnorm_forward"](x, gamma, beta, bn_param)
        eps = bn_param.get("eps", 1e-5)
        kept = bn_param["running_mean"] if mean else x.mean(axis=0)
        spread = bn_param["running_var"] if var else x.var(axis=0)
        return out, (x - kept, np.sqrt(spread + eps), centered / sigma, gamma)

    def backward(dout, cache):
        centered, sigma, x_hat, gamma = cache
        dx_hat = gamma * dout
        dx = dx_hat / sigma - centered * np.mean(dx_hat * centered, axis=0) / sigma**3
        dx -= (dx if through else dx_hat / sigma).mean(axis=0)
        return dx, np.sum(dout * x_hat, axis=0), dout.sum(axis=0)

    return forward, backward


@pytest.mark.parametrize("through", [False, True])
@pytest.mark.parametrize(("mean", "var", "named"), [
    (True, True, "The running averages serve as the batch's mean and variance"),
    (True, False, "The running average serves as the batch's mean"),
    (False, True, "The running average serves as the batch's variance"),
])  # fmt: skip
def test_running_averages_in_the_cache_are_said(mean, var, named, through):
    forward, backward = averaged(mean, var, through)
    result = practice.batchnorm_backward(backward, forward=forward)
    (cause,) = result.cause
    assert (cause.id, cause.sure, cause.title) == ("running-for-batch", "sure", named)
    assert cause.outputs == ("dx",)


def test_the_batchs_own_statistics_in_the_cache_are_right():
    forward, backward = averaged(mean=False, var=False, through=True)
    assert practice.batchnorm_backward(backward, forward=forward).ok


def unturned(x, gamma, beta, ln_param):
    """Statistics over the batch, and gamma at the axis of the examples."""
    y = x.T
    hat = (y - y.mean(axis=1)) / np.sqrt(y.var(axis=1) + ln_param["eps"])
    return hat.T * gamma + beta, None


def test_an_exception_of_other_shapes_is_not_taken_for_that_of_a_mistake():
    named = [cause.id for cause in practice.layernorm_forward(unturned).cause]
    assert "shapes-do-not-fit" in named
    assert "layernorm-forward-no-keepdims" not in named


def test_a_refusal_of_all_that_a_mistake_harms_points_to_the_mistake():
    def conv_forward(x, w, b, conv_param):
        if conv_param["pad"] != 1:
            raise ValueError("other sizes expected")
        return BOOK["conv_forward"](x, w, b, conv_param)

    cause = practice.conv_forward(conv_forward).cause[0]
    assert cause.id == "conv-forward-pad-of-one"
    assert cause.sure == "possible"


def test_a_size_that_is_counted_otherwise_is_named_by_its_formula():
    two = 2  # of a function around it, which is why no line of it is changed

    def pool(x, pool_param):
        out, cache = BOOK["max_pool_forward"](x, pool_param)
        whole = np.zeros((*out.shape[:2], x.shape[2] // pool_param["stride"], out.shape[3]))
        rows = min(whole.shape[2], out.shape[2])
        whole[:, :, :rows] = two * out[:, :, :rows]  # something else is wrong, too
        return whole, cache

    [title] = titles(practice.max_pool_forward(pool))
    assert title == "The rows of the output are counted as H // stride"


def test_rows_and_columns_that_change_places_are_one_cause():
    def forward(x, w, b, conv_param):
        whole, cache = BOOK["conv_forward"](x, w, b, conv_param)
        out = np.zeros((*whole.shape[:2], whole.shape[3], whole.shape[2]))
        for n in range(len(x)):
            out[n] = whole[n]
        return out, cache

    [title] = titles(practice.conv_forward(forward))
    assert title == "The rows and columns of the output change places"


def test_a_forward_pass_in_which_the_calls_end_is_named_first():
    def forward(x, w, b, conv_param):
        if conv_param["pad"] != 1:
            raise ValueError("other sizes expected")
        out, cache = BOOK["conv_forward"](x, w, b, conv_param)
        return out, {"all of it": cache}

    def backward(dout, cache):
        return BOOK["conv_backward"](dout, cache["all of it"])

    result = practice.conv_backward(backward, forward=forward)
    [title] = titles(result)[:1]
    assert title == "conv_forward, beside it, is wrong: a pad of 1 is written as a number"
    assert "most calls that fail end in there" in result.cause[0].why


def test_a_forward_pass_that_is_surely_wrong_comes_before_a_guess():
    def forward(x, pool_param):
        param = pool_param | {"pool_width": pool_param["pool_height"]}
        out, cache = BOOK["max_pool_forward"](x, param)
        return out, {"all of it": cache}

    def backward(dout, cache):
        dx = BOOK["max_pool_backward"](dout, cache["all of it"])
        return dx * (1 + (cache["all of it"][1]["pool_height"] == 4))

    result = practice.max_pool_backward(backward, forward=forward)
    [title] = titles(result)[:1]
    assert title == "max_pool_forward, beside it, is wrong: the window is taken to be square"


def test_what_is_written_of_an_output_is_told():
    def pool(x, pool_param):
        out, cache = BOOK["max_pool_forward"](x, pool_param)
        part = np.zeros_like(out)
        part[:, 0] = out[:, 0]
        return part, cache

    [title] = titles(practice.max_pool_forward(pool))
    assert title == "out is written for the first channel alone; the rest stays 0"

    def back(dout, cache):
        dx, dw, db = BOOK["conv_backward"](dout, cache)
        dx[:, :, -1] = 0
        return dx, dw, db

    [title] = titles(practice.conv_backward(back))
    assert title == "dx is written for every row but the last; the rest stays 0"


def test_where_every_call_ends_its_line_comes_first():
    def pool(x, pool_param):
        raise IndexError("somewhere")

    result = practice.max_pool_forward(pool)
    assert result.cause[0].id == "index-beyond"
    assert 'raise IndexError("somewhere")' in result.cause[0].why


@pytest.mark.parametrize(
    ("out", "expected"),
    [
        (
            lambda x, g, b, m, v, e: (x - m) / (v + e) - b,
            [
                "out spreads 1 / (gamma sigma) times as far as it should, in training",
                "beta is subtracted, in training",
            ],
        ),
        (
            lambda x, g, b, m, v, e: g * g * x / np.sqrt(v + e) + b,
            [
                "out spreads gamma times as far as it should, in training",
                "The mean is not subtracted, in training",
            ],
        ),
        (
            lambda x, g, b, m, v, e: g * (x - 2 * m) / v + b,
            [
                "out spreads 1 / sigma times as far as it should, in training",
                "Another number than the mean is subtracted, in training",
                "Besides, eps is forgotten, or outside the root, in training",
            ],
        ),
    ],
)
def test_multiple_and_constant_of_out_are_named_by_themselves(out, expected):
    def forward(x, gamma, beta, bn_param):
        right, cache = BOOK["batchnorm_forward"](x, gamma, beta, bn_param)
        if bn_param["mode"] == "test":
            return right, cache
        mean, var = x.mean(axis=0), x.var(axis=0)
        return out(x, gamma, beta, mean, var, bn_param.get("eps", 1e-5)), cache

    assert titles(practice.batchnorm_forward(forward)) == expected


# eps as a number, and 0 / 0.


@pytest.mark.parametrize("number", [1e-5, 1e-8, 1e-3])
@pytest.mark.parametrize("kept", ["nothing", "x_hat"])
def test_an_eps_that_is_written_as_a_number_is_named(number, kept):
    def back(dout, cache):
        centered, sigma, gamma = cache
        mine = np.sqrt((centered**2).mean(axis=0) + number)
        x_hat, N = centered / (sigma if kept == "x_hat" else mine), len(dout)
        dgamma, dbeta = (dout * x_hat).sum(axis=0), dout.sum(axis=0)
        return gamma / (N * mine) * (N * dout - dbeta - x_hat * dgamma), dgamma, dbeta

    for name in ("batchnorm_backward", "batchnorm_backward_alt"):
        result = practice.check(name, back, forward=BOOK["batchnorm_forward"])
        assert titles(result) == [f"eps is written as the number {number:g} on the way back"]
        assert result.cause[0].sure == "sure"


def test_an_eps_that_is_written_in_a_normalization_of_rows_is_named():
    def back(dout, cache):
        x_hat, sigma, gamma = cache[:3]
        centered = x_hat * sigma
        dx_hat = gamma * dout
        mine = np.sqrt((centered**2).mean(axis=1, keepdims=True) + 1e-5)
        y = centered / mine

        def mean(array):
            return array.mean(axis=1, keepdims=True)

        dx = (dx_hat - mean(dx_hat) - y * mean(dx_hat * y)) / mine
        return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)

    result = practice.layernorm_backward(back, forward=BOOK["layernorm_forward"])
    assert titles(result) == ["eps is written as the number 1e-05 on the way back"]


def test_an_eps_that_is_forgotten_is_no_number():
    def back(dout, cache):
        return column_ways(dout, (cache[0], np.sqrt((cache[0] ** 2).mean(axis=0)), cache[2]))

    result = practice.batchnorm_backward(back, forward=BOOK["batchnorm_forward"])
    assert [cause.id for cause in result.cause] == ["batchnorm-backward-no-eps"]


@pytest.mark.parametrize("whole", [False, True])
def test_a_gradient_that_is_no_number_where_x_is_its_mean_is_named(whole):
    def back(dout, cache):
        dx, dgamma, dbeta = BOOK["batchnorm_backward"](dout, cache)
        by = cache[0] / cache[0]
        return dx * (by.mean(axis=0) if whole else by), dgamma, dbeta

    result = practice.batchnorm_backward(back, forward=BOOK["batchnorm_forward"])
    assert titles(result) == ["dx is not a number where x equals its mean"]
    assert result.cause[0].sure == "sure"


def test_a_gradient_that_is_no_number_elsewhere_is_another_matter():
    def back(dout, cache):
        dx, dgamma, dbeta = BOOK["batchnorm_backward"](dout, cache)
        dx[0, 0] = np.nan
        return dx, dgamma, dbeta

    result = practice.batchnorm_backward(back, forward=BOOK["batchnorm_forward"])
    assert "nan-at-mean" not in [cause.id for cause in result.cause]


# The spread in the test.


def divided_by(spread):
    """A batch normalization whose test divides by a spread of its own."""

    def forward(x, gamma, beta, bn_param):
        if bn_param["mode"] == "train":
            return BOOK["batchnorm_forward"](x, gamma, beta, bn_param)
        var, eps = bn_param["running_var"], bn_param.get("eps", 1e-5)
        out = gamma * (x - bn_param["running_mean"]) / spread(var, eps) + beta
        return out.astype(x.dtype), None

    return practice.batchnorm_forward(forward)


def test_a_variance_that_is_squared_says_nothing_of_eps():
    result = divided_by(lambda var, eps: np.sqrt(var**2 + eps))
    assert titles(result) == ["The variance is squared before eps is added to it, in the test"]
    assert result.cause[0].sure == "sure"


def test_where_a_variance_of_zero_comes_out_right_eps_is_not_forgotten():
    result = divided_by(lambda var, eps: np.where(var, 2 * np.sqrt(var), np.sqrt(eps)))
    assert titles(result) == ["out spreads 0.5 times as far as it should, in the test"]


def test_an_eps_outside_of_a_wrong_power_is_still_named():
    result = divided_by(lambda var, eps: 2 * (np.sqrt(var) + eps))
    assert "Besides, eps is forgotten, or outside the root, in the test" in titles(result)
