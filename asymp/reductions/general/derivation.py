"""The general derivation: channels, map, phases and steps of one problem."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from asymp.errors import NotDerivable
from asymp.problem.designs import GaussianDesign
from asymp.problem.statement import ProblemStatement
from asymp.reductions.gaussian_equivalence import equivalent_model
from asymp.reductions.general.ambiguity import LEAST_WEIGHT, WEIGHT_SCALE
from asymp.reductions.general.assembly import Assembled, assemble
from asymp.reductions.general.existence import existence, heavy_tails
from asymp.reductions.general.hard_margin import hard_margin
from asymp.reductions.general.l1_transition import l1_transition
from asymp.reductions.general.letters import M_POSITIVE, E
from asymp.reductions.general.null import null_phase
from asymp.reductions.general.null_several import null_phase_of_several
from asymp.reductions.general.observables import general_observables
from asymp.reductions.general.output import general_output
from asymp.reductions.general.quadrature_error import NAME, estimate
from asymp.reductions.general.steps import general_steps
from asymp.reductions.general.worst_law_interpolation import interpolation_under_worst_law
from asymp.reductions.observable import Observable
from asymp.reductions.outcome import Derivation
from asymp.reductions.statements import GaussianModel, Letters, RobustProblem
from asymp.reductions.system import Branch


def derive_general(problem: ProblemStatement) -> Derivation:
    """Derive the limit of a problem whose channels need roots, panels or more order parameters.

    Raises
    ------
    NotDerivable
        If a hypothesis of the lemma fails; the message names it.
    """
    if problem.observe:
        raise NotDerivable(
            f"observe={problem.observe!r}: observations are derived for regressions with Gaussian "
            "noise, a piecewise-quadratic loss, a ridge and at most an l2 input adversary"
        )
    if getattr(problem.target, "may_vanish", False):
        raise NotDerivable(
            f"target={problem.target!r}: labels without a teacher are derived for regressions with "
            "Gaussian noise, a piecewise-quadratic loss and a ridge; leave out may_vanish"
        )
    model, equivalence = equivalent_model(RobustProblem(problem, problem.loss.expression))
    model = _with_class_mean(model)
    found = assemble(general_output(model))
    items = general_observables(found)
    special = existence(found)
    transition = l1_transition(found, items)
    generic = transition.started(_generic(found, items))
    several = len(found.output.seminorms) > 1
    null, null_steps = (null_phase_of_several if several else null_phase)(found, generic, items)
    undefined = (_undefined(b, generic) for b in special)
    margin = hard_margin(found, lambda hard: _generic(hard, general_observables(hard)))
    limit = (margin.branch,) if margin else ()
    tails = (_undefined(b, generic) for b in heavy_tails(found))
    limits = (_with_error(b, generic) for b in (*limit, *transition.branches))
    exact, exact_steps = interpolation_under_worst_law(found, generic, items)
    branches = (*tails, *null, *undefined, *limits, *exact, generic)
    steps = (*general_steps(found, equivalence, special), *null_steps, *transition.steps)
    steps += exact_steps
    steps += (margin.step,) if margin else ()
    return Derivation(
        problem, model, found.potential, found.system, found.displays, steps, branches, items,
        found.output,
    )  # fmt: skip


def _with_class_mean(model: GaussianModel) -> GaussianModel:
    r"""In a mixture the signal is the class mean itself, not :math:`\Sigma\beta`."""
    problem = model.robust.problem
    if problem.is_mixture and isinstance(problem.features, GaussianDesign):
        return replace(model, alignment=sp.Integer(1))
    return model


def _generic(found: Assembled, items: tuple[Observable, ...]) -> Branch:
    x = Letters
    values: dict[str, sp.Expr] = {str(s): s for s in found.state}
    if found.output.is_margin:
        values |= {"m": M_POSITIVE, "q": x.q}
    else:
        values |= {"E": E}
    values |= {str(letter): letter for letter in found.output.conjugates}
    if found.output.ambiguity is not None:
        values |= {str(s): s for s in (LEAST_WEIGHT, WEIGHT_SCALE)}
    values |= {item.name: item.expression for item in items}
    error = estimate(found.system)
    definitions, values = (error[0], {**values, NAME: error[1]}) if error else ((), values)
    return Branch("generic", sp.true, (), found.system, values, definitions)


def _with_error(branch: Branch, generic: Branch) -> Branch:
    """A limit in closed form of what is integrated elsewhere: its quadrature has no error."""
    if NAME not in generic.values or NAME in branch.values:
        return branch
    return replace(branch, values={**branch.values, NAME: sp.Integer(0)})


def _undefined(branch: Branch, generic: Branch) -> Branch:
    """A branch without minimiser has no value at all."""
    return replace(branch, values=dict.fromkeys(generic.values, sp.nan))
