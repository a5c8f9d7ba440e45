"""The picture in two dimensions: landing points against enumeration and the conditions of optimality, and what is drawn."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from regdemo.core.linear.two_weights import Plane, land, landing_path, picture, slope_at_zero

PLANES = st.builds(Plane, st.floats(-0.95, 0.95), st.floats(-180, 180))
SHARES = st.floats(0.01, 1.2)


def lasso_by_enumeration(plane: Plane, lam: float) -> np.ndarray:
    """The best of the nine candidates, one for each pattern of signs: G_AA w_A = (Gŵ)_A − λ·signs_A, the rest 0."""
    candidates = []
    for signs in product((-1, 0, 1), repeat=2):
        kept = [j for j in (0, 1) if signs[j]]
        w = np.zeros(2)
        if kept:
            w[kept] = np.linalg.solve(plane.gram[np.ix_(kept, kept)], plane.pull[kept] - lam * np.array(signs)[kept])
        candidates.append(w)
    return min(candidates, key=lambda w: plane.loss(w) + lam * np.abs(w).sum())


@settings(max_examples=60, deadline=None)
@given(plane=PLANES, share=SHARES)
def test_landing_points_are_the_exact_minima(plane, share):
    lam = share * plane.lam_max
    l1, l2 = (land(plane, np.array([lam]), name)[0] for name in ("L1", "L2"))
    np.testing.assert_allclose(l1, lasso_by_enumeration(plane, lam), atol=1e-9)
    np.testing.assert_allclose(l2, np.linalg.solve(plane.gram + lam * np.eye(2), plane.pull), atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(plane=PLANES, share=SHARES)
def test_the_slope_at_zero_says_whether_l1_lands_on_zero(plane, share):
    drawn = picture(plane, share * plane.lam_max)
    for j in (0, 1):
        slope = slope_at_zero(plane, drawn.lam, "L1", j)
        assume(abs(slope - drawn.lam) > 1e-9 * drawn.lam)
        assert (drawn.landing["L1"][j] == 0) == (slope <= drawn.lam)
        assert ("is exactly zero" in drawn.reasons["L1"][j]) == (drawn.landing["L1"][j] == 0)
        assert "exactly zero" not in drawn.reasons["L2"][j]


@settings(max_examples=40, deadline=None)
@given(plane=PLANES, share=SHARES)
def test_no_point_within_the_diamond_or_the_circle_has_less_loss_than_the_landing_point(plane, share):
    drawn = picture(plane, share * plane.lam_max)
    outlines = {key: rows[["w1", "w2"]].to_numpy() for key, rows in drawn.outlines.groupby(["penalty", "kind"], sort=False)}
    for name, order in (("L1", 1), ("L2", 2)):
        w, t = drawn.landing[name], drawn.size[name]
        assert np.linalg.norm(w, order) == pytest.approx(t)
        level = plane.loss(w)
        corners = outlines[name, "limit"]
        edge = np.concatenate([a + (b - a) * np.linspace(0, 1, 9)[:, None] for a, b in pairwise(corners)])
        assert (plane.loss(edge) >= level * (1 - 1e-9) - 1e-12).all()
        contour = outlines[name, "contour"]
        np.testing.assert_allclose(plane.loss(contour), level, rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(contour[0], contour[-1], atol=1e-9)


def test_at_the_largest_strength_l1_lands_on_the_origin_exactly_and_l2_does_not():
    for correlation in (-0.9, 0.0, 0.3, 0.98):
        drawn = picture(plane := Plane(correlation, 25.0), plane.lam_max)
        assert (drawn.landing["L1"] == 0).all()
        assert drawn.size["L1"] == 0
        assert (drawn.landing["L2"] != 0).all()


def test_the_path_runs_from_the_origin_to_least_squares():
    plane = Plane(0.6, 40.0)
    path = landing_path(plane)
    l1 = path[path.penalty == "L1"]
    assert tuple(l1[["w1", "w2"]].iloc[0]) == (0, 0)
    for name in ("L1", "L2"):
        np.testing.assert_allclose(path[path.penalty == name][["w1", "w2"]].iloc[-1], plane.least_squares, atol=1e-9)
    assert ((l1.w1 == 0) | (l1.w2 == 0)).sum() > 1
    assert l1.share.is_monotonic_decreasing


def test_independent_features_are_soft_thresholded_and_shrunk_each_on_its_own():
    plane = Plane(0.0, 30.0)  # ŵ = (√3, 1) / 2
    drawn = picture(plane, 0.6)
    np.testing.assert_allclose(drawn.landing["L1"], [3**0.5 / 2 - 0.6, 0], atol=1e-12)
    np.testing.assert_allclose(drawn.landing["L2"], plane.least_squares / 1.6, atol=1e-12)
    assert drawn.reasons["L1"][1].startswith("w₂ is exactly zero: there the loss pulls with 0.500, no more than the λ = 0.600")
    assert drawn.reasons["L1"][0].startswith("w₁ is not zero: there the loss pulls with 0.866, more than")
    assert "nothing stops it" in drawn.reasons["L2"][1]


@pytest.mark.parametrize(("name", "value"), [("correlation", 1.0), ("angle", float("nan"))])
def test_a_plane_that_cannot_be_drawn_is_refused(name, value):
    with pytest.raises(ValueError, match=f"^{name} = .*allowed is"):
        Plane(**{name: value})
