"""Adversarially trained classifiers of two Gaussian classes (Javanmard and Soltanolkotabi 2022)."""

from functools import partial

import sympy as sp

import asymp

title = "Adversarial training on a Gaussian mixture"
LOSSES = asymp.Choices(
    "loss",
    {
        "hinge": asymp.HingeLoss,
        "squared hinge": asymp.SquaredHingeLoss,
        "logistic": asymp.LogisticLoss,
        "square": asymp.SquareLoss,
    },
)


def problem(loss="hinge"):
    """Two classes of unit covariance, a margin loss under an l2 attack, ridge."""
    return asymp.Problem(
        features=asymp.IsotropicGaussian(),
        labels=asymp.GaussianMixture(),
        loss=LOSSES[loss](),
        penalty=asymp.Ridge(),
        adversary=asymp.L2Input(),
    )


JS = asymp.WORKS["javanmard2022"]
TAHERI = asymp.WORKS["taheri2023"]
SOURCE = JS.at("non-separable regime, isotropic covariance, p = 2", "recalled")
sources = [SOURCE, TAHERI.at("Gaussian-mixture model, q = 2", "recalled")]
conventions = {
    "ratios": r"$\alpha=n/p$; the sources write $\delta=n/d$",
    "loss": r"$\frac1n\sum_i\ell(y_ix_i^\top\theta-\varepsilon\|\theta\|)"
    r"+\frac\zeta2\|\theta\|^2$; the first source has $\zeta=0$",
    "attack": r"$\|\delta\|_2\le\varepsilon$ beside $\|x\|\sim\sqrt p$; no factor of $p$",
    "classes": r"$x=y\mu+z$, $\rho=\|\mu\|^2$; the sources write $V=\|\mu\|$",
}
translations = [
    {
        "name": "javanmard-soltanolkotabi", "source": SOURCE,
        "parameters": {"delta": "alpha", "V": "sqrt(rho)", "e0": "eps", "e": "eps_test"},
        "observables": {"SR": "1 - classification_error", "AR": "1 - robust_error"},
        "fixed": {"zeta": 0}, "latex": {"e0": r"\varepsilon_0", "e": r"\varepsilon"},
        "meanings": {"delta": "$n/d$", "V": r"$\|\mu\|$", "SR": "standard accuracy",
                     "AR": "robust accuracy"},
    },
]  # fmt: skip

# The scalar min-max in the source's letters: theta along the class mean, alpha across it.
theta, across, beta, tau_g = sp.symbols("theta alpha_perp beta tau_g", positive=True)
V, delta, e0, e, zeta = sp.symbols("V delta e0 e zeta", positive=True)
size = sp.sqrt(across**2 + theta**2)


def shortfall(a):
    """Average of the squared positive part of a Gaussian of mean a and deviation size."""
    tail = (1 + sp.erf(a / size / sp.sqrt(2))) / 2
    return (a**2 + size**2) * tail + a * size * sp.exp(-((a / size) ** 2) / 2) / sp.sqrt(2 * sp.pi)


lack, step = 1 - V * theta + e0 * size, tau_g / beta
ENVELOPES = {
    "hinge": (shortfall(lack) - shortfall(lack - step)) / (2 * step),
    "squared hinge": shortfall(lack) / (2 * (1 + step)),
}


def audits(loss="hinge"):
    """The saddle in the source's letters, with a ridge, for losses of closed Moreau envelope."""
    if loss not in ENVELOPES:
        return []
    value = ENVELOPES[loss] + beta * tau_g / 2 - beta * across / sp.sqrt(delta)
    saddle = asymp.PrintedSaddle(
        value + zeta / 2 * size**2, maximise=(beta,), minimise=(theta, across, tau_g),
        outputs={
            "classification_error": (1 - sp.erf(V * theta / size / sp.sqrt(2))) / 2,
            "robust_error": (1 - sp.erf((V * theta / size - e) / sp.sqrt(2))) / 2,
            "parameter_norm2": size**2,
        },
    )  # fmt: skip
    ours = {n: sp.Symbol(n, positive=True) for n in ("alpha", "rho", "eps", "eps_test", "zeta")}
    return [
        asymp.Audit(
            "scalar-saddle", SOURCE, saddle,
            {"delta": ours["alpha"], "V": sp.sqrt(ours["rho"]), "e0": ours["eps"],
             "e": ours["eps_test"], "zeta": ours["zeta"]},
            tuple(saddle.outputs),
            {"alpha": (0.3, 6), "rho": (0.3, 4), "zeta": (0.02, 2),
             "eps": (0.05, 0.9 * sp.sqrt(ours["rho"] + 1 / ours["alpha"])), "eps_test": (0.1, 2)},
            tolerance=1e-8, reason="the saddle is solved to 20 digits, the theorem to 1e-12",
        )
    ]  # fmt: skip


ranges = {"eps": ("0.02*eps_max", "0.9*eps_max"), "zeta": (0.02, 2)}
limit = partial(asymp.Limit, ranges=ranges)
MAIN = ("classification_error", "parameter_norm2")
BEST = "(1 - erf(rho/sqrt(2*(rho + 1/alpha))))/2"  # error of the mean of all y x
COSINE = "sqrt(rho/(rho + 1/alpha))"
limits = [
    limit(
        "strong-ridge", {"zeta": "1/h"},
        {"classification_error": BEST, "correlation": COSINE, "parameter_norm2": 0},
        meaning=r"$\zeta\to\infty$: the direction of $\sum_iy_ix_i$, Bayes-optimal",
    ),
    limit(
        "null-threshold", {"eps": "eps_max*(1 - h)"},
        {"classification_error": BEST, "correlation": COSINE, "parameter_norm2": 0},
        meaning=r"at $\varepsilon_{\max}^2=\rho+1/\alpha$ the estimator vanishes, again along "
        r"$\sum_iy_ix_i$",
    ),
    limit(
        "null-phase", {"eps": "eps_max*(1 + h)"}, {"parameter_norm2": 0, "correlation": 0},
        meaning="and it is zero beyond",
    ),
    limit("no-adversary", {"eps": "h"}, MAIN, meaning="continuous at zero radius"),
    limit(
        "standard-training", {"eps": "0"}, asymp.Variant(MAIN, {"adversary": None}),
        meaning=r"$\varepsilon=0$ is the theorem without adversary",
    ),
    limit(
        "many-samples", {"alpha": "1/h"},
        {"classification_error": "(1 - erf(sqrt(rho/2)))/2", "correlation": 1}, start=0.5,
        ranges={"eps": (0.02, "0.8*sqrt(rho)"), "zeta": (0.02, 2)},
        meaning=r"$\alpha\to\infty$: the class mean is found",
    ),
    limit(
        "few-samples", {"alpha": "h"}, {"classification_error": 0.5, "correlation": 0}, order=0.5,
        ranges={"eps": (0.02, 2), "zeta": (0.02, 2)}, meaning=r"$\alpha\to0$: nothing is learned",
    ),
]  # fmt: skip
laws = [
    asymp.identity(
        "attack", "robust_error", "(1 - erf((sqrt(rho)*correlation - eps_test)/sqrt(2)))/2",
        ranges=ranges,
    ),
    asymp.inequality(
        "bayes", BEST, "classification_error",
        "no estimator errs less than the mean of all $y_ix_i$", ranges=ranges,
    ),
    asymp.power("null-onset", "parameter_norm2", {"eps": "eps_max*(1 - h)"}, 2, ranges=ranges),
]  # fmt: skip
