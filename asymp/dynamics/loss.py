r"""The loss of the margin before it is named, and minus its slope."""

from __future__ import annotations

from typing import Any

import sympy as sp


class Penalised(sp.Function):
    r""":math:`\ell(k)` at a margin; its derivative is minus the :class:`Response`."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        r"""Derivative :math:`\ell'(k)=-\psi(k)`."""
        return -Response(self.args[0])


class Response(sp.Function):
    r""":math:`\psi(k)=-\ell'(k)`: how much a sample at that margin still pulls."""

    nargs = 1
