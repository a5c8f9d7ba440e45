"""The whole L1 path, 30 strengths and 8 seeds, ours against two others: `python -m benchmarks.sparsity`.

(a) The tutorials' way: one run after another, autograd, torch.optim, an L1 term in the loss, losses looked at every epoch; full
batches, as ours. A few runs are measured and multiplied. It takes the subgradient, so it does not even arrive at zeros.
(b) scikit-learn's lasso_path, its tolerance loosened until it is as far from the exact path as we are. The three take turns.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import numpy as np
import torch
from torch import nn

from regdemo import PRESETS, train_linear
from regdemo.config.configs import LinearConfig
from regdemo.core.linear.data import LinearData, draw_linear
from regdemo.core.linear.exact import elastic_net

ROUNDS = 5
TUTORIAL_RUNS = 3  # of each round; the rest of the 240 are extrapolated
TOLERANCES = 10.0 ** -np.arange(2, 13)


def tutorial(config: LinearConfig, data: LinearData, seed: int, lam: float) -> np.ndarray:
    """One run as the tutorials write it: its final weights."""
    splits = [tuple(torch.from_numpy(a[seed]) for a in data.split(s)) for s in ("train", "validation", "test")]
    net = nn.Linear(config.n_features, 1)
    nn.init.normal_(net.weight, std=config.init_scale)
    nn.init.zeros_(net.bias)
    loss = nn.MSELoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=config.lr)
    x, y = splits[0]
    for _ in range(config.epochs):
        optimizer.zero_grad()
        (loss(net(x)[:, 0], y) / 2 + lam * net.weight.abs().sum()).backward()
        optimizer.step()
        with torch.no_grad():
            _ = [loss(net(a)[:, 0], b).item() / 2 for a, b in splits]
    return net.weight[0].detach().numpy()


def sklearn_paths(data: LinearData, lam: np.ndarray, tol: float) -> np.ndarray:
    """Weights (seeds, strengths, features) of `lasso_path`, for falling λ."""
    from sklearn.linear_model import lasso_path

    paths = []
    for x, y, row in zip(*(part.astype(np.float64) for part in data.split("train")), lam, strict=True):
        a = np.asfortranarray(x - x.mean(0))
        paths.append(lasso_path(a, y - y.mean(), alphas=row, tol=tol, max_iter=20_000)[1].T)
    return np.stack(paths)


def distance(weights: np.ndarray, exact: np.ndarray) -> float:
    """Largest ‖w − ŵ‖ / ‖ŵ‖ over seeds and all strengths below λ_max, where ŵ is not zero."""
    gap = np.linalg.norm(weights - exact, axis=2)[:, 1:] / np.linalg.norm(exact, axis=2)[:, 1:]
    return float(gap.max())


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    config = PRESETS["S-sparse"]
    other = replace(config, penalty="l2")
    data = draw_linear(config)
    ours = train_linear(config, data, device="cpu")
    exact = elastic_net(data, ours.lam)
    reached = distance(ours.weights, exact.weights)
    tol = next(t for t in TOLERANCES if distance(sklearn_paths(data, ours.lam, t), exact.weights) <= reached)
    runs = config.seeds * len(config.strengths)
    picked = [(i % config.seeds, i * len(config.strengths) // TUTORIAL_RUNS) for i in range(TUTORIAL_RUNS)]

    times: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, work in (
            ("ours, L1", lambda: train_linear(config, data, device="cpu")),
            ("ours, L2", lambda: train_linear(other, data, device="cpu")),
            ("tutorial", lambda: [tutorial(config, data, s, ours.lam[s, k]) for s, k in picked]),
            ("sklearn", lambda: sklearn_paths(data, ours.lam, tol)),
            ("exact", lambda: elastic_net(data, ours.lam)),
        ):
            times.setdefault(name, []).append(timed(work))
    took = {name: median(values) for name, values in times.items()}
    took["tutorial"] *= runs / TUTORIAL_RUNS
    learned = [tutorial(config, data, s, ours.lam[s, k]) for s, k in picked]

    seeds, strengths, rounds, threads = config.seeds, len(config.strengths), ROUNDS, torch.get_num_threads()
    print(f"{seeds} seeds × {strengths} strengths, λ_max to {config.strengths[-1]:g} λ_max; medians of {rounds} rounds")
    print(f"n = {config.n_train}, p = {config.n_features}, {config.epochs} epochs; torch threads: {threads}\n")
    took["ours, L1 and L2"] = took["ours, L1"] + took.pop("ours, L2")
    labels = {
        "ours, L1": "ours, L1, every epoch measured",
        "ours, L1 and L2": "ours, L1 and L2",
        "tutorial": f"tutorials' loop, {TUTORIAL_RUNS} runs measured, × {runs // TUTORIAL_RUNS}",
        "sklearn": f"lasso_path, tol {tol:.0e}, as accurate as ours",
        "exact": "exact path with its losses",
    }
    for name, label in labels.items():
        print(f"{label:44}{took[name]:9.3f} s {took[name] / took['ours, L1']:8.2f} × ours, L1")
    zeros = [float(np.mean(w == 0)) for w in (ours.weights, np.stack(learned))]
    print(f"\nlargest ‖w − ŵ‖ / ‖ŵ‖, ours against the exact path: {reached:.1e}")
    print(f"weights that are exactly zero, ours: {zeros[0]:.0%}, tutorials': {zeros[1]:.0%}")


if __name__ == "__main__":
    main()
