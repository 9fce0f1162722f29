"""Least squares and least-norm interpolation on isotropic inputs (Hastie et al. 2022)."""

import sympy as sp

import asymp

title = "Ridgeless regression"


def problem():
    r"""Square loss; ``zeta = 0``, the default, is the limit of the ridge from above."""
    return asymp.Problem(
        features=asymp.IsotropicGaussian(),
        target=asymp.LinearTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
    )


WORK = asymp.Work(
    "hastie2022", "T. Hastie, A. Montanari, S. Rosset, R. Tibshirani",
    "Surprises in high-dimensional ridgeless least squares interpolation",
    "Annals of Statistics 50(2)", 2022,
)  # fmt: skip
sources = [WORK.at("Theorem 1", "recalled")]
conventions = {
    "ratio": r"$\alpha=n/p$; the source has $\gamma=p/n=1/\alpha$",
    "risk": r"includes the noise $\tau^2$ of a new label; the source's does not",
    "noise": r"the source's $\sigma^2$ is $\tau^2$",
    "teacher": r"$\rho=\|\beta\|^2$; the source's $r^2$",
    "limit": r"$\zeta=0$ means $\zeta\to0$: the interpolator of least norm where there is one",
}
translations = [
    {
        "name": "hastie",
        "source": sources[0],
        "parameters": {"gamma": "1/alpha", "r2": "rho", "sigma2": "tau**2"},
        "observables": {"R": "standard_risk - tau**2"},
        "fixed": {"zeta": 0},
        "meanings": {
            "gamma": "$p/n$", "r2": r"$\|\beta\|^2$", "sigma2": "variance of the noise",
            "R": "risk without the label noise",
        },
        "latex": {"r2": "r^2", "sigma2": r"\sigma^2"},
    }
]  # fmt: skip

# Theorem 1 as printed: gamma = p/n, signal r^2, noise sigma^2; theirs is the excess risk.
gamma, r2, sigma2 = sp.symbols("gamma r2 sigma2", positive=True)
alpha, tau, rho = sp.symbols("alpha tau rho", positive=True)
over = r2 * (1 - 1 / gamma) + sigma2 / (gamma - 1)
under = sigma2 * gamma / (1 - gamma)
audits = [
    asymp.Audit(
        "theorem-1",
        source=sources[0],
        form=asymp.PrintedForm(
            {"standard_risk": sigma2 + sp.Piecewise((under, gamma < 1), (over, True))}
        ),
        parameters={"gamma": 1 / alpha, "sigma2": tau**2, "r2": rho},
        observables=("standard_risk",),
        ranges={"alpha": (0.05, 20), "tau": (0, 2), "rho": (0.3, 3)},
        fixed={"zeta": 0},
        condition=sp.Ne(alpha, 1),
        tolerance=1e-9,
        reason="explicit on both sides up to the condition number 1/|alpha - 1|",
    )
]

# fmt: off
PEAK = {"standard_risk": "oo", "parameter_norm2": "oo", "train_risk": 0}
NOISY = {"tau": (0.1, 1.5)}
limits = [
    asymp.Limit(
        "peak-from-below", {"zeta": "0", "alpha": "1 - h"}, PEAK, ranges=NOISY,
        meaning=r"the risk diverges at $\alpha=1$",
    ),
    asymp.Limit(
        "peak-from-above", {"zeta": "0", "alpha": "1 + h"}, PEAK, ranges=NOISY,
        meaning=r"the risk diverges at $\alpha=1$",
    ),
    asymp.Limit(
        "many-samples", {"zeta": "0", "alpha": "1/h"},
        {"standard_risk": "tau**2", "train_risk": "tau**2", "parameter_norm2": "rho"},
        meaning="least squares finds the teacher",
    ),
    asymp.Limit(
        "few-samples", {"zeta": "0", "alpha": "h"},
        {"standard_risk": "rho + tau**2", "parameter_norm2": 0}, meaning="nothing is learnt",
    ),
    asymp.Limit(
        "noiseless-interpolation", {"zeta": "0", "tau": "h"}, {"standard_risk": "rho*(1 - alpha)"},
        where="alpha < 1", order=2,
        meaning="without noise the interpolator finds the projection of the teacher on the data",
    ),
    asymp.Limit(
        "recovery", {"zeta": "0", "tau": "h"}, {"standard_risk": 0, "parameter_norm2": "rho"},
        where="alpha > 1", order=2, meaning="without noise least squares is exact",
    ),
    asymp.Limit(
        "ridge-last", {"zeta": "h"}, ("standard_risk", "parameter_norm2", "train_risk"),
        where="(alpha > 1.3) | (alpha < 0.7)", start=1e-3, ranges=NOISY,
        meaning=r"off $\alpha=1$ the ridge is removed continuously",
    ),
]
AT_ZERO = {"fixed": {"zeta": 0}}
GOOD = {"where": "9*tau**2 < rho", "ranges": {**NOISY, "alpha": ("1 - tau/sqrt(rho)",) * 2}}
laws = [
    asymp.power("pole-from-below", "standard_risk", {"zeta": "0", "alpha": "1 - h"}, -1,
                ranges=NOISY),
    asymp.power("pole-from-above", "standard_risk", {"zeta": "0", "alpha": "1 + h"}, -1,
                ranges=NOISY),
    asymp.identity("interpolation", "train_risk", "0", where="alpha < 1", **AT_ZERO),
    asymp.identity("training-error", "train_risk", "tau**2*(1 - 1/alpha)", where="alpha > 1",
                   **AT_ZERO),
    asymp.identity("norm-of-the-interpolator", "parameter_norm2",
                   "rho*alpha + tau**2*alpha/(1 - alpha)", where="alpha < 1", **AT_ZERO),
    asymp.slope(
        "second-minimum", "standard_risk", "alpha", 0,
        r"if $\rho>\tau^2$ the risk of the interpolator is stationary at "
        r"$\alpha=1-\tau/\sqrt\rho$", **AT_ZERO, **GOOD,
    ),
]
# fmt: on
