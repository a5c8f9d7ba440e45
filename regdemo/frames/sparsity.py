"""Sparse coefficients in, small tidy DataFrames out: what the sparsity page draws and prints. NumPy and pandas alone."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regdemo.config.phrases import figure
from regdemo.core.linear.selection import support
from regdemo.core.linear.two_weights import Plane, land, landing_path
from regdemo.frames.summaries import mean_finished, reached, stacked
from regdemo.frames.weight_decay import EVERY

if TYPE_CHECKING:
    from regdemo.core.linear.cross_validation import CrossValidation
    from regdemo.core.linear.exact import Exact
    from regdemo.core.linear.train import LinearResult


SHOWN_MOST = 60  # coefficients drawn one by one; the rest are counted
GROUPS = ("informative", "other")  # of features, where the truth is known
NAMED_MOST = 6  # paths with their names at the end
NAME_HEIGHT = 0.05  # of a name at a path's end, as a share of the chart's height


def shown_features(results: list["LinearResult"]) -> np.ndarray:
    """The features worth drawing for the first seed, in their own order: the informative ones and the largest along any path."""
    first = results[0]
    p = first.config.n_features
    size = np.zeros(p)
    for result in results:
        w = np.abs(result.weights[0])
        size = np.maximum(size, np.where(np.isfinite(w), w, 0).max(0))
    truth = first.data.true_weights
    if truth is not None and (truth != 0).sum() <= SHOWN_MOST:
        size = np.where(truth != 0, np.inf, size)
    return np.sort(np.argsort(-size, kind="stable")[:SHOWN_MOST])


def feature_names(result: "LinearResult") -> list[str]:
    """The columns' names, or w₁ … as w1, w2, …"""
    return list(result.data.names or (f"w{j + 1}" for j in range(result.config.n_features)))


def stem_rows(result: "LinearResult", features: np.ndarray, together: Sequence["LinearResult"] = ()) -> pd.DataFrame:
    """Estimates of the first seed at every strength, and the truth: kind (estimate | truth | reach), feature, order, w, k, lam.

    The truth and, in the first two rows, how far the axis reaches, over all results that stand `together`, are drawn at every strength (k = EVERY).
    """
    names = np.array(feature_names(result), object)
    w = result.weights[0][:, features].astype(float)  # (strengths, shown)
    n, m = w.shape
    truth = np.zeros(len(names)) if result.data.true_weights is None else result.data.true_weights.astype(float)
    some = np.flatnonzero(truth[features])
    seen = np.concatenate([r.weights[0][:, features].ravel() for r in (result, *together)])
    ends = np.array(reached(seen, [0.0, *truth[features]]))
    parts = [
        ("reach", names[features[0]], 0, ends, EVERY, 0.0),
        (
            "estimate", np.tile(names[features], n), np.tile(np.arange(m), n), w.ravel(), np.repeat(np.arange(n), m),
            np.repeat(result.lam[0], m),
        ),
        ("truth", names[features[some]], some, truth[features[some]], EVERY, 0.0),
    ]  # fmt: skip
    return stacked(("kind", "feature", "order", "w", "k", "lam"), parts)


def path_rows(result: "LinearResult", exact: "Exact", features: np.ndarray) -> pd.DataFrame:
    """Coefficient paths of the first seed: kind (trained | exact | count | cursor | name), feature, group, k, share, lam, norm, w, place.

    share is the strength as it stands in the config, norm ‖w‖₁ of the same solution; group is one of GROUPS, and empty
    where no truth is known. There the largest weights have their names at the path's end, at a place of their own.
    """
    names, truth = np.array(feature_names(result), object), result.data.true_weights
    share, lam = np.asarray(result.config.strengths), result.lam[0]
    groups = np.full(len(names), "", object) if truth is None else np.where(truth != 0, *GROUPS).astype(object)
    n, parts = len(share), []
    for kind, weights in (("trained", result.weights[0]), ("exact", exact.weights[0])):
        nonzero = features[(weights[:, features] != 0).any(0)]
        m = len(nonzero)
        k, *along = (np.tile(of, m) for of in (np.arange(n), share, lam, np.abs(weights).sum(1)))
        every = (np.repeat(of[nonzero], n) for of in (names, groups))
        parts.append((kind, *every, k, *along, weights[:, nonzero].T.ravel(), np.nan))
    count = np.where(np.isfinite(result.weights[0]).all(1), (result.weights[0] != 0).sum(1), np.nan)
    norm = np.abs(result.weights[0]).sum(1)
    some = np.arange(n)[::-1][::4]
    some = some[np.isfinite(count[some])]
    for kind, which in (("count", some), ("cursor", np.arange(n))):
        parts.append((kind, "", "", which, *(of[which] for of in (share, lam, norm, count)), np.nan))
    if truth is None:
        end = int(np.argmin(share))
        w = result.weights[0, end, features]
        large = np.argsort(-np.abs(w), kind="stable")[:NAMED_MOST]
        large = large[(w[large] != 0) & np.isfinite(w[large])]
        paths = result.weights[0][:, features]
        height = float(np.nanmax(paths) - np.nanmin(paths)) if np.isfinite(paths).any() else 0.0
        place = set_apart(w[large], NAME_HEIGHT * height)
        parts.append(("name", names[features[large]], "", end, *(of[end] for of in (share, lam, norm)), w[large], place))
    return stacked(PATH_COLUMNS, parts)


PATH_COLUMNS = ("kind", "feature", "group", "k", "share", "lam", "norm", "w", "place")


def set_apart(values: np.ndarray, least: float) -> np.ndarray:
    """Places for labels of these values: in the same order, at least `least` from each other, moved up as little as that needs."""
    places = values.astype(float)
    order = np.argsort(places, kind="stable")
    for below, above in pairwise(order):
        places[above] = max(places[above], places[below] + least)
    return places


def gaps(result: "LinearResult", exact: "Exact") -> tuple[np.ndarray, np.ndarray]:
    """‖w − w_exact‖₂ and ‖w_exact‖₂, each (seeds, strengths); the first is NaN where a run has diverged."""
    return np.linalg.norm(result.weights - exact.weights, axis=2), np.linalg.norm(exact.weights, axis=2)


def distance(result: "LinearResult", exact: "Exact", k: int) -> float:
    """‖w − w_exact‖₂ ÷ ‖w_exact‖₂ at one strength, the largest over the seeds that finished; the norm itself where w_exact is 0."""
    gap, size = (part[:, k] for part in gaps(result, exact))
    relative = gap / np.where(size > 0, size, 1)
    return float(relative[np.isfinite(relative)].max()) if np.isfinite(relative).any() else float("nan")


def zeros_table(weights: dict[str, tuple[np.ndarray, float]], truth: np.ndarray | None, epsilon: float) -> pd.DataFrame:
    """How many coefficients each way of fitting leaves, means over the seeds that finished.

    `weights`: name -> ((seeds, features), threshold): what lies below the threshold is set to 0 first. Scores need a feature
    that is informative.
    """
    rows = {}
    known = truth if truth is not None and truth.any() else None
    for name, (w, threshold) in weights.items():
        got = support(np.where(np.abs(w) < threshold, 0, w), known, epsilon=epsilon)
        row = {"n_zero": got.n_zero, "n_below": got.n_below, "n_selected": got.n_selected}
        if got.precision is not None and got.recall is not None and got.f1 is not None:
            row |= {"precision": got.precision, "recall": got.recall, "f1": got.f1}
        rows[name] = {column: figure(mean_finished(values)) for column, values in row.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def choosing_rows(cv: "CrossValidation", share: np.ndarray, test: np.ndarray, shares: Sequence[float]) -> pd.DataFrame:
    """A cross-validation curve beside the test error: kind (cv | test | mark | cursor), k, share, value, low, high, label.

    Losses are ½ · mean squared errors; `shares` are those that can be chosen, one cursor for each.
    """
    marks = {cv.at_min: "λ_min", cv.at_1se: "λ_1se"} if cv.at_min != cv.at_1se else {cv.at_min: "λ_min = λ_1se"}
    mean, se, test = cv.mean / 2, cv.se / 2, test / 2
    parts = [
        pd.DataFrame({"kind": "cv", "k": EVERY, "share": share, "value": mean, "low": mean - se, "high": mean + se, "label": ""}),
        pd.DataFrame({"kind": "test", "k": EVERY, "share": share, "value": test, "label": ""}),
        pd.DataFrame({"kind": "cursor", "k": np.arange(len(shares)), "share": shares, "label": ""}),
        pd.DataFrame({
            "kind": "mark", "k": EVERY, "share": share[[*marks]], "value": mean[[*marks]], "label": list(marks.values()),
        }),
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def spread_within_blocks(weights: np.ndarray, truth: np.ndarray, block: int) -> float:
    """How far apart a fit puts features whose true weights are equal: mean of largest − smallest in all-informative blocks.

    weights (seeds, features); NaN where no block is informative as a whole or no seed finished. Near-copies share a block.
    """
    blocks = informative_blocks(weights[np.isfinite(weights).all(1)], truth, block)
    return float((blocks.max(2) - blocks.min(2)).mean()) if blocks.size else float("nan")


def informative_blocks(weights: np.ndarray, truth: np.ndarray, block: int) -> np.ndarray:
    """The weights (seeds, features) of the blocks in which every feature is informative: (seeds, blocks, features in a block)."""
    p = weights.shape[1] // block * block
    return weights[:, :p].reshape(len(weights), p // block, block)[:, (truth[:p] != 0).reshape(-1, block).all(1)]


def keeps_in_blocks(weights: np.ndarray, truth: np.ndarray, block: int) -> bool:
    """Whether any of these weights (seeds, features) is not zero in blocks in which every feature is informative."""
    return bool(np.nan_to_num(informative_blocks(weights, truth, block)).any())


def never_moved(result: "LinearResult") -> np.ndarray:
    """Which weights were 0 at the start and in every snapshot since, (seeds, strengths, features)."""
    return (result.snapshots == 0).all(0)


CONTOURS = (0.01, 0.03, 0.08, 0.16, 0.28, 0.45, 0.7)  # of the loss above its least value: what the plane is a map of
DIAMOND = np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1], [1, 0]])
_TURN = np.linspace(0, 2 * np.pi, 49)
CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], 1)


def plane_rows(plane: Plane, shares: Sequence[float]) -> pd.DataFrame:
    """Everything drawn for two weights: kind (limit | touch | contour | path | point), penalty, order, k, w1, w2, label.

    Limits, landing points and the contours that touch the limits there, for each share of λ_max; the map of the loss, the
    paths of the landing points and least squares stand still (k = EVERY).
    """
    parts: list[tuple[Any, ...]] = []

    def add(kind: str, penalty: str, k: int, line: np.ndarray, label: str = "") -> None:
        parts.append((kind, penalty, np.arange(len(line), dtype=np.int16), np.int16(k), *line.T.astype(np.float32), label))

    paths = {name: path[["w1", "w2"]].to_numpy() for name, path in landing_path(plane).groupby("penalty")}
    for level in CONTOURS:
        add("contour", f"loss {level:g}", EVERY, plane.contour(level))
    add("point", "least squares", EVERY, plane.least_squares[None], "✚ least squares")
    for name, outline, norm, sign in (("L1", DIAMOND, 1, "◆"), ("L2", CIRCLE, 2, "●")):
        landed = land(plane, np.asarray(shares) * plane.lam_max, name)
        add("path", name, EVERY, paths[name])
        for k, w in enumerate(landed):
            add("limit", name, k, np.linalg.norm(w, norm) * outline)
            add("touch", name, k, plane.contour(float(plane.loss(w))))
            add("point", name, k, w[None], f"{sign} {name} ({figure(w[0])}, {figure(w[1])})")
    return stacked(("kind", "penalty", "order", "k", "w1", "w2", "label"), parts)
