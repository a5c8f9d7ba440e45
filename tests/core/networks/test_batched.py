"""Networks trained as one give the numbers that each gives alone."""

from dataclasses import replace

import pytest
import torch

from regdemo.config.configs import NetworkConfig
from regdemo.core.networks.batched import train_batched
from regdemo.core.networks.layers import Network
from regdemo.core.networks.train import train_network
from tests.helpers.networks import trained_by_torch

BASE = NetworkConfig(
    dataset="curve", hidden=(7, 7, 7), dropout=(0.0,), init="torch", n_train=5, n_test=20, lr=0.01, momentum=0.9, batch_size=5,
    epochs=60,
)  # fmt: skip
ADAM = replace(BASE, optimizer="adam", momentum=0.0, n_train=10, batch_size=20)


def runs(base):
    return [replace(base, dropout=(p,), seed=seed) for p in (0.0, 0.3, 0.9, 1.0) for seed in (0, 3)]


@pytest.mark.parametrize(
    "base", [BASE, ADAM, replace(BASE, hidden=(6,), dropout=(0.0,), momentum=0.0)], ids=["sgd", "adam", "one layer"]
)
def test_each_run_equals_its_solo_run(base):
    configs = runs(base)
    together = train_batched(configs, dtype=torch.float64)
    for config, net in zip(configs, together, strict=True):
        *_, last = train_network(config, "cpu", dtype=torch.float64)
        torch.testing.assert_close(net.theta, last.model.theta, rtol=0, atol=1e-9)
        assert not torch.equal(net.theta, Network(config, (1,), 1, "cpu", torch.float64).theta)


def test_a_run_equals_a_loop_with_torchs_own_modules_and_optimizer():
    config = replace(ADAM, dropout=(0.4,), seed=3)
    _, ours = train_batched([replace(config, dropout=(0.1,)), config], dtype=torch.float64)
    torch.testing.assert_close(ours.theta, trained_by_torch(config, torch.float64).theta, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    "odd",
    [
        {"weight_decay": 0.1},
        {"lr": 0.02},
        {"batch_size": 2},
        {"batch_norm": True},
        {"drop": "weights"},
        {"dropout": (0.1, 0.2, 0.1)},
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_what_cannot_be_trained_as_one_is_refused(odd):
    with pytest.raises(ValueError, match="networks trained as one"):
        train_batched([BASE, replace(BASE, **odd)])
    if "lr" not in odd:
        with pytest.raises(ValueError, match="networks trained as one"):
            train_batched([replace(BASE, **odd)])


def test_every_step_is_told():
    told = []
    train_batched([replace(BASE, epochs=4)], on_step=told.append)
    assert told == [1, 2, 3, 4]
