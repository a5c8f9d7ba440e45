"""Each penalty, in whichever table it stands: its pieces belong together, and the three programs that know it agree."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

from regdemo import LinearConfig, train_linear
from regdemo.config.optimizers import OPTIMIZERS
from regdemo.config.penalties import PENALTIES, penalty_of
from regdemo.core.linear.exact import exact_solution
from regdemo.export import penalties as written
from regdemo.export.linear import RULES
from regdemo.replay.linear import Replay

SMALL = LinearConfig(
    n_train=20, n_features=5, n_informative=2, coefficient=1.0, noise=0.5, l1_ratio=0.3, strengths=(0.2,), init_scale=0.5, lr=0.1,
    epochs=8, batch_size=6,
)  # fmt: skip
EACH = [replace(SMALL, penalty=name) for name in PENALTIES]
each = pytest.mark.parametrize("config", EACH, ids=PENALTIES)
W = torch.tensor([[1.5, -0.3, 0.7], [0.2, -2.0, 0.01]], dtype=torch.float64)


@each
def test_the_subgradient_is_autograds_and_zero_at_zero(config):
    penalty, w = penalty_of(config), W.clone().requires_grad_()
    penalty.value(w).sum().backward()
    torch.testing.assert_close(penalty.subgradient(W.clone()), w.grad)
    assert not penalty.subgradient(torch.zeros(3)).any()


@each
def test_no_point_near_the_proximal_map_is_better(config):
    penalty, t = penalty_of(config), torch.tensor(0.4, dtype=torch.float64)
    nearest = penalty.prox(W, t)

    def objective(v: torch.Tensor) -> torch.Tensor:
        return (v - W).square().sum(-1) / 2 + t * penalty.value(v)

    for step in 1e-3 * torch.randn(100, *W.shape, generator=torch.Generator().manual_seed(0), dtype=W.dtype):
        assert (objective(nearest + step) >= objective(nearest)).all()


@each
def test_the_curvature_is_the_slope_of_the_subgradient_where_no_weight_changes_its_sign(config):
    penalty, h = penalty_of(config), 1e-6
    slopes = (penalty.subgradient(W + h) - penalty.subgradient(W)) / h
    assert float(slopes.max()) == pytest.approx(penalty.curvature, abs=1e-6)
    assert (penalty.curvature_symbol == "") == (penalty.curvature == 0)


@each
def test_the_exact_solution_is_where_proximal_training_ends_and_keeps_nothing_at_lam_max(config):
    config = replace(config, solver="proximal", epochs=1000, batch_size=20, strengths=(0.05, 1.0), relative=True)
    result, penalty = train_linear(config, device="cpu", dtype=torch.float64), penalty_of(config)
    exact = exact_solution(config, result.data, result.lam)
    np.testing.assert_allclose(result.weights, exact.weights, atol=1e-6)
    np.testing.assert_allclose(result.biases, exact.biases, atol=1e-6)
    cuts = not penalty.prox(W, torch.tensor(100.0)).any()  # without a corner at zero nothing is ever cut off
    assert (exact.weights[:, 1] == 0).all() == cuts


def runs(config: LinearConfig) -> Iterator[LinearConfig]:
    """Every update rule and optimizer that goes with a config's penalty."""
    for solver, optimizer in product(RULES, OPTIMIZERS):
        with suppress(ValueError):
            yield replace(config, solver=solver, optimizer=optimizer)


@pytest.mark.parametrize(
    "config", [run for config in EACH for run in runs(config)], ids=lambda c: f"{c.penalty} {c.solver} {c.optimizer}"
)
def test_the_replay_ends_where_the_core_ends(config):
    replay, result = Replay(config, 0.2), train_linear(config, device="cpu", dtype=torch.float64)
    end = replay.step(replay.steps).after
    np.testing.assert_allclose(end, [*result.weights[0, 0], result.biases[0, 0]], rtol=1e-9, atol=1e-12)


@each
def test_the_lines_of_a_program_give_what_the_core_gives(config):
    penalty, lines = penalty_of(config), written.PENALTIES[config.penalty]
    t, v = torch.tensor(0.4, dtype=torch.float64), W[0]
    names = {"v": v, "t": t, "lam": t, "lr": 1.0, "l1_ratio": 0.3, "softshrink": torch.nn.functional.softshrink}
    if lines.cut:
        names["cut"] = eval(lines.cut, names)
    torch.testing.assert_close(eval(lines.value, names), penalty.value(v))
    torch.testing.assert_close(eval(lines.subgradient.format(v="v"), names), t * penalty.subgradient(v.clone()))
    torch.testing.assert_close(eval(lines.prox, names), penalty.prox(v, t))
    names |= {"lam": 0.4}  # torch's softshrink takes a plain number
    torch.testing.assert_close(eval(lines.concise_prox.format(v="v"), names), penalty.prox(v, t))
