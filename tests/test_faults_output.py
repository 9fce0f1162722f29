"""Files that cannot be written: one line that says so, and what was there stays."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr
from faulty import environment
from test_faults_cache import LIMITED, mounted

import asymp
from asymp.report import files
from asymp.report.files import write_dataset

ENDINGS = [".nc", ".csv", ".parquet"]
FULL = """
from asymp.cli import main
sys.argv[:] = ["asymp", *sys.argv[2:]]
main()
"""


@pytest.fixture
def dataset():
    theorem = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    return theorem.solve(alpha=[2.0, 3.0], zeta=0.1, tau=0.5)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), MemoryError()])
def test_a_write_that_fails_half_way_keeps_the_old_file(
    dataset, tmp_path, monkeypatch, ending, error
):
    writer = files.WRITERS[ending]

    def fails(given: xr.Dataset, path: Path) -> None:
        writer(given, path)
        raise error

    monkeypatch.setitem(files.WRITERS, ending, fails)
    path = tmp_path / f"grid{ending}"
    path.write_bytes(b"old")
    with pytest.raises(type(error)):
        write_dataset(dataset, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def solve_into(path: Path, cache: Path, limit: int) -> subprocess.CompletedProcess[str]:
    """Solve a grid into a file where no file may be larger than the limit, as on a full disk."""
    command = [
        sys.executable, "-B", "-c", LIMITED + FULL, str(limit), "solve", "ridge",
        "alpha=0.1:10:4000", "zeta=0.1", "tau=0.5", "-o", str(path),
    ]  # fmt: skip
    return subprocess.run(command, env=environment(cache), capture_output=True, text=True)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_full_disk_is_told_in_one_line(tmp_path, ending):
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / f"grid{ending}"
    path.write_bytes(b"old")
    done = solve_into(path, tmp_path / "cache", 40_000)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.startswith("asymp: error: ")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_read_only_file_system(tmp_path):
    place = mounted(tmp_path, "ro")
    try:
        done = solve_into(place / "grid.csv", tmp_path / "cache", 10**9)
        assert done.returncode == 2
        assert "is not writable" in done.stderr
    finally:
        subprocess.run(["umount", str(place)], check=True)
