"""What dropout does to the mean and the variance of activations: in train mode against eval mode, by theory."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regdemo import train_network
from regdemo.core.networks.datasets import draw_examples
from tests.helpers.networks import SMALL

STANDARD_ERRORS = 5  # how far a mean over random masks may lie from its expectation
ROUNDING = 1e-5  # of sums in float32, relative


@given(p=st.integers(0, 62_000).map(lambda level: level / 2**16), seed=st.integers(0, 5), convolutions=st.booleans())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_dropout_keeps_a_layers_mean_and_raises_its_variance_as_theory_says(p, seed, convolutions):
    """An activation h becomes hm/q with P(m = 1) = q = 1 − p: mean h, second moment h²/q, so Var' = (Var + mean²)/q − mean².

    p is a multiple of 2⁻¹⁶, as masks have it. Over masks, the mean of n such entries has variance Σh²·p/q / n², and that of their squares Σh⁴·p/q³ / n².
    """
    model = {"model": "cnn", "hidden": (3, 4)} if convolutions else {}
    record = next(train_network(replace(SMALL, dropout=(p, 0), seed=seed, **model), "cpu"))
    seen, q = record.activations["hidden 1"], 1 - p
    h = record.model.activations(draw_examples(replace(SMALL, seed=seed)).x_test.numpy())[0].astype(np.float64)
    mean_off = STANDARD_ERRORS * np.sqrt((h**2).sum() * p / q) / h.size + ROUNDING * h.mean()
    square_off = STANDARD_ERRORS * np.sqrt((h**4).sum() * p / q**3) / h.size + ROUNDING * (h**2).mean() / q
    assert abs(seen["mean_train"] - seen["mean"]) <= mean_off
    expected = (seen["variance"] + seen["mean"] ** 2) / q - seen["mean"] ** 2
    assert abs(seen["variance_train"] - expected) <= square_off + (2 * h.mean() + mean_off) * mean_off  # E[x²] − E[x]²


def test_where_nothing_is_dropped_before_a_layer_its_activations_are_the_same_in_both_modes():
    for changes in ({"dropout": (0,)}, {"drop": "weights", "dropout": (0, 0.5)}):
        *_, last = train_network(replace(SMALL, **changes), "cpu")
        for seen in last.activations.values():
            assert (seen["mean_train"], seen["variance_train"]) == (seen["mean"], seen["variance"])


def test_dropped_weights_leave_the_first_layer_alone_and_change_the_second():
    *_, last = train_network(replace(SMALL, drop="weights", dropout=(0.5, 0)), "cpu")
    first, second = last.activations.values()
    assert first["variance_train"] == first["variance"]
    assert second["mean_train"] != second["mean"]
    assert second["variance_train"] != second["variance"]


def test_everything_dropped_has_no_mean_and_no_variance():
    seen = next(train_network(replace(SMALL, dropout=(1, 1)), "cpu")).activations["hidden 2"]
    assert (seen["mean_train"], seen["variance_train"]) == (0, 0)


def test_train_modes_activations_are_normalised_by_the_examples_own_mean_and_variance():
    config = replace(SMALL, batch_norm=True, dropout=(0,), hidden=(30,))
    *_, last = train_network(config, "cpu")
    seen, layer = last.activations["hidden 1"], last.model.layers[0]
    x = last.model.prepare(draw_examples(config).x_test)
    z = (x.flatten(1) @ layer.weight + layer.bias).detach().double()
    h = (layer.norm.gain * (z - z.mean(0)) / (z.var(0, correction=0) + 1e-5).sqrt() + layer.norm.shift).detach().relu()
    assert seen["mean_train"] == pytest.approx(h.mean().item(), rel=1e-5)
    assert seen["variance_train"] == pytest.approx(h.var(correction=0).item(), rel=1e-5)
