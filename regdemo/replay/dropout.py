"""The curve's network replayed update by update, with the last hidden layer laid open: activations, mask, gradient, new weights.

Forward and backward pass are the core's layers in float32; the mask, the loss, momentum and the step are written out here.
"""

from dataclasses import dataclass
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from regdemo.config.configs import NetworkConfig
from regdemo.core.networks.datasets import draw_examples
from regdemo.core.networks.layers import Network, draw_mask
from regdemo.core.rng import generator, pick_device
from regdemo.replay.linear import Walk

KEPT = 10  # epochs whose start is kept: each holds every weight of the network twice
PLAIN = {
    "dataset": "curve", "optimizer": "sgd", "weight_decay": 0.0, "weight_decay_before": 0.0, "l1": 0.0, "max_norm": None, "batch_norm": False, "patience": None,
    "drop": "units",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class DropoutStep:
    """One update, seen at the last hidden layer and the weights from it to the one output. B examples, in the order drawn."""

    number: int  # t, from 1
    epoch: int  # from 1
    examples: np.ndarray  # (B) row numbers in the training data, from 0
    inputs: np.ndarray  # (B)
    targets: np.ndarray  # (B)
    rate: float  # p of this layer
    activations: np.ndarray  # (B, units) h, before dropout
    mask: np.ndarray  # (B, units) 0 or 1
    scaled: np.ndarray  # (B, units) h·m/(1 − p)
    bias: float  # of the output, before
    predictions: np.ndarray  # (B), before
    gradient: np.ndarray  # (units) of the batch's mean squared error
    velocity: np.ndarray  # (units) momentum · its last value + gradient; η times it is subtracted
    before: np.ndarray  # (units) weights to the output
    after: np.ndarray
    loss: float  # mean squared error of the batch, before

    @property
    def errors(self) -> np.ndarray:
        """Prediction − target, (B)."""
        return self.predictions - self.targets

    @property
    def contributions(self) -> np.ndarray:
        """What each unit adds to each prediction, (B, units)."""
        return self.scaled * self.before

    @property
    def shares(self) -> np.ndarray:
        """Each example's part of the gradient, 2/B · error · h·m/(1 − p): zero where the mask is zero. (B, units)"""
        return 2 / len(self.errors) * self.errors[:, None] * self.scaled


@dataclass(frozen=True, eq=False)
class _State:
    theta: Tensor
    velocity: Tensor
    masks: Tensor  # the state of the masks' generator


@dataclass(frozen=True, eq=False)
class _Pass:
    rate: float
    h: Tensor
    mask: Tensor
    scaled: Tensor
    predictions: Tensor
    bias: float
    loss: float
    gradient: Tensor  # of every learned number
    masks: Tensor  # the generator's state afterwards


class DropoutReplay(Walk[_State]):
    """The run of a config on the curve by SGD, with or without momentum and dropout, update by update.

    Raises ValueError where a config has another data set or optimizer, or another regularizer: the update would have more terms.
    """

    def __init__(self, config: NetworkConfig, device: str | torch.device | None = None) -> None:
        """`device` is where masks are drawn, as in train_network: other kinds of device draw others."""
        for name, value in PLAIN.items():
            if getattr(config, name) != value:
                raise ValueError(f"{name} = {getattr(config, name)!r}: allowed is {value!r} under the microscope")
        if not config.hidden:
            raise ValueError("hidden = (): allowed is at least one hidden layer under the microscope")
        self.config, self.device = config, pick_device(device)
        data = draw_examples(config).to(self.device, torch.float32)
        self.x, self.y = data.x_train, data.y_train
        self._net, self._lock = Network(config, (1,), 1, self.device), Lock()  # one network lends its layers to every update
        theta, n = self._net.theta.clone(), self._net.n_weights
        self._output = slice(n - config.hidden[-1], n)  # the output's weights, within all numbers
        masks = generator(config.seed, "masks", self.device).get_state()
        super().__init__(
            _State(theta, torch.zeros_like(theta), masks),
            seed=config.seed,
            n=len(self.y),
            batch_size=config.batch_size,
            epochs=config.epochs,
            kept=KEPT,
        )

    @property
    def nbytes(self) -> int:
        """Bytes held once every state is kept: what a cache must count."""
        state, order = self._kept[0]
        return (KEPT + 3) * (2 * state.theta.nbytes + state.masks.nbytes + order.nbytes) + self.x.nbytes + self.y.nbytes

    def step(self, t: int) -> DropoutStep:
        """Update t of 1 … steps, with everything that went into it at the last hidden layer."""
        state, rows = self._before(t)
        seen = self._backward(state, t, rows)
        after = self._follow(state, seen)
        parts = (self.x[rows, 0], self.y[rows], seen.h, seen.mask, seen.scaled, seen.predictions)
        output = (seen.gradient, after.velocity, state.theta, after.theta)
        x, y, h, mask, scaled, predictions = (part.cpu().numpy() for part in parts)
        gradient, velocity, before, new = (part[self._output].cpu().numpy() for part in output)
        return DropoutStep(
            t,
            (t - 1) // self.steps_per_epoch + 1,
            rows,
            x,
            y,
            seen.rate,
            h,
            mask,
            scaled,
            seen.bias,
            predictions,
            gradient,
            velocity,
            before,
            new,
            seen.loss,
        )

    def theta(self, t: int) -> np.ndarray:
        """Every learned number after update t, in the order of Network.theta."""
        state, rows = self._before(t)
        return self._update(state, t, rows).theta.cpu().numpy()

    def _update(self, state: _State, t: int, rows: np.ndarray) -> _State:
        return self._follow(state, self._backward(state, t, rows))

    def _follow(self, state: _State, seen: _Pass) -> _State:
        """v ← μv + g and θ ← θ − ηv."""
        velocity = self.config.momentum * state.velocity + seen.gradient
        return _State(state.theta - self.config.lr * velocity, velocity, seen.masks)

    def _backward(self, state: _State, t: int, rows: np.ndarray) -> _Pass:
        """Forward through the layers with masks, backward by autograd."""
        rates, _ = self.config.in_force((t - 1) // self.steps_per_epoch + 1)
        net, masks, p = self._net, torch.Generator(self.device), rates[-1]
        masks.set_state(state.masks)
        with self._lock:
            net.theta.copy_(state.theta)
            net.set_rates(rates)
            *lower, hidden, output = net.layers
            h, y = net.prepare(self.x[rows]), self.y[rows]
            for layer in lower:
                h = layer(h, masks, True, True)
            h = hidden(h, None, True, True)
            mask = draw_mask(tuple(h.shape), p, masks, h.dtype)
            scaled = h * (mask * (1 / (1 - p)) if p < 1 else mask)
            predictions = output(scaled, None, True, True)[:, 0]
            loss = ((predictions - y) ** 2).mean()
            gradient = torch.cat([part.flatten() for part in torch.autograd.grad(loss, net.parameters)])
            bias = float(output.bias.detach())
        h, scaled, predictions, loss = (part.detach() for part in (h, scaled, predictions, loss))
        return _Pass(p, h, mask, scaled, predictions, bias, float(loss), gradient, masks.get_state())
