"""The app as deploy/serve puts it before a class: HAProxy, supervisor and several processes, on free ports of this machine alone."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import psutil

from tests.helpers.browser import ROOT, answers

NEEDED = ("haproxy", "supervisord")


def missing() -> list[str]:
    """The programs that this machine lacks for it."""
    return [name for name in NEEDED if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]


@dataclass(frozen=True)
class Deployed:
    url: str
    ports: range  # of the processes behind HAProxy
    supervisor: psutil.Process
    folder: Path

    def app(self, server: str) -> psutil.Process:
        """The process behind a balancer's cookie: "app0" and so on."""
        port = str(self.ports[int(server.removeprefix("app"))])
        return next(p for p in self.supervisor.children() if port in p.cmdline())

    def apps(self) -> list[psutil.Process]:
        return [self.app(f"app{i}") for i in range(len(self.ports))]

    def balancers(self) -> list[psutil.Process]:
        return [p for p in self.supervisor.children() if p.name() == "haproxy"]

    def up(self, server: str) -> bool:
        """Whether a process answers by itself, without the balancer."""
        return answers(f"http://127.0.0.1:{self.ports[int(server.removeprefix('app'))]}/_stcore/health")

    def log(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))


def wait_for(condition, what: str, seconds: float = 90) -> None:
    for _ in range(int(seconds / 0.1)):
        if condition():
            return
        Event().wait(0.1)  # there is nothing else to wait on
    raise RuntimeError(what)


@contextmanager
def deployed(processes: int = 2) -> Iterator[Deployed]:
    """deploy/serve, with all its processes answering; ended when the block ends."""
    port, ports = free_ports(processes)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {
            "PROCESSES": str(processes), "ADDRESS": "127.0.0.1", "PORT": str(port), "FIRST_PORT": str(ports[0]), "RUN": name,
            "PYTHON": sys.executable,
        }  # fmt: skip
        with (folder / "serve.log").open("w") as out:
            process = subprocess.Popen([ROOT / "deploy/serve"], env=os.environ | env, stdout=out, stderr=subprocess.STDOUT)
        server = Deployed(f"http://127.0.0.1:{port}", ports, psutil.Process(process.pid), folder)

        def ready() -> bool:
            up = all(server.up(f"app{i}") for i in range(processes)) and answers(f"{server.url}/_stcore/health")
            return up or process.poll() is not None

        try:
            wait_for(ready, "the servers did not start")
            if process.poll() is not None:
                raise RuntimeError(f"the servers did not start:\n{server.log()}")
            yield server
        finally:
            process.terminate()
            process.wait(30)


def free_ports(processes: int) -> tuple[int, range]:
    """A port for the balancer and so many in a row for the processes, below those that the system gives away."""
    for first in range(20000 + os.getpid() % 5000, 32000, processes + 1):
        ports = range(first, first + processes + 1)
        if not any(taken(port) for port in ports):
            return ports[0], ports[1:]
    raise RuntimeError("no free ports")


def taken(port: int) -> bool:
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
