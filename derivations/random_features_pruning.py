"""Magnitude pruning of trained random features: training and test loss against the share kept."""

import numpy as np
import sympy as sp
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

import asymp

title = "Pruned random features"


def problem(activation="relu"):
    """Square loss and ridge; of the trained parameter the largest entries are kept."""
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(may_vanish=True),
        noise=asymp.GaussianNoise(may_vanish=False),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
        observe=asymp.Pruning(),
    )


SOURCE = asymp.Work(
    "bussgang1952", "J. J. Bussgang", "Crosscorrelation functions of amplitude-distorted Gaussian "
    "signals", "MIT Research Laboratory of Electronics, Technical Report 216", 1952,
).at(
    "a threshold of a Gaussian is its best linear part and an uncorrelated rest; no proportional "
    "theorem is printed",
    "recalled",
)  # fmt: skip
sources = [SOURCE, asymp.WORKS["mei2022"].at("Theorem 2, the case without pruning", "second-hand")]
conventions = {
    "ratios": r"$\psi_1=N/d$, $\psi_2=n/d$",
    "loss": r"$\frac1{2n}\sum_ir_i^2+\frac\zeta2\|\theta\|^2$; $\zeta=0$ means $\zeta\to0$",
    "pruning": r"the share $\kappa=\mathrm{kept}$ of the entries of $\hat\theta$ that are largest "
    "in size is kept, the others are set to zero; nothing is trained again",
    "activation": r"centred; the rest of $\theta$ otherwise shifts the output by a random number",
}
translations = [
    {
        "name": "sparsity", "source": SOURCE,
        "parameters": {
            "gamma": "psi1/psi2", "phi": "1/psi2", "ridge": "zeta", "noise": "tau**2",
            "signal": "rho", "pruned": "1 - kept",
        },
        "back": {
            "psi1": "gamma/phi", "psi2": "1/phi", "zeta": "ridge", "tau": "sqrt(noise)",
            "rho": "signal", "kept": "1 - pruned",
        },
        "observables": {"test": "pruned_risk", "train": "pruned_train_risk"},
        "meanings": {"gamma": "$N/n$", "phi": "$d/n$", "ridge": "ridge",
                     "noise": "variance of the label noise", "signal": "variance of the teacher",
                     "pruned": "share that is set to zero"},
    },
]  # fmt: skip


class Quadrature(asymp.Printed):
    """Chebyshev nodes in the spectrum, the Gaussian entries by adaptive quadrature."""

    def __init__(self, activation):
        found = asymp.Activation.of(activation).coefficients
        self.mu1, self.mu2_squared = found.mu1.value, found.mu2_squared.value

    def trained(self, psi1, psi2, tau, rho, zeta):
        """V, the overlaps with labels and of the field, and the norm."""
        t, w = asymp.marchenko_pastur_nodes(psi1)
        share = psi1 / psi2
        a, c = self.mu1**2 * t + self.mu2_squared, rho * self.mu1**2 * psi1 * w * t

        def excess(log_v):
            v_hat = 1 / (1 + np.exp(log_v))
            return share * np.sum(w * a / (zeta + v_hat * a)) / np.exp(log_v) - 1

        scale = np.exp(brentq(excess, -60, 60, xtol=1e-14))
        v_hat = 1 / (1 + scale)
        H = zeta + v_hat * a
        fixed, spread = v_hat**2 * c / H**2, v_hat**2 * share * w * a / H**2
        m = v_hat * np.sum(c / H)
        risk = (rho + tau**2 - 2 * m + np.sum(fixed * a)) / (1 - np.sum(spread * a))
        theta2 = fixed + risk * spread
        return scale, m, np.sum(theta2 * a), np.sum(theta2)

    def evaluate(self, letters):
        """Variances of the residuals of a' theta + rest, on new and on training points."""
        n = {name: float(value) for name, value in letters.items()}
        kept = n.pop("kept")
        scale, m, q, size = self.trained(**n)
        label = n["rho"] + n["tau"] ** 2
        k = norm.isf(kept / 2)
        gain = 2 * quad(lambda z: z**2 * norm.pdf(z), k, k + 12, epsabs=1e-14, epsrel=1e-12)[0]
        rest = gain * (1 - gain) * size * (self.mu1**2 + self.mu2_squared)
        joint = np.array([[label, m], [m, q]])  # label and the field that left the sample out
        test = np.array([1.0, -gain])
        train = np.array([1 - gain + gain / (1 + scale), -gain / (1 + scale)])
        return {
            "pruned_risk": test @ joint @ test + rest,
            "pruned_train_risk": train @ joint @ train + rest,
        }


def audits(activation="relu"):
    """Covariances of labels, fields and the rest that pruning leaves."""
    s = {n: sp.Symbol(n, positive=True) for n in ("psi1", "psi2", "tau", "rho", "zeta", "kept")}
    return [
        asymp.Audit(
            "quadrature", None, Quadrature(activation), s, ("pruned_risk", "pruned_train_risk"),
            {"psi1": (0.2, 8), "psi2": (0.2, 4), "tau": (0.1, 1.5), "rho": (0.3, 3),
             "zeta": (0.01, 2), "kept": (0.01, 0.99)},
            condition=sp.Abs(s["psi1"] - 1) > 0.15,  # the nodes resolve no narrower gap
            tolerance=1e-8, reason="adaptive quadrature to 1e-12, condition numbers up to 1e3",
        )
    ]  # fmt: skip


# fmt: off
PRUNED = ("pruned_risk", "pruned_train_risk")
LABEL = "rho + tau**2"
KERNEL = asymp.Variant(
    ("standard_risk",), {"features": asymp.IsotropicGaussian(), "observe": ()},
    {"alpha": "psi2", "zeta": "(zeta + mu2**2/psi2)/mu1**2"},
)
limits = [
    asymp.Limit("nothing-pruned", {"kept": "1 - h"}, PRUNED, order=3,
                meaning="the loss of what is pruned last is cubic in its share"),
    asymp.Limit("everything-pruned", {"kept": "h"},
                {"pruned_risk": LABEL, "pruned_train_risk": LABEL}, order=0.8,
                meaning=r"the zero function remains, at a rate $\kappa\log(1/\kappa)$"),
    asymp.Limit("threshold", {"zeta": "0", "psi1": "psi2*(1 + h)", "kept": "0.5"},
                {"pruned_risk": "oo", "pruned_train_risk": "oo"}, where="mu2 > 0",
                meaning=r"at $\psi_1=\psi_2$ without ridge any pruning makes the training loss "
                "infinite, which is zero before"),
    asymp.Limit("strong-ridge", {"zeta": "1/h"},
                {"pruned_risk": LABEL, "pruned_train_risk": LABEL},
                meaning="there is nothing to prune"),
    asymp.Limit("kernel", {"psi1": "1/h", "zeta": "zeta/h", "kept": "1"}, KERNEL,
                where="mu1 > 0", ranges={"zeta": (0.01, 1)},
                meaning=r"$\psi_1\to\infty$ with $\zeta=\lambda\psi_1$, unpruned: kernel "
                "ridge has the risk of linear ridge"),
]
RATE = {"path": {"kept": "1 - h"}, "exponent": 3, "small": 0.02}
WHITE = "parameter_norm2*(mu1**2 + mu2**2)"
laws = [
    asymp.identity("unpruned-risk", "pruned_risk", "standard_risk", fixed={"kept": 1.0}),
    asymp.identity("unpruned-train", "pruned_train_risk", "train_risk", fixed={"kept": 1.0}),
    asymp.inequality("training-loss-rises", "train_risk", "pruned_train_risk",
                     "pruning never lowers the training loss: the pruned parameter is shorter, and "
                     "a lower loss would contradict the minimum"),
    asymp.inequality("pruned-risk-above-noise", "tau**2", "pruned_risk",
                     "no pruning finds less than the noise"),
    asymp.inequality("between-the-ends", "pruned_risk",
                     f"Max(standard_risk, {LABEL}) + {WHITE}/4",
                     r"the rest that pruning leaves adds at most $\frac14\|\theta\|^2"
                     r"\mathrm{tr}\,\Sigma/N$ to a risk between the trained and the zero function"),
    asymp.power("cubic-onset", "pruned_train_risk - train_risk", **RATE,
                ranges={"zeta": (0.05, 2), "psi1": (0.3, 5), "psi2": (0.3, 5)}),
]
# fmt: on
