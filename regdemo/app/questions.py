"""Predict, then reveal: a question, the student's guess, the experiment, and the answer read off its figures."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from regdemo.app.frame import PAGES
from regdemo.app.links import LINK_VERSION
from regdemo.app.session import session
from regdemo.app.sweeps import get_ready, linear_run
from regdemo.app.trainings import live
from regdemo.config.configs import LinearConfig
from regdemo.content.exercises import EXERCISES
from regdemo.content.questions.base import Confusion, Figures, Masks, Variants
from regdemo.content.questions.registry import QUESTIONS
from regdemo.frames import summaries


def answers() -> dict[int, bool | None]:
    """This session's answered questions: number -> whether the guess was right, None for "just show me"."""
    return session().answers


def score() -> str:
    """How the session stands, in words."""
    given = answers()
    if not given:
        return "None answered yet. Answers last until the page is loaded anew."
    guessed = [right for right in given.values() if right is not None]
    total = len({c.number for questions in QUESTIONS.values() for c in questions})
    return f"{sum(guessed)} of {len(guessed)} guesses right; {len(given)} of {total} questions answered."


def questions(page: str, config: Any = None, lam: float = 0.0, data: Any = None) -> None:
    """The page's share of the questions. `config` and `lam` (or the dropout rate) are those on screen."""
    st.subheader("Predict, then look", help="A guess first makes the answer stick. “Just show me” skips it.")
    st.caption(
        score()
        if answers()
        else "Guess first, then let the experiment decide. Nothing here is stored: each answer is read off its runs."
    )
    wanted = st.query_params.get("ask")
    for confusion in QUESTIONS[page]:
        state = {None: "", True: " :material/check:", False: " :material/close:"}
        mark = state[answers()[confusion.number]] or " :material/visibility:" if confusion.number in answers() else ""
        place = st.container(key=f"question_{confusion.number}")
        with place.expander(f"{confusion.question}{mark}", expanded=wanted == str(confusion.number)):
            _question(page, confusion, config, lam, data)


def _question(page: str, confusion: Confusion, config: Any, lam: float, data: Any) -> None:
    guesses, number, key = session().guesses, confusion.number, f"question.{page}.{confusion.number}"
    asked = (page, number)
    guess = st.radio(
        confusion.ask, confusion.choices, index=None, key=f"{key}.guess", disabled=asked in guesses,
    )  # fmt: skip
    if asked not in guesses:
        with st.container(horizontal=True):
            st.button(
                "Run the experiment", key=f"{key}.run", disabled=guess is None, type="primary",
                on_click=lambda: guesses.update({asked: guess}), help="Choose an answer first.",
            )  # fmt: skip
            st.button("Just show me", key=f"{key}.show", on_click=lambda: guesses.update({asked: None}))
        return
    found = _figures(variants(confusion, config, lam), data)
    if found is None:
        return
    guess, decided = guesses[asked], confusion.decide(list(found.values()))
    st.table(pd.DataFrame.from_dict({n: {w: _figure(v) for w, v in f.items()} for n, f in found.items()}, orient="index"))
    if decided is None:
        st.info("A run diverged, so these runs decide nothing. Lower the learning rate and look again.")
    else:
        right = confusion.choices[decided]
        answers().setdefault(number, None if guess is None else guess == right)
        said = "" if guess is None else "You were right. " if guess == right else f"You expected: {guess}. "
        (st.success if guess == right else st.info)(f"{said}These runs say: **{right}**.")
    st.markdown(confusion.explain(found))
    st.button("Ask me again", key=f"{key}.again", on_click=_forget, args=(asked, f"{key}.guess"))


def variants(confusion: Confusion, config: Any, lam: float) -> Variants:
    """The runs that decide a question, for the page's config at one λ or dropout rate."""
    if not confusion.needs_curvature:
        return confusion.variants(config, lam)
    from regdemo.core.linear.data import draw_linear
    from regdemo.frames.stability import sharpest

    return confusion.variants(config, lam, sharpest(config, draw_linear(config)))


def _forget(asked: tuple[str, int], guess: str) -> None:
    session().guesses.pop(asked, None)
    session().answers.pop(asked[1], None)
    st.session_state[guess] = None


def _figure(value: float) -> str:
    return "–" if not np.isfinite(value) else f"{value:.4g}"


def _figures(variants: dict[str, Any], data: Any) -> dict[str, Figures] | None:
    """The figures of every run; None where a training was stopped."""
    first = next(iter(variants.values()))
    if isinstance(first, LinearConfig):
        return {name: _linear(config, data) for name, config in variants.items()}
    if isinstance(first, Masks):
        return {name: _masks(config) for name, config in variants.items()}
    columns = {
        "train accuracy, while training": "train_accuracy", "train accuracy, eval mode": "train_accuracy_eval",
        "test accuracy": "test_accuracy", "train loss, eval mode": "train_loss_eval", "test loss": "test_loss",
    }  # fmt: skip
    found = {}
    for name, config in variants.items():
        run = live({name: config}, lambda run: None, st.empty())
        if run is None or not run.finished:
            return None
        found[name] = {word: run.last(name)[column] for word, column in columns.items()}
    return found


def _linear(config: LinearConfig, data: Any) -> Figures:
    result = linear_run(config, data).result
    final = {
        c: float(np.median(summaries.finals(result, c)[:, 0]))
        for c in ("train_loss", "test_loss", "l2_norm", "penalty", "n_zero")
    }
    return {
        "train loss": final["train_loss"], "train loss + penalty": final["train_loss"] + final["penalty"],
        "test loss": final["test_loss"], "‖w‖₂": final["l2_norm"], "|bias|": float(np.median(np.abs(result.biases[:, 0]))),
        "exactly zero": final["n_zero"], "seeds diverged": float((result.diverged_at[:, 0] >= 0).sum()),
    }  # fmt: skip


def _masks(config: Masks) -> Figures:
    get_ready()
    from regdemo.core.networks.masks import running

    last = running(config.p, config.draws).groupby("column")["mean"].last()
    return {
        "p": config.p, "mean in train mode": last["train"], "mean without the factor": last["unscaled"], "mean in eval mode": last["eval"],
    }  # fmt: skip


def overview() -> None:
    """All questions with the way to each and what has been answered."""
    st.subheader("Ten questions that everybody asks")
    st.markdown("Each is decided by an experiment that you start. Guess first.")
    st.caption(score())
    words = {None: "seen", True: "right", False: "not what you expected"}
    rows = {c.number: (c, page) for page, asked in reversed(QUESTIONS.items()) for c in asked}
    for number, (confusion, page) in sorted(rows.items()):
        note = f" ({words[answers()[number]]})" if number in answers() else ""
        st.page_link(PAGES[page], label=f"{number}. {confusion.question}{note}", query_params={"ask": str(number)})


def exercises() -> None:
    """The textbook's exercises: a task, the link that sets it up, and what to look for."""
    st.subheader("The textbook’s exercises")
    st.markdown("Each link opens a page with everything set, and with the task on top of it.")
    for exercise in EXERCISES:
        with st.container(border=True):
            st.page_link(
                PAGES[exercise.page],
                label=f"**{exercise.title}**",
                query_params={"v": str(LINK_VERSION), **exercise.values, "exercise": exercise.name},
            )
            st.markdown(f"{exercise.task}\n\n{exercise.look}")
