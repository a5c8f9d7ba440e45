"""Which learning rate is safe, and what is said of runs that diverged."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from regdemo import PRESETS, LinearConfig, LinearResult, train_linear
from regdemo.app import linear_words as words
from regdemo.frames.stability import diagnose, safe_rate

SMALL = LinearConfig(
    n_train=6, n_validation=30, n_test=40, n_features=12, n_informative=12, coefficient=0.3, noise=0.1, lr=0.01,
    strengths=(0.0, 0.1, 3.0), seeds=3, batch_size=2, epochs=60,
)  # fmt: skip
SPARSE = replace(PRESETS["S-sparse"], n_features=50, seeds=3, epochs=100, strengths=(1.0, 0.5, 0.16))
RATES = (0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 10.0)


@cache
def trained(config: LinearConfig) -> LinearResult:
    return train_linear(config, device="cpu")


def test_the_safe_rate_is_two_over_the_largest_squared_example_with_the_bias_plus_lambda():
    result = trained(SMALL)
    longest = max(sum(v * v for v in example) for seed in result.data.x_train.tolist() for example in seed)
    assert safe_rate(result, 2) == pytest.approx(2 / (longest + 1 + 3))
    assert safe_rate(result, 0) == pytest.approx(2 / (longest + 1))


def test_a_larger_lambda_before_the_change_counts_for_the_safe_rate():
    config = replace(SMALL, switch_epoch=1, switch_from=50.0)
    before, after = (safe_rate(trained(c), 0) for c in (config, SMALL))
    assert 2 / before == pytest.approx(2 / after + 50)
    share = replace(config, relative=True, strengths=(0.1, 0.5), switch_from=0.5)
    assert safe_rate(trained(share), 0) == pytest.approx(safe_rate(trained(replace(share, switch_epoch=0)), 1))
    assert safe_rate(trained(replace(share, switch_from=0.05)), 1) == pytest.approx(safe_rate(trained(share), 0))


@pytest.mark.parametrize("k", [0, 2])
def test_below_the_safe_rate_single_examples_do_not_diverge(k):
    config = replace(SMALL, batch_size=1, epochs=200)
    rate = safe_rate(trained(config), k)
    assert (train_linear(replace(config, lr=0.99 * rate), device="cpu").diverged_at[:, k] == -1).all()
    assert (train_linear(replace(config, lr=10 * rate), device="cpu").diverged_at[:, k] > 0).all()


def curvature(x: np.ndarray) -> float:
    """The largest eigenvalue of the Hessian of ½ · mean squared error with a bias, over seeds."""
    each = [np.column_stack([one, np.ones(len(one))]) for one in x.astype(float)]
    return max(float(np.linalg.eigvalsh(one.T @ one / len(one))[-1]) for one in each)


@pytest.mark.parametrize(("penalty", "with_lambda"), [("l1", False), ("l2", False), ("elastic_net", False)])
def test_a_proximal_step_is_safe_below_two_over_the_losss_curvature_whatever_the_penalty(penalty, with_lambda):
    config = replace(SPARSE, penalty=penalty)
    bound = safe_rate(trained(config), 0)
    assert bound == pytest.approx(2 / curvature(trained(config).data.x_train))
    for lr, diverges in ((0.98 * bound, False), (3 * bound, True)):
        assert (train_linear(replace(config, lr=lr), device="cpu").diverged_at >= 0).any() == diverges


def test_in_full_batches_a_gradient_step_on_l2_is_safe_below_two_over_both_curvatures():
    config = replace(SMALL, batch_size=6, strengths=(30.0,), epochs=300)
    bound = safe_rate(trained(config), 0)
    assert bound == pytest.approx(2 / (curvature(trained(config).data.x_train) + 30))
    assert (train_linear(replace(config, lr=0.99 * bound), device="cpu").diverged_at == -1).all()
    assert (train_linear(replace(config, lr=1.5 * bound), device="cpu").diverged_at > 0).all()


@pytest.mark.parametrize("momentum", [0.5, 0.9])
def test_momentum_in_full_batches_is_safe_further(momentum):
    config = replace(SMALL, batch_size=6, momentum=momentum, epochs=2000, seeds=1, strengths=(3.0,))
    d = diagnose(train_linear(replace(config, lr=50.0), device="cpu"), 0, RATES)
    assert d is not None
    assert d.bound == pytest.approx((1 + momentum) * 2 / (d.curvature + 3))
    sharp = curvature(trained(config).data.x_train) + 3  # of the weights: the bias makes little of it
    assert d.bound == pytest.approx((1 + momentum) * 2 / sharp)
    assert (train_linear(replace(config, lr=0.99 * d.bound), device="cpu").diverged_at == -1).all()
    assert (train_linear(replace(config, lr=1.1 * d.bound), device="cpu").diverged_at > 0).all()


def test_a_sweep_that_did_not_diverge_needs_no_diagnosis():
    assert diagnose(trained(SMALL), 2, RATES) is None


@pytest.mark.parametrize("changes", [{}, {"batch_size": 6}, {"batch_size": 6, "momentum": 0.5}, {"momentum": 0.9}])
def test_the_rate_on_offer_is_the_largest_safe_one_and_works(changes):
    config = replace(SMALL, **changes)
    d = diagnose(train_linear(replace(config, lr=10.0), device="cpu"), 2, RATES)
    assert d is not None
    assert d.better in RATES
    again = train_linear(replace(config, lr=d.better), device="cpu")
    assert (again.diverged_at[:, 2] == -1).all()
    if d.bound is not None:
        assert d.better < d.bound
        assert all(not d.better < r < d.bound for r in RATES)


def test_adam_is_offered_no_rate_by_a_bound_that_is_not_its_own():
    d = diagnose(train_linear(replace(SMALL, optimizer="adam", lr=100.0), device="cpu"), 2, RATES)
    assert d is not None
    assert d.bound is None
    assert d.better is None
    said = words.diverged(d)
    assert "2/" not in said
    assert "Lower η." in said


def evaluated(said: str, **values: float) -> float:
    """What the formula that is printed gives."""
    formula = said.split("not below ")[1].split(" = ")[0]
    for symbol, value in values.items():
        formula = formula.replace(symbol.replace("norm", "max‖x‖²"), repr(value))
    return eval(formula.replace("2(", "2*("))


PRINTED = {
    "one example": (replace(SMALL, batch_size=1), "2/(max‖x‖² + 1 + λ)"),
    "minibatch": (SMALL, "2/(max‖x‖² + 1 + λ)"),
    "full batch": (replace(SMALL, batch_size=6), "2/(L + λ)"),
    "full batch with momentum": (replace(SMALL, batch_size=6, momentum=0.5), "2(1 + μ)/(L + λ)"),
    "L1 by subgradient": (replace(SMALL, batch_size=6, penalty="l1"), "2/L"),
    "L1": (replace(SPARSE, n_features=200), "2/L"),
    "L2 by proximal steps": (replace(SPARSE, penalty="l2"), "2/L"),
    "a change of λ": (replace(SMALL, switch_epoch=1, switch_from=50.0), "2/(max‖x‖² + 1 + λ)"),
}


@pytest.mark.parametrize(("config", "formula"), PRINTED.values(), ids=list(PRINTED))
def test_the_bound_that_is_printed_equals_its_formula(config, formula):
    result = train_linear(replace(config, lr=10.0), device="cpu")
    d = diagnose(result, 2, RATES)
    assert d is not None
    said = words.diverged(d)
    assert f"not below {formula} = " in said
    lam = max(float(result.lam[:, 2].max()), config.switch_from)
    norm = max(float(one @ one) for seed in result.data.x_train.astype(float) for one in seed)
    sharp = curvature(result.data.x_train)
    printed = float(said.split(f"not below {formula} = ")[1].split(",")[0])
    assert printed == pytest.approx(evaluated(said, norm=norm, L=sharp, λ=lam, μ=config.momentum), rel=6e-3)
    assert ("λ is" in said) == ("λ" in formula)


def test_shares_of_lambda_max_are_called_so_and_a_lambda_is_a_lambda():
    shares = diagnose(train_linear(replace(SPARSE, lr=3.0), device="cpu"), 2, RATES)
    assert shares is not None
    assert words.diverged(shares, "L1").startswith("L1 at 0.16 λ_max: 3 of 3 seeds diverged, the first in epoch ")
    assert "λ = 0.16" not in words.diverged(shares, "L1")
    absolute = diagnose(train_linear(replace(SMALL, lr=1.0), device="cpu"), 2, RATES)
    assert absolute is not None
    assert words.diverged(absolute).startswith("λ = 0: 3 of 3 seeds diverged, the first in epoch ")
    assert " λ = 3: 3 of 3 seeds diverged" in words.diverged(absolute)


def test_each_penalty_is_diagnosed_by_its_own_runs():
    config = replace(SPARSE, n_features=200, lr=0.45, strengths=(1.0, 0.05), epochs=400)
    l1, l2 = (diagnose(train_linear(replace(config, penalty=p), device="cpu"), 1, RATES) for p in ("l1", "l2"))
    assert l2 is not None
    assert 0.05 in l2.gone
    assert l1 is None or l1.runs < l2.runs


def gone(diverged_at) -> str:
    """What is said of a sweep as if these runs had diverged."""
    at = np.array(diverged_at)
    config = replace(SMALL, seeds=len(at))
    d = diagnose(replace(trained(config), diverged_at=at), 1, RATES)
    assert d is not None
    return words.diverged(d)


def test_a_sweep_whose_chosen_strength_finished_says_where_it_did_not():
    assert gone([[-1, -1, 7], [-1, -1, 9]]) == (
        "2 of 6 runs diverged, at λ = 3. Final figures leave them out. At the chosen λ = 0.1 all finished."
    )


def test_how_many_seeds_are_left_is_said_and_one_seed_is_no_seeds():
    some = gone([[-1, 4, -1], [-1, -1, -1], [-1, 2, -1]])
    assert some.startswith(
        "λ = 0.1: 2 of 3 seeds diverged, the first in epoch 2. Figures and curves are those of the one that finished."
    )
    assert "Figures and curves are those of the other 2." in gone([[-1, 4, -1], [-1, -1, -1], [-1, -1, -1]])
    assert gone([[-1, 4, -1]]).startswith("λ = 0.1: the run diverged in epoch 4. It has no final figures")
    every = gone([[-1, 4, -1], [-1, 3, -1]])
    assert every.startswith("λ = 0.1: 2 of 2 seeds diverged, the first in epoch 3. There are no final figures")
