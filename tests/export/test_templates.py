"""What templates choose by: sizes that are those of the images, and lines that are written whole or not at all."""

import pytest
from jinja2 import UndefinedError

from regdemo.config.constants import CLASSES, EXAMPLES, SIDES
from regdemo.core.networks import images
from regdemo.export.program import TEMPLATES
from tests.helpers.programs import needs_images


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
