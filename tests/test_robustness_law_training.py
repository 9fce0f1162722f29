"""Training in mini-batches: agreement with all points at once, refusals, batch normalisation."""

import numpy as np
import pytest

from asymp.errors import InvalidParameter, NotConverged
from asymp.finite.robustness_law import generic_data, maximum_random_gradient, train
from asymp.finite.robustness_law.training import Adam, Batch


def test_parts_hold_every_point_once_and_at_least_the_size_asked():
    x, y = generic_data(23, 4, law="gaussian")
    y = np.arange(23.0)
    for size, count in ((1, 23), (5, 4), (22, 1), (50, 1)):
        parts = list(Batch(x, y, 3, False).parts(size, np.random.default_rng(0)))
        assert len(parts) == count
        assert all(len(part.y) >= min(size, 23) for part in parts)
        assert sorted(np.concatenate([part.y for part in parts])) == list(y)
        for part in parts:
            np.testing.assert_array_equal(part.x, x[part.y.astype(int)])


@pytest.mark.parametrize("normalised", [False, True])
def test_slopes_of_equal_parts_average_to_that_of_all_points_unless_normalised(normalised):
    x, y = generic_data(20, 5, law="gaussian")
    data = Batch(x, y, 4, normalised)
    weights = data.start(1.0, np.random.default_rng(1))
    parts = [part.loss_and_slope(weights) for part in data.parts(5, np.random.default_rng(2))]
    mean, whole = np.mean([slope for _, slope in parts], axis=0), data.loss_and_slope(weights)[1]
    # Sums of twenty numbers of order one in two orders.
    assert np.allclose(mean, whole, rtol=0, atol=1e-13) is not normalised


@pytest.mark.parametrize("normalised", [False, True])
def test_one_part_of_all_points_trains_as_all_points_at_once(normalised):
    x, y = generic_data(40, 20, law="gaussian")
    how = {"normalised": normalised, "loss": 0.1, "rng": 3}
    once, part = train(x, y, 30, **how), train(x, y, 30, batch=40, **how)
    assert once.steps == part.steps
    # Points are added up in another order in each of some tens of steps.
    np.testing.assert_allclose(part.network.W, once.network.W, rtol=0, atol=1e-6)


@pytest.mark.parametrize("normalised", [False, True])
def test_the_loss_in_mini_batches_is_that_of_the_network_on_all_points(normalised):
    x, y = generic_data(60, 20, law="gaussian")
    trained = train(x, y, 40, normalised=normalised, batch=8)
    assert trained.loss < 0.02
    assert trained.steps % 7 == 0
    assert np.mean((trained.network.predict(x) - y) ** 2) == pytest.approx(trained.loss)


def test_the_seed_decides_the_order_of_points():
    x, y = generic_data(30, 15, law="gaussian")
    one, same, other = (train(x, y, 20, batch=5, rng=seed).network.W for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)


def test_adam_moves_as_printed():
    """Kingma and Ba's algorithm with bias-corrected moments, written out for three steps."""
    weights, slopes = np.array([1.0, -2.0]), np.array([[3.0, 0.5], [-1.0, 0.5], [2.0, -4.0]])
    adam = Adam(0.1, np.zeros(2), np.zeros(2))
    moved, m, v = weights.copy(), np.zeros(2), np.zeros(2)
    for t, slope in enumerate(slopes, start=1):
        adam.move(moved, slope)
        m, v = 0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope**2
        weights = weights - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    # The small number stands beside the uncorrected root here: a relative 1e-8/sqrt(0.001) at most.
    np.testing.assert_allclose(moved, weights, atol=1e-6)
    assert adam.steps == 3


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"batch": 0}, r"batch = 0 is not in \{1, 2, ...\}"),
        ({"batch": 2.5}, r"batch = 2.5 is not in \{1, 2, ...\}"),
        ({"batch": 1, "normalised": True}, "one point has no deviation; give at least 2"),
    ],
)
def test_batches_that_cannot_be_are_refused(how, said):
    with pytest.raises(InvalidParameter, match=said):
        train(*generic_data(10, 8, law="gaussian"), 4, **how)


def test_training_in_mini_batches_says_when_it_cannot():
    with pytest.raises(NotConverged, match=r"after 60 steps.*give more neurons"):
        train(*generic_data(60, 4, law="gaussian"), 1, steps=55, batch=5)


def test_gradients_follow_the_law_in_d_at_both_ends_of_the_width():
    """A small copy of the second experiment of docs/robustness_law_trend.py, four times d.

    Over eight other seeds the gradient grew by 1.12 to 1.30 with k = n neurons, and by 1.52 to
    2.08 with k = 3.3 n / d; the law asks for 1 and 2.
    """
    how = {"rate": 0.001, "scale": 3**-0.5, "normalised": True, "batch": 100}
    grown = {}
    for name, widths in {"wide": (600, 600), "narrow": (40, 10)}.items():
        few, many = (
            maximum_random_gradient(train(*generic_data(600, d, law="gaussian"), k, **how).network)
            for d, k in zip((50, 200), widths, strict=True)
        )
        grown[name] = many / few
    assert grown["narrow"] > 1.4 > grown["wide"]
