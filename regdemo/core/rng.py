"""Random numbers, one generator for each purpose, and the device that runs are computed on."""

import torch

from regdemo.config.constants import LATER_PURPOSES, PURPOSES


def generator(seed: int, purpose: str, device: str | torch.device = "cpu") -> torch.Generator:
    """A generator of its own for one seed and one purpose: on the CPU, and for masks on the device that draws them."""
    if purpose in LATER_PURPOSES:
        number = 2**40 + len(LATER_PURPOSES) * seed + LATER_PURPOSES.index(purpose)
    else:
        number = len(PURPOSES) * seed + PURPOSES.index(purpose)
    return torch.Generator(device).manual_seed(number)


def pick_device(device: str | torch.device | None = None) -> torch.device:
    """`device`, or CUDA when present, then MPS, then the CPU."""
    if device is not None:
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
