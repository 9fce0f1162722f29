"""The kernel of a theorem."""

from __future__ import annotations

import numpy as np

from asymp.lowering.compiled import Kernel
from asymp.solver.describe import Solvable
from asymp.solver.stored import StoredTheorem


def kernel_of(theorem: Solvable | StoredTheorem) -> Kernel:
    """Kernel that a stored theorem holds, else the branches' own, compiled on first use."""
    if isinstance(theorem, StoredTheorem):
        return theorem.kernel
    # It loads SymPy, which a stored theorem does without.
    from asymp.lowering.kernel import compile_branches

    symbols = tuple(p.symbol for p in theorem.parameters.values())
    return compile_branches(
        tuple(theorem.branches), symbols, tuple(theorem.constants), theorem.title
    )


def compile_kernel(theorem: Solvable | StoredTheorem) -> np.ndarray:
    """Compile the kernel now rather than at the first point; what the solver calls."""
    return kernel_of(theorem).entries
