"""The elastic net on isotropic features: l1 and squared l2 penalties together."""

import sympy as sp

import asymp

title = "Elastic net"


def problem():
    """Square loss, elastic-net penalty, a teacher with a share s of non-zero coordinates."""
    return asymp.Problem(
        features=asymp.IsotropicGaussian(),
        target=asymp.SparseTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.ElasticNet(),
    )


DENOISERS = asymp.Work(
    "donoho2013", "D. Donoho, I. Johnstone, A. Montanari", "Accurate prediction of phase "
    "transitions in compressed sensing via a connection to minimax denoising",
    "IEEE Transactions on Information Theory 59(6)", 2013,
).at("state evolution of a separable denoiser", "recalled")  # fmt: skip
RIDGE = asymp.WORKS["dobriban2018"].at("Theorem 2.1 for identity covariance", "recalled")
NET = asymp.Work(
    "zou2005", "H. Zou, T. Hastie", "Regularization and variable selection via the elastic net",
    "Journal of the Royal Statistical Society B 67(2)", 2005,
).at("naive elastic net, equation (3)", "recalled")  # fmt: skip
sources = [DENOISERS, RIDGE, NET]
conventions = {
    "ratios": r"$\alpha=n/p$, $s=k/p$",
    "loss": r"$\frac1{2n}\|y-X\theta\|^2+\frac\lambda{\sqrt p}\|\theta\|_1"
    r"+\frac\zeta2\|\theta\|^2$, entries $N(0,1)$",
    "noise": r"$\tau$ is the standard deviation of the label noise",
    "teacher": r"$\rho=\|\beta\|^2$; non-zero $\sqrt p\,\beta_j$ are $N(0,\rho/s)$",
    "naive": "the naive elastic net: its estimator is not rescaled",
}
translations = [
    {
        # (1/2)|y - Ax|^2 + l1 |x|_1 + (l2/2) |x|^2 with A = X/sqrt(n) and x = sqrt(n) theta.
        "name": "compressed-sensing",
        "source": DENOISERS,
        "parameters": {"delta": "alpha", "l1": "lam*sqrt(alpha)", "l2": "zeta", "sigma2": "tau**2",
                       "eps": "s", "v": "alpha*rho/s"},
        "observables": {"mse": "alpha*excess_risk"},
        "meanings": {"delta": "$n/p$", "l1": r"strength of $\|x\|_1$", "l2": r"of $\|x\|^2/2$",
                     "sigma2": "variance of the noise", "mse": r"$\lim\|\hat x-x_0\|^2/p$"},
        "latex": {"l1": r"\lambda_1", "l2": r"\lambda_2", "sigma2": r"\sigma^2"},
    }
]  # fmt: skip

# As printed: the denoiser is the proximal map of gamma times the penalty, at noise of variance T.
delta, l1, l2, sigma2, eps, v = sp.symbols("delta l1 l2 sigma2 eps v", positive=True)
T, gamma = sp.symbols("T gamma", positive=True)
SHRINK = 1 + gamma * l2


def passed(variance):
    """Probability that a centred Gaussian passes the threshold."""
    return sp.erfc(gamma * l1 / sp.sqrt(2 * variance))


def size2(variance):
    """Mean square of the denoiser."""
    theta = gamma * l1
    density = sp.exp(-(theta**2) / (2 * variance)) * sp.sqrt(2 * variance / sp.pi)
    return ((variance + theta**2) * passed(variance) - theta * density) / SHRINK**2


def state_evolution():
    """Effective noise, and the scale at which the denoiser's divergence is accounted for."""
    slope = ((1 - eps) * passed(T) + eps * passed(v + T)) / SHRINK
    cross = v * passed(v + T) / SHRINK
    mse = (1 - eps) * size2(T) + eps * (v - 2 * cross + size2(v + T))
    return asymp.Theorem.from_equations(
        id="denoiser-state-evolution", title="State evolution of the elastic net's denoiser",
        parameters={
            **{s.name: sp.Interval.open(0, sp.oo) for s in (delta, sigma2, eps, v)},
            **{s.name: sp.Interval.Ropen(0, sp.oo) for s in (l1, l2)},
        },
        state={"T": sigma2 + eps * v / delta, "gamma": 1},
        equations=[sp.Eq(T, sigma2 + mse / delta), sp.Eq(gamma, 1 + gamma * slope / delta)],
        observables={"standard_risk": T, "V": gamma - 1},
    )  # fmt: skip


gam, lam, strength, noise, zeta = sp.symbols("gam lambda alpha2 noise zeta", positive=True)
stieltjes = (gam - 1 - lam + sp.sqrt((1 - gam + lam) ** 2 + 4 * gam * lam)) / (2 * gam * lam)
CLOSED = asymp.PrintedForm(
    {
        "standard_risk": noise
        * (1 + gam * stieltjes - lam * (lam * strength - gam) * sp.diff(stieltjes, lam))
    }
)
RANGES = {"alpha": (0.2, 10), "zeta": (0.01, 2), "tau": (0.1, 1.5), "rho": (0.3, 3),
          "s": (0.02, 0.9)}  # fmt: skip


def audits():
    """State evolution with both penalties, and the closed form of ridge regression."""
    return [
        asymp.Audit(
            "state-evolution", DENOISERS, state_evolution(),
            {"delta": "alpha", "l1": "lam*sqrt(alpha)", "l2": zeta, "sigma2": "tau**2",
             "eps": "s", "v": "alpha*rho/s"},
            ("standard_risk", "V"), {**RANGES, "lam": (0.02, 2)},
            tolerance=1e-8, reason="two fixed points of 1e-13, condition numbers below 1e3",
        ),
        asymp.Audit(
            "ridge", RIDGE, CLOSED,
            {"gam": "1/alpha", "lambda": zeta, "noise": "tau**2", "alpha2": "rho/tau**2"},
            ("standard_risk",), RANGES, {"lam": 0},
            tolerance=1e-8, reason="printed side in 30 digits, condition numbers below 1e3",
        ),
    ]  # fmt: skip


SCALARS = ("standard_risk", "train_risk", "parameter_norm2", "selected_fraction", "l1_norm")
limits = [
    asymp.Limit(
        "lasso", {"zeta": "h"}, asymp.Variant(SCALARS, {"penalty": asymp.Lasso()}),
        ranges={"lam": (0.05, 2), "tau": (0.1, 1.5)}, meaning="without the square: the Lasso",
    ),
    asymp.Limit(
        "ridge", {"lam": "h"},
        asymp.Variant(("standard_risk", "train_risk"),
                      {"penalty": asymp.Ridge(), "target": asymp.LinearTarget()}),
        ranges={"zeta": (0.05, 2)}, start=1e-3, meaning="without the absolute value: ridge",
    ),
    asymp.Limit(
        "strong-square", {"zeta": "1/h"}, {"standard_risk": "rho + tau**2", "parameter_norm2": 0},
        ranges={"lam": (0.01, 0.5)}, meaning="the estimator vanishes",
    ),
    asymp.Limit(
        "least-squares", {"lam": "h", "zeta": "h"}, {"standard_risk": "tau**2*alpha/(alpha - 1)"},
        ranges={"alpha": (1.2, 10), "tau": (0.1, 1.5)}, start=1e-3,
        meaning=r"no penalty above $\alpha=1$: least squares",
    ),
]  # fmt: skip
laws = [
    asymp.identity(
        "degrees-of-freedom", "V*V_hat*alpha*(V_hat + zeta)", "V_hat*selected_fraction",
        "each selected coordinate counts by its shrinkage",
        ranges={"lam": (0.01, 2), "zeta": (0.01, 2)},
    ),
    asymp.identity(
        "generalised-cross-validation", "train_risk", "standard_risk*V_hat**2",
        "the training error is the risk times a squared share",
        ranges={"lam": (0.01, 2), "zeta": (0.01, 2)},
    ),
]  # fmt: skip
