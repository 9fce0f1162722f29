"""A small system for the tests of lowering: two unknowns, a guard, an infinite branch."""

import sympy as sp

from asymp.lowering import compile_branches
from asymp.reductions.system import Branch, Definition, FixedPoint

X, Y, A, B, C, G = sp.symbols("x y a b c g", positive=True)
H, K = sp.symbols("h k", real=True)


def small_branches():
    """Two unknowns, a guard, an explicit infinite branch."""
    system = FixedPoint(
        (X, Y),
        (Definition(H, X**2 + sp.sqrt(Y) / A), Definition(K, sp.exp(-H) * B)),
        (K + sp.Rational(1, 3) / A, A / (1 + H) ** 2 + Y ** sp.Rational(3, 2) / 10),
        (sp.Integer(1), A),
    )
    far = Branch(
        "far", sp.Ge(B, G), (Definition(G, 2 * C + A),), None,
        {"u": sp.oo, "v": sp.Integer(0)}, status="infinite",
    )  # fmt: skip
    piece = sp.Piecewise((X, X > Y), (sp.Max(Y, A), True))
    near = Branch("near", sp.true, (), system, {"u": piece, "v": H + Y})
    return (far, near)


def small_kernel():
    return compile_branches(small_branches(), (A, B), (C,), "Small system")
