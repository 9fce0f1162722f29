"""Holistic robust training in the proportional limit: the numbers of its page.

    python docs/holistic_limit.py [price|finite|training|simulation] [--plot FOLDER]

``price``: the radius at which the holistic loss of adversarially trained random features covers
their robust test loss, by the exact law of both losses; ``--plot`` draws it as curves.
``finite``: the same radius of really trained samples (minutes).
``training``: robust risk of training against the worst law, over its radius.
``simulation``: the same theorem against finite training (minutes).
"""

import argparse
from pathlib import Path

import numpy as np
from holistic_coverage import gradient_metric

import asymp
from asymp.finite.holistic import critical_radius, fit_hr, price_of_overfitting

WIDTHS, RADII = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0), (0.1, 0.3, 0.5)
CLIPS = (2.0, 3.0, 5.0)
BALLS = (1e-3, 1e-2, 0.03, 0.1, 0.3)
POINT = {"psi2": 2.0, "tau": 0.5, "zeta": 0.01}
INPUTS, REPEATS, FRESH = 400, 20, 4000


def exact(widths, radii, clip=3.0):
    """Critical radii over a grid; losses are clipped at clip^2 E y^2."""
    theorem = asymp.theorem("random-features-robust")
    ds = theorem.solve(psi1=widths, eps=radii, progress=False, **POINT)
    bound = clip**2 * (ds.rho + ds.tau**2)
    return price_of_overfitting(theorem, ds, bound=bound).critical_radius


def price():
    """The price of robust overfitting over widths and radii, and over the clip."""
    found = exact(WIDTHS, RADII)
    print("N/d    " + "  ".join(f"eps={eps:<5g}" for eps in RADII))
    for psi1 in WIDTHS:
        print(f"{psi1:<6g} " + "  ".join(f"{float(r):<9.4f}" for r in found.sel(psi1=psi1)))
    fine = exact(np.geomspace(1.0, 10.0, 231), RADII)
    print("peak   " + "  ".join(f"{float(x):<9.1f}" for x in fine.idxmax("psi1")))
    print("\nclip   " + "  ".join(f"N/d={psi1:<5g}" for psi1 in (1.0, 4.0)))
    for clip in CLIPS:
        row = exact((1.0, 4.0), 0.3, clip)
        print(f"{clip:<6g} " + "  ".join(f"{float(r):<9.4f}" for r in row))


def curves(folder):
    """The price against the width, one curve for each radius of the attack."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    widths = np.geomspace(0.2, 20.0, 81)
    for radius in exact(widths, (0.05, *RADII)).transpose("eps", "psi1"):
        axis.semilogx(widths, radius, label=rf"$\varepsilon$ = {float(radius.eps):g}")
    axis.axvline(POINT["psi2"], color="0.8", lw=0.8, zorder=0)
    axis.set_xlabel("features per input dimension, N/d (line: N = n)")
    axis.set_ylabel("critical radius, nats a sample")
    axis.set_ylim(0, None)
    axis.legend(frameon=False, fontsize=8)
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "holistic_price.png", dpi=110)


def finite():
    """Critical radii of really trained samples beside the exact ones, in standard errors."""
    print("N/d    exact    finite   standard errors apart")
    for psi1 in (0.5, 1.0, 4.0):
        drawn = [trained(psi1, 0.3, repeat) for repeat in range(REPEATS)]
        error = np.std(drawn, ddof=1) / np.sqrt(REPEATS)
        theory = float(exact(psi1, 0.3))
        apart = abs(np.mean(drawn) - theory) / error
        print(f"{psi1:<6g} {theory:<8.4f} {np.mean(drawn):<8.4f} {apart:.1f}", flush=True)


def trained(psi1, eps, repeat):
    """Critical radius of one draw: random features of ReLU, trained adversarially."""
    rng = np.random.default_rng([repeat, int(10 * psi1)])
    samples = int(POINT["psi2"] * INPUTS)
    weights = rng.normal(size=(int(psi1 * INPUTS), INPUTS))
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    teacher = rng.normal(size=INPUTS)
    teacher /= np.linalg.norm(teacher)
    inputs = rng.normal(size=(samples + FRESH, INPUTS))
    labels = inputs @ teacher + POINT["tau"] * rng.normal(size=len(inputs))
    features = np.maximum(inputs @ weights.T, 0) - 1 / np.sqrt(2 * np.pi)
    train = features[:samples], labels[:samples]
    found = fit_hr(*train, eps=eps, r=0.0, ridge=POINT["zeta"], metric=gradient_metric(weights))
    bound = 9 * (1 + POINT["tau"] ** 2)
    sizes = np.abs(labels - features @ found.theta) + eps * found.seminorm
    losses = np.minimum(sizes**2, bound)
    return critical_radius(losses[:samples], losses[samples:].mean(), bound)


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


PARTS = {"price": price, "finite": finite, "training": training, "simulation": simulation}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="part", default=[])
    parser.add_argument("--plot", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    for part in arguments.parts or ("price", "training"):
        PARTS[part]()
    if arguments.plot:
        curves(arguments.plot)


if __name__ == "__main__":
    main()
