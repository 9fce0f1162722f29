"""Printing programs for ball arithmetic: the second printer of the same SymPy objects.

The text holds operators and calls of named functions only, so that one text runs on real balls
(:mod:`asymp.balls.functions`) and, within integrands, on complex ones. Constants other
than small integers are names, enclosed anew at every precision.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.precedence import PRECEDENCE, precedence
from sympy.printing.printer import Printer

from asymp.calculus.primitives import Primitive
from asymp.errors import NotDerivable
from asymp.lowering.printer import FUNCTIONS

RELATIONS = {
    "<": "less({0}, {1})",
    ">": "less({1}, {0})",
    "<=": "at_most({0}, {1})",
    ">=": "at_most({1}, {0})",
    "==": "equal({0}, {1})",
    "!=": "negation(equal({0}, {1}))",
}
CONSTANT = "constant_"  # how the names of constants begin
SMALL = 64  # integers up to here are written out; python-flint multiplies by them exactly


class BallPrinter(Printer):
    """Text of expressions; the constants that it names are collected in ``constants``.

    ``choice`` is the function that a Piecewise becomes: ``choose``, or ``decided`` in programs
    with derivatives, since a Piecewise may jump where it is not decided.
    """

    printmethod = "_numbacode"

    def __init__(self) -> None:
        super().__init__()
        self.constants: dict[sp.Expr, str] = {}
        self.choice = "choose"

    def emptyPrinter(self, expr: Any) -> str:
        """Refuse a node without a rule."""
        raise NotDerivable(f"no enclosure is known for {type(expr).__name__}: {expr}")

    def parenthesised(self, expr: sp.Basic, level: int) -> str:
        """Text of ``expr``, in parentheses where it binds more loosely than ``level``."""
        text = self._print(expr)
        loose = precedence(expr) < level or text.startswith("-")
        return f"({text})" if loose else str(text)

    def constant(self, expr: sp.Expr) -> str:
        """Name of an exact constant, or a small integer as it is."""
        if expr.is_Integer and abs(int(expr)) <= SMALL:
            return str(int(expr))
        return self._named(expr)

    def _named(self, expr: sp.Expr) -> str:
        if expr.is_extended_real is False:
            return str(self.emptyPrinter(expr))
        return self.constants.setdefault(expr, f"{CONSTANT}{len(self.constants)}")

    _print_Rational = _print_Integer = _print_Float = _print_NumberSymbol = constant

    def _print_Infinity(self, expr: sp.Expr) -> str:
        return "infinity"

    def _print_NegativeInfinity(self, expr: sp.Expr) -> str:
        return "(-infinity)"

    def _print_NaN(self, expr: sp.Expr) -> str:
        return "nan"

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return str(expr.name)

    def _print_Add(self, expr: sp.Add) -> str:
        number, rest = expr.as_coeff_Add()
        terms = [self.parenthesised(t, PRECEDENCE["Add"]) for t in rest.as_ordered_terms()]
        return " + ".join([*terms, *([self.constant(number)] if number else [])])

    def _print_Mul(self, expr: sp.Mul) -> str:
        constants = [f for f in expr.args if f.is_number]
        rest = [f for f in expr.as_ordered_factors() if not f.is_number]
        constant = sp.Mul(*constants)
        if constant.is_infinite or not rest:
            return str(self._print(constant)) if constant.is_infinite else self.constant(constant)
        below = [f for f in rest if f.is_Pow and f.exp.is_number and f.exp.is_negative]
        above = [self.parenthesised(f, PRECEDENCE["Mul"]) for f in rest if f not in below]
        if constant == -1 and above:
            above[0] = f"(-{above[0]})"
        elif constant != 1 or not above:
            above = [f"({self.constant(constant)})", *above]
        inverses = [sp.Pow(f.base, -f.exp) for f in below]
        quotient = "".join(f"/{self.parenthesised(f, PRECEDENCE['Pow'])}" for f in inverses)
        return "*".join(above) + quotient

    def _print_Pow(self, expr: sp.Pow) -> str:
        base, exponent = expr.base, expr.exp
        if expr.is_number:
            return self.constant(expr)
        if exponent.is_number and exponent.is_negative:
            inverse = sp.Pow(base, -exponent)
            return f"1/{self.parenthesised(inverse, PRECEDENCE['Pow'])}"
        text = self.ball(base)
        if exponent == sp.S.Half:
            return f"sqrt({text})"
        if exponent.is_Integer:
            return f"power({text}, {exponent})"
        if (2 * exponent).is_Integer:
            whole = int(exponent - sp.S.Half)
            return f"(power({text}, {whole})*sqrt({text}))"
        return f"exp(({self._print(exponent)})*log({text}))"

    def _print_Function(self, expr: sp.Function) -> str:
        primitive = isinstance(expr, Primitive)
        known = primitive or type(expr).__name__ in FUNCTIONS
        if not known:
            return self.emptyPrinter(expr)
        name = expr.kernel_name if primitive else FUNCTIONS[type(expr).__name__]
        return self._call(name, expr.args)

    def _call(self, name: str, args: Any) -> str:
        return f"{name}({', '.join(self.ball(arg) for arg in args)})"

    def ball(self, expr: sp.Basic) -> str:
        """Text of what must be a ball, even if it is an integer."""
        return self._named(expr) if expr.is_Integer else str(self._print(expr))

    def _print_Abs(self, expr: sp.Abs) -> str:
        return self._call("absolute", expr.args)

    def _nested(self, name: str, args: Any) -> str:
        first, *others = (self.ball(arg) for arg in sorted(args, key=sp.default_sort_key))
        for other in others:
            first = f"{name}({first}, {other})"
        return first

    def _print_Max(self, expr: sp.Max) -> str:
        return self._nested("maximum", expr.args)

    def _print_Min(self, expr: sp.Min) -> str:
        return self._nested("minimum", expr.args)

    def _print_sign(self, expr: sp.sign) -> str:
        return self._call("sign", expr.args)

    def _print_Heaviside(self, expr: sp.Heaviside) -> str:
        return self._call("heaviside", expr.args[:1])

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        pairs = (f"(lambda: {self._print(c)}, lambda: {self.ball(v)})" for v, c in expr.args)
        return f"{self.choice}({', '.join(pairs)})"

    def _print_Relational(self, expr: sp.core.relational.Relational) -> str:
        return RELATIONS[expr.rel_op].format(*(self.ball(side) for side in expr.args))

    def _joined(self, name: str, args: tuple[sp.Basic, ...]) -> str:
        # Conditions with fewer symbols first: they are cheap, and mostly decide.
        ordered = sorted(args, key=lambda a: (len(a.free_symbols), sp.default_sort_key(a)))
        return f"{name}({', '.join(f'lambda: {self._print(a)}' for a in ordered)})"

    def _print_And(self, expr: sp.And) -> str:
        return self._joined("conjunction", expr.args)

    def _print_Or(self, expr: sp.Or) -> str:
        return self._joined("disjunction", expr.args)

    def _print_Not(self, expr: sp.Not) -> str:
        return f"negation({self._print(expr.args[0])})"

    def _print_BooleanTrue(self, expr: sp.Basic) -> str:
        return "True"

    def _print_BooleanFalse(self, expr: sp.Basic) -> str:
        return "False"
