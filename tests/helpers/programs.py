"""Running exported programs, and asking ruff what it has against them."""

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from unittest import mock

import pytest
from sklearn import datasets

FASHION = Path("/usr/share/datasets/fashion-mnist")  # where programs look
load_digits, decompress = cache(datasets.load_digits), cache(gzip.decompress)  # of all programs, once


def run(program: str) -> dict:
    """What a program prints last, run in this process: importing torch and reading images anew takes longer than most of them."""
    output = io.StringIO()
    once = mock.patch.object(datasets, "load_digits", load_digits), mock.patch.object(gzip, "decompress", decompress)
    with once[0], once[1], redirect_stdout(output):
        exec(compile(program, "script.py", "exec"), {"__name__": "__main__"})
    return _figures(output.getvalue())


def run_alone(program: str, folder: Path) -> dict:
    """The same in a process of its own that cannot find this project, on one thread as here; a warning is an error."""
    path = folder / "run.py"
    path.write_text(program, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", path], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return _figures(done.stdout)


def needs_images(dataset: str) -> None:
    """Skips where the files that a program reads are not on this machine: fetching them is no test's business."""
    if dataset in ("curve", "digits") or (dataset == "fashion-mnist" and FASHION.is_dir()):
        return
    if dataset == "fashion-mnist" and os.environ.get("CI"):
        pytest.fail("CI needs Debian's package dataset-fashion-mnist")
    pytest.skip(f"the files of {dataset} are not on this machine")


def _figures(output: str) -> dict:
    return json.loads(output.splitlines()[-1], parse_constant=pytest.fail)


def in_float64(program: str) -> str:
    return program.replace("dtype = torch.float32", "dtype = torch.float64")


def complaints(programs: Iterable[str], folder: Path) -> str:
    """What ruff says of programs: "" where they are clean and formatted."""
    for i, program in enumerate(programs):
        (folder / f"run_{i}.py").write_text(program, encoding="utf-8")
    answers = [
        subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--quiet", "--line-length", "128", folder],
            capture_output=True, text=True, check=False,
        )
        for command in (["check", "--select", "E,F,W,B,I,UP"], ["format", "--check"])
    ]  # fmt: skip
    return "".join(answer.stdout + answer.stderr for answer in answers if answer.returncode)
