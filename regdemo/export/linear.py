"""What programs for linear regression are made of: the values that their templates choose by, for one λ and one seed."""

from dataclasses import replace

from regdemo.config.configs import LinearConfig
from regdemo.export.optimizers import OPTIMIZERS
from regdemo.export.penalties import PENALTIES

RULES = {
    "sgd": "The penalty's (sub)gradient joins the gradient of the loss.",
    "proximal": "After each step on the loss, the penalty's proximal map pulls the weights toward zero: it can reach zero exactly.",
    "decoupled": "The weights shrink by the factor 1 − ηλ a step, apart from the gradient of the loss.",
}


def linear_values(c: LinearConfig, style: str, strength: float, seed: int) -> dict[str, object]:
    """Values of one run by their names in the templates; the config's fields not named here keep their own."""
    if strength == c.switch_from:
        c = replace(c, switch_epoch=0)
    concise = style == "concise"
    penalty, optimizer = PENALTIES[c.penalty], OPTIMIZERS[c.optimizer]
    decoupled = c.solver == "decoupled"
    by_weight_decay = penalty.weight_decay and (c.solver == "sgd" or (decoupled and optimizer.decoupled != ""))
    variables = ("net.weight", "net.bias") if concise else ("w", "b")
    group = 'optimizer.param_groups[0]["weight_decay"]'
    return vars(c) | {
        "penalty": penalty,
        "optimizer": optimizer,
        "rule": RULES[c.solver],
        "strength": strength,
        "seed": seed,
        "unit": "fraction" if c.relative else "lam",
        # where λ changes, `lam` is what it is in an epoch, and a run's own has another name
        "after": "_after" if c.switch_epoch else "",
        "full_batch": c.batch_size == c.n_train,
        "correlated": c.correlation > 0 and c.block_size > 1,
        "steps_by_sign": c.solver == "sgd" and ".sign()" in penalty.subgradient and (c.l1_ratio > 0 or not penalty.mixes),
        "penalised": variables if c.penalize_bias else variables[:1],
        "by_weight_decay": by_weight_decay,
        "in_loss": c.solver == "sgd" and not by_weight_decay,
        "torch_optimizer": (decoupled and optimizer.decoupled) or optimizer.torch,
        "lam_in_force": group if concise and by_weight_decay else "lam",
    }
