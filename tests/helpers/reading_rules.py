"""Rules that what is said on any page must obey, and what is said of charts and of runs that diverge.

A rule goes over a page and yields None wherever what it looks for is there and holds, and a complaint where it does not.
"""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from regdemo.core.linear.polynomial import POLYNOMIAL_STRENGTHS, polynomial_fits
from regdemo.frames.dropout import spreads
from regdemo.frames.summaries import CHOSEN, PLAIN
from regdemo.frames.weight_decay import NORMS
from tests.helpers.penalties import l1_share
from tests.helpers.reading import Chart, Page

N = r"([-−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?)"  # a figure
NOUN = (
    "seed|epoch|weight|step|feature|coefficient|run|strength|example|image|update|direction|unit|draw|fold|row|point|"
    "network|layer|mask|value|zero|guess"
)
SHOWN = ("", "L1", "L2", "elastic net")  # sweeps that a page speaks of as its runs
Findings = Iterator[str | None]


def number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


def same(text: str, value: float) -> bool:
    """Whether a printed figure is a number, rounded as it is printed; three digits may have lost zeros at their end."""
    mantissa, _, power = text.replace(",", "").replace("−", "-").lower().removesuffix("%").partition("e")
    whole = len(mantissa.lstrip("-").partition(".")[0])
    fraction = len(mantissa.partition(".")[2]) or (0 if power or "%" in text else 3 - min(whole, 3))
    value = 100 * value if "%" in text else value
    unit = 10.0 ** (int(power or 0) - fraction)
    return bool(abs(number(text.removesuffix("%")) - value) <= 0.51 * unit + 1e-6 * abs(value))


def holds(fine: Any, complaint: str) -> str | None:
    return None if fine else complaint


def around(text: str, m: re.Match) -> str:
    return text[max(m.start() - 60, 0) : m.end() + 40].replace("\n", " ⏎ ")


def none_of(text: str, *patterns: str) -> Findings:
    yield None
    yield from (around(text, m) for pattern in patterns for m in re.finditer(pattern, text))


# ---- any page


def exceptions(page: Page) -> Findings:
    yield None
    yield from (text for kind, text in page.texts if kind == "exception")


def no_number(page: Page) -> Findings:
    return none_of(page.everything, r"(?<![\w./])[-−+]?(?:nan|inf|infinity|<NA>|NaT)(?!\w)|∞")


def plurals(page: Page) -> Findings:
    one = rf"(?<![\w.,·×/])1 (?:(?!of|in|and|or|to|at|has|is)\w+ )?(?:{NOUN})(?:s|es)\b"
    many = rf"(?<![\w.,-])(?:[02-9]|\d[\d,]*\d) (?:{NOUN})\b(?!-)"
    return none_of(page.everything, one, r"(?<![\w.,])1 are\b", many)


def empty_figures(page: Page) -> Findings:
    dash = r"(?<=[\w=(:,] )–(?=[\s.,;:)])"
    return none_of(page.prose, dash, r"(?<!\w)\(\)", r"\w [.,;](?=\s|$)", r"\{\w*\}", r"None\b(?! answered)")


def minus_zero(page: Page) -> Findings:
    return none_of(page.everything, r"(?<![\w.)}])[-−]0(?:\.0*)?%?(?![\d.\w])")


def counts(page: Page) -> Findings:
    for m in re.finditer(rf"(?<![\w.]){N} of (?:all |the |its )?{N}\b(?!%)", page.everything):
        yield holds(number(m[1]) <= number(m[2]), around(page.everything, m))


def ranges(page: Page) -> Findings:
    for m in page.told(rf"between {N} and {N}"):
        yield holds(number(m[1]) <= number(m[2]), around(page.prose, m))
    for m in page.told(rf"λ from {N} to {N}"):
        yield holds(number(m[1]) < number(m[2]), around(page.prose, m))


# ---- charts and their sentences


def _told_of(page: Page, name: str, rows: pd.DataFrame) -> list[float]:
    """What a chart's sentence takes from the runs, where its rows hold it in another form."""
    ends = [sweep.weights[:, i] for sweep in page.sweeps.values() for i in (0, page.k)] if name == "histogram" else []
    if name == "polynomial":
        fits = polynomial_fits(page.settings["draw"])
        return [*fits["train"], *fits["test"], *POLYNOMIAL_STRENGTHS]
    if name == "seeds":
        both = rows.pivot_table(index="seed", columns="run", values="loss").dropna()  # seeds of which both networks finished
        return list(both.mean())
    if name == "histogram":
        ends = [w[np.isfinite(w).all(1)] for w in ends]
        return [v for w in ends if w.size for v in (w.min(), w.max(), (w == 0).mean())]
    if name == "ridgeline":
        return [v for run in rows["run"].unique() for v in spreads(rows, run).values()]
    if name == "curves" and page.run is not None:  # losses below the chart's floor are drawn at it, and its heading says so
        return [v for row in page.run.rows for v in row.values() if isinstance(v, float) and v <= rows["value"].min()]
    if name == "fits" and page.run is not None:
        return [row["test_loss"] for row in page.run.rows]
    if name == "activity" and page.run is not None:
        return [layer["zero"] for layers in page.run.activations.values() for layer in layers.values()]
    return []


def figures_in_sentences(page: Page) -> Findings:
    """Each figure with a fraction in a chart's sentence is one of its data, or one of the settings."""
    settings = [float(v) for v in page.settings.values() if isinstance(v, int | float)]
    for name, charts in page.charts.items():
        for chart in charts if name != "banded" else ():  # the paper's: gains are computed
            values = chart.rows.select_dtypes("number").to_numpy().ravel()
            known = np.array([*values[np.isfinite(values)], *settings, *_told_of(page, name, chart.rows)])
            for words, low, high in (("over 99%", 0.99, 1), ("under 1%", 0, 0.01)):
                if words in chart.alt:
                    yield holds(((known > low) & (known < high)).any(), f"{name}: {words} in “{chart.alt}”")
            for m in re.finditer(
                rf"(?<![\w.‖]){N}(%?)(?!\w)", re.sub(r"p = [\d.]+(?:, [\d.]+)?|over 99%|under 1%", "", chart.alt)
            ):
                if re.search(r"[.e%]", m[0]):
                    value = number(m[1]) / (100 if m[2] else 1)
                    near = known[np.abs(known - value) <= 0.1 * abs(value) + 0.006]
                    yield holds(any(same(m[0], v) for v in near), f"{name}: {m[0]} in “{chart.alt}”")


def _last(rows: pd.DataFrame, value: str, **where: str) -> float:
    for column, wanted in where.items():
        rows = rows[rows[column] == wanted]
    finite = rows[value][np.isfinite(rows[value])]
    return finite.iloc[-1] if len(finite) else np.nan


def ends(page: Page) -> Findings:
    """A run ends at the last finite value of its line, and lines that end early are said to."""
    loss = (
        rf"(L1|L2|elastic net|λ = {N})(?: ends)? at (?:a )?(?:median )?(?:test loss of )?{N} and (?:a )?(?:train loss of )?{N}"
    )
    for chart in page.drawn("loss"):
        lines = chart.rows[chart.rows["kind"] == "line"]
        for m in re.finditer(loss, chart.alt):
            run = m[1] if m[2] is None else PLAIN if number(m[2]) == 0 else CHOSEN
            for curve, shown in (("test", m[3]), ("train", m[4])):
                last = _last(lines, "mid", run=run, curve=curve)
                yield holds(same(shown, last), f"{run}, {curve} loss: {shown} is not {last} in “{chart.alt}”")
        yield _early(page, lines, chart)
    for chart in page.drawn("norms"):
        for run, word in ((PLAIN, "λ = 0"), (CHOSEN, "chosen λ")):
            said = next(iter(re.findall(rf"{word}: ((?:[^.:]|\.\d)*)", chart.alt)), "")
            for part, shown in re.findall(rf"(‖w‖₂|row-space part|null-space part) {N}", said):
                id = {"‖w‖₂": NORMS[0], "row-space part": NORMS[1], "null-space part": NORMS[2]}[part]
                last = _last(chart.rows, "norm", run=run, part=id)
                tiny = id == NORMS[2] and last < 1e-6
                yield holds(tiny or same(shown, last), f"{run}, {part}: {shown} is not {last} in “{chart.alt}”")
        yield _early(page, chart.rows, chart)


def _early(page: Page, lines: pd.DataFrame, chart: Chart) -> str | None:
    last = lines.groupby("run")["epoch"].max()
    early = len(last) < 2 or last.min() < page.settings["epochs"]
    return holds(not early or re.search("diverge|no seed finished", chart.alt), f"a line ends early, unsaid in “{chart.alt}”")


def lowest(page: Page) -> Findings:
    """A “lowest” is the minimum of what is drawn, at the place where it is."""
    for chart in page.drawn("polynomial"):
        fits = polynomial_fits(page.settings["draw"])
        test, lam = fits["test"].min(), POLYNOMIAL_STRENGTHS[fits["test"].argmin()]
        m = re.search(rf"lowest test loss is {N}, at λ = {N}", chart.alt)
        yield holds(m and same(m[1], test) and same(m[2], lam), f"not {test}, {lam}: {chart.alt}")
    for chart in page.drawn("choosing"):
        cv = chart.rows[chart.rows["kind"] == "cv"].sort_values("share", ascending=False, ignore_index=True)
        at = cv.loc[cv["value"].idxmin()]
        within = cv["share"][cv["value"] <= at["high"] + 1e-15].max()
        for m in re.finditer(rf"lowest, {N}, at {N} λ_max[^.;]*; within one standard error of it up to {N} λ_max", chart.alt):
            right = (at["value"], at["share"], within)
            yield holds(all(same(m[i + 1], right[i]) for i in range(3)), f"not {right}: {chart.alt}")
        if at["share"] == cv["share"].min() and cv["value"].max() > at["value"]:
            said = page.prose[page.prose.find(chart.alt) :][:1500]
            yield holds(re.search("end of|smallest|edge|further", said), f"the end of the grid, unsaid: {chart.alt}")
    for chart in page.drawn("validation_curve"):
        yield from _best(page, chart)
    for name, sweep in page.sweeps.items():
        shown = page.metrics.get(f"{name}: test loss", ("", ""))[1]
        loss = np.where(sweep.diverged_at < 0, sweep.curves["test_loss"][:, :, -1], np.nan)
        ended = np.isfinite(loss).sum(0)  # where different numbers of seeds finished, those with the most are compared
        for m in re.finditer(rf"lowest {N} at {N} λ_max", shown):
            means = {
                s: np.nanmean(v) for s, v, n in zip(sweep.config.strengths, loss.T, ended, strict=True) if n == ended.max()
            }
            right = same(m[1], min(means.values())) and same(m[1], means.get(number(m[2]), np.nan))
            yield holds(right, f"{name}: {shown}, not {min(means.values())}")


def _best(page: Page, chart: Chart) -> Findings:
    trained = chart.rows[chart.rows["kind"] == "trained"]
    best = {split: part.set_index("strength")["mid"] for split, part in trained.groupby("split")}
    value, below = page.metrics.get("Best λ by validation", ("", ""))
    found = [m.groups() for m in re.finditer(rf"lowest validation loss is at λ = {N}, where the test loss is {N}", chart.alt)]
    found += [(value, m[1]) for m in re.finditer(rf"^test loss {N}", below)]
    for lam, test in found:
        at = best["validation"].idxmin()
        yield holds(number(lam) == at and same(test, best["test"][at]), f"best λ = {lam}, {test}; not {at}, {best['test'][at]}")
    for m in re.finditer(rf"by test: λ = {N}", below):
        yield holds(number(m[1]) == best["test"].idxmin(), f"{below}, not {best['test'].idxmin()}")
    if best:
        yield holds(value, f"λ have finished, but none is called best: {chart.alt}")


# ---- runs that diverge


def _gone(page: Page) -> dict[str, np.ndarray]:
    """name of a sweep on the page -> which of its runs (seeds, strengths) diverged"""
    return {name: page.sweeps[name].diverged_at >= 0 for name in SHOWN if name in page.sweeps}


def every(page: Page) -> Findings:
    """ "Every run diverged": every one did; and where every one did it is said."""
    pattern = r"(?i)(?:every|all)(?: \d+| trained| of the| these)? runs? (?:has |have )?diverged"
    gone = _gone(page)
    for m in page.told(pattern):
        yield holds(any(g.all() for g in gone.values()), around(page.prose, m))
    for m in page.told(r"(L1|L2|elastic net)(?: diverged in every seed|: every seed diverged)"):
        yield holds(gone[m[1]][:, page.k].all(), around(page.prose, m))
    for name, g in gone.items():
        shown = page.metrics.get(f"{name}: test loss", ("", ""))[1]
        if "diverged at every λ" in shown:
            yield holds(g.all(0).all(), f"{name} {shown}, but {g.sum()} of {g.size} runs")
        if g.all():
            yield holds(re.search(pattern, page.prose) or "every λ" in shown, f"every run {name} diverged, unsaid")


def diverged_counts(page: Page) -> Findings:
    gone = _gone(page)
    for m in page.told(rf"(?:(L1|L2|elastic net): )?{N} of {N} runs diverged"):
        right = {(g.sum(), g.size) for name, g in gone.items() if m[1] in (None, name)}
        yield holds((number(m[2]), number(m[3])) in right, f"{right}: {around(page.prose, m)}")
    first = {
        (g[:, i].sum(), len(g), page.sweeps[name].diverged_at[:, i][g[:, i]].min())
        for name, g in gone.items() for i in range(g.shape[1]) if g[:, i].any()
    }  # fmt: skip
    for m in page.told(rf"{N} of {N} seeds? diverged, the first in epoch {N}"):
        yield holds(tuple(map(number, m.groups())) in first, around(page.prose, m))


def aloud(page: Page) -> Findings:
    """Runs at the chosen λ that diverge are spoken of in a message of their own, and only those."""
    alerts = [text for kind, text in page.texts if kind == "alert"]
    for name, g in _gone(page).items():
        own = "\n".join(text for text in alerts if re.search(rf"{name}\b.*diverged" if name else "diverged", text))
        if g[:, page.k].any():
            yield holds(own and "all finished" not in own, f"{name} diverged at the chosen λ, unsaid")
        elif own:
            yield holds(
                "all finished" in own or page.settings.get("lam") or not name, f"{name} did not diverge at the chosen λ: {own}"
            )


def bounds(page: Page) -> Findings:
    """A printed bound equals its formula on the data."""
    for m in page.told(rf"2(\(1 \+ μ\))?/(\([^=]+?\)|L|max‖x‖²) = {N}"):
        top = 2 * (1 + page.settings.get("momentum", 0)) if m[1] else 2
        found = [top / _evaluated(m[2], page.sweeps[name], page.k) for name in SHOWN if name in page.sweeps]
        yield holds(any(same(m[3], bound) for bound in found), f"not {found}: {around(page.prose, m)}")


def sharpest(sweep: Any, full: bool | None = None) -> float:
    """The largest curvature of the loss that a step can meet: of all examples at once, or of one."""
    x = np.concatenate([sweep.data.x_train.astype(np.float64), np.ones((*sweep.data.x_train.shape[:2], 1))], 2)
    full = sweep.config.batch_size == sweep.config.n_train if full is None else full
    return float(np.linalg.eigvalsh(x.swapaxes(1, 2) @ x / x.shape[1]).max() if full else (x**2).sum(2).max())


def _evaluated(formula: str, sweep: Any, k: int) -> float:
    lam = sweep.lam[:, k].max()
    if sweep.config.switch_epoch:
        unit = sweep.data.lam_max.max() / (l1_share(sweep.config) or 1) if sweep.config.relative else 1
        lam = max(lam, unit * sweep.config.switch_from)
    sizes = {
        "max‖x‖²": sharpest(sweep, False) - 1,
        "L": sharpest(sweep, True),
        ")λ": f")*{lam}",
        "λ": lam,
        "ρ": l1_share(sweep.config),
        "−": "-",
    }
    for words, value in sizes.items():
        formula = formula.replace(words, str(value))
    return float(eval(formula)) if re.fullmatch(r"[\d.e+*() -]+", formula) else np.nan
