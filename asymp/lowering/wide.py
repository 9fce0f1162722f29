"""Programs that run on several points at once: which can, and how their text differs.

A program without loops is printed without branches: a choice computes both sides, integer powers
are products and quotients products with reciprocals, which the compiler then shares. The same text
compiles for one number and for :mod:`asymp.special.lanes`.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.printer import Printer

from asymp.calculus.primitives import Primitive
from asymp.lowering.printer import FUNCTIONS, NumbaPrinter
from asymp.lowering.program import Program

# Functions whose twins have no branches, by the name they are printed with.
BRANCH_FREE = frozenset((
    "exp", "log", "erf", "erfc", "central2", "upper_tail", "excess1", "excess2", "sigmoid",
    "softplus", "weight_gap", "mp_full", "mp_empty", "mp_dual_empty",
))  # fmt: skip
LARGEST_POWER = 8  # beyond it a power is left to the library, one point at a time
NODES = (
    sp.Symbol, sp.Number, sp.NumberSymbol, sp.Add, sp.Mul, sp.Abs, sp.Max, sp.Min, sp.sign,
    sp.Heaviside, sp.Piecewise, sp.And, sp.Or, sp.core.relational.Relational,
    sp.logic.boolalg.BooleanAtom, sp.functions.elementary.piecewise.ExprCondPair,
)  # fmt: skip


def is_wide(program: Program) -> bool:
    """Whether every expression of a program has a form without branches and loops."""
    ends = (*program.outputs, *program.conditions)
    return all(map(branch_free, (*(e for _, e in program.body), *ends)))


def branch_free(expression: sp.Basic) -> bool:
    """Whether an expression and all that it holds have a form without branches and loops."""
    if isinstance(expression, sp.Pow):
        base, exponent = expression.args
        known = abs(exponent) <= LARGEST_POWER if (2 * exponent).is_Integer else base.is_number
    elif isinstance(expression, sp.Function) and not isinstance(expression, NODES):
        named = isinstance(expression, Primitive)
        name = expression.kernel_name if named else FUNCTIONS.get(type(expression).__name__)
        known = name in BRANCH_FREE or expression.is_number
    else:
        known = isinstance(expression, NODES)
    return bool(known) and all(map(branch_free, expression.args))


class WidePrinter(NumbaPrinter):
    """Text without branches."""

    def _print_Pow(self, expr: sp.Pow) -> str:
        base, exponent = expr.base, expr.exp
        if expr.is_number:
            return self._number(expr)
        if exponent.is_negative:
            return f"1.0/{self._inverse(expr)}"
        factor = self.parenthesised(base, PRECEDENCE["Pow"] + 1)
        return product(factor, f"sqrt({self._print(base)})", exponent)

    def _choice(self, condition: sp.Basic, value: str, other: str) -> str:
        return f"where({self._print(condition)}, {value}, {other})"

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        text = "nan"
        for value, condition in reversed(expr.args):
            chosen = self._print(value)
            text = chosen if condition == sp.true else self._choice(condition, chosen, text)
        return text

    def _print_sign(self, expr: sp.sign) -> str:
        inner = self._print(expr.args[0])
        return f"where({inner} > 0.0, 1.0, where({inner} < 0.0, -1.0, 0.0))"

    def _print_Heaviside(self, expr: sp.Heaviside) -> str:
        inner = self._print(expr.args[0])
        return f"where({inner} > 0.0, 1.0, where({inner} < 0.0, 0.0, 0.5))"

    def _print_And(self, expr: sp.And) -> str:
        return self._joined("&", expr.args)

    def _print_Or(self, expr: sp.Or) -> str:
        return self._joined("|", expr.args)


class StepPrinter(WidePrinter):
    """Text without branches that multiplies by reciprocals, which are shared, once more rounded.

    It is for steps alone: a choice may ask whether a quotient is exactly 1.
    """

    def _print_Pow(self, expr: sp.Pow) -> str:
        if expr.is_number or not expr.exp.is_negative:
            return super()._print_Pow(expr)
        factor = f"(1.0/{self.parenthesised(expr.base, PRECEDENCE['Pow'] + 1)})"
        return product(factor, f"(1.0/sqrt({self._print(expr.base)}))", -expr.exp)

    def _quotient(self, below: list[sp.Pow]) -> str:
        return "".join(f"*{self._print(power)}" for power in below)


def product(factor: str, root: str, exponent: sp.Rational) -> str:
    """Text of a power: equal factors, and a root where the exponent has a half.

    Examples
    --------
    >>> product("x", "sqrt(x)", sp.Rational(5, 2)), product("x", "sqrt(x)", sp.Integer(1))
    ('(x*x*sqrt(x))', 'x')
    """
    whole, half = divmod(2 * exponent, 2)
    factors = [factor] * int(whole) + [root] * int(half)
    return factors[0] if len(factors) == 1 else f"({'*'.join(factors)})"


def wide_selection_lines(program: Program, printer: Printer) -> Iterator[str]:
    """Body of ``select`` without branches: all guards, and the first condition that holds."""
    for symbol, expression in program.body:
        yield f"    {symbol.name} = {printer.doprint(expression)}"
    for slot, guard in enumerate(program.outputs, 1):
        yield f"    out[{slot}] = {printer.doprint(guard)}"
    *others, last = enumerate(program.conditions)
    yield f"    chosen = {last[0] if last[1] == sp.true else -1}.0"
    for index, condition in reversed(others if last[1] == sp.true else [*others, last]):
        yield f"    chosen = where({printer.doprint(condition)}, {index}.0, chosen)"
    yield "    out[0] = chosen"
