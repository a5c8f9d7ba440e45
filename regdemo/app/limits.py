"""What one run of a page may cost: all that it would train counts together, against one budget.

What is kept costs nothing. Above `asks` seconds the page says what training would take and what to lower, and trains once it is
told to; above `refuses` it does not. REGDEMO_UNLIMITED=1 lifts this on a machine of one's own.
"""

import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from regdemo.app.session import session
from regdemo.app.sweeps import CACHE_BYTES, ROWS_BYTES, Data, folds_key, kept_runs, slowness, sweep_key
from regdemo.app.trainings import run_key, together_key
from regdemo.config.configs import Config, LinearConfig, NetworkConfig
from regdemo.config.costs import batched_seconds, easier, exact_seconds, sweep_bytes, training_seconds
from regdemo.content.say import say
from regdemo.core.memory import gigabytes

UNLIMITED = "REGDEMO_UNLIMITED"
FOLDS = 6  # five folds and the whole
SAVES = 0.2  # what is worth lowering: at least this share of the seconds


@dataclass(frozen=True)
class Limit:
    """Seconds of training in one run of a page."""

    kind: str
    asks: float
    refuses: float


SWEEPS = Limit("sweeps", 5.0, 60.0)
NETWORKS = Limit("networks", 30.0, 300.0)  # they show progress and can be stopped


Costs = Callable[[Sequence[Any]], float]  # about how long configs take together, on the machine of regdemo.config.costs


@dataclass(frozen=True)
class Job:
    """Something to train or to solve: what it is kept under, of which configs it is, what these cost, and what it will hold."""

    key: Hashable
    configs: tuple[Config, ...]
    costs: Costs
    nbytes: int = 0

    def seconds(self, configs: Sequence[Config] | None = None) -> float:
        """About how long it takes here; or would, if its configs were these."""
        return slowness() * self.costs(self.configs if configs is None else configs)

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to train: it is kept, or the visitor has stopped it."""
        return kept_runs().peek(self.key) is not None or self.key in session().stopped


def _each(*costs: Callable[[Any], float]) -> Costs:
    return lambda configs: sum(cost(config) for cost in costs for config in configs)


def sweep(config: LinearConfig, data: Data = None) -> Job:
    """A sweep with the exact solutions of its strengths."""
    costs = _each(training_seconds, exact_seconds)
    return Job(sweep_key(config, data), (config,), costs, sweep_bytes(config) + ROWS_BYTES)


def solution(name: str, seconds: Callable[[LinearConfig], float], config: LinearConfig, data: Data = None) -> Job:
    """Something else than its sweep that is made of a config's data."""
    return Job((name, *sweep_key(config, data)), (config,), _each(seconds))


def folds(config: LinearConfig, data: Data = None) -> Job:
    """Cross-validation, on one seed."""
    return Job(folds_key(config, data), (config,), _each(lambda config: FOLDS * exact_seconds(config, 1)))


def networks(configs: Mapping[str, NetworkConfig]) -> Job:
    """Networks that are trained side by side."""
    return Job(run_key(configs), tuple(configs.values()), _each(training_seconds))


def batched(configs: Sequence[NetworkConfig]) -> Job:
    """Networks of one shape that are trained as one."""
    return Job(together_key(configs), tuple(configs), batched_seconds)


def together(configs: Sequence[NetworkConfig]) -> Job:
    """Networks that are trained side by side for one sweep."""
    return Job(together_key(configs), tuple(configs), _each(training_seconds))


def may_train(jobs: Sequence[Job], limit: Limit = SWEEPS, on_demand: str = "") -> bool:
    """Whether what is missing of these jobs may be trained now, after what this run of the page has trained already.

    If not, it is said why and what to lower; below what is refused there is a button. `on_demand`: what the button of
    something says that is never trained before it is pressed.
    """
    missing, here = _missing(jobs), session()
    keys, seconds = frozenset(missing), sum(job.seconds() for job in missing.values())
    agreed = keys <= here.agreed
    if not missing or (UNLIMITED in os.environ and (agreed or not on_demand)):
        return True
    if why := refused(jobs, limit):
        st.warning(why)
        return False
    total = here.spent.get(limit.kind, 0.0) + seconds
    if (total <= limit.asks and not on_demand) or (total <= limit.refuses and agreed):
        here.spent[limit.kind] = total
        return True
    with st.container(horizontal=True, vertical_alignment="center"):
        if total > limit.asks:
            st.info(say(f"common.limits.asked.{limit.kind}", seconds=seconds, lower=_advice(missing)))
        st.button(
            on_demand or say("common.limits.train", seconds=seconds),
            key=f"limits.train.{hash(keys)}",
            on_click=here.agreed.update,
            args=(keys,),
        )
    return False


def refused(jobs: Sequence[Job], limit: Limit = SWEEPS) -> str:
    """Why these jobs are not trained at all; empty where they may be."""
    missing = _missing(jobs)
    seconds = sum(job.seconds() for job in missing.values())
    size = sum(job.nbytes for job in {job.key: job for job in jobs}.values())
    if not missing or UNLIMITED in os.environ:
        return ""
    if size > CACHE_BYTES:  # what a page shows must fit together, or each run of the page would train it again
        return say("common.limits.too_large", size=gigabytes(size), most=gigabytes(CACHE_BYTES), lower=_advice(missing))
    if seconds <= limit.refuses:
        return ""
    lower = _advice(missing)
    return say(f"common.limits.refused.{limit.kind}", seconds=seconds, most=limit.refuses, lower=lower, name=UNLIMITED)


def _missing(jobs: Sequence[Job]) -> dict[Hashable, Job]:
    return {job.key: job for job in jobs if not job.is_done}


def _advice(jobs: Mapping[Hashable, Job]) -> str:
    return ", ".join(say(f"common.limits.lower.{id}") for id in to_lower(list(jobs.values())))


def within(jobs: Sequence[Sequence[Job]], limit: Limit = SWEEPS) -> int:
    """How many of these, from the first on, can be trained together without being refused; one at least."""
    seconds, seen = 0.0, set[Hashable]()
    for i, each in enumerate(jobs):
        seconds += sum(job.seconds() for job in each if job.key not in seen and not job.is_done)
        seen |= {job.key for job in each}
        if i and seconds > limit.refuses:
            return i
    return len(jobs)


def to_lower(jobs: Sequence[Job], most: int = 3) -> list[str]:
    """The settings whose change saves most, by name; the best one at least."""
    now = sum(job.seconds() for job in jobs)
    changed = [easier(config) for job in jobs for config in job.configs]
    saved: dict[str, float] = {}
    for name in dict.fromkeys(name for each in changed for name in each):
        then = sum(job.seconds([easier(config).get(name, config) for config in job.configs]) for job in jobs)
        saved[name] = 1 - then / now
    best = sorted(saved, key=lambda name: -saved[name])[:most]
    return [name for i, name in enumerate(best) if not i or saved[name] >= SAVES]
