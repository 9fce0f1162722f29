"""A helper's assignments as Python functions over any kind of ball: real, complex, or a tail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy as sp

from asymp.balls.constants import named_balls
from asymp.balls.printer import BallPrinter
from asymp.balls.rewrite import rewritten
from asymp.lowering.helpers import Helper
from asymp.lowering.nodes import Assignment

Ball = Any
Balls = tuple[Any, ...]


@dataclass(frozen=True)
class BodyText:
    """Text of the two functions of a helper, and the constants that it names.

    Parameters
    ----------
    text : str
        ``before(inputs)`` returns the ends and what the body reads; ``body(variable, known)``
        the outputs.
    constants : mapping of expression to str
    """

    text: str
    constants: Mapping[sp.Expr, str]


@dataclass(frozen=True)
class Body:
    """The functions of one helper on one kind of ball.

    Parameters
    ----------
    before : callable
        Of the inputs: the pair of ends and of what the body reads besides the variable.
    body : callable
        Of the variable and of what it reads: the outputs.
    """

    before: Callable[..., tuple[Balls, Balls]]
    body: Callable[[Ball, Balls], Balls]


@lru_cache(maxsize=256)
def body_text(helper: Helper) -> BodyText:
    """Print a helper once."""
    printer = BallPrinter()
    inside = {s for s, _ in helper.body} | {helper.variable}
    read = sorted(_read(helper) - inside, key=lambda s: s.name)
    known = ", ".join(s.name for s in read)
    ends = ", ".join(s.name for s in helper.ends)
    outputs = ", ".join(printer.ball(o) for o in helper.outputs)
    text = [f"def before({', '.join(s.name for s in helper.inputs)}):"]
    text += _lines(rewritten(helper.before, {*_read(helper), *helper.ends}), printer)
    text += [f"    return ({ends}{',' if ends else ''}), ({known}{',' if known else ''})"]
    text += [f"def body({helper.variable.name}, known_):"]
    text += [f"    {known}, = known_"] if known else []
    text += _lines(rewritten(helper.body, helper.outputs), printer)
    text += [f"    return ({outputs},)"]
    return BodyText("\n".join(text) + "\n", printer.constants)


def _read(helper: Helper) -> set[sp.Basic]:
    expressions = [*(e for _, e in helper.body), *helper.outputs]
    return set().union(*(e.free_symbols for e in expressions))


def _lines(body: Iterable[Assignment], printer: BallPrinter) -> list[str]:
    return [f"    {s.name} = {printer.ball(e)}" for s, e in body]


def made(helper: Helper, functions: Mapping[str, Any]) -> Body:
    """Functions of a helper over a namespace; constants are enclosed at the current precision."""
    source = body_text(helper)
    namespace = {**functions, **named_balls(source.constants)}
    exec(source.text, namespace)
    return Body(namespace["before"], namespace["body"])
