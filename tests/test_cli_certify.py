"""The command certify: what it prints, what it refuses, and its exit codes."""

import subprocess
import sys

import pytest
import xarray as xr

pytest.importorskip("flint")

import asymp

POINT = ["psi1=2", "psi2=3", "eps=0.3", "tau=0.5"]
RIDGE = ["ridge", "zeta=0.5", "tau=0.5"]


def rows(text):
    """Intervals of a printed table by name."""
    parts = (line.split() for line in text.splitlines())
    return {p[0]: (float(p[1]), float(p[2])) for p in parts if len(p) == 3 and p[1][-1].isdigit()}


def test_a_point_prints_its_intervals(run):
    code, out, _ = run("certify", *RIDGE, "alpha=2")
    assert code == 0
    low, high = rows(out)["standard_risk"]
    # tau^2 + excess at alpha = 2, zeta = 1/2: the quadratic's root in 17 digits.
    assert low <= 0.5088834764831844 + 1e-15
    assert high >= 0.5088834764831844 - 1e-15
    assert high - low < 1e-15
    assert "certified: 1 of 1" in out
    assert "binary value" in out


def test_the_reading_is_printed(run):
    code, out, _ = run("certify", *RIDGE, "alpha=1.1", "--reading", "decimal")
    assert code == 0
    assert "decimal fraction" in out
    code, _, err = run("certify", *RIDGE, "alpha=1.1", "--reading", "octal")
    assert code == 2
    assert "octal" in err


def test_a_grid_is_summed_up_and_written(run, tmp_path):
    path = tmp_path / "proof.nc"
    code, out, err = run("certify", *RIDGE, "alpha=0.5:4:8", "-o", path)
    assert code == 0
    assert out == ""
    assert "certified: 8 of 8" in err
    proof = xr.load_dataset(path)
    assert proof.sizes == {"alpha": 8}
    assert bool((proof.certificate == 0).all())
    assert proof.certificate.attrs["flag_meanings"].split()[0] == "certified"


def test_a_file_that_solve_wrote(run, tmp_path):
    path = tmp_path / "grid.nc"
    assert run("solve", *RIDGE, "alpha=0.5:4:5", "-o", path)[0] == 0
    code, out, _ = run("certify", "ridge", path)
    assert code == 0
    assert "certified: 5 of 5" in out
    wrong = xr.load_dataset(path)
    wrong["standard_risk"][2] *= 1 + 1e-7
    wrong.to_netcdf(tmp_path / "wrong.nc")
    code, out, _ = run("certify", "ridge", tmp_path / "wrong.nc")
    assert code == 1
    assert "certified: 4 of 5" in out
    assert "disagrees: 1 of 5" in out
    assert "not certified at alpha = 2.25" in out
    code, _, err = run("certify", "random-features-robust", path)
    assert code == 2
    assert "lacks psi1" in err


def test_a_curve(run, tmp_path):
    path = tmp_path / "curve.nc"
    code, _, err = run("certify", *RIDGE, "--over", "alpha=1.5:2", "-o", path)
    assert code == 0
    assert "certified" in err
    curve = xr.load_dataset(path)
    assert float(curve.alpha_lower[0]) == 1.5
    assert float(curve.alpha_upper[-1]) == 2.0
    assert bool(curve.joined.all())
    code, out, _ = run("certify", *RIDGE, "--over", "alpha=1.5:2", "--tolerance", "0.5")
    assert code == 0
    assert f"of {curve.sizes['piece']}" not in out


def test_points_that_are_not_certified_are_named(run, tmp_path):
    path = tmp_path / "grid.nc"
    grid = [-1.0] * 12 + [2.0]
    asymp.theorem("ridge").solve(alpha=grid, zeta=0.5, tau=0.5).to_netcdf(path)
    code, out, _ = run("certify", "ridge", path)
    assert code == 1
    assert "not certified at alpha = -1" in out
    assert "outside its domain" in out
    assert "certified: 1 of 13" in out
    assert "and 2 more" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.nc"], "neither name=value nor a file"),
        (["missing.nc", "other.nc"], "one file"),
        (["zeta=0.5", "tau=0.5"], "alpha"),
        (["alpha=-1", "zeta=0.5", "tau=0.5"], "alpha"),
        (["alpha=2", "zeta=0.5", "tau=0.5", "beta=1"], "beta"),
        (["alpha=two", "zeta=0.5", "tau=0.5"], "two"),
        (["zeta=0.5", "tau=0.5", "--over", "alpha=2:1"], "smaller"),
        (["zeta=0.5", "tau=0.5", "--over", "alpha=1"], "NAME=LOW:HIGH"),
        (["zeta=0.5", "tau=0.5", "--over", "alpha"], "NAME=LOW:HIGH"),
        (["zeta=0.5", "tau=0.5", "--over", "alpha=1:x"], "NAME=LOW:HIGH"),
        (["zeta=0.5", "tau=0.5", "--over", "beta=1:2"], "beta"),
        (["zeta=0.5", "tau=0.5", "--over", "alpha=-1:2"], "alpha"),
        (["zeta=0.5", "tau=0.5", "--over", "alpha=nan:2"], "alpha"),
        (["zeta=0.5", "tau=0.5", "alpha=2", "--over", "alpha=1:2"], "alpha"),
        (["zeta=0.5:1:3", "tau=0.5", "--over", "alpha=1:2"], "array"),
        (["zeta=0.5", "tau=0.5", "--over", "alpha=1:2", "--tolerance", "0"], "tolerance"),
        (["missing.nc", "--over", "alpha=1:2"], "missing.nc"),
        (["alpha=2", "zeta=0.5", "tau=0.5", "-o", "proof.docx"], "docx"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(run, arguments, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("certify", "ridge", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"name,value\n1,2\n", b"\x89HDF\r\n\x1a\nnonsense"])
def test_a_file_that_is_no_grid(run, tmp_path, content):
    path = tmp_path / "grid.nc"
    path.write_bytes(content)
    code, _, err = run("certify", "ridge", path)
    assert code == 2
    assert "cannot be read as netCDF" in err
    assert len(err.strip().splitlines()) == 1


def test_a_netcdf_of_something_else(run, tmp_path):
    path = tmp_path / "other.nc"
    xr.Dataset({"height": ("x", [1.0, 2.0])}).to_netcdf(path)
    code, _, err = run("certify", "ridge", path)
    assert code == 2
    assert "lacks alpha" in err


def test_a_file_beside_parameters(run, tmp_path):
    path = tmp_path / "grid.nc"
    assert run("solve", *RIDGE, "alpha=2,3", "-o", path)[0] == 0
    code, _, err = run("certify", "ridge", path, "alpha=2")
    assert code == 2
    assert "not" in err


BLOCKED = """
import sys
sys.modules["flint"] = None  # as if it were not installed
import asymp  # noqa: E402
from asymp.cli import main  # noqa: E402
main(sys.argv[1:])
"""


@pytest.mark.parametrize("more", [["alpha=2"], ["--over", "alpha=1:2"]])
def test_without_python_flint_the_extra_is_named(more):
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, "certify", *RIDGE, *more],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "asymp[certify]" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    solved = subprocess.run(
        [sys.executable, "-c", BLOCKED, "solve", *RIDGE, "alpha=2"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert solved.returncode == 0, solved.stderr
