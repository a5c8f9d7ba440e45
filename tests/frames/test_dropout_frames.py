"""The dropout page's tables from real short runs against a second way of computing them, and its charts once to PNG."""

import math
import re
from dataclasses import replace
from functools import cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest
import vl_convert

from regdemo import PRESETS, NetworkConfig
from regdemo.app.trainings import NetworkRun
from regdemo.charts import dropout as dropout_charts
from regdemo.charts import overlays as chart_overlays
from regdemo.charts import theme
from regdemo.core.networks.datasets import draw_examples, sample
from regdemo.core.networks.masks import averaging, dropped_from, running, small_tensor
from regdemo.core.networks.train import train_networks
from regdemo.frames import dropout as dropout_frames
from tests.helpers.pixels import colours, picture, pixels

DIGITS = NetworkConfig(
    dataset="digits", hidden=(16, 16), dropout=(0.5, 0.5), init="torch", n_train=100, lr=0.05, momentum=0.9, batch_size=32, epochs=3,
)  # fmt: skip
CURVE = replace(PRESETS["D4"], epochs=60, hidden=(20, 20, 20))
RUNS = {
    "a usual run": DIGITS,
    "one layer, one epoch, ten images": replace(DIGITS, hidden=(16,), dropout=(0.5,), epochs=1, n_train=10),
    "with validation": replace(DIGITS, n_validation=50),
    "everything dropped": replace(DIGITS, dropout=(1.0, 1.0)),
    "diverged": replace(DIGITS, lr=1000.0, momentum=0.95, epochs=20),
    "curve": CURVE,
}
NAMES = ("no dropout", "p = 0.5")


@cache
def trained(name: str) -> NetworkRun:
    """The pair as the page trains and gathers them."""
    config = RUNS[name]
    run = NetworkRun({NAMES[0]: replace(config, dropout=(0.0,)), NAMES[1]: config})
    for records in train_networks(list(run.configs.values()), device="cpu"):
        run.add(records)
    return run


def test_a_run_has_one_row_a_twin_and_epoch_and_ends_with_the_models():
    run = trained("a usual run")
    assert [(row["epoch"], row["run"]) for row in run.rows] == [(e, n) for e in range(4) for n in NAMES]
    assert run.last(NAMES[1])["epoch"] == 3
    assert list(run.models) == list(run.activations) == list(NAMES)
    assert run.nbytes > sum(model.nbytes for model in run.models.values())


def test_a_twin_that_ends_early_is_not_written_down_again_and_again():
    run = trained("diverged")
    ended = {name: run.last(name) for name in NAMES}
    assert all(row["diverged"] for row in ended.values())
    for name in NAMES:
        epochs = [row["epoch"] for row in run.rows if row["run"] == name]
        assert epochs == list(range(ended[name]["epoch"] + 1))


def test_a_run_that_is_epochs_shorter_than_the_others_is_written_down_once():
    configs = [replace(DIGITS, epochs=5), replace(DIGITS, epochs=1), replace(DIGITS, epochs=5, lr=0.01)]
    run = NetworkRun(dict(zip("abc", configs, strict=True)))
    for records in train_networks(configs, device="cpu"):
        run.add(records)
    assert [len(run.of(name)) for name in "abc"] == [6, 2, 6]


def test_curves_are_the_records_values_by_name_and_empty_where_there_is_none():
    run = trained("with validation")
    rows = dropout_frames.curve_rows(run.rows, dropout_frames.LOSSES)
    drawn = rows.set_index(["run", "curve", "epoch"]).value
    for row in run.rows:
        assert drawn[row["run"], "train", row["epoch"]] == row["train_loss"]
        assert drawn[row["run"], "train_eval", row["epoch"]] == row["train_loss_eval"]
        assert drawn[row["run"], "validation", row["epoch"]] == row["validation_loss"]
    assert len(drawn) == len(run.rows) * 4
    without = dropout_frames.curve_rows(trained("a usual run").rows, dropout_frames.ACCURACIES)
    assert set(without.curve) == {"train", "train_eval", "test"}
    assert without.value.between(0, 1).all()
    assert dropout_frames.curve_rows(trained("curve").rows, dropout_frames.ACCURACIES).empty


def test_what_is_not_finite_is_left_out_and_what_is_almost_zero_is_drawn_at_a_thousandth_of_the_lowest_test_loss():
    row = {"run": "a", "epoch": 0, "train_loss": 1e-9, "train_loss_eval": math.nan, "validation_loss": None, "test_loss": 0.5}
    worse = row | {"epoch": 1, "train_loss": 0.1, "test_loss": math.inf}
    drawn = dropout_frames.curve_rows([row, worse], dropout_frames.LOSSES)
    found = drawn[["curve", "epoch", "value"]].values.tolist()
    assert found == [["test", 0, 0.5], ["train", 0, 0.0005], ["train", 1, 0.1]]


def test_a_gap_reaches_from_test_to_training_data_in_eval_mode_and_its_last_has_a_name():
    run = trained("a usual run")
    rows = dropout_frames.curve_rows(run.rows, dropout_frames.LOSSES, {NAMES[0]: "gap 1"})
    tests = rows.query("curve == 'test'")
    for row in tests.itertuples():
        (record,) = [r for r in run.rows if (r["run"], r["epoch"]) == (row.run, row.epoch)]
        assert row.beside == record["train_loss_eval"]
    assert rows.query("curve != 'test'").beside.isna().all()
    assert rows.query("gap != ''")[["run", "curve", "epoch", "gap"]].values.tolist() == [[NAMES[0], "test", 3, "gap 1"]]


def test_an_axis_of_shares_begins_below_all_that_comes_after_the_start():
    rows = pd.DataFrame({"epoch": range(9), "value": [0.1, 0.71, 0.8, 0.9, 0.95, 0.9, 0.9, 0.9, 0.9]})
    assert dropout_frames.settled(rows) == 0.7
    assert dropout_frames.settled(rows.iloc[:0]) == 0.0


@pytest.mark.parametrize("epochs", [1, 120, 121, 2000])
def test_long_runs_are_thinned_and_keep_both_ends(epochs):
    some = [{"run": "a", "epoch": e, "train_loss": 1.0, "test_loss": 1.0} for e in range(epochs + 1)]
    shown = dropout_frames.curve_rows(some, dropout_frames.LOSSES).query("curve == 'test'").epoch
    assert {shown.min(), shown.max()} == {0, epochs}
    assert len(shown) <= dropout_frames.EPOCHS_DRAWN + 2


def test_the_last_figures_of_a_run_that_ends_before_the_other_are_drawn_however_long_that_one_is():
    losses = dict.fromkeys(dropout_frames.LOSSES, 1.0)
    some = [{"run": "a", "epoch": e, **losses} for e in range(1001)] + [{"run": "b", "epoch": e, **losses} for e in range(53)]
    some += [{"run": "b", "epoch": 53, **losses, "test_loss": math.inf}]
    assert dropout_frames.curve_rows(some, dropout_frames.LOSSES).query("run == 'b' and curve == 'test'").epoch.max() == 52


def test_ridges_are_densities_of_the_layers_weights():
    run = trained("a usual run")
    rows = dropout_frames.ridgeline_rows(run.weights, "hidden 1")
    assert rows.groupby("level").epoch.unique().str[0].to_dict() == {0: 0, 1: 1, 2: 2, 3: 3}
    assert rows.groupby("epoch").height.max().tolist() == [1.0] * 4
    final = run.models[NAMES[1]].layers[0].weight.detach().numpy().ravel()
    drawn = rows.query("epoch == 3 and run == @NAMES[1]")
    counts, edges = np.histogram(final, len(drawn))
    np.testing.assert_allclose(drawn.x, (edges[:-1] + edges[1:]) / 2, atol=1e-6)
    density = counts / len(final) / np.diff(edges)
    assert np.abs(drawn.share.to_numpy() - density).max() < 2 / len(final) / np.diff(edges)[0]  # a value on an edge
    before = dropout_frames.ridgeline_rows(run.gradients, "output")
    assert before.epoch.min() == 1  # no gradient before training


def test_each_run_is_drawn_to_its_own_end_and_no_histogram_without_counts_is():
    layers = {"output": {"counts": np.array([1, 2, 1]), "edges": np.array([0.0, 1, 2, 3])}}
    empty = {"output": {"counts": np.zeros(3), "edges": np.array([0.0, 1, 2, 3])}}
    pictures = [(e, run, layers) for e in range(50) for run in "ab" if run == "a" or e <= 5]
    rows = dropout_frames.ridgeline_rows([*pictures, (6, "b", empty)], "output")
    assert {0, 5, 49} <= set(dropout_frames.ridgeline_rows(pictures, "output").epoch)
    sd = math.sqrt(0.5)  # of 0.5, 1.5, 1.5, 2.5
    assert dropout_frames.spreads(rows, "a") == pytest.approx({0: sd, 49: sd})
    assert list(dropout_frames.spreads(dropout_frames.ridgeline_rows(pictures, "output"), "b")) == [0, 5]
    assert rows.query("run == 'b'").epoch.max() < 6
    assert dropout_frames.spreads(rows, "c") == {}


def test_the_figures_of_a_diverged_run_are_its_last_finite_ones_and_never_its_start():
    names = [*dropout_frames.LOSSES, *dropout_frames.ACCURACIES]
    start = dict.fromkeys(names, 0.5) | {"run": "a", "epoch": 0, "diverged": False, "validation_loss": None}
    end = start | {"epoch": 2, "diverged": True, "test_loss": math.inf}
    other = start | {"run": "b", "epoch": 9}
    assert dropout_frames.ended([start, other, start | {"epoch": 1}, end], "a")["epoch"] == 1
    assert dropout_frames.ended([start, end, other], "a") is None
    assert dropout_frames.ended([start, end | {"test_loss": 1e30}], "a")["epoch"] == 2
    assert dropout_frames.ended([start], "a") is start


def test_no_more_than_nine_epochs_are_superimposed_and_no_picture_gives_no_rows():
    layers = {"output": {"counts": np.array([1, 2]), "edges": np.array([0.0, 1, 2])}}
    rows = dropout_frames.ridgeline_rows([(e, "a", layers) for e in range(50)], "output")
    assert rows.epoch.nunique() == 9
    assert {0, 49} <= set(rows.epoch)
    assert dropout_frames.ridgeline_rows([], "output").empty
    assert dropout_frames.ridgeline_rows([(0, "a", layers)], "hidden 7").empty


def test_the_axis_of_a_growing_curve_reaches_as_far_as_the_run_will_and_as_a_pinned_one_does():
    rows = dropout_frames.curve_rows(trained("a usual run").rows, dropout_frames.LOSSES)
    chart = dropout_charts.curves(
        rows, runs=NAMES, names=tuple(dropout_frames.LOSSES.values()), measure="loss", epochs=40
    ).to_dict()
    ghosts = pd.DataFrame({"epoch": [0, 60], "value": [1.0, 1.0], "pin": "pin 1", "number": 1, "part": ""})
    longer = chart_overlays.with_ghosts(chart, ghosts)
    longer["datasets"]["ghosts"] = ghosts.assign(tip=False).to_dict("records")
    for spec, most in ((chart, "40"), (longer, "60")):
        labels = re.findall(r">(\d+)</text>", vl_convert.vegalite_to_svg(spec))
        assert most in labels


def test_the_epoch_table_divides_the_loss_by_the_batch_as_tutorials_do():
    table = dropout_frames.epoch_table(trained("a usual run").rows, NAMES[1], 32)
    assert table.epoch.tolist() == [1, 2, 3]
    third = [row for row in trained("a usual run").rows if row["run"] == NAMES[1]][3]
    assert float(table["loss"][2]) == pytest.approx(third["train_loss"] / 32, abs=6e-6)
    assert float(table["test_accuracy"][2]) == pytest.approx(third["test_accuracy"], abs=6e-4)


def test_shares_of_active_units_add_up_to_one_a_run_and_layer():
    rows = dropout_frames.activity_rows(trained("a usual run").activations)
    assert rows.groupby(["run", "layer"]).share.sum().tolist() == pytest.approx([1.0] * 4)
    x, _ = sample(draw_examples(DIGITS), 1000)
    hidden = trained("a usual run").models[NAMES[0]].activations(x)[0].mean(0)  # a unit
    drawn = rows.query("run == @NAMES[0] and layer == 'hidden 1'")
    assert drawn.left.min() == pytest.approx(hidden.min(), abs=1e-5)
    assert drawn.right.max() == pytest.approx(hidden.max(), abs=1e-5)


def test_the_table_of_both_modes_has_a_row_a_run_and_layer():
    activations = trained("a usual run").activations
    table = dropout_frames.spread_table(activations)
    assert table.index.tolist() == [f"{name}: hidden {i}" for name in NAMES for i in (1, 2)]
    layers = [layer for run in activations.values() for layer in run.values()]
    for column in ("mean", "mean_train", "variance", "variance_train"):
        assert table[column].astype(float).tolist() == pytest.approx([layer[column] for layer in layers], rel=5e-3)
    without, with_dropout = (table.loc[f"{name}: hidden 1"].astype(float) for name in NAMES)
    assert without["variance_train"] == without["variance"]
    assert with_dropout["variance_train"] > 1.5 * with_dropout["variance"]
    assert dropout_frames.spread_table({}).empty


def test_the_curves_picture_holds_data_fits_and_the_mean_of_all_thinned_networks():
    grid = np.linspace(-1, 1, 5)
    many = np.arange(250.0).reshape(50, 5)
    rows = dropout_frames.fit_rows(grid, 1.5 * grid, {"train": (grid[:2], grid[:2])}, {"a": grid}, {"a": many})
    assert rows.groupby("kind").size().to_dict() == {"fan": 20 * 5, "fit": 5, "mean": 5, "point": 2, "truth": 5}
    assert rows.query("kind == 'mean'").y.tolist() == [122.5, 123.5, 124.5, 125.5, 126.5]


def test_tiles_put_the_largest_first_zero_in_the_middle_of_grey_and_survive_zeros():
    filters = np.zeros((30, 4, 4))
    filters[7] = 2.0
    filters[3, 0, 0] = -1.0
    sheet = dropout_frames.tiles(filters)
    scale = sheet.shape[1] // 40  # 8 tiles of 4 + 1
    small = sheet[::scale, ::scale]
    assert small.shape == (15, 40)  # 24 of the 30, in three rows
    assert (small[:4, :4] == 1).all()
    assert small[0, 5] == 0
    assert small[1, 5] == 0.5
    assert (small[5:9, :4] == 0.5).all()


def drawn(what: str, run: NetworkRun) -> alt.LayerChart:
    def learning(which: dict[str, str], **options: Any) -> alt.LayerChart:
        rows = dropout_frames.curve_rows(run.rows, which)
        return dropout_charts.curves(rows, runs=NAMES, names=tuple(which.values()), measure="what is measured", **options)

    if what == "loss":
        return learning(dropout_frames.LOSSES)
    if what == "linear loss":
        return learning(dropout_frames.LOSSES, log=False)
    if what == "accuracy":
        return learning(dropout_frames.ACCURACIES, log=False, percent=True)
    if what == "activity":
        return dropout_charts.activity(
            dropout_frames.activity_rows(run.activations), runs=NAMES, layer="hidden 1", across="mean activation"
        )
    rows = dropout_frames.ridgeline_rows(run.weights, "hidden 1")
    return dropout_charts.ridgeline(rows, runs=NAMES, across="weights", offset=what == "ridges")


@pytest.mark.parametrize("name", [name for name in RUNS if name != "curve"])
@pytest.mark.parametrize("what", ["loss", "linear loss", "accuracy", "ridges", "overlaid", "activity"])
def test_every_chart_of_a_run_draws_axes_and_both_runs(what, name):
    image = picture(drawn(what, trained(name)), f"{what} {name}")
    assert colours(image) > 20
    if name == "diverged" and what in ("ridges", "overlaid"):
        return  # only the weights before training are left, the same for both
    for colour in (theme.ORANGE, "#72afd3" if what == "activity" else theme.BLUE):  # blue at half opacity on white
        assert pixels(image, colour) > (150 if name == "a usual run" else 30)


def test_the_curve_labs_charts_draw_data_fits_fan_and_seeds():
    run = trained("curve")
    data = draw_examples(CURVE)
    grid = np.linspace(-1, 1, 81, dtype=np.float32)
    points = {name: (data.split(name)[0][:, 0].numpy(), data.split(name)[1].numpy()) for name in ("train", "test")}
    fits = {name: model.predict(grid) for name, model in run.models.items()}
    fans = {NAMES[1]: run.models[NAMES[1]].fan(grid, 50)}
    image = picture(dropout_charts.fits(dropout_frames.fit_rows(grid, 1.5 * grid, points, fits, fans), runs=NAMES), "fits")
    for colour in (theme.ORANGE, theme.BLUE, theme.GREY, "#000000"):
        assert pixels(image, colour) > 150
    losses = pd.DataFrame([{"seed": s, "run": n, "loss": 0.1 + s + i} for s in range(4) for i, n in enumerate(NAMES)])
    assert pixels(picture(dropout_charts.seeds(losses, runs=NAMES), "seeds"), theme.BLUE) > 150


MASKS_RATES = (0.0, 0.5, 1.0)


def masks(draws: int = 20) -> tuple[np.ndarray, np.ndarray]:
    return dropped_from(MASKS_RATES, draws), small_tensor()


def test_a_drawn_network_has_its_mask_in_its_units_and_loses_the_edges_of_those_that_are_dropped():
    dropped, values = masks(3)
    rows = dropout_frames.net_rows(dropped, values)
    units = rows[rows["kind"] == "unit"].set_index(["draw", "layer", "unit"])
    for draw, layer, unit in np.ndindex(dropped.shape):
        row = units.loc[(draw + 1, layer + 1, unit)]
        assert row["k"] == dropped[draw, layer, unit]
        assert row["value"] == values[layer, unit]
    assert units.index.is_unique
    assert len(units) == dropped.size
    edges = rows[(rows["kind"] == "edge") & (rows["draw"] == 2) & (rows["layer"] == 1)]
    ends = {round(float(row["place"]), 3): row["k"] for (draw, layer, _), row in units.iterrows() if (draw, layer) == (2, 2)}
    for edge in edges.itertuples():
        assert edge.k == min(units.loc[(2, 1, edge.unit)]["k"], ends[round(edge.to, 3)])
    assert len(edges) == 8 * 8
    assert (rows[rows["kind"] == "fixed"]["k"] > len(MASKS_RATES)).all()


def test_the_mean_over_masks_is_the_running_mean_in_train_mode():
    rows = dropout_frames.mean_rows(*masks(), MASKS_RATES)
    for k, p in enumerate(MASKS_RATES):
        train = running(p, 20).query("column == 'train'")
        drawn = rows[rows["k"] == k]
        np.testing.assert_allclose(drawn["mean"], train["mean"], atol=1e-6)
        error = (train["sd"] / np.sqrt(train["draw"])).fillna(0)
        np.testing.assert_allclose(drawn["high"] - drawn["mean"], error, atol=1e-5)
        assert (drawn["eval"] == 7.5).all()


@pytest.mark.parametrize("k", range(3))
def test_the_network_crosses_out_what_the_mask_drops_and_the_numbers_beside_it_say_the_same(k):
    rows = dropout_frames.net_rows(*masks(2))
    layers = ("in", "hidden 1", "hidden 2", "out")
    dropped = int((masks(2)[0][1] <= k).sum())

    def at_the_second(chart: alt.LayerChart) -> dict:
        spec = chart.to_dict()
        for param in spec["params"]:
            del param["bind"]
            param["value"] = {"hand": k, "moment": 2}[param["name"]]
        return spec

    image = picture(at_the_second(dropout_charts.network(rows, layers=layers)), f"network {k}")
    assert (pixels(image, theme.ORANGE) > 0) == (dropped > 0)
    assert pixels(image, theme.BLUE) > 100 or dropped == 16
    told = dropout_charts.strip(rows, layers=layers, parts=("x", "m", "y"), rates=MASKS_RATES, told="{kept} kept, mean {mean}")
    svg = vl_convert.vegalite_to_svg(at_the_second(told))
    scale = 1 / (1 - MASKS_RATES[k]) if k < 2 else 0
    mean = (small_tensor() * (masks(2)[0][1] > k)).mean() * scale
    (kept, found) = re.findall(r"(\d+) kept, mean ([\d.]+)", svg)[0]
    assert (int(kept), float(found)) == (16 - dropped, pytest.approx(float(mean), rel=5e-3))


@pytest.mark.parametrize(
    ("p", "colours"),
    [
        (0.0, (theme.GREY,)),  # all four coincide, the last one on top
        (0.5, (theme.BLUE, theme.ORANGE)),
        (1.0, (theme.GREEN, theme.GREY)),  # eval mode keeps what the others drop
    ],
)
def test_the_benchs_running_means_draw_at_every_rate(p, colours):
    image = picture(dropout_charts.running(running(p, 20)), f"running {p:g}")
    for colour in colours:
        assert pixels(image, colour, near=70) > 150


def test_averaging_draws_the_average_over_the_one_pass_it_stands_for():
    x, y = sample(draw_examples(DIGITS), 200)
    rows = averaging(trained("a usual run").models[NAMES[1]], x, y, most=10)
    image = picture(dropout_charts.averaging(rows), "averaging")
    for colour in (theme.GREY, theme.BLUE):
        assert pixels(image, colour) > 150
