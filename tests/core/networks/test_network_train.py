"""Training against a plain torch.optim loop, and the promises of its generators."""

import os
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from regdemo import PRESETS, train_network, train_networks
from regdemo.core.networks import images
from regdemo.core.networks.datasets import augmented, draw_examples, shifts, shuffles
from regdemo.core.networks.layers import Network, draw_mask
from regdemo.core.networks.train import DETAILED
from regdemo.core.rng import generator
from tests.helpers.networks import SMALL, SWITCHES, fashion_is_here


def train_with_torch_optim(config):
    """A textbook's loop in float64 with torch's modules and optimizers and our start, order and masks.

    Gives the final weights of each layer, the epochs' losses and the outputs on the test examples.
    """
    data, masks, moving = draw_examples(config), generator(config.seed, "masks"), generator(config.seed, "augmentation")
    picture = data.classes > 0
    start = Network(config, tuple(data.x_train.shape[1:]), data.classes or 1, "cpu", torch.float64)
    blocks = []
    for i, layer in enumerate(start.layers):
        hidden = i < len(config.hidden)
        if layer.weight.dim() == 4:
            block = [nn.Conv2d(layer.weight.shape[1], layer.weight.shape[0], 3, padding=1)]
        else:
            block = [nn.Flatten(), nn.Linear(*layer.weight.shape)]
        units = len(layer.bias)
        if hidden and config.batch_norm:
            block.append(nn.BatchNorm2d(units) if layer.weight.dim() == 4 else nn.BatchNorm1d(units))
        if hidden:
            block.append(nn.ReLU())
            if layer.weight.dim() == 4:
                block.append(nn.MaxPool2d(2, ceil_mode=True))
        blocks.append(nn.Sequential(*block).double())
        with torch.no_grad():
            affine = next(m for m in block if isinstance(m, nn.Linear | nn.Conv2d))
            affine.weight.copy_(layer.weight if layer.weight.dim() == 4 else layer.weight.T)
            affine.bias.copy_(layer.bias)
    affines = [next(m for m in block if isinstance(m, nn.Linear | nn.Conv2d)) for block in blocks]
    weights = [m.weight for m in affines]
    rest = [p for block in blocks for p in block.parameters() if not any(p is w for w in weights)]
    groups = [{"params": weights, "weight_decay": config.weight_decay}, {"params": rest, "weight_decay": 0.0}]
    if config.decayed == "all":
        groups = [{"params": [*weights, *rest], "weight_decay": config.weight_decay}]
    decoupled = config.solver == "decoupled"
    by_hand = decoupled and config.optimizer == "sgd"  # torch has no class for it
    if by_hand:
        groups[0]["weight_decay"] = 0
    step = (
        torch.optim.SGD(groups, config.lr, config.momentum)
        if config.optimizer == "sgd"
        else (torch.optim.AdamW if decoupled else torch.optim.Adam)(groups, config.lr)
    )
    losses = []
    for epoch, order in enumerate(shuffles(config, len(data.y_train)), 1):
        early = epoch <= config.switch_epoch
        rates = [config.dropout_before] * len(config.hidden) if early else config.dropout
        decay = config.weight_decay_before if early else config.weight_decay
        step.param_groups[0]["weight_decay"] = 0 if by_hand else decay
        moves = shifts(config, tuple(data.x_train.shape[1:]), len(order), moving) if config.augment else None
        total, seen = 0.0, 0
        for index in order.split(config.batch_size):
            if len(index) == 1 and config.batch_norm:
                continue
            x, y = data.x_train[index].double() / (255 if picture else 1), data.y_train[index]
            x = augmented(x, moves[index]) if moves is not None else x
            h = x[:, None] if config.model == "cnn" else x
            for i, block in enumerate(blocks):
                changed = {}
                if config.drop == "weights" and i > 0 and (p := rates[i - 1]) > 0:
                    kept = draw_mask(tuple(weights[i].T.shape), p, masks, torch.float64).T
                    changed["1.weight"] = weights[i] * kept / (1 - p if p < 1 else 1)
                h = torch.func.functional_call(block, changed, (h,))
                if config.drop == "units" and i < len(config.hidden) and (p := rates[i]) > 0:
                    h = h * draw_mask(tuple(h.shape), p, masks, torch.float64) / (1 - p if p < 1 else 1)
            loss = nn.functional.cross_entropy(h, y) if picture else ((h[:, 0] - y.double()) ** 2).mean()
            total, seen = total + loss.item() * len(index), seen + len(index)
            objective = loss + config.l1 * sum(w.abs().sum() for w in weights)
            step.zero_grad()
            objective.backward()
            if by_hand:
                with torch.no_grad():
                    for w in groups[0]["params"]:
                        w.sub_(config.lr * decay * w)
            step.step()
            if config.max_norm is not None:
                with torch.no_grad():
                    for w in weights:
                        for unit in w:
                            unit.mul_(min(1.0, config.max_norm / unit.norm().item()))
        losses.append(total / seen)
    for block in blocks:
        block.eval()
    h = data.x_test.double() / (255 if picture else 1)
    h = h[:, None] if config.model == "cnn" else h
    for block in blocks:
        h = block(h)
    return [w.detach().numpy() for w in weights], losses, h.detach()


@pytest.mark.parametrize("switch", SWITCHES)
def test_twenty_steps_equal_torch_optim_with_every_switch(switch):
    config = replace(SMALL, **SWITCHES[switch])
    *_, last = records = list(train_network(config, "cpu", dtype=torch.float64))
    weights, losses, outputs = train_with_torch_optim(config)
    for layer, expected in zip(last.model.layers, weights, strict=True):
        ours = layer.weight.detach().numpy()
        np.testing.assert_allclose(ours if ours.ndim == 4 else ours.T, expected, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose([r.train_loss for r in records[1:]], losses, rtol=1e-7)
    data = draw_examples(config)
    if data.classes:
        assert last.test_loss == pytest.approx(nn.functional.cross_entropy(outputs, data.y_test).item(), rel=1e-7)
        assert last.test_accuracy == pytest.approx((outputs.argmax(1) == data.y_test).double().mean().item())
    else:
        assert last.test_loss == pytest.approx(((outputs[:, 0] - data.y_test.double()) ** 2).mean().item(), rel=1e-7)


def numbers(records):
    return [r.row() for r in records]


SWITCHED = replace(SMALL, momentum=0.9, weight_decay=0.1, switch_epoch=2, dropout_before=0.3, weight_decay_before=0.01)
BEFORE = replace(SWITCHED, switch_epoch=0, dropout=(0.3,), weight_decay=0.01)


def test_up_to_the_switch_a_run_is_one_with_the_settings_before_and_then_it_is_not():
    switched, before = (numbers(train_network(config, "cpu")) for config in (SWITCHED, BEFORE))
    assert switched[:3] == before[:3]  # before training, and two epochs
    assert all(a["train_loss"] != b["train_loss"] for a, b in zip(switched[3:], before[3:], strict=True))


@pytest.mark.parametrize("drop", ["units", "weights"])
def test_a_switch_to_the_same_settings_changes_nothing(drop):
    plain = replace(BEFORE, drop=drop)
    same = replace(plain, switch_epoch=2, dropout_before=0.3, weight_decay_before=0.01)
    assert numbers(train_network(same, "cpu")) == numbers(train_network(plain, "cpu"))


@pytest.mark.parametrize("drop", ["units", "weights"])
def test_thinned_networks_are_thinned_at_the_rate_in_force(drop):
    x = draw_examples(SMALL).x_test.numpy()[:5]
    for record in train_network(replace(SMALL, switch_epoch=2, drop=drop), "cpu"):
        says = record.model.monte_carlo(x, 20)
        assert (np.ptp(says, axis=0).max() > 0) == (record.epoch > 2)


def test_at_p_zero_it_does_not_matter_what_is_not_dropped():
    units, weights = (list(train_network(replace(SMALL, dropout=(0,), drop=drop), "cpu")) for drop in ("units", "weights"))
    assert numbers(units) == numbers(weights)
    assert torch.equal(units[-1].model.theta, weights[-1].model.theta)


def test_dropping_units_and_dropping_weights_are_two_things():
    units, weights = (numbers(train_network(replace(SMALL, drop=drop), "cpu")) for drop in ("units", "weights"))
    assert units[0]["train_loss_eval"] == weights[0]["train_loss_eval"]  # in eval mode the start is the same network
    assert all(a["train_loss"] != b["train_loss"] for a, b in zip(units, weights, strict=True))


def test_two_interleaved_runs_equal_two_solo_runs():
    one, other = SMALL, replace(SMALL, seed=9, augment=True, batch_norm=True)
    solo = numbers(train_network(one, "cpu")), numbers(train_network(other, "cpu"))
    torch.manual_seed(1)
    together = zip(train_network(one, "cpu"), train_network(other, "cpu"), strict=True)
    assert tuple(map(list, zip(*((a.row(), b.row()) for a, b in together), strict=True))) == solo


def test_twins_equal_solo_runs_and_share_start_and_data():
    configs = [SMALL, replace(SMALL, dropout=(0,)), replace(SMALL, weight_decay=0.1), replace(SMALL, drop="weights")]
    twins = list(train_networks(configs, "cpu"))
    for i, config in enumerate(configs):
        assert numbers(t[i] for t in twins) == numbers(train_network(config, "cpu"))
    assert len({r.test_loss for r in twins[0]}) == 1
    assert len({r.test_loss for r in twins[-1]}) == 4


def test_a_twin_that_ends_early_repeats_its_last_record():
    twins = list(train_networks([SMALL, replace(SMALL, epochs=2)], "cpu"))
    assert [(a.epoch, b.epoch) for a, b in twins] == [(0, 0), (1, 1), (2, 2), (3, 2), (4, 2)]


def test_twins_at_p_zero_and_p_half_drop_a_part_of_what_a_larger_rate_drops():
    small, large = (draw_mask((1000,), p, generator(0, "masks")) for p in (0.2, 0.5))
    assert (large <= small).all()


@pytest.mark.parametrize(
    "case", [{}, {"lr": 1000.0}, {"n_validation": 40, "patience": 1, "lr": 0.5, "epochs": 20}, {"model": "cnn"}]
)
def test_with_fewer_test_examples_watched_only_the_test_figures_on_the_way_are_others(case):
    config = replace(SMALL, **case)
    whole, few = (numbers(train_network(c, "cpu")) for c in (config, replace(config, n_test=30)))
    watched = numbers(train_network(replace(config, n_watched=30), "cpu"))
    assert watched == [*few[:-1], whole[-1]]
    assert watched[-1]["n_test"] == 100 > watched[0]["n_test"] == 30
    assert watched[-1]["epoch"] <= config.epochs
    assert numbers(train_network(replace(config, n_watched=101), "cpu")) == whole


def test_a_record_says_what_was_used_and_how_it_went():
    records = list(train_network(replace(SMALL, n_train=10**6, n_validation=200, n_test=10**6, epochs=1), "cpu"))
    first, last = records
    assert (first.epoch, last.epoch) == (0, 1)
    assert (last.n_train, last.n_validation, last.n_test) == (1437 - 200, 200, 360)
    assert first.test_loss == pytest.approx(np.log(10), rel=0.1)
    for name in ("train_loss", "train_accuracy", "train_loss_eval", "train_accuracy_eval", "test_loss", "validation_loss"):
        assert np.isfinite(last[name])
    assert last["test_accuracy"] == last.test_accuracy
    assert set(last.row()).isdisjoint({"weights", "gradients", "activations", "model"})
    assert not last.diverged
    assert not last.stopped
    assert not hasattr(last, "nonsense")


def test_histograms_count_every_weight_and_gradient_and_activation():
    first, *_, last = train_network(SMALL, "cpu")
    assert first.gradients is None
    for kind in (last.weights, last.gradients):
        assert {name: int(h["counts"].sum()) for name, h in kind.items()} == {
            "hidden 1": 64 * 30,
            "hidden 2": 600,
            "output": 200,
        }
    w = last.model.layers[0].weight.detach().numpy()
    assert last.weights["hidden 1"]["edges"][[0, -1]] == pytest.approx([w.min(), w.max()])
    x = draw_examples(SMALL).x_test.numpy()
    for name, h in zip(("hidden 1", "hidden 2"), last.model.activations(x), strict=True):
        seen = last.activations[name]
        assert seen["zero"] == pytest.approx((h == 0).mean())
        assert seen["mean"] == pytest.approx(h.mean(), rel=1e-5)
        assert seen["variance"] == pytest.approx(h.astype(np.float64).var(), rel=1e-5)
        assert seen["counts"].sum() == h.size
        assert seen["unit_means"]["counts"].sum() == h.shape[1]


def test_gradients_shown_are_those_of_the_data_without_the_penalties():
    config = replace(SMALL, batch_size=60, epochs=1)  # one step, from the same start
    *_, plain = train_network(config, "cpu")
    *_, decayed = train_network(replace(config, weight_decay=10.0, l1=1.0), "cpu")
    for name, h in plain.gradients.items():
        np.testing.assert_array_equal(h["edges"], decayed.gradients[name]["edges"])
    assert decayed.weights["hidden 1"]["edges"][-1] < plain.weights["hidden 1"]["edges"][-1]


def test_examples_of_ones_own_take_the_place_of_the_chosen_ones():
    given = draw_examples(replace(SMALL, seed=8))
    own = numbers(train_network(SMALL, "cpu", data=given))
    assert own != numbers(train_network(SMALL, "cpu"))
    assert own == numbers(train_network(SMALL, "cpu", data=given))


def test_long_runs_carry_a_bounded_number_of_histograms_and_curves_a_bounded_number_of_records():
    records = list(train_network(replace(PRESETS["D4"], hidden=(5,), dropout=(0.5,)), "cpu"))
    assert records[1].epoch == 5
    assert [r.epoch for r in records if r.epoch % 400 == 0] == [0, 400, 800, 1200, 1600, 2000]
    detailed = [r.epoch for r in records if r.weights is not None]
    assert detailed[0] == 0
    assert detailed[-1] == 2000
    assert len(detailed) == DETAILED + 1
    assert {400, 800, 1200, 1600} <= set(detailed)
    assert all(r.test_accuracy is None and r.train_accuracy_eval is None for r in records)


def test_validation_examples_are_no_training_examples_and_more_training_data_keeps_the_less():
    a, b = (draw_examples(replace(SMALL, n_train=n, n_validation=300)) for n in (100, 1000))
    assert torch.equal(a.x_train, b.x_train[:100])
    assert torch.equal(a.x_validation, b.x_validation)
    both = torch.cat([b.x_train, b.x_validation]).flatten(1)
    everything = torch.from_numpy(images.load("digits").x_train).flatten(1)
    assert len(both.unique(dim=0)) >= len(both) - (len(everything) - len(everything.unique(dim=0)))
    assert not torch.equal(a.x_train, draw_examples(replace(SMALL, n_train=100, seed=4)).x_train)


def test_patience_ends_the_run_and_names_the_best_epoch():
    config = replace(SMALL, n_validation=100, epochs=200, patience=3, lr=0.3, dropout=(0,))
    records = list(train_network(config, "cpu"))
    last = records[-1]
    losses = [r.validation_loss for r in records]
    assert last.stopped
    assert not any(r.stopped for r in records[:-1])
    assert last.epoch < 200
    assert last.best_epoch == int(np.argmin(losses)) == last.epoch - 3
    assert last.weights is not None


def test_divergence_is_recorded_and_ends_the_run_without_an_error():
    records = list(train_network(replace(PRESETS["D4"], lr=50.0, momentum=0.0, epochs=300), "cpu"))
    assert records[-1].diverged
    assert not any(r.diverged for r in records[:-1])
    assert records[-1].epoch < 300


def test_augmentation_shifts_and_mirrors_and_loses_nothing_inside():
    x = torch.arange(28 * 28).view(1, 28, 28).repeat(3, 1, 1) + 1
    moved = augmented(x, torch.tensor([[0, 0, 0], [1, -2, 0], [0, 0, 1]]))
    assert torch.equal(moved[0], x[0])
    assert torch.equal(moved[1, :27, 2:], x[1, 1:, :26])
    assert (moved[1, 27] == 0).all()
    assert torch.equal(moved[2], x[2].flip(1))
    clothes, signs = (
        shifts(replace(SMALL, dataset=d), (28, 28), 500, generator(0, "look")) for d in ("fashion-mnist", "mnist")
    )
    assert clothes[:, 2].float().mean().item() == pytest.approx(0.5, abs=0.1)
    assert (signs[:, 2] == 0).all()
    assert clothes[:, :2].unique().tolist() == [-2, -1, 0, 1, 2]


def test_progress_is_told_after_each_batch_and_what_it_raises_ends_the_run():
    told = []
    list(train_network(SMALL, "cpu", on_step=told.append))
    assert told == sorted(told)
    assert {0.0, 0.2, 0.4, 1.0, 3.8, 4.0} <= {round(t, 6) for t in told}

    def stop(done):
        if done > 1:
            raise KeyboardInterrupt

    run = train_network(SMALL, "cpu", on_step=stop)
    assert next(run).epoch == 0
    assert next(run).epoch == 1
    with pytest.raises(KeyboardInterrupt):
        next(run)
    with pytest.raises(StopIteration):
        next(run)


def test_a_pause_leaves_the_consumers_gradient_mode_alone():
    for _ in train_network(SMALL, "cpu"):
        assert torch.is_grad_enabled()
    with torch.no_grad():
        assert len(list(train_network(SMALL, "cpu"))) == 5


needs_fashion = pytest.mark.skipif(
    not fashion_is_here() and not os.environ.get("CI"),
    reason="Fashion-MNIST's files are not on this machine",
)


@needs_fashion
def test_two_epochs_of_d3_are_in_the_published_range():
    _, one, two = train_network(replace(PRESETS["D3"], epochs=2), "cpu")
    assert one.n_train == 60_000
    assert one.train_loss / 256 == pytest.approx(0.0045, abs=0.0003)  # published .0042 (with the bug) and .0046
    assert two.train_loss / 256 == pytest.approx(0.0023, abs=0.00015)
    assert 0.53 < one.train_accuracy < 0.60
    assert 0.77 < two.train_accuracy < 0.80
    assert two.test_accuracy > 0.70


@cache
def twins(preset):
    """The records of both networks, without dropout and with it."""
    config = replace(PRESETS[preset], n_test=2000)
    return list(train_networks([replace(config, dropout=(0,)), config], "cpu"))


@needs_fashion
def test_with_few_images_dropout_lowers_the_test_loss_and_in_a_small_network_it_raises_it():
    for preset, sign in (("few-images", 1), ("dropout-hurts", -1)):
        *_, (without, with_dropout) = twins(preset)
        assert sign * (without.test_loss - with_dropout.test_loss) > 0.1


@needs_fashion
def test_with_few_images_dropout_raises_no_accuracy_and_stopping_early_leaves_a_lower_test_loss_still():
    without, with_dropout = zip(*twins("few-images"), strict=True)
    assert with_dropout[-1].test_accuracy < without[-1].test_accuracy + 0.005
    assert min(record.test_loss for record in without) < min(record.test_loss for record in with_dropout)
