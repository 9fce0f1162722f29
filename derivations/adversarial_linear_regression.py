"""Adversarially trained linear regression (Javanmard, Soltanolkotabi and Hassani 2020)."""

import sympy as sp

import asymp

title = "Adversarially trained linear regression"


def problem():
    """Square loss, l2 adversary on isotropic Gaussian inputs, ridge."""
    return asymp.Problem(
        features=asymp.IsotropicGaussian(),
        target=asymp.LinearTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
        adversary=asymp.L2Input(),
    )


WORK = asymp.WORKS["javanmard2020"]
sources = [WORK.at("Theorem 5, Corollary 6, Lemma 3 and Proposition 13", "read")]
conventions = {
    "ratio": r"$\alpha=n/p$; the source's $\delta$",
    "loss": r"$\frac1{2n}\sum_i(|r_i|+\varepsilon\|\theta\|)^2+\frac\zeta2\|\theta\|^2$; the "
    r"source has $\zeta=0$, and $\varepsilon\|\theta\|/\sqrt p$ with $\|\theta\|^2=O(p)$",
    "noise": r"$\tau$ is the standard deviation of the label noise; the source's $\sigma$",
    "teacher": r"$\rho=\|\beta\|^2$; the source's $V^2$",
    "limit": r"$\varepsilon=\zeta=0$ means $\zeta\to0$ at $\varepsilon=0$",
}
translations = [
    {
        "name": "javanmard-soltanolkotabi-hassani",
        "source": sources[0],
        "parameters": {
            "delta": "alpha", "eps": "eps", "eps_test": "eps_test", "sigma": "tau",
            "V": "sqrt(rho)",
        },
        "observables": {"SR": "standard_risk", "AR": "robust_risk"},
        "fixed": {"zeta": 0},
        "meanings": {
            "delta": "$n/p$", "eps": "radius in training", "eps_test": "radius at test time",
            "sigma": "deviation of the noise", "V": "norm of the teacher", "SR": "standard risk",
            "AR": "robust risk",
        },
    }
]  # fmt: skip

# Theorem 5 as printed: the letters of the saddle, then those of the problem.
alpha, tau_g, beta, gamma, tau_h, root = sp.symbols(
    "alpha tau_g beta gamma tau_h tau_star", positive=True
)
delta, sigma, V, eps, eps_test = sp.symbols("delta sigma V eps eps_test", positive=True)
ratio, tau, rho = sp.symbols("alpha tau rho", positive=True)
c = sp.sqrt(2 / sp.pi)
risk = alpha**2 + sigma**2
kappa = gamma * (tau_g + beta) / (delta * eps * beta * sp.sqrt(risk))
kink = sp.Piecewise((beta**2 * risk / (2 * tau_g * (tau_g + beta)), c < kappa), (0, True))
value = (
    delta * beta / (2 * (tau_g + beta)) * risk
    + delta * kink * (sp.erf(root / sp.sqrt(2)) - kappa * root)
    - alpha / (2 * tau_h) * (gamma**2 + beta**2)
    + gamma * sp.sqrt(alpha**2 * beta**2 / tau_h**2 + V**2)
    - alpha * tau_h / 2 + beta * tau_g / 2
)  # fmt: skip
norm = beta * root * sp.sqrt(risk) / (eps * tau_g)
eps_null = sp.sqrt(sp.pi / 2 * (1 / delta + V**2 / (V**2 + sigma**2)))
here = eps_null.subs({delta: ratio, V: sp.sqrt(rho), sigma: tau}, simultaneous=True)
THEOREM_5 = asymp.PrintedSaddle(
    value=value,
    maximise=(beta, gamma, tau_h),
    minimise=(alpha, tau_g),
    inner_root=asymp.InnerRoot(
        root,
        kappa - beta / tau_g * root - root * sp.erf(root / sp.sqrt(2)) - c * sp.exp(-(root**2) / 2),
    ),
    outputs={
        "standard_risk": risk,
        "robust_risk": risk + eps_test**2 * norm**2 + 2 * c * eps_test * norm * sp.sqrt(risk),
        "gradient_norm2": norm**2,
        "train_robust_risk": 2 * asymp.PrintedSaddle.VALUE / delta,
    },
    easier={"eps": eps_null / 2},
)
PROPOSITION_13 = asymp.PrintedSeries(
    "eps",
    {
        "standard_risk": (
            delta * sigma**2 / (delta - 1),
            -2 * c * sigma**3 * delta ** sp.Rational(3, 2) / (delta - 1) ** 2
            / sp.sqrt(sigma**2 + V**2 * (delta - 1)),
        )
    },
)  # fmt: skip
LETTERS = {"delta": ratio, "sigma": tau, "V": sp.sqrt(rho)}
audits = [
    asymp.Audit(
        "theorem-5",
        source=WORK.at("Theorem 5 and Corollary 6", "read"),
        form=THEOREM_5,
        parameters={**LETTERS, "eps": eps, "eps_test": eps_test},
        observables=("standard_risk", "robust_risk", "gradient_norm2", "train_robust_risk"),
        ranges={
            "alpha": (0.2, 5), "tau": (0.2, 1.5), "rho": (0.5, 2),
            "eps": (0.05 * here, 0.9 * here), "eps_test": (0.05 * here, 2 * here),
        },
        fixed={"zeta": 0},
        tolerance=1e-8,
        reason="the saddle is solved to 20 digits; the theorem's own root loses the condition "
        "number 2/(1-eps/eps_max) <= 20 times its 1e-13",
    ),
    asymp.Audit(
        "proposition-13",
        source=WORK.at("Proposition 13", "read"),
        form=PROPOSITION_13,
        parameters=LETTERS,
        observables=("standard_risk[0]", "standard_risk[1]"),
        ranges={"alpha": (1.5, 8), "tau": (0.2, 1.5), "rho": (0.5, 2)},
        fixed={"zeta": 0},
        tolerance=1e-8,
        reason="differentiating an interpolant at its end loses about four of thirteen digits",
    ),
]  # fmt: skip

# fmt: off
NULL = "rho + tau**2"
NOTHING = {"standard_risk": NULL, "robust_risk": NULL, "train_robust_risk": NULL,
           "parameter_norm2": 0}
STANDARD = ("standard_risk", "parameter_norm2")
limits = [
    asymp.Limit("null-threshold", {"eps": "eps_max*(1 - h)"}, NOTHING,
                meaning=r"the estimator vanishes continuously at $\varepsilon_{\max}$"),
    asymp.Limit("null-phase", {"eps": "eps_max*(1 + h)"}, NOTHING, meaning="and is zero beyond"),
    asymp.Limit("least-squares", {"eps": "h", "zeta": "0"},
                {"standard_risk": "tau**2*alpha/(alpha - 1)",
                 "train_robust_risk": "tau**2*(1 - 1/alpha)"},
                where="alpha > 1.25", start=5e-3, meaning=r"$\varepsilon\to0$: least squares"),
    asymp.Limit("least-norm", {"eps": "h", "zeta": "0"},
                {"standard_risk": "rho*(1 - alpha) + tau**2/(1 - alpha)", "train_robust_risk": 0},
                where="alpha < 0.8", start=5e-3,
                meaning=r"$\varepsilon\to0$ below $\alpha=1$: the interpolator of least norm"),
    asymp.Limit("standard-training", {"eps": "0"}, asymp.Variant(STANDARD, {"adversary": None}),
                meaning=r"$\varepsilon=0$ is ridge regression"),
    asymp.Limit("no-peak", {"alpha": "1 + h", "zeta": "0"}, (*STANDARD, "robust_risk"),
                ranges={"eps": ("0.2*eps_max", "0.8*eps_max")},
                meaning=r"an adversary removes the singularity at $\alpha=1$"),
    asymp.Limit("strong-ridge", {"zeta": "1/h"}, NOTHING,
                ranges={"eps": ("0.05*eps_max", "0.9*eps_max")}, meaning="the estimator vanishes"),
]
laws = [
    asymp.power("null-onset", "parameter_norm2", {"eps": "eps_max*(1 - h)"}, 2,
                r"$\|\theta\|^2\sim C(\varepsilon_{\max}-\varepsilon)^2$ below the threshold"),
    asymp.identity("threshold", "eps_max**2", "pi/2*(1/alpha + rho/(rho + tau**2))",
                   where="rho > 0"),
    asymp.identity("residual-atom", "interpolated_fraction", "erf(V*eps*sqrt(P/(2*SR)))",
                   "the residuals within the reach of the adversary are exactly zero",
                   ranges={"eps": ("0.05*eps_max", "0.9*eps_max")}),
]
# fmt: on
