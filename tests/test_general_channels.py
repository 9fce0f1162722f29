"""The general channels against closed forms, published numbers and the closed route."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sympy as sp

import asymp
from asymp.calculus.spectral_law import SpectralAverage
from asymp.reductions.general.derivation import derive_general
from asymp.reductions.statements import HAMILTONIAN
from asymp.reductions.step import Outcome
from asymp.solver.grid import solve_grid
from asymp.theorem_data import TheoremData

ISOTROPIC = asymp.IsotropicGaussian()


def general(problem: asymp.Problem) -> asymp.Theorem:
    """The same problem through the general channels, whatever the dispatch would choose."""
    closed = problem.derive()
    found = derive_general(problem)
    names = {o.name: o for o in found.observables}
    order = {k: v for k, v in closed.order_parameters.items() if k in ("V",)}
    return asymp.Theorem(
        **{
            **{f: getattr(closed, f) for f in TheoremData.__dataclass_fields__},
            "observables": asymp.symbols.Names(names),
            "order_parameters": asymp.symbols.Names(order),
            "system": found.system,
            "branches": found.branches,
            "potential": found.potential,
        }
    )


CASES = {
    "square-ridge": (asymp.Problem(features=ISOTROPIC), {"alpha": [0.5, 2.0], "zeta": 0.1}),
    "attacked": (
        asymp.Problem(features=ISOTROPIC, adversary=asymp.L2Input()),
        {"alpha": [0.5, 2.0], "zeta": 0.1, "eps": 0.3},
    ),
    "huber": (
        asymp.Problem(features=ISOTROPIC, loss=asymp.HuberLoss()),
        {"alpha": 2.0, "zeta": 0.1, "knee": [0.3, 1.0]},
    ),
    "random-features": (
        asymp.Problem(features=asymp.RandomFeatures("tanh"), adversary=asymp.L2Input()),
        {"psi1": [0.5, 2.0], "psi2": 1.5, "zeta": 0.1, "eps": 0.2},
    ),
    "two-level": (
        asymp.Problem(features=asymp.GaussianDesign(asymp.Spectrum.atoms([1, 4], [0.5, 0.5]))),
        {"alpha": [0.5, 2.0], "zeta": 0.1},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_general_and_closed_channels_agree(name):
    problem, point = CASES[name]
    left = problem.derive().solve(tau=0.5, **point)
    right = solve_grid(general(problem), {"tau": 0.5, **point})
    shared = sorted(set(left.data_vars) & set(right.data_vars) & set(problem.derive().observables))
    assert "standard_risk" in shared
    for observable in shared:
        # Both maps are solved to 1e-13; conditions here are below 100.
        np.testing.assert_allclose(left[observable], right[observable], rtol=1e-10)


def test_sur_candes_published_numbers():
    """PNAS 2019, kappa = 0.2, gamma^2 = 5: bias, deviation and scale as printed."""
    problem = asymp.Problem(
        features=ISOTROPIC,
        labels=asymp.LogitLabels(),
        loss=asymp.LogisticLoss(),
        penalty=asymp.NoPenalty(),
    )
    ds = problem.derive().solve(alpha=5.0, rho=5.0)
    assert round(float(ds.m) / 5, 4) == 1.4994
    assert round(float(np.sqrt(ds.q_perp * 5)), 4) == 4.7436
    assert round(float(ds.V), 4) == 3.0269


def test_separable_data_have_no_minimiser():
    """Candes and Sur: without signal the threshold is two samples per dimension (Cover)."""
    problem = asymp.Problem(
        features=ISOTROPIC,
        labels=asymp.ProbitLabels(),
        loss=asymp.LogisticLoss(),
        penalty=asymp.NoPenalty(),
    )
    thm = problem.derive()
    # Labels are pure noise as tau grows; the threshold's own slope is of order 1/tau.
    ds = thm.solve(alpha=[1.98, 2.02], tau=1e4)
    assert [int(s) for s in ds.status] == [3, 0]
    assert np.isnan(ds.classification_error[0])
    assert float(ds.classification_error[1]) == pytest.approx(0.5, abs=1e-3)


STEPS = {
    "logistic": asymp.Problem(
        features=ISOTROPIC, labels=asymp.SignLabels(), loss=asymp.LogisticLoss()
    ),
    "attacked-hinge": asymp.Problem(
        features=ISOTROPIC,
        labels=asymp.ProbitLabels(),
        loss=asymp.HingeLoss(),
        adversary=asymp.L2Input(),
    ),
    "linf-mixture": asymp.Problem(
        features=ISOTROPIC,
        labels=asymp.GaussianMixture(),
        loss=asymp.SquaredHingeLoss(),
        adversary=asymp.LinfInput(),
    ),
    "lasso": asymp.Problem(features=ISOTROPIC, penalty=asymp.Lasso(), target=asymp.SparseTarget()),
    "student-huber": asymp.Problem(
        features=ISOTROPIC,
        loss=asymp.HuberLoss(),
        penalty=asymp.NoPenalty(),
        noise=asymp.StudentNoise(),
    ),
    "two-adversaries": asymp.Problem(
        features=asymp.RandomFeatures("tanh"),
        adversary=(asymp.L2Input(), asymp.WeightPerturbation()),
    ),
    "quantile": asymp.Problem(
        features=ISOTROPIC,
        loss=asymp.QuantileLoss(),
        intercept=True,
        noise=asymp.ContaminatedNoise(),
    ),
    "smooth-user-loss": asymp.Problem(
        features=ISOTROPIC, loss=asymp.ResidualLoss(sp.log(sp.cosh(asymp.RESIDUAL)))
    ),
    "label-attack": asymp.Problem(features=ISOTROPIC, adversary=asymp.LabelPerturbation()),
}


@pytest.mark.parametrize("name", STEPS)
def test_every_step_checks(name):
    for step in STEPS[name].derive().derivation:
        result = step.check()
        assert result.outcome in (Outcome.PROVED, Outcome.VERIFIED), (step.name, result)


def test_a_wrong_conjugate_is_found(monkeypatch):
    from asymp.reductions.general.output import GeneralOutput

    right = GeneralOutput.conjugates.fget

    def wrong(self):
        found = dict(right(self))
        letter = next(iter(found))
        return {**found, letter: found[letter] * sp.Rational(101, 100)}

    monkeypatch.setattr(GeneralOutput, "conjugates", property(wrong))
    steps = {s.name: s for s in STEPS["attacked-hinge"].derive().derivation}
    assert steps["gaussian-average"].check().outcome is Outcome.FALSE


def test_intercept_solves_an_unbalanced_mixture():
    """With tiny separation the intercept is the log odds, as for a logistic fit without inputs."""
    problem = asymp.Problem(
        features=ISOTROPIC,
        labels=asymp.GaussianMixture(),
        loss=asymp.LogisticLoss(),
        intercept=True,
    )
    ds = problem.derive().solve(alpha=1e3, zeta=1e3, balance=0.2, rho=1e-4)
    # The parameter is shrunk to order 1/zeta, which moves the intercept by its square.
    assert float(ds.intercept) == pytest.approx(np.log(0.2 / 0.8), abs=1e-5)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"loss": asymp.HingeLoss()}, "needs binary labels"),
        ({"labels": asymp.SignLabels(), "noise": asymp.GaussianNoise()}, "belongs to a regression"),
        ({"labels": asymp.GaussianMixture(), "target": asymp.LinearTarget()}, "has no teacher"),
        ({"labels": asymp.SignLabels(), "loss": asymp.QuantileLoss()}, "only if it is even"),
    ],
)
def test_contradictions_are_refused(parts, said):
    with pytest.raises(asymp.InvalidProblem, match=said):
        asymp.Problem(features=ISOTROPIC, **parts)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            {"features": asymp.RandomFeatures("relu"), "penalty": asymp.Lasso()},
            "needs isotropic features",
        ),
        (
            {"features": asymp.RandomFeatures("relu"), "adversary": asymp.LinfInput()},
            "isotropic features",
        ),
        (
            {"features": ISOTROPIC, "loss": asymp.ResidualLoss(-(asymp.RESIDUAL**4))},
            "convex",
        ),
        ({"features": ISOTROPIC, "adversary": asymp.WeightPerturbation()}, "hidden weights"),
    ],
)
def test_what_cannot_be_derived_says_why(parts, said):
    with pytest.raises(asymp.NotDerivable, match=said):
        asymp.Problem(**parts).derive()


def test_quadrature_error_is_reported_and_honest():
    """Against SciPy's adaptive quadrature at the solved point, with sharp features."""
    from scipy.integrate import quad
    from scipy.optimize import brentq
    from scipy.special import erfc, expit

    problem = asymp.Problem(
        features=ISOTROPIC, labels=asymp.SignLabels(), loss=asymp.LogisticLoss()
    )
    ds = problem.derive().solve(alpha=50.0, zeta=1e-5)
    V, m, beside = (float(ds[name]) for name in ("V", "m", "q_perp"))
    q = beside + m**2
    sharp = np.sqrt(q * beside) / m

    def slope(omega):
        point = brentq(
            lambda u: u - omega - V * expit(-u), omega - 1e-9, omega + V + 1e-9, xtol=1e-14
        )
        return expit(-point)

    def integrand(omega):
        density = np.exp(-(omega**2) / 2 / q) / np.sqrt(2 * np.pi * q)
        return erfc(-omega / np.sqrt(2) / sharp) * slope(omega) ** 2 * density

    reach = 12 * np.sqrt(q)
    cuts = np.sort([-reach, -5 * sharp, -V, -sharp, 0, sharp, V, 5 * sharp, reach])
    parts = [
        quad(integrand, a, b, epsabs=1e-14, epsrel=1e-12, limit=400)[0]
        for a, b in itertools.pairwise(cuts)
    ]
    gap = abs(sum(parts) / float(ds.q_hat) - 1)
    assert 0 < float(ds.quadrature_error) < 1e-4
    # SciPy's own tolerance is 1e-12 relative per part.
    assert gap < max(1e-11, float(ds.quadrature_error) ** 1.5)


@pytest.mark.parametrize(
    ("parts", "point"),
    [
        (
            {"labels": asymp.SignLabels(), "loss": asymp.HingeLoss()},
            {"alpha": 2.0, "zeta": 0.3},
        ),
        (
            {"loss": asymp.HuberLoss(), "noise": asymp.ContaminatedNoise()},
            {"alpha": 2.0, "zeta": 0.3, "tau": 0.3, "tau_out": 2.0, "share": 0.2},
        ),
        (
            {"penalty": asymp.Lasso(), "target": asymp.SparseTarget()},
            {"alpha": 0.8, "lam": 0.3, "tau": 0.3, "s": 0.2},
        ),
    ],
)
def test_the_potential_is_stationary_at_the_solution(parts, point):
    """Every partial derivative vanishes, by differences in double precision."""
    from asymp.calculus.floats import float_function

    thm = asymp.Problem(features=ISOTROPIC, **parts).derive()
    ds = thm.solve(**point)
    named = {d.symbol: d.expression for d in thm.system.definitions}
    strength = sp.Symbol("H_0", nonnegative=True)
    h_0 = next((e for s, e in named.items() if str(s) == "H_0"), strength)
    closed = {n: n.integrand.subs(HAMILTONIAN, h_0) for n in thm.potential.atoms(SpectralAverage)}
    potential = thm.potential.xreplace(closed)
    x = {s: float(ds[str(s)]) for s in thm.system.state}
    x |= {p.symbol: float(ds[p.name]) for p in thm.parameters.values()}
    symbols = sorted(potential.free_symbols, key=str)
    for definition in thm.system.definitions:
        known = sorted(definition.expression.free_symbols, key=str)
        f = float_function(known, definition.expression)
        x[definition.symbol] = f(*(x[s] for s in known))
    for letter in [str(s) for s in symbols]:
        if letter in ("m", "q"):
            x[next(s for s in symbols if str(s) == letter)] = float(ds[letter])
    phi = float_function(symbols, potential)
    parameters = {p.symbol for p in thm.parameters.values()}
    moved = [s for s in symbols if s not in parameters and str(s) not in ("q", "q_perp", "m")]
    assert len(moved) >= 4
    for symbol in moved:
        h = 1e-4 * x[symbol]
        up, down = ({**x, symbol: x[symbol] + sign * h} for sign in (1, -1))
        slope = (phi(*(up[s] for s in symbols)) - phi(*(down[s] for s in symbols))) / (2 * h)
        # The difference errs by h^2 times a third derivative of order one.
        assert abs(slope * x[symbol]) < 1e-6, symbol


def test_student_noise_acts_on_the_square_loss_through_its_variance():
    """And where it has none, nothing is claimed."""
    square = asymp.Problem(features=ISOTROPIC, noise=asymp.StudentNoise()).derive()
    gaussian = asymp.Problem(features=ISOTROPIC).derive()
    freedom = np.array([2.2, 3.0, 8.0])
    left = square.solve(alpha=3, zeta=0.1, tau=0.5, nu=freedom)
    right = [gaussian.solve(alpha=3, zeta=0.1, tau=0.5 * np.sqrt(nu / (nu - 2))) for nu in freedom]
    risks = [float(point.standard_risk) for point in right]
    # The tail beyond the quadrature's end is 1e-14 of the average.
    np.testing.assert_allclose(left.standard_risk, risks, rtol=1e-11)
    none = square.solve(alpha=3, zeta=0.1, tau=0.5, nu=[1.5, 3.0], throw=False)
    assert [int(s) for s in none.status] == [5, 0]


def test_an_intercept_is_part_of_the_risk():
    """Its square is added: the simulation at d = 100 says the same within its error."""
    thm = asymp.Problem(features=ISOTROPIC, loss=asymp.QuantileLoss(), intercept=True).derive()
    point = {"alpha": 3.0, "level": 0.2, "tau": 0.5, "zeta": 0.1}
    ds = thm.solve(**point)
    runs = thm.simulate(d=100, repeats=8, rng=0, **point)
    gap = float(runs.standard_risk_mean - ds.standard_risk)
    # Five standard errors, and a bias of order 1/d.
    assert abs(gap) < 5 * float(runs.standard_risk_sem) + 0.02
    assert float(ds.standard_risk - ds.excess_risk) == pytest.approx(0.25)
