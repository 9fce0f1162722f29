"""A clean classifier, its robust memoriser, and what an adversary does to both.

    python docs/robust_memorisation.py

Samples have a strong coordinate y, a weak one 0.1 y, and a part from a known law. The clean
classifier reads the weak coordinate: right everywhere, and wrong within any radius above 0.1.
"""

import numpy as np

from asymp.finite.memorisation import CubeLaw, GaussianLaw, Halfspace, SphereLaw, memorise

DELTA, SAMPLES, TEST = 0.2, 200, 4000
DRAWS = 5
HEAD = (
    "law       D   clean  robust train  robust test: at least  attacked  at most  "
    "coverage  expected  parameters"
)


def main():
    print(HEAD)
    for law in (
        CubeLaw(2), CubeLaw(5), CubeLaw(20), SphereLaw(3), SphereLaw(6), SphereLaw(20),
        GaussianLaw(2), GaussianLaw(5), GaussianLaw(20),
    ):  # fmt: skip
        row(law)


def row(law):
    rng = np.random.default_rng(law.dimension)
    numbers = []
    for _ in range(DRAWS):
        x, y = sample(law, SAMPLES, rng)
        test, truth = sample(law, TEST, rng)
        weak = Halfspace((0.0, 1.0, *[0.0] * law.dimension))
        f = memorise(weak.network, x, y, DELTA, norm=law.norm, ramp=0.05)
        low, high = f.robust_error_bounds(
            test, truth, weak.robustly_wrong(test, truth, DELTA, law.norm)
        )
        attacked = broken(f, x, y, rng)
        train = f.certified_training_error() if law.norm == np.inf else attacked
        # A thousand points are enough for the attack.
        test_attack = broken(f, test[:1000], truth[:1000], rng)
        covered = 1 - np.mean(f.far(test))
        numbers.append([f.clean_error(test, truth), train, low, test_attack, high, covered])
    clean, train, low, attack, high, covered = np.mean(numbers, axis=0)
    # The strong and the weak coordinate are the same within a class.
    expected = law.expected_coverage(SAMPLES // 2, f.reach)
    name = type(law).__name__[:-3].lower()
    print(
        f"{name:<9} {law.dimension + 2:<3} {clean:<6.3f} {train:<13.3f} {low:<22.3f} "
        f"{attack:<9.3f} {high:<8.3f} {covered:<9.4f} {expected:<9.4f} "
        f"{f.stated_parameters} + {f.extra_parameters - f.stated_parameters}"
    )


def sample(law, n, rng):
    """Both classes equally often."""
    y = np.resize([1.0, -1.0], n)
    return np.column_stack([y, 0.1 * y, law.draw(n, rng)]), y


def broken(f, x, y, rng, tries=10):
    """Share of points that random moves, with the weak coordinate flipped, break."""
    found = np.zeros(len(x), dtype=bool)
    for _ in range(tries):
        step = 0.1 * rng.standard_normal(x.shape)
        step[:, 1] = -y * rng.uniform(0.1, 1, len(x))
        step *= f.delta / np.linalg.norm(step, f.norm, axis=1, keepdims=True)
        found |= y * f.network(x + step) <= 0
    return float(found.mean())


if __name__ == "__main__":
    main()
