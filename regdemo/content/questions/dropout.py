"""The questions of the dropout page and the runs that decide them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from regdemo.config.configs import NetworkConfig
from regdemo.content.questions.base import Confusion, Figures, Masks, Variants, compared


def loss_and_gap(runs: Mapping[str, Mapping[str, float]]) -> str:
    """Why dropout helped or did not: the test loss is the training loss plus a gap, and dropout moves both.

    runs: of a small network without and with dropout, then of a large one.
    """
    said = [
        "The test loss is the training loss plus the gap between the two. Dropout moves both: it can narrow the gap, but missing units "
        "take capacity from the network, which can raise its training loss. It helps where it narrows the gap by more than that."
    ]
    (train, test), (train_dropped, test_dropped), *_ = ((f["train loss, eval mode"], f["test loss"]) for f in runs.values())
    if all(map(math.isfinite, (train, test, train_dropped, test_dropped))):
        said.append(
            f"In the small network dropout moves the training loss, in eval mode, from {train:.3g} to {train_dropped:.3g}, and the gap "
            f"from {test - train:.3g} to {test_dropped - train_dropped:.3g}. In the last two rows a large network sees 100 images: do "
            "the same sum there. Each row is one seed; where two are close, another seed can turn them round."
        )
    return " ".join(said)


#: A quick network on scikit-learn's digits: half a second, and no file to download.
_DIGITS = NetworkConfig(
    dataset="digits", hidden=(128, 128), dropout=(0.5,), init="torch", n_train=1000, n_test=360, lr=0.05, momentum=0.9, batch_size=64, epochs=8,
)  # fmt: skip


def _rate(p: float) -> float:
    """The page's rate where it drops some and keeps some, else one half."""
    return p if 0 < p < 1 else 0.5


def _modes(config: Any, p: float) -> Variants:
    return {f"a network on 1,000 digits, p = {_rate(p):g}": replace(_DIGITS, dropout=(_rate(p),))}


def _train_or_test(runs: Sequence[Figures]) -> int:
    seen, test = runs[0]["train accuracy, while training"], runs[0]["test accuracy"]
    return 0 if abs(seen - test) <= 0.005 else 1 if seen > test else 2


def _masks(config: Any, p: float) -> Variants:
    return {f"the numbers 0 … 15, p = {_rate(p):g}": Masks(_rate(p))}


def _what_mean(runs: Sequence[Figures]) -> int:
    """Which of the three explanations the measured mean lies closest to."""
    run = runs[0]
    whole, kept = run["mean in eval mode"], 1 - run["p"]
    means = (whole, whole * kept, whole / kept if kept else float("inf"))
    return min(range(3), key=lambda i: abs(run["mean without the factor"] - means[i]))


def _where_it_helps(config: Any, p: float) -> Variants:
    small = replace(_DIGITS, hidden=(16, 16), epochs=15)
    large = replace(_DIGITS, hidden=(256, 256), n_train=100, lr=0.1, epochs=100)
    return {
        f"{words}, p = {rate:g}": replace(network, dropout=(rate,))
        for words, network in (("16 units a layer, 1,000 images", small), ("256 units a layer, 100 images", large))
        for rate in (0.0, _rate(p))
    }


DROPOUT = (
    Confusion(
        8, "Validation beats training with dropout: is that a bug?",
        "A network trains with dropout. Which accuracy is higher at the end: on the training images as printed while it trains, or on "
        "the test images?",
        ("equal, within half a point", "training", "test"),
        _modes, _train_or_test,
        "The figure printed while training is measured with units missing, and it is a mean over an epoch in which the network was "
        "still learning. Look at the column “train accuracy, eval mode”: the same network on the same training images, with nothing "
        "missing. Compare like with like.",
    ),
    Confusion(
        9, "Where does the 1/(1 − p) go, and what does eval() change?",
        "Sixteen numbers go through dropout in train mode, but the code forgets the factor 1/(1 − p). What is the mean of the output, "
        "over many masks?",
        ("the mean of the input", "(1 − p) times that", "1/(1 − p) times that"),
        _masks, _what_mean,
        "A share p of the numbers is missing, so a share p of the sum is. The factor 1/(1 − p) puts it back while training, and then eval "
        "mode has nothing to correct: compare the means. `model.eval()` switches modules like `nn.Dropout`. A call of `F.dropout(x, p)` "
        "knows nothing of it: its `training` is True unless you say otherwise, and it goes on dropping.",
    ),
    Confusion(
        10, "Dropout did not help. Why?",
        "A small network, 16 units in each layer, trains on 1,000 digits. What does dropout do to its test loss?",
        ("nothing, within 1 %", "it raises it", "it lowers it"),
        _where_it_helps, lambda runs: compared(runs[0]["test loss"], runs[1]["test loss"]),
        loss_and_gap,
    ),
)  # fmt: skip
