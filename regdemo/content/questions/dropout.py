"""The questions of the dropout page and the runs that decide them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from regdemo.config.configs import NetworkConfig
from regdemo.content.questions.base import Figures, Masks, Question, Variants, first_and_last
from regdemo.content.say import say


def loss_and_gap(runs: Mapping[str, Figures]) -> str:
    """Why dropout helped or did not: the test loss is the training loss plus a gap, and dropout moves both.

    runs: of a small network without and with dropout, then of a large one.
    """
    sentences = [say("questions.dropout.10.sum")]
    (train, test), (train_dropped, test_dropped), *_ = ((f["train_loss_eval"], f["test_loss"]) for f in runs.values())
    if all(map(math.isfinite, (train, test, train_dropped, test_dropped))):
        sentences.append(
            say(
                "questions.dropout.10.moves",
                before=train,
                after=train_dropped,
                gap=test - train,
                narrowed=test_dropped - train_dropped,
            )
        )
    return " ".join(sentences)


#: A quick network on scikit-learn's digits: half a second, and no file to download.
_DIGITS = NetworkConfig(
    dataset="digits",
    hidden=(128, 128),
    dropout=(0.5,),
    init="torch",
    n_train=1000,
    n_test=360,
    lr=0.05,
    momentum=0.9,
    batch_size=64,
    epochs=8,
)


def _rate(p: float) -> float:
    """The page's rate where it drops some and keeps some, else one half."""
    return p if 0 < p < 1 else 0.5


def _modes(config: Any, p: float) -> Variants:
    return {say("questions.dropout.8.runs", p=_rate(p)): replace(_DIGITS, dropout=(_rate(p),))}


def _train_or_test(runs: Sequence[Figures]) -> int:
    seen, test = runs[0]["train_accuracy"], runs[0]["test_accuracy"]
    return 0 if abs(seen - test) <= 0.005 else 1 if seen > test else 2


def _masks(config: Any, p: float) -> Variants:
    return {say("questions.dropout.9.runs", p=_rate(p)): Masks(_rate(p))}


def _what_mean(runs: Sequence[Figures]) -> int:
    """Which of the three explanations the measured mean lies closest to."""
    run = runs[0]
    whole, kept = run["mean_eval"], 1 - run["p"]
    means = (whole, whole * kept, whole / kept if kept else float("inf"))
    return min(range(3), key=lambda i: abs(run["mean_unscaled"] - means[i]))


def _where_it_helps(config: Any, p: float) -> Variants:
    small = replace(_DIGITS, hidden=(16, 16), epochs=15)
    large = replace(_DIGITS, hidden=(256, 256), n_train=100, lr=0.1, epochs=100)
    return {
        say("questions.dropout.10.runs", units=network.hidden[0], images=network.n_train, p=rate): replace(
            network, dropout=(rate,)
        )
        for network in (small, large)
        for rate in (0.0, _rate(p))
    }


DROPOUT = (
    Question("dropout", 8, _modes, _train_or_test, ("train_accuracy", "test_accuracy")),
    Question("dropout", 9, _masks, _what_mean, ("mean_unscaled", "mean_eval", "p")),
    Question("dropout", 10, _where_it_helps, first_and_last("test_loss", 0, 1), ("test_loss",), loss_and_gap),
)
