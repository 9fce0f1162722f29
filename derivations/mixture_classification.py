"""Regularised classification of two Gaussian classes (Mignacco, Krzakala, Lu, Zdeborova 2020)."""

from functools import partial

import numpy as np
import sympy as sp
from scipy.optimize import root
from scipy.special import erfc, expit

import asymp

title = "Regularised classification of a Gaussian mixture"
LOSSES = asymp.Choices(
    "loss",
    {
        "logistic": asymp.LogisticLoss,
        "square": asymp.SquareLoss,
        "hinge": asymp.HingeLoss,
    },
)


def problem(loss="logistic", intercept=True):
    """Two classes of unequal sizes, a convex loss with ridge and an unpenalised intercept."""
    return asymp.Problem(
        features=asymp.IsotropicGaussian(),
        labels=asymp.GaussianMixture(),
        loss=LOSSES[loss](),
        penalty=asymp.Ridge(),
        intercept=intercept,
    )


SOURCE = asymp.Work(
    "mignacco2020",
    "F. Mignacco, F. Krzakala, Y. M. Lu, L. Zdeborova",
    "The role of regularization in classification of high-dimensional noisy Gaussian mixture",
    "International Conference on Machine Learning, PMLR 119",
    2020,
).at("Theorem 1 (fixed point) and the generalisation error", "recalled")
sources = [SOURCE]
conventions = {
    "ratios": r"$\alpha=n/p$ (the source's letter, with $d=p$)",
    "loss": r"$\frac1n\sum_i\ell(y_i(x_i^\top\theta+b))+\frac\zeta2\|\theta\|^2$; the source sums "
    r"over i and has $\frac\lambda2\|w\|^2$, $w=\sqrt{d/\Delta}\,\theta$",
    "classes": r"$x=y\mu+z$, $\rho=\|\mu\|^2$; the source has $x=yv^*/\sqrt d+\sqrt\Delta z$ with "
    r"$\|v^*\|^2=d$, so that $\rho=1/\Delta$; its $\rho$ is our `balance`",
}
translations = [
    {
        "name": "mignacco", "source": SOURCE,
        "parameters": {"alpha": "alpha", "Delta": "1/rho", "lam": "alpha*zeta/rho",
                       "share": "balance"},
        "observables": {"eps_gen": "classification_error", "b": "intercept"},
        "meanings": {"alpha": "$n/d$", "Delta": "variance within a class",
                     "lam": r"$\frac\lambda2\|w\|^2$ under a sum", "share": "of class +1"},
        "latex": {"Delta": r"\Delta", "share": r"\rho", "eps_gen": r"\varepsilon_{\rm gen}"},
    },
]  # fmt: skip


class FixedPoint(asymp.Printed):
    """The source's m, q, gamma, b and hats; Gauss-Legendre panels and a root finder."""

    def __init__(self, loss, intercept):
        self.loss, self.intercept = loss, intercept
        self.nodes, self.weights = np.polynomial.legendre.leggauss(30)

    def proximal(self, k, g):
        """Margin after the proximal step of width g, and its slope in k."""
        if self.loss == "square":
            return (k + g) / (1 + g), np.full_like(k, 1 / (1 + g))
        if self.loss == "hinge":
            return np.where(k < 1 - g, k + g, np.maximum(k, 1)), ((k < 1 - g) | (k > 1)) * 1.0
        low, high = k, k + g
        for _ in range(55):
            u = (low + high) / 2
            above = u - k > g * expit(-u)
            low, high = np.where(above, low, u), np.where(above, u, high)
        for _ in range(3):
            s = expit(-u)
            u = u - (u - k - g * s) / (1 + g * s * (1 - s))
        return u, 1 / (1 + g * expit(u) * expit(-u))

    def averages(self, mean, deviation, g):
        """Of the step, its square, one less its slope, and the loss, over margins of a class."""
        kinks = [(c - mean) / deviation for c in (1 - g, 1)]
        edges = np.unique(np.clip([*np.linspace(-10, 10, 21), *kinks], -10, 10))
        half = np.diff(edges)[:, None] / 2
        z = (edges[:-1, None] + half * (1 + self.nodes)).ravel()
        w = (half * self.weights).ravel() * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        k = mean + deviation * z
        u, slope = self.proximal(k, g)
        return np.array([w @ (u - k), w @ (u - k) ** 2, w @ (1 - slope)])

    def image(self, x, a):
        """One round of the equations; the last entry vanishes at the intercept."""
        (m, b), (q, g) = x[::3], np.exp(x[1:3])
        deviation, share = np.sqrt(a["Delta"] * q), a["share"]
        up, down = (self.averages(m + sign * b, deviation, g) for sign in (1, -1))
        step, square, bend = share * up + (1 - share) * down
        m_hat, q_hat = a["alpha"] * step / g, a["alpha"] * a["Delta"] * square / g**2
        total = a["lam"] + a["alpha"] * a["Delta"] * bend / g
        sizes = np.log([(q_hat + m_hat**2) / total**2, a["Delta"] / total])
        balance = (share * up[0] - (1 - share) * down[0]) / g if self.intercept else 0.0
        return np.array([m_hat / total, *sizes, b + balance])

    def evaluate(self, letters):
        """Errors at the fixed point."""
        a = {n: float(v) for n, v in letters.items()}
        x = np.array([1 / (2 + 2 * a["Delta"]), 0.0, 0.0, 0.0])
        for _ in range(150):
            x = x + 0.1 * (self.image(x, a) - x)
        x = root(lambda y: self.image(y, a) - y, x, options={"xtol": 1e-14}).x
        m, q, b = x[0], np.exp(x[1]), x[3]
        up, down = (erfc((m + s * b) / np.sqrt(2 * a["Delta"] * q)) / 2 for s in (1, -1))
        error = a["share"] * up + (1 - a["share"]) * down
        found = {"classification_error": error, "parameter_norm2": a["Delta"] * q}
        return found | ({"intercept": b} if self.intercept else {})


def audits(loss="logistic", intercept=True):
    """The source's fixed point, and for the square loss the same with its averages done."""
    given = {"alpha": (0.3, 6), "rho": (0.3, 4), "zeta": (0.02, 2), "balance": (0.15, 0.85)}
    s = {n: sp.Symbol(n, positive=True) for n in given}
    letters = {"alpha": s["alpha"], "Delta": 1 / s["rho"], "share": s["balance"],
               "lam": s["alpha"] * s["zeta"] / s["rho"]}  # fmt: skip
    names = ("classification_error", "parameter_norm2", *(["intercept"] if intercept else []))
    why = "double precision on both sides, condition numbers up to 1e3"
    return [
        asymp.Audit(
            "fixed-point", SOURCE, FixedPoint(loss, intercept), letters, names, given,
            tolerance=1e-8, reason=why,
        )
    ]  # fmt: skip


ranges = {"zeta": (0.02, 2), "balance": (0.1, 0.9)}
limit = partial(asymp.Limit, ranges=ranges)
MAIN = ("classification_error", "parameter_norm2")
BEST = "(1 - erf(rho/sqrt(2*(rho + 1/alpha))))/2"  # Bayes error of classes of equal size
ODDS = "log(balance/(1 - balance))"
INTERCEPT = {"logistic": ODDS, "square": "2*balance - 1"}
ORACLE = (
    f"(balance*(1 - erf((sqrt(rho) + {ODDS}/(2*sqrt(rho)))/sqrt(2)))"
    f" + (1 - balance)*(1 - erf((sqrt(rho) - {ODDS}/(2*sqrt(rho)))/sqrt(2))))/2"
)


def limits(loss="logistic", intercept=True):
    """Corners of the ridge, of the sample size, and of the balance."""
    found = [
        limit(
            "few-samples", {"alpha": "h", "balance": "0.5"}, {"classification_error": 0.5},
            order=0.5, meaning=r"$\alpha\to0$: nothing is learned",
        ),
    ]  # fmt: skip
    if loss != "hinge":  # its intercept is not determined as the ridge grows
        found.append(limit(
            "bayes", {"zeta": "1/h", "balance": "0.5"},
            {"classification_error": BEST, "parameter_norm2": 0}, source=SOURCE,
            meaning=r"equal classes, $\zeta\to\infty$: the Bayes-optimal error is reached",
        ))  # fmt: skip
    return [*found, *(_of_the_intercept(loss) if intercept else [])]


def _of_the_intercept(loss):
    yield limit(
        "balanced", {"balance": "0.5"}, asymp.Variant(MAIN, {"intercept": False}),
        meaning="equal classes need no intercept",
    )  # fmt: skip
    yield limit(
        "swapped", {"balance": "1 - balance"}, asymp.Variant(MAIN),
        meaning="the classes can be exchanged",
    )  # fmt: skip
    if loss in INTERCEPT:
        guess = {"classification_error": "Min(balance, 1 - balance)", "parameter_norm2": 0}
        yield limit(
            "strong-ridge", {"zeta": "1/h"}, {**guess, "intercept": INTERCEPT[loss]}, start=1,
            where="Abs(balance - 0.5) > 0.1",
            meaning=r"unequal classes, $\zeta\to\infty$: the larger class is always guessed",
        )  # fmt: skip
    if loss == "logistic":
        yield limit(
            "oracle", {"alpha": "1/h", "zeta": "h"},
            {"classification_error": ORACLE, "parameter_norm2": "4*rho", "intercept": ODDS},
            meaning=r"$\alpha\to\infty$, $\zeta\to0$: the log-odds "
            r"$2\mu^\top x+\log\frac{\pi_+}{1-\pi_+}$ are found",
        )  # fmt: skip


laws = [
    asymp.inequality(
        "bayes", BEST, "classification_error",
        "no estimator does better on classes of equal size", fixed={"balance": 0.5},
        ranges={"zeta": (0.02, 2)},
    ),
    asymp.slope(
        "envelope-separation", "train_loss + zeta*parameter_norm2/2", "rho", "-m*m_hat/(2*rho)",
        ranges=ranges,
    ),
]  # fmt: skip
