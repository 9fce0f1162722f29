"""From symbolic branches to compiled kernels, and to arbitrary precision.

What runs a kernel needs no SymPy; what makes one loads it on first use.
"""

from typing import TYPE_CHECKING

from asymp.lazy import on_first_use
from asymp.lowering.compiled import Kernel as Kernel

if TYPE_CHECKING:
    from asymp.lowering.kernel import compile_branches as compile_branches
    from asymp.lowering.multiprecision import MpSystem as MpSystem
    from asymp.lowering.multiprecision import mp_system as mp_system

__getattr__ = on_first_use(
    __name__, {"kernel": ("compile_branches",), "multiprecision": ("MpSystem", "mp_system")}
)
