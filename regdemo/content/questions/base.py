"""Questions that students ask again and again, each with the runs that decide it. Data alone: no torch, no Streamlit.

A new question is one new entry here (the runs, and what reads the right choice off their figures) and its words in
content/<language>/questions.toml.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from regdemo.config.configs import LinearConfig, NetworkConfig
from regdemo.content.say import say, several

Figures = Mapping[str, float]  # what a run is judged by: an id of questions.figures -> value


@dataclass(frozen=True)
class Masks:
    """A run of the mask demo: `draws` masks of rate p on the numbers 0 … 15."""

    p: float = 0.5
    draws: int = 300


@dataclass(frozen=True)
class Dying:
    """A run of L1, of one strength, in which a weight that λ has carried across zero never moves again."""

    config: LinearConfig


@dataclass(frozen=True)
class Minimum:
    """The exact minimum that a config's training is on its way to."""

    config: LinearConfig


Run = LinearConfig | NetworkConfig | Masks | Dying | Minimum  # of one strength
Variants = Mapping[str, Run]  # what the table calls a run -> the run


@dataclass(frozen=True)
class Question:
    """A question, a guess to make, the runs that decide it and what to see in them.

    variants: the runs, made from the page's config at one λ (where the page has them), and where
    `needs_curvature` from the largest curvature of the loss. decide: the runs' figures, in the same
    order -> the index of the right choice, None where diverged runs decide nothing. Nothing else knows the answer.
    deciding: the figures that `decide` looks at, which the answer marks.
    reading: what these runs show, made from their figures by their names in the table; else its answer holds for any runs.
    """

    page: str
    number: int
    variants: Callable[..., Variants]
    decide: Callable[[Sequence[Figures]], int | None]
    deciding: tuple[str, ...]
    reading: Callable[[Mapping[str, Figures]], str] | None = None
    needs_curvature: bool = False

    @property
    def question(self) -> str:
        return say(f"questions.{self.page}.{self.number}.question")

    @property
    def ask(self) -> str:
        """What is to be guessed."""
        return say(f"questions.{self.page}.{self.number}.ask")

    @property
    def choices(self) -> tuple[str, ...]:
        return several(f"questions.{self.page}.{self.number}.choices")

    def explain(self, runs: Mapping[str, Figures]) -> str:
        """What is to be seen in these runs."""
        return self.reading(runs) if self.reading else say(f"questions.{self.page}.{self.number}.answer")


def close(a: float, b: float, share: float = 0.01) -> bool:
    """Whether two figures are equal within a share of the larger one."""
    return abs(a - b) <= share * max(abs(a), abs(b))


def compared(a: float, b: float) -> int | None:
    """0 where b is equal to a within 1 %, 1 where it is larger, 2 where it is smaller; None where one is not finite."""
    if not (math.isfinite(a) and math.isfinite(b)):
        return None
    return 0 if close(a, b) else 1 if b > a else 2


def first_and_last(figure: str, first: int, last: int) -> Callable[[Sequence[Figures]], int | None]:
    """Decides by how a figure of one run compares with another's."""
    return lambda runs: compared(runs[first][figure], runs[last][figure])


def at_strength(config: LinearConfig, lam: float, **changes: Any) -> LinearConfig:
    return replace(config, strengths=(lam,), switch_epoch=0, **changes)
