"""A million points of the headline theorem with and without a store: processor time and memory.

    python benchmarks/stores.py [POINTS]

Each case runs in a process of its own, whose peak memory is compared with that before the grid.
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

POINT = {"psi2": 2.0, "tau": 0.5}


def megabytes() -> float:
    """Peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(points: int, store: str) -> dict[str, float]:
    """Solve the grid, then once more, in this process."""
    import asymp

    side = math.isqrt(points)
    grid = {"psi1": np.geomspace(0.1, 10, points // side), "eps": np.linspace(0.01, 1, side)}
    where = {"store": store} if store else {}
    theorem = asymp.theorem("random-features-robust")
    theorem.solve(psi1=[1.0, 2.0], eps=0.1, **POINT)
    if store:
        theorem.solve(psi1=[1.0, 2.0], eps=0.1, store=f"{store}.warm", **POINT)
    before, found = megabytes(), {}
    for run in ("first", "again"):
        start = time.process_time()
        theorem.solve(**grid, **POINT, **where)
        found[run] = time.process_time() - start
    return {**found, "memory": megabytes() - before}


def row(name: str, points: int, store: str) -> None:
    """Measure in a new process and print a line."""
    done = subprocess.run(
        [sys.executable, __file__, str(points), store], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    size = sum(p.stat().st_size for p in Path(store).rglob("*") if p.is_file()) if store else 0
    print(
        f"{name:<14}{found['first']:>8.1f}{found['again']:>10.1f}{found['memory']:>10.0f}"
        f"{size / 2**20:>10.0f}"
    )


if __name__ == "__main__":
    points = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10**6
    if len(sys.argv) > 2:
        print(json.dumps(measured(points, sys.argv[2])))
    else:
        with tempfile.TemporaryDirectory() as folder:
            print(f"{'':<14}{'CPU s':>8}{'again':>10}{'MB more':>10}{'MB kept':>10}")
            row("in memory", points, "")
            row("in a store", points, f"{folder}/grid.zarr")
