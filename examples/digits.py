"""Theory against training and attacks on real data: the handwritten digits of scikit-learn.

    python examples/digits.py [--repeats 40] [--figure digits.png]

Tells even digits from odd ones. Covariance, teacher and noise are measured on all 1797 images;
the theory for Gaussian inputs with these is compared with what happens on random training sets.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from digits_beyond import show_attacks, show_fresh_draws, show_gaussianity, show_least_squares
from digits_classes import compare_label_models
from digits_data import pixels, random_features
from digits_experiment import Array, Experiment, Outcome


def experiments(repeats: int) -> dict[str, Experiment]:
    """The four experiments, by a short name."""
    raw, hidden = pixels(), random_features()
    few, many = (12, 24, 43, 61, 92, 152, 244), (60, 120, 210, 300, 450, 750, 1200)
    return {
        "ridge": Experiment("Pixels, ridge 0.003", raw, few, repeats, 0.003),
        "weak": Experiment("Pixels, attack 0.1, no ridge", raw, few, repeats, 0.0, 0.1),
        "strong": Experiment("Pixels, attack 0.2, no ridge", raw, few, repeats, 0.0, 0.2),
        "tanh": Experiment("300 tanh features, ridge 0.00001", hidden, many, repeats, 1e-5),
    }


def show(experiment: Experiment) -> None:
    """Table of every observable: theory and mean of the digits, then deviations in per cent."""
    width = experiment.real.width
    print(f"\n{experiment.title}: p = {width}, {experiment.repeats} training sets of each size")
    for name in experiment.observables:
        outcomes = experiment.outcomes
        mean, error = outcomes["digits"].mean(name)
        print(f"\n  {experiment.meaning(name)}; deviation from the theory in per cent")
        heads = "".join(f"{head:>18}" for head in outcomes)
        print(f"    {'n':>4} {'n/p':>5} {'theory':>8} {'digits':>17}{heads}")
        for k, n in enumerate(experiment.sizes):
            cells = "".join(f"{per_cent(outcome, name, k):>18}" for outcome in outcomes.values())
            value = f"{mean[k]:.4f} +- {error[k]:.4f}"
            theory = outcomes["digits"].theory[name][k]
            print(f"    {n:4d} {n / width:5.2f} {theory:8.4f} {value:>17}{cells}")


def per_cent(outcome: Outcome, name: str, k: int) -> str:
    """Deviation with its standard error."""
    off, error = (100 * x[k] for x in outcome.deviation(name))
    return f"{off:+.1f} +- {error:.1f}"


def summarise(found: dict[str, Experiment]) -> None:
    """Root mean square deviation over the sizes with n/p >= 0.7, beside that of chance alone."""
    print("\nRoot mean square deviation over n/p >= 0.7 (standard error) in per cent")
    names = list(next(iter(found.values())).outcomes)
    print(f"    {'':76}" + "".join(f"{name:>18}" for name in names))
    for experiment in found.values():
        for name in experiment.observables:
            cells = "".join(f"{spread(experiment, x, name):>18}" for x in names)
            print(f"    {experiment.title:34}{experiment.meaning(name):42}{cells}")


def spread(experiment: Experiment, population: str, name: str) -> str:
    """Root mean squares of deviation and standard error."""
    kept = experiment.alpha >= 0.7
    off, error = (x[kept] for x in experiment.outcomes[population].deviation(name))
    return f"{100 * rms(off):.1f} ({100 * rms(error):.1f})"


def rms(values: Array) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(values**2)))


def draw_figure(found: dict[str, Experiment], path: str) -> None:
    """Theory as lines, digits as points with two standard errors."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(found), figsize=(4 * len(found), 3.6), layout="constrained")
    for axis, experiment in zip(axes, found.values(), strict=True):
        alpha = np.geomspace(experiment.alpha[0], experiment.alpha[-1], 80)
        limit = experiment.theory(experiment.real, alpha)
        for number, name in enumerate(experiment.observables):
            mean, error = experiment.outcomes["digits"].mean(name)
            style: dict[str, Any] = {"color": f"C{number}"}
            axis.plot(alpha, limit[name], **style, label=experiment.meaning(name))
            axis.errorbar(experiment.alpha, mean, 2 * error, fmt="o", markersize=4, **style)
        axis.set(xscale="log", yscale="log", xlabel="$n/p$", title=experiment.title)
        axis.set_xticks([0.2, 0.5, 1, 2, 4], ["0.2", "0.5", "1", "2", "4"])
        axis.minorticks_off()
        axis.legend(fontsize="small", framealpha=0.5)
    figure.savefig(path, dpi=100)
    plt.close(figure)


def main() -> None:
    """Print every comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=40, help="training sets of each size")
    parser.add_argument("--figure", help="file for a figure")
    options = parser.parse_args()
    found = experiments(options.repeats)
    for experiment in found.values():
        show(experiment)
    summarise(found)
    raw, hidden = found["ridge"].real, found["tanh"].real
    show_fresh_draws(hidden, options.repeats)
    common = pixels(lit=0.1)
    show_gaussianity({"all pixels": raw, "common pixels": common, "tanh features": hidden})
    show_least_squares(raw, options.repeats, "All pixels")
    show_least_squares(common, options.repeats, "Pixels lit in one image of ten or more")
    show_attacks(raw, options.repeats)
    compare_label_models(raw, options.repeats)
    if options.figure:
        draw_figure(found, options.figure)


if __name__ == "__main__":
    main()
