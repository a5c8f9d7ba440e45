"""The model part of network scripts: layers as plain tensors, or torch.nn with a dropout layer of its own."""

import math
from itertools import pairwise

from regdemo.config.configs import NetworkConfig
from regdemo.export.datasets import shape
from regdemo.export.lines import lines

LEVELS = 2**16  # as in regdemo.layers


def _sizes(c: NetworkConfig) -> list[tuple[int, ...]]:
    """Shape of each layer's weights as formulas write them: (in, out), and (out, in, 3, 3) for a convolution."""
    outputs = 1 if c.dataset == "curve" else 10
    if c.model == "mlp":
        return list(pairwise((math.prod(shape(c)), *c.hidden, outputs)))
    side = shape(c)[0]
    for _ in c.hidden:
        side = -(-side // 2)
    channels = (1, *c.hidden)
    return [*((after, before, 3, 3) for before, after in pairwise(channels)), (channels[-1] * side * side, outputs)]


def rates(c: NetworkConfig) -> tuple[float, ...]:
    """Every dropout rate that is in force at some time."""
    return c.in_force(0)[0] + c.dropout


def rates_switch(c: NetworkConfig) -> bool:
    return c.in_force(0)[0] != c.dropout


def thins_weights(c: NetworkConfig) -> bool:
    """Whether weights are dropped at some time, in place of units."""
    return c.drop == "weights" and any(rates(c))


def decays(c: NetworkConfig) -> bool:
    """Whether there is weight decay at some time."""
    return max(c.in_force(0)[1], c.weight_decay) > 0


def decay_switches(c: NetworkConfig) -> bool:
    return c.in_force(0)[1] != c.weight_decay


def _bits(c: NetworkConfig, h: str, p: str) -> list[str]:
    """The lines that draw a mask for the tensor called `h` as the core does."""
    level = f"round({p} * 2**16)"
    if any(0 < rate < 1 and not 0 < round(rate * LEVELS) < LEVELS for rate in rates(c)):
        level = f"min(max({level}, 1), 2**16 - 1)"
    return [
        f"bits = torch.empty(-(-{h}.numel() // 4), dtype=torch.int64, device=device)",
        "bits.random_(-(2**63), None, generator=masks)  # 64 random bits make four numbers of 16",
        f"kept = bits.view(torch.int16)[: {h}.numel()].view({h}.shape) >= {level} - 2**15",
        f"return {h} * kept / (1 - {p})",
    ]


DROPS = '"""Each entry is 0 with probability p, else divided by 1 − p: the mean stays what it was."""'
THINNED = "    used = [weights[0], *(dropout(w, p) for w, p in zip(weights[1:], rates, strict=True))] if training else weights"


def _dropout(c: NetworkConfig, zero: bool) -> list[str]:
    """The function `dropout`; `zero`: it is called with p = 0 too."""
    if not any(rates(c)):
        return []
    h = "w" if thins_weights(c) else "h"
    special = [
        *(["if p == 0:", f"    return {h}"] if zero else []),
        *(["if p == 1:", f"    return 0 * {h}"] if 1 in rates(c) else []),
    ]
    body = [DROPS, *special, *(_bits(c, h, "p") if any(0 < p < 1 for p in rates(c)) else [])]
    return [
        'masks = generator("masks", device)',
        "",
        "",
        f"def dropout({h}, p):",
        *("    " + line for line in body),
        "",
        "",
    ]


def model(c: NetworkConfig) -> str:
    cnn, torchs = c.model == "cnn", c.init == "torch"
    sizes = _sizes(c)
    if cnn:
        loop = [
            f"shapes = {sizes!r}  # filters are (out, in, 3, 3), the last layer is (in, out)",
            "weights, biases = [], []",
            "for shape in shapes:",
            "    n_out = shape[0] if len(shape) == 4 else shape[1]",
            *(["    bound = (math.prod(shape) // n_out) ** -0.5"] if torchs else []),
        ]
    else:
        widths = (sizes[0][0], *(after for _, after in sizes))
        loop = [
            f"sizes = {widths!r}  # inputs, hidden units, outputs",
            "weights, biases = [], []",
            "for n_in, n_out in pairwise(sizes):",
            *(["    bound = n_in**-0.5"] if torchs else []),
        ]
    size = "shape" if cnn else "n_in, n_out"
    start = [
        f"    weights.append(bound * (2 * torch.rand({size}, generator=g) - 1))",
        "    biases.append(bound * (2 * torch.rand(n_out, generator=g) - 1))",
    ] if torchs else [
        f"    weights.append(0.01 * torch.randn({size}, generator=g))",
        "    biases.append(torch.zeros(n_out))",
    ]  # fmt: skip
    return lines(
        'g = generator("weights")',
        loop,
        start,
        "weights = [w.to(device, dtype).requires_grad_() for w in weights]",
        "biases = [b.to(device, dtype).requires_grad_() for b in biases]",
        _norm_start(c) if c.batch_norm else [],
        "parameters = weights + biases" + (" + gains + shifts" if c.batch_norm else ""),
        _rates(c),
        _dropout(c, 0 in rates(c)) or ["", ""],
        _normalise(c) if c.batch_norm else [],
        "def net(x, training=False):",
        ["    # DropConnect: the examples of a batch share one mask", THINNED] if thins_weights(c) else [],
        "    h = x[:, None]" if cnn else "    h = x.flatten(1)",
        _hidden(c) if c.hidden else [],
        f"    return {'h.flatten(1)' if cnn else 'h'} @ {'used' if thins_weights(c) else 'weights'}[-1] + biases[-1]",
    )


def _rates(c: NetworkConfig) -> list[str]:
    what = "the weights dropped that read" if thins_weights(c) else "units dropped after"
    comment = f"# share of {what} each hidden layer"
    if rates_switch(c):
        return [f"rates_before = {c.in_force(0)[0]!r}  {comment}", f"rates_after = {c.dropout!r}"]
    return [f"rates = {c.dropout!r}  {comment}"] if any(c.dropout) else []


def _hidden(c: NetworkConfig) -> list[str]:
    cnn = c.model == "cnn"
    weights, units = "used" if thins_weights(c) else "weights", any(rates(c)) and not thins_weights(c)
    z = "F.conv2d(h, weights[i], biases[i], padding=1)" if cnn else f"h @ {weights}[i] + biases[i]"
    return [
        "    for i in range(len(weights) - 1):",
        f"        z = {z}",
        *(["        z = normalise(z, i, training)"] if c.batch_norm else []),
        "        h = z.relu()",
        *(["        h = F.max_pool2d(h, 2, ceil_mode=True)"] if cnn else []),
        *(["        if training:", "            h = dropout(h, rates[i])"] if units else []),
    ]


def _norm_start(c: NetworkConfig) -> list[str]:
    per = "b.detach()[:, None, None]" if c.model == "cnn" else "b.detach()"
    return [
        "",
        "# batch normalisation: a gain and a shift that are learned, a mean and a variance that are remembered",
        f"gains = [torch.ones_like({per}).requires_grad_() for b in biases[:-1]]",
        f"shifts = [torch.zeros_like({per}).requires_grad_() for b in biases[:-1]]",
        "means = [torch.zeros_like(s) for s in shifts]",
        "variances = [torch.ones_like(s) for s in shifts]",
    ]


def _normalise(c: NetworkConfig) -> list[str]:
    if c.model == "cnn":
        moments = "z.mean((0, 2, 3), keepdim=True)[0], z.var((0, 2, 3), correction=0, keepdim=True)[0]"
        n = "z.numel() // len(mean)"
    else:
        moments, n = "z.mean(0), z.var(0, correction=0)", "len(z)"
    return [
        "def normalise(z, i, training):",
        '    """Mean 0 and variance 1 over the batch; when not training, by what is remembered of the batches."""',
        "    mean, var = means[i], variances[i]",
        "    if training:",
        f"        mean, var = {moments}",
        f"        n = {n}",
        "        with torch.no_grad():",
        "            means[i] += 0.1 * (mean - means[i])",
        "            variances[i] += 0.1 * (var * n / (n - 1) - variances[i])",
        "    return gains[i] * (z - mean) / (var + 1e-5).sqrt() + shifts[i]",
        "",
        "",
    ]


def _concise_dropout(c: NetworkConfig) -> list[str]:
    if not any(rates(c)):
        return []
    body = [
        f"if not self.training{' or self.p == 0' if rates_switch(c) and 0 in rates(c) else ''}:",
        "    return h",
        *(["if self.p == 1:", "    return 0 * h"] if 1 in rates(c) else []),
        *(_bits(c, "h", "self.p") if any(0 < p < 1 for p in rates(c)) else ["return 0 * h"]),
    ]
    if set(rates(c)) <= {0, 1}:
        body = [f"return 0 * h if self.training{' and self.p == 1' if rates_switch(c) else ''} else h"]
    return [
        'masks = generator("masks", device)',
        "",
        "",
        "class Dropout(nn.Module):",
        '    """nn.Dropout with random numbers of its own: an entry is 0 with probability p, else divided by 1 − p."""',
        "",
        "    def __init__(self, p):",
        "        super().__init__()",
        "        self.p = p",
        "",
        "    def forward(self, h):",
        *("        " + line for line in body),
        "",
        "",
    ]


def _concise_drop_connect(c: NetworkConfig) -> list[str]:
    return [
        *_dropout(c, rates_switch(c) and 0 in rates(c)),
        "class DropConnect(nn.Linear):",
        '    """A linear layer that drops weights in training: the examples of a batch share one mask."""',
        "",
        "    def __init__(self, n_in, n_out, p):",
        "        super().__init__(n_in, n_out)",
        "        self.p = p",
        "",
        "    def forward(self, h):",
        "        w = self.weight.T",
        "        return h @ (dropout(w, self.p) if self.training else w) + self.bias",
        "",
        "",
    ]


def _linear(c: NetworkConfig, i: int) -> str:
    (n_in, n_out), p = _sizes(c)[i], (0.0, *c.in_force(0)[0])[i]
    if thins_weights(c) and i > 0 and (p or rates_switch(c)):
        return f"DropConnect({n_in}, {n_out}, {p!r})"
    return f"nn.Linear({n_in}, {n_out})"


def concise_model(c: NetworkConfig) -> str:
    cnn, sizes, thinned = c.model == "cnn", _sizes(c), thins_weights(c)
    modules = [f"nn.Unflatten(1, (1, {shape(c)[0]}))"] if cnn else ["nn.Flatten()"] if c.dataset != "curve" else []
    for i, (size, rate) in enumerate(zip(sizes[:-1], c.in_force(0)[0], strict=True)):
        modules.append(f"nn.Conv2d({size[1]}, {size[0]}, 3, padding=1)" if cnn else _linear(c, i))
        if c.batch_norm:
            modules.append(f"nn.BatchNorm{2 if cnn else 1}d({size[0] if cnn else size[1]})")
        modules.append("nn.ReLU()")
        if cnn:
            modules.append("nn.MaxPool2d(2, ceil_mode=True)")
        if not thinned and (rate or rates_switch(c)):
            modules.append(f"Dropout({rate!r})")
    modules += [*(["nn.Flatten()"] if cnn else []), _linear(c, len(c.hidden))]
    kind = "DropConnect" if thinned else "Dropout"
    transposed = "w if w.dim() == 4 else w.T" if cnn else "w.T"
    size_of = "layer.weight.shape if layer.weight.dim() == 4 else layer.weight.T.shape" if cnn else "layer.weight.T.shape"
    start = [
        "        bound = layer.weight[0].numel() ** -0.5",
        "        w = bound * (2 * torch.rand(size, generator=g) - 1)",
        f"        layer.weight.copy_({transposed})",
        "        layer.bias.copy_(bound * (2 * torch.rand(len(layer.bias), generator=g) - 1))",
    ] if c.init == "torch" else [
        "        w = 0.01 * torch.randn(size, generator=g)",
        f"        layer.weight.copy_({transposed})",
        "        layer.bias.zero_()",
    ]  # fmt: skip
    return lines(
        _concise_drop_connect(c) if thinned else _concise_dropout(c),
        "net = nn.Sequential(",
        [f"    {module}," for module in modules],
        ").to(device, dtype)",
        [*_rates(c), f"drops = [layer for layer in net if isinstance(layer, {kind})]"] if rates_switch(c) else [],
        "",
        f"layers = [layer for layer in net if isinstance(layer, {'nn.Linear | nn.Conv2d' if cnn else 'nn.Linear'})]",
        "weights = [layer.weight for layer in layers]",
        'g = generator("weights")',
        "with torch.no_grad():",
        "    for layer in layers:",
        f"        size = {size_of}  # weights are drawn as (in, out)",
        start,
        "",
        _optimizer(c),
    )


def _optimizer(c: NetworkConfig) -> list[str]:
    name, more = ("Adam", "") if c.optimizer == "adam" else ("SGD", ", momentum=momentum" if c.momentum else "")
    if not decays(c):
        return [f"optimizer = torch.optim.{name}(net.parameters(), lr=lr{more})"]
    before = "_before" if decay_switches(c) else ""
    return [
        "others = [p for p in net.parameters() if p.dim() == 1]  # biases and their like: not penalised",
        f'groups = [{{"params": weights, "weight_decay": weight_decay{before}}}, {{"params": others}}]',
        f"optimizer = torch.optim.{name}(groups, lr=lr{more})",
    ]
