"""Cold start: what one `asymp solve` costs in a new process, part by part.

    python benchmarks/cold_start.py [ID NAME=VALUE ...]

Empty means that no code is compiled at all, neither the solver's nor the kernel's, and that
nothing is derived; warm that the command ran before. Bars: 15 s empty, 1.5 s warm, on an idle
machine. On a busy one judge by processor time, which counts the interpreter's start as well, and
by its ratio to `import numba` in the same run: no compiled solver can be loaded for less.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

POINT = ["random-features-robust", "psi1=2", "psi2=3", "eps=0.2", "tau=0.5"]
COMMAND = "from asymp.cli import main; main()"
# The steps of the command, with the processor time between them.
PARTS = """
import json, sys, time
laps, last = {}, 0.0
def lap(name):
    global last
    now = time.process_time()
    laps[name] = now - last
    last = now
lap("interpreter")
import numpy
lap("import numpy")
import asymp.cli
from asymp.cli.entry import spare_the_collector
spare_the_collector()
lap("import the command line")
from asymp.catalogue_files import find
from asymp.cli.ranges import read_arguments, read_pairs
import asymp.manifest
lap("import the manifests")
path = find(sys.argv[1])
def derive():
    lap("lookup")
    import asymp.lookup
    lap("import sympy, the engine")
    found = asymp.lookup.theorem(sys.argv[1])
    lap("derivation")
    return found
theorem = asymp.manifest.recalled(path, {}, derive)
lap("lookup" if "lookup" not in laps else "printing")
import numba
lap("import numba")
from asymp.solver.kernels import kernel_of
from asymp.solver.point import solve_point
from asymp.cli.outcomes import point_table
kernel = kernel_of(theorem)
kernel.entries
lap("kernel: compile or load")
given = read_arguments(read_pairs(sys.argv[2:]), theorem.parameters)
found = solve_point(theorem, given)
lap("solver: compile or load")
found = solve_point(theorem, given)
lap("solve")
text = point_table(theorem, found)
lap("table")
print(json.dumps(laps))
"""


def main() -> None:
    """Print the parts and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("arguments", nargs="*", default=POINT, metavar="ID NAME=VALUE")
    arguments = parser.parse_args().arguments
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        empty, warm = parts(arguments, first), parts(arguments, first)
        print(f"  {'processor time':26}   empty      warm")
        for name in empty | warm:
            print(f"  {name:26} {empty.get(name, 0.0):7.3f} s {warm.get(name, 0.0):7.3f} s")
        print(f"  {'all':26} {sum(empty.values()):7.3f} s {sum(warm.values()):7.3f} s")
        run([COMMAND, "solve", *arguments], second, "empty caches")
        for _ in range(3):
            numba = run(["import numba"], second, "import numba")
            solve = run([COMMAND, "solve", *arguments], second, "warm caches")
            print(f"  ratio to `import numba`    {solve / numba:7.2f}")


def environment(folder: str) -> dict[str, str]:
    """Environment of a process with its caches in a folder."""
    caches = {"ASYMP_CACHE_DIR": f"{folder}/kernels", "NUMBA_CACHE_DIR": f"{folder}/numba"}
    return os.environ | caches


def parts(arguments: Sequence[str], folder: str) -> dict[str, float]:
    """Processor time of each part of the command in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", PARTS, *arguments],
        env=environment(folder), stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout))


def run(code: Sequence[str], folder: str, name: str) -> float:
    """Processor time of a new process, printed beside the time on the wall."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", *code],
        env=environment(folder),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"  {name:26} {used:7.3f} s of processor time, {wall:7.3f} s on the wall")
    return used


if __name__ == "__main__":
    main()
