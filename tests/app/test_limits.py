"""A page asks before it trains for long and refuses what would keep everyone waiting: all that one run of it causes together."""

import re
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from regdemo.app import limits, questions, sweeps
from regdemo.app.cache import Runs
from regdemo.app.dropout.controls import RATE
from regdemo.app.dropout.rates import SEEDS, rates_base
from regdemo.app.limits import NETWORKS, SWEEPS, Job, to_lower, within
from regdemo.app.sweeps import kept_runs
from regdemo.config.configs import LinearConfig, NetworkConfig
from regdemo.config.costs import PRIOR_SECONDS, descent_seconds, early_seconds, exact_seconds, training_seconds
from regdemo.config.presets import PRESETS
from regdemo.core import speed
from regdemo.core.linear import train
from regdemo.core.networks.rates import rate_configs
from tests.helpers.links import DEFINED, DROPOUT, L1_VS_L2, QUICK, WEIGHT_DECAY
from tests.helpers.pages import charts, opened, said, sound

SMALL = PRESETS["W-helps"]


@pytest.fixture
def costs(monkeypatch):
    """Makes the machine so slow that the quick setting of the weight-decay page takes so many seconds."""

    def slow(seconds: float, config: LinearConfig | NetworkConfig | None = None) -> None:
        config = config or quick()
        own = training_seconds(config) + (exact_seconds(config) if isinstance(config, LinearConfig) else 0)
        monkeypatch.setattr(limits, "slowness", lambda: seconds / own)

    return slow


def quick(**changes: Any) -> LinearConfig:
    controls = {c.name: c.default for c in DEFINED[WEIGHT_DECAY]["RUN"]}
    return DEFINED[WEIGHT_DECAY]["configured"](controls | {n: int(v) for n, v in QUICK[WEIGHT_DECAY].items()} | changes)[0]


def train_buttons(at: AppTest) -> list[Any]:
    return [button for button in at.button if (button.key or "").startswith("limits.train.")]


@pytest.mark.usefixtures("nothing_kept")
def test_a_page_asks_before_it_trains_for_long_and_what_is_kept_costs_nothing(costs):
    costs(12)
    trained = kept_runs().computed
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY])
    assert kept_runs().computed == trained
    assert charts(at) == 0
    assert "takes about 12 seconds. Quicker with " in said(at)
    (button,) = train_buttons(at)
    sound(button.click().run())
    assert kept_runs().computed == trained + 1
    assert charts(at) == 4
    costs(1e6)
    assert charts(sound(at.run())) == 4
    assert not train_buttons(at)


@pytest.mark.usefixtures("nothing_kept")
def test_what_would_take_too_long_is_refused_and_a_variable_lifts_the_limit(costs, monkeypatch):
    costs(300)
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY])
    assert re.search("would take about 300 seconds; at most 60 .* Choose fewer epochs", said(at))
    assert not train_buttons(at)
    assert charts(at) == 0
    monkeypatch.setenv(limits.UNLIMITED, "1")
    assert charts(sound(at.run())) == 4


@pytest.mark.usefixtures("nothing_kept")
def test_own_sweep_and_pins_count_together_and_the_page_is_drawn_before_its_pins_are_trained(costs):
    costs(2.4)
    trained = kept_runs().computed
    pin = "~".join(part for pair in QUICK[WEIGHT_DECAY].items() for part in pair)
    pins = [f"2~{pin}~seed~{seed}" for seed in (1, 2)]
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY], pin=pins[:1])
    assert kept_runs().computed == trained + 2  # 4.8 seconds together
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY], seed="3", pin=pins)
    assert kept_runs().computed == trained + 4  # the first pin is kept
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY], seed="4", pin=[*pins, f"2~{pin}~seed~5", f"2~{pin}~seed~6"])
    assert kept_runs().computed == trained + 5
    assert charts(at) == 4
    assert "takes about 5 seconds" in said(at)
    assert sum(c.value.endswith("It is trained below the page.") for c in at.caption) == 2
    sound(train_buttons(at)[0].click().run())
    assert kept_runs().computed == trained + 7
    assert not any("trained below" in c.value for c in at.caption)


@pytest.mark.usefixtures("nothing_kept")
def test_pins_whose_training_was_stopped_wait_until_they_are_asked_for():
    pin = "2~" + "~".join(part for pair in QUICK[WEIGHT_DECAY].items() for part in pair)
    at = opened(WEIGHT_DECAY, **QUICK[WEIGHT_DECAY])
    at.session_state["regdemo"].pins_held.add((quick(seed=7), 18, None))
    k = DEFINED[WEIGHT_DECAY]["STRENGTHS"].index(0.5)
    at.session_state["regdemo"].pins_held.add((quick(seed=7), k, None))
    trained = kept_runs().computed
    at.query_params["pin"] = [f"{pin}~seed~7"]
    sound(at.run())
    assert kept_runs().computed == trained
    assert any("1 pinned run is not trained yet" in m.value for m in at.markdown)
    sound(at.button(key="pins.train").click().run())
    assert kept_runs().computed == trained + 1


@pytest.mark.usefixtures("nothing_kept")
def test_the_sweeps_of_the_l1_page_count_together_and_must_fit_together(costs, monkeypatch):
    values = {c.name: c.default for c in DEFINED[L1_VS_L2]["RUN"]} | {"solver": "sgd"}
    link = QUICK[L1_VS_L2] | {"solver": "subgradient"}
    values |= {name: type(values[name])(text) for name, text in QUICK[L1_VS_L2].items()}
    l1 = DEFINED[L1_VS_L2]["configured"](values)[0]
    costs(4.0, l1)
    at = opened(L1_VS_L2, **link)
    (seconds,) = re.findall(r"takes about (\d+) seconds", said(at))
    assert 8 <= int(seconds) <= 13  # three sweeps
    monkeypatch.setattr(limits, "CACHE_BYTES", 1_000_000)
    assert "and 0.001 GB are kept" in said(sound(at.run()))


@pytest.mark.usefixtures("nothing_kept")
def test_networks_are_asked_for_above_half_a_minute_and_refused_above_five(costs):
    link = {"lab": "curve", "steps": "400"}
    config = NetworkConfig(dataset="curve", hidden=(128,), dropout=(0.5,), n_train=20, batch_size=20, epochs=400)
    for seconds, asked in ((40, "takes about"), (400, "would take about")):
        costs(seconds, config)
        at = opened(DROPOUT, **link)
        assert f"Training these networks {asked}" in said(at)
        assert len(train_buttons(at)) == (seconds == 40)
        assert charts(at) == 0


@pytest.fixture
def takes(monkeypatch):
    """Has everything that a page makes take so many seconds by its estimate."""
    return lambda seconds: monkeypatch.setattr(Job, "seconds", lambda job, configs=None: seconds)


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize(
    ("page", "lab", "shown"),
    [
        (WEIGHT_DECAY, "early stopping", 2),
        (WEIGHT_DECAY, "double descent", 2),
        (WEIGHT_DECAY, "bias and variance", 2),
        (L1_VS_L2, "prior", 2),
    ],
)
def test_a_lab_asks_too_and_what_it_has_worked_out_is_kept_for_all(page, lab, shown, takes, monkeypatch):
    asked, get = list[Any](), Runs.get
    monkeypatch.setattr(Runs, "get", lambda runs, key, *rest: asked.append(key[0]) or get(runs, key, *rest))
    takes(300)
    at = opened(page, lab=lab)
    assert "would take about 300 seconds" in said(at)
    assert not train_buttons(at)
    takes(12)
    assert "takes about 12 seconds" in said(sound(at.run()))
    assert (charts(at), asked) == (0, [])
    sound(train_buttons(at)[0].click().run())
    assert charts(at) == shown
    assert len(asked) == 1  # in its turn, so that others who want the same wait for it
    takes(300)
    assert charts(opened(page, lab=lab)) == shown
    assert len(asked) == 1


@pytest.mark.usefixtures("nothing_kept")
def test_the_other_ways_say_before_they_are_asked_for_what_they_cost(takes, monkeypatch):
    at = opened(WEIGHT_DECAY, "ways", **QUICK[WEIGHT_DECAY])
    assert said(at) == ""
    (button,) = train_buttons(at)
    monkeypatch.setenv(limits.UNLIMITED, "1")
    assert [b.label for b in train_buttons(sound(at.run()))] == [button.label]  # only when they are asked for
    monkeypatch.delenv(limits.UNLIMITED)
    takes(12)
    assert "takes about 12 seconds" in said(sound(at.run()))
    assert [b.label for b in train_buttons(at)] == [button.label]
    takes(300)
    assert "would take about 300 seconds" in said(sound(at.run()))
    assert not train_buttons(at)


@pytest.mark.usefixtures("nothing_kept")
def test_a_question_counts_the_runs_in_which_weights_die(monkeypatch):
    monkeypatch.setattr(questions, "dying_seconds", lambda config: 10.0)
    at = opened(L1_VS_L2, "question.11", **QUICK[L1_VS_L2])
    sound(at.button(key="question.l1_vs_l2.11.show").click().run())
    assert "takes about 2" in said(at)  # two of them, and their sweeps
    assert not at.table
    sound(train_buttons(at)[0].click().run())
    assert len(at.table) == 1


def test_what_is_to_be_lowered_is_what_saves_most():
    full = replace(SMALL, n_train=50, batch_size=50, epochs=1000, n_features=1000, seeds=16)
    assert "batch_size" not in to_lower([limits.sweep(full)])
    assert "epochs" in to_lower([limits.sweep(full)])
    single = replace(SMALL, n_train=500, batch_size=1, epochs=1000, n_features=1, seeds=1)
    assert to_lower([limits.sweep(single)])[:2] == ["epochs", "n_train"] or "batch_size" in to_lower([limits.sweep(single)])
    assert "seeds" not in to_lower([limits.sweep(single)])


def test_of_many_those_are_trained_together_that_are_not_refused(costs):
    costs(SWEEPS.refuses / 2.5, SMALL)
    jobs = [[limits.sweep(replace(SMALL, seed=seed))] for seed in range(100, 105)]
    assert within(jobs) == 2
    costs(SWEEPS.refuses * 2, SMALL)
    assert within(jobs) == 1
    assert within(jobs, NETWORKS) == 2


def test_how_slow_the_machine_is_is_measured_with_the_threads_that_it_trains_with(monkeypatch):
    done: list[str] = []
    monkeypatch.setattr(train, "use_threads", lambda: done.append("threads"))
    monkeypatch.setattr(speed, "slowness", lambda: done.append("measured") or 1.0)
    sweeps.get_ready.clear()
    assert sweeps.slowness() == 1.0
    assert done[0] == "threads"
    assert "measured" in done


def test_no_page_asks_as_it_opens_on_the_slowest_machine(monkeypatch):
    monkeypatch.setattr(speed, "probed", lambda: 1e3)
    speed.slowness.cache_clear()
    slowest = speed.slowness()
    speed.slowness.cache_clear()
    assert slowest == speed.SLOWEST
    monkeypatch.setattr(limits, "slowness", lambda: slowest)
    values = {page: {c.name: c.default for c in DEFINED[page]["RUN"]} for page in (WEIGHT_DECAY, L1_VS_L2, DROPOUT)}
    swept = DEFINED[WEIGHT_DECAY]["configured"](values[WEIGHT_DECAY])[:1], DEFINED[L1_VS_L2]["configured"](values[L1_VS_L2])[:3]
    for configs in swept:
        jobs = {job.key: job for job in map(limits.sweep, configs)}
        assert 0 < sum(job.seconds() for job in jobs.values()) < SWEEPS.asks
    for lab in ("curve", "images"):
        pair = DEFINED[DROPOUT]["pair_of"](values[DROPOUT] | {"lab": lab})
        assert 0 < limits.networks(pair).seconds() < NETWORKS.asks
    assert 0 < limits.batched(rate_configs(rates_base(values[DROPOUT]), RATE.options, SEEDS)).seconds() < NETWORKS.asks
    assert 0 < slowest * PRIOR_SECONDS["prior"] < SWEEPS.asks
    for own, configured, seconds in (("EARLY", "lab_config", early_seconds), ("DESCENT", "descent_config", descent_seconds)):
        config = DEFINED[WEIGHT_DECAY][configured]({c.name: c.default for c in DEFINED[WEIGHT_DECAY][own]})
        assert 0 < limits.solution("lab", seconds, config).seconds() < SWEEPS.asks
