"""Penalties: subgradients and proximal maps."""

from collections.abc import Callable

from torch import Tensor


def soft_threshold(w: Tensor, t: Tensor) -> Tensor:
    """Proximal map of t·‖w‖₁: every entry moves t toward zero and stops there (Parikh & Boyd 2014, section 6.5.2)."""
    return w - w.clamp(-t, t)


# name -> (subgradient of the penalty at w, its proximal map with step t); rho is elastic net's l1_ratio
PENALTIES: dict[str, tuple[Callable[[Tensor, float], Tensor], Callable[[Tensor, Tensor, float], Tensor]]] = {
    "l2": (lambda w, rho: w, lambda w, t, rho: w / (1 + t)),
    "l1": (lambda w, rho: w.sign(), lambda w, t, rho: soft_threshold(w, t)),
    "elastic_net": (
        lambda w, rho: w.sign().mul_(rho).add_(w, alpha=1 - rho),
        lambda w, t, rho: soft_threshold(w, rho * t) / (1 + (1 - rho) * t),
    ),
}
