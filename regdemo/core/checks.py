"""Data of one's own, taken or refused by name: arrays of finite numbers, in the shapes that belong together."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike

from regdemo.config.constants import SPLITS

if TYPE_CHECKING:
    from regdemo.core.linear.data import LinearData


def numbers(name: str, value: object, shape: tuple[int, ...], dtype: DTypeLike = np.float64, axes: str = "") -> np.ndarray:
    """`value` as an array that torch can take: of this type, in rows, in this machine's byte order, a copy only where needed.

    ValueError with the name where it is no array of real numbers, has another shape (-1: any), or holds what is not finite.
    """
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        kind = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
        raise ValueError(f"{name} is {kind}: allowed is a NumPy array of real numbers")
    if len(value.shape) != len(shape) or any(want not in (-1, have) for have, want in zip(value.shape, shape, strict=True)):
        allowed = axes + str(shape).replace("-1", "any")
        raise ValueError(f"{name} has shape {value.shape}: allowed is {allowed}")
    with np.errstate(over="ignore"):
        array = np.require(value, dtype, ("C", "W"))
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} holds a number that is missing, infinite or too large for {array.dtype}: allowed are finite ones"
        )
    return array


def linear_splits(
    data: "LinearData", shapes: Mapping[str, tuple[int, int, int]] | None = None, dtype: DTypeLike = np.float64
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """(x, y) of each split of `data`; `shapes`: what each x must have, (seeds, n, features), else what belongs together."""
    seeds, features, splits = -1, -1, {}
    for split in SPLITS:
        x, y = data.split(split)
        x = numbers(
            f"data.x_{split}",
            x,
            shapes[split] if shapes else (seeds, -1, features),
            dtype,
            f"(seeds, n_{split}, n_features) = ",
        )
        seeds, n, features = x.shape
        splits[split] = x, numbers(f"data.y_{split}", y, (seeds, n), dtype, f"(seeds, n_{split}) = ")
    return splits
