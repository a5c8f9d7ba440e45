"""Ghosts of pinned runs: their figures are the run's own, and every kind is drawn."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import vl_convert

from regdemo import LinearConfig, train_linear
from regdemo.app.drawing import Drawn
from regdemo.charts import overlays as chart_overlays
from regdemo.charts import sparsity as sparsity_charts
from regdemo.charts import theme
from regdemo.charts import weight_decay as weight_decay_charts
from regdemo.config.constants import PIN_MARKS
from regdemo.frames import overlays
from regdemo.frames import weight_decay as weight_decay_frames
from regdemo.frames.summaries import CHOSEN, PLAIN

CONFIG = LinearConfig(n_train=8, n_features=12, strengths=(0.0, 0.5, 2.0), seeds=3, seed=3, epochs=7)
K = 1


@pytest.fixture(scope="module")
def result():
    return train_linear(CONFIG, device="cpu")


@pytest.fixture(scope="module")
def history(result) -> pd.DataFrame:
    return result.history


@pytest.mark.parametrize("column", ["test_loss", "train_loss", "l2_norm"])
def test_a_curve_is_the_median_over_seeds_of_the_history(result, history, column):
    found = overlays.curve(result, K, column, "y")
    expected = history[history.strength == 0.5].groupby("epoch")[column].median()
    assert list(found.columns) == ["epoch", "y"]
    assert found.epoch.tolist() == list(range(8))
    np.testing.assert_allclose(found.y, expected, rtol=1e-6)


def test_a_long_curve_is_thinned_and_keeps_both_ends():
    found = overlays.curve(
        train_linear(LinearConfig(n_train=2, n_features=2, batch_size=2, epochs=1000), device="cpu"), 0, "test_loss", "y"
    )
    assert len(found) < 400
    assert (found.epoch.min(), found.epoch.max()) == (0, 1000)


def test_a_curve_ends_where_its_run_diverged():
    gone = train_linear(LinearConfig(n_train=8, n_features=12, strengths=(0.0,), lr=5.0, epochs=30), device="cpu")
    found = overlays.curve(gone, 0, "test_loss", "y")
    assert gone.diverged_at[0, 0] > 0
    assert found.epoch.max() <= gone.diverged_at[0, 0]
    assert np.isfinite(found.y).all()
    assert len(overlays.sweep(gone)) == 0


def test_a_sweep_is_the_median_final_test_loss_at_each_strength_with_zero_beside_the_others(result, history):
    found = overlays.sweep(result)
    final = history[history.epoch == 7].groupby("strength").test_loss.median()
    assert found.place.is_monotonic_increasing
    np.testing.assert_allclose(found.mid, final.sort_index(), rtol=1e-6)
    assert found.place.iloc[0] > 0  # on a logarithmic axis there is no zero
    assert found.place.tolist()[1:] == [0.5, 2.0]


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e-4])
def test_an_outline_counts_every_coefficient_once_in_bins_like_the_histograms(result, scale):
    rows, c = weight_decay_frames.histogram_rows({"a": (result, 0), "b": (result, K)})
    weights = scale * result.weights[:, K]
    found = overlays.outline(weights, rows, c)
    assert found.share.sum() == pytest.approx(1)
    assert (found.share.iloc[[0, -1]] == 0).all()
    for left, right, share in zip(found.left, found.left.iloc[1:], found.share, strict=False):
        # the definition of a share, in the axis' own measure so that an edge's last bit does not count
        inside = (np.arcsinh(weights / c) >= np.arcsinh(left / c) - 1e-9) & (
            np.arcsinh(weights / c) < np.arcsinh(right / c) - 1e-9
        )
        assert share == pytest.approx(inside.mean(), abs=1.5 / weights.size)
    bins = rows[rows.kind == "bin"]
    width = np.arcsinh(bins.right / c) - np.arcsinh(bins.left / c)
    np.testing.assert_allclose(np.diff(np.arcsinh(found.left / c)), width.iloc[0], rtol=1e-5)


def test_an_outline_of_the_present_run_is_its_histogram(result):
    rows, c = weight_decay_frames.histogram_rows({"a": (result, 0), "b": (result, K)})
    last = rows[(rows.kind == "bin") & (rows.run == "b") & (rows.epoch == rows.epoch.max())]
    found = overlays.outline(result.weights[:, K], rows, c)
    for edge, share in zip(last.left, last["share"], strict=True):
        near = found[np.isclose(np.arcsinh(found.left / c), np.arcsinh(edge / c), atol=1e-6)]
        assert (near.share.iloc[0] if len(near) else 0) == pytest.approx(share, abs=1e-6)


def test_what_is_not_finite_has_no_outline(result):
    rows, c = weight_decay_frames.histogram_rows({"a": (result, K)})
    assert len(overlays.outline(np.full((2, 3), np.nan), rows, c)) == 0
    assert overlays.outline(np.array([np.nan, 0.1, np.inf, 0.1]), rows, c).share.max() == 1


def test_a_histogram_without_bins_has_no_outline(result):
    """All weights are exactly zero where there is nothing to learn."""
    still = train_linear(replace(CONFIG, init_scale=0.0, coefficient=0.0, intercept=0.0, noise=0.0), device="cpu")
    rows, c = weight_decay_frames.histogram_rows({"a": (still, 0), "b": (still, K)})
    assert set(rows.kind) == {"zero", "truth"}
    assert len(overlays.outline(result.weights[:, K], rows, c)) == 0


def test_stems_are_the_coefficients_of_the_features_that_are_shown():
    found = overlays.stems(np.array([1.0, np.nan, 3.0, 4.0]), ["a", "b", "c", "d"], ["d", "b", "a", "other"])
    assert found.to_dict("list") == {"feature": ["a", "d"], "w": [1.0, 4.0]}


def test_a_path_follows_the_ten_largest_coefficients_of_the_first_seed(result):
    names = [f"w{j}" for j in range(12)]
    found = overlays.path(result, names)
    w = result.weights[0]
    assert found.part.nunique() == overlays.PATHS_MOST
    left_out = [j for j in range(12) if names[j] not in set(found.part)]
    largest = np.abs(w).max(0)
    assert largest[left_out].max() <= min(largest[names.index(n)] for n in set(found.part))
    for row in found.itertuples():
        k = CONFIG.strengths.index(row.share)
        assert row.w == pytest.approx(float(w[k, names.index(row.part)]))
        assert row.norm == pytest.approx(float(np.abs(w[k]).sum()), rel=1e-6)


def test_epochs_of_a_network_leave_out_what_is_missing_and_keep_the_last():
    rows = [
        {"run": run, "epoch": e, "loss": None if e == 0 else np.nan if e == 1 else e / 10 + (run == "b")}
        for e in range(500)
        for run in "ab"
    ]
    found = overlays.epochs(rows, "b", "loss")
    assert len(found) <= 122
    assert found.epoch.iloc[0] == 2
    assert found.epoch.iloc[-1] == 499
    np.testing.assert_allclose(found.value, found.epoch / 10 + 1)


def test_a_ridge_is_the_density_drawn_to_the_height_one():
    layers = {"hidden": {"counts": np.array([2, 6, 4]), "edges": np.array([0.0, 1.0, 2.0, 4.0])}}
    found = overlays.ridgeline(layers, "hidden")
    assert found.x.tolist() == [0.5, 1.5, 3.0]
    assert found.y.tolist() == pytest.approx([2 / 6, 1, 2 / 6])  # the last bin is twice as wide
    assert len(overlays.ridgeline(layers, "another")) == 0


def test_activity_gives_the_share_of_units_in_each_bin():
    found = overlays.activity({"h": {"unit_means": {"counts": np.array([1, 3]), "edges": np.array([0.0, 1.0, 2.0])}}}, "h")
    assert found.to_dict("list") == {"left": [0.0, 1.0, 2.0], "share": [0.25, 0.75, 0.0]}
    assert len(overlays.activity({}, "h")) == 0


@pytest.mark.parametrize("kind", ["line", "step", "number"])
def test_each_kind_of_ghost_is_drawn_over_a_chart_that_is_left_as_it_is(result, kind):
    rows = weight_decay_frames.norms_drawn(weight_decay_frames.norm_rows({PLAIN: (result, 0), CHOSEN: (result, None)}))
    mine = pd.concat(
        [overlays.curve(result, k, "l2_norm", "norm").assign(pin=f"pin {k + 1}", number=k + 1, part="") for k in range(2)],
        ignore_index=True,
    )
    plain, with_them = (
        Drawn(weight_decay_charts.norms, rows, {}, "", "").spec(),
        Drawn(weight_decay_charts.norms, rows, {}, "", "", mine, kind).spec(),
    )
    assert with_them["layer"][: len(plain["layer"])] == plain["layer"]
    held = pd.DataFrame(with_them["datasets"]["ghosts"])
    assert held[["epoch", "norm", "pin"]].equals(mine[["epoch", "norm", "pin"]])
    assert held.groupby("pin")["first"].sum().tolist() == [1, 1]  # one name a pin
    svg = vl_convert.vegalite_to_svg(with_them)
    for k in (1, 2):
        assert (f">{k}<" if kind == "number" else f">pin {k}<") in svg
        coloured = re.findall(rf'<(\w+)[^>]*(?:fill|stroke)="{theme.PIN_COLOURS[PIN_MARKS[k - 1]]}"', svg)
        assert set(coloured) == (set() if kind == "number" else {"path"})  # lines alone: letters have the page's ink
    if kind != "number":  # below the axis, where no line is, and beside each other
        (plot,) = {float(h) for h in re.findall(r'class="mark-group role-frame root".*?M0\.5,0\.5h[\d.]+v([\d.]+)', svg)}
        at = {k: re.search(rf"translate\(([\d.]+),([\d.]+)\)[^>]*>pin {k}<", svg) for k in (1, 2)}
        (x1, y1), (x2, y2) = ([float(v) for v in at[k].groups()] for k in (1, 2))
        assert y1 == y2 > plot + 40
        assert x2 - x1 > 60


def test_lines_of_one_pin_are_kept_apart_and_named_once(result):
    names = [f"w{j}" for j in range(12)]
    mine = overlays.path(result, names)[["share", "w", "part"]].assign(pin="pin 1", number=1)
    rows = pd.DataFrame({"share": [0.5], "w": [0.0], "norm": [0.0], "kind": ["trained"], "feature": ["w1"], "group": ["other"]})
    made = chart_overlays.with_ghosts(sparsity_charts.path(rows).to_dict(), mine, "line")
    line = made["layer"][-3]
    assert {d["field"] for d in line["encoding"]["detail"]} == {"pin", "part"}
    assert made["datasets"]["ghosts"]["first"].sum() == 1
