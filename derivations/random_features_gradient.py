"""Gradient of random-features ridge and its interpolator, beside the laws of robustness."""

import numpy as np
import sympy as sp
from scipy.optimize import brentq

import asymp

title = "Gradient of random features"


def problem(activation="relu"):
    """Square loss and ridge on labels that may be noise alone; only the second layer is trained."""
    if not np.isfinite(asymp.Activation.of(activation).coefficients.kappa2.value):
        raise asymp.InvalidProblem(
            f"activation {activation!r} has no square-integrable derivative (kappa2 = oo), and its "
            "networks no gradient; choose one without jumps"
        )
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(may_vanish=True),
        noise=asymp.GaussianNoise(may_vanish=False),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
    )


BUBECK_LI = asymp.Work(
    "bubeck2021", "S. Bubeck, Y. Li, D. Nagaraj", "A law of robustness for two-layers neural "
    "networks", "COLT, arXiv:2009.14444", 2021,
).at("Conjecture 1: the scaling; it prints no gradient of random features", "read")  # fmt: skip
SELLKE = asymp.Work(
    "bubeck2021universal", "S. Bubeck, M. Sellke", "A universal law of robustness via "
    "isoperimetry", "NeurIPS, arXiv:2105.12806", 2021,
).at("the universal law, constants and logarithms left out", "second-hand")  # fmt: skip
BOMBARI = asymp.Work(
    "bombari2023", "S. Bombari, S. Kiyani, M. Mondelli", "Beyond the universal law of robustness: "
    "sharper laws for random features and neural tangent kernels", "ICML, arXiv:2302.01629", 2023,
).at(
    "the sensitivity as its code has it; no proportional theorem is printed: the audits evaluate "
    "closed formulas by quadrature over the Marchenko-Pastur density",
    "second-hand",
)  # fmt: skip
sources = [BOMBARI, BUBECK_LI, SELLKE]
conventions = {
    "ratios": r"$\psi_1=N/d$, $\psi_2=n/d$",
    "loss": r"$\frac1{2n}\sum_ir_i^2+\frac\zeta2\|\theta\|^2$; $\zeta=0$ means $\zeta\to0$",
    "labels": r"$\rho=0$: noise alone. Only second moments of the noise enter, so that random "
    r"signs are $\tau=1$",
    "gradient": r"inputs $x\sim N(0,I_d)$, rows of $W$ of norm 1; in the scaling of "
    r"Bubeck-Li-Nagaraj, $x\sim N(0,I_d/d)$, the gradient is $\sqrt d$ times as long, and Bombari "
    r"et al.'s sensitivity has the same $\sqrt d$",
    "parameters": r"N trained parameters: $\sqrt{nd/p}$ at $p=N$ is $\sqrt{d\,\psi_2/\psi_1}$, "
    r"while $\sqrt{n/k}$ at $k=N$ neurons is $\sqrt{\psi_2/\psi_1}$",
}
COUNTS = {"n_over_d": "$n/d$, samples"}
translations = [
    {
        "name": "bubeck-li-nagaraj", "source": BUBECK_LI,
        "parameters": {"k_over_d": "psi1", "n_over_d": "psi2"},
        "observables": {
            "gradient_over_sqrt_d": "sqrt(gradient_norm2)", "law": "sqrt(psi2/psi1)",
        },
        "fixed": {"zeta": 0, "rho": 0, "tau": 1},
        "meanings": {
            **COUNTS, "k_over_d": "$k/d$, neurons",
            "gradient_over_sqrt_d": r"root mean square of $\|\nabla f\|/\sqrt d$, $x\sim N(0,I/d)$",
            "law": r"$\sqrt{n/k}$, without any power of d",
        },
        "latex": {"k_over_d": "k/d", "n_over_d": "n/d"},
    },
    {
        "name": "bubeck-sellke", "source": SELLKE,
        "parameters": {
            "p_over_d": "psi1", "n_over_d": "psi2", "sigma2": "tau**2", "ridge": "zeta",
            "signal": "rho",
        },
        "observables": {
            "gradient_over_sqrt_d": "sqrt(gradient_norm2)",
            "excess_fit": "Max(0, tau**2 - train_risk)",
            "law_over_sqrt_d": "Max(0, tau**2 - train_risk)/tau*sqrt(psi2/psi1)",
        },
        "meanings": {
            **COUNTS, "p_over_d": "$p/d$, trained parameters", "sigma2": "variance of the noise",
            "ridge": "ridge", "signal": "variance of the teacher field",
            "gradient_over_sqrt_d": r"root mean square of $\|\nabla f\|/\sqrt d$, $x\sim N(0,I/d)$",
            "excess_fit": r"$\epsilon$: the noise variance less the training error, or 0 if "
            "negative",
            "law_over_sqrt_d": r"$\frac\epsilon\sigma\sqrt{nd/p}/\sqrt d$, the constant left out; "
            r"nothing is asked at $\epsilon=0$",
        },
        "latex": {"p_over_d": "p/d", "n_over_d": "n/d", "sigma2": r"\sigma^2"},
    },
    {
        "name": "bombari-kiyani-mondelli", "source": BOMBARI,
        "parameters": {"k_over_d": "psi1", "N_over_d": "psi2", "noise": "tau**2"},
        "observables": {"S_over_sqrt_d": "sqrt(gradient_norm2)"},
        "fixed": {"zeta": 0, "rho": 0},
        "meanings": {
            "k_over_d": "$k/d$, neurons", "N_over_d": "$N/d$, samples",
            "noise": "variance of the labels",
            "S_over_sqrt_d": r"$\mathcal S/\sqrt d$, $\mathcal S=\sqrt d\,\|\nabla\varphi(z)"
            r"\Phi^+Y\|$ at $z\sim N(0,I_d)$",
        },
        "latex": {"k_over_d": "k/d", "N_over_d": "N/d"},
    },
]  # fmt: skip


class Quadrature(asymp.Printed):
    """Averages over the Marchenko-Pastur law by Chebyshev nodes, with one root by bisection."""

    def __init__(self, activation):
        found = asymp.Activation.of(activation).coefficients
        self.mu1, self.mu2_squared, self.kappa2 = (
            found.mu1.value, found.mu2_squared.value, found.kappa2.value
        )  # fmt: skip

    def law(self, psi1):
        """Eigenvalues of W W^T, their weights, and the densities of features and gradient."""
        t, weight = asymp.marchenko_pastur_nodes(psi1)
        return t, weight, self.mu1**2 * t + self.mu2_squared, self.mu1**2 * t + self.kappa2


class Interpolator(Quadrature):
    """Labels of pure noise without ridge: a level kappa and two averages."""

    def evaluate(self, letters):
        """Mean squared gradient and variance of the function."""
        psi1, psi2, tau = (float(letters[n]) for n in ("psi1", "psi2", "tau"))
        _, w, a, j = self.law(psi1)
        kappa = brentq(lambda k: psi1 * np.sum(w * a / (a + k)) - psi2, 1e-12, 1e12, xtol=1e-16)
        size = tau**2 * psi1 / (psi2 - psi1 * np.sum(w * (a / (a + kappa)) ** 2))
        return {
            "gradient_norm2": size * np.sum(w * j * a / (a + kappa) ** 2),
            "q": size * np.sum(w * (a / (a + kappa)) ** 2),
        }


class Estimator(Quadrature):
    """Signal, noise and ridge: one root V, then everything is linear."""

    def evaluate(self, letters):
        """Mean squared gradient, risk and norm."""
        psi1, psi2, tau, rho, zeta = (
            float(letters[n]) for n in ("psi1", "psi2", "tau", "rho", "zeta")
        )
        t, w, a, j = self.law(psi1)
        share, c = psi1 / psi2, rho * self.mu1**2 * psi1 * w * t

        def excess(log_v):
            v_hat = 1 / (1 + np.exp(log_v))
            return share * np.sum(w * a / (zeta + v_hat * a)) / np.exp(log_v) - 1

        v_hat = 1 / (1 + np.exp(brentq(excess, -60, 60, xtol=1e-14)))
        H = zeta + v_hat * a
        fixed, spread = v_hat**2 * c / H**2, v_hat**2 * share * w * a / H**2
        bias = rho + tau**2 - 2 * v_hat * np.sum(c / H) + np.sum(fixed * a)
        risk = bias / (1 - np.sum(spread * a))
        return {
            "standard_risk": risk,
            "gradient_norm2": np.sum((fixed + risk * spread) * j),
            "parameter_norm2": np.sum(fixed + risk * spread),
        }


def audits(activation="relu"):
    """The interpolator's formula and the estimator's, by quadrature."""
    s = {n: sp.Symbol(n, positive=True) for n in ("psi1", "psi2", "tau", "rho", "zeta")}
    ranges = {"psi1": (0.2, 8), "psi2": (0.2, 4), "tau": (0.1, 1.5)}
    resolved = sp.Abs(s["psi1"] - 1) > 0.15  # the nodes resolve no narrower gap below the bulk
    why = "double precision on both sides, condition numbers up to 1e2 off psi1 = psi2"
    interpolator = asymp.Audit(
        "interpolator-of-noise", BOMBARI, Interpolator(activation),
        {n: s[n] for n in ranges}, ("gradient_norm2", "q"),
        {"psi1": (1.4, 8), "psi2": (0.2, 1.2), "tau": (0.1, 1.5)},
        fixed={"zeta": 0, "rho": 0},
        tolerance=1e-9, reason=why,
    )  # fmt: skip
    estimator = asymp.Audit(
        "estimator", BOMBARI, Estimator(activation), s,
        ("gradient_norm2", "standard_risk", "parameter_norm2"),
        {**ranges, "rho": (0.3, 3), "zeta": (0.01, 2)}, condition=resolved,
        tolerance=1e-9, reason=why,
    )  # fmt: skip
    # A linear activation fits no more than d labels: kappa then exists for psi2 < 1 alone.
    full = asymp.Activation.of(activation).coefficients.mu2_squared.value > 0
    return [interpolator, estimator] if full else [estimator]


SPREAD = "(mu2**2 + mu1**2*(1 + psi1))"
ROOT = f"sqrt({SPREAD}**2 - 4*psi1*mu1**4)"
POPULATION = f"rho*2*psi1*mu1**2/({SPREAD} + {ROOT})*(1 + (kappa2 - mu2**2)/{ROOT})"
SUM = "(1 + psi2 + mu2**2/mu1**2)"
KERNEL = f"tau**2/2*({SUM}/sqrt({SUM}**2 - 4*psi2) - 1)"
FULL, BEYOND = "mu2 > 0", {"psi2": (0.3, 3), "psi1": ("1.2*psi2", "10*psi2")}
PEAK = {"gradient_norm2": "oo", "standard_risk": "oo", "train_risk": 0}
LINEAR = asymp.Variant(
    ("gradient_norm2",), {"features": asymp.IsotropicGaussian()},
    {"alpha": "psi2", "zeta": "(zeta + mu2**2/psi2)/mu1**2"},
)  # fmt: skip
# fmt: off
limits = [
    asymp.Limit("threshold-from-below", {"zeta": "0", "psi1": "psi2*(1 - h)"}, PEAK, where=FULL,
                meaning=r"the gradient diverges at $\psi_1=\psi_2$"),
    asymp.Limit("threshold-from-above", {"zeta": "0", "psi1": "psi2*(1 + h)"}, PEAK, where=FULL,
                meaning=r"the gradient diverges at $\psi_1=\psi_2$"),
    asymp.Limit("kernel", {"psi1": "1/h", "zeta": "zeta/h"}, LINEAR, where="mu1 > 0",
                ranges={"zeta": (0.01, 1)},
                meaning=r"$\psi_1\to\infty$ with $\zeta=\lambda\psi_1$: the gradient of linear "
                r"ridge with strength $(\lambda+\mu_2^2/\psi_2)/\mu_1^2$; what the nonlinear part "
                "adds vanishes"),
    asymp.Limit("infinite-width", {"psi1": "1/h", "zeta": "0", "rho": "0"},
                {"gradient_norm2": KERNEL}, where="(mu1 > 0) & (mu2 > 0)",
                meaning=r"$\psi_1\to\infty$, labels of pure noise: a positive constant, "
                r"$\frac{\tau^2}2(B/\sqrt{B^2-4\psi_2}-1)$ with $B=1+\psi_2+\mu_2^2/\mu_1^2$: "
                "overparametrisation does not make the gradient small"),
    asymp.Limit("many-samples", {"psi2": "1/h", "zeta": "0"}, {"gradient_norm2": POPULATION},
                meaning=r"$\psi_2\to\infty$: the gradient of the best predictor in the features"),
    asymp.Limit("few-features", {"psi1": "h"}, {"gradient_norm2": 0}, order=0.5,
                ranges={"zeta": (0.01, 2)}, meaning="nothing can be represented"),
    asymp.Limit("strong-ridge", {"zeta": "1/h"}, {"gradient_norm2": 0, "q": 0},
                meaning="the estimator vanishes"),
]
# fmt: on


def laws(activation="relu"):
    """Poincare's inequality, the universal law with its constant, powers at the corners."""
    found = [
        asymp.inequality(
            "poincare", "q", "gradient_norm2",
            r"the variance of f is at most $\mathbb E\|\nabla f\|^2$ (Gaussian Poincare)",
        ),
        asymp.inequality(
            "universal-law", "tau**2*psi2/(psi1 - psi2)", "gradient_norm2",
            r"an interpolator of noisy labels has $\mathbb E\|\nabla f\|^2\ge\tau^2\psi_2/"
            r"(\psi_1-\psi_2)$: $\sqrt{nd/p}$ with a constant of at least one",
            fixed={"zeta": 0.0}, ranges=BEYOND, where=FULL,
        ),
        asymp.power("threshold-pole", "gradient_norm2", {"zeta": "0", "psi1": "psi2*(1 + h)"}, -1,
                    where=FULL),
        asymp.power("strong-ridge-rate", "gradient_norm2", {"zeta": "1/h"}, 2),
        asymp.power("noise-averages-out", "gradient_norm2",
                    {"psi2": "1/h", "zeta": "0", "rho": "0"}, 1),
    ]  # fmt: skip
    if asymp.Activation.of(activation).coefficients.mu1.value == 0:
        found.append(
            asymp.identity(
                "no-linear-part", "gradient_norm2",
                "(kappa2/mu2**2)*(rho + tau**2)*psi2/(psi1 - psi2)",
                r"without linear part the interpolator meets $\sqrt{nd/p}$ up to a constant",
                fixed={"zeta": 0.0}, ranges=BEYOND,
            )
        )  # fmt: skip
    return found
