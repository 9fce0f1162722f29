r"""Elimination: from the stationary averages to the smallest map, in closed form.

The conjugates are explicit functions of :math:`(V,\mathrm{SR},P)`, and the input channel returns
the three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from asymp.calculus.resolvent import ResolventFrame, close_average
from asymp.calculus.spectral_law import (
    EIGENVALUE,
    MarchenkoPastur,
    PointMass,
    SpectralAverage,
    coefficients,
)
from asymp.reductions.spectral_averages import compare_with_density, spectral_step
from asymp.reductions.statements import H0, H1, HAMILTONIAN, InputChannel, Letters
from asymp.reductions.stationarity import stationary
from asymp.reductions.step import CheckResult, Display, Licence, Step
from asymp.reductions.system import Definition, FixedPoint
from asymp.symbols import POSITIVE, letter

FRAME_LETTERS = {
    name: letter(name, POSITIVE)
    for name in ("x", "D", "s", "s_dual", "Delta", "J_02", "J_12", "J_22", "J_02_dual")
}


@dataclass(frozen=True)
class Reduced:
    """The eliminated system with everything that observables and phases are read from.

    Parameters
    ----------
    averages : mapping of str to sympy.Expr
        ``V, SR, P, m, q`` and ``norm`` as spectral averages with :data:`HAMILTONIAN` kept as a
        letter: the pretty form.
    system : FixedPoint
        The same in closed form with named intermediates: the numerical form.
    frame : ResolventFrame or None
        Names of the resolvent quantities; None where the spectrum is trivial.
    """

    source: InputChannel
    averages: Mapping[str, sp.Expr]
    system: FixedPoint
    frame: ResolventFrame | None

    def closed(self, name: str) -> sp.Expr:
        """Closed form of one of ``averages``."""
        return self.close(self.averages[name])

    def close(self, expression: sp.Expr) -> sp.Expr:
        """Spectral averages over :data:`HAMILTONIAN` in the named resolvent quantities."""
        return _close(expression, self.frame)

    @property
    def potential(self) -> sp.Expr:
        r"""The potential in :math:`(V,\mathrm{SR},P)` and conjugates, after eliminating m and q."""
        output, x = self.source.output, Letters
        robust = output.channels.model.robust
        floor = robust.symbol("target") + robust.symbol("noise") ** 2
        total = output.value + self.source.value.subs(x.m_hat, x.V_hat)
        total += x.V * x.q_hat / 2 - x.V_hat * (x.SR - floor) / 2
        return total - x.P * x.P_hat / 2 if robust.is_adversarial else total


def eliminate(source: InputChannel) -> tuple[Reduced, tuple[Step, ...]]:
    """Stationarity of the potential, then elimination down to the smallest map."""
    state, frame = _state(source), _frame(source)
    averages, stationarity_step = stationary(source, state)
    system = FixedPoint(
        state,
        _definitions(source, frame),
        tuple(_close(averages[str(x)], frame) for x in state),
        _start(source),
    )
    reduced = Reduced(source, averages, system, frame)
    spectral = () if frame is None else (spectral_step(frame),)
    return reduced, (stationarity_step, *spectral, _elimination_step(reduced))


def _state(source: InputChannel) -> tuple[sp.Symbol, ...]:
    adversarial = source.output.channels.model.robust.is_adversarial
    return (Letters.V, Letters.SR) + ((Letters.P,) if adversarial else ())


def _start(source: InputChannel) -> tuple[sp.Expr, ...]:
    """A point of the right scale: no estimator yet, and half the teacher's energy in P."""
    robust = source.output.channels.model.robust
    rho, tau = robust.symbol("target"), robust.symbol("noise")
    return (sp.Integer(1), rho + tau**2, rho / 2)[: len(_state(source))]


def _frame(source: InputChannel) -> ResolventFrame | None:
    law = source.output.channels.model.law
    _, linear = coefficients(source.hamiltonian)
    if linear == 0 or isinstance(law, PointMass):
        return None
    assert isinstance(law, MarchenkoPastur)
    return ResolventFrame(law.ratio, H0, H1, *FRAME_LETTERS.values())


def _close(expression: sp.Expr, frame: ResolventFrame | None) -> sp.Expr:
    """Replace averages by their closed forms in the named resolvent quantities."""
    resolvent = H0 if frame is None else H1 * EIGENVALUE + H0
    expression = expression.subs(HAMILTONIAN, resolvent)
    nodes = expression.atoms(SpectralAverage)
    return expression.xreplace({node: _tidy(close_average(node, frame)) for node in nodes})


def _tidy(closed: sp.Expr) -> sp.Expr:
    """Collect by resolvent quantity, each with a factored coefficient."""
    letters = [x for x in FRAME_LETTERS.values() if closed.has(x)]
    collected = sp.collect(sp.expand(closed), letters, evaluate=False)
    return sp.Add(*(sp.factor(coefficient) * part for part, coefficient in collected.items()))


def _definitions(source: InputChannel, frame: ResolventFrame | None) -> tuple[Definition, ...]:
    constant, linear = coefficients(source.hamiltonian)
    definitions = list(source.output.definitions)
    for name, value in source.output.conjugates.items():
        definitions.append(Definition(getattr(Letters, name), value, "conjugate"))
    definitions.append(Definition(H0, constant, "constant part of H"))
    if frame is not None:
        definitions.append(Definition(H1, linear, "linear part of H"))
        definitions += [Definition(*entry) for entry in frame.definitions]
    return tuple(definitions)


def _elimination_step(reduced: Reduced) -> Step:
    system = reduced.system
    hats = {Letters.q_hat, Letters.V_hat, Letters.P_hat}
    named = tuple(
        Display(d.symbol, d.expression)
        for d in system.definitions
        if d.symbol in hats or d.symbol in (H0, H1)
    )
    return Step(
        name="elimination",
        title="The fixed point",
        before=(
            Display(
                r"(\hat q,\hat V,\hat P)" if len(system.state) == 3 else r"(\hat q,\hat V)",
                "explicit functions of the state",
                r"\text{:}",
            ),
        ),
        after=(*named, *(Display(x, f) for x, f in zip(system.state, system.update, strict=True))),
        why="The conjugates are explicit in the state; substituting them leaves one equation for "
        "each coordinate of the state.",
        licence=Licence("substitution"),
        check=lambda: _check_elimination(reduced),
    )


def _check_elimination(reduced: Reduced) -> CheckResult:
    """The closed map against the averages computed by quadrature over the density."""
    return compare_with_density(reduced.averages, reduced.system, reduced.source.hamiltonian)
