"""What the same work takes on the CPU, with one thread and with all, and beside it on a GPU where there is one.

python -m benchmarks.devices [--quick]. Sweeps of 256, 10,000 and 100,000 linear runs; an epoch of D3 and of D5's CNN; preset
"few-images" with its twin without dropout. "GPU busy" is the share of the time in which one of the GPU's kernels runs: where it
is low, the work is launch-bound. Without Fashion-MNIST on the machine random images of the same shape take its place.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import numpy as np
import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from regdemo import PRESETS, train_linear, train_network, train_networks
from regdemo.config.configs import LinearConfig, NetworkConfig
from regdemo.core.networks import images

W1 = PRESETS["W1"]
SWEEPS = {  # name -> (seeds, strengths, batch size)
    "sweep, 256 runs, batches of 1": (8, 32, 1),
    "sweep, 256 runs": (8, 32, W1.n_train),
    "sweep, 10,000 runs": (100, 100, W1.n_train),
    "sweep, 100,000 runs": (250, 400, W1.n_train),
}
DATASET = "fashion-mnist"  # of the CNN too: nothing has to be downloaded
ENOUGH = 3.0  # seconds of measuring after which there is no further round
ROUNDS = 5
PATIENCE = 5.0  # seconds of the sweep before: where a device took longer, it is spared the next one, of ten times the size

Work = Callable[[], object]
Make = Callable[[str], Work]  # the work on a device


def images_at_hand() -> str:
    """Which images are trained on; random ones are put where Fashion-MNIST is missing."""
    for folder in images.folders(DATASET):
        if all((folder / file).exists() for file, _, _ in images.FILES.values()):
            return "Fashion-MNIST"
    rng = np.random.default_rng(0)
    x = [rng.integers(0, 256, (n, images.SIDE, images.SIDE), np.uint8) for n in (images.TRAIN, images.TEST)]
    y = [rng.integers(0, 10, n) for n in (images.TRAIN, images.TEST)]
    images._loaded[DATASET] = images.Images(DATASET, x[0], y[0], x[1], y[1], images.LABELS[DATASET])
    return "random images, for Fashion-MNIST is not on this machine"


def sweep(config: LinearConfig) -> Make:
    return lambda device: lambda: train_linear(config, device=device)


def epoch(config: NetworkConfig) -> Make:
    """One epoch after the first, evaluation included; each call goes one further."""

    def make(device: str) -> Work:
        records = train_network(replace(config, epochs=1000), device)
        for _ in range(2):
            next(records)
        return lambda: next(records)

    return make


def pair(config: NetworkConfig) -> Make:
    """Two networks from the first epoch to the last, as the page trains them."""
    return lambda device: lambda: list(train_networks([replace(config, dropout=(0.0,)), config], device))


def works(quick: bool) -> dict[str, Make]:
    d3, cnn, few = (replace(PRESETS[name], dataset=DATASET) for name in ("D3", "D5", "few-images"))
    made: dict[str, Make] = {}
    for name, (seeds, strengths, batch) in list(SWEEPS.items())[: -1 if quick else None]:
        made[name] = sweep(replace(W1, seeds=seeds, strengths=(0.0, *np.geomspace(1e-3, 1, strengths - 1)), batch_size=batch))
    few = replace(few, epochs=5) if quick else few
    return made | {
        "epoch of D3": epoch(d3),
        "epoch of the CNN": epoch(cnn),
        f"few images, a pair, {few.epochs} epochs": pair(few),
    }


def seconds(work: Work, device: str) -> float:
    start = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def measured(work: Work, device: str) -> float:
    """Median seconds, after one round that warms up if it is a short one."""
    taken = [seconds(work, device)]
    if taken[0] < ENOUGH:
        taken.clear()
    while len(taken) < ROUNDS and sum(taken) < ENOUGH:
        taken.append(seconds(work, device))
    return median(taken)


def busy(work: Work) -> float:
    """Seconds in which the GPU works, in one round."""
    with profile(activities=[ProfilerActivity.CUDA]) as seen:
        work()
        torch.cuda.synchronize()
    return sum(event.self_device_time_total for event in seen.key_averages() if event.device_type == DeviceType.CUDA) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the largest sweep, and with five epochs of few images")
    made = works(parser.parse_args().quick)
    cores, began, gpu = os.cpu_count() or 1, time.perf_counter(), torch.cuda.is_available()
    devices = {"1 thread": ("cpu", 1), f"{cores} threads": ("cpu", cores)} | ({"GPU": ("cuda", 1)} if gpu else {})
    name_of_gpu = torch.cuda.get_device_name() if gpu else "none"
    print(f"torch {torch.__version__}, {platform.machine()}, {cores} cores, GPU: {name_of_gpu}; {images_at_hand()}")
    print(f"{'seconds':32s}", *(f"{head:>10s}" for head in devices), *(["faster on the GPU"] if gpu else []))
    found: dict[str, dict[str, float]] = {name: {} for name in made}
    before: dict[str, float] = {}
    for name, make in made.items():
        print(f"{name:32s}", end="", flush=True)
        for head, (device, threads) in devices.items():
            if name in SWEEPS and before.get(head, 0) > PATIENCE:
                print(f" {'not tried':>10s}", end="")
                continue
            torch.set_num_threads(threads)
            before[head] = found[name][head] = measured(make(device), device)
            print(f" {found[name][head]:10.4f}", end="", flush=True)
        others = [taken for head, taken in found[name].items() if head != "GPU"]
        print(f" {min(others) / found[name]['GPU']:11.1f} times" if gpu and others else "", flush=True)
    if gpu:
        for name, make in made.items():
            print(f"GPU busy: {name:32s} {busy(make('cuda')) / found[name]['GPU']:5.0%}", flush=True)
    print(f"measured in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
