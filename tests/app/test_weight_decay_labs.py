"""The labs of the weight-decay page through AppTest: how each opens, and what it says against sums of our own."""

import re
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from streamlit.testing.v1 import AppTest

from regdemo.app.sweeps import kept_runs
from regdemo.app.weight_decay.controls import STRENGTHS
from regdemo.config.configs import LinearConfig
from regdemo.core.linear import train
from regdemo.core.linear.data import draw_linear
from tests.helpers.links import WEIGHT_DECAY, controls, move, shown_link
from tests.helpers.pages import charts, drawn, film, lead, metrics, opened, said, sound
from tests.helpers.programs import run

EARLY = {"lab": "early stopping"}


def told(at: AppTest) -> str:
    return "\n".join([m.value for m in at.markdown])


@pytest.fixture
def no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    def trains(*_: Any, **__: Any) -> None:
        raise AssertionError("a sweep is trained")

    monkeypatch.setattr(train, "train_linear", trains)


@pytest.mark.usefixtures("no_sweep")
@pytest.mark.parametrize("lab", [EARLY], ids=lambda lab: lab["lab"])
def test_a_lab_opens_by_its_link_and_nothing_of_the_sweep_runs(lab):
    at = opened(WEIGHT_DECAY, **lab, n_train="20", seed="31")
    computed = kept_runs().computed
    assert said(at) == ""
    assert charts(at) == 2
    assert at.title[0].value == "Weight decay"
    assert {"batch_size", "epochs", "optimizer", "log", "switch_epoch"} & set(controls(at)) == set()
    assert [c.value for c in at.code] == [f"?v=2&lab={lab['lab'].replace(' ', '+')}&n_train=20&seed=31"]
    before = [c.proto.SerializeToString() for c in at.get("vega_lite_chart")]
    for lam in (0.0, 3.0, 100.0):
        move(at, lam)
        assert [c.proto.SerializeToString() for c in at.get("vega_lite_chart")] == before
    assert kept_runs().computed == computed


@pytest.mark.parametrize("lab", [EARLY], ids=lambda lab: lab["lab"])
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
    sound(at.segmented_control(key="lab").set_value(lab["lab"].split()[0]).run())
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
