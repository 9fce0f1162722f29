"""Grids: the public contract of ``solve``."""

import pickle
import subprocess
import sys
import types
from pathlib import Path

import dask
import numpy as np
import pytest
import sympy as sp
import xarray as xr

sys.path.insert(0, str(Path(__file__).parent))

import handmade
import points

from asymp.errors import InvalidParameter, NotConverged
from asymp.reductions.system import Branch, FixedPoint
from asymp.solver import Status, solve_grid
from asymp.solver import points as solver_points
from asymp.solver.grid import kernel_of, solve_arrays
from asymp.symbols import NONNEGATIVE, POSITIVE, Parameter, Quantity, by_name

SCALARS = {"psi1": 2.0, "psi2": 3.0, "eps": 0.2, "tau": 0.5}


def solve(throw=True, progress=False, **arguments):
    return solve_grid(handmade.THEOREM, SCALARS | arguments, throw=throw, progress=progress)


def toy_theorem(branches):
    """Theorem in one parameter a with an observable x."""
    return types.SimpleNamespace(
        id="toy", title="Toy", branches=branches, constants={}, order_parameters={},
        conventions={},
        parameters=by_name([Parameter("a", POSITIVE, "strength")]),
        observables=by_name([Quantity("x", NONNEGATIVE, "answer")]),
    )  # fmt: skip


def test_scalars_give_scalars():
    found = solve()
    assert found.robust_risk.ndim == 0
    assert dict(found.sizes) == {}
    assert float(found.eps_test) == 0.2  # takes the training radius
    assert float(found.zeta) == 0.0
    names = {*handmade.OBSERVABLES, *handmade.STATE}
    diagnostics = {"residual", "condition", "evaluations", "status", "branch"}
    assert set(found.data_vars) == names | diagnostics


def test_plain_arrays_are_dimensions_in_the_order_given():
    found = solve_grid(
        handmade.THEOREM,
        {"tau": [0.1, 0.5], "psi2": 3.0, "eps": (0.1, 0.2, 0.3), "psi1": np.array([1, 2, 4, 8])},
    )
    assert found.robust_risk.dims == ("tau", "eps", "psi1")
    assert found.robust_risk.shape == (2, 3, 4)
    one = solve(tau=0.5, eps=0.3, psi1=4.0)
    picked = found.sel(tau=0.5, eps=0.3, psi1=4)
    for name in found.data_vars:
        assert picked[name].item() == one[name].item()


def test_the_test_radius_is_paired_with_the_training_radius_unless_given():
    paired = solve(eps=[0.1, 0.3])
    assert paired.robust_risk.dims == ("eps",)
    assert paired.eps_test.dims == ("eps",)
    crossed = solve(eps=[0.1, 0.3], eps_test=[0.0, 0.1, 0.3])
    assert crossed.robust_risk.dims == ("eps", "eps_test")
    np.testing.assert_array_equal(
        paired.robust_risk.values, crossed.robust_risk.values[[0, 1], [1, 2]]
    )
    np.testing.assert_array_equal(crossed.robust_risk[:, 0], crossed.standard_risk[:, 0])


def test_arrays_that_share_a_dimension_are_paired():
    psi1 = xr.DataArray([0.5, 2.0, 8.0], dims="run", coords={"run": list("abc")})
    found = solve(psi1=psi1, psi2=2 * psi1, eps=[0.1, 0.2])
    assert found.robust_risk.dims == ("run", "eps")
    assert found.psi2.dims == ("run",)
    assert found.sel(run="b", eps=0.1).robust_risk == solve(psi1=2, psi2=4, eps=0.1).robust_risk


def test_coordinates_left_from_an_earlier_result_do_not_mislabel():
    earlier = solve(psi1=[1.0, 2.0], eps=0.1)
    found = solve(psi1=earlier.psi1, psi2=earlier.psi1 + 1, eps=0.3)
    assert float(found.eps) == 0.3
    assert found.psi2.values.tolist() == [2.0, 3.0]


def test_dask_arrays_are_solved_lazily_and_equally():
    eps = xr.DataArray(np.linspace(0.05, 2.0, 7), dims="run")
    with dask.config.set(scheduler="threads"):
        lazy = solve(eps=eps.chunk(run=3), psi1=[1.0, 3.0])
        assert lazy.robust_risk.chunks is not None
        assert lazy.status.dtype == np.int8
        xr.testing.assert_identical(lazy.compute(), solve(eps=eps, psi1=[1.0, 3.0]))


def test_kernels_travel_to_other_processes(tmp_path):
    """What a Dask worker is sent: the array function and its kernel, pickled."""
    kernel = kernel_of(handmade.THEOREM)
    constants = tuple(handmade.RELU.values())
    parameters = tuple(handmade.PARAMETERS[n] for n in kernel.parameters)
    arrays = [np.array(SCALARS.get(n, 1.0)) for n in kernel.parameters]
    job = tmp_path / "job"
    job.write_bytes(pickle.dumps((solve_arrays, (kernel, constants, parameters, False, *arrays))))
    program = f"""
import pickle, sys
sys.path.insert(0, {str(Path(__file__).parent.parent)!r})
f, arguments = pickle.load(open({str(job)!r}, "rb"))
print(repr(float(f(*arguments)[4])))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    here = solve_arrays(kernel, constants, parameters, False, *arrays)[4]
    assert float(done.stdout) == float(here)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"psi3": 1.0}, r"unknown parameter 'psi3': did you mean psi"),
        ({"psi1": -1.0}, r"psi1 = -1 is not in \(0, inf\)"),
        ({"psi1": np.nan}, r"psi1 = nan is not in \(0, inf\)"),
        ({"tau": np.inf}, r"tau = inf is not in \[0, inf\)"),
        ({"psi1": [-1.0, 0.0]}, r"no admissible point: psi1 = -1"),
        ({"psi1": []}, r"psi1 is empty"),
        ({"psi1": "many"}, r"psi1 = 'many' is not a real number"),
        ({"psi1": [[1.0, 2.0]]}, r"psi1 has 2 dimensions: label them"),
        ({"psi1": [[1.0], [1.0, 2.0]]}, r"not a real number"),
        ({"psi1": 1j}, r"not a real number"),
        ({"psi1": None}, r"psi1 is missing \(.*\); needed are: psi1, psi2, eps"),
        ({"psi1": xr.DataArray([1.0, 2.0], dims="eps")}, r"psi1 has a dimension named eps"),
    ],
)
def test_bad_arguments_are_one_clear_line(arguments, message):
    with pytest.raises(InvalidParameter, match=message) as caught:
        solve(**arguments)
    assert "\n" not in str(caught.value)


def test_paired_arrays_of_different_length_are_an_error():
    short, long = (xr.DataArray(np.arange(1.0, n), dims="run") for n in (3, 4))
    with pytest.raises(InvalidParameter, match="different coordinates"):
        solve(psi1=short, psi2=long)


def test_a_grid_whose_points_are_all_bad_is_an_error():
    bad = xr.DataArray([1.0, -1.0], dims="run"), xr.DataArray([-1.0, 1.0], dims="run")
    with pytest.raises(InvalidParameter, match="no admissible point"):
        solve(psi1=bad[0], psi2=bad[1])


def test_bad_points_of_a_grid_are_labelled_and_do_not_disturb():
    found = solve(psi1=[-1.0, 2.0, np.nan, 3.0])
    out = Status.out_of_domain
    assert found.status.values.tolist() == [out, Status.converged, out, Status.converged]
    assert np.isnan(found.robust_risk.values).tolist() == [True, False, True, False]
    assert found.branch.values[0] == -1
    assert found.robust_risk.values[1] == solve(psi1=2.0).robust_risk


def test_what_is_masked_is_nan():
    out, found = Status.out_of_domain, solve(psi1=np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0]))
    assert found.status.values.tolist() == [Status.converged, out, Status.converged]
    assert np.isnan(found.psi1.values).tolist() == [False, True, False]
    whole = solve(psi1=np.ma.array([1, 2, 3], mask=[0, 1, 0]))  # integers have no NaN
    xr.testing.assert_identical(whole, found)
    labelled = xr.DataArray(np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0]), dims="run")
    assert solve(psi1=labelled).status.values.tolist() == found.status.values.tolist()
    with pytest.raises(InvalidParameter, match=r"psi1 = nan is not in \(0, inf\)"):
        solve(psi1=np.ma.array(2.0, mask=True))
    with pytest.raises(InvalidParameter, match="no admissible point"):
        solve(psi1=np.ma.masked_all(2))


def test_null_phase_is_finite_and_does_not_raise():
    top = points.eps_max(2.0, 3.0, 0.5, points.relu())
    found = solve(eps=1.1 * top)
    assert found.status == Status.null
    assert found.robust_risk == found.standard_risk == found.train_robust_risk == 1.25
    assert found.residual == 0


def test_scalars_without_finite_answer_raise_unless_told_not_to():
    bad = {"psi1": 2.0, "psi2": 2.0, "eps": 0.0}
    with pytest.raises(NotConverged, match=r"infinite \(.*\), \w+ = inf at psi1 = 2, "):
        solve(**bad)
    found = solve(**bad, throw=False)
    assert found.status == Status.infinite
    assert found.standard_risk == np.inf
    assert found.train_robust_risk == 0
    grid = solve(**bad | {"psi1": [1.0, 2.0, 3.0]})
    assert grid.status.values.tolist() == [0, Status.infinite, 0]


def test_unsolvable_scalars_raise_with_status_and_point():
    x, a = sp.Symbol("x", positive=True), Parameter("a", POSITIVE, "").symbol
    endless = FixedPoint((x,), (), (x * (1 + a),), (sp.S.One,))
    away = Branch("away", sp.true, (), endless, {"x": x})
    with pytest.raises(NotConverged, match=r"max_steps \(.*\), x = nan at a = 2"):
        solve_grid(toy_theorem((away,)), {"a": 2.0})
    none = Branch("separable", sp.true, (), None, {"x": sp.nan}, status="no_minimiser")
    with pytest.raises(NotConverged, match="no_minimiser"):
        solve_grid(toy_theorem((none,)), {"a": 2.0})
    assert np.isnan(solve_grid(toy_theorem((none,)), {"a": 2.0}, throw=False).x)


def test_an_infinite_observable_counts_as_not_finite():
    a = Parameter("a", POSITIVE, "").symbol
    branch = Branch("b", sp.true, (), None, {"x": sp.oo * a})
    with pytest.raises(NotConverged, match="infinite, x = inf at a = 2"):
        solve_grid(toy_theorem((branch,)), {"a": 2.0})


def test_results_describe_themselves():
    found = solve(psi1=[1.0, 2.0])
    assert found.status.attrs["flag_values"].tolist() == [0, 1, 2, 3, 4, 5]
    assert found.status.attrs["flag_values"].dtype == found.status.dtype == np.int8
    words = "converged null infinite no_minimiser max_steps out_of_domain"
    assert found.status.attrs["flag_meanings"] == words
    assert found.branch.attrs["flag_meanings"].split()[0] == "none"
    assert found.eps.attrs["long_name"] == r"$\varepsilon$"
    assert found.robust_risk.attrs["meaning"] == "robust risk"
    for name in ("title", "theorem", "source", "equations", "versions", "constants"):
        assert found.attrs[name]
    assert found.attrs["equations"] == kernel_of(handmade.THEOREM).equations
    assert "mu1 = 0.5" in found.attrs["constants"]


def test_results_can_be_stored(tmp_path):
    found = solve(psi1=[1.0, 2.0], eps=[0.1, 5.0])
    found.to_netcdf(tmp_path / "grid.nc", engine="netcdf4")
    with xr.open_dataset(tmp_path / "grid.nc") as stored:
        xr.testing.assert_equal(stored.load(), found)
        assert stored.status.attrs["flag_meanings"] == found.status.attrs["flag_meanings"]


def test_chunking_and_the_bar_change_nothing(monkeypatch, capsys):
    psi1 = np.geomspace(0.1, 10, 50)
    plain = solve(psi1=psi1)
    monkeypatch.setattr(solver_points, "CHUNK", 7)
    xr.testing.assert_identical(plain, solve(psi1=psi1, progress=True))
    assert "solving" in capsys.readouterr().err


def test_an_interrupt_passes_through(monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(solver_points, "solve_compiled", interrupted)
    with pytest.raises(KeyboardInterrupt):
        solve(psi1=[1.0, 2.0], progress=True)


def test_the_numeric_core_needs_no_xarray():
    folder = Path(__file__).parent.parent / "asymp" / "solver"
    for name in ("core.py", "points.py", "status.py"):
        assert "xarray" not in (folder / name).read_text()


def test_lazy_arguments_keep_their_coordinate():
    import dask.array as da

    lazy = xr.DataArray(da.linspace(0.5, 1.5, 4, chunks=2), dims="psi1")
    found = solve(psi1=lazy)
    np.testing.assert_allclose(found.psi1, np.linspace(0.5, 1.5, 4), rtol=1e-15)
    assert found.robust_risk.chunks is not None


def test_dimensions_may_not_take_the_name_of_a_result():
    with pytest.raises(InvalidParameter, match="name of a result"):
        solve(psi1=xr.DataArray([1.0, 2.0], dims="status"))
