"""Optimizers as lines of code: the class that torch has, and the function that a program defines where all is written out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Optimizer:
    """Written out, a step goes along `function(gradient, *averages, t)` or, where there is none, along the gradient itself."""

    torch: str  # class of torch.optim
    decoupled: str = ""  # the class that keeps weight decay apart from the gradient
    averages: int = 0  # tensors that `function` remembers for each parameter
    definition: str = ""

    @property
    def function(self) -> str:
        """Its name."""
        return self.definition.removeprefix("def ").partition("(")[0]


ADAM = '''def adam(g, mean, square, t):
    """Adam's direction: the mean of the gradients over the root of the mean of their squares. Changes both means."""
    mean += 0.1 * (g - mean)
    square += 0.001 * (g * g - square)
    return mean / (1 - 0.9**t) / ((square / (1 - 0.999**t)).sqrt() + 1e-8)'''
OPTIMIZERS = {
    "sgd": Optimizer(torch="SGD"),
    "adam": Optimizer(torch="Adam", decoupled="AdamW", averages=2, definition=ADAM),
}
