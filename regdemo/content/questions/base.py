"""Questions that students ask again and again, each with the runs that decide it. Data alone: no torch, no Streamlit.

A new question is one new entry: its words, the choices, the runs, and what reads the right choice off their figures.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from regdemo.config.configs import LinearConfig

Figures = dict[str, float]  # what a run is judged by, by the words in the table's head


@dataclass(frozen=True)
class Masks:
    """A run of the mask bench: `draws` masks of rate p on the numbers 0 … 15."""

    p: float = 0.5
    draws: int = 300


Variants = dict[str, Any]  # what the table calls a run -> LinearConfig of one strength, NetworkConfig or Masks


@dataclass(frozen=True)
class Confusion:
    """A question, a guess to make, the runs that decide it and what to see in them.

    variants: the runs, made from the page's config at one λ (where the page has them), and where
    `needs_curvature` from the largest curvature of the loss. decide: the runs' figures, in the same
    order -> the index of the right choice, None where diverged runs decide nothing. Nothing else knows the answer.
    answer: what to see, in words that hold for any runs, or made from these runs' figures (by their names in the table).
    """

    number: int
    question: str
    ask: str
    choices: tuple[str, ...]
    variants: Callable[..., Variants]
    decide: Callable[[Sequence[Figures]], int | None]
    answer: str | Callable[[Mapping[str, Figures]], str]
    needs_curvature: bool = False

    def explain(self, runs: Mapping[str, Figures]) -> str:
        """What is to be seen in these runs."""
        return self.answer if isinstance(self.answer, str) else self.answer(runs)


def close(a: float, b: float, share: float = 0.01) -> bool:
    """Whether two figures are equal within a share of the larger one."""
    return abs(a - b) <= share * max(abs(a), abs(b))


def compared(a: float, b: float) -> int | None:
    """0 where b is equal to a within 1 %, 1 where it is larger, 2 where it is smaller; None where one is not finite."""
    if not (math.isfinite(a) and math.isfinite(b)):
        return None
    return 0 if close(a, b) else 1 if b > a else 2


def _at(config: LinearConfig, lam: float, **changes) -> LinearConfig:
    return replace(config, strengths=(lam,), switch_epoch=0, **changes)
