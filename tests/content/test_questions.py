"""What a question's answer marks as deciding is what it is decided by, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from regdemo import PRESETS
from regdemo.app.questions import marked
from regdemo.content.questions.registry import NUMBERED
from regdemo.content.say import ENGLISH, texts

IDS = [id.removeprefix("questions.figures.") for id in texts(ENGLISH) if id.startswith("questions.figures.")]


def runs_of(question, rng):
    """Made-up figures of as many runs as the question has: some equal, some not."""
    config = replace(PRESETS["S-sparse"], penalty="l2", solver="sgd", strengths=(1.0, 0.5))
    n = len(question.variants(config, 0.5, *([2.0] if question.needs_curvature else [])))
    return [{id: float(rng.choice([0.0, 0.1, 1.0, 1.5, 2.0])) for id in IDS} for _ in range(n)]


@pytest.mark.parametrize("question", NUMBERED.values(), ids=lambda q: str(q.number))
def test_a_question_is_decided_by_its_deciding_figures_alone(question):
    rng = np.random.default_rng(question.number)
    answers = set()
    for _ in range(200):
        runs = runs_of(question, rng)
        others = [run | {id: rng.random() for id in IDS if id not in question.deciding} for run in runs]
        assert question.decide(others) == question.decide(runs)
        answers.add(question.decide(runs))
    assert len(answers) > 1


def test_deciding_figures_come_first_in_bold_and_what_is_always_zero_is_left_out():
    runs = {"a": {"bias": 0.0, "l2_norm": 1.0, "test_loss": 2.0}, "b": {"bias": 0.0, "l2_norm": 3.0, "test_loss": np.nan}}
    table = marked(runs, ("l2_norm",))
    assert table.columns.tolist() == ["**‖w‖₂**", "test loss"]
    assert table.loc["b"].tolist() == ["**3**", "–"]
