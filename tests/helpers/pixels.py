"""Charts as they look: their pixels, and how many of them have a colour."""

import io
import os
from pathlib import Path

import altair as alt
import numpy as np
import vl_convert
from PIL import Image


def picture(chart: alt.TopLevelMixin | dict, name: str, width: int | None = 420) -> np.ndarray:
    """The chart (or its Vega-Lite) as pixels (height, width, 3); kept as a file where LOOK names a folder. Without a width it keeps its own."""
    if not isinstance(chart, dict):
        chart = chart.to_dict()
    png = vl_convert.vegalite_to_png(chart | ({"width": width} if width else {}), ppi=100)
    if look := os.environ.get("LOOK"):
        (Path(look) / f"{name}.png").write_bytes(png)
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(np.int16)


def colours(image: np.ndarray) -> int:
    """How many colours it has."""
    return len(np.unique(image @ np.array([1 << 16, 1 << 8, 1])))


def pixels(image: np.ndarray, colour: str, near: int = 40) -> int:
    """How many pixels have this colour or nearly so."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return int((np.abs(image - wanted).max(2) <= near).sum())
