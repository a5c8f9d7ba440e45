"""The command `python -m regdemo.paper`: computes the papers' grids into a file; a killed run goes on where it was."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from regdemo.config.configs import from_text
from regdemo.paper.grid import GRIDS, KEPT, QUICK, Job, compute, encoded, jobs, label, read


def _append(path: Path, line: dict[str, Any]) -> None:
    with path.open("ab") as file:
        file.write(encoded(line))
        file.flush()
        os.fsync(file.fileno())


def _cut_torn_end(path: Path) -> None:
    if path.exists() and (torn := len(path.read_bytes().rpartition(b"\n")[2])):
        os.truncate(path, path.stat().st_size - torn)


def _sort(path: Path, order: list[Job]) -> None:
    """Write the file anew in the grid's order, in one step; runs of no figure come last."""
    place = {job: i for i, job in enumerate(order)}
    lines = sorted(read(path).items(), key=lambda item: place.get(item[0], len(place)))
    new = path.with_name(path.name + ".new")
    new.write_bytes(b"".join(encoded(line) for _, line in lines))
    os.replace(new, path)


def main(arguments: list[str] | None = None) -> int:
    """Compute what the file does not have yet. Kill it at any moment: finished runs are kept, and the next call goes on."""
    parser = argparse.ArgumentParser(prog="python -m regdemo.paper", description=main.__doc__)
    parser.add_argument("figures", nargs="*", metavar="figure", help=f"{', '.join(GRIDS)}; all of them if none is named")
    parser.add_argument("--quick", action="store_true", help="fewer images, epochs and seeds")
    parser.add_argument(
        "--dataset", choices=("fashion-mnist", "mnist", "digits"), default="", help="in place of each grid's own"
    )
    parser.add_argument(
        "--out", type=Path, help="the file: by default assets/study.jsonl, .cache/study_quick.jsonl with --quick"
    )
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, help="each with one thread (default: %(default)s)"
    )
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help="a Dask scheduler whose workers can import regdemo, in place of processes"
    )
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.figures) - set(GRIDS):
        parser.error(f"there is no figure {', '.join(sorted(unknown))}; there are {', '.join(GRIDS)}")
    if chosen.processes < 1:
        parser.error(f"--processes {chosen.processes}: at least 1")
    if chosen.cluster is not None:
        try:
            import dask.distributed  # noqa: F401
        except ImportError:
            parser.error('--cluster needs Dask: pip install "dask[distributed]"')
    path = chosen.out or (QUICK if chosen.quick else KEPT)
    grid = jobs(chosen.figures or GRIDS, chosen.quick, chosen.dataset)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _cut_torn_end(path)
        finished = read(path)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    todo = [job for job in grid if job not in finished]
    print(f"{len(grid) - len(todo)} of {len(grid)} runs are in {path}", flush=True)
    from regdemo.core.networks.images import DataUnavailable

    try:
        for i, line in enumerate(compute(todo, chosen.processes, chosen.cluster), len(grid) - len(todo) + 1):
            _append(path, line)
            config = from_text(json.dumps(line["config"]))
            print(f"{i} of {len(grid)}: {line['measure']}, {label(config)}, seed {config.seed}", flush=True)
    except (DataUnavailable, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The next call goes on from here.", file=sys.stderr)
        return 130
    _sort(path, jobs(GRIDS, chosen.quick, chosen.dataset))
    return 0


if __name__ == "__main__":
    sys.exit(main())
