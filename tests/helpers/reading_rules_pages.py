"""Rules for what the pages on weight decay, on L1 and L2, and on dropout say; and the table of all rules."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from regdemo.frames.weight_decay import EVERY
from tests.helpers import reading_rules as any_page
from tests.helpers import reading_rules_decay
from tests.helpers.links import L1_VS_L2, WEIGHT_DECAY
from tests.helpers.reading import Page
from tests.helpers.reading_rules import Findings, N, around, holds, medians, number, same, sharpest

# ---- weight decay


def null_space(page: Page) -> Findings:
    """What is said to stay for ever does, and what is said to remain does."""
    if (s := page.sweeps.get("")) is None:
        return
    for m in page.told(rf"for ever(?:[^.]*?here {N})?"):
        start, end = _null_space(s, s.config.strengths.index(0.0))
        moved = abs(end - start) > 2e-3 * start and not s.config.switch_from  # not where every seed diverged: there is no end
        stays = not start <= 1e-6 and not moved
        yield holds(stays and (m[1] is None or same(m[1], end)), f"{start} → {end}: {around(page.prose, m)}")
    for m in page.told(rf"{N} of it remains"):
        start, end = _null_space(s, page.k)
        fits = same(m[1], end / start) or end < 1e-5 * start  # below, it is rounding
        yield holds(fits, f"{end / start}: {around(page.prose, m)}")
    for m in page.told(rf"(?<!data )goes from {N} to {N}"):
        found = [_null_space(s, i) for i in (s.config.strengths.index(0.0), page.k)]
        right = any(same(m[1], start) and (same(m[2], end) or end < 1e-6) for start, end in found)
        yield holds(right, f"{found}: {around(page.prose, m)}")


def _null_space(s: Any, i: int) -> tuple[float, float]:
    """The norm of what w has in the null space of X at the first and the last snapshot of a strength: medians over seeds."""
    found = []
    for x, w in zip(s.data.x_train.astype(np.float64), np.moveaxis(s.snapshots[:, :, i], 1, 0).astype(np.float64), strict=True):
        _, sizes, rows = np.linalg.svd(x, full_matrices=False)
        rows = rows[sizes > sizes.max() * 1e-6]
        found.append([np.linalg.norm(v - rows.T @ (rows @ v)) for v in (w[0], w[-1])])
    found = [ends for ends, gone in zip(found, s.diverged_at[:, i], strict=True) if gone < 0]
    return tuple(np.median(found, axis=0)) if found else (np.nan, np.nan)


def histograms(page: Page) -> Findings:
    for chart in page.drawn("histogram"):
        said = page.prose[page.prose.find(chart.alt) :][: len(chart.alt) + 500]
        if "axis is logarithmic" in said:
            yield holds(not chart.options.get("linear"), f"a linear axis is called logarithmic: {said}")
    for m in page.told(rf"(L1|L2|elastic net): exactly zero are {N}% at {N} λ_max and {N}% at {N} λ_max"):
        s = page.sweeps[m[1]]
        for shown, share in ((m[2], m[3]), (m[4], m[5])):
            w = s.weights[:, s.config.strengths.index(number(share))]
            zero = (w[np.isfinite(w).all(1)] == 0).mean()
            yield holds(same(f"{shown}%", zero), f"{zero}: {m[0]}")


def lambdas(page: Page) -> Findings:
    """Shares are called shares of λ_max, and a λ is one that was trained."""
    if page.file == WEIGHT_DECAY:
        for chart in (c for name in ("loss", "sweep", "histogram") for c in page.drawn(name)):
            for m in re.finditer(rf"λ = {N}", chart.alt):
                yield holds(number(m[1]) in page.sweeps[""].config.strengths, f"λ = {m[1]} was not trained: {chart.alt}")
    if page.file == L1_VS_L2 and page.sweeps:
        from regdemo.app.sparsity.folds import CV_BEYOND

        known = {*page.sweeps["L1"].config.strengths, *CV_BEYOND, 0.0}
        for m in page.told(rf"(?<![·\d])\b{N} (?:of )?(?:its own |their own )?λ_max"):
            yield holds(number(m[1]) in known, around(page.prose, m))
        sizes = [*(v for sweep in page.sweeps.values() for v in sweep.lam.ravel()), page.sweeps["L1"].data.lam_max.max()]
        for m in page.told(rf"λ (?:= |from {N} to ){N}(?![\d.]*\d| ?(?:of )?λ_max| times| with which)"):
            yield holds(number(m[2]) == 0 or any(same(m[2], v) for v in sizes), around(page.prose, m))


# ---- L1 versus L2


def zeros(page: Page) -> Findings:
    counted = [(m[1], m[0], False) for m in page.told(r"(L1|L2|elastic net) estimates\. Exactly zero of [^.]*(?:\.\d[^.]*)*")]
    counted += [(name, chart.alt.partition(" Largest")[0], True) for name, chart in _paths(page)]
    for name, said, kept in counted:
        for m in re.finditer(rf"{N} at {N} λ_max", said):
            w = page.sweeps[name].weights[0, page.sweeps[name].config.strengths.index(number(m[2]))]
            yield holds(((w != 0) == kept).sum() == number(m[1]) and np.isfinite(w).all(), f"{m[0]}: {said}")
    for m in page.told(rf"Among (?:all|the) {N} weights? of the subgradient’s [^,.\d]*, {N} (?:are|is)"):
        w = page.sweeps["subgradient"].weights
        there = np.isfinite(w).all(2).sum() * w.shape[2]
        yield holds((there, (w == 0).sum()) == (number(m[1]), number(m[2])), f"{there}, {(w == 0).sum()}: {m[0]}")


def _paths(page: Page) -> list[tuple[str, Any]]:
    """The drawn path with the name of its sweep."""
    named = [(chart, re.search("paths of (L1|L2|elastic net)", chart.alt)) for chart in page.drawn("path")]
    return [(m[1], chart) for chart, m in named if m and m[1] in page.sweeps]


def leads(page: Page) -> Findings:
    """What the bar says of a λ is what the drawn seed keeps there, and its figures are medians."""
    s = page.sweeps.get("L1")
    if s is None or page.file != L1_VS_L2 or not page.film:
        return
    truth = s.data.true_weights
    for k, said in enumerate(page.film["leads"]):
        yield holds(said.startswith(f"At {s.config.strengths[k]:g} λ_max "), said)
        for name in ("L1", "elastic net" if page.settings["net"] else "L2"):
            w = page.sweeps[name].weights[0, k]
            m = re.search(rf"{name} keeps (none of|all|{N} of) {N} weights?", said)
            if not np.isfinite(w).all():
                yield holds(m is None and "diverges" in said, f"{name} diverged: {said}")
                continue
            counted = m and {"none of": 0, "all": w.size}.get(m[1], m[2] and number(m[2]))
            yield holds(m and counted == (w != 0).sum() and number(m[3]) == w.size, f"{(w != 0).sum()}: {said}")
        w = s.weights[0, k]
        informative, known = (0, 0) if truth is None else ((truth != 0).sum(), np.isfinite(w).all())
        right = int(((w != 0) & (truth != 0)).sum()) if known else 0
        for words, fits in {
            rf"exactly the {N}": right == informative == (w != 0).sum(), rf"all {N} informative": right == informative < (w != 0).sum(),
            rf"none of the {N} informative": right == 0 < (w != 0).sum(), rf"though all {N} features": informative == w.size,
            "though no feature": informative == 0 and truth is not None,
        }.items():  # fmt: skip
            for m in re.finditer(words, said):
                yield holds(fits and (not m.groups() or number(m[1]) == informative), f"{right} of {informative}: {said}")
        for m in re.finditer(rf"{N} of the {N} informative", said):
            yield holds((number(m[1]), number(m[2])) == (right, informative), f"{right} of {informative}: {said}")
    for name, texts in page.film["figures"]:
        if m := re.search("test loss of (.+)", name):
            yield holds(all(_shown(t, v) for t, v in zip(texts, medians(page.sweeps[m[1]], "test_loss"), strict=True)), name)


def _shown(text: str, value: float) -> bool:
    return text == "–" if np.isnan(value) else same(text, value)


def keeps(page: Page) -> Findings:
    """The count of weights kept is that of the runs; at λ_max L1 keeps nothing; where there is nothing to find, it is said."""
    s, shown = page.sweeps.get("L1"), dict(page.film.get("figures", ())).get("weights kept by L1")
    if s is None or page.file != L1_VS_L2:
        return
    for k, text in enumerate(shown or ()):
        w = s.weights[:, k]
        w = w[np.isfinite(w).all(1)]
        yield holds(_shown(text, np.median((w != 0).sum(1)) if len(w) else np.nan), f"{(w != 0).sum(1)}: {text}")
    w = s.weights[:, page.k]
    w = w[np.isfinite(w).all(1)]
    if page.settings["share"] == 1 and s.data.lam_max.min() > 0:
        yield holds((s.exact.weights[:, page.k] == 0).all(), "the exact lasso keeps weights at λ_max")
        if s.config.solver == "proximal" and len(w):
            yield holds((w == 0).all() or np.abs(w).max() > 1e-5, f"L1 keeps weights of {np.abs(w).max():.2g} at λ_max")
    for _ in re.finditer(r"1 is perfect", page.everything):
        yield holds(s.data.true_weights is None or s.data.true_weights.any(), "F1 cannot be 1: no feature is informative")
    if s.data.lam_max.max() == 0:
        yield holds(re.search(r"λ_max (?:is|=)\s?0", page.prose), "λ_max = 0, unsaid")


def entering(page: Page) -> Findings:
    """Those that are said to enter first are kept at a λ at which no other is."""
    for name, _ in _paths(page):
        s = page.sweeps[name]
        w = s.weights[0][np.isfinite(s.weights[0]).all(1)] != 0
        truth, names = s.data.true_weights, s.data.names
        for m in page.told(rf"(?:all {N}|{N} of the {N}) informative features enter {name} before any other"):
            first = max((set(np.flatnonzero(row)) for row in w if not (row & (truth == 0)).any()), key=len, default=set())
            yield holds(number(m[1] or m[2]) == len(first) and number(m[1] or m[3]) == (truth != 0).sum(), f"{first}: {m[0]}")
        for m in page.told(r"these enter first: ([^\n]*)\.") if names is not None and name == "L1" else ():
            said = set(re.findall(r"`+ ?(.+?) ?`+(?:, |$)", m[1]))
            sets = [{names[j] for j in np.flatnonzero(row)} for row in w]
            yield holds(said in sets or len(said) < 3, f"{said} are never alone: {m[0]}")
        for _ in page.told(rf"{name} keeps every weight at every λ"):
            yield holds(w.all(), f"{name} does not keep every weight")


def corners(page: Page) -> Findings:
    """L1 is on a corner from the λ on that is named, and not just before."""
    for chart in page.drawn("plane"):
        points = chart.rows[(chart.rows["kind"] == "point") & (chart.rows["k"] >= 0)]
        first, second = (points[points["penalty"] == name].sort_values("k")[["w1", "w2"]].to_numpy() for name in ("L1", "L2"))
        on = (first == 0).any(1)
        for m in page.told(rf"(?:From {N} λ_max on|At every λ here), L1 lands on a corner"):
            k = page.sweeps["L1"].config.strengths.index(number(m[1])) if m[1] else 0
            yield holds(on[k:].all() and (k == 0 or not on[k - 1]), m[0])
        for _ in page.told("L2 never does"):
            yield holds((np.abs(second) > 1e-12).all(), "L2 lands on an axis")


def folds(page: Page) -> Findings:
    for m in page.told(rf"λ_min = (?:λ_1se = )?{N} λ_max, keeps {N} weights?"):
        s = page.sweeps["L1"]
        if number(m[1]) in s.config.strengths:
            kept = (s.exact.weights[0, s.config.strengths.index(number(m[1]))] != 0).sum()
            yield holds(kept == number(m[2]), f"{kept}: {m[0]}")
        for many in page.told(r"selects too many"):
            yield holds(number(m[2]) > (s.data.true_weights != 0).sum(), f"{m[0]}: {around(page.prose, many)}")


def whole_path(page: Page) -> Findings:
    for name, _ in _paths(page):
        s = page.sweeps[name]
        gap, size = np.linalg.norm(s.weights - s.exact.weights, axis=2), np.linalg.norm(s.exact.weights, axis=2)
        ended = np.isfinite(gap)
        for m in page.told(rf"path they differ by at most {N}"):
            some = ended & (size > 0)
            far = (gap[some] / size[some]).max()
            yield holds(same(m[1], far), f"{far}: {around(page.prose, m)}")
        for m in page.told(rf"trained ‖w‖₂ is at most {N}"):
            far = gap[ended & (size == 0)].max()
            yield holds(same(m[1], far), f"{far}: {around(page.prose, m)}")


def correlated(page: Page) -> Findings:
    for m in page.told(rf"lie\s+{N} apart with L1 and {N} with"):
        told = "chance decides" in page.prose[m.end() : m.end() + 300]
        copies = page.settings["correlation"] > 0 and number(m[1]) > number(m[2])
        yield holds(copies or not told, around(page.prose, m))


def elastic_net(page: Page) -> Findings:
    if page.file == L1_VS_L2 and page.settings["net"] and page.sweeps and page.settings["l1_ratio"] < 1:
        m = re.search(rf"For the elastic net λ_max is 1/ρ = {N} times", page.prose)
        opened = "1 is perfect" in page.everything or "Lowest test loss along" in page.everything
        yield holds(
            not opened or (m and same(m[1], 1 / page.settings["l1_ratio"])), "what λ_max means for the elastic net, unsaid"
        )


def landings(page: Page) -> Findings:
    for chart in page.drawn("plane"):
        points = chart.rows[chart.rows["kind"] == "point"].set_index(["penalty", "k"])
        for m in page.told(rf"(?:At {N} λ_max )?\**(L1|L2)\W+lands at \(([-−]?[\d.e-]+), ([-−]?[\d.e-]+)\)"):
            at = points.loc[m[2], page.sweeps["L1"].config.strengths.index(number(m[1])) if m[1] else page.k]
            yield holds(same(m[3], at["w1"]) and same(m[4], at["w2"]), f"{at.to_dict()}: {m[0]}")


# ---- questions

#: words of a question -> how its table's first row begins, and whose figures are compared: column, row, row
COMPARED: dict[str, tuple[str, str, int, int]] = {
    "Where does the training loss end": (r"λ = |L1, λ = ", "train loss", 0, -1),
    "Whose w ends up shorter": ("Adam", "‖w‖₂", 1, 2),
    "How long is their w": ("SGD on", "‖w‖₂", 0, 1),
    "How many weights are exactly 0 at the end": ("subgradient, from", "exactly zero", 4, 2),
    "Where does the bias end": ("bias free", "|bias|", 0, 1),
    "does dropout do to its test loss": ("16 units", "test loss", 0, 1),
}
LARGER = ("longer", "higher", "Adam’s", "further from 0", "it raises it", "more")
SMALLER = ("shorter", "lower", "AdamW’s", "closer to 0", "it lowers it", "fewer")


def verdicts(page: Page) -> Findings:
    """What runs are said to say they say, and the answer does not speak against it."""
    for words, (first, column, a, b) in COMPARED.items():
        table = next((t for t in page.tables if column in t.columns and re.match(first, str(t.index[0]))), None)
        m = re.search(rf"{words}[^\0]*?These runs say: \*\*([^*]+)\*\*([^\0]{{,1000}})", page.prose)
        if table is None or m is None or "–" in set(table[column]):
            continue
        one, two = number(table[column].iloc[a]), number(table[column].iloc[b])
        close = abs(one - two) <= 0.0105 * max(abs(one), abs(two))
        fits = (m[1] in LARGER and two > one) or (m[1] in SMALLER and two < one) or (close and m[1] not in LARGER + SMALLER)
        yield holds(fits, f"{m[1]}: {one} and {two}")
        if words.startswith("Where does the training") and m[1] == "lower":
            yield holds(re.search("more epochs|converge", m[2]), f"lower, under: {m[2]}")


def answers(page: Page) -> Findings:
    """What an answer says of its table is there."""
    for m in page.told(r"column “([^”]+)”"):
        yield holds(any(m[1] in t.columns for t in page.tables), m[0])
    for t in page.tables:
        first = str(t.index[0]) if len(t) else ""
        if (
            first.startswith(("L1, λ = ", "L1 by subgradient", "L1: each step"))
            and "‖w‖₂" in t.columns
            and "–" not in t.to_numpy()
        ):
            yield from _of_l1(page, t)
        if first.startswith("η = ") and (s := page.sweeps.get("")) is not None:
            eta, lam = re.match(rf"η = {N}, λ = {N}", str(t.index[1])).groups()  # type: ignore[union-attr]
            for _ in page.told("The small η is half of what is safe"):
                half = 1 / (sharpest(s) + number(lam))
                yield holds(same(eta, half), f"η = {eta}, half of what is safe is {half}")
            for _ in page.told("the step size decides, not λ"):
                gone = [number(v) > 0 for v in t["seeds diverged"]]
                yield holds(gone == [False, False, True, True], f"{gone}: the step size decides")
        if first.startswith("16 units"):
            train, test = ([number(v) for v in t[c]] for c in ("train loss, eval mode", "test loss"))
            for m in page.told(rf"in eval mode, from {N} to {N}, and the gap from {N} to {N}"):
                moved = (train[0], train[1], test[0] - train[0], test[1] - train[1])
                yield holds(all(abs(number(m[i + 1]) - v) <= 0.006 for i, v in enumerate(moved)), f"{moved}: {m[0]}")


def _of_l1(page: Page, t: pd.DataFrame) -> Findings:
    zero, size = [number(v) for v in t["exactly zero"]], [number(v) for v in t["‖w‖₂"]]
    clues = {
        "The subgradient’s zeros here": zero[0] > 0, "Here the proximal steps have no zeros": zero[-1] == 0,
        "L2’s zeros here": zero[-1] > 0, "Here L1 has no zeros": zero[0] == 0,
        "At λ_max no weight is left": size[-1] == 0, "At λ_max the minimum has no weight left": size[-1] > 0,
    }  # fmt: skip
    of = {"L1 by": ("The subg", "Here the prox"), "L1: e": ("L2’s", "Here L1"), "L1, λ": ("At λ_max",)}[str(t.index[0])[:5]]
    for words, fits in clues.items():
        for m in page.told(re.escape(words)) if words.startswith(of) else ():
            yield holds(fits, f"{t.to_dict()}: {around(page.prose, m)}")
    for m in page.told(r"of these runs it is lowest in “([^”]+)”") if "At λ_max" in of else ():
        test = {name: number(v) for name, v in t["test loss"].items()}
        yield holds(test[m[1]] == min(test.values()), f"{test}: {m[0]}")


# ---- dropout


def mask_demo(page: Page) -> Findings:
    for m in page.told(rf"(grows|shrinks) (?:every weight )?by the factor {N}"):
        yield holds(number(m[2]) >= 1 if m[1] == "grows" else number(m[2]) <= 1, m[0])
    for chart in page.drawn("running"):
        expected = chart.rows.groupby("column")["expected"].last()
        for m in page.told(rf"aims at {N}, the same as eval mode|all four lie at {N}"):
            alike = expected["train"] == expected["eval"] and (m[1] or expected.max() == expected.min())
            yield holds(alike and same(m[1] or m[2], expected["eval"]), m[0])
        for m in page.told(r"expected output in train mode equal to the input"):
            yield holds(expected["train"] == expected["eval"], m[0])


def in_force(page: Page) -> Findings:
    """What is said of dropout is said where it is in force, and of p = 1 nothing that holds only below."""
    if page.run is None or page.settings.get("lab") != "images":
        return
    name, config = list(page.run.configs.items())[-1]
    last = page.run.last(name)
    rates, _ = config.in_force(last["epoch"])
    spread = next((t for t in page.tables if "variance, train mode" in t.columns), pd.DataFrame())
    spread = spread[[str(row).startswith(f"{name}: ") for row in spread.index]]
    yield holds(max(rates) < 1 or "p = 1" in page.prose, "p = 1, unsaid")
    for m in page.told(r"(?<!is measured )with (?:units|weights) missing"):
        yield holds(any(rates), around(page.prose, m))
    for m in page.told(r"Nothing was dropped, so both modes give the same figures"):
        yield holds((spread["variance, train mode"] == spread["variance, eval mode"]).all(), f"{spread.to_dict()}: {m[0]}")
    for m in page.told(r"keeps the mean of ([^,]+), but for chance"):
        mean, dropped, before, after = map(number, spread.loc[f"{name}: {m[1]}"])
        yield holds(abs(dropped - mean) <= 0.3 * mean and after > before, f"{spread.to_dict()}: {m[0]}")
    for m in page.told(r"it cannot learn"):
        yield holds(last["test_accuracy"] < 0.25, f"{last['test_accuracy']}: {around(page.prose, m)}")
    for m in page.told(rf"after epoch {N}: (?:it was|they were) never in force"):
        yield holds(number(m[1]) == config.switch_epoch >= last["epoch"], around(page.prose, m))
    for m in page.told(r"1,000 images validate|mirrored at random"):
        yield holds(config.dataset != "digits", around(page.prose, m))


def outcomes(page: Page) -> Findings:
    """Which of two networks did better, and by how much."""
    if page.run is None:
        return
    ends = [page.run.last(name) for name in page.run.configs]
    own = {name: [row for row in page.run.rows if row["run"] == name] for name in page.run.configs}
    for what, words in (
        ("test_loss", r"ends with the (lower|higher|same) test loss[:,]"),
        ("test_accuracy", r"est accuracy is (lower|higher|about the same|the same)[:,]"),
    ):
        for m in page.told(rf"{words} {N}%?(?: against {N}%?)?"):
            unit = 100 if what == "test_accuracy" else 1
            a, b = (unit * end[what] for end in ends)
            close = (
                2 * np.sqrt((a * (100 - a) + b * (100 - b)) / ends[1]["n_test"])
                if m[1] == "about the same"
                else 0.01 * max(a, b, 10)
            )
            right = {"lower": b < a, "higher": b > a}.get(m[1], abs(a - b) <= close)
            yield holds(right and same(m[2], b) and (m[3] is None or same(m[3], a)), f"{a}, {b}: {m[0]}")
    for m in page.told(rf"gap between train and test loss (shrinks|grows|is the same)(?: from {N} to {N}|, {N})"):
        a, b = (abs(end["test_loss"] - end["train_loss_eval"]) for end in ends)
        right = {"shrinks": b < a, "grows": b > a}.get(m[1], abs(a - b) <= 0.1 * max(a, b))
        yield holds(right and same(m[3] or m[4], b) and (m[2] is None or same(m[2], a)), f"{a}, {b}: {m[0]}")
    for m in page.told(rf"well here: (.+?) had a test loss of {N} in epoch (\d+), lower than (.+?) in any epoch"):
        watched = min(row["n_test"] for row in page.run.rows)  # on the same images: all are looked at in the end alone
        on_them = {name: [row for row in own[name] if row["n_test"] == watched] for name in own}
        low, other = (min(on_them[name], key=lambda row: row["test_loss"]) for name in m.group(1, 4))
        right = same(m[2], low["test_loss"]) and int(m[3]) == low["epoch"] and low["test_loss"] < other["test_loss"]
        yield holds(right, f"{low['epoch']}: {m[0]}")
    for chart in page.drawn("averaging"):
        points = 100 * (chart.rows["scaling_error"].iloc[0] - chart.rows["error"].iloc[-1])
        for m in page.told(rf"in eval mode, is {N} points (worse|better) than the average"):
            yield holds(same(m[1], abs(points)) and (points > 0) == (m[2] == "worse"), f"{points}: {m[0]}")


def learning_curves(page: Page) -> Findings:
    """A curve's sentence and the run say the same of the last epoch that has figures, and so do the seeds."""
    for chart in page.drawn("curves"):
        what = "accuracy" if chart.options.get("percent") else "loss"
        said = chart.alt.partition(". ")[2]
        for m in re.finditer(rf"((?:[^:.]|\.\d)+): {N} on test data, {N} on training data in eval mode", said):
            rows = [row for row in page.run.rows if row["run"] == m[1].strip() and np.isfinite(row["test_loss"])]
            last = next(row for row in reversed(rows) if np.isfinite(row["train_loss_eval"]))
            right = same(m[2], last[f"test_{what}"]) and same(m[3], last[f"train_{what}_eval"])
            yield holds(right, f"{m[1]}: {chart.alt}")
    for chart in page.drawn("seeds"):
        losses = chart.rows.pivot_table(index="seed", columns="run", values="loss").dropna()
        for m in page.told(rf"has the lower test loss in {N} of {N} seeds? \(means {N} → {N}\)"):
            first, second = (losses[name] for name in chart.options["runs"])
            counted = (number(m[1]), number(m[2])) == ((second < first).sum(), len(losses))
            yield holds(counted and same(m[3], first.mean()) and same(m[4], second.mean()), m[0])


def decays(page: Page) -> Findings:
    """At every η the λ that are called best are the lowest of the two pictures."""
    heats = [chart.rows.query("kind == 'cell'") for chart in page.drawn("heat")]
    for k, said in enumerate(page.film["leads"] if len(heats) == 2 else ()):
        m = re.search(rf"at λ = {N} in the gradient, {N}, and at λ = {N} decoupled, {N}\. Without decay it is {N}\.", said)
        yield holds(m, f"which λ? {said}")
        for cells, (lam, loss) in zip(heats, ((m[1], m[2]), (m[3], m[4])) if m else (), strict=False):
            here = cells[cells["k"] == k]
            best = here.loc[here["loss"].idxmin()]
            yield holds(lam == best["lam"] and same(loss, best["loss"]), f"{best['lam']}, {best['loss']}: {said}")
            yield holds(same(m[5], here[here["lam"] == "0"]["loss"].item()), f"without decay? {said}")


def lengths(page: Page) -> Findings:
    """At every λ the first layer goes from the first to the last length of its line, and the step with its square."""
    lines = [chart.rows.query("part == 'first'") for chart in page.drawn("over_epochs")]
    for k, said in enumerate(page.film["leads"] if len(lines) == 2 else ()):
        if m := re.search(rf"‖W‖ goes from {N} to {N}", said):
            values, plain = (
                lines[0][lines[0]["k"] == at].sort_values("epoch")["value"].to_numpy() for at in (k or EVERY, EVERY)
            )
            yield holds(same(m[1], values[0]) and same(m[2], values[-1]), f"{values}: {said}")
        if turns := re.search(rf"‖W‖² {N} times that without", said):
            times = (plain[-1] / values[-1]) ** 2
            yield holds(same(turns[1], times), f"{times}: {said}")


RULES: dict[str, Callable[[Page], Findings]] = {
    "nothing breaks": any_page.exceptions,
    "every figure is a number": any_page.no_number,
    "plurals": any_page.plurals,
    "no figure is missing in a sentence": any_page.empty_figures,
    "no minus zero": any_page.minus_zero,
    "not more than all": any_page.counts,
    "ranges run upward": any_page.ranges,
    "a sentence's figures are its chart's": any_page.figures_in_sentences,
    "a run ends at its last finite value": any_page.ends,
    "lowest is the minimum": any_page.lowest,
    "every means all": any_page.every,
    "diverged counts": any_page.diverged_counts,
    "divergence is said": any_page.aloud,
    "a bound equals its formula": any_page.bounds,
    "what stays and what remains": null_space,
    "what a λ does": reading_rules_decay.sentences,
    "the bar's figures are the table's": reading_rules_decay.figures,
    "histograms": histograms,
    "λ and shares": lambdas,
    "zeros": zeros,
    "the bar says what is kept": leads,
    "keeps is the count shown": keeps,
    "who enters first": entering,
    "the corner": corners,
    "cross-validation": folds,
    "the whole path": whole_path,
    "correlated features": correlated,
    "the elastic net's λ_max": elastic_net,
    "landing points": landings,
    "verdicts": verdicts,
    "answers": answers,
    "the mask demo": mask_demo,
    "dropout in force": in_force,
    "which did better": outcomes,
    "learning curves": learning_curves,
    "best decays": decays,
    "lengths of weights": lengths,
}


def complaints(page: Page) -> tuple[list[str], set[str]]:
    """What is wrong on a page, each with its rule; and the rules that found something to look at."""
    found = {name: list(rule(page)) for name, rule in RULES.items()}
    wrong = [f"{name}: {complaint}" for name, of in found.items() for complaint in of if complaint is not None]
    return wrong, {name for name, of in found.items() if of}
