r"""What the output channel of a derived theorem says of one point.

The loss's argument (residual or margin) of a **new** point is the field :math:`\omega` itself; that
of a **training** point is its proximal point :math:`u(\omega)`, of the same field. Both channels of
the engine, the closed and the general one, are read as stretches of the field, on each of which
argument and loss are smooth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from asymp.calculus.moreau import Moreau
from asymp.calculus.piecewise import PiecewisePolynomial
from asymp.calculus.proximal import Section
from asymp.errors import InvalidParameter, NotDerivable
from asymp.problem.losses import RESIDUAL
from asymp.reductions.general.ambiguity import WALL
from asymp.reductions.general.fields import ONE, ZERO, Field
from asymp.reductions.general.output import GeneralOutput
from asymp.reductions.statements import BUDGET, FIELD, Letters, OutputChannel
from asymp.reductions.system import Definition, needed

TINY = sp.Float(1e-200)


@dataclass(frozen=True)
class Stretch:
    """Fields up to ``high`` (from where the stretch before ends) and what happens there.

    Parameters
    ----------
    high : sympy.Expr
        Upper end in the field.
    argument, loss : sympy.Expr
        Residual or margin, and its loss, in :data:`FIELD`.
    slope : sympy.Expr
        Of the sign of the loss's derivative in its argument; zero at a kink.
    bends : tuple of sympy.Expr
        Fields near which the two change on a small scale.
    """

    high: sp.Expr
    argument: sp.Expr
    loss: sp.Expr
    slope: sp.Expr
    bends: tuple[sp.Expr, ...] = ()


@dataclass(frozen=True)
class Channel:
    """One point of the sample, or a new one.

    Parameters
    ----------
    fields : tuple of Field
        Components of the field's law.
    stretches : tuple of Stretch
        In the order of the field.
    definitions : tuple of Definition
        The budget and other letters that the stretches use.
    argument : str
        ``"residual"`` or ``"margin"``.
    collapsed : Stretch or None
        What holds where the worst law's wall is at zero: every residual is zero.
    """

    fields: tuple[Field, ...]
    stretches: tuple[Stretch, ...]
    definitions: tuple[Definition, ...]
    argument: str
    collapsed: Stretch | None = None

    @property
    def cuts(self) -> tuple[sp.Expr, ...]:
        """Fields at which a quadrature is cut: ends, bends, and where a tilt or a mean lies."""
        ends = [s.high for s in self.stretches[:-1]]
        bends = [b for s in self.stretches for b in s.bends]
        near = [BUDGET + b for b in bends] if self.argument == "margin" and self._attacked else []
        centres = [f.mean for f in self.fields]
        return tuple(dict.fromkeys([*ends, *bends, *near, ZERO, *centres]))

    @property
    def _attacked(self) -> bool:
        return any(d.symbol == BUDGET for d in self.definitions)


def channel_of(theorem: Any, sample: str) -> Channel:
    """Read a theorem's output channel.

    Parameters
    ----------
    theorem : TheoremData
    sample : {"train", "test"}

    Raises
    ------
    InvalidParameter
        For another sample.
    NotDerivable
        For a stated theorem, which has no output channel, or a loss that is infinite on new points.
    """
    if sample not in ("train", "test"):
        raise InvalidParameter(
            f'sample = {sample!r} is unknown: choose "train" (the training points) or "test" (new '
            "ones)"
        )
    output = getattr(theorem, "output", None)
    if output is None:
        raise NotDerivable(
            f"{theorem.id} is a stated theorem: its equations are given, and nothing says what one "
            "sample sees; derive it from a problem (asymp.Problem(...).derive())"
        )
    if isinstance(output, GeneralOutput):
        return _trained(output) if sample == "train" else _fresh(output, theorem)
    return _trained_closed(output) if sample == "train" else _fresh_closed(output)


def _trained(output: GeneralOutput) -> Channel:
    ambiguity = output.ambiguity
    loss_at = ambiguity.plain if ambiguity is not None else _loss
    stretches = tuple(
        Stretch(s.high, s.point, loss_at(s), ZERO if s.rests else s.slope, s.bends)
        for s in output.sections
    )
    collapsed = None
    if ambiguity is not None:
        collapsed = Stretch(sp.oo, ZERO, ambiguity.loss.subs(RESIDUAL, ZERO), ZERO)
    return _channel(output.fields, stretches, output.definitions, output.is_margin, collapsed)


def _loss(section: Section) -> sp.Expr:
    return section.loss


def _fresh(output: GeneralOutput, theorem: Any) -> Channel:
    loss = output.ambiguity.loss if output.ambiguity is not None else output.loss
    pieces = PiecewisePolynomial.of(loss, output.argument, polynomial=False)
    if any(p.value is sp.oo for p in pieces.pieces):
        raise NotDerivable(
            f"the loss of {theorem.id} is infinite beyond a barrier, which new points cross: their "
            'loss has no law; sample="train" has one'
        )
    total = sp.Add(*(s.test_radius * s.size for s in output.seminorms))
    return _channel(
        output.fields, _on_new_points(pieces), _budget(output.definitions, total), output.is_margin
    )


def _trained_closed(output: OutputChannel) -> Channel:
    moreau: Moreau = output.moreau
    stretches = tuple(
        Stretch(point.high, point.value, loss.value, loss.value.diff(FIELD))
        for point, loss in zip(moreau.proximal.pieces, moreau.loss_at_proximal.pieces, strict=True)
    )
    return _channel(_centred(), stretches, output.definitions)


def _fresh_closed(output: OutputChannel) -> Channel:
    robust, definitions = output.channels.model.robust, output.definitions
    if robust.is_adversarial:
        radius = robust.symbol("adversary", 1)
        definitions = _budget(definitions, radius * sp.sqrt(Letters.P))
    return _channel(_centred(), _on_new_points(output.moreau.loss), definitions)


def _centred() -> tuple[Field, ...]:
    """The closed channel's field: the residual of a new point, whose variance is the risk."""
    return (Field(ONE, ZERO, Letters.SR),)


def _on_new_points(loss: PiecewisePolynomial) -> tuple[Stretch, ...]:
    """The loss at the field itself."""
    at = {loss.variable: FIELD}
    return tuple(
        Stretch(p.high, FIELD, p.value.subs(at), p.value.diff(loss.variable).subs(at))
        for p in loss.pieces
    )


def _budget(definitions: tuple[Definition, ...], total: sp.Expr) -> tuple[Definition, ...]:
    """The budget at test time in place of that of training."""
    return tuple(
        Definition(BUDGET, total, d.meaning) if d.symbol == BUDGET else d for d in definitions
    )


def _channel(
    fields: tuple[Field, ...],
    stretches: tuple[Stretch, ...],
    definitions: tuple[Definition, ...],
    is_margin: bool = False,
    collapsed: Stretch | None = None,
) -> Channel:
    used = [e for s in stretches for e in (s.high, s.argument, s.loss, s.slope, *s.bends)]
    used += [e for f in fields for e in (f.weight, f.mean, f.variance)]
    kept = needed(definitions, [sp.sympify(e) for e in used])
    return Channel(fields, stretches, kept, "margin" if is_margin else "residual", collapsed)


def wall_is_closed() -> sp.Basic:
    """Condition of :attr:`Channel.collapsed`; the letter is positive, its value there zero."""
    return WALL < TINY
