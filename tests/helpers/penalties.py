"""Penalties as the tests know them, apart from the app's objects."""

from typing import Any


def l1_share(config: Any) -> float:
    """ρ of the penalty ρ‖w‖₁ + (1 − ρ)·½‖w‖₂²: 0 for L2, 1 for L1."""
    return {"l2": 0.0, "l1": 1.0}.get(config.penalty, config.l1_ratio)
