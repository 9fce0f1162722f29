"""The null phase under several adversaries: thresholds against direct maxima, and the solver."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import asymp
from asymp.reductions.step import Outcome
from asymp.solver import Status

RELU = asymp.RandomFeatures("relu")
MU1, MU2, KAPPA = 0.25, 0.25 - 1 / (2 * np.pi), 0.25  # mu1^2, mu2^2, kappa2 of the ReLU
POINT = {"psi1": 2.0, "psi2": 1.5, "tau": 0.5, "zeta": 0.03}


def derived(*adversaries):
    return asymp.Problem(features=RELU, adversary=adversaries).derive()


@pytest.fixture(scope="module")
def both():
    return derived(asymp.L2Input(), asymp.WeightPerturbation())


def law(psi1):
    """Marchenko-Pastur law at Chebyshev nodes, and its atom at zero."""
    angle = (np.arange(400) + 0.5) * np.pi / 400
    t = 1 + psi1 + 2 * np.sqrt(psi1) * np.cos(angle)
    weight = 2 * np.sin(angle) ** 2 / t / 400
    return np.append(t, 0.0), np.append(weight, 1 - min(1, 1 / psi1))


def largest_gain(eps, eps_w, psi1, psi2, tau, fixed=0.0):
    """Square root of the largest gain over shares, by quadrature and a bounded search.

    ``fixed`` is the reach of attacks that act on the zero estimator too.
    """
    t, weight = law(psi1)
    variance = 1 + tau**2
    size = np.sqrt(2 * variance / np.pi)
    square = variance + 2 * fixed * size + fixed**2
    slope = 1 + fixed * np.sqrt(2 / np.pi / variance)

    def gain(share):
        form = eps**2 / share * (MU1 * t + KAPPA)
        if eps_w:
            form = form + eps_w**2 / (1 - share) * (MU1 + KAPPA)
        noise = square * psi1 / psi2 * np.sum(weight * (MU1 * t + MU2) / form)
        signal = slope**2 * MU1 * psi1 * np.sum(weight * t / form)
        return (noise + signal) / (size + fixed) ** 2

    if not eps_w:
        return np.sqrt(gain(1.0))
    found = minimize_scalar(lambda s: -gain(s), bounds=(0, 1), options={"xatol": 1e-10})
    return np.sqrt(-found.fun)


def ratios():
    rng = np.random.default_rng(0)
    return [tuple(rng.uniform([0.3, 0.3, 0.2, 0.1, 0.1], [4, 4, 1, 0.9, 0.9])) for _ in range(6)]


@pytest.mark.parametrize(("psi1", "psi2", "tau", "eps", "eps_w"), ratios())
def test_threshold_is_the_largest_gain(both, psi1, psi2, tau, eps, eps_w):
    """Just inside and just outside what a direct search over shares says."""
    factor = largest_gain(eps, eps_w, psi1, psi2, tau)
    grown = np.array([1 - 1e-6, 1 + 1e-6]) * factor  # quadrature and search are good to 1e-8
    for scale, status in zip(grown, (Status.converged, Status.null), strict=True):
        ds = both.solve(
            psi1=psi1, psi2=psi2, tau=tau, zeta=0.02, eps=scale * eps, eps_w=scale * eps_w
        )
        assert int(ds.status) == status


def test_on_the_axes_it_is_the_phase_of_one_adversary(both):
    one = derived(asymp.L2Input())
    other = derived(asymp.WeightPerturbation())
    radii = np.geomspace(0.05, 5, 200)
    mine = both.solve(**POINT, eps=radii, eps_w=0.0)
    assert (mine.status.values == one.solve(**POINT, eps=radii).status.values).all()
    mine = both.solve(**POINT, eps=0.0, eps_w=radii)
    assert (mine.status.values == other.solve(**POINT, eps_w=radii).status.values).all()
    assert {int(s) for s in mine.status.values} == {Status.converged, Status.null}


def test_every_pair_of_radii_has_an_answer(both):
    radii = np.concatenate([[0.0, 1e-12], np.geomspace(1e-3, 10, 30)])
    ds = both.solve(**POINT, eps=radii, eps_w=radii)
    assert (ds.status.values <= Status.null).all()
    # Stronger attacks: once null, always null.
    null = ds.status.values == Status.null
    assert (null[1:] >= null[:-1]).all()
    assert (null[:, 1:] >= null[:, :-1]).all()


@pytest.mark.parametrize(
    ("fixed", "name", "size"),
    [
        (asymp.LabelPerturbation(), "eps_y", 1.0),
        (asymp.WeightPerturbation(layer="output"), "eps_w", np.sqrt(MU1 + MU2)),
    ],
)
def test_attacks_of_fixed_reach_move_the_threshold(fixed, name, size):
    theorem = derived(asymp.L2Input(), fixed)
    reach = 0.4 * size
    where = {k: POINT[k] for k in ("psi1", "psi2", "tau")}
    top = largest_gain(1.0, 0.0, **where, fixed=reach)
    ds = theorem.solve(**POINT, eps=top * np.array([1 - 1e-6, 1 + 1e-6]), **{name: 0.4})
    assert ds.status.values.tolist() == [Status.converged, Status.null]
    clean = 1 + POINT["tau"] ** 2
    robust = clean + 2 * reach * np.sqrt(2 * clean / np.pi) + reach**2
    assert float(ds.robust_risk[1]) == pytest.approx(robust, rel=1e-12)
    # Just below, the estimator is of relative size 1e-6.
    assert float(ds.robust_risk[0]) == pytest.approx(robust, rel=1e-4)
    assert float(ds.train_robust_risk[0]) == pytest.approx(robust, rel=1e-4)


def test_three_adversaries():
    theorem = derived(asymp.L2Input(), asymp.WeightPerturbation(), asymp.LabelPerturbation())
    where = {k: POINT[k] for k in ("psi1", "psi2", "tau")}
    factor = largest_gain(0.5, 0.4, **where, fixed=0.3)
    for scale, status in ((1 - 1e-6, Status.converged), (1 + 1e-6, Status.null)):
        radii = {"eps": 0.5 * scale * factor, "eps_w": 0.4 * scale * factor, "eps_y": 0.3}
        assert int(theorem.solve(**POINT, **radii).status) == status


def test_the_step_is_checked_and_a_wrong_one_found(both):
    step = next(s for s in both.derivation if s.name == "null-phase")
    assert step.check().outcome is Outcome.VERIFIED


def test_a_wrong_threshold_is_found(monkeypatch):
    from asymp.reductions.general.null_several import JointNull

    right = JointNull.gain.fget
    monkeypatch.setattr(JointNull, "gain", property(lambda self: right(self) * 1.02))
    theorem = derived(asymp.L2Input(), asymp.WeightPerturbation())
    step = next(s for s in theorem.derivation if s.name == "null-phase")
    assert step.check().outcome is Outcome.FALSE
