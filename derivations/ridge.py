"""Ridge regression on Gaussian inputs of any spectrum (Dobriban and Wager 2018)."""

import sympy as sp

import asymp

title = "Ridge regression"
SECOND = asymp.Parameter("t2", sp.Interval.open(0, sp.oo), "second eigenvalue, the first is 1")
WEIGHT = asymp.Parameter("w2", sp.Interval.open(0, 1), "weight of the second eigenvalue")
TWO_LEVEL = asymp.Spectrum.two_level(1, SECOND, WEIGHT)


def problem(spectrum=None):
    """Square loss and ridge; ``spectrum``: None (isotropic), "two-level" or an asymp.Spectrum."""
    law = TWO_LEVEL if spectrum == "two-level" else spectrum
    return asymp.Problem(
        features=asymp.IsotropicGaussian() if law is None else asymp.GaussianDesign(law),
        target=asymp.LinearTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
    )


def levels(spectrum):
    """Eigenvalues and weights; none for a teacher that is not isotropic, as the source has it."""
    if spectrum is None:
        return [(sp.Integer(1), sp.Integer(1))]
    law = TWO_LEVEL if spectrum == "two-level" else spectrum
    found = list(zip(law.values, law.weights, strict=True))
    mean = sum(t * w for t, w in found)
    gaps = [sp.simplify(e * mean - t * w) for (t, w), e in zip(found, law.teacher, strict=True)]
    # Shares of a density or of data are floats, and even up to rounding.
    return found if all(g.is_number and abs(g) < 1e-12 for g in gaps) else []


WORK = asymp.WORKS["dobriban2018"]
sources = [WORK.at("Theorem 2.1 and its case of identity covariance", "recalled")]
conventions = {
    "ratio": r"$\alpha=n/p$; the source has $\gamma=p/n=1/\alpha$",
    "ridge": r"$\hat\theta=(X^\top X/n+\zeta)^{-1}X^\top y/n$; the source's $\lambda$ is $\zeta$",
    "noise": r"variance $\tau^2$; the source divides labels by $\tau$",
    "teacher": r"$\rho=\beta^\top\Sigma\beta$; the source has $\mathbb E\|\beta\|^2=\alpha^2$",
    "limit": r"$\zeta=0$ means $\zeta\to0$: least squares, or the interpolator of least norm",
}

# As printed: noise of variance 1, signal strength alpha^2 = E|beta|^2, ratio gamma = p/n.
lam, gamma, strength, noise, v = sp.symbols("lambda gamma alpha2 noise v", positive=True)
alpha, zeta, tau, rho = sp.symbols("alpha zeta tau rho", positive=True)
root = sp.sqrt((1 - gamma + lam) ** 2 + 4 * gamma * lam)
m = (gamma - 1 - lam + root) / (2 * gamma * lam)
ISOTROPIC = asymp.PrintedForm(
    {"standard_risk": noise * (1 + gamma * m - lam * (lam * strength - gamma) * sp.diff(m, lam))}
)


def general(law):
    """Theorem 2.1: v is the companion Stieltjes transform at -lambda, by Silverstein's equation."""
    update = 1 / (lam + gamma * sum(w * t / (1 + t * v) for t, w in law))
    prime = 1 / (1 / v**2 - gamma * sum(w * t**2 / (1 + t * v) ** 2 for t, w in law))
    factor = 1 + (lam * strength / gamma - 1) * (1 - lam * prime / v)
    return asymp.PrintedForm({"standard_risk": noise * factor / (lam * v)}, updates={v: update})


def audits(spectrum=None):
    """The identity's closed form, or the fixed point of any spectrum."""
    law, own = levels(spectrum), {"t2": SECOND.symbol, "w2": WEIGHT.symbol}
    if not law:
        return []
    audit = asymp.Audit(
        "theorem-2.1",
        source=sources[0],
        form=general(law) if spectrum is not None else ISOTROPIC,
        parameters={
            "gamma": 1 / alpha, "lambda": zeta, "noise": tau**2,
            "alpha2": rho / (tau**2 * sum(t * w for t, w in law)),
            **(own if spectrum == "two-level" else {}),
        },
        observables=("standard_risk",),
        ranges={
            "alpha": (0.01, 100), "zeta": (1e-6 if spectrum is None else 1e-2, 100),
            "tau": (0.05, 2), "rho": (0.3, 3),
            **({"t2": (0.1, 10), "w2": (0.1, 0.9)} if spectrum == "two-level" else {}),
        },
        tolerance=1e-9,
        reason="printed side in 30 digits; the theorem's root in double precision loses at most "
        "the condition number near alpha = 1 at small zeta",
    )  # fmt: skip
    return [audit]


def translations(spectrum=None):
    """The source has noise of variance one."""
    own = ("t2", "w2") if spectrum == "two-level" else ()
    return [] if not levels(spectrum) else [
        {
            "name": "dobriban-wager",
            "source": sources[0],
            "parameters": {
                **{name: name for name in own}, "gamma": "1/alpha", "lam": "zeta",
                "alpha2": f"rho/({sum(t * w for t, w in levels(spectrum))})",
            },
            "observables": {"R": "standard_risk"},
            "fixed": {"tau": 1},
            "meanings": {
                "gamma": "$p/n$", "lam": "ridge", "alpha2": r"$\mathbb E\|\beta\|^2$", "R": "risk",
            },
            "latex": {"lam": r"\lambda", "alpha2": r"\alpha^2"},
        }
    ]  # fmt: skip


# fmt: off
NOTHING = {"standard_risk": "rho + tau**2", "parameter_norm2": 0}
limits = [
    asymp.Limit("strong-ridge", {"zeta": "1/h"}, NOTHING, meaning="the estimator vanishes"),
    asymp.Limit("few-samples", {"alpha": "h"}, NOTHING, ranges={"zeta": (0.01, 2)},
                meaning="nothing is learnt"),
    asymp.Limit("no-ridge", {"zeta": "h"}, ("standard_risk", "parameter_norm2", "train_risk"),
                # The distance is O(h) only once h < tau^2: before, the bias O(h^2) is larger.
                where="(alpha > 1.3) | (alpha < 0.7)", start=1e-3, ranges={"tau": (0.1, 1.5)},
                meaning=r"$\zeta\to0$ is continuous off $\alpha=1$"),
    asymp.Limit("many-samples", {"alpha": "1/h", "zeta": "0"},
                {"standard_risk": "tau**2", "train_risk": "tau**2"},
                meaning="least squares finds the teacher"),
    asymp.Limit("threshold", {"zeta": "h", "alpha": "1"}, {"standard_risk": "oo"}, order=0.5,
                ranges={"tau": (0.1, 1.5)},
                meaning=r"at $\alpha=1$ the risk diverges as the ridge vanishes"),
]


def laws(spectrum=None):
    """The best ridge, and what Bayes' rule says there if the teacher is isotropic."""
    mean = sum(t * w for t, w in levels(spectrum))
    best = f"tau**2*({mean})/(rho*alpha)"
    there = {"ranges": {"tau": (0.1, 1.5), "zeta": (best, best)}}
    return [] if mean == 0 else [
        asymp.slope("optimal-ridge", "standard_risk", "zeta", 0,
                    r"the risk is stationary at $\zeta_\star=\tau^2\int t\,d\mu/(\rho\alpha)$",
                    **there),
        asymp.identity("bayes-overlaps", "m", "q", r"at $\zeta_\star$, $m=q$", **there),
        asymp.identity("optimal-risk", "standard_risk", "tau**2*(1 + V)",
                       r"at $\zeta_\star$ the risk is $\tau^2(1+V)$", **there),
    ]
# fmt: on
