"""How long the tutorial's way takes against ours, and with how many threads: `python -m benchmarks.linear`.

The tutorial's way is W1 as published: DataLoader, nn.Linear, autograd, torch.optim, losses looked at every fifth epoch.
Ours keeps every loss and norm of every epoch. The two take turns, so that whatever slows the computer slows both.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from regdemo import PRESETS, train_linear
from regdemo.config.configs import LinearConfig
from regdemo.core.linear.data import LinearData, draw_linear

W1 = replace(PRESETS["W1"], strengths=(3.0,))
SWEEP = replace(W1, seeds=8, strengths=(0.0, *np.geomspace(1e-3, 100, 31)))  # nothing in it diverges at W1's learning rate
LOOK_EVERY = 5
ROUNDS = 9


def tutorial(config: LinearConfig, data: LinearData) -> list[tuple[float, float]]:
    """One run as the tutorials write it; (train loss, test loss) at each look."""
    train, test = (TensorDataset(*(torch.from_numpy(a[0]) for a in data.split(s))) for s in ("train", "test"))
    loaders = [DataLoader(train, config.batch_size, shuffle=True), DataLoader(test, config.batch_size)]
    net = nn.Linear(config.n_features, 1)
    nn.init.normal_(net.weight)
    nn.init.zeros_(net.bias)
    loss = nn.MSELoss()
    groups: list[dict] = [{"params": [net.weight], "weight_decay": config.strengths[0]}, {"params": [net.bias]}]
    optimizer = torch.optim.SGD(groups, lr=config.lr)
    looks = []
    for epoch in range(1, config.epochs + 1):
        for x, y in loaders[0]:
            optimizer.zero_grad()
            (loss(net(x)[:, 0], y) / 2).backward()
            optimizer.step()
        if epoch % LOOK_EVERY == 0:
            with torch.no_grad():
                sums = [sum(loss(net(x)[:, 0], y).item() / 2 * len(y) for x, y in loader) for loader in loaders]
            looks.append((sums[0] / config.n_train, sums[1] / config.n_test))
    return looks


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def against_the_tutorial() -> None:
    data = draw_linear(W1)
    works: dict[str, Callable[[], object]] = {
        "tutorial, 1 run": lambda: tutorial(W1, data),
        "ours, 1 run": lambda: train_linear(W1, device="cpu"),
        "ours, 256 runs": lambda: train_linear(SWEEP, device="cpu").history,
    }
    for work in works.values():
        work()  # imports and first allocations
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            taken[name].append(seconds(work))
    runs = SWEEP.seeds * len(SWEEP.strengths)
    print(f"W1, {torch.get_num_threads()} thread(s), {ROUNDS} rounds in turn")
    for name, times in taken.items():
        print(f"  {name:16s} median {1e3 * median(times):7.1f} ms   ({1e3 * min(times):.1f} to {1e3 * max(times):.1f})")
    for name, count in (("ours, 1 run", 1), ("ours, 256 runs", runs)):
        ratio = median(t / (o / count) for t, o in zip(taken["tutorial, 1 run"], taken[name], strict=True))
        print(f"  a run of '{name}' is {ratio:,.0f} times as fast as the tutorial's")


def sweeps(threads: int) -> None:
    """Prints the seconds of each of a few sweeps: the work of the child processes below."""
    torch.set_num_threads(threads)
    train_linear(SWEEP, device="cpu")
    print(*(seconds(lambda: train_linear(SWEEP, device="cpu").history) for _ in range(ROUNDS)))


def threads_compared() -> None:
    """The sweep with one thread and with two, alone and beside a process that keeps a core busy."""
    taken: dict[tuple[int, int], list[float]] = {(n, busy): [] for busy in (0, 1) for n in (1, 2)}
    for _ in range(3):
        for (n, busy), times in taken.items():
            neighbours = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
            try:
                child = [sys.executable, "-m", "benchmarks.linear", "sweeps", str(n)]
                times += map(float, subprocess.run(child, check=True, capture_output=True, text=True).stdout.split())
            finally:
                for neighbour in neighbours:
                    neighbour.kill()
                    neighbour.wait()
    print(f"256 runs by threads, {os.cpu_count()} cores")
    for (n, busy), times in taken.items():
        beside = "beside a busy process" if busy else "alone"
        print(f"  {n} thread(s) {beside:21s} median {1e3 * median(times):7.1f} ms   worst {1e3 * max(times):7.1f}")
    for busy, beside in ((0, "alone"), (1, "beside a busy process")):
        print(f"  two threads take {median(taken[2, busy]) / median(taken[1, busy]):.2f} times as long as one, {beside}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["sweeps"]:
        sweeps(int(sys.argv[2]))
    else:
        torch.set_num_threads(1)
        against_the_tutorial()
        threads_compared()
