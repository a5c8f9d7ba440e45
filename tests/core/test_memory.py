"""A run that needs more memory than there is, is refused with the figure; and a sweep takes about what is said beforehand."""

import gc
import os
import platform
import re
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

from regdemo import LinearConfig, NetworkConfig, train_linear, train_network, train_networks
from regdemo.config.costs import sweep_bytes, sweep_peak
from regdemo.core import memory

HUGE = LinearConfig(n_features=100_000, n_informative=1, seeds=256)
WIDE = NetworkConfig(dataset="digits", hidden=(4096,) * 8, dropout=(0.0,) * 8)


@pytest.mark.parametrize(
    ("run", "names"),
    [
        (lambda: train_linear(HUGE, device="cpu"), ("seeds", "n_features", "epochs")),
        (lambda: next(train_network(WIDE, "cpu")), ("batch_size", "hidden")),
        (lambda: next(train_networks([WIDE, WIDE], "cpu")), ("batch_size", "hidden")),
    ],
)
def test_what_needs_more_memory_than_there_is_is_refused_with_both_figures_and_what_to_lower(run, names, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 2_000_000_000)
    with pytest.raises(ValueError, match=r"needs about [\d.]+ GB of memory, and 2 GB are free") as raised:
        run()
    assert all(name in str(raised.value) for name in names)


def test_the_least_of_the_machines_the_containers_and_the_own_limit_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    free = memory.available()
    (tmp_path / "memory.max").write_text("3000\n")
    (tmp_path / "memory.current").write_text("2500\n")
    (tmp_path / "memory.stat").write_text("anon 1000\ninactive_file 400\nactive_file 100\n")
    assert memory.available() == 1000
    (tmp_path / "memory.max").write_text("max\n")
    assert free is None or memory.available() > 1000


PEAK = """
import resource
from regdemo import LinearConfig, train_linear
peak = lambda: 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
config = LinearConfig(**{settings})
train_linear(LinearConfig(epochs=1), device="cpu")
before = peak()
result = train_linear(config, device="cpu")
print(result.nbytes, peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux alone")
def test_a_sweep_holds_and_takes_about_what_is_said_beforehand():
    settings = {
        "n_features": 300, "n_informative": 10, "n_train": 50, "batch_size": 50, "seeds": 16, "epochs": 120,
        "strengths": tuple(i / 100 for i in range(24)),
    }  # fmt: skip
    program = PEAK.format(settings=settings)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    held, peak = map(int, re.findall(r"\d+", done.stdout))
    config = LinearConfig(**settings)
    assert held == pytest.approx(sweep_bytes(config), rel=0.1)
    assert peak < 1.3 * sweep_peak(config)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other systems give it back by themselves")
def test_what_was_freed_between_things_that_are_kept_goes_back_to_the_system():
    def held() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    parts = [np.ones(12_000) for _ in range(1000)]  # each below what the allocator asks the system for by itself
    full, kept = held(), parts[::20]
    del parts
    memory.give_back()
    assert full - held() > 70_000_000
    assert len(kept) == 50


@pytest.mark.parametrize("size", [0, 6_000_000, 100_000_000])
def test_what_refers_to_itself_alone_is_freed_after_a_large_run(size):
    class Page:
        pass

    page = Page()
    page.itself = page
    left = weakref.ref(page)
    gc.disable()
    try:
        del page
        memory.give_back(size)
        assert (left() is None) == (size > memory.LARGE)
    finally:
        gc.enable()
