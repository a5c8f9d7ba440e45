"""The dropout page's labs with networks: a curve, and images."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from regdemo import dropout_charts, dropout_frames, ghosts
from regdemo.spec import NetworkConfig
from regdemo.ui import draw
from regdemo.ui_controls import Control
from regdemo.ui_microscope import dropout_microscope
from regdemo.ui_pictures import averaged, pictures, thins
from regdemo.ui_pins import Ghost, Pinned, keep_ghost, kept_ghosts
from regdemo.ui_training import NetworkRun, kept_run, live, run_key

TRUTH_SLOPE = 1.5  # of the curve lab's line
GRID = np.linspace(-1, 1, 81, dtype=np.float32)  # where the curve lab draws its fits
SPREAD = {  # what is dropped -> what that does to activations
    "units": "Dropout leaves a layer's mean about as it was and raises its variance. Later layers read thinned inputs: their mean can move.",
    "weights": "Only weights after the first layer are dropped: its own figures stay. Later layers' figures change.",
}
NORMED = " Batch normalisation in train mode takes the mean and variance of these images alone."


def network_ghost(configs: dict[str, NetworkConfig]) -> Ghost | str:
    """What is left of a pinned pair: the second network's curves, histograms and fit. Nothing is trained for it."""
    key, run = run_key(configs), kept_run(configs)
    if run is None:
        return kept_ghosts().peek(key) or "It is trained after the present run."
    name, config = list(configs.items())[-1]

    def make() -> Ghost:
        drawn = {
            "loss": ghosts.epochs(run.rows, name, "test_loss"), "accuracy": ghosts.epochs(run.rows, name, "test_accuracy"),
            "weights": _last(run.weights, name), "gradients": _last(run.gradients, name),
            "activations": run.activations.get(name, {}),
            "seeds": pd.DataFrame({"seed": [config.seed], "loss": [run.last(name)["test_loss"]]}),
        }  # fmt: skip
        if config.dataset == "curve":
            drawn["fits"] = pd.DataFrame({"x": GRID, "y": run.models[name].predict(GRID)})
        elif thins(run):
            drawn["averaging"] = averaged(run)[["k", "error"]]
        return Ghost(network_figures(run), drawn)

    return keep_ghost(key, make)


def _drawn(what: str, ghost: Ghost) -> pd.DataFrame:
    return ghost.drawn[what]


def _last(pictures: list[tuple[int, str, dict]], name: str) -> dict[str, Any]:
    return next((layers for _, run, layers in reversed(pictures) if run == name), {})


def network_figures(run: NetworkRun) -> dict[str, float]:
    """The figures that pinned pairs are compared by: the second network's last epoch."""
    last = run.last(list(run.configs)[-1])
    words = {"test loss": "test_loss", "train loss, eval mode": "train_loss_eval", "test accuracy": "test_accuracy"}
    return {word: last[column] for word, column in words.items() if last[column] is not None}


def pair_names(first: str, second: str) -> tuple[str, str]:
    """Names of two runs that differ even if the settings are the same."""
    return (first, second) if first != second else (first, f"{second} (again)")


def histograms(run: NetworkRun, names: tuple[str, ...], view: dict[str, Any], pins: Pinned) -> None:
    """Weights or gradients of one layer over time, the runs superimposed."""
    kind, layer, offset = view["kind"], view["layer"], view["offset"]
    pictures = run.weights if kind == "weights" else run.gradients
    layers = list(pictures[-1][2]) if pictures else []
    if not layers:
        st.info("There are no histograms yet.")
        return
    at = layers[min(int(layer) - 1, len(layers) - 1)]
    rows = dropout_frames.ridge_rows(pictures, at)

    def ghost(g: Ghost) -> pd.DataFrame:
        last = ghosts.ridge(g.drawn[kind], at)
        return last.assign(y=last["y"] * 1.6 - rows["level"].max()) if offset else last

    draw(
        dropout_charts.ridges, rows, runs=names, title=f"{kind} of layer “{at}”", offset=offset, ghosts=pins.rows(ghost),
        alt=f"Histograms of the {kind} of layer {at} at {rows['epoch'].nunique()} epochs. Standard deviation in the first and the last: "
        + "; ".join(f"{name}: {' and '.join(f'{sd:.3g}' for sd in dropout_frames.spreads(rows, name))}" for name in names) + ".",
    )  # fmt: skip
    st.caption(
        "Each epoch's histogram is drawn to the same height. Layers count from the input; a number too large means the last."
    )


HISTOGRAM_CONTROLS = (
    Control("kind", "histogram of", ("weights", "gradients"), "weights", "The gradients are those of the epoch's last step."),
    Control("layer", "layer", ("1", "2", "3", "4"), "1", "Counted from the input."),
    Control("offset", "offset by epoch", (False, True), True, "Off: all epochs overlaid, later ones darker."),
)


def learning_curves(names: tuple[str, ...], run_of: Any, log: bool, accuracies: bool, pins: Pinned, switch: int) -> Any:
    """Containers for the learning curves and the function that draws a run into them, again and again while it grows."""
    left, right = st.columns(2) if accuracies else (st.container(), None)
    slots: dict[str, Any] = {}
    boxes = {"loss": left.container(border=True)} | ({"accuracy": right.container(border=True)} if right else {})
    boxes["loss"].subheader("Loss while training", help="Losses below a thousandth of the lowest test loss are drawn there.")
    if right:
        boxes["accuracy"].subheader("Accuracy while training")

    pinned = {what: pins.rows(partial(_drawn, what)) for what in boxes}
    rule = (switch, f"now {names[-1]}") if switch else None

    def show(run: NetworkRun) -> None:
        for what, box in boxes.items():
            which = dropout_frames.LOSSES if what == "loss" else dropout_frames.ACCURACIES
            rows = dropout_frames.curve_rows(run.rows, which)
            used = tuple(word for word in which.values() if word != "validation" or (rows["curve"] == "validation").any())
            with box:
                slots[what] = draw(
                    dropout_charts.curves, rows, slot=slots.get(what), ghosts=pinned[what], runs=names, names=used, log=log and what == "loss",
                    rule=rule, percent=what == "accuracy", title="mean squared error" if not accuracies else run_of if what == "loss" else "accuracy",
                    alt=f"{what.capitalize()} over {run.rows[-1]['epoch']} epochs. " + " ".join(
                        f"{n}: {run.last(n)[f'test_{what}']:.3g} on test data, {run.last(n)[f'train_{what}_eval']:.3g} on training data in eval mode."
                        for n in names
                    ),
                )  # fmt: skip

    return show


def curve_pair(base: NetworkConfig, p_first: float, p_second: float) -> dict[str, NetworkConfig]:
    """The two networks of the curve lab by their names."""
    names = pair_names(f"p = {p_first:g}", f"p = {p_second:g}")
    first = replace(base, dropout=(p_first,), switch_epoch=0, dropout_before=0.0)
    return {names[0]: first, names[1]: replace(base, dropout=(p_second,))}


def curve_lab(
    base: NetworkConfig, p_first: float, p_second: float, seeds: int, view: dict[str, Any], pins: Pinned
) -> NetworkRun | None:
    """The one-dimensional regression: two networks, their fits, their thinned networks, over several seeds."""
    names = tuple(curve_pair(base, p_first, p_second))

    def twins(seed: int) -> dict[str, NetworkConfig]:
        return curve_pair(replace(base, seed=seed), p_first, p_second)

    status = st.empty()
    run = live(
        twins(base.seed), learning_curves(names, "mean squared error", view["log"], False, pins, base.switch_epoch), status
    )
    if run is None:
        return None
    from regdemo.examples import draw_examples

    data = draw_examples(base)
    points = {name: (data.split(name)[0][:, 0].numpy(), data.split(name)[1].numpy()) for name in ("train", "test")}
    left, right = st.columns(2)
    with left, st.container(border=True):
        st.subheader("Both fits")
        fits = {name: model.predict(GRID) for name, model in run.models.items()}
        fans = {names[1]: run.models[names[1]].fan(GRID, 50)} if p_second > 0 else {}
        draw(
            dropout_charts.fits, dropout_frames.fit_rows(GRID, TRUTH_SLOPE * GRID, points, fits, fans), runs=names,
            ghosts=pins.rows(lambda g: g.drawn["fits"]),
            alt="The data and both fits; " + ", ".join(f"{n} tests at {run.last(n)['test_loss']:.3g}" for n in names),
        )  # fmt: skip
        gap = (
            f" It lies up to {np.abs(fans[names[1]].mean(0) - fits[names[1]]).max():.2g} from the eval-mode fit."
            if fans
            else ""
        )
        st.caption(
            "Thick: eval mode. Dashed grey: the truth, y = 1.5x."
            + (f" Thin: 20 thinned networks of {names[1]}; dotted: the mean of 50.{gap}" if fans else "")
        )
    with right, st.container(border=True):
        st.subheader("Inside, layer by layer")
        histograms(run, names, view, pins)
    _figures(run, names)
    with st.expander("One update with its mask"):
        ended = run.finished and not run.last(names[1])["diverged"]
        dropout_microscope(run.configs[names[1]], run.models[names[1]] if ended else None)
    if seeds > 1:
        _several_seeds(twins, base.seed, seeds, names, pins)
    return run


def _figures(run: NetworkRun, names: tuple[str, ...]) -> None:
    columns = {
        "train loss, train mode": "train_loss", "train loss, eval mode": "train_loss_eval", "test loss": "test_loss",
        "train accuracy, train mode": "train_accuracy", "train accuracy, eval mode": "train_accuracy_eval", "test accuracy": "test_accuracy",
    }  # fmt: skip
    rows = {n: {w: f"{v:.4g}" for w, c in columns.items() if (v := run.last(n)[c]) is not None} for n in names}
    st.table(pd.DataFrame.from_dict(rows, orient="index"))
    for n in names:
        if run.last(n)["diverged"]:
            st.error(
                f"{n} diverged in epoch {run.last(n)['epoch']}: its loss is not finite or far above its start. Lower the learning rate."
            )
        if run.last(n)["stopped"]:
            late = run.configs[n].switch_epoch
            st.info(
                f"{n} stopped early in epoch {run.last(n)['epoch']}; its lowest validation loss was in epoch {run.last(n)['best_epoch']}."
                + (f" The cures were to come in after epoch {late}: it never met them." if run.last(n)["epoch"] <= late else "")
            )


def _several_seeds(twins: Any, first: int, seeds: int, names: tuple[str, ...], pins: Pinned) -> None:
    with st.container(border=True):
        st.subheader("The same over several seeds")
        rows: list[dict[str, Any]] = []
        slot, status = None, st.empty()
        for seed in range(first, first + seeds):
            done = live(twins(seed), lambda run: None, status)
            if done is None or not done.finished:
                return
            rows += [{"seed": seed, "run": name, "loss": done.last(name)["test_loss"]} for name in names]
            slot = draw(
                dropout_charts.seeds,
                pd.DataFrame(rows),
                slot=slot,
                runs=names,
                ghost="number",
                ghosts=pins.rows(lambda g: g.drawn["seeds"]),
                alt=f"Test losses of {len(rows) // 2} seeds. Means: "
                + ", ".join(f"{n} {np.mean([row['loss'] for row in rows if row['run'] == n]):.3g}" for n in names)
                + ".",
            )
        table = pd.DataFrame(rows).pivot_table(index="seed", columns="run", values="loss")
        lower = int((table[names[1]] < table[names[0]]).sum())
        st.caption(
            f"{names[1]} has the lower test loss in {lower} of {seeds} seeds (means {table[names[0]].mean():.3g} → {table[names[1]].mean():.3g}). "
            "One seed shows nothing: look at all of them."
        )


def image_lab(configs: dict[str, NetworkConfig], view: dict[str, Any], published: bool, pins: Pinned) -> NetworkRun | None:
    """A network with dropout beside its twin, on images."""
    names = tuple(configs)
    second = configs[names[-1]]
    status = st.empty()
    run = live(configs, learning_curves(names, "mean cross-entropy", view["log"], True, pins, second.switch_epoch), status)
    if run is None:
        return None
    _figures(run, names)
    last = run.last(names[-1])
    used = f"{last['n_train']:,} training and {last['n_test']:,} test images were used"
    took = f"; the run took {run.seconds:.1f} s" if run.finished else ""
    st.caption(f"{used}{took}. Trained on {next(iter(run.models.values())).theta.device}.")
    with st.expander("Validation beats training with dropout: is that a bug?"):
        st.markdown(
            f"No. While it trains, {names[-1]} gets {last['train_accuracy']:.3f} of its training images right, with {second.drop} missing. The same weights "
            f"in eval mode get {last['train_accuracy_eval']:.3f} of them, and {last['test_accuracy']:.3f} of the test images. Compare like with like: "
            "eval mode with eval mode. The first figure is also an average over the epoch, while the network was still learning."
        )
    with st.expander("Dropout did not help. Why?"):
        first = run.last(names[0])
        st.markdown(
            f"Dropout works against overfitting. Look at the gap between test and train loss in eval mode: {names[0]} has "
            f"{first['test_loss'] - first['train_loss_eval']:.3g}, {names[-1]} {last['test_loss'] - last['train_loss_eval']:.3g}. Where the first "
            "gap is small there is nothing to cure, and dropping units only takes away capacity. The starts “few images” and “dropout hurts” "
            "are one experiment each way."
        )
    left, right = st.columns(2)
    with left, st.container(border=True):
        st.subheader("Inside, layer by layer")
        histograms(run, names, view, pins)
    with right, st.container(border=True):
        st.subheader("How active the hidden units are")
        rows = dropout_frames.activity_rows(run.activations)
        layer = rows["layer"].unique()[-1]
        draw(
            dropout_charts.activity,
            rows,
            runs=names,
            layer=layer,
            ghost="step",
            ghosts=pins.rows(lambda g: ghosts.activity(g.drawn["activations"], layer)),
            alt=f"Mean activations of the units of {layer}. Exact zeros among all activations: "
            + ", ".join(f"{n} {found[layer]['zero']:.0%}" for n, found in run.activations.items())
            + ".",
        )
        zero = {name: found[layer]["zero"] for name, found in run.activations.items()}
        st.caption(
            "Share of exact zeros among activations in eval mode: " + ", ".join(f"{n}: {z:.0%}" for n, z in zero.items()) + "."
        )
        st.table(dropout_frames.spread_table(run.activations))
        st.caption(SPREAD[second.drop] + (NORMED if second.batch_norm else ""))
    if second.dataset != "curve" and last["n_test"]:
        pictures(run, names, second, pins)
    if published:
        from regdemo.bench import PUBLISHED_D3

        st.subheader("Epoch by epoch, as the tutorials print it")
        st.table(dropout_frames.epoch_table(run.rows, names[-1], second.batch_size))
        tables = {n: [f"{loss:.4f} · {a:.3f} / {b:.3f}" for loss, a, b in rows] for n, rows in PUBLISHED_D3.items()}
        st.table(pd.DataFrame(tables, index=[f"epoch {i}" for i in range(1, 6)]))
        st.caption(
            "Ours above; published below: loss ÷ 256 · train accuracy (train mode) / test accuracy. The first mask has a bug: see the bench."
        )
    return run
