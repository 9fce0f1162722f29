"""Looking up observables and parameters of a theorem, with errors that name the admissible ones."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from asymp.errors import InvalidParameter
from asymp.solver.arguments import unknown_name
from asymp.solver.describe import Solvable
from asymp.symbols import Quantity


def observable_of(theorem: Solvable, name: str) -> Quantity:
    """Observable or order parameter of that name.

    Raises
    ------
    InvalidParameter
        If there is none; the message names those that there are.
    """
    known: Mapping[str, Quantity] = {**theorem.observables, **theorem.order_parameters}
    if name in known:
        return known[name]
    close = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    raise InvalidParameter(
        f"no observable {name!r}: {hint}there are {', '.join(theorem.observables)}, and the order "
        f"parameters {', '.join(theorem.order_parameters)}"
    )


def parameter_of(theorem: Solvable, name: str) -> Any:
    """Parameter of that name.

    Raises
    ------
    InvalidParameter
        If there is none; the message names those that there are.
    """
    if name not in theorem.parameters:
        raise InvalidParameter(unknown_name(name, theorem.parameters))
    return theorem.parameters[name]


def split_followers(
    theorem: Solvable, observable: str, varied: Sequence[str], given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Separate the parameters that follow a varied one from those that are held.

    Parameters
    ----------
    theorem : Solvable
    observable : str
    varied : sequence of str
        Names of the parameters that are moved.
    given : mapping of str to value
        What the user said of the others. The name of a varied parameter in place of a value lets
        a parameter follow it.

    Returns
    -------
    dict, dict
        The values held, and the name that each follower follows.

    Raises
    ------
    InvalidParameter
        If a parameter would follow by default and the observable depends on it: nobody said
        whether it is to move.
    """
    follows = {n: v for n, v in given.items() if isinstance(v, str) and v in varied}
    held = {n: v for n, v in given.items() if n not in follows}
    for name, parameter in theorem.parameters.items():
        if name in given or name in varied or parameter.default not in varied:
            continue
        if depends(theorem, observable, name):
            leader = parameter.default
            raise InvalidParameter(
                f"{name} takes the value of {leader} by default, which varies here: give {name} a "
                f'value, or {name}="{leader}" to let it follow'
            )
        follows[name] = parameter.default
    return held, follows


def depends(theorem: Solvable, observable: str, parameter: str) -> bool:
    """Whether any branch's value of the observable uses the parameter, directly or through others.

    Examples
    --------
    >>> import asymp
    >>> theorem = asymp.theorem("random-features-robust")
    >>> depends(theorem, "robust_risk", "eps_test"), depends(theorem, "standard_risk", "eps_test")
    (True, False)
    """
    symbol = theorem.parameters[parameter].symbol
    return any(symbol in influences(branch, observable) for branch in theorem.branches)


def influences(branch: Any, observable: str) -> set[Any]:
    """Symbols that a branch's value depends on, its fixed point and condition included."""
    system = branch.system
    inner = system.definitions if system else ()
    seen = set(branch.values[observable].free_symbols) | branch.condition.free_symbols
    if system:
        seen |= set(system.state).union(*(u.free_symbols for u in system.update))
    for definition in reversed((*branch.guards, *inner, *branch.definitions)):
        if definition.symbol in seen:
            seen |= definition.expression.free_symbols
    return seen
