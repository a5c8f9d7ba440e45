"""The textbook's exercises as links into the app. Data alone: a new exercise is one new entry.

They follow the exercises of the weight-decay and dropout chapters of Zhang, Lipton, Li and Smola, "Dive into Deep Learning".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Exercise:
    """A task, the page and the controls' values (as a link writes them) that open it, and what to look for.

    name: what a link calls it; changing it breaks old links.
    """

    name: str
    title: str
    page: str
    values: Mapping[str, str | Sequence[str]]
    task: str
    look: str


_HELPS = {
    "n_train": "50", "n_features": "30", "coefficient": "0.2", "intercept": "0", "noise": "1", "init_scale": "0",
    "batch_size": "5", "lr": "0.01", "epochs": "200",
}  # fmt: skip
_DIGITS = {"dataset": "digits", "n_train": "500", "epochs": "20"}


def _pin(values: Mapping[str, str]) -> str:
    return "~".join(["1", *(part for pair in values.items() for part in pair)])


EXERCISES = (
    Exercise(
        "best-lambda", "Find the best λ. Is it really the best?", "weight_decay", _HELPS | {"lam": "0"},
        "Click through the chart “Final loss against λ” until the test loss is lowest. Then press “New random seed” (under “More”), and look again.",
        "The two marks: the best λ by validation and by test need not agree, and both move with the seed. The curve is flat near its "
        "lowest point, so the best λ is an estimate, and the loss at the λ that you picked on the test data is too good to be true.",
    ),
    Exercise(
        "swapped-rates", "Swap the dropout rates of the two layers", "dropout",
        _DIGITS | {"p1": "0.2", "pin": [_pin(_DIGITS | {"p2": "0.2"})]},
        "On screen: 0.2 after the first layer, 0.5 after the second. Pinned: the other way round. Compare the table’s two rows.",
        "How far apart are the two test losses? Press “New random seed” and pin that run too: is the difference between the rates larger "
        "than that between seeds?",
    ),
    Exercise(
        "together", "Dropout and weight decay together: do they add up?", "dropout",
        _DIGITS | {
            "rival": "no cure", "weight_decay": "0.003",
            "pin": [_pin(_DIGITS | {"rival": "no cure"}), _pin(_DIGITS | {"rival": "no cure", "p1": "0", "p2": "0", "weight_decay": "0.003"})],
        },
        "On screen: both. Pinned: dropout alone, and weight decay alone. “no cure” beside them is neither.",
        "If they added up, both together would gain as much as the two gains in sum. Compute the three gains from the test losses.",
    ),
    Exercise(
        "variance", "The variance of activations, with and without dropout", "dropout", _DIGITS | {"epochs": "10"},
        "Look at the table below “How active the hidden units are”: mean and variance of each layer, in eval mode and in train mode.",
        "In the first layer the factor 1/(1 − p) keeps the mean, but for chance. It cannot keep the variance: what is kept is larger, "
        "what is dropped is 0. The second layer reads what is left of the first. Does its mean stay, too?",
    ),
    Exercise(
        "weights", "Dropout on weights instead of activations", "dropout",
        _DIGITS | {"drop": "weights", "pin": [_pin(_DIGITS)]},
        "On screen: single weights are dropped. Pinned: whole units, as usual. The rates are the same.",
        "A unit that is dropped takes all its weights with it; single weights might be replaced by their neighbours more easily. So one "
        "might expect dropped units to keep the training loss in eval mode further from zero. Do your two rows agree? Press “New random "
        "seed” and pin both again: does the order stay?",
    ),
)  # fmt: skip
