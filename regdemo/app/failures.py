"""What a training ran out of, in a sentence: what happened, and what to lower."""

import errno
import logging
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

DEVICE, MEMORY, DISK, OTHER = "device", "memory", "disk", "other"
SAID = {  # what was trained and what ran out -> a sentence
    ("sweep", MEMORY): "There is not enough memory for this sweep. Choose fewer seeds, features, training examples or epochs.",
    ("sweep", DISK): "The disk of the computer that runs this app is full. Make room on it, then load this page again.",
    ("sweep", OTHER): "This sweep broke off ({error}). Fewer seeds, features or epochs may work; the app's log says more.",
    ("networks", MEMORY): "There is not enough memory to train these networks. Choose fewer training examples, a smaller batch, or smaller networks.",
    ("networks", DISK): "The disk of the computer that runs this app is full. Make room on it, then try again.",
    ("networks", OTHER): "The training broke off ({error}). A smaller batch or smaller networks may work; the app's log says more.",
}  # fmt: skip
ON_THE_CPU = "The GPU has too little memory for this, so it was trained on the CPU."


def ran_out(error: BaseException) -> str | None:
    """What ended a training: DEVICE (a GPU's memory), MEMORY, DISK or OTHER; None where the program itself is at fault.

    torch raises RuntimeError for nearly everything, so its words decide.
    """
    text = str(error)
    if isinstance(error, MemoryError):
        return MEMORY
    if isinstance(error, OSError):
        return {errno.ENOSPC: DISK, errno.EDQUOT: DISK, errno.ENOMEM: MEMORY}.get(error.errno or 0, OTHER)
    if not isinstance(error, RuntimeError):
        return None
    if "out of memory" in text or "ALLOC_FAILED" in text:
        return DEVICE
    return MEMORY if "alloc" in text and "memory" in text else OTHER


def sentence(error: BaseException, trained: str) -> str | None:
    """What to say of an error in training a "sweep" or "networks", which goes to the log; None where it is to be raised."""
    if (what := ran_out(error)) is None:
        return None
    logging.getLogger(__name__).error("training broke off", exc_info=error)
    return SAID[trained, MEMORY if what == DEVICE else what].format(error=type(error).__name__)


def else_on_cpu(train: Callable[[str | None], T]) -> T:
    """`train(None)`, which chooses a device; where a GPU has too little memory, `train("cpu")`."""
    try:
        return train(None)
    except RuntimeError as error:
        if ran_out(error) != DEVICE:
            raise
    return train("cpu")  # outside of the block above, whose error holds what lies on the GPU
