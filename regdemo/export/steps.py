"""The model and a step of regression scripts: written out, or with torch.nn and torch.optim."""

from regdemo.config.configs import LinearConfig
from regdemo.export.lines import ADAM, lines


def _initial(c: LinearConfig) -> str:
    scale = "" if c.init_scale == 1 else f"{c.init_scale!r} * "
    return f'{scale}torch.randn(p, generator=generator("weights"))'


def model(c: LinearConfig) -> str:
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


def concise_model(c: LinearConfig) -> str:
    name = "AdamW" if c.solver == "decoupled" else "Adam"
    name = name if c.optimizer == "adam" else "SGD"
    lam = "lam_before" if c.switch_epoch else "lam"
    more = ", momentum=momentum" if c.momentum else ""
    groups = [
        "groups = [",
        f'    {{"params": [net.weight], "weight_decay": {lam}}},',
        '    {"params": [net.bias], "weight_decay": 0},  # the bias is not penalised',
        "]",
    ]
    what = "net.parameters()"
    if by_weight_decay(c) and c.penalize_bias:
        more += f", weight_decay={lam}"
    elif by_weight_decay(c):
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


def by_weight_decay(c: LinearConfig) -> bool:
    """Whether torch's `weight_decay` is the penalty: L2 where it joins the gradient, and AdamW's where it is decoupled."""
    return c.penalty == "l2" and (c.solver == "sgd" or (c.solver == "decoupled" and c.optimizer == "adam"))


def _penalised(c: LinearConfig, variable: str, gradient: str) -> str:
    """A gradient with the penalty's (sub)gradient at a variable added."""
    term = {
        "l2": f"lam * {variable}",
        "l1": f"lam * {variable}.sign()",
        "elastic_net": f"lam * (l1_ratio * {variable}.sign() + (1 - l1_ratio) * {variable})",
    }[c.penalty]
    return f"{gradient} + {term}"


def step(c: LinearConfig) -> tuple[list[str], list[str]]:
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


def concise_step(c: LinearConfig) -> tuple[list[str], list[str]]:
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
