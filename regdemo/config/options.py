"""Penalties and optimizers by name: what a config must know of them, and what controls and sentences call them.

What they do is registered under the same names: by `core` in `linear/penalties.py` and `optimizers.py`, by `replay` and by
`export` in files of the same names. A test names what a newcomer lacks.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Penalty:
    title: str
    is_weight_decay: bool = False  # ½‖w‖₂², whose gradient w shrinks every weight by one factor


@dataclass(frozen=True)
class Optimizer:
    title: str
    has_momentum: bool = False  # momentum is a setting; others have averages of their own
    adaptive: bool = False  # divides a gradient by its running size: steps are about η long, whatever the loss is multiplied by


PENALTIES: Mapping[str, Penalty] = {
    "l2": Penalty("L2", is_weight_decay=True),
    "l1": Penalty("L1"),
    "elastic_net": Penalty("elastic net"),
}
OPTIMIZERS: Mapping[str, Optimizer] = {
    "sgd": Optimizer("SGD", has_momentum=True),
    "adam": Optimizer("Adam", adaptive=True),
}
OPTIMIZER_TITLES = {name: optimizer.title for name, optimizer in OPTIMIZERS.items()}
