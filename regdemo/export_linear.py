"""Scripts for linear regression: the run of one λ and one seed, from scratch or with torch.nn and torch.optim."""

from collections.abc import Iterable

from regdemo.spec import LinearConfig

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


ADAM = [
    "def adam(g, mean, square, t):",
    '    """Adam\'s direction: the mean of the gradients over the root of the mean of their squares. Changes both means."""',
    "    mean += 0.1 * (g - mean)",
    "    square += 0.001 * (g * g - square)",
    "    return mean / (1 - 0.9**t) / ((square / (1 - 0.999**t)).sqrt() + 1e-8)",
]


def lines(*parts: str | Iterable[str] | None) -> str:
    """The parts one below the other; None and empty lists are left out, "" is an empty line."""
    flat: list[str] = []
    for part in parts:
        if part is not None:
            flat += [part] if isinstance(part, str) else part
    return "\n".join(flat)


def linear_sections(c: LinearConfig, style: str, strength: float, seed: int) -> tuple[str, list[tuple[str, str]]]:
    """(docstring, [(title, code)]) of one run of a config."""
    concise = style == "concise"
    how = "with torch.nn and torch.optim" if concise else "from scratch"
    intro = lines(
        f'"""Linear regression with {NAMES[c.penalty]}, {how}.',
        "",
        f"Minimises ½ · mean (y − x·w − b)² + λ · {FORMULAS[c.penalty]}.",
        SOLVERS[c.solver],
        "The bias b is penalised like a weight." if c.penalize_bias else "The bias b is not penalised.",
        '"""',
    )
    return intro, [
        ("Settings", _settings(c, concise, strength, seed)),
        ("Data: y = b + x·w + noise", _data(c)),
        ("Model", _concise_model(c) if concise else _model(c)),
        ("Training", lines(_start(c), *_loop(c, _concise_step(c) if concise else _step(c)))),
        ("Result", _result(c, concise)),
    ]


def _settings(c: LinearConfig, concise: bool, strength: float, seed: int) -> str:
    soft = concise and c.solver == "proximal" and c.penalty != "l2"
    signs = c.solver == "sgd" and c.l1_share > 0
    return lines(
        "import json",
        "import math",
        "",
        "import torch",
        "from torch import nn" if concise else None,
        "from torch.nn.functional import softshrink" if soft else None,
        "",
        f"seed = {seed}  # of the data, the initial weights and the order of the examples",
        f"fraction = {strength!r}  # of λ_max, the smallest λ at which lasso keeps no weight" if c.relative else None,
        f"lam = {strength!r}  # λ, the strength of the penalty" if not c.relative else None,
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
    return [
        "",
        "x, y = x_train.double(), y_train.double()",
        "lam_max = (x.T @ (y - y.mean())).abs().max().item() / n_train",
        f"lam = fraction * lam_max{share}",
    ]


def _initial(c: LinearConfig) -> str:
    scale = "" if c.init_scale == 1 else f"{c.init_scale!r} * "
    return f'{scale}torch.randn(p, generator=generator("weights"))'


def _model(c: LinearConfig) -> str:
    proximal = c.solver == "proximal"
    return lines(
        f"w = ({_initial(c)}).to(dtype)" if c.init_scale != 1 else f"w = {_initial(c)}.to(dtype)",
        "b = torch.zeros((), dtype=dtype)",
        "",
        "",
        "def half_mse(x, y):",
        '    """½ · mean squared error: the loss without the penalty."""',
        "    return ((x @ w + b - y) ** 2).mean() / 2",
        _prox(c) if proximal else [],
        ["", "", *ADAM] if c.optimizer == "adam" else [],
    )


def _prox(c: LinearConfig) -> list[str]:
    rho = {"l2": "", "l1": "t", "elastic_net": "l1_ratio * t"}[c.penalty]
    over = {"l2": " / (1 + t)", "l1": "", "elastic_net": " / (1 + (1 - l1_ratio) * t)"}[c.penalty]
    soft = [
        f"    cut = {rho}  # every entry moves this far toward zero and stops there",
        f"    return v.sign() * (v.abs() - cut).clamp(min=0){over}",
    ]
    return [
        "",
        "",
        "def prox(v, t):",
        '    """The u that minimises ½‖u − v‖² + t · penalty(u)."""',
        *(soft if rho else [f"    return v{over}"]),
    ]


def _concise_model(c: LinearConfig) -> str:
    name = "AdamW" if c.solver == "decoupled" else "Adam"
    name = name if c.optimizer == "adam" else "SGD"
    # weight_decay is the L2 penalty exactly where it joins the gradient, and AdamW's where it is decoupled
    decay = c.penalty == "l2" and (c.solver == "sgd" or name == "AdamW")
    more = ", momentum=momentum" if c.momentum else ""
    groups = [
        "groups = [",
        '    {"params": [net.weight], "weight_decay": lam},',
        '    {"params": [net.bias], "weight_decay": 0},  # the bias is not penalised',
        "]",
    ]
    what = "net.parameters()"
    if decay and c.penalize_bias:
        more += ", weight_decay=lam"
    elif decay:
        what = "groups"
    return lines(
        "net = nn.Linear(p, 1, dtype=dtype)",
        "with torch.no_grad():",
        f"    net.weight.copy_({_initial(c)})",
        "    net.bias.zero_()",
        "",
        groups if what == "groups" else [],
        f"optimizer = torch.optim.{name}({what}, lr=lr{more})",
        "",
        "",
        "def half_mse(x, y):",
        '    """½ · mean squared error: the loss without the penalty."""',
        "    return nn.functional.mse_loss(net(x).squeeze(1), y) / 2",
        _concise_penalty(c) if c.solver == "sgd" and c.penalty != "l2" else [],
    )


def _concise_penalty(c: LinearConfig) -> list[str]:
    value = "v.abs().sum()" if c.penalty == "l1" else "l1_ratio * v.abs().sum() + (1 - l1_ratio) / 2 * (v**2).sum()"
    return ["", "", "def penalty(v):", f"    return {value}"]


def _full(c: LinearConfig) -> bool:
    return c.batch_size == c.n_train


def _start(c: LinearConfig) -> str | None:
    return None if _full(c) else 'order = generator("order")'


def _loop(c: LinearConfig, step: tuple[list[str], list[str]]) -> list[str]:
    """The loop over epochs and batches around (what comes before it, a step)."""
    before, body = step
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
        *([("    " + line) for line in body] if _full(c) else batches),
        f"    train_loss = {loss}",
        "    if epoch % max(epochs // 10, 1) == 0:",
        '        print(f"epoch {epoch}: train loss {train_loss:.3g}")',
        "    if not train_loss <= 1e4 * first_loss:",
        '        print("The loss has exploded: the learning rate is too large.")',
        "        break",
    ]


def _penalised(c: LinearConfig, variable: str, gradient: str) -> str:
    """A gradient with the penalty's (sub)gradient at a variable added."""
    term = {
        "l2": f"lam * {variable}",
        "l1": f"lam * {variable}.sign()",
        "elastic_net": f"lam * (l1_ratio * {variable}.sign() + (1 - l1_ratio) * {variable})",
    }[c.penalty]
    return f"{gradient} + {term}"


def _step(c: LinearConfig) -> tuple[list[str], list[str]]:
    """A step by hand: the gradient of the loss, then what solver and optimizer make of it."""
    grad = {"w": "x.T @ error / len(y)", "b": "error.mean()"}
    seen = ["w", "b"] if c.penalize_bias else ["w"]
    if c.solver == "sgd":
        grad.update({v: _penalised(c, v, grad[v]) for v in seen})
    before: list[str] = []
    body = ["error = x @ w + b - y", f"grad_w = {grad['w']}", f"grad_b = {grad['b']}"]
    if c.solver == "decoupled":
        body += [f"{v} *= 1 - lr * lam" for v in seen]
    direction = {v: f"grad_{v}" for v in "wb"}
    if c.momentum:
        before = ["velocity_w, velocity_b = torch.zeros_like(w), torch.zeros_like(b)"]
        body += [f"velocity_{v} = momentum * velocity_{v} + grad_{v}" for v in "wb"]
        direction = {v: f"velocity_{v}" for v in "wb"}
    elif c.optimizer == "adam":
        before = ["state_w, state_b = (torch.zeros(2, *v.shape, dtype=dtype) for v in (w, b))", "t = 0"]
        body += ["t += 1"]
        direction = {v: f"adam(grad_{v}, *state_{v}, t)" for v in "wb"}
    body += [f"{v} -= lr * {direction[v]}" for v in "wb"]
    if c.solver == "proximal":
        body += [f"{v} = prox({v}, lr * lam)" for v in seen]
    return before, body


def _concise_step(c: LinearConfig) -> tuple[list[str], list[str]]:
    """A step by autograd and torch.optim, with what they do not have by hand."""
    seen = ["net.weight", "net.bias"] if c.penalize_bias else ["net.weight"]
    loss = "half_mse(x, y)"
    if c.solver == "sgd" and c.penalty != "l2":
        loss += " + lam * " + (f"({' + '.join(f'penalty({v})' for v in seen)})" if len(seen) > 1 else f"penalty({seen[0]})")
    body = ["optimizer.zero_grad()", f"loss = {loss}", "loss.backward()"]
    if c.solver == "decoupled" and c.optimizer == "sgd":
        body += ["with torch.no_grad():", *(f"    {v} *= 1 - lr * lam" for v in seen)]
    body += ["optimizer.step()"]
    if c.solver == "proximal":
        body += ["with torch.no_grad():"]
        for v in seen:
            value = {
                "l2": f"{v} / (1 + lr * lam)",
                "l1": f"softshrink({v}, lr * lam)",
                "elastic_net": f"softshrink({v}, lr * lam * l1_ratio) / (1 + lr * lam * (1 - l1_ratio))",
            }[c.penalty]
            body += [f"    {v}.copy_({value})"]
    return [], body


def _result(c: LinearConfig, concise: bool) -> str:
    loss = {s: f"half_mse(x_{s}, y_{s}).item()" for s in ("train", "validation", "test")}
    return lines(
        "w = net.weight.detach().squeeze(0)" if concise else None,
        "figures = {",
        '    "lam": lam,',
        f'    "train_loss": {loss["train"]},',
        f'    "validation_loss": {loss["validation"]},' if c.n_validation else None,
        f'    "test_loss": {loss["test"]},',
        '    "l1_norm": w.abs().sum().item(),',
        '    "l2_norm": w.norm().item(),',
        '    "n_zero": (w == 0).sum().item(),',
        "}",
        "print(json.dumps({name: value if math.isfinite(value) else None for name, value in figures.items()}))",
    )
