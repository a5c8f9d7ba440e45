"""Penalties as formulas write them: a‖w‖₁ + c·½‖w‖₂². The replays' own, since they check the core's."""

from collections.abc import Callable
from dataclasses import dataclass

from regdemo.config.configs import LinearConfig


@dataclass(frozen=True)
class Part:
    """A multiple of ‖w‖₁ or of ½‖w‖₂²."""

    factor: float
    latex: str = ""  # the factor's symbol; none for 1


@dataclass(frozen=True)
class Penalty:
    """A penalty for one config; a part that it has not is None."""

    pull: str  # λ · (sub)gradient in plain text
    pull_latex: str  # the same of a weight %s
    l1: Part | None = None
    l2: Part | None = None
    shrunk: str = ""  # w less η times the pull in plain text, where that shrinks w by one factor

    @property
    def a(self) -> float:
        return self.l1.factor if self.l1 else 0.0

    @property
    def c(self) -> float:
        return self.l2.factor if self.l2 else 0.0


#: name -> the penalty of a config of that name
PENALTIES: dict[str, Callable[[LinearConfig], Penalty]] = {
    "l2": lambda config: Penalty("λ·w", r"\lambda %s", l2=Part(1.0), shrunk="(1 − ηλ)·w"),
    "l1": lambda config: Penalty("λ·sign(w)", r"\lambda\,\mathrm{sign}(%s)", l1=Part(1.0)),
    "elastic_net": lambda config: Penalty(
        "λ·(ρ·sign(w) + (1 − ρ)·w)",
        r"\lambda\,(\rho\,\mathrm{sign}(%s)+(1-\rho)\,%s)",
        l1=Part(config.l1_ratio, r"\rho"),
        l2=Part(1 - config.l1_ratio, r"(1-\rho)"),
    ),
}


def penalty_of(config: LinearConfig) -> Penalty:
    return PENALTIES[config.penalty](config)
