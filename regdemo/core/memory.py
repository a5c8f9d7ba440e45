"""Whether there is enough memory for a run: asked before it starts, for an allocation that fails may end the whole process."""

import ctypes
import gc
import os
from contextlib import suppress
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
LARGE = 20_000_000  # bytes of a run after which it is worth some milliseconds to look for what is left of others


class NotEnoughMemory(ValueError):
    """A config needs more memory than there is: `needed` and `free` in bytes."""

    def __init__(self, needed: int, free: int, lower: str) -> None:
        self.needed, self.free = needed, free
        super().__init__(
            f"this config needs about {gigabytes(needed)} of memory, and {gigabytes(free)} are free: lower {lower}"
        )


def gigabytes(size: int) -> str:
    return f"{size / 1e9:,.3g} GB" if size < 1e12 else f"{size / 1e9:,.0f} GB"


def require(needed: int, lower: str) -> None:
    """NotEnoughMemory, a ValueError with both figures, where a run needs more bytes than are free."""
    free = available()
    if free is not None and needed > free:
        raise NotEnoughMemory(needed, free, lower)


def available() -> int | None:
    """Bytes that this process can still have: of the machine's, its container's and its own limit the least; None if nobody says."""
    known = [size for size in (_machine(), _container(), _limit()) if size is not None]
    return min(known) if known else None


def give_back(size: int = 0) -> None:
    """Let the system have again what was freed between things that are kept: by itself glibc's allocator holds on to it.

    After a run of `size` bytes that is a large one, what refers to itself alone, such as an earlier page with its run, is freed first:
    Python looks for that by how many objects there are, not by how large they are.
    """
    if size > LARGE:
        gc.collect()
    with suppress(AttributeError, OSError, TypeError):  # other systems have none or need none
        ctypes.CDLL(None).malloc_trim(0)


def _machine() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    except OSError:
        pass
    try:  # macOS
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _container() -> int | None:
    """What the control group (version 2, or 1) leaves; files that it only caches count as free."""
    names = {"": ("memory.max", "memory.current"), "memory": ("memory.limit_in_bytes", "memory.usage_in_bytes")}
    for folder, (most, used) in names.items():
        try:
            limit, held = ((CGROUP / folder / name).read_text().strip() for name in (most, used))
            stat = dict(line.split() for line in (CGROUP / folder / "memory.stat").read_text().splitlines())
            cached = int(stat.get("inactive_file", 0)) + int(stat.get("active_file", 0))
            return None if limit == "max" else max(int(limit) - int(held) + cached, 0)
        except (OSError, ValueError):
            continue
    return None


def _limit() -> int | None:
    """What `ulimit -v` leaves of the address space."""
    try:
        import resource

        most = resource.getrlimit(resource.RLIMIT_AS)[0]
        used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (ImportError, OSError):
        return None
    return None if most == resource.RLIM_INFINITY else max(most - used, 0)
