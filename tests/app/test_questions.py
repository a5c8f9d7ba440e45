"""Each question's answer follows its runs: change the run, and the answer changes."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from regdemo import PRESETS, LinearConfig, train_linear, train_network
from regdemo.app.questions import figures_of_masks, figures_of_runs, variants
from regdemo.app.sweeps import kept_runs
from regdemo.app.weight_decay.controls import STRENGTHS
from regdemo.config.configs import NetworkConfig
from regdemo.config.presets import SPARSITY_STRENGTHS
from regdemo.content.questions.base import Dying, Masks, Minimum, compared
from regdemo.content.questions.dropout import DROPOUT
from regdemo.content.questions.registry import NUMBERED, QUESTIONS
from regdemo.content.questions.sparsity import SPARSITY
from regdemo.content.questions.weight_decay import WEIGHT_DECAY
from regdemo.core.linear.data import draw_linear
from regdemo.core.rng import generator
from tests.helpers.pages import opened, released, sound

W1 = replace(PRESETS["W1"], n_features=40, epochs=30, seeds=2)
S = replace(PRESETS["S-sparse"], n_features=40, seeds=2, epochs=200)
NAMED = {c.number: c for questions in (SPARSITY, WEIGHT_DECAY, DROPOUT) for c in questions}


def decided(number, config, lam):
    question = NAMED[number]
    return question.choices[question.decide([figures_of_runs(c, None) for c in variants(question, config, lam).values()])]


def test_questions_are_numbered_without_a_gap_and_every_choice_is_a_different_sentence():
    assert list(NUMBERED) == list(range(1, len(NUMBERED) + 1))
    for page, questions in QUESTIONS.items():
        for c in questions:
            assert c.page == page
            assert len(set(c.choices)) == len(c.choices) >= 3
            assert c.question.endswith("?")
            assert "?" in c.ask


@pytest.mark.parametrize(
    ("a", "b", "choice"), [(1.0, 1.005, 0), (1.0, 1.02, 1), (1.0, 0.9, 2), (0.0, 0.0, 0), (np.nan, 1.0, None)]
)
def test_two_figures_are_compared(a, b, choice):
    assert compared(a, b) == choice


@pytest.mark.parametrize(
    ("number", "config", "lam", "answer", "other", "other_lam", "other_answer"),
    [
        (3, replace(W1, epochs=100), 1.0, "longer", replace(W1, lr=1e-7), 3.0, "as long, within 1 %"),
        (5, W1, 3.0, "closer to 0", W1, 0.0, "in the same place, within 1 %"),
        (7, replace(PRESETS["W1"], seeds=2), 3.0, "higher", replace(W1, lr=1e-6), 3.0, "in the same place, within 1 %"),
        (1, S, 0.2, "none", replace(S, init_scale=0.0, epochs=1, lr=1e-8, coefficient=0.0, noise=0.0), 0.2, "as many or more"),
        (2, S, 0.2, "only L1", replace(S, epochs=1, lr=1e-6), 0.05, "neither"),
        (11, S, 0.2, "more", S, 1.0, "as many, within 1 %"),
        (11, replace(S, n_features=5, n_informative=0), 0.2, "more", replace(S, epochs=2, lr=1e-6), 0.2, "fewer"),
    ],
)  # fmt: skip
def test_another_run_gives_another_answer(number, config, lam, answer, other, other_lam, other_answer):
    assert decided(number, config, lam) == answer
    assert decided(number, other, other_lam) == other_answer


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_other_conventions_are_what_torchs_sgd_makes_of_them(optimizer):
    config = replace(W1, n_train=8, batch_size=8, epochs=30, seeds=1, optimizer=optimizer)
    x, y = (torch.from_numpy(part[0]).double() for part in draw_linear(config).split("train"))
    losses = (lambda e: (e**2).mean() / 2, lambda e: (e**2).mean(), lambda e: (e**2).sum() / 2)
    for run, loss in zip(variants(NAMED[3], config, 2.0).values(), losses, strict=True):
        w = torch.randn(40, generator=generator(0, "weights")).double().requires_grad_()
        b = torch.zeros((), dtype=torch.float64, requires_grad=True)
        sgd = torch.optim.SGD([w, b], lr=config.lr)
        for _ in range(config.epochs):
            sgd.zero_grad()
            (loss(x @ w + b - y) + 2.0 * (w**2).sum() / 2).backward()
            sgd.step()
        assert figures_of_runs(run, None)["l2_norm"] == pytest.approx(float(w.detach().norm()), rel=1e-4)


def test_a_learning_rate_that_no_config_allows_is_left_out():
    assert len(variants(NAMED[3], replace(W1, n_train=500, batch_size=500, lr=10.0), 1.0)) == 2


SPARSE = {c.number: c for c in SPARSITY}


def explained(number, config, lam):
    question = SPARSE[number]
    return question.explain({name: figures_of_runs(c, None) for name, c in variants(question, config, lam).items()})


@pytest.mark.parametrize(
    ("number", "config", "lam", "always", "here"),
    [
        (1, S, 0.2, "the solver decides", ""),
        (1, replace(S, init_scale=0.0, epochs=1, coefficient=0.0, noise=0.0), 0.2, "the solver decides", "were 0 from the start"),
        (1, replace(S, epochs=1, lr=1e-6), 0.05, "the solver decides", "no weight has come to rest"),
        (2, S, 0.2, "L2 pulls with λw", ""),
        (2, replace(S, init_scale=0.0, epochs=1, coefficient=0.0, noise=0.0), 0.2, "L2 pulls with λw", "L2’s zeros here"),
        (2, replace(S, epochs=1, lr=1e-6), 0.05, "L2 pulls with λw", "no weight has come to rest"),
        (7, S, 0.2, "never has the smaller loss", "lowest in “L1, λ = 0.05 of λ_max”"),
        (7, replace(S, init_scale=1.0, epochs=3, lr=0.01), 0.2, "never has the smaller loss", "before they have converged"),
        (7, replace(S, init_scale=1.0, epochs=3, lr=0.01), 0.2, "never has the smaller loss", "These runs still have ‖w‖₂ = "),
        (7, replace(S, n_informative=0, noise=1.0), 0.2, "never has the smaller loss", "lowest in “L1, λ = 1 of λ_max”"),
        (11, S, 0.2, "not updated again", "what has died stays dead"),
        (11, S, 0.2, "not updated again", "depends on the way"),
        (11, S, 0.2, "not updated again", "It costs"),
        (11, S, 1.0, "not updated again", ""),
    ],
)  # fmt: skip
def test_what_is_said_of_sparse_runs_is_what_they_show(number, config, lam, always, here):
    said = explained(number, config, lam)
    assert always in said
    assert here in said
    for extra in (
        "were 0 from the start",
        "no weight has come to rest",
        "before they have converged",
        "stays dead",
        "the way",
        "costs",
    ):
        assert extra not in said or here


def test_at_lambda_max_nothing_is_left_only_where_nothing_is_left():
    runs = {
        "a": {"train_loss": 1.0, "test_loss": 3.0, "l2_norm": 2.0},
        "b": {"train_loss": 2.0, "test_loss": 2.5, "l2_norm": 0.0},
    }
    assert "no weight is left" in SPARSE[7].explain(runs)
    assert "“b”" in SPARSE[7].explain(runs)
    assert "no weight is left" not in SPARSE[7].explain(runs | {"b": runs["b"] | {"l2_norm": 4.5}})
    gone = SPARSE[7].explain(runs | {"b": dict.fromkeys(runs["b"], np.nan)})
    assert "λ_max" not in gone
    assert "lowest" not in gone


@pytest.mark.parametrize("question", SPARSITY, ids=lambda c: str(c.number))
def test_sparse_runs_that_diverge_decide_nothing(question):
    runs = [figures_of_runs(c, None) for c in variants(question, replace(S, lr=30.0), 0.1).values()]
    assert any(run["diverged"] for run in runs)
    assert question.decide(runs) is None


def test_adam_and_adamw_differ_with_decay_and_agree_without():
    assert decided(4, W1, 3.0) != decided(4, W1, 0.0)
    assert decided(4, W1, 0.0) == "neither: equal within 1 %"


def test_a_sum_over_batches_is_compared_only_where_all_batches_are_equal():
    batches = {b: variants(NAMED[3], replace(W1, n_train=20, batch_size=b), 1.0) for b in (1, 5, 8, 20)}
    assert {b: len(runs) for b, runs in batches.items()} == {1: 2, 5: 3, 8: 2, 20: 3}


def test_the_question_on_the_bias_compares_the_sizes_of_each_seeds_bias():
    config = replace(PRESETS["W1"], seeds=8, epochs=1)
    free, decayed = variants(NAMED[5], config, 3.0).values()
    sizes = [np.median(np.abs(train_linear(c, device="cpu").biases[:, 0])) for c in (free, decayed)]
    assert [figures_of_runs(c, None)["bias"] for c in (free, decayed)] == pytest.approx(sizes)
    assert (
        decided(5, config, 3.0) == NAMED[5].choices[1 if sizes[1] > 1.01 * sizes[0] else 2 if sizes[1] < 0.99 * sizes[0] else 0]
    )


LEARNING_RATES = {
    "W1": (W1, 3.0),
    "one feature": (replace(W1, n_features=1, n_train=500), 3.0),
    "full batches": (replace(W1, n_train=100, batch_size=100, n_features=50, init_scale=0.0, coefficient=0.1, epochs=50), 3.0),
    "a large λ": (replace(W1, n_features=2, n_train=10), 100.0),
    "no λ": (W1, 0.0),
    "one step": (replace(W1, n_train=5, batch_size=5, epochs=1), 3.0),
}


@pytest.mark.parametrize(("config", "lam"), LEARNING_RATES.values(), ids=list(LEARNING_RATES))
def test_the_small_step_is_half_of_what_is_safe_and_the_large_one_ten_times_too_much(config, lam):
    runs = variants(NAMED[6], config, lam)
    x = draw_linear(config).x_train.astype(float)
    longest = max(float(one @ one) for seed in x for one in seed) + 1
    ones = [np.column_stack([seed, np.ones(len(seed))]) for seed in x]
    full = max(float(np.linalg.eigvalsh(one.T @ one / len(one))[-1]) for one in ones)
    curvature = full if config.batch_size == config.n_train else longest
    small, large = (2 / (curvature + (lam or 3.0)), 2 / curvature)
    expected = [small / 2, small / 2, 10 * large, 10 * large]
    assert [run.lr for run in runs.values()] == pytest.approx(expected, rel=0.06)  # η is written with two digits
    figures = {name: figures_of_runs(run, None) for name, run in runs.items()}
    gone = [run["diverged"] > 0 for run in figures.values()]
    assert gone[:2] == [False, False]
    assert ("the step size decides" in NAMED[6].explain(figures)) == (gone == [False, False, True, True])
    if config.epochs > 1:
        assert decided(6, config, lam) == "both with the large η"


def test_another_verdict_than_that_of_the_step_size_is_not_explained_by_it():
    tame = [{"diverged": 0.0}] * 4
    assert NAMED[6].decide(tame) == 0
    assert "the step size decides" not in NAMED[6].explain(dict(enumerate(tame)))
    assert NAMED[6].choices[NAMED[6].decide([tame[0], tame[0], {"diverged": 2.0}, tame[0]])] == "only the large η without λ"


@pytest.mark.parametrize(("p", "answer"), [(0.5, "(1 − p) times that"), (0.2, "(1 − p) times that")])
def test_masks_without_the_factor_lower_the_mean(p, answer):
    question = NAMED[9]
    run = figures_of_masks(Masks(p, 300))
    assert question.choices[question.decide([run])] == answer
    assert question.choices[question.decide([run | {"mean_unscaled": run["mean_eval"]}])] == "the mean of the input"
    assert question.choices[question.decide([run | {"mean_unscaled": 7.5 / (1 - p)}])] == "1/(1 − p) times that"


def figures(config):
    for record in train_network(config, device="cpu"):
        last = record
    return {
        "train_accuracy": last.train_accuracy,
        "test_accuracy": last.test_accuracy,
        "test_loss": last.test_loss,
    }


def test_the_dropout_questions_are_decided_by_their_networks():
    modes = NAMED[8]
    (config,) = variants(modes, None, 0.5).values()
    assert modes.choices[modes.decide([figures(config)])] == "test"
    assert modes.choices[modes.decide([figures(replace(config, dropout=(0.0,)))])] == "training"
    helps = NAMED[10]
    runs = [figures(c) for c in variants(helps, None, 0.5).values()]
    assert helps.choices[helps.decide(runs)] == "it raises it"
    assert helps.choices[helps.decide(runs[2:])] == "it lowers it"  # the large network on few images
    assert all(isinstance(c, NetworkConfig) and c.dataset == "digits" for c in variants(helps, None, 0.3).values())


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_the_dropout_questions_are_asked_of_a_rate_that_drops_and_keeps(p):
    for number in (8, 9, 10):
        assert any("p = 0.5" in name for name in NAMED[number].variants(None, p))
        assert not any("p = 1" in name for name in NAMED[number].variants(None, p))


def test_why_dropout_did_not_help_is_read_off_the_runs():
    runs = {
        name: {"train_loss_eval": train, "test_loss": test}
        for name, train, test in (("a", 0.1, 0.25), ("b", 0.7, 0.79), ("c", 0.001, 0.4), ("d", 0.002, 0.36))
    }
    said = NAMED[10].explain(runs)
    assert "from 0.1 to 0.7, and the gap from 0.15 to 0.09." in said
    assert "nothing to cure" not in said
    runs["b"] = {"train_loss_eval": np.nan, "test_loss": 1.0}
    assert "nan" not in NAMED[10].explain(runs)


def test_the_column_that_an_answer_names_is_in_its_table():
    at = opened("pages/dropout.py", "question.8", lab="bench")
    at.button(key="question.dropout.8.show").click().run()
    (named,) = re.findall("column “(.+?)”", NAMED[8].explain({}))
    assert any(named in t.value.columns for t in at.table)


@pytest.mark.parametrize("strength", [0.0, 0.001, 100.0])
@pytest.mark.parametrize("question", WEIGHT_DECAY, ids=lambda c: str(c.number))
def test_every_strength_of_the_page_gives_runs_and_an_answer(question, strength):
    runs = [figures_of_runs(c, None) for c in variants(question, replace(W1, epochs=3), strength).values()]
    assert question.decide(runs) in (None, *range(len(question.choices)))


@pytest.mark.parametrize("question", SPARSITY, ids=lambda c: str(c.number))
def test_every_share_of_the_page_gives_runs_and_an_answer(question):
    for share in (SPARSITY_STRENGTHS[0], SPARSITY_STRENGTHS[-1]):
        runs = [figures_of_runs(c, None) for c in variants(question, replace(S, epochs=3), share).values()]
        assert question.decide(runs) in range(len(question.choices))


QUICK = {"seeds": "2"}


def test_a_guess_is_committed_the_answer_revealed_and_the_overview_keeps_the_score():
    at = opened("pages/weight_decay.py", "question.7", "question.5", "question.3", **QUICK)
    assert at.button(key="question.weight_decay.7.run").disabled
    at.radio(key="question.weight_decay.7.guess").set_value("lower").run()
    at.button(key="question.weight_decay.7.run").click().run()
    assert at.radio(key="question.weight_decay.7.guess").disabled
    assert any("You expected: lower. These runs say: **higher**" in i.value for i in at.info)
    at.button(key="question.weight_decay.5.show").click().run()
    at.radio(key="question.weight_decay.3.guess").set_value("longer").run()
    at.button(key="question.weight_decay.3.run").click().run()
    assert [e.message for e in at.exception] == []
    at.switch_page("streamlit_app.py").run()
    assert any(f"1 of 2 guesses right; 3 of {len(NUMBERED)} questions answered." in c.value for c in at.caption)
    labels = [link.proto.label for link in at.get("page_link")]
    assert any(label.startswith("7.") and label.endswith("(not what you expected)") for label in labels)
    assert sum(label[:1].isdigit() for label in labels) == len(NUMBERED)


def test_asking_again_forgets_the_guess():
    at = opened("pages/weight_decay.py", "question.7", **QUICK)
    at.radio(key="question.weight_decay.7.guess").set_value("higher").run()
    at.button(key="question.weight_decay.7.run").click().run()
    assert any("You were right." in s.value for s in at.success)
    at.button(key="question.weight_decay.7.again").click().run()
    assert at.radio(key="question.weight_decay.7.guess").value is None
    assert not at.session_state["regdemo"].answers


def test_nothing_is_trained_before_a_guess_and_diverged_runs_decide_nothing():
    at = opened("pages/weight_decay.py", **QUICK | {"lr": "10", "ask": "3"})
    assert [e.proto.expanded for e in at.expander if e.label.startswith("λ, weight")] == [True]
    at.button(key="question.weight_decay.3.show").click().run()
    assert any("diverged, so these runs decide nothing" in i.value for i in at.info)
    assert not at.session_state["regdemo"].answers


def test_the_dropout_pages_questions_run_in_every_lab():
    at = opened("pages/dropout.py", "question.8", "question.9", "question.10", lab="bench")
    for number in (8, 9, 10):
        at.button(key=f"question.dropout.{number}.show").click().run()
    assert [e.message for e in at.exception] == []
    assert sum("These runs say" in i.value for i in at.info) == 3


def test_a_config_of_one_strength_is_all_that_a_variant_needs():
    for question in (*WEIGHT_DECAY, *SPARSITY):
        base = W1 if question in WEIGHT_DECAY else S
        for run in variants(question, base, 0.2).values():
            config = run.config if isinstance(run, Dying | Minimum) else run
            assert isinstance(config, LinearConfig)
            assert len(config.strengths) == 1


@pytest.mark.usefixtures("nothing_kept")
def test_an_answer_stays_with_the_settings_that_it_was_asked_at_until_it_is_asked_for_todays():
    at = opened("pages/weight_decay.py", "question.7", **QUICK, lam="3", epochs="5")
    at.radio(key="question.weight_decay.7.guess").set_value("higher").run()
    at.button(key="question.weight_decay.7.run").click().run()
    (answer,) = [t.value for t in at.table if any("train loss" in c for c in t.value.columns)]
    assert not [b for b in at.button if b.key == "question.weight_decay.7.today"]
    trained = kept_runs().computed
    sound(released(at, STRENGTHS.index(10.0)))
    kept_runs()._kept.clear()  # nor does it need what was trained for it
    opened_again = sound(at.run())
    assert kept_runs().computed == trained + 1  # the page's own sweep
    assert any(t.value.equals(answer) for t in opened_again.table)
    sound(at.button(key="question.weight_decay.7.today").click().run())
    assert kept_runs().computed == trained + 4
    assert not any(t.value.equals(answer) for t in at.table)
    assert any("λ = 10" in name for t in at.table for name in t.value.index)
    assert at.session_state["regdemo"].answers == {7: True}
