"""The one room that knows Streamlit: page frame, controls bound to config fields and to the link, runs, charts on the page."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from regdemo.runs import Runs
from regdemo.spec import LinearConfig

PAGES = {  # file -> label; a page is listed here once it exists
    "streamlit_app.py": "Overview",
    "pages/weight_decay.py": "Weight decay",
    "pages/l1_vs_l2.py": "L1 versus L2",
    "pages/dropout.py": "Dropout",
}
ASSETS = Path(__file__).parent.parent / "assets"
CACHE_BYTES = 200_000_000
LINK_VERSION = 1  # goes up when a default changes: links leave out what equals the default
SHOWN_MOST = 60  # characters of a link's value that a message repeats


def page(title: str) -> None:
    """Set up the page and draw the links to all pages on top of the sidebar."""
    st.set_page_config(page_title=f"{title} · Regularization explorer", page_icon="📉", layout="wide")
    state = st.session_state
    if state.get("_page", title) != title:  # controls of the same name on another page would bring their values along
        for name in state.get("_controls", ()):
            if name not in st.query_params and name in state:
                del state[name]
    state["_page"], state["_charts"] = title, []
    with st.sidebar:
        for file, label in PAGES.items():
            st.page_link(file, label=label)


@dataclass(frozen=True)
class Control:
    """A control on the page, bound to the link's parameter of the same name.

    `options` are all the values there are, so that no link can name another; a whole-number range makes a number field,
    (False, True) a switch, texts a row of buttons, numbers a slider.
    """

    name: str
    label: str
    options: Sequence[Any]
    default: Any
    help: str
    words: Mapping[Any, str] | None = None  # option -> what the page and the link call it: changing a word breaks old links

    def text(self, value: Any) -> str:
        """How a link writes the value."""
        return str(value).lower() if isinstance(value, bool) else self.show(value)

    def show(self, value: Any) -> str:
        return self.words[value] if self.words else f"{value:g}" if isinstance(value, float) else str(value)

    def accepts(self, text: str) -> bool:
        """Whether a link's text names one of the options."""
        if isinstance(self.options, range):
            return text.isascii() and text.isdigit() and len(text) < 12 and int(text) in self.options
        if self.options == (False, True):
            return text in ("true", "false")
        return text in [self.show(o) for o in self.options]

    def draw(self, disabled: bool = False) -> Any:
        """Draw the control and return its value."""
        common: dict[str, Any] = {"key": self.name, "help": self.help, "bind": "query-params", "disabled": disabled}
        if isinstance(self.options, range):
            low, high = self.options[0], self.options[-1]
            return st.number_input(self.label, low, high, self.default, step=1, **common)
        if self.options == (False, True):
            return st.toggle(self.label, self.default, **common)
        if isinstance(self.options[0], str):
            return st.segmented_control(
                self.label, self.options, default=self.default, required=True, format_func=self.show, **common
            )
        return st.select_slider(self.label, self.options, self.default, format_func=self.show, **common)


def report_ignored(controls: Sequence[Control]) -> None:
    """Say once which of the link's parameters mean nothing here; the controls then keep their defaults."""
    known = {c.name: c for c in controls}
    st.session_state["_controls"] = {*st.session_state.get("_controls", ()), *known}
    said = []
    for name in list(st.query_params):
        values = st.query_params.get_all(name)
        if name == "v":
            if values != [str(LINK_VERSION)]:
                said.append(f"v = {values[0][:SHOWN_MOST]} (this link was made by another version; settings may differ)")
            del st.query_params["v"]
            continue
        control = known.get(name)
        if control is not None and len(values) == 1 and control.accepts(values[0]):
            continue
        text = ", ".join(values)
        text = text if len(text) <= SHOWN_MOST else text[:SHOWN_MOST] + "…"
        why = "there is no such control" if control is None else "given twice" if len(values) > 1 else "not on this control"
        said.append(f"{name[:SHOWN_MOST]} = {text} ({why})")
        del st.query_params[name]
    if said:
        st.session_state["_ignored"] = said
        st.rerun()
    if said := st.session_state.pop("_ignored", None):
        st.warning("Ignored from the link, defaults used instead:")
        st.text("\n".join(said))  # plain text: whatever a link holds is shown, never rendered


def set_controls(values: Mapping[str, Any]) -> None:
    """For callbacks: move controls to these values."""
    for name, value in values.items():
        st.session_state[name] = value


@st.cache_resource
def kept_runs() -> Runs:
    """Finished runs, shared by all sessions."""
    return Runs(CACHE_BYTES)


@st.cache_resource
def get_ready() -> None:
    """Import what trains and solves; one thread for torch and one for NumPy's linear algebra, for the whole process.

    Thread counts change sums in their last bits, and beside a busy neighbour two threads are slower than one.
    """
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits

    from regdemo.linear import use_threads

    use_threads()
    threadpool_limits(1, "blas")


def linear_run(config: LinearConfig, data: Any = None) -> "Trained":
    """The finished runs of a config (on `data` of one's own) with their exact solutions: kept, or trained now.

    While training, the page draws progress a few times a second: that is also where Streamlit stops a run whose controls
    have moved on.
    """
    slot = st.empty()  # drawn whether or not there is something to train, so that what follows keeps its place
    runs, key = kept_runs(), (config, data.digest if data is not None else None)
    if (kept := runs.peek(key)) is not None:
        return kept
    get_ready()
    return runs.get(key, lambda: _train(config, data, slot))


@dataclass(frozen=True, eq=False)
class Trained:
    """A sweep with the exact solutions of its strengths."""

    result: Any
    exact: Any

    @property
    def nbytes(self) -> int:
        return self.result.nbytes + self.exact.nbytes


@dataclass(frozen=True, eq=False)
class Kept:
    """Anything small that is worth keeping beside the runs."""

    value: Any
    nbytes: int


def progress(show: Callable[[int], object]) -> Callable[[int], None]:
    """A callback for each epoch that calls `show` at most five times a second: there Streamlit stops what is out of date."""
    drawn = time.monotonic()

    def on_epoch(epoch: int) -> None:
        nonlocal drawn
        if time.monotonic() - drawn > 0.2:
            drawn = time.monotonic()
            show(epoch)

    return on_epoch


def _train(config: LinearConfig, data: Any, slot: Any) -> Trained:
    from regdemo.exact import elastic_net, ridge
    from regdemo.linear import train_linear

    text = f"Training {len(config.strengths) * config.seeds} runs: epoch "
    show = progress(lambda e: slot.progress(e / config.epochs, f"{text}{e} of {config.epochs}"))
    result = train_linear(config, data, on_epoch=show)
    slot.empty()
    if config.penalty == "l2":
        return Trained(result, ridge(result.data, result.lam, config.penalize_bias))
    return Trained(result, elastic_net(result.data, result.lam, config.l1_share, config.penalize_bias))


@dataclass(frozen=True, eq=False)
class Drawn:
    """A chart as it was drawn on the page, kept for downloads."""

    chart: Callable[..., Any]
    rows: pd.DataFrame
    options: dict[str, Any]
    alt: str

    @property
    def title(self) -> str:
        """The first words of the chart's own description, and whose it is."""
        words = (self.chart.__doc__ or "").split("(")[0].split(",")[0].strip().rstrip(".:")
        return f"{words}: {self.options['run']}" if "run" in self.options else words


def drawn_charts() -> list[Drawn]:
    """The charts that the page has drawn so far."""
    return list(st.session_state.get("_charts", ()))


@lru_cache(maxsize=512)
def _spec(chart: Callable[..., Any], columns: tuple[str, ...], options: tuple[tuple[str, Any], ...]) -> dict:
    """A chart's Vega-Lite spec without its data: built once, then only rows travel."""
    made = chart(pd.DataFrame(columns=list(columns)), **dict(options)).to_dict()
    made.pop("data", None)
    made.pop("datasets", None)
    return made


def draw(
    chart: Callable[..., Any],
    rows: pd.DataFrame,
    *,
    alt: str,
    slot: Any = None,
    key: str | None = None,
    on_select: Any = None,
    width: Any = "stretch",
    **options: Any,
) -> Any:
    """Draw `chart(rows, **options)`, in place of what is in `slot` if that is given; `alt` says in a sentence what it shows.

    Gives the slot, where the next rows of a growing chart are drawn.
    """
    drawn = st.session_state.setdefault("_charts", [])
    if slot is not None:  # a chart that grows: its latest rows take the place of the earlier ones
        drawn[:] = [d for d in drawn if (d.chart, d.options.get("title")) != (chart, options.get("title"))]
    drawn.append(Drawn(chart, rows, options, alt))
    spec = _spec(chart, tuple(rows.columns), tuple(sorted(options.items())))
    select = {"on_select": on_select, "selection_mode": "pick"} if on_select else {}
    table = pa.Table.from_pandas(rows, preserve_index=False, nthreads=1)  # for small tables threads cost more than they save
    return (slot or st).vega_lite_chart(table, spec, width=width, key=key, alt=alt, **select)


def sidebar_controls(
    controls: Sequence[Control], disabled: Callable[[dict[str, Any]], set[str]] = lambda chosen: set()
) -> dict[str, Any]:
    """Draw the controls one under the other: name -> value. `disabled` names those that rest, given the values so far."""
    chosen: dict[str, Any] = {}
    for control in controls:
        chosen[control.name] = control.draw(disabled=control.name in disabled(chosen))
    return chosen


OWN = "my own settings"


def preset_picker(slot: Any, starts: Mapping[str, Mapping[str, Any]], at: Mapping[str, Any]) -> None:
    """A menu in `slot` that moves all controls to a named start; it shows which start the controls' values `at` are."""
    state = st.session_state
    here = next((name for name, values in starts.items() if all(at[n] == v for n, v in values.items())), OWN)
    state["start"] = here
    slot.selectbox(
        "Start from", [*starts, *([OWN] if here == OWN else [])], key="start", help="Moves every control to a known experiment.",
        on_change=lambda: set_controls(starts.get(state["start"], {})),
    )  # fmt: skip


def card(file: str, picture: str, text: str, alt: str) -> None:
    """A page's card: its picture from a real run, what one sees there, and the way to it."""
    with st.container(border=True):
        st.subheader(PAGES[file])
        st.image(f"{ASSETS}/{picture}.svg", caption=alt, width="stretch")
        st.markdown(text)
        st.page_link(file, label=f"Open {PAGES[file]}", icon="➡️")


@st.cache_resource
def warm_up() -> None:
    """Import torch beside the reader, so that the next page need not wait for it."""
    Thread(target=get_ready, daemon=True).start()
