"""The dropout page's labs through Streamlit's AppTest: the whole script, without a browser."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from regdemo.app import trainings
from regdemo.app.controls import OWN
from regdemo.app.dropout.controls import RATES
from regdemo.app.sweeps import kept_runs
from regdemo.app.trainings import STOPPED_MOST, training_slot
from regdemo.content.questions.dropout import DROPOUT
from regdemo.core.networks import images
from regdemo.core.networks import train as network_training
from regdemo.core.networks.masks import mask_demo
from tests.helpers.links import controls
from tests.helpers.pages import charts, drawn, opened, said, sound

PAGE = "pages/dropout.py"
DIGITS = {"lab": "images", "dataset": "digits", "n_train": "100", "epochs": "2", "width": "32"}
CURVE = {"lab": "curve", "steps": "400", "curve_n": "5"}
# images: loss, accuracy, ridges, activity, averaging; curve: fits, loss; bench: network, numbers, running mean
CHARTS = {"images": 5, "curve": 2, "bench": 3, "paper": 4}


def dropout(**link: Any) -> AppTest:
    """The page with its panels open: what is in them is read too."""
    return opened(PAGE, *PANELS, **link)


PANELS = ("figures", "pictures", "formula", "published", "update")


def button(at: AppTest, label: str) -> Any:
    (found,) = [b for b in at.button if b.label == label]
    return found


def told(at: AppTest) -> list[str]:
    return [chart.alt for chart in drawn(at)]


SD = r"\d[\d.e-]*"


def captions(at: AppTest) -> str:
    return "\n".join(c.value for c in at.caption)


def final(at: AppTest) -> Any:
    """The table of what both networks came to: a run -> train loss, …"""
    (table,) = [t.value.T for t in at.table if "test loss" in t.value.index]
    return table


@contextmanager
def slot_taken(until: Event | None = None) -> Iterator[None]:
    """Somebody else trains: until the event, or else to the end of the block."""
    holding, done = Event(), until or Event()

    def hold() -> None:
        with training_slot().turn():
            holding.set()
            done.wait(60)

    thread = Thread(target=hold)
    thread.start()
    assert holding.wait(10)
    try:
        yield
    finally:
        done.set()
        thread.join(10)
        assert len(training_slot()) == 0


@pytest.fixture(autouse=True)
def _nobody_left_in_the_queue() -> Iterator[None]:
    yield
    assert len(training_slot()) == 0


@pytest.mark.usefixtures("short_training")
def test_labs_are_changed_without_a_word_whatever_the_controls_of_the_last_one_were():
    at = dropout(**DIGITS)
    for lab in ("bench", "curve", "bench", "images"):
        (chooser,) = [g for g in at.get("button_group") if g.key == "lab"]
        if lab == "curve":  # a run is not needed to see the controls
            at.session_state["steps"] = 400
        sound(chooser.set_value(lab).run())
        assert said(at) == ""
        assert controls(at)["lab"] == lab


def test_a_finished_run_is_never_trained_again_by_anyone(monkeypatch):
    first = dropout(**DIGITS, seed="5")
    table, trained = final(first), kept_runs().computed
    monkeypatch.setattr(network_training, "train_networks", lambda *_, **__: pytest.fail("trained again"))
    second = dropout(**DIGITS, seed="5")
    assert final(second).equals(table)
    assert told(second) == told(first)
    sound(second.toggle(key="log").set_value(False).run())
    assert kept_runs().computed == trained


def test_a_finished_run_does_not_wait_for_the_slot():
    first = dropout(**DIGITS, seed="6")
    with slot_taken():
        assert final(dropout(**DIGITS, seed="6")).equals(final(first))


def test_the_table_tells_train_mode_from_eval_mode_for_both_networks():
    table = final(dropout(**DIGITS | {"epochs": "60"}))
    assert list(table.index) == ["no dropout", "p = 0.5, 0.5"]
    modes = table[["train accuracy, train mode", "train accuracy, eval mode"]].astype(float)
    assert modes.iloc[1, 0] < modes.iloc[1, 1]  # with units missing it does worse
    assert (table.astype(float)["test accuracy"] > 0.5).all()


EDGES = {
    "nothing dropped": {"p1": "0", "p2": "0"},
    "ten images": {"n_train": "10"},
    "ten images in one batch with batch normalisation": {"n_train": "10", "batch_size": "512", "batch_norm": "true"},
    "more images than there are": {"n_train": "60000", "epochs": "1"},
    "a batch larger than the data": {"batch_size": "512"},
    "one layer": {"depth": "1"},
    "convolutions": {"model": "cnn"},
    "weights dropped": {"drop": "weights"},
    "weights dropped, one layer, put in late": {"drop": "weights", "depth": "1", "switch_epoch": "1"},
    "Adam": {"optimizer": "Adam", "lr": "0.001"},
    "every regularizer against none": {
        "weight_decay": "0.001", "l1": "0.0001", "max_norm": "2", "batch_norm": "true", "augment": "true", "patience": "2", "rival": "no cure",
    },
    "gradients of the last layer, overlaid, linear": {"kind": "gradients", "layer": "4", "offset": "false", "log": "false"},
}  # fmt: skip


@pytest.mark.parametrize("link", EDGES.values(), ids=list(EDGES))
def test_settings_at_the_edge_give_a_whole_page(link):
    at = dropout(**DIGITS | link)
    assert len(at.warning) + len(at.error) == 0
    assert charts(at) == CHARTS["images"] - (1 if link.get("p1") == "0" else 0)  # nothing to average
    assert len(final(at)) == 2
    assert "nan" not in final(at).to_string()


def test_a_network_that_stops_before_its_cures_come_in_says_so_and_has_nothing_to_average():
    at = dropout(**DIGITS | {"epochs": "100", "patience": "2", "switch_epoch": "60"})
    assert "Dropout was to start after epoch 60: it was never in force." in captions(at)
    assert charts(at) == CHARTS["images"] - 1
    assert "Nothing was dropped" in captions(at)
    assert "never in force" not in captions(dropout(**DIGITS | {"epochs": "60", "patience": "2"}))


def test_twins_that_end_in_different_epochs_have_figures_of_their_own_and_no_rule_where_nothing_came_in():
    at = dropout(**DIGITS | {"epochs": "100", "patience": "2", "switch_epoch": "60", "rival": "no cure", "l1": "0.001"})
    ends = [int(epoch) for epoch in re.findall(r"stopped early in epoch (\d+)", captions(at))]
    assert len(ends) == 1
    assert ends[0] < 60
    assert "Dropout was to start after epoch 60" in captions(at)  # L1 was there all the time
    (ridges,) = [alt for alt in told(at) if alt.startswith("Histograms")]
    assert re.search(rf"unregularized: {SD} before training and {SD} in epoch 100\.", ridges)
    assert re.search(rf"early stopping: {SD} before training and {SD} in epoch \d+", ridges)
    assert "nan" not in ridges
    assert all(chart.rule is None for chart in drawn(at))
    late = dropout(**DIGITS | {"epochs": "5", "switch_epoch": "2", "l1": "0.001", "rival": "no cure"})
    assert [chart.rule for chart in drawn(late)[:2]] == [(2, "dropout from here")] * 2


def test_the_axis_stands_still_while_a_network_trains_and_ends_with_the_run(monkeypatch):
    with interrupted_after(2, monkeypatch):
        growing = dropout(**DIGITS | {"epochs": "40"}, seed="13")
    reach = [chart.options["epochs"] for chart in drawn(growing)]
    assert reach == [40, 40]
    stopped = dropout(**DIGITS | {"epochs": "100", "patience": "2", "p1": "0", "p2": "0"})
    last = max(chart.rows["epoch"].max() for chart in drawn(stopped)[:2])
    assert last < 100
    assert [chart.options["epochs"] for chart in drawn(stopped)[:2]] == [last, last]


def test_without_dropout_nothing_is_said_of_what_dropout_does():
    at = dropout(**DIGITS | {"p1": "0", "p2": "0"})
    assert "Both networks have the same test loss in every epoch" in "".join(m.value for m in at.markdown)
    assert "Nothing was dropped, so both modes give the same figures." in captions(at)
    assert "missing" not in captions(at)
    table = modes(at)
    assert table["variance, train mode"].equals(table["variance, eval mode"])


def test_the_outcome_is_that_of_the_table():
    at = dropout(**DIGITS | {"epochs": "60"})
    (outcome,) = [m.value for m in at.markdown if "test loss:" in m.value]
    how, ends, other = re.findall(r"the (lower|higher) test loss: (\S+) against (\S+)\. ", outcome)[0]
    table = final(at).astype(float)
    assert [float(other), float(ends)] == pytest.approx(table["test loss"].tolist(), rel=5e-3)
    assert how == ("lower" if table["test loss"].iloc[1] < table["test loss"].iloc[0] else "higher")
    how, before, after = re.findall(r"gap between train and test loss (shrinks|grows) from (\S+) to (\S+)\. ", outcome)[0]
    gaps = (table["test loss"] - table["train loss, eval mode"]).tolist()
    assert [float(before), float(after)] == pytest.approx(gaps, rel=5e-2)
    assert how == ("shrinks" if gaps[1] < gaps[0] else "grows")


def test_the_gap_that_a_chart_names_is_that_of_the_table():
    at = dropout(**DIGITS)
    table = final(at).astype(float)
    for chart, what, unit in zip(drawn(at)[:2], ("loss", "accuracy"), (1, 100), strict=True):
        told = chart.rows[chart.rows["gap"] != ""].set_index("run")["gap"]
        for name in table.index:
            gap = abs(table.loc[name, f"test {what}"] - table.loc[name, f"train {what}, eval mode"])
            assert float(told[name].split()[1]) == pytest.approx(unit * gap, rel=5e-2, abs=0.06)


def test_train_mode_is_drawn_where_it_is_asked_for():
    at = dropout(**DIGITS)
    assert "train" not in set(drawn(at)[0].rows["curve"])
    sound(at.toggle(key="train_mode").set_value(True).run())
    for chart in drawn(at)[:2]:
        assert "train" in set(chart.rows["curve"])
        assert "train" in chart.options["names"]


def test_no_layer_is_offered_that_the_network_does_not_have():
    at = dropout(**DIGITS, layer="4")
    (layers,) = [g for g in at.get("button_group") if g.key == "layer"]
    assert layers.options == ["1", "2", "3"]
    assert layers.value == "3"
    assert said(at) == ""
    assert any("layer output" in alt for alt in told(at))


def test_what_stands_in_closed_panels_is_not_made(monkeypatch):
    monkeypatch.setattr("regdemo.app.dropout.pictures.first_layers", lambda *_: pytest.fail("drawn for nobody"))
    at = opened(PAGE, **DIGITS)
    assert not [t for t in at.table if "test loss" in t.value.columns]


@pytest.mark.usefixtures("short_training")
def test_the_questions_are_asked_once_and_their_answers_stand_nowhere_else():
    for link in (DIGITS, {"lab": "bench"}, CURVE):
        at = dropout(**link)
        labels = [e.label for e in at.expander]
        for question in DROPOUT:
            assert [label for label in labels if label.startswith(question.question)] == [question.question]
        text = "".join(m.value for m in (*at.markdown, *at.caption))
        assert "still learning" not in text
        assert "`model.eval()`" not in text


def modes(at: AppTest) -> Any:
    """The table of activations in both modes: a run and layer -> mean, variance."""
    (table,) = [t.value for t in at.table if "variance, train mode" in t.value.columns]
    return table.astype(float)


def test_dropped_units_spread_the_first_layers_activations_and_dropped_weights_those_after_it():
    units, weights = (dropout(**DIGITS | link) for link in ({}, {"drop": "weights"}))
    table = modes(units)
    assert table.index.tolist() == [f"{name}: hidden {i}" for name in final(units).index for i in (1, 2)]
    same = table["variance, train mode"] == table["variance, eval mode"]
    assert same.tolist() == [True, True, False, False]
    assert list(final(weights).index) == ["no dropout", "p = 0.5, 0.5 of the weights"]
    same = modes(weights)["variance, train mode"] == modes(weights)["variance, eval mode"]
    assert same.tolist() == [True, True, True, False]
    assert "The weights into hidden 2 are the first that are dropped. The layers before it keep their figures." in captions(
        weights
    )


def test_what_is_dropped_rests_with_convolutions():
    plain, asked = (dropout(**DIGITS | {"model": "cnn"} | link) for link in ({}, {"drop": "weights"}))
    assert final(asked).equals(final(plain))
    (control,) = [g for g in asked.get("button_group") if g.key == "drop"]
    assert control.proto.disabled
    assert control.value == "weights"  # it waits for the mlp


@pytest.mark.parametrize("layer", ["p1", "p2"])
def test_everything_dropped_is_allowed_and_explained(layer):
    at = dropout(**DIGITS, **{layer: "1"})
    assert "the network sees nothing" in said(at)
    assert "cannot learn" in said(at)
    late = dropout(**DIGITS, **{layer: "1"}, switch_epoch="1")
    assert "after epoch 1 the network sees nothing" in said(late)
    assert "cannot learn" not in said(late)
    assert "At p = 1 no thinned network sees the image" in "".join(m.value for m in late.markdown)
    assert charts(at) == CHARTS["images"]
    assert "At p = 1 everything is dropped" in captions(opened(PAGE, "ways", lab="bench", p="1"))


def test_a_learning_rate_that_diverges_is_named_and_the_page_is_whole():
    at = dropout(**DIGITS | {"epochs": "20", "width": "256"}, lr="5", momentum="0.95")
    assert "no dropout diverged in epoch " in said(at)
    assert "Lower the learning rate." in said(at)
    assert charts(at) >= 3


def test_a_diverged_networks_figures_are_its_last_finite_ones_and_nothing_is_drawn_of_its_start():
    at = dropout(lab="images", dataset="digits", lr="5", epochs="5")
    assert "p = 0.5, 0.5 diverged in epoch 1" in said(at)
    assert "Its figures here are its last finite ones, of epoch 1." in said(at)
    assert final(at).loc["p = 0.5, 0.5", "test loss"] == "3.603e+11"
    (activity,) = [alt for alt in told(at) if alt.startswith("Mean activations")]
    assert "p = 0.5" not in activity
    assert all(label.startswith("no dropout") for label in modes(at).index)
    everything = "".join([*captions(at), *(t.value.to_string() for t in at.table)])
    assert "nan" not in everything
    assert charts(at) == CHARTS["images"] - 1  # no averaging


@pytest.mark.usefixtures("short_training")
def test_a_pinned_pair_that_diverged_has_a_row_and_nothing_that_is_not_finite(monkeypatch):
    first = dropout(**DIGITS, pin=["1~dataset~digits~n_train~100~epochs~5~width~32~lr~5~momentum~0.95"])
    assert [len(t.value) for t in first.dataframe] == [2]
    ghosts = [chart.ghosts for chart in drawn(first) if chart.ghosts is not None]
    assert all(np.isfinite(rows.select_dtypes("number")).all(axis=None) for rows in ghosts)
    curve = dropout(**CURVE, curve_seeds="4", pin=["1~lab~curve~steps~400~curve_n~5~p_second~0.9"])
    assert charts(curve) == CHARTS["curve"] + 1


def test_a_network_that_has_no_finite_figures_after_its_start_has_none_in_the_table(monkeypatch):
    real = network_training.train_networks

    def broken(*configs: Any, **options: Any) -> Iterator[Any]:
        for records in real(*configs, **options):
            for record in records if records[0].epoch else ():
                record.update(
                    train_loss=math.nan,
                    train_loss_eval=math.nan,
                    test_loss=math.nan,
                    diverged=True,
                    **dict.fromkeys(network_training.DETAILS),
                )
            yield records
            if records[0].epoch:
                return

    monkeypatch.setattr(network_training, "train_networks", broken)
    at = dropout(**DIGITS, seed="14")
    assert said(at).count("It has no finite figures after its start, so none are shown.") == 2
    assert (final(at) == "–").all(axis=None)
    assert "Both networks diverged: they have no activations to show." in said(at)
    assert "nan" not in captions(at)


def test_without_files_and_network_the_page_says_so_and_takes_digits(monkeypatch):
    load = images.load

    def nothing_to_be_had(name: str, progress: Any = None) -> images.Images:
        if name == "digits":
            return load(name, progress)
        raise images.DataUnavailable("Fashion-MNIST is not on this machine, and the network is away.")

    monkeypatch.setattr(images, "load", nothing_to_be_had)
    at = dropout(**DIGITS | {"dataset": "fashion-mnist"}, seed="7")
    (warning,) = [w.value for w in at.warning]
    assert (
        warning
        == "Fashion-MNIST is not on this machine, and the network is away. The lab runs on scikit-learn's digits instead."
    )
    assert charts(at) == CHARTS["images"]
    assert "360 test images" in "".join(c.value for c in at.caption)
    assert len(sound(at.run()).warning) == 1  # not asked for again at every step
    monkeypatch.setattr(images, "load", lambda name, progress=None: load("digits", progress))
    sound(button(at, "Try again").click().run())
    assert len(at.warning) == 0


def test_who_waits_sees_how_many_are_ahead_and_then_has_its_turn(monkeypatch):
    seen: list[str] = []
    leave = Event()
    from streamlit.delta_generator import DeltaGenerator

    progress = DeltaGenerator.progress

    def noted(self: DeltaGenerator, value: Any, text: str | None = None, **rest: Any) -> Any:
        seen.append(text or "")
        if "ahead of yours" in (text or ""):
            leave.set()
        return progress(self, value, text, **rest)

    monkeypatch.setattr(DeltaGenerator, "progress", noted)
    trained = kept_runs().computed
    with slot_taken(until=leave):
        at = dropout(**DIGITS, seed="8")
    assert "Waiting: 1 training is ahead of yours." in seen
    assert charts(at) == CHARTS["images"]  # its turn came
    assert kept_runs().computed == trained + 2  # the run and its averaging
    assert len(training_slot()) == 0


def test_who_waits_for_what_another_session_trains_shares_its_run(monkeypatch):
    """Both ask for the same; the second is in the queue before the first is done."""
    calls: list[int] = []
    second_waits = Event()
    real = network_training.train_networks
    turn = type(training_slot()).turn

    def trained(*configs: Any, **options: Any) -> Iterator[Any]:
        calls.append(1)
        for records in real(*configs, **options):
            assert second_waits.wait(30)
            yield records

    def watched(self: Any, waiting: Any, **options: Any) -> Any:
        def noted(ahead: int) -> None:
            second_waits.set()
            waiting(ahead)

        return turn(self, noted, **options)

    monkeypatch.setattr(network_training, "train_networks", trained)
    monkeypatch.setattr(type(training_slot()), "turn", watched)
    pages: list[AppTest] = []
    threads = [Thread(target=lambda: pages.append(dropout(**DIGITS, seed="9"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(pages) == 2
    assert calls == [1]
    assert final(pages[0]).equals(final(pages[1]))


def test_a_short_training_of_another_session_does_not_wait_for_a_long_one(monkeypatch):
    ended: list[int] = []
    short_waits, pages, threads = Event(), [], []
    real, turn = network_training.train_networks, type(training_slot()).turn

    def trained(configs: Any, *rest: Any, **options: Any) -> Iterator[Any]:
        for records in real(configs, *rest, **options):
            if configs[0].epochs == 100 and not threads:
                threads.append(Thread(target=lambda: pages.append(dropout(**DIGITS, seed="10"))))
                threads[0].start()
                assert short_waits.wait(30)
            yield records
        ended.append(configs[0].epochs)

    def watched(self: Any, waiting: Any, **options: Any) -> Any:
        def noted(ahead: int) -> None:
            short_waits.set()
            waiting(ahead)

        return turn(self, noted, **options)

    monkeypatch.setattr(network_training, "train_networks", trained)
    monkeypatch.setattr(type(training_slot()), "turn", watched)
    monkeypatch.setattr(trainings, "BEAT", 0.0)
    long = dropout(**DIGITS | {"epochs": "100"}, seed="10")
    threads[0].join(60)
    assert ended == [int(DIGITS["epochs"]), 100]
    assert charts(long) == charts(*pages) == CHARTS["images"]


@contextmanager
def interrupted_after(epochs: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The page's script is stopped at its first drawing after so many epochs, as a moved control or a closed tab stops it."""
    from streamlit.runtime.scriptrunner_utils.exceptions import StopException

    real = network_training.train_networks

    def trained(*configs: Any, **options: Any) -> Iterator[Any]:
        for records in real(*configs, **options):
            if records[0].epoch > epochs:
                raise StopException
            yield records

    with monkeypatch.context() as patch:
        patch.setattr(network_training, "train_networks", trained)
        yield


def test_an_interrupted_run_frees_the_slot_and_is_not_kept_for_others(monkeypatch):
    trained = kept_runs().computed
    with interrupted_after(2, monkeypatch):
        at = dropout(**DIGITS | {"epochs": "10"}, seed="11")
    assert len(training_slot()) == 0
    assert kept_runs().computed == trained
    assert charts(at) == 2  # what was drawn stays
    assert charts(sound(at.run())) == CHARTS["images"]
    assert kept_runs().computed == trained + 2


def test_a_stopped_run_keeps_what_it_had_and_can_be_trained_from_the_start(monkeypatch):
    with interrupted_after(2, monkeypatch):
        at = dropout(**DIGITS | {"epochs": "10"}, seed="12")
    sound(button(at, "Stop").click().run())
    assert "Stopped at epoch 2." in [m.value for m in at.markdown]
    assert "Loss over 2 epochs" in told(at)[0]
    assert charts(at) == CHARTS["images"] - 1  # no averaging of half a network
    sound(button(at, "Train from the start").click().run())
    assert "Loss over 10 epochs" in told(at)[0]
    assert charts(at) == CHARTS["images"]


def test_a_session_keeps_the_last_stopped_runs_only(monkeypatch):
    with interrupted_after(0, monkeypatch):
        at = dropout(**DIGITS, seed="60")
        for seed in range(61, 66):
            button(at, "Stop").click()
            at.number_input(key="seed").set_value(seed)
            sound(at.run())
    kept = [pair[0].seed for _, pair in at.session_state["regdemo"].stopped]
    assert kept == [62, 63, 64][-STOPPED_MOST:]


def test_the_same_networks_under_another_name_are_not_trained_again(monkeypatch):
    first = dropout(**DIGITS, seed="13")
    monkeypatch.setattr(network_training, "train_networks", lambda *_, **__: pytest.fail("trained again"))
    second = dropout(**DIGITS, seed="13", rival="no cure", pin=["1~dataset~digits~n_train~100~epochs~2~width~32~seed~13"])
    assert list(final(first).index) == ["no dropout", "p = 0.5, 0.5"]
    assert list(final(second).index) == ["unregularized", "p = 0.5, 0.5"]
    assert final(second).to_numpy().tolist() == final(first).to_numpy().tolist()
    assert told(second)[0].startswith("Loss over 2 epochs. unregularized: ")
    assert "It is trained after the present run." not in said(second)


@pytest.mark.parametrize(
    ("start", "settings"),
    [
        ("few_images", {"n_train": 1000, "p1": 0.5, "p2": 0.5, "epochs": 40, "width": 256, "lr": 0.05}),
        (
            "fashion_mnist",
            {"n_train": 60_000, "p1": 0.2, "p2": 0.5, "epochs": 5, "width": 256, "lr": 0.5, "init": "normal", "momentum": 0.0},
        ),
        ("mnist_cnn", {"dataset": "mnist", "model": "cnn", "n_train": 10_000, "p1": 0.25, "epochs": 20, "lr": 0.1}),
        ("hurts", {"width": 16, "depth": 2, "n_train": 10_000, "momentum": 0.0}),
    ],
)
def test_a_start_moves_every_control_to_its_settings_and_stays_chosen(start, settings, monkeypatch):
    at = dropout(**DIGITS)
    assert at.selectbox(key="app.start").value == OWN
    load = images.load
    monkeypatch.setattr(images, "load", lambda name, progress=None: load("digits", progress))
    with interrupted_after(0, monkeypatch):  # the settings are what counts here
        sound(at.selectbox(key="app.start").set_value(start).run())
    assert at.selectbox(key="app.start").value == start
    assert controls(at).items() >= settings.items()


@pytest.mark.usefixtures("short_training")
def test_the_curve_lab_trains_several_seeds_and_compares_them():
    at = dropout(**CURVE, curve_seeds="4", seed="3")
    assert charts(at) == CHARTS["curve"] + 1
    assert told(at)[-1].startswith("Test losses of 4 seeds. p = 0.5 has the lower test loss in ")
    assert " of 4 seeds (means 0." in told(at)[-1]
    trained = kept_runs().computed
    sound(at.run())
    assert kept_runs().computed == trained


@pytest.mark.usefixtures("short_training")
@pytest.mark.parametrize("rates", [("0", "0"), ("0.5", "0.5"), ("1", "1"), ("0.9", "0")])
def test_the_curve_lab_takes_any_two_rates(rates):
    at = dropout(**CURVE, p_first=rates[0], p_second=rates[1])
    assert charts(at) == CHARTS["curve"]
    assert len(final(at)) == 2  # even when both are the same
    same = [m.value for m in at.markdown if m.value.startswith("**Both networks have the same test loss")]
    assert len(same) == (rates[0] == rates[1])


def test_the_mask_demo_opens_the_page_and_trains_nothing(monkeypatch):
    monkeypatch.setattr(network_training, "train_networks", lambda *_, **__: pytest.fail("trained for a reader of masks"))
    assert controls(opened(PAGE))["lab"] == "bench"


@pytest.mark.parametrize("p", ["0", "0.2", "0.5", "0.9", "1"])
def test_the_network_and_the_numbers_are_those_of_one_mask(p):
    at = dropout(p=p, draws="10")
    network, numbers, mean = drawn(at)
    mask = mask_demo(float(p), 9).mask
    k = RATES.index(float(p))
    last = network.rows[(network.rows["kind"] == "unit") & (network.rows["draw"] == 10)]
    assert (last["k"] > k).tolist() == (mask == 1).ravel().tolist()
    assert network.alt == f"The last of 10 masks at p = {p} drops {int((mask == 0).sum())} of 16 hidden units."
    assert f"keeps {int(mask.sum())} of 16 numbers" in numbers.alt
    assert network.at == numbers.at == mean.at == {"hand": k, "moment": 10}


def test_the_mean_over_masks_is_that_of_the_pinned_demo():
    at = dropout(draws="30", pin=["2~p~0.5~draws~30"])
    (table,) = [t.value for t in at.dataframe]
    assert table["mean in train mode"].nunique() == 1


def test_the_mask_demos_panels_hold_the_other_ways_the_ones_and_the_bug():
    at = opened(PAGE, "ways", "ones", "bug")
    assert charts(at) == CHARTS["bench"] + 1
    assert "Train mode with the factor 1/(1 − p) aims at 7.5, the same as eval mode. Without it, at 3.75." in captions(at)
    assert "standard deviation √(10,000 · p/(1 − p)) = 100." in "".join(m.value for m in at.markdown)
    assert "Φ(1 − p)" not in "".join(m.value for m in at.markdown)
    sound(at.toggle(key="bug.shown").set_value(True).run())
    assert "Φ(1 − p)" in "".join(m.value for m in at.markdown)


def test_a_link_of_the_first_version_that_names_no_lab_opens_the_images():
    at = dropout(v="1", **{name: text for name, text in DIGITS.items() if name != "lab"})
    assert controls(at)["lab"] == "images"
    assert len(final(at)) == 2
