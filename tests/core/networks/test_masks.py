"""The mask demo: its columns, its exact moments, the published bug."""

import numpy as np
import pytest
from scipy import stats

from regdemo import NetworkConfig
from regdemo.core.networks.layers import Network
from regdemo.core.networks.masks import (
    COLUMNS,
    averaging,
    dropped_from,
    expectation,
    mask_demo,
    normal_mask,
    ones_demo,
    running,
)


def test_the_four_columns_of_one_draw():
    bench = mask_demo(0.5)
    x, mask = bench.x, bench.mask
    assert list(bench.columns) == list(COLUMNS)
    np.testing.assert_array_equal(bench.columns["train"], 2 * x * mask)
    np.testing.assert_array_equal(bench.columns["unscaled"], x * mask)
    np.testing.assert_array_equal(bench.columns["eval"], x)
    assert set(np.unique(bench.columns["left_on"] / np.where(x, x, 1))) <= {0, 2}
    assert not np.array_equal(mask, mask_demo(0.5, draw=1).mask)


def test_a_mask_at_any_rate_keeps_what_is_not_dropped_from_a_lower_one_on():
    rates = (0.0, 0.1, 0.25, 0.5, 0.9, 1.0)
    first = dropped_from(rates, 30)
    for k, p in enumerate(rates):
        for draw in range(30):
            np.testing.assert_array_equal(first[draw] > k, mask_demo(p, draw).mask == 1)


def test_rates_zero_and_one_return_the_tensor_and_zeros():
    np.testing.assert_array_equal(mask_demo(0).columns["train"], np.arange(16).reshape(2, 8))
    assert not mask_demo(1).columns["train"].any()
    assert mask_demo(1).columns["eval"].any()


@pytest.mark.parametrize("p", [0, 0.2, 0.5, 0.8, 1])
def test_running_means_converge_to_the_exact_expectation(p):
    n = 400
    table = running(p, n)
    for column in COLUMNS:
        part = table[table.column == column]
        mean, sd = expectation(p, column)
        assert part["mean"].iloc[-1] == pytest.approx(mean, abs=4 * sd / n**0.5 + 1e-4)
        assert part["sd"].iloc[-1] == pytest.approx(sd, rel=0.15, abs=1e-6)
        assert part["mean"].iloc[-1] == pytest.approx(part["value"].mean())
    assert expectation(p, "unscaled")[0] == pytest.approx((1 - p) * 7.5)


def test_ten_thousand_ones_have_the_exact_mean_and_spread_and_even_sums():
    demo = ones_demo(0.5, draws=400)
    assert demo.eval == demo.mean == 10_000
    assert demo.sd == 100
    assert np.mean(demo.train) == pytest.approx(10_000, abs=4 * 100 / 20)
    assert np.std(demo.train) == pytest.approx(100, rel=0.15)
    assert all(total % 2 == 0 for total in demo.train)
    assert np.mean(demo.unscaled) == pytest.approx(5000, abs=10)
    assert demo.train != demo.left_on
    assert ones_demo(1).train == (0, 0, 0)


@pytest.mark.parametrize(("p", "kept"), [(0.5, 0.6915), (0.2, 0.7881)])
def test_the_published_mask_keeps_more_than_it_says(p, kept):
    bug = normal_mask(p)
    assert bug.true == pytest.approx(kept, abs=1e-4)
    assert bug.true == pytest.approx(stats.norm.cdf(1 - p))
    assert bug.measured == pytest.approx(bug.true, abs=0.005)
    assert bug.inflation == pytest.approx(kept / (1 - p), rel=1e-3)


def test_averaging_thinned_networks_approaches_weight_scaling():
    net = Network(NetworkConfig(hidden=(50,), dropout=(0.5,), init="torch"), (8, 8), 10, "cpu")
    x = np.random.default_rng(0).random((200, 8, 8), dtype=np.float32)
    y = net.predict(x).argmax(1)
    table = averaging(net, x, y, most=60)
    assert list(table.k) == list(range(1, 61))
    assert (table.scaling_error == 0).all()
    assert table.loss.iloc[-1] < table.loss.iloc[0]
    assert table.loss.iloc[-1] == pytest.approx(table.scaling_loss[0], abs=0.05)
    curve = Network(NetworkConfig(dataset="curve", hidden=(50,), dropout=(0.5,), init="torch"), (1,), 1, "cpu")
    assert averaging(curve, np.linspace(-1, 1, 9, dtype=np.float32), np.zeros(9), most=3).error.isna().all()
