"""A training step as one CUDA graph: on a GPU a small network's step waits for its launches, not for its arithmetic."""

import gc
from collections.abc import Callable

import torch
from torch import Tensor

WARM_UP = 3  # steps taken as they are before one is recorded: libraries choose their kernels and workspaces in them

Step = Callable[[Tensor, Tensor], Tensor]


def replayed(step: Step, masks: torch.Generator) -> Step:
    """`step` for batches (x, y) of one shape on a CUDA device: after a few calls its kernels are recorded once, then replayed.

    The step must work in place on tensors that stay, and draw random numbers from `masks` alone; a replay draws the same ones
    as the step itself would. What it gives is overwritten by the next call.
    """
    side, taken, graph = torch.cuda.Stream(), 0, torch.cuda.CUDAGraph()
    kept: list[Tensor] = []  # the recorded step's x, y and what it gives

    def call(x: Tensor, y: Tensor) -> Tensor:
        nonlocal taken
        taken += 1
        if taken <= WARM_UP:
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                result = step(x, y)
            torch.cuda.current_stream().wait_stream(side)
            return result
        if not kept:
            kept.extend((x.clone(), y.clone()))
            graph.register_generator_state(masks)
            collects = gc.isenabled()
            gc.disable()  # another run's graph, freed in the midst of recording, would spoil it
            try:
                with torch.cuda.graph(graph, stream=side, capture_error_mode="thread_local"):  # other threads may use the GPU
                    kept.append(step(*kept))
            finally:
                if collects:
                    gc.enable()
        kept[0].copy_(x)
        kept[1].copy_(y)
        graph.replay()
        return kept[2]

    return call
