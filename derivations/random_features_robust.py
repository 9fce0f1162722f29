"""Robust error of adversarially trained random features (Hassani and Javanmard 2024)."""

import sympy as sp

import asymp

title = "Adversarially trained random features"


def problem(activation="relu"):
    """Square loss, l2 adversary on the input, ridge; only the second layer is trained."""
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
        adversary=asymp.L2Input(),
    )


SOURCE = asymp.WORKS["hassani2024"].at("Theorem 4.2 and equation (4.4)", "second-hand")
sources = [
    SOURCE,
    asymp.WORKS["mei2022"].at("Theorem 2", "second-hand"),
    asymp.WORKS["javanmard2020"].at("Theorem 5 and Proposition 13", "read"),
]
conventions = {
    "ratios": r"$\psi_1=N/d$, $\psi_2=n/d$ (the source's letters)",
    "loss": r"$\frac1{2n}\sum_i(|r_i|+\varepsilon\|A^{1/2}\theta\|)^2"
    r"+\frac\zeta2\|\theta\|^2$; the source has $\zeta=0$",
    "noise": r"$\tau$ is the standard deviation of the label noise",
    "teacher": r"$\rho=\|\beta\|^2$; the source has $\rho=1$",
    "limit": r"$\varepsilon=\zeta=0$ means $\zeta\to0$ at $\varepsilon=0$",
    "risk floor": r"the source's $\sigma^2$ is the risk of the best linear predictor",
}

translations = [
    {
        "name": "hassani-javanmard",
        "source": SOURCE,
        "parameters": {
            "psi1": "psi1", "psi2": "psi2", "eps": "eps", "eps_test": "eps_test", "tau": "tau",
        },
        "observables": {"SR": "standard_risk", "AR": "robust_risk"},
        "fixed": {"zeta": 0, "rho": 1},
        "meanings": {
            "psi1": "$N/d$", "psi2": "$n/d$", "eps": "radius in training", "SR": "standard risk",
            "eps_test": "radius at test time", "tau": "deviation of the noise",
            "AR": "robust risk",
        },
    },
    {
        # Their loss is (1/n) sum r^2 + (N lambda/d) |a|^2, ours half of it with zeta.
        "name": "mei-montanari",
        "source": asymp.WORKS["mei2022"].at("Definition 1 and Theorem 2", "second-hand"),
        "parameters": {
            "psi1": "psi1", "psi2": "psi2", "lam": "zeta/psi1", "tau2": "tau**2",
            "F1": "sqrt(rho)",
        },
        "observables": {"R": "standard_risk - tau**2"},
        "fixed": {"eps": 0},
        "meanings": {
            "psi1": "$N/d$", "psi2": "$n/d$", "lam": r"$N\lambda/d$ multiplies $\|a\|^2$",
            "tau2": "variance of the noise", "F1": "norm of the linear target",
            "R": "risk without the label noise",
        },
        "latex": {"tau2": r"\tau^2"},
    },
]  # fmt: skip

# Theorem 4.2 as printed, in the source's own letters: only ever compared with what is derived.
# Outer letters of the saddle, inner ones, and the letters of the problem.
alpha, tau_g, beta, gamma, tau_q = sp.symbols("alpha tau_g beta gamma tau_q", positive=True)
lam, sup, nu = sp.symbols("lambda sup nu", positive=True)
psi1, psi2, eps, eps_test, tau = sp.symbols("psi1 psi2 eps eps_test tau", positive=True)
VALUE = asymp.PrintedSaddle.VALUE
c = sp.sqrt(2 / sp.pi)


def S(z):
    """Equation (4.4): minus the usual Stieltjes transform."""
    return (1 - psi1 - z - sp.sqrt((1 - psi1 - z) ** 2 - 4 * psi1 * z)) / (-2 * psi1 * z)


sigma2 = tau**2 + 1 - psi1 * (1 + (1 - 2 / sp.pi) * S(2 / sp.pi - 1))
risk = alpha**2 + sigma2
A = gamma * (tau_g + beta) / (eps * beta * sp.sqrt(risk))
kink = sp.Piecewise((beta**2 * risk / (2 * tau_g * (tau_g + beta)), c < A), (0, True))
spectral = (
    tau_q**2 / alpha**2 + beta**2
    + (tau_q**2 / alpha**2 * (1 - 2 / sp.pi * lam) + 2 / sp.pi * (1 - lam) * beta**2)
    * S(2 / sp.pi * lam - 1)
)  # fmt: skip
value = (
    tau_q / (2 * alpha) * (tau**2 + 1 - sigma2) - alpha * tau_q / 2 + beta * tau_g / 2 * psi2
    + beta / (2 * (tau_g + beta)) * risk + kink * (sp.erf(nu / sp.sqrt(2)) - A * nu)
    - alpha / tau_q * sup
)  # fmt: skip
k = eps_test * beta * nu / (eps * tau_g)

# The null phase, from the printed value itself: with tau_g = 0 and A <= c the supremum is 0
# (attained at lambda = 0) as long as eps is at least this.
null = 1 + tau**2
eps_null = sp.sqrt(
    sp.pi / 2 * psi1 * ((1 + S(-sp.S(1))) / null + (1 + 2 / sp.pi * S(-sp.S(1))) / psi2)
)

SADDLE = asymp.PrintedSaddle(
    value=value,
    maximise=(beta, gamma, tau_q),
    minimise=(alpha, tau_g),
    inner_sup=asymp.InnerSup(
        sup, lam, lam * psi1 / 2 * spectral - lam / (2 * (1 - lam)) * gamma**2
    ),
    inner_root=asymp.InnerRoot(
        nu, A - beta / tau_g * nu - nu * sp.erf(nu / sp.sqrt(2)) - c * sp.exp(-(nu**2) / 2)
    ),
    outputs={
        "standard_risk": risk,
        "robust_risk": (1 + k**2 + 2 * c * k) * risk,
        "train_robust_risk": 2 * VALUE,
        "gradient_norm2": (beta * nu / (eps * tau_g)) ** 2 * risk,
    },
    boundary={
        "alpha": sp.sqrt(null - sigma2), "tau_g": sp.S(0), "beta": sp.sqrt(null / psi2),
        "gamma": eps * sp.sqrt(null) * c, "tau_q": sp.sqrt(null - sigma2),
    },
    easier={"eps": eps_null / 2},
    scales={"gamma": eps * sp.sqrt(null), "beta": sp.sqrt(null / psi2)},
)  # fmt: skip
RANGES = {"psi1": (0.2, 5), "psi2": (0.2, 5), "tau": (0.1, 1.5)}
COMMON = {
    "source": SOURCE,
    "form": SADDLE,
    "parameters": {"psi1": psi1, "psi2": psi2, "eps": eps, "eps_test": eps_test, "tau": tau},
    "fixed": {"zeta": 0, "rho": 1},
    "tolerance": 1e-8,
    "reason": "the saddle is solved to 20 digits; the theorem's own root loses the condition "
    "number 2/(1-eps/eps_max) <= 40 times its 1e-13",
}
PRINTED = [
    asymp.Audit(
        "theorem-4.2",
        observables=("standard_risk", "robust_risk", "train_robust_risk", "gradient_norm2"),
        ranges={
            **RANGES,
            "eps": (0.02 * eps_null, 0.95 * eps_null),
            "eps_test": (0.02 * eps_null, 2 * eps_null),
        },
        condition=eps < eps_null,
        **COMMON,
    ),
    asymp.Audit(
        "theorem-4.2-null-value",
        observables=("train_robust_risk",),
        ranges={**RANGES, "eps": (1.01 * eps_null, 3 * eps_null), "eps_test": (eps, eps)},
        condition=eps >= eps_null,
        **COMMON,
    ),
]


def audits(activation="relu"):
    """The source proves its theorem for the shifted ReLU."""
    return PRINTED if asymp.Activation.of(activation).name == "relu" else []


# fmt: off
# Limits and laws, in names. The floor is the risk of the best linear predictor.
SPREAD = "(mu2**2 + mu1**2*(1 + psi1))"
FLOOR = f"(tau**2 + rho*(1 - 2*psi1*mu1**2/({SPREAD} + sqrt({SPREAD}**2 - 4*psi1*mu1**4))))"
NULL, FULL = "rho + tau**2", "mu2 > 0"
BELOW = {"eps": ("0.05*eps_max", "0.9*eps_max")}
FEW = {"where": "(psi1 < psi2) & (mu2 > 0)", "ranges": {"psi2": ("1.25*psi1", "10*psi1")}}
MANY = {"where": "(psi1 > psi2) & (mu2 > 0)", "ranges": {"psi1": ("1.25*psi2", "10*psi2")}}
RISKS = ("standard_risk", "robust_risk", "train_robust_risk", "parameter_norm2", "gradient_norm2")
EVERYTHING = (*RISKS, "robust_gap", "V", "SR", "P", "m", "q", "V_hat", "q_hat")
LEAST_SQUARES = {
    "standard_risk": f"{FLOOR}*psi2/(psi2 - psi1)",
    "train_robust_risk": f"{FLOOR}*(1 - psi1/psi2)",
}
NOTHING = {
    "standard_risk": NULL, "robust_risk": NULL, "train_robust_risk": NULL, "parameter_norm2": 0,
    "gradient_norm2": 0, "m": 0, "q": 0, "interpolated_fraction": 0,
}
ONSET = {**NOTHING, "V": 0, "V_hat": 1, "q_hat": NULL, "P_hat": "oo", "robust_gap": 0}
del ONSET["interpolated_fraction"]  # it jumps
SMOOTHEST = asymp.Variant(
    ("standard_risk", "gradient_norm2"),
    parts={"adversary": None, "penalty": asymp.Ridge(metric="gradient")}, at={"zeta": 0},
)
limits = [
    asymp.Limit(
        "null-threshold", {"eps": "eps_max*(1 - h)"}, ONSET,
        meaning=r"the estimator vanishes continuously at $\varepsilon_{\max}$",
    ),
    asymp.Limit(
        "null-phase", {"eps": "eps_max*(1 + h)"}, {**ONSET, **NOTHING},
        meaning=r"and it is zero beyond",
    ),
    asymp.Limit(
        "least-squares", {"eps": "h", "zeta": "h"}, LEAST_SQUARES, **FEW,
        meaning=r"without adversary or ridge, $\psi_1<\psi_2$: least squares",
    ),
    asymp.Limit(
        "least-squares-adversary-last", {"eps": "h", "zeta": "0"}, LEAST_SQUARES, **FEW,
        meaning="the same with the ridge removed first",
    ),
    asymp.Limit(
        "least-squares-ridge-last", {"eps": "0", "zeta": "h"}, LEAST_SQUARES, **FEW,
        meaning="the same with the adversary removed first",
    ),
    asymp.Limit(
        "threshold-from-below", {"eps": "0", "zeta": "0", "psi1": "psi2*(1 - h)"},
        {"standard_risk": "oo", "parameter_norm2": "oo", "train_robust_risk": 0}, where=FULL,
        meaning=r"the risk diverges at $\psi_1=\psi_2$",
    ),
    asymp.Limit(
        "threshold-from-above", {"eps": "0", "zeta": "0", "psi1": "psi2*(1 + h)"},
        {"standard_risk": "oo", "parameter_norm2": "oo", "train_robust_risk": 0}, where=FULL,
        meaning=r"the risk diverges at $\psi_1=\psi_2$",
    ),
    asymp.Limit(
        "threshold", {"eps": "0", "zeta": "h", "psi1": "psi2"}, (*EVERYTHING, "P_hat"),
        where=FULL, order=0.5, start=1e-3, ranges={"psi2": (0.2, 3), "tau": (0.1, 1.5)},
        meaning=r"at $\psi_1=\psi_2$ the ridge is removed continuously",
    ),
    asymp.Limit(
        "interpolation-begins", {"eps": "0", "zeta": "0", "psi1": "psi2"},
        {"train_robust_risk": 0, "interpolated_fraction": 1}, where=FULL,
        meaning=r"at $\psi_1=\psi_2$ every label is fitted already",
    ),
    asymp.Limit(
        "no-peak-with-adversary", {"psi1": "psi2*(1 + h)", "zeta": "0"}, RISKS,
        ranges={"eps": ("0.2*eps_max", "0.8*eps_max")},
        meaning=r"an adversary removes the singularity at $\psi_1=\psi_2$",
    ),
    asymp.Limit(
        "no-peak-with-ridge", {"psi1": "psi2*(1 + h)", "eps": "0"}, RISKS,
        ranges={"zeta": (0.01, 2)}, meaning="and so does a ridge",
    ),
    asymp.Limit(
        "least-norm", {"eps": "0", "zeta": "h"}, EVERYTHING, **MANY, start=1e-3,
        meaning=r"$\zeta\to0$ at $\varepsilon=0$: the interpolator of least $\|\theta\|$",
    ),
    asymp.Limit(
        "least-gradient", {"eps": "h", "zeta": "0"}, SMOOTHEST, **MANY,
        meaning=r"$\varepsilon\to0$ at $\zeta=0$: the interpolator of least $\|A^{1/2}\theta\|$",
    ),
    asymp.Limit(
        "between-the-interpolators", {"eps": "h", "zeta": "h**2"},
        asymp.Variant(("standard_risk",), SMOOTHEST.parts, SMOOTHEST.at, {"kappa2": "kappa2 + 1"}),
        **MANY,
        meaning=r"$\zeta=\varepsilon^2\to0$: the interpolator of least "
        r"$\|A^{1/2}\theta\|^2+\|\theta\|^2$",
    ),
    asymp.Limit(
        "no-adversary", {"eps": "h"}, RISKS, ranges={"zeta": (0.01, 2)},
        meaning=r"with a ridge everything is continuous at $\varepsilon=0$",
    ),
    asymp.Limit(
        "standard-training", {"eps": "0"},
        asymp.Variant(("standard_risk", "gradient_norm2", "parameter_norm2"), {"adversary": None}),
        meaning=r"$\varepsilon=0$ is the theorem of the problem without adversary",
    ),
    asymp.Limit(
        "no-ridge", {"zeta": "h"}, RISKS, ranges={"eps": ("0.3*eps_max", "0.9*eps_max")},
        start=1e-3, meaning=r"with an adversary everything is continuous at $\zeta=0$",
    ),
    asymp.Limit(
        "many-samples", {"psi2": "1/h", "eps_test": "eps"}, {"robust_gap": 0},
        ranges={"eps": (0.05, 0.5)},
        meaning=r"$\psi_2\to\infty$: training error and robust risk agree",
    ),
    asymp.Limit(
        "memorisation", {"psi1": "1/h"},
        {"train_robust_risk": 0, "standard_risk": NULL, "robust_risk": NULL, "gradient_norm2": 0},
        ranges={"eps": (0.2, 2), "eps_test": (0.2, 2), "zeta": (0, 0.5)}, where=FULL,
        order=0.5, start=1e-5,
        meaning=r"$\psi_1\to\infty$ at fixed $\varepsilon>0$ memorises: $P=O(1/\psi_1)$",
    ),
    asymp.Limit(
        "kernel-ridge", {"psi1": "1/h", "zeta": "zeta/h", "eps": "0"},
        asymp.Variant(
            ("standard_risk",), {"features": asymp.IsotropicGaussian(), "adversary": None},
            {"alpha": "psi2", "zeta": "(zeta + mu2**2/psi2)/mu1**2"},
        ),
        ranges={"zeta": (0.01, 1)}, where="mu1 > 0",
        meaning=r"$\psi_1\to\infty$ with $\zeta=\lambda\psi_1$, $\varepsilon=0$: kernel ridge, "
        r"which acts as linear ridge with strength $(\lambda+\mu_2^2/\psi_2)/\mu_1^2$",
    ),
    asymp.Limit(
        "strong-ridge", {"zeta": "1/h"}, NOTHING, ranges=BELOW,
        meaning=r"$\zeta\to\infty$: the estimator vanishes",
    ),
]
DIFFERENCE = {"tolerance": 1e-8, "why_tolerance": "the floor is a difference when it is small"}
laws = [
    asymp.power(
        "null-onset", "gradient_norm2", {"eps": "eps_max*(1 - h)"}, 2,
        r"$P\sim C(\varepsilon_{\max}-\varepsilon)^2$ just below $\varepsilon_{\max}$",
    ),
    asymp.power(
        "memorisation-rate", "gradient_norm2", {"psi1": "1/h"}, 1, small=1e-7, where=FULL,
        ranges={"eps": (0.3, 2), "zeta": (0, 0.5)},
    ),
    asymp.power(
        "threshold-pole", "standard_risk", {"eps": "0", "zeta": "0", "psi1": "psi2*(1 - h)"}, -1,
        where=FULL,
    ),
    asymp.power("strong-ridge-rate", "parameter_norm2", {"zeta": "1/h"}, 2, ranges=BELOW),
    asymp.inequality(
        "risk-above-floor", FLOOR, "standard_risk",
        r"$\mathrm{SR}\ge\sigma^2$, the risk of the best linear predictor", **DIFFERENCE,
    ),
    asymp.inequality("floor-above-noise", "tau**2", FLOOR, r"$\sigma^2\ge\tau^2$", **DIFFERENCE),
    asymp.identity(
        "residual-atom", "interpolated_fraction", "erf(V*eps*sqrt(P/(2*SR)))",
        "the residuals within the reach of the adversary are exactly zero", ranges=BELOW,
    ),
    asymp.identity(
        "interpolators", "train_robust_risk + 1 - interpolated_fraction", "P_hat",
        r"at $\varepsilon=\zeta=0$ and $\psi_1>\psi_2$ every residual is zero",
        fixed={"eps": 0, "zeta": 0}, **MANY,
    ),
    asymp.identity(
        "gap", "robust_gap", "robust_risk - train_robust_risk", fixed={"eps": 0, "zeta": 0},
    ),
]
# fmt: on
