r"""The network itself, trained by full-batch gradient descent on its weight vectors.

Nothing here uses the derived law: fields, outputs and gradients are computed in
:math:`\mathbb R^d`, and the adversary takes the better end of its segment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
import xarray as xr

from asymp.dynamics.activation import FIELD
from asymp.dynamics.insert import response
from asymp.dynamics.kinds import of_kind
from asymp.dynamics.law import DynamicalLaw
from asymp.dynamics.letters import NEURON, PATCH, PATCHES, SAMPLE, SAMPLES, WIDTH
from asymp.dynamics.patch_data import Array, PatchData
from asymp.dynamics.phases import Thresholds, add_phases
from asymp.dynamics.run import checked_parameters, trajectory
from asymp.errors import InvalidParameter, NotConverged
from asymp.symbols.arguments import NONNEGATIVE, generator, number, whole

_DRAWN = "draw one with PatchModel(...).draw"
_RADIUS = "the adversary's radius"


@dataclass(frozen=True)
class NetworkRun:
    """A trained network and what happened on the way.

    Parameters
    ----------
    trajectory : xarray.Dataset
        As of :meth:`DynamicalLaw.run`, with weights projected from the real ones.
    weights : numpy.ndarray, shape (m, d)
        After the last step.
    first_weights : numpy.ndarray, shape (m, d)
        Before the first one.
    signs : numpy.ndarray, shape (m,)
    delta : float
        Radius of the adversary in training.
    data : PatchData
    """

    trajectory: xr.Dataset
    weights: Array
    first_weights: Array
    signs: Array
    delta: float
    data: PatchData
    _functions: _Functions

    def initial(self) -> dict[str, Any]:
        """Arguments of ``law.run`` that start the recursion where this run started."""
        data = self.data
        u, g = _fields(self.first_weights, data)
        state = {"u": u, "v": data.labels[:, None] * g}
        return {
            "initial": state, "energy": data.energy, "labels": data.labels, "signs": self.signs,
        }  # fmt: skip

    def accuracies(self, test: PatchData, delta: float | None = None) -> dict[str, float]:
        r"""Shares of right answers, clean and against moves of the signal patch along w*.

        A margin of zero counts as wrong.

        Parameters
        ----------
        test : PatchData
            Of the training data's dimension; to test what was learned, drawn for its signal:
            ``model.draw(n, rng, run.data.signal)``.
        delta : float, optional
            Radius of the adversary, not negative and perhaps above :math:`\alpha`; that of
            training by default.

        Returns
        -------
        dict of str to float
            ``clean_train``, ``robust_train``, ``clean_test``, ``robust_test``, in [0, 1].

        Raises
        ------
        InvalidParameter
            If the test data are none, or of another dimension, or the radius is negative or no
            number.

        Examples
        --------
        >>> from asymp.dynamics import PatchModel, patch_dynamics, train_network
        >>> data = PatchModel(50, alpha=4.0).draw(10, 0)
        >>> run = train_network(patch_dynamics(), data, 200, width=10, delta=1.0, lam=0.5,
        ...                     eta=0.05, rng=1, favoured=True)
        >>> run.accuracies(data, delta=100.0)["robust_test"]
        0.0
        """
        of_kind("test", test, PatchData, _DRAWN)
        d = self.data.signal.size
        if test.signal.size != d:
            raise InvalidParameter(
                f"test data have dimension {test.signal.size}, the training data {d}; draw them "
                "from the same PatchModel"
            )
        radius = self.delta if delta is None else number("delta", delta, NONNEGATIVE, _RADIUS)
        out = {}
        for name, data in (("train", self.data), ("test", test)):
            clean, robust, _ = _margins(self.weights, self.signs, data, radius, self._functions)
            out[f"clean_{name}"] = float(np.mean(clean > 0))
            out[f"robust_{name}"] = float(np.mean(robust > 0))
        return out


def train_network(
    law: DynamicalLaw,
    data: PatchData,
    steps: int,
    *,
    width: int,
    delta: float,
    lam: float,
    eta: float,
    scale: float = 0.1,
    rng: Any = None,
    favoured: bool = False,
    every: int = 1,
    thresholds: Thresholds | None = None,
    **exponent: float,
) -> NetworkRun:
    r"""Train the network that a law was derived from, on data.

    Parameters
    ----------
    law : DynamicalLaw
        Says activation, loss and whether neurons have output signs (alternating, then).
    data : PatchData
    steps, every : int
        Steps of gradient descent, and how many lie between two that are kept.
    width : int
        Number of neurons.
    delta, lam, eta : float
        As in the law; :math:`\alpha` is the data's.
    scale : float
        Weights start as :math:`N(0,\text{scale}^2I_d)`.
    rng : int or numpy.random.Generator
    favoured : bool
        Reflect the start along :math:`w^*` if it gives the signal the wrong sign:
        a start conditioned on what the law assumes of the adversary.
    thresholds : Thresholds, optional
        Of the phases.
    **exponent
        The activation's, if the law leaves it open.

    Returns
    -------
    NetworkRun
        Trajectory, first and last weights, and what is needed to test the network or to start
        the recursion where it started.

    Raises
    ------
    InvalidParameter
        If a parameter lies outside its domain, or law, data or thresholds are of another kind.
    NotConverged
        If the weights leave the floating-point range.

    Examples
    --------
    >>> from asymp.dynamics import PatchModel, patch_dynamics, train_network
    >>> rng, model = np.random.default_rng(0), PatchModel(400, alpha=4.0)
    >>> run = train_network(patch_dynamics(), model.draw(10, rng), 2000, width=10, delta=3.9,
    ...                     lam=0.5, eta=0.05, scale=0.2, rng=rng)
    >>> run.accuracies(model.draw(100, rng, run.data.signal))["robust_train"]
    1.0
    """
    of_kind("law", law, DynamicalLaw, "give one of patch_dynamics")
    of_kind("data", data, PatchData, _DRAWN)
    given = {"alpha": data.alpha, "delta": delta, "lam": lam, "eta": eta, **exponent}
    numbers, criteria = checked_parameters(law, given), Thresholds.given(thresholds)
    steps, every, width = whole("steps", steps), whole("every", every), whole("width", width)
    scale = number("scale", scale, NONNEGATIVE, "the start's standard deviation")
    functions = _Functions.of(law, exponent)
    first = scale * generator(rng).standard_normal((width, data.signal.size))
    signs = np.resize([1.0, -1.0], width) if law.network.signed else np.ones(width)
    along = first @ data.signal
    # The difference is twice the value if the activation is odd, and odd in any case.
    if favoured and signs @ (functions.activate(along) - functions.activate(-along)) < 0:
        first = first - 2 * np.outer(along, data.signal)

    def descent(weights: Array) -> Array:
        return _descent(weights, signs, data, delta, lam, functions)

    weights, kept = _trained(first, descent, eta, data, steps, every)
    watched = _watched(law, kept, data, signs, numbers)
    path = add_phases(trajectory(law, watched, numbers, signs), criteria)
    return NetworkRun(path, weights, first, signs, delta, data, functions)


def _trained(
    first: Array, descent: Callable[[Array], Array], eta: float, data: PatchData, steps: int,
    every: int,
) -> tuple[Array, list[dict[str, Any]]]:  # fmt: skip
    """Last weights, and the projections of every so many."""
    weights, kept = first, []
    for t in range(steps + 1):
        if t % every == 0 or t == steps:
            u, g = _fields(weights, data)
            kept.append({"step": t, "u": u, "v": data.labels[:, None] * g})
        if t < steps:
            weights = weights + eta * descent(weights)
            if not np.isfinite(weights).all():
                raise NotConverged(
                    f"weights are not finite after step {t + 1}; lower eta = {eta:g}"
                )
    return weights, kept


@dataclass(frozen=True)
class _Functions:
    """Activation, its slope, and minus the loss's slope, in numbers."""

    activate: Callable[[Any], Any]
    slope: Callable[[Any], Any]
    response: Callable[[Any], Any]

    @classmethod
    def of(cls, law: DynamicalLaw, exponent: dict[str, float]) -> _Functions:
        activation, loss = law.network.activation, law.network.loss
        chosen = {sp.Symbol(k): v for k, v in exponent.items()}
        if activation.parameter is not None:
            chosen = {activation.parameter: exponent[activation.parameter.name]}
        bodies = (activation.function.subs(chosen), activation.slope.subs(chosen))
        pull = sp.lambdify(loss.variable, response(law.network), "numpy")
        activate, slope = (sp.lambdify(FIELD, body, "numpy") for body in bodies)
        return cls(activate, slope, pull)


def _fields(weights: Array, data: PatchData) -> tuple[Array, Array]:
    """Products with the signal, shape (m,), and with the noise, shape (m, N, P)."""
    flat = data.noise.reshape(-1, data.signal.size)
    noise = (weights @ flat.T).reshape(len(weights), *data.noise.shape[:2])
    return weights @ data.signal, noise


def _margins(
    weights: Array, signs: Array, data: PatchData, delta: float, functions: _Functions
) -> tuple[Array, Array, Array]:
    """Clean and robust margins, and the strength that the adversary leaves each sample."""
    u, g = _fields(weights, data)
    noise = signs @ functions.activate(g).sum(axis=-1)

    def margin(strength: float) -> Array:
        field = np.outer(u, strength * data.labels)
        return np.asarray(data.labels * (signs @ functions.activate(field) + noise))

    ends = (data.alpha - delta, data.alpha + delta)
    low, high = margin(ends[0]), margin(ends[1])
    return margin(data.alpha), np.minimum(low, high), np.where(low <= high, *ends)


def _descent(
    weights: Array, signs: Array, data: PatchData, delta: float, lam: float, functions: _Functions
) -> Array:
    """Minus the gradient of the objective, shape (m, d)."""
    y, (u, g) = data.labels, _fields(weights, data)
    clean, robust, left = _margins(weights, signs, data, delta, functions)
    # A large margin's exponential is infinite, and the response zero as it should be.
    with np.errstate(over="ignore"):
        pulls = ((1 - lam) * functions.response(clean), lam * functions.response(robust))
    along = np.zeros(len(u))
    for pull, strength in zip(pulls, (np.full(len(y), data.alpha), left), strict=True):
        slope = functions.slope(np.outer(u, strength * y))
        along += slope @ (pull * strength)  # the label squares away
    noise = (functions.slope(g) * (y * (pulls[0] + pulls[1]))[:, None]).reshape(len(u), -1)
    moved = np.outer(along, data.signal) + noise @ data.noise.reshape(-1, data.signal.size)
    return np.asarray(signs[:, None] * moved / len(y))


def _watched(
    law: DynamicalLaw, kept: list[dict[str, Any]], data: PatchData, signs: Array, numbers: Any
) -> list[dict[str, Any]]:
    """Add the observables of the law at the projected weights."""
    compiled = law.compiled
    (m, n, p) = kept[0]["v"].shape
    sizes = {NEURON: m, SAMPLE: n, PATCH: p}
    fixed = {**numbers, str(WIDTH): m, str(SAMPLES): n, str(PATCHES): p}
    fixed |= {"y": data.labels, "a": signs, "E": data.energy}
    return [
        row | compiled.observables(compiled.with_margins(fixed | row, sizes), sizes) for row in kept
    ]
