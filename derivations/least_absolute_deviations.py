"""Least absolute deviations in proportional dimensions (El Karoui et al. 2013)."""

import math

import mpmath
import numpy as np

import asymp

title = "Least absolute deviations"


def problem(noise="gaussian"):
    """Absolute loss, no penalty; ``noise``: "gaussian", "contaminated", "laplace", "student"."""
    return asymp.Problem(
        features=asymp.IsotropicGaussian(),
        target=asymp.LinearTarget(),
        noise=asymp.NOISES[noise],
        loss=asymp.AbsoluteLoss(),
        penalty=asymp.NoPenalty(),
    )


ROBUST = asymp.WORKS["elkaroui2013"].at("Result 1", "recalled")
PRECISE = asymp.Work(
    "thrampoulidis2018", "C. Thrampoulidis, E. Abbasi, B. Hassibi",
    "Precise error analysis of regularized M-estimators in high dimensions",
    "IEEE Transactions on Information Theory 64(8)", 2018,
).at("the case without penalty", "recalled")  # fmt: skip
COMPRESSED = asymp.WORKS["donoho2009"].at("parametric form of the phase boundary", "recalled")
sources = [ROBUST, PRECISE, COMPRESSED]
conventions = {
    "ratio": r"$\alpha=n/p$; El Karoui et al. have $\kappa=p/n$, Thrampoulidis et al. $\delta=n/p$",
    "loss": r"$\frac1n\sum_i|y_i-\theta^\top x_i|$; the factor is immaterial without penalty",
    "design": r"entries $N(0,1)$, so that $\mathcal E=\|\hat\theta-\beta\|^2$ is $r^2$",
    "noise": r"$\tau$ is a deviation (Student: a scale); outliers: $\tau_{out}$ and their share",
}


def own(noise):
    """Parameters of a noise beside its first."""
    return tuple(p.name for p in asymp.NOISES[noise].parameters[1:])


def translations(noise="gaussian"):
    """Both sources' letters; those of the noise are kept."""
    kept = {n: n for n in ("tau", *own(noise))}
    return [
        {
            "name": "el-karoui", "source": ROBUST, "parameters": {"kappa": "1/alpha", **kept},
            "observables": {"r": "sqrt(excess_risk)", "c": "V"},
            "meanings": {"kappa": "$p/n$", "r": r"$\|\hat\beta-\beta\|$", "c": "proximal scale"},
        },
        {
            "name": "thrampoulidis-abbasi-hassibi", "source": PRECISE,
            "parameters": {"delta": "alpha", **kept}, "observables": {"alpha2": "excess_risk"},
            "meanings": {"delta": "$n/p$", "alpha2": r"$\|\hat x-x_0\|^2$"},
            "latex": {"alpha2": r"\alpha^2"},
        },
    ]  # fmt: skip


class ResultOne(asymp.Printed):
    r"""Result 1 for the absolute loss, with :math:`\hat z=W+rZ`.

    :math:`\kappa=P(|\hat z|\le c)` and :math:`\kappa r^2=E\min(\hat z^2,c^2)`, from the noise's
    own density: Gauss-Legendre nodes in w/(w + tau + r) and in t.
    """

    def __init__(self, noise):
        self.noise = noise
        self.nodes, self.weights = ((a + b) / 2 for a, b in zip(
            np.polynomial.legendre.leggauss(400), (1, 0), strict=True))  # fmt: skip

    def within(self, at, r, t):
        """P(|z| < t) for an array of t."""
        from scipy.special import erf
        from scipy.stats import laplace
        from scipy.stats import t as student

        if self.noise in ("gaussian", "contaminated"):
            eps = at.get("share", 0.0)
            parts = [(1 - eps, at["tau"]), (eps, at.get("tau_out", 1.0))]
            return sum(w * erf(t / math.sqrt(2 * (s**2 + r**2))) for w, s in parts)
        known = laplace(scale=at["tau"] / math.sqrt(2)) if self.noise == "laplace" else (
            student(at["nu"], 0, at["tau"]))  # fmt: skip
        w = (at["tau"] + r) * self.nodes / (1 - self.nodes)
        mass = known.pdf(w) * self.weights * (at["tau"] + r) / (1 - self.nodes) ** 2
        above, below = ((t[:, None] + sign * w) / (r * math.sqrt(2)) for sign in (-1, 1))
        return (erf(above) + erf(below)) @ mass

    def evaluate(self, letters):
        """The error r^2 and the scale c."""
        from scipy.optimize import brentq

        at = {name: float(value) for name, value in letters.items()}

        def scale(r):
            top = 1e3 * (at["tau"] + at.get("tau_out", 0.0) + r)
            gap = lambda c: self.within(at, r, np.array([c]))[0] - at["kappa"]  # noqa: E731
            return brentq(gap, 0, top, xtol=1e-15, rtol=1e-14)

        def excess(log_r):
            r = math.exp(log_r)
            c = scale(r)
            t = c * self.nodes
            mean = 2 * c * float((t * (1 - self.within(at, r, t))) @ self.weights)
            return at["kappa"] - mean / r**2

        middle = math.log(at["tau"])
        r = math.exp(brentq(excess, middle - 7, middle + 7, xtol=1e-14))
        return {"excess_risk": r**2, "V": scale(r)}


class Boundary(asymp.Printed):
    """Recovery from outliers alone: compressed sensing with n - p measurements of n errors."""

    def evaluate(self, letters):
        """The boundary delta = 1 - 1/alpha at sparsity rho delta = share, parametrised by z."""

        def curve(z):
            phi, tail = mpmath.npdf(z), mpmath.ncdf(-z)
            return 2 * phi / (z + 2 * (phi - z * tail)), 1 - z * tail / phi

        share = mpmath.mpf(letters["share"])
        gap = lambda z: mpmath.log(mpmath.fprod(curve(z)) / share)  # noqa: E731
        ends = (mpmath.mpf("1e-8"), mpmath.mpf(20))
        z = mpmath.findroot(gap, ends, solver="anderson", maxsteps=200)
        return {"alpha_c": float(1 / (1 - curve(z)[0]))}


def audits(noise="gaussian"):
    """El Karoui's system from the density of the noise, and the boundary of recovery."""
    ranges = {
        "alpha": (1.1, 20),
        "tau": (0.1, 2),
        "rho": (0.3, 3),
        "tau_out": (0.5, 20),
        "share": (0.01, 0.5),
        "nu": (1, 8),
    }
    names = ("alpha", "rho", "tau", *own(noise))
    found = [
        asymp.Audit(
            "result-1", ROBUST, ResultOne(noise),
            {"kappa": "1/alpha", **{n: n for n in ("tau", *own(noise))}}, ("excess_risk", "V"),
            {n: ranges[n] for n in names}, tolerance=1e-8,
            reason="400 Gauss-Legendre nodes and scalar roots to 1e-14; condition below 1e3",
        )
    ]  # fmt: skip
    if noise == "contaminated":
        found.append(
            asymp.Audit(
                "outliers-alone", COMPRESSED, Boundary(), {"share": "share"}, ("alpha_c",),
                {"share": (0.001, 0.9)}, {"alpha": 2.0, "tau": 1.0, "tau_out": 1.0},
                tolerance=1e-10, reason="one scalar root on either side",
            )
        )  # fmt: skip
    return found


ENOUGH = {"alpha": (1.2, 10), "tau": (0.1, 1.5), "nu": (0.8, 8), "share": (0.02, 0.5),
          "tau_out": (0.5, 5)}  # fmt: skip


def ranges_of(noise, **more):
    """Enough samples, and noise."""
    names = ("alpha", "tau", "rho", *own(noise))
    return {"ranges": {n: e for n, e in {**ENOUGH, **more}.items() if n in names}}


def limits(noise="gaussian"):
    """The ends of the sample ratio, and what has no noise."""
    found = [
        asymp.Limit("threshold", {"alpha": "1 + h"}, {"excess_risk": "oo"}, **ranges_of(noise),
                    order=0.7, meaning=r"the error diverges as $\alpha\to1$"),
        asymp.Limit("many-samples", {"alpha": "1/h"}, {"excess_risk": 0}, **ranges_of(noise),
                    meaning="the teacher is found"),
    ]  # fmt: skip
    if noise == "gaussian":
        found.append(
            asymp.Limit("noiseless", {"tau": "h"}, ("excess_risk", "V", "q_hat", "train_loss"),
                        **ranges_of(noise), meaning="without noise the teacher is found exactly")
        )  # fmt: skip
    if noise == "contaminated":
        found.append(
            asymp.Limit("clean-labels", {"tau": "h"}, ("excess_risk", "V", "q_hat", "train_loss"),
                        where="alpha > 1.2*alpha_c",
                        **ranges_of(noise, share=(0.02, 0.3), alpha=("1.2*alpha_c", "5*alpha_c")),
                        start=1e-3, meaning=r"above $\alpha_c$ outliers alone do no harm")
        )  # fmt: skip
    return found


DENSITY = {
    "gaussian": "1/sqrt(2*pi*tau**2)", "laplace": "1/sqrt(2*tau**2)",
    "contaminated": "((1 - share)/tau + share/tau_out)/sqrt(2*pi)",
}  # fmt: skip


def laws(noise="gaussian"):
    """Counting, invariance, the median's variance, and the explicit error under Gaussian noise."""
    found = [
        asymp.identity("interpolated-samples", "alpha*V*V_hat", "1",
                       "as many residuals are zero as there are parameters", **ranges_of(noise)),
        asymp.scaling("any-teacher", {"rho": 1}, {"excess_risk": 0, "V": 0},
                      "without penalty the error does not depend on the teacher",
                      **ranges_of(noise)),
    ]  # fmt: skip
    if noise in DENSITY:
        found.append(
            asymp.identity("median-variance", "alpha*excess_risk", f"1/(4*({DENSITY[noise]})**2)",
                           "with many samples the asymptotic variance of a median",
                           **ranges_of(noise, alpha=(1e9, 1e9), share=(0.02, 0.3)),
                           tolerance=1e-3, why_tolerance="corrections of the order 1/sqrt(alpha)")
        )  # fmt: skip
    if noise == "gaussian":
        found.append(
            asymp.inequality("least-squares-is-best", "tau**2/(alpha - 1)", "excess_risk",
                             "under Gaussian noise no convex loss beats least squares",
                             **ranges_of(noise))
        )  # fmt: skip
    if noise == "contaminated":
        found.append(
            asymp.power("onset-of-failure", "excess_risk", {"alpha": "alpha_c*(1 - h)"}, 2,
                        fixed={"tau": 0},
                        **ranges_of(noise, tau=(0, 0), share=(0.05, 0.4), alpha=("2*alpha_c",) * 2))
        )  # fmt: skip
    return found
