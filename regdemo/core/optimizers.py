"""How a gradient becomes a direction to step in: SGD with momentum, and Adam."""

from collections.abc import Callable

import torch
from torch import Tensor

from regdemo.config.configs import LinearConfig, NetworkConfig

Direction = Callable[[Tensor], Tensor]


def _sgd(config: LinearConfig | NetworkConfig) -> Direction:
    """g, or with momentum v ← momentum · v + g."""
    velocity: Tensor | None = None

    def direction(g: Tensor) -> Tensor:
        nonlocal velocity
        if config.momentum == 0:
            return g
        velocity = g.clone() if velocity is None else velocity.mul_(config.momentum).add_(g)
        return velocity

    return direction


def _adam(config: LinearConfig | NetworkConfig) -> Direction:
    """Kingma & Ba 2015, algorithm 1, with torch's defaults β = (0.9, 0.999), ε = 1e-8."""
    state: list[Tensor] = []
    t = 0

    def direction(g: Tensor) -> Tensor:
        nonlocal t
        if not state:
            state.extend((torch.zeros_like(g), torch.zeros_like(g)))
        mean, square = state
        t += 1
        mean.lerp_(g, 1 - 0.9)
        square.mul_(0.999).addcmul_(g, g, value=1 - 0.999)
        scale = square.sqrt().div_((1 - 0.999**t) ** 0.5).add_(1e-8)
        return mean.div(scale).div_(1 - 0.9**t)

    return direction


#: name -> (config -> the direction of one run, which remembers the gradients it has seen)
OPTIMIZERS: dict[str, Callable[[LinearConfig | NetworkConfig], Direction]] = {"sgd": _sgd, "adam": _adam}
