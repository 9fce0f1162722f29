"""Checks of the steps: against the network itself, with explicit vectors and finite differences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from asymp.dynamics.activation import FIELD
from asymp.dynamics.arrays import lower
from asymp.dynamics.insert import inserted
from asymp.dynamics.letters import NEURON, PATCH, PATCHES, SAMPLE, SAMPLES, WIDTH
from asymp.dynamics.model import PatchNetwork
from asymp.dynamics.steps import Recursion
from asymp.reductions.step import CheckResult, Outcome

_SHAPES = {"u": (NEURON,), "g": (NEURON, SAMPLE, PATCH), "v": (NEURON, SAMPLE, PATCH)}
_SIZES = {WIDTH: 3, SAMPLES: 4, PATCHES: 2}
_DIMENSION = 11
_CONSTANTS = {"alpha": 1.3, "delta": 0.9, "lam": 0.35, "eta": 0.2}
_EXPONENT = 3.0  # of an activation whose exponent is left open


@dataclass(frozen=True)
class Bench:
    """A small network on explicit vectors, in which every step can be done by brute force.

    Parameters
    ----------
    network : PatchNetwork
    orthogonal : bool
        Whether all noise patches are orthogonal to each other.
    seed : int
    """

    network: PatchNetwork
    orthogonal: bool = False
    seed: int = 0

    @cached_property
    def values(self) -> dict[str, Any]:
        """Letters of the model on this bench, by name."""
        m, n, p = _SIZES.values()
        rng = np.random.default_rng(self.seed)
        y, a = np.resize([1.0, -1.0], n), np.resize([1.0, -1.0], m)
        x = rng.standard_normal((n, p, _DIMENSION))
        x[..., 0] = 0.0  # the signal direction is the first one
        if self.orthogonal:
            rows = np.linalg.qr(x.reshape(n * p, -1)[:, 1:].T)[0].T
            x[..., 1:] = rows.reshape(n, p, -1) * rng.uniform(0.5, 1.5, (n, p, 1))
        w = 0.5 * rng.standard_normal((m, _DIMENSION))
        # The hypothesis of the first step: every neuron's output grows with the signal.
        w[:, 0] = np.abs(w[:, 0]) * (a if self.network.signed else 1)
        g = np.einsum("rd,ijd->rij", w, x)
        exponent = self.network.activation.parameter
        return _CONSTANTS | {str(k): v for k, v in _SIZES.items()} | {
            "u": w[:, 0], "g": g, "v": y[:, None] * g, "y": y, "E": (x**2).sum(-1),
            "a": a if self.network.signed else np.ones(m), "K": np.einsum("ijd,kld->ijkl", x, x),
            "w": w, "x": x, **({} if exponent is None else {exponent.name: _EXPONENT}),
        }  # fmt: skip

    def objective(self, w: Any) -> float:
        """Objective from the definition, adversary at the end of its segment that is worse."""
        v, lam = self.values, _CONSTANTS["lam"]
        ends = (v["alpha"] - v["delta"], v["alpha"] + v["delta"])
        robust = np.max([self._losses(w, end) for end in ends], axis=0)
        return float(np.mean((1 - lam) * self._losses(w, v["alpha"]) + lam * robust))

    def _losses(self, w: Any, strength: float) -> Any:
        v = self.values
        signal = self._activate(strength * np.outer(v["y"], w[:, 0]))
        noise = self._activate(np.einsum("rd,ijd->irj", w, v["x"])).sum(-1)
        return self._penalty(v["y"] * ((signal + noise) @ v["a"]))

    def descended(self) -> dict[str, Any]:
        """One step of gradient descent by central differences, seen through inner products."""
        w, h = self.values["w"], 1e-5
        gradient = np.zeros_like(w)
        for index in np.ndindex(*w.shape):
            step = np.zeros_like(w)
            step[index] = h
            gradient[index] = (self.objective(w + step) - self.objective(w - step)) / (2 * h)
        after = w - self.values["eta"] * gradient
        g = np.einsum("rd,ijd->rij", after, self.values["x"])
        return {"u": after[:, 0], "g": g, "v": self.values["y"][:, None] * g}

    def evaluated(self, recursion: Recursion) -> dict[str, Any]:
        """Updates of a recursion in numbers."""
        sizes = dict(zip((NEURON, SAMPLE, PATCH), _SIZES.values(), strict=True))
        margins = {
            str(letter.base): (inserted(expression, self.network), (SAMPLE,))
            for letter, expression in recursion.definitions.items()
        }
        values = self.values | lower(margins)(self.values, sizes)
        updates = {
            name: (inserted(e, self.network), _SHAPES[name])
            for name, e in recursion.updates.items()
        }
        return lower(updates)(values, sizes)

    @cached_property
    def _activate(self) -> Any:
        function = self.network.activation.function
        if self.network.activation.parameter is not None:
            function = function.subs(self.network.activation.parameter, _EXPONENT)
        return sp.lambdify(FIELD, function, "numpy")

    @cached_property
    def _penalty(self) -> Any:
        return sp.lambdify(self.network.loss.variable, self.network.loss.expression, "numpy")


def same_numbers(how: str, first: Any, second: Any, tolerance: float) -> CheckResult:
    """Compare two dictionaries of arrays on the names that they share, to their largest entry."""
    shared = [k for k in first if k in second]
    apart = max(float(np.abs(first[k] - second[k]).max()) for k in shared)
    apart /= max(float(np.abs(second[k]).max()) for k in shared)
    outcome = Outcome.VERIFIED if apart < tolerance else Outcome.FALSE
    return CheckResult(outcome, f"{how}; largest relative deviation {apart:.1e}")


def descent_check(network: PatchNetwork, recursion: Recursion, orthogonal: bool) -> CheckResult:
    """Compare with a step of the network itself."""
    bench = Bench(network, orthogonal)
    how = "a step of a network with explicit vectors, gradient by central differences"
    # Central differences of step 1e-5: 1e-10 times third derivatives, which may be hundreds.
    return same_numbers(how, bench.evaluated(recursion), bench.descended(), 1e-6)


def equal_check(network: PatchNetwork, before: Recursion, after: Recursion) -> CheckResult:
    """Compare two recursions at random weights, where labels are signs."""
    bench = Bench(network)
    first, second = bench.evaluated(before), bench.evaluated(after)
    if "g" in first and "v" in second:
        first["v"] = bench.values["y"][:, None] * first["g"]
    return same_numbers("both sides at random weights", first, second, 1e-12)


def worst_signal_check(network: PatchNetwork) -> CheckResult:
    """Brute force over the adversary's segment, and the sign of the activation's slope."""
    bench = Bench(network)
    v, moves = bench.values, np.linspace(-0.9, 0.9, 181)
    fields = np.linspace(-4, 4, 401)
    if np.diff(bench._activate(fields)).min() < 0:
        return CheckResult(Outcome.FALSE, "the activation decreases somewhere in [-4, 4]")
    for y in (1.0, -1.0):
        outputs = [y * v["a"] @ bench._activate((v["alpha"] * y + s) * v["u"]) for s in moves]
        if not np.isclose(moves[int(np.argmin(outputs))] * y, -0.9):
            return CheckResult(Outcome.FALSE, f"worst move is not against the label {y:g}")
    return CheckResult(Outcome.VERIFIED, "181 moves of the adversary, both labels")


def overlap_check() -> CheckResult:
    """Cosines of Gaussian patches against the union bound at several dimensions."""
    rng, worst = np.random.default_rng(0), 0.0
    for d in (100, 400, 1600):
        x = rng.standard_normal((40, d))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        cosine = np.abs(x @ x.T)[np.triu_indices(40, 1)].max()
        worst = max(worst, float(cosine / np.sqrt(2 * np.log(2 * 780 / 1e-6) / (d - 1))))
    outcome = Outcome.VERIFIED if worst < 1 else Outcome.FALSE
    how = f"40 patches at d = 100, 400, 1600: largest cosine {worst:.2f} of the bound for 1e-6"
    return CheckResult(outcome, how)
