"""``-o something.zarr``: commands that go on where they were killed."""

import pytest
import xarray as xr

import asymp
from asymp.report.files import write_dataset

POINT = ["psi2=2", "tau=0.5"]
GRID = ["random-features-robust", "psi1=0.5:2:4", "eps=0.1,0.3", *POINT]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_solve_into_a_store_and_again(run, headline):
    for _ in range(2):
        code, _, err = run("solve", *GRID, "-o", "grid.zarr")
        assert (code, err) == (0, "wrote grid.zarr: 8 points: 8 converged\n")
    plain = headline.solve(psi1=[0.5, 1.0, 1.5, 2.0], psi2=2.0, eps=[0.1, 0.3], tau=0.5)
    # The command orders dimensions as its arguments.
    xr.testing.assert_equal(xr.open_zarr("grid.zarr", consolidated=False).load(), plain)


def test_another_grid_is_refused_in_a_line(run):
    run("solve", *GRID, "-o", "grid.zarr")
    code, _, err = run("solve", *GRID, "zeta=0.1", "-o", "grid.zarr")
    assert code == 2
    assert "grid.zarr holds another computation: zeta is 0.0 there, 0.1 here" in err
    assert err.count("\n") == 1


def test_a_refused_command_says_what_to_do_and_it_does(run):
    run("solve", *GRID, "-o", "grid.zarr")
    other = ["solve", *GRID, "zeta=0.1", "-o", "grid.zarr"]
    assert "--overwrite" in run(*other)[2]
    assert run(*other, "--overwrite")[0] == 0
    assert float(xr.open_zarr("grid.zarr", consolidated=False).zeta) == 0.1
    assert run(*other)[0] == 0


@pytest.mark.parametrize("arguments", [[], ["-o", "grid.nc"]])
@pytest.mark.parametrize("command", ["solve", "simulate", "certify"])
def test_only_a_store_makes_way(run, command, arguments):
    code, out, err = run(command, *GRID, *arguments, "--overwrite")
    assert (code, out) == (2, "")
    assert err == "asymp: error: --overwrite is about stores: give -o NAME.zarr too\n"


def test_what_is_certified_does_not_make_way(run):
    run("solve", *GRID, "-o", "grid.zarr")
    given = ["certify", GRID[0], "grid.zarr", "-o", "./grid.zarr", "--overwrite"]
    assert "is what is certified" in run(*given)[2]
    assert xr.open_zarr("grid.zarr", consolidated=False).status.size == 8


def test_simulate_into_a_store(run, headline):
    given = [*GRID, "-d", "16", "--repeats", "2", "-o", "runs.zarr"]
    for _ in range(2):
        assert run("simulate", *given)[0] == 0
    runs = xr.open_zarr("runs.zarr", consolidated=False)
    assert runs.robust_risk.dims == ("psi1", "eps", "repeat")
    assert bool(runs.robust_risk_mean.notnull().all())


def test_certify_a_store_into_a_store(run):
    pytest.importorskip("flint")
    run("solve", *GRID, "-o", "grid.zarr")
    for _ in range(2):
        code, _, err = run("certify", "random-features-robust", "grid.zarr", "-o", "proof.zarr")
        assert code == 0, err
    proof = xr.open_zarr("proof.zarr", consolidated=False)
    assert bool((proof.certificate == 0).all())


def test_any_result_becomes_a_zarr_folder(tmp_path):
    theorem = asymp.theorem("ridge")
    runs = xr.DataArray([2.0, 3.0], dims="run", coords={"run": ["a", "b"]})
    found = theorem.solve(alpha=runs, zeta=0.1, tau=0.5)
    write_dataset(found, tmp_path / "grid.zarr")
    stored = xr.open_zarr(tmp_path / "grid.zarr", consolidated=False)
    xr.testing.assert_equal(stored.load(), found)
    with pytest.raises(OSError, match="there is a folder of that name"):
        write_dataset(found, tmp_path / "grid.zarr")
    assert [p.name for p in tmp_path.iterdir()] == ["grid.zarr"]
