"""How the dropout page makes a control of its words, and the controls of its labs that have a bar and few others."""

from collections.abc import Mapping, Sequence
from typing import Any

from regdemo.app.controls import Control
from regdemo.paper.decay import ETAS


def control(name: str, options: Sequence[Any], default: Any, words: Mapping[Any, str] | None = None) -> Control:
    """A control with its label and help from the page's words."""
    return Control(name, f"dropout.controls.{name}.label", options, default, f"dropout.controls.{name}.help", words)


def choice(name: str, options: Sequence[str], default: str, before: Mapping[str, str] | None = None) -> Control:
    """A control whose options have words of their own too."""
    return Control(
        name,
        f"dropout.controls.{name}.label",
        options,
        default,
        f"dropout.controls.{name}.help",
        {option: f"dropout.controls.{name}.options.{option}" for option in options},
        before or {},
    )


RATE, LEFT_ON = control("rate", tuple(i / 10 for i in range(10)), 0.5), control("left_on", (False, True), False)  # of "rates"
ETA = control("eta", ETAS, 0.01)  # of "decay"
STRENGTH = control("strength", (0.0, 0.003, 0.01, 0.03, 0.1, 0.3), 0.03)  # of "norms", as are these
NORMS = (
    control("step", (0.02, 0.05, 0.1, 0.2, 0.5), 0.2),
    control("normalised", (False, True), True),
    control("decay_all", (False, True), False),
)
