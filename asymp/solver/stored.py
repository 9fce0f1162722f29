"""A theorem as the solver needs it, without its derivation: quantities, constants, kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asymp.lowering.compiled import Kernel
from asymp.symbols import Names, Quantity


@dataclass(frozen=True)
class StoredQuantity(Quantity):
    """A quantity whose LaTeX was written when it was stored."""

    written: str = ""

    @property
    def latex(self) -> str:
        """LaTeX of the symbol."""
        return self.written


@dataclass(frozen=True)
class StoredTheorem:
    """What remains of a theorem once its kernel is generated; solved like the theorem itself.

    Parameters
    ----------
    id, title : str
    parameters, order_parameters, observables : Names
        Quantities by name, their domains as floats.
    constants : mapping of str to float
        Coefficients such as those of the activation, in the order of the kernel.
    conventions : mapping of str to str
    kernel : Kernel
    """

    id: str
    title: str
    parameters: Names
    order_parameters: Names
    observables: Names
    constants: Mapping[str, float]
    conventions: Mapping[str, str]
    kernel: Kernel
