"""Data of one's own in the Python API: taken where it can be, else refused by the name of what is wrong."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from regdemo import LinearConfig, NetworkConfig, train_linear, train_network
from regdemo.core.linear import exact
from regdemo.core.linear.data import draw_linear
from regdemo.core.networks.datasets import draw_examples

CONFIG = LinearConfig(n_train=6, n_validation=4, n_test=5, n_features=3, strengths=(0.0, 1.0), seeds=2, epochs=2)
DRAWN = draw_linear(CONFIG)
LAM = np.array([[0.0, 1.0], [0.0, 1.0]])
PARTS = [f"{kind}_{split}" for split in ("train", "validation", "test") for kind in "xy"]


def holding(value):
    def change(part):
        part = part.copy()
        part.flat[1] = value
        return part

    return change


WRONG = {
    "NaN": (holding(np.nan), "missing, infinite or too large"),
    "infinity": (holding(-np.inf), "missing, infinite or too large"),
    "a list": (lambda part: part.tolist(), "is a list: allowed is a NumPy array"),
    "a tensor": (torch.from_numpy, "is a Tensor: allowed is a NumPy array"),
    "objects": (lambda part: part.astype(object), "is an array of object"),
    "text": (lambda part: part.astype(str), "is an array of <U"),
    "complex": (lambda part: part + 0j, "is an array of complex"),
    "another shape": (lambda part: part[:1], "has shape"),
    "one axis more": (lambda part: part[None], "has shape"),
    "nothing": (lambda part: None, "is a NoneType"),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("part", PARTS)
def test_what_cannot_be_trained_on_is_refused_by_name(part, wrong):
    change, said = WRONG[wrong]
    data = replace(DRAWN, **{part: change(getattr(DRAWN, part))})
    for use in (
        lambda: train_linear(CONFIG, data, "cpu"),
        lambda: exact.ridge(data, LAM),
        lambda: exact.elastic_net(data, LAM),
    ):
        with pytest.raises(ValueError, match=said) as error:
            use()
        named = "data." if said == "has shape" else f"data.{part} "  # of two shapes that differ either can be the wrong one
        assert named in str(error.value)


def test_numbers_too_large_for_32_bits_are_refused_and_64_bits_take_them():
    data = replace(DRAWN, y_train=np.full((2, 6), 1e100))
    with pytest.raises(ValueError, match=r"data.y_train holds .* too large for float32"):
        train_linear(CONFIG, data, "cpu")
    assert np.isfinite(train_linear(CONFIG, data, "cpu", dtype=torch.float64).weights).all()


def test_data_of_another_class_is_refused():
    with pytest.raises(ValueError, match="data is a dict: allowed is a LinearData"):
        train_linear(CONFIG, vars(DRAWN), "cpu")


SAME = {
    "backward": lambda part: part[..., ::-1].copy()[..., ::-1],
    "column by column": np.asfortranarray,
    "another byte order": lambda part: part.astype(">f4"),
    "64 bits": lambda part: part.astype(np.float64),
}


@pytest.mark.parametrize("way", SAME)
@pytest.mark.filterwarnings("error")
def test_the_same_numbers_in_another_layout_train_the_same_run(way):
    data = replace(DRAWN, **{part: SAME[way](getattr(DRAWN, part)) for part in PARTS})
    for part in PARTS:
        getattr(data, part).flags.writeable = False
    np.testing.assert_array_equal(train_linear(CONFIG, data, "cpu").weights, train_linear(CONFIG, DRAWN, "cpu").weights)
    np.testing.assert_array_equal(exact.ridge(data, LAM).weights, exact.ridge(DRAWN, LAM).weights)


@pytest.mark.parametrize(
    ("lam", "said"),
    [
        (np.array([0.0, 1.0]), "lam has shape"),
        (np.array([[0.0, 1.0]]), "lam has shape"),
        (LAM * np.nan, "lam holds a number that is missing"),
        (LAM - 1, "lam holds -1"),
    ],
)
def test_a_strength_that_cannot_be_is_refused(lam, said):
    for solve in (exact.ridge, exact.elastic_net):
        with pytest.raises(ValueError, match=said):
            solve(DRAWN, lam)


def test_one_data_set_is_refused_by_name_too():
    x, y, lam = DRAWN.x_train[0], DRAWN.y_train[0], LAM[0]
    for solve in (exact.solve_ridge, exact.solve_elastic_net):
        for args, said in (
            ((x * np.nan, y, lam), "^x holds"),
            ((x, y[1:], lam), "^y has shape"),
            ((x, y, LAM), "^lam has shape"),
        ):
            with pytest.raises(ValueError, match=said):
                solve(*args)


NETWORK = NetworkConfig(dataset="digits", hidden=(4,), dropout=(0.0,), n_train=20, n_test=10, batch_size=10, epochs=1, lr=0.1)
EXAMPLES = draw_examples(NETWORK)


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("x_train", EXAMPLES.x_train.numpy(), "data.x_train is a ndarray: allowed is a tensor"),
        ("x_train", EXAMPLES.x_train.float() * torch.nan, "data.x_train holds what is no finite number"),
        ("x_test", EXAMPLES.x_test[:, 1:], "data.x_test has shape"),
        ("y_train", EXAMPLES.y_train[1:], "data.x_train has shape"),
        ("y_test", EXAMPLES.y_test.double(), "data.y_test is of torch.float64 with 10 classes"),
        ("y_test", EXAMPLES.y_test + 10, "data.y_test goes from 1. to 1.: allowed is 0 to 9"),
        ("y_train", EXAMPLES.y_train - 1, "data.y_train goes from -1"),
    ],
)
def test_examples_that_cannot_be_trained_on_are_refused_by_name(part, value, said):
    with pytest.raises(ValueError, match=said):
        next(train_network(NETWORK, "cpu", data=replace(EXAMPLES, **{part: value})))


def test_no_examples_are_refused():
    with pytest.raises(ValueError, match=r"data.y_test is empty"):
        next(train_network(NETWORK, "cpu", data=replace(EXAMPLES, x_test=EXAMPLES.x_test[:0], y_test=EXAMPLES.y_test[:0])))
