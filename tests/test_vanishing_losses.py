"""Observables that all but vanish keep their digits: losses far beyond the margin, small norms."""

import mpmath
import numpy as np
import pytest
from judging import Judge
from whole_domain import WholeDomain

import asymp
from asymp.solver.points import solve_points
from asymp.solver.status import Status

# Almost separable data with a tiny ridge, and attacks that all but remove the estimator: found by
# the million points, where differences of truncated moments were off by 1e-12.
POINTS = {
    "adversarial-mixture": [
        {"alpha": 0.002692299995968143, "eps": 32.474806583968466, "eps_test": 0.2,
         "zeta": 4.246643506930967e-12, "rho": 707.2166812871934, "balance": 1.17e-6},
        {"alpha": 0.3, "eps": 0.01, "zeta": 1e-10, "rho": 0.5},
        {"alpha": 0.02, "eps": 1.0, "zeta": 1e-5, "rho": 3.0},
    ],
    "adversarial-mixture-linf": [
        {"alpha": 0.0020527133156147885, "eps": 70.39620254140054,
         "zeta": 5.338183686953936e-12, "rho": 1.0},
        {"alpha": 0.005937329726006823, "eps": 37.39038750370309, "zeta": 1.286292696923133e-9,
         "rho": 1.0},
        {"alpha": 0.3, "eps": 0.01, "zeta": 1e-10, "rho": 0.5},
    ],
    "lasso": [{"alpha": 0.5, "lam": lam, "tau": 0.2, "s": 0.2} for lam in (20.0, 60.0)],
}  # fmt: skip
OPTIONS = {"adversarial-mixture": {"loss": "squared hinge"}}


def rows_of(theorem, points):
    defaults = {n: p.default for n, p in theorem.parameters.items()}
    full = [defaults | given for given in points]
    return np.array(
        [[p[p[n]] if isinstance(p[n], str) else p[n] for n in defaults] for p in full], dtype=float
    )


@pytest.mark.parametrize("name", POINTS)
def test_what_all_but_vanishes_keeps_its_digits(name):
    """Strictly relative: nothing is granted for being small."""
    here = WholeDomain(asymp.theorem(name, **OPTIONS.get(name, {})))
    rows = rows_of(here.theorem, POINTS[name])
    judge = Judge(here, rows, solve_points(here.kernel, rows, here.constants))
    assert (judge.found.status == Status.converged).all()
    smallest = np.inf
    for index in range(len(rows)):
        exact = judge.exact(index)
        for value in ("train_robust_loss", "parameter_norm2", "l1_norm"):
            if value in here.kernel.values:
                found = judge.value(value)[index]
                gap = float(abs(mpmath.mpf(float(found)) / exact[value] - 1))
                assert gap < 1e-12 * max(1.0, judge.found.condition[index]), (value, index)
                smallest = min(smallest, found)
    assert smallest < 1e-16


@pytest.mark.parametrize("name", ["adversarial-mixture", "adversarial-mixture-linf"])
def test_small_losses_are_certified(name):
    pytest.importorskip("flint")
    theorem = asymp.theorem(name, loss="squared hinge")
    given = {"alpha": 0.02, "rho": 0.5, "eps": [0.01, 0.5], "zeta": [1e-9, 1e-5]}
    solved = theorem.solve(**given, progress=False)
    proved = theorem.certify(solved)
    assert not proved.certificate.any()  # zero is "certified": the solver's numbers agree
    low, high = proved.train_robust_loss_lower, proved.train_robust_loss_upper
    assert float(solved.train_robust_loss.min()) < 1e-16
    # A narrow enclosure of a positive number: two roundings outwards.
    assert bool((low > 0).all())
    assert float((high / low - 1).max()) < 1e-15
    assert float(abs(solved.train_robust_loss / low - 1).max()) < 1e-11
