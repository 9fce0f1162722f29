"""Numbers, arrays, words and seeds that a user gives: what is taken, and what is refused how."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from asymp.errors import InvalidParameter
from asymp.symbols.arguments import (
    NONNEGATIVE,
    POSITIVE,
    SHARE,
    choice,
    finite_array,
    generator,
    number,
    numbers,
    real_array,
    signs,
    whole,
)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.array(2), Fraction(2), sp.Integer(2)])
def test_every_real_number_is_a_number(value):
    found = number("x", value, POSITIVE)
    assert found == 2.0
    assert type(found) is float


@pytest.mark.parametrize("value", ["2", True, None, 2j, [2], np.nan, np.inf, sp.Symbol("x"), -1, 0])
def test_what_is_no_positive_number_is_refused(value):
    with pytest.raises(InvalidParameter, match=r"^x = .* is not in \(0, inf\); say more$"):
        number("x", value, POSITIVE, "say more")


@pytest.mark.parametrize("value", ["2", True, 2.0, np.float64(2), 10**30, -1, None])
def test_what_is_no_size_is_refused(value):
    with pytest.raises(InvalidParameter, match=r"n = .* is not in \{0, 1, .*\}; give an integer"):
        whole("n", value, 0)
    assert whole("n", np.int8(0), 0) == 0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: real_array("x", [1, "a"], "(n,)"),
            r"x = .* not an array of real .* \(n,",
        ),
        (lambda: real_array("x", np.array([1, "2"], object)), "not an array of real numbers"),
        (lambda: finite_array("x", [[1, np.inf]], "(n, d)"), r"x holds inf at \[0, 1\], which"),
        (lambda: finite_array("x", np.nan), "x holds nan, which"),
        (lambda: finite_array("x", [], "(n,)", 1), r"x has shape \(0,\); give a non-empty array"),
        (lambda: numbers("x", [0.5, 2.0], SHARE), r"x = 2 is not in \[0, 1\]"),
        (lambda: numbers("x", np.inf, NONNEGATIVE), r"x = inf is not in \[0, inf\)"),
        (lambda: signs("y", [1, -1], 3), r"y has shape \(2,\); give 3 entries 1 or -1"),
        (lambda: signs("y", [1, 0, 1], 3), r"y holds 0 at \[1\], which is not in \{-1, 1\}"),
        (lambda: choice("law", np.ones(2), ("a", "b")), "law = .* is not in {'a', 'b'}"),
        (lambda: generator(-1), "rng = -1 is no seed"),
        (lambda: generator(0.5), "rng = 0.5 is no seed"),
    ],
)
def test_refused_with_a_sentence(call, said):
    with pytest.raises(InvalidParameter, match=said):
        call()


def test_arrays_keep_their_shape_and_generators_their_state():
    assert real_array("x", [[Fraction(1, 2), sp.oo]]).tolist() == [[0.5, np.inf]]
    source = np.random.default_rng(0)
    assert generator(source) is source
    assert generator(3).random() == np.random.default_rng(3).random()
