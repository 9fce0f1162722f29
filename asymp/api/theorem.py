"""The public theorem class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from asymp.api.consequences import Consequences
from asymp.api.numbers import Numbers
from asymp.api.proofs import Proofs
from asymp.claims import Law, Limit
from asymp.theorem_data import Phase, phases_of

if TYPE_CHECKING:
    from asymp.testing.report import Report


@dataclass(frozen=True)
class Theorem(Numbers, Proofs, Consequences):
    """A theorem that can be solved, printed, simulated and checked.

    Examples
    --------
    >>> import asymp
    >>> thm = asymp.theorem("random-features-robust")
    >>> list(thm.parameters)
    ['psi1', 'psi2', 'eps', 'eps_test', 'zeta', 'tau', 'rho']
    >>> thm.equations[0].lhs
    V
    """

    @classmethod
    def from_equations(
        cls, *, id: str, title: str, parameters: Any, state: Any, equations: Any,
        observables: Any, **more: Any,
    ) -> Theorem:  # fmt: skip
        r"""State a theorem whose equations come from elsewhere: a paper, the replica method, AMP.

        Its status is *stated*: nothing is derived, and all else is as for any theorem. Symbols
        are matched by name, whatever their assumptions; expressions may be text.

        Parameters
        ----------
        id, title : str
        parameters : iterable of Parameter, or mapping of str to Parameter or domain
            A domain is a ``sympy.Interval``; a mapping of ``domain, meaning, scaling, default``
            does too.
        state : mapping of str to start, or to a mapping of ``start, meaning, domain``
            The unknowns, positive by default: the solver works in their logarithms. A signed
            unknown has the domain ``sympy.Reals``. The map has to be positive at the start.
        equations : iterable of sympy.Eq, or mapping of str to expression
            One for each unknown, ``Eq(unknown, expression)``; another form is solved for an
            unknown if SymPy finds one solution.
        observables : mapping of str to expression, (expression, meaning), or a mapping
            of ``expression, meaning, domain, definition``.
        **more
            ``definitions``: named intermediates in order, a mapping or ``(name, expression,
            meaning)`` items. ``phases``: mappings with ``name, condition, values``, and if wanted
            ``status, boundary, meaning``. ``problem``: an :class:`asymp.Problem`, with
            ``problem_parameters`` (each of its parameters in those of the theorem): ``check``
            then compares with what the engine derives and with the problem's simulation.
            ``simulator``: a function of ``d, rng`` and the parameters that gives observables of
            one finite draw; ``simulate_at``: points at which ``check`` simulates. ``limits, laws,
            audits, sources, conventions, translations``.

        Raises
        ------
        InvalidProblem
            For anything undeclared, missing, named twice or not to be evaluated.

        Examples
        --------
        >>> import asymp, sympy as sp
        >>> V, a = sp.symbols("V a", positive=True)
        >>> thm = asymp.Theorem.from_equations(
        ...     id="root", title="Square root", parameters={"a": sp.Interval.open(0, sp.oo)},
        ...     state={"V": 1}, equations=[sp.Eq(V, a / V)], observables={"root": V})
        >>> thm.status, round(float(thm.solve(a=2.0).root), 12)
        ('stated', 1.414213562373)
        """
        from asymp.stated import state_equations

        return cls(
            **state_equations(
                id=id, title=title, parameters=parameters, state=state, equations=equations,
                observables=observables, **more,
            )
        )  # fmt: skip

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Regions of parameters with their own behaviour."""
        return phases_of(self.branches)

    def check(self, *, thorough: bool = False, progress: bool | None = None) -> Report:
        """Run every step's check, limit, law and audit; report each outcome.

        Parameters
        ----------
        thorough : bool
            The full number of points (minutes) rather than a sample.
        progress : bool, optional
        """
        from asymp.testing.report import check_theorem

        return check_theorem(self, thorough=thorough, progress=progress)

    def latex(self, *, fragment: bool = False, rename: Mapping[str, str] | None = None) -> str:
        r"""The theorem as a LaTeX document: statement, lemma, every step, phases, limits, sources.

        Parameters
        ----------
        fragment : bool
            Without preamble, for ``\\input``.
        rename : mapping of str to str
            LaTeX for symbols by name, e.g. ``{"psi1": r"\\gamma"}``.
        """
        from asymp.document import write_document

        return write_document(self, fragment=fragment, rename=rename)

    def with_claims(
        self,
        *,
        limits: tuple[Limit, ...] = (),
        laws: tuple[Law, ...] = (),
        audits: tuple[Any, ...] = (),
        **changes: Any,
    ) -> Theorem:
        """Copy with further limits, laws and audits (printed forms to compare with)."""
        return replace(
            self,
            limits=(*self.limits, *limits),
            laws=(*self.laws, *laws),
            audits=(*self.audits, *audits),
            **changes,
        )

    def _repr_latex_(self) -> str:
        from asymp.document.notebook import notebook

        return notebook(self)

    def __repr__(self) -> str:
        return f"<Theorem {self.id!r}: {self.title} ({self.status})>"

    def __str__(self) -> str:
        from asymp.document.summary import summary

        return summary(self)
