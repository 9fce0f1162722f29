"""Helpers of a program in ball arithmetic: roots, panels and tables with proven errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import flint
from flint import arb

from asymp.balls.body import Balls, Body, made
from asymp.balls.logistic import LogisticNormal
from asymp.balls.panel import PanelEnclosure
from asymp.balls.rectangles import complex_functions
from asymp.balls.roots import RootEnclosure
from asymp.balls.tail_functions import tail_functions
from asymp.lowering.helpers import Helper

Ball = Any


@dataclass(frozen=True)
class TableEnclosure:
    """Weighted sums over a table of doubles, which are exact numbers.

    Parameters
    ----------
    body : Body
    table : tuple of tuples of float
        Nodes, then the weights of each output.
    """

    body: Body
    table: tuple[tuple[float, ...], ...]

    def __call__(self, *inputs: Ball) -> Balls:
        """Enclosures of the weighted sums."""
        _, known = self.body.before(*inputs)
        nodes, *columns = self.table
        totals = [arb(0)] * len(columns)
        for row, node in enumerate(nodes):
            for k, value in enumerate(self.body.body(arb(node), known)):
                totals[k] += columns[k][row] * value
        return tuple(totals)


@dataclass(frozen=True)
class BallHelper:
    """A helper as a callable of balls, in whatever precision holds when it is called.

    Parameters
    ----------
    helper : Helper
    functions : mapping of str to callable
        Functions of real balls by name, and the helpers that this one calls.
    """

    helper: Helper
    functions: Mapping[str, Any]
    _made: dict[int, Callable[..., Any]] = field(default_factory=dict, compare=False)

    def __call__(self, *inputs: Any) -> Any:
        """Enclose the results for every input in the given balls."""
        bits = flint.ctx.prec
        if bits not in self._made:
            self._made[bits] = self._enclosure()
        return self._made[bits](*inputs)

    def _enclosure(self) -> Callable[..., Any]:
        real = made(self.helper, self.functions)
        if self.helper.kind == "table":
            return TableEnclosure(real, self.helper.table)
        own = {n: f for n, f in self.functions.items() if isinstance(f, ON_ALL_KINDS)}
        complex_ = made(self.helper, {**complex_functions(), **own})
        tail = made(self.helper, {**tail_functions(), **own})
        if self.helper.kind == "root":
            return RootEnclosure(real, complex_, tail)
        return PanelEnclosure(real, complex_, tail, len(self.helper.outputs))


ON_ALL_KINDS = (BallHelper, LogisticNormal)  # callables that take every kind of ball


def ball_helper(helper: Helper, functions: Mapping[str, Any]) -> Callable[..., Any]:
    """Callable that encloses a helper's results for every input in the given balls.

    Parameters
    ----------
    helper : Helper
    functions : mapping of str to callable
        Functions of real balls by name, and the helpers that this one calls.

    Returns
    -------
    callable
        Takes balls in the order of ``helper.inputs``; gives one ball for a root, else a tuple.
    """
    return BallHelper(helper, dict(functions))
