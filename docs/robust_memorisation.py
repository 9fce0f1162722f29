"""A clean classifier, its robust memoriser, and what an adversary does to both.

    python docs/robust_memorisation.py

Samples have a strong coordinate y, a weak one 0.1 y, and a part from a known law. The clean
classifier reads the weak coordinate: right everywhere, and wrong within any radius above 0.1.
"""

import numpy as np

from asymp.finite.memorisation import CubeLaw, GaussianLaw, Halfspace, SphereLaw, attack, memorise

DELTA, RAMP, SAMPLES, TEST = 0.2, 0.05, 200, 1000
DRAWS = 5
# The strong coordinate keeps the classes two apart.
APART = 2.0
# "at least" and "at most" are certificates; an attack is a lower bound too, found by evaluation.
COLUMNS = (
    ("law", 9), ("D", 3), ("clean", 6), ("train: attack", 14), ("at most", 8),
    ("test: at least", 15), ("attack", 7), ("at most", 8), ("exact balls: attack", 20),
    ("at most", 8), ("coverage", 9), ("expected", 9), ("parameters", 10),
)  # fmt: skip


def main():
    print(" ".join(f"{name:<{width}}" for name, width in COLUMNS))
    for law in (
        CubeLaw(2), CubeLaw(5), CubeLaw(20), SphereLaw(3), SphereLaw(6), SphereLaw(20),
        GaussianLaw(2), GaussianLaw(5), GaussianLaw(20),
    ):  # fmt: skip
        row(law)


def row(law):
    """Means over draws of the errors of one law."""
    rng = np.random.default_rng(law.dimension)
    draws = [errors(law, rng) for _ in range(DRAWS)]
    numbers = np.mean([draw for draw, _ in draws], axis=0)
    f = draws[-1][1]
    # The strong and the weak coordinate are the same within a class.
    expected = law.expected_coverage(SAMPLES // 2, f.reach)
    cells = [
        type(law).__name__[:-3].lower(), law.dimension + 2, *(f"{x:.3f}" for x in numbers[:-1]),
        f"{numbers[-1]:.4f}", f"{expected:.4f}",
        f"{f.stated_parameters} + {f.extra_parameters - f.stated_parameters}",
    ]  # fmt: skip
    line = " ".join(f"{x:<{width}}" for x, (_, width) in zip(cells, COLUMNS, strict=True))
    print(line.rstrip(), flush=True)


def errors(law, rng):
    """Errors and coverage of one draw, in the order of the columns, and the memoriser."""
    x, y = sample(law, SAMPLES, rng)
    test, truth = sample(law, TEST, rng)
    weak = Halfspace((0.0, 1.0, *[0.0] * law.dimension))
    f = memorise(weak.network, x, y, DELTA, norm=law.norm, ramp=RAMP, population_separation=APART)
    wrong = weak.robustly_wrong(test, truth, DELTA, law.norm)
    low, high = f.robust_error_bounds(test, truth, wrong)
    network, exact = (attack(f, weak, test, truth, ramp=ramp, rng=rng) for ramp in (True, False))
    # The attack's certificate contains the one by distance.
    assert low <= network.at_least <= network.at_most <= high
    return [
        f.clean_error(test, truth), attack(f, weak, x, y, rng=rng).at_least,
        f.certified_training_error(), low, network.at_least, network.at_most, exact.at_least,
        exact.at_most, 1 - np.mean(f.far(test)),
    ], f  # fmt: skip


def sample(law, n, rng):
    """Both classes equally often."""
    y = np.resize([1.0, -1.0], n)
    return np.column_stack([y, 0.1 * y, law.draw(n, rng)]), y


if __name__ == "__main__":
    main()
