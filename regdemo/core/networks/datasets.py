"""What a network trains on: the examples that a config chooses, whole on its device, and their augmentation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from regdemo.config.configs import NetworkConfig
from regdemo.config.constants import CLASSES, CURVE_MOST, MIRRORED, SLOPE, SPLITS, TEST_NOISE, TRAIN_NOISE
from regdemo.core.networks import images
from regdemo.core.rng import generator


@dataclass(frozen=True, eq=False)
class Examples:
    """x_* (n, height, width) bytes, or (n, 1) numbers for the curve; y_* (n) class numbers, or numbers for the curve."""

    x_train: Tensor
    y_train: Tensor
    x_validation: Tensor
    y_validation: Tensor
    x_test: Tensor
    y_test: Tensor
    classes: int  # 0 for the curve
    labels: tuple[str, ...] = ()

    def split(self, name: str) -> tuple[Tensor, Tensor]:
        """(x, y) of "train", "validation" or "test"."""
        return getattr(self, f"x_{name}"), getattr(self, f"y_{name}")

    def to(self, device: torch.device, dtype: torch.dtype) -> "Examples":
        """The same on a device; class numbers and bytes stay what they are, other numbers take the type."""
        moved: dict[str, Any] = {
            f"{kind}_{name}": part.to(device, dtype if part.is_floating_point() else part.dtype)
            for name in SPLITS
            for kind, part in zip("xy", self.split(name), strict=True)
        }
        return Examples(**moved, classes=self.classes, labels=self.labels)


def checked(data: Examples) -> Examples:
    """Examples of one's own, or ValueError with the name of what cannot be trained on."""

    def refuse(name: str, what: str, allowed: str) -> None:
        raise ValueError(f"data.{name} {what}: allowed is {allowed}")

    for split in SPLITS:
        for name, part in zip((f"x_{split}", f"y_{split}"), data.split(split), strict=True):
            if not isinstance(part, Tensor):
                refuse(name, f"is a {type(part).__name__}", "a tensor")
            if part.is_complex() or (part.is_floating_point() and not part.isfinite().all()):
                refuse(name, "holds what is no finite number", "finite numbers alone")
        x, y = data.split(split)
        if x.shape[1:] != data.x_train.shape[1:] or y.shape != x.shape[:1]:
            refuse(f"x_{split}", f"has shape {tuple(x.shape)} and y_{split} {tuple(y.shape)}", "(n, like x_train) and (n)")
        if split != "validation" and not len(y):
            refuse(f"y_{split}", "is empty", "one example or more")
        if y.is_floating_point() != (data.classes == 0):
            refuse(f"y_{split}", f"is of {y.dtype} with {data.classes} classes", "whole numbers with classes, others without")
        if data.classes and len(y) and not (int(y.min()) >= 0 and int(y.max()) < data.classes):
            refuse(f"y_{split}", f"goes from {int(y.min())} to {int(y.max())}", f"0 to {data.classes - 1}")
    return data


def draw_examples(config: NetworkConfig) -> Examples:
    """The config's examples on the CPU, chosen by its seed: a larger n_train keeps those of a smaller one.

    Validation examples come from the training set, at most half of it, and are never trained on.
    """
    if config.dataset == "curve":
        return _curve(config)
    data = images.load(config.dataset)
    total = len(data.y_train)
    shuffle = torch.randperm(total, generator=generator(config.seed, "train"))
    n_validation = min(config.n_validation, total // 2)
    n_train = min(config.n_train, total - n_validation)
    x, y, x_test, y_test = (torch.from_numpy(a) for a in (data.x_train, data.y_train, data.x_test, data.y_test))
    if n_train < total:
        train_rows, validation_rows = shuffle[:n_train], shuffle[total - n_validation :]
        x, y, x_validation, y_validation = x[train_rows], y[train_rows], x[validation_rows], y[validation_rows]
    else:
        x_validation, y_validation = x[:0], y[:0]
    n_test = min(config.n_test, len(y_test))
    return Examples(x, y, x_validation, y_validation, x_test[:n_test], y_test[:n_test], CLASSES, data.labels)


def _curve(config: NetworkConfig) -> Examples:
    parts: dict[str, Any] = {}
    for name, noise in (("train", TRAIN_NOISE), ("validation", TRAIN_NOISE), ("test", TEST_NOISE)):
        n = min(getattr(config, f"n_{name}"), CURVE_MOST)
        x = torch.linspace(-1, 1, n)
        parts[f"x_{name}"] = x[:, None]
        parts[f"y_{name}"] = SLOPE * x + noise * torch.randn(n, generator=generator(config.seed, name))
    return Examples(**parts, classes=0)


def shuffles(config: NetworkConfig, n: int) -> Iterator[Tensor]:
    """Each epoch's order of the n training examples; where one batch holds them all they stay in place."""
    g = generator(config.seed, "order")
    for _ in range(config.epochs):
        yield torch.arange(n) if config.batch_size >= n else torch.randperm(n, generator=g)


def shifts(config: NetworkConfig, shape: tuple[int, ...], n: int, g: torch.Generator) -> Tensor:
    """How each of n images is moved: (n, 3) of rows, columns and whether it is mirrored; a twelfth of the side at most."""
    reach = round(shape[0] / 12)
    offsets = torch.randint(-reach, reach + 1, (n, 2), generator=g)
    mirrored = torch.randint(0, 2, (n, 1), generator=g) * (config.dataset in MIRRORED)
    return torch.cat([offsets, mirrored], 1)


def augmented(x: Tensor, offsets: Tensor) -> Tensor:
    """Images (n, height, width), each shifted (black comes in at the edge) and perhaps mirrored, as `offsets` (n, 3) says."""
    n, height, width = x.shape
    reach = round(height / 12)
    rows = torch.arange(height, device=x.device) + reach + offsets[:, :1]  # (n, height)
    columns = torch.arange(width, device=x.device) + reach + offsets[:, 1:2]
    columns = torch.where(offsets[:, 2:] > 0, columns.flip(1), columns)
    padded = F.pad(x, (reach, reach, reach, reach))
    return padded[torch.arange(n, device=x.device)[:, None, None], rows[:, :, None], columns[:, None, :]]


def sample(data: Examples, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The first k test examples and their answers, as arrays for pictures."""
    return data.x_test[:k].cpu().numpy(), data.y_test[:k].cpu().numpy()
