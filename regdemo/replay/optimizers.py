"""Optimizers as the replays know them: written out in NumPy, and torch's own class. Neither takes anything from the core."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from regdemo.config.configs import LinearConfig

Memory = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Optimizer:
    #: (config, t from 1, gradient, memory) -> (direction, memory); the memory starts as zeros
    direction: Callable[[LinearConfig, int, np.ndarray, Memory], tuple[np.ndarray, Memory]]
    torch: Callable[..., torch.optim.Optimizer]


def _sgd(config: LinearConfig, t: int, g: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
    """Polyak's momentum without dampening: v ← μv + g, from v = 0."""
    v = config.momentum * memory[0] + g
    return v, (v, memory[1])


def _adam(config: LinearConfig, t: int, g: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
    """Kingma & Ba 2015, algorithm 1, with the paper's constants."""
    mean, square = 0.9 * memory[0] + 0.1 * g, 0.999 * memory[1] + 0.001 * g**2
    return mean / (1 - 0.9**t) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8), (mean, square)


OPTIMIZERS: Mapping[str, Optimizer] = {
    "sgd": Optimizer(_sgd, torch.optim.SGD),
    "adam": Optimizer(_adam, torch.optim.Adam),
}
