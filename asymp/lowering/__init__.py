"""From symbolic branches to compiled kernels, and to arbitrary precision."""

from asymp.lowering.kernel import Kernel as Kernel
from asymp.lowering.kernel import compile_branches as compile_branches
from asymp.lowering.multiprecision import MpSystem as MpSystem
from asymp.lowering.multiprecision import mp_system as mp_system
