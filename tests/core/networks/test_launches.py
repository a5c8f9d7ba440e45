"""A training step replayed as a CUDA graph: the same numbers as the step itself."""

from dataclasses import replace

import pytest
import torch

from regdemo import train_network
from regdemo.core.networks import train
from tests.helpers.networks import SMALL, SWITCHES

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that runs CUDA")


def trained(config):
    return list(train_network(config, "cuda", dtype=torch.float64))[-1].model.theta.detach()


@pytest.mark.parametrize("name", SWITCHES)
def test_replayed_steps_give_the_same_weights(name, monkeypatch):
    config = replace(SMALL, **SWITCHES[name])
    replayed = trained(config)
    monkeypatch.setattr(train, "replayed", lambda step, masks: step)
    torch.testing.assert_close(replayed, trained(config), rtol=1e-9, atol=1e-9)


def test_full_batches_after_the_first_few_are_replayed(monkeypatch):
    taken, step = [], train._Run.step
    monkeypatch.setattr(train._Run, "step", lambda run, x, y: taken.append(len(x)) or step(run, x, y))
    trained(replace(SMALL, n_train=57))
    assert taken.count(12) == 4  # three of them taken, one recorded
    assert taken.count(57 % 12) == SMALL.epochs
