"""Optimizers: each is one object, with what configs and sentences need of it, and how it makes a direction of a gradient.

Their functions take torch's tensors and call nothing but the tensors' own methods: nothing is loaded here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from regdemo.config.configs import Config

Direction = Callable[["Tensor"], "Tensor"]


@dataclass(frozen=True)
class Optimizer:
    """`direction` gives the function of one run, from gradients to directions, which remembers the gradients it has seen.

    With `has_momentum`, momentum is a setting; others have averages of their own. An optimizer that `is_adaptive` divides a
    gradient by its running size: steps are about η long, whatever the loss is multiplied by. It `is_replayable` where a step
    does not depend on how many there were: a recorded one can be taken again.
    """

    title: str
    direction: "Callable[[Config], Direction]"
    has_momentum: bool = False
    is_adaptive: bool = False
    is_replayable: bool = False


def _sgd(config: "Config") -> Direction:
    """g, or with momentum v ← momentum · v + g."""
    velocity: Tensor | None = None

    def direction(g: "Tensor") -> "Tensor":
        nonlocal velocity
        if config.momentum == 0:
            return g
        velocity = g.clone() if velocity is None else velocity.mul_(config.momentum).add_(g)
        return velocity

    return direction


def _adam(config: "Config") -> Direction:
    """Kingma & Ba 2015, algorithm 1, with torch's defaults β = (0.9, 0.999), ε = 1e-8."""
    averages: list[Tensor] = []
    t = 0

    def direction(g: "Tensor") -> "Tensor":
        nonlocal t
        if not averages:
            averages.extend((g.new_zeros(g.shape), g.new_zeros(g.shape)))
        mean, square = averages
        t += 1
        mean.lerp_(g, 1 - 0.9)
        square.mul_(0.999).addcmul_(g, g, value=1 - 0.999)
        scale = square.sqrt().div_((1 - 0.999**t) ** 0.5).add_(1e-8)
        return mean.div(scale).div_(1 - 0.9**t)

    return direction


OPTIMIZERS: Mapping[str, Optimizer] = {
    "sgd": Optimizer("SGD", _sgd, has_momentum=True, is_replayable=True),
    "adam": Optimizer("Adam", _adam, is_adaptive=True),
}
OPTIMIZER_TITLES = {name: optimizer.title for name, optimizer in OPTIMIZERS.items()}
