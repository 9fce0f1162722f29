"""The choice of the branch: guards are computed only where a condition asks for them."""

import ctypes
import math

import mpmath
import pytest
import sympy as sp

from asymp.calculus.implicit_root import Root
from asymp.lowering import compile_branches, mp_system
from asymp.reductions.system import Branch, Definition

A, B, X = sp.symbols("a b x", positive=True)
CHEAP, COSTLY, LATE = sp.symbols("cheap costly late", positive=True)
GUARDS = (
    Definition(CHEAP, 2 * A),
    Definition(COSTLY, Root(X**3 - A, X, A, 0, sp.oo)),
    Definition(LATE, COSTLY + 1),
)
BRANCHES = (
    Branch("both", sp.And(sp.Lt(COSTLY, 2), sp.Gt(B, CHEAP)), GUARDS[:2], None, {"u": LATE}),
    Branch("either", sp.Or(sp.Eq(B, 3), sp.Gt(CHEAP, 100)), GUARDS, None, {"u": B}),
    Branch("last", sp.Gt(A, 1), (), None, {"u": COSTLY + LATE}),
)


def kernel():
    return compile_branches(BRANCHES, (A, B), (), "Lazy guards")


def selected(a, b):
    """What the compiled choice writes at (a, b)."""
    pointer = ctypes.POINTER(ctypes.c_double)
    call = ctypes.CFUNCTYPE(None, pointer, pointer)(int(kernel().addresses[0]))
    out, inp = (ctypes.c_double * 4)(*[7.0] * 4), (ctypes.c_double * 2)(a, b)
    call(out, inp)
    return list(out)


def by_hand(a, b):
    """Branch and guards that the rule "cheap parts first, nothing unasked" gives."""
    cheap, costly = 2 * a, a ** (1 / 3)
    if b > cheap and costly < 2:
        return [0, cheap, costly, costly + 1]
    seen = costly if b > cheap else math.nan
    if b == 3 or cheap > 100:
        return [1, cheap, seen, math.nan]
    if a > 1:
        return [2, cheap, costly, costly + 1]
    return [-1, cheap, seen, math.nan]


POINTS = [(1.0, 4.0), (0.5, 0.7), (9.0, 30.0), (8.5, 3.0), (4.0, 5.0), (60.0, 1.0), (0.2, 3.0)]


@pytest.mark.parametrize("point", POINTS)
def test_a_guard_is_computed_only_where_it_is_asked_for(point):
    # The inner root is found to a few units in the last place.
    assert selected(*point) == pytest.approx(by_hand(*point), rel=1e-14, nan_ok=True)


@pytest.mark.parametrize("point", POINTS)
def test_the_reference_takes_the_same_way(point):
    system = mp_system(BRANCHES, (A, B), ())
    with mpmath.workdps(25):
        branch, vector = system.select(dict(zip("ab", point, strict=True)))
    found = [branch, *map(float, vector[2:])]
    assert found == pytest.approx(by_hand(*point), rel=1e-14, nan_ok=True)


def test_the_costly_guard_stands_behind_the_cheap_condition():
    text = kernel().source.text
    choice = text[text.index("def select") : text.index("def values_0")]
    assert choice.index("if b > cheap") < choice.index("root_0(")
