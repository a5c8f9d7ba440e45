"""Named configs: the experiments that tutorials publish, and those that show what they do not."""

from dataclasses import replace
from typing import Any

from regdemo.config.configs import LinearConfig, NetworkConfig

_W2 = LinearConfig(n_train=50, intercept=0.1, batch_size=5, strengths=(0.0, 3.0, 5.0))

#: λ_max down to 0.05 λ_max: below that, plain proximal descent needs many more epochs than a live page can wait for.
SPARSITY_STRENGTHS = tuple(float(f"{0.05 ** (i / 29):.2g}") for i in range(30))
# Full batch, so η must stay below 2/L, L = largest eigenvalue of XᵀX/n: 6 here, 9 for "S-dense", 4.7 for "S-twins". The start
# is small because what it has outside the data's row space decays with λ alone, too slowly for L2 at the weakest strengths.
_SPARSE = LinearConfig(
    n_train=100,
    n_informative=10,
    coefficient=1.0,
    intercept=0.0,
    noise=0.5,
    init_scale=0.1,
    penalty="l1",
    solver="proximal",
    strengths=SPARSITY_STRENGTHS,
    relative=True,
    seeds=8,
    batch_size=100,
    lr=0.25,
    epochs=400,
)

#: name -> config. Sources: EXPERIMENTS in the README, section "Where the presets come from".
LINEAR_PRESETS: dict[str, LinearConfig] = {
    "W1": LinearConfig(),
    "W2": _W2,
    "W2-L1": replace(_W2, penalty="l1", strengths=(0.0, 1.0)),
    "W-helps": LinearConfig(
        n_train=50, n_features=30, n_informative=30, coefficient=0.2, intercept=0.0, noise=1.0, init_scale=0.0,
        batch_size=5, lr=0.01, epochs=200, strengths=(0.0, 0.5), seeds=8,
    ),
    "S-sparse": _SPARSE,
    "S-dense": replace(
        _SPARSE, n_train=50, n_informative=200, coefficient=0.01, intercept=0.1, noise=0.01, init_scale=0.0,
        batch_size=50, lr=0.15,
    ),
    # Pairs of near-copies; feature 9 of 50 is the one informative half of its pair.
    "S-twins": replace(
        _SPARSE, n_features=50, n_informative=9, block_size=2, correlation=0.95, noise=1.0, lr=0.35, epochs=1000,
    ),
}  # fmt: skip

_FEW = NetworkConfig(dropout=(0.5, 0.5), init="torch", n_train=1000, lr=0.05, momentum=0.9, batch_size=64, epochs=40)
NETWORK_PRESETS: dict[str, NetworkConfig] = {
    "D3": NetworkConfig(),
    "D3-scratch": NetworkConfig(lr=100 / 256),  # the tutorial steps by 100 times the summed gradient over 256
    "D4": NetworkConfig(
        dataset="curve", hidden=(200, 200, 200), dropout=(0.5, 0.5, 0.5), init="torch", n_train=10, n_test=100,
        lr=0.01, momentum=0.9, batch_size=10, epochs=2000,
    ),
    "D5": NetworkConfig(
        dataset="mnist", model="cnn", hidden=(8, 16), dropout=(0.25, 0.5), init="torch", n_train=10_000, lr=0.1, momentum=0.9,
        batch_size=128, epochs=20,
    ),
    "few-images": _FEW,
    "dropout-hurts": replace(_FEW, hidden=(16, 16), n_train=10_000, lr=0.1, momentum=0.0, epochs=10),
}  # fmt: skip

#: Every preset by its name; each is a LinearConfig or a NetworkConfig.
PRESETS: dict[str, Any] = LINEAR_PRESETS | NETWORK_PRESETS
