"""Data sets drawn from seeds, the choice of device, and nothing that trains."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
import torch
from torch import Tensor

from regdemo.config.configs import LinearConfig
from regdemo.config.constants import LAM_MAX_MORE, SPLITS
from regdemo.core.rng import generator


@dataclass(frozen=True, eq=False)
class LinearData:
    """Arrays of one regression problem a seed (float32): x_* (seeds, n, features), y_* (seeds, n).

    true_weights (features) and intercept are None where nobody knows them; names label the features.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    true_weights: np.ndarray | None = None
    intercept: float | None = None
    names: tuple[str, ...] | None = None

    def split(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(x, y) of "train", "validation" or "test"."""
        return getattr(self, f"x_{name}"), getattr(self, f"y_{name}")

    @property
    def nbytes(self) -> int:
        return sum(a.nbytes for name in SPLITS for a in self.split(name))

    @cached_property
    def digest(self) -> str:
        """A name for exactly these numbers: with the config, the key of a run on data of one's own."""
        digest = sha256()
        for name in SPLITS:
            for array in self.split(name):
                digest.update(repr((array.shape, array.dtype)).encode())
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    @cached_property
    def lam_max(self) -> np.ndarray:
        """max |Xᵀ(y − ȳ)| / n of each seed's training data, and 1/100,000 of it more. Shape (seeds).

        From the first on, lasso keeps nothing. The little more is above what 32-bit numbers round, so that nothing is kept there
        in fact. 0 where no feature goes with the target.
        """
        x, y = self.x_train.astype(np.float64), self.y_train.astype(np.float64)
        steepest = np.abs(np.einsum("snp,sn->sp", x, y - y.mean(1, keepdims=True))).max(1) / y.shape[1]
        rounding = 1e-13 * np.abs(x).max((1, 2)) * np.abs(y).max(1)  # what is left of sums that are 0
        return np.where(steepest > rounding, steepest * (1 + LAM_MAX_MORE), 0.0)

    @cached_property
    def curvature(self) -> np.ndarray:
        """Largest eigenvalue L of [X 1]ᵀ[X 1] / n of each seed's training data: full-batch steps below 2/L converge. (seeds)"""
        x = self.x_train.astype(np.float64)
        return np.linalg.norm(np.concatenate([x, np.ones((*x.shape[:2], 1))], 2), 2, axis=(1, 2)) ** 2 / x.shape[1]


def draw_linear(config: LinearConfig) -> LinearData:
    """y = b + x·w + σ·ε with x ~ N(0, 1); within a block any two features have the given correlation."""
    p, k = config.n_features, min(config.n_informative, config.n_features)
    truth = torch.zeros(p)
    truth[:k] = config.coefficient
    arrays: dict[str, Any] = {}
    for split in SPLITS:
        n = getattr(config, f"n_{split}")
        seeds = [_draw_one(config, n, truth, generator(seed, split)) for seed in config.run_seeds]
        arrays[f"x_{split}"], arrays[f"y_{split}"] = (torch.stack(part).numpy() for part in zip(*seeds, strict=True))
    return LinearData(**arrays, true_weights=truth.numpy(), intercept=config.intercept)


def _draw_one(config: LinearConfig, n: int, truth: Tensor, g: torch.Generator) -> tuple[Tensor, Tensor]:
    p, rho = config.n_features, config.correlation
    x = torch.randn(n, p, generator=g)
    noise = torch.randn(n, generator=g)
    if rho > 0 and config.block_size > 1:
        shared = torch.randn(n, -(-p // config.block_size), generator=g)
        block = torch.arange(p) // config.block_size
        x = (1 - rho) ** 0.5 * x + rho**0.5 * shared[:, block]
    return x, x @ truth + config.intercept + config.noise * noise
