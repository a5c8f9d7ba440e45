"""Image files: found where they should be, downloaded once, and every failure one clear sentence. No outside network."""

import gzip
import os
import subprocess
import sys
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from regdemo import NetworkConfig, train_network
from regdemo.core.networks import images
from regdemo.core.networks.images import DataUnavailable

SMALL = {name: (file, magic, 30 if "train" in name else 10) for name, (file, magic, _) in images.FILES.items()}


def idx(magic, n, seed=0):
    shape = (n, 28, 28) if magic == 0x803 else (n,)
    values = np.random.default_rng(seed).integers(0, 256 if len(shape) == 3 else 10, shape, dtype=np.uint8)
    return np.array([magic, *shape], ">u4").tobytes() + values.tobytes()


GOOD = {file: gzip.compress(idx(magic, n), mtime=0) for file, magic, n in SMALL.values()}


class Server:
    """What a mirror serves: `files`, the requests it has had, and `before`, called ahead of each answer."""

    def __init__(self):
        self.files, self.asked, self.before, self.promised = dict(GOOD), [], lambda: None, {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rpartition("/")[2]
                outer.asked.append(name)
                outer.before()
                if (content := outer.files.get(name)) is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(outer.promised.get(name, len(content))))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args): ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"
        self.thread = Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server():
    it = Server()
    yield it
    it.close()


@pytest.fixture
def home(tmp_path, monkeypatch, server):
    """A machine without files whose only mirror is the server; gives the folder that downloads go to."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", images.ENVIRONMENT):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(images.sys, "platform", "linux")
    monkeypatch.setattr(images, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(images, "FILES", SMALL)
    monkeypatch.setattr(images, "POLL", 0.001)
    monkeypatch.setattr(images, "_loaded", {})
    monkeypatch.setattr(images, "sources", lambda name: ([server.url], {f: md5(c).hexdigest() for f, c in GOOD.items()}))
    return tmp_path / "cache" / "regdemo" / "fashion-mnist"


def put(folder, files=GOOD):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def left_in(folder):
    return {path.name for path in folder.iterdir()} - {".lock"}


def test_a_download_gives_the_images_and_tells_its_progress_and_happens_once(home, server, monkeypatch):
    told = []
    data = images.load("fashion-mnist", lambda share, text: told.append((share, text)))
    np.testing.assert_array_equal(data.x_test.ravel(), np.frombuffer(idx(0x803, 10), np.uint8, offset=16))
    np.testing.assert_array_equal(data.y_train, np.frombuffer(idx(0x801, 30), np.uint8, offset=8))
    assert data.x_train.shape == (30, 28, 28)
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert all("downloading Fashion-MNIST" in text for _, text in told)
    assert left_in(home) == set(GOOD)
    images.load("fashion-mnist")
    monkeypatch.setattr(images, "_loaded", {})  # another process
    images.load("fashion-mnist")
    assert sorted(server.asked) == sorted(GOOD)


def test_files_are_looked_for_in_the_named_folder_then_the_cache_then_debians(home, server, tmp_path, monkeypatch):
    named = tmp_path / "named"
    monkeypatch.setenv(images.ENVIRONMENT, str(named))
    places = [named / "fashion-mnist", home, images.DEBIAN / "fashion-mnist"]
    assert images.folders("fashion-mnist") == places
    for seed, folder in enumerate(reversed(places)):  # each one, put in later, goes before
        put(folder, {file: gzip.compress(idx(magic, n, seed)) for file, magic, n in SMALL.values()})
        monkeypatch.setattr(images, "_loaded", {})
        expected = np.frombuffer(idx(0x803, 30, seed), np.uint8, offset=16)
        np.testing.assert_array_equal(images.load("fashion-mnist").x_train.ravel(), expected)
    assert server.asked == []
    monkeypatch.setenv(images.ENVIRONMENT, str(named / "fashion-mnist"))
    assert images.folders("fashion-mnist")[0] == places[0]


def test_downloads_go_to_the_folder_that_the_environment_names(home, tmp_path, monkeypatch):
    monkeypatch.setenv(images.ENVIRONMENT, str(tmp_path / "named"))
    images.load("fashion-mnist")
    assert left_in(tmp_path / "named" / "fashion-mnist") == set(GOOD)
    assert not home.exists()


FILE = "train-images-idx3-ubyte.gz"
IMAGES = idx(0x803, 30)
DAMAGED = {
    "truncated": GOOD[FILE][: len(GOOD[FILE]) // 2],
    "empty": b"",
    "no gzip": b"<html>sign in to this network</html>",
    "a bit is wrong": GOOD[FILE][:500] + bytes([GOOD[FILE][500] ^ 1]) + GOOD[FILE][501:],
    "wrong magic": gzip.compress(b"\0\0\0\0" + IMAGES[4:]),
    "wrong count": gzip.compress(idx(0x803, 29)),
    "too short": gzip.compress(IMAGES[:-1]),
    "too long": gzip.compress(IMAGES + b"\0"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_reported_and_fetched_again(home, server, damage):
    put(home, GOOD | {FILE: DAMAGED[damage]})
    told = []
    data = images.load("fashion-mnist", lambda share, text: told.append(text))
    assert any(FILE in text and "fetching it again" in text for text in told)
    assert server.asked == [FILE]
    assert data.x_train.tobytes() == IMAGES[16:]
    assert (home / FILE).read_bytes() == GOOD[FILE]


def test_labels_out_of_range_are_damage_too(home, server):
    labels = "t10k-labels-idx1-ubyte.gz"
    put(home, GOOD | {labels: gzip.compress(idx(0x801, 10)[:-1] + b"\x0a")})
    assert images.load("fashion-mnist").y_test.max() < 10
    assert server.asked == [labels]


def test_a_damaged_file_in_one_folder_is_passed_over_for_a_whole_one_in_the_next(home, server):
    put(home, GOOD | {FILE: b""})
    put(images.DEBIAN / "fashion-mnist")
    told = []
    images.load("fashion-mnist", lambda share, text: told.append(text))
    assert server.asked == []
    assert FILE in told[0]


@pytest.mark.parametrize("damage", ["truncated", "no gzip", "a bit is wrong"])
def test_a_damaged_download_is_refused_and_leaves_nothing(home, server, damage):
    server.files[FILE] = DAMAGED[damage]
    with pytest.raises(DataUnavailable, match=f"{FILE} could not be downloaded: what arrived is truncated or damaged"):
        images.load("fashion-mnist")
    assert FILE not in left_in(home)
    assert not any(name.startswith(".t") for name in left_in(home))


def test_an_interrupted_connection_is_refused_and_the_next_try_fetches_only_what_is_missing(home, server):
    labels = "t10k-labels-idx1-ubyte.gz"  # the last of the four
    server.promised[labels] = len(GOOD[labels])
    server.files[labels] = GOOD[labels][:10]
    with pytest.raises(DataUnavailable, match=labels):
        images.load("fashion-mnist")
    assert left_in(home) == set(GOOD) - {labels}
    server.files.update(GOOD)
    server.asked.clear()
    images.load("fashion-mnist")
    assert server.asked == [labels]


def test_the_next_mirror_is_asked_where_one_fails(home, server, monkeypatch):
    sums = images.sources("fashion-mnist")[1]
    monkeypatch.setattr(images, "sources", lambda name: ([server.url + "gone/", server.url], sums))
    asked = []
    server.before = lambda: asked.append(server.files.pop(FILE, None)) if len(asked) == 0 else server.files.update(GOOD)
    images.load("fashion-mnist")
    assert server.asked[:2] == [FILE, FILE]


def test_no_network_is_one_sentence_and_stores_nothing(home, server, monkeypatch):
    sums = images.sources("fashion-mnist")[1]
    monkeypatch.setattr(images, "sources", lambda name: (["http://127.0.0.1:1/"], sums))
    with pytest.raises(
        DataUnavailable, match=r"Fashion-MNIST is not on this machine, and .* could not be downloaded: .*refused"
    ) as caught:
        images.load("fashion-mnist")
    assert "\n" not in str(caught.value)
    assert left_in(home) == set()
    with pytest.raises(DataUnavailable):
        next(train_network(NetworkConfig(), "cpu"))
    assert len(images.load("digits").y_train) == 1437


def test_a_full_disk_is_one_sentence_and_leaves_nothing(home, monkeypatch):
    def full(handle, mode):
        os.close(handle)
        return open("/dev/full", mode, buffering=0)

    monkeypatch.setattr(images.os, "fdopen", full)
    with pytest.raises(DataUnavailable, match=r"Fashion-MNIST could not be stored in .*: the disk is full\."):
        images.load("fashion-mnist")
    assert left_in(home) == set()


def test_a_folder_that_cannot_be_made_is_one_sentence(home):
    home.parent.parent.mkdir(parents=True)
    home.parent.write_text("a file where the folder should be")
    with pytest.raises(DataUnavailable, match="could not be stored"):
        images.load("fashion-mnist")


def test_a_reader_who_leaves_during_the_download_leaves_nothing_half_done(home):
    def leave(share, text):
        if share > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        images.load("fashion-mnist", leave)
    assert left_in(home) == set()
    put(home, {f".{FILE}.killed": b"half"})
    images.load("fashion-mnist")
    assert left_in(home) == set(GOOD)


def test_two_sessions_that_need_it_at_once_download_once(home, server):
    first_asks, second_waits, got = Event(), Event(), []

    def before():
        first_asks.set()
        second_waits.wait()

    def waiting(share, text):
        if "another session" in text:
            second_waits.set()

    server.before = before
    first = Thread(target=lambda: got.append(images.load("fashion-mnist")))
    second = Thread(target=lambda: got.append(images.load("fashion-mnist", waiting)))
    first.start()
    first_asks.wait()
    second.start()
    first.join()
    second.join()
    assert sorted(server.asked) == sorted(GOOD)
    assert got[0] is got[1]


def test_torchvision_names_the_sources_of_exactly_our_files():
    for name in ("fashion-mnist", "mnist"):
        mirrors, sums = images.sources(name)
        assert all(m.startswith("http") for m in mirrors)
        assert set(sums) == {file for file, *_ in images.FILES.values()}


def test_a_torchvision_that_cannot_be_imported_is_one_clear_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(DataUnavailable, match="torchvision, which knows its source, cannot be imported"):
        images.sources("mnist")


def test_digits_are_real_images_of_bytes_and_an_unknown_name_is_refused():
    data = images.load("digits")
    assert data.x_train.shape == (1437, 8, 8)
    assert data.x_test.shape == (360, 8, 8)
    assert (data.x_train.min(), data.x_train.max()) == (0, 255)
    assert data.nbytes > data.x_train.nbytes
    with pytest.raises(ValueError, match="allowed is one of fashion-mnist, mnist, digits"):
        images.load("../../etc")


def test_reading_files_that_are_here_imports_no_torchvision_and_needs_no_network():
    code = "import sys; from regdemo.core.networks import images; images.load('digits'); print('torchvision' in sys.modules)"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "False"
