r"""Draws of inputs with a spectrum, and of the Gaussian covariate model.

Covariances are diagonal: nothing depends on the eigenbasis. At p directions the limiting law is
cut into p slices of equal weight; each becomes one direction with the slice's mean eigenvalue and
the teacher's energy in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from asymp.errors import NotDerivable
from asymp.problem.designs import GaussianCovariate, GaussianDesign
from asymp.simulate.curve import Array
from asymp.simulate.draw import Draw, Model, Sizes, draw_features, uniform_numbers


def slices(values: Array, weights: Array, shares: Array, count: int) -> tuple[Array, Array]:
    """Eigenvalues and shares of the teacher's energy in slices of equal weight.

    Raises
    ------
    NotDerivable
        If the teacher has energy where the law has no weight: a spike.

    Examples
    --------
    >>> t, e = slices(np.array([1.0, 4.0]), np.array([0.5, 0.5]), np.array([0.2, 0.8]), 4)
    >>> t.tolist(), e.round(12).tolist()
    ([1.0, 1.0, 4.0, 4.0], [0.1, 0.1, 0.4, 0.4])
    """
    if np.any((weights <= 0) & (shares > 0)):
        raise NotDerivable(
            "the teacher has energy at an eigenvalue of weight 0; the simulation needs a positive "
            "weight for it"
        )
    order = np.argsort(values, kind="stable")
    values, weights, shares = values[order], weights[order] / weights.sum(), shares[order]
    edges = np.concatenate([[0.0], np.cumsum(weights)])
    cuts = np.linspace(0, edges[-1], count + 1)
    mean = np.diff(np.interp(cuts, edges, np.concatenate([[0.0], np.cumsum(weights * values)])))
    energy = np.diff(np.interp(cuts, edges, np.concatenate([[0.0], np.cumsum(shares)])))
    return mean * count, energy


def _draw(values: Array, energy: Array, sizes: Sizes, rng: np.random.Generator) -> Draw:
    uniform, lots = uniform_numbers(sizes, rng)
    roots = np.sqrt(energy)
    signs = np.where(rng.random(sizes.inputs) < 0.5, -1.0, 1.0)
    normal = rng.standard_normal((sizes.samples, sizes.inputs))
    unseen = np.sqrt(max(1 - float(energy.sum()), 0.0)) * rng.standard_normal(sizes.samples)
    inputs = normal * np.sqrt(values)
    covariance = np.diag(values)
    return Draw(
        features=inputs,
        inputs=inputs,
        signal=normal @ (signs * roots) + unseen,
        noise=rng.standard_normal(sizes.samples),
        uniform=uniform,
        teacher=signs * roots,
        lots=lots,
        second_moment=covariance,
        cross=signs * roots * np.sqrt(values),
        centre=signs * roots,
        mean=0.0,
        metric=np.eye(sizes.inputs),
        family=covariance,
        network=None,
    )


@draw_features.register
def _(
    features: GaussianDesign,
    sizes: Sizes,
    rng: np.random.Generator,
    model: Model,
    at: Mapping[str, float],
) -> Draw:
    spectrum = features.spectrum
    replaced = {p.symbol: at[p.name] for p in spectrum.parameters}
    laws = (spectrum.values, spectrum.weights, spectrum.teacher)
    values, weights, shares = (_numbers(law, replaced) for law in laws)
    return _draw(*slices(values, weights, shares, sizes.inputs), sizes, rng)


def _numbers(entries: Any, replaced: Mapping[Any, float]) -> Array:
    return np.array([float(entry.subs(replaced)) for entry in entries])


@draw_features.register
def _(
    features: GaussianCovariate,
    sizes: Sizes,
    rng: np.random.Generator,
    model: Model,
    at: Mapping[str, float],
) -> Draw:
    weights = np.full(features.values.size, 1 / features.values.size)
    values, energy = slices(features.values, weights, features.shares, sizes.inputs)
    return _draw(values, energy * features.explained / max(float(energy.sum()), 1e-300), sizes, rng)
