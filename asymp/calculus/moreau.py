r"""Moreau envelope and proximal operator of a convex piecewise-quadratic function, in closed form.

.. math:: M_\ell(\omega; V) = \min_r\ \ell(r) + \frac{(r-\omega)^2}{2V}.

Convexity orders everything: the proximal operator runs through the pieces of the loss from left
to right and rests at each kink while :math:`\omega` crosses an interval of length V times the
jump of the slope.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from asymp.calculus.piecewise import Piece, PiecewisePolynomial
from asymp.errors import NotDerivable


@dataclass(frozen=True)
class Moreau:
    """Proximal operator and envelope of a loss as piecewise polynomials of the field.

    Parameters
    ----------
    loss : PiecewisePolynomial
        Convex, of degree at most two on each piece.
    field : sympy.Symbol
        The argument of the envelope.
    scale : sympy.Symbol
        The proximal scale V > 0.
    proximal, envelope, loss_at_proximal : PiecewisePolynomial
        In ``field``; the last is each residual's share of the training loss.
    """

    loss: PiecewisePolynomial
    field: sp.Symbol
    scale: sp.Symbol
    proximal: PiecewisePolynomial
    envelope: PiecewisePolynomial
    loss_at_proximal: PiecewisePolynomial

    @classmethod
    def of(cls, loss: PiecewisePolynomial, field: sp.Symbol, scale: sp.Symbol) -> Moreau:
        r"""Closed form of the envelope.

        Raises
        ------
        NotDerivable
            If a piece is of higher degree than two, or the loss is not convex.

        Examples
        --------
        >>> r, w = sp.symbols("r w", real=True)
        >>> V = sp.Symbol("V", positive=True)
        >>> soft = Moreau.of(PiecewisePolynomial.of(sp.Abs(r), r), w, V).proximal
        >>> [(str(p.low), str(p.high), str(p.value)) for p in soft.pieces]
        [('-oo', '-V', 'V + w'), ('-V', 'V', '0'), ('V', 'oo', '-V + w')]
        """
        sections = _sections(loss, field, scale)
        r = loss.variable
        points, losses, values = [], [], []
        for section in sections:
            at_point = sp.factor(section.loss.subs(r, section.point))
            value = sp.factor(at_point + (section.point - field) ** 2 / (2 * scale))
            points.append(Piece(section.low, section.high, section.point))
            losses.append(Piece(section.low, section.high, at_point))
            values.append(Piece(section.low, section.high, value))
        point, at_prox, envelope = (
            PiecewisePolynomial(field, tuple(pieces)) for pieces in (points, losses, values)
        )
        return cls(loss, field, scale, point, envelope, at_prox)


@dataclass(frozen=True)
class _Section:
    """Fields from low to high are sent to ``point``, where the loss is the polynomial ``loss``."""

    low: sp.Expr
    high: sp.Expr
    point: sp.Expr
    loss: sp.Expr


def _sections(loss: PiecewisePolynomial, field: sp.Symbol, scale: sp.Symbol) -> list[_Section]:
    r = loss.variable
    sections: list[_Section] = []
    for index, piece in enumerate(loss.pieces):
        slope = _convex_slope(piece, r)
        if index:
            before = loss.pieces[index - 1].value.diff(r)
            rest = _rest_at_kink(piece, before, slope, r, scale)
            sections += [rest] if rest else []
        curvature, offset = slope.diff(r), slope.subs(r, 0)
        root = (field - scale * offset) / (1 + scale * curvature)
        low, high = (_reached(end, slope, r, scale) for end in (piece.low, piece.high))
        sections.append(_Section(low, high, sp.expand(root), piece.value))
    return sections


def _convex_slope(piece: Piece, r: sp.Symbol) -> sp.Expr:
    degree = sp.degree(piece.value, r) if piece.value.has(r) else 0
    if degree > 2:
        raise NotDerivable(
            f"the loss is {piece.value} on a piece: of degree {degree} in {r}; only "
            "piecewise-quadratic losses have their proximal operator in closed form here"
        )
    if (piece.value.diff(r, 2)).is_negative:
        raise NotDerivable(
            f"the loss is concave on a piece ({piece.value}); the lemma needs convexity"
        )
    return piece.value.diff(r)


def _rest_at_kink(
    piece: Piece, before: sp.Expr, after: sp.Expr, r: sp.Symbol, scale: sp.Symbol
) -> _Section | None:
    kink = piece.low
    left, right = (sp.simplify(s.subs(r, kink)) for s in (before, after))
    jump = sp.simplify(right - left)
    if jump.is_zero:
        return None
    if not (jump.is_positive or jump.is_nonnegative):
        raise NotDerivable(f"the slope of the loss changes by {jump} at {kink}; it is not convex")
    low, high = (sp.expand(kink + scale * s) for s in (left, right))
    return _Section(low, high, sp.sympify(kink), piece.value)


def _reached(end: sp.Expr, slope: sp.Expr, r: sp.Symbol, scale: sp.Symbol) -> sp.Expr:
    return end if end.is_infinite else sp.factor(end + scale * slope.subs(r, end))
