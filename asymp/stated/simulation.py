"""How the finite problem behind a stated theorem is run: the user's own, or a problem of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from asymp.problem.statement import ProblemStatement
from asymp.stated.vocabulary import Vocabulary

Draw = Callable[..., Mapping[str, float]]


@dataclass(frozen=True)
class Simulation:
    """The finite problem of a stated theorem.

    Parameters
    ----------
    draw : callable, optional
        One draw of the user's: ``draw(d=..., rng=numpy Generator, **parameters)`` gives observables
        by name at finite size d. Without it the theorem's problem is simulated.
    parameters : mapping of str to sympy.Expr
        Each parameter of the problem in the theorem's own.
    at : tuple of mappings
        Points at which ``check`` simulates; drawn from the domain if empty.
    sizes : (int, int)
        Values of d that ``check`` compares, to tell finite-size bias from disagreement.
    repeats : int
        Draws of ``check`` at each size.
    """

    draw: Draw | None = None
    parameters: Mapping[str, sp.Expr] = field(default_factory=dict)
    at: tuple[Mapping[str, float], ...] = ()
    sizes: tuple[int, int] = (100, 200)
    repeats: int = 20


def read_simulation(
    draw: Any, problem: Any, mapping: Mapping[str, Any], at: Iterable[Mapping[str, float]],
    vocabulary: Vocabulary,
) -> Simulation | None:  # fmt: skip
    """Read what is to be simulated; None if nothing is given.

    Raises
    ------
    InvalidProblem
        If both ways are given, or a parameter of the problem is not given in the theorem's.
    """
    if problem is not None and not isinstance(problem, ProblemStatement):
        raise vocabulary.fail(f"problem={problem!r}: expected an asymp.Problem")
    if draw is not None and not (callable(draw) or isinstance(draw, Simulation)):
        raise vocabulary.fail(f"simulator={draw!r}: give a function of d, rng and parameters")
    points = tuple(_point(point, vocabulary) for point in at)
    letters = _letters(problem, mapping, vocabulary) if problem is not None else {}
    if isinstance(draw, Simulation):
        return draw
    if draw is None and problem is None:
        return None
    return Simulation(draw, letters, points)


def _point(point: Mapping[str, float], vocabulary: Vocabulary) -> dict[str, float]:
    strange = [n for n in point if vocabulary.kinds.get(n) != "a parameter"]
    if strange:
        raise vocabulary.fail(f"simulate_at names {strange[0]!r}, which is no parameter")
    return {name: float(value) for name, value in point.items()}


def _letters(
    problem: ProblemStatement, given: Mapping[str, Any], vocabulary: Vocabulary
) -> dict[str, sp.Expr]:
    """Parameters of the problem in the theorem's; those of the same name stand for themselves."""
    strange = [n for n in given if n not in problem.parameters]
    if strange:
        raise vocabulary.fail(
            f"problem_parameters names {strange[0]!r}; the problem's parameters are "
            f"{', '.join(problem.parameters)}"
        )
    found: dict[str, sp.Expr] = {}
    for name, parameter in problem.parameters.items():
        if name in given or name in vocabulary.symbols:
            found[name] = vocabulary.read(given.get(name, name), f"problem_parameters[{name!r}]")
        elif parameter.default is None:
            raise vocabulary.fail(
                f"the problem's parameter {name!r} ({parameter.meaning}) is none of the theorem's: "
                f"give problem_parameters={{{name!r}: expression}}"
            )
    return found
