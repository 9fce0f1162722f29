"""Holistic loss and critical radius of exact laws, beside other arithmetic and large samples."""

import mpmath as mp
import numpy as np
import pytest
from drawn_losses import losses_of
from scipy import optimize, stats

import asymp
from asymp.analysis import loss_law
from asymp.errors import InvalidParameter
from asymp.finite.holistic import critical_radius, holistic_limit, hr_loss, price_of_overfitting

POINT = {"psi1": 1.0, "psi2": 2.0, "eps": 0.3, "tau": 0.5, "zeta": 0.01}
CLOSE = 1e-10  # quadrature in double precision, of losses of order one to ten


@pytest.fixture(scope="module")
def solved():
    theorem = asymp.theorem("random-features-robust")
    return theorem, theorem.solve(**POINT)


class Normal:
    """The clipped attacked loss from max(e, (|w| + e)/(1 + V)), w ~ N(0, SR), written by hand."""

    def __init__(self, ds, bound, trained=True):
        self.sd, self.e = mp.sqrt(mp.mpf(float(ds.SR))), mp.mpf(0.3) * mp.sqrt(float(ds.P))
        self.V = mp.mpf(float(ds.V)) if trained else mp.mpf(0)
        self.bound = mp.mpf(bound)
        self.rest = self.V * self.e / self.sd
        self.clip = ((1 + self.V) * mp.sqrt(self.bound) - self.e) / self.sd

    def loss(self, z):
        return ((self.sd * z + self.e) / (1 + self.V)) ** 2

    def mean(self, function):
        """E f(loss) by mpmath, f being smooth below the bound, where it may have a logarithm."""
        cuts = [self.clip - (self.clip - self.rest) * mp.mpf(10) ** -k for k in range(0, 15, 2)]
        moving = mp.quad(lambda z: 2 * function(self.loss(z)) * mp.npdf(z), [*cuts, self.clip])
        atoms = mp.erf(self.rest / mp.sqrt(2)) * function(self.e**2)
        return moving + atoms + mp.erfc(self.clip / mp.sqrt(2)) * function(self.bound)

    def table(self):
        """Losses and weights, Gauss-Legendre in x, z = clip - (clip - rest) x^4: for searches."""
        x, w = np.polynomial.legendre.leggauss(1500)
        x, w = (x + 1) / 2, w / 2
        rest, clip = float(self.rest), float(self.clip)
        z = clip - (clip - rest) * x**4
        losses = ((float(self.sd) * z + float(self.e)) / (1 + float(self.V))) ** 2
        weights = 2 * w * (clip - rest) * 4 * x**3 * stats.norm.pdf(z)
        atoms = [1 - 2 * stats.norm.sf(rest), 2 * stats.norm.sf(clip)]
        ends = [float(self.e) ** 2, float(self.bound)]
        return np.append(losses, ends), np.append(weights, atoms)


@pytest.mark.parametrize(("clip", "r"), [(3.0, 0.1), (3.0, 1e-4), (5.0, 1.0)])
def test_values_against_long_arithmetic(solved, clip, r):
    theorem, ds = solved
    bound = clip**2 * 1.25
    found = float(holistic_limit(loss_law(theorem), ds, r, bound=bound).holistic_loss)
    with mp.workdps(20):
        law = Normal(ds, bound)
        losses, weights = law.table()

        def dual(t):
            return bound + np.exp(t) - np.exp(weights @ np.log(np.exp(t) + bound - losses) - r)

        best = optimize.minimize_scalar(dual, bounds=(-30, 10), options={"xatol": 1e-10})
        u = mp.exp(mp.mpf(float(best.x)))  # good to 1e-8, where the dual is flat
        logs = law.mean(lambda loss: mp.log(u + law.bound - loss))
        assert found == pytest.approx(float(law.bound + u - mp.exp(logs - r)), abs=CLOSE)


@pytest.mark.parametrize("clip", [2.0, 3.0, 6.0])
def test_critical_radius_against_long_arithmetic(solved, clip):
    theorem, ds = solved
    bound = clip**2 * 1.25
    found = price_of_overfitting(theorem, ds, bound=bound)
    with mp.workdps(20):
        law = Normal(ds, bound)
        mu = Normal(ds, bound, trained=False).mean(lambda loss: loss)
        losses, weights = law.table()
        gains = (float(mu) - losses) / (bound - float(mu))
        best = optimize.minimize_scalar(
            lambda s: -weights @ np.log1p(gains / (1 + np.exp(s))), bounds=(-30, 10),
            options={"xatol": 1e-10},
        )  # fmt: skip
        w = 1 / (1 + mp.exp(mp.mpf(float(best.x))))
        radius = law.mean(lambda loss: mp.log(1 + w * (mu - loss) / (law.bound - mu)))
        assert float(found.new_loss) == pytest.approx(float(mu), abs=CLOSE)
        assert float(found.critical_radius) == pytest.approx(float(radius), abs=CLOSE)


def test_the_radius_covers_the_new_loss(solved):
    theorem, ds = solved
    price = price_of_overfitting(theorem, ds, bound=11.25)
    at = holistic_limit(loss_law(theorem), ds, float(price.critical_radius), bound=11.25)
    assert float(at.holistic_loss) == pytest.approx(float(price.new_loss), abs=CLOSE)
    assert float(at["mean"]) == pytest.approx(float(price.training_loss), abs=CLOSE)


@pytest.mark.parametrize("alpha", [0.0, 0.1, 0.6])
@pytest.mark.parametrize("variant", ["HD", "HR"])
def test_large_samples_tend_to_it(solved, alpha, variant):
    """Quantiles at the middles of n equal masses: the error of hr_loss falls like 1/n."""
    theorem, ds = solved
    law, radii, gaps = loss_law(theorem), [0.0, 0.05, 1.0], []
    exact = holistic_limit(law, ds, radii, bound=11.25, alpha=alpha, variant=variant)
    for n in (2000, 20_000):
        losses = law.quantiles(ds, (np.arange(n) + 0.5) / n).loss.values.clip(max=11.25)
        found = [hr_loss(losses, alpha, r, 11.25, variant) for r in radii]
        gaps.append(np.abs(found - exact.holistic_loss.values).max())
    # The mass at the bound is off by half a point, which r and the bound magnify.
    assert gaps[1] < 0.003
    assert gaps[1] < 0.5 * gaps[0] or gaps[0] < 1e-4


def test_halved_panels_agree(solved):
    theorem, ds = solved
    law, values = loss_law(theorem), []
    for halvings in (0, 1):
        nodes = law.nodes(ds, 11.25, halvings=halvings)
        room = np.log(1e-6 + 11.25 - nodes.loss.values)
        values.append(float(np.sum(nodes.weight.values * room)))
        assert float(nodes.weight.sum()) == pytest.approx(1.0, abs=1e-13)
    assert values[0] == pytest.approx(values[1], abs=1e-12)


def test_limits(solved):
    theorem, ds = solved
    law = loss_law(theorem)
    nodes = law.nodes(ds, 11.25)
    mean = float((nodes.loss * nodes.weight).sum())
    spread = float(np.sqrt(((nodes.loss - mean) ** 2 * nodes.weight).sum()))
    found = holistic_limit(law, ds, [0.0, 1e-8, 50.0], bound=11.25).holistic_loss.values
    assert found[0] == pytest.approx(mean, abs=1e-13)
    # The next order is r, of the third cumulant.
    assert (found[1] - mean) / np.sqrt(2e-8) == pytest.approx(spread, rel=1e-3)
    assert found[2] == pytest.approx(11.25, abs=1e-12)
    # Without a loss above the mean a price is zero, beyond every loss it is infinite.
    assert (
        float(price_of_overfitting(theorem, {**POINT, "eps_test": 0.0}, bound=0.5).new_loss) < 0.5
    )
    easy = price_of_overfitting(theorem, {**POINT, "psi1": 0.1, "psi2": 20.0, "eps_test": 0.0},
                                bound=11.25)  # fmt: skip
    assert float(easy.critical_radius) == 0


def test_other_families_and_failed_points():
    logistic = asymp.theorem("random-features-robust-logistic")
    price = price_of_overfitting(
        logistic, {"psi1": 1.0, "psi2": 2.0, "eps": [0.1, 0.3], "zeta": 0.01}, bound=5.0
    )
    assert (price.critical_radius > 0).all()
    robust = asymp.theorem("random-features-robust")
    grid = robust.solve(psi1=[1.0, -1.0], psi2=2.0, eps=0.3, tau=0.5, zeta=0.01)
    holistic = holistic_limit(loss_law(robust), grid, [0.0, 0.1], bound=11.25, alpha=0.2)
    assert holistic.holistic_loss.dims == ("psi1", "r")
    assert np.isnan(holistic.holistic_loss.values[1]).all()
    assert np.isnan(price_of_overfitting(robust, grid, bound=11.25).critical_radius.values[1])
    null = {**POINT, "eps": 5.0}
    atone = price_of_overfitting(robust, null, bound=11.25)  # trained and new points are alike
    assert float(atone.critical_radius) == pytest.approx(0, abs=1e-12)


def test_a_really_trained_sample_costs_as_much(solved):
    theorem, ds = solved
    price = price_of_overfitting(theorem, ds, bound=11.25)
    radii = []
    for k in range(6):
        own, new = losses_of(theorem, POINT, 100, np.random.default_rng([3, k]))
        radii.append(critical_radius(own.clip(max=11.25), new.clip(max=11.25).mean(), 11.25))
    error = np.std(radii, ddof=1) / np.sqrt(len(radii))
    assert abs(np.mean(radii) - float(price.critical_radius)) < 4 * error


def test_refusals(solved):
    theorem, ds = solved
    law = loss_law(theorem)
    for bad in (-0.1, [0.1, np.nan], "much"):
        with pytest.raises(InvalidParameter, match=r"r = "):
            holistic_limit(law, ds, bad, bound=1.0)
    with pytest.raises(InvalidParameter, match=r"alpha = 1.0 is not in \[0, 1\)"):
        holistic_limit(law, ds, 0.1, bound=1.0, alpha=1.0)
    with pytest.raises(InvalidParameter, match="variant = 'KL'"):
        holistic_limit(law, ds, 0.1, bound=1.0, variant="KL")
    for bad in (0.0, -1.0, np.nan, np.inf, 1e200, None, "b"):
        with pytest.raises(InvalidParameter, match="bound = "):
            holistic_limit(law, ds, 0.1, bound=bad)
        with pytest.raises(InvalidParameter, match="bound = "):
            price_of_overfitting(theorem, ds, bound=bad)
    for bad in ("a", [0.1], None):
        with pytest.raises(InvalidParameter, match="alpha = "):
            holistic_limit(law, ds, 0.1, bound=1.0, alpha=bad)
    with pytest.raises(InvalidParameter, match="law = None is no law"):
        holistic_limit(None, ds, 0.1, bound=1.0)
    with pytest.raises(InvalidParameter, match="theorem = 5 is no theorem"):
        price_of_overfitting(5, ds, bound=1.0)
    with pytest.raises(InvalidParameter, match="bound has the dimensions"):
        price_of_overfitting(theorem, ds, bound=[1.0, 2.0])
