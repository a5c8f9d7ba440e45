"""Configs: what they accept, what they say of what they refuse, and their text."""

import json
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest

from regdemo.config.configs import LinearConfig, NetworkConfig, from_text, ranges_table, to_text
from regdemo.config.presets import PRESETS

BAD = [
    ("n_train", 0), ("n_train", 2.5), ("n_train", True), ("n_train", "20"), ("n_train", 10**9), ("n_train", float("nan")),
    ("n_test", 0), ("n_features", -1), ("noise", -0.1), ("noise", float("inf")), ("coefficient", "a"), ("correlation", 1.1),
    ("penalty", "l3"), ("penalty", ["l1"]), ("penalize_bias", 1), ("solver", "newton"), ("optimizer", None),
    ("strengths", ()), ("strengths", 3.0), ("strengths", (1.0, -1.0)), ("strengths", (float("nan"),)), ("strengths", "12"),
    ("seeds", 0), ("seed", -1), ("batch_size", 21), ("lr", 0.0), ("lr", float("nan")), ("momentum", 1.0), ("epochs", 0),
    ("switch_epoch", 100), ("switch_epoch", -1), ("switch_epoch", 1.5), ("switch_epoch", True), ("switch_epoch", None),
    ("switch_from", -1.0), ("switch_from", float("nan")), ("switch_from", "1"), ("switch_from", 1e10), ("switch_from", (1.0,)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD, ids=lambda v: repr(v)[:20])
def test_a_bad_value_raises_an_error_that_names_field_value_and_what_is_allowed(name, value):
    with pytest.raises(ValueError, match="allowed is") as caught:
        LinearConfig(**{name: value})
    assert str(caught.value).startswith(f"{name} = {value!r}: allowed is ")


@pytest.mark.parametrize(
    ("bad", "values"),
    [
        ("optimizer", {"solver": "proximal", "optimizer": "adam"}),
        ("momentum", {"solver": "proximal", "momentum": 0.9}),
        ("penalty", {"solver": "decoupled", "penalty": "l1"}),
        ("momentum", {"optimizer": "adam", "momentum": 0.9}),
    ],
)
def test_combinations_that_mean_nothing_are_refused(bad, values):
    with pytest.raises(ValueError, match=f"^{bad} = .* allowed is only"):
        LinearConfig(**values)


def test_a_long_bad_value_is_shortened_in_the_message():
    with pytest.raises(ValueError, match="allowed is") as caught:
        LinearConfig(penalty="x" * 10_000)
    assert len(str(caught.value)) < 200


def test_numpy_numbers_are_numbers_and_equal_configs_are_equal_keys():
    one = LinearConfig(n_train=np.int64(30), lr=np.float64(0.01), strengths=np.array([0.0, 1.0]))
    assert one == LinearConfig(n_train=30, lr=0.01, strengths=(0, 1))
    assert len({one, LinearConfig(n_train=30, lr=0.01, strengths=[0, 1])}) == 1


@pytest.mark.parametrize("name", PRESETS)
def test_text_gives_the_same_config_back(name):
    config = replace(PRESETS[name], seed=3)
    assert from_text(to_text(config)) == config


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not a config"),
        ("[1]", "kind"),
        ('{"kind": "os.system"}', "kind"),
        ('{"kind": "LinearConfig", "lamda": 1, "xx": 2}', "unknown field lamda, xx"),
        ('{"kind": "LinearConfig", "lr": NaN}', "lr = nan: allowed is"),
    ],
)
def test_text_that_is_no_config_is_refused_with_a_reason(text, said):
    with pytest.raises(ValueError, match=said):
        from_text(text)


def test_the_defaults_of_the_public_api_hold():
    """Links leave out what equals the default: changing one changes what old links mean."""
    d = LinearConfig()
    got = {f.name: getattr(d, f.name) for f in fields(d)}
    assert got == {
        "n_train": 20, "n_validation": 100, "n_test": 100, "n_features": 200, "n_informative": 200, "coefficient": 0.01,
        "intercept": 0.05, "noise": 0.01, "correlation": 0.0, "block_size": 1, "init_scale": 1.0, "penalty": "l2",
        "l1_ratio": 0.5, "penalize_bias": False, "solver": "sgd", "optimizer": "sgd", "strengths": (0.0, 3.0),
        "relative": False, "seeds": 1, "seed": 0, "batch_size": 1, "lr": 0.003, "momentum": 0.0, "epochs": 100,
        "switch_epoch": 0, "switch_from": 0.0,
    }  # fmt: skip


BAD_NETWORK = [
    ("dataset", "cifar"), ("model", "rnn"), ("hidden", 256), ("hidden", (0,)), ("hidden", (1.5,)), ("hidden", (8,) * 9),
    ("hidden", "12"), ("dropout", 0.5), ("dropout", (0.1, 0.2, 0.3)), ("dropout", ()), ("dropout", (-0.1, 0.5)),
    ("dropout", (0.5, 1.1)), ("dropout", (float("nan"), 0.5)), ("init", "zeros"), ("n_train", 0), ("n_validation", -1),
    ("n_test", 0), ("optimizer", "rmsprop"), ("lr", 0), ("lr", float("inf")), ("momentum", 1), ("batch_size", 0), ("epochs", 0),
    ("weight_decay", -1), ("l1", -1), ("max_norm", 0), ("max_norm", "x"), ("batch_norm", 1), ("augment", "yes"),
    ("patience", 0), ("patience", 2.5), ("seed", -1), ("switch_epoch", 5), ("switch_epoch", -1), ("switch_epoch", 2.0),
    ("dropout_before", 1.1), ("dropout_before", -0.1), ("dropout_before", (0.5,)), ("weight_decay_before", -1),
    ("weight_decay_before", float("inf")), ("drop", "biases"), ("drop", None), ("drop", ("units",)), ("drop", 0.5),
    ("n_watched", 0), ("n_watched", 0.5), ("solver", "proximal"), ("solver", None), ("decayed", "biases"), ("decayed", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD_NETWORK, ids=lambda v: repr(v)[:20])
def test_a_bad_value_of_a_network_is_named_likewise(name, value):
    with pytest.raises(ValueError, match="allowed is") as caught:
        NetworkConfig(**{name: value})
    assert str(caught.value).startswith(f"{name} = {value!r}: allowed is ")


@pytest.mark.parametrize(
    ("bad", "values"),
    [
        ("momentum", {"optimizer": "adam", "momentum": 0.9}),
        ("model", {"dataset": "curve", "model": "cnn"}),
        ("augment", {"dataset": "curve", "augment": True}),
        ("batch_size", {"batch_norm": True, "batch_size": 1}),
        ("n_train", {"batch_norm": True, "n_train": 1}),
        ("n_validation", {"patience": 3}),
        ("drop", {"model": "cnn", "drop": "weights"}),
    ],
)
def test_network_settings_that_mean_nothing_together_are_refused(bad, values):
    with pytest.raises(ValueError, match=f"^{bad} = .* allowed is"):
        NetworkConfig(**values)


@pytest.mark.parametrize("kind", [LinearConfig, NetworkConfig])
def test_a_switch_lies_before_the_last_epoch_and_an_older_text_has_none(kind):
    assert kind(epochs=9, switch_epoch=8).switch_epoch == 8
    with pytest.raises(ValueError, match=r"^switch_epoch = 9: allowed is below epochs = 9$"):
        kind(epochs=9, switch_epoch=9)
    config = kind(epochs=9, switch_epoch=8)
    assert from_text(to_text(config)) == config
    older = json.loads(to_text(kind()))
    for name in ("switch_epoch", "switch_from", "dropout_before", "weight_decay_before", "drop", "n_watched"):
        older.pop(name, None)
    if kind is NetworkConfig:
        older.pop("solver")
        older.pop("decayed")
    assert from_text(json.dumps(older)) == kind()


def test_what_is_in_force_changes_after_the_switch():
    config = NetworkConfig(weight_decay=0.1, switch_epoch=2, dropout_before=0.3, weight_decay_before=0.4)
    assert [config.in_force(epoch) for epoch in (0, 1, 2)] == [((0.3, 0.3), 0.4)] * 3
    assert config.in_force(3) == ((0.2, 0.5), 0.1)
    assert NetworkConfig(dropout_before=0.3).in_force(0) == ((0.2, 0.5), 0.0)


def test_one_rate_stands_for_every_hidden_layer():
    assert NetworkConfig(hidden=[1, 2, 3], dropout=[0.5]).dropout == (0.5, 0.5, 0.5)
    assert NetworkConfig(hidden=(), dropout=()) == NetworkConfig(hidden=(), dropout=(0.5,))
    assert hash(NetworkConfig(hidden=np.array([8, 16]))) == hash(NetworkConfig(hidden=(8, 16)))


def test_the_defaults_of_a_network_hold_and_are_d3():
    d = NetworkConfig()
    got = {f.name: getattr(d, f.name) for f in fields(d)}
    assert got == {
        "dataset": "fashion-mnist", "model": "mlp", "hidden": (256, 256), "dropout": (0.2, 0.5), "init": "normal",
        "n_train": 60000, "n_validation": 0, "n_test": 10000, "optimizer": "sgd", "lr": 0.5, "momentum": 0.0, "batch_size": 256,
        "epochs": 5, "weight_decay": 0.0, "l1": 0.0, "max_norm": None, "batch_norm": False, "augment": False, "patience": None,
        "seed": 0, "switch_epoch": 0, "dropout_before": 0.0, "weight_decay_before": 0.0, "drop": "units",
        "n_watched": None, "solver": "sgd", "decayed": "weights",
    }  # fmt: skip
    assert PRESETS["D3"] == d


def test_every_field_is_in_the_table_of_ranges():
    for kind in (LinearConfig, NetworkConfig):
        table = ranges_table(kind)
        assert all(f"| `{f.name}` |" in table for f in fields(kind))


def test_importing_regdemo_and_its_configs_loads_no_torch():
    heavy = "print([m for m in ('torch', 'streamlit') if m in sys.modules])"
    code = f"import sys, regdemo; regdemo.PRESETS, regdemo.LinearConfig; {heavy}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
