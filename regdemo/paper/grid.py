"""The figures of papers as grids of runs, computed into a file: `python -m regdemo.paper --help`.

Source of all but `decay`: Srivastava et al. 2014, "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 15, sections 7.2 to 7.5.
There p is the probability of KEEPING a unit; here p is the dropout rate, 1 minus theirs. No torch until something is trained.
"""

import json
import math
import os
import platform
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from regdemo.config.configs import NetworkConfig, from_text, to_text
from regdemo.config.places import ASSETS, CACHE
from regdemo.config.presets import PRESETS
from regdemo.paper import decay

KEPT = ASSETS / "study.jsonl"  # what the pages read
QUICK = CACHE / "study_quick.jsonl"
SEEDS, QUICK_SEEDS = 4, 2
QUICK_MOST = {"n_train": 1000, "n_test": 2000, "epochs": 10}
DIGITS = 1437  # training images that scikit-learn's digits have
IDLE = 20  # seconds after which a process without work ends, so that a killed program leaves none behind
AVERAGED = 100  # thinned networks at most
KS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100)  # of them, the averages that are written down

WIDTH, KEPT_UNITS = 256, 51.2
RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SIZES = (100, 500, 1000, 2000, 5000, 10_000)
BASE: NetworkConfig = replace(PRESETS["few-images"], optimizer="adam", momentum=0.0, lr=0.001)


def _at(p: float, width: int = WIDTH, n_train: int = 1000) -> NetworkConfig:
    return replace(BASE, hidden=(width, width), dropout=(p, p), n_train=n_train)


@dataclass(frozen=True)
class Figure:
    """A grid: named lines of points. Each point is trained once a seed, and one of MEASURES says what is kept of a run."""

    section: str  # of the paper
    measure: str
    lines: dict[str, tuple[NetworkConfig, ...]]


FIXED_N, FIXED_KEPT = f"{WIDTH} units", f"{KEPT_UNITS:.0f} units kept"
_FIXED_N = tuple(_at(p) for p in RATES)
FIGURES = {
    "rate": Figure("7.3", "end", {
        FIXED_N: _FIXED_N,
        FIXED_KEPT: tuple(_at(p, int(KEPT_UNITS / (1 - p) + 1e-9)) for p in (0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 0.9)),
    }),
    "size": Figure("7.4", "end", {
        name: tuple(_at(p, n_train=n) for n in SIZES) for name, p in {"no dropout": 0.0, "p = 0.2": 0.2, "p = 0.5": 0.5}.items()
    }),
    "averaging": Figure("7.5", "averaging", {"p = 0.5": (_at(0.5),)}),
    "sparsity": Figure("7.2", "end", {FIXED_N: _FIXED_N}),
}  # fmt: skip

#: every grid of the file: the dropout paper's, and that of decoupled weight decay
GRIDS = FIGURES | {"decay": Figure("4", "validation", decay.LINES)}

Job = tuple[str, NetworkConfig]  # what is measured, and of which run


def label(config: NetworkConfig) -> str:
    """A run in words, without its seed."""
    decay = f", η = {config.lr:g}, λ = {config.weight_decay:g} ({config.solver})" if config.n_validation else ""
    return f"p = {config.dropout[0]:g}, {config.hidden[0]} units, {config.n_train:,} images{decay}"


def jobs(names: Iterable[str] = tuple(GRIDS), quick: bool = False, dataset: str = "") -> list[Job]:
    """The runs of some figures in the grid's order, each once. `quick`: fewer images, epochs and seeds; `dataset`: another one."""
    most = dict(QUICK_MOST) if quick else {}
    if dataset == "digits":
        most["n_train"] = min(most.get("n_train", DIGITS), DIGITS)
    found: dict[Job, None] = {}
    for figure in (GRIDS[name] for name in names):
        for config in (config for line in figure.lines.values() for config in line):
            small = replace(
                config, dataset=dataset or config.dataset, **{name: min(getattr(config, name), n) for name, n in most.items()}
            )
            for seed in range(QUICK_SEEDS if quick else SEEDS):
                found[figure.measure, replace(small, seed=seed)] = None
    return list(found)


def _end(config: NetworkConfig, first: Any, last: Any) -> dict[str, Any]:
    """Errors and losses in eval mode; of each hidden layer the share of exact zeros and the mean activation."""
    layers = (last.activations or {}).values()
    return {
        "first_test_loss": first.test_loss, "test_error": 1 - last.test_accuracy, "test_loss": last.test_loss,
        "train_error": 1 - last.train_accuracy_eval, "train_loss": last.train_loss_eval,
        "zero": [layer["zero"] for layer in layers], "mean": [layer["mean"] for layer in layers],
    }  # fmt: skip


def _averaging(config: NetworkConfig, first: Any, last: Any) -> dict[str, Any]:
    """Test error and loss of k thinned networks averaged, and of one pass in eval mode."""
    from regdemo.core.networks.datasets import draw_examples, sample
    from regdemo.core.networks.masks import averaging

    x, y = sample(draw_examples(config), config.n_test)
    rows = averaging(last.model, x, y, AVERAGED).set_index("k").loc[list(KS)]
    scaling = {"scaling_error": float(rows["scaling_error"].iloc[0]), "scaling_loss": float(rows["scaling_loss"].iloc[0])}
    return {"k": list(KS), "error": rows["error"].tolist(), "loss": rows["loss"].tolist(), **scaling}


def _validated(config: NetworkConfig, first: Any, last: Any) -> dict[str, Any]:
    """Errors and losses in eval mode, those on validation data for choosing."""
    return {
        "validation_error": 1 - last.validation_accuracy, "validation_loss": last.validation_loss,
        "test_error": 1 - last.test_accuracy, "test_loss": last.test_loss, "train_loss": last.train_loss_eval,
    }  # fmt: skip


_SINGLE = {  # measure -> the single numbers among what is kept
    "validation": ("validation_error", "validation_loss", "test_error", "test_loss", "train_loss"),
    "end": ("first_test_loss", "test_error", "test_loss", "train_error", "train_loss"),
    "averaging": ("scaling_error", "scaling_loss"),
}
#: name -> what is kept of a run, from its config and its records after the first and the last epoch
MEASURES: dict[str, Callable[[NetworkConfig, Any, Any], dict[str, Any]]] = {
    "end": _end, "averaging": _averaging, "validation": _validated,
}  # fmt: skip


def run(measure: str, config: NetworkConfig) -> dict[str, Any]:
    """Train one run on one thread of the CPU: a line of the file. Raises images.DataUnavailable."""
    import numpy
    import torch

    from regdemo.core.networks.train import train_network

    torch.set_num_threads(1)  # sums differ in their last bits between thread counts
    first = last = None
    for last in train_network(config, "cpu"):
        if last.epoch == 1:
            first = last
    return {
        "measure": measure,
        "config": json.loads(to_text(config)),
        "found": MEASURES[measure](config, first, last),
        "made": {
            "date": f"{datetime.now(UTC):%Y-%m-%d}", "python": platform.python_version(), "torch": str(torch.__version__),
            "numpy": numpy.__version__, "machine": f"{platform.machine()}, cpu, {os.cpu_count()} cores",
        },
    }  # fmt: skip


def read(path: Path = KEPT) -> dict[Job, dict[str, Any]]:
    """The finished runs of a file, in its order; what a killed program left half written at the end is ignored.

    Raises ValueError naming the line that is no run.
    """
    found, wrong = salvage(path)
    for number, error in wrong.items():
        raise ValueError(f"{path}, line {number}, is not a run: {error}. Remove the line and call again.")
    return found


def salvage(path: Path) -> tuple[dict[Job, dict[str, Any]], dict[int, str]]:
    """The same, with the lines that are no runs by their numbers: what is wrong with each. Raises OSError."""
    found, wrong = {}, {}
    whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
    for number, text in enumerate(whole.splitlines(), 1):
        if not text.strip():
            continue
        try:
            job, line = _checked(json.loads(text))
            found[job] = line
        except KeyError as error:
            wrong[number] = f"{error.args[0]} is missing"
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            wrong[number] = str(error)
    return found, wrong


def _checked(line: dict[str, Any]) -> tuple[Job, dict[str, Any]]:
    """A line as a run: a measure of its config that is whole, finite, and says where it was made. Raises what a wrong line leads to."""
    measure, config, found = line["measure"], from_text(json.dumps(line["config"])), line["found"]
    if measure not in MEASURES or not isinstance(config, NetworkConfig):
        raise ValueError(f"there is no measure {str(measure)[:40]} of a {type(config).__name__}")
    many = {
        "end": dict.fromkeys(("zero", "mean"), len(config.hidden)),
        "averaging": dict.fromkeys(("k", "error", "loss"), len(KS)),
    }.get(measure, {})
    single = _SINGLE[measure]
    for name in (*single, *many):
        values = [found[name]] if name in single else found[name]
        if len(values) != many.get(name, 1) or not all(type(v) in (int, float) and math.isfinite(v) for v in values):
            raise ValueError(f"{name} is not {many.get(name, 1)} finite numbers")
    for name in ("date", "python", "torch", "numpy", "machine"):
        if not isinstance(line["made"][name], str):
            raise ValueError(f"{name} is not text")
    return (measure, config), line


def encoded(line: dict[str, Any]) -> bytes:
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def compute(todo: list[Job], processes: int = 1, cluster: str | None = None) -> Iterator[dict[str, Any]]:
    """Each job's line as soon as it is done, in any order: by processes of this machine, or by a Dask cluster's workers."""
    import joblib  # type: ignore[import-untyped]

    backend: dict[str, Any] = {"backend": "loky", "n_jobs": processes, "inner_max_num_threads": 1, "idle_worker_timeout": IDLE}
    if cluster is not None:
        from dask.distributed import Client

        backend = {"backend": "dask", "client": Client(cluster, set_as_default=False)}
    try:
        with joblib.parallel_config(**backend):
            yield from joblib.Parallel(return_as="generator_unordered", batch_size=1)(joblib.delayed(run)(*job) for job in todo)
    finally:
        if cluster is not None:
            backend["client"].close()
