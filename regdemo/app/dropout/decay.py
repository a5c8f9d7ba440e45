"""The lab "decay": Adam's weight decay in the gradient and decoupled, over λ and η, from kept runs; one row trained live."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from regdemo.app.bar import Film, bar
from regdemo.app.downloads import take_with_you, write_code
from regdemo.app.drawing import Drawn, Rows, draw, side_by_side
from regdemo.app.dropout import paper_words
from regdemo.app.dropout.controls import ALL, ETA, LAB, SEED
from regdemo.app.frame import panel
from regdemo.app.labs import lab_sidebar
from regdemo.app.limits import NETWORKS, may_train, networks
from regdemo.app.network_run import NetworkRun
from regdemo.app.opening import present_values
from regdemo.app.sweeps import ROWS_BYTES, Kept, kept_runs
from regdemo.app.trainings import live
from regdemo.charts import decay as charts
from regdemo.config.phrases import figure
from regdemo.content.say import language, say
from regdemo.frames import decay as frames
from regdemo.paper import decay as study
from regdemo.paper import grid
from regdemo.paper.decay import ETAS, LAMBDAS, SOLVERS

LAMS = tuple(f"{lam:g}" for lam in LAMBDAS)


@dataclass(frozen=True, eq=False)
class Shown:
    """The kept grid, where the bar stands, and the seed of what is trained here."""

    kept: Kept
    k: int
    seed: int

    @property
    def found(self) -> frames.DecayGrid:
        return self.kept.value[0]

    @property
    def lams(self) -> list[float]:
        """The best λ at the bar's η, one a solver."""
        return [LAMBDAS[best] for best in self.found.best[:, self.k]]


def lab() -> None:
    """The whole lab."""
    st.markdown(say("dropout_decay.idea"))
    chosen = lab_sidebar((SEED,), (LAB, ETA), ALL, say("dropout_decay.new_seed"))
    kept = _kept()
    if kept is None:
        st.info(say("dropout_decay.none"))
        return
    shown = Shown(kept, ETAS.index(present_values((ETA,))["eta"]), grid.SEEDS + chosen["seed"])
    bar(ETA, kept.once(("film", language.get()), lambda: _film(shown.found)))
    drawn = side_by_side(shown, decay_coupled, decay_decoupled)
    _row(shown)
    _why(shown)
    _take(shown, drawn)


def _kept() -> Kept | None:
    """The grid that the kept file holds, and how it was made; None where it holds no whole one."""

    def make() -> Kept:
        runs = {job: line for job, line in grid.salvage(grid.KEPT)[0].items() if job[0] == "validation"}
        return Kept((frames.decay_grid(runs), runs), ROWS_BYTES)

    try:
        kept = kept_runs().get(("decay", grid.KEPT, grid.KEPT.stat().st_mtime_ns), make)
    except OSError:
        return None
    return kept if kept.value[0] else None


def leads(found: frames.DecayGrid) -> list[str]:
    """The sentence that says, at each η, which λ is best of both kinds."""
    mean = found.validation.mean(3)

    def lead(i: int, lr: float) -> str:
        (loss, lam), (apart, other) = ((mean[s, i, best], LAMBDAS[best]) for s, best in enumerate(found.best[:, i]))
        seeds = len(found.seeds)
        return say(
            "dropout_decay.lead.both", eta=lr, lam=lam, loss=loss, other=other, apart=apart, none=mean[0, i, 0], seeds=seeds
        )

    return [lead(i, lr) for i, lr in enumerate(ETAS)]


def verdict(costs: frames.Costs) -> str:
    """Whether one λ or one ηλ for all η costs less, and in how many seeds."""
    figures = {
        "lam": costs.lam,
        "product": np.format_float_positional(costs.product, 1, fractional=False),
        "agree": costs.agree,
        "seeds": len(costs.by_seed),
    }
    figures |= {"of_lam": np.expm1(costs.of_lam), "of_product": np.expm1(costs.of_product)}
    return say("dropout_decay.costs.product" if costs.one_product else "dropout_decay.costs.strength", **figures)


def compared(found: frames.DecayGrid) -> list[str]:
    """What these runs say of the source's findings: that decoupled decay can be chosen apart from η, and that it does better."""
    coupled, decoupled = (float(np.expm1(found.costs(s).apart)) for s in range(2))
    by_seed = found.chosen_test
    (loss, lower), count = by_seed.mean(1), int((by_seed[1] < by_seed[0]).sum())
    figures = {"count": count, "seeds": len(found.seeds), "apart": lower, "loss": loss, "none": found.without}
    holds = "dropout_decay.why.holds" if decoupled < coupled else "dropout_decay.why.fails"
    return [say(holds, coupled=coupled, decoupled=decoupled), say("dropout_decay.why.better", **figures)]


def _film(found: frames.DecayGrid) -> Film:
    tests = {"none": found.test.mean(3)[0, :, 0]} | dict(zip(SOLVERS, found.tested, strict=True))
    return Film(
        labels=[f"η = {lr:g}" for lr in ETAS],
        leads=leads(found),
        figures=[(say(f"dropout_decay.figures.{name}"), [figure(v) for v in of]) for name, of in tests.items()],
    )


def decay_coupled(shown: Shown) -> Drawn:
    """Decay in the gradient."""
    return _heat(shown, 0)


def decay_decoupled(shown: Shown) -> Drawn:
    """Decoupled decay."""
    return _heat(shown, 1)


def _heat(shown: Shown, solver: int) -> Drawn:
    found, mean = shown.found, shown.found.validation.mean(3)
    title, i = say(f"dropout_decay.heat.title.{SOLVERS[solver]}"), int(found.lowest[solver])
    st.subheader(title, help=say("dropout_decay.heat.how", seeds=len(found.seeds)))
    return draw(
        charts.heat,
        shown.kept.once(("heat", solver), lambda: Rows(frames.heat_rows(found, solver))),
        etas=tuple(f"{lr:g}" for lr in ETAS),
        lams=LAMS,
        low=found.shades[0],
        high=found.shades[1],
        title=title,
        at={"hand": shown.k},
        take_away=verdict(found.costs(solver)),
        alt=say(
            "dropout_decay.heat.alt",
            runs=found.validation[solver].size,
            called=say(f"dropout_decay.solvers.{SOLVERS[solver]}"),
            low=mean[solver].min(),
            high=mean[solver].max(),
            eta=ETAS[i],
            lam=LAMBDAS[found.best[solver, i]],
        ),
    )


def _row(shown: Shown) -> None:
    """The row of the bar's η, trained before the reader's eyes on another seed; closed until asked for."""
    with panel("row", say("dropout_decay.row.heading")) as is_open:
        if not is_open:
            return
        eta = ETAS[shown.k]
        configs = {f"{c.solver} {c.weight_decay:g}": c for c in study.row(eta, shown.seed)}
        st.markdown(say("dropout_decay.row.how", seed=shown.seed, seeds=len(shown.found.seeds)))
        status = st.empty()
        with status.container():
            if not may_train([networks(configs)], NETWORKS):
                return
        drawn: list[Drawn] = []

        def show(run: NetworkRun) -> None:
            rows = frames.row_rows(shown.found, shown.k, _losses(run))
            slot = drawn[-1].slot if drawn else None
            labels = {solver: say(f"dropout_decay.solvers.{solver}") for solver in SOLVERS}
            title = say("dropout_decay.row.heading")
            drawn.append(
                draw(
                    charts.row,
                    rows,
                    lams=LAMS,
                    title=title,
                    labels=labels,
                    slot=slot,
                    alt=say("dropout_decay.row.alt", eta=eta),
                )
            )

        run = live(configs, show, status)
        if run is not None and run.finished:
            st.markdown(row_said(shown, _losses(run)))


def _losses(run: NetworkRun) -> dict[tuple[str, float], float]:
    """The validation losses so far, by solver and λ; that of no decay is both solvers'."""
    losses = {}
    for name in {row["run"]: None for row in run.rows}:
        config, loss = run.configs[name], run.last(name)["validation_loss"]
        for solver in (config.solver,) if config.weight_decay else SOLVERS:
            losses[solver, config.weight_decay] = loss
    return losses


def row_said(shown: Shown, losses: dict[tuple[str, float], float]) -> str:
    """Which λ the networks that were trained here find best, beside those of the grid."""
    (lam, loss), (other, apart) = (
        min(((lam, loss) for (of, lam), loss in losses.items() if of == solver), key=lambda pair: pair[1]) for solver in SOLVERS
    )
    figures = {"lam": lam, "loss": loss, "other": other, "apart": apart, "grid": shown.lams[0], "grid_other": shown.lams[1]}
    return say("dropout_decay.row.found", seed=shown.seed, eta=ETAS[shown.k], **figures)


def _why(shown: Shown) -> None:
    """Both updates, what they do, and what the runs say of the source; closed until asked for."""
    with panel("why", say("dropout_decay.why.heading")) as is_open:
        if not is_open:
            return
        st.latex(
            r"\underbrace{W \leftarrow W-\eta\,\frac{\hat m(g+\lambda W)}{\sqrt{\hat v(g+\lambda W)}+\epsilon}}_{\text{Adam with L2}}\qquad"
            r"\underbrace{W \leftarrow (1-\eta\lambda)\,W-\eta\,\frac{\hat m(g)}{\sqrt{\hat v(g)}+\epsilon}}_{\text{AdamW}}"
        )
        st.markdown(say("dropout_decay.why.gradient"))
        st.markdown(say("dropout_decay.why.decoupled"))
        st.markdown(say("dropout_decay.why.units"))
        for sentence in compared(shown.found):
            st.markdown(sentence)
        base = study.BASE
        made = paper_words.provenance(shown.kept.value[1])
        st.caption(
            say("dropout_decay.why.source", hidden=base.hidden[0], n=base.n_train, validation=base.n_validation, made=made)
        )


def _take(shown: Shown, drawn: list[Drawn]) -> None:
    """The link, the charts, every run of the grid, and the code that trains the best decoupled network at the bar's η."""
    found, seed = shown.found, shown.found.seeds[0]
    config = study.cell(SOLVERS[1], ETAS[shown.k], shown.lams[1], seed)
    figures = {say("dropout_decay.figures.eta"): f"{ETAS[shown.k]:g}"}
    figures |= {say(f"dropout_decay.figures.{s}"): figure(of[shown.k]) for s, of in zip(SOLVERS, found.tested, strict=True)}
    tables: dict[str, Callable[[], str]] = {"decay.csv": lambda: frames.table(found).to_csv(index=False)}
    loss = found.test[1, shown.k, found.best[1, shown.k], 0]
    take_with_you(
        "dropout", ALL, config, figures, tables, drawn, code=partial(write_code, config),
        prints=say("dropout_decay.code.prints", seed=seed, loss=loss),
    )  # fmt: skip
