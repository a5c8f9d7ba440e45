"""The lab "prior": its table against the posteriors that it is made of, and its chart once to PNG."""

from functools import partial

import numpy as np
import pytest

from regdemo.charts import prior as charts
from regdemo.charts import theme
from regdemo.core.linear.posterior import Posterior
from regdemo.core.linear.two_weights import Plane
from regdemo.frames.prior import REGIONS, prior_rows
from regdemo.frames.weight_decay import EVERY
from tests.frames.test_sparsity_frames import looked
from tests.helpers.pixels import picture, pixels


@pytest.mark.parametrize("plane", [Plane(), Plane(0.9, 130.0)])
@pytest.mark.parametrize(("penalty", "norm", "colour"), [("L1", 1, theme.BLUE), ("L2", 2, theme.ORANGE)])
def test_the_picture_has_prior_and_likelihood_touch_at_the_mode_within_the_regions(plane, penalty, norm, colour):
    found = [Posterior(plane, penalty, share * plane.lam_max, 1 / 30) for share in (0.1, 0.7)]
    rows = prior_rows(found)
    for k, each in enumerate(found):
        now = rows[rows["k"] == k]
        lines = {key: part[["w1", "w2"]].to_numpy(float) for key, part in now.groupby(["kind", "part"])}
        np.testing.assert_allclose(lines["point", "mode"][0], each.mode, atol=1e-6)
        np.testing.assert_allclose(lines["point", "mean"][0], each.mean, atol=1e-6)
        size = np.linalg.norm(each.mode, norm)
        np.testing.assert_allclose(np.linalg.norm(lines["prior", "mode"], norm, axis=1), size, atol=1e-6)
        np.testing.assert_allclose(plane.loss(lines["touch", "mode"]), plane.loss(each.mode), atol=1e-5)
        assert (plane.loss(lines["prior", "mode"]) >= plane.loss(each.mode) - 1e-5).all()
        for probability, level in zip(REGIONS, each.levels(REGIONS), strict=True):
            np.testing.assert_allclose(each.energy(lines["region", f"{probability:g}"]), level, atol=1e-5)
    still = rows[rows["k"] == EVERY]
    assert set(still["kind"]) == {"likelihood", "path", "point"}
    paths = {name: part[["w1", "w2"]].to_numpy() for name, part in still[still["kind"] == "path"].groupby("part")}
    np.testing.assert_allclose(paths["mean"], [each.mean for each in found], atol=1e-6)
    np.testing.assert_allclose(paths["mode"][-1], plane.least_squares, atol=1e-6)
    image = picture(looked(partial(charts.posterior, penalty=penalty), rows, 1), f"prior {penalty} {plane.angle}", width=None)
    assert pixels(image, colour) > 100
