"""The overview's controls."""

from regdemo.app.controls import Control
from regdemo.core.linear.polynomial import POLYNOMIAL_STRENGTHS

HAND = Control("lam", "overview.controls.lam", POLYNOMIAL_STRENGTHS, 0.0, "overview.controls.lam_help")
NOISE_SEED = Control("draw", "overview.controls.draw", range(0, 1000), 0, "overview.controls.draw_help")

#: Every control that a link to the page can name.
ALL = (HAND, NOISE_SEED)
