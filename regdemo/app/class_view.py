"""A teacher's view of a page: what a link hides, locks or enlarges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from regdemo.app.session import session

#: page -> its sections that a link can hide, each by the name of what draws it or of its panel
SECTIONS: dict[str, tuple[str, ...]] = {
    "weight_decay": (
        "loss",
        "validation_curve",
        "coefficients",
        "norms",
        "numbers",
        "update",
        "ways",
        "fits",
        "error",
        "freedom",
        "directions",
        "double_descent",
        "ridge",
        "why",
        "questions",
        "take",
    ),
    "l1_vs_l2": (
        "l1_stems",
        "other_stems",
        "plane",
        "path",
        "loss",
        "histogram",
        "laplace",
        "gaussian",
        "numbers",
        "choosing",
        "zeros",
        "why",
        "questions",
        "take",
    ),
    "dropout": (
        "network",
        "sixteen_numbers",
        "running_mean",
        "ways",
        "ones",
        "bug",
        "band",
        "rates_loss",
        "coverage",
        "rates_weights",
        "decay_coupled",
        "decay_decoupled",
        "row",
        "lengths",
        "effective_steps",
        "why",
        "fits",
        "loss",
        "accuracy",
        "over_seeds",
        "update",
        "histograms",
        "activity",
        "averages",
        "figures",
        "pictures",
        "published",
        "figure_rate",
        "figure_size",
        "figure_averaging",
        "figure_sparsity",
        "formula",
        "questions",
        "take",
    ),
}


@dataclass(frozen=True)
class View:
    """What a teacher's link has hidden, locked or enlarged on one page."""

    hide: frozenset[str] = frozenset()  # controls and sections
    lock: frozenset[str] = frozenset()
    large: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)  # of every hidden or locked control

    def parameters(self) -> dict[str, str]:
        """How a link writes it."""
        said = {"hide": ",".join(sorted(self.hide)), "lock": ",".join(sorted(self.lock)), "text": "large" if self.large else ""}
        return {name: text for name, text in said.items() if text}


WHOLE = View()


def present_view() -> View:
    """The teacher's view of the page that is being drawn; nothing hidden where there is none."""
    here = session()
    return here.views.get(here.page, WHOLE)


def hidden(section: str) -> bool:
    """Whether a link has hidden this section of the page that is being drawn."""
    return section in present_view().hide
