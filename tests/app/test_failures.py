"""What a training runs out of becomes a sentence on every page, the CPU is tried where a GPU was too small, and all goes on."""

import errno
import re
from typing import Any

import numpy as np
import pytest
import torch

from regdemo.app import failures
from regdemo.app.sweeps import kept_runs
from regdemo.app.trainings import training_slot
from regdemo.content.say import say
from regdemo.core import memory
from regdemo.core.linear import train as linear_training
from regdemo.core.networks import train as network_training
from tests.helpers.pages import charts, metrics, opened, said, sound

GPU = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
ERRORS = {
    "CUDA": (GPU, failures.DEVICE),
    "CUDA, by the runtime": (RuntimeError("CUDA error: out of memory"), failures.DEVICE),
    "cuBLAS": (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), failures.DEVICE),
    "MPS": (RuntimeError("MPS backend out of memory (MPS allocated: 1.0 GB)"), failures.DEVICE),
    "the CPU, by torch": (RuntimeError("[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory"), failures.MEMORY),
    "Python": (MemoryError(), failures.MEMORY),
    "NumPy": (np._core._exceptions._ArrayMemoryError((10**9,), np.dtype(float)), failures.MEMORY),  # type: ignore[attr-defined]
    "the system": (OSError(errno.ENOMEM, "Cannot allocate memory"), failures.MEMORY),
    "the disk": (OSError(errno.ENOSPC, "No space left on device"), failures.DISK),
    "a file": (PermissionError(errno.EACCES, "Permission denied"), failures.OTHER),
    "a kernel": (RuntimeError("CUDA error: an illegal memory access was encountered"), failures.OTHER),
}  # fmt: skip


@pytest.mark.parametrize(("error", "what"), ERRORS.values(), ids=list(ERRORS))
def test_an_error_is_known_for_what_ran_out(error, what):
    assert failures.ran_out(error) == what
    for trained in ("sweep", "networks"):
        text = failures.sentence(error, trained)
        assert text is not None
        assert text.endswith(".")
        assert "{" not in text
        assert (type(error).__name__ in text) == (what == failures.OTHER)


@pytest.mark.parametrize("error", [ValueError("memory"), KeyError("alloc"), TypeError(), AssertionError()])
def test_a_fault_of_the_program_is_none_of_these(error):
    assert failures.ran_out(error) is None
    assert failures.sentence(error, "sweep") is None


@pytest.mark.usefixtures("nothing_kept")
def test_a_sweep_or_networks_for_which_there_is_too_little_memory_are_refused_with_the_figures(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 1_000_000)
    for page, what in (("pages/weight_decay.py", "This sweep"), ("pages/dropout.py", "These networks")):
        at = opened(page, **({"lab": "curve"} if what == "These networks" else {}))
        assert re.search(rf"{what} needs? about [\d.]+ GB of memory, and 0.001 GB are free", said(at))
        assert charts(at) == 0 or what == "These networks"


def test_the_real_thing_is_known():
    with pytest.raises(RuntimeError) as torchs:
        torch.empty(2**60)
    assert failures.ran_out(torchs.value) == failures.MEMORY
    with pytest.raises(MemoryError) as numpys:
        np.empty(2**57)
    assert failures.ran_out(numpys.value) == failures.MEMORY


@pytest.mark.parametrize("error", [ERRORS[name][0] for name in ("CUDA", "MPS")])
def test_where_the_gpu_is_too_small_the_cpu_is_tried(error):
    tried: list[str | None] = []

    def train(device: str | None) -> str:
        tried.append(device)
        if device is None:
            raise error
        return "done"

    assert failures.else_on_cpu(train) == "done"
    assert tried == [None, "cpu"]


@pytest.mark.parametrize("error", [ERRORS[name][0] for name in ("the CPU, by torch", "Python", "the disk", "a kernel")])
def test_nothing_else_is_tried_twice(error):
    tried: list[str | None] = []

    def train(device: str | None) -> None:
        tried.append(device)
        raise error

    with pytest.raises(type(error)):
        failures.else_on_cpu(train)
    assert tried == [None]


SWEEPS = {
    "pages/weight_decay.py": {"n_features": "5", "epochs": "5", "seeds": "1", "lam": "2"},
    "pages/l1_vs_l2.py": {"n_train": "50", "n_features": "10", "n_informative": "5", "epochs": "50", "seeds": "1", "lr": "0.1"},
}
NETWORKS = {
    "images": {"lab": "images", "dataset": "digits", "n_train": "100", "epochs": "2", "width": "32", "seed": "31"},
    "curve": {"lab": "curve", "steps": "400", "curve_n": "5", "seed": "31"},
}
HINTS = {"CUDA": "not enough memory", "Python": "not enough memory", "the disk": "disk", "a kernel": "(RuntimeError)"}


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("name", HINTS)
@pytest.mark.parametrize("page", SWEEPS)
def test_a_sweep_that_breaks_off_is_a_sentence_and_the_next_one_runs(page, name, monkeypatch):
    def broken(*_: Any, **__: Any) -> None:
        raise ERRORS[name][0]

    with monkeypatch.context() as patch:
        patch.setattr(linear_training, "train_linear", broken)
        at = opened(page, **SWEEPS[page])
        assert len(at.error) == 1
        assert HINTS[name] in said(at)
        assert charts(at) == 0
    sound(at.run())
    assert said(at) == ""
    assert charts(at) > 3


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("page", SWEEPS)
def test_a_sweep_too_large_for_the_gpu_is_trained_on_the_cpu(page, monkeypatch):
    real = linear_training.train_linear

    def small_gpu(config: Any, data: Any = None, device: Any = None, **options: Any) -> Any:
        if device is None:
            raise GPU
        return real(config, data, device, **options)

    monkeypatch.setattr(linear_training, "train_linear", small_gpu)
    at = opened(page, **SWEEPS[page])
    assert said(at) == ""
    assert len(metrics(at)) > 2


@pytest.mark.usefixtures("nothing_kept")
def test_a_pinned_sweep_that_breaks_off_is_said_in_its_row(monkeypatch):
    real = linear_training.train_linear

    def broken(config: Any, *rest: Any, **options: Any) -> Any:
        if config.seed == 7:
            raise MemoryError
        return real(config, *rest, **options)

    monkeypatch.setattr(linear_training, "train_linear", broken)
    page = "pages/weight_decay.py"
    at = opened(page, **SWEEPS[page], pin=["1~n_features~5~epochs~5~seeds~1~seed~7"])
    assert charts(at) == 4
    assert "There is not enough memory for this sweep." in " ".join(c.value for c in at.caption)


@pytest.mark.usefixtures("nothing_kept", "short_training")
@pytest.mark.parametrize("name", HINTS)
@pytest.mark.parametrize("lab", NETWORKS)
def test_networks_that_break_off_are_a_sentence_and_can_be_trained_again(lab, name, monkeypatch):
    real, tried = network_training.train_networks, []

    def broken(configs: Any, device: Any = None, **options: Any) -> Any:
        tried.append(device)
        for i, records in enumerate(real(configs, device, **options)):
            if i == 2:
                raise ERRORS[name][0]
            yield records

    with monkeypatch.context() as patch:
        patch.setattr(network_training, "train_networks", broken)
        at = opened("pages/dropout.py", **NETWORKS[lab])
        assert tried == ([None, "cpu"] if name == "CUDA" else [None])
        assert HINTS[name] in said(at)
        assert len(training_slot()) == 0
        sound(at.run())  # nothing is tried again by itself
        assert len(tried) <= 2
        assert HINTS[name] in said(at)
    (again,) = [b for b in at.button if b.label == "Train from the start"]
    sound(again.click().run())
    assert said(at) == ""
    assert charts(at) >= 2


@pytest.mark.usefixtures("nothing_kept")
def test_networks_too_large_for_the_gpu_are_trained_on_the_cpu_from_the_start(monkeypatch):
    real = network_training.train_networks

    def small_gpu(configs: Any, device: Any = None, **options: Any) -> Any:
        for i, records in enumerate(real(configs, "cpu", **options)):
            if device is None and i == 1:
                raise GPU
            yield records

    plain = opened("pages/dropout.py", "figures", **NETWORKS["images"])
    kept_runs()._kept.clear()
    monkeypatch.setattr(network_training, "train_networks", small_gpu)
    at = opened("pages/dropout.py", "figures", **NETWORKS["images"])
    assert any(say("common.training.on_the_cpu") in c.value for c in at.caption)
    assert said(at) == ""
    assert at.table[0].value.equals(plain.table[0].value)
    kept = opened("pages/dropout.py", **NETWORKS["images"])
    assert any(say("common.training.on_the_cpu") in c.value for c in kept.caption)  # kept, and still said
