"""Long jobs killed at random moments, and two at once: nothing is lost, nothing done twice."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "interrupted.py"


def run(what, store, seed=0):
    done = subprocess.run(
        [sys.executable, str(PROGRAM), what, str(store), str(seed)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("what", "blocks"), [("solve", 40), ("simulate", 40)])
def test_killed_jobs_resume_to_the_unbroken_result(what, blocks, tmp_path):
    assert run(what, tmp_path / "job.zarr") == f"{blocks} blocks\n"


@pytest.mark.parametrize(("what", "blocks"), [("race-solve", 40), ("race-simulate", 40)])
def test_two_processes_fill_one_store(what, blocks, tmp_path):
    assert run(what, tmp_path / "job.zarr") == f"{blocks} blocks\n"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_more_moments(seed, tmp_path):
    for what in ("solve", "simulate"):
        run(what, tmp_path / f"{what}.zarr", seed)
