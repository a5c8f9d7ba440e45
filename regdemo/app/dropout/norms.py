"""The lab "batch norm": weight decay where layers are normalised sets no function, but how far each step goes."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from regdemo.app.bar import Film, bar
from regdemo.app.downloads import take_with_you, write_code
from regdemo.app.drawing import Drawn, Rows, draw, side_by_side
from regdemo.app.dropout.controls import ALL, IMAGES, LAB, SEED
from regdemo.app.dropout.lab_controls import NORMS, STRENGTH
from regdemo.app.frame import panel
from regdemo.app.labs import lab_sidebar
from regdemo.app.limits import NETWORKS, may_train, together
from regdemo.app.opening import present_values
from regdemo.app.sweeps import ROWS_BYTES, Kept, failures_said
from regdemo.app.trainings import train_together
from regdemo.charts import norms as charts
from regdemo.config.configs import NetworkConfig
from regdemo.config.phrases import figure
from regdemo.content.say import language, say
from regdemo.frames import norms as frames

if TYPE_CHECKING:
    from regdemo.core.networks.norms import NormSweep

OWN = (*NORMS, *(control for control in IMAGES if control.name == "epochs"), SEED)


@dataclass(frozen=True, eq=False)
class Shown:
    """The networks of all strengths, and where the bar stands."""

    kept: Kept
    k: int

    @property
    def found(self) -> "NormSweep":
        return self.kept.value

    @property
    def config(self) -> NetworkConfig:
        return self.found.configs[self.k]

    @property
    def normalised(self) -> bool:
        return self.config.batch_norm


def lab() -> None:
    """The whole lab."""
    st.markdown(say("dropout_norms.idea"))
    configs = norm_configs(lab_sidebar(OWN, (LAB, STRENGTH), ALL, say("dropout_norms.new_seed")))
    kept = _swept(configs)
    if kept is None:
        return
    shown = Shown(kept, STRENGTH.options.index(present_values((STRENGTH,))["strength"]))
    bar(STRENGTH, kept.once(("film", language.get()), lambda: _film(shown.found)))
    drawn = side_by_side(shown, lengths, effective_steps)
    _why(shown)
    _take(shown, drawn)


def norm_configs(values: dict[str, Any]) -> list[NetworkConfig]:
    """The network at every strength: small, and with plain descent, of which the formulas speak."""
    return [
        NetworkConfig(
            dataset="digits", init="torch", hidden=(64, 64), dropout=(0.0,), n_train=500, n_test=360, batch_size=50, lr=values["step"],
            batch_norm=values["normalised"], decayed="all" if values["decay_all"] else "weights", epochs=values["epochs"],
            seed=values["seed"], weight_decay=lam,
        )
        for lam in STRENGTH.options
    ]  # fmt: skip


def _swept(configs: list[NetworkConfig]) -> Kept | None:
    """The networks of all strengths, kept or trained now; None where that would take too long."""
    if not may_train([together(configs)], NETWORKS):
        return None

    def make(on_step: Any) -> Kept:
        from regdemo.core.networks.norms import sweep_norms

        found = sweep_norms(configs, on_step)
        return Kept(found, found.nbytes + ROWS_BYTES)

    with failures_said("networks"):
        return train_together(configs, make, as_one=False)


def leads(found: "NormSweep") -> list[str]:
    """The sentence that says, at each λ, how the first layer's ‖W‖ and its effective step have changed."""
    plain = found.strengths.index(0.0)

    def lead(k: int, lam: float) -> str:
        if not np.isfinite(found.norms[k, -1, 0]):
            return say("dropout_norms.lead.diverged", lam=lam)
        start, end = found.norms[k, [0, -1], 0]
        if not lam:
            return say("dropout_norms.lead.none", start=start, end=end, test=found.test[k, -1])
        figures = {"lam": lam, "start": start, "end": end, "test": found.test[k, -1]}
        if not np.isfinite(found.norms[plain, -1, 0]):
            return say("dropout_norms.lead.alone", **figures)
        times = found.steps[k, -1, 0] / found.steps[plain, -1, 0]
        return say("dropout_norms.lead.some", times=times, none=found.test[plain, -1], **figures)

    return [lead(k, lam) for k, lam in enumerate(found.strengths)]


def rescaled(found: "NormSweep") -> str:
    """What multiplying the hidden layers' weights changes, at the strength where it changes most."""
    from regdemo.core.networks.norms import FACTOR

    most = found.moved[np.isfinite(found.norms[:, -1, 0])]
    if not most.size:
        return ""
    said = "dropout_norms.lengths.normalised" if found.configs[0].batch_norm else "dropout_norms.lengths.plain"
    return say(said, factor=FACTOR, most=most.max())


def turned(found: "NormSweep") -> str:
    """How the effective step at the end goes with λ."""
    ends = found.steps[:, -1, 0]
    k = int(np.nanargmax(ends)) if np.isfinite(ends).any() else -1
    if k < 0:
        return ""
    low = int(np.nanargmin(ends))
    return say("dropout_norms.steps.ends", most=ends[k], lam=found.strengths[k], least=ends[low], other=found.strengths[low])


def _film(found: "NormSweep") -> Film:
    figures = {"test": found.test[:, -1], "train": found.train[:, -1], "gain": found.gain}
    if not found.configs[0].batch_norm:
        del figures["gain"]
    return Film(
        labels=[f"λ = {lam:g}" for lam in found.strengths],
        leads=leads(found),
        figures=[(say(f"dropout_norms.figures.{name}"), [figure(v) for v in of]) for name, of in figures.items()],
        zero=found.strengths.index(0.0),
    )


def lengths(shown: Shown) -> Drawn:
    """‖W‖ of each layer over epochs."""
    return _over_epochs(shown, "lengths", "norms", "charts.norms", rescaled(shown.found))


def effective_steps(shown: Shown) -> Drawn:
    """η/‖W‖² of each hidden layer over epochs."""
    return _over_epochs(shown, "steps", "steps", "charts.steps", turned(shown.found))


def _over_epochs(shown: Shown, words: str, what: str, quantity: str, take_away: str) -> Drawn:
    found, values = shown.found, getattr(shown.found, what)
    title, ends = say(f"dropout_norms.{words}.title"), (np.nanmin(values[..., 0]), np.nanmax(values[..., 0]))
    st.subheader(title, help=say(f"dropout_norms.{words}.how"))
    labels = {layer: say(f"dropout_norms.layers.{layer}") for layer in frames.LAYERS}
    return draw(
        charts.over_epochs,
        shown.kept.once(what, lambda: Rows(frames.norm_rows(found, what))),
        title=title,
        quantity=quantity,
        layers=values.shape[2],
        low=float(np.nanmin(values)),
        high=float(np.nanmax(values)),
        labels=labels | {"plain": say("linear.chart.plain"), "chosen": say("linear.chart.chosen")},
        at={"hand": shown.k},
        take_away=take_away,
        alt=say(f"dropout_norms.{words}.alt", strengths=len(found.strengths), low=ends[0], high=ends[1]),
    )


def _why(shown: Shown) -> None:
    """What normalisation does to ‖W‖ and ‖W‖ to a step; closed until asked for."""
    with panel("why", say("dropout_norms.why.heading")) as is_open:
        if not is_open:
            return
        st.markdown(say("dropout_norms.why.scale"))
        st.latex(r"L(cW)=L(W)\;\Rightarrow\;\langle W,\nabla L\rangle=0,\quad\nabla L(cW)=\tfrac1c\nabla L(W)")
        st.markdown(say("dropout_norms.why.step"))
        st.latex(r"\|W_{t+1}\|^2=(1-\eta\lambda)^2\,\|W_t\|^2+\eta^2\,\|\nabla L\|^2")
        st.markdown(say("dropout_norms.why.rest"))
        st.markdown(say("dropout_norms.why.all" if shown.config.decayed == "all" else "dropout_norms.why.weights"))
        if not shown.normalised:
            st.info(say("dropout_norms.why.off"))
        st.caption(say("dropout_norms.why.source"))


def _take(shown: Shown, drawn: list[Drawn]) -> None:
    """The link, the charts, every epoch's lengths, and the code that trains the network of the bar's λ."""
    found, k = shown.found, shown.k
    figures = {say("dropout_norms.figures.lam"): f"{found.strengths[k]:g}"}
    figures |= {
        say(f"dropout_norms.figures.{n}"): figure(of[k, -1]) for n, of in (("test", found.test), ("train", found.train))
    }
    rows = shown.kept.once("norms", lambda: Rows(frames.norm_rows(found, "norms")))
    whole = np.isfinite(found.test[k, -1])
    take_with_you(
        "dropout", ALL, shown.config, figures, {"norms.csv": lambda: rows.frame.to_csv(index=False)}, drawn,
        code=partial(write_code, shown.config),
        prints=say("dropout_norms.code.prints", lam=found.strengths[k], loss=found.test[k, -1]) if whole else "",
    )  # fmt: skip
