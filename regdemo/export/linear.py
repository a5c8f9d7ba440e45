"""Scripts for linear regression: the run of one λ and one seed, from scratch or with torch.nn and torch.optim."""

from dataclasses import replace

from regdemo.config.configs import LinearConfig
from regdemo.export.lines import lines
from regdemo.export.steps import by_weight_decay, concise_model, concise_step, model, step

NAMES = {"l2": "an L2 penalty (weight decay)", "l1": "an L1 penalty (lasso)", "elastic_net": "the elastic net"}
FORMULAS = {"l2": "½‖w‖₂²", "l1": "‖w‖₁", "elastic_net": "(ρ‖w‖₁ + (1 − ρ) · ½‖w‖₂²)"}
SOLVERS = {
    "sgd": "The penalty's (sub)gradient joins the gradient of the loss.",
    "proximal": "After each step on the loss, the penalty's proximal map pulls the weights toward zero: it can reach zero exactly.",
    "decoupled": "The weights shrink by the factor 1 − ηλ a step, apart from the gradient of the loss.",
}

GENERATOR = '''\
PURPOSES = ("train", "validation", "test", "weights", "order", "masks")


def generator(purpose):
    """Random numbers of its own for each purpose: drawing more for one leaves the others as they are."""
    return torch.Generator().manual_seed(len(PURPOSES) * seed + PURPOSES.index(purpose))'''


def linear_sections(c: LinearConfig, style: str, strength: float, seed: int) -> tuple[str, list[tuple[str, str]]]:
    """(docstring, [(title, code)]) of one run of a config."""
    if strength == c.switch_from:
        c = replace(c, switch_epoch=0)
    concise = style == "concise"
    how = "with torch.nn and torch.optim" if concise else "from scratch"
    intro = lines(
        f'"""Linear regression with {NAMES[c.penalty]}, {how}.',
        "",
        f"Minimises ½ · mean (y − x·w − b)² + λ · {FORMULAS[c.penalty]}.",
        SOLVERS[c.solver],
        "The bias b is penalised like a weight." if c.penalize_bias else "The bias b is not penalised.",
        f"λ changes after epoch {c.switch_epoch}; nothing is reset." if c.switch_epoch else None,
        '"""',
    )
    return intro, [
        ("Settings", _settings(c, concise, strength, seed)),
        ("Data: y = b + x·w + noise", _data(c)),
        ("Model", concise_model(c) if concise else model(c)),
        ("Training", lines(_start(c), *_loop(c, concise))),
        ("Result", _result(c, concise)),
    ]


def _settings(c: LinearConfig, concise: bool, strength: float, seed: int) -> str:
    soft = concise and c.solver == "proximal" and c.penalty != "l2"
    signs = c.solver == "sgd" and c.l1_share > 0
    name, what = (
        ("fraction", "of λ_max, the smallest λ at which lasso keeps no weight")
        if c.relative
        else ("lam", "λ, the strength of the penalty")
    )
    switch = [
        f"switch_epoch = {c.switch_epoch}  # the last epoch with {name}_before",
        f"{name}_before = {c.switch_from!r}",
    ]
    return lines(
        "import json",
        "import math",
        "",
        "import torch",
        "from torch import nn" if concise else None,
        "from torch.nn.functional import softshrink" if soft else None,
        "",
        f"seed = {seed}  # of the data, the initial weights and the order of the examples",
        switch if c.switch_epoch else [],
        f"{name}{_after(c)} = {strength!r}  # {what}",
        f"l1_ratio = {c.l1_ratio!r}  # ρ, the share of the L1 part" if c.penalty == "elastic_net" else None,
        f"lr = {c.lr!r}  # learning rate η",
        f"momentum = {c.momentum!r}" if c.momentum else None,
        f"batch_size = {c.batch_size}" if not _full(c) else None,
        f"epochs = {c.epochs}",
        "dtype = torch.float64  # for sign(w) a rounding error near zero is a whole step" if signs else "dtype = torch.float32",
    )


def _data(c: LinearConfig) -> str:
    k = min(c.n_informative, c.n_features)
    correlated = c.correlation > 0 and c.block_size > 1
    return lines(
        f"n_train, n_validation, n_test, p = {c.n_train}, {c.n_validation}, {c.n_test}, {c.n_features}",
        "true_w = torch.zeros(p)",
        f"true_w[:{k}] = {c.coefficient!r}" if k else None,
        f"true_b, noise = {c.intercept!r}, {c.noise!r}",
        [f"correlation, block_size = {c.correlation!r}, {c.block_size}"] if correlated else [],
        "",
        GENERATOR,
        "",
        "",
        "def draw(split, n):",
        f'    """n examples: features x ~ N(0, 1){", correlated within a block," if correlated else ""} and answers y."""',
        "    g = generator(split)",
        "    x = torch.randn(n, p, generator=g)",
        "    e = torch.randn(n, generator=g)",
        [
            "    shared = torch.randn(n, -(-p // block_size), generator=g)  # what the features of a block have in common",
            "    block = torch.arange(p) // block_size",
            "    x = (1 - correlation) ** 0.5 * x + correlation**0.5 * shared[:, block]",
        ] if correlated else [],
        "    y = x @ true_w + true_b + noise * e",
        "    return x.to(dtype), y.to(dtype)",
        "",
        "",
        'x_train, y_train = draw("train", n_train)',
        'x_validation, y_validation = draw("validation", n_validation)' if c.n_validation else None,
        'x_test, y_test = draw("test", n_test)',
        _relative(c) if c.relative else [],
    )  # fmt: skip


def _relative(c: LinearConfig) -> list[str]:
    share = " / l1_ratio" if c.penalty == "elastic_net" and c.l1_ratio > 0 else ""
    endings = ("_before", "_after") if c.switch_epoch else ("",)
    return [
        "",
        "x, y = x_train.double(), y_train.double()",
        "lam_max = (x.T @ (y - y.mean())).abs().max().item() / n_train",
        "lam_max *= 1 + 1e-5  # above what 32-bit numbers round: nothing is kept there",
        *(f"lam{ending} = fraction{ending} * lam_max{share}" for ending in endings),
    ]


def _after(c: LinearConfig) -> str:
    """How the names of a run's own strength end: where λ changes, `lam` is what it is in an epoch."""
    return "_after" if c.switch_epoch else ""


def _switch(c: LinearConfig, concise: bool) -> list[str]:
    """The line that sets the λ of an epoch."""
    name = 'optimizer.param_groups[0]["weight_decay"]' if concise and by_weight_decay(c) else "lam"
    return [f"{name} = lam_before if epoch <= switch_epoch else lam_after"] if c.switch_epoch else []


def _full(c: LinearConfig) -> bool:
    return c.batch_size == c.n_train


def _start(c: LinearConfig) -> str | None:
    return None if _full(c) else 'order = generator("order")'


def _loop(c: LinearConfig, concise: bool) -> list[str]:
    """The loop over epochs and batches, with what comes before it."""
    before, body = concise_step(c) if concise else step(c)
    batches = [
        "    for batch in torch.randperm(n_train, generator=order).split(batch_size):",
        "        x, y = x_train[batch], y_train[batch]",
        *("        " + line for line in body),
    ]
    loss = "half_mse(x_train, y_train).item()"
    return [
        *before,
        f"first_loss = {loss}",
        *(["x, y = x_train, y_train  # each step sees all examples"] if _full(c) else []),
        "for epoch in range(1, epochs + 1):",
        *("    " + line for line in _switch(c, concise)),
        *([("    " + line) for line in body] if _full(c) else batches),
        f"    train_loss = {loss}",
        "    if epoch % max(epochs // 10, 1) == 0:",
        '        print(f"epoch {epoch}: train loss {train_loss:.3g}")',
        "    if not train_loss <= 1e4 * first_loss:",
        '        print("The loss has exploded: the learning rate is too large.")',
        "        break",
    ]


def _result(c: LinearConfig, concise: bool) -> str:
    loss = {s: f"half_mse(x_{s}, y_{s}).item()" for s in ("train", "validation", "test")}
    return lines(
        "w = net.weight.detach().squeeze(0)" if concise else None,
        "figures = {",
        f'    "lam": lam{_after(c)},',
        f'    "train_loss": {loss["train"]},',
        f'    "validation_loss": {loss["validation"]},' if c.n_validation else None,
        f'    "test_loss": {loss["test"]},',
        '    "l1_norm": w.abs().sum().item(),',
        '    "l2_norm": w.norm().item(),',
        '    "n_zero": (w == 0).sum().item(),',
        "}",
        "print(json.dumps({name: value if math.isfinite(value) else None for name, value in figures.items()}))",
    )
