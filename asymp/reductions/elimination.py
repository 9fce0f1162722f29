r"""Elimination: from the stationary averages to the smallest map, in closed form.

The conjugates are explicit functions of :math:`(V,\mathrm{SR},P)`, and the input channel returns
the three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from asymp.calculus.frames import Frame
from asymp.calculus.resolvent import ResolventFrame
from asymp.calculus.sample_frame import SampleFrame
from asymp.reductions.sample_averages import sample_step
from asymp.reductions.spectral_averages import compare_with_density, spectral_step
from asymp.reductions.spectral_closing import close_spectral, spectral_definitions, spectral_frame
from asymp.reductions.statements import H0, H1, InputChannel, Letters
from asymp.reductions.stationarity import stationary
from asymp.reductions.step import CheckResult, Display, Licence, Step
from asymp.reductions.system import Definition, FixedPoint


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
    frame : Frame
        Letters and names in which spectral averages are written.
    """

    source: InputChannel
    averages: Mapping[str, sp.Expr]
    system: FixedPoint
    frame: Frame

    def closed(self, name: str) -> sp.Expr:
        """Closed form of one of ``averages``."""
        return self.close(self.averages[name])

    def close(self, expression: sp.Expr) -> sp.Expr:
        """Spectral averages over the Hamiltonian in the frame's quantities."""
        return close_spectral(expression, self.frame)

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
    state = _state(source)
    frame = spectral_frame(source.output.channels.model, source.hamiltonian)
    averages, stationarity_step = stationary(source, state)
    system = FixedPoint(
        state,
        _definitions(source, frame),
        tuple(close_spectral(averages[str(x)], frame) for x in state),
        _start(source),
    )
    reduced = Reduced(source, averages, system, frame)
    return reduced, (stationarity_step, *_spectral(frame), _elimination_step(reduced))


def _spectral(frame: Frame) -> tuple[Step, ...]:
    """The step that derives the frame's quantities, where it has any."""
    if isinstance(frame, SampleFrame):
        return (sample_step(frame),)
    return (spectral_step(frame),) if isinstance(frame, ResolventFrame) else ()


def _state(source: InputChannel) -> tuple[sp.Symbol, ...]:
    adversarial = source.output.channels.model.robust.is_adversarial
    return (Letters.V, Letters.SR) + ((Letters.P,) if adversarial else ())


def _start(source: InputChannel) -> tuple[sp.Expr, ...]:
    """A point of the right scale: no estimator yet, and half the teacher's energy in P."""
    robust = source.output.channels.model.robust
    rho, tau = robust.symbol("target"), robust.symbol("noise")
    energy = rho if rho.is_positive else rho + tau**2
    return (sp.Integer(1), rho + tau**2, energy / 2)[: len(_state(source))]


def _definitions(source: InputChannel, frame: Frame) -> tuple[Definition, ...]:
    conjugates = tuple(
        Definition(getattr(Letters, name), value, "conjugate")
        for name, value in source.output.conjugates.items()
    )
    return (
        *source.output.definitions,
        *conjugates,
        *spectral_definitions(frame, source.hamiltonian),
    )


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
    source = reduced.source
    given = source.output.channels.model.robust.problem.parameters.values()
    return compare_with_density(reduced.averages, reduced.system, source.hamiltonian, given)
