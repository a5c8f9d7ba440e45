"""Image files: Fashion-MNIST and MNIST found on the machine or downloaded once, scikit-learn's digits as the way out.

Where files are looked for, in this order: the folder named by the environment variable REGDEMO_DATA, the cache folder of the
platform, Debian's /usr/share/datasets. In each of them the four .gz files lie in a folder named like the data set.
Downloads go to the first of these that may be written: REGDEMO_DATA where it is set, else the cache folder.
"""

import errno
import gzip
import http.client
import os
import sys
import tempfile
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from threading import Lock

import numpy as np

from regdemo.config.constants import CLASSES, EXAMPLES, SIDES

ENVIRONMENT = "REGDEMO_DATA"
DEBIAN = Path("/usr/share/datasets")  # package dataset-fashion-mnist
SIDE, (TRAIN, TEST) = SIDES["mnist"], EXAMPLES["mnist"]  # of both data sets that come as files
FILES = {  # array -> (file, IDX magic number, examples). Source of the format: yann.lecun.com/exdb/mnist
    "x_train": ("train-images-idx3-ubyte.gz", 0x803, TRAIN),
    "y_train": ("train-labels-idx1-ubyte.gz", 0x801, TRAIN),
    "x_test": ("t10k-images-idx3-ubyte.gz", 0x803, TEST),
    "y_test": ("t10k-labels-idx1-ubyte.gz", 0x801, TEST),
}
LABELS = {
    "fashion-mnist": (
        "t-shirt",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    ),
    "mnist": tuple("0123456789"),
    "digits": tuple("0123456789"),
}
TITLES = {"fashion-mnist": "Fashion-MNIST", "mnist": "MNIST"}
TIMEOUT = 15  # seconds without a byte
PIECE = 1 << 16
POLL = 0.1  # seconds between two looks at a lock that another holds

Progress = Callable[
    [float, str], object
]  # (share done, what is being done): the signature of Streamlit's st.progress(…).progress


class DataUnavailable(Exception):
    """A data set can be had neither from this machine nor from the network; the message is one sentence for the reader."""


@dataclass(frozen=True, eq=False)
class Images:
    """x_* (n, height, width) bytes, y_* (n) class numbers (int64), and what the classes are called."""

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    labels: tuple[str, ...]

    @property
    def nbytes(self) -> int:
        return self.x_train.nbytes + self.y_train.nbytes + self.x_test.nbytes + self.y_test.nbytes


_loaded: dict[str, Images] = {}
_loading = Lock()


def load(name: str, progress: Progress | None = None) -> Images:
    """A data set by its name, read once a process; downloaded if no folder has it whole.

    What `progress` raises ends a download and leaves nothing half done behind. Raises DataUnavailable.
    """
    if name not in LABELS:
        raise ValueError(f"name = {name!r}: allowed is one of {', '.join(LABELS)}")
    if name not in _loaded and name != "digits" and (images_read := _read_first(name, progress)) is not None:
        with _loading:
            _loaded.setdefault(name, images_read)
    if name not in _loaded and name == "digits":
        _loaded.setdefault(name, _digits())
    return _loaded[name]


def folders(name: str) -> list[Path]:
    """Where a data set is looked for, first to last."""
    given = os.environ.get(ENVIRONMENT)
    chosen = [] if not given else [Path(given) if Path(given).name == name else Path(given) / name]
    return [*chosen, _cache() / name, DEBIAN / name]


def _cache() -> Path:
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "regdemo"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "regdemo"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "regdemo"


def _read_first(name: str, progress: Progress | None) -> Images:
    """From the first folder that has every file whole; else from the folder for downloads, its gaps filled."""
    for folder in folders(name):
        try:
            return _read(name, folder)
        except ValueError as error:
            if progress is not None:
                progress(0.0, f"{error}; looking further")
        except OSError:  # not there
            continue
    home = folders(name)[0]
    with _reasons(f"{TITLES[name]} could not be stored in {home}"):
        home.mkdir(parents=True, exist_ok=True)
        with _only_one(home / ".lock", progress):
            for i, (file, magic, n) in enumerate(FILES.values()):
                try:
                    _parse(home / file, magic, n)
                    continue
                except FileNotFoundError:
                    trouble, message = f"{TITLES[name]} is not on this machine", f"downloading {TITLES[name]}: {file}"
                except ValueError as error:
                    trouble, message = str(error), f"{error}; fetching it again"
                for left_over in home.glob(f".{file}.*"):  # of a process that was killed while it held the lock
                    left_over.unlink(missing_ok=True)
                _fetch(name, file, home / file, trouble, _part_of(progress, i, message))
            try:
                return _read(name, home)
            except ValueError as error:
                raise DataUnavailable(f"{TITLES[name]} in {home} cannot be used: {error}.") from None


def _read(name: str, folder: Path) -> Images:
    arrays = {array: _parse(folder / file, magic, n) for array, (file, magic, n) in FILES.items()}
    return Images(name, **arrays, labels=LABELS[name])


def _parse(path: Path, magic: int, n: int) -> np.ndarray:
    """One IDX file: big-endian magic number and sizes, then bytes. ValueError if it is not whole or not what it should be."""
    shape = (n, SIDE, SIDE) if magic & 0xFF == 3 else (n,)
    header = np.array([magic, *shape], ">u4").tobytes()
    size = int(np.prod(shape))
    try:
        with gzip.open(path) as file:
            content = file.read(len(header) + size + 1)  # one byte more would be one too many; reaching the end checks the CRC
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path.name} is truncated or corrupt: {error}") from None
    if content[: len(header)] != header or len(content) != len(header) + size:
        raise ValueError(f"{path.name} is not the IDX file of {n} examples that it should be")
    array = np.frombuffer(bytearray(content), np.uint8, offset=len(header)).reshape(shape)
    if len(shape) == 3:
        return array
    if array.max() >= CLASSES:
        raise ValueError(f"{path.name} has labels above {CLASSES - 1}")
    return array.astype(np.int64)


def _digits() -> Images:
    """scikit-learn's 1,797 images of 8 × 8, 0 to 16, as bytes; the same images are always the test set."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x = (bunch.images * (255 / 16)).round().astype(np.uint8)
    order = np.random.default_rng(0).permutation(len(x))
    test, train = np.split(order, [EXAMPLES["digits"][1]])
    y = bunch.target.astype(np.int64)
    return Images("digits", x[train], y[train], x[test], y[test], LABELS["digits"])


def sources(name: str) -> tuple[list[str], dict[str, str]]:
    """torchvision's mirrors of a data set and the md5 of each file. torchvision is imported here and nowhere else."""
    try:
        from torchvision import datasets
    except (ImportError, RuntimeError) as error:  # RuntimeError: a torchvision built for another torch
        raise DataUnavailable(
            f"{TITLES[name]} is not on this machine, and torchvision, which knows its source, cannot be imported ({error}): "
            "install torch and torchvision from the same source."
        ) from error
    kind = {"fashion-mnist": datasets.FashionMNIST, "mnist": datasets.MNIST}[name]
    return list(kind.mirrors), dict(kind.resources)


def _fetch(name: str, file: str, target: Path, trouble: str, progress: Progress) -> None:
    """Download one file from the first mirror that gives it whole, by its md5: into a temporary file, then renamed.

    By hand: torchvision's own download writes in place and shows no progress to a page; pooch would be one more dependency, unpacks
    what a mirror marks as gzip-encoded, and after a kill leaves files whose names do not tell that they may be deleted.
    """
    mirrors, sums = sources(name)
    reason = "there is no source for it"
    for mirror in mirrors:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{file}.")
        try:
            with os.fdopen(handle, "wb") as out:
                received_md5 = _stream(mirror + file, out.write, progress)
            if received_md5 == sums[file]:
                os.replace(temporary, target)
                return
            reason = "what arrived is truncated or damaged (its md5 is not the published one)"
        except _NetworkError as error:
            reason = str(error)
        finally:
            Path(temporary).unlink(missing_ok=True)
    raise DataUnavailable(f"{trouble}, and {file} could not be downloaded: {reason}.")


class _NetworkError(Exception):
    """The network's part of an OSError, told apart from the disk's."""


def _stream(url: str, write: Callable[[bytes], object], progress: Progress) -> str:
    """Pass a URL's bytes to `write`; their md5."""
    received, digest = 0, md5(usedforsecurity=False)
    try:
        response = urllib.request.urlopen(url, timeout=TIMEOUT)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _NetworkError(getattr(error, "reason", None) or error) from error
    with response:
        total = int(response.headers.get("Content-Length") or 0)
        while True:
            try:
                piece = response.read(PIECE)
            except (OSError, http.client.HTTPException) as error:
                raise _NetworkError(f"the connection broke off ({error})") from error
            if not piece:
                return digest.hexdigest()
            write(piece)
            digest.update(piece)
            received += len(piece)
            progress(min(received / total, 1.0) if total else 0.0, "")


def _part_of(progress: Progress | None, i: int, message: str) -> Progress:
    """The progress of the i-th file as progress of all files, by their number."""

    def part(share: float, _: str) -> None:
        if progress is not None:
            progress((i + share) / len(FILES), message)

    part(0.0, "")
    return part


@contextmanager
def _reasons(what: str) -> Iterator[None]:
    """Errors of the disk become one sentence."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise DataUnavailable(f"{what}: {'the disk is full' if full else error.strerror or error}.") from error


@contextmanager
def _only_one(path: Path, progress: Progress | None) -> Iterator[None]:
    """Held by one thread of one process at a time; the others wait in small steps, which `progress` may end."""
    from filelock import FileLock, Timeout  # a tenth of a second that only a download needs

    lock = FileLock(path)
    while not lock.is_locked:
        try:
            lock.acquire(timeout=POLL)
        except Timeout:
            if progress is not None:
                progress(0.0, "waiting for another session's download of the same files")
    try:
        yield
    finally:
        lock.release()
