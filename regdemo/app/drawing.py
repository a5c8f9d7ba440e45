"""Charts drawn on a page: their rows made ready to travel, the words and pinned runs in them, their places beside each other."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st

from regdemo.app.class_view import hidden, present_view
from regdemo.content.say import language, say, texts

S = TypeVar("S")

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from regdemo.charts.theme import Chart

    Place = tuple[DeltaGenerator, DeltaGenerator | None]  # of a chart, and of the sentence below it


@dataclass(frozen=True, eq=False)
class Rows:
    """A chart's rows that are kept with their run: they are made ready to travel once, for everybody."""

    frame: pd.DataFrame

    _tables: dict[Hashable, pa.Table] = field(default_factory=dict)

    def table(self, labels: Mapping[str, str]) -> pa.Table:
        """The table as it travels, with words for ids."""
        named = tuple(labels.items())
        if named not in self._tables:
            self._tables[named] = as_table(self.frame, labels, narrow)
        return self._tables[named]

    @property
    def nbytes(self) -> int:
        return int(2 * self.frame.memory_usage().sum())  # here and as a table


def narrow(name: Hashable, values: np.ndarray) -> np.ndarray:
    """A column with no more digits than a chart shows; what a click gives back keeps all of them, as it must be an option of its control."""
    kind = {"float64": np.float32, "int64": np.int32}.get(values.dtype.name)
    if kind is None or name in ("share", "strength") or (np.abs(values) >= BIG).any():
        return values
    return values.astype(kind)


BIG = 2**31  # in value, and so far from where float32 ends


def as_table(
    rows: pd.DataFrame, labels: Mapping[str, str], shorten: Callable[[Hashable, np.ndarray], np.ndarray] | None = None
) -> pa.Table:
    """The rows as they travel, with words for ids; words that repeat, such as the names of runs, travel once."""
    from regdemo.charts.overlays import NAMED

    columns = {}
    for name, column in rows.items():
        if pd.api.types.infer_dtype(column) in ("string", "categorical"):  # as objects too, which pandas 2 keeps texts as
            each, ids = pd.factorize(column)
            words = pa.array([labels.get(id, id) if name in NAMED else id for id in ids], pa.string())
            places = pa.array(each, mask=each < 0)
            few = len(words) < 128
            columns[name] = pa.DictionaryArray.from_arrays(places.cast(pa.int8()), words) if few else words.take(places)
            continue
        values = column.to_numpy()
        columns[name] = pa.array(shorten(name, values) if shorten else values, from_pandas=True)
    return pa.table(columns)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A chart as it was drawn on the page, kept for downloads."""

    chart: "Callable[..., Chart]"
    rows: pd.DataFrame
    options: dict[str, Any]
    alt: str
    title: str
    ghosts: pd.DataFrame | None = None
    ghost: str = "line"
    rule: tuple[int, str] | None = None
    at: Mapping[str, Any] = field(default_factory=dict)  # what the bar's parameters are while the page is as it is
    labels: Mapping[str, str] = field(default_factory=dict)  # id in the rows -> the word that readers see
    slot: "Place | None" = None  # where it stands: the next rows of a growing chart are drawn there
    language: str = field(default_factory=language.get)  # a download is made by another thread

    def spec(self) -> dict:
        """Vega-Lite of the whole chart, its rows and its pinned runs included; what the bar moves stands still."""
        import altair

        from regdemo.charts.overlays import in_words, with_words
        from regdemo.charts.theme import ROWS

        with altair.data_transformers.enable("default", max_rows=None):
            spec = self.chart(in_words(self.rows, self.labels), **self.options).to_dict()
        spec = _worded(with_words(spec, self.labels), self.language)
        spec |= {"data": {"name": ROWS}, "datasets": {ROWS: spec["datasets"].pop(spec["data"]["name"]), **spec["datasets"]}}
        for param in spec.get("params", ()):
            if "element" in param.get("bind", {}):
                del param["bind"]
                param["value"] = self.at.get(param["name"], param["value"])
        spec = _laid_over(spec, self.ghosts, self.ghost, self.rule, self.language)
        if self.ghosts is not None:
            spec["datasets"] = spec["datasets"] | {"ghosts": spec["datasets"]["ghosts"].to_dict("records")}
        return spec


@lru_cache(maxsize=512)
def _spec(
    chart: "Callable[..., Chart]",
    columns: tuple[str, ...],
    options: tuple[tuple[str, Any], ...],
    labels: tuple[tuple[str, str], ...],
    large: bool,
    spoken: str,
) -> dict:
    """A chart's Vega-Lite spec without its data: built once, then only rows travel."""
    from regdemo.charts.overlays import with_words

    spec = chart(pd.DataFrame(columns=list(columns)), **dict(options)).to_dict()
    spec = _worded(with_words(spec, dict(labels)), spoken)
    spec.pop("data", None)
    spec.pop("datasets", None)
    if large:
        config = spec.get("config", {})
        spec["config"] = config | {name: config.get(name, {}) | look for name, look in LARGE.items()}
        if "width" not in spec:  # the bar and the first chart share a projector's screen
            spec["height"] = min(spec["height"], LARGE_HEIGHT)
    return spec


LARGE: dict[str, dict[str, Any]] = {name: {"labelFontSize": 16, "titleFontSize": 17} for name in ("axis", "legend")} | {
    "text": {"fontSize": 16}
}
LARGE["legend"] |= {"layout": {"top": {"anchor": "start", "direction": "horizontal", "margin": 12}}}
LARGE_HEIGHT = 275


def _laid_over(spec: dict, ghosts: pd.DataFrame | None, ghost: str, rule: tuple[int, str] | None, spoken: str) -> dict:
    """A spec with pinned runs and the rule of a change laid over it, where there are any."""
    from regdemo.charts.overlays import with_ghosts, with_rule

    if rule is not None:
        spec = with_rule(spec, *rule)
    return spec if ghosts is None else _worded(with_ghosts(spec, ghosts, ghost), spoken)


def _worded(part: Any, spoken: str) -> Any:
    """A spec, or a part of one, with texts in place of their ids; room after an id stays. Rows are left as they are."""
    if isinstance(part, dict):
        return {key: value if key in ("data", "datasets") else _worded(value, spoken) for key, value in part.items()}
    if isinstance(part, list):
        return [_worded(value, spoken) for value in part]
    if isinstance(part, str) and (id := part.rstrip()) in texts(spoken):
        return texts(spoken)[id] + part[len(id) :]
    return part


def draw(
    chart: "Callable[..., Chart]",
    rows: pd.DataFrame | Rows,
    *,
    title: str,
    alt: str,
    slot: "Place | None" = None,
    key: str | None = None,
    on_select: Callable[[], None] | None = None,
    width: Literal["stretch", "content"] | int = "stretch",
    ghosts: pd.DataFrame | None = None,
    ghost: str = "line",
    rule: tuple[int, str] | None = None,
    labels: Mapping[str, str] | None = None,
    words: bool = True,
    take_away: str = "",
    at: Mapping[str, Any] | None = None,
    floor: float | None = None,
    **options: Any,
) -> Drawn:
    """Draw `chart(rows, **options)`, in place of what is in `slot` if that is given, and give what was drawn, for downloads.

    `title` names it; `alt` says with numbers what it shows.

    The sentence stands below the chart, for readers who do not see it (frame.css hides it from the others), and not in the
    chart itself: one whose own description changes is built anew by the browser, which takes longer than all else.
    `take_away` is what everybody reads there.

    `ghosts` are pinned runs (charts.with_ghosts), drawn as `ghost` says: "line", "step" or "number". `rule`: the epoch of a
    change in mid-run and its words. `labels`: id in the rows -> the word for it in the chart. `at`: where the bar stands that
    moves the chart in the browser, for downloads. `floor`: pinned runs are drawn no lower, as the rows are not.
    """
    from regdemo.charts.theme import ROWS

    labels = labels or {}
    if ghosts is not None and floor is not None:
        y = ghosts.columns[1]
        ghosts = ghosts.assign(**{y: ghosts[y].clip(lower=floor)})
    frame = rows.frame if isinstance(rows, Rows) else rows
    named = tuple(sorted(labels.items()))
    spec = _spec(chart, tuple(frame.columns), tuple(sorted(options.items())), named, present_view().large, language.get())
    spec = _laid_over(spec, ghosts, ghost, rule, language.get())
    select: dict[str, Any] = {"on_select": on_select, "selection_mode": "pick"} if on_select else {}
    table = rows.table(labels) if isinstance(rows, Rows) else as_table(rows, labels)
    if ghosts is not None:  # with one named data set the browser wants all of them named
        spec |= {"data": {"name": ROWS}, "datasets": spec["datasets"] | {ROWS: table}}
    place, below = slot or (st, None)
    place = place.vega_lite_chart(
        None if ghosts is not None else table,
        spec,
        width=width,
        height="content" if "width" in spec else spec["height"],  # its room is kept while it is on its way
        key=key,
        alt=say("common.chart.described", title=title),
        **select,
    )
    if words:
        below = (below or st).caption(alt)
    if take_away:
        st.markdown(take_away)
    return Drawn(chart, frame, options, alt, title, ghosts, ghost, rule, at or {}, labels, (place, below))


def beside(count: int) -> "Sequence[DeltaGenerator]":
    """Places beside each other; one below the other where a link asks for large letters."""
    return [st.container() for _ in range(count)] if present_view().large or not count else st.columns(count)


def side_by_side(shown: S, *sections: Callable[[S], Drawn | None]) -> list[Drawn]:
    """Sections with a chart each, if it can be drawn, beside one another; without those that a link hides."""
    drawn: list[Drawn] = []
    sections = tuple(section for section in sections if not hidden(section.__name__))
    for place, section in zip(beside(len(sections)), sections, strict=True):
        with place, st.container(border=True, height="stretch", key=f"card.{section.__name__}"):
            if chart := section(shown):
                drawn.append(chart)
    return drawn
