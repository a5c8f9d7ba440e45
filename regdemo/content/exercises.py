"""The textbook's exercises as links into the app. A new exercise is one new entry, and its words in content/<language>/exercises.toml.

They follow the exercises of the weight-decay and dropout chapters of Zhang, Lipton, Li and Smola, "Dive into Deep Learning".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regdemo.content.say import say


@dataclass(frozen=True)
class Exercise:
    """A task, the page and the controls' values (as a link writes them) that open it, and what to look for.

    name: what a link calls it; changing it breaks old links.
    """

    name: str
    page: str
    values: Mapping[str, str | Sequence[str]]

    @property
    def title(self) -> str:
        return say(f"exercises.{self.name}.title")

    @property
    def task(self) -> str:
        return say(f"exercises.{self.name}.task")

    @property
    def look(self) -> str:
        """What to look for."""
        return say(f"exercises.{self.name}.look")


_HELPS = {
    "n_train": "50", "n_features": "30", "coefficient": "0.2", "intercept": "0", "noise": "1", "init_scale": "0",
    "batch_size": "5", "lr": "0.01", "epochs": "200",
}  # fmt: skip
_DIGITS = {"dataset": "digits", "n_train": "500", "epochs": "20"}


VERSION = "1"  # of the defaults that the links below leave out


def _pin(values: Mapping[str, str]) -> str:
    return "~".join([VERSION, *(part for pair in values.items() for part in pair)])


EXERCISES = (
    Exercise("best-lambda", "weight_decay", _HELPS | {"lam": "0"}),
    Exercise("shrink-or-stop", "weight_decay", _HELPS | {"lab": "early stopping", "lam": "0"}),
    Exercise("prior", "l1_vs_l2", {"lab": "prior", "share": "0.29", "angle": "15", "tilt": "-0.5"}),
    Exercise("too-many-features", "weight_decay", _HELPS | {"lab": "double descent", "lam": "0", "n_examples": "20"}),
    Exercise("scatter-or-off", "weight_decay", {"lab": "bias and variance", "lam": "0", "noise": "1"}),
    Exercise("swapped-rates", "dropout", _DIGITS | {"p1": "0.2", "pin": [_pin(_DIGITS | {"p2": "0.2"})]}),
    Exercise("masks-left-on", "dropout", {"lab": "all rates", "rate": "0"}),
    Exercise("two-decays", "dropout", {"lab": "decay", "eta": "0.001"}),
    Exercise("decay-and-norm", "dropout", {"lab": "batch norm", "strength": "0"}),
    Exercise("together", "dropout", _DIGITS | {
        "rival": "unregularized", "weight_decay": "0.003",
        "pin": [_pin(_DIGITS | {"rival": "unregularized"}), _pin(_DIGITS | {"rival": "unregularized", "p1": "0", "p2": "0", "weight_decay": "0.003"})],
    }),
    Exercise("variance", "dropout", _DIGITS | {"epochs": "10"}),
    Exercise("weights", "dropout", _DIGITS | {"drop": "weights", "pin": [_pin(_DIGITS)]}),
)  # fmt: skip
