"""Seconds an epoch of preset D3: the tutorials' loop, ours (both with evaluation), and training's bare matrix products.

python -m benchmarks.networks [--rounds 3] [--threads 2]; on CUDA too where there is one. Rounds are interleaved, so that
a busy neighbour slows all three alike; what counts is the ratios. `--students 30`: a class in place of all that, each of whom
starts another "few images" at the same moment on one server; one more comes to the curve lab while they train, and one moves
a control of another page, which is compared with moves on the idle server before.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median, quantiles
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.load.servers import served
from regdemo import PRESETS, train_network
from regdemo.app.limits import UNLIMITED
from regdemo.core.networks import images
from tests.helpers.student import Student, visiting

WORKERS = min(4, os.cpu_count() or 1)  # of the DataLoader; the tutorials take 4
D3 = PRESETS["D3"]


class Tutorial(Dataset[tuple[torch.Tensor, int]]):
    """Images transformed one by one when asked for, as torchvision's data sets do."""

    def __init__(self, x: Any, y: Any) -> None:
        from torchvision import transforms

        self.x, self.y, self.transform = x, y, transforms.ToTensor()

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        from PIL import Image

        return self.transform(Image.fromarray(self.x[i])), int(self.y[i])


def tutorial(device: str) -> Callable[[], None]:
    """One epoch as the tutorials write it: DataLoader with workers, nn.Dropout, torch.optim.SGD, a test pass."""
    data = images.load(D3.dataset)
    train = DataLoader(Tutorial(data.x_train, data.y_train), D3.batch_size, shuffle=True, num_workers=WORKERS)
    test = DataLoader(Tutorial(data.x_test, data.y_test), D3.batch_size, num_workers=WORKERS)
    layers: list[nn.Module] = [nn.Flatten()]
    widths = (784, *D3.hidden)
    for inward, outward, p in zip(widths, D3.hidden, D3.dropout, strict=False):
        layers += [nn.Linear(inward, outward), nn.ReLU(), nn.Dropout(p)]
    net = nn.Sequential(*layers, nn.Linear(D3.hidden[-1], 10)).to(device)
    step = torch.optim.SGD(net.parameters(), lr=D3.lr)

    def epoch() -> None:
        net.train()
        total = right = 0.0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            outputs = net(x)
            loss = nn.functional.cross_entropy(outputs, y)
            step.zero_grad()
            loss.backward()
            step.step()
            total += loss.item() * len(y)
            right += (outputs.argmax(1) == y).sum().item()
        net.eval()
        with torch.no_grad():
            for x, y in test:
                right += (net(x.to(device)).argmax(1) == y.to(device)).sum().item()

    return epoch


def ours(device: str) -> Callable[[], None]:
    """One epoch of `train_network` after its start: dropout, train and test evaluation and histograms included."""
    records = train_network(replace(D3, epochs=1000), device)
    next(records)

    def epoch() -> None:
        next(records)

    return epoch


def floor(device: str) -> Callable[[], None]:
    """The matrix products of one epoch's training steps and nothing else."""
    sizes = [(784, 256), (256, 256), (256, 10)]
    batch = D3.batch_size
    weights = [torch.randn(size, device=device) for size in sizes]
    inputs = [torch.rand(batch, inward, device=device) for inward, _ in sizes]
    errors = [torch.rand(batch, outward, device=device) for _, outward in sizes]

    def epoch() -> None:
        for _ in range(-(-D3.n_train // batch)):
            for i, (x, w, e) in enumerate(zip(inputs, weights, errors, strict=True)):
                x @ w
                x.T @ e
                if i:
                    e @ w.T
        if device != "cpu":
            torch.cuda.synchronize()

    return epoch


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def compare(device: str, rounds: int) -> None:
    runs = {"tutorial": tutorial(device), "ours": ours(device), "floor": floor(device)}
    for name in ("ours", "floor"):
        runs[name]()  # warm up
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            taken[name].append(seconds(run))
    middle = {name: median(values) for name, values in taken.items()}
    print(f"{device}, {torch.get_num_threads()} threads, median of {rounds}: D3, seconds an epoch")
    for name, value in middle.items():
        spread = " ".join(f"{v:.3f}" for v in sorted(taken[name]))
        print(f"  {name:9} {value:8.3f}   ({spread})")
    print(f"  tutorial / ours = {middle['tutorial'] / middle['ours']:.1f} (at least 5)")
    print(f"  ours / floor    = {middle['ours'] / middle['floor']:.2f} (at most 2, aim 1.6)")


async def one(url: str, link: str, after: float = 0.0) -> float:
    """Seconds from coming to a link, after so many of waiting, until all is trained and drawn."""
    await asyncio.sleep(after)
    student = Student(url, link)
    try:
        return await student.open()
    finally:
        await student.close()


async def moves(student: Student, until: Callable[[], bool]) -> list[float]:
    """Seconds of each redrawing of a page, about two a second."""
    taken: list[float] = []
    while not until():
        taken.append(await student.change("log", len(taken) % 2 == 0))
        await asyncio.sleep(0.4)
    return taken


async def lesson(url: str, students: int) -> None:
    async with visiting(url, "/weight_decay") as other:
        began = time.perf_counter()
        idle = await moves(other, lambda: time.perf_counter() - began > 15)
        ended: list[float] = []

        async def trained(link: str) -> None:
            ended.append(await one(url, link))

        links = [f"/dropout?lab=images&seed={1000 + i}" for i in range(students)]
        curve = asyncio.create_task(one(url, "/dropout?lab=curve&steps=400&seed=1", after=5))
        moving = asyncio.create_task(moves(other, lambda: len(ended) == students))
        await asyncio.gather(*map(trained, links))
        busy = await moving
    print(f"{students} students, each another 'few images', all at once, one server, {os.cpu_count()} cores")
    ended.sort()
    print(
        f"  the first is done after {ended[0]:.1f} s, the middle one after {median(ended):.1f} s, the last after {ended[-1]:.1f} s"
    )
    print(f"  the curve lab, asked for 5 s after them: {await curve:.1f} s")
    for name, taken in (("idle", idle), ("while they train", busy)):
        print(
            f"  another page redrawn, {name}: median {median(taken):.3f} s, p95 {quantiles(taken, n=20)[-1]:.3f} s, {len(taken)} times"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--students", type=int, help="a class that trains at once, in place of the comparison")
    options = parser.parse_args()
    if options.students:
        os.environ[UNLIMITED] = "1"  # a busy machine would ask before it trains
        with served(1) as where:
            asyncio.run(lesson(where.url, options.students))
        return
    torch.set_num_threads(options.threads)
    compare("cpu", options.rounds)
    if torch.cuda.is_available():
        compare("cuda", options.rounds)
        list(train_network(D3, "cuda"))  # warm up
        print(f"cuda: D3's 5 epochs {seconds(lambda: list(train_network(D3, 'cuda'))):.3f} s (at most 1)")


if __name__ == "__main__":
    main()
