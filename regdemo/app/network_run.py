"""What a pair of networks has given: rows, histograms, models, and the figures that are printed of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from regdemo.app.names import as_cell
from regdemo.config.configs import NetworkConfig
from regdemo.content.say import say
from regdemo.frames import dropout as dropout_frames

if TYPE_CHECKING:
    from regdemo.core.networks.layers import Network
    from regdemo.core.networks.train import Record

#: What a network is judged by: columns of its records.
FIGURES = ("train_loss", "train_loss_eval", "test_loss", "train_accuracy", "train_accuracy_eval", "test_accuracy")


@dataclass(eq=False)
class NetworkRun:
    """What a pair of networks has given so far: rows (run + Record.row()), histograms, and at the end their models."""

    configs: dict[str, NetworkConfig]
    rows: list[dict[str, Any]] = field(default_factory=list)
    weights: list[tuple[int, str, dict]] = field(default_factory=list)  # (epoch, run, layer -> histogram)
    gradients: list[tuple[int, str, dict]] = field(default_factory=list)
    activations: dict[str, dict] = field(default_factory=dict)
    models: "dict[str, Network]" = field(default_factory=dict)
    seconds: float = 0.0
    finished: bool = False
    said: str = ""  # where it was trained, if not where it was to be (a text's id); or why it broke off

    def add(self, records: "tuple[Record, ...]") -> None:
        """Take in one epoch of both networks."""
        for run, record in zip(self.configs, records, strict=True):
            if next((row["epoch"] for row in reversed(self.rows) if row["run"] == run), None) == record.epoch:
                continue  # a network that ended early repeats its last record
            self.rows.append({"run": run, **record.row()})
            for kind in ("weights", "gradients"):
                if record[kind] is not None:
                    getattr(self, kind).append((record.epoch, run, record[kind]))
            if record.activations is not None:
                self.activations[run] = record.activations
            self.models[run] = record.model

    def start_again(self, said: str) -> None:
        """Forget what there is so far."""
        self.said = said
        for held in (self.rows, self.weights, self.gradients, self.activations, self.models):
            held.clear()

    def named(self, names: Iterable[str]) -> "NetworkRun":
        """The same run under other names: a name is no part of what was trained."""
        new = dict(zip(self.configs, names, strict=True))
        if all(old == name for old, name in new.items()):
            return self
        return replace(
            self,
            configs={new[run]: config for run, config in self.configs.items()},
            rows=[row | {"run": new[row["run"]]} for row in self.rows],
            weights=[(epoch, new[run], layers) for epoch, run, layers in self.weights],
            gradients=[(epoch, new[run], layers) for epoch, run, layers in self.gradients],
            activations={new[run]: layers for run, layers in self.activations.items()},
            models={new[run]: model for run, model in self.models.items()},
        )

    def last(self, run: str) -> dict[str, Any]:
        return next(row for row in reversed(self.rows) if row["run"] == run)

    def ended(self, run: str) -> dict[str, Any] | None:
        """The row whose figures are given: the last; of a diverged run its last finite one, if there is any after its start."""
        return dropout_frames.ended(self.rows, run)

    def pictured(self, run: str) -> int | None:
        """The epoch of a run's last histograms and activations; None where they are those of its start and it has diverged since."""
        epoch = max(epoch for epoch, of, _ in self.weights if of == run)
        return None if self.last(run)["diverged"] and not epoch else epoch

    def of(self, run: str) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["run"] == run]

    def csv(self) -> str:
        """Every recorded epoch of every run."""
        return pd.DataFrame([row | {"run": as_cell(row["run"])} for row in self.rows]).to_csv(index=False)

    @property
    def nbytes(self) -> int:
        pictures = sum(
            a.nbytes for part in (self.weights, self.gradients) for _, _, ls in part for h in ls.values() for a in h.values()
        )
        return len(self.rows) * 1500 + pictures + sum(model.nbytes for model in self.models.values())


def last_figures(run: NetworkRun) -> dict[str, str]:
    """What a report prints: each run's last epoch; of one that diverged the last with finite figures."""
    return {
        say("dropout.report.figure", run=name, figure=say(f"dropout.figures.{column}")): f"{value:.4g}"
        for name in run.configs
        if (row := run.ended(name)) is not None
        for column in FIGURES
        if (value := row[column]) is not None
    }
