"""The labs of the weight-decay page through AppTest: how each opens, and what it says against sums of our own."""

import re
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from streamlit.testing.v1 import AppTest

from regdemo.app.sweeps import kept_runs
from regdemo.app.weight_decay.controls import LAB, STRENGTHS
from regdemo.app.weight_decay.descent import peak
from regdemo.config.configs import LinearConfig
from regdemo.content.say import say
from regdemo.core.linear import train
from regdemo.core.linear.data import draw_linear
from tests.helpers.links import WEIGHT_DECAY, controls, move, shown_link
from tests.helpers.pages import charts, drawn, film, lead, metrics, opened, said, sound
from tests.helpers.programs import run

EARLY, DESCENT, BIAS = ({"lab": lab} for lab in ("early stopping", "double descent", "bias and variance"))
LABS = pytest.mark.parametrize("lab", [EARLY, DESCENT, BIAS], ids=lambda lab: lab["lab"])


def told(at: AppTest) -> str:
    return "\n".join([m.value for m in at.markdown])


@pytest.fixture
def no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    def trains(*_: Any, **__: Any) -> None:
        raise AssertionError("a sweep is trained")

    monkeypatch.setattr(train, "train_linear", trains)


@pytest.mark.usefixtures("no_sweep")
@LABS
def test_a_lab_opens_by_its_link_and_nothing_of_the_sweep_runs(lab):
    at = opened(WEIGHT_DECAY, **lab, noise="0.5", seed="31")
    computed = kept_runs().computed
    assert said(at) == ""
    assert charts(at) == 2
    assert at.title[0].value == "Weight decay"
    assert {"batch_size", "epochs", "optimizer", "log", "switch_epoch"} & set(controls(at)) == set()
    assert [c.value for c in at.code] == [f"?v=2&lab={lab['lab'].replace(' ', '+')}&noise=0.5&seed=31"]
    before = [c.proto.SerializeToString() for c in at.get("vega_lite_chart")]
    for lam in (0.0, 3.0, 100.0):
        move(at, lam)
        assert [c.proto.SerializeToString() for c in at.get("vega_lite_chart")] == before
    assert kept_runs().computed == computed


@LABS
def test_a_visit_to_a_lab_leaves_the_sweeps_settings_as_they_were(lab):
    small = {
        "n_features": "5",
        "epochs": "5",
        "seeds": "2",
        "lr": "0.003",
        "log": "false",
        "pin": "2~lam~5~n_features~5~epochs~5",
    }
    at = opened(WEIGHT_DECAY, **small, lam="3")
    before, address = controls(at), shown_link(at)
    sound(at.segmented_control(key="lab").set_value(next(k for k, id in LAB.words.items() if say(id) == lab["lab"])).run())
    assert "batch_size" not in controls(at)
    assert shown_link(at) == address | lab  # the address too keeps what is out of sight
    sound(at.segmented_control(key="lab").set_value("sweep").run())
    assert controls(at) == before
    assert shown_link(at) == address


# ---- early stopping


def spectrum(**fields: Any) -> tuple[np.ndarray, np.ndarray, LinearConfig]:
    """(curvatures c, w of least squares along each of them), by an eigendecomposition of AᵀA/n, A = [X 1], and the config."""
    c = LinearConfig(
        **{"n_train": 50, "n_features": 30, "n_informative": 1000, "coefficient": 0.2, "noise": 1.0, "intercept": 0.0} | fields
    )
    data = draw_linear(c)
    x, y = data.x_train[0].astype(float), data.y_train[0].astype(float)
    a = np.column_stack([x, np.ones(len(x))])
    values, vectors = np.linalg.eigh(a.T @ a / len(x))
    keep = values > 1e-10
    return values[keep], vectors[:, keep] * (vectors[:, keep].T @ a.T @ y / len(x) / values[keep]), c


def test_the_sentence_at_three_strengths_is_what_an_eigendecomposition_gives():
    c, w, config = spectrum()
    data = draw_linear(config)
    z, t = np.column_stack([data.x_test[0], np.ones(config.n_test)]), data.y_test[0]
    loss = lambda kept: ((z @ w @ kept - t) ** 2).mean() / 2  # noqa: E731
    leads = film(opened(WEIGHT_DECAY, **EARLY))["leads"]
    assert re.fullmatch(rf"λ = 0 leaves all 31 degrees of freedom, and a test loss of {loss(np.ones(31)):.3g}; .*", leads[0])
    ridge = c / (c + 0.5)
    steps = brentq(lambda t: (1 - (1 - 0.01 * c) ** t).sum() - ridge.sum(), 1, 1e5)
    stopped = 1 - (1 - 0.01 * c) ** steps
    assert leads[STRENGTHS.index(0.5)] == (
        f"λ = 0.5 leaves {ridge.sum():.1f} of 31 degrees of freedom, as descent does after about {steps:.0f} steps: "
        f"test losses {loss(ridge):.3g} and {loss(stopped):.3g}."
    )
    ridge = c / (c + 100)
    assert (0.01 * c).sum() > ridge.sum()
    assert leads[-1] == (
        f"λ = 100 leaves {ridge.sum():.2g} of 31 degrees of freedom, fewer than descent has after its first step; "
        f"its test loss is {loss(ridge):.3g}."
    )


def test_the_bar_shows_what_lambda_is_beside():
    at = opened(WEIGHT_DECAY, **EARLY, lam="5", lr="0.001")
    c, _, _ = spectrum()
    steps = brentq(lambda t: (1 - (1 - 0.001 * c) ** t).sum() - (c / (c + 5)).sum(), 1, 1e5)
    assert float(metrics(at)["1/(ηt)"]) == pytest.approx(1 / (0.001 * steps), rel=0.01)
    assert metrics(at)["Test loss of ridge"] in lead(at)


def test_the_panel_says_whether_stopping_helps_at_the_bars_lambda_and_follows_the_hand():
    at = opened(WEIGHT_DECAY, "why", **EARLY, lam="0")
    lowest, steps, end = re.search(
        r"Without L2, yes: .* (\S+), after about ([\d,]+) steps; at the end it has (\S+)\.", told(at)
    ).groups()
    assert float(lowest) < float(end)
    assert f"{lowest} by stopping." in told(at)
    c, w, config = spectrum()
    data = draw_linear(config)
    kept = 1 - (1 - 0.01 * c) ** int(steps.replace(",", ""))
    predicted = np.column_stack([data.x_test[0], np.ones(config.n_test)]) @ w @ kept
    assert ((predicted - data.y_test[0]) ** 2).mean() / 2 == pytest.approx(float(lowest), rel=0.005)
    move(at, 0.5)
    assert "At λ = 0.5 descent on ridge’s own objective ends" in told(at)
    move(at, 100.0)
    assert "descent on ridge" not in told(at)  # 1 − η(c + λ) is below zero


def test_the_code_that_is_taken_along_stops_where_the_sentence_says():
    at = opened(WEIGHT_DECAY, **EARLY, lam="5")
    at.session_state["taken.code"] = True
    sound(at.run())
    (program,) = [c.value for c in at.code if "import torch" in c.value]
    steps, loss = re.search(r"stops after (\d+) steps; it prints a test loss of (\S+)\.", told(at)).groups()
    assert f"about {steps} steps" in lead(at)
    assert run(program)["test_loss"] == pytest.approx(float(loss), rel=0.005)
    move(at, 0.0)
    assert [c.value for c in at.code if "import torch" in c.value] == []
    assert "There is no code to take" in "\n".join(c.value for c in at.caption)


def test_with_an_epoch_of_its_own_descent_has_a_film():
    at = opened(WEIGHT_DECAY, **EARLY)
    assert film(at)["epochs"] == []
    sound(at.toggle(key="own_epoch").set_value(True).run())
    epochs = film(at)["epochs"]
    assert epochs[0] == 0
    for chart in drawn(at):
        shown = chart.rows[chart.rows["kind"] == "epoch"]
        assert sorted(set(shown["epoch"])) == epochs
        assert set(shown["run"]) == {"descent"}


def test_a_step_that_overshoots_is_refused_with_the_bound_and_odd_settings_are_named():
    at = opened(WEIGHT_DECAY, **EARLY, lr="1")
    c, _, _ = spectrum()
    assert charts(at) == 0
    assert f"This data needs η below {1 / c.max():.3g}." in said(at)
    for link, words in (
        ({"n_features": "1"}, "hardly more than one direction"), ({"noise": "0"}, "Without noise there is nothing to overfit"),
        ({"coefficient": "0"}, "all that can be learned is noise"), ({"noise": "0", "n_features": "100"}, ""),
    ):  # fmt: skip
        assert (
            (words in said(opened(WEIGHT_DECAY, **EARLY, **link)))
            if words
            else said(opened(WEIGHT_DECAY, **EARLY, **link)) == ""
        )


# ---- double descent


def minimum_norm_and_ridge(lam: float, n: int = 20, seeds: int = 8) -> dict[int, float]:
    """p -> the median test loss over the seeds, each from the normal equations."""
    c = LinearConfig(
        n_train=n, n_features=4 * n, n_informative=4 * n, coefficient=0.2, noise=1.0, intercept=0.0, n_test=1, n_validation=0, seeds=seeds,
    )  # fmt: skip
    data, found = draw_linear(c), {}
    for p in range(2, 4 * n + 1):
        losses = []
        for x, y in zip(data.x_train[:, :, :p].astype(float), data.y_train.astype(float), strict=True):
            w = np.linalg.solve(x.T @ x + n * lam * np.eye(p), x.T @ y) if lam else np.linalg.pinv(x) @ y
            losses.append((((w - 0.2) ** 2).sum() + 0.04 * (4 * n - p) + 1) / 2)
        found[p] = float(np.median(losses))
    return found


def test_the_sentence_at_three_strengths_is_what_the_normal_equations_give():
    told = film(opened(WEIGHT_DECAY, **DESCENT, n_examples="20"))
    none, small, large = (minimum_norm_and_ridge(lam) for lam in (0.0, 0.01, 100.0))
    assert told["leads"][0] == (
        f"λ = 0: the test loss is {none[2]:.3g} at p = 2, {none[20]:.3g} at p = n and {none[80]:.3g} at p = 4n."
    )
    shown = re.fullmatch(
        r"λ = 0.01 leaves a peak of (\S+) at p = (\d+), where λ = 0 has (\S+); at p = 4n the test loss is (\S+)\.",
        told["leads"][STRENGTHS.index(0.01)],
    )
    assert shown
    at = int(shown[2])
    assert (shown[1], shown[3], shown[4]) == tuple(f"{v:.3g}" for v in (small[at], none[at], small[80]))
    assert small[at] == max(
        small[p] for p in (10, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 30, 32, 34, 36, 38, 40)
    )
    assert told["leads"][-1] == (
        f"λ = 100 leaves no peak: the test loss goes from {large[2]:.3g} at p = 2 to {large[80]:.3g} at p = 4n."
    )


def test_the_green_line_takes_the_best_lambda_of_each_p_and_the_charts_take_away_says_so():
    at = opened(WEIGHT_DECAY, **DESCENT)
    rows = next(chart.rows for chart in drawn(at) if chart.chart.__name__ == "double_descent")
    measured = rows[rows["kind"] == "measured"]
    every = measured[(measured["run"] == "chosen") & (measured["k"] > 0)].groupby("features")["mid"].min()
    best = measured[measured["run"] == "best"].set_index("features")["mid"]
    assert best.to_dict() == every.to_dict()
    flat = peak(best.to_numpy(), best.index.to_numpy() / 50) is None
    assert ("there is no peak" in told(at)) == flat


def test_a_peak_is_higher_than_what_lies_on_both_sides():
    ratios = np.array([0.1, 0.5, 0.9, 1.0, 1.5, 2.0, 4.0])
    assert peak(np.array([9, 1, 2, 5, 2, 1, 9.0]), ratios) == 3
    assert peak(np.array([9, 5, 4, 3, 2, 1, 9.0]), ratios) is None
    assert peak(np.array([9, 5, 5.0001, 5, 2, 1, 9.0]), ratios) is None  # no difference that three digits show


def test_settings_that_mean_little_are_named():
    assert "Neither signal nor noise" in said(at := opened(WEIGHT_DECAY, **DESCENT, coefficient="0", noise="0"))
    assert charts(at) == 0
    assert "so no λ is too large" in said(opened(WEIGHT_DECAY, **DESCENT, coefficient="0"))
    assert "acts as noise: the peak stays" in said(opened(WEIGHT_DECAY, **DESCENT, noise="0"))


def test_the_panel_names_the_best_lambda_at_p_equal_to_n():
    at = opened(WEIGHT_DECAY, "why", **DESCENT)
    assert f"here {(150 * 0.04 + 1) / (50 * 0.04):.3g};" in told(at)
