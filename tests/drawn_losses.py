"""Losses of the training points and of new points of one really trained draw."""

from dataclasses import fields, replace

import numpy as np

from asymp.simulate.budget import budget_of
from asymp.simulate.draw import Sizes, draw_features
from asymp.simulate.fitting import Task, fit_task
from asymp.simulate.labels import draw_at, labels_of
from asymp.simulate.lowered_loss import lower
from asymp.simulate.points import points_of, sizes_at

PER_SAMPLE = ("features", "inputs", "signal", "noise", "uniform")


def losses_of(theorem, at, d, rng):
    """Attacked losses of n trained points and of n new ones, square losses doubled."""
    problem = theorem.problem
    (point,) = points_of(problem, at)
    sizes = sizes_at(problem, point, d)
    both = Sizes(sizes.inputs, sizes.features, 2 * sizes.samples)
    draw = draw_at(problem, draw_features(problem.features, both, rng, "real", point), point)
    labels = labels_of(problem, draw, point)
    loss, n = lower(problem, point), sizes.samples
    assert set(PER_SAMPLE) <= {f.name for f in fields(draw)}

    def task(rows, test):
        part = replace(draw, **{name: getattr(draw, name)[rows] for name in PER_SAMPLE})
        return Task(problem, loss, part, labels[rows], budget_of(problem, part, point, test), point)

    trained_on = task(slice(None, n), False)
    trained = fit_task(trained_on)
    assert trained.exists
    factor = 2.0 if not loss.margin and problem.loss.is_square else 1.0
    fresh = task(slice(n, None), True)
    return factor * trained_on.losses(trained), factor * fresh.losses(trained)


def levy_distance(losses, cdf, halvings=12):
    """Lévy's distance of a sample from a law: Kolmogorov's, where an atom may move as much."""
    values, counts = np.unique(losses, return_counts=True)
    after = np.cumsum(counts) / losses.size
    before = np.concatenate([[0.0], after[:-1]])
    low, high = 0.0, 1.0
    for _ in range(halvings):
        d = 0.5 * (low + high)
        near = np.all(cdf(values - d) - d <= before) and np.all(after <= cdf(values + d) + d)
        low, high = (low, d) if near else (d, high)
    return high
