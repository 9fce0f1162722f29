"""A program that kills its own children: run as ``python interrupted.py WHAT STORE SEED``.

Each child fills the store and is killed after a random time, until one gets to the end. The theorem
is derived and compiled once, before the first fork, so that the kills fall into the work itself.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import xarray as xr

import asymp
import asymp.sweep.simulating
import asymp.sweep.solving  # The children find everything imported.

GRID = {"alpha": np.linspace(2.0, 8.0, 160), "zeta": 0.5, "rho": 0.5}  # ratios by quadrature
RUNS = {"psi1": [1.0, 2.0], "psi2": 2.0, "eps": [0.1, 0.3], "tau": 0.5, "d": 20, "repeats": 20}


def work(what):
    """The long call, with or without a store."""
    if what == "solve":
        theorem = asymp.theorem("logistic-ridge")
        theorem.solve(alpha=2.0, zeta=0.5, rho=0.5)  # Compiles.
        return lambda **where: theorem.solve(**GRID, **where)
    theorem = asymp.theorem("random-features-robust")
    theorem.simulate(psi1=1.0, psi2=2.0, eps=0.1, tau=0.5, d=10, repeats=2)
    return lambda **where: theorem.simulate(**RUNS, **where)


def started(task):
    """Fork a child that does the task and leaves without clearing up."""
    child = os.fork()
    if child == 0:
        try:
            task()
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    return child


def files(store):
    """Data of blocks that are marked as done, and when they were written."""
    marks = sorted(p.relative_to(store / "asymp" / "done") for p in found(store / "asymp" / "done"))
    arrays = [a for a in store.glob("*") if (a / "c").is_dir() and a.name != "asymp"]
    paths = [array / mark for array in arrays for mark in marks]
    return {p: p.stat().st_mtime_ns for p in paths if p.is_file()}


def found(folder):
    return [p for p in folder.glob("c/**/*") if p.is_file() and not p.name.endswith(".partial")]


def interrupted(task, store, rng):
    """Kill children at random moments until one finishes; number of kills."""
    kills, kept = 0, {}
    while True:
        child = started(task)
        more = rng.randrange(14) if kills else 0  # The first is killed while it lays out.
        wait_for(done(store) + more, store, child)
        time.sleep(rng.uniform(0.0, 0.05))
        os.kill(child, signal.SIGKILL)
        _, outcome = os.waitpid(child, 0)
        if os.WIFEXITED(outcome):
            assert os.WEXITSTATUS(outcome) == 0
            return kills
        kills += 1
        now = files(store)
        assert all(now[path] == written for path, written in kept.items()), "done twice, or lost"
        kept = now


def wait_for(blocks, store, child):
    """Wait until so many blocks are done, or the child has ended (and is not yet reaped)."""
    looking = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while done(store) < blocks and not os.waitid(os.P_PID, child, looking):
        time.sleep(0.002)


def done(store):
    """Number of blocks marked as done."""
    return len(found(store / "asymp" / "done"))


def raced(task):
    """Two processes at one store; both get to the end."""
    for child in [started(task), started(task)]:
        _, outcome = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(outcome) == 0


if __name__ == "__main__":
    what, store, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    call = work(what.removeprefix("race-"))
    chunk = {"chunk": 4} if "solve" in what else {}

    def task():
        call(store=store, **chunk)

    if what.startswith("race-"):
        raced(task)
    else:
        kills = interrupted(task, store, random.Random(seed))
        assert kills >= 3, "too fast to be killed"
    blocks = done(store)
    before = files(store)
    filled = call(store=store, **chunk).load()
    assert files(store) == before
    xr.testing.assert_identical(filled, call())
    print(f"{blocks} blocks")
