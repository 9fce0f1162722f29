"""Gradients of random-features interpolators of pure noise, beside the laws of robustness.

    python docs/robustness_law_gradient.py [--plot FILE.png]

Prints the root mean square of the gradient over sqrt(d), for inputs N(0, I/d) and labels of
variance one, against sqrt(n/N); then a network of fixed size that is widened.
"""

import argparse

import numpy as np

import asymp

WIDER = np.array([1.1, 1.5, 2.0, 5.0, 10.0, 100.0, 1000.0, 10000.0])  # N/n
CURVES = [("relu", 0.5), ("relu", 2.0), ("tanh", 2.0), ("gelu", 2.0), ("abs", 2.0)]


def gradient(activation, psi2):
    """Gradient over sqrt(d) in the scaling of Bubeck, Li and Nagaraj."""
    paper = asymp.theorem("random-features-gradient", activation=activation)
    theirs = paper.translate(to="bubeck-li-nagaraj")
    found = [theirs.solve(k_over_d=psi2 * w, n_over_d=psi2) for w in WIDER]
    return np.array([float(f.gradient_over_sqrt_d) for f in found])


def widest(activation, psi2):
    """The limit of infinite width that the theorem states, for labels of variance one."""
    paper = asymp.theorem("random-features-gradient", activation=activation)
    numbers = {str(symbol): float(value) for symbol, value in paper.constants.items()}
    if "mu1" not in numbers:
        return 0.0  # without linear part: the limit of what follows as mu1 tends to 0
    limit = next(found for found in paper.limits if found.name == "infinite-width")
    squared = limit.gives["gradient_norm2"].subs(numbers | {"psi2": psi2, "tau": 1})
    return float(squared) ** 0.5


def table():
    """One line for each ratio N/n."""
    names = [f"{a} {p}" for a, p in CURVES]
    print("N/n     sqrt(n/N)  " + "  ".join(f"{n:>9}" for n in names))
    columns = [gradient(a, p) for a, p in CURVES]
    for i, w in enumerate(WIDER):
        cells = "  ".join(f"{c[i]:9.4f}" for c in columns)
        print(f"{w:<7g} {1 / np.sqrt(w):9.4f}  {cells}")
    print(f"{'inf':<7} {0:9.4f}  " + "  ".join(f"{widest(a, p):9.4f}" for a, p in CURVES))
    return columns


def widened(d=48, n=96, draws=8, seed=0):
    """Mean squared gradient times d of interpolators of He_2 and ReLU features, d and n fixed."""
    rng = np.random.default_rng(seed)
    values = {
        "quadratic": (lambda u: u**2 - 1, lambda u: 2 * u),
        "relu": (lambda u: np.maximum(u, 0) - 1 / np.sqrt(2 * np.pi), lambda u: 1.0 * (u > 0)),
    }
    print(f"\nd = {d}, n = {n}, {draws} draws: d E|grad f|^2, and the law nd/p at p = N")
    print("N       nd/p   quadratic  2nd/(N-n)+4n/d   relu")
    for size in (240, 960, 3840, 15360):
        found = {name: [] for name in values}
        for _ in range(draws):
            inputs, labels = rng.standard_normal((n, d)), rng.standard_normal(n)
            weights = rng.standard_normal((size, d))
            weights /= np.linalg.norm(weights, axis=1, keepdims=True)
            fresh = rng.standard_normal((200, d))
            for name, (value, slope) in values.items():
                features = value(inputs @ weights.T)
                theta = features.T @ np.linalg.solve(features @ features.T, labels)
                gradients = (slope(fresh @ weights.T) * theta) @ weights
                found[name].append(d * np.mean(np.sum(gradients**2, axis=1)))
        means = {name: np.mean(v) for name, v in found.items()}
        guess = 2 * n * d / (size - n) + 4 * n / d
        law, even, other = n * d / size, means["quadratic"], means["relu"]
        print(f"{size:<7} {law:<6.2f} {even:<10.2f} {guess:<16.2f} {other:.2f}")


def plot(columns, path):
    """Curves on doubly logarithmic axes."""
    import matplotlib.pyplot as plt

    law = 1 / np.sqrt(WIDER)
    for (activation, psi2), column in zip(CURVES, columns, strict=True):
        plt.loglog(law, column, "o-", label=rf"{activation}, $n/d={psi2:g}$")
    plt.loglog(law, law, "k--", label=r"$\sqrt{nd/p}/\sqrt{d}$ at $p=N$")
    plt.xlabel(r"$\sqrt{n/N}$")
    plt.ylabel(r"root mean square of $\Vert\nabla f\Vert/\sqrt{d}$")
    plt.legend()
    plt.savefig(path, bbox_inches="tight")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", help="also write the curves to this file")
    given = parser.parse_args()
    curves = table()
    widened()
    if given.plot:
        plot(curves, given.plot)
