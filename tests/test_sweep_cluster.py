"""A real Dask cluster of separate processes, with workers killed on the way."""

import os
import pickle
import pickletools
import signal
import threading

import numpy as np
import pytest
import xarray as xr

import asymp
from asymp.sweep.places import current_client
from asymp.sweep.solving import SolveChunk

distributed = pytest.importorskip("distributed")

GRID = {"alpha": np.linspace(2.0, 8.0, 60), "zeta": [0.3, 0.5]}  # ratios by quadrature
RUNS = {"psi1": [1.0, 2.0], "psi2": 2.0, "eps": 0.3, "tau": 0.5, "d": 20, "repeats": 6}


@pytest.fixture(scope="module")
def logistic():
    return asymp.theorem("logistic-ridge")


@pytest.fixture(scope="module")
def plain(logistic):
    return logistic.solve(**GRID)


@pytest.fixture(scope="module")
def client():
    settings = {"dashboard_address": None, "silence_logs": "CRITICAL"}
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, **settings
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


class Killer(threading.Thread):
    """Kills a worker once some work has been done."""

    def __init__(self, client, ready):
        super().__init__()
        self.victim = next(iter(client.run(os.getpid).values()))
        self.ready, self.over, self.struck = ready, threading.Event(), False

    def run(self):
        while not self.ready():
            if self.over.wait(0.01):
                return
        os.kill(self.victim, signal.SIGKILL)
        self.struck = True

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def test_a_store_is_filled_by_the_cluster_though_a_worker_dies(client, logistic, plain, tmp_path):
    path = tmp_path / "grid.zarr"
    assert current_client() is client
    done = path / "asymp" / "done" / "c"
    with Killer(client, lambda: len(list(done.glob("*/*"))) >= 5) as killer:
        filled = logistic.solve(store=path, chunk=4, **GRID)
    xr.testing.assert_identical(filled.load(), plain)
    assert killer.struck


def test_lazy_results_go_to_zarr_though_a_worker_dies(client, logistic, plain, tmp_path):
    alpha = xr.DataArray(GRID["alpha"], dims="alpha", coords={"alpha": GRID["alpha"]})
    zeta = xr.DataArray(GRID["zeta"], dims="zeta", coords={"zeta": GRID["zeta"]})
    # Dask would warn where chunks of two arguments multiply.
    many = logistic.solve(alpha=alpha.chunk(1), zeta=alpha.rename(alpha="row").chunk(1))
    assert many.status.chunks == ((1,) * 60, (1,) * 60)
    lazy = logistic.solve(alpha=alpha.chunk(alpha=4), zeta=zeta.chunk(zeta=1))
    assert lazy.status.chunks == ((4,) * 15, (1, 1))
    path = tmp_path / "lazy.zarr"
    with Killer(client, lambda: len(list((path / "residual").glob("c/*/*"))) >= 3) as killer:
        lazy.to_zarr(path, consolidated=False)
    xr.testing.assert_equal(xr.open_zarr(path, consolidated=False).load(), plain)
    assert killer.struck


def test_simulations_are_spread_over_the_cluster(client, headline, tmp_path):
    spread = headline.simulate(store=tmp_path / "runs.zarr", **RUNS)
    plain = headline.simulate(**RUNS)
    # Linear algebra may round otherwise with another number of threads: the workers have one.
    xr.testing.assert_allclose(spread.load(), plain, rtol=1e-6)


def test_an_error_on_a_worker_reaches_the_caller_and_nothing_done_is_lost(client, tmp_path):
    inputs = xr.Dataset(coords={"x": np.arange(40.0)})
    path = tmp_path / "grid.zarr"

    def fails(part):
        if 20.0 in part.x:
            raise ArithmeticError("no value at 20")
        return xr.Dataset({"square": part.x**2})

    def square(part):
        return xr.Dataset({"square": part.x**2})

    def sweep(function):
        return asymp.sweep.sweep(function, inputs, square(inputs), {}, path, chunk=1)

    with pytest.raises(ArithmeticError, match="no value at 20"):
        sweep(fails)
    np.testing.assert_array_equal(sweep(square).square, np.arange(40.0) ** 2)


def test_little_travels(headline):
    """A chunk's task is the kernel's text and the domains: nothing of the derivation."""
    from asymp.solver.grid import kernel_of

    kernel = kernel_of(headline)
    parameters = tuple(headline.parameters[name] for name in kernel.parameters)
    sent = pickle.dumps(SolveChunk(kernel, (0.5, 0.3, 0.25), parameters))
    assert len(sent) < 3 * len(kernel.source.text)
    names = {str(value) for _, value, _ in pickletools.genops(sent) if isinstance(value, str)}
    assert not any("reductions" in name or "problem" in name for name in names)
