"""What templates choose by: tables that know every name of the configs, and sizes that are those of the images."""

import re
from dataclasses import fields

import pytest
from jinja2 import UndefinedError

from regdemo import LinearConfig, NetworkConfig
from regdemo.config.constants import CLASSES, EXAMPLES, SIDES
from regdemo.core.linear.penalties import PENALTIES as CORE_PENALTIES
from regdemo.core.networks import images
from regdemo.core.optimizers import OPTIMIZERS as CORE_OPTIMIZERS
from regdemo.export.linear import RULES
from regdemo.export.networks import NEEDS, TITLES
from regdemo.export.optimizers import OPTIMIZERS
from regdemo.export.penalties import PENALTIES
from regdemo.export.program import TEMPLATES
from tests.helpers.programs import needs_images


def allowed(kind: type, name: str) -> set[str]:
    """The names that a config's field takes."""
    field = next(field for field in fields(kind) if field.name == name)
    return set(re.findall(r'"([\w-]+)"', field.metadata["allowed"]))


@pytest.mark.parametrize(
    ("kind", "name", "tables"),
    [
        (LinearConfig, "penalty", (PENALTIES, CORE_PENALTIES)),
        (LinearConfig, "optimizer", (OPTIMIZERS, CORE_OPTIMIZERS)),
        (NetworkConfig, "optimizer", (OPTIMIZERS, CORE_OPTIMIZERS)),
        (LinearConfig, "solver", (RULES,)),
        (NetworkConfig, "dataset", (TITLES, NEEDS, {*SIDES, "curve"}, {*EXAMPLES, "curve"})),
    ],
)
def test_what_a_config_can_name_can_be_written(kind, name, tables):
    for table in tables:
        assert set(table) == allowed(kind, name)


@pytest.mark.parametrize("dataset", EXAMPLES)
def test_images_have_the_sizes_that_programs_count_on(dataset):
    needs_images(dataset)
    data = images.load(dataset)
    assert (len(data.x_train), len(data.x_test)) == EXAMPLES[dataset]
    assert data.x_train.shape[1:] == (SIDES[dataset],) * 2
    assert len(data.labels) == CLASSES


def test_a_line_that_ends_in_only_is_written_whole_or_not_at_all():
    template = TEMPLATES.from_string("first\n    second  {% only if chosen == 2 %}\nthird {{ chosen }}\n")
    assert template.render(chosen=2) == "first\n    second\nthird 2\n"
    assert template.render(chosen=3) == "first\nthird 3\n"


def test_a_value_that_nobody_chose_is_an_error():
    with pytest.raises(UndefinedError, match="forgotten"):
        TEMPLATES.from_string("a  {% only if forgotten %}\n").render()
