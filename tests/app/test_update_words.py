"""What is said of one update, against the update's own numbers."""

from dataclasses import replace

import numpy as np
import pytest

from regdemo import LinearConfig, NetworkConfig
from regdemo.app.update_words import drawn, header, mask, penalty
from regdemo.replay.dropout import DropoutReplay
from regdemo.replay.formulas import BACKWARD, FORWARD, columns
from regdemo.replay.linear import Replay

SMALL = LinearConfig(
    n_train=12, n_features=15, n_informative=5, coefficient=0.5, noise=0.1, n_test=3, n_validation=2, batch_size=5, lr=0.01,
    epochs=15, seed=3, seeds=2, strengths=(0.0, 0.7),
)  # fmt: skip
CURVE = NetworkConfig(
    dataset="curve", hidden=(8, 12), dropout=(0.5, 0.25), init="torch", n_train=6, n_test=5, lr=0.01, momentum=0.9, batch_size=6,
    epochs=30, seed=4,
)  # fmt: skip


def test_a_column_has_its_word_or_its_formula():
    momentum = replace(SMALL, momentum=0.9, lr=0.003)
    assert [header(name) for name in columns(momentum, Replay(momentum, 0.7).step(1))] == [
        "w before", "∂L/∂w", "λ·w", "direction d", "w after",
    ]  # fmt: skip
    assert [header(name) for name in FORWARD] == ["h", "mask m", "h·m/(1 − p)", "weight w", "adds to the prediction"]
    assert [header(name) for name in BACKWARD] == [
        "mask m", "this point's part of ∂L/∂w", "∂L/∂w, all points", "v ← μ·v + ∂L/∂w", "w after: w − η·v",
    ]  # fmt: skip


@pytest.mark.parametrize(("error", "said"), [(0.5, "0.5 too high."), (-0.25, "0.25 too low."), (0.0, "0 off.")])
def test_one_example_is_told_by_its_error(error, said):
    config = replace(SMALL, batch_size=1)
    step = Replay(config, 0.7).step(1)
    assert drawn(config, replace(step, predictions=step.targets + error)).endswith(said)


def test_words_count_the_zeros_and_the_crossings():
    proximal = replace(SMALL, penalty="l1", solver="proximal", strengths=(2.0,), epochs=60)
    step = (walk := Replay(proximal, 2.0)).step(walk.steps)
    zeros = (step.after[:-1] == 0).sum()
    assert zeros > 0
    assert f"{zeros} of 15 weights are exactly zero" in penalty(proximal, step)
    subgradient = replace(proximal, solver="sgd")
    step = (walk := Replay(subgradient, 2.0)).step(walk.steps)
    crossed = (np.sign(step.before[:-1]) * np.sign(step.after[:-1]) < 0).sum()
    assert crossed > 0
    assert f"{crossed} of 15 weights cross zero in this update, 0 end on it" in penalty(subgradient, step)
    assert "negative" in penalty(SMALL, Replay(SMALL, 300.0).step(1))
    assert penalty(SMALL, Replay(SMALL, 0.0).step(1)).endswith("Only the data move them.")
    assert "1 of 1 weight is exactly zero" in penalty(
        replace(proximal, n_features=1), replace(step, before=np.ones(2), after=np.zeros(2))
    )


@pytest.mark.parametrize(
    ("changes", "remembered"),
    [
        ({"momentum": 0.9}, True),
        ({"optimizer": "adam", "lr": 0.01}, True),
        ({}, False),
        ({"momentum": 0.9, "solver": "decoupled"}, False),
        ({"momentum": 0.9, "switch_from": 0.0}, False),
    ],
)
def test_after_a_change_to_no_penalty_its_memory_is_spoken_of_where_there_is_one(changes, remembered):
    config = replace(SMALL, **{"switch_epoch": 1, "switch_from": 2.0, "strengths": (0.0,), "epochs": 2, **changes})
    walk = Replay(config, 0.0)
    said = penalty(config, walk.step(walk.steps))
    assert said.startswith("λ = 0")
    assert ("still carries" in said) == remembered
    assert ("Only the data move them" in said) != remembered


def test_a_diverging_run_has_its_sentence():
    for changes in ({}, {"penalty": "l1"}, {"momentum": 0.9}, {"solver": "decoupled", "momentum": 0.9}):
        config = replace(SMALL, epochs=900, lr=10.0, **changes)
        assert penalty(config, (walk := Replay(config, 0.7)).step(walk.steps))


def test_the_dropped_units_are_those_of_one_point():
    step, i = DropoutReplay(CURVE, device="cpu").step(9), 2
    off = int((step.mask[i] == 0).sum())
    assert 1 < off < 12
    assert f"{off} of 12 units are dropped for this point" in mask(step, i)
    single = replace(step, mask=np.where(np.arange(12) == 3, 0, np.ones_like(step.mask)))
    assert "1 of 12 units is dropped for this point" in mask(single, i)
    assert f"Units dropped for all {len(step.errors)} points: 1." in mask(single, i)
    plain = DropoutReplay(replace(CURVE, dropout=(0.0, 0.0)), device="cpu").step(9)
    assert mask(plain, i) == "All 12 units are kept for this point."
