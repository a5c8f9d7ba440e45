"""Exported network programs are run: over the first steps they are the core in float64, later they stay within its spread."""

from dataclasses import replace

import pytest
import torch

from regdemo import PRESETS, NetworkConfig, train_network
from regdemo.config.presets import NETWORK_PRESETS
from regdemo.core.networks import images
from regdemo.export.program import STYLES, notebook, script
from tests.helpers.networks import SMALL, SWITCHES
from tests.helpers.programs import complaints, in_float64, needs_images, run, run_alone

NAMES = ("train_loss", "train_accuracy", "train_loss_eval", "train_accuracy_eval", "validation_loss", "validation_accuracy",
         "test_loss", "test_accuracy")  # fmt: skip
MORE = {
    "other seed": {"seed": 8},
    "fewer test examples watched": {"n_watched": 30, "model": "cnn", "hidden": (3, 4)},
    "validation": {"n_validation": 50},
    "more than there are": {"n_train": 5000, "n_validation": 5000, "batch_size": 300, "n_test": 5000},
    "all of them": {"n_train": 5000, "n_test": 5000, "batch_size": 300},
    "patience": {"n_validation": 40, "patience": 2, "n_train": 300, "batch_size": 50, "optimizer": "adam", "lr": 0.02, "epochs": 20},
    "a little dropped": {"dropout": (1e-6, 0.5)},
    "mixed rates": {"dropout": (0.0, 0.5)},
    "l1 and max-norm by cnn": {"model": "cnn", "hidden": (3,), "dropout": (0.5,), "l1": 0.01, "max_norm": 0.3, "init": "normal"},
    "max-norm that every filter meets": {"model": "cnn", "hidden": (3, 4), "max_norm": 0.2},
    "cnn without hidden layers": {"model": "cnn", "hidden": (), "dropout": ()},
    "cnn, batch norm, adam": {"model": "cnn", "hidden": (3, 4), "batch_norm": True, "optimizer": "adam", "lr": 0.01},
    "one batch, augmented, batch norm": {"batch_size": 60, "epochs": 20, "augment": True, "batch_norm": True},
    "one batch, adam, all penalties": {"batch_size": 60, "optimizer": "adam", "lr": 0.01, "weight_decay": 0.1, "l1": 0.01,
                                       "max_norm": 0.5},
    "clothes, augmented": {"dataset": "fashion-mnist", "augment": True},
    "curve with validation": {"dataset": "curve", "n_train": 12, "n_validation": 5, "batch_size": 5, "epochs": 7, "l1": 0.001},
    "curve, looked at now and then": {"dataset": "curve", "n_train": 3, "batch_size": 3, "epochs": 403, "lr": 0.01,
                                      "hidden": (8,), "dropout": (0.0,), "n_validation": 5, "patience": 20},
    "curve, last batch of one": {"dataset": "curve", "n_train": 5, "batch_size": 4, "epochs": 403, "lr": 0.001, "batch_norm": True,
                                 "hidden": (8,), "dropout": (0.0,)},
    "explodes": {"lr": 1000.0, "batch_size": 60},
}  # fmt: skip
CASES = SWITCHES | MORE


def core(config, dtype=torch.float32) -> dict:
    for last in train_network(config, dtype=dtype):  # noqa: B007
        pass
    weights = last.model.theta[: last.model.n_weights]
    figures = {name: last[name] for name in NAMES if last[name] is not None}
    return {"epochs": last.epoch, **figures, "l2_norm": weights.norm().item()}


@pytest.mark.parametrize("case", CASES)
def test_the_first_steps_in_float64_are_the_cores(case):
    config = replace(SMALL, **CASES[case])
    needs_images(config.dataset)
    expected = core(config, torch.float64)
    for style in STYLES:
        figures = run(in_float64(script(config, style)))
        assert figures == pytest.approx(expected, rel=1e-7, abs=1e-12), style


def shrunken(name):
    config = NETWORK_PRESETS[name]
    small = {"n_train": 200, "batch_size": 50, "epochs": 5, "n_test": 300} if config.dataset != "curve" else {"epochs": 20}
    return replace(config, hidden=tuple(min(h, 32) for h in config.hidden), **small)


@pytest.mark.parametrize("name", NETWORK_PRESETS)
def test_a_preset_with_shrunken_sizes_begins_as_the_core_does(name):
    config = shrunken(name)
    needs_images(config.dataset)
    expected = core(config, torch.float64)
    for style in STYLES:
        assert run(in_float64(script(config, style))) == pytest.approx(expected, rel=1e-7), style


def test_a_run_ends_within_the_spread_over_seeds():
    config = NetworkConfig(
        dataset="digits", hidden=(32,), dropout=(0.5,), init="torch", n_train=300, lr=0.2, batch_size=32, epochs=15
    )
    ends = [core(replace(config, seed=seed)) for seed in range(6)]
    for style in STYLES:
        figures = run(script(config, style))
        for name in ("train_loss", "test_loss", "test_accuracy", "l2_norm"):
            values = [end[name] for end in ends]
            slack = (max(values) - min(values)) / 2
            assert min(values) - slack <= figures[name] <= max(values) + slack, (style, name)


@pytest.mark.parametrize("style", STYLES)
def test_a_network_script_is_clean_code_whatever_the_config(style, tmp_path):
    configs = [*NETWORK_PRESETS.values(), *(replace(SMALL, **changes) for changes in CASES.values())]
    programs = [
        script(replace(config, dataset=dataset), style)
        for config in configs
        for dataset in (("curve",) if config.dataset == "curve" else ("digits", "fashion-mnist", "mnist"))
    ]
    assert not [program for program in programs if "regdemo" in program]
    assert complaints(programs, tmp_path) == ""


def test_a_network_script_runs_alone_without_a_warning(tmp_path):
    figures = run_alone(script(replace(PRESETS["D4"], epochs=100), "concise"), tmp_path)
    assert figures["epochs"] == 100
    assert figures["train_loss"] is not None


@pytest.mark.parametrize("style", STYLES)
def test_a_script_speaks_of_weights_dropped_only_where_some_are(style):
    for config in (*NETWORK_PRESETS.values(), *(replace(SMALL, **changes) for changes in CASES.values())):
        weights = config.drop == "weights" and any((*config.dropout, *config.in_force(0)[0]))
        assert ("DropConnect" in script(config, style)) == weights
    for config in (replace(SMALL, dropout=(0,)), replace(SMALL, hidden=(), dropout=())):
        assert script(replace(config, drop="weights"), style) == script(config, style)


def test_mnist_is_taken_from_torchvision(monkeypatch):
    """Its files are rarely on a machine: a stand-in is, with the attributes that torchvision's has."""
    datasets = pytest.importorskip("torchvision.datasets")
    digits = images.load("digits")

    class Few:
        def __init__(self, root, train, download):
            assert (root, download) == ("data", True)
            x, y = (digits.x_train, digits.y_train) if train else (digits.x_test, digits.y_test)
            self.data, self.targets = torch.nn.functional.pad(torch.from_numpy(x), (10, 10, 10, 10)), torch.from_numpy(y)

    monkeypatch.setattr(datasets, "MNIST", Few)
    names = {f"{a}_{s}": getattr(Few("data", s == "train", True), k) for a, k in (("x", "data"), ("y", "targets"))
             for s in ("train", "test")}  # fmt: skip
    arrays = {name: value.numpy() for name, value in names.items()}
    monkeypatch.setitem(images._loaded, "mnist", images.Images("mnist", **arrays, labels=digits.labels))
    config = replace(PRESETS["D5"], n_train=100, n_test=50, batch_size=50, epochs=2, augment=True)
    for style in STYLES:
        assert run(in_float64(script(config, style))) == pytest.approx(core(config, torch.float64), rel=1e-9)


def test_a_network_has_no_strength_and_one_seed():
    for make in (script, notebook):
        with pytest.raises(ValueError, match=r"^strength = 3\.0: allowed is None for a NetworkConfig"):
            make(NetworkConfig(), strength=3.0)
        with pytest.raises(ValueError, match=r"^seed = 1: allowed is one of the config's seeds, 0 to 0"):
            make(NetworkConfig(), seed=1)
    assert script(NetworkConfig(seed=7), seed=7) == script(NetworkConfig(seed=7))


def test_a_networks_notebook_has_the_scripts_figures():
    import nbformat

    book = nbformat.reads(notebook(SMALL), as_version=4)
    nbformat.validate(book)
    assert run("\n\n".join(cell.source for cell in book.cells)) == run(script(SMALL))
