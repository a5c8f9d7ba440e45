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
from tests.helpers.penalties import l1_share
from tests.helpers.reading import Chart, Page

N = r"([-−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?)"  # a figure
NOUN = (
    "seed|epoch|weight|step|feature|coefficient|run|strength|example|image|update|direction|unit|draw|fold|row|point|"
    "network|layer|mask|value|zero|guess"
)
COMPUTED = ("banded", "many_fits")  # charts whose sentences tell what no row holds: gains, and spreads of fits
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
        for chart in charts if name not in COMPUTED else ():
            values = chart.rows.select_dtypes("number").to_numpy().ravel()
            known = np.array([*values[np.isfinite(values)], *settings, *_told_of(page, name, chart.rows)])
            for words, low, high in (("over 99%", 0.99, 1), ("under 1%", 0, 0.01)):
                if words in chart.alt:
                    yield holds(((known > low) & (known < high)).any(), f"{name}: {words} in “{chart.alt}”")
            for m in re.finditer(
                rf"(?<![\w.‖]){N}(%?)(?!\w)", re.sub(r"p = [\d.]+(?:, [\d.]+)?|[\d.]+ λ_max|over 99%|under 1%", "", chart.alt)
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
    """A run ends at the last finite value of its line, and where lines end early the bar says why."""
    loss = rf"at λ = {N} they are {N} and {N}|test loss is {N} and the train loss {N} at λ = {N}"
    for chart in page.drawn("loss"):
        lines = chart.rows[chart.rows["kind"] == "line"]
        if (sweep := page.sweeps.get("")) is None:
            continue
        for m in re.finditer(loss, chart.alt):
            k = sweep.config.strengths.index(number(m[1] or m[6]))
            shown = (m[2], m[3]) if m[1] else (m[4], m[5])
            for curve, figure in zip(("test", "train"), shown, strict=True):
                last = _last(lines[lines["k"] == k], "mid", curve=curve)
                yield holds(same(figure, last), f"λ {k}, {curve} loss: {figure} is not {last} in “{chart.alt}”")
        reached = lines[lines["k"] >= 0].groupby("k")["epoch"].max()
        for k, said in enumerate(page.film.get("leads", ())):
            early = reached.get(k, 0) < page.settings["epochs"]
            yield holds(not early or "diverge" in said, f"a line ends early, unsaid in “{said}”")


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
    for name in SHOWN:
        if (sweep := page.sweeps.get(name)) is None:
            continue
        loss = medians(sweep, "test_loss")
        for m in page.told(rf"Lowest test loss: (?:[^\n]*? )?{name} {N} at {N} λ_max"):
            at = loss[sweep.config.strengths.index(number(m[2]))]
            yield holds(same(m[1], at) and at == np.nanmin(loss), f"{name}: not {np.nanmin(loss)}: {m[0]}")


def medians(sweep: Any, column: str) -> np.ndarray:
    """The median of a column at the last epoch over the seeds that finished, (strengths); NaN where none did."""
    ended = sweep.diverged_at < 0
    final = sweep.curves[column][:, :, -1]
    return np.array([np.median(final[ended[:, i], i]) if ended[:, i].any() else np.nan for i in range(final.shape[1])])


def _best(page: Page, chart: Chart) -> Findings:
    trained = chart.rows[chart.rows["kind"] == "trained"]
    best = {split: part.set_index("strength")["mid"] for split, part in trained.groupby("split")}
    found = [m.groups() for m in re.finditer(rf"lowest validation loss is at λ = {N}, where the test loss is {N}", chart.alt)]
    found += [m.groups() for m in page.told(rf"Validation would choose λ = {N}, with a test loss of {N}")]
    for lam, test in found:
        at = best["validation"].idxmin()
        yield holds(number(lam) == at and same(test, best["test"][at]), f"best λ = {lam}, {test}; not {at}, {best['test'][at]}")
    for m in page.told(rf"By test it would be λ = {N}"):
        yield holds(number(m[1]) == best["test"].idxmin(), f"{m[0]}, not {best['test'].idxmin()}")
    if best:
        yield holds(found, f"λ have finished, but none is called best: {chart.alt}")


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
    for m in page.told(r"(L1|L2|elastic net)(?: none, as it)? diverged at every λ"):
        yield holds(gone[m[1]].all(0).all(), around(page.prose, m))
    for name, g in gone.items():
        if g.all():
            said = re.search(pattern, page.prose) or re.search(rf"{name}(?: none, as it)? diverged at every λ", page.prose)
            yield holds(said, f"every run {name} diverged, unsaid")


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
