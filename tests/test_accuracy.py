"""Every digit that the condition number leaves: corners against 40 digits, 100,000 points."""

from dataclasses import dataclass
from functools import cache

import mpmath
import numpy as np
import pytest
from helpers import Robust, marchenko_pastur

import asymp
from asymp.lowering import mp_system
from asymp.solver.grid import kernel_of
from asymp.solver.points import solve_points
from asymp.solver.status import Status
from asymp.testing.interpreted import interpret

ACTIVATIONS = ("relu", "tanh", "quadratic")
DIGITS, BAR = 40, 1e-10
FINE = (Status.converged, Status.null, Status.infinite)


@dataclass(frozen=True)
class Route:
    """One activation's theorem, compiled and in many digits."""

    theorem: asymp.Theorem

    def __post_init__(self):
        symbols = [p.symbol for p in self.theorem.parameters.values()]
        constants = tuple(self.theorem.constants)
        put = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731
        put("kernel", kernel_of(self.theorem))
        put("many", mp_system(self.theorem.branches, symbols, constants))
        put("plain", interpret(self.theorem.branches, [*symbols, *constants]))
        put("floats", tuple(float(c) for c in self.theorem.constants.values()))
        put("fine", {s.name: c.mp(DIGITS + 5) for s, c in self.theorem.constants.items()})

    def threshold(self, psi1, psi2, tau):
        """eps_max in double precision."""
        vector = [psi1, psi2, 1.0, 1.0, 0.0, tau, 1.0, *self.floats]
        return self.plain.select(vector)[1 + self.plain.guards.index("eps_max")]

    def solve(self, points):
        return solve_points(self.kernel, np.array(points), self.floats)

    def reference(self, point, values):
        """The same point in many digits, by Newton's method from the compiled solver's state."""
        inputs = dict(zip(self.kernel.parameters, map(mpmath.mpf, point), strict=True)) | self.fine
        branch, _ = self.many.select(inputs)
        system = self.theorem.branches[branch].system
        start = None
        if system is not None:
            known = dict(zip(self.kernel.values, values, strict=True))
            start = [self._state(s.name, known) for s in system.state]
            start = None if None in start else start
        return branch, self.many.solve(inputs, start)

    @staticmethod
    def _state(name, known):
        if name in known:
            return known[name]
        return None  # the rescaled unknown of interpolators is not an order parameter


@cache
def route(activation):
    return Route(asymp.theorem("random-features-robust", activation=activation))


def draw(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def stratum(name, rng, threshold):
    """One point (psi1, psi2, eps, eps_test, zeta, tau, rho) of a stratum."""
    psi1, psi2 = draw(rng, 1e-2, 1e2), draw(rng, 1e-2, 1e2)
    tau, share = rng.uniform(0, 2), draw(rng, 1e-3, 0.95)
    zeta = float(rng.choice([0.0, draw(rng, 1e-6, 10)]))
    if name == "extreme-ratios":
        psi1, psi2 = draw(rng, 1e-3, 1e3), draw(rng, 1e-3, 1e3)
    elif name == "equal-ratios":
        psi2 = psi1 * float(rng.choice([1.0, 1 + 1e-12, 1 - 1e-6]))
    elif name == "noiseless":
        tau = 0.0
    elif name == "tiny-eps":
        share = draw(rng, 1e-14, 1e-3)
    elif name == "tiny-eps-and-zeta":
        share, zeta = draw(rng, 1e-10, 1e-4), draw(rng, 1e-14, 1e-6)
    elif name in ("no-adversary", "neither"):
        share, zeta = 0.0, draw(rng, 1e-14, 10) if name == "no-adversary" else 0.0
        psi1 = psi2 if name == "neither" and rng.uniform() < 0.2 else psi1
    elif name == "near-null":
        share = 1 - draw(rng, 1e-7, 5e-2)
    elif name == "beyond-null":
        share = 1 + draw(rng, 1e-10, 3)
    eps = share * threshold(psi1, psi2, tau)
    return (psi1, psi2, eps, draw(rng, 1e-3, 3) if rng.uniform() < 0.8 else 0.0, zeta, tau, 1.0)


STRATA = {
    "ordinary": 170, "extreme-ratios": 60, "equal-ratios": 50, "noiseless": 40, "tiny-eps": 40,
    "tiny-eps-and-zeta": 30, "no-adversary": 40, "neither": 30, "near-null": 40, "beyond-null": 10,
}  # fmt: skip
assert sum(STRATA.values()) >= 500


def deviation(name, found, expected):
    """Relative deviation; of a difference, relative to its terms; zero must be zero to 1e-14."""
    if mpmath.isinf(expected[name]):
        return 0.0 if found[name] == float(expected[name]) else np.inf
    size = abs(expected["robust_risk"]) if name == "robust_gap" else abs(expected[name])
    gap = abs(mpmath.mpf(found[name]) - expected[name])
    return float(gap / size) if size else (0.0 if gap < 1e-14 else np.inf)


@pytest.mark.parametrize("name", STRATA)
def test_corners_against_forty_digits(name):
    rng = np.random.default_rng(sorted(STRATA).index(name))
    worst = {}
    with mpmath.workdps(DIGITS):
        for activation in ACTIVATIONS:
            here = route(activation)
            count = -(-STRATA[name] // len(ACTIVATIONS))
            points = [stratum(name, rng, here.threshold) for _ in range(count)]
            solved = here.solve(points)
            for i, point in enumerate(points):
                assert solved.status[i] in FINE, (activation, point, Status(solved.status[i]).name)
                branch, expected = here.reference(point, solved.values[i])
                assert branch == solved.branch[i], (activation, point)
                found = dict(zip(here.kernel.values, solved.values[i], strict=True))
                condition = max(1.0, solved.condition[i])
                for observable in here.theorem.observables:
                    off = deviation(observable, found, expected) / condition
                    worst[observable] = max(worst.get(observable, 0.0), off)
                    assert off <= BAR, (activation, observable, point, found[observable], off)


@pytest.mark.parametrize("seed", range(6))
def test_ordinary_points_by_an_independent_formula(seed):
    """The map of the theory note by quadrature over the spectral law, iterated plainly."""
    rng, here = np.random.default_rng(seed), route("relu")
    psi1, psi2, tau = draw(rng, 0.1, 10), draw(rng, 0.1, 10), rng.uniform(0.1, 1.5)
    eps, zeta = (
        rng.uniform(0.05, 0.8) * here.threshold(psi1, psi2, tau),
        float(rng.choice([0, 0.1])),
    )
    point = (psi1, psi2, eps, eps, zeta, tau, 1.0)
    compare_by_quadrature(here, point, here.solve([point]).values[0])


def compare_by_quadrature(here, point, values, relative=1e-9):
    """Compare with the theory note's map by quadrature over the law, iterated plainly."""
    psi1, psi2, eps, _, zeta, tau, _ = point
    found = dict(zip(here.kernel.values, values, strict=True))
    constants = {s.name: float(c) for s, c in here.theorem.constants.items()}
    expected = Robust(psi1, psi2, eps, zeta, tau, **constants).solve()
    for name, value in expected.items():
        # Plain iteration stops at a change of 1e-14, far from the root by its slowness times that.
        assert found[name] == pytest.approx(value, rel=relative)


def test_the_spectral_law_of_the_helper():
    for psi in (0.3, 1.0, 4.0):
        t, w = marchenko_pastur(psi)
        # Exact moments 1, 1, 1 + psi; the trapezoidal rule is off by 1/NODES where psi = 1.
        accuracy = 1e-12 if psi != 1.0 else 1e-3
        assert [w.sum(), w @ t, w @ t**2] == pytest.approx([1, 1, 1 + psi], rel=accuracy)


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["relu", "tanh", "erf"])
def test_a_hundred_thousand_random_points(activation):
    rng, here, count = np.random.default_rng(7), route(activation), 34_000
    points = np.empty((count, 7))
    for k in range(count):
        psi1, psi2, tau = draw(rng, 1e-2, 1e2), draw(rng, 1e-2, 1e2), rng.uniform(0, 2)
        zeta = 0.0 if rng.uniform() < 0.5 else draw(rng, 1e-6, 10)
        top = here.threshold(psi1, psi2, tau)
        eps = draw(rng, min(1e-4, top), 1.5 * top)
        points[k] = psi1, psi2, eps, eps, zeta, tau, 1.0
    solved = here.solve(points)
    top = np.array([here.threshold(*p[[0, 1, 5]]) for p in points])
    inside = points[:, 2] < 0.99 * top
    assert np.isin(solved.status[inside], FINE).all(), points[inside][solved.status[inside] > 2][:5]
    converged = solved.status == Status.converged
    # Right: the residual times the condition number is within the bar times the condition number.
    assert (solved.residual[converged] <= BAR).all()
    assert (solved.status[points[:, 2] >= top] == Status.null).all()
    # A wrong kernel would converge too: a sample goes through the formulas by quadrature.
    plain = np.flatnonzero(converged & (solved.condition < 100) & (points[:, 2] < 0.9 * top))
    for index in plain[:: max(1, len(plain) // 25)]:
        compare_by_quadrature(
            here, points[index], solved.values[index], relative=1e-6
        )  # trapezoids
    failed = int((solved.status > Status.infinite).sum())
    print(f"{activation}: {count} points, {failed} with an honest failure, largest residual "
          f"{solved.residual[converged].max():.1e}")  # fmt: skip
