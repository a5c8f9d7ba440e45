"""regdemo: train regularized models and see what the regularizer does. Importing it loads no torch (PEP 562)."""

from importlib import import_module
from typing import Any

_HOMES = {
    "LinearConfig": "config.configs",
    "PRESETS": "config.presets",
    "train_linear": "core.linear.train",
    "LinearResult": "core.linear.train",
    "LinearData": "core.linear.data",
    "NetworkConfig": "config.configs",
    "train_network": "core.networks.train",
    "train_networks": "core.networks.train",
}
__all__ = sorted(_HOMES)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"regdemo.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'regdemo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
