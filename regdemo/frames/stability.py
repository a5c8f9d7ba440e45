"""Why runs of a linear sweep diverged, and which learning rate would do. NumPy alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from regdemo.config.penalties import penalty_of
from regdemo.core.linear.exact import lam_max

if TYPE_CHECKING:
    from regdemo.config.configs import LinearConfig
    from regdemo.core.linear.data import LinearData
    from regdemo.core.linear.train import LinearResult


def sharpest(config: "LinearConfig", data: "LinearData") -> float:
    """The largest curvature of the loss that one step can meet, over all seeds; the bias counts as a feature that is always 1.

    In full batches it is the largest eigenvalue of [X 1]ᵀ[X 1]/n, in smaller ones that of one example, max ‖x‖² + 1 (Needell,
    Ward & Srebro 2014).
    """
    if config.batch_size == config.n_train:
        return float(data.curvature.max())
    return float((data.x_train.astype(np.float64) ** 2).sum(2).max() + 1)


def penalty_curvature(result: "LinearResult", k: int) -> float:
    """What λ adds to the curvature: nothing by a proximal step, which never leads away from the solution.

    The largest over seeds. Where λ changes in mid-run, the larger one counts.
    """
    config, lam = result.config, result.lam[:, k].max()
    if config.switch_epoch:
        unit = lam_max(config, result.data).max() if config.relative else 1.0
        lam = max(lam, unit * config.switch_from)
    return 0.0 if config.solver == "proximal" else float(penalty_of(config).curvature * lam)


def safe_rate(result: "LinearResult", k: int) -> float:
    """The learning rate below which no step of plain descent leads further from the solution: 2 / (largest curvature)."""
    return 2 / (sharpest(result.config, result.data) + penalty_curvature(result, k))


@dataclass(frozen=True)
class Diagnosis:
    """What there is to say of a sweep some of whose runs diverged, at one strength."""

    config: "LinearConfig"
    chosen: float
    gone: dict[float, tuple[int, int]]  # of λ = 0 and the chosen strength, where a seed diverged: how many, the first in epoch
    lost: tuple[float, ...]  # all strengths at which a seed diverged
    runs: int  # how many runs diverged
    curvature: float  # of the loss
    of_penalty: float
    symbol: str  # of the penalty's curvature; empty where it adds none
    bound: float | None  # a learning rate below which nothing diverges, where one is known
    better: float | None  # the largest of the rates on offer that is safe (with momentum and small batches: a first try)


def diagnose(result: "LinearResult", k: int, rates: Sequence[float]) -> Diagnosis | None:
    """Where a sweep diverged and which of `rates` would do at strength k; None where it did not.

    Plain SGD is safe below 2/curvature, full batches with momentum μ below (1 + μ) times that (Polyak 1964). In smaller batches
    with momentum μ a gradient counts 1/(1 − μ) times in all, so (1 − μ) times that is worth trying. Adam has no such bound.
    """
    config, gone = result.config, result.diverged_at >= 0
    if not gone.any():
        return None
    indices = dict.fromkeys((*(i for i, s in enumerate(config.strengths) if s == 0), k))
    safe, mu = safe_rate(result, k), config.momentum
    full = config.batch_size == config.n_train and config.solver == "sgd"
    bound = safe * (1 + mu) if not config.is_adaptive and (full or not mu) else None
    highest_rate = bound if bound is not None else 0.0 if config.is_adaptive else safe * (1 - mu)
    return Diagnosis(
        config,
        config.strengths[k],
        {
            config.strengths[i]: (int(gone[:, i].sum()), int(result.diverged_at[gone[:, i], i].min()))
            for i in indices
            if gone[:, i].any()
        },
        tuple(s for i, s in enumerate(config.strengths) if gone[:, i].any()),
        int(gone.sum()),
        sharpest(config, result.data),
        penalty_curvature(result, k),
        "" if config.solver == "proximal" else penalty_of(config).curvature_symbol,
        bound,
        max((r for r in rates if r < min(highest_rate, config.lr)), default=None),
    )
