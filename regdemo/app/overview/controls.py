"""The overview's one control."""

from regdemo.app.controls import Control

NOISE_SEED = Control("draw", "overview.controls.draw", range(0, 1000), 0, "overview.controls.draw_help")

#: Every control that a link to the page can name.
ALL = (NOISE_SEED,)
