"""Ctrl-C and killing: exit code 130, nothing half-written, nobody left behind."""

import signal
import sys
from pathlib import Path

import pytest
import xarray as xr
from faulty import PATIENCE, interrupt, members, seconds_of, started, until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it reads /proc")

COMMAND = Path(sys.executable).with_name("asymp")
# Each would take far longer than the tests wait.
LONG = {
    "solve": [
        "solve", "mixture-classification", "alpha=0.1:10:2000:log", "zeta=1e-3:1:500:log",
        "balance=0.3", "-o", "grid.nc",
    ],
    "simulate": [
        "simulate", "ridge", "alpha=2", "zeta=0.1", "tau=0.5", "-d", "1200", "--repeats", "300",
        "-o", "runs.nc",
    ],
    "check": ["check", "random-features-robust", "--thorough", "-o", "report.json"],
}  # fmt: skip


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def busy(process, seconds):
    """Wait until a process has worked for a while, and so is past its imports."""
    until(lambda: process.poll() is not None or seconds_of(process.pid) > seconds, "it hangs")
    assert process.poll() is None, process.communicate()


@pytest.mark.parametrize(
    ("name", "seconds"), [("solve", 1.5), ("solve", 5.0), ("simulate", 4.0), ("check", 4.0)]
)
def test_ctrl_c_at_any_time(name, seconds, cache, tmp_path):
    with started([COMMAND, *LONG[name]], cache, tmp_path) as process:
        busy(process, seconds)
        code, error = interrupt(process)
        assert (code, error.strip()) == (130, "asymp: interrupted")
        assert list(tmp_path.iterdir()) == []
        assert members(process.pid) == []


# A theorem's file is run by the command: these press Ctrl-C where no exception can go on, as in a
# function that LLVM calls while it compiles, or in a finaliser.
PRESS = """
import ctypes, signal, time

def press():
    signal.raise_signal(signal.SIGINT)

class Object:
    def __del__(self):
        press()

callback = ctypes.CFUNCTYPE(None)(press)
"""
SWALLOWED = {
    "in a callback": "callback(); time.sleep(1e5)",
    "in a finaliser": "Object(); time.sleep(1e5)",
    "time and again": "[callback() for _ in range(10_000)]; time.sleep(1e5)",
    "before an error": "callback(); raise ValueError('half done')",
}


@pytest.mark.parametrize("how", SWALLOWED)
def test_ctrl_c_is_not_swallowed(how, cache, tmp_path):
    file = tmp_path / "swallows.py"
    file.write_text(f"{PRESS}\n{SWALLOWED[how]}\n")
    with started([COMMAND, "show", file], cache, tmp_path) as process:
        out, error = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out, error.strip()) == (130, "", "asymp: interrupted")


def test_an_interrupted_grid_keeps_the_file_that_was_there(cache, tmp_path):
    (tmp_path / "grid.nc").write_bytes(b"old")
    with started([COMMAND, *LONG["solve"]], cache, tmp_path) as process:
        busy(process, 4.0)
        assert interrupt(process)[0] == 130
    assert (tmp_path / "grid.nc").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_interrupted_report_holds_whole_files_and_goes_on(cache, tmp_path):
    command = [COMMAND, "report", "ridge", "--fast", "-o", "report"]
    grid = tmp_path / "report" / "grid.nc"
    with started(command, cache, tmp_path) as process:
        until(lambda: process.poll() is not None or grid.exists(), "no grid")
        if process.poll() is None:  # a fast machine may be done by now
            assert interrupt(process)[0] == 130
    assert [p for p in tmp_path.rglob("*") if p.name.startswith(".asymp")] == []
    before = xr.load_dataset(grid)
    assert before.attrs["theorem"] == "ridge"
    with started(command, cache, tmp_path) as again:
        _, error = again.communicate(timeout=PATIENCE)
        assert again.returncode == 0, error
    assert xr.load_dataset(grid).identical(before)


SIMULATION = """
import asymp
if __name__ == "__main__":
    theorem = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    theorem.simulate(d=1500, repeats=500, workers=2, alpha=2.0, zeta=0.1, tau=0.5)
"""


@pytest.mark.parametrize(
    "how",
    [
        "ctrl-c",
        "killed",
        *(pytest.param(how, marks=pytest.mark.slow) for how in ("interrupted alone", "terminated")),
    ],
)
def test_workers_do_not_outlive_their_parent(how, cache, tmp_path):
    (tmp_path / "long.py").write_text(SIMULATION)
    with started([sys.executable, "long.py"], cache, tmp_path) as process:
        until(lambda: at_work(process.pid) >= 2, "no workers")
        if how in ("killed", "terminated"):
            process.send_signal(signal.SIGKILL if how == "killed" else signal.SIGTERM)
            process.wait()
        else:
            code, error = interrupt(process, whole_group=how == "ctrl-c")
            assert code == -signal.SIGINT
            assert error.rstrip().endswith("KeyboardInterrupt")
        until(lambda: not members(process.pid), "orphans")


def at_work(leader):
    """Number of workers that are past their imports."""
    return sum(seconds_of(m) > 3.0 for m in members(leader) if m != leader)
