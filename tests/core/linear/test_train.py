"""The batched core against independent oracles: torch.optim run by run, NumPy in float64, and properties."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from regdemo import PRESETS, LinearConfig, train_linear
from regdemo.core.linear import measure
from regdemo.core.linear.data import LinearData, draw_linear
from regdemo.core.linear.exact import ridge
from regdemo.core.rng import generator
from tests.helpers.penalties import l1_share

SMALL = LinearConfig(
    n_train=12, n_features=15, n_informative=5, coefficient=0.5, noise=0.1, strengths=(0.0, 0.3, 2.0), seeds=2, batch_size=5,
    lr=0.01, epochs=20,
)  # fmt: skip
WAYS = {
    "l2": {},
    "l1": {"penalty": "l1"},
    "elastic net": {"penalty": "elastic_net", "l1_ratio": 0.3},
    "bias penalised": {"penalize_bias": True},
    "bias penalised, l1": {"penalize_bias": True, "penalty": "l1"},
    "momentum": {"momentum": 0.9, "lr": 0.003},
    "momentum, l1": {"momentum": 0.5, "penalty": "l1"},
    "adam": {"optimizer": "adam"},
    "adam, elastic net": {"optimizer": "adam", "penalty": "elastic_net"},
    "decoupled": {"solver": "decoupled"},
    "decoupled, momentum": {"solver": "decoupled", "momentum": 0.9, "lr": 0.003},
    "decoupled, bias penalised": {"solver": "decoupled", "penalize_bias": True},
    "adamw": {"solver": "decoupled", "optimizer": "adam"},
    "proximal l1": {"solver": "proximal", "penalty": "l1"},
    "proximal l2": {"solver": "proximal"},
    "proximal elastic net": {"solver": "proximal", "penalty": "elastic_net"},
    "one batch": {"batch_size": 12},
    "relative": {"relative": True, "penalty": "l1", "strengths": (0.1, 1.0)},
}


def train_with_torch_optim(
    config: LinearConfig, data: LinearData, seed: int, after: float, before: float = 0.0
) -> tuple[np.ndarray, float]:
    """One run as textbooks write it, in float64: autograd for loss and penalty, torch.optim for the step.

    λ is `before` up to the config's switch_epoch and `after` from then on; the optimizer is made once.
    """
    s = seed - config.seed
    x, y = (torch.from_numpy(part[s]).double() for part in (data.x_train, data.y_train))
    w = (torch.randn(config.n_features, generator=generator(seed, "weights")) * config.init_scale).double().requires_grad_()
    b = torch.zeros((), dtype=torch.float64, requires_grad=True)
    groups, decoupled = [{"params": [w]}, {"params": [b]}], config.solver == "decoupled"
    if config.optimizer == "adam":
        step = torch.optim.AdamW(groups, lr=config.lr) if decoupled else torch.optim.Adam(groups, lr=config.lr)
    else:  # torch has no decoupled SGD: shrunk by hand below
        step = torch.optim.SGD(groups, lr=config.lr, momentum=config.momentum)
    order = generator(seed, "order")
    for epoch in range(1, config.epochs + 1):
        lam = before if epoch <= config.switch_epoch else after
        if decoupled and config.optimizer == "adam":
            step.param_groups[0]["weight_decay"], step.param_groups[1]["weight_decay"] = lam, lam * config.penalize_bias
        whole = config.batch_size == config.n_train
        index = torch.arange(config.n_train) if whole else torch.randperm(config.n_train, generator=order)
        for batch in index.split(config.batch_size):
            loss = ((x[batch] @ w + b - y[batch]) ** 2).mean() / 2
            penalised = torch.cat([w, b[None]]) if config.penalize_bias else w
            rho = l1_share(config)
            if config.solver == "sgd":
                loss = loss + lam * (rho * penalised.abs().sum() + (1 - rho) / 2 * (penalised**2).sum())
            step.zero_grad()
            loss.backward()
            if decoupled and config.optimizer == "sgd":
                with torch.no_grad():
                    w *= 1 - config.lr * lam
                    b *= 1 - config.lr * lam * config.penalize_bias
            step.step()
            if config.solver == "proximal":
                with torch.no_grad():
                    t = config.lr * lam
                    for part in (w, b) if config.penalize_bias else (w,):
                        part.copy_(torch.nn.functional.softshrink(part, rho * t) / (1 + (1 - rho) * t))
    return w.detach().numpy(), b.item()


@pytest.mark.parametrize("way", WAYS)
def test_every_run_of_a_batch_equals_torch_optim_run_by_run(way):
    config = replace(SMALL, **WAYS[way])
    data = draw_linear(config)
    result = train_linear(config, dtype=torch.float64, device="cpu")
    for s, seed in enumerate(config.run_seeds):
        for k in range(len(config.strengths)):
            w, b = train_with_torch_optim(config, data, seed, result.lam[s, k])
            np.testing.assert_allclose(result.weights[s, k], w, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(result.biases[s, k], b, rtol=1e-9, atol=1e-12)


SWITCHED = {"switch_epoch": 7, "switch_from": 0.9}  # at a share of λ_max for the relative way


@pytest.mark.parametrize("way", WAYS)
def test_a_strength_changed_mid_run_equals_torch_optim_going_on_with_another_one(way):
    config = replace(SMALL, **WAYS[way], **SWITCHED)
    data = draw_linear(config)
    result = train_linear(config, dtype=torch.float64, device="cpu")
    for s, seed in enumerate(config.run_seeds):
        x, y = data.x_train[s].astype(float), data.y_train[s].astype(float)
        unit = np.abs(x.T @ (y - y.mean())).max() / config.n_train * (1 + 1e-5) if config.relative else 1.0
        for k in range(len(config.strengths)):
            w, b = train_with_torch_optim(config, data, seed, result.lam[s, k], 0.9 * unit)
            np.testing.assert_allclose(result.weights[s, k], w, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(result.biases[s, k], b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("way", WAYS)
def test_up_to_the_switch_every_run_is_one_at_the_strength_before(way):
    config = replace(SMALL, **WAYS[way], **SWITCHED)
    switched = train_linear(config, device="cpu")
    before = train_linear(replace(config, switch_epoch=0, strengths=(0.9,) * len(config.strengths)), device="cpu")
    for column, values in switched.curves.items():
        np.testing.assert_array_equal(values[..., :8], before.curves[column][..., :8])
    assert (switched.curves["l1_norm"][..., 8:] != before.curves["l1_norm"][..., 8:]).all()
    np.testing.assert_array_equal(switched.lam, train_linear(replace(config, switch_epoch=0), device="cpu").lam)


@pytest.mark.parametrize("way", WAYS)
def test_a_switch_to_the_same_strength_changes_nothing(way):
    config = replace(SMALL, **WAYS[way])
    strength = config.strengths[1]
    switched = train_linear(replace(config, switch_epoch=7, switch_from=strength), device="cpu")
    plain = train_linear(config, device="cpu")
    for column, values in switched.curves.items():
        np.testing.assert_array_equal(values[:, 1], plain.curves[column][:, 1])
    np.testing.assert_array_equal(switched.weights[:, 1], plain.weights[:, 1])


@pytest.mark.parametrize("chunk", [1, 1e4, 8e6])  # one epoch measured at a time, a few, all
def test_the_penalty_is_recorded_at_the_strength_in_force(chunk, monkeypatch):
    monkeypatch.setattr(measure, "CHUNK_BYTES", chunk)
    curves = train_linear(replace(SMALL, **SWITCHED), device="cpu", dtype=torch.float64).curves
    lam = np.where(np.arange(21) <= 7, 0.9, np.array(SMALL.strengths)[:, None])  # (strengths, epochs + 1)
    np.testing.assert_allclose(curves["penalty"], lam * curves["l2_norm"] ** 2 / 2, rtol=1e-12)


def test_weight_decay_put_in_at_half_time_takes_away_what_the_start_has_left():
    config = replace(PRESETS["W1"], switch_epoch=50)
    test = train_linear(config, device="cpu").curves["test_loss"][0]
    assert test[1, 50] > 50
    assert test[1, -1] < 0.1
    assert test[0, -1] == pytest.approx(test[0, 50], rel=0.01)


@pytest.mark.parametrize("way", WAYS)
def test_float32_trajectories_stay_within_a_thousandth_of_float64_over_60_epochs(way):
    config = replace(SMALL, epochs=60, **WAYS[way])
    single = train_linear(config, device="cpu")
    double = train_linear(config, dtype=torch.float64, device="cpu")
    for column in ("train_loss", "validation_loss", "test_loss", "penalty", "l1_norm", "l2_norm"):
        np.testing.assert_allclose(single.curves[column], double.curves[column], rtol=1e-3, atol=1e-6)


def test_full_batch_descent_equals_the_recursion_in_numpy():
    config = replace(SMALL, batch_size=12, strengths=(0.7,), seeds=1)
    data = draw_linear(config)
    x, y = data.x_train[0].astype(float), data.y_train[0].astype(float)
    result = train_linear(config, dtype=torch.float64, device="cpu")
    w, b = result.initial_weights[0].astype(float), 0.0
    for _ in range(config.epochs):
        error = x @ w + b - y
        w, b = (1 - config.lr * 0.7) * w - config.lr * x.T @ error / 12, b - config.lr * error.mean()
    np.testing.assert_allclose(result.weights[0, 0], w, rtol=1e-10)
    np.testing.assert_allclose(result.curves["train_loss"][0, 0, -1], ((x @ w + b - y) ** 2).mean() / 2, rtol=1e-10)


@pytest.mark.parametrize("preset", ["W1", "W2", "W2-L1"])
def test_a_batch_equals_its_runs_one_by_one(preset):
    # sign(w) turns a rounding error near zero into a whole step, so L1 is compared in float64
    dtype = torch.float64 if preset == "W2-L1" else torch.float32
    config = replace(PRESETS[preset], seeds=3, epochs=30)
    together = train_linear(config, device="cpu", dtype=dtype)
    for s, seed in enumerate(config.run_seeds):
        for k, strength in enumerate(config.strengths):
            alone = train_linear(replace(config, seed=seed, seeds=1, strengths=(strength,)), device="cpu", dtype=dtype)
            np.testing.assert_allclose(alone.weights[0, 0], together.weights[s, k], rtol=1e-5, atol=1e-5)


def test_strengths_of_a_seed_share_data_start_and_order_and_seeds_differ_in_all_three():
    config = replace(SMALL, strengths=(0.0, 0.0), epochs=3)
    result = train_linear(config, device="cpu")
    np.testing.assert_array_equal(result.weights[:, 0], result.weights[:, 1])
    assert not np.allclose(result.data.x_train[0], result.data.x_train[1])
    assert not np.allclose(result.initial_weights[0], result.initial_weights[1])
    same_data = draw_linear(replace(SMALL, seeds=1))
    assert not torch.equal(*(torch.randperm(50, generator=generator(s, "order")) for s in (0, 1)))
    np.testing.assert_array_equal(same_data.x_train[0], result.data.x_train[0])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), low=st.floats(0.01, 1), factor=st.floats(1.5, 20))
def test_a_larger_strength_gives_a_smaller_norm_at_convergence(seed, low, factor):
    config = replace(SMALL, n_features=8, batch_size=12, lr=0.02, epochs=800, seeds=1, seed=seed, strengths=(low, low * factor))
    result = train_linear(config, device="cpu")
    assert np.linalg.norm(result.weights[0, 1]) < np.linalg.norm(result.weights[0, 0])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), penalty=st.sampled_from(["l1", "l2", "elastic_net"]))
def test_permuting_the_features_permutes_the_weights(seed, penalty):
    config = replace(SMALL, seeds=1, seed=seed, penalty=penalty, init_scale=0.0)
    data = draw_linear(config)
    order = np.random.default_rng(seed).permutation(config.n_features)
    permuted = {f"x_{s}": data.split(s)[0][:, :, order] for s in ("train", "validation", "test")}
    shuffled = LinearData(**permuted, **{f"y_{s}": data.split(s)[1] for s in ("train", "validation", "test")})
    one = train_linear(config, data, device="cpu").weights
    other = train_linear(config, shuffled, device="cpu").weights
    np.testing.assert_allclose(other, one[:, :, order], rtol=1e-3, atol=1e-6)


def test_two_interleaved_runs_equal_two_solo_runs():
    one, other = replace(SMALL, seed=5), replace(SMALL, seed=9, penalty="l1")
    solo = [train_linear(c, device="cpu").weights for c in (one, other)]
    inner = []
    torch.manual_seed(1)
    outer = train_linear(one, device="cpu", on_epoch=lambda e: inner.append(train_linear(other, device="cpu")) if e == 7 else 0)
    np.testing.assert_array_equal(outer.weights, solo[0])
    np.testing.assert_array_equal(inner[0].weights, solo[1])


def test_training_to_convergence_reaches_the_exact_ridge_solution():
    config = replace(SMALL, batch_size=12, lr=0.1, epochs=3000, strengths=(0.3, 2.0))
    result = train_linear(config, device="cpu")
    exact = ridge(result.data, result.lam)
    np.testing.assert_allclose(result.weights, exact.weights, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(result.curves["test_loss"][:, :, -1], exact.losses["test"], rtol=1e-3)


def test_the_published_figures_of_w1():
    config = replace(PRESETS["W1"], seeds=8)
    result = train_linear(config, device="cpu")
    norm, train, test = (result.curves[c][:, :, -1].mean(0) for c in ("l2_norm", "train_loss", "test_loss"))
    assert norm[0] == pytest.approx(180**0.5, abs=0.6)  # E‖w‖² of the untouched null-space part is p − n = 180
    assert 0.03 < norm[1] < 0.05
    assert train[0] < 1e-8
    assert 80 < test[0] < 130
    assert 1e-4 < train[1] < 1e-3
    assert 0.008 < test[1] < 0.013


def test_the_subgradient_never_lands_on_zero_and_the_proximal_step_does():
    config = replace(PRESETS["W2-L1"], seeds=2, epochs=60)
    assert train_linear(config, device="cpu").curves["n_zero"][:, 1, -1].max() == 0
    proximal = replace(config, solver="proximal", relative=True, strengths=(0.2, 1.001), batch_size=50, lr=0.05, epochs=1500)
    n_zero = train_linear(proximal, device="cpu").curves["n_zero"][:, :, -1]
    assert (n_zero[:, 0] > 100).all()
    assert (n_zero[:, 1] == 200).all()


def test_divergence_is_recorded_where_it_happens_and_the_other_runs_go_on():
    config = replace(SMALL, lr=0.15, strengths=(0.0, 20.0), epochs=60, seeds=1)
    result = train_linear(config, device="cpu")
    alone = train_linear(replace(config, strengths=(0.0,)), device="cpu")
    first = result.diverged_at[0, 1]
    assert first > 0
    assert result.diverged_at[0, 0] == alone.diverged_at[0, 0]
    np.testing.assert_allclose(result.curves["train_loss"][0, 0], alone.curves["train_loss"][0, 0], rtol=1e-4)
    loss = result.curves["train_loss"][0, 1]
    assert not np.isnan(loss[:first]).any()
    assert np.isnan(loss[first + 1 :]).all()
    assert np.isnan(result.weights[0, 1]).all()


def test_history_is_one_row_a_seed_strength_and_epoch():
    result = train_linear(replace(SMALL, seed=7), device="cpu")
    h = result.history
    losses = ["train_loss", "validation_loss", "test_loss"]
    assert list(h.columns) == ["seed", "strength", "lam", "epoch", *losses, "penalty", "l1_norm", "l2_norm", "n_zero"]
    assert len(h) == 2 * 3 * 21
    last = h[(h.seed == 8) & (h.strength == 2.0) & (h.epoch == 20)]
    assert last.l2_norm.item() == pytest.approx(np.linalg.norm(result.weights[1, 2]), rel=1e-5)
    assert last.penalty.item() == pytest.approx(2.0 * np.square(result.weights[1, 2]).sum() / 2, rel=1e-5)
    x, y = result.data.x_test[1], result.data.y_test[1]
    error = x @ result.weights[1, 2] + result.biases[1, 2] - y
    assert last.test_loss.item() == pytest.approx((error**2).mean() / 2, rel=1e-4)
    np.testing.assert_array_equal(result.snapshots[-1], result.weights)
    assert result.snapshot_epochs[0] == 0
    assert result.snapshot_epochs[-1] == 20


def test_features_of_a_block_are_correlated_as_asked_and_others_are_not():
    config = LinearConfig(n_train=20_000, n_features=6, block_size=3, correlation=0.8, batch_size=1)
    c = np.corrcoef(draw_linear(config).x_train[0].T)
    block = np.kron(np.eye(2), np.ones((3, 3)))
    np.testing.assert_allclose(c, np.where(np.eye(6), 1, 0.8 * block), atol=0.03)


def test_data_of_ones_own_takes_the_place_of_the_drawn_data_and_wrong_shapes_are_refused():
    drawn = draw_linear(SMALL)
    doubled = replace(drawn, y_train=2 * drawn.y_train)
    assert not np.allclose(train_linear(SMALL, doubled, device="cpu").weights, train_linear(SMALL, device="cpu").weights)
    assert doubled.digest != drawn.digest
    with pytest.raises(ValueError, match=r"x_train has shape .* allowed is \(seeds, n_train, n_features\)"):
        train_linear(replace(SMALL, n_features=3), drawn, device="cpu")


def test_an_interrupted_run_stops_at_once():
    epochs = []

    def stop(epoch):
        epochs.append(epoch)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_linear(SMALL, device="cpu", on_epoch=stop)
    assert epochs == [1]


@pytest.mark.parametrize("chunk", [1, 1e4, 8e6])  # one epoch measured at a time, a few, all
@pytest.mark.parametrize("way", ["l2", "one batch", "proximal l1"])
def test_what_is_measured_of_some_epochs_is_what_is_measured_of_all(way, chunk, monkeypatch):
    monkeypatch.setattr(measure, "CHUNK_BYTES", chunk)
    config = replace(SMALL, **WAYS[way], **SWITCHED)
    whole, some = train_linear(config, device="cpu"), train_linear(config, device="cpu", looked_at=[3, 8])
    np.testing.assert_array_equal(some.snapshots, whole.snapshots)
    for column, values in some.curves.items():
        seen = np.full(21, column == "train_loss") | np.isin(np.arange(21), [0, 3, 8, 20])
        np.testing.assert_allclose(values[..., seen], whole.curves[column][..., seen], rtol=1e-5, err_msg=column)
        assert np.isnan(values[..., ~seen]).all(), column


def test_one_batchs_train_losses_are_those_of_its_own_weights():
    result = train_linear(replace(SMALL, batch_size=12), device="cpu", dtype=torch.float64)
    x, y = (part.astype(float) for part in result.data.split("train"))
    ends = {0: result.initial_weights[:, None] + 0 * result.weights, 20: result.weights}
    for epoch, w in ends.items():
        error = np.einsum("snp,skp->skn", x, w) + (result.biases[..., None] if epoch else 0) - y[:, None]
        np.testing.assert_allclose(result.curves["train_loss"][..., epoch], (error**2).mean(2) / 2, rtol=1e-9)
