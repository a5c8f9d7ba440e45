"""Take it with you: the link, the code, the figures, the charts and one report of what is on the page."""

import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from regdemo.app.class_view import SECTIONS, View, present_view
from regdemo.app.controls import Control
from regdemo.app.drawing import Drawn
from regdemo.app.frame import page_title, panel
from regdemo.app.names import as_cell
from regdemo.app.opening import address, changed, section_title
from regdemo.app.session import session
from regdemo.app.sweeps import kept_runs, slowness
from regdemo.config.configs import Config, to_text
from regdemo.config.costs import training_seconds
from regdemo.content.say import language, say
from regdemo.core.linear.tables import told_apart

if TYPE_CHECKING:
    from regdemo.core.linear.train import LinearResult

Code = Callable[[str, str], str]  # style and kind -> script


def parameters(controls: Sequence[Control]) -> dict[str, Any]:
    """What opens this page as it is: what differs from the defaults, the language, pinned runs, a teacher's view."""
    kept = {name: given for name in ("lang", "pin") if (given := st.query_params.get_all(name))}
    return changed(controls) | kept | present_view().parameters()


def history_csv(result: "LinearResult") -> str:
    """Every epoch of every run, trained once more, as a page looks at some alone; cells are empty after a run has diverged."""
    from regdemo.core.linear.train import train_linear

    with kept_runs().slot.turn(seconds=slowness() * training_seconds(result.config)):
        return train_linear(result.config, result.data, result.device).history.to_csv(index=False)


def coefficients_csv(result: "LinearResult") -> str:
    """Final coefficients: seed, strength, lam, feature, w, true_w; the last feature, "bias", holds b."""
    c, w = result.config, result.weights
    own = result.data.names or (f"w{j + 1}" for j in range(c.n_features))
    names = [as_cell(name) for name in told_apart([*own, "bias"])]
    values = np.concatenate([w, result.biases[..., None]], 2)
    s, k, p = values.shape
    frame = pd.DataFrame(
        {
            "seed": np.repeat(list(c.run_seeds), k * p),
            "strength": np.tile(np.repeat(c.strengths, p), s),
            "lam": np.repeat(result.lam.ravel(), p),
            "feature": np.tile(names, s * k),
            "w": values.ravel(),
        }
    )
    if result.data.true_weights is not None:
        truth = [float(f"{v:.7g}") for v in (*result.data.true_weights, result.data.intercept)]  # float32 has no more digits
        frame["true_w"] = np.tile(truth, s * k)
    return frame.to_csv(index=False)


def picture(drawn: Drawn, address: str, kind: str) -> bytes:
    """One chart of the page as PNG or SVG, with its title, what it shows in words, and the link."""
    import altair as alt
    import vl_convert

    title = alt.TitleParams(
        drawn.title, subtitle=[*_wrapped(drawn.alt), *_wrapped(address)], anchor="start", subtitleColor="#666"
    )
    spec = {"width": 640} | drawn.spec() | {"title": title.to_dict(), "background": "white"}
    return vl_convert.vegalite_to_png(spec, ppi=144) if kind == "png" else vl_convert.vegalite_to_svg(spec).encode()


def _wrapped(text: str, width: int = 100) -> list[str]:
    return textwrap.wrap(text, width)


def report_words() -> dict[str, str]:
    """The report's headings. It is made when it is asked for, by another thread that knows nothing of the page's language."""
    return {"language": language.get(), "pinned": say("common.pins.heading"), "settings": say("common.take.settings_heading")}


def report(
    words: Mapping[str, str],
    title: str,
    address: str,
    config: Config,
    figures: dict[str, str],
    charts: Sequence[Drawn],
    pins: pd.DataFrame | None = None,
) -> str:
    """One HTML file with every chart inside; it needs no network and no script."""
    pictures = [(Markup(picture(chart, "", "svg").decode()), chart.alt) for chart in charts]
    compared = "" if pins is None else Markup(pins.to_html(border=0, na_rep="–"))
    settings = json.dumps(asdict(config), indent=1, default=str, ensure_ascii=False)
    environment = Environment(loader=PackageLoader("regdemo.app"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("report.html.j2").render(
        words=words, title=title, address=address, figures=figures, compared=compared, pictures=pictures, settings=settings
    )


def take_link(controls: Sequence[Control], note: str = "", code: Code | None = None, prints: str = "") -> None:
    """The panel with the link to the page as it is and a way to prepare one for a class, where little else is to be taken.

    `code` is one program, in no style; `prints` says what it needs and prints.
    """
    with panel("take", say("common.take.heading")) as is_open:
        if is_open:
            _link(controls, note)
            if code is not None:
                _code(session().page, code, prints, ())


def _link(controls: Sequence[Control], note: str) -> str:
    here = address(parameters(controls))
    st.markdown(say("common.take.link"))
    st.code(here, language=None, wrap_lines=True)
    if note:
        st.caption(note)
    _prepare_view(controls)
    return here


def take_with_you(
    page: str,
    controls: Sequence[Control],
    config: Config,
    figures: dict[str, str],
    tables: dict[str, Callable[[], str]],
    charts: Sequence[Drawn],
    pins: pd.DataFrame | None = None,
    code: Code | None = None,
    note: str = "",
    prints: str = "",
) -> None:
    """The section at the foot of each page. `tables`: file name -> what makes its text; `charts` and the table of
    `pins` as they were drawn; `code`: style and kind -> script.

    `prints` says what that script will print.
    """
    with panel("take", say("common.take.heading")) as is_open:
        if is_open:
            _take(page, _link(controls, note), config, figures, tables, charts, pins, code, prints)


def _take(
    page: str,
    here: str,
    config: Any,
    figures: dict[str, str],
    tables: dict[str, Callable[[], str]],
    charts: Sequence[Drawn],
    pins: pd.DataFrame | None,
    code: Code | None,
    prints: str,
) -> None:
    name, title = page, page_title(page)
    if st.toggle(say("common.take.files"), key="taken.files", help=say("common.take.files_help")):
        with st.container(horizontal=True):
            st.download_button(
                say("common.take.settings"), to_text(config), f"{name}.json", "application/json", on_click="ignore"
            )
            for file, make in tables.items():
                st.download_button(file, make, file, "text/csv", on_click="ignore")
            st.download_button(
                say("common.take.report"),
                partial(report, report_words(), title, here, config, figures, charts, pins),
                f"{name}.html",
                "text/html",
                on_click="ignore",
                help=say("common.take.report_help"),
            )
        if charts:
            at = st.selectbox(
                say("common.take.chart"), range(len(charts)), format_func=lambda i: charts[i].title, key="taken.chart"
            )
            with st.container(horizontal=True):
                for kind, mime in (("png", "image/png"), ("svg", "image/svg+xml")):
                    st.download_button(
                        say("common.take.this_chart", kind=kind.upper()),
                        partial(picture, charts[at], here, kind),
                        f"{name}.{kind}",
                        mime,
                        on_click="ignore",
                        key=f"taken.{kind}",
                    )
    if code is not None:
        _code(name, code, prints, STYLES)


def _code(name: str, code: Code, prints: str, styles: Sequence[str]) -> None:
    if not st.toggle(say("common.take.code"), key="taken.code", help=say("common.take.code_help")):
        return
    with st.container(border=True):
        style = ""
        if styles:
            style = st.segmented_control(
                say("common.take.written"),
                styles,
                format_func=lambda style: say(f"common.take.styles.{style}"),
                default=styles[0],
                required=True,
                key="taken.style",
            )
            st.caption(say("common.take.code_caption"))
        if prints:
            st.markdown(prints)
        text = code(style, "py")
        st.code(text, language="python")
        with st.container(horizontal=True):
            st.download_button(say("common.take.py"), text, f"{name}.py", "text/x-python", on_click="ignore")
            make = partial(code, style, "ipynb")
            st.download_button(
                say("common.take.notebook"), make, f"{name}.ipynb", "application/x-ipynb+json", on_click="ignore"
            )


def _prepare_view(controls: Sequence[Control]) -> None:
    """Where a teacher makes a link that hides or locks controls; not shown where such a link has been opened."""
    if present_view().values or not st.toggle(
        say("common.view.prepare"), key="taken.view", help=say("common.view.prepare_help")
    ):
        return
    labels = {c.name: c.label for c in controls}
    sections = {id: section_title(id) for id in SECTIONS.get(session().page, ())}
    with st.container(border=True):
        hide = st.multiselect(
            say("common.view.hide"),
            labels | sections,
            format_func=(labels | sections).__getitem__,
            key="view.hide",
            help=say("common.view.hide_help"),
        )
        lock = st.multiselect(
            say("common.view.lock"),
            [n for n in labels if n not in hide],
            format_func=labels.__getitem__,
            key="view.lock",
            help=say("common.view.lock_help"),
        )
        large = st.toggle(say("common.view.large"), key="view.large", help=say("common.view.large_help"))
        view = View(frozenset(hide), frozenset(lock), large)
        st.code(address(parameters(controls) | view.parameters()), language=None, wrap_lines=True)
        st.caption(say("common.view.caption"))


STYLES = ("scratch", "concise")


def write_code(config: Config, style: str, kind: str, strength: float | None = None) -> str:
    """The stand-alone script ("py") or notebook ("ipynb") of a config's first seed at one strength."""
    from regdemo.export.program import notebook, script

    return (script if kind == "py" else notebook)(config, style, strength=strength)
