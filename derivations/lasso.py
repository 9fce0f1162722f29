"""The Lasso and its phase transition (Bayati-Montanari 2012; Donoho-Maleki-Montanari 2009)."""

import mpmath
import sympy as sp

import asymp

title = "Lasso"


def problem():
    """Square loss, l1 penalty, a teacher with a share s of non-zero coordinates."""
    return asymp.Problem(
        features=asymp.IsotropicGaussian(),
        target=asymp.SparseTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Lasso(),
    )


LASSO = asymp.Work(
    "bayati2012", "M. Bayati, A. Montanari", "The LASSO risk for Gaussian matrices",
    "IEEE Transactions on Information Theory 58(4)", 2012,
).at("Theorem 1.5 and equations (1.5), (1.8)", "recalled")  # fmt: skip
AMP = asymp.WORKS["donoho2009"].at("parametric form of the phase boundary", "recalled")
NOISE = asymp.Work(
    "donoho2011", "D. Donoho, A. Maleki, A. Montanari",
    "The noise-sensitivity phase transition in compressed sensing",
    "IEEE Transactions on Information Theory 57(10)", 2011,
).at("formal mean squared error M/(1 - M/delta)", "recalled")  # fmt: skip
sources = [LASSO, AMP, NOISE]
conventions = {
    "ratios": r"$\alpha=n/p$ and $s=k/p$; the sources have $\delta=n/p$ and $\rho=k/n=s/\alpha$",
    "loss": r"$\frac1{2n}\|y-X\theta\|^2+\frac\lambda{\sqrt p}\|\theta\|_1$, entries $N(0,1)$; the "
    r"sources have $\frac12\|y-Ax\|^2+\lambda'\|x\|_1$, entries $N(0,1/n)$: $x=\sqrt n\,\theta$, "
    r"$\lambda'=\lambda\sqrt\alpha$",
    "noise": r"$\tau^2$ is the variance of the label noise, the sources' $\sigma^2$",
    "teacher": r"$\rho=\|\beta\|^2$; non-zero $\sqrt p\,\beta_j$ are $N(0,\rho/s)$",
    "limit": r"$\lambda=0$ means $\lambda\to0$: least squares, or basis pursuit",
}
translations = [
    {
        "name": "bayati-montanari",
        "source": LASSO,
        "parameters": {
            "delta": "alpha", "lam": "lam*sqrt(alpha)", "sigma2": "tau**2", "eps": "s",
            "v": "alpha*rho/s",
        },
        "observables": {"tau2": "standard_risk", "mse": "alpha*excess_risk"},
        "meanings": {
            "delta": "$n/p$", "lam": r"strength of $\|x\|_1$", "sigma2": "variance of the noise",
            "eps": "share of non-zero entries", "v": "their variance",
            "tau2": r"effective noise $\tau_\star^2$", "mse": r"$\lim\|\hat x-x_0\|^2/p$",
        },
        "latex": {"lam": r"\lambda", "sigma2": r"\sigma^2", "tau2": r"\tau_\star^2"},
    },
    {
        "name": "donoho-maleki-montanari",
        "source": AMP,
        "parameters": {"delta": "alpha", "sparsity": "s/alpha", "sigma2": "tau**2",
                       "strength": "lam*sqrt(alpha)", "v": "alpha*rho/s"},
        "observables": {"mse": "alpha*excess_risk"},
        "meanings": {"delta": "$n/p$", "sparsity": "$k/n$", "mse": r"$\lim\|\hat x-x_0\|^2/p$"},
        "latex": {"sparsity": r"\rho"},
    },
]  # fmt: skip

# As printed, for a Bernoulli-Gaussian signal: threshold theta = alpha_BM tau, effective noise T.
delta, lam, sigma2, eps, v = sp.symbols("delta lam sigma2 eps v", positive=True)
T, theta = sp.symbols("T theta", positive=True)
LETTERS = {
    "delta": "alpha", "lam": "lam*sqrt(alpha)", "sigma2": "tau**2", "eps": "s", "v": "alpha*rho/s",
}  # fmt: skip


def passed(variance):
    """Probability that a centred Gaussian passes the threshold."""
    return sp.erfc(theta / sp.sqrt(2 * variance))


def size2(variance):
    """Mean square of its soft threshold."""
    density = sp.exp(-(theta**2) / (2 * variance)) * sp.sqrt(2 * variance / sp.pi)
    return (variance + theta**2) * passed(variance) - theta * density


def state_evolution():
    """Equations (1.5) and (1.8): the effective noise, and the threshold's calibration."""
    mse = (1 - eps) * size2(T) + eps * (v - 2 * v * passed(v + T) + size2(v + T))
    share = (1 - eps) * passed(T) + eps * passed(v + T)
    return asymp.Theorem.from_equations(
        id="state-evolution", title="State evolution and calibration of the Lasso",
        parameters={s.name: sp.Interval.open(0, sp.oo) for s in (delta, lam, sigma2, eps, v)},
        state={"T": sigma2 + eps * v / delta, "theta": sp.sqrt(sigma2 + eps * v / delta)},
        equations=[sp.Eq(T, sigma2 + mse / delta), sp.Eq(theta, lam + theta * share / delta)],
        observables={"standard_risk": T, "excess_risk": T - sigma2, "selected_fraction": share},
    )  # fmt: skip


class Transition(asymp.Printed):
    """The phase boundary, parametrised by the threshold z."""

    def evaluate(self, letters):
        """The ratio delta at which rho(z) delta(z) is the given share."""

        def boundary(z):
            phi, tail = mpmath.npdf(z), mpmath.ncdf(-z)
            return 2 * phi / (z + 2 * (phi - z * tail)), 1 - z * tail / phi

        ends = (mpmath.mpf("1e-8"), mpmath.mpf(20))
        share = mpmath.mpf(letters["s"])
        gap = lambda z: mpmath.log(mpmath.fprod(boundary(z)) / share)  # noqa: E731
        z = mpmath.findroot(gap, ends, solver="anderson", maxsteps=200)
        return {"alpha_c": float(boundary(z)[0])}


def audits():
    """State evolution at any strength, and the boundary of recovery."""
    return [
        asymp.Audit(
            "state-evolution", LASSO, state_evolution(), LETTERS,
            ("standard_risk", "excess_risk", "selected_fraction"),
            {"alpha": (0.1, 10), "lam": (0.02, 2), "tau": (0.1, 1.5), "rho": (0.3, 3),
             "s": (0.02, 0.9)},
            tolerance=1e-8, reason="two fixed points of 1e-13, condition numbers below 1e3",
        ),
        asymp.Audit(
            "phase-boundary", AMP, Transition(), {"s": "s"}, ("alpha_c",), {"s": (0.001, 0.95)},
            {"alpha": 0.5, "lam": 1.0, "tau": 0.5}, tolerance=1e-10,
            reason="one scalar root on either side",
        ),
    ]  # fmt: skip


LARGE = "(alpha > 1.2)"
EVERYTHING = ("V", "standard_risk", "train_risk", "parameter_norm2", "l1_norm",
              "selected_fraction", "false_positive_rate", "true_positive_rate")  # fmt: skip
SIZE, DENSITY = "(lam*sqrt(s/rho))", "sqrt(2/pi)*exp(-lam**2*s/(2*rho))"
limits = [
    asymp.Limit(
        "recovery", {"lam": "h", "tau": "0"}, (*EVERYTHING, "E"), where="alpha > 1.1*alpha_c",
        ranges={"s": (0.05, 0.9)}, start=1e-3,
        meaning=r"without noise and for $\alpha>\alpha_c$ the teacher is found as $\lambda\to0$",
    ),
    asymp.Limit(
        "least-l1-norm", {"lam": "h"}, EVERYTHING[1:], where="alpha < 0.9", start=1e-3,
        ranges={"tau": (0.1, 1.5), "alpha": (0.1, 0.9)},
        meaning=r"$\lambda\to0$ below $\alpha=1$: basis pursuit",
    ),
    asymp.Limit(
        "least-squares", {"lam": "h"},
        {"standard_risk": "tau**2*alpha/(alpha - 1)", "train_risk": "tau**2*(1 - 1/alpha)",
         "selected_fraction": 1},
        where=LARGE, ranges={"tau": (0.1, 1.5), "alpha": (1.2, 10)}, start=1e-3,
        meaning=r"$\lambda\to0$ above $\alpha=1$: least squares",
    ),
    asymp.Limit(
        "threshold", {"lam": "0", "alpha": "1 - h"}, {"standard_risk": "oo", "l1_norm": "oo"},
        ranges={"tau": (0.2, 1.5)}, order=0.5,
        meaning=r"basis pursuit diverges at $\alpha=1$ under noise",
    ),
    asymp.Limit(
        "population", {"alpha": "1/h"},
        {"excess_risk": f"rho*(1 - (1 - {SIZE}**2)*(1 - erf({SIZE}/sqrt(2))) - {SIZE}*{DENSITY})"},
        ranges={"lam": (0.1, 2)},
        meaning="with many samples all that remains is the bias of the soft threshold",
    ),
    asymp.Limit(
        "strong-penalty", {"lam": "log(1/h)*sqrt(rho/s + (rho + tau**2)/alpha)"},
        {"standard_risk": "rho + tau**2", "parameter_norm2": 0, "selected_fraction": 0},
        meaning="the estimator vanishes",
    ),
]  # fmt: skip
QUIET = "a_c*tau*sqrt(alpha - alpha_c)/alpha"  # the threshold of least gain
laws = [
    asymp.identity(
        "generalised-cross-validation", "train_risk",
        "standard_risk*(1 - selected_fraction/alpha)**2",
        "the training error is the risk times the squared share of residual degrees of freedom",
        ranges={"lam": (0.01, 2)},
    ),
    asymp.inequality("selects-fewer-than-samples", "selected_fraction", "alpha"),
    asymp.power(
        "onset-of-failure", "excess_risk", {"alpha": "alpha_c*(1 - h)"}, 2,
        fixed={"lam": 0, "tau": 0}, ranges={"s": (0.05, 0.6), "alpha": ("alpha_c/2", "alpha_c/2")},
    ),
    asymp.power(
        "bias-near-recovery", "excess_risk", {"lam": "h"}, 2, where="alpha > 1.2*alpha_c",
        fixed={"tau": 0}, ranges={"s": (0.05, 0.9)}, small=1e-4,
    ),
    asymp.identity(
        "noise-sensitivity", "excess_risk", "tau**2*alpha_c/(alpha - alpha_c)",
        r"at small noise and the best strength $\mathcal E\to\tau^2\alpha_c/(\alpha-\alpha_c)$",
        fixed={"tau": 1e-7}, where="alpha > 1.3*alpha_c",
        ranges={"s": (0.05, 0.9), "alpha": ("1.3*alpha_c", "10*alpha_c"), "lam": (QUIET, QUIET)},
        tolerance=1e-5, why_tolerance="corrections of the order of the noise over the signal",
    ),
]  # fmt: skip
