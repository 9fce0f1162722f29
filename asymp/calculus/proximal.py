r"""Proximal sections of any convex loss: closed form where the loss is quadratic, a root elsewhere.

Convexity orders everything: the proximal point of the field :math:`\omega` runs through the
pieces of the loss from left to right and rests at each kink. On every section the envelope has
:math:`M'(\omega)=\ell'(u)`, :math:`M''=\ell''(u)/(1+V\ell''(u))` at the proximal point u.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import sympy as sp

from asymp.calculus.implicit_root import Root
from asymp.calculus.piecewise import Piece, PiecewisePolynomial
from asymp.errors import NotDerivable

POINT = sp.Symbol("u", real=True)
BEND = sp.Symbol("u_bend", real=True)
ODDS = sp.Symbol("o", positive=True)


@dataclass(frozen=True)
class Odds:
    r"""A proximal point between an end a and a wall b by its odds :math:`o=(u-a)/(b-u)`.

    At either end nothing cancels in what is written as a fraction of polynomials in the odds, and
    the slope, which has a pole at the wall, grows linearly in them.

    Parameters
    ----------
    end, wall : sympy.Expr
    root : sympy.Expr
        The odds as a root in :data:`ODDS`.
    """

    end: sp.Expr
    wall: sp.Expr
    root: sp.Expr

    @property
    def point(self) -> sp.Expr:
        """The proximal point in :data:`ODDS`."""
        return odds_point(self.end, self.wall)


def odds_point(end: sp.Expr, wall: sp.Expr) -> sp.Expr:
    """The point with given odds, as one fraction.

    Examples
    --------
    >>> odds_point(sp.Integer(0), sp.Symbol("b"))
    b*o/(o + 1)
    """
    return sp.factor((end + wall * ODDS) / (1 + ODDS))


@dataclass(frozen=True)
class Section:
    r"""Fields from ``low`` to ``high`` and what happens there.

    Parameters
    ----------
    low, high : sympy.Expr
        Ends in the field.
    point : sympy.Expr
        Proximal point.
    slope, curvature : sympy.Expr
        :math:`M'` and :math:`M''`.
    piece : sympy.Expr
        The loss on this piece, in ``variable``.
    variable : sympy.Symbol
    rests : bool
        Whether the proximal point rests at a kink.
    bends : tuple of sympy.Expr
        Fields near which the proximal point leaves an asymptote of the loss.
    odds : Odds, optional
        Where the piece has a wall at one end.
    """

    low: sp.Expr
    high: sp.Expr
    point: sp.Expr
    slope: sp.Expr
    curvature: sp.Expr
    piece: sp.Expr
    variable: sp.Symbol
    rests: bool = False
    bends: tuple[sp.Expr, ...] = ()
    odds: Odds | None = None

    def at(self, expression: sp.Expr) -> sp.Expr:
        """An expression in ``variable`` at the proximal point."""
        if self.odds is None:
            return expression.subs(self.variable, self.point)
        by_odds = sp.factor(expression.subs(self.variable, self.odds.point))
        return by_odds.subs(ODDS, self.odds.root)

    @property
    def loss(self) -> sp.Expr:
        """Loss at the proximal point."""
        return self.piece.subs(self.variable, self.point)

    def envelope(self, field: sp.Symbol, scale: sp.Expr) -> sp.Expr:
        """Envelope on the section."""
        return self.loss + (self.point - field) ** 2 / (2 * scale)

    def envelope_slope(self, symbol: sp.Symbol, field: sp.Symbol, scale: sp.Expr) -> sp.Expr:
        """Derivative of the envelope in a parameter of the loss, by the envelope theorem.

        A kink may move with the parameter, so that there the whole envelope is differentiated.
        """
        if self.rests:
            return self.envelope(field, scale).diff(symbol)
        return self.piece.diff(symbol).subs(self.variable, self.point)


def proximal_sections(
    loss: sp.Expr, variable: sp.Symbol, field: sp.Symbol, scale: sp.Expr
) -> tuple[Section, ...]:
    r"""Sections of :math:`\arg\min_u \ell(u)+(u-\omega)^2/(2V)` in the order of the field.

    Parameters
    ----------
    loss : sympy.Expr
        Convex; with kinks only at zeros of absolute values, maxima and conditions. It may be
        infinite beyond a condition: then the proximal point rests at the barrier.
    variable, field : sympy.Symbol
        Arguments of the loss and of the envelope.
    scale : sympy.Expr
        :math:`V>0`.

    Raises
    ------
    NotDerivable
        If the break points cannot be ordered, or the loss is not convex.

    Examples
    --------
    >>> k, w = sp.symbols("k omega", real=True)
    >>> V = sp.Symbol("V", positive=True)
    >>> [str(s.point) for s in proximal_sections(sp.Max(0, 1 - k), k, w, V)]
    ['V + omega', '1', 'omega']
    """
    pieces = PiecewisePolynomial.of(loss, variable, polynomial=False).pieces
    found: list[Section] = []
    for index, piece in enumerate(pieces):
        slope = _slope(piece, variable)
        if index:
            before = pieces[index - 1]
            sides = (_slope(before, variable), slope)
            value = before.value if piece.value is sp.oo else piece.value
            found += _rest(replace(piece, value=value), *sides, variable, field, scale)
        if piece.value is not sp.oo:
            parts = _between_walls(piece, slope, variable)
            found += [_moving(part, slope, variable, field, scale) for part in parts]
    return tuple(found)


def _walls(piece: Piece, slope: sp.Expr, variable: sp.Symbol) -> list[sp.Expr]:
    """Finite ends at which the slope has a pole."""
    ends = [sp.sympify(e) for e in (piece.low, piece.high)]
    return [e for e in ends if e.is_finite and _at(slope, variable, e).is_infinite]


def _between_walls(piece: Piece, slope: sp.Expr, variable: sp.Symbol) -> tuple[Piece, ...]:
    """Halves of a piece between two walls, so that each has one."""
    if len(_walls(piece, slope, variable)) < 2:
        return (piece,)
    middle = sp.simplify((piece.low + piece.high) / 2)
    return replace(piece, high=middle), replace(piece, low=middle)


def _slope(piece: Piece, variable: sp.Symbol) -> sp.Expr:
    """Slope on a piece; a barrier is infinitely steep."""
    if piece.value is sp.oo:
        return -sp.oo if piece.low is -sp.oo else sp.oo
    return piece.value.diff(variable)


def _moving(
    piece: Piece, slope: sp.Expr, variable: sp.Symbol, field: sp.Symbol, scale: sp.Expr
) -> Section:
    curvature = slope.diff(variable)
    _require_convex(piece, curvature, variable)
    low, high = (
        end if end.is_infinite else sp.expand(end + scale * _at(slope, variable, end))
        for end in (piece.low, piece.high)
    )
    walls = _walls(piece, slope, variable)
    if walls and not (sp.sympify(piece.low).is_infinite or sp.sympify(piece.high).is_infinite):
        return _by_odds(piece, (low, high), slope, walls[0], variable, field, scale)
    if curvature.has(variable):
        equation = _without_poles(variable - field + scale * slope, slope, piece, variable)
        equation = equation.subs(variable, POINT)
        start = sp.Min(sp.Max(field, piece.low), piece.high)
        point: sp.Expr = Root(equation, POINT, start, piece.low, piece.high)
        local = slope.subs(variable, point)
    else:
        point = sp.expand((field - scale * slope.subs(variable, 0)) / (1 + scale * curvature))
        point = sp.factor(point) if curvature != 0 else point
        local = sp.factor(slope.subs(variable, point))
    bent = curvature.subs(variable, point)
    curved = bent / (1 + scale * bent)
    bends = _bends(slope, variable, scale) if curvature.has(variable) else ()
    return Section(low, high, point, local, curved, piece.value, variable, bends=bends)


def _by_odds(
    piece: Piece,
    fields: tuple[sp.Expr, sp.Expr],
    slope: sp.Expr,
    wall: sp.Expr,
    variable: sp.Symbol,
    field: sp.Symbol,
    scale: sp.Expr,
) -> Section:
    """The section of a piece between an end and a wall."""
    end = piece.low if wall == piece.high else piece.high
    point = odds_point(end, wall)
    equation = point - field + scale * sp.factor(slope.subs(variable, point))
    equation = equation if wall == piece.high else -equation
    # From zero on the iterates of Newton's method rise: with the odds the equation grows ever
    # more slowly while the point moves, and then linearly.
    odds = Odds(end, wall, Root(equation, ODDS, 0, 0, sp.oo))
    section = Section(
        *fields, point.subs(ODDS, odds.root), sp.S.Zero, sp.S.Zero, piece.value, variable, odds=odds
    )
    bent = sp.factor(slope.diff(variable).subs(variable, point))
    top, bottom = sp.fraction(bent)
    curved = (top / (bottom + scale * top)).subs(ODDS, odds.root)
    return replace(section, slope=section.at(slope), curvature=curved)


def _without_poles(equation: sp.Expr, slope: sp.Expr, piece: Piece, variable: sp.Symbol) -> sp.Expr:
    """The equation of a piece between walls, times what is positive inside and zero there."""
    ends = [e for e in (piece.low, piece.high) if e.is_finite]
    if not any(_at(slope, variable, e).is_infinite for e in ends):
        return equation
    numerator, denominator = sp.fraction(sp.together(equation))
    half = dict.fromkeys(denominator.free_symbols - {variable}, sp.Rational(1, 2))
    middle = sp.Add(*(e for e in ends)) / len(ends)
    positive = denominator.subs(variable, middle).subs(half) > 0
    return sp.expand(numerator if positive else -numerator)


def _bends(slope: sp.Expr, variable: sp.Symbol, scale: sp.Expr) -> tuple[sp.Expr, ...]:
    r"""Fields where the proximal point leaves an asymptote: there :math:`V\ell''(u)=1`.

    Towards an end at which the slope is bounded the curvature falls to zero; the two are only
    cuts of a quadrature, so that the search begins at u = 0 whatever the loss.
    """
    curvature, found = slope.diff(variable).subs(variable, BEND), []
    for sign in (-1, 1):
        if not slope.subs(variable, sign * sp.oo).is_finite:
            continue
        ends = (0, sp.oo) if sign > 0 else (-sp.oo, 0)
        bend = Root(sign * (1 / scale - curvature), BEND, 0, *ends)
        found.append(bend + scale * slope.subs(variable, bend))
    return tuple(found)


def _rest(
    piece: Piece,
    before: sp.Expr,
    after: sp.Expr,
    variable: sp.Symbol,
    field: sp.Symbol,
    scale: sp.Expr,
) -> list[Section]:
    kink = sp.sympify(piece.low)
    left, right = (_at(slope, variable, kink) for slope in (before, after))
    if left.is_infinite and right.is_infinite:  # a barrier that is approached, never reached
        return []
    jump = sp.simplify(right - left)
    if jump.is_zero:
        return []
    if not (jump.is_extended_positive or jump.is_nonnegative):
        raise NotDerivable(
            f"the slope of {piece.value} changes by {jump} at {kink}: the loss must be convex"
        )
    low, high = (sp.expand(kink + scale * slope) for slope in (left, right))
    slope = (field - kink) / scale
    return [Section(low, high, kink, slope, 1 / scale, piece.value, variable, rests=True)]


def _at(slope: sp.Expr, variable: sp.Symbol, end: sp.Expr) -> sp.Expr:
    """Slope at an end; a pole there is the wall of a convex function, on the side of its sign."""
    value = sp.simplify(slope.subs(variable, end))
    if value is sp.zoo:
        return sp.oo if sp.sympify(end).is_positive else -sp.oo
    return value


def _require_convex(piece: Piece, curvature: sp.Expr, variable: sp.Symbol) -> None:
    """Refuse a piece that bends downwards at one of a few points, parameters being one half.

    A pole hides between points of positive curvature, and shows in the chords between them.
    """
    names = set().union(*(e.free_symbols for e in (piece.value, piece.low, piece.high)))
    half = dict.fromkeys(names - {variable}, sp.Rational(1, 2))
    low, high = (sp.N(end.subs(half)) for end in (piece.low, piece.high))
    inside = [x for x in (-7.3, -2.1, -0.6, 0.4, 1.7, 5.9) if low < x < high]
    for x in inside:
        bent = sp.N(curvature.subs(half).subs(variable, x))
        if not bent.is_extended_real:
            raise NotDerivable(f"{piece.value} is not a real number at {variable} = {x}")
        if bent < -1e-12:
            raise NotDerivable(
                f"{piece.value} is concave at {variable} = {x}: the lemma needs a convex function"
            )
    value = piece.value.subs(half)
    for a, b in combinations(inside, 2):
        left, middle, right = (sp.N(value.subs(variable, x)) for x in (a, (a + b) / 2, b))
        if not middle.is_extended_real or middle > (left + right) / 2 + 1e-12 * abs(left + right):
            raise NotDerivable(
                f"{piece.value} lies above its chord from {variable} = {a} to {b}: the lemma needs "
                "a convex function"
            )
