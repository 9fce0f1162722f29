"""Bounds on perturbed weights against the truth, as networks grow.

    python docs/weight_ratios.py

First table: bound over worst drop for one input of a two-layer ReLU network with N = 2 d random
units: elementwise, last layer and first; Frobenius norm, first layer. Second table: the worst
perturbation of the hidden weights of a trained random-features model, found by ascent, against
the seminorm that the proportional limit uses: trained by ridge, and against that perturbation.
"""

import numpy as np

from asymp.finite.holistic import fit_hr
from asymp.finite.weight_margin import (
    Network,
    ascended_drop,
    first_layer_ratio,
    norm_bound,
    worst_drop,
)

REACH = 0.5  # of a unit: eps |x|_1 in the elementwise norm, eps |x|_2 in the Frobenius norm
PAIR = [(0, 1)]
DRAWS = dict.fromkeys((25, 50, 100, 200, 400, 800), 200)
ASCENDED = {25: 100, 50: 100, 100: 60, 200: 40, 400: 20}
RADIUS = 0.5  # of the hidden weights, times sqrt(d); in training and in the test
RIDGE, SIZE = 0.1, np.sqrt(0.5)  # (E sigma'^2)^(1/2) of the ReLU


def main():
    print("bound over worst drop: harmonic mean and standard error")
    print("d    last layer  first layer      first layer, Frobenius")
    for d, draws in DRAWS.items():
        exact = [elementwise(d, np.random.default_rng([d, k])) for k in range(draws)]
        last, first = np.transpose(exact)
        some = [frobenius(d, np.random.default_rng([d, k])) for k in range(ASCENDED.get(d, 0))]
        print(f"{d:<4} {last.mean():<11.6f} {ratio(first)}  {ratio(some) if some else '-'}")
    square = float(first_layer_ratio("plain-relu", norm="frobenius"))
    print(f"limit 1.000000   {first_layer_ratio('plain-relu')}                {square:.4f}")
    print("worst change of the output over eps (E sigma'^2)^(1/2) |theta|: mean and standard error")
    print("d    trained by ridge   trained against it")
    for d, draws in ASCENDED.items():
        found = [seminorm(d, np.random.default_rng([d, k])) for k in range(draws)]
        print(f"{d:<4} {'  '.join(line(column) for column in np.transpose(found))}")


def wide(d, rng):
    """A network with margins of order one, and one Gaussian input."""
    units = 2 * d
    first = rng.normal(size=(units, d))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    net = Network([first, rng.normal(size=(2, units)) / np.sqrt(units)])
    return net, rng.normal(size=(1, d))


def elementwise(d, rng):
    net, x = wide(d, rng)
    found = []
    for radii in ({2: 0.1}, {1: REACH / np.abs(x).sum()}):
        found.append(norm_bound(net, x, radii, PAIR) / worst_drop(net, x, radii, PAIR))
    return [float(f[0, 0]) for f in found]


def frobenius(d, rng):
    net, x = wide(d, rng)
    radii = {1: REACH / np.linalg.norm(x)}
    found = ascended_drop(net, x, radii, PAIR, "frobenius", starts=2, steps=30, draws=1)
    return float((norm_bound(net, x, radii, PAIR, "frobenius") / found)[0, 0])


def seminorm(d, rng):
    """Fits on shifted ReLU features, psi1 = psi2 = 2; mean over four new inputs."""
    units = samples = 2 * d
    W = rng.normal(size=(units, d))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    x, beta = rng.normal(size=(samples + 4, d)), rng.normal(size=d) / np.sqrt(d)
    features = np.maximum(x @ W.T, 0) - 1 / np.sqrt(2 * np.pi)
    y = (x @ beta + 0.5 * rng.normal(size=len(x)))[:samples]
    seen, unseen = features[:samples], x[samples:]
    gram = seen.T @ seen / samples + RIDGE * np.eye(units)
    fits = [
        np.linalg.solve(gram, seen.T @ y / samples),
        fit_hr(seen, y, eps=RADIUS * SIZE, r=0.0, ridge=RIDGE).theta,
    ]
    return [worst_change(Network([W, [theta, np.zeros(units)]]), theta, unseen) for theta in fits]


def worst_change(net, theta, x):
    """Of the output, by ascent, in units of the seminorm."""
    radii = {1: RADIUS / np.sqrt(x.shape[1])}
    drop = ascended_drop(net, x, radii, PAIR, "frobenius", starts=2, steps=30, draws=1)
    return float(drop.mean() / (RADIUS * SIZE * np.linalg.norm(theta)))


def ratio(values):
    """The truth over the bound averages without bias, since the signs of c are symmetric."""
    parts = 1 / np.asarray(values)
    mean = 1 / parts.mean()
    return f"{mean:.4f} +- {mean**2 * parts.std(ddof=1) / np.sqrt(len(parts)):.4f}"


def line(values):
    return f"{np.mean(values):.4f} +- {np.std(values, ddof=1) / np.sqrt(len(values)):.4f}"


if __name__ == "__main__":
    main()
