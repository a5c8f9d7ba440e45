"""Derived figures against a second, independent way of computing them."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from regdemo import PRESETS, LinearConfig, LinearResult, train_linear
from regdemo.config.constants import SPLITS
from regdemo.core.linear.exact import ridge
from regdemo.core.linear.polynomial import POLYNOMIAL_STRENGTHS, polynomial_fits
from regdemo.frames import overview as overview_frames
from regdemo.frames import summaries
from regdemo.frames import weight_decay as weight_decay_frames
from regdemo.frames.summaries import CHOSEN, PLAIN
from regdemo.frames.weight_decay import EVERY

SMALL = LinearConfig(
    n_train=6, n_validation=30, n_test=40, n_features=12, n_informative=12, coefficient=0.3, noise=0.1, lr=0.01,
    strengths=(0.0, 0.1, 3.0), seeds=3, batch_size=2, epochs=60,
)  # fmt: skip
SOME_DIVERGE = replace(SMALL, lr=0.3, epochs=20, seeds=4)
ALL_DIVERGE = replace(SMALL, lr=10.0, epochs=20)
EXACT_ZEROS = replace(SMALL, penalty="l1", solver="proximal", strengths=(0.0, 0.05, 1000.0), lr=0.001)


@cache
def trained(config: LinearConfig) -> LinearResult:
    return train_linear(config, device="cpu")


def two(result: LinearResult) -> dict[str, tuple[LinearResult, int | None]]:
    """λ = 0, and whatever strength is chosen."""
    return {PLAIN: (result, result.config.strengths.index(0.0)), CHOSEN: (result, None)}


def losses(config: LinearConfig, curves: tuple[str, ...] = ("test", "train")) -> pd.DataFrame:
    return weight_decay_frames.loss_rows(two(trained(config)), curves)


def norm_rows(config: LinearConfig) -> pd.DataFrame:
    return weight_decay_frames.norm_rows(two(trained(config)))


def null_part(config: LinearConfig, k: int) -> tuple[float, float]:
    return weight_decay_frames.part(norm_rows(config), k, weight_decay_frames.NORMS[2], config.epochs)


def test_baselines_are_the_loss_of_the_training_mean_and_half_the_noise_variance():
    data = trained(SMALL).data
    by_hand = [
        np.mean([(y - train.mean()) ** 2 / 2 for y in test]) for train, test in zip(data.y_train, data.y_test, strict=True)
    ]
    base = summaries.baselines(trained(SMALL))
    assert base.mean_predictor == pytest.approx(sorted(by_hand)[1], rel=1e-5)
    assert base.noise_floor == pytest.approx(0.1**2 / 2)


def test_the_log_floor_is_positive_and_below_both_baselines_with_noise_and_without():
    assert summaries.Baselines(0.5, 0.005).log_floor == pytest.approx(5e-5)
    assert summaries.Baselines(0.5, 0.0).log_floor == pytest.approx(5e-7)
    assert summaries.Baselines(0.5, np.nan).log_floor == pytest.approx(5e-7)
    assert summaries.Baselines(0.0, 0.0).log_floor > 0


@pytest.mark.parametrize("epochs", [1, 5, 47, 48, 100, 5000])
def test_thinned_epochs_keep_both_ends_ascend_and_are_few(epochs):
    some = summaries.thin(epochs)
    assert some[0] == 0
    assert some[-1] == epochs
    assert (np.diff(some) > 0).all()
    assert len(some) <= summaries.EPOCHS_DRAWN + 1


def test_loss_lines_are_medians_and_quartiles_of_the_history_at_every_strength():
    rows = losses(SMALL).query("kind == 'line'")
    history = trained(SMALL).history
    for run, k, lam in ((PLAIN, EVERY, 0.0), *((CHOSEN, k, lam) for k, lam in enumerate(SMALL.strengths))):
        for curve in ("test", "train"):
            drawn = rows[(rows.run == run) & (rows.k == k) & (rows.curve == curve)].set_index("epoch")
            assert drawn.index.tolist() == summaries.thin(60).tolist()
            grouped = history[history.strength == lam].groupby("epoch")[f"{curve}_loss"]
            for column, q in (("low", 0.25), ("mid", 0.5), ("high", 0.75)):
                expected = grouped.quantile(q).loc[drawn.index]
                np.testing.assert_allclose(drawn[column], expected, rtol=1e-5)
            assert (drawn.lam == lam).all()


def test_a_run_at_one_strength_is_drawn_wherever_the_bar_stands_and_a_sweep_at_its_own_place():
    rows = losses(SMALL)
    assert set(rows.k[rows.run == PLAIN]) == {EVERY}
    assert set(rows.k[rows.run == CHOSEN]) == {0, 1, 2}
    assert set(rows.k[rows.kind.isin(["rule", "reach"])]) == {EVERY}
    assert EVERY not in range(len(SMALL.strengths))
    of_norms = norm_rows(SMALL)
    assert set(of_norms.k[of_norms.run == PLAIN]) == {EVERY}
    assert set(of_norms.k[of_norms.run == CHOSEN]) == {0, 1, 2}
    bins = weight_decay_frames.histogram_rows(two(trained(SMALL)))[0]
    assert set(bins.k[bins.run == PLAIN]) == {EVERY}
    assert set(bins.k[bins.run == CHOSEN]) == {0, 1, 2}
    assert set(bins.k[bins.kind == "truth"]) == {EVERY}


def test_what_is_drawn_at_every_strength_is_what_the_bar_shows_at_zero():
    rows = losses(SMALL).query("kind in ('line', 'best')")
    always, at_zero = (
        part.drop(columns=["run", "k"]).reset_index(drop=True) for part in (rows[rows.k == EVERY], rows[rows.k == 0])
    )
    pd.testing.assert_frame_equal(always, at_zero)


@pytest.mark.parametrize("column", ["test_loss", "train_loss"])
def test_the_median_of_each_strength_is_that_of_its_seeds_by_hand(column):
    rows = losses(SMALL).query("kind == 'line' and run == @CHOSEN and curve == @column.removesuffix('_loss')")
    for k in range(len(SMALL.strengths)):
        by_hand = np.median(np.stack([trained(SMALL).curves[column][seed, k] for seed in range(SMALL.seeds)]), axis=0)
        line = rows[rows.k == k].set_index("epoch").mid
        np.testing.assert_allclose(line, by_hand[line.index], rtol=1e-6)


def test_the_total_is_training_loss_plus_penalty():
    rows = losses(SMALL, curves=("train", "penalty", "total")).query("kind == 'line' and k == 2")
    h = trained(SMALL).history.query("strength == 3")
    expected = (h.train_loss + h.penalty).groupby(h.epoch).median()
    total = rows.query("curve == 'total'").set_index("epoch").mid
    np.testing.assert_allclose(total, expected.loc[total.index], rtol=1e-5)
    assert total[0] > rows.query("curve == 'train'").set_index("epoch").mid[0]


def test_the_best_epoch_is_where_the_median_validation_loss_is_lowest_and_shows_the_test_loss_there():
    best = losses(SMALL).query("kind == 'best'").set_index(["run", "k"])
    assert len(best) == 1 + len(SMALL.strengths)
    history = trained(SMALL).history
    for run, k, lam in ((PLAIN, EVERY, 0.0), *((CHOSEN, k, lam) for k, lam in enumerate(SMALL.strengths))):
        medians = history[history.strength == lam].groupby("epoch")[["validation_loss", "test_loss"]].median()
        at = medians.validation_loss.idxmin()
        assert best.epoch[run, k] == at
        assert best.mid[run, k] == pytest.approx(medians.test_loss[at], rel=1e-5)
        assert best.lam[run, k] == lam


def test_the_axes_reach_as_far_as_any_strength_does():
    rows = losses(SMALL)
    drawn, reach = rows[rows.kind.isin(["line", "rule"])], rows[:2]
    assert (reach.kind == "reach").all()
    assert (reach.epoch.min(), reach.epoch.max()) == (0, 60)
    assert reach.mid.tolist() == [drawn.low.min(), drawn.high.max()]


def test_a_strength_that_diverges_leaves_the_axes_to_the_others():
    config = replace(SMALL, strengths=(0.0, 0.1, 50.0), lr=0.05, epochs=20)
    result = trained(config)
    assert summaries.finished(result).tolist() == [3, 3, 0]
    rows = losses(config)
    reach, drawn = rows[rows.kind == "reach"].mid, rows[rows.kind.isin(["line", "rule"]) & (rows.k != 2)]
    assert reach.tolist() == [drawn.low.min(), drawn.high.max()]
    assert rows[(rows.kind == "line") & (rows.k == 2)].mid.max() > reach.max()  # it is drawn until it leaves them
    whole, wide = weight_decay_frames.histogram_rows(two(result))
    others = replace(
        result, config=replace(config, strengths=(0.0, 0.1)), snapshots=result.snapshots[:, :, :2],
        diverged_at=result.diverged_at[:, :2], curves={name: values[:, :2] for name, values in result.curves.items()},
    )  # fmt: skip
    alone, narrow = weight_decay_frames.histogram_rows(two(others))
    assert wide == narrow
    pd.testing.assert_frame_equal(whole[whole.k != 2].reset_index(drop=True), alone)
    gone = whole[whole.k == 2]
    assert 0 in set(gone.epoch)
    assert gone.epoch.max() < 20
    np.testing.assert_allclose(gone.groupby("epoch").share.sum(), 1, rtol=1e-5)


def test_rules_stand_at_the_baselines_and_a_noiseless_floor_has_none():
    base = summaries.baselines(trained(SMALL))
    rules = losses(SMALL).query("kind == 'rule'").set_index("run").mid
    assert rules.to_dict() == pytest.approx({"constant": base.mean_predictor, "noise_floor": base.noise_floor})
    assert losses(replace(SMALL, noise=0.0)).query("kind == 'rule'").run.tolist() == ["constant"]


def test_loss_rows_stay_few_enough_to_travel_however_long_the_run():
    strengths = (0.0, *np.geomspace(1e-3, 100, 31))
    config = LinearConfig(n_train=2, n_features=1, n_informative=1, batch_size=2, epochs=3000, strengths=strengths)
    rows = losses(config, curves=("test", "train", "penalty", "total"))
    assert 4000 < len(rows) <= 33 * 4 * 49 + 40


def test_figures_are_of_the_seeds_that_finished_and_say_how_many():
    result = trained(SOME_DIVERGE)
    gone = result.diverged_at >= 0
    assert summaries.finished(result).tolist() == [4 - column.sum() for column in gone.T]
    assert 0 < summaries.finished(result)[0] < 4  # the config is chosen so
    rows = losses(SOME_DIVERGE)
    for column in ("test_loss", "l2_norm"):
        by_hand = [
            np.median([v[-1] for v, lost in zip(result.curves[column][:, k], gone[:, k], strict=True) if not lost])
            for k in range(2)
        ]
        assert summaries.medians(result, column)[:2] == pytest.approx(by_hand, rel=1e-6)
    line = rows.query("kind == 'line' and run == @PLAIN and curve == 'test'").set_index("epoch").mid
    ended = result.curves["test_loss"][~gone[:, 0], 0]  # one and the same seeds at all epochs: a line does not jump
    np.testing.assert_allclose(line, np.median(ended, axis=0)[line.index], rtol=1e-6)
    drawn = rows.query("kind == 'line' and k in (0, 1) and curve == 'test'").groupby("k").mid.last()
    assert drawn.tolist() == pytest.approx(summaries.medians(result, "test_loss")[:2].tolist(), rel=1e-6)


def test_a_run_that_diverges_in_its_last_epoch_has_no_final_figures():
    short = replace(SMALL, lr=0.5, epochs=int(trained(replace(SMALL, lr=0.5)).diverged_at[0, 0]), seeds=1)
    result = trained(short)
    assert result.diverged_at[0, 0] == short.epochs
    assert np.isfinite(result.curves["test_loss"][0, 0, -1])  # what the core recorded of it
    assert np.isnan(summaries.medians(result, "test_loss")[0])
    assert np.isnan(summaries.finals(result, "l2_norm")[0, 0])


def test_where_no_seed_finished_curves_end_where_the_first_diverged():
    result = replace(trained(SMALL), diverged_at=np.array([[30, 50, 20], [20, 40, 10], [25, 45, 15]]))
    rows = weight_decay_frames.loss_rows(two(result), ("test", "train"))
    last = rows[rows.kind == "line"].groupby("k").epoch.max()
    assert last.to_dict() == {
        k: summaries.thin(60)[summaries.thin(60) <= end].max() for k, end in ((EVERY, 20), (0, 20), (1, 40), (2, 10))
    }
    best = rows[rows.kind == "best"].set_index("k").epoch
    assert (best[[EVERY, 0, 1, 2]] <= [20, 20, 40, 10]).all()
    of_norms = weight_decay_frames.norm_rows(two(result)).groupby("k").epoch.max()
    assert (of_norms[[0, 1, 2]] <= [20, 40, 10]).all()
    bins = weight_decay_frames.histogram_rows(two(result))[0].query("kind == 'bin'").groupby("k").epoch.max()
    assert (bins[[0, 1, 2]] <= [20, 40, 10]).all()


def test_a_strength_that_diverged_has_no_final_loss_in_the_sweep_and_no_best_epoch_behind_its_end():
    result = replace(trained(SMALL), diverged_at=np.array([[-1, -1, 0]] * 3))
    rows = weight_decay_frames.validation_rows(result, None)
    assert set(rows.k[rows.kind == "trained"]) == {0, 1}
    assert rows.k[rows.kind == "cursor"].tolist() == [0, 1, 2]  # the bar can stand there
    gone = replace(result, diverged_at=np.array([[-1, -1, 1]] * 3))
    assert weight_decay_frames.best_epochs(gone)[2] in (0, 1)
    none = replace(
        result,
        curves=result.curves | {"validation_loss": np.where(np.arange(3)[:, None] == 2, np.nan, 1.0) + np.zeros((3, 3, 61))},
    )
    assert weight_decay_frames.best_epochs(none).tolist() == [0, 0, -1]


def test_the_best_strength_is_found_though_each_strength_lost_a_seed():
    whole = trained(replace(SMALL, seeds=4))
    gone = np.array([[5, -1, -1], [-1, 5, -1], [-1, -1, 5], [-1, -1, -1]])
    final = whole.curves["validation_loss"][:, :, -1]
    by_hand = [np.median([final[s, k] for s in range(4) if gone[s, k] < 0]) for k in range(3)]
    assert summaries.best_strength(replace(whole, diverged_at=gone), "validation") == int(np.argmin(by_hand))


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_quartiles_are_those_of_the_finite_values(n):
    values = np.random.default_rng(n).standard_normal((n, 7, 3))
    values[0, 0], values[:, 1], values[-1, 2, 0] = np.inf, np.nan, np.nan
    found = summaries.quantiles(values)
    for i in range(7):
        for j in range(3):
            finite = values[np.isfinite(values[:, i, j]), i, j]
            expected = np.quantile(finite, (0.25, 0.5, 0.75)) if finite.size else [np.nan] * 3
            np.testing.assert_allclose(found[:, i, j], expected, rtol=1e-12)


def test_when_every_run_diverges_there_is_no_best_strength_and_every_frame_can_still_be_made():
    result = trained(ALL_DIVERGE)
    assert (result.diverged_at > 0).all()
    assert summaries.best_strength(result, "validation") is None
    rows = losses(ALL_DIVERGE)
    assert rows.query("kind == 'line'").epoch.max() <= result.diverged_at.max()
    sweep = weight_decay_frames.validation_rows(result, None)
    assert set(sweep.kind) == {"cursor"}
    bins, c = weight_decay_frames.histogram_rows(two(result))
    assert c > 0
    assert np.isfinite(bins[["left", "right", "share"]]).all(axis=None)
    norms = norm_rows(ALL_DIVERGE)
    assert np.isfinite(norms.norm).all()
    assert norms.epoch.max() < 20


@pytest.mark.parametrize("config", [SMALL, EXACT_ZEROS, SOME_DIVERGE, replace(SMALL, n_train=2, n_features=1, n_informative=1)])
def test_histogram_shares_of_a_run_and_epoch_add_up_to_one_with_the_bar_of_exact_zeros(config):
    rows, c = weight_decay_frames.histogram_rows(two(trained(config)))
    sums = rows.query("kind in ('bin', 'zero')").groupby(["run", "k", "epoch"]).share.sum()
    seen = weight_decay_frames.snapshots(trained(config), range(3))  # (epochs, seeds, strengths, p)
    finite = np.isfinite(seen).any((1, 3)).sum(0)
    assert sums.groupby(["run", "k"]).size().to_dict() == {(PLAIN, EVERY): finite[0]} | {
        (CHOSEN, k): n for k, n in enumerate(finite) if n
    }
    np.testing.assert_allclose(sums, 1, rtol=1e-5)
    assert (rows.query("kind == 'bin'").left < rows.query("kind == 'bin'").right).all()
    assert c > 0


@pytest.mark.parametrize("k", [0, 1, 2])
@pytest.mark.parametrize("at", [0, 5, -1])
def test_histogram_bins_hold_the_coefficients_that_lie_in_them(k, at):
    result = trained(SMALL)
    rows = weight_decay_frames.histogram_rows(two(result))[0].query("kind == 'bin' and k == @k")
    rows = rows[rows.epoch == result.snapshot_epochs[at]]
    w = result.snapshots[at][:, k].ravel()
    counted = [np.mean((w >= row.left) & (w < row.right)) for row in rows.itertuples()]
    assert rows.share.tolist() == pytest.approx(counted, abs=1.01 / w.size)  # a value on an edge may be counted either side
    assert sum(counted) == pytest.approx(1, abs=1.01 / w.size)


def test_the_histograms_scale_is_that_of_the_runs_that_matter():
    rows, c = weight_decay_frames.histogram_rows(two(trained(SMALL)))
    assert rows[(rows.kind == "bin") & (rows.epoch == 60)].groupby("k").size().min() > 5
    tiny = replace(trained(SMALL), snapshots=trained(SMALL).snapshots * np.array([1, 1e-9, 1])[:, None])
    assert summaries.best_strength(tiny, "validation") == 2  # so the one near zero flattens nothing
    assert weight_decay_frames.histogram_rows(two(tiny))[1] == c


def test_exact_zeros_are_a_bar_of_their_own_with_their_share():
    result = trained(EXACT_ZEROS)
    rows = weight_decay_frames.histogram_rows(two(result))[0].query("epoch == 60 and k == 2")
    assert (result.weights[:, 2] == 0).all()  # λ = 1000 leaves nothing
    assert rows.kind.tolist() == ["zero"]
    assert rows.share.tolist() == [1.0]
    assert not len(weight_decay_frames.histogram_rows(two(trained(SMALL)))[0].query("kind == 'zero'"))


def test_truth_marks_are_the_distinct_true_coefficients():
    rows = weight_decay_frames.histogram_rows(two(trained(replace(SMALL, n_informative=4))))[0]
    assert rows.query("kind == 'truth'").left.tolist() == pytest.approx([0.0, 0.3])


def norms(config: LinearConfig) -> pd.DataFrame:
    """A column for each part; a row for λ = 0 (EVERY) and each strength, epoch by epoch."""
    return norm_rows(config).set_index(["k", "epoch", "part"]).norm.unstack("part")  # noqa: PD010


def test_the_squares_of_row_space_and_null_space_parts_add_up_to_the_whole():
    table = norms(replace(SMALL, seeds=1))  # of one seed: a median of sums is no sum of medians
    whole, row, null, _ = (table[part] for part in weight_decay_frames.NORMS)
    np.testing.assert_allclose(row**2 + null**2, whole**2, rtol=1e-9)
    assert (null > 0.1).any()
    assert (row > 0.1).any()


def test_without_decay_the_null_space_part_of_the_initial_weights_never_moves_and_with_it_it_decays():
    table = norms(SMALL)[weight_decay_frames.NORMS[2]]
    for k in (EVERY, 0):
        np.testing.assert_allclose(table[k], table[k].iloc[0], rtol=1e-5)
    for k, lam in ((1, 0.1), (2, 3.0)):
        steps = np.arange(0, 61)[table[k].index] * 3  # three batches an epoch
        np.testing.assert_allclose(table[k], table[k].iloc[0] * (1 - 0.01 * lam) ** steps, rtol=1e-3)


def test_what_rounding_alone_puts_into_the_null_space_counts_as_nothing():
    rows = norm_rows(replace(SMALL, init_scale=0.0))
    assert (rows[rows.part == weight_decay_frames.NORMS[2]].norm == 0).all()
    small = null_part(PRESETS["W1"], 1)
    assert small[1] == pytest.approx(small[0] * (1 - 0.003 * 3) ** 2000, rel=0.2)  # 2e-7 of 13, and more than rounding
    fast = replace(SMALL, lr=0.02, strengths=(0.0, 20.0), epochs=100)  # (1 - 0.4) ** 300 of it is left, 1e-67
    assert null_part(fast, 1)[1] == 0


def test_with_as_many_examples_as_weights_no_part_of_w_is_unseen():
    tall = replace(SMALL, n_features=6, n_informative=6)
    assert set(norm_rows(tall).part) == {weight_decay_frames.NORMS[0], weight_decay_frames.NORMS[3]}
    assert [null_part(tall, k) for k in range(3)] == [(0, 0)] * 3


def test_norms_of_a_run_without_a_finished_seed_end_with_it_and_have_no_final_ones():
    config = replace(SMALL, lr=0.5)
    result, rows = trained(config), norm_rows(config)
    assert summaries.finished(result)[0] == 0
    whole = rows.query("k == 0").query("part == @weight_decay_frames.NORMS[0]").set_index("epoch").norm
    assert 0 < whole.index.max() <= result.diverged_at[:, 0].min()
    assert whole.iloc[-1] > 2 * whole[0]
    start, end = null_part(config, 0)
    assert start > 0
    assert np.isnan(end)


def test_norm_and_distance_to_the_truth_are_those_of_the_final_weights():
    result = trained(SMALL)
    for k in range(3):
        table = norms(SMALL).loc[(k, 60)]
        w = result.weights[:, k].astype(float)
        assert table[weight_decay_frames.NORMS[0]] == pytest.approx(np.median(np.sqrt((w**2).sum(1))), rel=1e-6)
        assert table[weight_decay_frames.NORMS[3]] == pytest.approx(np.median(np.sqrt(((w - 0.3) ** 2).sum(1))), rel=1e-6)


def test_the_row_space_basis_is_orthonormal_spans_the_rows_and_knows_the_rank():
    x = np.random.default_rng(0).standard_normal((4, 9))
    x = np.vstack([x, x[0] + x[1]])  # five rows of rank four
    basis = summaries.row_space(x)
    assert basis.shape == (4, 9)
    np.testing.assert_allclose(basis @ basis.T, np.eye(4), atol=1e-12)
    np.testing.assert_allclose(x @ basis.T @ basis, x, atol=1e-12)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_best_strength_has_the_lowest_median_final_loss(split):
    config = replace(PRESETS["W-helps"], strengths=(0.0, 0.01, 0.5, 100.0), epochs=50)
    history = trained(config).history.query("epoch == 50")
    medians = history.groupby("strength")[f"{split}_loss"].median()
    best = summaries.best_strength(trained(config), split)
    assert best is not None
    assert config.strengths[best] == medians.idxmin()
    if split != "train":
        assert config.strengths[best] == 0.5  # where weight decay helps


def test_the_sweep_shows_final_losses_exact_losses_both_best_strengths_and_a_cursor_for_each():
    result = trained(SMALL)
    exact = ridge(result.data, result.lam)
    rows = weight_decay_frames.validation_rows(result, exact)
    finals = result.history.query("epoch == 60").groupby("strength")
    for split in SPLITS:
        drawn = rows.query("kind == 'trained' and split == @split").set_index("strength")
        np.testing.assert_allclose(drawn.mid, finals[f"{split}_loss"].median(), rtol=1e-5)
        np.testing.assert_allclose(drawn.high, finals[f"{split}_loss"].quantile(0.75), rtol=1e-5)
        dashed = rows.query("kind == 'exact' and split == @split").mid
        np.testing.assert_allclose(dashed, np.median(exact.losses[split], axis=0), rtol=1e-9)
    assert rows.query("kind == 'best'").split.tolist() == ["validation", "test"]
    cursor = rows.query("kind == 'cursor'")
    assert cursor.strength.tolist() == [result.config.strengths[k] for k in cursor.k] == list(result.config.strengths)


def test_zero_stands_left_of_the_smallest_positive_strength():
    rows = weight_decay_frames.validation_rows(trained(SMALL), None).query("kind == 'trained' and split == 'train'")
    assert rows.place.tolist() == [0.05, 0.1, 3.0]
    assert summaries.zero_place((0.0,)) > 0


def test_the_polynomials_rows_hold_every_fit_and_what_is_drawn_at_every_strength():
    fits = polynomial_fits(3)
    rows = overview_frames.polynomial_rows(fits)
    assert sorted(set(rows.k[rows.kind == "fit"])) == list(range(len(POLYNOMIAL_STRENGTHS)))
    assert set(rows.k[rows.kind != "fit"]) == {EVERY}
    fit = rows.query("kind == 'fit' and k == 5")
    np.testing.assert_allclose(fit.y, fits["fits"][5])
    np.testing.assert_allclose(fit.x, fits["grid"])
    for kind, x, y in (("truth", "grid", "truth"), ("train", "x", "y"), ("test", "x_test", "y_test")):
        np.testing.assert_allclose(rows[rows.kind == kind][["x", "y"]], np.column_stack([fits[x], fits[y]]))


def test_parts_of_a_table_stand_below_each_other_and_a_value_stands_in_every_row_of_its_part():
    words = np.array(["b", "c", "b"], object)
    rows = summaries.stacked(
        ("kind", "name", "k", "w"),
        [
            ("one", "a", np.array([1, 2], np.int16), 0.5),
            ("two", words, -1, np.arange(3.0)),
            ("one", "c", np.zeros(0, np.int16), 0.0),
        ],
    )
    assert rows["kind"].tolist() == ["one"] * 2 + ["two"] * 3
    assert rows["name"].tolist() == ["a", "a", "b", "c", "b"]
    assert rows["k"].tolist() == [1, 2, -1, -1, -1]
    assert rows["w"].tolist() == [0.5, 0.5, 0, 1, 2]
    assert rows.dtypes.astype(str).tolist() == ["category", "category", "int16", "float64"]
