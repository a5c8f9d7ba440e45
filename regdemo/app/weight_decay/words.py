"""What the pages on linear regression say of their runs: plain values in, whole sentences out. No torch, no Streamlit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from regdemo.config.phrases import counted, figure

if TYPE_CHECKING:
    from regdemo.config.configs import LinearConfig
    from regdemo.frames.stability import Diagnosis


Path = tuple[float, float]  # a figure before training and after it; NaN where no seed finished


def whose(finished: int, seeds: int) -> str:
    """Over which seeds a figure is a median, or why there is no figure."""
    if not finished:
        return unfinished(seeds)
    if finished < seeds:
        return f"median over the {finished} of {seeds} seeds that finished"
    return "one seed" if seeds == 1 else f"median over {seeds} seeds"


def unfinished(seeds: int) -> str:
    """Of a strength without figures."""
    return "the run diverged" if seeds == 1 else "no seed finished"


def intro(n: int, p: int) -> str:
    """What the trouble is."""
    if p > n:
        return "A linear model with more weights than examples can fit its training data perfectly and still predict badly."
    return "A linear model fits the noise in its examples along with the signal, the more the fewer examples it has for each weight."


def lines_are(seeds: int, all_finished: bool) -> str:
    """What the lines and bands of a chart of losses are."""
    words = (
        "Lines are those of one seed." if seeds == 1 else f"Lines are medians over {seeds} seeds, bands their quartiles."
        if all_finished else "Lines are medians over the seeds that finished, bands their quartiles."
    )  # fmt: skip
    return words if all_finished else f"{words} Where none finished, they end where the first diverged."


def ends_at(lam: float, test: float, train: float, finished: int, seeds: int) -> str:
    """Where the curves of one λ end."""
    if not finished:
        return f"At λ = {lam:g} {unfinished(seeds)}, so there is no final loss."
    return f"λ = {lam:g} ends at a test loss of {figure(test)} and a train loss of {figure(train)} ({whose(finished, seeds)})."


def best_is(lam: float | None, test: float, finished: int, seeds: int) -> str:
    """Where the sweep's validation loss is lowest; `lam` None where there is no run that finished."""
    if lam is None:
        return "Every run diverged."
    few = f", {whose(finished, seeds)}" if finished < seeds else ""
    return f"The lowest validation loss is at λ = {lam:g}, where the test loss is {figure(test)}{few}."


def diverged(d: "Diagnosis", name: str = "") -> str:
    """What diverged, and why; `name` says whose runs they are where there are several sweeps."""
    config, unit = d.config, "{:g} λ_max" if d.config.relative else "λ = {:g}"
    at = f"{name} at {unit}" if name else unit
    if not d.gone:
        span = " to ".join(f"{s:g}" for s in sorted({min(d.lost), max(d.lost)}))
        where = f"{span} λ_max" if config.relative else f"λ = {span}"
        who = f"{name}: " if name else ""
        return (
            f"{who}{d.runs} of {config.seeds * len(config.strengths)} runs diverged, at {where}. Final figures leave them out. "
            f"At the chosen {unit.format(d.chosen)} all finished."
        )
    said = [_gone(at.format(s), config.seeds, *gone) for s, gone in d.gone.items()]
    return " ".join([*said, *_why(d)])


def _gone(at: str, seeds: int, gone: int, first: int) -> str:
    if seeds == 1:
        return f"{at}: the run diverged in epoch {first}. It has no final figures, and its curves end there."
    head = f"{at}: {gone} of {seeds} seeds diverged, the first in epoch {first}."
    if gone == seeds:
        return f"{head} There are no final figures, and the curves end there."
    others = f"other {seeds - gone}" if seeds - gone > 1 else "one that finished"
    return f"{head} Figures and curves are those of the {others}."


def _why(d: "Diagnosis") -> list[str]:
    c = d.config
    if c.is_adaptive:
        said = ["Adam’s steps are about η long in each weight, however small the gradient, so SGD’s bound means nothing here."]
        if c.solver == "decoupled" and c.lr * d.of_penalty > 2:
            said.append(f"AdamW multiplies w by 1 − ηλ = {1 - c.lr * d.of_penalty:.3g} in each step, and ηλ must stay below 2.")
        return [*said, "Lower η."]
    full = c.batch_size == c.n_train
    terms = [*(["L"] if full else ["max‖x‖²", "1"]), *([d.symbol] if d.symbol else [])]
    below = f"({' + '.join(terms)})" if len(terms) > 1 else terms[0]
    values = "L, the largest eigenvalue of [X 1]ᵀ[X 1]/n, is " if full else "max‖x‖² is "
    values += figure(d.curvature if full else d.curvature - 1) + (
        f" and {d.symbol} is {figure(d.of_penalty)}" if d.symbol else ""
    )
    plain = 2 / (d.curvature + d.of_penalty)
    if d.bound is None:
        return [
            f"Plain SGD would be safe below 2/{below} = {figure(plain)}, where {values}. With momentum μ a gradient counts 1/(1 − μ) times "
            f"in all, so (1 − μ) times that is worth a try: {figure((1 - c.momentum) * plain)}."
        ]
    if c.lr <= d.bound:
        return []
    top = "2(1 + μ)" if c.momentum else "2"
    return [
        f"η = {c.lr:g} is not below {top}/{below} = {figure(d.bound)}, where {values}: a step can lead away from the minimum."
    ]


def null_space_stays(c: "LinearConfig", plain: Path) -> str:
    """What becomes of the null-space part without decay; `plain`: its size in the run at λ = 0."""
    if c.n_train >= c.n_features:
        return "With n ≥ p the rows of X span every direction: the data see all of w."
    said = (
        f"Gradients of the loss live in the row space of X ({c.n_train} of {c.n_features} directions). "
        "The rest is the null space: no data point sees it."
    )
    start, end = plain
    known = np.isfinite(end) and not c.switch_from  # with another λ at first, the run at λ = 0 has decayed too
    if c.is_adaptive:
        goes = f" Without decay that part of w goes from {figure(start)} to {figure(end)}." if known else ""
        return f"{said} Adam gives each weight a scale of its own, so its steps leave the row space.{goes}"
    if not start:
        return f"{said} Training starts at w = 0, so w has no such part."
    return f"{said} Without decay that part of the initial w stays for ever" + (f" (here {figure(end)})." if known else ".")


def null_space_fades(c: "LinearConfig", lam: float, chosen: Path) -> str:
    """Why the trained curve leaves the exact one at small λ; `chosen`: the null-space part's size in the run at `lam`."""
    start, end = chosen
    if c.n_train >= c.n_features or (not c.is_adaptive and not start):
        return ""
    batches = -(-c.n_train // c.batch_size)
    goes = f" At λ = {lam:g} it goes from {figure(start)} to {figure(end)}." if np.isfinite(end) else ""
    if c.is_adaptive:
        return f"Where the trained curve leaves it: Adam moves the part of w in the null space of X too, which no data point sees.{goes}"
    if _one_factor(c):
        steps = counted((c.epochs - c.switch_epoch) * batches, "step")
        before = f", after {counted(c.switch_epoch * batches, 'step')} at λ = {c.switch_from:g}" if c.switch_from else ""
        return (
            "Where the trained curve leaves it at small λ: what the initial w has in the null space of X decays by the factor "
            f"1 − ηλ a step only, and λ has {steps}{before}."
        )
    return f"Where the trained curve leaves it at small λ: what the initial w has in the null space of X fades through λ alone.{goes}"


def _one_factor(c: "LinearConfig") -> bool:
    """Whether each step multiplies what the data do not see by 1 − ηλ and does nothing else to it."""
    return c.is_plain or (c.solver == "decoupled" and not c.is_adaptive)


def update_formula(c: "LinearConfig", lam: float) -> str:
    """The update of weight decay in LaTeX, with today's numbers in it."""
    eta, mu = f"{c.lr:g}", f"{c.momentum:g}"
    shrunk = rf"(1-{eta}\cdot{lam:g})\,w"
    if c.is_adaptive:
        if c.solver == "decoupled":
            return (
                rf"w \leftarrow (1-\eta\lambda)\,w-\eta\,\mathrm{{Adam}}(\nabla L) = {shrunk}-{eta}\,\mathrm{{Adam}}(\nabla L)"
            )
        return rf"w \leftarrow w-\eta\,\mathrm{{Adam}}(\nabla L+\lambda w) = w-{eta}\,\mathrm{{Adam}}(\nabla L+{lam:g}\,w)"
    if not c.momentum:
        return rf"w \leftarrow (1-\eta\lambda)\,w-\eta\,\nabla L = {shrunk}-{eta}\,\nabla L = {1 - c.lr * lam:.6g}\,w-{eta}\,\nabla L"
    if c.solver == "decoupled":
        return (
            rf"v \leftarrow \mu v+\nabla L = {mu}\,v+\nabla L,\qquad w \leftarrow (1-\eta\lambda)\,w-\eta v = {shrunk}-{eta}\,v"
        )
    return rf"v \leftarrow \mu v+\nabla L+\lambda w = {mu}\,v+\nabla L+{lam:g}\,w,\qquad w \leftarrow w-\eta v = w-{eta}\,v"


def update_words(c: "LinearConfig", lam: float, chosen: Path) -> str:
    """What the update does to the weights; `chosen`: the null-space part's size in the run at `lam`."""
    start, end = chosen
    hidden = c.n_features > c.n_train and np.isfinite(end)
    goes = f" The null-space part of w, which no data point sees, goes from {figure(start)} to {figure(end)}." if hidden else ""
    if not _one_factor(c) and c.solver == "sgd":
        how = (
            "Adam divides the gradient, λw included, by a running size of its own for each weight"
            if c.is_adaptive else "With momentum λw joins the gradient, and a gradient goes on pushing in later steps"
        )  # fmt: skip
        return f"{how}, so no single factor says how much w shrinks.{goes}"
    batches = -(-c.n_train // c.batch_size)
    steps, before = c.epochs * batches, c.switch_epoch * batches
    shrink, first = 1 - c.lr * lam, 1 - c.lr * c.switch_from
    if min(shrink, first) < 0:
        return (
            f"The factor 1 − ηλ = {min(shrink, first):.3g} is negative{' until the change of λ' if shrink >= 0 else ''}: each such step "
            "throws w past zero. Below 1, ηλ shrinks w; above 2 it makes w grow."
        )
    said = (
        f"Each step{' after the change of λ' if before else ''} ({steps - before:,} in all) first shrinks every weight by the factor "
        f"{shrink:.6g}, then follows the data."
        if lam else f"{'From the change of λ on' if before else 'At λ = 0'} nothing shrinks: each step follows the data alone."
    )  # fmt: skip
    if not _one_factor(c):
        return f"{said} Adam’s step does not keep to the row space of X.{goes}" if hidden else said
    if not (hidden and start):
        return said
    left = shrink ** (steps - before) * first**before
    return (
        f"{said} Where the data say nothing, only the shrinking is left: after training {left:.2g} of it remains."
        if lam or c.switch_from else f"{said} Where the data say nothing, w stays as it was."
    )  # fmt: skip


def coefficients_lie(lam: float, w: np.ndarray, seeds: int) -> str:
    """Between what the final coefficients (seeds, p) of one λ lie; NaN in the rows of seeds that diverged."""
    done = w[np.isfinite(w).all(1)]
    if not len(done):
        return f"At λ = {lam:g} {unfinished(seeds)}."
    of = f" in the {len(done)} of {seeds} seeds that finished" if len(done) < seeds else ""
    return f"At λ = {lam:g} they lie between {figure(done.min())} and {figure(done.max())}{of}."


def histogram_shows(linear: bool) -> str:
    """How to read the histogram of coefficients."""
    axis = (
        "Bins are wider away from zero, so a bell curve can show two humps."
        if linear else
        "Away from zero the axis is logarithmic, so that both fit: a bell curve wider than the middle shows two humps there."
    )  # fmt: skip
    return f"Outlined: λ = 0. Filled: the chosen λ. All seeds that finished together, shared bins. {axis} Move the epoch to see them change."


def norms_end(run: str, parts: Mapping[str, float], last: int, finished: int, seeds: int) -> str:
    """The norms of a run at the last epoch that is drawn of it."""
    if not finished:
        told = f"; its lines end in epoch {last} at ‖w‖₂ {figure(parts.get('‖w‖₂'))}" if last else ""
        return f"{run}: {unfinished(seeds)}{told}."
    return f"{run}: " + ", ".join(f"{part} {figure(value)}" for part, value in parts.items()) + f" ({whose(finished, seeds)})."


def will_print(figures: Mapping[str, float], diverged_at: int) -> str:
    """What the script of a run's first seed prints; `figures`: word -> value."""
    if diverged_at >= 0:
        return f"The first seed diverged in epoch {diverged_at}: the script will say that the loss has exploded, and end there."
    told = ", ".join(f"{word} {figure(value)}" for word, value in figures.items())
    return f"It will print, for the first seed: {told}. Rounding may change last digits, and losses near 0."


def missing(gone: int, runs: int) -> str:
    """What downloads hold of runs that have diverged."""
    if not gone:
        return ""
    return f"{gone} of {counted(runs, 'run')} diverged: tables hold no figures of such a run after that epoch."
