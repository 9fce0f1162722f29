"""A theorem made ready for certification: its branches in balls and its compiled kernel."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from asymp.errors import MissingExtra
from asymp.lowering.kernel import identity

_MADE: dict[Hashable, Any] = {}


def system_of(theorem: Any) -> Any:
    """Branches of a theorem in ball arithmetic (kept for the life of the process).

    Raises
    ------
    MissingExtra
        Without python-flint.
    """
    try:
        from asymp.lowering.ball_program import ball_system
    except ModuleNotFoundError:
        raise MissingExtra("certificates need python-flint: pip install 'asymp[certify]'") from None
    symbols = (*(p.symbol for p in theorem.parameters.values()), *theorem.constants)
    key = (tuple(map(identity, theorem.branches)), symbols)
    if key not in _MADE:
        _MADE[key] = ball_system(theorem.branches, symbols)
    return _MADE[key]
