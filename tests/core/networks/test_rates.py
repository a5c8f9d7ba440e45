"""A sweep over dropout rates: its losses, its bands, and what they hold, each computed in another way."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from regdemo.config.configs import NetworkConfig
from regdemo.core.networks.datasets import draw_examples
from regdemo.core.networks.rates import LEVEL, MASKS, rate_configs, sweep_rates
from regdemo.core.networks.train import train_network

BASE = NetworkConfig(
    dataset="curve", hidden=(16, 16), dropout=(0.0,), init="torch", n_train=10, n_test=100, optimizer="adam", lr=0.01,
    batch_size=10, epochs=150, seed=4,
)  # fmt: skip
RATES, SEEDS = (0.0, 0.3, 0.6), 2


@pytest.fixture(scope="module")
def found():
    return sweep_rates(BASE, RATES, SEEDS)


@pytest.fixture(scope="module")
def solo():
    """Each network trained alone, rate by rate."""
    nets = [list(train_network(config, "cpu"))[-1].model for config in rate_configs(BASE, RATES, SEEDS)]
    return [nets[k * SEEDS : (k + 1) * SEEDS] for k in range(len(RATES))]


def loss(net, config, split, masks=0):
    x, y = (part.numpy() for part in draw_examples(config).split(split))
    answers = net.fan(x, masks) if masks else net.predict(x)
    return ((answers - y) ** 2).mean(-1)


def test_losses_are_those_of_each_seeds_own_network_and_data(found, solo):
    for k, nets in enumerate(solo):
        for s, net in enumerate(nets):
            config = replace(BASE, dropout=(RATES[k],), seed=4 + s)
            assert found.test[k, s] == pytest.approx(loss(net, config, "test"), rel=1e-3)
            assert found.train[k, s] == pytest.approx(loss(net, config, "train"), rel=1e-3)
            assert found.left_on[k, s] == pytest.approx(loss(net, config, "test", MASKS).mean(), rel=1e-3)


def test_left_on_costs_the_masks_variance_besides_what_their_mean_costs(found, solo):
    x = draw_examples(BASE).x_test.numpy()
    for k, nets in enumerate(solo):
        variance = nets[0].fan(x, MASKS).var(0).mean()
        assert found.left_on[k, 0] - found.averaged[k, 0] == pytest.approx(variance, rel=1e-3, abs=1e-6)
    assert found.left_on[2, 0] > found.averaged[2, 0] + 0.01


def test_the_band_is_the_middle_of_the_masks_answers(found, solo):
    answers = solo[2][0].fan(found.x, MASKS)
    low, high = (np.sort(answers, 0)[i] for i in (4, 95))
    assert (found.low[2] >= low - 1e-3).all()
    assert (found.high[2] <= high + 1e-3).all()
    np.testing.assert_allclose(found.mean[2], answers.mean(0), atol=1e-3)
    np.testing.assert_allclose(found.fit[2], solo[2][0].predict(found.x), atol=1e-3)
    assert (found.low[0] == found.high[0]).all()
    assert found.passes.shape == (3, 3, 81)
    assert len({tuple(p) for p in found.passes[2]}) == 3


def test_what_bands_hold_of_fresh_data_is_what_the_noises_distribution_gives(found):
    cdf = np.vectorize(NormalDist(0, 0.5).cdf)
    among, fresh = found.within, 100 * found.within.sum()
    assert found.x[among].min() == -1
    assert found.x[among].max() == 1
    truth = 1.5 * found.x[among]
    for k in range(len(RATES)):
        low, high = found.low[k][among], found.high[k][among]
        expected = (cdf(high - truth) - cdf(low - truth)).mean()
        assert found.inside[k] == pytest.approx(expected, abs=4 * (0.25 / fresh) ** 0.5)
        assert found.truth_inside[k] == ((low <= truth) & (truth <= high)).mean()
        assert found.with_noise[k] > found.inside[k]
    # without masks the wider band is ŷ ± 1.645 · 0.5
    fit, half = found.fit[0][among], NormalDist().inv_cdf((1 + LEVEL) / 2) * 0.5
    expected = (cdf(fit + half - truth) - cdf(fit - half - truth)).mean()
    assert found.with_noise[0] == pytest.approx(expected, abs=4 * (0.25 / fresh) ** 0.5)


def test_histograms_count_every_weight_before_and_after(found):
    count = 16 + 16 * 16 + 16
    assert found.started.sum() == count
    assert (found.counts.sum(1) == count).all()
    assert (found.counts != found.started).any(1).all()
