"""What a config can name, every folder knows: a penalty, an optimizer or a data set that one of them lacks is named here."""

import re
from dataclasses import fields

import pytest

from regdemo import LinearConfig, NetworkConfig
from regdemo.config.constants import EXAMPLES, SIDES
from regdemo.config.optimizers import OPTIMIZERS
from regdemo.config.penalties import PENALTIES
from regdemo.export import optimizers as written_optimizers
from regdemo.export import penalties as written_penalties
from regdemo.export.linear import RULES
from regdemo.export.networks import NEEDS, TITLES
from regdemo.replay import optimizers as replayed_optimizers
from regdemo.replay import penalties as replayed_penalties

OF_OPTIMIZERS = {
    "config": OPTIMIZERS,
    "replay": replayed_optimizers.OPTIMIZERS,
    "export": written_optimizers.OPTIMIZERS,
}
TABLES = {
    (LinearConfig, "penalty"): {
        "config": PENALTIES,
        "replay": replayed_penalties.PENALTIES,
        "export": written_penalties.PENALTIES,
    },
    (LinearConfig, "optimizer"): OF_OPTIMIZERS,
    (NetworkConfig, "optimizer"): OF_OPTIMIZERS,
    (LinearConfig, "solver"): {"export": RULES},
    (NetworkConfig, "dataset"): {
        "titles": TITLES, "needs": NEEDS, "sides": {*SIDES, "curve"}, "examples": {*EXAMPLES, "curve"},
    },
}  # fmt: skip


def allowed(kind: type, name: str) -> set[str]:
    """The names that a config's field takes."""
    field = next(field for field in fields(kind) if field.name == name)
    return set(re.findall(r'"([\w-]+)"', field.metadata["allowed"]))


@pytest.mark.parametrize(
    ("of", "table"),
    [(of, table) for of, tables in TABLES.items() for table in tables],
    ids=lambda v: v if isinstance(v, str) else v[1],
)
def test_what_a_config_can_name_is_known_everywhere(of, table):
    assert set(TABLES[of][table]) == allowed(*of)
