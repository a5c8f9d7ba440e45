"""Dropout with a generator of its own, and the networks it is used in: fully connected ones of any size, a small CNN."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from regdemo.config.configs import NetworkConfig
from regdemo.config.constants import MASK_LEVELS
from regdemo.core.rng import generator, pick_device

INIT_STD = 0.01  # "normal": the published tutorials' N(0, 0.01²)
CHUNK = 2000  # examples looked at together outside of training


def draw_mask(shape: tuple[int, ...], p: float, g: torch.Generator, dtype: torch.dtype = torch.float32) -> Tensor:
    """Ones where a unit is kept (probability 1 − p) and zeros where it is dropped, on the generator's device.

    Four 16-bit draws are cut from each 64 random bits: a fifth of the time of torch's Bernoulli draws. p is rounded to
    a multiple of 1/65536, but never to 0 or 1; p = 0 and p = 1 are exact and draw nothing.
    """
    if p in (0, 1):
        return torch.full(shape, 1.0 - p, dtype=dtype, device=g.device)
    threshold = min(max(round(p * MASK_LEVELS), 1), MASK_LEVELS - 1)
    n = math.prod(shape)
    mask = torch.empty(n, dtype=dtype, device=g.device)
    if g.device.type == "mps":  # it has no 64-bit draws
        return torch.ge(torch.rand(n, generator=g, device=g.device), threshold / MASK_LEVELS, out=mask).view(shape)
    bits = torch.empty(-(-n // 4), dtype=torch.int64, device=g.device).random_(-(2**63), None, generator=g)
    return torch.ge(bits.view(torch.int16)[:n], threshold - MASK_LEVELS // 2, out=mask).view(shape)


def dropout(x: Tensor, p: float, g: torch.Generator) -> Tensor:
    """Inverted dropout: each entry is 0 with probability p, else x/(1 − p), so that the expectation is x. At p = 1 all are 0.

    As near as `draw_mask` meets p: with 1 − p = 0.001 the expectation is right to 1 %, with 1 − p below 1/65536 it is far off.
    Srivastava et al. 2014, section 10, scaled in training so that evaluation is the identity.
    """
    if p == 0:
        return x
    mask = draw_mask(tuple(x.shape), p, g, x.dtype)
    return x * (mask.mul_(1 / (1 - p)) if p < 1 else mask)


@dataclass(eq=False)
class Norm:
    """Batch normalisation of one layer: what is learned (gain, shift) and what is remembered (mean, variance) a unit."""

    gain: Tensor
    shift: Tensor
    mean: Tensor
    var: Tensor


@dataclass(eq=False)
class Layer:
    """weight (in, out), or (out, in, 3, 3) for a convolution; bias (out). Hidden layers end in ReLU and dropout.

    With a generator of masks a share `rate` of its units is dropped, and a share `weight_rate` of its weights.
    """

    weight: Tensor
    bias: Tensor
    hidden: bool
    rate: float = 0.0
    weight_rate: float = 0.0
    norm: Norm | None = None

    @property
    def into_units(self) -> Tensor:
        """The weights as (weights into a unit, units), a view."""
        return self.weight if self.weight.dim() == 2 else self.weight.flatten(1).T

    def __call__(self, x: Tensor, masks: torch.Generator | None, batch_stats: bool, remember: bool) -> Tensor:
        convolution = self.weight.dim() == 4
        weight = self.weight if masks is None else dropout(self.weight, self.weight_rate, masks)
        if convolution:
            z = F.conv2d(x, weight, self.bias, padding=1)
        else:
            z = torch.addmm(self.bias, x.flatten(1) if x.dim() > 2 else x, weight)
        if not self.hidden:
            return z
        if (norm := self.norm) is not None:
            known = remember or not batch_stats
            mean, var = (norm.mean, norm.var) if known else (None, None)
            z = F.batch_norm(z, mean, var, norm.gain, norm.shift, training=batch_stats)
        h = z.relu()
        if convolution:
            h = F.max_pool2d(h, 2, ceil_mode=True)
        return h if masks is None else dropout(h, self.rate, masks)


class Network:
    """A network of a config for inputs of one `shape`: (1,) for the curve, (height, width) for images.

    All learned numbers lie in one flat tensor, `theta`: first every weight (`theta[:n_weights]`), then biases and the rest.
    Each layer's tensors are views of it, so an optimizer step is arithmetic on one vector.
    """

    def __init__(
        self, config: NetworkConfig, shape: tuple[int, ...], outputs: int,
        device: str | torch.device | None = None, dtype: torch.dtype = torch.float32,
    ) -> None:  # fmt: skip
        self.config, self.shape, self.outputs = config, shape, outputs
        weights, biases = _initial(config, shape, outputs)
        gains = [torch.ones_like(b) for b in biases[:-1]] if config.batch_norm else []
        shifts = [torch.zeros_like(b) for b in gains]
        start = [*weights, *biases, *gains, *shifts]
        self.n_weights = sum(w.numel() for w in weights)
        self.theta = torch.cat([t.flatten() for t in start]).to(pick_device(device), dtype)
        self.n_decayed = self.n_weights if config.decayed == "weights" else len(self.theta)  # of theta, by weight_decay
        pieces = self.theta.split([t.numel() for t in start])
        self.parameters = [piece.view(t.shape).requires_grad_() for piece, t in zip(pieces, start, strict=True)]
        n = len(weights)
        self.layers = [
            Layer(self.parameters[i], self.parameters[n + i], hidden=i < n - 1, norm=self._norm(i, n)) for i in range(n)
        ]
        self.set_rates(config.dropout)

    def set_rates(self, rates: Sequence[float]) -> None:
        """From now on drop these shares, one for each hidden layer: of its units, or of the weights that read them."""
        for layer, reader, rate in zip(self.layers[:-1], self.layers[1:], rates, strict=True):
            if self.config.drop == "units":
                layer.rate = rate
            else:
                reader.weight_rate = rate

    def _norm(self, i: int, n: int) -> Norm | None:
        if not self.config.batch_norm or i == n - 1:
            return None
        gain, shift = self.parameters[2 * n + i], self.parameters[3 * n - 1 + i]
        return Norm(gain, shift, torch.zeros_like(shift).detach(), torch.ones_like(gain).detach())

    def forward(
        self, x: Tensor, masks: torch.Generator | None = None, batch_stats: bool = False, remember: bool = True
    ) -> Tensor:
        """Outputs (n, outputs) of a prepared input; with a generator of masks it drops, without one it is eval mode.

        `batch_stats`: normalise by the batch's own mean and variance, and `remember` them, as training does.
        """
        if self.config.model == "cnn":
            x = x[:, None]
        for layer in self.layers:
            x = layer(x, masks, batch_stats, remember)
        return x

    def hidden(self, x: Tensor, masks: torch.Generator | None = None) -> list[Tensor]:
        """What each hidden layer passes on, (n, units) or (n, channels, height, width).

        Eval mode; with masks train mode, where batch normalisation takes the mean and variance of x and remembers nothing.
        """
        batch_stats = masks is not None and len(x) > 1
        x, outputs = x[:, None] if self.config.model == "cnn" else x, []
        for layer in self.layers[:-1]:
            x = layer(x, masks, batch_stats, False)
            outputs.append(x)
        return outputs

    def prepare(self, x: np.ndarray | Tensor) -> Tensor:
        """Inputs (n, *shape) as this network reads them; bytes become numbers from 0 to 1."""
        x = torch.as_tensor(np.asarray(x)) if not isinstance(x, Tensor) else x
        scaled = x.to(self.theta.device, self.theta.dtype)
        return (scaled.mul_(1 / 255) if x.dtype == torch.uint8 else scaled).reshape(-1, *self.shape)

    @torch.no_grad()
    def predict(self, x: np.ndarray) -> np.ndarray:
        """Eval mode: class probabilities (n, classes) of images (n, height, width), or the curve's values (n) at x (n)."""
        return np.concatenate([self._answer(self.forward(part)) for part in self._chunks(x)])

    @torch.no_grad()
    def monte_carlo(self, x: np.ndarray, k: int, seed: int = 0) -> np.ndarray:
        """What k thinned networks say, each with masks of its own for each example: (k, n, classes) or (k, n).

        Where weights are dropped, examples share their masks as in training: then it is `fan`.
        """
        if self.config.drop == "weights":
            return self.fan(x, k, seed)
        masks = generator(seed, "look", self.theta.device)
        parts = [np.stack([self._answer(self.forward(part, masks)) for _ in range(k)]) for part in self._chunks(x)]
        return np.concatenate(parts, 1)

    @torch.no_grad()
    def fan(self, x: np.ndarray, k: int, seed: int = 0) -> np.ndarray:
        """k thinned networks, each one network for all of x (the same dropped everywhere): (k, n, classes) or (k, n)."""
        masks = generator(seed, "look", self.theta.device)
        inputs, answers = self.prepare(x), []
        of_weights = masks if self.config.drop == "weights" else None
        for _ in range(k):
            h = inputs[:, None] if self.config.model == "cnn" else inputs
            for layer in self.layers:
                h = layer(h, of_weights, False, False)
                if layer.hidden:
                    h = h * dropout(torch.ones_like(h[:1]), layer.rate, masks)
            answers.append(self._answer(h))
        return np.stack(answers)

    @torch.no_grad()
    def activations(self, x: np.ndarray) -> list[np.ndarray]:
        """The outputs of each hidden layer in eval mode, (n, units) a layer; a cnn's units are its channels' places."""
        parts = [self.hidden(part) for part in self._chunks(x)]
        return [torch.cat(layer).flatten(1).cpu().numpy() for layer in zip(*parts, strict=True)]

    def first_layer(self) -> np.ndarray:
        """The first layer's weights as pictures: (units, *shape), or (channels, 3, 3) for a cnn."""
        into = self.layers[0].into_units.detach().T
        return into.reshape(-1, *((3, 3) if self.layers[0].weight.dim() == 4 else self.shape)).cpu().numpy().copy()

    @property
    def nbytes(self) -> int:
        """Bytes held: what a cache must count."""
        norms = [layer.norm for layer in self.layers if layer.norm is not None]
        return self.theta.nbytes + sum(norm.mean.nbytes + norm.var.nbytes for norm in norms)

    def _chunks(self, x: np.ndarray) -> Iterator[Tensor]:
        x = np.asarray(x)
        return (self.prepare(x[i : i + CHUNK]) for i in range(0, max(len(x), 1), CHUNK))

    def _answer(self, outputs: Tensor) -> np.ndarray:
        return (outputs[:, 0] if self.outputs == 1 else outputs.softmax(1)).cpu().numpy()


def _initial(config: NetworkConfig, shape: tuple[int, ...], outputs: int) -> tuple[list[Tensor], list[Tensor]]:
    """Initial weights and biases, drawn on the CPU layer by layer."""
    g = generator(config.seed, "weights")
    sizes: list[tuple[int, ...]] = []
    if config.model == "cnn":
        sides = list(shape)
        for before, after in pairwise((1, *config.hidden)):
            sizes.append((after, before, 3, 3))
            sides = [-(-side // 2) for side in sides]
        sizes.append(((config.hidden[-1] if config.hidden else 1) * math.prod(sides), outputs))
    else:
        widths = (math.prod(shape), *config.hidden, outputs)
        sizes += pairwise(widths)
    weights, biases = [], []
    for size in sizes:
        units = size[0] if len(size) == 4 else size[1]
        if config.init == "normal":
            weights.append(torch.randn(size, generator=g) * INIT_STD)
            biases.append(torch.zeros(units))
        else:  # U(±1/√fan_in), what torch's Linear and Conv2d start from
            bound = (math.prod(size) // units) ** -0.5
            weights.append((torch.rand(size, generator=g) * 2 - 1) * bound)
            biases.append((torch.rand(units, generator=g) * 2 - 1) * bound)
    return weights, biases
