r"""The limiting spectrum of a covariance with the teacher's shares in its eigenbasis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from asymp.calculus.discrete_law import DiscreteLaw
from asymp.errors import InvalidProblem
from asymp.problem.designs.entries import Entries, declared, entries, listed, require_unit_sum
from asymp.problem.designs.measured import measure, project
from asymp.problem.designs.quadrature import Nodes, density_nodes, power_law_nodes, shares_of
from asymp.symbols import Parameter


@dataclass(frozen=True)
class Spectrum:
    r"""Law :math:`\mu=\sum_kw_k\delta_{t_k}` of eigenvalues, and the teacher's energy in each atom.

    With :math:`\Sigma=\sum_j\lambda_jv_jv_j^\top` and the teacher :math:`h=\langle\beta,x\rangle`,
    the share of atom k is
    :math:`\sum_{\lambda_j=t_k}\lambda_j\langle v_j,\beta\rangle^2/\rho`, where
    :math:`\rho=\beta^\top\Sigma\beta` is a parameter of the target. Use the class methods.

    Parameters
    ----------
    values : tuple
        Atoms :math:`t_k\ge0`: numbers, :class:`asymp.Parameter`, or expressions of parameters.
    weights : tuple
        Their weights, summing to 1.
    teacher : tuple, optional
        The teacher's shares, summing to 1; default proportional to :math:`w_kt_k`, the shares of
        an isotropic :math:`\beta`.
    parameters : tuple of Parameter
        Parameters that the expressions use.
    error : float
        For laws with a density: estimate of the error that the atoms make in
        :math:`\int t/(t+x)\,d\mu` and :math:`\int t^2/(t+x)^2\,d\mu`, the largest over
        :math:`10^{-3}\le x/\bar t\le10^3`, with :math:`\bar t` the mean eigenvalue.
    teacher_variance, noise : float, optional
        For measured spectra: :math:`\rho` and the standard deviation :math:`\tau` of what the
        linear teacher leaves, to be given to ``solve``.

    Raises
    ------
    InvalidProblem
        For negative or undeclared entries, unequal lengths, or sums other than one.
    """

    values: Entries
    weights: Entries
    teacher: Entries
    parameters: tuple[Parameter, ...] = ()
    error: float = 0.0
    teacher_variance: float | None = None
    noise: float | None = None

    def __init__(
        self,
        values: Iterable[Any],
        weights: Iterable[Any],
        teacher: Iterable[Any] | None = None,
        parameters: Iterable[Parameter] = (),
        error: float = 0.0,
        teacher_variance: float | None = None,
        noise: float | None = None,
    ) -> None:
        given = (
            listed("values", values),
            listed("weights", weights),
            None if teacher is None else listed("teacher", teacher),
        )
        atoms = entries("values", given[0])
        mass = entries("weights", given[1], len(atoms))
        require_unit_sum("weights", mass)
        if all(t == 0 or w == 0 for t, w in zip(atoms, mass, strict=True)):
            raise InvalidProblem("every eigenvalue is zero: there is nothing to learn from")
        shares = _isotropic(atoms, mass) if given[2] is None else _shares(given[2], atoms)
        known = declared(
            (*atoms, *mass, *shares), [*given[0], *given[1], *(given[2] or [])], parameters
        )
        fields = (atoms, mass, shares, known, float(error), teacher_variance, noise)
        for name, value in zip(self.__dataclass_fields__, fields, strict=True):
            object.__setattr__(self, name, value)

    @classmethod
    def atoms(
        cls,
        values: Iterable[Any],
        weights: Iterable[Any],
        teacher: Iterable[Any] | None = None,
        parameters: Iterable[Parameter] = (),
    ) -> Spectrum:
        """Finitely many eigenvalues with their weights and, optionally, the teacher's shares.

        Examples
        --------
        >>> Spectrum.atoms([1, 4], [0.5, 0.5]).teacher
        (1/5, 4/5)
        """
        return cls(values, weights, teacher, parameters)

    @classmethod
    def two_level(
        cls,
        low: Any,
        high: Any,
        share: Any = 0.5,
        teacher_share: Any = None,
        parameters: Iterable[Parameter] = (),
    ) -> Spectrum:
        r"""Two eigenvalues, the higher one with weight ``share``.

        Parameters
        ----------
        low, high, share : number, Parameter or expression
        teacher_share : number, Parameter or expression, optional
            The teacher's energy in the higher level; default isotropic :math:`\beta`.
        parameters : iterable of Parameter

        Examples
        --------
        >>> Spectrum.two_level(1, 4, 0.25).weights
        (3/4, 1/4)
        """
        own = [x for x in (low, high, share, teacher_share) if isinstance(x, Parameter)]
        known = tuple(dict.fromkeys((*parameters, *own)))
        rest = 1 - entries("share", [share])[0]
        shares = None
        if teacher_share is not None:
            upper = entries("teacher_share", [teacher_share])[0]
            shares = [1 - upper, upper]
        return cls([low, high], [rest, share], shares, known)

    @classmethod
    def power_law(cls, exponent: float, cutoff: float = 1e-3, teacher: Any = None) -> Spectrum:
        r"""Eigenvalues :math:`\lambda_j=(j/p)^{-a}` for :math:`c\,p\le j\le p`.

        The limiting law is that of :math:`U^{-a}` with U uniform on :math:`[c,1]`: a density
        proportional to :math:`t^{-1-1/a}` on :math:`[1,c^{-a}]`. The cut keeps the largest
        eigenvalue of order one; the weight that it removes is spread evenly over the rest.

        Parameters
        ----------
        exponent : float
            :math:`a>0`.
        cutoff : float
            :math:`c` in (0, 1).
        teacher : sympy.Expr, optional
            As in :meth:`density`.
        """
        return cls._of_nodes(power_law_nodes(exponent, cutoff), teacher)

    @classmethod
    def density(cls, density: sp.Expr, low: float, high: float, teacher: Any = None) -> Spectrum:
        r"""A density on an interval, replaced by quadrature nodes.

        The nodes are those of Gauss-Legendre in the angle :math:`\phi` with
        :math:`t=\frac{a+b}2-\frac{b-a}2\cos\phi`, so that edges like :math:`(t-a)^{\pm1/2}` do no
        harm; their number doubles until resolvent averages settle (see ``error``).

        Parameters
        ----------
        density : sympy.Expr
            Of :data:`asymp.EIGENVALUE`; normalised to mass one by the constructor if it has mass
            one within 1e-6, refused otherwise.
        low, high : float
            Ends of the support, :math:`0\le a<b`.
        teacher : sympy.Expr, optional
            Density of the teacher's shares against the law, up to a factor, as an expression of
            :data:`asymp.EIGENVALUE`; default ``t``, an isotropic :math:`\beta`.

        Examples
        --------
        >>> from asymp.calculus.spectral_law import EIGENVALUE
        >>> law = Spectrum.density(EIGENVALUE / 4, 1, 3)
        >>> round(float(sum(w * t for t, w in zip(law.values, law.weights))), 12)
        2.166666666667
        >>> law.error < 1e-12
        True
        """
        return cls._of_nodes(density_nodes(density, low, high), teacher)

    @classmethod
    def _of_nodes(cls, nodes: Nodes, teacher: Any) -> Spectrum:
        return cls(nodes.values, nodes.weights, shares_of(nodes, teacher), error=nodes.error)

    @classmethod
    def from_covariance(cls, covariance: Any, teacher: Any = None) -> Spectrum:
        r"""Eigenvalues of a covariance, with the alignment of a teacher vector.

        Parameters
        ----------
        covariance : array_like, (p, p)
            :math:`\Sigma`, symmetric and positive semidefinite.
        teacher : array_like, (p,), optional
            :math:`\beta`; default isotropic. ``teacher_variance`` is then
            :math:`\beta^\top\Sigma\beta`. For a Gaussian mixture the shares are those of the
            class mean itself: give :math:`\Sigma^{-1/2}\mu`.

        Raises
        ------
        InvalidProblem
            If a shape is wrong, the matrix is no covariance, or the teacher sees no variance.

        Examples
        --------
        >>> import numpy as np
        >>> law = Spectrum.from_covariance(np.diag([1.0, 4.0]), [1.0, 1.0])
        >>> law.teacher, law.teacher_variance
        ((1/5, 4/5), 5.0)
        """
        found = project(covariance, teacher)
        return cls(found.values, found.weights, found.shares, teacher_variance=found.variance)

    @classmethod
    def from_samples(cls, x: Any, y: Any = None, centre: bool = True) -> Spectrum:
        r"""Spectrum measured on data: that of the sample covariance, the teacher by regression.

        With :math:`\hat\Sigma=\frac1nX^\top X=\sum_j\hat\lambda_jv_jv_j^\top` and the
        least-squares :math:`\hat\beta`, the teacher's energy in direction j is
        :math:`\hat\lambda_j\langle v_j,\hat\beta\rangle^2-\hat\tau^2/n` (the variance of the
        estimate removed, negative values set to zero), and
        :math:`\hat\tau^2=\|y-X\hat\beta\|^2/(n-p)` is an estimate of everything in y that no
        linear function of x explains; ``noise`` is :math:`\hat\tau`.

        The sample spectrum is wider than that of the population: by the Marchenko-Pastur law its
        relative spread is of order :math:`\sqrt{p/n}`. Results describe a population *with this
        spectrum*, such as the empirical distribution of the sample itself; they approach those of
        the data's own population as n/p grows. Nothing is done against this bias.

        Parameters
        ----------
        x : array_like, (n, p)
            Inputs, one a row.
        y : array_like, (n,), optional
            Labels; needs n > p. Default: isotropic :math:`\beta`.
        centre : bool
            Whether means are subtracted first.

        Raises
        ------
        InvalidProblem
            If a shape is wrong, the inputs are constant, or n <= p with labels given.
        """
        found = measure(x, y, centre)
        return cls(
            found.values,
            found.weights,
            found.shares,
            teacher_variance=found.variance,
            noise=found.noise,
        )

    @property
    def measured(self) -> dict[str, float]:
        r"""Measured values of the standard parameters, for ``thm.solve(..., **measured)``.

        ``rho`` is the teacher's variance and ``tau`` the deviation of what no linear function
        explains; a theorem takes its defaults unless they are given.

        Examples
        --------
        >>> Spectrum.from_covariance([[1.0, 0.0], [0.0, 3.0]], [1.0, 1.0]).measured
        {'rho': 4.0}
        """
        found = {"rho": self.teacher_variance, "tau": self.noise}
        return {name: float(value) for name, value in found.items() if value is not None}

    @property
    def latex(self) -> str:
        """The law, in LaTeX: its atoms if they are few, else their number and range."""
        law = DiscreteLaw(self.values, self.weights, mass=1)
        return rf"{law.symbol_latex}={law.atoms_latex}"


def _isotropic(values: Entries, weights: Entries) -> Entries:
    energy = [w * t for t, w in zip(values, weights, strict=True)]
    total = sp.Add(*energy)
    return tuple(sp.cancel(e / total) if e.free_symbols else e / total for e in energy)


def _shares(given: Sequence[Any], values: Entries) -> Entries:
    shares = entries("teacher", given, len(values))
    require_unit_sum("teacher shares", shares)
    blind = next((s for t, s in zip(values, shares, strict=True) if t == 0 and s != 0), None)
    if blind is not None:
        raise InvalidProblem(
            f"the teacher has the share {blind} where the eigenvalue is 0: such directions have "
            "no variance"
        )
    return shares
