"""The lab "batch norm" of the dropout page through AppTest: how it opens, and what it says against networks trained one by one."""

import re
from typing import Any

import numpy as np
import pytest

from regdemo.app.dropout.lab_controls import STRENGTH
from regdemo.app.dropout.norms import leads, norm_configs, rescaled, turned
from regdemo.app.sweeps import kept_runs
from regdemo.core.networks import train
from regdemo.core.networks.norms import NormSweep
from regdemo.core.networks.train import train_network
from tests.helpers.links import DROPOUT, controls, move, shown_link
from tests.helpers.pages import charts, drawn, lead, metrics, opened, said
from tests.helpers.programs import run

LINK = {"lab": "batch norm", "epochs": "5"}


def told(at: Any) -> str:
    return "\n".join(m.value for m in (*at.markdown, *at.caption))


def solo(lam: float, **changes: Any) -> list[Any]:
    """Train one network by itself: (length of the first layer's W, test loss) of each record."""
    values = {"step": 0.2, "normalised": True, "decay_all": False, "epochs": 5, "seed": 0} | changes
    (config,) = (c for c in norm_configs(values) if c.weight_decay == lam)
    return [(float(r.model.layers[0].weight.detach().norm()), r.test_loss) for r in train_network(config, "cpu")]


def test_the_lab_opens_by_its_link_and_its_hand_draws_and_trains_nothing(monkeypatch):
    at = opened(DROPOUT, **LINK)
    monkeypatch.setattr(train, "train_networks", None)
    computed = kept_runs().computed
    assert said(at) == ""
    assert charts(at) == 2
    assert {name for name in controls(at) if "." not in name} == {
        "lab", "strength", "step", "normalised", "decay_all", "epochs", "seed",
    }  # fmt: skip
    before = [c.proto.SerializeToString() for c in at.get("vega_lite_chart")]
    for lam in (0.0, 0.3, 0.1):
        move(at, lam)
        assert [c.proto.SerializeToString() for c in at.get("vega_lite_chart")] == before
    assert shown_link(at) == {"v": "2", **LINK, "strength": "0.1"}
    assert kept_runs().computed == computed


def test_the_sentence_at_three_strengths_is_what_single_networks_give():
    at, plain = opened(DROPOUT, "why", **LINK), solo(0.0)
    for lam in (0.0, 0.03, 0.3):
        move(at, lam)
        records = solo(lam)
        start, end = re.search(r"‖W‖ goes from (\S+) to ([\d.]+\d)", lead(at)).groups()
        assert [float(start), float(end)] == pytest.approx([records[0][0], records[-1][0]], rel=5e-3)
        assert float(metrics(at)["Test loss"]) == pytest.approx(records[-1][1], rel=5e-3)
        if lam:
            times = re.search(r"‖W‖² (\S+) times that without", lead(at))
            assert float(times[1]) == pytest.approx((plain[-1][0] / records[-1][0]) ** 2, rel=1e-2)
    assert "switched off" not in said(at)


def test_without_normalisation_lengths_count_and_the_page_says_so():
    normalised, plain = (opened(DROPOUT, "why", **LINK, normalised=on) for on in ("true", "false"))
    moved = [
        float(re.search(r"a? ?probability of a test image changes by (?:more than|up to) (\S+)\.", told(at))[1])
        for at in (normalised, plain)
    ]
    assert moved[0] < 0.01 < 0.1 < moved[1]
    assert "switched off" in said(plain)
    assert "mean |gain| at the end" not in metrics(plain)


def test_where_gains_are_decayed_the_page_shows_that_they_shrink():
    gains = []
    for everything in ("false", "true"):
        at = opened(DROPOUT, "why", **LINK, decay_all=everything, strength="0.3")
        gains.append(float(metrics(at)["mean |gain| at the end"]))
        assert ("decayed here as well" in told(at)) == (everything == "true")
    assert gains[1] < gains[0]


def made_up(diverged: tuple[int, ...]) -> NormSweep:
    configs = tuple(norm_configs({"step": 0.2, "normalised": True, "decay_all": False, "epochs": 1, "seed": 0}))
    norms = np.ones((len(configs), 2, 3)) * np.arange(1, len(configs) + 1)[:, None, None]
    norms[list(diverged), 1] = np.nan
    losses = norms[..., 0] / 10
    return NormSweep(configs, norms, np.ones(len(configs)), losses, losses, np.full(len(configs), 0.25))


def test_a_run_that_diverges_is_said_to_and_so_is_one_without_a_plain_run_beside_it():
    assert leads(made_up((2,)))[2] == "At λ = 0.01 the training diverges: choose a smaller η."
    some = leads(made_up((0,)))
    assert "without decay the training diverges" in some[1]
    everything = made_up(tuple(range(len(STRENGTH.options))))
    assert all("diverges" in lead for lead in leads(everything))
    assert rescaled(everything) == turned(everything) == ""
    assert "largest at λ = 0, 0.2, and smallest at λ = 0.3, 0.0056" in turned(made_up(()))


def test_pictures_end_where_a_run_diverges():
    at = opened(DROPOUT, **LINK, normalised="false", step="0.5")
    assert said(at) == ""
    assert all(np.isfinite(chart.rows["value"]).all() for chart in drawn(at))


def test_the_code_trains_the_network_of_the_bars_strength():
    at = opened(DROPOUT, "take", **LINK, strength="0.3", decay_all="true")
    at.session_state["taken.code"] = True
    at.run()
    (program,) = [c.value for c in at.code if "import torch" in c.value]
    loss = re.search(r"its test loss here is (\S+)\.", told(at)).group(1)
    assert run(program)["test_loss"] == pytest.approx(float(loss), rel=0.02)
