"""What tests of links share: every page's controls, a link that moves all of them, and what a page shows."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlparse

from streamlit.testing.v1 import AppTest

from regdemo.app.controls import Control
from regdemo.app.dropout import controls as dropout
from regdemo.app.frame import PAGES
from regdemo.app.overview import controls as overview
from regdemo.app.sparsity import controls as sparsity
from regdemo.app.weight_decay import controls as weight_decay
from tests.helpers.pages import drawn, film, lead, metrics, open_panels, released

WEIGHT_DECAY, L1_VS_L2, DROPOUT = "pages/weight_decay.py", "pages/l1_vs_l2.py", "pages/dropout.py"
QUICK: dict[str, dict[str, str]] = {
    WEIGHT_DECAY: {"n_features": "5", "epochs": "5", "seeds": "2"},
    L1_VS_L2: {"n_train": "20", "n_features": "10", "n_informative": "5", "epochs": "50", "seeds": "2"},
    DROPOUT: {"draws": "30"},
}
# every control of a page, away from its default; a page with labs once a lab
FULL: dict[str, tuple[str, dict[str, str]]] = {
    "weight decay": (WEIGHT_DECAY, {
        "lam": "5", "n_train": "10", "n_features": "10", "coefficient": "0.1", "noise": "0.1", "init_scale": "0.1", "intercept": "0.5",
        "lr": "0.003", "batch_size": "2", "epochs": "10", "switch_epoch": "5", "switch_from": "1", "optimizer": "Adam", "momentum": "0.9",
        "solver": "decoupled", "penalize_bias": "true", "seeds": "2", "seed": "7", "log": "false", "terms": "true", "linear_w": "true",
    }),
    "early stopping": (WEIGHT_DECAY, {
        "lab": "early stopping", "lam": "5", "n_train": "10", "n_features": "10", "coefficient": "0.1", "noise": "0.1", "lr": "0.02",
        "seed": "7", "own_epoch": "true",
    }),
    "double descent": (WEIGHT_DECAY, {
        "lab": "double descent", "lam": "5", "n_examples": "20", "coefficient": "0.1", "noise": "0.1", "seeds": "2", "seed": "7",
    }),
    "bias and variance": (WEIGHT_DECAY, {
        "lab": "bias and variance", "lam": "5", "n_points": "50", "degree": "8", "fresh_x": "true", "noise": "0.1", "seed": "7",
    }),
    "L1 versus L2": (L1_VS_L2, {
        "source": "diabetes", "target": "bmi", "share": "0.29", "n_train": "50", "n_features": "20", "n_informative": "5", "noise": "0.1",
        "correlation": "0.5", "block_size": "2", "coefficient": "0.5", "solver": "subgradient", "net": "true", "l1_ratio": "0.7",
        "epsilon": "0.01", "init_scale": "1", "intercept": "0.1", "lr": "0.1", "epochs": "50", "switch_epoch": "20", "switch_from": "0.29",
        "interactions": "true", "seeds": "2", "seed": "7", "angle": "40", "tilt": "0.5", "path_of": "other", "norm": "true", "log": "false",
    }),
    "prior": (L1_VS_L2, {"lab": "prior", "share": "0.29", "angle": "40", "tilt": "0.5", "evidence": "100"}),
    "images": (DROPOUT, {
        "lab": "images", "dataset": "digits", "p1": "0.2", "p2": "0.3", "n_train": "100", "epochs": "2", "model": "cnn", "width": "32", "depth": "3",
        "init": "normal", "optimizer": "Adam", "lr": "0.003", "momentum": "0.5", "batch_size": "32", "weight_decay": "0.001",
        "l1": "0.0001", "max_norm": "2", "batch_norm": "true", "augment": "true", "patience": "2", "switch_epoch": "1", "rival": "unregularized", "seed": "7",
        "drop": "weights", "solver": "decoupled", "log": "false", "train_mode": "true", "kind": "gradients", "layer": "2", "offset": "false",
    }),
    "curve": (DROPOUT, {
        "lab": "curve", "p_first": "0.1", "p_second": "0.3", "curve_n": "5", "steps": "400", "curve_switch": "200", "curve_seeds": "4", "seed": "7",
        "log": "false", "train_mode": "true",
    }),
    "all rates": (DROPOUT, {"lab": "all rates", "rate": "0.2", "left_on": "true", "curve_n": "5", "steps": "400", "seed": "7"}),
    "decay": (DROPOUT, {"lab": "decay", "eta": "0.03", "seed": "7"}),
    "batch norm": (DROPOUT, {
        "lab": "batch norm", "strength": "0.1", "step": "0.1", "normalised": "false", "decay_all": "true", "epochs": "2", "seed": "7",
    }),
    "bench": (DROPOUT, {"p": "0.3", "draws": "30"}),
    "paper": (DROPOUT, {"lab": "paper", "paper": "test loss", "paper_activity": "mean activation"}),
}  # fmt: skip


DEFINED = {WEIGHT_DECAY: vars(weight_decay), L1_VS_L2: vars(sparsity), DROPOUT: vars(dropout)}
CONTROLS: dict[str, tuple[Control, ...]] = {page: defined["ALL"] for page, defined in DEFINED.items()}
HANDS = {  # page, with its lab where that decides -> the control that its bar moves
    "overview": overview.HAND,
    "weight_decay": weight_decay.HAND,
    "l1_vs_l2": sparsity.HAND,
} | {f"dropout, {lab}": control for lab, control in dropout.BARS.items()}
IDS = {file: page for page, file in PAGES.items() if file in QUICK}


def shown_link(at: AppTest) -> dict[str, Any]:
    """The link that “Take it with you” shows, as parameters."""
    if not [c for c in at.code if "?v=" in c.value]:  # closed by a visit to another page
        open_panels(at, "take")
    (link,) = [c.value for c in at.code if "?v=" in c.value]
    return {name: values if name == "pin" else values[0] for name, values in parse_qs(urlparse(link).query).items()}


def ignored(at: AppTest) -> list[str]:
    """The message about a link, then its odd parts line by line; all of it stands in boxes of its own."""
    boxes = [w.value for w in at.warning if w.value.startswith("Ignored")]
    lines = [line.removeprefix("- ").strip("` ") for box in boxes for line in box.split("\n")[2:]]
    return [boxes[0].split("\n")[0], *lines] if boxes else []


def seen(at: AppTest) -> dict[str, Any]:
    """All figures on a page: in large print, in its bar, in tables, and what its charts say to who cannot see them."""
    return {
        "metrics": [(m.label, m.value, m.delta) for m in at.metric], "tables": [t.value.to_string() for t in (*at.table, *at.dataframe)],
        "charts": [chart.alt for chart in drawn(at)], "bar": (lead(at), metrics(at)) if hand_of(at) else None,
    }  # fmt: skip


def hand_of(at: AppTest) -> Control | None:
    """The control that the page's bar moves; None where it has no bar, or where a sweep broke off before it."""
    if not [c for c in at.get("bidi_component") if c.proto.component_name == "bar"]:
        return None
    page = at.session_state["regdemo"].page
    return HANDS[f"{page}, {at.session_state['lab']}" if page == "dropout" else page]


class Hand:
    """The bar of a page as if it were a widget of its own."""

    def __init__(self, at: AppTest, control: Control) -> None:
        told = film(at)
        self.at, self.options = at, list(control.options)
        self.key, self.label, self.value = control.name, told["words"]["name"], control.options[told["at"]]
        self.disabled, self.hidden = told["locked"], told["hidden"]
        self.proto = SimpleNamespace(disabled=self.disabled)

    def set_value(self, value: Any) -> "Hand":
        self.value = value
        return self

    def run(self) -> AppTest:
        return released(self.at, self.options.index(self.value))


def move(at: AppTest, value: Any) -> AppTest:
    """The page after its bar was moved to this value."""
    control = hand_of(at)
    assert control
    return Hand(at, control).set_value(value).run()


def widgets(at: AppTest) -> dict[str, Any]:
    kinds = (at.select_slider, at.number_input, at.toggle, at.selectbox, at.get("button_group"))
    hands = [Hand(at, control) for control in [hand_of(at)] if control]
    return {w.key: w for kind in kinds for w in kind if w.key} | {hand.key: hand for hand in hands if not hand.hidden}


def controls(at: AppTest) -> dict[str, Any]:
    """name -> value of every control that is shown."""
    return {name: widget.value for name, widget in widgets(at).items()}
