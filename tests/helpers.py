"""Independent routes: quadrature over spectral laws, plain iteration, scalar problems.

Nothing here uses the package, so that agreement means something.
"""

import math
from dataclasses import dataclass

import mpmath
import numpy as np
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.special import erf, erfc

RELU = {"mu1": 0.5, "mu2": math.sqrt(0.25 - 1 / (2 * math.pi)), "kappa2": 0.25}
NODES = 4000


def marchenko_pastur(psi):
    """Nodes and weights of the law of W W^T, rows of W on the sphere, W of size psi d by d.

    The density sqrt((b-t)(t-a)) / (2 pi psi t) by the trapezoidal rule in the angle, which
    converges geometrically unless psi = 1; an atom at zero of mass 1 - 1/psi if psi > 1.
    """
    angle = (np.arange(NODES) + 0.5) * math.pi / NODES
    nodes = 1 + psi + 2 * math.sqrt(psi) * np.cos(angle)
    weights = 4 * psi * np.sin(angle) ** 2 / (2 * math.pi * psi * nodes) * math.pi / NODES
    if psi > 1:
        nodes, weights = np.append(nodes, 0.0), np.append(weights, 1 - 1 / psi)
    return nodes, weights


def coefficients(sigma, derivative, breaks=()):
    """mu1, mu2, kappa2 of an activation by mpmath quadrature with 25 digits."""
    with mpmath.workdps(25):
        ends = (
            [-mpmath.inf, -6, *breaks, 6, mpmath.inf]
            if breaks
            else [-mpmath.inf, -6, -1, 0, 1, 6, mpmath.inf]
        )

        def mean(f):
            return mpmath.quad(lambda g: f(g) * mpmath.npdf(g), ends)

        mu0, mu1 = mean(sigma), mean(lambda g: g * sigma(g))
        mu2 = mean(lambda g: sigma(g) ** 2) - mu0**2 - mu1**2
        kappa2 = mean(lambda g: derivative(g) ** 2) - mu1**2
        root = mpmath.sqrt(mu2) if mu2 > 1e-20 else mpmath.mpf(0)
        return {"mu1": float(mu1), "mu2": float(root), "kappa2": float(kappa2)}


@dataclass
class Robust:
    """Theory note, section 2: the map in (V, SR, P) by quadrature and plain iteration."""

    psi1: float
    psi2: float
    eps: float
    zeta: float
    tau: float
    mu1: float
    mu2: float
    kappa2: float
    rho: float = 1.0

    def __post_init__(self):
        self.t, self.w = marchenko_pastur(self.psi1)
        self.sigma = self.mu1**2 * self.t + self.mu2**2
        self.a = self.mu1**2 * self.t + self.kappa2
        self.noise = self.w * self.psi1 / self.psi2
        self.signal = self.w * self.psi1 * self.mu1**2 * self.t

    def hats(self, V, SR, P):
        """Conjugates by truncated Gaussian moments of the residual after the proximal step."""
        e, root = self.eps * math.sqrt(P), math.sqrt(SR)
        a = V * e / root
        tail, density = erfc(a / math.sqrt(2)), math.sqrt(2 / math.pi) * math.exp(-a * a / 2)
        inner = erf(a / math.sqrt(2))
        first, second = root * density, SR * (tail + a * density)
        q_hat = (second + 2 * e * first + e * e * tail) / (1 + V) ** 2
        q_hat += SR * (inner - a * density) / V**2
        V_hat = inner / V + tail / (1 + V)
        P_hat = 0.0
        if self.eps:
            P_hat = self.eps / math.sqrt(P) * ((first + e * tail) / (1 + V) + e * inner)
        return q_hat, V_hat, P_hat

    def train(self, V, SR, P):
        e, root = self.eps * math.sqrt(P), math.sqrt(SR)
        a = V * e / root
        tail, density = erfc(a / math.sqrt(2)), math.sqrt(2 / math.pi) * math.exp(-a * a / 2)
        outer = SR * (tail + a * density) + 2 * e * root * density + e * e * tail
        return outer / (1 + V) ** 2 + e * e * erf(a / math.sqrt(2))

    def step(self, x):
        q_hat, V_hat, P_hat = self.hats(*x)
        h = self.zeta + V_hat * self.sigma + P_hat * self.a
        m = V_hat * self.rho * np.sum(self.signal / h)
        both = q_hat * self.noise * self.sigma + V_hat**2 * self.rho * self.signal
        q, P = np.sum(both * self.sigma / h**2), np.sum(both * self.a / h**2)
        SR = self.rho + self.tau**2 - 2 * m + q
        return np.array([np.sum(self.noise * self.sigma / h), SR, P])

    def norm2(self, x):
        q_hat, V_hat, P_hat = self.hats(*x)
        h = self.zeta + V_hat * self.sigma + P_hat * self.a
        both = q_hat * self.noise * self.sigma + V_hat**2 * self.rho * self.signal
        return float(np.sum(both / h**2))

    def solve(self):
        """Iterate to a relative change of 1e-14."""
        x = np.array([1.0, self.rho + self.tau**2, self.rho / 2])
        for _ in range(200_000):
            new = self.step(x)
            if np.max(np.abs(new / x - 1)) < 1e-14:
                break
            x = new
        V, SR, P = x
        return {
            "V": V, "standard_risk": SR, "gradient_norm2": P,
            "train_robust_risk": self.train(*x), "parameter_norm2": self.norm2(x),
        }  # fmt: skip


def population_minimiser(psi1, eps, tau, mu1, mu2, kappa2, rho=1.0):
    """Least population robust risk: the minimiser is (Sigma + s A)^{-1} c times a scalar.

    One-dimensional in s; the best multiple solves a quartic, minimised numerically as well.
    """
    t, w = marchenko_pastur(psi1)
    sigma, a, c = mu1**2 * t + mu2**2, mu1**2 * t + kappa2, w * psi1 * mu1**2 * t

    def risk(size, s):
        h = sigma + s * a
        m, q, P = (
            size**k * rho * np.sum(c * f) for k, f in ((1, 1 / h), (2, sigma / h**2), (2, a / h**2))
        )
        SR = rho + tau**2 - 2 * m + q
        return SR + 2 * eps * math.sqrt(2 / math.pi * P * SR) + eps**2 * P, SR, P

    def best_size(s):
        return minimize_scalar(lambda k: risk(k, s)[0], (0.0, 1.0), options={"xtol": 1e-12}).x

    found = minimize_scalar(
        lambda u: risk(best_size(math.exp(u)), math.exp(u))[0], (-2.0, 0.0), options={"xtol": 1e-12}
    )
    s = math.exp(found.x)
    return dict(
        zip(("robust_risk", "standard_risk", "gradient_norm2"), risk(best_size(s), s), strict=True)
    )


def isotropic_m_estimator(proximal, alpha, zeta, tau, rho=1.0):
    """Isotropic design, convex loss by its proximal operator, ridge: two scalars by quadrature.

    With residual field omega of variance SR: q_hat = E (prox - omega)^2 / V^2,
    V_hat = E (1 - prox') / V by Stein's lemma, V = 1/(alpha H), H = zeta + V_hat.
    """

    def gaussian(f, scale):
        def integrand(z):
            return f(scale * z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

        return (
            2
            * quad(integrand, 0, 12, limit=400, epsabs=1e-13, epsrel=1e-13, points=[0.5, 1, 2, 4])[
                0
            ]
        )

    def moved(r, V):
        return (r - proximal(r, V)) / V

    V, SR = 1.0, rho + tau**2
    for _ in range(3000):
        root = math.sqrt(SR)
        q_hat = gaussian(lambda r, V=V: moved(r, V) ** 2, root)
        V_hat = gaussian(lambda r, V=V: moved(r, V) * r, root) / SR
        h = zeta + V_hat
        new_V, new = 1 / (alpha * h), tau**2 + rho * (zeta / h) ** 2 + q_hat / (alpha * h * h)
        if abs(new_V / V - 1) + abs(new / SR - 1) < 1e-13:
            break
        V, SR = new_V, new
    return {"V": V, "standard_risk": SR}


def kernel_limit(psi2, lam, eps, tau, mu1, mu2, rho=1.0):
    """psi1 to infinity, zeta = lam psi1: linear modes; the rest of the features adds to V alone."""
    robust = Robust(1.0, psi2, eps, lam, tau, mu1, mu2, 0.0, rho)
    x = np.array([1.0, rho + tau**2, rho / 2])
    for _ in range(200_000):
        q_hat, V_hat, P_hat = robust.hats(*x)
        h = lam + (V_hat + P_hat) * mu1**2
        m, q = V_hat * rho * mu1**2 / h, mu1**4 * (V_hat**2 * rho + q_hat / psi2) / h**2
        V = (mu1**2 / h + mu2**2 / lam) / psi2
        new = np.array([V, rho + tau**2 - 2 * m + q, q])
        if np.max(np.abs(new / x - 1)) < 1e-14:
            break
        x = new
    return {"standard_risk": x[1], "gradient_norm2": x[2], "train_robust_risk": robust.train(*x)}
