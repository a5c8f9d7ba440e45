"""Pages as a reader meets them: every text, table and chart's data of a page, and pages drawn at random."""

import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pandas as pd
from google.protobuf.message import Message
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from regdemo.app.overview import controls as overview
from regdemo.app.sparsity.data import bundled
from regdemo.app.sweeps import kept_runs
from regdemo.app.trainings import kept_run
from regdemo.content.questions.registry import QUESTIONS
from regdemo.content.say import say
from tests.helpers import links
from tests.helpers.links import DEFINED, DROPOUT, L1_VS_L2, WEIGHT_DECAY
from tests.helpers.pages import ROOT, drawn

OVERVIEW = "streamlit_app.py"
CONTROLS = links.CONTROLS | {OVERVIEW: overview.ALL}
UNREAD = {
    "id",
    "key",
    "url",
    "spec",
    "page",
    "page_script_hash",
    "form_id",
    "name",
    "icon",
    "query_string",
    "body_html",
    "data",
}
NOT_PROSE = {"table", "metric", "latex", "code", "text"}


@dataclass(frozen=True, eq=False)
class Chart:
    """A drawn chart: its data, its options and its sentence."""

    rows: pd.DataFrame
    options: dict[str, Any]
    alt: str


@dataclass(eq=False)
class Page:
    """What there is to read on a page, and the runs behind it."""

    file: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    texts: list[tuple[str, str]] = field(default_factory=list)  # kind of element, text
    tables: list[pd.DataFrame] = field(default_factory=list)
    metrics: dict[str, tuple[str, str]] = field(default_factory=dict)  # label -> value, what stands below it
    film: dict[str, Any] = field(default_factory=dict)  # what the bar tells at every strength
    charts: dict[str, list[Chart]] = field(default_factory=dict)  # function that draws it -> charts
    sweeps: dict[str, Any] = field(default_factory=dict)  # name -> result with its exact solution, of linear models
    k: int = 0  # index of the chosen strength
    run: Any = None  # the dropout page's networks

    @cached_property
    def prose(self) -> str:
        return "\n".join(text for kind, text in self.texts if kind not in NOT_PROSE)

    @cached_property
    def everything(self) -> str:
        cells = (f"{row} · {col} · {value}" for t in self.tables for row, r in t.iterrows() for col, value in r.items())
        return "\n".join([*(text for kind, text in self.texts if kind != "code"), *cells])

    def told(self, pattern: str) -> Iterator[re.Match]:
        return re.finditer(pattern, self.prose)

    def drawn(self, name: str) -> Iterator[Chart]:
        yield from self.charts.get(name, ())


def read(file: str, settings: Mapping[str, str], opened: tuple[str, ...] = (), csv: bytes | None = None) -> Page:
    """Open a page by a link, with these questions and panels open, and read it."""
    at = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=120)
    at.switch_page(file)
    at.query_params.update(settings)
    for name in opened:
        if name.startswith("updates."):
            at.session_state[name] = True
        elif name.isdigit():
            at.session_state[f"panel.question.{name}"] = True
        else:
            at.session_state[f"panel.{name}"] = True
    at.run()
    if csv is not None and at.get("file_uploader"):
        at.file_uploader[0].upload("table.csv", csv, "text/csv").run()
    asked = [button for button in at.button if (button.key or "").startswith("question.") and button.key.endswith(".show")]
    for button in asked:
        button.click()
    if asked:
        at.run()
    page = Page(file)
    _walk(at._tree, page)
    page.metrics = {m.label: (m.value, m.delta) for m in at.metric}
    page.tables = [_plain(t.value) for t in (*at.table, *at.dataframe)]
    state = at.session_state
    page.settings = {c.name: c.default for c in CONTROLS[file]}
    for control in CONTROLS[file]:
        if control.name in state:
            page.settings[control.name] = state[control.name]
        elif control.name in settings and control.value(settings[control.name]) is not None:
            page.settings[control.name] = control.value(settings[control.name])
    for chart in drawn(at):
        page.charts.setdefault(chart.chart.__name__, []).append(Chart(chart.rows, chart.options, chart.alt))
    own = state["regdemo"].file
    _runs(page, None if own is None else own.problem)
    return page


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """A table without its bold letters."""
    return table.rename(columns=lambda name: str(name).strip("*")).map(lambda v: v.strip("*") if isinstance(v, str) else v)


def _walk(node: Any, page: Page) -> None:
    if (proto := getattr(node, "proto", None)) is not None and node.type == "bidi_component":
        if proto.component_name == "bar":
            page.film = json.loads(proto.json)
            at = page.film["at"]
            figures = [f"{name}: {texts[at]}" for name, texts in page.film["figures"]]
            page.texts += [("bar", page.film["leads"][at]), *(("metric", text) for text in figures)]
    elif proto is not None:
        kind = "alert" if node.type in ("error", "warning", "info", "success") else node.type
        page.texts += [(kind, text) for text in _strings(proto) if text.strip()]
    for child in getattr(node, "children", {}).values():
        _walk(child, page)


def _strings(message: Message) -> Iterator[str]:
    """Every text in an element, its help and its options too."""
    for what, value in message.ListFields():
        if what.name in UNREAD:
            continue
        for part in [value] if isinstance(value, str | Message | int | float | bytes) else value:
            if isinstance(part, str):
                yield part
            elif isinstance(part, Message):
                yield from _strings(part)


def _runs(page: Page, uploaded: Any) -> None:
    """The finished runs behind the page, from those that it has kept."""
    kept, defined = kept_runs(), DEFINED.get(page.file, {})
    values = {c.name: page.settings[c.name] for c in defined.get("RUN", ())}
    if page.settings.get("lab", "sweep") not in ("sweep", "curve", "images"):
        return
    if page.file == WEIGHT_DECAY:
        config, page.k = defined["configured"](values)
        wanted = {"": (config, None)}
    elif page.file == L1_VS_L2:
        problem = uploaded if values["source"] == "csv" else bundled(values)
        if values["source"] == "csv" and problem is None:
            return
        l1, first, second, page.k = defined["configured"](values, problem)
        data = None if problem is None else problem.data.digest
        other = "elastic net" if values["net"] else "L2"
        configs = {"L1": first, other: second, "proximal": l1, "subgradient": replace(l1, solver="sgd")}
        wanted = {name: (config, data) for name, config in configs.items()}
    elif page.file == DROPOUT and values["lab"] in ("curve", "images"):
        pair = defined["pair_of"](values) if values["lab"] == "curve" else defined["image_pair"](values, "digits")
        page.run = kept_run(pair)
        return
    else:
        return
    for name, key in wanted.items():
        if (trained := kept.peek(key)) is not None:
            r = trained.result
            page.sweeps[name] = SimpleNamespace(
                config=r.config, data=r.data, lam=r.lam, weights=r.weights, snapshots=r.snapshots, curves=r.curves,
                diverged_at=r.diverged_at, exact=trained.exact,
            )  # fmt: skip


# ---- what is drawn at random

CSV = (
    b"a,b,c,d\n" + b"\n".join(b"%d,%d,%d,%d" % (i, i * i % 7, i * 5 % 11, 3 * i + i % 4) for i in range(30)),
    b"x,y\n" + b"\n".join(b"%d,%d" % (i, 2 * i) for i in range(12)),
    b"a,b,1,y\n" + b"\n".join(b"%d,1,%d,%d" % (i % 3, i % 5, i % 2) for i in range(25)),
)
# kind -> how often, page, what is fixed, whose controls are moved, and of those that would take long the options that do not
Bounds = dict[str, tuple[Any, ...]]
KINDS: dict[str, tuple[int, str, dict[str, str], str, Bounds]] = {
    "overview": (1, OVERVIEW, {}, "_all", {"draw": tuple(range(1000))}),
    "weight decay": (8, WEIGHT_DECAY, {"lab": "sweep"}, "_all", {
        "n_train": (2, 5, 10, 20, 30, 50), "n_features": (1, 2, 5, 10, 20, 30, 50), "epochs": (1, 5, 10, 20, 50, 100), "seeds": (1, 2, 4),
    }),
    "early stopping": (1, WEIGHT_DECAY, {"lab": "early stopping"}, "_all", {"n_features": (1, 2, 5, 10, 50, 100)}),
    "double descent": (1, WEIGHT_DECAY, {"lab": "double descent"}, "_all", {"n_examples": (20, 50)}),
    "bias and variance": (1, WEIGHT_DECAY, {"lab": "bias and variance"}, "_all", {}),
    "synthetic": (8, L1_VS_L2, {"lab": "sweep", "source": "synthetic"}, "_all", {
        "n_train": (10, 20, 50, 100), "n_features": (5, 10, 20, 50), "n_informative": (0, 1, 2, 5, 10, 20), "epochs": (50, 100, 200, 400),
        "seeds": (1, 2, 4), "block_size": (1, 2, 5), "correlation": (0.0, 0.5, 0.9),
    }),
    "diabetes": (3, L1_VS_L2, {"lab": "sweep", "source": "diabetes"}, "_all", {
        "n_train": (10, 20, 50, 100), "epochs": (50, 100, 200, 400), "seeds": (1, 2, 4), "interactions": (False,),
    }),
    "csv": (1, L1_VS_L2, {"lab": "sweep", "source": "csv"}, "_all", {"n_train": (10, 20), "epochs": (50, 100), "seeds": (1, 2)}),
    "prior": (2, L1_VS_L2, {"lab": "prior"}, "_all", {}),
    "all rates": (2, DROPOUT, {"lab": "all rates"}, "_all", {"steps": (400, 800), "curve_n": (5, 10)}),
    "batch norm": (1, DROPOUT, {"lab": "batch norm"}, "_all", {"epochs": (1, 2, 5)}),
    "decay": (1, DROPOUT, {"lab": "decay"}, "_all", {}),
    "bench": (2, DROPOUT, {"lab": "bench"}, "DEMO", {}),
    "curve": (1, DROPOUT, {"lab": "curve"}, "CURVE CURVES", {"steps": (400,), "curve_seeds": (1, 1, 1, 1, 4)}),
    "images": (6, DROPOUT, {"lab": "images", "dataset": "digits"}, "IMAGES MORE VIEW", {
        "n_train": (10, 100, 500), "epochs": (1, 2, 5, 10), "width": (16, 32, 64), "model": ("mlp", "mlp", "cnn"), "depth": (1, 2, 3),
    }),
    "paper": (1, DROPOUT, {"lab": "paper"}, "PAPER", {}),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A page to read: what its link sets, and which questions and panels are open."""

    file: str
    link: tuple[tuple[str, str], ...]
    opened: tuple[str, ...] = ()
    csv: int | None = None

    def __str__(self) -> str:
        return " ".join([f"{Path(self.file).stem}?{urlencode(self.link)}", *self.opened])

    def read(self) -> Page:
        return read(self.file, dict(self.link), self.opened, None if self.csv is None else CSV[self.csv])


#: page -> its panels, and what stands in them that has to be switched on
PANELS = {
    WEIGHT_DECAY: ("numbers", "update", "updates.linear"), L1_VS_L2: ("numbers", "choosing", "zeros", "why", "updates.linear"),
    DROPOUT: ("why", "ways", "ones", "bug", "figures", "pictures", "published", "formula", "update", "updates.dropout"),
}  # fmt: skip


def drawn_case(number: int) -> Case:
    """A page drawn at random: each control at its default or at any of its options, those that would take long at a few."""
    r = random.Random(number)
    kind = r.choices(list(KINDS), [often for often, *_ in KINDS.values()])[0]
    _, file, fixed, groups, bounds = KINDS[kind]
    controls = CONTROLS[file] if groups == "_all" else [c for name in groups.split() for c in DEFINED[DROPOUT][name]]
    link = dict(fixed)
    for control in controls:
        if control.name not in fixed and (control.name in bounds or r.random() < 0.5):
            link[control.name] = control.text(r.choice(bounds.get(control.name, control.options)))
    numbers = tuple(question.number for question in QUESTIONS.get(links.IDS.get(file, ""), ()))
    asked = r.choice([(), *((n,) for n in numbers), numbers])
    panels = r.choice([(), *3 * [PANELS.get(file, ())]])
    opened = () if kind == "overview" else (*map(str, asked), *panels)
    return Case(file, tuple(link.items()), opened, r.randrange(len(CSV)) if kind == "csv" else None)


#: hypothesis draws the number of a page: from its own trees it would draw many pages that are almost the same
cases = st.integers(0, 2**64).map(drawn_case)


# ---- what a reader has before any panel is opened


def at_first_sight(at: AppTest) -> list[str]:
    """The words of a page's main part: headings, sentences, labels, the bar; without what is for screen readers alone."""
    unseen = {chart.alt for chart in drawn(at)}
    texts = [text for text in _seen(at.main) if text not in unseen]
    return [word for text in texts for word in text.split() if any(letter.isalnum() for letter in word)]


def _seen(node: Any) -> Iterator[str]:
    proto = getattr(node, "proto", None)
    if node.type == "bidi_component" and proto is not None and proto.component_name == "bar":
        told = json.loads(proto.json)
        yield from (told["leads"][told["at"]], told["words"]["name"], told["words"]["epoch"], told["labels"][told["at"]])
        yield from (f"{name} {texts[told['at']]}" for name, texts in told["figures"])
    elif node.type == "button_group":
        yield from (proto.label, *(option.content for option in proto.options))
    elif node.type == "imgs":
        yield from (image.caption for image in proto.imgs)
    elif proto is not None:
        yield from (
            getattr(proto, name) for name in ("label", "body", "caption") if isinstance(getattr(proto, name, None), str)
        )
    if node.type != "expander" or (proto.expanded and proto.label != say("common.take.heading")):  # tests open it for the link
        for child in getattr(node, "children", {}).values():
            yield from _seen(child)
