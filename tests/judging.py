"""Whether the numbers at many points are right, without the code that found them.

Four judges: the words themselves (a status for every NaN, every value in its domain); inequalities
that hold everywhere; the same equations in extended precision from the root and its neighbourhood;
and a plain iteration of the map from another start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mpmath
import numba
import numpy as np
from whole_domain import _VOID, WholeDomain

from asymp.errors import NotConverged
from asymp.lowering import mp_system
from asymp.problem.noise import GaussianNoise
from asymp.solver.points import Points, solve_points
from asymp.solver.status import Status

ROUNDING = 1e-10  # relative error granted per unit of condition number, as in docs/benchmarks.md
ROUGHEST = 0.05  # and never more than this: an answer has digits, however ill-conditioned
TINY = 1e-14  # of a number that is zero
DIGITS = 60
FINE = Status.infinite


@dataclass(frozen=True)
class Judge:
    """Judge of the outcomes at some points of a theorem."""

    domain: WholeDomain
    rows: np.ndarray
    found: Points

    @cached_property
    def fine(self) -> np.ndarray:
        """Points with an answer."""
        return self.found.status <= FINE

    @cached_property
    def error(self) -> np.ndarray:
        """Relative error to be granted."""
        condition = np.where(np.isfinite(self.found.condition), self.found.condition, 1.0)
        return np.minimum(ROUNDING * np.maximum(1.0, condition), ROUGHEST)

    def value(self, name: str) -> np.ndarray | None:
        """Column of an order parameter or observable."""
        names = self.domain.kernel.values
        return self.found.values[:, names.index(name)] if name in names else None

    def silent(self) -> np.ndarray:
        """Points whose NaN or infinity no status explains, or that carry numbers in spite of it."""
        nan = np.isnan(self.found.values)
        infinite = np.isinf(self.found.values) & ~self._stated_infinite()
        told = self.found.status == Status.infinite
        return np.where(self.fine, nan.any(1) | (infinite.any(1) & ~told), ~nan.all(1))

    def _stated_infinite(self) -> np.ndarray:
        stated = np.array(self.domain.kernel.infinite)[np.maximum(self.found.branch, 0)]
        return np.asarray(stated)

    def outside(self) -> np.ndarray:
        """Points with a value outside its own domain by more than rounding."""
        theorem = self.domain.theorem
        wrong = np.zeros(len(self.rows), dtype=bool)
        for name, quantity in {**theorem.order_parameters, **theorem.observables}.items():
            x = self.value(name)
            if x is None:
                continue
            low, high = float(quantity.domain.start), float(quantity.domain.end)
            slack = self.error * np.maximum(1.0, np.abs(x))
            wrong |= self.fine & ((x < low - slack) | (x > high + slack))
        return wrong

    def unlawful(self) -> dict[str, int]:
        """Violations of inequalities that hold for every training problem."""
        return {f"{lower} <= {upper}": int(bad.sum()) for lower, upper, bad in self._inequalities()}

    def _inequalities(self) -> Iterator[tuple[str, str, np.ndarray]]:
        numbers = dict(zip(self.domain.kernel.parameters, self.rows.T, strict=True))
        for robust, clean in (("risk", "standard_risk"), ("error", "classification_error")):
            yield from self._ordered(clean, f"robust_{robust}")
        radii = [n for n in numbers if f"{n}_test" in numbers]
        stronger = np.ones(len(self.rows), dtype=bool)
        for n in radii:
            stronger &= numbers[f"{n}_test"] >= numbers[n]
        yield from self._ordered("train_robust_risk", "robust_risk", stronger)
        yield from self._ordered("train_risk", "standard_risk")
        noise = getattr(self.domain.theorem.problem, "noise", None)
        if isinstance(noise, GaussianNoise) and self.value("standard_risk") is not None:
            floor, risk = numbers[noise.deviation] ** 2, self.value("standard_risk")
            yield "tau**2", "standard_risk", self._below(risk, floor, self.fine)

    def _ordered(
        self, lower: str, upper: str, where: np.ndarray | bool = True
    ) -> Iterator[tuple[str, str, np.ndarray]]:
        low, high = self.value(lower), self.value(upper)
        if low is not None and high is not None:
            yield lower, upper, self._below(high, low, self.fine & where)

    def unmonotone(self) -> dict[str, int]:
        """Points at which the least training objective moves the wrong way with a parameter.

        It is a minimum over the estimator of what rises with an adversary's radius and with the
        ridge; more samples raise it, and more random features lower it.
        """
        names = list(self.domain.kernel.parameters)
        ratios = self.domain.ratios
        signs = {n: 1 for n in ("eps", "eps_w", "zeta", ratios[-1]) if n in names}
        signs |= dict.fromkeys(ratios[:-1], -1)
        before, found = self.objective(), {}
        for name, sign in signs.items() if before is not None else ():
            rows = self.rows.copy()
            rows[:, names.index(name)] *= 1.1
            points = solve_points(self.domain.kernel, rows, self.domain.constants)
            other = Judge(self.domain, rows, points)
            after, both = other.objective(), self.fine & other.fine
            slack = np.maximum(self.error, other.error) * np.maximum(before, after)
            with np.errstate(invalid="ignore"):
                found[name] = int((both & (sign * (after - before) < -slack)).sum())
        return found

    def objective(self) -> np.ndarray | None:
        """Twice the least value of square loss and ridge; None for other problems."""
        train, norm = self.value("train_robust_risk"), self.value("parameter_norm2")
        train = self.value("train_risk") if train is None else train
        if train is None or norm is None:
            return None
        zeta = dict(zip(self.domain.kernel.parameters, self.rows.T, strict=True))["zeta"]
        with np.errstate(invalid="ignore"):
            return train + np.where(zeta > 0, zeta * norm, 0.0)

    def _below(self, high: Any, low: Any, where: Any) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return np.asarray(where & (low > high * (1 + self.error) + 1e-300))

    @cached_property
    def many(self) -> Any:
        """The branches in many digits."""
        theorem = self.domain.theorem
        symbols = [p.symbol for p in theorem.parameters.values()]
        return mp_system(theorem.branches, symbols, tuple(theorem.constants))

    def exact(self, index: int) -> dict[str, Any]:
        """Every value at a point in many digits: Newton's method from the state found."""
        inputs = dict(zip(self.domain.kernel.parameters, map(float, self.rows[index]), strict=True))
        inputs |= {s.name: float(v) for s, v in self.domain.theorem.constants.items()}
        size = self.domain.kernel.sizes[self.found.branch[index]]
        start = self.found.states[index, :size].tolist() if size else None
        with mpmath.workdps(DIGITS):
            return self.many.solve(inputs, start)

    def deviation(self, index: int) -> tuple[str, float]:
        """Largest deviation from many digits, in units of what is granted, and of which value.

        Observables may be off by 1e-14 besides: a training loss that all but vanishes is the
        difference of larger numbers.

        It is relative; that of a signed quantity, a difference, is relative to the largest number
        of the point, and so is that of explicit values, for which no condition number is known.
        """
        try:
            exact = self.exact(index)
        except (NotConverged, ZeroDivisionError, ValueError):
            return "no root in many digits", np.inf
        theorem = self.domain.theorem
        quantities = {**theorem.order_parameters, **theorem.observables}
        explicit = self.domain.kernel.sizes[self.found.branch[index]] == 0
        largest = max(abs(v) for v in exact.values() if mpmath.isfinite(v))
        worst = ("", 0.0)
        for name, found in zip(self.domain.kernel.values, self.found.values[index], strict=True):
            signed = name not in quantities or quantities[name].domain.start < 0
            scale = largest if signed or explicit else abs(exact[name])
            free = TINY if name in theorem.observables else 0.0
            off = self._off(float(found), exact[name], scale, free) / float(self.error[index])
            if off > worst[1]:
                worst = (name, off)
        return worst

    @staticmethod
    def _off(found: float, expected: Any, scale: Any, free: float) -> float:
        if mpmath.isinf(expected) or abs(expected) > mpmath.mpf("1e140"):
            return 0.0 if np.isinf(found) else np.inf
        gap = max(0, abs(mpmath.mpf(found) - expected) - free)
        return float(gap / scale) if scale else float(gap > TINY) / ROUNDING

    def suspicious(self, count: int) -> np.ndarray:
        """Points with an answer that are most likely wrong: by residual, condition, evaluations."""
        f = self.found
        with np.errstate(invalid="ignore"):
            keys = (f.residual, f.condition, f.residual * f.condition, f.evaluations.astype(float))
        solved = np.flatnonzero(self.fine & (f.status == Status.converged))
        share = -(-count // len(keys))
        picked = [solved[np.argsort(-np.nan_to_num(k[solved]))[:share]] for k in keys]
        return np.unique(np.concatenate(picked))

    def elsewhere(self, index: np.ndarray, steps: int = 2_000) -> np.ndarray:
        """Deviation of the state from where plain iteration of the map leads, NaN if nowhere.

        It starts from the theorem's own start times a random factor in 0.1..10, and is not
        compared where it has not come to rest (a residual of 1e-9 divided by the condition
        number): it may be slow where Newton's method is fast.
        """
        off = np.full(len(index), np.nan)
        for branch, size in enumerate(self.domain.kernel.sizes):
            here = np.flatnonzero(self.found.branch[index] == branch)
            if not size or not len(here):
                continue
            state = self.found.states[index[here], :size]
            inputs = self._inputs(index[here])
            limit = 1e-9 / np.maximum(1.0, self.found.condition[index[here]])
            start, step = self.domain.kernel.addresses[1 + 3 * branch : 3 + 3 * branch]
            iterate = plain_iteration(start, step, size)
            rng = np.random.default_rng(branch)
            factors = 10 ** rng.uniform(-1, 1, state.shape)
            reached, rest = iterate(inputs, factors, limit, steps)
            gap = np.abs(reached / state - 1).max(axis=1)
            off[here] = np.where(rest, gap, np.nan)
        return off

    def _inputs(self, index: np.ndarray) -> np.ndarray:
        numbers = self.domain.names(self.rows[index])
        theorem, kernel = self.domain.theorem, self.domain.kernel
        names = [*kernel.parameters, *(s.name for s in theorem.constants), *kernel.guards]
        return np.column_stack([np.broadcast_to(numbers[n], len(index)) for n in names])


def plain_iteration(start: int, step: int, size: int) -> Any:
    """Compiled plain iteration of one branch's map from scaled starts."""
    first, image = _VOID(int(start)), _VOID(int(step))

    @numba.njit(error_model="numpy")
    def iterate(inputs, factors, limit, steps):
        m, p = inputs.shape
        reached, rest = np.full((m, size), np.nan), np.zeros(m, dtype=np.bool_)
        inp, out = np.empty(p + size), np.empty(size + size * size)
        for k in range(m):
            inp[:p] = inputs[k]
            first(out.ctypes, inp.ctypes)
            inp[p:] = out[:size] * factors[k]
            for _ in range(steps):
                image(out.ctypes, inp.ctypes)
                worst = np.max(np.abs(out[:size] / inp[p:] - 1.0))
                inp[p:] = out[:size]
                if not worst > limit[k]:
                    break
            reached[k] = inp[p:]
            rest[k] = worst <= limit[k]
        return reached, rest

    return iterate
