"""What becomes of trained random features: pruned, averaged over a posterior, under one attack.

python docs/after_training.py                    # the tables of the page "After training"
python docs/after_training.py --plot pruned.png  # losses against the share kept
"""

import argparse

import numpy as np
from scipy.optimize import brentq

import asymp

WIDTHS = np.array([0.5, 1.0, 2.0, 4.0, 10.0, 40.0])  # N/d
NEAR = np.array([0.5, 1.0, 1.8, 2.2, 4.0, 10.0, 40.0])  # beside the threshold at 2
DATA = {"psi2": 2.0, "tau": 0.5}
SHARES = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
FINE = np.concatenate([np.geomspace(1e-3, 0.1, 60), np.linspace(0.1, 1.0, 400)[1:]])


def line(*cells):
    """One row."""
    print("  ".join(f"{c:>9}" if isinstance(c, str) else f"{c:9.4f}" for c in cells))


def tolerated(values, start, room):
    """Smallest share kept down to which the loss stays at most its unpruned value plus room."""
    above = np.flatnonzero(values > start + room)
    if not above.size:
        return 0.0
    i = above[-1]
    return float(np.interp(start + room, [values[i + 1], values[i]], [FINE[i + 1], FINE[i]]))


def hump(values, size):
    """Largest value above those of the trained function and of zero, relatively."""
    return max(float(values.max()) / max(values[-1], size) - 1, 0.0)


def best_ridge(name, psi1):
    """The ridge of least risk."""
    from asymp.analysis import optimise

    return float(optimise(asymp.theorem(name), "standard_risk", "zeta", psi1=psi1, **DATA).zeta)


def pruning():
    """Smallest share kept at a ridge of 0.1, at the best ridge, and without."""
    thm = asymp.theorem("random-features-pruning")
    print("Smallest share kept: test risk up by 1 % and 10 %, training error by 1 % of E y^2;")
    print("rise above both ends, of test risk and of training error; the best share for the risk")
    line("ridge", "psi1", "risk", "1 %", "10 %", "train 1 %", "hump", "train hump", "best kept")
    for label in ("none", "0.1", "best"):
        for psi1 in NEAR if label == "none" else WIDTHS:
            given = {"none": 0.0, "0.1": 0.1}.get(label)
            zeta = best_ridge("random-features-pruning", psi1) if given is None else given
            found = thm.solve(psi1=psi1, zeta=zeta, kept=FINE, **DATA)
            test, train = found.pruned_risk.values, found.pruned_train_risk.values
            size, best = 1 + DATA["tau"] ** 2, int(np.argmin(test))
            line(
                label, psi1, test[-1], tolerated(test, test[-1], 0.01 * test[-1]),
                tolerated(test, test[-1], 0.1 * test[-1]),
                tolerated(train, train[-1], 0.01 * size), hump(test, size), hump(train, size),
                FINE[best] if test[best] < size else "none",
            )  # fmt: skip


def losses():
    """Test risk and training error against the share kept, at a ridge of 0.1."""
    thm = asymp.theorem("random-features-pruning")
    found = thm.solve(psi1=[1.0, 4.0, 40.0], zeta=0.1, kept=SHARES, **DATA)
    print("\nPruned test risk, then pruned training error, against the share kept; ridge 0.1")
    line("psi1", *(f"k = {k:g}" for k in SHARES))
    for values in (found.pruned_risk, found.pruned_train_risk):
        for psi1 in found.psi1:
            line(float(psi1), *values.sel(psi1=psi1).values)


def draw(path):
    """Both losses as curves over the share kept."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    found = asymp.theorem("random-features-pruning").solve(psi1=WIDTHS, zeta=0.1, kept=FINE, **DATA)
    figure, both = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for axes, name in zip(both, ("pruned_risk", "pruned_train_risk"), strict=True):
        for psi1 in found.psi1:
            axes.plot(found.kept, found[name].sel(psi1=psi1), label=f"$N/d={float(psi1):g}$")
        axes.set(xlabel="share kept", ylabel=found[name].attrs.get("long_name", name))
    both[1].legend()
    figure.savefig(path, dpi=150)


def posterior():
    """Squared gradient of the posterior mean as a share of a draw's; s = tau, prior v/N."""
    thm = asymp.theorem("random-features-posterior")
    theirs = thm.translate(to="prior-variance")
    print("\nSquared gradient of the posterior mean over that of one draw; s = tau = 0.5")
    priors = (1.0, 10.0, 1000.0)
    line("psi1", "psi2", *(f"v = {v:g}" for v in priors), "draw v=1")
    for psi2 in (0.1, 2.0, 50.0):
        for psi1 in (0.5, 4.0, 100.0):
            found = [
                theirs.solve(
                    gamma=psi1 / psi2, phi=1 / psi2, noise=0.25, signal=1.0, s2=0.25, v=v
                )
                for v in priors
            ]  # fmt: skip
            line(
                psi1,
                psi2,
                *(float(f.mean_gradient2 / f.draw_gradient2) for f in found),
                float(found[0].draw_gradient2),
            )


def universal():
    """Risk increases under one perturbation for all inputs and under one for each."""
    thm = asymp.theorem("random-features-universal-perturbation")
    print("\nIncrease of the risk by one perturbation over that by one for each input, radius r")
    radii = (0.1, 0.5, 2.0)
    line("eps", "psi1", *(f"r = {r:g}" for r in radii), "r = inf")
    for eps in (0.0, 0.3):
        for psi1 in WIDTHS:
            at = {"psi1": psi1, "eps": eps, "zeta": 0.01, **DATA}
            found = [thm.solve(eps_test=r, eps_u=r, **at) for r in radii]
            ratios = [
                (f.universal_risk - f.standard_risk) / (f.robust_risk - f.standard_risk)
                for f in found
            ]
            end = found[0].mean_gradient_norm2 / found[0].gradient_norm2
            line(eps, psi1, *map(float, ratios), float(end))


def ascent(d=150, psi1=2.0, psi2=2.0, tau=0.5, zeta=0.01, radius=0.5, points=20000, seed=0):
    """Whether another direction than the mean gradient does more: projected gradient ascent."""
    rng = np.random.default_rng(seed)
    size, samples = int(psi1 * d), int(psi2 * d)
    weights = rng.standard_normal((size, d))
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    beta = rng.standard_normal(d) / np.sqrt(d)

    def value(u):
        return np.maximum(u, 0) - 1 / np.sqrt(2 * np.pi)

    inputs = rng.standard_normal((samples, d))
    features = value(inputs @ weights.T)
    labels = inputs @ beta + tau * rng.standard_normal(samples)
    gram = features.T @ features / samples + zeta * np.eye(size)
    theta = np.linalg.solve(gram, features.T @ labels / samples)
    fresh = rng.standard_normal((2, points, d))  # one set to ascend on, one to judge
    noise = tau * rng.standard_normal((2, points))

    def risk(delta, part):
        fields = (fresh[part] + delta) @ weights.T
        residual = fresh[part] @ beta + noise[part] - value(fields) @ theta
        slope = -2 * ((fields > 0) * theta) @ weights
        return np.mean(residual**2), residual @ slope / points

    mean = weights.T @ theta
    straight = radius * mean / np.linalg.norm(mean)
    best = max((risk(s * straight, 1)[0], s) for s in (1.0, -1.0))[1] * straight
    here = best.copy()
    for _ in range(60):
        here += 0.3 * radius * (g := risk(here, 0)[1]) / np.linalg.norm(g)
        here *= radius / np.linalg.norm(here)
    start, along, found = (risk(x, 1)[0] for x in (np.zeros(d), best, here))
    print(f"\nd = {d}: risk {start:.4f}, along the mean gradient {along:.4f}, after ascent "
          f"{found:.4f} on new points, cosine {here @ best / radius**2:.3f}")  # fmt: skip


def kept_for(rise):
    """Share kept whose loss of the retained second moment is a given number: (pi/6) (1 - k)^3."""
    from scipy.stats import norm

    def lost(k):
        z = norm.isf(k / 2)
        return 1 - k - 2 * z * norm.pdf(z) - rise

    return brentq(lost, 1e-12, 1 - 1e-12)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="FILE")
    options = parser.parse_args()
    if options.plot:
        draw(options.plot)
        return
    pruning()
    losses()
    posterior()
    universal()
    ascent()
    print("\nloss of the retained second moment, share kept, (6/pi loss)^(1/3)")
    for rise in (0.001, 0.01, 0.1):
        line(rise, kept_for(rise), 1 - (6 / np.pi * rise) ** (1 / 3))


if __name__ == "__main__":
    main()
