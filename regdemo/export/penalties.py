"""Penalties as lines of code: what a program writes where the training core calls its own of the same name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Penalty:
    """Pieces of a program. In them λ is `lam`, a step is `t` or `lr * lam`, and {v} is the variable that is penalised."""

    title: str
    formula: str
    value: str  # of a tensor v
    subgradient: str  # with λ
    prox: str  # of v with step t
    concise_prox: str
    cut: str = ""  # what `prox` calls cut: how far it moves an entry toward zero
    weight_decay: bool = False  # whether it is what torch's optimizers call weight_decay

    @property
    def mixes(self) -> bool:
        """Whether ρ, the share of its L1 part, is a setting."""
        return "l1_ratio" in self.subgradient


PENALTIES = {
    "l2": Penalty(
        title="an L2 penalty (weight decay)",
        formula="½‖w‖₂²",
        value="(v**2).sum() / 2",
        subgradient="lam * {v}",
        prox="v / (1 + t)",
        concise_prox="{v} / (1 + lr * lam)",
        weight_decay=True,
    ),
    "l1": Penalty(
        title="an L1 penalty (lasso)",
        formula="‖w‖₁",
        value="v.abs().sum()",
        subgradient="lam * {v}.sign()",
        cut="t",
        prox="v.sign() * (v.abs() - cut).clamp(min=0)",
        concise_prox="softshrink({v}, lr * lam)",
    ),
    "elastic_net": Penalty(
        title="the elastic net",
        formula="(ρ‖w‖₁ + (1 − ρ) · ½‖w‖₂²)",
        value="l1_ratio * v.abs().sum() + (1 - l1_ratio) / 2 * (v**2).sum()",
        subgradient="lam * (l1_ratio * {v}.sign() + (1 - l1_ratio) * {v})",
        cut="l1_ratio * t",
        prox="v.sign() * (v.abs() - cut).clamp(min=0) / (1 + (1 - l1_ratio) * t)",
        concise_prox="softshrink({v}, lr * lam * l1_ratio) / (1 + lr * lam * (1 - l1_ratio))",
    ),
}
