"""What a page gives to take along: CSVs, pictures and a report that hold the run's own figures."""

import html
import io
import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from regdemo import LinearConfig, train_linear
from regdemo.app.controls import Control
from regdemo.app.downloads import coefficients_csv, history_csv, picture, report, report_words
from regdemo.app.drawing import Drawn
from regdemo.charts import weight_decay as weight_decay_charts
from regdemo.core.linear.data import draw_linear
from regdemo.frames import weight_decay as weight_decay_frames

CONFIG = LinearConfig(n_train=8, n_features=5, strengths=(0.0, 2.0), seeds=2, seed=3, epochs=4)


@pytest.fixture(scope="module")
def result():
    return train_linear(CONFIG, device="cpu")


@pytest.fixture(scope="module")
def drawn(result):
    rows = weight_decay_frames.norms_drawn(weight_decay_frames.norm_rows({"plain": (result, 0), "chosen": (result, None)}))
    return Drawn(weight_decay_charts.norms, rows, {}, "‖w‖₂ falls to 0.1 & stays <there>", "The size of w")


def test_coefficients_are_the_runs_final_weights_and_biases_beside_the_truth(result):
    table = pd.read_csv(io.StringIO(coefficients_csv(result)))
    assert len(table) == 2 * 2 * 6
    one = table[(table.seed == 4) & (table.strength == 2.0)]
    np.testing.assert_allclose(one.w, [*result.weights[1, 1], result.biases[1, 1]], rtol=1e-6)
    assert one.true_w.tolist() == pytest.approx([0.01] * 5 + [0.05])
    assert one.feature.tolist() == ["w1", "w2", "w3", "w4", "w5", "bias"]


def test_coefficients_of_named_features_hold_no_formula_and_the_bias_has_a_name_of_its_own():
    named = replace(draw_linear(CONFIG), names=("=1+1", "bias", "@x", "-y", "a=b"), true_weights=None)
    table = pd.read_csv(io.StringIO(coefficients_csv(train_linear(CONFIG, named, device="cpu"))))
    assert table.feature[:6].tolist() == ["'=1+1", "bias", "'@x", "'-y", "a=b", "bias (2)"]


def test_the_history_has_a_row_for_each_epoch_and_empty_cells_after_divergence():
    gone = train_linear(replace(CONFIG, lr=5.0, epochs=30), device="cpu", looked_at=[])  # a page looks at few epochs
    assert (gone.diverged_at > 0).all()
    table = pd.read_csv(io.StringIO(history_csv(gone)))
    assert len(table) == 2 * 2 * 31
    assert table.test_loss.isna().any()
    assert (table.test_loss.isna() == table.train_loss.isna()).all()
    assert table.groupby(["seed", "strength"]).train_loss.first().notna().all()


def test_a_picture_holds_title_words_and_link(drawn):
    svg = picture(drawn, "https://example.org/weight_decay?v=1&lam=3", "svg").decode()
    ElementTree.fromstring(svg)
    for text in ("The size of w", "falls to 0.1 &amp; stays", "example.org/weight_decay?v=1&amp;lam=3"):
        assert text in svg
    assert picture(drawn, "", "png").startswith(b"\x89PNG")


def test_the_report_is_one_file_that_asks_the_network_for_nothing(drawn):
    text = report(report_words(), "Weight <decay>", "http://localhost:8501/?v=1", CONFIG, {"test loss": "0.01"}, [drawn, drawn])
    assert text.count("<svg") == 2
    assert "Weight &lt;decay&gt;" in text
    assert "<script" not in text
    assert not re.findall(r"""(?:src|href)=["'](?!http://localhost|#)[^"']*""", text)
    settings = json.loads(html.unescape(re.search(r"<pre>(.*)</pre>", text, re.DOTALL)[1]))
    assert settings["strengths"] == [0.0, 2.0]


@pytest.mark.parametrize(
    ("options", "value", "text"),
    [((0.0, 0.001), 0.001, "0.001"), ((False, True), True, "true"), (range(10), 7, "7"), (("L1", "other"), "other", "other")],
)
def test_a_link_writes_what_the_control_accepts(options, value, text):
    control = Control("name", "label", options, options[0], "help")
    assert control.text(value) == text
    assert control.value(text) == value


def test_the_report_holds_the_table_of_pinned_runs(drawn):
    pins = pd.DataFrame({"strength λ": [3.0, 0.5], "data <set>": ["a", "b"], "test loss": [0.01, None]}, index=["now", "pin 1"])
    text = report(report_words(), "Weight decay", "http://localhost:8501/?v=1", CONFIG, {}, [drawn], pins)
    for part in ("Pinned runs", "pin 1", "strength λ", "data &lt;set&gt;", "0.01", "–"):
        assert part in text
    assert "Pinned runs" not in report(report_words(), "Weight decay", "http://localhost:8501/?v=1", CONFIG, {}, [drawn])
