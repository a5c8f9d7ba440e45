"""Fields of a config that check themselves: by hand, since configs need nothing but the standard library."""

import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import field, fields
from typing import Any

EPOCHS_MOST = 5000
STRENGTHS_MOST = 1000


def _checked(default: Any, check: Callable[[Any], object], allowed: str, doc: str) -> Any:
    """A dataclass field with its check (value -> clean value, or raises) and its row in the table of ranges."""
    return field(default=default, metadata={"check": check, "allowed": allowed, "doc": doc})


def whole(default: int, low: int, high: int, doc: str) -> Any:
    """A whole number in [low, high]."""

    def check(value: Any) -> int:
        if isinstance(value, bool):
            raise TypeError
        if not low <= (number := operator.index(value)) <= high:
            raise ValueError
        return number

    return _checked(default, check, f"a whole number from {low} to {high}", doc)


def real(default: float, low: float, high: float, doc: str) -> Any:
    """A finite number in [low, high]."""

    def check(value: Any) -> float:
        if isinstance(value, bool | str):
            raise TypeError
        number = float(value)
        if not (math.isfinite(number) and low <= number <= high):
            raise ValueError
        return number

    return _checked(default, check, f"a number from {low:g} to {high:g}", doc)


def optional(inner: Any) -> Any:
    """None, or what `inner` allows; the default is None."""
    check, allowed, doc = (inner.metadata[key] for key in ("check", "allowed", "doc"))
    return _checked(None, lambda value: None if value is None else check(value), f"None or {allowed}", doc)


def several(inner: Any, default: tuple[Any, ...], most: int, doc: str) -> Any:
    """A tuple of at most `most` entries, each of them what `inner` allows; it may be empty."""
    check_one, allowed = inner.metadata["check"], inner.metadata["allowed"]

    def check(value: object) -> tuple[object, ...]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise TypeError
        if len(entries := tuple(check_one(v) for v in value)) > most:
            raise ValueError
        return entries

    return _checked(default, check, f"a tuple of at most {most} entries, each {allowed}", doc)


def choice(default: str, *options: str, doc: str) -> Any:
    """One of a few names."""

    def check(value: object) -> str:
        if value not in options:
            raise ValueError
        return str(value)

    return _checked(default, check, "one of " + ", ".join(f'"{o}"' for o in options), doc)


def flag(default: bool, doc: str) -> Any:
    """True or False."""

    def check(value: Any) -> bool:
        if value is not True and value is not False:
            raise TypeError
        return value

    return _checked(default, check, "True or False", doc)


def strength_grid(default: tuple[float, ...], doc: str) -> Any:
    def check(value: object) -> tuple[float, ...]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise TypeError
        numbers = tuple(float(v) for v in value)
        if not 1 <= len(numbers) <= STRENGTHS_MOST or not all(0 <= v <= 1e9 for v in numbers):
            raise ValueError
        return numbers

    return _checked(default, check, f"1 to {STRENGTHS_MOST} numbers from 0 to 1e+09", doc)


class Checked:
    """Every field is cleaned by its own check; `_cross_check` sees fields together."""

    def __post_init__(self) -> None:
        for f in fields(self):  # type: ignore[arg-type]
            value = getattr(self, f.name)
            try:
                object.__setattr__(self, f.name, f.metadata["check"](value))
            except (TypeError, ValueError, OverflowError):
                raise ValueError(_complaint(f.name, value, f.metadata["allowed"])) from None
        self._cross_check()

    def _cross_check(self) -> None: ...

    def _require(self, good: bool, name: str, allowed: str) -> None:
        if not good:
            raise ValueError(_complaint(name, getattr(self, name), allowed))


def _complaint(name: str, value: object, allowed: str) -> str:
    shown = repr(value)
    return f"{name} = {shown if len(shown) <= 80 else shown[:77] + '...'}: allowed is {allowed}"
