"""Arguments that several commands share, and opening the theorem that they name."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from asymp.catalogue_files import catalogue, find
from asymp.cli.ranges import read_pairs
from asymp.errors import AsympError, InvalidProblem

if TYPE_CHECKING:
    from asymp.api import Theorem
    from asymp.solver.stored import StoredTheorem

Command = TypeVar("Command", bound=Callable[..., Any])


def _complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids that begin so, then files."""
    ids = [CompletionItem(name) for name in sorted(catalogue()) if name.startswith(incomplete)]
    return [*ids, CompletionItem(incomplete, type="file")]


def theorem_options(command: Command) -> Command:
    """Add the argument ID and the options that its file takes."""
    argument = click.argument("name", metavar="ID", shell_complete=_complete)
    activation = click.option(
        "--activation", metavar="NAME", help="Activation, e.g. tanh; short for --option."
    )
    option = click.option(
        "--option", "options", multiple=True, metavar="NAME=VALUE",
        help="Passed to the file's problem function; may be repeated.",
    )  # fmt: skip
    return argument(activation(option(command)))


def open_theorem(name: str, activation: str | None, options: tuple[str, ...]) -> Theorem:
    """Derive the theorem that the command line names.

    Raises
    ------
    AsympError
        As :func:`asymp.theorem`; also if the file's own code fails.
    """
    return _derived(name, read_options(activation, options))


def open_solvable(
    name: str, activation: str | None, options: tuple[str, ...]
) -> Theorem | StoredTheorem:
    """Open the theorem that the command line names for solving: stored if it was derived before.

    Raises
    ------
    AsympError
        As :func:`open_theorem`.
    """
    from asymp.manifest import recalled
    from asymp.solver.ahead import compiling_ahead
    from asymp.solver.kernels import compile_kernel

    given = read_options(activation, options)
    with compiling_ahead() as begin:

        def derive() -> Theorem:
            begin()
            theorem = _derived(name, given)
            # While the solver is still being compiled.
            compile_kernel(theorem)
            return theorem

        return recalled(find(name), given, derive)


def read_options(activation: str | None, options: tuple[str, ...]) -> dict[str, Any]:
    """Options of the theorem's file."""
    given = {key: _literal(text) for key, text in read_pairs(options).items()}
    return given if activation is None else {**given, "activation": activation}


def _derived(name: str, given: dict[str, Any]) -> Theorem:
    from asymp.lookup import theorem

    try:
        return theorem(name, **given)
    except AsympError:
        raise
    except Exception as error:
        raise InvalidProblem(f"{name}: {type(error).__name__}: {error}") from error


def _literal(text: str) -> Any:
    """Numbers, booleans and lists as Python writes them; anything else is a string."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
