r"""Map and values with their derivatives along one parameter, as functions of real balls.

For curves: with the state :math:`x` and a direction p in which one or more parameters move
together, each branch gives :math:`F,\ \partial_xF,\ \partial_pF` and the values
:math:`v,\ \partial_xv,\ \partial_pv`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from asymp.balls.program import PrintedBalls, printed
from asymp.lowering.helpers import Helpers
from asymp.lowering.jacobian import Chain, real_symbol, total_derivatives
from asymp.lowering.nodes import Assignment, assignments, numeric_form
from asymp.lowering.program import Program, assemble, layout
from asymp.reductions.system import Branch

Ball = Any
Vector = list[Ball]
DIRECTION = sp.Dummy("direction")


@dataclass(frozen=True)
class Derivatives:
    """Numbers with their derivatives by the state and along the direction.

    Parameters
    ----------
    numbers : list of arb
    by_state : list of list of arb
        One row a number.
    along : list of arb
    """

    numbers: Vector
    by_state: list[Vector]
    along: Vector


@dataclass(frozen=True)
class BallCurves:
    """The branches of a theorem along one direction.

    Parameters
    ----------
    printed : PrintedBalls
    sizes : tuple of int
        Unknowns of each branch.
    count : int
        Number of values.
    """

    printed: PrintedBalls
    sizes: tuple[int, ...]
    count: int

    def evaluate(
        self, branch: int, bits: int, inputs: Vector, state: Vector
    ) -> tuple[Derivatives, Derivatives]:
        """Map and values of a branch; inputs are parameters and constants."""
        out = self.printed.at(bits)[f"curve_{branch}"]([*inputs, *state])
        n = self.sizes[branch]
        cut = n * (n + 2)
        return _cut(out[:cut], n, n), _cut(out[cut:], self.count, n)


def _cut(out: Vector, count: int, n: int) -> Derivatives:
    """Numbers first, then a row of derivatives for each: state, direction."""
    rows = [out[count + i * (n + 1) : count + (i + 1) * (n + 1)] for i in range(count)]
    return Derivatives(out[:count], [row[:n] for row in rows], [row[n] for row in rows])


def ball_curves(
    branches: Sequence[Branch], inputs: Sequence[sp.Symbol], moving: Sequence[sp.Symbol]
) -> BallCurves:
    """Lower branches with their derivatives along the moving inputs."""
    helpers, places = Helpers(), layout(branches, inputs)
    slots = {s: i for i, s in enumerate(inputs)}  # guards are defined where they are used
    programs = [
        _program(index, branch, slots, moving, places.values, helpers)
        for index, branch in enumerate(branches)
    ]
    return BallCurves(printed(programs, helpers), places.sizes, len(places.values))


def _program(
    index: int,
    branch: Branch,
    slots: Mapping[sp.Symbol, int],
    moving: Sequence[sp.Symbol],
    names: Sequence[str],
    helpers: Helpers,
) -> Program:
    """Program of one branch."""
    state = branch.system.state if branch.system else ()
    chains: dict[sp.Symbol, Chain] = {x: {} for x in state}
    chains[DIRECTION] = dict.fromkeys(moving, sp.Integer(1))
    definitions = [*branch.guards, *(branch.system.definitions if branch.system else ())]
    body = list(_chained(assignments([*definitions, *branch.definitions]), chains))
    maps = list(map(numeric_form, branch.system.update)) if branch.system else []
    values = [numeric_form(branch.values.get(name, sp.nan)) for name in names]
    outputs: list[sp.Symbol] = []
    for kind, group in (("map", maps), ("value", values)):
        rows = [list(_row(f"{kind}_{k}", e, chains)) for k, e in enumerate(group)]
        body += (entry for row in rows for entry in row)
        outputs += (row[0][0] for row in rows)
        outputs += (symbol for row in rows for symbol, _ in row[1:])
    inner = dict(slots) | {x: len(slots) + i for i, x in enumerate(state)}
    return assemble(f"curve_{index}", inner, body, outputs, helpers)


def _row(name: str, target: sp.Expr, chains: dict[sp.Symbol, Chain]) -> Iterator[Assignment]:
    """A number, then its derivatives; infinities have none."""
    yield real_symbol(f"{name}_"), target
    slopes = total_derivatives(target, chains) if target.is_finite is not False else {}
    for x in chains:
        yield real_symbol(f"{name}_by_{x.name}_"), slopes.get(x, sp.Integer(0))


def _chained(body: Sequence[Assignment], chains: dict[sp.Symbol, Chain]) -> Iterator[Assignment]:
    """Definitions, each followed by its derivatives, which enter the chains."""
    for symbol, expression in body:
        yield symbol, expression
        for x, slope in total_derivatives(expression, chains).items():
            if slope != 0:
                chains[x][symbol] = real_symbol(f"{symbol.name}_by_{x.name}")
                yield chains[x][symbol], slope
