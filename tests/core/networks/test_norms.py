"""Weights under batch normalisation: outputs that their length does not change, steps at right angles, lengths of runs alone."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from regdemo.core.networks.datasets import draw_examples
from regdemo.core.networks.layers import Network
from regdemo.core.networks.norms import rescaled, sweep_norms
from regdemo.core.networks.train import train_network
from tests.helpers.networks import SMALL

NORMED = replace(SMALL, dropout=(0.0, 0.0), batch_norm=True, batch_size=60, epochs=6, lr=0.2)
STRENGTHS = (0.0, 0.01, 0.3)
CONFIGS = [replace(NORMED, weight_decay=lam) for lam in STRENGTHS]


def test_the_length_of_normalised_weights_changes_no_output_and_that_of_others_does():
    x = draw_examples(NORMED).x_test
    for batch_norm in (True, False):
        net = Network(replace(NORMED, batch_norm=batch_norm), (8, 8), 10, "cpu", torch.float64)
        with torch.no_grad():
            for layer in net.layers[:-1]:
                layer.weight.mul_(1e4)  # so that the ε in the square root is nothing
            net.layers[-1].weight.mul_(0.1 if batch_norm else 1e-9)
        theta = net.theta.clone()
        moved = rescaled(net, x)
        assert (moved < 1e-10) == batch_norm
        assert batch_norm or moved > 0.01
        assert torch.equal(net.theta, theta)


def test_a_step_stands_at_right_angles_to_normalised_weights_and_decay_shortens_them():
    for lam in (0.0, 0.3):
        config = replace(NORMED, weight_decay=lam)
        weights = [
            [layer.weight.detach().clone() for layer in record.model.layers]
            for record in train_network(config, "cpu", dtype=torch.float64)
        ]
        for before, after in pairwise(weights):
            kept = [(1 - config.lr * lam) * w for w in before]
            turned = [
                float(torch.dot(w.flatten(), (new - w).flatten()) / w.norm() / (new - w).norm())
                for w, new in zip(kept, after, strict=True)
            ]
            assert turned[:-1] == pytest.approx([0, 0], abs=1e-3)  # ε in the square root is not quite nothing
            assert abs(turned[-1]) > 0.01  # the output layer is not normalised


def test_a_sweep_has_the_lengths_and_losses_of_each_run_alone():
    found = sweep_norms(CONFIGS)
    assert found.strengths == STRENGTHS
    assert found.norms.shape == (3, NORMED.epochs + 1, 3)
    for k, config in enumerate(CONFIGS):
        records = []
        for e, record in enumerate(train_network(config, "cpu")):
            lengths = [float((layer.weight.detach().double() ** 2).sum()) ** 0.5 for layer in record.model.layers]
            assert found.norms[k, e] == pytest.approx(lengths, rel=1e-5)
            records.append(record)
        assert found.test[k] == pytest.approx([record.test_loss for record in records], rel=1e-5)
        assert found.train[k] == pytest.approx([record.train_loss_eval for record in records], rel=1e-5)
        gains = torch.cat([layer.norm.gain for layer in records[-1].model.layers[:-1]]).detach()
        assert found.gain[k] == pytest.approx(float(gains[:30].abs().mean() + gains[30:].abs().mean()) / 2, rel=1e-5)
    assert found.steps == pytest.approx(0.2 / found.norms[..., :2] ** 2)
    assert (np.diff(found.norms[0, :, :2], axis=0) >= 0).all()  # without decay they only grow
    assert (found.norms[2, -1, :2] < found.norms[0, -1, :2]).all()


def test_where_gains_are_decayed_they_shrink_and_elsewhere_they_do_not():
    weights, everything = (
        sweep_norms([replace(NORMED, weight_decay=0.3, decayed=decayed)]).gain[0] for decayed in ("weights", "all")
    )
    assert everything < 0.8 * weights


def test_a_run_that_diverges_has_nothing_from_there_on():
    wild = replace(NORMED, batch_norm=False, lr=1000.0)
    found = sweep_norms([wild, replace(wild, weight_decay=0.01)])
    assert np.isfinite(found.norms[:, 0]).all()
    assert np.isnan(found.norms[:, -1]).all()
    assert np.isnan(found.test[:, -1]).all()
