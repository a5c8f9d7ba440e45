"""What a training ran out of, in a sentence: what happened, and what to lower."""

import errno
import logging
from collections.abc import Callable
from typing import TypeVar

from regdemo.content.say import say
from regdemo.core.memory import NotEnoughMemory, gigabytes

T = TypeVar("T")

DEVICE, MEMORY, DISK, OTHER = "device", "memory", "disk", "other"


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
    if isinstance(error, NotEnoughMemory):
        return say(f"common.failures.{trained}.refused", needed=gigabytes(error.needed), free=gigabytes(error.free))
    if (what := ran_out(error)) is None:
        return None
    logging.getLogger(__name__).error("training broke off", exc_info=error)
    if what == OTHER:
        return say(f"common.failures.{trained}.other", error=type(error).__name__)
    return say(f"common.failures.{trained}.disk") if what == DISK else say(f"common.failures.{trained}.memory")


def else_on_cpu(train: Callable[[str | None], T]) -> T:
    """`train(None)`, which chooses a device; where a GPU has too little memory, `train("cpu")`."""
    try:
        return train(None)
    except RuntimeError as error:
        if ran_out(error) != DEVICE:
            raise
    return train("cpu")  # outside of the block above, whose error holds what lies on the GPU
