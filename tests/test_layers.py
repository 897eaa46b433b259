"""What must hold for every layer: the layers are described in tests/layers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layers import (
    CHECKS,
    LAYERS,
    check_fast,
    check_gradients,
    check_reference,
    check_torch,
)
from tests.support.strategies import LAYOUTS

DTYPES = (np.float32, np.float64)
each_layer = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
each_twin = pytest.mark.parametrize(
    "layer", [layer for layer in LAYERS.values() if layer.fast], ids=lambda layer: layer.name
)


@each_layer
@given(data=st.data())
def test_naive_forward_equals_the_formula(layer, data):
    check_reference(layer, data.draw(layer.arguments((np.float64,), ("C",))))


@each_layer
@settings(max_examples=25)
@given(data=st.data())
def test_naive_backward_equals_the_numerical_gradient(layer, data):
    check_gradients(layer, data.draw(layer.arguments((np.float64,), ("C",))))


@each_twin
@given(data=st.data())
def test_fast_equals_naive_for_every_shape_dtype_and_layout(layer, data):
    check_fast(layer, data.draw(layer.arguments(DTYPES, LAYOUTS)))


@each_layer
@given(data=st.data())
def test_both_equal_pytorch_in_float64(layer, torch, data):
    if layer.torch is None:
        pytest.skip(f"PyTorch has no {layer.name}")
    check_torch(layer, torch, data.draw(layer.arguments(DTYPES, ("C", "F", "every second"))))


EXTRA = {f"{k}: {check.__name__}": check for k, layer in LAYERS.items() for check in layer.extra}
FURTHER = EXTRA | CHECKS


@pytest.mark.parametrize("check", FURTHER.values(), ids=FURTHER)
def test_further_properties(check):
    check()
