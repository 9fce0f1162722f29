"""A theorem's branches as functions of real balls, at any precision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from asymp.balls.constants import named_balls, precision
from asymp.balls.functions import functions
from asymp.balls.helpers import ball_helper
from asymp.balls.printer import CONSTANT, BallPrinter
from asymp.errors import NotDerivable
from asymp.lowering.helpers import Helper, Helpers
from asymp.lowering.nodes import assignments, numeric_form
from asymp.lowering.program import Layout, Program, assemble, evaluation_programs, layout
from asymp.reductions.system import Branch

Ball = Any
Vector = list[Ball]

DIFFERENTIATED = ("step_", "curve_")  # programs that hold derivatives


@dataclass(frozen=True)
class BallBranch:
    """The functions of one branch at one precision; each takes the vector of inputs.

    Parameters
    ----------
    cheap, condition : callables
        What of the condition needs no guard, and the condition; True, False or None (undecided).
    guards : callable
        Guards that the other functions read (NaN for the others).
    step : callable or None
        The map followed by its Jacobian by rows; it also reads the state.
    values : callable
        Order parameters and observables.
    """

    cheap: Callable[[Vector], bool | None]
    condition: Callable[[Vector], bool | None]
    guards: Callable[[Vector], Vector]
    step: Callable[[Vector], Vector] | None
    values: Callable[[Vector], Vector]


@dataclass(frozen=True)
class PrintedBalls:
    """Text of functions of balls, with what it names.

    Parameters
    ----------
    text : str
        Python functions of vectors of balls.
    constants : mapping of expression to str
        Exact numbers that the text names.
    helpers : tuple of Helper
        Functions with a loop that the text calls.
    """

    text: str
    constants: Mapping[sp.Expr, str]
    helpers: tuple[Helper, ...]
    _made: dict[int, dict[str, Any]] = field(default_factory=dict, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        """All but the functions, which are made anew from the text in another process."""
        return {**self.__dict__, "_made": {}}

    def at(self, bits: int) -> dict[str, Any]:
        """The functions by name, their constants enclosed with so many bits."""
        if bits not in self._made:
            self._made[bits] = self._namespace(bits)
        return self._made[bits]

    def _namespace(self, bits: int) -> dict[str, Any]:
        namespace: dict[str, Any] = dict(functions())
        with precision(bits):
            namespace |= named_balls(self.constants)
        for helper in self.helpers:
            namespace[helper.name] = ball_helper(helper, namespace)
        exec(self.text, namespace)
        return namespace


def printed(programs: Iterable[Program], helpers: Helpers) -> PrintedBalls:
    """Print programs, which have filled ``helpers``."""
    printer = BallPrinter()
    text = "\n\n\n".join(ball_text(program, printer) for program in programs)
    return PrintedBalls(f"{text}\n", printer.constants, tuple(helpers.known.values()))


@dataclass(frozen=True)
class BallSystem:
    """All branches in balls; :meth:`at` gives them at a precision.

    Parameters
    ----------
    printed : PrintedBalls
    inputs, names : tuple of str
        Parameters and constants in their order; names of the values.
    sizes : tuple of int
        Unknowns of each branch, 0 where it is explicit.
    stated : tuple of tuple of bool
        For each branch and name: whether the branch has a value for it (there is none without a
        minimiser, say).
    """

    printed: PrintedBalls
    inputs: tuple[str, ...]
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    stated: tuple[tuple[bool, ...], ...]
    _made: dict[int, tuple[BallBranch, ...]] = field(default_factory=dict, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        """All but the functions."""
        return {**self.__dict__, "_made": {}}

    def at(self, bits: int) -> tuple[BallBranch, ...]:
        """Branches whose constants are enclosed with so many bits."""
        if bits not in self._made:
            self._made[bits] = tuple(self._branches(self.printed.at(bits)))
        return self._made[bits]

    def _branches(self, named: Mapping[str, Any]) -> Iterator[BallBranch]:
        for k in range(len(self.sizes)):
            yield BallBranch(
                cheap=named[f"cheap_{k}"],
                condition=named[f"condition_{k}"],
                guards=named[f"guards_{k}"],
                step=named.get(f"step_{k}"),
                values=named[f"values_{k}"],
            )


def ball_system(branches: Sequence[Branch], inputs: Sequence[sp.Symbol]) -> BallSystem:
    """Lower a theorem's branches to ball arithmetic.

    Parameters
    ----------
    branches : sequence of Branch
        In order of precedence.
    inputs : sequence of sympy.Symbol
        Parameters, then constants.

    Examples
    --------
    >>> import flint
    >>> from asymp.reductions.system import FixedPoint
    >>> x, a = sp.symbols("x a", positive=True)
    >>> system = FixedPoint((x,), (), (a / x,), (sp.Integer(1),))
    >>> branch = Branch("root", sp.true, (), system, {"root": x})
    >>> step = ball_system((branch,), (a,)).at(64)[0].step
    >>> [float(ball) for ball in step([flint.arb(2), flint.arb(4)])]
    [0.5, -0.125]
    """
    helpers, places = Helpers(), layout(branches, inputs)
    programs = [
        program
        for index, branch in enumerate(branches)
        for program in _programs(index, branch, places, len(inputs), helpers)
    ]
    return BallSystem(
        printed(programs, helpers),
        tuple(s.name for s in inputs),
        places.values,
        places.sizes,
        tuple(
            tuple(b.values.get(n, sp.nan) is not sp.nan for n in places.values) for b in branches
        ),
    )


def _programs(
    index: int, branch: Branch, places: Layout, given: int, helpers: Helpers
) -> Iterator[Program]:
    """Programs of one branch."""
    known = {s: i for s, i in places.slots.items() if i < given}
    definitions = assignments(branch.guards)
    condition = numeric_form(branch.condition)
    parts = [p for p in sp.And.make_args(condition) if p.free_symbols <= known.keys()]
    yield assemble(f"cheap_{index}", known, [], [], helpers, (sp.And(*parts),))
    yield assemble(f"condition_{index}", known, definitions, [], helpers, (condition,))
    rest = list(evaluation_programs(index, branch, places, helpers))
    read = {s for program in rest for s, slot in program.inputs if slot >= given}
    outputs = [g.symbol if g.symbol in read else sp.nan for g in places.guards]
    yield assemble(f"guards_{index}", known, definitions, outputs, helpers)
    yield from rest


def ball_text(program: Program, printer: BallPrinter) -> str:
    """Text of one function: it returns its condition, or the list of its outputs."""
    require_free(s.name for s, _ in (*program.inputs, *program.body))
    printer.choice = "decided" if program.name.startswith(DIFFERENTIATED) else "choose"
    lines = [f"def {program.name}(inp):"]
    lines += [f"    {symbol.name} = inp[{slot}]" for symbol, slot in program.inputs]
    lines += [f"    {symbol.name} = {printer.ball(e)}" for symbol, e in program.body]
    if program.conditions:
        result = printer.doprint(program.conditions[0])
    else:
        result = f"[{', '.join(printer.ball(e) for e in program.outputs)}]"
    return "\n".join([*lines, f"    return {result}"])


def require_free(names: Iterable[str]) -> None:
    """Refuse quantities with the name of what printed programs call."""
    taken = {*functions(), "infinity", "nan", "inp"}
    for name in names:
        if name in taken or name.startswith(CONSTANT):
            raise NotDerivable(
                f"{name!r} names a function or constant of the ball arithmetic: rename the quantity"
            )
