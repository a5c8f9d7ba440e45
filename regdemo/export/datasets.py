"""The data part of network scripts: images or the curve, the examples that a config's seed chooses, and their shifts."""

from regdemo.config.configs import NetworkConfig
from regdemo.core.networks import images
from regdemo.export.lines import lines

DIGITS = 1797  # images in scikit-learn's digits
CURVE_MOST = 10_000  # points, as in regdemo.examples
MIRRORED = ("fashion-mnist",)  # likewise

GENERATOR = '''\
PURPOSES = ("train", "validation", "test", "weights", "order", "masks")


def generator(purpose, device="cpu"):
    """Random numbers of its own for each purpose: drawing more for one leaves the others as they are."""
    return torch.Generator(device).manual_seed(len(PURPOSES) * seed + PURPOSES.index(purpose))'''

DEBIAN = '''\
def load(train):
    """Images (bytes) and class numbers: Debian's package dataset-fashion-mnist if it is there, else a download."""
    folder, name = Path("/usr/share/datasets/fashion-mnist"), "train" if train else "t10k"
    if folder.exists():
        x = gzip.decompress((folder / f"{name}-images-idx3-ubyte.gz").read_bytes())[16:]
        y = gzip.decompress((folder / f"{name}-labels-idx1-ubyte.gz").read_bytes())[8:]
        x, y = (torch.frombuffer(bytearray(part), dtype=torch.uint8) for part in (x, y))
        return x.view(-1, 28, 28), y.long()
    from torchvision import datasets

    data = datasets.FashionMNIST("data", train=train, download=True)
    return data.data, data.targets'''

DOWNLOAD = '''\
def load(train):
    """Images (bytes) and class numbers, downloaded once into the folder data."""
    data = datasets.MNIST("data", train=train, download=True)
    return data.data, data.targets'''

SCIKIT = f'''\
def load(train):
    """Images (0 to 255) and class numbers; the same {images.DIGITS_TEST} images are always the test set."""
    digits = load_digits()
    mixed = np.random.default_rng(0).permutation(len(digits.target))
    part = mixed[{images.DIGITS_TEST}:] if train else mixed[:{images.DIGITS_TEST}]
    x = (digits.images * (255 / 16)).round()
    return torch.from_numpy(x[part]), torch.from_numpy(digits.target[part]).long()'''

CURVE = '''\
def draw(split, n, noise):
    """n points on a straight line, and noise."""
    x = torch.linspace(-1, 1, n)
    y = 1.5 * x + noise * torch.randn(n, generator=generator(split))
    return x[:, None].to(device, dtype), y.to(device, dtype)'''

READY = '''\
def ready(x, y):
    """Bytes become numbers from 0 to 1, and all goes to the device."""
    return x.to(device, dtype) / 255, y.to(device)'''

LOADERS = {"fashion-mnist": DEBIAN, "mnist": DOWNLOAD, "digits": SCIKIT}
TITLES = {**images.TITLES, "digits": "scikit-learn's digits", "curve": "a noisy line"}


def shape(c: NetworkConfig) -> tuple[int, ...]:
    """Of one input."""
    return {"curve": (1,), "digits": (8, 8)}.get(c.dataset, (images.SIDE, images.SIDE))


def used(c: NetworkConfig) -> tuple[int, int, int]:
    """How many examples there really are for training, validation and test."""
    if c.dataset == "curve":
        return min(c.n_train, CURVE_MOST), min(c.n_validation, CURVE_MOST), min(c.n_test, CURVE_MOST)
    total, test = _sizes(c)
    n_validation = min(c.n_validation, total // 2)
    return min(c.n_train, total - n_validation), n_validation, min(c.n_test, test)


def _sizes(c: NetworkConfig) -> tuple[int, int]:
    if c.dataset == "digits":
        return DIGITS - images.DIGITS_TEST, images.DIGITS_TEST
    return images.FILES["x_train"][2], images.FILES["x_test"][2]


def imports(c: NetworkConfig) -> tuple[list[str], list[str]]:
    """(of the standard library, of packages beside torch): what the data section needs."""
    return {
        "fashion-mnist": (["import gzip", "from pathlib import Path"], []),
        "mnist": ([], ["from torchvision import datasets"]),
        "digits": ([], ["import numpy as np", "from sklearn.datasets import load_digits"]),
    }.get(c.dataset, ([], []))


def data_section(c: NetworkConfig) -> str:
    n_train, n_validation, n_test = used(c)
    numbers = f"n_train, n_validation, n_test = {n_train}, {n_validation}, {n_test}"
    if c.dataset == "curve":
        kept = 'x_validation, y_validation = draw("validation", n_validation, 0.5)' if n_validation else None
        train = 'x_train, y_train = draw("train", n_train, 0.5)'
        return lines(numbers, GENERATOR, "", "", CURVE, "", "", train, kept, 'x_test, y_test = draw("test", n_test, 0.3)')
    some, some_test = n_train < _sizes(c)[0], n_test < _sizes(c)[1]
    return lines(
        numbers, GENERATOR, "", "", LOADERS[c.dataset], "", "", READY, "", "",
        "x, y = load(train=True)",
        [
            'chosen = torch.randperm(len(x), generator=generator("train"))  # the seed chooses the examples',
            "x_train, y_train = ready(x[chosen[:n_train]], y[chosen[:n_train]])",
        ] if some else "x_train, y_train = ready(x, y)",
        [
            "kept = chosen[-n_validation:]  # never trained on",
            "x_validation, y_validation = ready(x[kept], y[kept])",
        ] if n_validation else None,
        "x, y = load(train=False)",
        "x_test, y_test = ready(x[:n_test], y[:n_test])" if some_test else "x_test, y_test = ready(x, y)",
        [*_augmentation(c)] if c.augment else None,
    )  # fmt: skip


def _augmentation(c: NetworkConfig) -> list[str]:
    mirrored = c.dataset in MIRRORED
    most = round(shape(c)[0] / 12)
    return [
        "",
        f"most = {most}  # rows and columns by which an image is shifted",
        "moving = torch.Generator().manual_seed(2**40 + 2 * seed)",
        "",
        "",
        "def draw_moves():",
        '    """For each training image: rows, columns, and whether it is mirrored."""',
        "    shift = torch.randint(-most, most + 1, (n_train, 2), generator=moving)",
        "    mirror = torch.randint(0, 2, (n_train, 1), generator=moving)"
        + ("" if mirrored else "  # not used: a mirrored digit is another sign"),
        "    return torch.cat([shift, mirror], 1).to(device)",
        "",
        "",
        "def moved(x, moves):",
        '    """Images after their moves; what comes in at the edge is black."""',
        "    n, side, _ = x.shape",
        "    rows = torch.arange(side, device=device) + most + moves[:, :1]",
        "    columns = torch.arange(side, device=device) + most + moves[:, 1:2]",
        *(["    columns = torch.where(moves[:, 2:] > 0, columns.flip(1), columns)"] if mirrored else []),
        "    x = F.pad(x, (most, most, most, most))",
        "    return x[torch.arange(n, device=device)[:, None, None], rows[:, :, None], columns[:, None, :]]",
    ]
