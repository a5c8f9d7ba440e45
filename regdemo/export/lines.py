"""Lines of code that several programs share."""

from collections.abc import Iterable

ADAM = [
    "def adam(g, mean, square, t):",
    '    """Adam\'s direction: the mean of the gradients over the root of the mean of their squares. Changes both means."""',
    "    mean += 0.1 * (g - mean)",
    "    square += 0.001 * (g * g - square)",
    "    return mean / (1 - 0.9**t) / ((square / (1 - 0.999**t)).sqrt() + 1e-8)",
]


def lines(*parts: str | Iterable[str] | None) -> str:
    """The parts one below the other; None and empty lists are left out, "" is an empty line."""
    flat: list[str] = []
    for part in parts:
        if part is not None:
            flat += [part] if isinstance(part, str) else part
    return "\n".join(flat)
