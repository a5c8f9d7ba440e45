"""The lab "bias and variance" through AppTest: what it says against weights of our own."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from regdemo.app.weight_decay.controls import STRENGTHS
from tests.helpers.links import WEIGHT_DECAY
from tests.helpers.pages import charts, drawn, film, metrics, opened, said, sound
from tests.helpers.programs import run

BIAS = {"lab": "bias and variance"}


def told(at: AppTest) -> str:
    return "\n".join([m.value for m in at.markdown])


def decomposed(lam: float, n: int = 25, degree: int = 11, noise: float = 1.0) -> tuple[float, float]:
    """(bias², variance) from the normal equations, with a column of ones that is not penalised."""
    x, grid = -1 + (2 * np.arange(n) + 1) / n, np.linspace(-1, 1, 61)
    a, z = (np.polynomial.legendre.legvander(v, degree) * np.sqrt(2 * np.arange(degree + 1) + 1) for v in (x, grid))
    h = z @ np.linalg.solve(a.T @ a + n * lam * np.diag([0.0] + [1.0] * degree), a.T)
    bias = ((h @ np.sin(np.pi * x) - np.sin(np.pi * grid)) * 2) ** 2
    return float(bias.mean()), noise**2 * float((h**2).sum(1).mean())


def test_the_sentence_at_three_strengths_is_what_the_weights_of_each_answer_give():
    told = film(opened(WEIGHT_DECAY, **BIAS))
    total = {lam: sum(decomposed(lam)) + 1 for lam in STRENGTHS}
    best = min(total, key=total.__getitem__)
    lowest = f"is lowest at λ = {best:g}: {total[best]:.3g}."
    variance = decomposed(0.0)[1]
    assert told["leads"][0] == (
        f"λ = 0 is too little: the fits scatter (variance {variance:.3g}, bias² 0). The expected error, {total[0.0]:.3g}, {lowest}"
    )
    bias, variance = decomposed(best)
    assert told["leads"][STRENGTHS.index(best)] == (
        f"λ = {best:g}: bias² {bias:.3g} and variance {variance:.3g} add up with the noise to {total[best]:.3g}, "
        "and no λ here has a lower expected error."
    )
    bias, variance = decomposed(100.0)
    assert told["leads"][-1] == (
        f"λ = 100 is too much: all fits are off alike (bias² {bias:.3g}, variance {variance:.3g}). "
        f"The expected error, {total[100.0]:.3g}, {lowest}"
    )


def test_a_lambda_that_is_not_the_best_is_called_too_little_or_too_much_only_for_the_reason_that_holds():
    line = film(opened(WEIGHT_DECAY, **BIAS, degree="1", noise="0.01"))["leads"][0]
    assert re.fullmatch(r"λ = 0: bias² \S+, variance \S+\. The expected error, \S+, is lowest at λ = \S+: \S+\.", line)
    near = film(opened(WEIGHT_DECAY, **BIAS, n_points="100"))["leads"][STRENGTHS.index(0.1)]
    assert decomposed(0.1, n=100)[0] < decomposed(0.1, n=100)[1]
    assert near.startswith("λ = 0.1: bias² ")


def test_the_areas_lie_on_each_other_up_to_the_expected_error_and_the_take_away_names_their_crossing():
    at = opened(WEIGHT_DECAY, **BIAS, noise="0.5")
    (rows,) = [chart.rows for chart in drawn(at) if chart.chart.__name__ == "bias_variance"]
    noise, bias, variance = (
        rows[(rows["kind"] == "area") & (rows["part"] == part)].set_index("strength") for part in ("noise", "bias", "variance")
    )
    assert noise["low"].eq(0).all()
    assert noise["high"].eq(0.25).all()
    assert bias["low"].equals(noise["high"])
    assert variance["low"].equals(bias["high"])
    for lam in (0.0, 0.2, 100.0):
        assert (bias["value"][lam], variance["value"][lam]) == pytest.approx(decomposed(lam, noise=0.5), rel=1e-6, abs=1e-9)
    best, over = variance["high"].idxmin(), bias.index[bias["value"] > variance["value"]][0]
    assert list(bias.index).index(over) - list(bias.index).index(best) == 1
    assert f"The sum is lowest at λ = {best:g}, about where bias² overtakes variance." in told(at)


def test_the_take_away_names_a_crossing_that_lies_elsewhere_and_none_where_there_is_none():
    assert "The sum is lowest at λ = 0." in told(opened(WEIGHT_DECAY, **BIAS, noise="0"))
    each = {lam: decomposed(lam, n=100) for lam in STRENGTHS}
    best, over = (
        min(each, key=lambda lam: sum(each[lam])),
        next(lam for lam, (bias, variance) in each.items() if bias > variance),
    )
    at = opened(WEIGHT_DECAY, **BIAS, n_points="100")
    assert f"The sum is lowest at λ = {best:g}; bias² overtakes variance at λ = {over:g}." in told(at)


def test_forty_fits_travel_as_a_line_each_with_their_mean_and_the_truth():
    at = opened(WEIGHT_DECAY, **BIAS)
    (rows,) = [chart.rows for chart in drawn(at) if chart.chart.__name__ == "many_fits"]
    assert rows.groupby("run").size().to_dict() == {"fit": 40 * len(STRENGTHS), "mean": len(STRENGTHS), "truth": 1}
    assert rows[rows["run"] == "fit"]["line"].is_unique  # what a path is drawn in the order of
    lines = {run: np.array([text.split(" ") for text in of["along"]], float) for run, of in rows.groupby("run")}
    assert np.isnan(lines["fit"][:, -1]).all()
    assert lines["truth"][0, :-1] == pytest.approx(2 * np.sin(np.pi * np.linspace(-1, 1, 31)), abs=6e-4)
    fits = lines["fit"].reshape(len(STRENGTHS), 40, -1)[:, :, :-1]
    assert np.abs(fits.mean(1) - lines["mean"][:, :-1])[:, 5:-5].max() < 0.5  # of forty
    assert (fits.std(1).mean(1)[[0, 19, -1]] == sorted(fits.std(1).mean(1)[[0, 19, -1]], reverse=True)).all()


def test_settings_under_which_bias_or_variance_means_little_are_named():
    for link, words in (
        ({"noise": "0"}, "all training sets are one"), ({"noise": "0", "fresh_x": "true"}, "all variance comes of x"),
        ({"degree": "2"}, f"bias² is {min(decomposed(lam, degree=2)[0] for lam in STRENGTHS):.3g} at the least"),
        ({"n_points": "12"}, "goes through all points of a training set"),
    ):  # fmt: skip
        at = opened(WEIGHT_DECAY, **BIAS, **link)
        assert words in said(at)
        assert charts(at) == 2
    assert said(opened(WEIGHT_DECAY, **BIAS, fresh_x="true", degree="3", n_points="12")) == ""


def test_the_panel_has_the_sum_beside_what_was_measured_and_says_what_x_adds():
    at = opened(WEIGHT_DECAY, "why", **BIAS, lam="0.1")
    shown = re.search(r"at λ = 0\.1, that makes (\S+)\. 200 fits on fresh data cost (\S+) ± (\S+) \(", told(at))
    assert shown
    total, measured, error = map(float, shown.groups())
    assert total == pytest.approx(sum(decomposed(0.1)) + 1, rel=0.005)
    assert abs(measured - total) < 4 * error
    assert "h·f(x) varies" not in told(at)
    assert "h·f(x) varies" in told(opened(WEIGHT_DECAY, "why", **BIAS, fresh_x="true"))


@pytest.mark.parametrize("link", [{}, {"fresh_x": "true", "degree": "5", "lam": "0", "seed": "3"}])
def test_the_code_that_is_taken_along_prints_what_the_lab_says(link):
    at = opened(WEIGHT_DECAY, **BIAS, **link)
    at.session_state["taken.code"] = True
    sound(at.run())
    (program,) = [c.value for c in at.code if "import numpy" in c.value]
    shown = re.search(r"a bias² of (\S+), a variance of (\S+), and a measured error of (\S+)\.", told(at))
    printed = run(program)
    told_of = [f"{v if v > 1e-9 else 0:.3g}" for v in (printed["bias2"], printed["variance"], printed["measured"])]
    assert shown
    assert list(shown.groups()) == told_of
    assert metrics(at)["Expected error"] == f"{printed['sum']:.3g}"
