"""Predict, then reveal: a question, the student's guess, the experiment, and the answer read off its figures."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app.class_view import hidden
from regdemo.app.frame import PAGES, panel
from regdemo.app.labs import made
from regdemo.app.limits import NETWORKS, Job, may_train, networks, solution, sweep
from regdemo.app.session import Asked, Guess, session
from regdemo.app.sweeps import Kept, Trained, get_ready, linear_run
from regdemo.app.trainings import live
from regdemo.config.configs import Config, LinearConfig, NetworkConfig
from regdemo.config.costs import dying_seconds
from regdemo.content.exercises import EXERCISES, VERSION
from regdemo.content.questions.base import Dying, Figures, Masks, Minimum, Question, Variants
from regdemo.content.questions.registry import NUMBERED, QUESTIONS
from regdemo.content.say import say
from regdemo.frames import summaries

if TYPE_CHECKING:
    from regdemo.core.linear.data import LinearData
    from regdemo.core.linear.exact import Exact


OF_SWEEPS = LinearConfig | Dying | Minimum  # runs that are read off a sweep


def answers() -> dict[int, bool | None]:
    """This session's answered questions: number -> whether the guess was right, None for "just show me"."""
    return session().answers


def score() -> str:
    """How the session stands, in words."""
    given = answers()
    if not given:
        return say("questions.none_answered")
    guessed = [right for right in given.values() if right is not None]
    return say("questions.score", right=sum(guessed), guessed=len(guessed), answered=len(given), total=len(NUMBERED))


def questions(page: str, config: Config | None = None, lam: float = 0.0, data: "LinearData | None" = None) -> None:
    """The page's share of the questions. `config` and `lam` (or the dropout rate) are those on screen."""
    if hidden("questions"):
        return
    st.subheader(say("questions.heading"), help=say("questions.heading_help"))
    st.caption(score() if answers() else say("questions.guess_first"))
    wanted = st.query_params.get("ask")
    for question in QUESTIONS[page]:
        state = {None: " :material/visibility:", True: " :material/check:", False: " :material/close:"}
        mark = state[answers()[question.number]] if question.number in answers() else ""
        named, title = str(question.number), f"{question.question}{mark}"
        with st.container(key=f"question_{named}"), panel(f"question.{named}", title, expanded=wanted == named) as is_open:
            if is_open:
                _question(page, question, config, lam, data)


def _question(page: str, question: Question, config: Config | None, lam: float, data: "LinearData | None") -> None:
    guesses, number, key = session().guesses, question.number, f"question.{page}.{question.number}"
    asked, choices, now = (page, number), question.choices, (config, lam, "" if data is None else data.digest)
    expected = st.radio(question.ask, choices, index=None, key=f"{key}.guess", disabled=asked in guesses)

    def run(expected: str | None) -> None:
        guesses[asked] = Guess(expected, now, data)

    if asked not in guesses:
        with st.container(horizontal=True):
            st.button(
                say("questions.run"),
                key=f"{key}.run",
                disabled=expected is None,
                type="primary",
                on_click=run,
                args=(expected,),
                help=say("questions.run_help"),
            )
            st.button(say("questions.show"), key=f"{key}.show", on_click=run, args=(None,))
        return
    guess = guesses[asked]
    runs = _answered(question, guess)
    if runs is None:
        return
    decided, expected = question.decide(list(runs.values())), guess.expected
    st.table(marked(runs, question.deciding))
    if decided is None:
        st.info(say("questions.undecided"))
    else:
        right = choices[decided]
        answers().setdefault(number, None if expected is None else expected == right)
        if expected is None:
            st.info(say("questions.answer", right=right))
        elif expected == right:
            st.success(say("questions.right", right=right))
        else:
            st.info(say("questions.wrong", guess=expected, right=right))
    st.markdown(question.explain(runs))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(say("questions.again"), key=f"{key}.again", on_click=_forget, args=(asked, f"{key}.guess"))
        if _decided_by(question, guess.asked) != _decided_by(question, now):
            st.button(
                say("questions.today"), key=f"{key}.today", on_click=run, args=(expected,), help=say("questions.today_help")
            )


def _answered(question: Question, guess: Guess) -> dict[str, Figures] | None:
    """The figures of a question's runs at the settings that it was asked at; None where they are not trained (yet)."""
    runs, data = variants(question, *guess.asked[:2]), guess.data
    if guess.figures is None:
        linear = [run if isinstance(run, LinearConfig) else run.config for run in runs.values() if isinstance(run, OF_SWEEPS)]
        sweeps = [sweep(config, data) for config in linear]
        sweeps += [dying(run.config, data) for run in runs.values() if isinstance(run, Dying)]
        nets = [networks({name: run}) for name, run in runs.items() if isinstance(run, NetworkConfig)]
        if not (may_train(sweeps) and may_train(nets, NETWORKS)) or (found := _figures(runs, data)) is None:
            return None
        guess.figures, guess.data = list(found.values()), None
    return dict(zip(runs, guess.figures, strict=True))


def _decided_by(question: Question, asked: Asked) -> tuple[Any, ...]:
    """The runs that decide a question at these settings, whatever they are called, and the name of the data they see."""
    config, lam, digest = asked
    return *variants(question, config, lam).values(), digest


def marked(runs: dict[str, Figures], deciding: Sequence[str]) -> pd.DataFrame:
    """The runs' figures: first, in bold, those that decide; of the others those that are not 0 in all runs."""
    first = next(iter(runs.values()))
    others = [id for id in first if id not in deciding and any(figures[id] != 0 for figures in runs.values())]
    titles = {id: f"**{say(f'questions.figures.{id}')}**" for id in deciding} | {
        id: say(f"questions.figures.{id}") for id in others
    }
    bold = {id: "**{}**" if id in deciding else "{}" for id in titles}
    table = {
        run: {title: bold[id].format(_figure(figures[id])) for id, title in titles.items()} for run, figures in runs.items()
    }
    return pd.DataFrame.from_dict(table, orient="index")


def variants(question: Question, config: Config | None, lam: float) -> Variants:
    """The runs that decide a question, for the page's config at one λ or dropout rate."""
    if not question.needs_curvature:
        return question.variants(config, lam)
    assert isinstance(config, LinearConfig)
    return question.variants(config, lam, _curvature(config))


@lru_cache(maxsize=64)
def _curvature(config: LinearConfig) -> float:
    from regdemo.core.linear.data import draw_linear
    from regdemo.frames.stability import sharpest

    return sharpest(config, draw_linear(config))


def _forget(asked: tuple[str, int], guess: str) -> None:
    session().guesses.pop(asked, None)
    session().answers.pop(asked[1], None)
    st.session_state[guess] = None


def _figure(value: float) -> str:
    return "–" if not np.isfinite(value) else f"{value:.4g}"


def _figures(variants: Variants, data: "LinearData | None") -> dict[str, Figures] | None:
    """The figures of every run; None where a training was stopped."""
    figures: dict[str, Figures] = {}
    for name, config in variants.items():
        if isinstance(config, OF_SWEEPS):
            figures[name] = figures_of_runs(config, data)
        elif isinstance(config, Masks):
            figures[name] = figures_of_masks(config)
        else:
            run = live({name: config}, lambda run: None, st.empty())
            if run is None or not run.finished:
                return None
            figures[name] = {column: run.last(name)[column] for column in COLUMNS}
    return figures


#: What a network is judged by.
COLUMNS = ("train_accuracy", "train_accuracy_eval", "test_accuracy", "train_loss_eval", "test_loss")


def figures_of_runs(of: LinearConfig | Dying | Minimum, data: "LinearData | None") -> Figures:
    """Medians over the seeds."""
    config = of if isinstance(of, LinearConfig) else of.config
    run = linear_run(config, data)
    if of is config:
        columns = ("train_loss", "test_loss", "l2_norm", "penalty", "n_zero")
        final = {c: summaries.finals(run.result, c)[:, 0] for c in columns}
        biases, gone = run.result.biases[:, 0], run.result.diverged_at[:, 0] >= 0
    else:
        end = _dying(config, run, data) if isinstance(of, Dying) else run.exact
        w, biases, gone = end.weights[:, 0], end.biases[:, 0], np.isnan(end.biases[:, 0])
        final = {f"{split}_loss": end.losses[split][:, 0] for split in ("train", "test")} | {
            "l2_norm": np.linalg.norm(w, axis=1), "penalty": run.result.lam[:, 0] * np.abs(w).sum(1),
            "n_zero": np.where(gone, np.nan, (w == 0).sum(1)),
        }  # fmt: skip
    middle = {c: float(np.median(values)) for c, values in final.items()}
    return {
        "train_loss": middle["train_loss"], "train_loss_and_penalty": middle["train_loss"] + middle["penalty"],
        "test_loss": middle["test_loss"], "l2_norm": middle["l2_norm"], "bias": float(np.median(np.abs(biases))),
        "n_zero": middle["n_zero"], "diverged": float(gone.sum()),
    }  # fmt: skip


def dying(config: LinearConfig, data: "LinearData | None") -> Job:
    """A run in which crossed weights die, on the data of its sweep."""
    return solution("dying", dying_seconds, config, data)


def _dying(config: LinearConfig, run: Trained, data: "LinearData | None") -> "Exact":
    """Where such a run ends."""

    def make() -> Kept:
        from regdemo.core.linear.dying import train_dying
        from regdemo.core.linear.exact import with_losses

        found = with_losses(run.result.data, *train_dying(config, run.result.data))
        return Kept(found, found.nbytes)

    return made(dying(config, data), make).value


def figures_of_masks(config: Masks) -> Figures:
    get_ready()
    from regdemo.core.networks.masks import running

    last = running(config.p, config.draws).groupby("column")["mean"].last()
    return {"p": config.p, "mean_train": last["train"], "mean_unscaled": last["unscaled"], "mean_eval": last["eval"]}


def overview() -> None:
    """All questions with the way to each and what has been answered."""
    state = {None: "questions.list.seen", True: "questions.list.right", False: "questions.list.wrong"}
    with st.expander(say("questions.list.heading")):
        st.markdown(say("questions.list.intro"))
        st.caption(score())
        for number, question in NUMBERED.items():
            id = state[answers()[number]] if number in answers() else "questions.list.entry"
            label = say(id, number=number, question=question.question)
            st.page_link(PAGES[question.page], label=label, query_params={"ask": str(number)})


def exercises() -> None:
    """The textbook's exercises: a task, the link that sets it up, and what to look for."""
    with st.expander(say("exercises.heading")):
        st.markdown(say("exercises.intro"))
        for exercise in EXERCISES:
            with st.container(border=True):
                st.page_link(
                    PAGES[exercise.page],
                    label=say("exercises.entry", title=exercise.title),
                    query_params={"v": VERSION, **exercise.values, "exercise": exercise.name},
                )
                st.markdown(say("exercises.about", task=exercise.task, look=exercise.look))
