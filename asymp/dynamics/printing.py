"""LaTeX of the letters of the patch model."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter

_FORMS = {
    "u": "u_{{{0}}}",
    "v": "v_{{{0}{1}{2}}}",
    "g": r"\langle w_{{{0}}},X_{{{1}}}[{2}]\rangle",
    "y": "y_{{{0}}}",
    "a": "a_{{{0}}}",
    "E": r"\lVert X_{{{0}}}[{1}]\rVert^{{2}}",
    "K": r"\langle X_{{{0}}}[{1}],X_{{{2}}}[{3}]\rangle",
    "M": "M_{{{0}}}",
    "M_adv": r"M_{{{0}}}^{{\mathrm{{adv}}}}",
}
_CALLS = {"Activated": r"\sigma", "Slope": r"\sigma'", "Penalised": r"\ell", "Response": r"\psi"}


class PatchPrinter(LatexPrinter):
    """Printer that writes inner products as such."""

    def _print_Indexed(self, expr: Any, exp: str | None = None) -> str:
        form = _FORMS[str(expr.base)]
        text = form.format(*(self._print(index) for index in expr.indices))
        if exp is None:
            return text
        bare = text.startswith(("u", "v", "y", "a"))
        return f"{text}^{{{exp}}}" if bare else rf"\left({text}\right)^{{{exp}}}"

    def _print_Pow(self, expr: Any) -> str:
        if isinstance(expr.base, sp.Indexed) and expr.exp.is_integer and expr.exp.is_positive:
            return self._print_Indexed(expr.base, self._print(expr.exp))
        return str(super()._print_Pow(expr))

    def _print_Mul(self, expr: Any) -> str:
        """Numbers and parameters as one fraction in front, then weights, then sums and brackets."""
        above, below, rest = [], [], []
        for factor in sp.Mul.make_args(expr):
            base, power = factor.as_base_exp()
            if power.is_negative and (base.is_Symbol or base.is_Integer):
                below.append(1 / factor)
            elif factor.is_Rational or base.is_Symbol:
                above.append(factor)
            else:
                rest.append(factor)
        # Brackets in a denominator need a fraction of everything.
        tall = any(f.as_base_exp()[1].is_negative for f in rest)
        if tall or not (rest and (above or below)):
            return str(super()._print_Mul(expr))
        rest.sort(key=lambda f: (f.has(sp.Sum), f.is_Add, not f.has(sp.Indexed)))
        head = self._quotient(sp.Mul(*above), sp.Mul(*below))
        return " ".join(
            [head.strip(), *(self._factor(f, last=f is rest[-1]) for f in rest)]
        ).strip()

    def _print_Add(self, expr: Any, order: Any = None) -> str:
        """Numbers, then letters, then products; what is subtracted comes last in its group."""
        terms = sorted(
            sp.Add.make_args(expr),
            key=lambda t: (
                not t.is_number, t.could_extract_minus_sign(), not (t.is_Symbol or t.is_Indexed)
            ),
        )  # fmt: skip
        texts = [str(self._print(term)) for term in terms]
        joined = [t if t.startswith("-") else f"+ {t}" for t in texts[1:]]
        return " ".join([texts[0], *joined])

    def _quotient(self, above: Any, below: Any) -> str:
        if above.could_extract_minus_sign():
            return f"- {self._quotient(-above, below)}"
        if below != 1:
            return rf"\frac{{{super().doprint(above)}}}{{{super().doprint(below)}}}"
        return "" if above == 1 else str(super().doprint(above))

    def _factor(self, factor: Any, *, last: bool) -> str:
        bare = self._print(factor)
        if factor.is_Add or (isinstance(factor, sp.Sum) and not last):
            return rf"\left({bare}\right)"
        return str(bare)

    def _call(self, expr: Any, exp: str | None = None) -> str:
        head = _CALLS[type(expr).__name__]
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"{head}{power}\left({self._print(expr.args[0])}\right)"

    _print_Activated = _print_Slope = _print_Penalised = _print_Response = _call


def latex(expression: Any) -> str:
    r"""LaTeX of an expression of the model.

    Examples
    --------
    >>> from asymp.dynamics.letters import ENERGY, PATCH, SAMPLE
    >>> latex(ENERGY[SAMPLE, PATCH])
    '\\lVert X_{i}[j]\\rVert^{2}'
    """
    if isinstance(expression, str):
        return expression
    return str(PatchPrinter({"order": "none"}).doprint(expression))
