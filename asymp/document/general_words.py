r"""Parts of a statement that only general channels have: field, envelope, scalar problem.

Their steps say these in displays for readers; the theorem repeats them, to be complete by itself.
"""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from asymp.document.context import Context
from asymp.document.display import block, packed, row
from asymp.document.readable import displayed, displays_of
from asymp.reductions.step import Display
from asymp.theorem_data import TheoremData

CARRIER = "exp_"


def unknown(symbol: sp.Symbol) -> str:
    """Name of an unknown: a signed one is carried by its exponential."""
    return str(symbol.name).removeprefix(CARRIER)


def is_general(theorem: TheoremData) -> bool:
    """Whether the channels are the general ones, which have a law of the field."""
    return bool(displays_of(theorem, "label-law"))


def _rows(context: Context, displays: Iterable[Display], prefix: str) -> str:
    found = [
        row(context, d, f"theorem-{prefix}" if index == 0 else "")
        for index, d in enumerate(displays)
    ]
    return block(packed(found))


def named_potential(context: Context) -> str:
    """The potential with its channels by name."""
    theorem = context.theorem
    shown = [row(context, next(displayed(theorem, r"\Phi")), "theorem-potential")]
    for name in ("F", "I"):
        channel = next(displayed(theorem, name), None)
        if channel is not None:
            shown.append(row(context, channel, f"theorem-{name}"))
    state = next((d for d in displays_of(theorem, "cgmt") if d.left in ("E", "q")), None)
    text = "The limit is the saddle of\n" + block(shown)
    if state is None:
        return text
    left, right = context.names.string(str(state.left)), context.names.string(str(state.right))
    return f"{text}\nHere ${left}$ is the limit of ${right}$ at the minimiser."


def field_law(context: Context) -> str:
    """The law of the loss's argument before training acts; empty for closed channels."""
    shown = displays_of(context.theorem, "label-law")
    if not shown:
        return ""
    what = "margin" if context.theorem.problem.is_binary else "residual"
    return f"The {what} of a fresh sample has the law\n{_rows(context, shown, 'field')}"


def envelope(context: Context) -> str:
    """Envelope, loss and proximal point; empty for closed channels."""
    theorem = context.theorem
    step = next((s for s in theorem.derivation if s.name == "moreau-envelope"), None)
    if step is None or not displays_of(theorem, "label-law"):
        return ""
    first = "The Moreau envelope of the loss and its proximal point are\n"
    return first + _rows(context, (*step.before, *step.after), "envelope")


def scalar_problem(context: Context) -> str:
    """The scalar problem of a separable penalty; empty for quadratic ones."""
    theorem = context.theorem
    if not any(isinstance(a, str) for a in theorem.averages.values()):
        return ""
    lefts = [str(d.left) for d in displays_of(theorem, "input-channel")]
    if r"\bar r(w)" not in lefts:
        return ""
    own = [d for d in displays_of(theorem, "input-channel") if isinstance(d.left, str)]
    shown = [d for d in own if d.left not in ("I", r"\|\hat\theta\|^2")]
    return "Coordinates of the parameter follow\n" + _rows(context, shown, "scalar")


def intercept(context: Context) -> str:
    """What determines the intercept."""
    condition = intercept_condition(context.theorem)
    return f"\nThe intercept $b$ solves ${condition}=0$." if condition else ""


def intercept_condition(theorem: TheoremData) -> str:
    """LaTeX of what vanishes at the intercept; empty without one."""
    shown = displays_of(theorem, "gaussian-average")
    return next((str(d.left) for d in shown if d.right == "0"), "")
