"""Rules for what the weight-decay page's bar says at every λ, and for the table of its numbers."""

import re
from typing import Any

import numpy as np

from tests.helpers.links import WEIGHT_DECAY
from tests.helpers.reading import Page
from tests.helpers.reading_rules import Findings, N, holds, medians, number, same

COLUMNS = {"Test loss": "test_loss", "Train loss": "train_loss", "‖w‖₂": "l2_norm"}


def _sweep(page: Page) -> Any:
    return page.sweeps.get("") if page.file == WEIGHT_DECAY and page.film else None


def _shown(text: str, value: float) -> Any:
    return np.isnan(value) if text == "–" else same(text, value)


def sentences(page: Page) -> Findings:
    """What the bar says that a λ does to the test loss is what its runs came to."""
    if (s := _sweep(page)) is None:
        return
    test = medians(s, "test_loss")
    none = test[s.config.strengths.index(0.0)]
    best = min((loss for loss in test if loss == loss), default=np.inf)
    mean = float(np.median([((b - a.mean()) ** 2).mean() / 2 for a, b in zip(s.data.y_train, s.data.y_test, strict=True)]))
    start = float(np.median(s.curves["test_loss"][:, 0, 0]))
    for k, (lam, loss) in enumerate(zip(s.config.strengths, test, strict=True)):
        said = page.film["leads"][k]
        yield holds(re.search(rf"λ = {lam:g}\b", said), f"which λ? {said}")
        if np.isnan(loss):
            yield holds("diverged" in said and "loss" not in said, f"diverged: {said}")
            continue
        pair = re.search(rf"from {N} to {N}|is {N} without it and {N} with it", said)
        alone = re.search(rf"test loss (?:is|of) {N}[;,.]", said)
        if pair:
            before, after = (text for text in pair.groups() if text)
            yield holds(same(before, none) and same(after, loss), f"{none}, {loss}: {said}")
        else:
            yield holds(alone and same(alone[1], loss), f"{loss}: {said}")
        if m := re.search(rf"predicting the mean(?: has|,) {N}", said):
            yield holds(same(m[1], mean), f"{mean}: {said}")
        for words, fits in {
            "lowers": loss < none, "raises": loss > none, "above predicting": loss > mean, "below predicting": loss < mean,
            "changes little": pair and before == after, "what falls": loss < none and best >= 0.9 * mean,
            "random start": start >= none, "learned noise": start < none, "training diverges": np.isnan(none),
        }.items():  # fmt: skip
            yield holds(words not in said or fits, f"{words}? {none}, {loss}, mean {mean}, start {start}: {said}")
        hopeless = best >= 0.9 * mean and pair and before != after and loss < none
        yield holds(not hopeless or "what falls" in said, f"no λ helps, unsaid: {said}")


def figures(page: Page) -> Findings:
    """The bar's figures are medians over the seeds that finished, and the table of the numbers holds the same."""
    if (s := _sweep(page)) is None:
        return
    told = dict(page.film["figures"])
    for name, column in COLUMNS.items():
        for text, value in zip(told[name], medians(s, column), strict=True):
            yield holds(_shown(text, value), f"{name}: {text} is not {value}")
    for table in page.tables:
        if not all(str(c).startswith("λ = ") for c in table.columns) or not set(COLUMNS) <= set(table.index):
            continue
        for lam in table.columns:
            k = s.config.strengths.index(number(lam.removeprefix("λ = ")))
            yield holds(k in (page.k, s.config.strengths.index(0.0)), f"{lam} is not chosen")
            for name in COLUMNS:
                yield holds(table.loc[name, lam] == told[name][k], f"{name} at {lam}: {table.loc[name, lam]}, {told[name][k]}")
