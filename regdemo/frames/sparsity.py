"""Sparse coefficients in, small tidy DataFrames out: what the sparsity page draws and prints. NumPy and pandas alone."""

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regdemo.config.phrases import figure
from regdemo.core.linear.selection import support
from regdemo.core.linear.two_weights import Picture, Plane, landing_path, picture
from regdemo.frames.summaries import mean_finished

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


def stem_rows(result: "LinearResult", features: np.ndarray, k: int) -> pd.DataFrame:
    """Estimates of the first seed at every strength, the truth beside them: kind (estimate | truth), feature, order, w, k, lam, now."""
    names, strengths = feature_names(result), range(len(result.config.strengths))
    w = result.weights[0][:, features]  # (strengths, shown)
    n, m = w.shape
    rows = pd.DataFrame({
        "kind": "estimate", "feature": np.tile([names[j] for j in features], n), "order": np.tile(np.arange(m), n),
        "w": w.ravel().astype(float), "k": np.repeat(strengths, m), "lam": np.repeat(result.lam[0], m),
        "now": np.repeat(np.arange(n) == k, m),
    })  # fmt: skip
    truth = result.data.true_weights
    if truth is None:
        return rows
    some = np.flatnonzero(truth[features])
    known = pd.DataFrame({
        "kind": "truth", "feature": [names[j] for j in features[some]], "order": some, "w": truth[features[some]].astype(float),
        "k": -1, "lam": 0.0, "now": True,
    })  # fmt: skip
    return pd.concat([rows, known], ignore_index=True)


def path_rows(result: "LinearResult", exact: "Exact", features: np.ndarray, k: int) -> pd.DataFrame:
    """Coefficient paths of the first seed: kind (trained | exact | count | cursor | name), feature, group, share, lam, norm, w, place.

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
        parts.append(pd.DataFrame({
            "kind": kind, "feature": np.repeat(names[nonzero], n), "group": np.repeat(groups[nonzero], n), "share": np.tile(share, m),
            "lam": np.tile(lam, m), "norm": np.tile(np.abs(weights).sum(1), m), "w": weights[:, nonzero].T.ravel(),
        }))  # fmt: skip
    count = np.where(np.isfinite(result.weights[0]).all(1), (result.weights[0] != 0).sum(1), np.nan)
    norm = np.abs(result.weights[0]).sum(1)
    labelled = np.arange(0, len(share), 4)
    labelled = labelled[np.isfinite(count[labelled])]
    for kind, places, w in (("count", labelled, count[labelled]), ("cursor", np.array([k]), count[[k]])):
        parts.append(pd.DataFrame({
            "kind": kind, "feature": "", "group": "", "share": share[places], "lam": lam[places], "norm": norm[places], "w": w,
        }))  # fmt: skip
    if truth is None:
        end = int(np.argmin(share))
        w = result.weights[0, end, features]
        large = np.argsort(-np.abs(w), kind="stable")[:NAMED_MOST]
        large = large[(w[large] != 0) & np.isfinite(w[large])]
        paths = result.weights[0][:, features]
        height = float(np.nanmax(paths) - np.nanmin(paths)) if np.isfinite(paths).any() else 0.0
        parts.append(pd.DataFrame({
            "kind": "name", "feature": names[features[large]], "group": "", "share": share[end], "lam": lam[end], "norm": norm[end],
            "w": w[large], "place": set_apart(w[large], NAME_HEIGHT * height),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True).reindex(columns=[*PATH_COLUMNS])


PATH_COLUMNS = ("kind", "feature", "group", "share", "lam", "norm", "w", "place")


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


def choosing_rows(cv: "CrossValidation", share: np.ndarray, test: np.ndarray, chosen: float) -> pd.DataFrame:
    """A cross-validation curve beside the test error: kind (cv | test | mark | cursor), share, value, low, high, label.

    Errors are mean squared errors, twice the losses of the other charts.
    """
    marks = {cv.at_min: "λ_min", cv.at_1se: "λ_1se"} if cv.at_min != cv.at_1se else {cv.at_min: "λ_min = λ_1se"}
    parts = [
        pd.DataFrame(
            {"kind": "cv", "share": share, "value": cv.mean, "low": cv.mean - cv.se, "high": cv.mean + cv.se, "label": ""}
        ),
        pd.DataFrame({"kind": "test", "share": share, "value": test, "label": ""}),
        pd.DataFrame({"kind": "cursor", "share": [chosen], "label": ""}),
        pd.DataFrame({"kind": "mark", "share": share[[*marks]], "value": cv.mean[[*marks]], "label": list(marks.values())}),
    ]
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


@lru_cache(maxsize=64)
def plane_rows(plane: Plane, lam: float) -> tuple[pd.DataFrame, Picture]:
    """Everything drawn for two weights, one frame: kind (limit | contour | path | point), penalty, order, w1, w2; the picture."""
    drawing, path = picture(plane, lam), landing_path(plane)
    rows = pd.concat([
        drawing.outlines, path.assign(kind="path", order=np.arange(len(path))),
        drawing.points.rename(columns={"name": "penalty"}).assign(kind="point", order=0),
    ], ignore_index=True)  # fmt: skip
    return rows[["kind", "penalty", "order", "w1", "w2"]], drawing
