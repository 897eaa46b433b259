"""Backpropagation: the moves, and the scalar engine against PyTorch and the book's layers."""

import ast
import inspect
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nndl import autodiff, moves
from nndl.autodiff import Scalar, backpropagate, scalars
from nndl.gradient_check import eval_numerical_gradient_array, rel_error
from nndl.layers import (
    affine_backward,
    affine_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
    svm_loss,
)
from tests.layers.backpropagation import MOVES, called, check_autodiff, check_moves

FLOATS = st.floats(-3, 3, allow_subnormal=False)
SHAPES = array_shapes(min_dims=1, max_dims=3, max_side=4)


def drawn(data, shape):
    """An array of this shape, without ties between its entries and zero."""
    x = data.draw(arrays(float, shape, elements=FLOATS))
    return np.where(np.abs(x) < 1e-2, 0.5, x)


# ------------------------------------------------------------------------------------------ moves


def test_moves_are_numpys_operations_and_their_gradients():
    check_moves()


def test_every_move_is_checked():
    assert set(MOVES) == set(moves.__all__)


@given(st.data())
def test_moves_of_any_shape(data):
    x = drawn(data, data.draw(SHAPES))
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    k = data.draw(arrays(int, st.integers(0, 5), elements=st.integers(0, len(x) - 1)))
    for name, others in {
        "exp": (),
        "sum_over": (axis,),
        "mean_over": (axis,),
        "broadcast": (axis, data.draw(st.integers(1, 3))),
        "index": (k,),
        "transpose": (),
        "reshape": ((x.size, 1),),
    }.items():
        _, dout, (dx,) = called(name, (x,), others)
        run = lambda x, name=name, o=others: getattr(moves, name)(x, *o)[0]  # noqa: E731
        measured = eval_numerical_gradient_array(run, x, dout)
        assert dx.shape == x.shape
        np.testing.assert_allclose(dx, measured, rtol=1e-6, atol=1e-7, err_msg=name)


@given(st.data())
def test_the_way_back_of_a_linear_move_is_its_adjoint(data):
    """<dout, f(x)> = <f'(dout), x>, to rounding."""
    x = drawn(data, (3, 4))
    for name in ("sum_over", "broadcast", "mean_over", "index", "scatter_add", "transpose"):
        out, dout, (dx,) = called(name, (x,), MOVES[name][1])
        assert np.sum(dout * out) == pytest.approx(np.sum(dx * x), rel=1e-12, abs=1e-12)


@given(st.data())
def test_moves_equal_pytorch(torch, data):
    x = np.abs(drawn(data, (3, 4)))
    y = np.where(drawn(data, (3, 4)) == x, x + 1, drawn(data, (3, 4)))
    y = np.where(y == x, x + 1, y)  # no ties: PyTorch splits them
    places = torch.tensor([2, 0, 2, 2])
    theirs = {
        "add": torch.add,
        "multiply": torch.multiply,
        "maximum": torch.maximum,
        "exp": torch.exp,
        "log": torch.log,
        "sum_over": lambda x: x.sum(0),
        "broadcast": lambda x: x[:, None].expand(3, 5, 4),
        "mean_over": lambda x: x.mean(0),
        "index": lambda x: x[places],
        "scatter_add": lambda x: torch.zeros(6, 4, dtype=x.dtype).index_add(
            0, torch.tensor([1, 4, 1]), x
        ),
        "transpose": lambda x: x.T,
        "reshape": lambda x: x.reshape(2, 6),
    }
    for name, (count, others) in MOVES.items():
        given_arrays = (x, y)[:count]
        out, dout, grads = called(name, given_arrays, others)
        tensors = [torch.tensor(a, requires_grad=True) for a in given_arrays]
        expected = theirs[name](*tensors)
        expected.backward(torch.tensor(dout))
        np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-13)
        for grad, tensor in zip(grads, tensors, strict=True):
            np.testing.assert_allclose(grad, tensor.grad.numpy(), rtol=1e-13, atol=1e-15)


def test_moves_keep_float32():
    x = np.random.default_rng(0).uniform(1, 2, size=(3, 4)).astype(np.float32)
    for name, (count, others) in MOVES.items():
        out, backward = getattr(moves, name)(*[x] * count, *others)
        grads = backward(np.ones_like(out))
        for array in (out, *(grads if isinstance(grads, tuple) else (grads,))):
            assert array.dtype == np.float32, name


def test_a_tie_goes_to_the_first():
    _, backward = moves.maximum(np.zeros(1), np.zeros(1))
    assert backward(np.ones(1)) == (1, 0)


X = np.ones((3, 4))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: moves.add(X, X[0]), ValueError,
         r"add: b has shape \(4,\), expected \(3, 4\), the shape of a"),
        (lambda: moves.multiply(X, 2.0), TypeError, "multiply: b is a float, expected a NumPy arr"),
        (lambda: moves.maximum([1.0], X), TypeError, "maximum: a is a list, expected a NumPy arr"),
        (lambda: moves.exp(X > 0), TypeError, "exp: x has dtype bool, expected float32 or float64"),
        (lambda: moves.log(np.ma.ones(2)), TypeError, "log: x is a MaskedArray, expected a plain"),
        (lambda: moves.sum_over(X, None), TypeError, "sum_over: axis is None"),
        (lambda: moves.broadcast(X, 0.5, 3), TypeError, "broadcast: axis is 0.5"),
        (lambda: moves.mean_over(x=X, axis=-9), ValueError, "mean_over: axis is -9, expected -3"),
        (lambda: moves.add(X, X)[1](X[0]), ValueError,
         r"add: dout has shape \(4,\), expected \(3, 4\)"),
        (lambda: moves.sum_over(X, 0)[1](1.0), TypeError, "sum_over: dout is a float"),
    ],
)  # fmt: skip
def test_what_a_move_refuses(call, error, message):
    with pytest.raises(error, match=f"^{message}"):
        call()


def test_a_sum_of_everything_is_a_number():
    out, backward = moves.sum_over(np.arange(3.0), 0)
    assert out == 3
    np.testing.assert_array_equal(backward(out), [3, 3, 3])


# ----------------------------------------------------------------------------------------- engine


def test_every_operation_and_its_gradient():
    check_autodiff()


@st.composite
def programs(draw):
    """Values of the inputs, and operations on what was computed before, each by its number."""
    inputs = draw(st.lists(FLOATS, min_size=1, max_size=4))
    steps, count = [], len(inputs)
    for _ in range(draw(st.integers(1, 12))):
        operation = draw(st.sampled_from(["+", "-", "*", "/", "exp", "log", "max", "**"]))
        steps.append((operation, draw(st.integers(0, count - 1)), draw(st.integers(0, count - 1))))
        count += 1
    return inputs, steps


def run(program, numbers, exp, log, maximum):
    """The sum of all numbers that a program computes, bounded so that nothing overflows."""
    numbers = list(numbers)
    for operation, i, j in program[1]:
        a, b = numbers[i], numbers[j]
        bounded = a / (1 + a * a)
        numbers.append({
            "+": lambda a=a, b=b: a + b,
            "-": lambda a=a, b=b: a - b,
            "*": lambda a=bounded, b=b: a * b,
            "/": lambda a=a, b=b: a / (1 + b * b),
            "exp": lambda a=bounded: exp(a),
            "log": lambda a=a: log(1 + a * a),
            "max": lambda a=a, b=b: maximum(a, b),
            "**": lambda a=bounded: (2 + a) ** -1.5,
        }[operation]())  # fmt: skip
    total = numbers[0]
    for number in numbers[1:]:
        total = total + number
    return total


@given(programs())
def test_random_programs_have_pytorchs_gradients(torch, program):
    leaves = scalars(program[0])
    loss = run(program, leaves, np.exp, np.log, lambda a, b: a if a >= b else b)
    tensors = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in program[0]]
    choose = lambda a, b: a if a.item() >= b.item() else b  # noqa: E731
    theirs = run(program, tensors, torch.exp, torch.log, choose)
    theirs.backward()
    assert loss.value == pytest.approx(theirs.item(), rel=1e-10, abs=1e-10)
    (grads,) = backpropagate(loss, leaves)
    expected = [t.grad.item() for t in tensors]
    np.testing.assert_allclose(grads, expected, rtol=1e-9, atol=1e-9)


@given(st.data())
def test_the_layers_of_the_book_are_what_the_engine_finds(data):
    size = st.integers(1, 4)
    N, D, M, C = (data.draw(size) for _ in range(4))
    C += 1
    given_arrays = [drawn(data, shape) for shape in ((N, D), (D, M), (M,), (M, C), (C,))]
    x, w1, b1, w2, b2 = given_arrays
    y = data.draw(arrays(int, N, elements=st.integers(0, C - 1)))
    rows = np.arange(N)
    hidden, cache1 = affine_forward(x, w1, b1)
    if np.abs(hidden).min() < 1e-9:
        b1 += 1e-3
        hidden, cache1 = affine_forward(x, w1, b1)
    bent, cache2 = relu_forward(hidden)
    scores, cache3 = affine_forward(bent, w2, b2)

    def softmax(scores):
        total = np.sum(np.exp(scores), axis=1)
        return np.sum(np.log(total) - scores[rows, y]) / N

    def hinge(scores):
        margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
        return (np.sum(margins) - N) / N  # the right class has the margin 1

    margins = scores - scores[rows, y][:, None] + 1
    at_a_kink = np.abs(margins).min() < 1e-9
    for layer, formula in ((softmax_loss, softmax), (svm_loss, hinge)):
        if formula is hinge and at_a_kink:
            continue
        leaves = [scalars(array) for array in given_arrays]
        found = formula(np.maximum(0, leaves[0] @ leaves[1] + leaves[2]) @ leaves[3] + leaves[4])
        loss, dscores = layer(scores, y)
        assert found.value == pytest.approx(loss, rel=1e-12, abs=1e-12)
        dbent, dw2, db2 = affine_backward(dscores, cache3)
        dx, dw1, db1 = affine_backward(relu_backward(dbent, cache2), cache1)
        machine = backpropagate(found, *leaves)
        for ours, theirs in zip(machine, (dx, dw1, db1, dw2, db2), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_long_chains_need_no_deep_recursion():
    q = x = Scalar(1.0)
    for _ in range(100_000):
        q = q * 1.0
    assert backpropagate(q, x) == (1,)


def test_paths_are_not_followed_one_by_one():
    q = x = Scalar(1.0)
    for _ in range(1000):
        q = (q + q) * 0.5
    assert backpropagate(q, x) == (1,)


def test_a_second_loss_starts_anew():
    x = scalars([1.0, -2.0])
    first, second = np.sum(x * x), np.sum(np.maximum(0, x))
    for _ in range(2):
        np.testing.assert_array_equal(backpropagate(first, x)[0], [2, -4])
        np.testing.assert_array_equal(backpropagate(second, x)[0], [1, 0])


def test_what_the_loss_does_not_depend_on_gets_zero():
    x, other = Scalar(2), scalars(np.ones((2, 0, 3)))
    dx, dother, dloss = backpropagate(loss := x * x, x, other, loss)
    assert dx == 4
    assert dother.shape == (2, 0, 3)
    assert dloss == 1
    assert backpropagate(x * 3, Scalar(5)) == (0,)


def test_the_kink_is_the_layers():
    """At 0 the slope is 0, as relu_backward has it."""
    x = np.array([0.0, 1.0, -1.0])
    leaves = scalars(x)
    (dx,) = backpropagate(np.sum(np.maximum(0, leaves)), leaves)
    np.testing.assert_array_equal(dx, relu_backward(np.ones(3), x))


def test_arrays_and_numbers_on_either_side():
    s, numbers = Scalar(3), np.array([1.0, 2.0])
    for result, values, slope in (
        (s + numbers, [4, 5], 2), (numbers + s, [4, 5], 2), (s * numbers, [3, 6], 3),
        (numbers * s, [3, 6], 3), (s - numbers, [2, 1], 2), (numbers - s, [-2, -1], -2),
        (s / numbers, [3, 1.5], 1.5), (numbers / s, [1 / 3, 2 / 3], -1 / 3),
    ):  # fmt: skip
        np.testing.assert_allclose(result.astype(float), values, rtol=1e-15)
        np.testing.assert_allclose(backpropagate(np.sum(result), s)[0], slope, rtol=1e-15)
    for result, value in ((2 - s, -1), (2 / s, 2 / 3), (np.float64(2) * s, 6), (s**2, 9)):
        assert float(result) == pytest.approx(value)


def test_comparisons_are_those_of_the_values():
    one, two = Scalar(1), Scalar(2)
    assert one < two <= 2 < Scalar(3)
    assert two > one >= 1
    assert not one < one
    assert not one > one
    assert max(one, two) is two
    assert np.max(scalars([1.0, 3.0, 2.0])).value == 3


def test_a_scalar_is_shown_with_its_value():
    assert repr(Scalar(np.float32(0.5))) == "Scalar(0.5)"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Scalar("1"), TypeError, r"Scalar: value is '1' \(str\), expected a number"),
        (lambda: Scalar(True), TypeError, r"Scalar: value is True \(bool\), expected a number"),
        (lambda: Scalar(1) + None, TypeError, r"Scalar: value is None \(NoneType\), expected"),
        (lambda: Scalar(2) ** Scalar(2), TypeError, r"Scalar: the exponent is Scalar\(2.0\)"),
        (lambda: Scalar(0).log(), ValueError, "Scalar.log: the value is 0.0, expected a number ab"),
        (lambda: np.exp(scalars([1000.0])), OverflowError,
         r"Scalar.exp: the value is 1000.0, expected at most 709.78"),
        (lambda: scalars(["1"]), TypeError, "scalars: x has dtype <U1, expected real numbers"),
        (lambda: scalars([1j]), TypeError, "scalars: x has dtype complex128, expected real"),
        (lambda: scalars(np.ma.ones(2)), TypeError, "scalars: x is a MaskedArray"),
        (lambda: backpropagate(1.0), TypeError,
         "backpropagate: loss is a float, expected a Scalar: constants have no gradient"),
        (lambda: backpropagate(scalars([1.0])), TypeError,
         "backpropagate: loss is a ndarray, expected a Scalar"),
        (lambda: backpropagate(Scalar(1), Scalar(1), np.ones(2)), TypeError,
         r"backpropagate: array 1 has dtype float64, expected what scalars\(...\) returns"),
    ],
)  # fmt: skip
def test_what_the_engine_refuses(call, error, message):
    with pytest.raises(error, match=f"^{message}"):
        call()


def test_the_largest_exponential_is_finite():
    assert math.isfinite(Scalar(709.78).exp().value)
    assert Scalar(-1000).exp().value == 0


def test_the_engine_has_the_length_that_the_chapter_says():
    """Some sixty lines, without imports, docstrings, comments and what is offered."""
    source = inspect.getsource(autodiff)
    tree, left_out = ast.parse(source), set()
    documented = ast.Module | ast.ClassDef | ast.FunctionDef
    for node in ast.walk(tree):
        outside = isinstance(node, ast.Import | ast.ImportFrom)
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            node, outside = node.body[0], True
        if outside or (isinstance(node, ast.Assign) and ast.unparse(node).startswith("__all__")):
            left_out |= set(range(node.lineno, node.end_lineno + 1))
    lines = enumerate(source.splitlines(), start=1)
    kept = [k for k, line in lines if line.strip() and line.strip()[0] != "#"]
    assert 60 <= len(set(kept) - left_out) < 70


def test_the_three_opinions_agree_to_their_precision():
    x = np.array([0.3, -0.8, 1.2])
    formula = lambda x: np.sum(np.exp(x) * x / (1 + x * x))  # noqa: E731
    leaves = scalars(x)
    (by_machine,) = backpropagate(formula(leaves), leaves)
    measured = eval_numerical_gradient_array(lambda x: np.asarray(formula(x)), x, np.ones(()))
    assert rel_error(by_machine, measured) < 1e-8
