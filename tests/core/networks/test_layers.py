"""Dropout and the networks' layers against torch.nn.functional and against the properties that define them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from regdemo import NetworkConfig
from regdemo.core.networks.layers import CHUNK, Network, draw_mask, dropout
from regdemo.core.rng import generator

RATES = [0.1, 0.2, 0.5, 0.9]
SMALL = NetworkConfig(hidden=(30, 20), dropout=(0.2, 0.5), init="torch")
ROUNDING = 1e-7  # of float32 outputs near 0.1: how sums are grouped differs between processors


def masks(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("p", RATES)
def test_kept_units_are_scaled_and_dropped_units_are_zero(p):
    x = torch.randn(200, 30).abs() + 0.1
    out = dropout(x, p, masks())
    kept = out != 0
    torch.testing.assert_close(out[kept], x[kept] / (1 - p))
    assert kept.any()
    assert not kept.all()


@pytest.mark.parametrize("p", RATES)
def test_dropout_and_its_gradient_equal_torchs_on_equal_masks(p, monkeypatch):
    x = torch.randn(40, 30, dtype=torch.float64, requires_grad=True)
    torch.manual_seed(3)
    expected = F.dropout(x, p)
    torch.manual_seed(3)
    theirs = torch.empty_like(x).bernoulli_(1 - p)
    monkeypatch.setattr("regdemo.core.networks.layers.draw_mask", lambda *_: theirs.detach().clone())
    ours = dropout(x, p, masks())
    torch.testing.assert_close(ours, expected)
    upstream = torch.randn_like(x)
    torch.testing.assert_close(torch.autograd.grad(ours, x, upstream), torch.autograd.grad(expected, x, upstream))


@pytest.mark.parametrize("p", [0.001, *RATES, 0.999])
def test_the_share_kept_is_accurate_and_so_is_the_expectation(p):
    n = 4_000_000
    kept = draw_mask((n,), p, masks()).mean(dtype=torch.float64).item()
    assert abs(kept - (1 - p)) < 4.5 * (p * (1 - p) / n) ** 0.5 + 2**-17


def test_no_dropout_returns_its_input_and_full_dropout_only_zeros_and_neither_draws():
    x, g = torch.randn(5, 7), masks()
    before = g.get_state()
    assert torch.equal(dropout(x, 0, g), x)
    assert torch.equal(dropout(x, 1, g), torch.zeros(5, 7))
    assert torch.equal(g.get_state(), before)


def test_a_rate_near_an_end_is_never_rounded_to_it():
    assert 0 < draw_mask((4_000_000,), 1 - 1e-7, masks()).sum() < 4_000_000
    assert 0 < (1 - draw_mask((4_000_000,), 1e-7, masks())).sum() < 4_000_000


@pytest.mark.parametrize("shape", [(1,), (3,), (5, 7), (0,), (2, 3, 5)])
def test_masks_have_any_shape(shape):
    assert draw_mask(shape, 0.5, masks()).shape == shape


def test_neighbouring_units_are_dropped_independently():
    bits = draw_mask((1_000_000, 4), 0.5, masks())
    correlation = torch.corrcoef(bits.T) - torch.eye(4)
    assert correlation.abs().max() < 0.005  # five standard errors


def test_masks_come_from_the_given_generator_alone():
    torch.manual_seed(0)
    one = draw_mask((100,), 0.5, masks(7))
    torch.rand(5)
    assert torch.equal(one, draw_mask((100,), 0.5, masks(7)))
    assert not torch.equal(one, draw_mask((100,), 0.5, masks(8)))


def test_evaluation_is_the_same_network_without_dropout():
    x = np.random.default_rng(0).random((50, 8, 8), dtype=np.float32)
    net = Network(SMALL, (8, 8), 10, "cpu")
    bare = Network(replace(SMALL, dropout=(0,)), (8, 8), 10, "cpu")
    np.testing.assert_array_equal(net.predict(x), bare.predict(x))
    np.testing.assert_array_equal(bare.monte_carlo(x, 3), bare.fan(x, 3))
    np.testing.assert_allclose(bare.monte_carlo(x, 1)[0], bare.predict(x), rtol=1e-6)
    assert np.ptp(net.monte_carlo(x, 5), 0).max() > 0.001
    np.testing.assert_allclose(net.predict(x).sum(1), 1, rtol=1e-5)


def test_a_member_of_the_fan_drops_the_same_units_for_every_input():
    net = Network(SMALL, (1,), 1, "cpu")
    same = np.zeros(6, np.float32)
    assert np.ptp(net.fan(same, 4), 1).max() < ROUNDING
    assert np.ptp(net.monte_carlo(same, 4), 1).max() > ROUNDING
    assert net.fan(same, 4).shape == (4, 6)


@pytest.mark.parametrize("hidden", [(), (5,), (5, 6, 7, 8)])
@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_networks_of_any_width_and_depth_have_their_pictures(model, hidden):
    net = Network(replace(SMALL, model=model, hidden=hidden, dropout=(0.5,), batch_norm=True), (8, 8), 10, "cpu")
    x = np.random.default_rng(0).integers(0, 256, (7, 8, 8), dtype=np.uint8)
    assert net.predict(x).shape == (7, 10)
    assert net.monte_carlo(x, 3).shape == (3, 7, 10)
    assert [len(a) for a in net.activations(x)] == [7] * len(hidden)
    units = hidden[0] if hidden else 10
    assert net.first_layer().shape == ((units, 3, 3) if model == "cnn" and hidden else (units, 8, 8))
    assert net.nbytes >= net.theta.nbytes


def test_bytes_are_read_as_numbers_from_zero_to_one():
    net = Network(SMALL, (8, 8), 10, "cpu")
    x = np.random.default_rng(0).integers(0, 256, (7, 8, 8), dtype=np.uint8)
    before = x.copy()
    np.testing.assert_allclose(net.predict(x), net.predict(x.astype(np.float32) / 255), rtol=1e-5)
    np.testing.assert_array_equal(x, before)


WEIGHTS = replace(SMALL, drop="weights")


@pytest.mark.parametrize("p", RATES)
def test_the_mean_over_masks_of_weights_is_the_pre_activation_of_eval_mode(p):
    """Σ wₖhₖmₖ/(1 − p) has mean Σ wₖhₖ and variance p/(1 − p) · Σ wₖ²hₖ² over masks."""
    net = Network(replace(WEIGHTS, hidden=(30,), dropout=(p,)), (8, 8), 10, "cpu", torch.float64)
    x = net.prepare(np.random.default_rng(0).random((6, 8, 8)))
    with torch.no_grad():
        (h,), eval_mode, g, draws = net.hidden(x), net.forward(x), masks(), 4000
        mean = sum(net.forward(x, g) for _ in range(draws)) / draws
        error = (p / (1 - p) / draws * (h**2 @ net.layers[1].weight ** 2)).sqrt()
    assert ((mean - eval_mode).abs() < 5 * error).all()
    spread = ((mean - eval_mode) / error).square().mean()  # 1 on average; the 6 inputs share masks: 10 independent outputs
    assert 0.1 < spread < 4


@pytest.mark.parametrize("p", RATES)
def test_kept_weights_are_scaled_and_one_mask_holds_for_all_examples(p):
    net = Network(replace(WEIGHTS, hidden=(30,), dropout=(p,)), (8, 8), 10, "cpu", torch.float64)
    x = net.prepare(np.random.default_rng(0).random((50, 8, 8)))
    with torch.no_grad():
        (h,) = net.hidden(x)
        outputs = net.forward(x, masks())
    used, *_ = np.linalg.lstsq(np.column_stack([h, np.ones(50)]), outputs.numpy(), rcond=None)
    used = torch.from_numpy(used)
    w, bias = net.layers[1].weight.detach(), net.layers[1].bias.detach()
    seen = h.abs().sum(0) > 0  # the weights of a unit that is never active cannot be read off
    ratio = (used[:-1] / w * (1 - p))[seen]
    assert torch.minimum(ratio.abs(), (ratio - 1).abs()).max() < 1e-6
    assert 0 < (ratio > 0.5).double().mean() < 1
    torch.testing.assert_close(used[-1], bias)


def test_thinned_networks_with_weights_dropped_are_one_network_for_all_inputs():
    net = Network(WEIGHTS, (1,), 1, "cpu")
    same = np.zeros(6, np.float32)
    assert np.ptp(net.fan(same, 4), 1).max() < ROUNDING
    assert np.ptp(net.fan(same, 4), 0).max() > ROUNDING
    many = np.zeros(CHUNK + 1, np.float32)
    np.testing.assert_allclose(net.monte_carlo(many, 2), net.fan(many, 2), atol=ROUNDING)
    x, g = np.linspace(-1, 1, 7, dtype=np.float32), generator(3, "look")
    with torch.no_grad():
        one_by_one = [net.forward(net.prepare(x), g)[:, 0].numpy() for _ in range(4)]
    np.testing.assert_allclose(net.fan(x, 4, seed=3), one_by_one, atol=ROUNDING)
    np.testing.assert_array_equal(net.predict(x), Network(SMALL, (1,), 1, "cpu").predict(x))


def test_a_first_layer_picture_holds_the_weights_into_one_unit():
    net = Network(SMALL, (8, 8), 10, "cpu")
    np.testing.assert_array_equal(net.first_layer()[4].ravel(), net.layers[0].weight[:, 4].detach().numpy())


def test_initial_weights_are_as_published_or_as_torch_draws_them():
    normal = Network(replace(SMALL, init="normal", hidden=(256, 256)), (28, 28), 10, "cpu")
    assert normal.theta[: normal.n_weights].std().item() == pytest.approx(0.01, rel=0.01)
    assert (normal.theta[normal.n_weights :] == 0).all()
    for layer in Network(replace(SMALL, init="torch", model="cnn", hidden=(8, 16)), (28, 28), 10, "cpu").layers:
        bound = layer.into_units.shape[0] ** -0.5
        assert 0.8 * bound < layer.weight.abs().max() <= bound
        assert layer.bias.abs().max() <= bound


def test_generators_of_later_purposes_leave_the_earlier_ones_alone():
    assert generator(3, "masks").initial_seed() == 6 * 3 + 5
    seeds = {generator(s, p).initial_seed() for s in (0, 1, 2) for p in ("masks", "augmentation", "look")}
    assert len(seeds) == 9
