"""What is laid over a chart's spec: words for ids, pinned runs, and the rule of a change in mid-run."""

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from regdemo.charts.theme import GREY, PIN_COLOURS

#: columns of charts' tables that hold ids, which readers see by a word
NAMED = ("kind", "run", "curve", "part", "split", "group", "column")
_COMPARED = re.compile(rf"(datum\.(?:{'|'.join(NAMED)}) [!=]== )'([^']*)'")


def in_words(rows: pd.DataFrame, words: Mapping[str, str]) -> pd.DataFrame:
    """A chart's table as readers see it: words for ids."""
    said = {}
    for name in NAMED:
        if name in rows:
            each, ids = pd.factorize(rows[name], use_na_sentinel=False)
            said[name] = np.array([words.get(id, id) for id in ids], object)[each]
    return rows.assign(**said)


def with_words(made: dict, words: Mapping[str, str]) -> dict:
    """A chart's Vega-Lite for its table `in_words`: in the domains of its scales and in its filters, words for ids."""

    def said(entry: Any) -> Any:
        if isinstance(entry, str):
            return _COMPARED.sub(lambda m: m[1] + json.dumps(words.get(m[2], m[2]), ensure_ascii=False), entry)
        if isinstance(entry, list):
            return [said(e) for e in entry]
        if not isinstance(entry, dict):
            return entry
        found = {key: value if key in ("data", "datasets") else said(value) for key, value in entry.items()}
        if entry.get("field") in NAMED and isinstance(domain := (entry.get("scale") or {}).get("domain"), list):
            found["scale"] = found["scale"] | {"domain": [words.get(id, id) for id in domain]}
        return found

    return said(made) if words else made


def with_ghosts(spec: dict, ghosts: pd.DataFrame, kind: str = "line") -> dict:
    """A chart's Vega-Lite with pinned runs laid over it, each in its colour, which a row below the plot names: the chart itself is not changed.

    ghosts: its first two columns are named as the fields on the chart's axes; `pin` names the run, `number` counts the runs,
    `part` separates lines of one run. kind: "line", "step" (a histogram's outline) or "number" (the pin's number stands at each point).
    The rows travel as the data set "ghosts", a DataFrame.
    """
    x_name, y_name = ghosts.columns[:2]
    x, y = next(
        tuple(_as_far_as_needed(e[axis]) for axis in "xy")
        for e in (layer.get("encoding", {}) for layer in spec["layer"])
        if e.get("x", {}).get("field") == x_name and e.get("y", {}).get("field") == y_name
    )
    rows = ghosts.assign(first=~ghosts["pin"].duplicated())
    place = {"x": x, "y": y, "detail": [{"field": f, "type": "nominal"} for f in ("pin", "part")]}
    colours = [
        {"test": f"(datum.number - 1) % {len(PIN_COLOURS)} === {i}", "value": value}
        for i, value in enumerate(PIN_COLOURS.values())
    ]
    line_colour = {"color": {"condition": colours, "value": GREY}}  # no scale: it would be the chart's own as well
    names = {"field": "pin", "type": "nominal", "title": "charts.pinned"}
    tooltip = [
        names,
        {"field": x_name, "type": x["type"], "title": x.get("title", x_name)},
        {"field": y_name, "type": "quantitative", "format": ".4g", "title": y.get("title", y_name)},
    ]
    data = {"name": "ghosts"}
    if kind == "number":
        text = {"field": "number", "type": "nominal"}
        added = [
            {
                "data": data,
                "mark": {"type": "text", "fontSize": 12, "fontWeight": "bold"},
                "encoding": place | {"text": text, "tooltip": tooltip},
            }
        ]
    else:
        shape = {"interpolate": "step-after"} if kind == "step" else {}
        many = len(ghosts[["pin", "part"]].drop_duplicates()) > ghosts["pin"].nunique()
        line = {"type": "line", "strokeWidth": 0.8 if many else 1.5, "clip": True, **shape}
        # their names in a row of its own below the axis, where no line is
        there = {
            "xOffset": {"expr": "66 * ((datum.number - 1) % 5)"},
            "yOffset": {"expr": "74 + 16 * floor((datum.number - 1) / 5)"},
        }
        row = {"x": {"value": 0}, "y": {"value": "height"}}
        stroke = {"type": "point", "shape": "stroke", "size": 260, "strokeWidth": 3, "opacity": 1}
        name = {"type": "text", "align": "left", "dx": 14, "fontSize": 12, "fontWeight": "bold"}
        once = {"data": data, "transform": [{"filter": "datum.first"}]}
        added = [
            {"data": data, "mark": line, "encoding": place | line_colour | {"tooltip": tooltip}},
            once | {"mark": stroke | there, "encoding": row | line_colour},
            # letters in the page's ink: no colour of a line can be read as letters on white and on black
            once | {"mark": name | there, "encoding": row | {"text": names}},
        ]
    return spec | {"layer": [*spec["layer"], *added], "datasets": spec.get("datasets", {}) | {"ghosts": rows}}


def _as_far_as_needed(place: dict) -> dict:
    """The place of a mark on an axis: a pinned run may reach further than the rows that set the axis' domain."""
    if place["type"] == "quantitative" and "expr" in (place.get("scale") or {}).get("domain", ()):
        return place | {"scale": {name: value for name, value in place["scale"].items() if name != "domain"}}
    return place


def with_rule(spec: dict, epoch: int, label: str) -> dict:
    """A chart's Vega-Lite with a vertical rule at an epoch, where the run was changed, and what changed."""
    x = next(e["x"] for e in (layer.get("encoding", {}) for layer in spec["layer"]) if e.get("x", {}).get("field") == "epoch")
    data = {"values": [{"epoch": epoch, "label": label}]}
    words = {"x": x, "y": {"value": 0}, "text": {"field": "label", "type": "nominal"}}
    added = [
        {"data": data, "mark": {"type": "rule", "color": GREY, "strokeWidth": 1.5, "strokeDash": [2, 2]}, "encoding": {"x": x}},
        {
            "data": data,
            "mark": {"type": "text", "dy": -8, "fontWeight": "bold"},
            "encoding": words,
        },
    ]
    config = spec.get("config", {})
    config = config | {"legend": config.get("legend", {}) | {"offset": 20}}  # the words have their place below it
    return spec | {"layer": [*spec["layer"], *added], "config": config}
