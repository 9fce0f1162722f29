"""Printing SymPy expressions as the Python that numba compiles.

Only nodes with a rule are printed: anything else is an error, never a silent string.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.precedence import PRECEDENCE, precedence
from sympy.printing.printer import Printer

from asymp.calculus.primitives import Primitive
from asymp.errors import NotDerivable

ELEMENTARY = ("exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh")
FUNCTIONS = {name: name for name in (*ELEMENTARY, "erf", "erfc", "gamma")} | {"loggamma": "lgamma"}


class NumbaPrinter(Printer):
    """Deterministic text; numba compiles the literal integer powers to products."""

    printmethod = "_numbacode"

    def emptyPrinter(self, expr: Any) -> str:
        """Refuse a node without a rule."""
        raise NotDerivable(f"no numeric rule for {type(expr).__name__}: {expr}")

    def parenthesised(self, expr: sp.Basic, level: int) -> str:
        """Text of ``expr``, in parentheses where it binds more loosely than ``level``."""
        text = self._print(expr)
        loose = precedence(expr) < level or (expr.is_number and text.startswith("-"))
        return f"({text})" if loose else str(text)

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return str(expr.name)

    def _number(self, expr: sp.Expr) -> str:
        """Nearest double of a constant: folded once here rather than at run time."""
        value = sp.N(expr, 30)
        if not value.is_Float and not value.is_Integer:
            raise NotDerivable(f"no numeric rule for the constant {expr}")
        return repr(float(value))

    _print_Rational = _print_Integer = _print_Float = _print_NumberSymbol = _number

    def _print_Infinity(self, expr: sp.Expr) -> str:
        return "inf"

    def _print_NegativeInfinity(self, expr: sp.Expr) -> str:
        return "-inf"

    def _print_NaN(self, expr: sp.Expr) -> str:
        return "nan"

    def _print_Add(self, expr: sp.Add) -> str:
        text = ""
        for term in expr.as_ordered_terms():
            part = self.parenthesised(term, PRECEDENCE["Add"])
            if part.startswith("(-") and closes_at(part) == len(part) - 1:
                part = part[1:-1]
            sign = " - " if part.startswith("-") else " + "
            text += sign + part.removeprefix("-") if text else part
        return text

    def _print_Mul(self, expr: sp.Mul) -> str:
        constants = [f for f in expr.args if f.is_number]
        constant = sp.Mul(*constants)
        rest = [f for f in expr.as_ordered_factors() if not f.is_number]
        if not constant.is_extended_real:
            return self.emptyPrinter(expr)
        if constant.is_infinite or not rest:
            return self._number(constant) if constant.is_finite else self._print(constant)
        sign = "-" if constant.is_negative else ""
        constant = abs(constant)
        below = [f for f in rest if f.is_Pow and f.exp.is_number and f.exp.is_negative]
        above = [self.parenthesised(f, PRECEDENCE["Mul"]) for f in rest if f not in below]
        if constant != 1 or not above:
            above = [self._number(constant), *above]
        return sign + "*".join(above) + self._quotient(below)

    def _quotient(self, below: list[sp.Pow]) -> str:
        """Text of the division by powers, from its operator on."""
        return "".join(f"/{self._inverse(f)}" for f in below)

    def _inverse(self, power: sp.Pow) -> str:
        return self.parenthesised(sp.Pow(power.base, -power.exp), PRECEDENCE["Pow"])

    def _print_Pow(self, expr: sp.Pow) -> str:
        base, exponent = expr.base, expr.exp
        if expr.is_number:
            return self._number(expr)
        if exponent.is_number and exponent.is_negative:
            return f"1.0/{self._inverse(expr)}"
        if exponent == sp.S.Half:
            return f"sqrt({self._print(base)})"
        inner = self.parenthesised(base, PRECEDENCE["Pow"] + 1)
        if exponent.is_Integer:
            return f"{inner}**{exponent}"
        if (2 * exponent).is_Integer:
            whole = "" if exponent == sp.Rational(3, 2) else f"**{exponent - sp.S.Half}"
            return f"({inner}{whole}*sqrt({self._print(base)}))"
        return f"{inner}**{self.parenthesised(exponent, PRECEDENCE['Pow'] + 1)}"

    def _print_Function(self, expr: sp.Function) -> str:
        primitive = isinstance(expr, Primitive)
        name = expr.kernel_name if primitive else FUNCTIONS.get(type(expr).__name__)
        if name is None:
            return self.emptyPrinter(expr)
        if expr.is_number:
            return self._number(expr)
        return f"{name}({self._arguments(expr)})"

    def _arguments(self, expr: sp.Basic) -> str:
        return ", ".join(self._print(arg) for arg in expr.args)

    def _print_Abs(self, expr: sp.Abs) -> str:
        return f"abs({self._arguments(expr)})"

    def _nested(self, name: str, args: tuple[sp.Basic, ...]) -> str:
        first, *others = (self._print(arg) for arg in sorted(args, key=sp.default_sort_key))
        for other in others:
            first = f"{name}({first}, {other})"
        return first

    def _print_Max(self, expr: sp.Max) -> str:
        return self._nested("max", expr.args)

    def _print_Min(self, expr: sp.Min) -> str:
        return self._nested("min", expr.args)

    def _print_sign(self, expr: sp.sign) -> str:
        inner = self._print(expr.args[0])
        return f"(1.0 if {inner} > 0.0 else (-1.0 if {inner} < 0.0 else 0.0))"

    def _print_Heaviside(self, expr: sp.Heaviside) -> str:
        inner = self._print(expr.args[0])
        return f"(1.0 if {inner} > 0.0 else (0.0 if {inner} < 0.0 else 0.5))"

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        text = "nan"
        for value, condition in reversed(expr.args):
            chosen = self._print(value)
            if condition == sp.true:
                text = chosen
            else:
                text = f"({chosen} if {self._print(condition)} else {text})"
        return text

    def _print_Relational(self, expr: sp.core.relational.Relational) -> str:
        sides = [self.parenthesised(side, PRECEDENCE["Relational"] + 1) for side in expr.args]
        return f"{sides[0]} {expr.rel_op} {sides[1]}"

    def _joined(self, word: str, args: tuple[sp.Basic, ...]) -> str:
        ordered = sorted(args, key=sp.default_sort_key)
        return f" {word} ".join(f"({self._print(arg)})" for arg in ordered)

    def _print_And(self, expr: sp.And) -> str:
        return self._joined("and", expr.args)

    def _print_Or(self, expr: sp.Or) -> str:
        return self._joined("or", expr.args)

    def _print_Not(self, expr: sp.Not) -> str:
        return f"not ({self._print(expr.args[0])})"

    def _print_BooleanTrue(self, expr: sp.Basic) -> str:
        return "True"

    def _print_BooleanFalse(self, expr: sp.Basic) -> str:
        return "False"


def closes_at(text: str) -> int:
    """Position of the parenthesis that closes the first one.

    Examples
    --------
    >>> closes_at("(-a)*(b)"), closes_at("(-a*(b))")
    (3, 7)
    """
    depth = 0
    for position, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return position
    return len(text)
