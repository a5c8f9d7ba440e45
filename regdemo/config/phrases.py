"""Numbers and sentences as the pages write them."""

import math


def figure(value: float | None) -> str:
    """A figure with three digits; a dash where there is none."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.3g}"


def counted(n: int, one: str, many: str = "") -> str:
    """How many there are of something: "1 seed", "2 seeds", "1,000 seeds"; `many` where the plural is not one + s."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def joined(*sentences: str) -> str:
    """Those sentences that there are, one after the other."""
    return " ".join(filter(None, sentences))
