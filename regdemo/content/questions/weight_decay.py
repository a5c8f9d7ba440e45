"""The questions of the weight-decay page and the runs that decide them."""

from collections.abc import Mapping, Sequence

from regdemo.config.configs import LinearConfig
from regdemo.content.questions.base import Figures, Question, Variants, at_strength, first_and_last
from regdemo.content.say import say


def _conventions(c: LinearConfig, lam: float) -> Variants:
    """All by SGD: Adam would divide a factor before the loss out again. Where η is above what a config allows, it is left out."""
    size = c.batch_size
    wholes = size > 1 and c.n_train % size == 0  # else the last batch of an epoch has another factor
    losses = [
        (1, say("questions.weight_decay.3.runs.ours", lam=lam, lr=c.lr)),
        (2, say("questions.weight_decay.3.runs.no_half", lam=lam / 2, lr=2 * c.lr)),
        *([(size, say("questions.weight_decay.3.runs.sum", batch=size, lam=lam / size, lr=size * c.lr))] if wholes else []),
    ]
    return {
        run: at_strength(c, lam / factor, lr=factor * c.lr, optimizer="sgd") for factor, run in losses if factor * c.lr <= 1000
    }


def _adams(c: LinearConfig, lam: float) -> Variants:
    adam = {"optimizer": "adam", "momentum": 0.0}
    return {
        say("questions.weight_decay.4.runs.none"): at_strength(c, 0.0, solver="sgd", **adam),
        say("questions.weight_decay.4.runs.adam", lam=lam): at_strength(c, lam, solver="sgd", **adam),
        say("questions.weight_decay.4.runs.adamw", lam=lam): at_strength(c, lam, solver="decoupled", **adam),
    }


def _bias(c: LinearConfig, lam: float) -> Variants:
    b = max(abs(c.intercept), 1.0)
    return {
        say("questions.weight_decay.5.runs.free", bias=b): at_strength(c, lam, penalize_bias=False, intercept=b),
        say("questions.weight_decay.5.runs.decayed", bias=b): at_strength(c, lam, penalize_bias=True, intercept=b),
    }


def _learning_rates(c: LinearConfig, lam: float, curvature: float) -> Variants:
    """Half of the learning rate that is safe with λ and without, and ten times the one that is safe without."""
    plain = {"optimizer": "sgd", "momentum": 0.0, "solver": "sgd"}
    lam = lam or 3.0
    return {
        say("questions.weight_decay.6.runs", lr=rate, lam=strength): at_strength(c, strength, lr=float(f"{rate:.2g}"), **plain)
        for rate in (1 / (curvature + lam), 20 / curvature)
        for strength in (0.0, lam)
    }


def _rising(c: LinearConfig, lam: float) -> Variants:
    strengths = dict.fromkeys((0.0, lam / 10, lam or 0.1))
    return {say("questions.weight_decay.7.runs", lam=s): at_strength(c, s, solver="sgd") for s in strengths}


def _which_diverge(runs: Sequence[Figures]) -> int:
    gone = tuple(run["diverged"] > 0 for run in runs)  # small η: λ = 0, λ; large η: λ = 0, λ
    known: dict[tuple[bool, ...], int] = {
        (False,) * 4: 0,
        (False, False, True, True): 1,
        (True, False, True, False): 2,
        (False, False, True, False): 3,
    }
    return known.get(gone, 4)


def _what_broke(runs: Mapping[str, Figures]) -> str:
    if _which_diverge(list(runs.values())) == 1:
        return say("questions.weight_decay.6.step_size_decides")
    return say("questions.weight_decay.6.need_not")


WEIGHT_DECAY = (
    Question("weight_decay", 3, _conventions, first_and_last("l2_norm", 0, 1), ("l2_norm",)),
    Question("weight_decay", 4, _adams, first_and_last("l2_norm", 1, 2), ("l2_norm",)),
    Question("weight_decay", 5, _bias, first_and_last("bias", 0, 1), ("bias",)),
    Question("weight_decay", 6, _learning_rates, _which_diverge, ("diverged",), _what_broke, needs_curvature=True),
    Question("weight_decay", 7, _rising, first_and_last("train_loss", 0, -1), ("train_loss",)),
)
