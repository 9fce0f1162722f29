r"""What every section of a document needs: names, printer, matrices by name, citations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sympy as sp

from asymp.calculus.discrete_law import DiscreteLaw
from asymp.calculus.spectral_law import EIGENVALUE, PointMass, SpectralAverage
from asymp.document.arrange import arrange, together
from asymp.document.names import DOCUMENT_NAMES, SymbolNames, plain_name, symbol_names
from asymp.document.printer import DocumentPrinter
from asymp.document.readable import ESTIMATE
from asymp.document.words import with_powers
from asymp.reductions.statements import H0, HAMILTONIAN
from asymp.reductions.step import CheckResult, Source
from asymp.theorem_data import TheoremData

_STATE = ("m_hat", "V_hat", "q_hat", "P_hat", "kappa", "V", "m", "q", "SR", "P", "H_0", "H_1", "e")
_MATRICES = {r"\Sigma(t)": sp.Function("Sigma")(EIGENVALUE), "A(t)": sp.Function("A")(EIGENVALUE)}


@dataclass(frozen=True)
class Context:
    """A theorem with the means to write about it.

    Parameters
    ----------
    theorem : TheoremData
    names : SymbolNames
    printer : DocumentPrinter
    matrices : mapping of sympy.Expr to sympy.Expr
        Functions of an eigenvalue that have a name, and the name.
    results : tuple of CheckResult
        Outcome of each step's check, in the order of the derivation.
    """

    theorem: TheoremData
    names: SymbolNames
    printer: DocumentPrinter
    matrices: Mapping[sp.Expr, sp.Expr]
    results: tuple[CheckResult, ...]

    def math(self, expression: sp.Basic) -> str:
        """LaTeX of an expression, arranged and with matrices by name."""
        return str(self.printer.doprint(self.arranged(expression)))

    def arranged(self, expression: sp.Basic, keep: str = "") -> sp.Basic:
        """Expression for reading; ``keep`` is the left-hand side that it defines."""
        if keep not in _MATRICES:
            own = (HAMILTONIAN, H0) if keep in ("H(t)", "H_0") else ()
            named = {k: v for k, v in self.matrices.items() if v not in own}
            expression = _replaced(together(_replaced(expression, named)), named)
        return arrange(expression)

    @property
    def is_flat(self) -> bool:
        """Whether all directions are alike, so that the Hamiltonian is the number H_0."""
        return H0 in self.matrices.values()

    def condition(self, condition: sp.Basic) -> str:
        """Condition in running text: its parts joined by "and"."""
        parts = condition.args if isinstance(condition, sp.And) else (condition,)
        return " and ".join(f"${self.math(part)}$" for part in sorted(parts, key=str))

    def cite(self, source: Source) -> str:
        """Citation with place and trust."""
        place = source.where
        place = self.names.prose(place) if "$" in place else with_powers(place)
        where = f"[{place}]" if place else ""
        return rf"\cite{where}{{{source.key}}} ({source.trust})"


def _replaced(expression: sp.Basic, named: Mapping[sp.Expr, sp.Expr]) -> sp.Basic:
    """Replace the largest expressions first: the Hamiltonian contains the other matrices."""
    for whole in sorted(named, key=lambda e: -e.count_ops()):
        expression = expression.xreplace({whole: named[whole]})
    return expression


def make_context(
    theorem: TheoremData, rename: Mapping[str, str] | None, *, checked: bool = True
) -> Context:
    """Context of a theorem; runs the check of every step, unless nobody will read the outcome."""
    known = _all_names(theorem)
    names = symbol_names(known, {**_own_names(theorem, known), **(rename or {})})
    order = [*theorem.parameters, *sorted(map(str, theorem.constants), key=_constant), "", *_STATE]
    return Context(
        theorem,
        names,
        DocumentPrinter(names, order, _tabulated(theorem)),
        _matrices(theorem),
        tuple(step.check() for step in theorem.derivation) if checked else (),
    )


def _tabulated(theorem: TheoremData) -> dict[sp.Tuple, str]:
    """Measured laws of the averages, by their weights."""
    shown = [a for a in theorem.averages.values() if isinstance(a, sp.Basic)]
    laws = {n.law for a in shown for n in a.atoms(SpectralAverage)}
    return {law.weights: law.symbol_latex for law in laws if isinstance(law, DiscreteLaw)}


def _own_names(theorem: TheoremData, known: Iterable[str]) -> dict[str, str]:
    """Letters of a stated theorem that mean something else in derivations."""
    if theorem.status != "stated":
        return {}
    return {name: plain_name(name) for name in known if name in DOCUMENT_NAMES}


def _constant(name: str) -> tuple[bool, str]:
    return (name.startswith("kappa"), name)


def _all_names(theorem: TheoremData) -> set[str]:
    definitions = [d for b in theorem.branches for d in (*b.guards, *b.definitions)]
    systems = [b.system for b in theorem.branches if b.system is not None]
    for system in systems:
        definitions += system.definitions
    symbols = {str(s) for system in systems for s in system.state}
    symbols |= {str(d.symbol) for d in definitions} | set(map(str, theorem.constants))
    symbols = {name for name in symbols if not name.endswith(ESTIMATE)}
    return symbols | {"m_hat"} | set(theorem.parameters) | set(theorem.order_parameters)


def _matrices(theorem: TheoremData) -> dict[sp.Expr, sp.Expr]:
    """Named functions of the eigenvalue that the steps define; one-term ones need no name."""
    flat = _is_flat(theorem)
    found: dict[sp.Expr, sp.Expr] = {}
    if flat:
        found = {HAMILTONIAN: H0, **dict.fromkeys(_MATRICES.values(), sp.S.One)}
    for left, right in _defined(theorem):
        name = (H0 if flat else HAMILTONIAN) if left == "H(t)" else _MATRICES.get(left)
        if name is not None and isinstance(right, sp.Add) and (flat or right.has(EIGENVALUE)):
            found.setdefault(right, name)
    return found


def _is_flat(theorem: TheoremData) -> bool:
    """Whether all directions are alike, so that the Hamiltonian is one number."""
    shown = [a for a in theorem.averages.values() if isinstance(a, sp.Basic)]
    averages = [n for a in shown for n in a.atoms(SpectralAverage)]
    return all(isinstance(n.law, PointMass) for n in averages)


def _defined(theorem: TheoremData) -> Iterable[tuple[str, sp.Basic]]:
    for step in theorem.derivation:
        for display in step.after:
            if isinstance(display.left, str) and isinstance(display.right, sp.Basic):
                yield display.left, display.right
