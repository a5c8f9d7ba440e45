"""Adam's weight decay over λ and η, in the gradient (L2) and decoupled (AdamW): the grid that is trained, and one row of it.

After Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, section 4: small networks on few of scikit-learn's
digits in place of their large ones, so that a row can be trained while a reader waits.
"""

from dataclasses import replace

from regdemo.config.configs import NetworkConfig

SOLVERS = ("sgd", "decoupled")
ETAS = (0.001, 0.003, 0.01, 0.03, 0.1)
LAMBDAS = (
    0.0,
    0.0001,
    0.0003,
    0.001,
    0.003,
    0.01,
    0.03,
    0.1,
    0.3,
    1.0,
    3.0,
)  # in the same half decades as η: a diagonal is one ηλ
BASE = NetworkConfig(
    dataset="digits", init="torch", hidden=(64,), dropout=(0.0,), n_train=200, n_validation=718, n_test=360, optimizer="adam", batch_size=25, epochs=80,
)  # fmt: skip


def cell(solver: str, lr: float, lam: float, seed: int = 0) -> NetworkConfig:
    """One network of the grid; without decay it is the same in both halves."""
    return replace(BASE, lr=lr, weight_decay=lam, solver=solver if lam else "sgd", seed=seed)


def row(lr: float, seed: int) -> list[NetworkConfig]:
    """The networks of one η, each once."""
    return list(dict.fromkeys(cell(solver, lr, lam, seed) for solver in SOLVERS for lam in LAMBDAS))


LINES = {solver: tuple(cell(solver, lr, lam) for lr in ETAS for lam in LAMBDAS) for solver in SOLVERS}
