"""Least-norm interpolation in the latent space model (Hastie et al. 2022)."""

import numpy as np
import sympy as sp

import asymp

title = "Ridgeless regression on noisy views of a latent space"


def numbers(psi, mu):
    """Ratio d/p and variance of x along the latent directions, as exact numbers."""
    share = sp.Rational(str(psi))
    return share, 1 + sp.Rational(str(mu)) / share


def problem(psi="1/4", mu=1):
    r"""Inputs :math:`x=Wz+u`, labels linear in z; ``psi`` is :math:`d/p`, ``mu`` the strength of W.

    With :math:`W^\top W=(\mu p/d)I_d` the limit depends on the two numbers alone: blocks of the
    size of the denominator of ``psi`` stand for all of it.
    """
    share, level = numbers(psi, mu)
    latent, features = int(share.p), int(share.q)
    cross = np.zeros((latent, features))
    cross[:, :latent] = np.eye(latent) * float(sp.sqrt(level - 1))
    variances = [float(level)] * latent + [1.0] * (features - latent)
    return asymp.Problem(
        features=asymp.GaussianCovariate(
            teacher_covariance=np.eye(latent),
            student_covariance=np.diag(variances),
            cross=cross,
            teacher=np.ones(latent),
        ),
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
sources = [WORK.at("Corollary 4 (latent space model)", "recalled")]
conventions = {
    "ratio": r"$\alpha=n/p$; the source has $\gamma=p/n=1/\alpha$",
    "latent": r"options $\psi=d/p\le1$ and $\mu$: $W^\top W=(\mu p/d)I_d$, $u\sim N(0,I_p)$",
    "risk": r"includes all noise; the source's is the excess over the best linear predictor of x",
    "noise": r"$\tau^2$ is the source's $\sigma_\xi^2$; what x does not tell of z adds to it",
    "teacher": r"$\rho=\|\beta\|^2$ is the variance of $\langle\beta,z\rangle$; the source's $r^2$",
    "limit": r"$\zeta=0$ means $\zeta\to0$: the interpolator of least norm where there is one",
}

# As printed: gamma = p/n > 1, L = 1 + mu/psi, and x = c0 gamma is the positive root of
# 1 - 1/gamma = (1 - psi)/(1 + x) + psi/(1 + Lx): the only positive fixed point of the map here.
gamma, r2, sigma2, share, L, x = sp.symbols("gamma r2 sigma2 psi L x", positive=True)
alpha, tau, rho = sp.symbols("alpha tau rho", positive=True)
e1 = (1 - share) / (1 + x) ** 2 + share * L**2 / (1 + L * x) ** 2
e2 = (1 - share) / (1 + x) ** 2 + share * L / (1 + L * x) ** 2
bias = (1 + x * e1 / e2) * (L - 1) * r2 / (L * (1 + L * x) ** 2)
FORM = asymp.PrintedForm(
    {"standard_risk": bias + sigma2 * x * e1 / e2 + sigma2},
    updates={x: x * ((1 - share) / (1 + x) + share / (1 + L * x)) / (1 - 1 / gamma)},
)


def audits(psi="1/4", mu=1):
    r"""The printed limit; its noise is :math:`\sigma^2=\sigma_\xi^2+r^2/(1+\mu/\psi)`."""
    ratio, level = numbers(psi, mu)
    return [
        asymp.Audit(
            "corollary-4",
            source=sources[0],
            form=FORM,
            parameters={
                "gamma": 1 / alpha, "r2": rho, "sigma2": tau**2 + rho / level, "psi": ratio,
                "L": level,
            },
            observables=("standard_risk",),
            ranges={"alpha": (0.02, 0.95), "tau": (0, 2), "rho": (0.3, 3)},
            fixed={"zeta": 0},
            tolerance=1e-9,
            reason="printed side in 30 digits; the theorem's root in double precision loses at "
            "most the condition number 1/|alpha - 1|",
        )
    ]  # fmt: skip


translations = [
    {
        "name": "hastie",
        "source": sources[0],
        "parameters": {"gamma": "1/alpha", "r2": "rho", "sigma_xi2": "tau**2"},
        "observables": {"risk": "standard_risk"},
        "fixed": {"zeta": 0},
        "meanings": {
            "gamma": "$p/n$", "r2": r"$\|\beta\|^2$", "sigma_xi2": "variance of the noise",
            "risk": "risk with all noise",
        },
        "latex": {"r2": "r^2", "sigma_xi2": r"\sigma_\xi^2"},
    }
]  # fmt: skip

# fmt: off
RISKS = ("standard_risk", "parameter_norm2", "train_risk")
PEAK = {"standard_risk": "oo", "parameter_norm2": "oo", "train_risk": 0}


def limits(psi="1/4", mu=1):
    """The peak stays although the labels are not linear in the inputs."""
    floor = f"tau**2 + rho/({numbers(psi, mu)[1]})"
    return [
        asymp.Limit("peak-from-below", {"zeta": "0", "alpha": "1 - h"}, PEAK,
                    meaning=r"the risk diverges at $\alpha=1$"),
        asymp.Limit("peak-from-above", {"zeta": "0", "alpha": "1 + h"}, PEAK,
                    meaning=r"the risk diverges at $\alpha=1$"),
        asymp.Limit("many-samples", {"zeta": "0", "alpha": "1/h"},
                    {"standard_risk": floor, "train_risk": floor},
                    meaning="the best linear predictor"),
        asymp.Limit("few-samples", {"zeta": "0", "alpha": "h"},
                    {"standard_risk": "rho + tau**2", "parameter_norm2": 0},
                    meaning="nothing is learnt"),
        asymp.Limit("ridge-last", {"zeta": "h"}, RISKS, start=1e-3,
                    where="(alpha > 1.3) | (alpha < 0.7)",
                    meaning=r"off $\alpha=1$ the ridge is removed continuously"),
    ]


def laws(psi="1/4", mu=1):
    """Least squares is blind to the latent structure; interpolation is not."""
    floor = f"(tau**2 + rho/({numbers(psi, mu)[1]}))"
    return [
        asymp.inequality("risk-above-floor", floor, "standard_risk"),
        asymp.identity("least-squares", "standard_risk", f"{floor}*alpha/(alpha - 1)",
                       where="alpha > 1", fixed={"zeta": 0}),
        asymp.power("pole", "standard_risk", {"zeta": "0", "alpha": "1 - h"}, -1),
    ]
# fmt: on
