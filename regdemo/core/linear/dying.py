"""L1 as some programs write it: a weight that λ carries across zero is set to zero and never moves again."""

import numpy as np
import torch

from regdemo.config.configs import LinearConfig
from regdemo.config.constants import DIVERGED_AT
from regdemo.core.linear.data import LinearData
from regdemo.core.linear.train import absolute_strengths
from regdemo.core.rng import generator


def train_dying(config: LinearConfig, data: LinearData) -> tuple[np.ndarray, np.ndarray]:
    """Weights (seeds, strengths, features) and biases (seeds, strengths) of a config's L1 in full batches, in float64; NaN where a run diverged.

    v = w − ηg, then u = v − ηλ·sign(v). Where u has another sign than v, λ has carried the weight across zero: it is 0 from
    then on, whatever λ does later. A proximal step sets the same weights to 0 and updates them in the next step as before.
    Data, start and schedule are those of `train_linear`; the bias has no penalty.
    """
    if config.penalty != "l1" or config.batch_size != config.n_train or config.penalize_bias:
        raise ValueError('allowed is penalty = "l1" in full batches with a free bias')
    x, y = (part.astype(np.float64)[:, None] for part in data.split("train"))  # (seeds, 1, n, features), (seeds, 1, n)
    start = [torch.randn(config.n_features, generator=generator(seed, "weights")) for seed in config.run_seeds]
    w = np.repeat((torch.stack(start) * config.init_scale).double().numpy()[:, None], len(config.strengths), axis=1)
    b, alive = np.zeros(w.shape[:2]), np.ones(w.shape, bool)
    late = absolute_strengths(config, data, config.strengths)[:, :, None]
    early = absolute_strengths(config, data, [config.switch_from] * len(config.strengths))[:, :, None]

    def residual() -> np.ndarray:
        return (x @ w[..., None])[..., 0] + b[..., None] - y

    eta, before = config.lr, (residual() ** 2).mean(2)
    with np.errstate(over="ignore", invalid="ignore"):
        for epoch in range(1, config.epochs + 1):
            r = residual()
            v = w - eta * (r[..., None, :] @ x)[..., 0, :] / config.n_train
            u = v - eta * (early if epoch <= config.switch_epoch else late) * np.sign(v)
            alive &= u * v >= 0
            w, b = np.where(alive, u, 0.0), b - eta * r.mean(2)
        after = (residual() ** 2).mean(2)
        gone = ~np.isfinite(after) | (after > DIVERGED_AT * before)
    w[gone], b[gone] = np.nan, np.nan
    return w, b
