"""Gradients of really trained two-layer networks against what the laws of robustness ask.

    python docs/robustness_law_trend.py [--networks 60] [--figure trend.png]

Trains ReLU networks on Gaussian points with random signs by full-batch Adam, looks at the greatest
gradient at 1000 fresh points, and prints how it goes with sqrt(n/k): over the ranges of the first
experiment of Bubeck, Li and Nagaraj, with and without batch normalisation, at single dimensions,
and in their second experiment at a smaller size. Everything is seeded.
"""

import argparse
import time
from itertools import pairwise

import numpy as np

from asymp.errors import NotConverged
from asymp.finite.robustness_law import generic_data, maximum_random_gradient, rates, train

FIXED = (50, 100, 200)
SECOND, SHAPES = 1000, (20, 50, 100, 200, 400)
# Multiplications of one step of training beyond which a size is left out.
LARGEST = 4e8


def gradient(n, d, k, seed, loss=0.02, normalised=False):
    x, y = generic_data(n, d, law="gaussian", rng=seed)
    trained = train(x, y, k, loss=loss, rate=0.001, normalised=normalised, rng=seed + 1)
    return maximum_random_gradient(trained.network, rng=seed + 2)


def log_uniform(rng, low, high):
    return round(float(np.exp(rng.uniform(np.log(low), np.log(high)))))


def first_experiment(networks, normalised, rng):
    """Rows n, d, k, gradient for sizes over the ranges of the paper."""
    rows, given_up = [], 0
    while len(rows) < networks:
        n = log_uniform(rng, 100, 2000)
        d, k = log_uniform(rng, 50, n), log_uniform(rng, 10, n)
        if n * d * k > LARGEST:
            continue
        try:
            seed = int(rng.integers(2**31))
            rows.append((n, d, k, gradient(n, d, k, seed, normalised=normalised)))
        except NotConverged:
            given_up += 1
    return np.array(rows), given_up


def at_one_dimension(d, rng):
    """Rows n, d, k, gradient for n and k that vary tenfold each."""
    rows = []
    for n in (100, 200, 400, 800):
        for ratio in (1, 2, 4, 8, 16):
            k = n // ratio
            if k * d >= 4 * n and k >= 10:
                rows.append((n, d, k, gradient(n, d, k, int(rng.integers(2**31)))))
    return np.array(rows)


def second_experiment(rng):
    """Rows d, gradient with k = n, gradient with k = 10 n / d; loss 0.1."""
    n, rows = SECOND, []
    for d in SHAPES:
        found = [gradient(n, d, k, int(rng.integers(2**31)), loss=0.1) for k in (n, 10 * n // d)]
        rows.append((d, *found))
    return np.array(rows)


def correlation(u, v):
    return float(np.corrcoef(u, v)[0, 1])


def left_over(u, v):
    """What a line in u does not explain of v."""
    return v - np.polyval(np.polyfit(u, v, 1), u)


def exponents(rows):
    """Powers of n, d and k in a log-linear fit."""
    logs = np.log(rows)
    columns = np.column_stack([np.ones(len(rows)), logs[:, :3]])
    return np.linalg.lstsq(columns, logs[:, 3], rcond=None)[0][1:]


def print_first(rows, given_up, how):
    asked = conjectured(rows)
    print(f"n in [100, 2000], d in [50, n], k in [10, n], {how}; {given_up} given up")
    print("  sqrt(n/k)     networks  mean gradient  least gradient / sqrt(n/k)")
    edges = np.quantile(asked, np.linspace(0, 1, 6))
    for low, high in pairwise(edges):
        inside = (asked >= low) & ((asked < high) | (high == edges[-1]))
        found = rows[inside, 3]
        least = np.min(found / asked[inside])
        span = f"{low:.2f} to {high:.2f}"
        print(f"  {span:<13} {inside.sum():<9} {found.mean():<14.2f} {least:.2f}")
    root = np.sqrt(rows[:, 1])
    given = correlation(left_over(root, asked), left_over(root, rows[:, 3]))
    print(f"  correlation with sqrt(n/k)                {correlation(asked, rows[:, 3]):.3f}")
    print(f"  correlation with sqrt(d)                  {correlation(root, rows[:, 3]):.3f}")
    print(f"  correlation with sqrt(n/k) given sqrt(d)  {given:.3f}")
    print("  gradient ~ n^{:.2f} d^{:.2f} k^{:.2f}\n".format(*exponents(rows)))


def print_fixed(fixed):
    print("one dimension, n in [100, 800], k in [max(n/16, 10), n]")
    print("  d     networks  correlation with sqrt(n/k)  slope  intercept")
    for d, found in fixed.items():
        asked = conjectured(found)
        slope, intercept = np.polyfit(asked, found[:, 3], 1)
        print(
            f"  {d:<5} {len(found):<9} {correlation(asked, found[:, 3]):<27.3f} "
            f"{slope:<6.2f} {intercept:.2f}"
        )


def print_second(second):
    print(f"\nn = {SECOND}, loss 0.1")
    print("  d     gradient, k = n  gradient, k = 10 n / d")
    for d, wide, narrow in second:
        print(f"  {int(d):<5} {wide:<16.2f} {narrow:.2f}")


def conjectured(rows):
    return np.array([rates(*(int(v) for v in row[:3])).conjecture for row in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=60)
    parser.add_argument("--figure")
    options = parser.parse_args()
    rng, start = np.random.default_rng(2021), time.process_time()
    rows, given_up = first_experiment(options.networks, False, rng)
    print_first(rows, given_up, "plain")
    print_first(*first_experiment(options.networks, True, rng), "batch normalised")
    fixed = {d: at_one_dimension(d, rng) for d in FIXED}
    print_fixed(fixed)
    print_second(second_experiment(rng))
    print(f"\nprocessor time {time.process_time() - start:.0f} s")
    if options.figure:
        draw(options.figure, rows, fixed)


def draw(path, rows, fixed):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    dots = left.scatter(conjectured(rows), rows[:, 3], c=np.log10(rows[:, 1]), s=16, cmap="viridis")
    figure.colorbar(dots, ax=left, label=r"$\log_{10}d$")
    for d, found in fixed.items():
        right.plot(conjectured(found), found[:, 3], "o", ms=4, label=f"d = {d}")
    right.legend()
    for axes in (left, right):
        axes.set(xlabel=r"$\sqrt{n/k}$", ylabel="maximum random gradient")
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
