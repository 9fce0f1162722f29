"""Gradients of really trained two-layer networks against what the laws of robustness ask.

    python docs/robustness_law_trend.py [first] [second] [settings] [--points 5000] [--figure a.png]

Trains batch-normalised ReLU networks on Gaussian points with random signs by Adam in mini-batches
and looks at the greatest gradient at 1000 fresh points: of the network, of the network without its
linear part, whose slope is the mean gradient, and through a normalisation over the 1000 points, as
a framework differentiates the sum of the outputs while it is in the mode of training. `first` is
the first experiment of Bubeck, Li and Nagaraj on a grid over their ranges; `second` is their second
experiment at the given number of points; `settings` changes one setting of training at a time.
Without a name all three are run. Everything is seeded.
"""

import argparse
import time
from collections import defaultdict
from itertools import pairwise

import numpy as np
from scipy.special import ndtr

from asymp.errors import NotConverged
from asymp.finite.robustness_law import generic_data, rates, train

# What a reader would take first: variances of the start and rate as in PyTorch.
USUAL = {"rate": 0.001, "scale": 3**-0.5, "normalised": True, "batch": 128}
COUNTS = (100, 200, 500, 1000, 2000)
DIMENSIONS = (50, 100, 200, 500, 1000, 2000)
WIDTHS = (10, 20, 50, 100, 200, 500, 1000, 2000)
# Least number of rows' weights for a point: with fewer, not all networks of the grid are fitted.
ROOM = 3
PER_POINT = (ROOM, 10, 30, 100, np.inf)
DRAWS = 1000
# Of sqrt(n/k) in tables.
EDGES = (1, 1.5, 2.5, 4, 6, 15)
KINDS = ("gradient", "not linear", "through batch", "linear part")
SECOND = (100, 200, 400, 800)
PLACE, NARROW_TO_WIDE, REPEATS = (1000, 400), (25, 100, 1000), 2
SETTINGS = {
    "as above": {},
    "mini-batches of 32": {"batch": 32},
    "all points in a step": {"batch": None},
    "not normalised": {"normalised": False},
    "rate 0.0001": {"rate": 0.0001},
    "rate 0.01": {"rate": 0.01},
    "start 10 times smaller": {"scale": 0.1 * 3**-0.5},
    "start 3 times larger": {"scale": 3**0.5},
    "loss below 0.2": {"loss": 0.2},
    "loss below 0.002": {"loss": 0.002},
    "points on the sphere": {"law": "sphere"},
}


def measured(n, d, k, seed, law="gaussian", **how):
    """Greatest gradient; without its mean; through the batch; mean; slope of least squares."""
    x, y = generic_data(n, d, law=law, rng=seed)
    network = train(x, y, k, rng=seed + 1, **{**USUAL, **how}).network
    # A neuron is on at N(0, I/d) with probability Phi(sqrt(d) b / |w|).
    on = ndtr(np.sqrt(d) * network.b / np.linalg.norm(network.W, axis=1))
    mean = (network.a * on) @ network.W
    points = np.random.default_rng(seed + 2).standard_normal((DRAWS, d)) / np.sqrt(d)
    slopes = network.gradient(points)
    kinds = (slopes, slopes - mean, through_batch(network, points))
    greatest = (np.max(np.linalg.norm(kind, axis=1)) for kind in kinds)
    least_squares = np.linalg.lstsq(x, y, rcond=None)[0]
    return *greatest, np.linalg.norm(mean), np.linalg.norm(least_squares)


def through_batch(network, points):
    """Gradients of the sum of outputs when preactivations are standardised over the points.

    Each neuron keeps its mean and deviation here, but they move with the points: what is common
    to all points, or proportional to the preactivation, drops out.
    """
    u = network.preactivations(points)
    unit = (u - u.mean(axis=0)) / u.std(axis=0)
    back = (u > 0) * network.a
    back = back - back.mean(axis=0) - unit * np.mean(back * unit, axis=0)
    return back @ network.W


def grid():
    """Sizes over the ranges of the first experiment: d in [50, n], k in [10, n]."""
    return [
        (n, d, k)
        for n in COUNTS
        for d in DIMENSIONS
        for k in WIDTHS
        if max(d, k) <= n and k * d >= ROOM * n
    ]


def first_experiment():
    """Rows n, d, k and what was measured, of the sizes that are fitted."""
    rows = []
    for i, size in enumerate(grid()):
        try:
            rows.append((*size, *measured(*size, 10 * i)))
        except NotConverged:
            print("given up: n, d, k =", *size)
    return np.array(rows)


def correlation(u, v):
    return float(np.corrcoef(u, v)[0, 1])


def left_over(u, v):
    """What a line in u does not explain of v."""
    return v - np.polyval(np.polyfit(u, v, 1), u)


def powers(rows, found):
    """Powers of n, d and k in a log-linear fit."""
    columns = np.column_stack([np.ones(len(rows)), np.log(rows[:, :3])])
    return np.linalg.lstsq(columns, np.log(found), rcond=None)[0][1:]


def conjectured(rows):
    return np.array([rates(*(int(v) for v in row[:3])).conjecture for row in rows])


def print_first(rows):
    asked, root = conjectured(rows), np.sqrt(rows[:, 1])
    print(f"n in [100, 2000], d in [50, n], k in [10, n], k d >= {ROOM} n: {len(rows)} networks")
    print("  sqrt(n/k)      networks  gradient: least, mean, greatest  not linear  through batch")
    for low, high in pairwise(EDGES):
        inside = (asked >= low) & (asked < high)
        found = rows[inside, 3]
        span = f"{low:g} to {high:g}"
        print(
            f"  {span:<14} {inside.sum():<9} {found.min():<6.2f} {found.mean():<6.2f} "
            f"{found.max():<18.2f} {rows[inside, 4].mean():<11.2f} {rows[inside, 5].mean():.2f}"
        )
    print("  correlation with   sqrt(n/k)  sqrt(d)  sqrt(n/k) given sqrt(d)  line in sqrt(n/k)")
    for name, found in zip(KINDS, rows.T[3:7], strict=True):
        given = correlation(left_over(root, asked), left_over(root, found))
        print(
            f"  {name:<18} {correlation(asked, found):<10.2f} {correlation(root, found):<8.2f} "
            f"{given:<24.2f} {{:.2f}} * + {{:.2f}}".format(*np.polyfit(asked, found, 1))
        )
    for name, found in zip(KINDS, rows.T[3:7], strict=True):
        print(f"  {name:<14} ~ n^{{:.2f}} d^{{:.2f}} k^{{:.2f}}".format(*powers(rows, found)))
    print_plane(asked, root, rows[:, 3])
    print(f"  least gradient / sqrt(n/k): {np.min(rows[:, 3] / asked):.2f}")
    few = 4 * rows[:, 1] <= rows[:, 0]
    ratio = rows[few, 6] / rows[few, 7]
    print(
        f"  linear part / slope of least squares, d <= n/4: mean {ratio.mean():.2f}, "
        f"from {ratio.min():.2f} to {ratio.max():.2f}"
    )


def print_plane(asked, root, found):
    columns = np.column_stack([np.ones(len(found)), asked, root])
    weights = np.linalg.lstsq(columns, found, rcond=None)[0]
    print(
        "  gradient = {:.2f} + {:.2f} sqrt(n/k) + {:.2f} sqrt(d), correlation {:.3f}".format(
            *weights, correlation(columns @ weights, found)
        )
    )


def print_alone(rows):
    """One size changes while the other two stay."""
    print("\none size changes, groups of at least four networks, means over groups")
    print("  size  groups  power of the gradient  asked  correlation with sqrt(n/k)  slope")
    for column, (name, asked) in enumerate((("n", "0.5"), ("d", "0"), ("k", "-0.5"))):
        groups = defaultdict(list)
        for row in rows:
            groups[tuple(np.delete(row[:3], column))].append(row)
        found = [np.array(group) for group in groups.values() if len(group) >= 4]
        power = np.mean([np.polyfit(np.log(g[:, column]), np.log(g[:, 3]), 1)[0] for g in found])
        line = ""
        if name != "d":
            each = np.mean([correlation(conjectured(g), g[:, 3]) for g in found])
            slope = np.mean([np.polyfit(conjectured(g), g[:, 3], 1)[0] for g in found])
            line = f"{each:<27.2f} {slope:.2f}"
        print(f"  {name:<5} {len(found):<7} {power:<22.2f} {asked:<6} {line}".rstrip())


def print_per_point(rows):
    """How much of the trend is there for widths that barely fit."""
    print("\nrows' weights a point; correlation of sqrt(n/k) with")
    print("  k d / n      networks  gradient  sqrt(d)  through batch")
    each, asked = rows[:, 1] * rows[:, 2] / rows[:, 0], conjectured(rows)
    for low, high in pairwise(PER_POINT):
        inside = (each >= low) & (each < high)
        found = (rows[inside, 3], np.sqrt(rows[inside, 1]), rows[inside, 5])
        span = f"{low:g} to {high:g}" if np.isfinite(high) else f"from {low:g}"
        line = "{:<9.2f} {:<8.2f} {:.2f}".format(*(correlation(asked[inside], v) for v in found))
        print(f"  {span:<12} {inside.sum():<9} {line}")


def second_experiment(n):
    """Rows d, then gradient, through batch and linear part with k = n and k = 10 n / d."""
    rows = []
    for i, d in enumerate(SECOND):
        found = [measured(n, d, k, 10 * i, loss=0.1) for k in (n, 10 * n // d)]
        rows.append((d, *(one[column] for one in found for column in (0, 2, 3))))
    return np.array(rows)


def print_second(n, rows):
    print(f"n = {n}, loss 0.1")
    print("        k = n                             k = 10 n / d")
    print("  d     gradient  through batch  linear   gradient  / sqrt(d)  through batch  linear")
    for d, wide, wide_batch, wide_linear, narrow, batch, linear in rows:
        print(
            f"  {int(d):<5} {wide:<9.2f} {wide_batch:<14.2f} {wide_linear:<8.2f} {narrow:<9.2f} "
            f"{narrow / np.sqrt(d):<10.2f} {batch:<14.2f} {linear:.2f}"
        )


def means(how):
    """Mean gradients over seeds by width, and the linear part of the widest."""
    found = []
    for k in NARROW_TO_WIDE:
        try:
            each = [measured(*PLACE, k, 10 * i, **how) for i in range(REPEATS)]
            found.append(np.mean(each, axis=0)[[0, 3]])
        except NotConverged:
            found.append((np.nan, np.nan))
    return (*(pair[0] for pair in found), found[-1][1])


def print_settings():
    n, d = PLACE
    print(f"n = {n}, d = {d}, loss 0.02, means of {REPEATS}; sqrt(n/k) = 6.32, 3.16, 1")
    print("  setting                 k = 25  k = 100  k = 1000  linear part, k = 1000")
    for name, how in SETTINGS.items():
        print(f"  {name:<23} " + "{:<7.1f} {:<8.1f} {:<9.1f} {:.1f}".format(*means(how)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help="first, second, settings; all by default")
    parser.add_argument("--points", type=int, default=5000, help="n of the second experiment")
    parser.add_argument("--figure")
    options = parser.parse_args()
    parts, start = options.parts or ["first", "second", "settings"], time.process_time()
    rows = second = None
    if "first" in parts:
        rows = first_experiment()
        print_first(rows)
        print_alone(rows)
        print_per_point(rows)
        print()
    if "second" in parts:
        second = second_experiment(options.points)
        print_second(options.points, second)
        print()
    if "settings" in parts:
        print_settings()
        print()
    print(f"processor time {time.process_time() - start:.0f} s")
    if options.figure and rows is not None and second is not None:
        draw(options.figure, rows, second, options.points)


def draw(path, rows, second, n):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    shade = np.log10(rows[:, 1])
    for ax, column, name in zip(
        axes, (3, 5), ("greatest gradient", "without the linear part"), strict=False
    ):
        dots = ax.scatter(conjectured(rows), rows[:, column], c=shade, s=16, cmap="viridis")
        ax.set(xlabel=r"$\sqrt{n/k}$", ylabel=name)
    figure.colorbar(dots, ax=axes[1], label=r"$\log_{10}d$")
    root = np.sqrt(second[:, 0])
    axes[2].plot(root, second[:, 1], "o-", label="k = n")
    axes[2].plot(root, second[:, 4], "o-", label="k = 10 n / d")
    axes[2].set(xlabel=r"$\sqrt{d}$", ylabel="greatest gradient", title=f"n = {n}")
    axes[2].legend()
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
