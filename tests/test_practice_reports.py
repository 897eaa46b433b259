"""What a report says is true of the function that was checked, and is said once."""

import numpy as np

from nndl import practice
from nndl.fast.conv import conv_backward_fast, conv_forward_fast
from nndl.fast.max_pool import max_pool_backward_fast
from nndl.layers import batchnorm_forward, relu_backward, relu_forward
from nndl.practice.causes import Cause
from nndl.practice.exercises import exercises
from nndl.practice.joining import joined

BOOK = {name: exercise.reference() for name, exercise in exercises().items()}


def test_a_forward_pass_that_is_not_written_is_called_so():
    def missing(x, pool_param):
        raise NotImplementedError("max_pool_forward_naive is not written yet: equation (1)")

    text = repr(practice.max_pool_backward(BOOK["max_pool_backward"], forward=missing))
    assert text.splitlines()[0].endswith("; the forward pass beside it is not written yet")
    assert "The forward pass beside it is not written yet. The book's was used" in text
    assert "NotImplementedError" not in text


def test_what_was_not_stored_is_shown_with_the_smallest_case():
    def spatial_batchnorm_forward(x, gamma, beta, bn_param):
        rows = x.transpose(0, 2, 3, 1)
        out, cache = batchnorm_forward(
            rows.reshape(-1, x.shape[1]), gamma, beta, {"mode": bn_param["mode"]}
        )
        return out.reshape(rows.shape).transpose(0, 3, 1, 2), cache

    result = practice.spatial_batchnorm_forward(spatial_batchnorm_forward)
    part = repr(result).partition("The smallest case")[2].partition("This is")[0]
    assert "yours: bn_param has no running_mean and no running_var afterwards" in part


def test_how_many_values_came_is_shown_with_the_smallest_case():
    def conv_relu_backward(dout, cache):
        return BOOK["conv_relu_backward"](dout, cache)[:2]

    part = repr(practice.conv_relu_backward(conv_relu_backward)).partition("The smallest")[2]
    assert "  yours: it returned 2 values, expected 3: dx, dw, db\n" in part


def test_of_a_cascade_nothing_is_said_of_how_sizes_are_counted():
    def conv_relu_forward(x, w, b, conv_param):
        _, conv_cache = conv_forward_fast(x, w, b, conv_param)
        out, relu_cache = relu_forward(x)
        return out, (conv_cache, relu_cache)

    text = repr(practice.conv_relu_forward(conv_relu_forward))
    assert "The ReLU is given the image" in text
    assert "are counted" not in text


def test_layers_of_either_kind_say_the_same_of_what_they_are_given():
    def conv_relu_pool_backward(dout, cache):
        conv_cache, relu_cache, pool_cache = cache
        dz = max_pool_backward_fast(relu_backward(dout, relu_cache), pool_cache)
        return conv_backward_fast(dz, conv_cache)

    result = practice.conv_relu_pool_backward(conv_relu_pool_backward)
    assert result.cause[0].id == "conv-relu-pool-backward-order"
    assert result.cause[0].sure == "sure"


def test_an_array_that_does_not_fit_a_layer_is_no_result():
    def conv_relu_backward(dout, cache):
        conv_cache, relu_cache = cache
        return conv_backward_fast(relu_backward(dout[:, :1], relu_cache), conv_cache)

    result = practice.conv_relu_backward(conv_relu_backward)
    assert result.cause[0].id == "shape-given"
    assert "relu_backward: dout has shape" in result.cause[0].why
    assert "A result has another shape" not in repr(result)


def test_the_end_of_the_smallest_case_is_what_is_told():
    def col2im_indices(cols, x_shape, *window):
        return np.zeros((*x_shape[:3], x_shape[3] + 1))

    result = practice.col2im_indices(col2im_indices)
    shape = result.smallest.seen.values["dx"].shape
    assert result.cause[0].id == "shape-differs"
    assert f"shape {shape}, expected" in result.cause[0].why


def test_what_holds_of_two_outputs_is_said_once():
    def spatial_batchnorm_backward(dout, cache):
        dx, dgamma, dbeta = BOOK["spatial_batchnorm_backward"](dout, cache)
        return dx, np.stack([dgamma, 0 * dgamma]), np.stack([dbeta, 0 * dbeta])

    (cause,) = practice.spatial_batchnorm_backward(spatial_batchnorm_backward).cause
    assert cause.title == "dgamma and dbeta are not added up"
    assert "another cause" not in cause.why
    assert set(cause.outputs) == {"dgamma", "dbeta"}


def test_what_holds_on_other_cases_or_says_something_else_stays_apart():
    def cause(name, on, id="result-halved", other="dw"):
        why = f"{name} is so on {on}; {other} has another cause"
        title = f"{name} is half as large as it should be"
        return Cause(id, "sure", why, 1, title=title, outputs=(name,))

    apart = [cause("dx", "all 3 cases"), cause("db", "2 of the 3 cases")]
    assert joined(apart) == apart
    apart = [cause("dx", "all 3 cases"), cause("db", "all 3 cases", "result-negated")]
    assert joined(apart) == apart
    (both,) = joined([cause("dx", "all 3 cases"), cause("db", "all 3 cases")])
    assert both.title == "dx and db are half as large as they should be"
    assert both.why == "dx and db are so on all 3 cases; dw has another cause"


def test_a_right_network_without_batch_norm_has_no_line_that_is_another_one():
    class ThreeLayerConvNet(BOOK["three_layer_convnet"]):
        def __init__(self, *args, use_batchnorm=False, **more):
            super().__init__(*args, **more)

    result = practice.three_layer_convnet(ThreeLayerConvNet)
    assert result.ok
    assert not [cause for cause in result.remarks if cause.id.startswith("slip-")]
