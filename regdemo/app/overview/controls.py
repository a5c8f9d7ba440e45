"""The overview's one control."""

from regdemo.app.controls import Control

NOISE_SEED = Control("draw", "draw of the points", range(0, 1000), 0, "Another number draws other noise.")

#: Every control that a link to the page can name.
ALL = (NOISE_SEED,)
