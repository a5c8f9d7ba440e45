"""Small networks that several tests train."""

from itertools import pairwise

import torch

from regdemo import NetworkConfig
from regdemo.config.optimizers import OPTIMIZERS
from regdemo.core.networks import images
from regdemo.core.networks.datasets import draw_examples
from regdemo.core.networks.layers import Network, draw_mask
from regdemo.core.rng import generator


def fashion_is_here() -> bool:
    """Whether some folder has all files of Fashion-MNIST; nothing is read or downloaded."""
    files = [file for file, *_ in images.FILES.values()]
    return any(all((folder / file).is_file() for file in files) for folder in images.folders("fashion-mnist"))


# 60 examples in batches of 12: 20 steps are 4 epochs
SMALL = NetworkConfig(
    dataset="digits", hidden=(30, 20), dropout=(0.2, 0.5), init="torch", n_train=60, n_test=100, lr=0.1, batch_size=12,
    epochs=4, seed=3,
)  # fmt: skip
SWITCHES = {
    "plain": {},
    "no dropout": {"dropout": (0,)},
    "everything dropped": {"dropout": (0, 1)},
    "normal start": {"init": "normal", "lr": 0.5},
    "momentum": {"momentum": 0.9},
    **{name: {"optimizer": name, "lr": 0.01} for name in OPTIMIZERS},
    "weight decay": {"weight_decay": 0.1},
    "l1": {"l1": 0.01},
    "adam with both penalties": {"optimizer": "adam", "lr": 0.01, "weight_decay": 0.1, "l1": 0.01},
    "decoupled": {"weight_decay": 0.1, "solver": "decoupled"},
    "decoupled, momentum": {"weight_decay": 0.1, "solver": "decoupled", "momentum": 0.9, "l1": 0.01},
    "adamw": {"optimizer": "adam", "lr": 0.01, "weight_decay": 0.5, "solver": "decoupled"},
    "adamw with l1 and max-norm": {
        "optimizer": "adam", "lr": 0.01, "weight_decay": 0.5, "solver": "decoupled", "l1": 0.01, "max_norm": 0.5,
    },
    "adamw put in mid-run": {"optimizer": "adam", "lr": 0.01, "weight_decay": 0.5, "solver": "decoupled", "switch_epoch": 2},
    "decoupled, taken out mid-run": {"momentum": 0.9, "solver": "decoupled", "weight_decay_before": 0.5, "switch_epoch": 2},
    "decoupled, no decay": {"solver": "decoupled", "momentum": 0.9},
    "adamw by a cnn": {
        "model": "cnn", "hidden": (3, 4), "batch_norm": True, "optimizer": "adam", "lr": 0.01, "weight_decay": 0.5, "solver": "decoupled",
    },
    "all decayed": {"weight_decay": 0.1, "decayed": "all", "momentum": 0.9, "batch_norm": True, "l1": 0.01},
    "all decayed by adamw": {
        "optimizer": "adam", "lr": 0.01, "weight_decay": 0.5, "solver": "decoupled", "decayed": "all", "batch_norm": True,
    },
    "all decayed, decoupled, mid-run": {"weight_decay": 0.5, "solver": "decoupled", "decayed": "all", "switch_epoch": 2},
    "max-norm": {"max_norm": 0.5},
    "batch norm": {"batch_norm": True},
    "augmented": {"augment": True},
    "uneven last batch": {"n_train": 57},
    "last batch of one, batch norm": {"n_train": 49, "batch_norm": True},
    "one batch": {"batch_size": 60, "epochs": 20},
    "no hidden layer": {"hidden": (), "dropout": ()},
    "deep": {"hidden": (8, 9, 10, 11), "dropout": (0.1,)},
    "cnn": {"model": "cnn", "hidden": (3, 4), "dropout": (0.2, 0.5)},
    "cnn with everything": {
        "model": "cnn", "hidden": (3, 4), "batch_norm": True, "weight_decay": 0.1, "max_norm": 1.0, "augment": True,
        "momentum": 0.5,
    },
    "curve": {"dataset": "curve", "n_train": 12, "batch_size": 12, "epochs": 20, "momentum": 0.9},
    "dropout put in mid-run": {"momentum": 0.9, "switch_epoch": 2},
    "dropout taken out mid-run": {"dropout": (0,), "switch_epoch": 2, "dropout_before": 0.4},
    "another rate mid-run, everything dropped before": {"dropout": (0, 0.3), "switch_epoch": 3, "dropout_before": 1},
    "weight decay put in mid-run": {"optimizer": "adam", "lr": 0.01, "dropout": (0,), "weight_decay": 0.1, "switch_epoch": 2},
    "weight decay taken out mid-run": {"dropout": (0.5,), "dropout_before": 0.5, "weight_decay_before": 0.1, "switch_epoch": 1},
    "both changed mid-run by a cnn": {
        "model": "cnn", "hidden": (3, 4), "dropout": (0.2, 0.5), "batch_norm": True, "l1": 0.01, "weight_decay": 0.2,
        "weight_decay_before": 0.1, "dropout_before": 0.1, "switch_epoch": 2,
    },
    "curve, changed mid-run": {"dataset": "curve", "n_train": 12, "batch_size": 5, "epochs": 7, "switch_epoch": 3},
    "weights dropped": {"drop": "weights"},
    "weights dropped after one layer alone, with much else": {
        "drop": "weights", "dropout": (0, 0.5), "batch_norm": True, "max_norm": 0.5, "weight_decay": 0.1, "l1": 0.01, "momentum": 0.9,
    },
    "all weights of a layer dropped, adam": {"drop": "weights", "dropout": (0.3, 1), "optimizer": "adam", "lr": 0.01},
    "no weights dropped": {"drop": "weights", "dropout": (0,)},
    "weights dropped, deep": {"drop": "weights", "hidden": (8, 9, 10, 11), "dropout": (0.1, 0.2, 0.3, 0.4)},
    "weights dropped mid-run": {"drop": "weights", "dropout": (0, 0.3), "switch_epoch": 2, "dropout_before": 0.6},
    "weights of the curve dropped up to the switch": {
        "dataset": "curve", "n_train": 12, "batch_size": 5, "epochs": 7, "drop": "weights", "dropout": (0,), "dropout_before": 0.3,
        "switch_epoch": 3,
    },
    "no hidden layer whose weights to drop": {"hidden": (), "dropout": (), "drop": "weights"},
    "no hidden layer, changed mid-run": {"hidden": (), "dropout": (), "weight_decay": 0.1, "switch_epoch": 1},
}  # fmt: skip


def trained_by_torch(config: NetworkConfig, dtype: torch.dtype = torch.float32) -> Network:
    """A plain network on the curve, trained with torch's own modules and Adam, from our start and with our masks."""
    net, p = Network(config, (1,), 1, "cpu", dtype), config.dropout[0]
    layers = [torch.nn.Linear(a, b, dtype=dtype) for a, b in pairwise((1, *config.hidden, 1))]
    data, masks = draw_examples(config).to(torch.device("cpu"), dtype), generator(config.seed, "masks")
    with torch.no_grad():
        for layer, ours in zip(layers, net.layers, strict=True):
            layer.weight.copy_(ours.weight.T)
            layer.bias.copy_(ours.bias)
    adam = torch.optim.Adam([p for layer in layers for p in layer.parameters()], lr=config.lr)
    for _ in range(config.epochs):
        h = data.x_train
        for layer in layers[:-1]:
            h = torch.relu(layer(h))
            h = h * draw_mask(tuple(h.shape), p, masks, dtype) / (1 - p)
        adam.zero_grad()
        torch.nn.functional.mse_loss(layers[-1](h)[:, 0], data.y_train).backward()
        adam.step()
    with torch.no_grad():
        for layer, ours in zip(layers, net.layers, strict=True):
            ours.weight.copy_(layer.weight.T)
            ours.bias.copy_(layer.bias)
    return net
