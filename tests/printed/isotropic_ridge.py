"""Ridge and ridgeless regression on isotropic features: closed forms, as printed."""

import sympy as sp

import asymp

alpha, zeta, tau, rho = sp.symbols("alpha zeta tau rho", positive=True)
# Letters of the closed form: lambda = alpha zeta, D the noise variance, signal of variance 1.
lam, D = sp.symbols("lambda D", positive=True)
b = lam + alpha - 1
V = 2 / (b + sp.sqrt(b**2 + 4 * lam))
m = 1 - lam * V
S = alpha * V**2 / (1 + V) ** 2
q = (m**2 + S * (1 + D - 2 * m)) / (1 - S)
RIDGE = asymp.PrintedForm(
    {
        "standard_risk": rho * (1 + D - 2 * m + q),
        "gradient_norm2": rho * q,
        "parameter_norm2": rho * q,
    }
)
# Ridgeless: gamma = p/n, signal r^2, noise sigma^2; theirs is the excess risk.
gamma, r2, sigma2 = sp.symbols("gamma r2 sigma2", positive=True)
RIDGELESS = asymp.PrintedForm(
    {
        "standard_risk": sigma2
        + sp.Piecewise(
            (sigma2 * gamma / (1 - gamma), gamma < 1),
            (r2 * (1 - 1 / gamma) + sigma2 / (gamma - 1), True),
        )
    }
)
DOBRIBAN_WAGER = asymp.Work(
    "dobriban2018", "E. Dobriban, S. Wager", "High-dimensional asymptotics of prediction: ridge "
    "regression and classification", "Annals of Statistics 46(1)", 2018,
)  # fmt: skip
HASTIE = asymp.Work(
    "hastie2022", "T. Hastie, A. Montanari, S. Rosset, R. Tibshirani",
    "Surprises in high-dimensional ridgeless least squares interpolation",
    "Annals of Statistics 50(2)", 2022,
)  # fmt: skip
AUDITS = [
    asymp.Audit(
        "ridge",
        source=DOBRIBAN_WAGER.at("isotropic case, its quadratic solved"),
        form=RIDGE,
        # Risk and labels are divided by rho, the variance of the signal.
        parameters={"alpha": alpha, "lambda": alpha * zeta, "D": tau**2 / rho, "rho": rho},
        observables=("standard_risk", "parameter_norm2"),
        ranges={"alpha": (0.01, 100), "zeta": (1e-6, 100), "tau": (0.05, 2), "rho": (0.3, 3)},
        tolerance=1e-9,
        reason="printed side in 30 digits; the theorem's root in double precision loses at most "
        "the condition number near alpha = 1 at small zeta",
    ),
    asymp.Audit(
        "ridgeless",
        source=HASTIE.at("Theorem 1"),
        form=RIDGELESS,
        parameters={"gamma": 1 / alpha, "sigma2": tau**2, "r2": rho},
        observables=("standard_risk",),
        ranges={"alpha": (0.05, 20), "tau": (0, 2), "rho": (0.3, 3)},
        fixed={"zeta": 0},
        condition=sp.Ne(alpha, 1),
        tolerance=1e-9,
        reason="explicit on both sides up to the condition number 1/|alpha - 1|",
    ),
]
