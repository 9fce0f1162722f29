"""Enclosures of integrands on a whole half-line: they hold the function and bound its integral."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mpmath
import pytest

flint = pytest.importorskip("flint")

from flint import arb  # noqa: E402

from asymp.balls.functions import functions  # noqa: E402
from asymp.balls.tail import Tail, Unbounded  # noqa: E402
from asymp.balls.tail_functions import tail_functions  # noqa: E402


@pytest.fixture(autouse=True)
def precise() -> Iterator[None]:
    with flint.ctx.workprec(80):
        yield


def test_tails_hold_the_function_and_bound_its_integral() -> None:
    names = tail_functions()
    start = arb(6)

    def expression(t: Any, f: Any) -> Any:
        body = t * t * f["exp"](-t * t / 4 + t / 2) * f["sigmoid"](3 - t)
        return body * f["softplus"](t) / (1 + f["erfc"](t)) + f["exp"](-t * t) * f["sqrt"](t + 1)

    tail = expression(Tail.line(0, 1, start), names)
    real = functions()
    for place in (6.0, 6.5, 9.0, 20.0):
        y = arb(place)
        powers = sum((c * y ** int(p) for p, c in tail.terms.items()), arb(0))
        assert (powers * (-tail.decay * y * y).exp()).contains(expression(y, real))
    actual = mpmath.quad(lambda t: float(expression(arb(float(t)), real).mid()), [6, 8, 12, 30])
    assert actual < float(tail.integral()) < 100 * actual


def test_constants_keep_their_ends() -> None:
    tail, names = Tail.line(0, 1, arb(3)), tail_functions()
    low, high = names["erfc"](-tail).range()
    assert 1.99 < float(low) <= float(high) <= 2
    spread = 1 + 10**6 * names["sigmoid"](-tail) * names["sigmoid"](tail)  # from 1 to 47,428
    low, high = (1 / names["power"](spread, 2)).range()
    assert 4.4e-10 < float(low) < 4.5e-10
    assert float(high) == 1


def test_tails_of_algebraic_functions() -> None:
    names, real, start = tail_functions(), functions(), arb(9)

    def curvature(t: Any, f: Any) -> Any:
        square = t * t + 1
        bend = 1 / f["sqrt"](square) - t * t / (square * f["sqrt"](square))
        ratio = f["power"](f["tanh"](t), 2)
        return bend / (1 + 3 * bend) * f["exp"](-t * t) / (2 - ratio) * f["log"](2 + t * t)

    # The order of the field matters: from either side.
    for sign in (1, -1):
        tail = curvature(Tail.line(arb(-1), sign, start), names)
        assert tail.decay > 0.5
        for place in (9.0, 11.0, 30.0):
            y = arb(place)
            value = curvature(sign * y - 1, real)
            assert abs(value) <= abs(sum_of_terms(tail, y))


def sum_of_terms(tail: Tail, y: Any) -> Any:
    powers = sum((abs(c).upper() * y ** float(p) for p, c in tail.terms.items()), arb(0))
    return powers * (-tail.decay * y * y).exp()


def test_tails_compare_on_the_whole_half_line() -> None:
    tail, names = Tail.line(0, 1, arb(3)), tail_functions()
    assert names["less"](arb(2), tail) is True
    assert names["less"](tail, arb(2)) is False
    assert names["less"](tail, arb(4)) is None
    assert names["maximum"](tail, arb(2)) is tail
    low, high = names["minimum"](tail, arb(4)).range()
    assert low <= 3
    assert high >= 4


def test_what_does_not_decay_has_no_tail() -> None:
    tail = Tail.line(0, 1, arb(5))
    with pytest.raises(Unbounded):
        tail.integral()
    with pytest.raises(Unbounded):
        tail_functions()["exp"](tail)
    with pytest.raises(Unbounded):
        1 / (tail - 10)
