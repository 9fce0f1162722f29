"""The law of the losses, beside observables, closed forms and really trained points."""

import numpy as np
import pytest
import sympy as sp
from drawn_losses import levy_distance, losses_of
from scipy import stats

import asymp
from asymp.analysis import loss_law
from asymp.errors import InvalidParameter, NotDerivable

ROBUST = {"psi1": 1.0, "psi2": 2.0, "eps": 0.3, "tau": 0.5, "zeta": 0.01}
# Both channels, both kinds of argument, a root, a tilt, a wall, noise of several scales.
QUICK = {
    "random-features-robust": ROBUST,
    "huber": {"alpha": 2.0, "tau": 0.5},
    "least-absolute-deviations": {"alpha": 2.5, "tau": 0.5},
    "adversarial-mixture": {"alpha": 2.0, "eps": 0.2, "zeta": 0.1},
    "random-features-robust-logistic": {"psi1": 1.0, "psi2": 3.0, "eps": 0.2, "zeta": 0.05},
    "random-features-holistic": {**ROBUST, "r_kl": 0.1},
    "random-features-output-perturbation": {"psi1": 1.0, "psi2": 2.0, "zeta": 0.01, "tau": 0.5,
                                            "eps_w": 0.2},
}  # fmt: skip
ROUND_OFF = 2e-12  # of nodes and weights, and of the theorem's own panels


def given(theorem, at):
    """The point, and one for parameters that it does not name."""
    missing = [n for n, p in theorem.parameters.items() if p.default is None and n not in at]
    return {**at, **dict.fromkeys(missing, 0.5)}


def check_means(name, at):
    theorem = asymp.theorem(name)
    ds = theorem.solve(progress=False, **given(theorem, at))
    for sample in ("train", "test"):
        law = loss_law(theorem, sample)
        if law.observable is not None:
            mean = law.mean(ds)
            assert float(mean.loss) == pytest.approx(float(ds[law.observable]), abs=ROUND_OFF)


@pytest.mark.parametrize("name", QUICK)
def test_the_mean_is_the_theorems_own_observable(name):
    assert loss_law(asymp.theorem(name)).observable is not None
    check_means(name, QUICK[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", asymp.theorems())
def test_every_theorem_of_the_catalogue_is_served(name):
    theorem = asymp.theorem(name)
    values = {"psi1": 1.0, "psi2": 3.0, "alpha": 3.0, "zeta": 0.1, "eps": 0.2, "tau": 0.5}
    at = {n: v for n, v in values.items() if n in theorem.parameters}
    at = given(theorem, at)
    ds = theorem.solve(progress=False, throw=False, **at)
    law = loss_law(theorem)
    np.testing.assert_allclose(law.mean(ds).loss, ds[law.observable], atol=ROUND_OFF)
    assert "omega" in law.latex()


def test_residuals_of_the_closed_channel_follow_the_formula():
    """The attacked residual is max(e, (|w| + e)/(1 + V)), w ~ N(0, SR), by the proximal lemma."""
    theorem = asymp.theorem("random-features-robust")
    ds = theorem.solve(**ROBUST)
    V, SR, e = (float(x) for x in (ds.V, ds.SR, 0.3 * np.sqrt(ds.P)))
    law = loss_law(theorem)
    levels = np.array([0.01, 0.3, 0.6, 0.9, 0.999])
    size = np.maximum(e, (np.sqrt(SR) * stats.norm.ppf((1 + levels) / 2) + e) / (1 + V))
    np.testing.assert_allclose(law.quantiles(ds, levels).loss, size**2, rtol=1e-12)
    # The atom of residuals at rest, |w| <= V e.
    atom = law.cdf(ds, e**2).cdf
    assert float(atom) == pytest.approx(stats.norm.cdf(V * e / np.sqrt(SR)) * 2 - 1, abs=1e-14)
    assert float(law.cdf(ds, e**2 * (1 - 1e-6)).cdf) == 0
    assert float(atom) == pytest.approx(float(ds.interpolated_fraction), abs=1e-14)
    below, above = law.cdf(ds, [-1e-9, 0.0], of="residual").cdf.values
    assert above - below == pytest.approx(float(atom), abs=1e-8)  # two densities of 1e-9


def test_errors_are_probabilities_of_margins():
    theorem = asymp.theorem("random-features-robust-logistic")
    ds = theorem.solve(**QUICK["random-features-robust-logistic"])
    e = 0.2 * float(np.sqrt(ds.P))
    for sample, prefix in (("train", "train_"), ("test", "")):
        law = loss_law(theorem, sample)
        found = law.cdf(ds, [0.0, e], of="margin").cdf.values
        plain = "train_error" if prefix else "classification_error"
        expected = [float(ds[plain]), float(ds[f"{prefix}robust_error"])]
        np.testing.assert_allclose(found, expected, atol=1e-13)  # quadratures of the tilt


@pytest.mark.parametrize("name", ["random-features-robust", "huber", "adversarial-mixture"])
def test_quantiles_invert_the_distribution_function(name):
    theorem = asymp.theorem(name)
    ds = theorem.solve(**given(theorem, QUICK[name]))
    for sample in ("train", "test"):
        law, levels = loss_law(theorem, sample), np.array([0.05, 0.5, 0.95])
        values = law.quantiles(ds, levels).loss.values
        chance = law.cdf(ds, values).cdf.values
        assert (chance >= levels - 1e-12).all()  # beyond a level only at an atom
        before = law.cdf(ds, values * (1 - 1e-9) - 1e-12).cdf.values
        assert (before < levels).all()


def test_two_sided_losses_without_symmetry():
    """A margin's square loss, (1 - k)^2 / 2, is reached from both sides of an off-centre law."""
    problem = asymp.Problem(
        features=asymp.IsotropicGaussian(), labels=asymp.SignLabels(), noise=None
    )
    theorem = problem.derive()
    ds = theorem.solve(alpha=2.0, zeta=0.1)
    law = loss_law(theorem, "test")
    loss = law.quantiles(ds, 0.7).loss
    root = float(np.sqrt(2 * loss))
    low, high = law.cdf(ds, [1 - root, 1 + root], of="margin").cdf.values
    assert high - low == pytest.approx(0.7, abs=1e-9)  # bisection in the loss, then in the field


BRANCHES = [
    ("random-features-robust", {"psi1": 4.0, "psi2": 2.0, "eps": 0.0, "tau": 0.5}, 0.0),
    ("random-features-robust", {"psi1": 4.0, "psi2": 2.0, "eps": 5.0, "tau": 0.5}, None),
    ("ridge", {"alpha": 2.0, "tau": 0.0, "zeta": 0.0}, 0.0),
    ("hinge", {"alpha": 1.0, "zeta": 0.0}, 0.0),
    ("random-features-holistic", {**ROBUST, "psi1": 4.0, "zeta": 0.0, "r_kl": 0.3}, None),
    ("random-features-robust-logistic", {"psi1": 1.0, "psi2": 3.0, "eps": 9.0, "zeta": 0.1},
     np.log(2)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "at", "value"), BRANCHES)
def test_phases_and_limits(name, at, value):
    theorem = asymp.theorem(name)
    ds = theorem.solve(**at)
    assert int(ds.branch) != len(theorem.branches) - 1
    law = loss_law(theorem)
    mean = float(law.mean(ds).loss)
    assert mean == pytest.approx(float(ds[law.observable]), abs=ROUND_OFF)
    assert value is None or mean == pytest.approx(value, abs=ROUND_OFF)


def test_grids_keep_their_dimensions_and_their_failures():
    theorem = asymp.theorem("random-features-robust")
    ds = theorem.solve(psi1=[1.0, -1.0, 2.0], psi2=2.0, eps=0.0, eps_test=[0.1, 0.2], tau=0.5)
    law = loss_law(theorem, "test")
    found = law.quantiles(ds, [0.1, 0.5, 0.9])
    assert found.loss.dims == ("psi1", "eps_test", "level")
    assert found.status.values.tolist() == ds.status.values.tolist()
    # One point is outside the domain, one at the interpolation threshold.
    assert np.isnan(found.loss.values[1:]).all()
    assert np.isfinite(found.loss.values[0]).all()
    at = {"psi1": 1.0, "psi2": 2.0, "eps": 0.0, "eps_test": 0.2, "tau": 0.5}
    alone = law.quantiles(at, 0.5)
    assert alone.loss.ndim == 0
    assert float(alone.loss) == float(found.loss[0, 1, 1])


def test_lazy_results_and_results_of_other_equations():
    def derived(loss):
        return asymp.Problem(features=asymp.IsotropicGaussian(), loss=loss).derive()

    theorem, other = derived(asymp.AbsoluteLoss()), derived(asymp.SquareLoss())
    ds = theorem.solve(alpha=[2.0, 3.0], tau=0.5, zeta=0.1)
    law = loss_law(theorem)
    lazy = law.mean(ds.chunk())
    assert lazy.loss.values.tolist() == law.mean(ds).loss.values.tolist()
    with pytest.raises(InvalidParameter, match="other equations"):
        loss_law(other).mean(ds)


def test_draws_have_the_law():
    theorem = asymp.theorem("random-features-robust")
    ds = theorem.solve(**ROBUST)
    law = loss_law(theorem)
    drawn = law.sample_at(ds, 4000, rng=0)
    at_rest = float((drawn.residual == 0).mean())
    share = float(ds.interpolated_fraction)
    assert at_rest == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 4000))
    distance = levy_distance(drawn.loss.values, lambda x: law.cdf(ds, x).cdf.values)
    assert distance < 1.63 / np.sqrt(4000)  # Kolmogorov's bound at 1 per cent


def near(name, at, d, repeats):
    """Really trained points against the law, by a distance that lets atoms move a little."""
    theorem = asymp.theorem(name)
    at = given(theorem, at)
    draws = [losses_of(theorem, at, d, np.random.default_rng([7, k])) for k in range(repeats)]
    for sample, found in zip(("train", "test"), zip(*draws, strict=True), strict=True):
        law, losses = loss_law(theorem, sample), np.concatenate(found)
        distance = levy_distance(losses, lambda x, law=law: law.cdf(at, x).cdf.values)
        # At most Kolmogorov's distance, whose 1 per cent point this is for independent losses.
        assert distance < 1.63 / np.sqrt(losses.size), (sample, distance)


def test_really_trained_points_have_the_law():
    near("random-features-robust", ROBUST, 100, 4)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(QUICK)[:5])
def test_really_trained_points_at_full_size(name):
    near(name, QUICK[name], 400, 4)


def test_expressions_come_from_the_derivation():
    law = loss_law(asymp.theorem("random-features-robust"))
    V, P, eps, omega = (sp.Symbol(n) for n in ("V", "P", "eps", "omega"))
    plain = {s: sp.Symbol(s.name) for s in law.loss.free_symbols}
    plain |= {law.definitions[0].symbol: eps * sp.sqrt(P)}
    right = law.loss.args[-1].expr.subs(plain)
    assert sp.simplify(right - ((omega + eps * sp.sqrt(P)) / (1 + V)) ** 2) == 0
    assert r"\omega &\sim N\big(0,\,\mathrm{SR}\big)" in law.latex()
    assert r"\varepsilon_{\mathrm{test}}" in loss_law(law.theorem, "test").latex()


def test_refusals():
    theorem = asymp.theorem("random-features-robust")
    law, ds = loss_law(theorem), theorem.solve(**ROBUST)
    with pytest.raises(InvalidParameter, match='choose "train"'):
        loss_law(theorem, "validation")
    with pytest.raises(NotDerivable, match="infinite beyond a barrier"):
        loss_law(asymp.theorem("max-margin"), "test")
    V, a = sp.symbols("V a", positive=True)
    stated = asymp.Theorem.from_equations(
        id="root", title="Root", parameters={"a": sp.Interval.open(0, sp.oo)}, state={"V": 1},
        equations=[sp.Eq(V, a / V)], observables={"root": V},
    )  # fmt: skip
    with pytest.raises(NotDerivable, match="stated theorem"):
        loss_law(stated)
    with pytest.raises(InvalidParameter, match="result of ridge"):
        law.mean(asymp.theorem("ridge").solve(alpha=2.0, tau=0.5))
    with pytest.raises(InvalidParameter, match="lacks P, V"):
        law.mean(ds.drop_vars(["V", "P"]))
    with pytest.raises(InvalidParameter, match='"loss" or "residual"'):
        law.cdf(ds, 0.0, of="margin")
    with pytest.raises(InvalidParameter, match=r"level 1 is outside \(0, 1\)"):
        law.quantiles(ds, [0.5, 1.0])
    with pytest.raises(InvalidParameter, match="neither a solved dataset"):
        law.mean(3.0)
    with pytest.raises(InvalidParameter, match="size = 0"):
        law.sample_at(ds, 0)
