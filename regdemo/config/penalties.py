"""Penalties: each is one object, with all that configs, training, exact solutions and sentences need of it.

Their functions take torch's tensors and call nothing but the tensors' own methods: nothing is loaded here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from regdemo.config.configs import LinearConfig


@dataclass(frozen=True, eq=False)
class Penalty:
    """What training adds to the loss is λ · value(w), summed over the last axis of w.

    Away from zero its second derivative is one number, and at zero its slope may jump: with both, λ_max and the exact solution
    follow.
    """

    title: str
    value: "Callable[[Tensor], Tensor]"
    subgradient: "Callable[[Tensor], Tensor]"  # 0 where w is 0
    prox: "Callable[[Tensor, Tensor], Tensor]"  # (w, t) -> argmin_v ½‖v − w‖² + t · value(v)
    latex: str  # of λ · value(w)
    corner: (
        float  # slope on the positive side of zero: a weight stays zero where the loss pulls at it with less than λ · corner
    )
    curvature: float  # second derivative of value, away from zero
    curvature_symbol: str  # of λ · curvature; empty where it is 0
    is_weight_decay: bool = False  # ½‖w‖₂², whose gradient w shrinks every weight by one factor


def soft_threshold(w: "Tensor", t: "Tensor") -> "Tensor":
    """Proximal map of t·‖w‖₁: every entry moves t toward zero and stops there (Parikh & Boyd 2014, section 6.5.2)."""
    return w - w.clamp(-t, t)


L2 = Penalty(
    title="L2",
    value=lambda w: w.square().sum(-1) / 2,
    subgradient=lambda w: w,
    prox=lambda w, t: w / (1 + t),
    latex=r"\lambda\cdot\tfrac12\lVert w\rVert_2^2",
    corner=0.0,
    curvature=1.0,
    curvature_symbol="λ",
    is_weight_decay=True,
)
L1 = Penalty(
    title="L1",
    value=lambda w: w.abs().sum(-1),
    subgradient=lambda w: w.sign(),
    prox=soft_threshold,
    latex=r"\lambda\,\lVert w\rVert_1",
    corner=1.0,
    curvature=0.0,
    curvature_symbol="",
)


def elastic_net(rho: float) -> Penalty:
    """ρ‖w‖₁ + (1 − ρ) · ½‖w‖₂² (Zou & Hastie 2005)."""
    return Penalty(
        title="elastic net",
        value=lambda w: rho * w.abs().sum(-1) + (1 - rho) / 2 * w.square().sum(-1),
        subgradient=lambda w: w.sign().mul_(rho).add_(w, alpha=1 - rho),
        prox=lambda w, t: soft_threshold(w, rho * t) / (1 + (1 - rho) * t),
        latex=rf"\lambda\,\bigl({rho:g}\,\lVert w\rVert_1 + {1 - rho:g}\cdot\tfrac12\lVert w\rVert_2^2\bigr)",
        corner=rho,
        curvature=1 - rho,
        curvature_symbol={0.0: "λ", 1.0: ""}.get(rho, "(1 − ρ)λ"),
    )


#: name -> the penalty of a config of that name
PENALTIES: "Mapping[str, Callable[[LinearConfig], Penalty]]" = {
    "l2": lambda config: L2,
    "l1": lambda config: L1,
    "elastic_net": lambda config: elastic_net(config.l1_ratio),
}


def penalty_of(config: "LinearConfig") -> Penalty:
    return PENALTIES[config.penalty](config)
