"""Theorems solved and simulated into stores: the same results as without."""

import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest
import sympy as sp
import xarray as xr
import zarr

import asymp
from asymp.errors import InvalidParameter, NotConverged

POSITIVE = sp.Interval.open(0, sp.oo)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "grid.zarr"


def test_solve_into_a_store_is_the_unbroken_solve(headline, path):
    grid = {"psi1": [0.5, 1.0, 2.0], "psi2": 2.0, "eps": [0.1, 0.3, 3.0, -1.0], "tau": 0.5}
    plain = headline.solve(**grid)
    for _ in range(2):
        stored = headline.solve(store=path, chunk=5, **grid)
        xr.testing.assert_identical(stored.load(), plain)
    assert list(stored.variables) == list(plain.variables)


def test_certify_into_a_store_is_the_unbroken_certificate(headline, path):
    pytest.importorskip("flint")
    # The first point, whose result lays the store out, is not admissible.
    solved = headline.solve(psi1=[-1.0, 2.0], psi2=2.0, eps=[0.1, 3.0], tau=0.5)
    plain = headline.certify(solved)
    assert plain.certificate.values.tolist() == [[6, 6], [0, 0]]
    xr.testing.assert_identical(headline.certify(solved, store=path, chunk=1).load(), plain)


def test_no_simulation_outside_the_domain_and_no_store(headline, path):
    for first in (-1.0, np.nan):
        with pytest.raises(InvalidParameter, match=r"psi1 = .* is not in"):
            headline.simulate(store=path, d=20, psi1=[first, 1.0], psi2=2.0, eps=0.1, tau=0.5)
    assert not path.exists()


def test_a_simulation_whose_first_point_is_null(headline, path):
    runs = {"d": 16, "repeats": 2, "psi1": 1.0, "psi2": 2.0, "eps": [1e3, 0.1], "tau": 0.5}
    stored = headline.simulate(store=path, **runs)
    xr.testing.assert_identical(stored.load(), headline.simulate(**runs))


def test_paired_and_labelled_arguments(headline, path):
    psi1 = xr.DataArray([0.5, 2.0, 8.0], dims="run", coords={"run": list("abc")})
    grid = {"psi1": psi1, "psi2": 2 * psi1, "eps": [0.1, 0.2], "tau": 0.5}
    stored = headline.solve(store=path, chunk=2, **grid)
    xr.testing.assert_identical(stored.load(), headline.solve(**grid))


def test_a_point_in_a_store(headline, path):
    point = {"psi1": 2.0, "psi2": 2.0, "eps": 0.0, "tau": 0.5}
    with pytest.raises(NotConverged):
        headline.solve(store=path, **point)
    stored = headline.solve(store=path, throw=False, **point)
    xr.testing.assert_identical(stored.load(), headline.solve(throw=False, **point))


def test_dask_arguments_into_a_store(headline, path):
    eps = xr.DataArray(np.linspace(0.05, 2.0, 7), dims="run")
    grid = {"psi1": [1.0, 3.0], "psi2": 2.0, "tau": 0.5}
    stored = headline.solve(store=path, chunk={"run": 2}, eps=eps.chunk(run=3), **grid)
    xr.testing.assert_identical(stored.load(), headline.solve(eps=eps, **grid))


def test_another_theorem_is_refused(headline, path):
    grid = {"psi1": [1.0, 2.0], "psi2": 2.0, "tau": 0.5}
    headline.solve(store=path, eps=0.1, **grid)
    other = asymp.theorem("random-features-robust", activation="tanh")
    with pytest.raises(InvalidParameter, match=r"constants is mu1 = 0\.5.* there"):
        other.solve(store=path, eps=0.1, **grid)
    with pytest.raises(InvalidParameter, match=r"eps is 0\.1 there, 0\.2 here"):
        headline.solve(store=path, eps=0.2, **grid)


def test_bad_arguments_are_refused_before_a_store_is_made(headline, path):
    with pytest.raises(InvalidParameter, match="psi3"):
        headline.solve(store=path, psi3=1.0)
    with pytest.raises(InvalidParameter, match="tau = -1"):
        headline.solve(store=path, psi1=1.0, psi2=2.0, eps=0.1, tau=-1.0)
    assert not path.exists()


def test_chunks_without_a_store_are_refused(headline):
    point = {"psi1": 1.0, "psi2": 2.0, "eps": 0.1, "tau": 0.5}
    for options in ({"chunk": 10}, {"overwrite": True}):
        for verb in (headline.solve, headline.simulate, headline.certify):
            with pytest.raises(InvalidParameter, match="give store= too"):
                verb(**point, **options)


def test_chunks_of_about_a_second(headline, path):
    """The headline theorem solves far more than 1000 points a second on any machine."""
    grid = {"psi1": np.linspace(0.5, 2, 100), "psi2": np.linspace(1, 2, 20), "tau": 0.5}
    headline.solve(store=path, eps=0.1, **grid)
    assert zarr.open_group(path)["status"].chunks == (100, 20)


RUNS = {"psi1": [1.0, 2.0], "psi2": 2.0, "eps": [0.1, 0.3], "tau": 0.5, "d": 16, "rng": 5}


@pytest.mark.parametrize("options", [{}, {"chunk": 3}, {"chunk": {"eps": 1}}, {"workers": 2}])
def test_simulations_do_not_depend_on_how_they_are_cut(headline, path, options):
    stored = headline.simulate(store=path, repeats=3, **RUNS, **options)
    xr.testing.assert_identical(stored.load(), headline.simulate(repeats=3, **RUNS))


def test_a_pool_that_loses_a_process_says_so_and_is_resumed(headline, path):
    done = path / "asymp" / "done" / "c"

    def strike():
        while not any(done.glob("*/*/*")):
            time.sleep(0.01)
        os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)

    killer = threading.Thread(target=strike)
    killer.start()
    with pytest.raises(ChildProcessError, match="the same call goes on"):
        headline.simulate(store=path, repeats=40, workers=2, **RUNS)
    killer.join()
    stored = headline.simulate(store=path, repeats=40, **RUNS)
    xr.testing.assert_identical(stored.load(), headline.simulate(repeats=40, **RUNS))


def test_another_seed_is_refused(headline, path):
    headline.simulate(store=path, repeats=2, **RUNS)
    with pytest.raises(InvalidParameter, match="rng is 5 there, 6 here"):
        headline.simulate(store=path, repeats=2, **{**RUNS, "rng": 6})
    with pytest.raises(InvalidParameter, match="d is 16 there, 18 here"):
        headline.simulate(store=path, repeats=2, **{**RUNS, "d": 18})
    with pytest.raises(InvalidParameter, match="same seed"):
        headline.simulate(store=path, repeats=2, **{**RUNS, "rng": None})


def test_generators_are_resumed_in_the_same_state(headline, path):
    runs = {**RUNS, "repeats": 2}
    plain = headline.simulate(**{**runs, "rng": np.random.default_rng(7)})
    for _ in range(2):
        stored = headline.simulate(store=path, **{**runs, "rng": np.random.default_rng(7)})
        xr.testing.assert_identical(stored.load(), plain)


def mean_of_samples(d, rng, alpha, noise):
    """Squared error of the mean of n = alpha d samples of variance d noise, in one coordinate."""
    samples = rng.standard_normal((round(alpha * d), 50)) * np.sqrt(d * noise)
    return {"error": float(np.mean(samples.mean(axis=0) ** 2))}


def stated(**how):
    noise = sp.Symbol("noise", positive=True)
    return asymp.Theorem.from_equations(
        id="mean", title="Mean", parameters={"alpha": POSITIVE, "noise": POSITIVE},
        state={"V": 1}, equations={"V": "(V + 1/alpha)/2"},
        observables={"error": noise * sp.Symbol("V"), "standard_risk": noise}, **how,
    )  # fmt: skip


RIDGE = asymp.Problem(features=asymp.IsotropicGaussian())


@pytest.mark.parametrize(
    "how",
    [
        {"simulator": mean_of_samples},
        {"problem": RIDGE, "problem_parameters": {"tau": "sqrt(noise)", "zeta": 0.1}},
    ],
    ids=["own", "problem"],
)
def test_stated_theorems_are_simulated_into_stores(path, how):
    runs = {"d": 20, "repeats": 3, "alpha": [1.0, 2.0], "noise": 0.5}
    plain = stated(**how).simulate(**runs)
    for chunk in (None, {"repeat": 1, "alpha": 1}):
        stored = stated(**how).simulate(store=path, chunk=chunk, overwrite=True, **runs)
        xr.testing.assert_identical(stored.load(), plain)


def test_another_simulator_is_refused(path):
    runs = {"d": 20, "repeats": 2, "alpha": 2.0, "noise": 0.5}
    stated(simulator=mean_of_samples).simulate(store=path, **runs)
    with pytest.raises(InvalidParameter, match="problem is def mean_of_samples"):
        stated(simulator=lambda d, rng, **point: {"error": 1.0}).simulate(store=path, **runs)
