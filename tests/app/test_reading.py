"""A test that reads: pages drawn at random, each text on them against the rules in reading_rules.py and reading_rules_pages.py.

By hand with more pages, other ones for another first number (2,000 take about half an hour on a free core):
READ_PAGES=2000 READ_FIRST=1 python -m pytest tests/app/test_reading.py -k pages
"""

import os
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, example, given, seed, settings

from tests.helpers.links import DROPOUT, L1_VS_L2, WEIGHT_DECAY
from tests.helpers.reading import CSV, PANELS, Case, Chart, Page, cases
from tests.helpers.reading_rules import same
from tests.helpers.reading_rules_pages import RULES, complaints

PAGES = int(os.environ.get("READ_PAGES", "40"))


#: pages that give rules something to look at which few others do
CORRELATED = {"n_features": "10", "n_informative": "5", "correlation": "0.9", "block_size": "2", "net": "true", "epochs": "100"}
DIVERGED = {"n_features": "50", "lr": "1", "epochs": "20", "seeds": "2"}
UNSEEN = {"n_train": "10", "n_features": "50", "init_scale": "1.0", "epochs": "20", "seeds": "2"}
SEVERAL_SEEDS = {"lab": "curve", "steps": "400", "curve_seeds": "4"}


def test_pages_say_what_they_show():
    wrong, met = [], set()

    @seed(int(os.environ.get("READ_FIRST", "0")))
    @settings(
        max_examples=PAGES, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @example(Case(L1_VS_L2, tuple(CORRELATED.items()), PANELS[L1_VS_L2]))
    @example(Case(WEIGHT_DECAY, tuple(DIVERGED.items()), PANELS[WEIGHT_DECAY]))
    @example(Case(WEIGHT_DECAY, tuple(UNSEEN.items()), PANELS[WEIGHT_DECAY]))
    @example(Case(DROPOUT, tuple(SEVERAL_SEEDS.items())))
    @example(Case(DROPOUT, (("lab", "decay"),)))
    @example(Case(DROPOUT, (("lab", "batch norm"), ("epochs", "2"))))
    @given(cases)
    def look(case: Case) -> None:
        found, looked = complaints(case.read())
        wrong.extend(f"{case}\n    {complaint}" for complaint in found)
        met.update(looked)

    look()
    assert not wrong, "\n".join(wrong)
    assert met == set(RULES)  # a rule that finds nothing to look at has lost its words


def test_a_file_of_ones_own_is_read_too():
    page = Case(L1_VS_L2, (("source", "csv"), ("epochs", "50"), ("seeds", "2")), csv=0).read()
    assert page.sweeps["L1"].weights.shape[2] == len(CSV[0].split(b"\n")[0].split(b",")) - 1
    assert complaints(page)[0] == []


# ---- the rules themselves: each holds on one made-up page and not on another


def texts(*said: str, kind: str = "markdown", **page: Any) -> Page:
    return Page(texts=[(kind, text) for text in said], **page)


def chart(name: str, rows: Any, alt: str = "", **options: Any) -> dict[str, list[Chart]]:
    return {name: [Chart(pd.DataFrame(rows), options, alt)]}


def sweep(weights: Any = 0.0, gone: Any = -1, lam: Any = 1.0, **fields: Any) -> SimpleNamespace:
    """Two seeds, two strengths (1 and 0.5 unless named) and two features."""
    config = {
        "strengths": (1.0, 0.5), "switch_epoch": 0, "switch_from": 0, "relative": True, "penalty": "l1", "l1_ratio": 0.5,
        "solver": "proximal", "n_train": 5, "batch_size": 1,
        **fields.pop("config", {}),
    }  # fmt: skip
    data = {"lam_max": np.ones(2), "true_weights": None, "x_train": np.ones((2, 1, 2), np.float32), **fields.pop("data", {})}
    weights = np.broadcast_to(np.asarray(weights, float), (2, 2, 2))
    return SimpleNamespace(
        **{
            "config": SimpleNamespace(**config), "data": SimpleNamespace(**data), "weights": weights, "lam": np.full((2, 2), lam),
            "diverged_at": np.broadcast_to(gone, (2, 2)), "snapshots": np.stack([weights, weights]),
            "exact": SimpleNamespace(weights=np.zeros((2, 2, 2))), "curves": {"test_loss": np.ones((2, 2, 1))},
            **fields,
        }
    )  # fmt: skip


def losses(alt: str, lead: str = "", last: int = 2) -> Page:
    """λ = 0, which ends at 5 and 4, and λ = 3, which ends at 3 and 2."""
    rows = [
        {"kind": "line", "curve": curve, "epoch": e, "mid": v, "k": k}
        for k, of in enumerate(((5.0, 4.0), (3.0, 2.0))) for curve, v in zip(("test", "train"), of, strict=True) for e in range(last + 1)
    ]  # fmt: skip
    runs = {"": sweep(config={"strengths": (0.0, 3.0)})}
    return Page(charts=chart("loss", rows, alt), settings={"epochs": 2}, film={"leads": [lead, lead]}, sweeps=runs)


def best(alt: str, *said: str) -> Page:
    rows = [
        {"kind": "trained", "split": split, "strength": s, "mid": v}
        for split, of in (("validation", (2.0, 1.0)), ("test", (5.0, 6.0))) for s, v in zip((0.0, 3.0), of, strict=True)
    ]  # fmt: skip
    return texts(*said, charts=chart("validation_curve", rows, alt))


def decay(lead: str, ends: tuple[float, float] = (4.0, 1.0), start: float = 9.0, test: str = "1", table: Any = None) -> Page:
    """λ = 0 and λ = 3 by their final test losses; predicting the mean has 2. The train losses and norms are 1."""
    s = sweep(
        config={"strengths": (0.0, 3.0)}, data={"y_train": np.zeros((2, 3)), "y_test": np.full((2, 3), 2.0)},
        gone=np.where(np.isnan(ends), 1, -1), curves={
            name: np.broadcast_to(np.stack([np.full(2, first), of], 1), (2, 2, 2))
            for name, first, of in (("test_loss", start, ends), ("train_loss", 1, (1, 1)), ("l2_norm", 1, (1, 1)))
        },
    )  # fmt: skip
    none = "At λ = 0 no seed finished: training diverged." if np.isnan(ends[0]) else f"(λ = 0) the test loss is {ends[0]:g}."
    others = ["–" if np.isnan(loss) else "1" for loss in ends]
    figures = [["Test loss", [f"{ends[0]:g}".replace("nan", "–"), test]], ["Train loss", others], ["‖w‖₂", others]]
    tables = [] if table is None else [pd.DataFrame(table, ["Test loss", "Train loss", "‖w‖₂"])]
    film = {"leads": [none, lead], "figures": figures}
    return Page(WEIGHT_DECAY, film=film, sweeps={"": s}, k=1, tables=tables)


MEAN = "predicting the mean has 2"


def null(said: str, end: float) -> Page:
    snapshots = np.zeros((2, 2, 2, 2))
    snapshots[0, :, :] = (2.0, -2.0)
    snapshots[1, :, :] = (end, -end)
    return texts(said, sweeps={"": sweep(config={"strengths": (0.0, 1.0)}, snapshots=snapshots)}, k=1)


def l1(*said: str, film: Any = None, charts: Any = None, net: bool = False, share: float = 0.5, **of: Any) -> Page:
    values = {"share": share, "net": net, "l1_ratio": 0.5, "correlation": 0.9, "epochs": 1}
    runs = {"L1": sweep(**of), "L2": sweep(weights=1)}
    return texts(*said, file=L1_VS_L2, settings=values, sweeps=runs, k=1, film=film or {}, charts=charts or {})


def leads(*said: str, figures: Any = (), **of: Any) -> Page:
    """The bar of a page, the first feature of which is informative, at 1 and at 0.5 λ_max."""
    return l1(film={"leads": said, "figures": figures}, data={"true_weights": np.array([1.0, 0.0]), "names": None}, **of)


def plane(*said: str, on: bool = True) -> Page:
    """L1 is on its corner from the second λ on, or never; L2 never."""
    rows = [
        {"kind": "point", "penalty": name, "k": k, "w1": 0.5, "w2": w}
        for name, of in (("L1", (0.1, 0.0 if on else 0.1)), ("L2", (0.2, 0.1))) for k, w in enumerate(of)
    ]  # fmt: skip
    return l1(*said, charts=chart("plane", rows))


def table(rows: dict[str, dict[str, str]], *said: str, **page: Any) -> Page:
    return texts(*said, tables=[pd.DataFrame.from_dict(rows, orient="index")], **page)


def networks(
    said: str,
    rates: tuple[float, ...] = (0.5,),
    variance: str = "2",
    at: str = "0.5",
    name: str = "",
    rows: Any = None,
    **of: Any,
) -> Page:
    """Networks A and B, trained for five epochs; B has one hidden layer, h."""
    config = {"in_force": lambda epoch: (rates, 0.0), "switch_epoch": 0, "dataset": "digits", **of}
    row = {
        "epoch": 5,
        "test_accuracy": 0.1,
        "test_loss": 0.5,
        "train_loss_eval": 0.25,
        "train_accuracy_eval": 0.1,
        "n_test": 100,
    }
    rows = rows or [row | {"run": "A"}, row | {"run": "B"}]
    made = SimpleNamespace(
        configs={run: SimpleNamespace(**config) for run in "AB"},
        rows=rows,
        last=lambda run: [r for r in rows if r["run"] == run][-1],
    )
    spread = pd.DataFrame(
        {"mean, eval mode": "1", "mean, train mode": "1", "variance, eval mode": "1", "variance, train mode": variance},
        ["B: h"],
    )
    alt = f"Loss over 5 epochs. A: {at} on test data, 0.25 on training data in eval mode."
    return texts(said, settings={"lab": "images"}, run=made, tables=[spread], charts=chart(name, AVERAGES, alt))


SAME = "Nothing was dropped, so both modes give the same figures"
SEEDS = chart("seeds", {"seed": [0, 0], "run": ["A", "B"], "loss": [1.0, 2.0]}, runs=("A", "B"))
AVERAGES = {"error": [0.5, 0.2], "scaling_error": [0.3, 0.3]}
START = {"epoch": 1, "run": "A", "test_loss": 0.4, "train_loss_eval": 0.1, "n_test": 100}
ENDS = [START, START | {"epoch": 2, "test_loss": 0.6}, START | {"run": "B", "test_loss": 0.5}]
WAY = "Early stopping does as well here: A had a test loss of 0.4 in epoch {}, lower than B in any epoch."
L1_TABLE = {f"L1, λ = {i} of λ_max": {"exactly zero": "1", "‖w‖₂": "1", "test loss": str(i)} for i in (1, 2)}
SMALL_ETA = {
    f"η = {eta}, λ = {lam}": {"seeds diverged": str(gone), "‖w‖₂": "1"}
    for eta, lam, gone in ((0.25, 0, 0), (0.25, 1, 0), (7, 0, 1), (7, 1, 0))
}
BEST = "The lowest validation loss is at λ = {}, where the test loss is {}."
WITHIN = "lowest, 1, at {} λ_max; within one standard error of it up to 0.5 λ_max"
PATH = chart("path", {}, "paths of L1")
KNOWN = {"true_weights": np.array([1.0, 0.0]), "names": None}
cv = {"kind": "cv", "share": [1.0, 0.5, 0.25], "value": [3.0, 1.0, 2.0], "high": [3.5, 2.5, 2.5]}
RISING = "λ goes up from 0. Where does the training loss end?"
VERDICTS = {"L1, λ = 0.5 of λ_max": {"train loss": "1"}, "L1, λ = 1 of λ_max": {"train loss": "2"}}
FOURTH = {"one": {"a": "1", "train accuracy, eval mode": "1", "test accuracy": "1"}}
GONE = np.array([[-1, 3], [-1, 4]])
lost = sweep(gone=GONE)


def heats(lam: str, loss: float, none: float) -> Page:
    """A page with two pictures whose lowest cell is 0.3 at λ = 0.1, and 0.5 without decay, that speaks of such and such ones."""
    rows = pd.DataFrame({"kind": "cell", "k": 0, "lam": ["0", "0.1"], "loss": [0.5, 0.3]})
    said = f"at λ = {lam} in the gradient, {loss}, and at λ = {lam} decoupled, {loss}. Without decay it is {none}."
    return Page(film={"leads": [said]}, charts={"heat": [Chart(rows, {}, "")] * 2})


def lengths(plain: int, end: int, times: int) -> Page:
    """A page on which ‖W‖ goes from 2 to 4 without decay and to 2 with it, that says other ends."""
    rows = pd.DataFrame({"part": "first", "k": [-1, -1, 1, 1], "epoch": [0, 1, 0, 1], "value": [2.0, 4.0, 2.0, 2.0]})
    said = [f"‖W‖ goes from 2 to {plain}.", f"‖W‖ goes from 2 to {end}, which makes η/‖W‖² {times} times that without decay"]
    return Page(film={"leads": said}, charts={"over_epochs": [Chart(rows, {}, "")] * 2})


#: rule -> pages on which it holds, pages on which it does not
MADE_UP: dict[str, tuple[list[Page], list[Page]]] = {
    "nothing breaks": ([texts("x")], [texts("boom", kind="exception")]),
    "every figure is a number": (
        [texts("My loss is NaN", "information, nanometres"), table({"a": {"b": "1"}})],
        [texts("by the factor inf."), texts("0.1 and nan"), table({"a": {"b": "nan"}})],
    ),
    "plurals": (
        [texts("1 seed, 2 seeds, 1 of 200 weights, 11 epochs, 1 free number, 0.1 weights, seed 8, 5-fold")],
        [texts(t) for t in ("over 1 seeds.", "1 hidden layers", "where 1 are kept", "Loss over 2 epoch", "1 of 1 directions")],
    ),
    "no figure is missing in a sentence": (
        [texts("–", kind="metric"), texts("call eval() and go on.")],
        [texts("between – and 3"), texts("a loss of –."), texts("that is () all"), texts("p = {p}"), texts("a loss of .")],
    ),
    "no minus zero": ([texts("-0.1, 1e-05, 10-0")], [texts("at (-0.000, 1)"), texts("between −0 and 1")]),
    "not more than all": ([texts("120.5 of 200 weights")], [texts("1,201 of 1,200 weights")]),
    "ranges run upward": (
        [texts("λ from 1 to 100; between 2 and 2")], [texts("at λ from 100 to 100"), texts("between 0.1 and -0.2")],
    ),
    "a sentence's figures are its chart's": (
        [Page(charts=chart("x", {"a": [0.12345, 7e-9]}, "0.123 and 7e-09, 12% of it"), settings={"b": 3})],
        [Page(charts=chart("x", {"a": [0.12345]}, "0.124")), Page(charts=chart("x", {"a": [0.12345]}, "13%"))],
    ),
    "a run ends at its last finite value": (
        [losses("the test loss is 5 and the train loss 4 at λ = 0; at λ = 3 they are 3 and 2."), losses("", "training diverges", last=1)],
        [losses("at λ = 3 they are 3 and 2.1."), losses("the test loss is 5 and the train loss 3 at λ = 0"), losses("", last=1)],
    ),
    "lowest is the minimum": (
        [best(BEST.format(3, 6), "By test it would be λ = 0"), Page(charts=chart("choosing", cv, WITHIN.format(0.5))),
         l1("Lowest test loss: L1 1 at 0.5 λ_max, L2 1 at 1 λ_max.")],
        [best(BEST.format(0, 5)), best(BEST.format(3, 5)), best(""), best(BEST.format(3, 6), "By test it would be λ = 3"),
         best(BEST.format(3, 6), "Validation would choose λ = 3, with a test loss of 5"),
         l1("Lowest test loss: L1 2 at 0.5 λ_max, L2 1 at 1 λ_max."), l1("Lowest test loss: L1 1 at 0.5 λ_max, L2 3 at 1 λ_max."),
         Page(charts=chart("choosing", cv, WITHIN.format(0.25))),
         Page(charts=chart("choosing", cv | {"share": [1.0, 0.25, 0.5]}, "x")),
         Page(charts=chart("polynomial", {"k": [1]}, "lowest test loss is 1, at λ = 1"), settings={"draw": 5})],
    ),
    "every means all": (
        [texts("Every run diverged.", sweeps={"": sweep(gone=3)}), texts("x", sweeps={"": lost})],
        [texts("Every run diverged.", sweeps={"": lost}), texts("x", sweeps={"": sweep(gone=3)}),
         texts("L2 diverged at every λ.", sweeps={"L2": lost}), l1("Lowest test loss: L1 none, as it diverged at every λ", gone=GONE)],
    ),
    "diverged counts": (
        [texts("2 of 4 runs diverged. 2 of 2 seeds diverged, the first in epoch 3", sweeps={"": lost})],
        [texts("3 of 4 runs diverged", sweeps={"": lost}), texts("2 of 2 seeds diverged, the first in epoch 4", sweeps={"": lost})],
    ),
    "divergence is said": (
        [texts("L2 at 0.5 λ_max: 2 of 2 seeds diverged", kind="alert", sweeps={"L2": lost}, k=1)],
        [texts("L1: 2 of 2 seeds diverged", kind="alert", sweeps={"L2": lost}, k=1), texts("x", sweeps={"": lost}, k=1),
         texts("2 of 4 runs diverged. At the chosen λ = 1 all finished.", kind="alert", sweeps={"": lost}, k=1)],
    ),
    "a bound equals its formula": (
        [texts("2/(max‖x‖² + 1 + λ) = 0.5", sweeps={"": sweep()}), texts("2/L = 0.667", sweeps={"": sweep()})],
        [texts("2/(max‖x‖² + λ) = 0.5", sweeps={"": sweep()}), texts("2/(wind + λ) = 0.5", sweeps={"": sweep()})],
    ),
    "what stays and what remains": (
        [null("stays for ever (here 2.83)", 2.0), null("0.5 of it remains. It goes from 2.83 to 1.41", 1.0)],
        [null("stays for ever (here 2.83)", 1.9), null("stays for ever (here 3)", 2.0), null("0.6 of it remains", 1.0),
         null("goes from 2.83 to 2", 1.0)],
    ),
    "what a λ does": (
        [decay(f"λ = 3 lowers the test loss from 4 to 1; {MEAN}."), decay("λ = 3 raises the test loss from 1 to 5, above predicting the mean, 2.", (1, 5)),
         decay(f"λ = 3 lowers the test loss from 4 to 1.9, but {MEAN}: what falls is the random start.", (4, 1.9)),
         decay(f"λ = 3 lowers the test loss from 4 to 1.9, but {MEAN}: what falls is learned noise.", (4, 1.9), start=3),
         decay("λ = 3 changes little here: the test loss is 1 without it and 1 with it.", (1, 1.001)),
         decay("λ = 3 ends at a test loss of 1; without it, training diverges.", (np.nan, 1)),
         decay("At λ = 3 no seed finished: training diverged.", (1, np.nan))],
        [decay(f"λ = 3 lowers the test loss from 4 to 1.2; {MEAN}."), decay(f"λ = 3 lowers the test loss from 4 to 1; {MEAN}.5."),
         decay(f"λ = 3 raises the test loss from 4 to 1; {MEAN}."), decay(f"λ = 2 lowers the test loss from 4 to 1; {MEAN}."),
         decay("λ = 3 lowers the test loss from 4 to 1, still above predicting the mean, 2."),
         decay(f"λ = 3 lowers the test loss from 4 to 1, but {MEAN}: what falls is the random start."),
         decay(f"λ = 3 lowers the test loss from 4 to 1.9, but {MEAN}: what falls is learned noise.", (4, 1.9)),
         decay(f"λ = 3 lowers the test loss from 4 to 1.9; {MEAN}.", (4, 1.9)),
         decay("λ = 3 changes little here: the test loss is 4 without it and 1 with it."),
         decay("λ = 3 ends at a test loss of 1; without it, training diverges."),
         decay(f"λ = 3 lowers the test loss from 1 to –; {MEAN}.", (1, np.nan))],
    ),
    "the bar's figures are the table's": (
        [decay("", table={"λ = 0": ["4", "1", "1"], "λ = 3": ["1", "1", "1"]}), decay("", (1, np.nan), test="–")],
        [decay("", test="1.1"), decay("", test="–"), decay("", (1, np.nan), test="1"),
         decay("", table={"λ = 0": ["4", "1", "1"], "λ = 3": ["1.1", "1", "1"]})],
    ),
    "histograms": (
        [Page(charts=chart("histogram", {}, "x", linear=True)), l1("L1: exactly zero are 50% at 1 λ_max and 50% at 0.5 λ_max", weights=(0, 1))],
        [texts("x", "Away the axis is logarithmic", charts=chart("histogram", {}, "x", linear=True)),
         l1("L1: exactly zero are 50% at 1 λ_max and 100% at 0.5 λ_max", weights=(0, 1))],
    ),
    "λ and shares": (
        [l1("at 0.5 λ_max, λ = 1")],
        [l1("at 0.4 λ_max"), l1("λ = 0.5: 8 of 8 seeds"), Page(WEIGHT_DECAY, sweeps={"": sweep()}, charts=chart("loss", {}, "λ = 3"))],
    ),
    "zeros": (
        [l1("L1 estimates. Exactly zero of 2 weights: 1 at 0.5 λ_max, 1 at 1 λ_max.", weights=(0, 1)),
         l1(charts=chart("path", {}, "Coefficient paths of L1. Not zero: 1 at 0.5 λ_max."), weights=(0, 1))],
        [l1("L1 estimates. Exactly zero of 2 weights: 1 at 0.5 λ_max, 0 at 1 λ_max.", weights=(0, 1)),
         l1(charts=chart("path", {}, "Coefficient paths of L1. Not zero: 1 at 0.5 λ_max.")),
         texts("Among all 8 weights of the subgradient’s sweep, 0 are exactly zero", sweeps={"subgradient": sweep(weights=(np.nan, 1))})],
    ),
    "the bar says what is kept": (
        [leads("At 1 λ_max L1 keeps none of 2 weights; L2 keeps all 2 weights.", "At 0.5 λ_max L1 keeps none of 2 weights; L2 keeps all 2 weights.",
               figures=[["test loss of L1", ["1", "1"]]]),
         leads(*(f"At {s} λ_max L1 keeps 1 of 2 weights: exactly the 1 informative ones; L2 keeps all 2 weights." for s in (1, 0.5)), weights=(1, 0)),
         leads(*(f"At {s} λ_max L1 diverges; L2 keeps all 2 weights." for s in (1, 0.5)), weights=np.nan)],
        [leads("At 1 λ_max L1 keeps 1 of 2 weights; L2 keeps all 2 weights.", ""), leads("At 0.5 λ_max L1 keeps none of 2 weights; L2 keeps all 2 weights."),
         leads("At 1 λ_max L1 keeps none of 2 weights; L2 keeps none of 2 weights."),
         leads("At 1 λ_max L1 keeps none of 2 weights; L2 keeps all 2 weights.", figures=[["test loss of L1", ["1", "2"]]]),
         leads("At 1 λ_max L1 keeps 1 of 2 weights, none of the 1 informative ones among them; L2 keeps all 2 weights.", weights=(1, 0)),
         leads("At 1 λ_max L1 keeps 1 of 2 weights: exactly the 1 informative ones; L2 keeps all 2 weights.", weights=(0, 1)),
         leads("At 1 λ_max L1 keeps none of 2 weights; L2 keeps all 2 weights.", weights=np.nan)],
    ),
    "keeps is the count shown": (
        [l1(film={"figures": [["weights kept by L1", ["1", "1"]]]}, weights=(0, 1)), l1("1 is perfect", data={"true_weights": np.ones(2)})],
        [l1(film={"figures": [["weights kept by L1", ["1", "2"]]]}, weights=(0, 1)), l1("1 is perfect", data={"true_weights": np.zeros(2)}),
         l1(weights=1e-8, share=1.0), l1("x", data={"lam_max": np.zeros(2)})],
    ),
    "who enters first": (
        [l1("all 1 informative features enter L1 before any other", charts=PATH, weights=(1, 0), data=KNOWN),
         l1("these enter first: `a`.", charts=PATH, weights=(1, 0), data={"names": ("a", "b")}),
         l1("L1 keeps every weight at every λ", charts=PATH, weights=1, data=KNOWN)],
        [l1("all 1 informative features enter L1 before any other", charts=PATH, weights=(0, 1), data=KNOWN),
         l1("0 of the 1 informative features enter L1 before any other", charts=PATH, weights=(1, 0), data=KNOWN),
         l1("L1 keeps every weight at every λ", charts=PATH, weights=(1, 0), data=KNOWN)],
    ),
    "the corner": (
        [plane("From 0.5 λ_max on, L1 lands on a corner: one weight is exactly zero. L2 never does.")],
        [plane("From 1 λ_max on, L1 lands on a corner"), plane("At every λ here, L1 lands on a corner"),
         plane("From 0.5 λ_max on, L1 lands on a corner", on=False)],
    ),
    "cross-validation": (
        [l1("λ_min = 0.5 λ_max, keeps 0 weights")],
        [l1("λ_min = 0.5 λ_max, keeps 1 weight"), l1("λ_min = 0.1 λ_max, keeps 1 weight. It selects too many", data={"true_weights": np.ones(2)})],
    ),
    "the whole path": (
        [l1("trained ‖w‖₂ is at most 1.41", charts=PATH, weights=1)],
        [l1("trained ‖w‖₂ is at most 1", charts=PATH, weights=1),
         l1("Along the path they differ by at most 0.2", charts=PATH, exact=SimpleNamespace(weights=np.ones((2, 2, 2))))],
    ),
    "correlated features": (
        [l1("lie 0.2 apart with L1 and 0.1 with L2: chance decides"), l1("lie 0.1 apart with L1 and 0.2 with L2.")],
        [l1("lie 0.1 apart with L1 and 0.2 with L2: chance decides")],
    ),
    "the elastic net's λ_max": (
        [l1("Lowest test loss along λ. For the elastic net λ_max is 1/ρ = 2 times L1’s", net=True)],
        [l1("Lowest test loss along λ", net=True), l1("Lowest test loss along λ. For the elastic net λ_max is 1/ρ = 3 times", net=True)],
    ),
    "landing points": (
        [plane("**L1** lands at (0.500, 0.000)", "At 1 λ_max L1 lands at (0.5, 0.1)")],
        [plane("**L1** lands at (0.500, 0.001)"), plane("At 0.5 λ_max L1 lands at (0.5, 0.1)")],
    ),
    "verdicts": (
        [table(VERDICTS, RISING, "These runs say: **higher**.")],
        [table(VERDICTS, RISING, "These runs say: **lower**."), table(VERDICTS, RISING, "These runs say: **in the same place, within 1 %**.")],
    ),
    "answers": (
        [table(FOURTH, "Look at the column “train accuracy, eval mode”"), table(SMALL_ETA, "The small η is half of what is safe", sweeps={"": sweep()}),
         table(L1_TABLE, "of these runs it is lowest in “L1, λ = 1 of λ_max”. At λ_max the minimum has no weight left")],
        [table(FOURTH, "Look at the column “test loss”"), table(SMALL_ETA, "the step size decides, not λ", sweeps={"": sweep()}),
         table(SMALL_ETA, "The small η is half of what is safe", sweeps={"": sweep(lam=3.0, data={"x_train": np.ones((2, 1, 9))})}),
         table(L1_TABLE, "of these runs it is lowest in “L1, λ = 2 of λ_max”"), table(L1_TABLE, "At λ_max no weight is left"),
         table({"16 units": {"train loss, eval mode": "1", "test loss": "2"}, "b": {"train loss, eval mode": "1", "test loss": "3"}},
               "in eval mode, from 1 to 1, and the gap from 1 to 3")],
    ),
    "the mask demo": (
        [texts("grows by the factor 1.1, shrinks by the factor 0.9")],
        [texts("grows by the factor 0.9"), texts("shrinks by the factor 1.1"),
         texts("aims at 0, the same as eval mode", charts=chart("running", {"column": ["train", "eval"], "expected": [0.0, 7.5]}))],
    ),
    "dropout in force": (
        [networks("with units missing. It keeps the mean of h, but for chance"), networks(SAME, variance="1")],
        [networks("with units missing", (0.0,)), networks("It keeps the mean of h, but for chance", variance="1"), networks("", (1.0,)),
         networks("it cannot learn", rows=[{"run": "B", "epoch": 5, "test_accuracy": 0.7}]), networks("1,000 images validate"),
         networks(SAME), networks("after epoch 3: it was never in force", switch_epoch=3)],
    ),
    "which did better": (
        [networks("B ends with the lower test loss: 0.5 against 0.6." + WAY.format(1), rows=ENDS),
         networks("one pass in eval mode, is 10.0 points worse than the average", name="averaging")],
        [networks("B ends with the higher test loss: 0.5 against 0.6.", rows=ENDS),
         networks("The gap between train and test loss shrinks from 0.5 to 0.25"), networks("The gap between train and test loss is the same, 0.5"),
         networks(WAY.format(2), rows=ENDS),
         networks("one pass in eval mode, is 10.0 points better than the average", name="averaging")],
    ),
    "learning curves": (
        [networks("", name="curves")],
        [networks("", name="curves", at="0.6"),
         texts("B has the lower test loss in 1 of 1 seed (means 1 → 2)", charts=SEEDS)],
    ),
    "best decays": ([heats("0.1", 0.3, 0.5)], [heats("0", 0.3, 0.5), heats("0.1", 0.4, 0.5), heats("0.1", 0.3, 0.3), heats("", 0.3, 0.5)]),
    "lengths of weights": ([lengths(4, 2, 4)], [lengths(3, 2, 4), lengths(4, 4, 4), lengths(4, 2, 2)]),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_a_rule_holds_on_true_words_and_not_on_false_ones(name):
    good, bad = MADE_UP[name]
    for page in good:
        found = list(RULES[name](page))
        assert not any(found), found
    assert any(list(RULES[name](page)) for page in good)  # it looked at something
    for page in bad:
        assert any(RULES[name](page)), page


@pytest.mark.parametrize(
    ("text", "value", "right"),
    [
        ("0.123", 0.12345, True), ("0.124", 0.12345, False), ("77", 77.036, True), ("7", 7.4, False), ("120", 119.6, True), ("1.37e+03", 1372, True),
        ("12%", 0.1234, True), ("100%", 0.996, True), ("1,234", 1234, True), ("−0.5", -0.5, True), ("0", 0.2, False), ("3e-09", 3.3e-9, True),
    ],
)  # fmt: skip
def test_a_printed_figure_is_a_number_as_it_is_rounded(text, value, right):
    assert same(text, value) == right


def test_what_is_read_is_all_that_is_shown():
    page = Case(DROPOUT, (("lab", "bench"),), ("ways", "ones", "bug")).read()
    for words in ("What is wrong here?", "The mask on sixteen numbers", "Crossed out: hidden units", "mask * x"):
        assert any(words in text for _, text in page.texts), words
    assert {"9938", "left on in eval"} <= {w for w in ("9938", "left on in eval") if w in page.prose}
    assert len(page.tables) >= 1
    assert isinstance(page.charts["running"][0], Chart)
