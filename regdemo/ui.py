"""What every page does with Streamlit: the page's frame, runs kept or trained, charts drawn."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from regdemo import failures
from regdemo.runs import Runs
from regdemo.spec import LinearConfig
from regdemo.ui_controls import present_view

PAGES = {  # file -> label; a page is listed here once it exists
    "streamlit_app.py": "Overview",
    "pages/weight_decay.py": "Weight decay",
    "pages/l1_vs_l2.py": "L1 versus L2",
    "pages/dropout.py": "Dropout",
}
ASSETS = Path(__file__).parent.parent / "assets"
CACHE_BYTES = 200_000_000


def page(title: str) -> None:
    """Set up the page and draw the links to all pages on top of the sidebar."""
    st.set_page_config(page_title=f"{title} · Regularization explorer", page_icon="📉", layout="wide")
    state = st.session_state
    state["_entered"] = state.get("_entered", False) or state.get("_page") != title
    if state["_entered"]:
        state.pop("_file", None)  # the field that holds a file of one's own empties itself
        state.get("_pins_seen", {}).pop(title, None)  # a link followed to the page brings its pinned runs once more
    state["_page"], state["_charts"], state["_compared"] = title, [], None
    with st.sidebar:
        for file, label in PAGES.items():
            st.page_link(file, label=label)


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


@contextmanager
def failures_said(trained: str = "sweep") -> Iterator[None]:
    """A block that trains or solves a "sweep" or "networks": where memory or the disk runs out, a sentence says so and the page ends there."""
    try:
        yield
    except Exception as error:
        if (why := failures.sentence(error, trained)) is None:
            raise
        st.error(why)
        st.stop()


def linear_run(config: LinearConfig, data: Any = None) -> "Trained":
    """The finished runs of a config (on `data` of one's own) with their exact solutions; what goes wrong is said."""
    with failures_said():
        return trained_run(config, data)


def trained_run(config: LinearConfig, data: Any = None) -> "Trained":
    """The finished runs of a config, kept, or trained now; raises what goes wrong.

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
    try:
        result = failures.else_on_cpu(lambda device: train_linear(config, data, device, on_epoch=show))
        lam, bias = result.lam, config.penalize_bias
        exact = (
            ridge(result.data, lam, bias) if config.penalty == "l2" else elastic_net(result.data, lam, config.l1_share, bias)
        )
    except Exception:
        slot.empty()
        raise
    slot.empty()
    return Trained(result, exact)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A chart as it was drawn on the page, kept for downloads."""

    chart: Callable[..., Any]
    rows: pd.DataFrame
    options: dict[str, Any]
    alt: str
    ghosts: pd.DataFrame | None = None
    ghost: str = "line"
    rule: tuple[int, str] | None = None

    def spec(self) -> dict:
        """Vega-Lite of the whole chart, its rows and its pinned runs included."""
        import altair

        with altair.data_transformers.enable("default", max_rows=None):
            made = self.chart(self.rows, **self.options).to_dict()
        made = _laid_over(made, self.ghosts, self.ghost, self.rule)
        if self.ghosts is not None:
            made["datasets"] = made["datasets"] | {"ghosts": made["datasets"]["ghosts"].to_dict("records")}
        return made

    @property
    def title(self) -> str:
        """The first words of the chart's own description, and whose it is."""
        words = (self.chart.__doc__ or "").split("(")[0].split(",")[0].strip().rstrip(".:")
        whose = self.options.get("run") or self.options.get("title")
        return f"{words}: {whose}" if whose else words


def drawn_charts() -> list[Drawn]:
    """The charts that the page has drawn so far."""
    return list(st.session_state.get("_charts", ()))


@lru_cache(maxsize=512)
def _spec(chart: Callable[..., Any], columns: tuple[str, ...], options: tuple[tuple[str, Any], ...], large: bool) -> dict:
    """A chart's Vega-Lite spec without its data: built once, then only rows travel."""
    made = chart(pd.DataFrame(columns=list(columns)), **dict(options)).to_dict()
    made.pop("data", None)
    made.pop("datasets", None)
    if large:
        config = made.get("config", {})
        made["config"] = config | {name: config.get(name, {}) | look for name, look in LARGE.items()}
        if "width" not in made:  # larger letters take room from the plot
            made["height"] = 1.4 * made["height"]
    return made


LARGE = {name: {"labelFontSize": 16, "titleFontSize": 17} for name in ("axis", "legend")} | {"text": {"fontSize": 16}}
LARGE["legend"]["columns"] = 2  # else wide legends are cut


def _laid_over(made: dict, ghosts: pd.DataFrame | None, ghost: str, rule: tuple[int, str] | None) -> dict:
    """A spec with pinned runs and the rule of a change laid over it, where there are any."""
    from regdemo.charts import with_ghosts, with_rule

    if rule is not None:
        made = with_rule(made, *rule)
    return made if ghosts is None else with_ghosts(made, ghosts, ghost)


def draw(
    chart: Callable[..., Any],
    rows: pd.DataFrame,
    *,
    alt: str,
    slot: Any = None,
    key: str | None = None,
    on_select: Any = None,
    width: Any = "stretch",
    ghosts: pd.DataFrame | None = None,
    ghost: str = "line",
    rule: tuple[int, str] | None = None,
    words: bool = True,
    **options: Any,
) -> Any:
    """Draw `chart(rows, **options)`, in place of what is in `slot` if that is given; `alt` says with numbers what it shows.

    The sentence stands below the chart (unless `words` is off because the page says it anyway): for readers who do not see
    the chart, and because a chart whose own description changes is built anew by the browser, which takes longer than all else.

    `ghosts` are pinned runs (charts.with_ghosts), drawn as `ghost` says: "line", "step" or "number". `rule`: the epoch of a
    change in mid-run and its words.
    Gives the slot, where the next rows of a growing chart are drawn.
    """
    if ghosts is not None and "floor" in options:
        y = ghosts.columns[1]
        ghosts = ghosts.assign(**{y: ghosts[y].clip(lower=options["floor"])})
    drawn = st.session_state.setdefault("_charts", [])
    if slot is not None:  # a chart that grows: its latest rows take the place of the earlier ones
        drawn[:] = [d for d in drawn if (d.chart, d.options.get("title")) != (chart, options.get("title"))]
    drawn.append(now := Drawn(chart, rows, options, alt, ghosts, ghost, rule))
    spec = _spec(chart, tuple(rows.columns), tuple(sorted(options.items())), present_view().large)
    spec = _laid_over(spec, ghosts, ghost, rule)
    select = {"on_select": on_select, "selection_mode": "pick"} if on_select else {}
    table = pa.Table.from_pandas(rows, preserve_index=False, nthreads=1)  # for small tables threads cost more than they save
    if ghosts is not None:  # with one named data set the browser wants all of them named
        spec |= {"data": {"name": "rows"}, "datasets": spec["datasets"] | {"rows": table}}
    at, below = slot or (st, None)
    at = at.vega_lite_chart(
        None if ghosts is not None else table,
        spec,
        width=width,
        key=key,
        alt=f"{now.title}. What it shows is said below.",
        **select,
    )
    if words:
        below = (below or st).caption(alt)
    return at, below


def card(file: str, picture: str, text: str, alt: str) -> None:
    """A page's card: its picture from a real run, what one sees there, and the way to it."""
    with st.container(border=True):
        st.subheader(PAGES[file])
        st.image(f"{ASSETS}/{picture}.svg", caption=alt, alt=alt, width="stretch")
        st.markdown(text)
        st.page_link(file, label=f"Open {PAGES[file]}", icon="➡️")


@st.cache_resource
def warm_up() -> None:
    """Import torch beside the reader, so that the next page need not wait for it."""
    Thread(target=get_ready, daemon=True).start()
