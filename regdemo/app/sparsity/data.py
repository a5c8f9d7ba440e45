"""The data that the sparsity page learns from: drawn with a known truth, the diabetes table, or a file of the visitor's own."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import streamlit as st

from regdemo.app.session import OwnFile, session
from regdemo.content.say import say
from regdemo.core.linear.standardized import Problem, problem
from regdemo.core.linear.tables import BYTES_MOST, Table, TableError, diabetes, read_csv

TOLD_MOST = 5  # sentences on what was left out of a file that stand on the page; more are in the panel below


def problem_of(chosen: Mapping[str, Any]) -> Problem | None:
    """The standardised table that the controls name, and what was done to it in words; None where data are drawn.

    Without a table that can be used, the page says why and ends.
    """
    try:
        if chosen["source"] == "csv":
            own = own_problem(*(chosen[name] for name in ("interactions", "seeds", "seed", "n_train")))
            if own is None:
                st.stop()
            return own
        table = bundled(chosen)
    except TableError as error:
        st.error(str(error))
        st.stop()
    forget_file()
    if table is not None:
        tell_problem(table)
    return table


def bundled(values: Mapping[str, Any]) -> Problem | None:
    """The standardised diabetes table that the controls name; None where data are drawn."""
    if values["source"] == "synthetic":
        return None
    return diabetes_problem(*(values[name] for name in ("target", "interactions", "seeds", "seed", "n_train")))


@st.cache_data(max_entries=1)
def _diabetes() -> Table:
    return diabetes()


@lru_cache(maxsize=16)
def diabetes_problem(target: str, interactions: bool, seeds: int, seed: int, n_train: int) -> Problem:
    """The bundled diabetes table with one of its columns to predict, standardised."""
    return _problem(_diabetes(), target, interactions, seeds, seed, n_train)


def _problem(table: Table, target: str, interactions: bool, seeds: int, seed: int, n_train: int) -> Problem:
    most = len(table.columns) - 2 * (min(len(table.columns), 2000) // 5)
    return problem(table, target, interactions=interactions, seeds=seeds, seed=seed, n_train=max(2, min(n_train, most)))


def own_problem(interactions: bool, seeds: int, seed: int, n_train: int) -> Problem | None:
    """Ask for a CSV file and a target; the standardised problem, or None (and a sentence) where there is none yet.

    What was read stays in this session's memory as long as the file is there, and is written nowhere.
    """
    file = st.file_uploader(say("sparsity.file.ask"), type=["csv", "tsv", "txt"], help=say("sparsity.file.help"))
    if file is None:
        forget_file()
        st.info(say("sparsity.file.none"))
        return None
    held = session().file or OwnFile()
    session().file = held
    try:
        if file.size > BYTES_MOST:
            raise TableError(say("sparsity.file.too_large", size=file.size / 2**20))
        if held.table is None or held.id != file.file_id:
            held.id, held.table, held.problem, held.made_with = file.file_id, None, None, ()
            held.table = read_csv(file.getvalue())
        table = held.table
        target = st.selectbox(say("sparsity.file.target"), table.names, index=len(table.names) - 1, key="file.target")
        asked = (target, interactions, seeds, seed, n_train)
        if held.problem is None or held.made_with != asked:
            held.problem, held.made_with = _problem(table, *asked), asked
    except TableError as error:
        st.error(say("sparsity.file.unusable"))
        st.text(str(error))  # names from a file are shown, never rendered
        return None
    tell_problem(held.problem, table)
    return held.problem


def forget_file() -> None:
    """Let go of what was read from a file."""
    session().file = None


def tell_problem(made: Problem, table: Table | None = None) -> None:
    """What was done to a table before training."""
    table = _diabetes() if table is None else table
    first, later = table.report[:TOLD_MOST], [*table.report[TOLD_MOST:], *made.notes]
    if first:
        st.text("\n".join(first))  # names from a file are shown, never rendered
    with st.expander(say("sparsity.file.panel", rows=len(table.columns), features=made.fields["n_features"])):
        st.text("\n".join(later))
