"""Penalties: each is one object, with all that training, solving and judging a run need of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from regdemo.config.configs import LinearConfig
from regdemo.core.linear.exact import Exact, elastic_net, ridge

if TYPE_CHECKING:
    from torch import Tensor

    from regdemo.core.linear.data import LinearData


@dataclass(frozen=True, eq=False)
class Penalty:
    """What training adds to the loss is λ · value(w), summed over the last axis of w."""

    value: "Callable[[Tensor], Tensor]"
    subgradient: "Callable[[Tensor], Tensor]"  # 0 where w is 0
    prox: "Callable[[Tensor, Tensor], Tensor]"  # (w, t) -> argmin_v ½‖v − w‖² + t · value(v)
    lam_max: "Callable[[LinearData], np.ndarray]"  # the least λ that keeps nothing, (seeds); L1's where no λ does so
    exact: "Callable[[LinearData, np.ndarray, bool], Exact]"  # (data, λ (seeds, strengths), whether the bias is penalised)
    curvature: float  # largest second derivative of value, away from corners
    curvature_symbol: str  # of λ · curvature; empty where it is 0
    latex: str  # of λ · value(w)


def soft_threshold(w: "Tensor", t: "Tensor") -> "Tensor":
    """Proximal map of t·‖w‖₁: every entry moves t toward zero and stops there (Parikh & Boyd 2014, section 6.5.2)."""
    return w - w.clamp(-t, t)


L2 = Penalty(
    value=lambda w: w.square().sum(-1) / 2,
    subgradient=lambda w: w,
    prox=lambda w, t: w / (1 + t),
    lam_max=lambda data: data.lam_max,
    exact=ridge,
    curvature=1.0,
    curvature_symbol="λ",
    latex=r"\lambda\cdot\tfrac12\lVert w\rVert_2^2",
)
L1 = Penalty(
    value=lambda w: w.abs().sum(-1),
    subgradient=lambda w: w.sign(),
    prox=soft_threshold,
    lam_max=lambda data: data.lam_max,
    exact=lambda data, lam, penalize_bias: elastic_net(data, lam, 1.0, penalize_bias),
    curvature=0.0,
    curvature_symbol="",
    latex=r"\lambda\,\lVert w\rVert_1",
)


def mixed(rho: float) -> Penalty:
    """The elastic net ρ‖w‖₁ + (1 − ρ) · ½‖w‖₂² (Zou & Hastie 2005)."""
    return Penalty(
        value=lambda w: rho * w.abs().sum(-1) + (1 - rho) / 2 * w.square().sum(-1),
        subgradient=lambda w: w.sign().mul_(rho).add_(w, alpha=1 - rho),
        prox=lambda w, t: soft_threshold(w, rho * t) / (1 + (1 - rho) * t),
        lam_max=lambda data: data.lam_max / (rho or 1.0),
        exact=lambda data, lam, penalize_bias: elastic_net(data, lam, rho, penalize_bias),
        curvature=1 - rho,
        curvature_symbol={0.0: "λ", 1.0: ""}.get(rho, "(1 − ρ)λ"),
        latex=rf"\lambda\,\bigl({rho:g}\,\lVert w\rVert_1 + {1 - rho:g}\cdot\tfrac12\lVert w\rVert_2^2\bigr)",
    )


#: name -> the penalty of a config of that name
PENALTIES: dict[str, Callable[[LinearConfig], Penalty]] = {
    "l2": lambda config: L2,
    "l1": lambda config: L1,
    "elastic_net": lambda config: mixed(config.l1_ratio),
}


def penalty_of(config: LinearConfig) -> Penalty:
    return PENALTIES[config.penalty](config)
