"""Margin losses without ridge: there is an answer exactly where the data are not separable.

Robustly separable means that some direction keeps every sample at a margin above the radius of the
attack. Gordon's inequality tells where such a direction exists, without any fixed point: with unit
direction theta of overlap c with the signal, it does if for some c

    alpha E (eps + shortfall of the margin)_+^2 < 1 - c^2.

There the training loss has no unique minimiser (hinges) or none (logistic), and V is infinite.
"""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm

import asymp
from asymp.solver import Status, solve_points
from asymp.solver.grid import kernel_of

ENDS = {"alpha": (0.3, 12), "rho": (0.3, 4), "eps": (0.02, 0.5), "tau": (0.05, 1)}


def drawn(theorem, zeta, size=200):
    """Random points of a theorem: columns by name, and the outcome."""
    rng, columns = np.random.default_rng(11), {}
    for name, parameter in theorem.parameters.items():
        if name in ENDS:
            columns[name] = np.exp(rng.uniform(*np.log(ENDS[name]), size))
        elif name == "zeta":
            columns[name] = np.full(size, zeta)
        elif isinstance(parameter.default, str):
            columns[name] = columns[parameter.default]
        else:
            columns[name] = np.full(size, parameter.default)
    kernel = kernel_of(theorem)
    rows = np.column_stack([columns[name] for name in kernel.parameters])
    return columns, solve_points(kernel, rows, [float(v) for v in theorem.constants.values()])


def square_of_excess(mean):
    """E (mean + g)_+^2 of a standard Gaussian g."""
    return (1 + mean**2) * norm.cdf(mean) + mean * norm.pdf(mean)


def mixture_load(c, alpha, rho, eps):
    """Classes at +-mu: the margin is a Gaussian of mean c sqrt(rho) and variance 1."""
    return alpha * square_of_excess(eps - c * np.sqrt(rho)) / (1 - c**2)


FIELD = np.linspace(-9, 9, 1501)


def teacher_load(c, alpha, rho, tau, eps):
    """Labels sign(h + tau xi): the margin is c y h/sqrt(rho) and a Gaussian across."""
    weight = 2 * norm.pdf(FIELD) * norm.cdf(np.sqrt(rho) * FIELD / tau) * (FIELD[1] - FIELD[0])
    across = np.sqrt(1 - c**2)
    return alpha * weight @ square_of_excess((eps - c * FIELD) / across)


CASES = {
    "adversarial-mixture": ("hinge", mixture_load, ("alpha", "rho", "eps")),
    "adversarial-teacher-student": (None, teacher_load, ("alpha", "rho", "tau", "eps")),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    loss, load, names = CASES[request.param]
    options = {} if loss is None else {"loss": loss}
    return asymp.theorem(request.param, **options), load, names


def test_without_ridge_there_is_no_answer_exactly_where_the_data_are_separable(case):
    theorem, load, names = case
    columns, found = drawn(theorem, zeta=0.0)
    least = [
        minimize_scalar(load, bounds=(-0.2, 0.9999), args=arguments, method="bounded").fun
        for arguments in zip(*(columns[name] for name in names), strict=True)
    ]
    separable = np.array(least) < 1
    # No draw lies so near the threshold that rounding or the search could decide.
    assert np.min(np.abs(np.array(least) - 1)) > 1e-4
    assert 0.2 < separable.mean() < 0.8
    expected = np.where(separable, Status.max_steps, Status.converged)
    assert found.status.tolist() == expected.tolist()


def test_with_a_small_ridge_there_is_one_everywhere(case):
    _, found = drawn(case[0], zeta=1e-8)
    assert (found.status == Status.converged).all()
