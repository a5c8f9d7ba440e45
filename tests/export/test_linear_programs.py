"""The exported programs are run: their figures are the core's."""

import re
from dataclasses import replace

import nbformat
import pytest
import torch

from regdemo import PRESETS, LinearConfig, NetworkConfig, train_linear
from regdemo.config.optimizers import OPTIMIZERS
from regdemo.config.penalties import PENALTIES
from regdemo.config.presets import LINEAR_PRESETS
from regdemo.export.program import STYLES, notebook, script
from tests.helpers.programs import complaints, in_float64, run, run_alone

SHORT = {name: replace(preset, epochs=min(preset.epochs, 12)) for name, preset in LINEAR_PRESETS.items()}
# where fields are varied: small batches on L2's subgradient, and all examples at once through L1's proximal map
SMALL = {
    "W2": replace(SHORT["W2"], n_train=22, n_features=30, n_informative=30, strengths=(0.0, 3.0)),
    "S-sparse": replace(SHORT["S-sparse"], seeds=2, strengths=(1.0, 0.1)),
}
FIGURES = ("lam", "train_loss", "validation_loss", "test_loss", "l1_norm", "l2_norm", "n_zero")
CHANGES = {
    "n_train": 30, "n_validation": 0, "n_test": 7, "n_features": 23, "n_informative": 3, "coefficient": -0.5, "intercept": 2.0,
    "noise": 0.7, "block_size": 3, "init_scale": 0.3, "penalty": "elastic_net", "l1_ratio": 0.2, "penalize_bias": True,
    "solver": "sgd", "strengths": (0.0, 0.02), "relative": True, "seeds": 2, "seed": 5, "batch_size": 7, "lr": 0.002, "epochs": 3,
}  # fmt: skip
# a change that another field must follow
TOGETHER = {
    **{f"penalty {name}": {"penalty": name, "solver": "sgd"} for name in PENALTIES},
    "correlation": {"correlation": 0.8, "block_size": 4},
    "momentum": {"momentum": 0.5, "solver": "sgd"},
    **{f"optimizer {name}": {"optimizer": name, "solver": "sgd"} for name in OPTIMIZERS},
    "momentum, bias": {"momentum": 0.5, "solver": "sgd", "penalty": "l2", "penalize_bias": True},
    "adam, bias": {"optimizer": "adam", "solver": "sgd", "penalty": "l2", "penalize_bias": True},
    "adamw": {"optimizer": "adam", "solver": "decoupled", "penalty": "l2"},
    "adamw, bias": {"optimizer": "adam", "solver": "decoupled", "penalty": "l2", "penalize_bias": True},
    "decoupled": {"solver": "decoupled", "penalty": "l2"},
    "decoupled, momentum, bias": {"solver": "decoupled", "penalty": "l2", "momentum": 0.5, "penalize_bias": True},
    "proximal": {"solver": "proximal"},
    "proximal l2": {"solver": "proximal", "penalty": "l2", "penalize_bias": True},
    "proximal elastic net": {"solver": "proximal", "penalty": "elastic_net", "penalize_bias": True, "relative": True},
    "l1, bias": {"solver": "sgd", "penalty": "l1", "penalize_bias": True},
    "elastic net, bias": {"solver": "sgd", "penalty": "elastic_net", "penalize_bias": True},
    "elastic net, ratio 0": {"solver": "proximal", "penalty": "elastic_net", "l1_ratio": 0.0, "relative": True},
    "explodes": {"lr": 100.0, "optimizer": "sgd"},
    "λ put in": {"switch_epoch": 5, "relative": False},
    "λ changed": {"switch_epoch": 5, "switch_from": 0.3, "relative": True, "strengths": (0.0, 0.02)},
    "λ taken out, elastic net": {"switch_epoch": 1, "switch_from": 0.1, "strengths": (0.0,), "penalty": "elastic_net"},
    "λ changed, bias": {"switch_epoch": 5, "switch_from": 0.3, "penalty": "l2", "solver": "sgd", "penalize_bias": True},
    "λ changed, l1 by its subgradient": {"switch_epoch": 5, "switch_from": 0.3, "penalty": "l1", "solver": "sgd"},
    "λ changed, momentum": {"switch_epoch": 5, "switch_from": 0.3, "penalty": "l2", "solver": "sgd", "momentum": 0.5},
    "λ changed, adam": {"switch_epoch": 5, "switch_from": 0.3, "solver": "sgd", "optimizer": "adam"},
    "λ put in, adamw": {"switch_epoch": 5, "penalty": "l2", "solver": "decoupled", "optimizer": "adam"},
    "λ changed, adamw, bias": {
        "switch_epoch": 5,
        "switch_from": 0.3,
        "penalty": "l2",
        "solver": "decoupled",
        "optimizer": "adam",
        "penalize_bias": True,
    },
    "λ changed, decoupled": {"switch_epoch": 5, "switch_from": 0.3, "penalty": "l2", "solver": "decoupled"},
    "λ changed, proximal": {"switch_epoch": 5, "switch_from": 0.3, "solver": "proximal"},
    "explodes before λ changes": {"lr": 100.0, "optimizer": "sgd", "switch_epoch": 11, "switch_from": 0.3},
}


def core(config, strength, seed, dtype=torch.float32) -> dict:
    return figures(train_linear(config, device="cpu", dtype=dtype), strength, seed)


def figures(result, strength, seed) -> dict:
    """What a program of the core's run prints."""
    config = result.config
    at = result.diverged_at[seed - config.seed, config.strengths.index(strength)]
    epoch = config.epochs if at < 0 else at
    row = result.history.query(f"seed == {seed} and strength == {strength} and epoch == {epoch}").iloc[0]
    return {name: row[name] for name in FIGURES if name != "validation_loss" or config.n_validation}


def varied(presets) -> dict[str, LinearConfig]:
    cases = {}
    for name, preset in presets.items():
        for field, value in CHANGES.items():
            changes = {field: value}
            if field == "n_train":
                changes["batch_size"] = 30 if preset.batch_size == preset.n_train else preset.batch_size
            cases[f"{name}, {field}"] = replace(preset, **changes)
        cases |= {f"{name}, {what}": replace(preset, **changes) for what, changes in TOGETHER.items()}
    return cases


CASES = SHORT | varied(SMALL)


@pytest.mark.parametrize("case", CASES)
def test_a_regression_ends_with_the_cores_figures_whatever_its_fields(case):
    config = CASES[case]
    strength, seed = config.strengths[-1], config.run_seeds[-1]
    expected = core(config, strength, seed, torch.float64)
    for style in STYLES:
        assert run(in_float64(script(config, style, seed=seed))) == pytest.approx(expected, rel=1e-6, abs=1e-12), style


@pytest.mark.parametrize("name", LINEAR_PRESETS)
def test_a_preset_as_it_is_prints_the_pages_figures(name):
    config = LINEAR_PRESETS[name]
    # sign(w) makes whole steps of rounding errors: such a run is held to the core's figures in float64
    signs = config.solver == "sgd" and config.penalty != "l2"
    result = train_linear(config, device="cpu", dtype=torch.float64 if signs else torch.float32)
    for strength in {config.strengths[0], config.strengths[-1]}:
        expected = pytest.approx(figures(result, strength, config.seed), rel=1e-3, abs=1e-9)
        for style in STYLES:
            assert run(script(config, style, strength=strength)) == expected, (strength, style)


@pytest.mark.parametrize("style", STYLES)
def test_a_script_speaks_of_a_switch_only_where_something_changes(style):
    for preset in PRESETS.values():
        plain = script(preset, style)
        assert not re.search("switch|before|after epoch", plain)
        assert "switch_epoch = 2" in script(replace(preset, switch_epoch=2, **(
            {"switch_from": 0.3} if isinstance(preset, LinearConfig) else {"dropout_before": 0.1}
        )), style)  # fmt: skip
    assert script(LinearConfig(switch_epoch=2, switch_from=3.0), style) == script(LinearConfig(), style)
    rate = NetworkConfig(dropout=(0.3,))
    assert script(replace(rate, switch_epoch=2, dropout_before=0.3), style) == script(rate, style)


def test_a_script_runs_alone_and_its_last_line_is_json(tmp_path):
    config = LINEAR_PRESETS["W1"]
    assert run_alone(script(config), tmp_path) == pytest.approx(core(config, 3.0, 0), rel=1e-3)


@pytest.mark.parametrize("style", STYLES)
def test_a_script_knows_nothing_of_the_app_and_is_clean_code(style, tmp_path):
    programs = [script(config, style) for config in varied(SHORT).values()]
    assert not [program for program in programs if "regdemo" in program]
    assert complaints(programs, tmp_path) == ""


@pytest.mark.parametrize("style", STYLES)
def test_a_notebook_is_valid_and_its_cells_are_the_script(style):
    config = replace(LINEAR_PRESETS["W2"], epochs=5)
    book = nbformat.reads(notebook(config, style, strength=3.0), as_version=4)
    nbformat.validate(book)
    assert len(book.cells) == 6  # what it is, settings, data, model, training, result
    assert run("\n\n".join(cell.source for cell in book.cells)) == run(script(config, style, strength=3.0))
    assert notebook(config, style) == notebook(config, style)


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        ({"config": "W1"}, "a LinearConfig"),
        ({"style": "terse"}, "scratch, concise"),
        ({"strength": 2.0}, r"0\.0, 3\.0"),
        ({"seed": 2}, "0 to 1"),
        ({"seed": True}, "0 to 1"),
    ],
)
@pytest.mark.parametrize("make", [script, notebook])
def test_what_the_config_does_not_have_is_refused_with_what_it_has(make, arguments, allowed):
    name = next(iter(arguments))
    with pytest.raises(ValueError, match=rf"^{name} = .*: allowed is .*{allowed}"):
        make(**{"config": LinearConfig(seeds=2)} | arguments)


def test_a_seed_gives_the_repeat_that_history_calls_by_it():
    config = LinearConfig(seeds=3, seed=4, epochs=5)
    for seed in config.run_seeds:
        assert run(script(config, seed=seed)) == pytest.approx(core(config, 3.0, seed), rel=1e-3)
