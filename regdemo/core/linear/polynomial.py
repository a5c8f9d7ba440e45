"""Exact ridge fits of a polynomial to a few noisy points."""

import numpy as np

DEGREE, POINTS = 11, 12
POLYNOMIAL_STRENGTHS = (0.0, *(float(f"{m}e{e}") for e in range(-8, 1) for m in (1, 3)), 10.0)


def polynomial_fits(seed: int, noise: float = 0.3) -> dict[str, np.ndarray]:
    """Ridge on the powers x, …, x¹¹ of one number: 12 noisy points of sin(πx), one fit for every strength, in closed form.

    Gives x, y (points), x_test, y_test, grid, truth (on grid), fits (strengths, grid), and train and test losses (strengths),
    ½ · mean squared error. Bishop, Pattern Recognition and Machine Learning (2006), section 1.1.
    """
    rng = np.random.default_rng(seed)
    x, x_test, grid = np.linspace(-0.95, 0.95, POINTS), np.sort(rng.uniform(-1, 1, 50)), np.linspace(-1, 1, 301)
    y, y_test = (np.sin(np.pi * v) + noise * rng.standard_normal(len(v)) for v in (x, x_test))

    def powers(v: np.ndarray) -> np.ndarray:
        return v[:, None] ** np.arange(1, DEGREE + 1)

    a = powers(x)
    u, s, vt = np.linalg.svd(a - a.mean(0), full_matrices=False)
    lam = np.asarray(POLYNOMIAL_STRENGTHS)[:, None]
    w = ((u.T @ (y - y.mean())) * s / (s**2 + len(x) * lam)) @ vt  # (strengths, DEGREE)
    b = y.mean() - w @ a.mean(0)

    def predict(v: np.ndarray) -> np.ndarray:
        return w @ powers(v).T + b[:, None]

    losses = (((predict(v) - target) ** 2).mean(1) / 2 for v, target in ((x, y), (x_test, y_test)))
    train, test = losses
    return {
        "x": x, "y": y, "x_test": x_test, "y_test": y_test, "grid": grid, "truth": np.sin(np.pi * grid),
        "fits": predict(grid), "train": train, "test": test,
    }  # fmt: skip
