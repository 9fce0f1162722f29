"""The solver of one theorem as one Python file that needs nothing but Python."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import sympy as sp

from asymp.analysis import standalone
from asymp.analysis.flatten import flatten, source_text
from asymp.atomic import write_text
from asymp.errors import InvalidParameter, NotDerivable
from asymp.lowering.kernel import Kernel
from asymp.lowering.source import installed
from asymp.solver.describe import Solvable
from asymp.solver.grid import kernel_of
from asymp.symbols import interval_text

# Doubles that overflow to infinity; the other functions of math stay finite or are undefined.
OVERFLOWING = ("exp", "sinh", "cosh", "gamma", "lgamma")
IMPORTED = re.compile(r"from asymp\.solver\.\w+ import (?:\((?P<many>[^)]*)\)|(?P<one>.*))\n")
CONSTANTS = ("inf", "nan", "pi", "e", "tau")


def export(theorem: Solvable, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write the solver of a theorem as one dependency-free Python file.

    The file holds the generated equations, their special functions and a plain-Python solver that
    takes the same steps as the compiled one. It offers ``solve(**parameters)``, which returns a
    dict of order parameters, observables, ``status``, ``branch``, ``residual`` and ``condition``;
    run as a program it takes ``--name value``.

    Parameters
    ----------
    theorem : Theorem
    path : str or Path
        Where to write it.
    overwrite : bool
        Whether to replace a file that is there.

    Returns
    -------
    Path

    Raises
    ------
    InvalidParameter
        If the file is there and ``overwrite`` is not set.
    NotDerivable
        If the equations need more than the standard library.

    Examples
    --------
    >>> import asymp, tempfile
    >>> theorem = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     text = export(theorem, Path(folder) / "ridge.py").read_text()
    >>> "import numpy" in text or "import asymp" in text
    False
    """
    target = Path(path)
    if target.exists() and not overwrite:
        raise InvalidParameter(f"{target} exists: choose another name, or pass overwrite=True")
    write_text(target, file_text(theorem))
    return target


def file_text(theorem: Solvable) -> str:
    """Text of the exported file."""
    kernel = kernel_of(theorem)
    flat = flatten(kernel.source.text)
    clash = flat.parts.keys() & vars(standalone).keys()
    if clash:
        raise NotDerivable(f"{sorted(clash)[0]} names a part of the plain solver already")
    parts = [
        header(theorem, kernel),
        solver_text(),
        "# The functions of math that the equations use, such that they never raise.",
        *(math_line(name) for name in sorted(flat.maths - {*CONSTANTS})),
        "",
        *(f"\n{text}\n" for text in flat.parts.values()),
        f"\n{table_text(theorem, kernel)}\n\n",
        CLOSING,
    ]
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(parts)).rstrip() + "\n"


def solver_text() -> str:
    """The common solver, without its docstring."""
    text = source_text(standalone.__name__)
    text = text[text.index("from __future__") :].rstrip() + "\n\n"
    return IMPORTED.sub(constants_text, text)


def constants_text(found: re.Match[str]) -> str:
    """The constants that the plain solver takes from the compiled one, as literals."""
    names = re.findall(r"\w+", found["many"] or found["one"])
    return "".join(f"{name} = {getattr(standalone, name)!r}\n" for name in names)


def math_line(name: str) -> str:
    """Definition of one function of math that gives infinities and NaN rather than errors."""
    return f"{name} = ieee(math.{name}{', inf' if name in OVERFLOWING else ''})"


def header(theorem: Solvable, kernel: Kernel) -> str:
    """Docstring: what the theorem says, in which letters, and where the file comes from."""
    lines = [
        f"{theorem.title}.",
        "",
        "The proportional limit of an estimator, as a solver that needs Python alone:",
        "``solve(**parameters)`` returns a dict; run as a program, give ``--name value``.",
        "",
        *statement_lines(theorem),
        "",
        "Parameters",
        *(parameter_line(p) for p in theorem.parameters.values()),
        "",
        "Results",
        *(f"    {n}: {q.meaning}" for n, q in quantities(theorem).items() if n in kernel.values),
        "    status: converged, null (the estimator is zero), infinite, max_steps, out_of_domain",
        "",
        "Conventions",
        *(f"    {what}: {text}" for what, text in theorem.conventions.items()),
        "",
        f"Written by asymp {installed('asymp')}; equations {kernel.equations}.",
    ]
    text = "\n".join(line.rstrip() for line in lines).replace('"""', "'''")
    return f'r"""{text}\n"""\n'


def quantities(theorem: Solvable) -> dict[str, Any]:
    """Observables, then order parameters, by name."""
    return {**theorem.observables, **theorem.order_parameters}


def statement_lines(theorem: Solvable) -> list[str]:
    """The branches in plain text: condition, fixed point, or what the values are."""
    lines = ["The first branch whose condition holds gives the answer."]
    for branch in theorem.branches:
        everywhere = branch.condition == sp.true
        lines += ["", f"{branch.name}, {'else' if everywhere else f'where {branch.condition}'}:"]
        if branch.meaning:
            lines.append(f"    # {branch.meaning}")
        system = branch.system
        lines += [f"    {d.symbol} = {d.expression}" for d in branch.guards]
        if system is not None:
            lines += [f"    {d.symbol} = {d.expression}" for d in system.definitions]
            pairs = zip(system.state, system.update, strict=True)
            lines += [f"    {x} = {update}" for x, update in pairs]
    return [*lines, "", *node_lines(theorem)]


def node_lines(theorem: Solvable) -> list[str]:
    """What the functions of the statement mean, those that this package defines."""
    found: dict[str, str] = {}
    for branch in theorem.branches:
        system = branch.system
        inner = (*system.definitions, *branch.guards) if system else branch.guards
        for definition in inner:
            for node in sp.preorder_traversal(definition.expression):
                kind = type(node)
                if kind.__module__.startswith("asymp.calculus"):
                    found[kind.__name__] = str(kind.__doc__).splitlines()[0]
    return [f"    {name}: {meaning}" for name, meaning in found.items()]


def parameter_line(parameter: Any) -> str:
    """Name, domain, default and meaning."""
    default = "" if parameter.default is None else f", default {parameter.default}"
    return (
        f"    {parameter.name} in {interval_text(parameter.domain)}{default}: {parameter.meaning}"
    )


def table_text(theorem: Solvable, kernel: Kernel) -> str:
    """The layout of the vectors, as a literal."""
    table = {
        "title": theorem.title,
        "parameters": {p.name: parameter_entry(p) for p in theorem.parameters.values()},
        "constants": {str(s): float(v) for s, v in theorem.constants.items()},
        "guards": kernel.guards,
        "values": kernel.values,
        "branches": kernel.branches,
        "statuses": kernel.statuses,
        "sizes": kernel.sizes,
        "infinite": kernel.infinite,
    }
    rows = "".join(f"    {key!r}: {value!r},\n" for key, value in table.items())
    return f"THEOREM: Any = {{\n{rows}}}"


def parameter_entry(parameter: Any) -> dict[str, Any]:
    """Domain as a tuple of ends and whether each is open; the infinite end as text of a float."""
    domain = parameter.domain
    ends = (Float(domain.start), bool(domain.left_open), Float(domain.end), bool(domain.right_open))
    return {"domain": ends, "default": parameter.default, "meaning": parameter.meaning}


class Float(float):
    """A float whose repr is Python also where it is infinite."""

    def __repr__(self) -> str:
        return {float("inf"): "inf", -float("inf"): "-inf"}.get(self, float.__repr__(self))


CLOSING = '''
def solve(**parameters: float) -> dict[str, Any]:
    """Order parameters and observables at one point, with status, branch and residual."""
    return solve_theorem(THEOREM, globals(), parameters)


def main(arguments: Sequence[str] | None = None) -> None:
    """Solve at the point of the command line and print one result a line."""
    for name, value in solve(**parsed(THEOREM, arguments)).items():
        print(f"{name} = {value!r}" if isinstance(value, float) else f"{name} = {value}")


if __name__ == "__main__":
    main()
'''
