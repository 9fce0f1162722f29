"""Clean risk, robust training error and robust risk of random features, from the theorems.

    python docs/robust_triple.py [regression|classification|gap|cost] [--plot FOLDER]
    python docs/robust_triple.py simulation

Without a word, all tables but the last, which takes a quarter of an hour.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

import asymp

PSI2, TAU = 2.0, 0.5
RIDGE = 1e-3  # of the classification tables that need one


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", nargs="?", choices=TABLES)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    if arguments.plot:
        plot(arguments.plot)
        return
    chosen = [arguments.table] if arguments.table else [t for t in TABLES if t != "simulation"]
    for name in chosen:
        print(f"{name}\n" if len(chosen) > 1 else "", end="")
        TABLES[name]()


def show(heads, rows):
    """A table, numbers in four digits."""
    cells = [heads, *([f"{c:.4g}" if isinstance(c, float) else str(c) for c in r] for r in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        print("  ".join(map(str.ljust, row, widths)).rstrip())
    print()


def load():
    """The theorems: regression, classification, radius, and the limit of no ridge within it."""
    parts = asymp.theorem("random-features-robust-margin").problem
    hard = asymp.Problem(
        features=parts.features, labels=parts.labels, loss=parts.loss, adversary=asymp.L2Input()
    )
    names = ("robust", "robust-logistic", "robust-margin")
    return (*(asymp.theorem(f"random-features-{n}") for n in names), hard.derive())


REGRESSION, LOGISTIC, MARGIN, HARD = range(4)


def regression():
    """The triple against the radius, and where memorisation begins."""
    theorem = load()[REGRESSION]
    eps = [0.01, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2]
    names = ("standard_risk", "train_robust_risk", "robust_risk", "robust_gap")
    rows = []
    for psi1 in (1.0, 4.0, 10.0):
        s = theorem.solve(psi1=psi1, psi2=PSI2, tau=TAU, eps=eps)
        floor = s.eps**2 * s.gradient_norm2 / s.train_robust_risk
        for i, e in enumerate(eps):
            triple = [float(s[n][i]) for n in names]
            rows.append([psi1, e, *triple, float(s.interpolated_fraction[i]), float(floor[i])])
    show(["psi1", "eps", "clean", "train", "robust", "gap", "exact", "eps^2 P/train"], rows)
    rows = []
    for psi1 in (1.9, 2.1, 2.5, 3.0, 4.0, 6.0, 10.0, 30.0):
        rows.append(
            [psi1, onset(theorem, psi1), *(exact_at(theorem, psi1, s) for s in (0.99, 0.5))]
        )
    show(["psi1", "onset", "99 % exact", "50 % exact"], rows)


def onset(theorem, psi1):
    r"""The radius eps_0 of 1 - exact ~ erfc(eps_0/(eps sqrt(2))) as eps falls; 0 without one."""
    if psi1 <= PSI2:
        return 0.0
    s = theorem.solve(psi1=psi1, psi2=PSI2, tau=TAU, eps=1e-4)
    return float(s.V * s.eps**2 * np.sqrt(s.P / s.SR))


def exact_at(theorem, psi1, share):
    """Radius at which a share of the residuals is exactly zero; NaN where none is."""

    def excess(eps):
        found = theorem.solve(psi1=psi1, psi2=PSI2, tau=TAU, eps=eps)
        return float(found.interpolated_fraction) - share

    return brentq(excess, 1e-3, 20, xtol=1e-8) if excess(1e-3) > 0 else float("nan")


def classification():
    """Radius of robust memorisation beside the null threshold, and the triple without ridge."""
    theorems = load()
    rows = []
    for psi2 in (0.5, 1.0, 2.0, 4.0):
        for psi1 in (1.0, 2.0, 3.0, 10.0, 100.0):
            low, high = radius(theorems[MARGIN], psi1, psi2), null(theorems[LOGISTIC], psi1, psi2)
            rows.append([psi2, psi1, low, high, low / high])
    show(["psi2", "psi1", "eps_sep", "eps_max", "ratio"], rows)
    rows = [[3.0, e, *triple(theorems, 3.0, e)] for e in EPS]
    show(["psi1", "eps", "clean", "train", "robust", "gap"], rows)


EPS = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.74, 0.77, 0.8, 0.9, 1.0, 1.1]


def radius(theorem, psi1, psi2=PSI2):
    """One over the least gradient with margins one; 0 where the data are not separable."""
    found = theorem.solve(psi1=psi1, psi2=psi2, zeta=0.0, throw=False)
    return 1 / float(np.sqrt(found.gradient_norm2)) if int(found.status) == 0 else 0.0


def null(theorem, psi1, psi2=PSI2):
    """Radius beyond which nothing is learnt: where the status changes."""

    def is_null(eps):
        found = theorem.solve(psi1=psi1, psi2=psi2, eps=eps, zeta=1.0, throw=False)
        return int(found.status) == 1

    low, high = 0.1, 100.0
    for _ in range(22):  # six digits; nearer there is no digit left
        middle = np.sqrt(low * high)
        low, high = (low, middle) if is_null(middle) else (middle, high)
    return low


def triple(theorems, psi1, eps):
    """Without ridge: the limit of a vanishing one within the radius, the minimiser beyond."""
    inside = eps < radius(theorems[MARGIN], psi1)
    theorem = theorems[HARD if inside else LOGISTIC]
    s = theorem.solve(psi1=psi1, psi2=PSI2, eps=eps, zeta=1.0 if inside else 0.0)
    names = ("classification_error", "train_robust_error", "robust_error", "robust_gap")
    return [float(s[n]) for n in names]


def gap():
    """Where the gap is largest along psi1, and how it grows."""
    theorems = load()
    rows = []
    for eps in (0.05, 0.1, 0.3, 0.5):
        peaks = peaks_of(theorems[REGRESSION], eps, tau=TAU)
        begins = crossing(lambda p: exact_at(theorems[REGRESSION], p, 0.5) - eps)  # noqa: B023
        rows.append([eps, begins, peaks])
    show(["eps", "half exact at psi1", "turning points of the gap of risks, along psi1"], rows)
    rows = []
    for eps in (0.1, 0.3, 0.6):
        begins = crossing(lambda p: radius(theorems[MARGIN], p) - eps)  # noqa: B023
        for zeta in (1e-2, 1e-4, 1e-6):
            rows.append([eps, begins, f"{zeta:g}", peaks_of(theorems[LOGISTIC], eps, zeta=zeta)])
    show(["eps", "eps_sep = eps at psi1", "ridge", "turning points of the gap of errors"], rows)
    growth(theorems)


def peaks_of(theorem, eps, **fixed):
    """Turning points of the robust gap along psi1, in words."""
    found = asymp.turning_points(
        theorem, "robust_gap", "psi1", (0.2, 200.0), psi2=PSI2, eps=eps, eps_test=eps, **fixed
    )
    return ", ".join(f"{p.kind[:3]} {p.value:.4g} at {p.at:.4g}" for p in found)


def crossing(f):
    """Ratio psi1 at which a threshold is passed."""
    grid = np.geomspace(0.25 * PSI2, 50, 40)
    values = np.array([f(p) for p in grid])
    values[np.isnan(values)] = -1
    i = int(np.argmax(values > 0))
    return brentq(lambda p: -1 if np.isnan(f(p)) else f(p), grid[i - 1], grid[i], xtol=1e-6)


def growth(theorems):
    """The gap against eps, n/d and N/d."""
    eps = np.array([0.0, 0.1, 0.2, 0.4])
    rows = []
    for psi1, psi2 in ((4.0, 0.5), (4.0, 2.0), (4.0, 8.0), (4.0, 32.0), (1.0, 2.0), (16.0, 2.0)):
        risks = theorems[REGRESSION].solve(psi1=psi1, psi2=psi2, tau=TAU, eps=eps).robust_gap
        errors = theorems[LOGISTIC].solve(psi1=psi1, psi2=psi2, zeta=RIDGE, eps=eps).robust_gap
        rows.append([psi1, psi2, *map(float, risks), *map(float, errors)])
    show(["psi1", "psi2", *(f"{k} {e:g}" for k in ("risk", "error") for e in eps)], rows)


def cost():
    """What robust training adds to the clean risk, beside clean training with and without ridge."""
    theorems = load()
    rows = []
    for psi1 in (1.0, 3.0, 4.0, 10.0, 30.0):
        at = {"psi1": psi1, "psi2": PSI2, "tau": TAU}
        clean = float(theorems[REGRESSION].solve(eps=0.0, **at).standard_risk)
        best = asymp.theorem("random-features-ridge").optimise("standard_risk", "zeta", **at)
        s = theorems[REGRESSION].solve(eps=[0.01, 0.1, 0.3, 0.5, 1.0], **at)
        added = [float(r) - clean for r in s.standard_risk]
        rows.append([psi1, clean, float(best.standard_risk), *added])
    show(["psi1", "clean", "best ridge", *(f"eps={e:g}" for e in (0.01, 0.1, 0.3, 0.5, 1))], rows)
    rows = []
    for psi1 in (1.5, 2.0, 3.0, 10.0, 30.0):
        clean = triple(theorems, psi1, 0.0)[0]
        edge = radius(theorems[MARGIN], psi1)
        added = [triple(theorems, psi1, f * edge)[0] - clean for f in (0.1, 0.25, 0.5, 0.9, 1.1)]
        rows.append([psi1, edge, clean, *added])
    heads = ["psi1", "eps_sep", "clean", *(f"{f:g} eps_sep" for f in (0.1, 0.25, 0.5, 0.9, 1.1))]
    show(heads, rows)


def simulation():
    """Both triples and the radius against finite problems, within one verdict each."""
    regression, logistic, margin, _ = load()
    points = {"psi1": [1.0, 3.0], "psi2": PSI2}
    for theorem, at in (
        (regression, {**points, "eps": [0.1, 0.5], "tau": TAU}),
        (logistic, {**points, "eps": [0.1, 0.4], "zeta": 0.01}),
        (margin, {"psi1": [2.0, 4.0], "psi2": 1.0}),
    ):
        print(theorem.compare(sizes=(200, 400), repeats=20, rng=0, **at), "\n")


def plot(folder):
    """Phases of memorisation, the triple, and what clean error costs."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    theorems = load()
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    psi1 = np.geomspace(0.7, 60, 30)
    found = theorems[MARGIN].solve(psi1=psi1, psi2=PSI2, zeta=0.0, throw=False)
    left.plot(
        psi1, 1 / np.sqrt(found.gradient_norm2), label=r"$\varepsilon_{sep}$ (classification)"
    )
    left.plot(psi1, [null(theorems[LOGISTIC], p) for p in psi1], label=r"$\varepsilon_{max}$")
    wide = psi1[psi1 > 1.05 * PSI2]
    half = [exact_at(theorems[REGRESSION], p, 0.5) for p in wide]
    left.plot(wide, half, "--", label="half exact (regression)")
    left.set(xscale="log", yscale="log", xlabel=r"$\psi_1=N/d$", ylabel=r"$\varepsilon$")
    eps = np.linspace(0, 1.1, 45)
    rows = np.array([triple(theorems, 3.0, e) for e in eps])
    for values, label in zip(rows.T, ("clean", "robust training", "robust", "gap"), strict=True):
        middle.plot(eps, values, label=label)
    middle.set(xlabel=r"$\varepsilon$", ylabel=r"error, $\psi_1=3$, $\psi_2=2$")
    eps = np.geomspace(0.01, 2, 60)
    for ratio in (1.0, 4.0, 10.0):
        s = theorems[REGRESSION].solve(psi1=ratio, psi2=PSI2, tau=TAU, eps=eps, eps_test=0.3)
        right.plot(s.standard_risk, s.robust_risk, label=rf"$\psi_1={ratio:g}$")
    right.set(xlabel="clean risk", ylabel="robust risk at radius 0.3")
    for axis in (left, middle, right):
        axis.legend(fontsize=8)
    figure.savefig(folder / "robust_triple.png", dpi=150)


TABLES = {
    "regression": regression, "classification": classification, "gap": gap, "cost": cost,
    "simulation": simulation,
}  # fmt: skip

if __name__ == "__main__":
    main()
