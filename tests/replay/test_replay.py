"""The microscope's own arithmetic against the core, autograd and itself: two programs of one run end at the same weights."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from regdemo import LinearConfig, NetworkConfig, train_linear, train_network
from regdemo.core.linear.data import draw_linear
from regdemo.replay.dropout import DropoutReplay
from regdemo.replay.formulas import (
    BACKWARD,
    FORWARD,
    columns,
    dropout_formulas,
    form,
    formulas,
    tex,
)
from regdemo.replay.linear import KEPT, Replay

SMALL = LinearConfig(
    n_train=12, n_features=15, n_informative=5, coefficient=0.5, noise=0.1, n_test=3, n_validation=2, batch_size=5, lr=0.01,
    epochs=15, seed=3, seeds=2, strengths=(0.0, 0.7),
)  # fmt: skip
SLOW = {"momentum": 0.9, "lr": 0.003}
ADAM = {"optimizer": "adam", "lr": 0.03}
EVERY = {  # penalty, solver, optimizer: all that a LinearConfig takes
    f"{penalty}, {solver}, {title}": {"penalty": penalty, "solver": solver, **more}
    for penalty in ("l2", "l1", "elastic_net")
    for solver in ("sgd", "proximal", "decoupled")
    for title, more in {"plain": {}, "momentum": SLOW, "adam": ADAM}.items()
    if (solver != "proximal" or title == "plain") and (solver != "decoupled" or penalty == "l2")
}
CURVE = NetworkConfig(
    dataset="curve", hidden=(8, 12), dropout=(0.5, 0.25), init="torch", n_train=6, n_test=5, lr=0.01, momentum=0.9, batch_size=6,
    epochs=30, seed=4,
)  # fmt: skip


def gap(config: LinearConfig, dtype: torch.dtype, data=None) -> float:
    """The largest difference of a weight or bias between the replay of the last strength and the core, after the last step."""
    replay = Replay(config, config.strengths[-1], data)
    core = train_linear(config, data, device="cpu", dtype=dtype)
    assert core.diverged_at[0, -1] < 0
    end = np.append(core.weights[0, -1], core.biases[0, -1])
    return float(np.abs(replay.step(replay.steps).after - end).max() / max(1, np.abs(end).max()))


@pytest.mark.parametrize("batch_size", [1, 5, 12])
@pytest.mark.parametrize("case", EVERY)
def test_the_last_update_ends_where_the_core_ends(case, batch_size):
    config = replace(SMALL, batch_size=batch_size, **EVERY[case])
    assert gap(config, torch.float64) < 1e-9
    assert gap(config, torch.float32) < 1e-4


@settings(deadline=None, max_examples=40)
@given(
    case=some.sampled_from(sorted(EVERY)),
    fields=some.fixed_dictionaries(
        {
            "n_train": some.integers(4, 12), "n_features": some.integers(1, 12), "batch_size": some.integers(1, 4),
            "l1_ratio": some.sampled_from([0.0, 0.2, 0.5, 1.0]), "penalize_bias": some.booleans(), "relative": some.booleans(),
            "seed": some.integers(0, 999), "init_scale": some.sampled_from([0.0, 1.0]), "switch_epoch": some.integers(0, 4),
            "switch_from": some.floats(0, 2), "epochs": some.integers(5, 9),
        }
    ),
    strength=some.floats(0, 2),
)  # fmt: skip
def test_any_run_ends_where_the_core_ends(case, fields, strength):
    fields = {"block_size": 2, "correlation": 0.5, "strengths": (0.3, strength)} | fields
    assert gap(replace(SMALL, **{**EVERY[case], **fields}), torch.float64) < 1e-9


def test_epoch_by_epoch_the_loss_is_the_cores_and_each_example_is_drawn_once():
    config = replace(SMALL, switch_epoch=4, switch_from=2.0)
    replay = Replay(config, 0.7)
    curve = train_linear(config, device="cpu", dtype=torch.float64).curves["train_loss"][0, 1]
    assert replay.step(1).loss_before == pytest.approx(curve[0], rel=1e-9)
    for epoch in range(1, config.epochs + 1):
        steps = [replay.step(t) for t in range(3 * epoch - 2, 3 * epoch + 1)]
        assert [(s.epoch, s.in_epoch, len(s.examples)) for s in steps] == [(epoch, 1, 5), (epoch, 2, 5), (epoch, 3, 2)]
        assert sorted(i for s in steps for i in s.examples) == list(range(12))
        assert steps[-1].loss_after == pytest.approx(curve[epoch], rel=1e-9)
        assert {s.lam for s in steps} == {2.0 if epoch <= 4 else 0.7}


def test_a_jump_gives_what_walking_gives():
    config = replace(SMALL, n_train=3, batch_size=2, epochs=2 * KEPT + 1, **ADAM)  # so that not every epoch is kept
    walked, jumped = Replay(config, 0.7), Replay(config, 0.7)
    steps = [walked.step(t) for t in range(1, walked.steps + 1)]
    assert all((a.after == b.before).all() for a, b in pairwise(steps))
    for t in (walked.steps, 1, 7, 2, 301, 300, 90, walked.steps - 1):
        there = jumped.step(t)
        assert (there.after == steps[t - 1].after).all()
        assert (there.examples == steps[t - 1].examples).all()
    assert jumped.nbytes == walked.nbytes > 0


def test_the_gradient_is_autograds_and_leaves_the_penalty_out():
    step = Replay(SMALL, 0.7).step(20)
    w = torch.tensor(step.before, requires_grad=True)
    error = torch.from_numpy(step.inputs) @ w - torch.from_numpy(step.targets)
    (error.square().mean() / 2).backward()
    np.testing.assert_allclose(step.gradient, w.grad, rtol=1e-12)
    np.testing.assert_allclose(step.errors, error.detach(), rtol=1e-12)
    data = draw_linear(SMALL)
    np.testing.assert_array_equal(step.inputs[:, :-1], data.x_train[0][step.examples])
    np.testing.assert_array_equal(step.targets, data.y_train[0][step.examples])


def test_data_of_ones_own_take_the_place_of_the_drawn_data():
    data = draw_linear(replace(SMALL, seed=70, noise=1.0))
    config = replace(SMALL, relative=True, strengths=(0.4,), penalty="elastic_net", solver="proximal")
    assert gap(config, torch.float64, data) < 1e-9
    own = Replay(config, 0.4, data).step(1)
    assert own.lam == pytest.approx(0.4 * data.lam_max[0] / config.l1_ratio)
    assert (own.inputs[:, :-1] == data.x_train[0][own.examples]).all()


@pytest.mark.parametrize("case", [case for case in EVERY if "adam" not in case])
def test_a_diverging_run_is_replayed_to_its_end(case):
    config = replace(SMALL, epochs=900, **(EVERY[case] | {"lr": 10.0}))
    replay = Replay(config, 0.7)
    assert np.isfinite(replay.step(1).after).all()
    for t in (300, replay.steps):
        step = replay.step(t)
        assert columns(config, step)
        assert len(formulas(config, step, 0)) > 1
    assert not np.isfinite(step.loss_after)
    assert r"\text{–}" in "".join(formulas(config, step, 0))


@pytest.mark.parametrize("t", [0, 46, -1])
def test_there_are_no_updates_outside_the_run(t):
    with pytest.raises(ValueError, match=rf"t = {t}: allowed is a whole number from 1 to 45"):
        Replay(SMALL, 0.7).step(t)


@pytest.mark.parametrize("case", EVERY)
def test_the_columns_of_the_table_make_up_the_update(case):
    config = replace(SMALL, **EVERY[case])
    eta, step = config.lr, Replay(config, 0.7).step(20)
    shown = columns(config, step)
    before, *middle, after = shown.values()
    assert (before == step.before).all()
    assert (after == step.after).all()
    kind, d = form(config), shown.get("direction")
    made = {
        "plain": lambda: sum(middle) + (0 if config.penalty == "l2" else before),
        "decoupled": lambda: shown["(1 − ηλ)·w"] - eta * d,
        "joined": lambda: before - eta * d,
        "proximal": lambda: step.shrink * np.sign(middle[1]) * np.maximum(abs(middle[1]) - step.threshold, 0),
    }[kind]()
    unpenalized = -1 if kind == "proximal" else len(before)
    np.testing.assert_allclose(made[:unpenalized], after[:unpenalized], rtol=1e-12, atol=1e-15)
    if kind == "proximal":
        assert middle[1][-1] == after[-1]


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("case", EVERY)
def test_the_formula_ends_in_the_new_weight_and_starts_from_the_gradient(case, bias):
    config = replace(SMALL, penalize_bias=bias, **EVERY[case])
    step = Replay(config, 0.7).step(20)
    for j in (0, 7, config.n_features):
        lines = formulas(config, step, j)
        assert lines[0].endswith(f"= {tex(step.gradient[j])}")
        assert f"= {tex(step.after[j])}" in lines[-1][-40:]
        if (j < config.n_features or bias) and form(config) == "plain" and config.penalty == "l2":
            assert rf"{tex(step.shrink)} \cdot {tex(step.before[j], True)}" in lines[-1]
        pulled = "lambda" in "".join(lines) or form(config) == "proximal"
        assert pulled == (j < config.n_features or bias or form(config) == "proximal")
        assert all(line.count("{") == line.count("}") for line in lines)


@pytest.mark.parametrize(
    ("value", "text"), [(-2, "(-2)"), (1.23456789e-7, r"1.2346\cdot 10^{-7}"), (np.inf, r"\text{–}"), (-0.0, "0")]
)
def test_numbers_in_formulas(value, text):
    assert tex(value, True) == text


NETWORKS = {
    "dropout": {},
    "no dropout": {"dropout": (0.0, 0.0)},
    "everything dropped": {"dropout": (0.5, 1.0)},
    "without momentum": {"momentum": 0.0},
    "minibatches": {"batch_size": 4},
    "one hidden layer": {"hidden": (20,), "dropout": (0.5,)},
    "a switch": {"switch_epoch": 7, "dropout_before": 0.8},
}


@pytest.mark.parametrize("case", NETWORKS)
def test_the_replayed_network_is_the_cores(case):
    config = replace(CURVE, **NETWORKS[case])
    *_, last = train_network(config, device="cpu")
    replay = DropoutReplay(config, device="cpu")
    step = replay.step(replay.steps)
    np.testing.assert_allclose(replay.theta(replay.steps), last.model.theta.numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(step.after, last.model.layers[-1].weight.detach().numpy()[:, 0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("case", NETWORKS)
def test_a_masked_unit_adds_nothing_and_learns_nothing(case):
    config = replace(CURVE, **NETWORKS[case])
    replay = DropoutReplay(config, device="cpu")
    for t in (1, 5, 20):
        step, following = replay.step(t), replay.step(t + 1)
        p, kept = step.rate, step.mask == 1
        assert set(np.unique(step.mask)) <= {0, 1}
        assert (step.contributions[~kept] == 0).all()
        assert (step.shares[~kept] == 0).all()
        if p < 1:
            np.testing.assert_allclose(step.scaled[kept], step.activations[kept] / (1 - p), rtol=1e-6)
        close = {"rtol": 1e-4, "atol": 1e-6}
        np.testing.assert_allclose(step.contributions.sum(1) + step.bias, step.predictions, **close)
        np.testing.assert_allclose(step.shares.sum(0), step.gradient, **close)
        assert step.loss == pytest.approx(np.mean(step.errors**2), rel=1e-5)
        np.testing.assert_allclose(step.before - config.lr * step.velocity, step.after, **close)
        np.testing.assert_allclose(config.momentum * step.velocity + following.gradient, following.velocity, **close)
        np.testing.assert_array_equal(step.after, following.before)


def test_masks_drop_their_share_and_change_from_step_to_step():
    replay = DropoutReplay(replace(CURVE, hidden=(8, 400), dropout=(0.5, 0.25)), device="cpu")
    masks = [replay.step(t).mask for t in (1, 2)]
    for mask in masks:
        assert abs(mask.mean() - 0.75) < 0.04  # 2,400 draws: 4.5 standard deviations
        assert (mask[0] != mask[1]).any()
    assert (masks[0] != masks[1]).any()


def test_the_networks_columns_and_formula_are_of_one_point():
    step = DropoutReplay(CURVE, device="cpu").step(9)
    i = 2
    assert (FORWARD["contribution"](step, i) == step.contributions[i]).all()
    assert (BACKWARD["share"](step, i) == step.shares[i]).all()
    assert {len(column(step, i)) for column in (FORWARD | BACKWARD).values()} == {12}
    ends = (step.errors[i], step.shares[i, 3], step.velocity[3], step.after[3])
    for line, end in zip(dropout_formulas(CURVE, step, i, 3), ends, strict=True):
        assert f"= {tex(end)} " in line[-40:]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("optimizer", "adam"),
        ("weight_decay", 0.1),
        ("l1", 0.1),
        ("max_norm", 1.0),
        ("batch_norm", True),
        ("dataset", "digits"),
        ("drop", "weights"),
    ],
)
def test_other_networks_are_refused_by_name(field, value):
    with pytest.raises(ValueError, match=rf"{field} = "):
        DropoutReplay(replace(CURVE, **({"momentum": 0.0} | {field: value})))
