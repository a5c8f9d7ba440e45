"""Optimizers as lines of code: the class that torch has, and the function that stands written out in templates."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Optimizer:
    """Written out, a step goes along `function(gradient, *averages, t)`, which a template of that name defines, or the gradient."""

    torch: str  # class of torch.optim
    decoupled: str = ""  # the class that keeps weight decay apart from the gradient
    function: str = ""
    averages: int = 0  # tensors that `function` remembers for each parameter


OPTIMIZERS = {
    "sgd": Optimizer(torch="SGD"),
    "adam": Optimizer(torch="Adam", decoupled="AdamW", function="adam", averages=2),
}
