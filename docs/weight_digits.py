"""A trained network whose weights move: what is certified, what an attack and chance can do.

    python docs/weight_digits.py

Handwritten digits of scikit-learn, a ReLU network 64-32-32-10, all layers perturbed element by
element with one radius; shares of 200 test images whose prediction stays right.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from asymp.finite.weight_margin import (
    Network,
    ascended_drop,
    interval_bound,
    margins,
    norm_bound,
    random_drop,
)

RADII = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
IMAGES = 200


def main():
    x, y = load_digits(return_X_y=True)
    seen, new, labels, wanted = train_test_split(x / 16, y, test_size=IMAGES, random_state=0)
    trained = MLPClassifier((32, 32), alpha=0.01, max_iter=400, random_state=0)
    trained.fit(seen, labels)
    net = Network([w.T for w in trained.coefs_], trained.intercepts_)
    assert (net.outputs(new).argmax(axis=1) == trained.predict(new)).all()
    print(f"right without perturbation: {(trained.predict(new) == wanted).mean():.3f}")
    print("radius  norm bound  interval bound  ascent  random   median drops over ascent's")
    for radius in RADII:
        print(f"{radius:<7g} {row(net, new, wanted, radius)}")


def row(net, x, wanted, radius):
    """Shares of images that stay right, and how far the bounds are above what is attained."""
    drops = {
        "norm": norm_bound,
        "interval": interval_bound,
        "ascent": lambda *a: ascended_drop(*a, starts=2, steps=30),
        "random": random_drop,
    }
    kept, found = dict.fromkeys(drops, 0), {name: [] for name in drops}
    for label in range(10):
        mine = x[wanted == label]
        pairs = [(label, j) for j in range(10) if j != label]
        clean = margins(net, mine, pairs)
        for name, drop in drops.items():
            value = drop(net, mine, radius, pairs)
            kept[name] += int(((clean - value) > 0).all(axis=1).sum())
            found[name].append(value.ravel())
    sizes = {name: np.concatenate(values) for name, values in found.items()}
    ratios = (np.median(sizes[n] / sizes["ascent"]) for n in ("norm", "interval", "random"))
    shares = (kept[n] / len(x) for n in ("norm", "interval", "ascent", "random"))
    return "{:<11.3f} {:<15.3f} {:<7.3f} {:<8.3f} ".format(
        *shares
    ) + "norm {:.2f}, interval {:.2f}, random {:.2f}".format(*ratios)


if __name__ == "__main__":
    main()
