"""From symbolic branches to compiled kernels, and to arbitrary precision."""

from asymp.lowering.kernel import Kernel as Kernel
from asymp.lowering.kernel import compile_branches as compile_branches
