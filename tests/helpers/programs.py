"""Running exported programs."""

import io
import json
from contextlib import redirect_stdout

import pytest


def run(program: str) -> dict:
    """What a program prints last, run in this process: importing torch anew takes longer than most of them."""
    said = io.StringIO()
    with redirect_stdout(said):
        exec(compile(program, "script.py", "exec"), {"__name__": "__main__"})
    return json.loads(said.getvalue().splitlines()[-1], parse_constant=pytest.fail)


def in_float64(program: str) -> str:
    return program.replace("dtype = torch.float32", "dtype = torch.float64")
