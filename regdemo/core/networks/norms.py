"""Weight decay where layers are normalised: how long W is, how far a step turns it, and that its length changes nothing.

Batch normalisation takes W·x and (c·W)·x to the same values, so the loss L does not depend on ‖W‖: ⟨W, ∇L⟩ = 0 and
∇L(c·W) = ∇L(W)/c. A step of plain gradient descent turns W by an angle that goes with η/‖W‖², the effective step; without decay
‖W‖² grows by η²‖∇L‖² a step. Van Laarhoven, "L2 regularization versus batch and weight normalization", 2017.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch

from regdemo.config.configs import NetworkConfig
from regdemo.core.networks.datasets import draw_examples
from regdemo.core.networks.layers import Network
from regdemo.core.networks.train import Record, train_networks

FACTOR = 10.0  # that the weights of hidden layers are multiplied by at the end


@dataclass(frozen=True, eq=False)
class NormSweep:
    """K strengths trained alike for E epochs, by record 0 to E; NaN from where a run has diverged.

    norms (K, E + 1, L): ‖W‖ of each layer, the output's last. gain (K): mean |gain| of normalised units at the end, 1 where none is.
    train, test (K, E + 1): losses in eval mode. moved (K): the most that a probability of a test image changes if W of each hidden
    layer is multiplied by FACTOR at the end, where layers normalise by these images' own mean and variance.
    """

    configs: tuple[NetworkConfig, ...]
    norms: np.ndarray
    gain: np.ndarray
    train: np.ndarray
    test: np.ndarray
    moved: np.ndarray

    @property
    def strengths(self) -> tuple[float, ...]:
        return tuple(config.weight_decay for config in self.configs)

    @property
    def steps(self) -> np.ndarray:
        """The effective step η/‖W‖² of each hidden layer, (K, E + 1, L − 1)."""
        return self.configs[0].lr / np.square(self.norms[..., :-1])

    @property
    def nbytes(self) -> int:
        return sum(value.nbytes for f in fields(self) if isinstance(value := getattr(self, f.name), np.ndarray))


def sweep_norms(configs: Sequence[NetworkConfig], on_step: Callable[[float], object] = lambda epoch: None) -> NormSweep:
    """Train the configs side by side and look at their weights after every epoch. They differ in weight_decay alone."""
    looks: list[list[list[float]]] = []
    last: tuple[Record, ...] = ()
    for last in train_networks(configs, "cpu", on_step=on_step):
        looks.append([_look(record) for record in last])
    found = np.array(looks).transpose(1, 0, 2)  # (K, E + 1, 2 + L)
    nets, x = [record.model for record in last], draw_examples(configs[0]).x_test
    norms = [[layer.norm for layer in net.layers if layer.norm is not None] for net in nets]
    return NormSweep(
        configs=tuple(configs),
        norms=found[..., 2:],
        gain=np.array([np.mean([float(norm.gain.detach().abs().mean()) for norm in of]) if of else 1.0 for of in norms]),
        train=found[..., 0],
        test=found[..., 1],
        moved=np.array([rescaled(net, x) for net in nets]),
    )


def _look(record: Record) -> list[float]:
    """(train loss, test loss, ‖W‖ of each layer) of a record; of a run that has diverged there is nothing to see."""
    lengths = [float(layer.weight.detach().norm()) for layer in record.model.layers]
    return [np.nan] * (2 + len(lengths)) if record.diverged else [record.train_loss_eval, record.test_loss, *lengths]


@torch.no_grad()
def rescaled(net: Network, x: np.ndarray | torch.Tensor, factor: float = FACTOR) -> float:
    """The most that a probability changes if W of every hidden layer is multiplied by a factor; the network stays as it is."""
    inputs, theta = net.prepare(x), net.theta.clone()

    def probabilities() -> torch.Tensor:
        return net.forward(inputs, batch_stats=True, remember=False).softmax(1)

    before = probabilities()
    for layer in net.layers[:-1]:
        layer.weight.mul_(factor)
    most = float((probabilities() - before).abs().max())
    net.theta.copy_(theta)
    return most
