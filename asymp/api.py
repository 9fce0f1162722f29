"""The public theorem class, and the problem that derives into it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asymp.claims import Law, Limit
from asymp.errors import InvalidParameter, MissingExtra
from asymp.problem.statement import ProblemStatement
from asymp.theorem_data import Phase, TheoremData, phases_of, state_theorem

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from asymp.analysis import Gradient, Series
    from asymp.certify import Exhaustive
    from asymp.conventions.translation import Translation
    from asymp.simulate import Verdict
    from asymp.testing.audit import AuditReport
    from asymp.testing.report import Report


@dataclass(frozen=True)
class Theorem(TheoremData):
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

    def solve(
        self,
        *,
        throw: bool = True,
        progress: bool | None = None,
        store: str | Path | None = None,
        chunk: int | Mapping[str, int] | None = None,
        overwrite: bool = False,
        **arguments: Any,
    ) -> xr.Dataset:
        """Solve the fixed point wherever the arguments say.

        Parameters
        ----------
        throw : bool
            Whether a scalar call without a finite outcome raises.
        progress : bool, optional
            Show a bar; default: on a terminal, for long grids.
        store : path, optional
            Folder of a Zarr store (``*.zarr``) that is filled chunk by chunk, and resumed by the
            same call after a kill: see :func:`asymp.sweep.sweep`.
        chunk : int or mapping, optional
            Points of a chunk of the store, or lengths by dimension; default: about a second's.
        overwrite : bool
            Whether a store of another computation makes way for this one.
        **arguments
            Parameters by name. Scalars give 0-d variables, each plain array its own dimension in
            the order given, DataArrays that share a dimension are paired, Dask-backed ones are
            solved lazily.

        Returns
        -------
        xarray.Dataset
            Observables and order parameters with ``status``, ``residual`` and ``condition``.

        Raises
        ------
        InvalidParameter
            For unknown or missing names, bad scalars, or no admissible point.
        NotConverged
            If ``throw`` and a scalar call has no finite outcome.

        Examples
        --------
        >>> import asymp
        >>> thm = asymp.theorem("random-features-robust")
        >>> ds = thm.solve(psi1=[0.5, 2.0], psi2=3.0, eps=0.3, tau=0.5)
        >>> ds.robust_risk.dims
        ('psi1',)
        """
        _require_store(store, chunk, overwrite)
        if store is not None:
            from asymp.sweep.solving import solve_into

            return solve_into(
                self, arguments, store, throw=throw, progress=progress, chunk=chunk,
                overwrite=overwrite,
            )  # fmt: skip
        from asymp.solver import solve_grid

        return solve_grid(self, arguments, throw=throw, progress=progress)

    def certify(
        self,
        dataset: xr.Dataset | None = None,
        *,
        reading: str = "float",
        progress: bool | None = None,
        store: str | Path | None = None,
        chunk: int | Mapping[str, int] | None = None,
        overwrite: bool = False,
        workers: int = 1,
        **parameters: Any,
    ) -> xr.Dataset:
        """Prove root and values at every point, in ball arithmetic.

        For each point: the branch that holds is decided, its fixed point is proved to exist and to
        be the only one in a stated box, every value is enclosed, and the numbers given are
        compared with the enclosures.

        Parameters
        ----------
        dataset : xarray.Dataset, optional
            What :meth:`solve` returned; or give parameters as to :meth:`solve`.
        reading : {"float", "decimal"}
            Which number a parameter stands for: the float's exact binary value, or the shortest
            decimal that prints as it.
        progress : bool, optional
            Show a bar; default: on a terminal, for long grids.
        store, chunk, overwrite
            A Zarr store that is filled chunk by chunk and resumed, as for :meth:`solve`.
        workers : int
            Processes that fill a store, where there is no Dask client.

        Returns
        -------
        xarray.Dataset
            ``X_lower <= X <= X_upper`` for each value ``X``, ``certificate`` (see
            :class:`asymp.Certificate`), ``error``, ``radius``, ``bits``, ``branch``.

        Raises
        ------
        InvalidParameter
            For bad names or values, or a dataset of another theorem.
        MissingExtra
            Without python-flint.

        Examples
        --------
        >>> import asymp
        >>> thm = asymp.theorem("random-features-robust")
        >>> proof = thm.certify(thm.solve(psi1=[0.5, 2.0], psi2=3.0, eps=0.3, tau=0.5))
        >>> proof.certificate.values.tolist()  # 0: certified
        [0, 0]
        >>> bool((proof.robust_risk_upper - proof.robust_risk_lower < 1e-14).all())
        True
        """
        require_certify()
        _require_store(store, chunk, overwrite)
        if store is not None:
            from asymp.sweep.certifying import certify_into

            return certify_into(
                self, dataset, parameters, store, reading=reading, progress=progress,
                chunk=chunk, overwrite=overwrite, workers=workers,
            )  # fmt: skip
        from asymp.certify import certify_grid

        return certify_grid(self, dataset, parameters, reading=reading, progress=progress)

    def certify_curve(
        self,
        over: Mapping[str, tuple[float, float]],
        *,
        tolerance: float = 0.02,
        pieces: int = 2000,
        reading: str = "float",
        progress: bool | None = None,
        **parameters: Any,
    ) -> xr.Dataset:
        """Prove a curve: enclosures for all values of one parameter in an interval.

        See :func:`asymp.certify.certify_curve`.

        Examples
        --------
        >>> import asymp
        >>> thm = asymp.theorem("ridge")
        >>> curve = thm.certify_curve({"alpha": (1.5, 2.0)}, zeta=0.5, tau=0.5)
        >>> bool((curve.certificate == 0).all()), bool(curve.joined.all())
        (True, True)
        """
        require_certify()
        from asymp.certify import certify_curve

        return certify_curve(
            self, over, parameters, tolerance=tolerance, pieces=pieces, reading=reading,
            progress=progress,
        )  # fmt: skip

    def certify_everywhere(
        self,
        within: tuple[float, float] = (1e-2, 1e2),
        *,
        reading: str = "float",
        most: int = 200_000,
        progress: bool | None = None,
        **parameters: Any,
    ) -> Exhaustive:
        """Prove how many fixed points a point has, over a whole box of the unknowns.

        See :func:`asymp.certify.certify_everywhere`.

        Examples
        --------
        >>> import asymp
        >>> thm = asymp.theorem("ridge")
        >>> thm.certify_everywhere((1e-3, 1e3), alpha=2.0, zeta=0.5, tau=0.5).unique
        True
        """
        require_certify()
        from asymp.certify import certify_everywhere

        return certify_everywhere(
            self, within, parameters, reading=reading, most=most, progress=progress
        )

    def simulate(
        self,
        *,
        d: int = 400,
        repeats: int = 20,
        rng: int | np.random.Generator = 0,
        store: str | Path | None = None,
        chunk: int | Mapping[str, int] | None = None,
        overwrite: bool = False,
        **options: Any,
    ) -> xr.Dataset:
        """Draw the finite problem, train it to optimality, attack it, and measure.

        Parameters
        ----------
        d : int
            Input dimension; the other sizes follow from the ratios.
        repeats : int
            Independent draws.
        rng : int or numpy Generator
        store, chunk, overwrite
            As for :meth:`solve`; by default a chunk is one repeat of the points of equal ratios.
        **options
            Parameters by name, and options of :func:`asymp.simulate.simulate`.

        Returns
        -------
        xarray.Dataset
            For every observable the draws, ``_mean``, ``_sem`` and ``_theory`` beside them.
        """
        from asymp.simulate.repeats import with_theory
        from asymp.simulate.run import simulate
        from asymp.simulate.stated import simulate_theorem

        _require_store(store, chunk, overwrite)
        point = {name: options.pop(name) for name in list(options) if name in self.parameters}
        theory = self.solve(throw=False, progress=False, **point)
        _require_options(options, simulate, self.parameters)
        how: dict[str, Any] = {"d": d, "repeats": repeats, "rng": rng, **options}
        if store is None:
            return with_theory(simulate_theorem(self, point, **how), theory, self)
        from asymp.sweep.simulating import simulate_into

        return simulate_into(
            self, point, store, theory=theory, chunk=chunk, overwrite=overwrite, **how
        )

    def compare(
        self,
        *,
        sizes: Sequence[int] = (200, 400),
        repeats: int = 20,
        rng: int = 0,
        level: float = 0.01,
        **options: Any,
    ) -> Verdict:
        """Simulate at two sizes and judge the theory, allowing for finite-size bias.

        Parameters
        ----------
        sizes : sequence of int
            Input dimensions; two at least, so that a bias of order 1/d is told from disagreement.
        repeats : int
            Independent draws at each size.
        rng : int
        level : float
            Probability of rejecting a true theory, all comparisons together.
        **options
            As for :meth:`simulate`.

        Returns
        -------
        Verdict
            ``agrees``, and a table when printed.
        """
        from asymp.simulate import compare

        runs = [self.simulate(d=d, repeats=repeats, rng=rng, **options) for d in sizes]
        point = {name: value for name, value in options.items() if name in self.parameters}
        theory = self.solve(throw=False, progress=False, **point)
        return compare(theory[list(self.observables)], runs, level=level)

    def compare_with(
        self, other: Theorem, *, parameters: Mapping[str, Any] | None = None, **options: Any
    ) -> AuditReport:
        """Compare with another theorem at random points: a stated one with a derived one, say.

        Parameters
        ----------
        other : Theorem
        parameters : mapping of str to expression
            Its parameters in those of this theorem; equal names stand for themselves.
        **options
            ``observables, points, rng, ranges, tolerance`` of
            :func:`asymp.testing.agreement.agreement`.

        Returns
        -------
        AuditReport
            ``outcome``, and ``worst``: the point of the largest deviation.
        """
        from asymp.testing.agreement import agreement

        return agreement(self, other, parameters=parameters, **options)

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

    def translate(self, to: str) -> Translation:
        """The theorem in the letters of another paper.

        Parameters
        ----------
        to : str
            Name of one of ``translations``, e.g. ``"mei-montanari"``.

        Returns
        -------
        Translation
            With ``parameters(**ours)``, ``back(**theirs)``, ``solve(**theirs)`` and ``latex()``.
        """
        from asymp.conventions.translation import translate

        return translate(self, to)

    def gradient(self, observable: str, parameter: str) -> Gradient:
        """Derivative of an observable by implicit differentiation of the fixed point.

        A partial derivative: every other parameter is held. See
        :func:`asymp.analysis.gradient`.
        """
        from asymp.analysis import gradient

        return gradient(self, observable, parameter)

    def optimise(
        self,
        observable: str,
        over: str | Sequence[str],
        *,
        maximise: bool = False,
        bounds: Any = None,
        **parameters: Any,
    ) -> xr.Dataset:
        """Best value of one or two parameters, e.g. the optimal ridge.

        See :func:`asymp.analysis.optimise`.
        """
        from asymp.analysis import optimise

        return optimise(self, observable, over, maximise=maximise, bounds=bounds, **parameters)

    def series(
        self,
        observable: str,
        parameter: str,
        at: Any,
        order: int = 2,
        *,
        side: str | None = None,
        **parameters: Any,
    ) -> Series:
        """Expansion of an observable in one parameter, exponents detected.

        ``at`` is a number, ``"oo"`` or the name of a boundary such as ``"eps_max"``. See
        :func:`asymp.analysis.series`.
        """
        from asymp.analysis import series

        return series(self, observable, parameter, at, order, side=side, **parameters)

    def export(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the solver as one dependency-free Python file.

        See :func:`asymp.analysis.export`.
        """
        from asymp.analysis import export

        return export(self, path, overwrite=overwrite)

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


@dataclass(frozen=True)
class Problem(ProblemStatement):
    """A stated problem that derives into a theorem.

    Examples
    --------
    >>> import asymp
    >>> problem = asymp.Problem(features=asymp.IsotropicGaussian(), adversary=asymp.L2Input())
    >>> problem.derive().status
    'derived'
    """

    def derive(self, *, id: str = "user", title: str = "A user's theorem") -> Theorem:
        """Derive the proportional limit.

        Raises
        ------
        NotDerivable
            If a hypothesis of a reduction fails; the message names it.
        """
        return Theorem(**state_theorem(self, id=id, title=title))


def require_certify() -> None:
    """Refuse to certify without python-flint."""
    from importlib.util import find_spec

    if find_spec("flint") is None:
        raise MissingExtra("certificates need python-flint: pip install 'asymp[certify]'")


def _require_store(store: Any, chunk: Any, overwrite: bool) -> None:
    """Refuse what means nothing without a store."""
    if store is None and (chunk is not None or overwrite):
        raise InvalidParameter("chunk and overwrite are about a store: give store= too")


def _require_options(
    options: Mapping[str, Any], function: Callable[..., Any], parameters: Mapping[str, Any]
) -> None:
    """Refuse names that are neither parameters of the theorem nor options of the function."""
    known = set(inspect.signature(function).parameters) - {"problem", "parameters"}
    for name in options:
        if name not in known:
            raise InvalidParameter(
                f"unknown name {name!r}: the parameters are {', '.join(parameters)}, the options "
                f"{', '.join(sorted(known))}"
            )
