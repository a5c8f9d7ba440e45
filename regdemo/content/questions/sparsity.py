"""The questions of the L1-versus-L2 page and the runs that decide them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from regdemo.config.configs import LinearConfig
from regdemo.content.questions.base import Dying, Figures, Minimum, Question, Variants, at_strength, close, first_and_last
from regdemo.content.say import say


def why_no_zeros(runs: Mapping[str, Figures]) -> str:
    """What a subgradient run and a proximal one, by name, say of exact zeros."""
    subgradient, proximal = (run["n_zero"] for run in runs.values())
    sentences = [say("questions.l1_vs_l2.1.solver_decides")]
    if subgradient > 0:
        sentences.append(say("questions.l1_vs_l2.1.zeros_by_chance"))
    elif proximal == 0:
        sentences.append(say("questions.l1_vs_l2.1.not_come_to_rest"))
    return " ".join(sentences)


def why_l1_snaps(runs: Mapping[str, Figures]) -> str:
    """What a run of L1 and one of L2, by name, say of exact zeros."""
    l1, l2 = (run["n_zero"] for run in runs.values())
    sentences = [say("questions.l1_vs_l2.2.two_forces")]
    if l2 > 0:
        sentences.append(say("questions.l1_vs_l2.2.zeros_of_l2"))
    elif l1 == 0:
        sentences.append(say("questions.l1_vs_l2.2.not_come_to_rest"))
    return " ".join(sentences)


def what_rose(runs: Mapping[str, Figures]) -> str:
    """What runs of L1 from the smallest λ up to λ_max, by name, say of their losses."""
    names, figures = list(runs), list(runs.values())
    sentences, norm = [say("questions.l1_vs_l2.7.at_the_minimum")], figures[-1]["l2_norm"]
    if figures[-1]["train_loss"] < 0.99 * figures[0]["train_loss"]:
        sentences.append(say("questions.l1_vs_l2.7.not_converged"))
    if norm == 0:
        sentences.append(say("questions.l1_vs_l2.7.no_weight_left"))
    elif math.isfinite(norm):
        sentences.append(say("questions.l1_vs_l2.7.weights_left", norm=norm))
    losses = [run["test_loss"] for run in figures]
    if all(math.isfinite(loss) for loss in losses):
        sentences.append(say("questions.l1_vs_l2.7.judge_by_test", run=names[losses.index(min(losses))]))
    return " ".join(sentences)


def why_none_comes_back(runs: Mapping[str, Figures]) -> str:
    """What runs of L1 as λ falls say of weights that died: by subgradient, by the proximal step, dying, dying at λ alone, the minimum."""
    _, proximal, fallen, alone, exact = runs.values()
    sentences = [say("questions.l1_vs_l2.11.rule")]
    if fallen["n_zero"] > proximal["n_zero"]:
        sentences.append(say("questions.l1_vs_l2.11.back", proximal=proximal["n_zero"], fallen=fallen["n_zero"]))
    if not close(fallen["n_zero"], alone["n_zero"]):
        sentences.append(say("questions.l1_vs_l2.11.way", alone=alone["n_zero"], fallen=fallen["n_zero"]))
    if fallen["test_loss"] > 1.01 * exact["test_loss"]:
        sentences.append(say("questions.l1_vs_l2.11.costs", fallen=fallen["test_loss"], exact=exact["test_loss"]))
    return " ".join(sentences)


def _zeros_by_subgradient(runs: Sequence[Figures]) -> int | None:
    subgradient, proximal = (run["n_zero"] for run in runs)
    if not math.isfinite(subgradient + proximal):
        return None
    return 0 if subgradient == 0 else 1 if subgradient < proximal else 2


def _who_gives_zeros(runs: Sequence[Figures]) -> int | None:
    if not all(math.isfinite(run["n_zero"]) for run in runs):
        return None
    l1, l2 = (run["n_zero"] > 0 for run in runs)
    return {(True, False): 0, (False, True): 1, (True, True): 2, (False, False): 3}[l1, l2]


def _zeros(c: LinearConfig, share: float) -> Variants:
    return {
        say("questions.l1_vs_l2.1.runs.subgradient"): at_strength(c, share, penalty="l1", solver="sgd"),
        say("questions.l1_vs_l2.1.runs.proximal"): at_strength(c, share, penalty="l1", solver="proximal"),
    }


def _snap(c: LinearConfig, share: float) -> Variants:
    return {
        say("questions.l1_vs_l2.2.runs.l1"): at_strength(c, share, penalty="l1", solver="proximal"),
        say("questions.l1_vs_l2.2.runs.l2"): at_strength(c, share, penalty="l2", solver="proximal"),
    }


def _rising_l1(c: LinearConfig, share: float) -> Variants:
    shares = dict.fromkeys((min(c.strengths), share, 1.0))
    return {say("questions.l1_vs_l2.7.runs", share=s): at_strength(c, s, penalty="l1", solver="proximal") for s in shares}


def _falling(c: LinearConfig, share: float) -> Variants:
    """λ begins at λ_max and falls halfway; one run has the later λ from the start."""
    alone = at_strength(c, share, penalty="l1", solver="proximal")
    falls = replace(alone, switch_epoch=c.epochs // 2, switch_from=1.0)
    return {
        say("questions.l1_vs_l2.11.runs.subgradient", share=share): replace(falls, solver="sgd"),
        say("questions.l1_vs_l2.11.runs.proximal", share=share): falls,
        say("questions.l1_vs_l2.11.runs.dying", share=share): Dying(falls),
        say("questions.l1_vs_l2.11.runs.alone", share=share): Dying(alone),
        say("questions.l1_vs_l2.11.runs.exact", share=share): Minimum(falls),
    }


SPARSITY = (
    Question("l1_vs_l2", 1, _zeros, _zeros_by_subgradient, ("n_zero",), why_no_zeros),
    Question("l1_vs_l2", 2, _snap, _who_gives_zeros, ("n_zero",), why_l1_snaps),
    Question("l1_vs_l2", 7, _rising_l1, first_and_last("train_loss", 0, -1), ("train_loss",), what_rose),
    Question("l1_vs_l2", 11, _falling, first_and_last("n_zero", 4, 2), ("n_zero",), why_none_comes_back),
)
