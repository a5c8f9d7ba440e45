"""The lab "prior" through AppTest: how it opens, and what it says against sums of our own."""

import re
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Lasso

from regdemo.app.sparsity.controls import SHARES
from regdemo.app.sweeps import kept_runs
from regdemo.config.phrases import figure
from regdemo.core.linear import train
from regdemo.core.linear.two_weights import Plane
from tests.core.linear.test_posterior import sides
from tests.helpers.links import L1_VS_L2, QUICK, controls, move, shown_link
from tests.helpers.pages import charts, drawn, lead, metrics, opened, said, sound

PRIOR = {"lab": "prior"}
ENDS = (SHARES[0], 0.29, SHARES[-1])


def expected(plane: Plane, share: float, evidence: int) -> tuple[np.ndarray, np.ndarray]:
    """Mode and mean under the Laplace prior: scikit-learn's lasso, and two Gaussians cut at zero or a sum over a fine grid."""
    lam = share * plane.lam_max
    x = np.linalg.cholesky(plane.gram).T * 2**0.5
    mode = Lasso(lam, fit_intercept=False, tol=1e-14, max_iter=100_000).fit(x, x @ plane.least_squares).coef_
    if not plane.correlation:
        return mode, np.array([sides(float(a), lam, 1 / evidence)[0] for a in plane.least_squares])
    at = (np.arange(-3000, 3000) + 0.5) / 1000
    one, two = at[:, None] - plane.least_squares[0], at - plane.least_squares[1]
    energy = (one**2 + two**2) / 2 + plane.correlation * one * two + lam * (np.abs(at[:, None]) + np.abs(at))
    mass = np.exp(-(energy - energy.min()) * evidence)
    return mode, np.array([mass.sum(1) @ at, mass.sum(0) @ at]) / mass.sum()


@pytest.fixture
def no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    def trains(*_: Any, **__: Any) -> None:
        raise AssertionError("a sweep is trained")

    monkeypatch.setattr(train, "train_linear", trains)


@pytest.mark.usefixtures("no_sweep")
def test_the_lab_opens_by_its_link_and_nothing_of_the_sweep_runs():
    at = opened(L1_VS_L2, **PRIOR, share="0.29", angle="40", evidence="100")
    computed = kept_runs().computed
    assert said(at) == ""
    assert charts(at) == 2
    assert set(controls(at)) - {"taken.view"} == {"lab", "share", "angle", "tilt", "evidence"}
    assert shown_link(at) == {"v": "2", **PRIOR, "share": "0.29", "angle": "40", "evidence": "100"}
    before = [c.proto.SerializeToString() for c in at.get("vega_lite_chart")]
    for share in ENDS:
        move(at, share)
        assert [c.proto.SerializeToString() for c in at.get("vega_lite_chart")] == before
    assert kept_runs().computed == computed


@pytest.mark.parametrize(("angle", "tilt", "evidence"), [(40, 0.0, 30), (15, -0.5, 30), (100, 0.5, 100)])
def test_the_sentence_and_the_figures_are_those_of_lasso_and_of_other_ways_to_integrate(angle, tilt, evidence):
    plane = Plane(tilt, angle)
    at = opened(L1_VS_L2, **PRIOR, angle=str(angle), tilt=f"{tilt:g}", evidence=str(evidence))
    seen = set()
    for k, share in [(k, s) for k, s in enumerate(SHARES) if s in ENDS]:
        mode, mean = expected(plane, share, evidence)
        told, shown = lead(move(at, share)), metrics(at)
        assert told.startswith(f"At {share:g} λ_max ")
        zeros = np.flatnonzero(np.abs(mode) < 1e-9)
        seen.add(len(zeros))
        if len(zeros) == 1:
            name = ("w₁", "w₂")[zeros[0]]
            (said_mean,) = re.findall(rf"mode has {name} = 0 exactly; its mean has {name} = (\S+) and is not sparse", told)
            assert float(said_mean) == pytest.approx(mean[zeros[0]], abs=1e-4, rel=6e-3)
        elif len(zeros) == 2:
            w = [float(n) for n in re.search(r"mode is 0; its mean is \((\S+), (\S+)\) and not sparse", told).groups()]
            assert w == pytest.approx(mean, abs=1e-4, rel=6e-3)
        else:
            assert "neither the mode nor the mean has a zero" in told
        assert float(shown["mode to mean"]) == pytest.approx(np.linalg.norm(mean - mode), abs=1e-4, rel=6e-3)
        assert shown["its mode to mean"] == "0"
        lam = share * plane.lam_max
        assert shown["Laplace prior: scale"] == figure(1 / (evidence * lam))
        assert shown["Gaussian prior: standard deviation"] == figure((evidence * lam) ** -0.5)
        points = drawn(at)[0].rows.query("kind == 'point'").set_index(["part", "k"])[["w1", "w2"]]
        np.testing.assert_allclose(points.loc[("mode", k)], mode, atol=1e-5)
        np.testing.assert_allclose(points.loc[("mean", k)], mean, atol=2e-5)
    assert len(seen) >= 2


def test_where_the_mean_is_sparse_by_symmetry_the_page_says_that_it_shows_nothing():
    for link, name in (({"angle": "0", "tilt": "0"}, "w₂"), ({"angle": "90", "tilt": "0"}, "w₁")):
        at = opened(L1_VS_L2, **PRIOR, **link)
        assert f"{name} is as probable as −{name}" in said(at)
        assert f"mode has {name} = 0 exactly, and so has its mean, by symmetry alone" in lead(at)
        assert f"with {name} = 0 by symmetry alone" in lead(move(at, 1.0))
        assert any("as least squares has" in m.value for m in at.markdown)
    assert said(opened(L1_VS_L2, **PRIOR, angle="0")) == ""


def test_the_panel_gives_the_chance_of_either_sign_and_follows_the_hand():
    at = opened(L1_VS_L2, "why", **PRIOR, angle="40", tilt="0")
    plane = Plane(0.0, 40.0)
    for share in ENDS:
        move(at, share)
        told = "\n".join(m.value for m in at.markdown)
        positive = sides(float(plane.least_squares[1]), share * plane.lam_max, 1 / 30)[1]
        name = "w₂" if share < 1 else "w₁"  # the weight of the mode that is nearest to zero
        if name == "w₂":
            assert f"P(w₂ > 0) = {positive:.3f}, P(w₂ < 0) = {1 - positive:.3f}" in told
        assert f"P({name} = 0) = 0" in told


def test_a_visit_to_the_lab_leaves_the_sweep_as_it_was():
    small = QUICK[L1_VS_L2] | {"norm": "true", "angle": "40", "pin": "2~share~0.29~n_train~20~n_features~10~epochs~50~seeds~1"}
    at = opened(L1_VS_L2, **small, share="0.29")
    before, address = controls(at), shown_link(at)
    sound(at.segmented_control(key="lab").set_value("prior").run())
    assert "n_train" not in controls(at)
    assert shown_link(at) == address | PRIOR  # what is out of sight stays in the link
    sound(at.select_slider(key="evidence").set_value(300).run())
    sound(at.segmented_control(key="lab").set_value("sweep").run())
    assert controls(at) == before
    assert shown_link(at) == address | {"evidence": "300"}
