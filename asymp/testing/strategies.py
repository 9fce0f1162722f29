"""Hypothesis strategies from the parameters' own domains (needs the extra ``test``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from asymp.claims import Predicate
from asymp.testing.points import Sampler
from asymp.testing.pointwise import Pointwise

# The first call of a theorem compiles it, so that no example may have a deadline.
PROFILES = {"dev": 25, "thorough": 1000}
for _name, _examples in PROFILES.items():
    settings.register_profile(_name, max_examples=_examples, deadline=None)


def points(
    theorem: Any, *, where: Predicate | None = None, fixed: Mapping[str, float] | None = None,
    ranges: Mapping[str, tuple[Any, Any]] | None = None, margin: float = 0.03,
) -> st.SearchStrategy[dict[str, float]]:  # fmt: skip
    """Admissible parameter points of a theorem, as keyword arguments of ``solve``.

    Each parameter is drawn from its own domain: ratios and scales log-uniformly, strengths with a
    share of exact zeros, a parameter that a phase compares with a boundary on the scale of that
    boundary. Points shrink towards small parameters.

    Parameters
    ----------
    theorem : Theorem or Pointwise
        The latter keeps what many strategies of one theorem share.
    where : expression in names, or callable
        Further condition, for instance ``"eps < eps_max"``.
    fixed : mapping of str to float
        Parameters that are not drawn.
    ranges : mapping of str to (low, high)
        Instead of the defaults; ends are expressions in names.
    margin : float
        Relative distance kept from the boundaries of phases.

    Examples
    --------
    >>> import asymp
    >>> from hypothesis import find, settings
    >>> thm = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    >>> quiet = settings(database=None, derandomize=True)
    >>> sorted(find(points(thm, fixed={"rho": 1.0}), lambda p: True, settings=quiet))
    ['alpha', 'rho', 'tau', 'zeta']
    """
    solve = theorem if isinstance(theorem, Pointwise) else Pointwise(theorem)
    sampler = Sampler(solve, where, fixed or {}, ranges or {}, margin)
    share = st.floats(0.0, 1.0, exclude_max=True)
    free = [n for n in solve.parameters if n not in (fixed or {})]
    shares = st.fixed_dictionaries(dict.fromkeys(free, share))
    return shares.map(sampler.build).filter(sampler.admits)
