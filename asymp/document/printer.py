r"""LaTeX of SymPy expressions as a paper would set them.

Parameters come first in a product, then order parameters, then roots, then what a coefficient
multiplies: resolvent quantities, truncated moments, integrals, long brackets. A quotient of
parameters stays in front as a fraction of its own: :math:`\frac{\psi_1}{\psi_2}\hat q[\cdots]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter

from asymp.calculus.spectral_law import EIGENVALUE
from asymp.document.fractions import Fraction, has_late, is_parameter, split_product
from asymp.document.names import SymbolNames
from asymp.document.width import width
from asymp.problem.losses import RESIDUAL
from asymp.reductions.statements import FIELD

CARRIER = "exp_"  # a signed unknown is carried by its exponential
_TALL = (r"\frac", r"\int", r"\sum", r"\sqrt{\frac")


_LONGEST_DENOMINATOR = 10**6


class DocumentPrinter(LatexPrinter):
    r"""LaTeX printer of the document.

    Parameters
    ----------
    names : SymbolNames
        LaTeX of symbols, renamed ones included.
    order : iterable of str
        Names of symbols in the order in which they stand in a product.
    laws : mapping of sympy.Tuple to str, optional
        LaTeX of tabulated laws by their weights.

    Examples
    --------
    >>> from asymp.document.names import SymbolNames
    >>> printer = DocumentPrinter(SymbolNames(frozenset()), ["psi1", "psi2", ""])
    >>> a, b, q = sp.symbols("psi2 psi1 q_hat", positive=True)
    >>> printer.doprint(q * b / a)
    '\\frac{\\psi_{1}}{\\psi_{2}}\\,\\hat{q}'
    """

    printmethod = "_document_latex"

    def __init__(
        self,
        names: SymbolNames,
        order: Iterable[str],
        laws: Mapping[sp.Tuple, str] | None = None,
    ) -> None:
        super().__init__()
        self.names = names
        self.rank = {name: index for index, name in enumerate(order)}
        self.laws = dict(laws or {})

    def _print(self, expr: Any, **kwargs: Any) -> str:
        """Use a node's own LaTeX where this printer has no method for it."""
        own = getattr(expr, "_latex", None)
        if own is not None and not hasattr(self, f"_print_{type(expr).__name__}"):
            return str(own(self, **kwargs))
        return str(super()._print(expr, **kwargs))

    def _print_Letter(self, expr: sp.Symbol) -> str:
        return self.names.latex(expr.name)

    def _print_Symbol(self, expr: sp.Symbol, style: str = "plain") -> str:
        return self.names.latex(expr.name)

    def _print_Max(self, expr: sp.Max, exp: str | None = None) -> str:
        return self._extreme(r"\max", expr, exp)

    def _print_Min(self, expr: sp.Min, exp: str | None = None) -> str:
        return self._extreme(r"\min", expr, exp)

    def _extreme(self, name: str, expr: sp.Expr, exp: str | None) -> str:
        arguments = sorted(expr.args, key=lambda a: (a.is_number, str(a)))
        text = rf"{name}({', '.join(self._print(a) for a in arguments)})"
        return text + (f"^{{{exp}}}" if exp else "")

    def _print_Float(self, expr: sp.Float) -> str:
        return f"{float(expr):.10g}"

    def _print_Rational(self, expr: sp.Rational, **options: Any) -> str:
        """A measured number as a decimal: its exact fraction tells a reader nothing."""
        if expr.q > _LONGEST_DENOMINATOR:
            return f"{float(expr):.10g}"
        return str(super()._print_Rational(expr, **options))

    def _print_Abs(self, expr: sp.Abs, exp: str | None = None) -> str:
        return rf"|{self._print(expr.args[0])}|" + (f"^{{{exp}}}" if exp else "")

    def _print_AppliedUndef(self, expr: Any, exp: str | None = None) -> str:
        arguments = ",".join(self._print(a) for a in expr.args)
        power = f"^{{{exp}}}" if exp else ""
        return rf"{self.names.latex(expr.func.__name__)}({arguments}){power}"

    def _print_CentralMoment(self, expr: Any, exp: str | None = None) -> str:
        return self._moment("C", expr, exp)

    def _print_TailMoment(self, expr: Any, exp: str | None = None) -> str:
        return self._moment("T", expr, exp)

    def _print_ExcessMoment(self, expr: Any, exp: str | None = None) -> str:
        return self._moment("U", expr, exp)

    def _moment(self, letter: str, expr: Any, exp: str | None) -> str:
        power = f"^{{{exp}}}" if exp else ""
        argument = self.bracket(self._print(expr.args[1]))
        return rf"{letter}_{{{expr.args[0]}}}{power}{argument}"

    def _print_SpectralAverage(self, expr: Any, exp: str | None = None) -> str:
        text = rf"\int {self._print(expr.integrand)}\,d{expr.law.symbol_latex}(t)"
        return rf"\Bigl({text}\Bigr)^{{{exp}}}" if exp else text

    def _print_log(self, expr: Any, exp: str | None = None) -> str:
        argument = expr.args[0]
        power = f"^{{{exp}}}" if exp else ""
        if argument.is_Symbol and argument.name.startswith(CARRIER):
            return self.names.latex(argument.name.removeprefix(CARRIER)) + power
        return rf"\log{power}{self.bracket(self._print(argument))}"

    def _print_softplus(self, expr: Any, exp: str | None = None) -> str:
        power = f"^{{{exp}}}" if exp else ""
        return rf"\log{power}(1+{self._print(sp.exp(expr.args[0]))})"

    def _print_sigmoid(self, expr: Any, exp: str | None = None) -> str:
        text = rf"\frac{{1}}{{1+{self._print(sp.exp(-expr.args[0]))}}}"
        return rf"{self.bracket(text)}^{{{exp}}}" if exp else text

    def _print_erfc(self, expr: Any, exp: str | None = None) -> str:
        power = f"^{{{exp}}}" if exp else ""
        return rf"\mathrm{{erfc}}{power}{self.bracket(self._print(expr.args[0]))}"

    def _print_TableSum(self, expr: Any, exp: str | None = None) -> str:
        """An average over a measured law by the law's name."""
        law = self.laws.get(expr.weights)
        if law is None:
            return str(expr._latex(self, exp))
        text = rf"\int {self._print(expr.integrand)}\,d{law}({self._print(expr.variable)})"
        return rf"\Bigl({text}\Bigr)^{{{exp}}}" if exp else text

    def _print_mp_full(self, expr: Any) -> str:
        x, psi = expr.args
        chi, ratio = self._print(x), self._print(psi)
        root = rf"\sqrt{{({chi}+1-{ratio})^2+4{ratio}{chi}}}"
        return rf"\frac{{2}}{{1+{ratio}+{chi}+{root}}}"

    def _print_mp_empty(self, expr: Any) -> str:
        return "1-" + self._of("D", expr.args[0])

    def _print_mp_dual_empty(self, expr: Any) -> str:
        return rf"1-{self._print(expr.args[1])}\,{self._of('D', expr.args[0])}"

    def _of(self, name: str, argument: sp.Expr) -> str:
        """The quantity of that name which belongs to this argument."""
        suffix = "_A" if str(argument).endswith("_A") else ""
        return self.names.latex(name + suffix)

    def _print_And(self, expr: sp.And) -> str:
        parts = sorted(expr.args, key=lambda c: str(c))
        return r",\ ".join(self._print(p) for p in parts)

    def _print_Relational(self, expr: Any) -> str:
        signs = {"==": "=", ">=": r"\ge", "<=": r"\le", ">": ">", "<": "<", "!=": r"\ne"}
        sign = signs[expr.rel_op]
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        rows, before = [], None
        for value, given in expr.args:
            condition = _solved(given)
            rows.append(rf"{self._print(value)}, & {self._case(condition, before)}")
            before = condition
        body = r" \\ ".join(rows)
        return rf"\begin{{dcases}} {body} \end{{dcases}}"

    def _case(self, condition: Any, before: Any) -> str:
        """Condition of a row, given that the one before it fails: an interval where it is one."""
        chained = getattr(before, "rel_op", "") in ("<=", "<")
        if condition is sp.true:
            if not chained:
                return r"\text{otherwise}"
            sign = ">" if before.rel_op == "<=" else r"\ge"
            return rf"{self._print(before.lhs)}{sign}{self._print(before.rhs)}"
        if chained and getattr(condition, "lhs", None) == before.lhs:
            first = "<" if before.rel_op == "<=" else r"\le"
            last = r"\le" if condition.rel_op == "<=" else "<"
            ends = self._print(before.rhs), self._print(condition.rhs)
            return rf"{ends[0]}{first} {self._print(condition.lhs)}{last} {ends[1]}"
        return self._print(condition)

    def ordered_terms(self, total: sp.Expr) -> list[str]:
        """Printed terms of a sum: positive ones first, simple ones first."""
        terms = {self._print(term): term for term in sp.Add.make_args(total)}

        def place(text: str) -> tuple[object, ...]:
            applied = isinstance(terms[text], AppliedUndef) and not terms[text].has(EIGENVALUE)
            plain = is_parameter(terms[text], self.rank)
            return (
                text.startswith("-"),
                not applied,
                r"\int" in text,
                not plain,
                _weight(text),
                text,
            )

        return sorted(terms, key=place)

    def _print_Add(self, expr: sp.Add, order: str | None = None) -> str:
        first, *others = self.ordered_terms(expr)
        return first + "".join(t if t.startswith("-") else "+" + t for t in others)

    def _print_Mul(self, expr: sp.Mul) -> str:
        return self.set_fraction(split_product(expr, self.rank))

    def _print_Pow(self, expr: sp.Pow) -> str:
        base, exponent = expr.as_base_exp()
        if exponent.is_Rational and (exponent < 0 or exponent.q == 2):
            return self._print_Mul(expr)
        text = self._print(base)
        if base.is_Add or base.is_Mul or base.is_Pow or (base.is_Symbol and "^" in text):
            text = self.bracket(text)
        elif base.func.__name__ == "SpectralAverage" or isinstance(base, sp.Function):
            return self._print(base, exp=self._print(exponent))
        return rf"{text}^{{{self.inline(exponent)}}}"

    def _print_exp(self, expr: Any, exp: str | None = None) -> str:
        text = rf"e^{{{self.inline(expr.args[0])}}}"
        return rf"({text})^{{{exp}}}" if exp else text

    def inline(self, expr: sp.Expr) -> str:
        """With slashes in place of fractions, for exponents and running text."""
        top, bottom = expr.as_numer_denom()
        if bottom == 1:
            return self._print(top)
        below, above = self._print(bottom), self._print(top)
        simple = bottom.is_Symbol or (bottom.is_Integer and bottom > 0)
        above = self.bracket(above) if top.is_Add else above
        return f"{above}/{below if simple else self.bracket(below)}"

    def bracket(self, text: str) -> str:
        """Text between brackets as tall as it is: round, outside of them square, then curly."""
        if not any(mark in text for mark in _TALL):
            return f"({text})"
        if r"\left[" in text:
            return rf"\left\{{{text}\right\}}"
        if "(" in text:
            return rf"\left[{text}\right]"
        return rf"\left({text}\right)"

    def set_fraction(self, parts: Fraction) -> str:
        """Lay out a product: sign, numerical root, fraction, and what they multiply."""
        texts = {sum_: self._print(sum_) for sum_ in parts.sums}
        inside = [f for f in parts.sums if parts.takes_sums and _fits(texts[f])]
        behind = [f for f in parts.sums if f not in inside]
        text = self._over([*parts.top, *inside], parts)
        for factor in (f for f in behind if not has_late(f)):
            text = _joined(text, self.bracket(texts[factor]))
        for factor in parts.after:
            text = _joined(text, self._print(factor))
        for factor in (f for f in behind if has_late(f)):
            text = _joined(text, self.bracket(texts[factor]))
        return ("-" if parts.negative else "") + (text or "1")

    def _over(self, above: list[sp.Expr], parts: Fraction) -> str:
        top = self._row(parts.top_number, above, parts.top_root, bool(parts.below))
        bottom = self._row(parts.bottom_number, list(parts.bottom), parts.bottom_root, True)
        if bottom:
            top = rf"\frac{{{top or '1'}}}{{{bottom}}}"
        return _joined(parts.number_root, top)

    def _row(self, number: str, factors: list[sp.Expr], root: sp.Expr, fenced: bool) -> str:
        """One side of a fraction; a sum that stands alone there needs no brackets."""
        alone = fenced and len(factors) == 1 and not number and root == 1
        text = number
        for factor in factors:
            piece = self._print(factor)
            text = _joined(text, self.bracket(piece) if factor.is_Add and not alone else piece)
        return _joined(text, self._root(root))

    def _root(self, radicand: sp.Expr) -> str:
        return rf"\sqrt{{{self._print(radicand)}}}" if radicand != 1 else ""


def _solved(condition: Any) -> Any:
    """Relation with the field or the residual alone on its left, where it is linear in one."""
    if not isinstance(condition, sp.core.relational.Relational):
        return condition
    gap = condition.lhs - condition.rhs
    for variable in (FIELD, RESIDUAL):
        slope = gap.coeff(variable)
        if slope in (1, -1) and not (gap - slope * variable).has(variable):
            sign = condition.rel_op if slope == 1 else condition.reversedsign.rel_op
            return sp.Rel(variable, -slope * (gap - slope * variable), sign)
    return condition


def _fits(text: str) -> bool:
    return width(text) < 28 and r"\frac" not in text


def _weight(text: str) -> float:
    """Simple terms first; whatever holds a bracket or a moment after plain symbols."""
    return width(text) + (20.0 if "[" in text or r"\left" in text else 0.0)


def _joined(left: str, right: str) -> str:
    if not left or not right:
        return left or right
    if right.startswith((r"\left", "(")) or left.isdigit():
        return f"{left} {right}"
    thin = right.startswith((r"\mathrm", r"\sqrt", r"\frac", r"\int"))
    thin |= left.endswith((")", "]")) or any(m in left for m in (r"\frac", r"\sqrt", r"\mathrm"))
    return left + (r"\," if thin else " ") + right
