"""How often the loss on new points exceeds its holistic certificate.

    OMP_NUM_THREADS=1 python docs/holistic_coverage.py [--repeats 100] [--plot FOLDER]

First a fixed predictor whose losses have a discrete law: exact probability and 20000 draws, also
of samples in which an adversary has set the largest tenth of the losses to zero. Then random
features trained adversarially, with losses clipped at twice the mean square of the labels: plainly
and holistically trained, each on its own training losses, and the plain one on fresh points.
"""

import argparse
from pathlib import Path

import numpy as np

from asymp.finite.holistic import (
    critical_radius,
    disappointment_bound,
    disappointment_probability,
    fit_hr,
    hr_loss,
)

LAWS = {"0, 1": ([0.0, 1.0], [0.8, 0.2]), "0, 0.2, 1": ([0.0, 0.2, 1.0], [0.6, 0.3, 0.1])}
DRAWS, POISON = 20000, 0.1
FIXED = "losses     n    exp(-rn)  exact    draws    bound   poisoned: alpha=0  alpha=0.1"
TRAINED = "psi1  r     exp(-rn)  plain  holistic  fresh points  test plain  holistic"
INPUTS, SAMPLES, NOISE, EPS, REPEATS, TEST = 50, 100, 0.5, 0.3, 100, 4000
RATIOS, RADII = (0.5, 1.0, 4.0), (0.02, 0.05, 0.1, 0.2, 0.4)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    print(FIXED)
    for name, law in LAWS.items():
        for n in (20, 50, 100):
            for level in (0.1, 0.01):
                print(fixed(name, law, n, level))
    print("\n" + TRAINED, flush=True)
    critical = {}
    for ratio in RATIOS:
        drawn = [failed(ratio, repeat) for repeat in range(arguments.repeats)]
        critical[ratio] = np.array([radii for _, radii in drawn])
        print(trained(ratio, np.mean([rows for rows, _ in drawn], axis=0)), flush=True)
        plain, fresh = np.median(critical[ratio], axis=0)
        print(f"      median critical radius: {plain:.3f}; fresh points {fresh:.3f}", flush=True)
    if arguments.plot:
        plot(critical, arguments.plot)


def fixed(name, law, n, level):
    """One row: probabilities that the mean exceeds the certificate at radius log(1/level)/n."""
    rng = np.random.default_rng(n)
    r, mean = -np.log(level) / n, float(np.dot(*law))
    draws = np.sort(rng.choice(law[0], p=law[1], size=(DRAWS, n)), axis=1)
    poisoned = draws.copy()
    poisoned[:, n - int(POISON * n) :] = 0.0
    exact = disappointment_probability(*law, n, r)
    clean, unaware, aware = (
        np.mean(mean > hr_loss(sample, alpha, r, 1.0) * (1 + 1e-14))
        for sample, alpha in ((draws, 0.0), (poisoned, 0.0), (poisoned, POISON))
    )
    return (
        f"{name:<10} {n:<4} {level:<9} {exact:<8.4f} {clean:<8.4f} "
        f"{disappointment_bound(n, r):<7.3f} {unaware:<18.4f} {aware:.4f}"
    )


def trained(ratio, means):
    """Rows of one ratio N/d: shares of repeats in which the test loss exceeds the certificate."""
    return "\n".join(
        f"{ratio:<5} {r:<5} {np.exp(-r * SAMPLES):<9.1e} {row[0]:<6.2f} {row[1]:<9.2f} "
        f"{row[2]:<13.2f} {row[3]:<11.3f} {row[4]:.3f}"
        for r, row in zip(RADII, means, strict=True)
    )


def failed(ratio, repeat):
    """Failures of the three certificates and test losses at every radius; two critical radii."""
    rng = np.random.default_rng([repeat, int(10 * ratio)])
    size = int(ratio * INPUTS)
    weights = rng.normal(size=(size, INPUTS))
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    teacher = rng.normal(size=INPUTS) / np.sqrt(INPUTS)
    inputs = rng.normal(size=(2 * SAMPLES + TEST, INPUTS))
    labels = inputs @ teacher + NOISE * rng.normal(size=len(inputs))
    features = np.maximum(inputs @ weights.T, 0) - 1 / np.sqrt(2 * np.pi)
    metric = gradient_metric(weights)
    bound = 2 * (1 + NOISE**2)

    def fit(r):
        train = features[:SAMPLES], labels[:SAMPLES]
        found = fit_hr(*train, eps=EPS, r=r, metric=metric)
        sizes = np.abs(labels - features @ found.theta) + EPS * found.seminorm
        losses = np.minimum(0.5 * sizes**2, bound)
        return losses[:SAMPLES], losses[SAMPLES : 2 * SAMPLES], losses[2 * SAMPLES :].mean()

    own, fresh, test = fit(0.0)
    critical = [critical_radius(sample, test, bound) for sample in (own, fresh)]
    rows = []
    for r in RADII:
        robust, _, robust_test = fit(r)
        pairs = ((own, test), (robust, robust_test), (fresh, test))
        fails = [risk > hr_loss(sample, r=r, bound=bound) for sample, risk in pairs]
        rows.append([*fails, test, robust_test])
    return rows, critical


def gradient_metric(weights):
    """The matrix of the mean squared input gradient of ReLU features under Gaussian inputs."""
    gram = np.clip(weights @ weights.T, -1, 1)
    return gram * (np.pi - np.arccos(gram)) / (2 * np.pi)


def plot(critical, folder):
    """Share of repeats whose test loss exceeds the certificate, against the radius."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    radii = np.linspace(0, 0.5, 501)
    for ratio, found in critical.items():
        (line,) = axis.plot(radii, exceeding(found[:, 0], radii), label=f"N/d = {ratio:g}, trained")
        label = f"N/d = {ratio:g}, fresh points"
        axis.plot(radii, exceeding(found[:, 1], radii), "--", color=line.get_color(), label=label)
    axis.plot(radii, np.exp(-radii * SAMPLES), ":", color="black", label="exp(-rn)")
    axis.set_xlabel("Kullback-Leibler radius r")
    axis.set_ylabel("share of failures")
    axis.legend(frameon=False, fontsize=8)
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "holistic_coverage.png", dpi=110)


def exceeding(critical, radii):
    return np.mean(critical[:, None] > radii, axis=0)


if __name__ == "__main__":
    main()
