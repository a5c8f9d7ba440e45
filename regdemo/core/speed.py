"""How slow this machine is, beside the one that the tables of regdemo.config.costs were measured on."""

from functools import lru_cache
from time import perf_counter, thread_time

from regdemo.config.configs import LinearConfig
from regdemo.config.costs import PROBE_SECONDS

PROBE = LinearConfig(n_features=100, strengths=(0.0, 0.1, 0.2, 0.3), seeds=4, batch_size=5, epochs=120)
TRIES = 3
SLOWEST = 3.0  # what is measured above this is a busy moment, not the machine: every page as it opens must stay open to all


@lru_cache(maxsize=1)
def slowness() -> float:
    """How many times as long a small sweep takes here: measured once a process, in some 0.1 s."""
    return min(probed() / PROBE_SECONDS, SLOWEST)


def probed() -> float:
    """Seconds of the small sweep, in the fastest of some tries.

    On the CPU its own time is counted, which busy neighbours lengthen least.
    """
    from regdemo.core.linear.train import train_linear
    from regdemo.core.rng import pick_device

    clock = thread_time if pick_device().type == "cpu" else perf_counter
    taken = []
    for _ in range(TRIES):
        start = clock()
        train_linear(PROBE)
        taken.append(clock() - start)
    return min(taken)
