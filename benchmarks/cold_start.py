"""Cold start: the first solve in a new process, with empty and with warm caches.

    python benchmarks/cold_start.py [--handmade]

Empty means no compiled code at all, neither the solver's nor the kernel's. Bars: 30 s empty, 3 s
warm. On a busy machine compare the processor time, which counts the interpreter's start as well.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PROGRAM = """
import sys, time
start = time.perf_counter()
sys.path.insert(0, {here!r})
from headline import headline
theorem = headline({which!r})
ready = time.perf_counter()
from asymp.solver import solve_grid
dataset = solve_grid(theorem, dict(psi1=2.0, psi2=3.0, eps=0.2, zeta=0.0, tau=0.5))
done = time.perf_counter()
print(f"{{done - start:6.2f}} s in all, {{ready - start:5.2f}} s of it to the theorem"
      f" ({{time.process_time():5.2f}} s of processor time);"
      f" robust risk {{float(dataset.robust_risk):.12f}}")
"""


def run(which: str, folder: str) -> str:
    """Run one new process with its caches in a folder."""
    caches = {"ASYMP_CACHE_DIR": f"{folder}/kernels", "NUMBA_CACHE_DIR": f"{folder}/numba"}
    program = PROGRAM.format(here=str(HERE), which=which)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=os.environ | caches, text=True, capture_output=True)
    return done.stdout.strip() or done.stderr


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--handmade", action="store_true", help="the hand-typed system")
    which = "handmade" if parser.parse_args().handmade else "derived"
    with tempfile.TemporaryDirectory() as folder:
        print("empty caches:", run(which, folder))
        for _ in range(3):
            print("warm caches: ", run(which, folder))


if __name__ == "__main__":
    main()
