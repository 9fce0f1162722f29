r"""Spectral averages in a form that can be evaluated: the frame of a model, and its application.

The Hamiltonian is affine in the eigenvalue, :math:`H(t)=H_0+H_1t`; which letters and quantities
an average needs depends on the law alone.
"""

from __future__ import annotations

import sympy as sp

from asymp.calculus.discrete_law import DiscreteLaw
from asymp.calculus.frames import DiscreteFrame, FlatFrame, Frame
from asymp.calculus.resolvent import ResolventFrame
from asymp.calculus.sample_frame import TINY, SampleFrame
from asymp.calculus.sample_law import AlignedLaw, SampleLaw
from asymp.calculus.spectral_law import (
    EIGENVALUE,
    MarchenkoPastur,
    PointMass,
    SpectralAverage,
    coefficients,
)
from asymp.errors import NotDerivable
from asymp.reductions.statements import H0, H1, HAMILTONIAN, GaussianModel
from asymp.reductions.system import Definition
from asymp.symbols import POSITIVE, letter

FRAME_LETTERS = {
    name: letter(name, POSITIVE)
    for name in ("x", "D", "s", "s_dual", "Delta", "J_02", "J_12", "J_22", "J_02_dual")
}


def spectral_frame(model: GaussianModel, hamiltonian: sp.Expr) -> Frame:
    """Choose the letters in which averages over the laws of ``model`` are written.

    Parameters
    ----------
    model : GaussianModel
    hamiltonian : sympy.Expr
        :math:`H(t)`, affine in :data:`asymp.calculus.spectral_law.EIGENVALUE`.

    Raises
    ------
    NotDerivable
        If H is not affine, or the law has no frame.
    """
    if not sp.Poly(hamiltonian, EIGENVALUE).total_degree() <= 1:
        raise NotDerivable(f"the quadratic form {hamiltonian} is not affine in the eigenvalue t")
    law = model.law
    if coefficients(hamiltonian)[1] == 0 or isinstance(law, PointMass):
        return FlatFrame(H0)
    if isinstance(law, DiscreteLaw):
        return DiscreteFrame(H0, H1)
    if isinstance(law, MarchenkoPastur):
        return ResolventFrame(law.ratio, H0, H1, *FRAME_LETTERS.values())
    if isinstance(law, SampleLaw):
        floor = TINY if model.covariance.subs(EIGENVALUE, 0) == 0 else sp.S.Zero
        assert isinstance(model.teacher_law, AlignedLaw)
        shares = model.teacher_law.shares
        return SampleFrame(H0, H1, law.ratio, law.population, shares, floor)
    raise NotDerivable(f"no way to evaluate averages over the {law.name}")


def close_spectral(expression: sp.Expr, frame: Frame) -> sp.Expr:
    """Replace spectral averages by what they can be evaluated from.

    Parameters
    ----------
    expression : sympy.Expr
        With :class:`SpectralAverage` nodes, whose integrands contain
        :data:`asymp.reductions.statements.HAMILTONIAN` or the frame's own letters.
    frame : Frame
        From :func:`spectral_frame`.

    Returns
    -------
    sympy.Expr
        In ``frame.letters``, the symbols of ``frame.definitions``, and tabulated sums.
    """
    expression = expression.subs(HAMILTONIAN, frame.resolvent)
    nodes = expression.atoms(SpectralAverage)
    return expression.xreplace({node: frame.close(node) for node in nodes})


def spectral_definitions(frame: Frame, hamiltonian: sp.Expr) -> tuple[Definition, ...]:
    """Definitions of the frame's letters for a Hamiltonian, then of its quantities."""
    meanings = ("constant part of H", "linear part of H")
    parts = zip(frame.letters, coefficients(hamiltonian), meanings, strict=False)
    named = (Definition(*entry) for entry in frame.definitions)
    return (*(Definition(*part) for part in parts), *named)
