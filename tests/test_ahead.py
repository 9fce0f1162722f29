"""The solver compiled ahead, in a process of its own: the same numbers, and no new way to fail."""

import subprocess
import sys

import pytest

from asymp.solver import ahead

SOLVE = """
import hashlib
import numpy as np, asymp
from asymp.solver.ahead import is_compiled
from asymp.solver.grid import kernel_of
from asymp.solver.points import solve_points
before = is_compiled()
theorem = asymp.theorem("ridge")
rng = np.random.default_rng(1)
draws = {"alpha": 10 ** rng.uniform(-2, 2, 3000), "zeta": 10 ** rng.uniform(-6, 1, 3000)}
kernel = kernel_of(theorem)
points = np.stack([draws.get(name, np.ones(3000)) for name in kernel.parameters], axis=1)
found = solve_points(kernel, points, list(map(float, theorem.constants.values())))
arrays = (found.values, found.residual, found.condition, found.evaluations, found.status)
print(before, hashlib.sha256(b"".join(a.tobytes() for a in arrays)).hexdigest())
"""


@pytest.mark.slow
def test_code_compiled_ahead_gives_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setenv("ASYMP_CACHE_DIR", str(tmp_path / "kernels"))
    answers = []
    for way, programs in (("ahead", [ahead.PROGRAM, SOLVE]), ("in place", [SOLVE, SOLVE])):
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / way))
        for program in programs:
            command = [sys.executable, "-c", program]
            done = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE)
        answers.append(done.stdout.split())
    assert answers[0] == answers[1]
    assert answers[0][0] == "True"


@pytest.fixture
def started(monkeypatch):
    """Processes that were started, as if no solver were compiled yet."""
    processes, start = [], subprocess.Popen

    def remember(*arguments, **options):
        processes.append(start(*arguments, **options))
        return processes[-1]

    monkeypatch.setattr(ahead, "is_compiled", lambda: False)
    monkeypatch.setattr(ahead.subprocess, "Popen", remember)
    return processes


def test_it_is_waited_for(started, monkeypatch, tmp_path):
    done = tmp_path / "done"
    monkeypatch.setattr(ahead, "PROGRAM", f"open({str(done)!r}, 'w')")
    with ahead.compiling_ahead() as begin:
        begin()
    assert done.exists()
    assert [process.returncode for process in started] == [0]


def test_its_failure_is_no_concern(started, monkeypatch):
    monkeypatch.setattr(ahead, "PROGRAM", "raise SystemExit(3)")
    with ahead.compiling_ahead() as begin:
        begin()
    assert [process.returncode for process in started] == [3]


def test_it_ends_with_an_error(started, monkeypatch):
    monkeypatch.setattr(ahead, "PROGRAM", "import time; time.sleep(600)")

    def interrupted():
        with ahead.compiling_ahead() as begin:
            begin()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert started[0].returncode not in (None, 0)


def test_nothing_is_started_unasked_or_once_it_is_compiled(started, monkeypatch):
    with ahead.compiling_ahead():
        pass
    monkeypatch.setattr(ahead, "is_compiled", lambda: True)
    with ahead.compiling_ahead() as begin:
        begin()
    assert started == []
