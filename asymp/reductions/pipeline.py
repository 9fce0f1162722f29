"""The derivation: the rules in order, each step kept.

A regression with Gaussian noise, a piecewise-quadratic loss and a quadratic penalty has both
channels in closed form and one scalar, the risk, in place of two: that map is free of
cancellation at every corner. All else takes the general channels.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from asymp.calculus.piecewise import PiecewisePolynomial
from asymp.errors import NotDerivable
from asymp.problem.adversary import L2Input
from asymp.problem.losses import RESIDUAL
from asymp.problem.noise import GaussianNoise
from asymp.problem.penalty import Ridge
from asymp.problem.statement import ProblemStatement
from asymp.reductions.adversary import absorb_adversary
from asymp.reductions.elimination import Reduced, eliminate
from asymp.reductions.gaussian_equivalence import equivalent_model
from asymp.reductions.general.derivation import derive_general
from asymp.reductions.input_channel import minimise_modes
from asymp.reductions.interpolation import ridgeless
from asymp.reductions.null_phase import null_phase
from asymp.reductions.observable import Observable
from asymp.reductions.observables import evaluate_in_branch, observables
from asymp.reductions.observing import EXTRA, observed
from asymp.reductions.outcome import Derivation
from asymp.reductions.output_channel import close_output
from asymp.reductions.recovery import recovery
from asymp.reductions.robust_recovery import robust_recovery
from asymp.reductions.statements import Letters
from asymp.reductions.system import Branch, Definition, needed
from asymp.reductions.two_channels import two_channels


def derive(problem: ProblemStatement) -> Derivation:
    """Run the reductions on a stated problem.

    Raises
    ------
    NotDerivable
        If a hypothesis of a rule fails; the message names it.
    """
    return derive_closed(problem) if has_closed_channels(problem) else derive_general(problem)


def has_closed_channels(problem: ProblemStatement) -> bool:
    """Whether both channels are closed in the risk alone."""
    plain = isinstance(problem.noise, GaussianNoise) and isinstance(problem.penalty, Ridge)
    alone = problem.adversary is None or isinstance(problem.adversary, L2Input)
    if not (plain and alone) or problem.intercept or problem.ambiguity is not None:
        return False
    try:
        pieces = PiecewisePolynomial.of(problem.loss.expression, RESIDUAL).pieces
    except NotDerivable:
        return False
    return all(sp.degree(p.value, RESIDUAL) <= 2 for p in pieces if p.value.has(RESIDUAL))


def derive_closed(problem: ProblemStatement) -> Derivation:
    """Derive a problem with closed channels."""
    robust, adversary_step = absorb_adversary(problem)
    model, equivalence_step = equivalent_model(robust)
    channels, lemma_step = two_channels(model)
    output, output_steps = close_output(channels)
    source, input_step = minimise_modes(output)
    reduced, reduction_steps = eliminate(source)
    phases = (
        recovery(reduced),
        null_phase(reduced),
        robust_recovery(reduced),
        ridgeless(reduced),
    )
    asked = observed(model)
    steps = (
        *([adversary_step] if adversary_step else []),
        equivalence_step,
        lemma_step,
        *output_steps,
        input_step,
        *reduction_steps,
        *(phase[1] for phase in phases if phase),
        *(reading.step for reading in asked),
    )
    special: list[Branch] = []
    for phase in phases:
        if phase:
            special += phase[0] if isinstance(phase[0], tuple) else (phase[0],)
    items = (*observables(reduced), *(o for reading in asked for o in reading.observables))
    own = tuple(d for reading in asked for d in reading.definitions)
    branches = tuple(_finished(b, reduced, items, own) for b in (*special, _generic(reduced)))
    return Derivation(
        problem, model, reduced.potential, reduced.system, reduced.averages, steps, branches, items,
        output,
    )  # fmt: skip


def _generic(reduced: Reduced) -> Branch:
    x, output = Letters, reduced.source.output
    values = {str(s): s for s in (*reduced.system.state, x.V_hat, x.q_hat)}
    if x.P in reduced.system.state:
        values["P_hat"] = x.P_hat
    values |= {
        n: reduced.closed(n)
        for n in ("m", "q", "norm", "P", *EXTRA.values())
        if n in reduced.averages and n not in values
    }
    values |= {"training_loss": output.training_loss, "atom": output.atom}
    return Branch("generic", sp.true, (), reduced.system, values)


def _finished(
    branch: Branch, reduced: Reduced, items: tuple[Observable, ...], own: tuple[Definition, ...]
) -> Branch:
    """Replace the working names of a branch's values by order parameters and observables."""
    names = ["V", "SR", "P", "m", "q", "V_hat", "q_hat", "P_hat"]
    if Letters.P not in reduced.system.state:
        names = [n for n in names if not n.startswith("P")]
    letters, found = evaluate_in_branch(items, branch.values, own)
    defined = {d.symbol for d in letters}
    values = {
        name: getattr(Letters, name) if getattr(Letters, name) in defined else branch.values[name]
        for name in names
    }
    answers = {**values, **found}
    definitions = needed((*branch.definitions, *letters), answers.values())
    # A status speaks of the observables: a posterior without ridge is infinitely wide, say.
    status = "infinite" if sp.oo in found.values() else branch.status
    return replace(branch, values=answers, definitions=definitions, status=status)
