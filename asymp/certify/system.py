"""A theorem in ball arithmetic, made once."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from asymp.lowering.ball_program import BallSystem, ball_system
from asymp.lowering.kernel import identity

_MADE: dict[Hashable, BallSystem] = {}


def system_of(theorem: Any) -> BallSystem:
    """Branches of a theorem in ball arithmetic, kept for the life of the process."""
    symbols = (*(p.symbol for p in theorem.parameters.values()), *theorem.constants)
    key = (tuple(map(identity, theorem.branches)), symbols)
    if key not in _MADE:
        _MADE[key] = ball_system(theorem.branches, symbols)
    return _MADE[key]
