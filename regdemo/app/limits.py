"""What one page may cost: sweeps that would keep everyone waiting are refused."""

from typing import TYPE_CHECKING

import streamlit as st

from regdemo.app.sweeps import kept_runs
from regdemo.config.configs import LinearConfig
from regdemo.content.say import say

if TYPE_CHECKING:
    from regdemo.core.linear.data import LinearData

PATIENCE = 20.0  # seconds; a sweep estimated above this is not started


def too_long(config: LinearConfig, patience: float = PATIENCE) -> str:
    """Why a sweep would keep everyone waiting, with advice; empty where it would not.

    A step costs about 25 µs, and for each weight 0.5 ns and 0.2 ns more for each example of its batch, on one core (measured on
    presets W1 and S-sparse; `python -m benchmarks.linear`, `python -m benchmarks.sparsity`).
    """
    steps = config.epochs * -(-config.n_train // config.batch_size)
    weights = config.seeds * len(config.strengths) * config.n_features
    seconds = steps * (25e-6 + weights * (5e-10 + 2e-10 * config.batch_size))
    if seconds <= patience:
        return ""
    models = config.seeds * len(config.strengths)
    return say("linear.too_long", steps=steps, models=models, features=config.n_features, seconds=seconds)


def too_long_to_pin(config: LinearConfig, data: "LinearData | None" = None) -> str:
    """Why a pinned sweep is not trained anew: a link may name twenty of them, and the page waits for all."""
    sweep = kept_runs().peek((config, data.digest if data is not None else None))
    return "" if sweep is not None else too_long(config, PATIENCE / 4)


def refuse_too_long(config: LinearConfig) -> None:
    """Stop the page where a sweep would keep everyone waiting."""
    if why := too_long(config):
        st.warning(why)
        st.stop()
