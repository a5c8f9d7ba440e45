"""What the sparsity page asks and prints beside its charts: real data, zeros, the picture in two dimensions."""

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app.limits import too_long_to_pin
from regdemo.app.linear_figures import linear_figures
from regdemo.app.pins import Ghost, keep_ghost
from regdemo.app.session import OwnFile, session
from regdemo.app.sparsity import words
from regdemo.app.sweeps import Kept, Trained, kept_runs, trained_run
from regdemo.config.configs import LinearConfig
from regdemo.config.options import PENALTIES
from regdemo.config.phrases import counted, figure
from regdemo.core.linear.penalties import L1, L2, mixed
from regdemo.core.linear.selection import support
from regdemo.core.linear.standardized import Problem, problem
from regdemo.core.linear.tables import BYTES_MOST, Table, TableError, diabetes, read_csv
from regdemo.core.linear.two_weights import Plane, landing_path, picture
from regdemo.frames import overlays
from regdemo.frames.sparsity import (
    best_along,
    choosing_rows,
    distance,
    feature_names,
    gaps,
    informative_blocks,
    mean_finished,
    spread_within_blocks,
)
from regdemo.frames.summaries import finals

TOLD_MOST = 5  # sentences on what was left out of a file that stand on the page; more are in the panel below
CV_BEYOND = (0.044, 0.036, 0.03, 0.025, 0.02, 0.016, 0.013, 0.01)  # shares of λ_max below the trained path


LOSS = r"\min_{w,\,b}\; \tfrac12\,\overline{(y - Xw - b)^2} + "


def objectives(l1_ratio: float | None) -> None:
    """What is minimised: L1 and L2, and the elastic net with this share of L1 where it takes part."""
    shown = {"l1": L1, "l2": L2} | ({} if l1_ratio is None else {"elastic_net": mixed(l1_ratio)})
    for name, penalty in shown.items():
        st.latex(rf"\text{{{PENALTIES[name].title}:}}\quad {LOSS}{penalty.latex}")


@st.cache_data(max_entries=1)
def _diabetes() -> Table:
    return diabetes()


@lru_cache(maxsize=16)
def diabetes_problem(target: str, interactions: bool, seeds: int, seed: int, n_train: int) -> Problem:
    """The bundled diabetes table with one of its columns to predict, standardised."""
    return _problem(_diabetes(), target, interactions, seeds, seed, n_train)


def _problem(table: Table, target: str, interactions: bool, seeds: int, seed: int, n_train: int) -> Problem:
    most = len(table.columns) - 2 * (min(len(table.columns), 2000) // 5)
    return problem(table, target, interactions=interactions, seeds=seeds, seed=seed, n_train=max(2, min(n_train, most)))


def own_problem(interactions: bool, seeds: int, seed: int, n_train: int) -> Problem | None:
    """Ask for a CSV file and a target; the standardised problem, or None (and a sentence) where there is none yet.

    What was read stays in this session's memory as long as the file is there, and is written nowhere.
    """
    file = st.file_uploader(
        "A CSV file of your own, up to 1 MB", type=["csv", "tsv", "txt"],
        help="Numbers in columns, names in the first line. It stays in memory until you remove it or leave, and is written nowhere.",
    )  # fmt: skip
    if file is None:
        forget_file()
        st.info("Choose a CSV file: one column to predict, the others to predict it from.")
        return None
    held = session().file or OwnFile()
    session().file = held
    try:
        if file.size > BYTES_MOST:
            raise TableError(
                f"The file has {file.size / 2**20:.1f} MB and at most 1 MB can be read: keep fewer rows or columns."
            )
        if held.table is None or held.id != file.file_id:
            held.id, held.table, held.problem, held.made_with = file.file_id, None, None, ()
            held.table = read_csv(file.getvalue())
        table = held.table
        target = st.selectbox("target: what to predict", table.names, index=len(table.names) - 1, key="file.target")
        asked = (target, interactions, seeds, seed, n_train)
        if held.problem is None or held.made_with != asked:
            held.problem, held.made_with = _problem(table, *asked), asked
    except TableError as error:
        st.error("This table cannot be used as it is:")
        st.text(str(error))  # names from a file are shown, never rendered
        return None
    tell_problem(held.problem, table)
    return held.problem


def forget_file() -> None:
    """Let go of what was read from a file."""
    session().file = None


def tell_problem(made: Problem, table: Table | None = None) -> None:
    """What was done to a table before training."""
    table = _diabetes() if table is None else table
    first, later = table.report[:TOLD_MOST], [*table.report[TOLD_MOST:], *made.notes]
    if first:
        st.text("\n".join(first))  # names from a file are shown, never rendered
    with st.expander(f"{len(table.columns)} rows, {counted(made.fields['n_features'], 'feature')}; what was done to them"):
        st.text("\n".join(later))


@lru_cache(maxsize=64)
def plane_rows(plane: Plane, lam: float) -> tuple[pd.DataFrame, Any]:
    """Everything drawn for two weights, one frame: kind (limit | contour | path | point), penalty, order, w1, w2; the picture."""
    seen = picture(plane, lam)
    path = landing_path(plane)
    rows = pd.concat([
        seen.outlines, path.assign(kind="path", order=np.arange(len(path))),
        seen.points.rename(columns={"name": "penalty"}).assign(kind="point", order=0),
    ], ignore_index=True)  # fmt: skip
    return rows[["kind", "penalty", "order", "w1", "w2"]], seen


def choose_by_folds(config: LinearConfig, trained: Trained, chosen: float) -> tuple[pd.DataFrame, str, str]:
    """Five-fold cross-validation of the exact lasso on the first seed's training data: rows to draw, a sentence, what to see.

    The path goes further down than the trained one: there its minimum lies inside more often, and the sentence says where not.
    """
    from regdemo.core.linear.cross_validation import cross_validate
    from regdemo.core.linear.exact import solve_elastic_net

    data = trained.result.data
    (x, y), (x_test, y_test) = ((part[0].astype(float) for part in data.split(name)) for name in ("train", "test"))
    shares = np.array([*config.strengths, *CV_BEYOND])
    lam = shares * trained.result.lam[0, 0] / config.strengths[0]
    folds = min(5, config.n_train)

    def compute() -> Kept:
        w, b = solve_elastic_net(x, y, lam)
        test = ((x_test @ w.T + b - y_test[:, None]) ** 2).mean(0)
        return Kept((cross_validate(x, y, lam, folds=folds, seed=config.seed), w, test), w.nbytes + 10_000)

    cv, w, test = kept_runs().get(("folds", config, data.digest), compute).value
    kept = (w != 0).sum(1)

    marks = (cv.at_min, cv.at_1se)
    alt, text = words.choosing_told(shares, cv.mean, test, kept, marks, folds, config.seed)
    if data.true_weights is not None and data.true_weights.any():
        f1 = support(w, data.true_weights).f1
        assert f1 is not None
        text += f" {words.found_told(shares, kept, f1, int((data.true_weights != 0).sum()), marks)}"
    return choosing_rows(cv, shares, test, chosen), alt, text


def cards(runs: dict[str, Trained], k: int) -> None:
    """The figures of L1 (the first of the runs) and of the other penalty at one share of λ_max."""
    first = next(iter(runs.values()))
    result, shares, truth = first.result, first.result.config.strengths, first.result.data.true_weights
    look: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off", "border": True}
    with st.container(horizontal=True):
        for name, run in runs.items():
            value, along, told = words.loss_card(finals(run.result, "test_loss"), k, shares, best_along(run.result))
            st.metric(f"{name}: test loss", value, along, help=told, **look)
        kept, informative = support(result.weights[:, k], truth), None if truth is None else int((truth != 0).sum())
        value, of, told = words.kept_card(kept.n_selected, kept.f1, result.config.n_features, informative)
        st.metric("Weights that L1 keeps", value, of, help=told, **look)
        st.metric(
            "Distance to the exact lasso", figure(distance(result, first.exact, k)), words.distance_words(gaps(result, first.exact)[1][:, k]),
            help="The largest over the seeds that finished, against coordinate descent.", **look,
        )  # fmt: skip


def sparse_figures(first: Any, second: Any, k: int) -> dict[str, float]:
    """The figures that pinned pairs of sweeps are compared by: means over the seeds that finished, at one share of λ_max."""
    other = mean_finished(finals(second, "test_loss")[:, k])
    return linear_figures(first, k, mean_finished) | {"test loss of the other": other}


def nothing_to_see(config: LinearConfig, data: Any = None) -> str:
    """Why λ has nothing to act on with these settings; empty where it has."""
    if data is None:
        return "" if config.noise > 0 or config.n_informative > 0 else words.NOTHING_DRAWN
    return words.nothing_to_see(data.x_train, data.y_train, data.lam_max, config.run_seeds)


def together(first: Any, second: Any, k: int, other: str) -> str:
    """What both penalties do with correlated features of one true weight; empty where there are none, or no run to see it in."""
    truth, block = first.data.true_weights, first.config.block_size
    apart, rivals = (spread_within_blocks(run.weights[:, k], truth, block) for run in (first, second))
    if not np.isfinite(apart + rivals):
        return ""
    kept = informative_blocks(first.weights[:, k], truth, block)
    return words.together_told(apart, rivals, bool(np.nan_to_num(kept).any()), other)


def sparse_ghost(
    l1: LinearConfig, first: LinearConfig, second: LinearConfig, k: int, problem: Problem | None, plane: Plane
) -> Ghost | str:
    """What is left of a pinned pair of sweeps at one share of λ_max, or why it is not trained."""
    data = problem.data if problem is not None else None
    if why := too_long_to_pin(l1, data) or nothing_to_see(l1, data):
        return why

    def make() -> Ghost:
        proximal, a, b = (trained_run(config, data) for config in (l1, first, second))
        share, names = l1.strengths[k], feature_names(a.result)
        folds = choose_by_folds(l1, proximal, share)[0]
        landing = picture(plane, share * plane.lam_max).landing
        drawn = {
            "loss": overlays.curve(a.result, k, "test_loss", "mid"), "names": names,
            "choosing": folds.loc[folds["kind"] == "cv", ["share", "value"]],
            "plane": pd.DataFrame(list(landing.values()), columns=["w1", "w2"]),
            "weights": {"first": a.result.weights[:, k], "second": b.result.weights[:, k]},
            "path": {"first": overlays.path(a.result, names), "second": overlays.path(b.result, names)},
        }  # fmt: skip
        return Ghost(sparse_figures(a.result, b.result, k), drawn, 2 * a.result.weights[:, k].nbytes + 60_000)

    return keep_ghost((l1, first, second, k, data.digest if data is not None else None, plane), make)
