"""Constructions, lower bounds and trained networks of the page on laws of robustness, in numbers.

    python docs/robustness_law_tables.py

Everything is seeded; about 15 seconds of processor time.
"""

import time

import numpy as np

from asymp.finite.robustness_law import (
    SymmetricTensor,
    TwoLayer,
    cap_fit,
    generic_data,
    group_fit,
    linear_fit,
    lipschitz_bounds,
    maximum_random_gradient,
    norm_chain,
    polynomial_bound,
    polynomial_fit,
    projection_bound,
    rates,
    separation_bound,
    tensor_law,
    train,
)


def span(enclosure):
    if enclosure.exact:
        return f"{enclosure.upper:.2f}"
    return f"{enclosure.lower:.2f} to {enclosure.upper:.2f}"


def constructions(n=200, d=2000):
    x, y = generic_data(n, d, rng=0)
    built = {"linear": linear_fit(x, y)}
    built |= {f"groups of {n // k}": group_fit(x, y, k) for k in (20, 40, 100, 200)}
    built |= {f"caps at {t}": cap_fit(x, y, t) for t in (0.9, 0.75)}
    built["caps, tightest"] = cap_fit(x, y, None)
    print(
        f"n = {n} points of the sphere in d = {d}; Lipschitz constant on the unit ball, the sphere"
    )
    print("  construction    k    sqrt(n/k)  ball            sphere          misfit   how")
    for name, one in built.items():
        k = one.network.neurons
        print(
            f"  {name:<15} {k:<4} {np.sqrt(n / k):<10.2f} {span(one.ball):<15} "
            f"{span(one.sphere):<15} {one.misfit:<8.0e} {one.ball.how}"
        )


def polynomials():
    print("\npolynomials t^p in fewest neurons (order 2) or one a point (order 4)")
    print("  p  d   n    k    sqrt(n/d^(p-1))  ball, exact fit  ball, labels     misfit, labels")
    for p, d, n in ((2, 40, 100), (2, 40, 200), (2, 40, 400), (4, 10, 100), (4, 10, 200)):
        x, y = generic_data(n, d, rng=n)
        exact = polynomial_fit(x, y, p, fewest=p == 2)
        labels = polynomial_fit(x, y, p, exact=False)
        print(
            f"  {p}  {d:<3} {n:<4} {exact.network.neurons:<4} {np.sqrt(n / d ** (p - 1)):<16.2f} "
            f"{span(exact.ball):<16} {span(labels.ball):<16} {labels.misfit:.2f}"
        )


def every_fit(n=400, d=40):
    x, y = generic_data(n, d, rng=1)
    print(f"\nwhat every fit pays: n = {n}, d = {d}, sphere")
    print(f"  opposite labels this near (any function)        {separation_bound(x, y):.2f}")
    for k in (1, 5, 20, 40):
        bound, rate = projection_bound(x, y, k), rates(n, d, k).projection
        print(f"  k = {k:<2} directions (sqrt(d/k) = {rate:.2f})             {bound:.2f}")
    for p in (2, 3, 4):
        bound, rate = polynomial_bound(x, y, p), rates(n, d, 1, order=p).tensor
        print(f"  polynomials of degree {p} (sqrt(n/d^{p - 1}) = {rate:.2f})    {bound:.2f}")
    tensor = SymmetricTensor.fit(x, y, 2)
    duality, least = tensor_law(tensor, x, y)
    print(f"  quadratic forms: operator norm                  {least.left.upper:.2f}")
    print(f"    by duality, the paper's proof                 {duality.right.upper:.2f}")
    print(f"    by the least Frobenius norm                   {least.right.upper:.2f}")


def random_features(x, y, k, rng):
    W = rng.standard_normal((k, x.shape[1]))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    return TwoLayer(np.linalg.lstsq(np.maximum(x @ W.T, 0), y, rcond=None)[0], W)


def in_unit_ball(network, x):
    """The same function without biases, of points of the unit ball with one more coordinate.

    A bias is the weight of a coordinate that is always one; then points are divided by the norm of
    the longest, and rows multiplied with it. Activations must be positively homogeneous.
    """
    lifted = np.column_stack([x, np.ones(len(x))])
    longest = np.linalg.norm(lifted, axis=1).max()
    rows = longest * np.column_stack([network.W, network.b])
    return TwoLayer(network.a, rows), lifted / longest


def verdict(statement):
    """Both sides, if the hypotheses are met."""
    if not statement.applies:
        return "hypotheses not met"
    return f"{statement.left.lower:.1f} >= {statement.right.upper:.2f} {statement.verdict}"


def trained(n=400, d=100):
    x, y = generic_data(n, d, law="gaussian", rng=2)
    rng = np.random.default_rng(3)
    print(f"\nfits of n = {n} Gaussian points, d = {d}: Lipschitz constant on the whole space")
    print(
        "  network        k     sqrt(n/k)  misfit  random gradient  enclosure       product  "
        "paths/sqrt(n)  law"
    )
    networks = {f"trained {k}": train(x, y, k, rate=0.001, rng=4).network for k in (20, 100, 400)}
    networks |= {f"features {k}": random_features(x, y, k, rng) for k in (800, 3200)}
    for name, network in networks.items():
        found = lipschitz_bounds(network, "space", points=x)
        bare, inside = in_unit_ball(network, x)
        k, misfit = network.neurons, network.misfit(x, y)
        # Training ends at a loss, not at a fit: the law has the factor 1 - misfit.
        chain = {s.name: s for s in norm_chain(bare, inside, y, misfit=0.5)}
        paths = chain["norms and paths"].right.upper / np.sqrt(n)
        print(
            f"  {name:<14} {k:<5} {np.sqrt(n / k):<10.2f} {misfit:<7.2g} "
            f"{maximum_random_gradient(network):<16.2f} {span(found):<15} "
            f"{found.methods['product']:<8.1f} {paths:<14.2f} {verdict(chain['law'])}"
        )


def main():
    start = time.process_time()
    constructions()
    polynomials()
    every_fit()
    trained()
    print(f"\nprocessor time {time.process_time() - start:.0f} s")


if __name__ == "__main__":
    main()
