"""What the dropout page says, from plain figures: each sentence at settings where it holds, and gone where it does not."""

import re
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import pytest

from regdemo import NetworkConfig
from regdemo.app.dropout import words as dropout_words
from regdemo.core.networks.masks import expectation, normal_mask, ones_demo

CONFIG = NetworkConfig(
    dataset="digits", hidden=(16, 16), dropout=(0.5, 0.5), init="torch", n_train=100, epochs=60, n_validation=50, patience=2,
)  # fmt: skip
NAMES = ("no dropout", "p = 0.5")


def row(epoch: int, test_loss: float, accuracy: float | None = 0.5, **more: Any) -> dict[str, Any]:
    kept = {
        "epoch": epoch,
        "test_loss": test_loss,
        "test_accuracy": accuracy,
        "train_loss_eval": 0.1,
        "train_accuracy_eval": accuracy,
        "n_test": 10_000,
    }
    return kept | {"diverged": False, "stopped": False, "best_epoch": 0} | more


@pytest.mark.parametrize("done", [0.0, 1e-9, 0.01, 0.49])
def test_no_time_left_is_promised_before_half_an_epoch(done):
    assert "left" not in dropout_words.progress(done, 20, 0.3)


def test_the_time_left_is_that_of_the_epochs_to_come():
    assert dropout_words.progress(0.5, 20, 2.0) == "Epoch 0.5 of 20, about 78 s left"
    assert dropout_words.progress(15, 20, 30.0) == "Epoch 15.0 of 20, about 10 s left"


def test_a_diverged_run_says_of_which_epoch_its_figures_are_and_that_there_are_none():
    last = row(4, float("nan"), diverged=True)
    assert dropout_words.diverged("a", last, row(3, 1e9)).endswith("its last finite ones, of epoch 3.")
    assert dropout_words.diverged("a", last, None).endswith("so none are shown.")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Dropout was to start after epoch 40: it was never in force."),
        ({"weight_decay": 0.1}, "Dropout and weight decay were to start after epoch 40: they were never in force."),
        ({"weight_decay": 0.1, "dropout": (0.0,)}, "Weight decay was to start after epoch 40: it was never in force."),
        ({"dropout": (0.0,), "l1": 0.1, "max_norm": 1.0}, ""),  # nothing waits
    ],
)
def test_only_what_waited_is_said_to_have_been_missed(changes, sentence):
    config = replace(CONFIG, switch_epoch=40, **changes)
    assert dropout_words.stopped_early("a", config, row(40, 1.0, best_epoch=38)).split("epoch 38.")[1].strip() == sentence
    met = dropout_words.stopped_early("a", config, row(41, 1.0, best_epoch=0))
    assert met == "a stopped early in epoch 41; its lowest validation loss was before training."
    assert bool(dropout_words.from_here(config)) == bool(sentence)
    assert not dropout_words.from_here(replace(config, switch_epoch=0))


def test_the_rule_in_a_chart_names_what_changes_there_alone():
    late = replace(CONFIG, switch_epoch=40, l1=0.1)
    assert dropout_words.from_here(late) == "dropout from here"
    assert dropout_words.from_here(replace(late, dropout_before=0.2)) == "p = 0.5 from here"
    assert not dropout_words.from_here(replace(late, dropout_before=0.5))


def test_everything_is_dropped_from_the_start_or_later_or_never():
    assert dropout_words.everything_dropped(CONFIG, 60) == ""
    whole = replace(CONFIG, dropout=(0.2, 1.0))
    assert "cannot learn" in dropout_words.everything_dropped(whole, 60)
    late = replace(whole, switch_epoch=40)
    assert dropout_words.everything_dropped(late, 40) == ""  # not yet
    said = dropout_words.everything_dropped(late, 41)
    assert "after epoch 40" in said
    assert "cannot learn" not in said
    assert "cannot learn" in dropout_words.everything_dropped(replace(late, dropout_before=1.0), 41)


def test_the_outcome_says_what_falls_what_does_not_and_that_stopping_early_does_better():
    first = [row(0, 2.3, 0.1), row(1, 0.6, 0.78), row(2, 0.9, 0.785)]
    second = [row(0, 2.3, 0.1), row(1, 0.7, 0.7), row(2, 0.65, 0.777)]
    assert dropout_words.outcome(NAMES, first, second) == (
        "p = 0.5 ends with the lower test loss: 0.65 against 0.9. The gap between train and test loss shrinks from 0.8 to 0.55. "
        "Test accuracy is about the same: 77.7% against 78.5%."
    )
    assert dropout_words.stopping(NAMES, first, second).startswith(
        "Early stopping does as well here: no dropout had a test loss of 0.6 in epoch 1, lower than p = 0.5 in any epoch."
    )
    better = [row(0, 2.3, 0.1), row(1, 0.5, 0.8), row(2, 0.55, 0.9)]
    said = dropout_words.outcome(NAMES, first, better)
    assert "Its test accuracy is higher: 90.0% against 78.5%." in said
    assert dropout_words.stopping(NAMES, first, better) == ""
    assert "the higher test loss: 0.9 against 0.55" in (worse := dropout_words.outcome(NAMES, better, first))
    assert "grows from 0.45 to 0.8" in worse
    assert "Its test accuracy is lower" in worse
    assert "accuracy" not in dropout_words.outcome(NAMES, [row(1, 2.0, None)], [row(1, 1.0, None)])


def test_early_stopping_is_not_spoken_of_where_the_first_network_is_at_its_best_in_the_end():
    falling, rising = [row(1, 0.9), row(2, 0.3)], [row(1, 0.4), row(2, 0.5)]
    assert dropout_words.stopping(NAMES, falling, rising) == ""
    assert dropout_words.stopping(NAMES, rising, rising) == ""
    watched = [row(1, 0.4, n_test=2000), row(2, 0.3, n_test=2000), row(3, 0.35)]  # 0.35 is of other images
    assert dropout_words.stopping(NAMES, watched, [row(1, 0.5, n_test=2000), row(2, 0.4)]) == ""
    assert "loss of 0.3 in epoch 2" in dropout_words.stopping(
        NAMES, [*watched[:2], row(3, 0.5, n_test=2000), row(4, 0.1)], [row(1, 0.4, n_test=2000), row(2, 0.5)]
    )
    assert dropout_words.stopping(NAMES, watched, rising) == ""  # no test images in common


@pytest.mark.parametrize(("changes", "watched"), [({}, False), ({"n_watched": 360}, False), ({"n_watched": 359}, True)])
def test_fewer_test_images_are_spoken_of_where_they_are_fewer(changes, watched):
    assert ("first 359 test images, at the end of all 360" in dropout_words.watched(replace(CONFIG, **changes))) == watched


@pytest.mark.parametrize(("tested", "told"), [(100, "about the same"), (10_000, "higher")])
def test_accuracies_are_told_apart_beyond_the_chance_of_the_test_images_alone(tested, told):
    rows = [[row(1, 1.0, a, n_test=tested)] for a in (0.75, 0.8)]
    rows[1][0]["test_loss"] = 0.9
    assert f"accuracy is {told}: 80.0% against 75.0%" in dropout_words.outcome(NAMES, *rows)


def test_the_outcome_of_equal_twins():
    rows = [row(0, 2.3), row(1, 0.6)]
    assert dropout_words.outcome(NAMES, rows, rows).startswith("Both networks have the same test loss in every epoch")


def test_a_gap_is_called_by_its_size():
    assert dropout_words.gap("loss", row(1, 0.84)) == "gap 0.74"
    last = row(1, 0.84, 0.777, train_accuracy_eval=0.869)
    assert dropout_words.gap("accuracy", last) == "gap 9.2 points"


def test_curves_of_twins_that_ended_in_different_epochs_say_where():
    said = dropout_words.curves("loss", {"a": (row(5, 0.5), row(5, 0.5)), "b": (row(2, 0.7), row(2, 0.7))})
    assert said == (
        "Loss over 5 epochs. a: 0.5 on test data, 0.1 on training data in eval mode. "
        "b: 0.7 on test data, 0.1 on training data in eval mode in epoch 2."
    )
    assert dropout_words.curves("accuracy", {"a": (row(1, 0.5), None)}) == "Accuracy over 1 epoch. a diverged at once."
    assert dropout_words.curves("loss", {"a": (row(0, 0.5), row(0, 0.5))}).startswith("Loss before training.")


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0%"), (0.004, "under 1%"), (0.5, "50%"), (0.996, "over 99%"), (1.0, "100%")]
)
def test_all_and_none_are_said_of_all_and_none_alone(value, text):
    assert dropout_words.share(value) == text


LAYERS = {"hidden 1": 0.5, "hidden 2": 0.5}


@pytest.mark.parametrize(
    ("changes", "epoch", "starts"),
    [
        ({}, 60, "The factor 1/(1 − p) keeps the mean of hidden 1, but for chance."),
        ({"dropout": (0.0, 0.5)}, 60, "The factor 1/(1 − p) keeps the mean of hidden 2, but for chance."),
        ({"dropout": (0.0,)}, 60, "Nothing was dropped"),
        ({"switch_epoch": 40}, 40, "Nothing was dropped"),
        ({"switch_epoch": 40}, 41, "The factor"),
        ({"dropout": (1.0,)}, 60, "At p = 1 hidden 1 passes on nothing but zeros in train mode."),
        ({"batch_norm": True}, 60, "Batch normalisation in train mode"),
        ({"batch_norm": True, "dropout": (0.0,)}, 60, "Batch normalisation in train mode"),
        ({"drop": "weights"}, 60, "The weights into hidden 2 are the first that are dropped. The layers before it keep"),
        ({"drop": "weights", "batch_norm": True}, 60, "The weights into hidden 2 are the first that are dropped. Batch norm"),
        ({"drop": "weights", "dropout": (0.0, 0.5)}, 60, "Only weights into the output are dropped"),
    ],
)
def test_what_dropout_does_to_activations_is_said_where_it_is_in_force(changes, epoch, starts):
    assert dropout_words.modes(replace(CONFIG, **changes), epoch, LAYERS).startswith(starts)


def test_later_layers_are_spoken_of_where_there_are_some_and_nothing_is_said_of_silent_units():
    later = "Later layers read thinned inputs"
    assert later in dropout_words.modes(CONFIG, 60, LAYERS)
    assert later not in dropout_words.modes(replace(CONFIG, dropout=(0.0, 0.5)), 60, LAYERS)
    assert "keeps the mean" not in dropout_words.modes(CONFIG, 60, dict.fromkeys(LAYERS, 0.0))  # silent units


def test_eval_mode_is_compared_with_the_average():
    assert (
        dropout_words.averages(0.224, 0.212, False)
        == "Weight scaling, one pass in eval mode, is 1.2 points better than the average."
    )
    assert (
        dropout_words.averages(0.2, 0.25, False)
        == "Weight scaling, one pass in eval mode, is 5.0 points worse than the average."
    )
    assert dropout_words.averages(0.2, 0.2001, False) == "Weight scaling, one pass in eval mode, is as good as the average."
    assert "one pass" not in dropout_words.averages(0.9, 0.3, True)


def test_over_seeds_only_pairs_that_finished_count():
    assert dropout_words.over_seeds(NAMES, [(0.3, 0.2), (0.1, 0.2)]) == (
        "p = 0.5 has the lower test loss in 1 of 2 seeds (means 0.2 → 0.2). One seed shows nothing: look at all of them."
    )
    some = dropout_words.over_seeds(NAMES, [(0.3, 0.2), (None, 0.2), (0.2, None)])
    assert some.startswith(
        "p = 0.5 has the lower test loss in 1 of 1 seed (means 0.3 → 0.2). In 2 other seeds a network diverged."
    )
    assert dropout_words.over_seeds(NAMES, [(None, 0.2)]).startswith("In no seed")
    assert dropout_words.over_seeds(NAMES, [(0.2, 0.2)] * 4) == "Both networks have the same test loss in 4 seeds."


@pytest.mark.parametrize("p", [0.0, 0.1, 0.2, 0.25, 0.5, 0.9, 1.0])
def test_the_benchs_sentences_hold_at_every_rate(p):
    train, unscaled, whole = (expectation(p, name)[0] for name in ("train", "unscaled", "eval"))
    said = dropout_words.demo(p, 100, train, unscaled, whole)
    assert ("the same as eval mode" in said) == (0 < p < 1)
    assert ("everything is dropped" in said) == (p == 1)
    assert ("nothing is dropped" in said) == (p == 0)
    demo = ones_demo(p)
    assert ("everything is dropped" in dropout_words.ones(p, demo.mean, demo.sd)) == (p == 1)
    found = normal_mask(p)
    said = dropout_words.bug(found.meant, found.true, found.measured)
    assert "inf" not in said.replace("infinities", "")
    if p == 1:
        assert "network learns" not in said
    else:
        factor = NormalDist().cdf(1 - p) / (1 - p)
        (how, told) = re.findall(r"mean (\w+) by the factor ([\d.]+\d)", said)[0]
        assert how == ("grows" if factor > 1 else "shrinks")
        assert float(told) == pytest.approx(factor, rel=5e-3)


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (0.0, "At p = 0 nothing is dropped: every pass trains the whole network."),
        (0.5, "At p = 0.5 a mask drops 8 of 16 hidden units on average; the others count × 2."),
        (0.9, "At p = 0.9 a mask drops 14.4 of 16 hidden units on average; the others count × 10."),
        (1.0, "At p = 1 a mask drops all 16 hidden units: nothing of the input comes through."),
    ],
)
def test_what_a_mask_does_is_said_at_every_rate(p, said):
    assert dropout_words.mask(p, 16) == said
