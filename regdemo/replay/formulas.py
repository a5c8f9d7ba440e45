"""An update written out: the columns of its table, and its formula in LaTeX with the numbers in it.

A column is named by its formula, or by an id where it takes a word. Coefficient j counts from 0, and the bias comes after the last feature.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from regdemo.config.configs import LinearConfig, NetworkConfig
from regdemo.config.optimizers import OPTIMIZERS
from regdemo.replay.penalties import penalty_of

if TYPE_CHECKING:
    from regdemo.replay.dropout import DropoutStep
    from regdemo.replay.linear import Step


def number(value: float) -> str:
    """Five digits; a dash where there is no number."""
    return f"{value + 0.0:.5g}" if np.isfinite(value) else "–"  # − 0 is 0


def tex(value: float, bracket: bool = False) -> str:
    """A number in LaTeX, a negative one in brackets if asked for."""
    if not np.isfinite(value):
        return r"\text{–}"
    mantissa, _, exponent = number(value).partition("e")
    text = mantissa + (rf"\cdot 10^{{{int(exponent)}}}" if exponent else "")
    return f"({text})" if bracket and value < 0 else text


def form(config: LinearConfig) -> str:
    """Which form the update has: "plain", "proximal", "decoupled" (a shrink beside momentum or Adam) or "joined" (inside it)."""
    if config.solver == "proximal":
        return "proximal"
    if config.is_plain:
        return "plain"
    return "decoupled" if config.solver == "decoupled" else "joined"


@np.errstate(all="ignore")  # of a run that diverges
def columns(config: LinearConfig, step: "Step") -> dict[str, np.ndarray]:
    """Column -> a number for each coefficient, (features + 1); from left to right they make up the update."""
    eta, penalty, kind = config.lr, penalty_of(config), form(config)
    middle: dict[str, np.ndarray]
    if kind == "proximal":
        middle = {"− η·∂L/∂w": -eta * step.gradient, "v = w − η·∂L/∂w": step.before - eta * step.gradient}
    elif kind == "joined":
        middle = {"∂L/∂w": step.gradient, penalty.pull: step.pull, "direction": step.direction}
    elif penalty.shrunk:
        middle = {penalty.shrunk: step.before - eta * step.pull}
    else:
        middle = {f"− η·{penalty.pull}": -eta * step.pull}
    if kind == "decoupled":
        middle |= {"∂L/∂w": step.gradient, "direction": step.direction}
    if kind == "plain":
        middle |= {"− η·∂L/∂w": -eta * step.gradient}
    return {"before": step.before, **middle, "after": step.after}


@np.errstate(all="ignore")
def formulas(config: LinearConfig, step: "Step", j: int) -> list[str]:
    """The update of coefficient j, a line of LaTeX for each of its parts."""
    name = "b" if j == config.n_features else f"w_{{{j + 1}}}"
    w, g, d = (tex(part[j], True) for part in (step.before, step.gradient, step.direction))
    eta, slope, penalized = (
        tex(config.lr),
        rf"\frac{{\partial L}}{{\partial {name}}}",
        j < config.n_features or config.penalize_bias,
    )
    mean = rf"\tfrac{{1}}{{{len(step.examples)}}} \sum_i (\hat y_i-y_i)\,x_i"
    if len(step.examples) == 1:
        mean = rf"(\hat y-y)\,x = {tex(step.errors[0], True)} \cdot {tex(step.inputs[0, j], True)}"
    penalty = penalty_of(config)
    lines, kind = [rf"{slope} = {mean} = {tex(step.gradient[j])}"], form(config)
    if kind == "proximal":
        v = step.before[j] - config.lr * step.gradient[j]
        lines.append(_two_lines(rf"v &= {name} - \eta\,{slope}", rf"{w} - {eta} \cdot {g} = {tex(v)}"))
        if not penalized:
            return [*lines, rf"{name} \leftarrow v = {tex(step.after[j])}"]
        soft = rf"\mathrm{{sign}}(v)\,\max(|v| - {tex(step.threshold)},\, 0)" if penalty.l1 else "v"
        factor = rf"{tex(step.shrink)} \cdot " if penalty.l2 else ""
        return [*lines, rf"{name} \leftarrow {factor}{soft} = {tex(step.after[j])}"]
    kept = [(name, w)]  # what the penalty leaves of w: symbols and numbers, one subtracted from the other
    if kind == "joined":
        total = step.gradient[j] + step.pull[j]
        part = penalty.pull_latex.replace("%s", name)
        lines.append(
            rf"g = {slope} + {part} = {g} + {tex(step.pull[j], True)} = {tex(total)}" if penalized else rf"g = {slope} = {g}"
        )
        lines.append(_made(config, step.direction[j], total, "g"))
    elif penalized:
        if penalty.l2:
            kept = [(rf"(1-\eta\lambda{penalty.l2.latex})\,{name}", rf"{tex(step.shrink, True)} \cdot {w}")]
        if penalty.l1:
            sign = tex(np.sign(step.before[j]), True)
            kept.append((rf"\eta\lambda{penalty.l1.latex}\,\mathrm{{sign}}({name})", rf"{tex(step.threshold)} \cdot {sign}"))
    if kind == "decoupled":
        lines.append(_made(config, step.direction[j], step.gradient[j], slope))
    symbols, numbers = (" - ".join(parts) for parts in zip(*kept, strict=True))
    moved, by = (slope, g) if kind == "plain" else ("d", d)
    left = rf"{name} &\leftarrow {symbols} - \eta\,{moved}"
    return [*lines, _two_lines(left, rf"{numbers} - {eta} \cdot {by} = {tex(step.after[j])}")]


def _two_lines(symbols: str, numbers: str) -> str:
    """The formula above its numbers: narrow enough for a phone."""
    return rf"\begin{{aligned}} {symbols} \\ &= {numbers} \end{{aligned}}"


def _made(config: LinearConfig, d: float, g: float, symbol: str) -> str:
    """The direction that momentum or Adam makes of a gradient."""
    if config.is_adaptive:
        return rf"d = \text{{{OPTIMIZERS[config.optimizer].title}}}({symbol}) = {tex(d)}"
    return rf"d \leftarrow \mu\,d + {symbol} = {tex(d - g)} + {tex(g, True)} = {tex(d)}"


# column -> its numbers, those of one example i and all units
Column = Callable[["DropoutStep", int], np.ndarray]
FORWARD: dict[str, Column] = {
    "h": lambda s, i: s.activations[i],
    "mask": lambda s, i: s.mask[i],
    "h·m/(1 − p)": lambda s, i: s.scaled[i],
    "weight": lambda s, i: s.before,
    "contribution": lambda s, i: s.contributions[i],
}
BACKWARD: dict[str, Column] = {
    "mask": lambda s, i: s.mask[i],
    "share": lambda s, i: s.shares[i],
    "gradient": lambda s, i: s.gradient,
    "v ← μ·v + ∂L/∂w": lambda s, i: s.velocity,
    "stepped": lambda s, i: s.after,
}


def dropout_formulas(config: NetworkConfig, step: "DropoutStep", i: int, j: int) -> list[str]:
    """The prediction of the step's example i, and the update of the weight from hidden unit j, in LaTeX."""
    error, scale = step.errors[i], rf"\frac{{{tex(step.activations[i, j])} \cdot {step.mask[i, j]:.0f}}}{{1 - {step.rate:g}}}"
    if step.rate == 1:
        scale = "0"
    n, total, g, v = len(step.errors), float(step.contributions[i].sum()), step.gradient[j], step.velocity[j]
    slope, w = r"\frac{\partial L}{\partial w}", tex(step.before[j], True)
    return [
        _two_lines(
            r"\hat y &= \sum_j \frac{h_j m_j}{1-p}\,w_j + b",
            rf"{tex(total)} + {tex(step.bias, True)} = {tex(step.predictions[i])}, \quad \hat y-y = {tex(error)}",
        ),
        _two_lines(
            rf"\frac{{2}}{{{n}}}\,(\hat y &- y)\,\frac{{h\,m}}{{1-p}}",
            rf"\frac{{2}}{{{n}}} \cdot {tex(error, True)} \cdot {scale} = {tex(step.shares[i, j])}",
        ),
        _two_lines(rf"v &\leftarrow \mu\,v + {slope}", rf"{tex(v - g)} + {tex(g, True)} = {tex(v)}"),
        _two_lines(r"w &\leftarrow w - \eta\,v", rf"{w} - {tex(config.lr)} \cdot {tex(v, True)} = {tex(step.after[j])}"),
    ]
