"""Networks of one shape trained as one: their weights stacked, each layer one batched product for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from regdemo.config.configs import NetworkConfig
from regdemo.config.constants import MASK_LEVELS
from regdemo.config.optimizers import OPTIMIZERS
from regdemo.core.networks.datasets import draw_examples
from regdemo.core.networks.layers import Network
from regdemo.core.rng import generator

_PLAIN: dict[str, Any] = {"dropout": (0.0,), "seed": 0}  # what the networks may differ in


def train_batched(
    configs: Sequence[NetworkConfig],
    *,
    dtype: torch.dtype = torch.float32,
    on_step: Callable[[int], object] = lambda step: None,
) -> list[Network]:
    """Minimise each network's mean squared error on its curve; the networks after their last step, on the CPU.

    They differ in their seeds and in their rates, one for all hidden layers of a network, and have nothing else that draws or
    penalises. Weights of a layer are (runs, in, out), what it passes on (runs, n, out): the sum of all losses has for each run
    the gradient that its own loss has. Each run has the data, start and masks that `train_network` gives it, and its numbers.
    `on_step(steps done)` is called after each step.
    """
    shared = _shared(configs)
    nets = [Network(config, (1,), 1, "cpu", dtype) for config in configs]
    data = [draw_examples(config).to(torch.device("cpu"), dtype) for config in configs]
    x = torch.stack([each.x_train for each in data])  # (runs, n, 1)
    y = torch.stack([each.y_train for each in data])  # (runs, n)
    theta = torch.stack([net.theta for net in nets])
    pieces = theta.split([p.numel() for p in nets[0].parameters], dim=1)
    shapes = [p.shape if p.dim() > 1 else (1, *p.shape) for p in nets[0].parameters]
    parameters = [piece.unflatten(1, shape).requires_grad_() for piece, shape in zip(pieces, shapes, strict=True)]
    depth = len(shared.hidden)
    layers = list(zip(parameters[: depth + 1], parameters[depth + 1 :], strict=True))
    direction, masks = OPTIMIZERS[shared.optimizer].direction(shared), _Masks(configs, x.shape[1], dtype)
    for step in range(1, shared.epochs + 1):
        h, kept = x, masks.draw()
        with torch.enable_grad():
            for i, (weight, bias) in enumerate(layers):
                h = torch.baddbmm(bias, h, weight)
                if i < depth:
                    h = h.relu() * kept[:, i]
            losses = (h[..., 0] - y).square().mean(1)
            gradients = torch.autograd.grad(losses.sum(), parameters)
        with torch.no_grad():
            theta.sub_(direction(torch.cat([g.flatten(1) for g in gradients], 1)), alpha=shared.lr)
        on_step(step)
    with torch.no_grad():
        for net, trained in zip(nets, theta, strict=True):
            net.theta.copy_(trained)
    return nets


def _shared(configs: Sequence[NetworkConfig]) -> NetworkConfig:
    """What the networks have in common; ValueError where they cannot be trained as one."""
    shared = replace(configs[0], **_PLAIN)
    allowed = NetworkConfig(
        dataset="curve",
        hidden=shared.hidden,
        dropout=(0.0,),
        init=shared.init,
        n_train=shared.n_train,
        n_test=shared.n_test,
        optimizer=shared.optimizer,
        lr=shared.lr,
        momentum=shared.momentum,
        batch_size=shared.batch_size,
        epochs=shared.epochs,
    )
    if any(replace(config, **_PLAIN) != allowed for config in configs) or shared.batch_size < shared.n_train:
        raise ValueError("networks trained as one differ in dropout and seed alone: plain ones on the curve, in whole batches")
    if len(set(shared.hidden)) != 1 or any(len(set(config.dropout)) != 1 for config in configs):
        raise ValueError("networks trained as one have hidden layers of one width, and one rate for all of them")
    return shared


class _Masks:
    """The masks of all runs, step by step: those of one seed are cut from the same random bits (`layers.draw_mask`)."""

    def __init__(self, configs: Sequence[NetworkConfig], n: int, dtype: torch.dtype) -> None:
        hidden, rates = configs[0].hidden, [config.dropout[0] for config in configs]
        self.size, self.shape = n * hidden[0], (len(configs), len(hidden), n, hidden[0])
        seeds = list(dict.fromkeys(config.seed for config in configs))
        self.seed_of = torch.tensor([seeds.index(config.seed) for config in configs])
        self.generators = [generator(seed, "masks") for seed in seeds]
        self.bits = torch.empty(len(seeds), len(hidden), -(-self.size // 4), dtype=torch.int64)
        levels = [min(max(round(p * MASK_LEVELS), 1), MASK_LEVELS - 1) if p else 0 for p in rates]
        self.least = (torch.tensor(levels) - MASK_LEVELS // 2).to(torch.int16)[:, None, None]
        self.scale = torch.tensor([1 / (1 - p) if p < 1 else 0.0 for p in rates], dtype=dtype)[:, None, None]

    def draw(self) -> Tensor:
        """The next step's masks, divided by 1 − p: (runs, hidden layers, n, width)."""
        for bits, g in zip(self.bits, self.generators, strict=True):
            bits.random_(-(2**63), None, generator=g)
        drawn = self.bits.view(torch.int16)[:, :, : self.size]
        return torch.where(drawn[self.seed_of] >= self.least, self.scale, 0.0).view(self.shape)
