"""Scripts for networks: settings, data, model, loss, a loop with its steps by hand or by torch.optim, and the result."""

from regdemo.config.configs import NetworkConfig
from regdemo.export.datasets import TITLES, data_section, imports, used
from regdemo.export.layers import concise_model, decay_switches, decays, model, rates, rates_switch, thins_weights
from regdemo.export.lines import ADAM, lines

CURVE_RECORDS = 400  # looks at a run on the curve, as in regdemo.networks


def network_sections(c: NetworkConfig, style: str) -> tuple[str, list[tuple[str, str]]]:
    """(docstring, [(title, code)]) of a config's run."""
    concise = style == "concise"
    kind = "fully connected" if c.model == "mlp" else "convolutional"
    how = "with torch.nn and torch.optim" if concise else "from scratch"
    loss = "mean squared error" if c.dataset == "curve" else "mean cross-entropy"
    terms = [*(["½ · weight_decay · ‖W‖²"] if decays(c) else []), *(["l1 · ‖W‖₁"] if c.l1 else [])]
    cures = [name for name, taken in _cures(c).items() if taken]
    changes = [*(["dropout"] if rates_switch(c) else []), *(["weight decay"] if decay_switches(c) else [])]
    needs = {"digits": " and scikit-learn", "curve": ""}.get(c.dataset, " and torchvision")
    intro = lines(
        f'"""A {kind} network on {TITLES[c.dataset]}, {how}.',
        "",
        f"Minimises {' + '.join([loss, *terms])}{' over the weights W and the biases; biases are not penalised' if terms else ''}.",
        f"Against overfitting: {', '.join(cures)}." if cures else None,
        f"Changed after epoch {c.switch_epoch}: {', '.join(changes)}; nothing is reset." if changes else None,
        f"Needs torch{needs}.",
        '"""',
    )
    return intro, [
        ("Settings", _settings(c, concise)),
        (f"Data: {TITLES[c.dataset]}", data_section(c)),
        ("Model", concise_model(c) if concise else model(c)),
        ("Loss", _loss(c, concise)),
        ("Training", _training(c, concise)),
        ("Result", _result(c)),
    ]


def _cures(c: NetworkConfig) -> dict[str, bool]:
    return {
        "dropout of weights (DropConnect)" if thins_weights(c) else "dropout": any(rates(c)),
        "weight decay": decays(c),
        "L1": c.l1 > 0,
        "max-norm": c.max_norm is not None,
        "batch normalisation": c.batch_norm,
        "shifted images": c.augment,
        "early stopping": c.patience is not None,
    }


def _settings(c: NetworkConfig, concise: bool) -> str:
    standard, packages = imports(c)
    functions = c.augment or (not concise and c.model == "cnn" and len(c.hidden) > 0)
    plain = sorted([s for s in [*standard, "import json", "import math"] if s.startswith("import")])
    between = not concise and c.model == "mlp"
    froms = [*(["from itertools import pairwise"] if between else []), *(s for s in standard if s.startswith("from"))]
    return lines(
        plain,
        froms,
        "",
        [p for p in packages if p.startswith("import")],
        "import torch",
        "import torch.nn.functional as F" if functions else None,
        [p for p in packages if "sklearn" in p],
        "from torch import nn" if concise else None,
        [p for p in packages if "torchvision" in p],
        "",
        f"seed = {c.seed}  # of the examples, the initial weights, the order and the masks",
        f"lr = {c.lr!r}  # learning rate η",
        f"momentum = {c.momentum!r}" if c.momentum else None,
        f"switch_epoch = {c.switch_epoch}  # the last epoch with the values called …_before" if _switch(c, concise) else None,
        f"weight_decay_before = {c.weight_decay_before!r}" if decay_switches(c) else None,
        f"weight_decay{'_after' if decay_switches(c) else ''} = {c.weight_decay!r}" if decays(c) else None,
        f"l1 = {c.l1!r}" if c.l1 else None,
        f"max_norm = {c.max_norm!r}  # the largest norm of the weights into one unit" if c.max_norm is not None else None,
        f"batch_size = {c.batch_size}" if not _full(c) else None,
        f"epochs = {c.epochs}",
        f"patience = {c.patience}  # epochs without a better validation loss" if c.patience is not None else None,
        "dtype = torch.float32",
        'device = "cuda" if torch.cuda.is_available() else "cpu"',
    )


def _switch(c: NetworkConfig, concise: bool) -> list[str]:
    """The lines that set what changes mid-run, at the start of an epoch."""
    decay = 'optimizer.param_groups[0]["weight_decay"]' if concise else "weight_decay"
    return [
        *(["rates = rates_before if epoch <= switch_epoch else rates_after"] if rates_switch(c) else []),
        *(["for layer, p in zip(drops, rates, strict=True):", "    layer.p = p"] if rates_switch(c) and concise else []),
        *([f"{decay} = weight_decay_before if epoch <= switch_epoch else weight_decay_after"] if decay_switches(c) else []),
    ]


def _full(c: NetworkConfig) -> bool:
    return c.batch_size >= used(c)[0]


def _loss(c: NetworkConfig, concise: bool) -> str:
    curve = c.dataset == "curve"
    if curve:
        value = "nn.functional.mse_loss(out[:, 0], y)" if concise else "((out[:, 0] - y) ** 2).mean()"
    else:
        value = (
            "nn.functional.cross_entropy(out, y)" if concise else "(out.logsumexp(1) - out.gather(1, y[:, None])[:, 0]).mean()"
        )
    what = "Mean squared error" if curve else "Mean cross-entropy: −log of the probability given to the right class"
    accuracy = "" if curve else ", (out.argmax(1) == y).sum().item() / len(y)"
    return lines(
        "def loss_of(out, y):",
        f'    """{what}."""',
        f"    return {value}",
        "",
        "",
        "@torch.no_grad()",
        "def evaluate(x, y):",
        f'    """{"Loss" if curve else "Loss and accuracy"} as in use (nothing is dropped), on at most 10,000 examples."""',
        "    net.eval()" if concise else None,
        "    x, y = x[:10_000], y[:10_000]",
        "    out = torch.cat([net(part) for part in x.split(2000)])",
        f"    return loss_of(out, y).item(){accuracy}",
        ["", "", *ADAM] if not concise and c.optimizer == "adam" else [],
    )


def _objective(c: NetworkConfig, concise: bool) -> str:
    decay = ["weight_decay / 2 * sum((w**2).sum() for w in weights)"] if decays(c) and not concise else []
    l1 = ["l1 * sum(w.abs().sum() for w in weights)"] if c.l1 else []
    return " + ".join(["loss", *decay, *l1])


def _step(c: NetworkConfig) -> list[str]:
    """By hand, after loss is known."""
    with_state = {"adam": ", state", "sgd": ", velocity"}[c.optimizer] if c.optimizer == "adam" or c.momentum else ""
    names = {"": "p, g", ", velocity": "p, g, v", ", state": "p, g, s"}[with_state]
    move = {
        "": ["p -= lr * g"],
        ", velocity": ["v *= momentum", "v += g", "p -= lr * v"],
        ", state": ["p -= lr * adam(g, *s, t)"],
    }[with_state]
    return [
        *([f"objective = {_objective(c, False)}"] if decays(c) or c.l1 else []),
        f"gradients = torch.autograd.grad({'objective' if decays(c) or c.l1 else 'loss'}, parameters)",
        *(["t += 1"] if c.optimizer == "adam" else []),
        "with torch.no_grad():",
        f"    for {names} in zip(parameters, gradients{with_state}, strict=True):",
        *("        " + line for line in move),
        *(("    " + line for line in _max_norm(c)) if c.max_norm is not None else []),
    ]


def _max_norm(c: NetworkConfig) -> list[str]:
    if c.model == "cnn":
        return [
            "for w in weights:",
            "    into = (1, 2, 3) if w.dim() == 4 else 0  # the weights into one unit",
            "    w *= (max_norm / (w**2).sum(into, keepdim=True).sqrt()).clamp(max=1)",
        ]
    return ["for w in weights:  # a column holds the weights into one unit", "    w *= (max_norm / w.norm(dim=0)).clamp(max=1)"]


def _concise_step(c: NetworkConfig) -> list[str]:
    return [
        "optimizer.zero_grad()",
        f"{f'({_objective(c, True)})' if c.l1 else 'loss'}.backward()",
        "optimizer.step()",
        *([
            "with torch.no_grad():",
            "    for w in weights:",
            "        into = w.view(len(w), -1)  # a row holds the weights into one unit",
            "        into *= (max_norm / into.norm(dim=1, keepdim=True)).clamp(max=1)",
        ] if c.max_norm is not None else []),
    ]  # fmt: skip


def _leaves_one_out(c: NetworkConfig) -> bool:
    """Whether the last batch of an epoch is one example that batch normalisation cannot use."""
    return c.batch_norm and not _full(c) and used(c)[0] % c.batch_size == 1


def _batch(c: NetworkConfig, concise: bool) -> list[str]:
    """One pass over the training data: the lines inside of the loop over epochs."""
    full = _full(c)
    where = "" if full else "[batch]"
    step = [
        *(["if len(batch) == 1:  # one example has no spread to normalise by", "    continue"] if _leaves_one_out(c) else []),
        f"x, y = x_train{where}, y_train{where}",
        *([f"x = moved(x, moves{where})"] if c.augment else []),
        f"out = net(x{'' if concise else ', training=True'})",
        "loss = loss_of(out, y)",
        *(_concise_step(c) if concise else _step(c)),
        "total += loss.item() * len(y)",
        *(["correct += (out.argmax(1) == y).sum().item()"] if c.dataset != "curve" else []),
    ]  # fmt: skip
    return [
        *(["net.train()"] if concise else []),
        "total = 0.0" if c.dataset == "curve" else "total, correct = 0.0, 0",
        *(["moves = draw_moves()"] if c.augment else []),
        *([] if full else ["for batch in torch.randperm(n_train, generator=order).to(device).split(batch_size):"]),
        *(step if full else ["    " + line for line in step]),
    ]


def _training(c: NetworkConfig, concise: bool) -> str:
    curve = c.dataset == "curve"
    every = -(-c.epochs // CURVE_RECORDS) if curve else 1
    seen = "(n_train - 1)" if _leaves_one_out(c) else "n_train"
    first = "" if curve else "[0]"
    state = {"adam": ["state = [torch.zeros(2, *p.shape, dtype=dtype, device=device) for p in parameters]", "t = 0"]}.get(
        c.optimizer, ["velocity = [torch.zeros_like(p) for p in parameters]"] if c.momentum else []
    )
    looks = [
        f"losses.append(total / {seen})",
        f"if epoch % {every} and epoch < epochs:  # looked at now and then, the last epoch too",
        "    continue",
        "train_loss = sum(losses) / len(losses)",
        "losses.clear()",
    ]
    means = [f"train_loss = total / {seen}" if curve else f"train_loss, train_accuracy = total / {seen}, correct / {seen}"]
    evaluated = [
        "train_loss_eval = evaluate(x_train, y_train)" + first,
        "test_loss = evaluate(x_test, y_test)" if curve else "test_loss, test_accuracy = evaluate(x_test, y_test)",
        "if epoch % max(epochs // 20, 1) == 0:",
        '    print(f"epoch {epoch}: train loss {train_loss:.3g}, test loss {test_loss:.3g}'
        + ('")' if curve else ', test accuracy {test_accuracy:.3f}")'),
        "if not (train_loss <= 1e4 * first_loss and train_loss_eval <= 1e4 * first_loss):",
        '    print("The loss has exploded: the learning rate is too large.")',
        "    break",
    ]
    stop = [
        f"validation_loss = evaluate(x_validation, y_validation){first}",
        "if validation_loss < best:",
        "    best, best_epoch = validation_loss, epoch",
        "if epoch - best_epoch >= patience:",
        '    print(f"Stopped: no better validation loss since epoch {best_epoch}.")',
        "    break",
    ] if c.patience is not None else []  # fmt: skip
    return lines(
        'order = generator("order")' if not _full(c) else None,
        [] if concise else state,
        f"first_loss = evaluate(x_train, y_train){first}",
        f"best, best_epoch = evaluate(x_validation, y_validation){first}, 0" if stop else None,
        "losses = []" if every > 1 else None,
        "for epoch in range(1, epochs + 1):",
        [
            "    " + line
            for line in [*_switch(c, concise), *_batch(c, concise), *(looks if every > 1 else means), *evaluated, *stop]
        ],
    )


def _result(c: NetworkConfig) -> str:
    curve = c.dataset == "curve"
    splits = [("train", "_eval"), *([("validation", "")] if used(c)[1] else []), ("test", "")]
    both = [
        ", ".join(f'figures["{s}_{kind}{end}"]' for kind in (("loss",) if curve else ("loss", "accuracy")))
        + f" = evaluate(x_{s}, y_{s})"
        for s, end in splits
    ]
    return lines(
        'figures = {"epochs": epoch, "train_loss": train_loss' + ("}" if curve else ', "train_accuracy": train_accuracy}'),
        both,
        'figures["l2_norm"] = sum((w**2).sum().item() for w in weights) ** 0.5',
        "print(json.dumps({name: value if math.isfinite(value) else None for name, value in figures.items()}))",
    )
