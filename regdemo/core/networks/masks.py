"""The mask demo: what a mask does to a small tensor, to ten thousand ones, and what a wrong mask does."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor

from regdemo.core.networks.layers import Network, draw_mask, dropout
from regdemo.core.rng import generator

COLUMNS = ("train", "unscaled", "eval", "left_on")
ONES = 10_000

#: epoch by epoch: mean cross-entropy divided by 256, train accuracy (train mode), test accuracy. Source: EXPERIMENTS, D3.
PUBLISHED_D3 = {
    "from scratch, mask drawn from a normal": (
        (0.0042, 0.583, 0.721),
        (0.0022, 0.791, 0.776),
        (0.0019, 0.826, 0.811),
        (0.0017, 0.842, 0.832),
        (0.0016, 0.852, 0.822),
    ),
    "from scratch": (
        (0.0046, 0.549, 0.704),
        (0.0023, 0.785, 0.737),
        (0.0019, 0.825, 0.834),
        (0.0017, 0.842, 0.763),
        (0.0016, 0.848, 0.813),
    ),
    "nn.Dropout": (
        (0.0046, 0.553, 0.736),
        (0.0023, 0.785, 0.803),
        (0.0019, 0.818, 0.756),
        (0.0018, 0.835, 0.829),
        (0.0016, 0.848, 0.851),
    ),
}


def small_tensor() -> np.ndarray:
    """The numbers 0 to 15 in two rows of eight."""
    return np.arange(16.0, dtype=np.float32).reshape(2, 8)


@dataclass(frozen=True, eq=False)
class MaskDemo:
    """One draw: x and mask, and for each of COLUMNS what comes out; all of one shape. left_on has a mask of its own."""

    x: np.ndarray
    mask: np.ndarray
    columns: dict[str, np.ndarray]


def mask_demo(p: float, draw: int = 0) -> MaskDemo:
    """Dropout of the small tensor in four ways. Resample by another `draw`.

    train: kept entries x/(1 − p), others 0 · unscaled: kept entries x · eval: x · left_on: functional dropout called in eval
    mode without its `training` flag, which goes on dropping.
    """
    values = torch.from_numpy(small_tensor())
    mask = draw_mask(tuple(values.shape), p, generator(draw, "masks"))
    train = dropout(values, p, generator(draw, "masks"))
    left_on = dropout(values, p, generator(draw, "look"))
    columns = dict(zip(COLUMNS, (part.numpy() for part in (train, values * mask, values, left_on)), strict=True))
    return MaskDemo(values.numpy(), mask.numpy(), columns)


def expectation(p: float, column: str) -> tuple[float, float]:
    """Exact mean and standard deviation, over masks, of the mean entry of one column.

    A kept entry is s·x, s = 1/(1 − p) or unscaled 1: mean (1 − p)s·x̄, variance p(1 − p)s² Σx²/n².
    """
    values = small_tensor().astype(np.float64)
    if column == "eval":
        return float(values.mean()), 0.0
    if p == 1:
        return 0.0, 0.0
    scale = 1.0 if column == "unscaled" else 1 / (1 - p)
    return float((1 - p) * scale * values.mean()), float(scale * np.sqrt(p * (1 - p) * (values**2).sum()) / values.size)


def dropped_from(rates: Sequence[float], draws: int) -> np.ndarray:
    """Of each draw and entry of the small tensor, which of rising rates is the first that drops it: (draws, 2, 8); their number if none.

    A mask keeps an entry whose random bits lie above the rate's threshold, so a draw that is dropped at one rate is at all higher ones.
    """
    shape = small_tensor().shape
    kept = [[draw_mask(shape, p, generator(i, "masks")).numpy() for p in rates] for i in range(draws)]
    return np.sum(kept, axis=1).astype(np.int8)


def running(p: float, draws: int) -> pd.DataFrame:
    """Draw after draw, each column's mean entry with its running mean and spread.

    Columns: draw (1 …), column, value, mean, sd (of the values so far, NaN for the first), expected, expected_sd.
    """
    values = np.stack([[c.mean() for c in mask_demo(p, i).columns.values()] for i in range(draws)])  # (draws, 4)
    parts = []
    for i, column in enumerate(COLUMNS):
        so_far = pd.Series(values[:, i]).expanding()
        expected, expected_sd = expectation(p, column)
        frame = {
            "draw": np.arange(1, draws + 1),
            "column": column,
            "value": values[:, i],
            "mean": so_far.mean(),
            "sd": so_far.std(),
        }
        parts.append(pd.DataFrame(frame | {"expected": expected, "expected_sd": expected_sd}))
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class OnesDemo:
    """Sums of n ones after dropout: each draw's in train mode, unscaled, left on in eval; the eval sum; exact moments."""

    train: tuple[float, ...]
    unscaled: tuple[float, ...]
    left_on: tuple[float, ...]
    eval: float
    mean: float
    sd: float  # √(n·p/(1 − p))


def ones_demo(p: float = 0.5, draws: int = 3, first: int = 0) -> OnesDemo:
    """ONES ones through dropout and a weight of ones. At p = 0.5 every sum is even: it is twice the number kept."""
    kept, left = (
        [draw_mask((ONES,), p, generator(first + i, purpose)).sum() for i in range(draws)] for purpose in ("masks", "look")
    )
    scale = 1 / (1 - p) if p < 1 else 0.0
    scaled = [tuple(float(count) * scale for count in counts) for counts in (kept, left)]
    mean, sd = (float(ONES), float(np.sqrt(ONES * p / (1 - p)))) if p < 1 else (0.0, 0.0)
    return OnesDemo(scaled[0], tuple(float(count) for count in kept), scaled[1], float(ONES), mean, sd)


@dataclass(frozen=True)
class NormalMask:
    """The published bug, `randn < 1 − p` in place of `rand < 1 − p`: shares kept, and by what factor a layer's mean grows.

    meant 1 − p, true Φ(1 − p), measured; inflation = true/meant, since what is kept is still divided by 1 − p.
    """

    meant: float
    true: float
    measured: float
    inflation: float


def normal_mask(p: float, draws: int = 100_000, seed: int = 0) -> NormalMask:
    """Find the bug: how many units the published mask really keeps."""
    measured = float((torch.randn(draws, generator=generator(seed, "look")) < 1 - p).float().mean())
    true = NormalDist().cdf(1 - p)
    return NormalMask(1 - p, true, measured, true / (1 - p) if p < 1 else float("inf"))


def averaging(net: Network, x: np.ndarray, y: np.ndarray, most: int = 50, seed: int = 0) -> pd.DataFrame:
    """Monte-Carlo averaging over k = 1 … most thinned networks against weight scaling (one pass in eval mode).

    Columns: k, loss, error (class numbers y: mean cross-entropy and share wrong; the curve: mean squared error and NaN),
    scaling_loss, scaling_error. Srivastava et al. 2014, section 7.5.
    """
    answers = np.cumsum(net.monte_carlo(x, most, seed), 0) / np.arange(1, most + 1).reshape(
        -1, *[1] * (2 if net.outputs > 1 else 1)
    )
    rows = [_judged(answer, y) for answer in answers]
    loss, error = _judged(net.predict(x), y)
    frame = {"k": np.arange(1, most + 1), "loss": [r[0] for r in rows], "error": [r[1] for r in rows]}
    return pd.DataFrame(frame | {"scaling_loss": loss, "scaling_error": error})


def _judged(answer: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    if answer.ndim == 1:
        return float(((answer - y) ** 2).mean()), float("nan")
    probabilities = torch.from_numpy(answer).clamp_min(1e-12)
    classes: Tensor = torch.from_numpy(np.asarray(y))
    return float(F.nll_loss(probabilities.log(), classes)), float((probabilities.argmax(1) != classes).float().mean())
