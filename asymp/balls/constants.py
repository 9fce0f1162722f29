"""Exact numbers as balls: what printed programs name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import flint
import sympy as sp

from asymp.calculus.hermite.arb import constant_ball
from asymp.errors import NotDerivable

Ball = Any


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work with so many bits."""
    with flint.ctx.workprec(bits):
        yield


def real_ball(constant: sp.Expr) -> Ball:
    """Enclosure of a constant that has to be real."""
    ball = constant_ball(constant)
    if not ball.imag.contains(0):
        raise NotDerivable(f"no numeric rule for the constant {constant}: it is not real")
    return ball.real


def named_balls(constants: Mapping[sp.Expr, str]) -> dict[str, Ball]:
    """Constants by name at the current precision, with infinity and NaN."""
    balls = {name: real_ball(constant) for constant, name in constants.items()}
    return {"infinity": flint.arb.pos_inf(), "nan": flint.arb.nan(), **balls}
