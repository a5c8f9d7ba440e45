"""The lab "all rates" of the dropout page through AppTest: how it opens, and what it says against networks trained one by one."""

import json
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from regdemo.app import limits
from regdemo.app.dropout.controls import RATE
from regdemo.app.dropout.rates import SEEDS, held, lowest, rates_base
from regdemo.app.sweeps import kept_runs
from regdemo.core.networks import batched, train
from regdemo.core.networks.datasets import draw_examples
from tests.helpers.links import DROPOUT, controls, move, shown_link
from tests.helpers.networks import trained_by_torch
from tests.helpers.pages import charts, drawn, film, lead, metrics, opened, said, sound
from tests.helpers.programs import run

LINK = {"lab": "all rates", "steps": "400", "seed": "5"}


def told(at: Any) -> str:
    return "\n".join(m.value for m in at.markdown)


def solo(p: float) -> tuple[float, float, float]:
    """Means over the seeds, each network trained by torch's own optimizer: test loss in eval mode, with masks left on, of their mean."""
    found = []
    base = rates_base({"curve_n": 10, "steps": 400, "seed": 5})
    for seed in range(5, 5 + SEEDS):
        config = replace(base, dropout=(p,), seed=seed)
        net = trained_by_torch(config)
        x, y = (part.numpy() for part in draw_examples(config).split("test"))
        answers = net.fan(x, 100)
        found.append([((a - y) ** 2).mean() for a in (net.predict(x), answers, answers.mean(0))])
    return tuple(np.mean(found, 0))


def test_the_lab_opens_by_its_link_and_its_hand_draws_and_trains_nothing(monkeypatch):
    def trains(*_: Any, **__: Any) -> None:
        raise AssertionError("a pair is trained")

    monkeypatch.setattr(train, "train_networks", trains)
    at = opened(DROPOUT, **LINK)
    computed = kept_runs().computed
    assert said(at) == ""
    assert charts(at) == 4
    assert {name for name in controls(at) if "." not in name} == {"lab", "rate", "left_on", "curve_n", "steps", "seed"}
    assert shown_link(at) == {"v": "2", **LINK}
    before = [c.proto.SerializeToString() for c in at.get("vega_lite_chart")]
    for p in (0.0, 0.3, 0.9):
        move(at, p)
        assert [c.proto.SerializeToString() for c in at.get("vega_lite_chart")] == before
        assert f"p = {p:g}" in lead(at)
    assert shown_link(at)["rate"] == "0.9"
    again = opened(DROPOUT, **LINK, rate="0.9")
    assert lead(again) == lead(at)
    assert kept_runs().computed == computed


def test_the_sentence_and_the_panel_at_three_rates_are_what_single_networks_give():
    at = opened(DROPOUT, "why", **LINK)
    for p in (0.0, 0.5, 0.9):
        move(at, p)
        test, left, averaged = solo(p)
        if p:
            shown = re.match(
                rf"At p = {p} the test loss is (\S+) in eval mode and (\S+) with the masks left on", lead(at)
            ).groups()
            assert [float(s) for s in shown] == pytest.approx([test, left], rel=0.02)
        assert float(metrics(at)["Test loss"]) == pytest.approx(test, rel=0.02)
        assert float(metrics(at)["with masks left on"]) == pytest.approx(left, rel=0.02)
        parts = re.search(r"here (\S+) = (\S+) \+ (\S+) on test data", told(at)).groups()
        assert [float(s) for s in parts] == pytest.approx([left, averaged, left - averaged], rel=0.03, abs=2e-3)
        assert ("of the true line" in told(at)) == (p > 0)


def test_the_figures_of_the_page_are_those_of_its_charts():
    at = opened(DROPOUT, **LINK)
    by = {chart.chart.__name__: chart.rows for chart in drawn(at)}
    band, losses, coverage, weights = (by[name] for name in ("band", "losses", "coverage", "weights"))
    means = losses[losses["kind"] == "line"]
    seeds = losses[losses["kind"] == "seed"].groupby(["run", "split", "p"])["loss"].mean()
    assert len(seeds) == 30
    for row in means.itertuples():
        assert seeds[row.run, row.split, row.p] == pytest.approx(row.loss, rel=1e-5)
    test = means[(means["run"] == "eval") & (means["split"] == "test")].set_index("p")["loss"]
    assert f"Lowest test loss: {test.min():.3g} at p = {test.idxmin():g}, against {test.iloc[0]:.3g} at p = 0." in told(at)
    fresh = coverage[(coverage["run"] == "fresh") & (coverage["kind"] == "line")].set_index("p")["share"]
    assert list(fresh.index.values.round(1)) == [i / 10 for i in range(1, 10)]
    assert f"The band holds at most {fresh.max():.0%} of fresh points, at p = {fresh.idxmax():g}" in told(at)
    edges = band[band["kind"] == "band"].pivot_table(index="k", columns="x", values=["y", "high"])
    wider = (edges["high", 2.0] - edges["y", 2.0]) > (edges["high", 0.0] - edges["y", 0.0])
    assert f"at {wider.sum()} of 9 rates above 0" in told(at)
    assert weights.groupby(["run", "k"])["share"].sum().values == pytest.approx(1, abs=1e-5)
    assert set(film(at)["labels"]) == {f"p = {p:g}" for p in RATE.options}


def test_a_forgotten_eval_shows_three_passes_in_place_of_the_fit():
    at = opened(DROPOUT, **LINK)
    lines = lambda: json.dumps(drawn(at)[0].spec()["layer"])  # noqa: E731
    assert "eval mode" in lines()
    sound(at.toggle(key="left_on").set_value(True).run())
    assert "eval mode" not in lines()
    assert "masks left on" in lines()
    assert shown_link(at)["left_on"] == "true"


def test_a_sentence_says_so_where_no_rate_helps_and_where_a_band_holds_more_than_it_should():
    found = SimpleNamespace(rates=(0.0, 0.5, 0.9), test=np.array([[0.2], [0.3], [0.4]]), inside=np.array([0.0, 0.95, 0.5]))
    assert lowest(found) == "No rate has a lower test loss than p = 0, 0.2."
    assert held(found).startswith("The band holds between 50% of fresh points (p = 0.9) and 95% (p = 0.5)")


def test_the_bars_of_two_labs_do_not_hand_their_place_to_each_other():
    at = opened(DROPOUT, "take", **LINK, rate="0.2")
    sound(at.segmented_control(key="lab").set_value("bench").run())
    assert film(at)["at"] == 6  # p = 0.5 of twelve rates
    news = film(at)["news"]
    sound(at.segmented_control(key="lab").set_value("rates").run())
    assert film(at)["at"] == 2
    assert film(at)["news"] > news
    move(at, 0.5)
    news = film(at)["news"]
    sound(at.segmented_control(key="lab").set_value("bench").run())
    assert film(at)["news"] > news  # the same number, at another place of its slider


def test_what_would_take_long_is_asked_for_first(monkeypatch):
    monkeypatch.setattr(limits, "slowness", lambda: 20.0)
    monkeypatch.setattr(batched, "train_batched", None)
    at = opened(DROPOUT, **LINK | {"steps": "4000", "seed": "6"})
    assert charts(at) == 0
    assert "steps" in said(at)


def test_the_code_trains_the_network_of_the_bars_rate():
    at = opened(DROPOUT, "take", **LINK, rate="0.3")
    at.session_state["taken.code"] = True
    sound(at.run())
    (program,) = [c.value for c in at.code if "import torch" in c.value]
    loss = re.search(r"its test loss here is (\S+)\.", told(at) + "\n".join(c.value for c in at.caption)).group(1)
    assert run(program)["test_loss"] == pytest.approx(float(loss), rel=0.02)


def test_a_kept_sweep_is_found_by_its_config_and_counts_as_done():
    opened(DROPOUT, **LINK)
    configs = [
        replace(rates_base({"curve_n": 10, "steps": 400, "seed": 5}), dropout=(p,), seed=5 + s)
        for p in RATE.options
        for s in range(SEEDS)
    ]
    assert limits.batched(configs).is_done
    assert not limits.batched(configs[:3]).is_done
    assert torch.get_num_threads() == 1
