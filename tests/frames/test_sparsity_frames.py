"""The sparsity page's tables against a second way of computing them, and its charts once to PNG, at the edges too."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import lasso_path
from sklearn.metrics import f1_score, precision_score, recall_score

from regdemo import LinearConfig, LinearResult, train_linear
from regdemo.app.drawing import Drawn
from regdemo.charts import prior, theme
from regdemo.charts import sparsity as sparsity_charts
from regdemo.core.linear.cross_validation import CrossValidation
from regdemo.core.linear.data import LinearData
from regdemo.core.linear.exact import Exact, elastic_net
from regdemo.core.linear.two_weights import Plane
from regdemo.frames import sparsity as sparsity_frames
from regdemo.frames import summaries
from regdemo.frames.weight_decay import EVERY
from tests.helpers.pixels import colours, picture, pixels

SHARES = (1.0, 0.5, 0.2, 0.1, 0.05)
RUN = LinearConfig(
    n_train=40, n_validation=20, n_test=30, n_features=30, n_informative=4, coefficient=1.0, intercept=0.0, noise=0.3, init_scale=0.1,
    penalty="l1", solver="proximal", strengths=SHARES, relative=True, seeds=3, batch_size=40, lr=0.2, epochs=400,
)  # fmt: skip
EDGES = {
    "a usual run": RUN,
    "one seed": replace(RUN, seeds=1),
    "ten examples, two features": replace(RUN, n_train=10, batch_size=10, n_features=2, n_informative=1),
    "everything diverged": replace(RUN, lr=5.0, epochs=60),
    "nothing but zeros": replace(RUN, strengths=(3.0, 2.0, 1.5), seeds=2),
}


@cache
def trained(name: str) -> tuple[LinearResult, Exact]:
    result = train_linear(EDGES[name], device="cpu")
    return result, elastic_net(result.data, result.lam)


@cache
def without_truth() -> tuple[LinearResult, Exact]:
    """The same data as a file would give them: named columns, no truth."""
    drawn = trained("a usual run")[0].data
    parts = {f"{kind}_{split}": getattr(drawn, f"{kind}_{split}") for kind in "xy" for split in ("train", "validation", "test")}
    names = tuple(f"column <b>{j}</b>" for j in range(30))
    data = LinearData(**parts, true_weights=None, intercept=None, names=names)
    result = train_linear(RUN, data, device="cpu")
    return result, elastic_net(data, result.lam)


def every_feature(result: LinearResult) -> np.ndarray:
    return np.arange(result.config.n_features)


def test_stems_are_the_weights_of_one_seed_at_every_strength_with_the_truth_beside_them():
    result, _ = trained("a usual run")
    rows = sparsity_frames.stem_rows(result, np.array([0, 3, 17]))
    estimates, truth = rows.query("kind == 'estimate'"), rows.query("kind == 'truth'")
    for row in estimates.itertuples():
        assert row.w == result.weights[0, row.k, int(row.feature[1:]) - 1]
        assert row.lam == pytest.approx(result.lam[0, row.k])
    assert len(estimates) == 3 * len(SHARES)
    assert set(truth.k) == {EVERY}
    assert dict(zip(truth.feature, truth.w, strict=True)) == {"w1": 1.0, "w4": 1.0}  # w18 is none of the first four


def test_stems_that_stand_together_reach_equally_far():
    result, _ = trained("a usual run")
    other = train_linear(replace(RUN, penalty="l2", solver="sgd"), device="cpu")
    both, far = [result, other], []
    for run in both:
        reach = sparsity_frames.stem_rows(run, every_feature(run), both).query("kind == 'reach'")
        assert set(reach.k) == {EVERY}
        far.append(reach.w.tolist())
    every = [run.weights[0] for run in both]
    assert far[0] == far[1] == pytest.approx([min(0, *(w.min() for w in every)), max(1, *(w.max() for w in every))])
    assert min(far[0]) < result.weights[0].min()  # what reaches further is the other


def test_the_path_holds_the_trained_weights_and_sklearns_own_path_beside_them():
    result, exact = trained("a usual run")
    rows = sparsity_frames.path_rows(result, exact, every_feature(result))
    x, y = (part[0].astype(float) for part in result.data.split("train"))
    _, coefficients, _ = lasso_path(x - x.mean(0), y - y.mean(), alphas=result.lam[0], tol=1e-10)  # (features, λ)
    table = rows[rows.kind.isin(["trained", "exact"])].pivot_table(index="feature", columns=["kind", "share"], values="w")
    for k, share in enumerate(SHARES):
        by_sklearn = [coefficients[int(name[1:]) - 1, k] for name in table.index]
        np.testing.assert_allclose(table["exact", share].fillna(0), by_sklearn, atol=1e-5)
        np.testing.assert_allclose(table["trained", share], [result.weights[0, k, int(n[1:]) - 1] for n in table.index])
    assert set(rows.query("group == 'informative'").feature) == {"w1", "w2", "w3", "w4"}
    cursors = rows.query("kind == 'cursor'").set_index("k").share
    assert cursors.to_dict() == dict(enumerate(SHARES))
    counts = rows.query("kind == 'count'").set_index("share").w
    assert counts.to_dict() == {1.0: 0, 0.05: sum(w != 0 for w in result.weights[0, 4])}
    norm = rows.query("kind == 'trained' and share == 0.2").norm.unique()
    assert norm == pytest.approx([sum(abs(w) for w in result.weights[0, 2].tolist())])


def test_a_path_of_zeros_has_no_lines_and_still_its_cursor():
    result, exact = trained("nothing but zeros")
    rows = sparsity_frames.path_rows(result, exact, every_feature(result))
    assert set(rows.kind) == {"count", "cursor"}
    assert (rows.w == 0).all()
    assert sparsity_frames.distance(result, exact, 1) == 0


def test_without_a_truth_names_come_from_the_columns_and_nothing_is_called_informative():
    result, exact = without_truth()
    rows = sparsity_frames.path_rows(result, exact, every_feature(result))
    assert set(rows.group) == {""}
    stems = sparsity_frames.stem_rows(result, np.array([0, 5]))
    assert set(stems.kind) == {"estimate", "reach"}
    assert set(stems.feature) == {"column <b>0</b>", "column <b>5</b>"}


def test_without_a_truth_the_largest_weights_have_their_names_at_the_paths_end():
    result, exact = without_truth()
    named = sparsity_frames.path_rows(result, exact, every_feature(result)).query("kind == 'name'")
    end = result.weights[0, SHARES.index(min(SHARES))]
    assert len(named) == min((end != 0).sum(), sparsity_frames.NAMED_MOST)
    for row in named.itertuples():
        assert row.w == end[int(row.feature.split(">")[1].split("<")[0])]
    assert np.abs(named.w).min() >= np.sort(np.abs(end))[-len(named)]
    assert set(named.share) == {min(SHARES)}
    assert "name" not in set(sparsity_frames.path_rows(*trained("a usual run"), every_feature(result)).kind)


def test_labels_of_nearly_equal_values_are_set_apart_in_their_order():
    values = np.array([0.3, -1.0, 0.31, 0.3, 2.0])
    places = sparsity_frames.set_apart(values, 0.1)
    np.testing.assert_allclose(places, [0.3, -1.0, 0.5, 0.4, 2.0])
    np.testing.assert_array_equal(values, [0.3, -1.0, 0.31, 0.3, 2.0])


def test_what_lies_below_the_threshold_counts_as_zero_once_it_is_set_to_zero():
    w = np.array([[0.5, 0.0005, 0.0, -0.0002], [0.7, 0.002, 0.0, np.nan]])
    table = sparsity_frames.zeros_table({"cut": (w[:1], 0.001), "one seed diverged": (w, 0.001)}, None, 0.001)
    assert table.loc["cut"].tolist() == ["3", "3", "1"]
    assert table.loc["one seed diverged"].tolist() == ["3", "3", "1"]


def test_without_an_informative_feature_nothing_is_scored():
    table = sparsity_frames.zeros_table({"L1": (np.zeros((2, 5)), 0.0)}, np.zeros(5), 0.001)
    assert list(table) == ["n_zero", "n_below", "n_selected"]


def test_the_table_of_zeros_counts_and_scores_as_sklearn_does():
    rng = np.random.default_rng(0)
    w = rng.normal(size=(4, 30)) * (rng.random((4, 30)) < 0.4) * rng.choice([1, 0.002], (4, 30))
    truth = np.r_[np.ones(8), np.zeros(22)]
    table = sparsity_frames.zeros_table({"as it is": (w, 0.0), "cut": (w, 0.01)}, truth, 0.01)
    for name, kept in (("as it is", w != 0), ("cut", np.abs(w) >= 0.01)):
        row = table.loc[name].astype(float)
        assert row["n_zero"] == pytest.approx((~kept).sum() / 4, rel=5e-3)
        assert row["n_below"] == pytest.approx((np.abs(w) < 0.01).sum() / 4, rel=5e-3)
        assert row["n_selected"] == pytest.approx(kept.sum() / 4, rel=5e-3)
        for column, score in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
            assert row[column] == pytest.approx(np.mean([score(truth, some) for some in kept]), rel=5e-3)
    assert list(sparsity_frames.zeros_table({"no truth": (w, 0.0)}, None, 0.01)) == ["n_zero", "n_below", "n_selected"]


def test_a_diverged_run_has_dashes_in_the_table():
    result, exact = trained("everything diverged")
    assert (result.diverged_at >= 0).all()
    table = sparsity_frames.zeros_table({"L1": (result.weights[:, 2], 0.0)}, result.data.true_weights, 0.001)
    assert set(table.loc["L1"]) == {"–"}
    assert np.isnan(sparsity_frames.distance(result, exact, 2))
    assert sparsity_frames.path_rows(result, exact, every_feature(result)).query("kind == 'count'").empty


def test_a_mean_is_that_of_the_seeds_that_finished():
    loss = np.array([[3.0, 1.0, np.nan], [3.5, np.nan, np.nan]])
    assert [summaries.mean_finished(column) for column in loss.T[:2]] == [3.25, 1.0]
    assert np.isnan(summaries.mean_finished(loss[:, 2]))


def test_the_distance_is_the_largest_of_the_seeds_that_finished():
    result, exact = trained("a usual run")
    w = result.weights.copy()
    w[0, 2] = np.nan
    seeds = [np.linalg.norm(w[s, 2] - exact.weights[s, 2]) / np.linalg.norm(exact.weights[s, 2]) for s in (1, 2)]
    assert sparsity_frames.distance(replace(result, weights=w), exact, 2) == pytest.approx(max(seeds))


def test_weights_that_never_moved_are_told_from_those_that_came_to_rest():
    data = trained("a usual run")[0].data
    x = data.x_train.copy()
    x[:, :, 7] = 1.0  # constant, and the bias takes it
    config = replace(RUN, init_scale=0.0, intercept=0.0, epochs=20)
    still = train_linear(config, replace(data, x_train=x - x.mean(1, keepdims=True)), device="cpu")
    marks = sparsity_frames.never_moved(still)
    assert marks[:, :, 7].all()
    assert not marks[:, -1, :4].any()


def test_the_features_shown_hold_every_informative_one_and_the_largest_of_the_others():
    wide = train_linear(replace(RUN, n_features=200, seeds=1, epochs=50), device="cpu")
    shown = sparsity_frames.shown_features([wide])
    assert len(shown) == sparsity_frames.SHOWN_MOST
    assert (np.diff(shown) > 0).all()
    assert {0, 1, 2, 3} <= set(shown)
    largest = np.abs(wide.weights[0]).max(0)
    hidden = np.setdiff1d(np.arange(200), shown)
    assert largest[hidden].max() <= largest[[j for j in shown if j > 3]].min()


def test_cross_validation_is_drawn_with_its_standard_error_and_both_choices():
    errors = np.array([[5.0, 2.0, 1.0, 3.0], [7.0, 2.2, 1.6, 3.0], [6.0, 2.4, 1.9, 3.0]])
    share = np.array([1.0, 0.5, 0.2, 0.1])
    rows = sparsity_frames.choosing_rows(CrossValidation(share * 8, errors), share, np.full(4, 9.0), (0.5, 0.2))
    cv = rows.query("kind == 'cv'")
    by_hand = [np.sqrt(sum((e - c.mean()) ** 2 for e in c) / 2) / np.sqrt(3) for c in errors.T]  # 2 = folds − 1
    np.testing.assert_allclose(cv.high - cv.low, by_hand)  # ½ · mean squared error ± one standard error
    np.testing.assert_allclose(cv.value, errors.mean(0) / 2)
    assert (rows.query("kind == 'test'").value == 4.5).all()
    # lowest at 0.2 with 1.5 ± 0.26; 2.2 at 0.5 lies outside, so both choices are the same λ
    assert rows.query("kind == 'mark'")[["label", "share"]].values.tolist() == [["λ_min = λ_1se", 0.2]]
    assert rows.query("kind == 'cursor'")[["k", "share"]].values.tolist() == [[0, 0.5], [1, 0.2]]


def test_the_spread_of_equal_features_is_measured_in_blocks_that_are_informative_as_a_whole():
    truth = np.array([1.0, 1, 1, 0, 0, 0])
    weights = np.array([[0.2, 1.0, 9.0, -9.0, 7.0, -7.0], [0.5, 0.9, 0, 0, 0, 0]])
    assert sparsity_frames.spread_within_blocks(weights, truth, 2) == pytest.approx((0.8 + 0.4) / 2)
    assert np.isnan(sparsity_frames.spread_within_blocks(weights, np.array([1.0, 0, 1, 0, 1, 0]), 2))
    assert np.isnan(sparsity_frames.spread_within_blocks(weights * np.nan, truth, 2))  # every seed diverged


def looked(chart: Callable[..., theme.Chart], rows: pd.DataFrame, k: int, **options: Any) -> dict:
    """A chart's Vega-Lite with the bar at a strength."""
    return Drawn(chart, rows, options, "", "", at={"hand": k}).spec()


def drawn(what: str, result: LinearResult, exact: Exact) -> dict:
    k, known = len(result.config.strengths) - 2, result.data.true_weights is not None
    if what == "stems":
        shown = sparsity_frames.shown_features([result])
        return looked(sparsity_charts.stem_plot, sparsity_frames.stem_rows(result, shown), k, known=known)
    rows = sparsity_frames.path_rows(result, exact, every_feature(result))
    return looked(sparsity_charts.path, rows, k, known=known, norm=what == "path by norm")


@pytest.mark.parametrize("name", [*EDGES, "no truth"])
@pytest.mark.parametrize("what", ["stems", "path", "path by norm"])
def test_coefficients_and_paths_draw_axes_and_something_on_them(what, name):
    image = picture(drawn(what, *(without_truth() if name == "no truth" else trained(name))), f"{what} {name}")
    assert colours(image) > 20
    if name in ("a usual run", "no truth"):
        assert pixels(image, theme.BLUE) > 150
    coloured = (np.ptp(image, axis=2) > 40).sum()
    if name == "everything diverged":  # what is left are the truth, the exact solution and the legend
        usual = picture(drawn(what, *trained("a usual run")), f"{what} a usual run")
        assert coloured < 0.5 * (np.ptp(usual, axis=2) > 40).sum()
    else:
        assert coloured > 20


def test_choosing_draws_both_curves_and_both_choices():
    errors = np.array([[5.0, 2.0, 1.0, 3.0], [7.0, 2.2, 3.0, 3.0]])
    share = np.array([1.0, 0.21, 0.2, 0.1])
    rows = sparsity_frames.choosing_rows(CrossValidation(share, errors), share, np.array([4.0, 3.0, 2.0, 2.5]), (0.5,))
    image = picture(looked(sparsity_charts.choosing, rows, 0), "choosing")
    for colour in (theme.BLUE, theme.GREY):
        assert pixels(image, colour) > 150


@pytest.mark.parametrize("plane", [Plane(), Plane(0.9, 130.0), Plane(-0.9, 45.0)])
def test_the_plane_is_a_square_and_l1_lands_where_soft_thresholding_says(plane):
    shares = (0.1, 0.3, 0.7)
    rows = sparsity_frames.plane_rows(plane, shares)
    for k, share in enumerate(shares):
        now = rows[rows["k"] == k]
        points = {row.penalty: np.array([row.w1, row.w2]) for row in now.query("kind == 'point'").itertuples()}
        pull, lam = plane.least_squares, share * plane.lam_max
        if plane.correlation == 0:
            np.testing.assert_allclose(points["L1"], np.sign(pull) * np.maximum(np.abs(pull) - lam, 0), atol=1e-6)
            np.testing.assert_allclose(points["L2"], pull / (1 + lam), atol=1e-6)
        for penalty, norm in (("L1", 1), ("L2", 2)):
            limit, touch = (now[(now["kind"] == kind) & (now["penalty"] == penalty)] for kind in ("limit", "touch"))
            size = np.linalg.norm(points[penalty], norm)
            np.testing.assert_allclose(np.linalg.norm(limit[["w1", "w2"]], norm, axis=1), size, atol=1e-6)
            on_contour = plane.loss(touch[["w1", "w2"]].to_numpy(float))
            np.testing.assert_allclose(on_contour, plane.loss(points[penalty]), atol=1e-5)
    still = rows[rows["k"] == EVERY]
    assert set(still.kind) == {"contour", "path", "point"}
    image = picture(looked(sparsity_charts.plane, rows, 1), f"plane {plane.correlation} {plane.angle}", width=None)
    for colour in (theme.BLUE, theme.ORANGE):
        assert pixels(image, colour) > 100


@pytest.mark.parametrize(
    "chart", [sparsity_charts.stem_plot, sparsity_charts.path, sparsity_charts.choosing, sparsity_charts.plane, prior.posterior]
)
def test_a_chart_listens_to_the_hand_and_has_no_control_of_its_own(chart):
    made = chart(pd.DataFrame({"k": []})).to_dict()
    (hand,) = [param for param in made["params"] if "bind" in param]
    assert hand["name"] == "hand"
    assert hand["bind"] == {"element": "body", "event": "hand"}
    filters = {t["filter"] for layer in made["layer"] for t in layer.get("transform", []) if "filter" in t}
    shows = {json.dumps(layer["encoding"].get("opacity")) for layer in made["layer"]}
    assert any("datum.k === hand" in choice for choice in filters | shows)
