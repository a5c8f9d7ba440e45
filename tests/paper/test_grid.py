"""The dropout paper's grids: killed and resumed, on several processes and on a cluster, and the file that is kept."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from regdemo.config.configs import NetworkConfig
from regdemo.core.networks import images
from regdemo.paper import decay, grid
from regdemo.paper.__main__ import main
from regdemo.paper.grid import FIGURES, KEPT, SEEDS, jobs, read
from tests.helpers.networks import fashion_is_here

ROOT = Path(__file__).parents[2]
TINY = ["--quick", "--dataset", "digits", "size"]
TODO = jobs(["size"], quick=True, dataset="digits")  # in the order in which they are trained
GRID = [job for job in jobs(quick=True, dataset="digits") if job in TODO]  # in the order of the file


def numbers(path: Path) -> list[tuple]:
    """Every run of a file, in its order, bit for bit; not when and where it was made."""
    return [(job, json.dumps(line["found"])) for job, line in read(path).items()]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """The file of one process that nobody disturbed."""
    path = tmp_path_factory.mktemp("study") / "whole.jsonl"
    assert main([*TINY, "--processes", "1", "--out", str(path)]) == 0
    return path


def test_the_file_has_every_run_of_the_grid_in_its_order(whole):
    assert list(read(whole)) == GRID
    assert len(set(GRID)) == len(GRID) == 3 * 3 * 2  # rates, sizes up to 1000, seeds
    losses = [line["found"]["test_loss"] for line in read(whole).values()]
    assert len(set(losses)) == len(losses)


@pytest.fixture
def begun(whole, tmp_path) -> Path:
    """That file without every third run."""
    path = tmp_path / "begun.jsonl"
    path.write_bytes(b"".join(line for i, line in enumerate(whole.read_bytes().splitlines(keepends=True)) if i % 3))
    return path


MISSING = len(GRID) // 3


def test_several_processes_give_the_same_bits(whole, begun, capsys):
    assert main([*TINY, "--processes", "2", "--out", str(begun)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + MISSING
    assert numbers(begun) == numbers(whole)


def test_a_dask_cluster_gives_the_same_bits(whole, begun, capsys, monkeypatch):
    try:
        from dask.distributed import LocalCluster
    except ImportError:
        if os.environ.get("CI"):
            pytest.fail("CI needs dask[distributed]")
        pytest.skip("dask[distributed] is not installed")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None) as cluster:
        assert main([*TINY, "--cluster", cluster.scheduler_address, "--out", str(begun)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + MISSING
    assert numbers(begun) == numbers(whole)


def test_a_killed_program_loses_at_most_the_run_in_flight_and_goes_on(whole, begun, monkeypatch):
    path, before = begun, len(read(begun))
    command = [sys.executable, "-m", "regdemo.paper", *TINY, "--processes", "1", "--out", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        said = [program.stdout.readline() for _ in range(3)]
        program.kill()
    assert said[-1].startswith(f"{before + 2} of {len(GRID)}: ")
    kept = list(read(path))
    assert before + 2 <= len(kept) < len(GRID)
    with path.open("ab") as file:  # as if the kill had come in the middle of a line
        file.write(path.read_bytes()[:100])
    assert list(read(path)) == kept
    trained, real = [], grid.run

    def counted(measure: str, config: NetworkConfig) -> dict:
        trained.append((measure, config))
        return real(measure, config)

    monkeypatch.setattr(grid, "run", counted)
    assert main([*TINY, "--processes", "1", "--out", str(path)]) == 0
    assert trained == [job for job in TODO if job not in kept]
    assert numbers(path) == numbers(whole)
    trained.clear()
    assert main([*TINY, "--processes", "1", "--out", str(path)]) == 0
    assert trained == []


def test_runs_of_other_figures_stay_in_the_file(whole, tmp_path):
    path = tmp_path / "more.jsonl"
    path.write_bytes(whole.read_bytes())
    assert main(["--quick", "--dataset", "digits", "--processes", "1", "--out", str(path), "averaging"]) == 0
    assert numbers(path)[: len(GRID)] == numbers(whole)
    (*_, (measure, _)) = read(path)
    assert measure == "averaging"


def test_a_line_that_is_no_run_is_named(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"measure": "end"}\n')
    with pytest.raises(ValueError, match="line 1, is not a run"):
        read(path)
    assert read(tmp_path / "none.jsonl") == {}


def damaged(kept: bytes) -> dict[str, tuple[bytes, int]]:
    """What can happen to a file: its bytes, and how many of its lines are lost."""
    first, second, *rest = kept.splitlines(keepends=True)
    end = json.loads(first)
    averaging = next(line for line in map(json.loads, rest) if line["measure"] == "averaging")

    def changed(line: dict, **parts: object) -> bytes:
        return json.dumps(line | parts).encode() + b"\n"

    lost = {
        "garbage in front": b"garbage\n" + first, "conflict": b"<<<<<<< ours\n" + first + b"=======\n" + first + b">>>>>>> theirs\n",
        "latin-1": b'{"measure": "\xe9"}\n' + first, "binary": b"\x00\xff\x00\n" + first, "a number": b"7\n" + first, "a list": b"[]\n" + first,
        "nothing": b"null\n" + first, "nested": b"[" * 100_000 + b"\n" + first, "cut": first[:50] + b"\n" + second,
        "no config": b'{"measure": "end", "found": {}, "made": {}}\n' + first,
        "no found": changed({k: v for k, v in end.items() if k != "found"}), "no made": changed({k: v for k, v in end.items() if k != "made"}),
        "found empty": changed(end, found={}), "found a list": changed(end, found=[1]), "made empty": changed(end, made={}),
        "made a number": changed(end, made=1), "a version that is no text": changed(end, made=end["made"] | {"torch": 2}),
        "text for a number": changed(end, found=end["found"] | {"test_error": "0.1"}), "no number": changed(end, found=end["found"] | {"test_error": None}),
        "NaN": changed(end, found=end["found"] | {"test_error": float("nan")}), "infinite": changed(end, found=end["found"] | {"test_loss": float("inf")}),
        "huge": changed(end, found=end["found"] | {"test_loss": 10**400}), "a layer too few": changed(end, found=end["found"] | {"zero": [0.5]}),
        "no layers": changed(end, found=end["found"] | {"mean": 0.5}), "another measure": changed(end, measure="test"),
        "a measure of lists": changed(end, measure=["end"]), "another config": changed(end, config={"kind": "LinearConfig"}),
        "a config that is not allowed": changed(end, config=end["config"] | {"epochs": -1}),
        "averages of other lengths": changed(averaging, found=averaging["found"] | {"k": [1, 2]}),
    }  # fmt: skip
    fine = {
        "empty": b"", "one torn line": first[:-20], "a torn end": first + second[:80], "blank lines": b"\n" + first + b"\n\r\n",
        "CRLF": first.replace(b"\n", b"\r\n"), "BOM": b"\xef\xbb\xbf" + first, "twice": first + first,
    }  # fmt: skip
    count = {"conflict": 3}
    return {name: (text, count.get(name, 1)) for name, text in lost.items()} | {name: (text, 0) for name, text in fine.items()}


DAMAGED = damaged(KEPT.read_bytes())
RUNS = set(KEPT.read_bytes().splitlines())  # each as its line


@pytest.mark.parametrize(("text", "lost"), DAMAGED.values(), ids=list(DAMAGED))
def test_damage_costs_its_lines_and_nothing_else(text, lost, tmp_path, capsys):
    path = tmp_path / "damaged.jsonl"
    path.write_bytes(text)
    runs, wrong = grid.salvage(path)
    assert len(wrong) == lost
    assert len(runs) == len({line.strip() for line in text.removeprefix(b"\xef\xbb\xbf").splitlines()} & RUNS)
    if lost:
        assert main(["--quick", "--out", str(path)]) == 1
        assert f"line {min(wrong)}, is not a run" in capsys.readouterr().err
        assert path.read_bytes() == text[: text.rfind(b"\n") + 1]  # nothing is thrown away


def test_a_folder_in_the_files_place_is_said(tmp_path, capsys):
    assert main(["--quick", "--out", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err


def test_what_cannot_be_done_is_said_in_one_line(tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        main(["sizes"])
    assert "there is no figure sizes; there are rate, size, averaging, sparsity, decay" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(SystemExit):
        main([*TINY, "--cluster", "tcp://127.0.0.1:1"])
    assert 'pip install "dask[distributed]"' in capsys.readouterr().err

    def nothing_to_be_had(*_: object) -> images.Images:
        raise images.DataUnavailable("MNIST is not on this machine.")

    monkeypatch.setattr(images, "load", nothing_to_be_had)
    assert main(["--quick", "--dataset", "mnist", "--processes", "1", "--out", str(tmp_path / "no.jsonl"), "rate"]) == 1
    assert capsys.readouterr().err == "MNIST is not on this machine.\n"

    def interrupted(*_: object) -> dict:
        raise KeyboardInterrupt

    monkeypatch.setattr(grid, "run", interrupted)
    assert main([*TINY, "--processes", "1", "--out", str(tmp_path / "no.jsonl")]) == 130
    assert "The next call goes on" in capsys.readouterr().err


def test_importing_the_study_loads_no_torch_and_no_streamlit():
    code = "import sys; import regdemo.frames.paper; assert not {'torch', 'streamlit', 'altair', 'sklearn', 'joblib'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_a_quick_grid_is_smaller_in_every_way():
    quick, full = jobs(quick=True), jobs()
    assert len(quick) < len(full)
    assert {config.seed for _, config in full} == set(range(SEEDS))
    for name in ("n_train", "n_test", "epochs"):
        assert max(getattr(config, name) for _, config in quick) < max(getattr(config, name) for _, config in full)


def test_widths_grow_so_that_as_many_units_are_kept():
    fixed_n, fixed_kept = FIGURES["rate"].lines.values()
    assert len({config.hidden for config in fixed_n}) == 1
    kept = [width * (1 - p) for c in fixed_kept for width, p in zip(c.hidden, c.dropout, strict=True)]
    assert max(kept) - min(kept) < 1
    assert len({config.hidden for config in fixed_kept}) == len(fixed_kept)


def test_the_kept_file_is_the_whole_grid_small_and_says_how_it_was_made():
    runs = read()
    assert list(runs) == jobs()
    assert KEPT.stat().st_size < 450_000
    for line in runs.values():
        assert set(line["made"]) == {"date", "python", "torch", "numpy", "machine"}
    assert platform.node() not in KEPT.read_text()


def test_a_kept_point_comes_out_again():
    """The loss after one epoch is held tightly; at the end other processors differ by more than rounding (training is chaotic)."""
    if not fashion_is_here():
        if os.environ.get("CI"):
            pytest.fail("CI needs Debian's package dataset-fashion-mnist")
        pytest.skip("Fashion-MNIST is not on this machine")
    job = min((job for job in read() if job[0] == "end"), key=lambda job: (job[1].n_train, job[1].dropout, job[1].seed))
    kept, again = read()[job]["found"], grid.run(*job)["found"]
    assert again["first_test_loss"] == pytest.approx(kept["first_test_loss"], rel=1e-4)
    assert again["test_error"] == pytest.approx(kept["test_error"], abs=0.02)
    assert again["zero"] == pytest.approx(kept["zero"], abs=0.02)


def test_a_kept_run_of_decay_comes_out_again():
    job = "validation", decay.cell("decoupled", 0.001, 0.1)
    kept, again = read()[job]["found"], grid.run(*job)["found"]
    assert again == pytest.approx(kept, rel=0.02, abs=0.01)
