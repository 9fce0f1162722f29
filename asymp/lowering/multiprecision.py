"""The same branches evaluated by mpmath at any precision: references for the compiled solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp
from sympy.printing.pycode import MpmathPrinter

from asymp.calculus.implicit_root import mp_root
from asymp.calculus.panel import mp_panel
from asymp.calculus.table import mp_table
from asymp.errors import NotConverged
from asymp.lowering.helper_text import mp_text
from asymp.lowering.program import Lowered, lower
from asymp.lowering.source import function_text, primitives
from asymp.reductions.system import Branch

Vector = list[Any]


@dataclass(frozen=True)
class MpSystem:
    """A theorem's branches as mpmath functions; all work at the precision current when called.

    Parameters
    ----------
    lowered : Lowered
        The layout of the vectors.
    functions : mapping of str to callable
        The programs by name, each ``f(out, inp)`` on lists.
    """

    lowered: Lowered
    functions: Mapping[str, Any]

    def select(self, inputs: Mapping[str, Any]) -> tuple[int, Vector]:
        """Index of the branch that holds (-1: none), and its input vector without the state.

        Parameters
        ----------
        inputs : mapping of str to number
            Every parameter and constant by name.
        """
        vector = [mpmath.mpf(inputs[name]) for name in self.lowered.inputs]
        out = self._run("select", vector, 1 + len(self.lowered.guards))
        return int(out[0]), vector + out[1:]

    def start(self, branch: int, vector: Vector) -> Vector:
        """Evaluate the starting state of a branch."""
        return self._run(f"start_{branch}", vector, self.lowered.sizes[branch])

    def step(self, branch: int, vector: Vector, state: Vector) -> tuple[Vector, mpmath.matrix]:
        """Evaluate map and Jacobian d map / d state."""
        n = self.lowered.sizes[branch]
        out = self._run(f"step_{branch}", vector + state, n + n * n)
        return out[:n], mpmath.matrix([out[n + i * n : n + i * n + n] for i in range(n)])

    def values(self, branch: int, vector: Vector, state: Vector) -> dict[str, Any]:
        """Order parameters and observables by name."""
        names = self.lowered.values
        return dict(
            zip(names, self._run(f"values_{branch}", vector + state, len(names)), strict=True)
        )

    def solve(
        self, inputs: Mapping[str, Any], start: Sequence[Any] | None = None, steps: int = 60
    ) -> dict[str, Any]:
        """Values at a point, by Newton's method in log variables.

        Parameters
        ----------
        inputs : mapping of str to number
        start : sequence of numbers, optional
            State to start from, such as the compiled solver's; default: 200 steps of the map.
        steps : int
            Most Newton steps.

        Raises
        ------
        NotConverged
            If the residual does not come down to the working precision.
        """
        branch, vector = self.select(inputs)
        if branch < 0 or not self.lowered.sizes[branch]:
            return self.values(branch, vector, [])
        state = self._settled(branch, vector) if start is None else list(map(mpmath.mpf, start))
        for _ in range(steps):
            image, jacobian = self.step(branch, vector, state)
            errors = [mpmath.log(f / x) for f, x in zip(image, state, strict=True)]
            if max(map(abs, errors)) < mpmath.mpf(10) ** (8 - mpmath.mp.dps):
                return self.values(branch, vector, state)
            move = mpmath.lu_solve(newton_matrix(state, image, jacobian), mpmath.matrix(errors))
            state = [x * mpmath.exp(d) for x, d in zip(state, move, strict=True)]
        raise NotConverged(f"no fixed point to {mpmath.mp.dps} digits within {steps} steps")

    def _settled(self, branch: int, vector: Vector) -> Vector:
        state = self.start(branch, vector)
        for _ in range(200):
            state, _ = self.step(branch, vector, state)
        return state

    def _run(self, name: str, vector: Vector, size: int) -> Vector:
        out = [mpmath.nan] * size
        self.functions[name](out, vector)
        return out


def newton_matrix(state: Vector, image: Vector, jacobian: mpmath.matrix) -> mpmath.matrix:
    """Matrix I - dlog map / dlog state."""
    n = len(state)
    matrix = mpmath.eye(n)
    for i in range(n):
        for j in range(n):
            matrix[i, j] -= jacobian[i, j] * state[j] / image[i]
    return matrix


def mp_system(
    branches: Sequence[Branch], parameters: Sequence[sp.Symbol], constants: Sequence[sp.Symbol]
) -> MpSystem:
    """Lower branches to mpmath; arguments as for :func:`asymp.lowering.compile_branches`.

    Examples
    --------
    >>> from asymp.reductions.system import FixedPoint
    >>> x, a = sp.symbols("x a", positive=True)
    >>> system = FixedPoint((x,), (), (a / x,), (sp.Integer(1),))
    >>> branch = Branch("root", sp.true, (), system, {"root": x})
    >>> with mpmath.workdps(30):
    ...     print(mp_system((branch,), (a,), ()).solve({"a": 2})["root"])
    1.41421356237309504880168872421
    """
    lowered = lower(branches, [*parameters, *constants])
    twins = {p.__name__: p.mp for p in primitives()}
    printer = MpmathPrinter(
        {"fully_qualified_modules": True, "user_functions": {name: name for name in twins}}
    )
    namespace: dict[str, Any] = {"mpmath": mpmath, **twins}
    namespace |= {"mp_root": mp_root, "mp_panel": mp_panel, "mp_table": mp_table}
    for helper in lowered.helpers:
        namespace[helper.name.upper()] = helper.table
        exec(mp_text(helper, printer), namespace)
    for program in lowered.programs:
        exec(function_text(program, printer), namespace)
    return MpSystem(lowered, {p.name: namespace[p.name] for p in lowered.programs})
