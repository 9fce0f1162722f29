"""Indexed expressions as NumPy functions: every index is an axis, every sum a sum along it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from asymp.dynamics.letters import NEURON, NEURON_SUM, PATCH, PATCH_SUM, SAMPLE, SAMPLE_SUM

AXES = (NEURON, SAMPLE, PATCH, NEURON_SUM, SAMPLE_SUM, PATCH_SUM)
_AXIS = {index: axis for axis, index in enumerate(AXES)}


@dataclass(frozen=True)
class Lowered:
    """Compiled expressions of indexed letters.

    Parameters
    ----------
    inputs : tuple of (base name, axes)
        What each array argument is, and the axes that its dimensions go to.
    scalars : tuple of str
    outputs : mapping of str to tuple of sympy.Symbol
        Free indices of each expression, in the order of its dimensions.
    """

    function: Callable[..., Any]
    inputs: tuple[tuple[str, tuple[int, ...]], ...]
    scalars: tuple[str, ...]
    outputs: Mapping[str, tuple[sp.Symbol, ...]]

    def __call__(self, values: Mapping[str, Any], sizes: Mapping[sp.Symbol, int]) -> dict[str, Any]:
        """Values of the expressions.

        Parameters
        ----------
        values : mapping of str to array or float
            By name of the letter; arrays have one dimension an index.
        sizes : mapping of sympy.Symbol to int
            Length of the axis of each free index of an output.
        """
        arrays = [_aligned(np.asarray(values[name]), axes) for name, axes in self.inputs]
        results = self.function(*arrays, *(values[name] for name in self.scalars))
        out = {}
        for (name, free), result in zip(self.outputs.items(), results, strict=True):
            lengths = {_AXIS[x]: sizes[x] for x in free}
            shape = [lengths.get(axis, 1) for axis in range(len(AXES))]
            out[name] = np.broadcast_to(result, shape).reshape([sizes[x] for x in free])
        return out


def lower(expressions: Mapping[str, tuple[Any, tuple[sp.Symbol, ...]]]) -> Lowered:
    """Compile expressions, given with their free indices in increasing order of axes.

    Examples
    --------
    >>> from asymp.dynamics.letters import OVER_NEURONS, TRUE
    >>> total = lower({"total": (sp.Sum(TRUE[NEURON_SUM] ** 2, OVER_NEURONS), ())})
    >>> float(total({"u": np.array([1.0, 2.0])}, {})["total"])
    5.0
    """
    bare = [_without_sums(sp.sympify(e)) for e, _ in expressions.values()]
    letters = sorted({x for e in bare for x in e.atoms(sp.Indexed)}, key=str)
    names = {x: sp.Symbol(f"array_{k}", real=True) for k, x in enumerate(letters)}
    bodies = [e.xreplace(names) for e in bare]
    scalars = sorted({s for e in bodies for s in e.free_symbols} - set(names.values()), key=str)
    totals = {f"total_{axis}": _Total(axis) for axis in range(len(AXES))}
    function = sp.lambdify([*names.values(), *scalars], bodies, [totals, "numpy"], cse=True)
    inputs = tuple((str(x.base), tuple(_AXIS[k] for k in x.indices)) for x in letters)
    outputs = {name: free for name, (_, free) in expressions.items()}
    return Lowered(function, inputs, tuple(str(s) for s in scalars), outputs)


@dataclass(frozen=True)
class _Total:
    """Sum along an axis that is kept with length one."""

    axis: int

    def __call__(self, array: Any) -> Any:
        return np.sum(array, axis=self.axis, keepdims=True)


def _without_sums(expression: Any) -> Any:
    """Replace sums by totals along the axes of their indices."""
    if isinstance(expression, sp.Indexed) or not expression.args:
        return expression
    if isinstance(expression, sp.Sum):
        inner = _without_sums(expression.function)
        for index, low, high in expression.limits:
            # A summand without the index would be summed once only.
            if index in expression.function.free_symbols:
                inner = sp.Function(f"total_{_AXIS[index]}")(inner)
            else:
                inner = (high - low + 1) * inner
        return inner
    return expression.func(*(_without_sums(part) for part in expression.args))


def _aligned(array: np.ndarray[Any, Any], axes: tuple[int, ...]) -> Any:
    """View with one axis an index letter, those that the array lacks of length one."""
    order = np.argsort(axes)
    lengths = {axes[k]: array.shape[k] for k in order}
    return array.transpose(order).reshape([lengths.get(a, 1) for a in range(len(AXES))])
