"""The lab "decay" of the dropout page through AppTest: what it says against the kept file read by itself, and the row that it trains."""

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from regdemo.app.dropout.decay import compared, verdict
from regdemo.app.sweeps import kept_runs
from regdemo.core.networks import train
from regdemo.core.networks.train import train_network
from regdemo.frames import decay as frames
from regdemo.frames.decay import DecayGrid, heat_rows
from regdemo.paper import decay as study
from regdemo.paper import grid
from regdemo.paper.decay import ETAS, LAMBDAS
from tests.helpers.links import DROPOUT, controls, move, shown_link
from tests.helpers.pages import charts, drawn, lead, metrics, opened, said
from tests.helpers.programs import run

LINK = {"lab": "decay"}


def told(at: Any) -> str:
    return "\n".join(m.value for m in (*at.markdown, *at.caption))


def kept(solver: str, eta: float, what: str) -> dict[float, np.ndarray]:
    """λ -> losses of all seeds, from the file's own lines."""
    lines = [json.loads(text) for text in grid.KEPT.read_text().splitlines()]
    lines = [line for line in lines if line["measure"] == "validation" and line["config"]["lr"] == eta]
    found: dict[float, list[float]] = {}
    for line in lines:
        lam = line["config"]["weight_decay"]
        if not lam or line["config"]["solver"] == solver:
            found.setdefault(lam, []).append(line["found"][what])
    return {lam: np.array(losses) for lam, losses in found.items()}


def test_the_lab_opens_by_its_link_and_its_hand_draws_and_trains_nothing(monkeypatch):
    def trains(*_: Any, **__: Any) -> None:
        raise AssertionError("a network is trained")

    monkeypatch.setattr(train, "train_networks", trains)
    at = opened(DROPOUT, **LINK)
    computed = kept_runs().computed
    assert said(at) == ""
    assert charts(at) == 2
    assert {name for name in controls(at) if "." not in name} == {"lab", "eta", "seed"}
    before = [c.proto.SerializeToString() for c in at.get("vega_lite_chart")]
    for eta in (0.001, 0.1, 0.03):
        move(at, eta)
        assert [c.proto.SerializeToString() for c in at.get("vega_lite_chart")] == before
    assert shown_link(at) == {"v": "2", **LINK, "eta": "0.03"}
    assert lead(opened(DROPOUT, **LINK, eta="0.03")) == lead(at)
    assert kept_runs().computed == computed


def test_at_every_eta_the_sentence_and_the_figures_are_those_of_the_kept_file():
    at = opened(DROPOUT, **LINK)
    for eta in ETAS:
        move(at, eta)
        shown = re.findall(r"λ = (\S+) (?:in the gradient|decoupled), ([\d.]+\d)", lead(at))
        for (lam, loss), solver, name in zip(
            shown, ("sgd", "decoupled"), ("best in the gradient", "best decoupled"), strict=True
        ):
            means = {lam: losses.mean() for lam, losses in kept(solver, eta, "validation_loss").items()}
            assert set(means) == set(LAMBDAS)
            best = min(means, key=means.__getitem__)
            assert float(lam) == best
            assert loss == f"{means[best]:.3g}"
            assert float(metrics(at)[name]) == pytest.approx(kept(solver, eta, "test_loss")[best].mean(), rel=5e-3)
        assert f"Without decay it is {kept('sgd', eta, 'validation_loss')[0].mean():.3g}" in lead(at)


def test_the_panel_says_of_the_source_what_the_runs_say():
    at = opened(DROPOUT, "why", **LINK)
    by_seed, means = [], []
    for solver in ("sgd", "decoupled"):
        losses = {(eta, lam): of for eta in ETAS for lam, of in kept(solver, eta, "validation_loss").items()}
        eta, lam = min(losses, key=lambda cell: losses[cell].mean())
        by_seed.append(kept(solver, eta, "test_loss")[lam])
        means.append(f"{by_seed[-1].mean():.3g}")
    count, seeds = (by_seed[1] < by_seed[0]).sum(), len(by_seed[0])
    assert f"lower test loss in {count} of {seeds} seeds: {means[1]} on the mean, against {means[0]} in the gradient" in told(
        at
    )
    assert f"{len([job for job in grid.read() if job[0] == 'validation'])} runs" in told(at)


def made_up(best: Any) -> DecayGrid:
    """A grid whose best λ of seed s at the i-th η is best(i, s), a place among all λ, for both solvers; others lose e times as much."""
    losses = np.full((2, len(ETAS), len(LAMBDAS), 3), 0.5 * np.e)
    for i in range(len(ETAS)):
        for s in range(3):
            losses[:, i, best(i, s), s] = 0.5
    return DecayGrid((0, 1, 2), losses, losses)


def test_the_verdict_tells_one_product_from_one_lambda_and_counts_seeds():
    product = made_up(lambda i, s: 8 - i).costs(0)
    assert (product.lam_at, product.product_at) == (4, 8)
    assert product.of_product == pytest.approx(0)
    assert product.of_lam == pytest.approx(0.8)  # one of five η has it
    assert "**ηλ** = 0.0003 costs 0.0%. ηλ is cheaper in 3 of 3 seeds." in verdict(product)
    strength = made_up(lambda i, s: 5).costs(0)
    assert (strength.lam, strength.of_lam) == (0.01, pytest.approx(0))
    assert strength.of_product == pytest.approx(0.8)
    assert verdict(strength).startswith("Chosen once for all η, **λ** = 0.01 costs 0.0% of")
    assert "λ is cheaper in 2 of 3 seeds." in verdict(made_up(lambda i, s: 5 if s else 8 - i).costs(0))
    coupled, apart = made_up(lambda i, s: 8 - i if i % 2 else 5), made_up(lambda i, s: 8 - i)
    both = DecayGrid((0, 1, 2), np.stack([coupled.validation[0], apart.validation[0]]), coupled.test)
    assert "easier to choose, as they report" in compared(both)[0]
    assert "they do not show that" in compared(DecayGrid((0, 1, 2), both.validation[::-1], coupled.test))[0]


def test_the_picture_frames_the_lowest_of_each_eta_and_the_cells_of_one_lambda_and_one_product():
    rows = heat_rows(made_up(lambda i, s: 8 - i), 0)
    framed, dashed, dotted = (
        rows[rows["kind"] == kind][["eta", "lam"]].to_numpy().tolist() for kind in ("best", "product", "strength")
    )
    assert framed == dashed == [[f"{eta:g}", f"{LAMBDAS[8 - i]:g}"] for i, eta in enumerate(ETAS)]
    assert dotted == [[f"{eta:g}", f"{LAMBDAS[4]:g}"] for eta in ETAS]
    assert rows[rows["text"].str.startswith("★")]["eta"].unique().tolist() == ["0.001"]
    assert rows[rows["kind"] == "cursor"]["k"].tolist() == list(range(len(ETAS)))


def test_what_a_single_lambda_costs_is_what_the_kept_file_says():
    at = opened(DROPOUT, **LINK)
    for solver in ("sgd", "decoupled"):
        means = np.array(
            [[losses.mean() for _, losses in sorted(kept(solver, eta, "validation_loss").items())] for eta in ETAS]
        )
        above = np.log(means) - np.log(means.min(1))[:, None]
        lam = int(above.mean(0).argmin())
        diagonals = {top: np.mean([above[i, top - i] for i in range(5)]) for top in range(5, len(LAMBDAS))}
        top = min(diagonals, key=diagonals.__getitem__)
        costs = [f"{np.exp(cost) - 1:.1%}" for cost in (above[:, lam].mean(), diagonals[top])]
        product = f"{ETAS[0] * LAMBDAS[top]:.5f}".rstrip("0")
        said = f"λ = {LAMBDAS[lam]:g} costs {costs[0]} of validation loss on average, ηλ = {product} costs {costs[1]}"
        assert said in told(at).replace("**", "")


def test_a_seed_that_lacks_a_run_is_left_out_and_a_file_without_a_whole_one_is_said(monkeypatch, tmp_path):
    runs = {job: line for job, line in grid.read().items() if job[0] == "validation"}
    del runs["validation", study.cell("decoupled", 0.01, 0.1, 2)]
    found = frames.decay_grid(runs)
    assert found is not None
    assert found.seeds == tuple(seed for seed in range(grid.SEEDS) if seed != 2)
    assert frames.decay_grid({}) is None
    lines = [line for line in grid.KEPT.read_bytes().splitlines(keepends=True) if b'"measure":"end"' in line]
    for name, text in (("paper.jsonl", b"".join(lines)), ("none.jsonl", None)):
        monkeypatch.setattr(grid, "KEPT", tmp_path / name)
        if text is not None:
            grid.KEPT.write_bytes(text)
        at = opened(DROPOUT, **LINK)
        assert charts(at) == 0
        assert "python -m regdemo.paper decay" in said(at)


def test_the_row_is_trained_at_the_bars_eta_on_a_seed_that_the_grid_has_not(monkeypatch):
    row = study.row
    monkeypatch.setattr(study, "row", lambda eta, seed: [replace(config, epochs=2) for config in row(eta, seed)])
    at = opened(DROPOUT, "row", **LINK, eta="0.03", seed="1")
    assert charts(at) == 3
    seed = grid.SEEDS + 1
    assert seed not in {config.seed for _, config in grid.jobs()}
    losses = {}
    for config in study.row(0.03, seed):
        *_, last = train_network(config, "cpu")
        losses[config.solver, config.weight_decay] = last.validation_loss
    losses["decoupled", 0.0] = losses["sgd", 0.0]
    shown = drawn(at)[-1].rows
    now = {(r.run, float(r.lam)): r.loss for r in shown[shown["kind"] == "now"].itertuples()}
    assert now == pytest.approx(losses, rel=1e-6)
    best = [
        min((lam for of, lam in losses if of == solver), key=lambda lam, of=solver: losses[of, lam])
        for solver in ("sgd", "decoupled")
    ]
    assert f"Seed {seed} at η = 0.03: lowest at λ = {best[0]:g} in the gradient" in told(at)
    assert f"and λ = {best[1]:g} decoupled ({losses['decoupled', best[1]]:.3g})" in told(at)


def test_the_code_trains_the_best_decoupled_network_at_the_bars_eta():
    at = opened(DROPOUT, "take", **LINK, eta="0.001")
    at.session_state["taken.code"] = True
    at.run()
    (program,) = [c.value for c in at.code if "import torch" in c.value]
    loss = re.search(r"its test loss here is (\S+)\.", told(at)).group(1)
    assert run(program)["test_loss"] == pytest.approx(float(loss), rel=0.02)
