"""Holistic robust training in the proportional limit: the numbers of its page.

    python docs/holistic_limit.py [price|training|simulation]

``price``: the radius at which the holistic loss of adversarially trained random features covers
their robust test loss, by the exact law of the training losses on 20,000 quantiles.
``training``: robust risk of training against the worst law, over its radius.
``simulation``: the same theorem against finite training (minutes).
"""

import sys

import numpy as np
from scipy.stats import norm

import asymp
from asymp.finite.holistic import critical_radius

WIDTHS, RADII = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0), (0.1, 0.3, 0.5)
CLIPS = (2.0, 3.0, 5.0)
BALLS = (1e-3, 1e-2, 0.03, 0.1, 0.3)
POINT = {"psi2": 2.0, "tau": 0.5, "zeta": 0.01}
FIELD = np.abs(norm.ppf((np.arange(20_000) + 0.5) / 20_000))


def covering(at, clip):
    """Critical radius of one solved point; losses are clipped at clip^2 E y^2."""
    ceiling = clip**2 * (float(at.rho) + float(at.tau) ** 2)
    spread, seminorm = np.sqrt(float(at.SR)), np.sqrt(float(at.P))
    budget = float(at.eps) * seminorm
    train = np.maximum(budget, (spread * FIELD + budget) / (1 + float(at.V)))
    test = spread * FIELD + float(at.eps_test) * seminorm
    losses, new = (np.minimum(size**2, ceiling) for size in (train, test))
    return critical_radius(losses, new.mean(), bound=ceiling)


def price():
    """The price of robust overfitting over widths and radii, and over the clip."""
    theorem = asymp.theorem("random-features-robust")
    ds = theorem.solve(psi1=WIDTHS, eps=RADII, **POINT)
    print("N/d    " + "  ".join(f"eps={eps:<5g}" for eps in RADII))
    for psi1 in WIDTHS:
        row = [covering(ds.sel(psi1=psi1, eps=eps), 3.0) for eps in RADII]
        print(f"{psi1:<6g} " + "  ".join(f"{r:<9.4f}" for r in row))
    print("\nclip   " + "  ".join(f"N/d={psi1:<5g}" for psi1 in (1.0, 4.0)))
    for clip in CLIPS:
        row = [covering(ds.sel(psi1=p, eps=0.3), clip) for p in (1.0, 4.0)]
        print(f"{clip:<6g} " + "  ".join(f"{r:<9.4f}" for r in row))


def training():
    """Robust risk, and what the certificate says of it, over the radius of the ball."""
    holistic = asymp.theorem("random-features-holistic")
    plain = asymp.theorem("random-features-robust")
    for psi1 in (1.0, 4.0):
        at = {**POINT, "psi1": psi1, "eps": 0.3}
        start = plain.solve(**at)
        print(f"N/d = {psi1:g}\nr        robust risk  standard risk  certificate")
        print(f"{0:<8g} {float(start.robust_risk):<12.4f} {float(start.standard_risk):<14.4f} "
              f"{float(start.train_robust_risk):.4f}")  # fmt: skip
        ds = holistic.solve(r_kl=BALLS, throw=False, **at)
        for r in BALLS:
            one = ds.sel(r_kl=r)
            print(f"{r:<8g} {float(one.robust_risk):<12.4f} {float(one.standard_risk):<14.4f} "
                  f"{float(one.train_holistic_risk):.4f}")  # fmt: skip


def simulation():
    """Theory beside finite training, in standard errors of the mean."""
    theorem = asymp.theorem("random-features-holistic")
    at = {**POINT, "psi1": 1.0, "eps": 0.3, "r_kl": 0.1}
    theory = theorem.solve(**at)
    runs = theorem.simulate(d=400, repeats=20, rng=1, workers=1, **at)
    print("observable            theory   finite   standard errors apart")
    for name in ("standard_risk", "robust_risk", "train_robust_risk", "train_holistic_risk",
                 "parameter_norm2", "gradient_norm2"):  # fmt: skip
        mean, error = float(runs[f"{name}_mean"]), float(runs[f"{name}_sem"])
        apart = abs(mean - float(theory[name])) / error
        print(f"{name:<21} {float(theory[name]):<8.4f} {mean:<8.4f} {apart:.1f}")


if __name__ == "__main__":
    asked = sys.argv[1:] or ["price", "training"]
    for part in asked:
        {"price": price, "training": training, "simulation": simulation}[part]()
