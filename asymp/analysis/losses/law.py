r"""The law of the loss of one training point, and of one new point, at every solved point.

With the field :math:`\omega` of the output channel (a Gaussian, a mixture, or one tilted by the
label) the residual or margin of a training point is asymptotically the proximal point
:math:`u(\omega)`, that of a new point is :math:`\omega` itself, and the losses are
:math:`\ell(u(\omega);e)` and :math:`\ell(\omega;e_{\mathrm{test}})`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
import xarray as xr

from asymp.analysis.losses.blocks import Part, in_blocks, listed, shaped
from asymp.analysis.losses.channel import Channel, channel_of
from asymp.analysis.losses.compiled import Compiled
from asymp.analysis.losses.latex import law_latex
from asymp.analysis.losses.points import clipped_nodes, loss_quantiles
from asymp.analysis.losses.quadrature import Line
from asymp.analysis.losses.solved import Solved, solved
from asymp.errors import InvalidParameter
from asymp.reductions.statements import FIELD
from asymp.reductions.system import Definition

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class LossLaw:
    r"""Exact law of the loss, and of the residual or margin, of one point.

    Square losses count twice, :math:`r^2`, as in the observables: the mean of the law is the
    theorem's own training error, and for new points its risk.

    Parameters
    ----------
    theorem : Theorem
    sample : {"train", "test"}
        The training points, or new ones, each under the attack of its time.

    Notes
    -----
    Methods take ``at``: what ``theorem.solve`` returned, or a mapping of parameters, and work over
    the whole grid. Points without an answer (status beyond ``null``) are NaN, and ``status`` says
    so. Where all residuals or margins are one number, such as the margins of the zero estimator,
    they come with a spread of about 1e-13.
    """

    theorem: Any
    sample: str

    @cached_property
    def channel(self) -> Channel:
        """What the derivation says of one point."""
        return channel_of(self.theorem, self.sample)

    @cached_property
    def _compiled(self) -> Compiled:
        return Compiled(self.channel, self.theorem.title)

    @property
    def factor(self) -> int:
        """2 for square losses, 1 for others."""
        square = self.channel.argument == "residual" and self.theorem.problem.loss.is_square
        return 2 if square else 1

    @property
    def argument(self) -> sp.Expr:
        """Residual or margin as a function of the field ``omega`` and the order parameters."""
        return self._cases("argument", 1)

    @property
    def loss(self) -> sp.Expr:
        """Loss as a function of the field, order parameters and ``definitions``."""
        return self._cases("loss", self.factor)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Letters of the two, such as the budget e."""
        return self.channel.definitions

    @property
    def observable(self) -> str | None:
        """Name of the observable that is the mean of the law; None where there is none."""
        attacked, square = bool(self.theorem.problem.adversaries), self.factor == 2
        if self.sample == "train":
            name = f"train{'_robust' if attacked else ''}_{'risk' if square else 'loss'}"
        else:
            name = ("robust_risk" if attacked else "standard_risk") if square else ""
        return name if name in self.theorem.observables else None

    def _cases(self, name: str, factor: int) -> sp.Expr:
        *first, last = self.channel.stretches
        cases = [(factor * getattr(s, name), sp.Le(FIELD, s.high)) for s in first]
        return sp.Piecewise(*cases, (factor * getattr(last, name), True))

    def latex(self) -> str:
        """The law: field, residual or margin, loss, and the letters they use."""
        return law_latex(self.theorem, self.channel, self.sample, self.factor)

    def _repr_latex_(self) -> str:
        return self.latex()

    def __repr__(self) -> str:
        what = "training points" if self.sample == "train" else "new points"
        return f"<Law of the losses of {what}: {self.theorem.title}>"

    def cdf(self, at: Any, values: Any, of: str = "loss") -> xr.Dataset:
        """Distribution function.

        Parameters
        ----------
        at : Dataset or mapping
        values : array_like, (k,) or number
            Losses, residuals or margins; an array is a dimension of that name.
        of : str
            ``"loss"``, or ``"residual"`` or ``"margin"``, whichever the problem has.

        Returns
        -------
        xarray.Dataset
            ``cdf``, the probability of a value at most that, and ``status``.

        Raises
        ------
        InvalidParameter
            For another quantity, or values that are no list of numbers.

        Examples
        --------
        >>> import asymp
        >>> from asymp.analysis import loss_law
        >>> ridge = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
        >>> law = loss_law(ridge)
        >>> at = dict(alpha=2.0, zeta=0.0, tau=1.0)  # training residuals of variance 1 / 2
        >>> law.cdf(at, [-0.5**0.5, 0.0], of="residual").cdf.values.round(4).tolist()
        [0.1587, 0.5]
        """
        self._require(of)
        wanted, solution = listed("values", values), self._solved(at)
        row = np.atleast_1d(wanted)[None, :]

        def part(line: Line, rows: Array) -> Array:
            if of == "loss":
                return 1 - line.above(row / self.factor)
            return self._compiled.mass(line.at, line.up_to(row))[0]

        return shaped(solution, self._blocks(solution, part, wanted.size), "cdf", of, wanted)

    def quantiles(self, at: Any, levels: Any, of: str = "loss") -> xr.Dataset:
        """Quantiles, the least values whose distribution function reaches a level.

        Parameters
        ----------
        at : Dataset or mapping
        levels : array_like, (k,) or number
            In (0, 1); an array is the dimension ``level``.
        of : str
            As for :meth:`cdf`.

        Returns
        -------
        xarray.Dataset
            A variable named as ``of``, and ``status``.

        Raises
        ------
        InvalidParameter
            For another quantity, or a level outside (0, 1).
        """
        self._require(of)
        wanted, solution = listed("levels", levels), self._solved(at)
        if not ((wanted > 0) & (wanted < 1)).all():
            bad = wanted[~((wanted > 0) & (wanted < 1))].flat[0]
            raise InvalidParameter(f"level {bad:g} is outside (0, 1): move it inside")
        row = np.atleast_1d(wanted)[None, :]

        def part(line: Line, rows: Array) -> Array:
            if of != "loss":
                return self._compiled.point(line.at, line.quantile(row, 1 - row))[0]
            return self.factor * loss_quantiles(line, row, self._is_even)

        return shaped(solution, self._blocks(solution, part, wanted.size), of, "level", wanted)

    def sample_at(self, at: Any, size: int, rng: int | np.random.Generator = 0) -> xr.Dataset:
        """Draw independent points.

        Parameters
        ----------
        at : Dataset or mapping
        size : int
            Draws at each point of the grid; the dimension ``draw``.
        rng : int or numpy Generator

        Returns
        -------
        xarray.Dataset
            ``loss``, ``residual`` or ``margin``, and ``status``.
        """
        if not (isinstance(size, int | np.integer) and size > 0):
            raise InvalidParameter(f"size = {size!r} is no positive integer: give that of draws")
        solution = self._solved(at)
        generator = np.random.default_rng(rng)
        uniform = generator.random((solution.columns.size, size))

        def part(line: Line, rows: Array) -> Array:
            field = line.quantile(uniform[rows], 1 - uniform[rows])
            argument, loss, _ = self._compiled.point(line.at, field)
            return np.stack([argument, self.factor * loss], axis=-1)

        found = self._blocks(solution, part, size, 2)
        names = {self.channel.argument: found[..., 0], "loss": found[..., 1]}
        return solution.labelled(("draw",), {}, **names)

    def nodes(
        self, at: Any, bound: Any = None, *, cut: Any = None, halvings: int = 0
    ) -> xr.Dataset:
        r"""Losses and weights with :math:`\mathbb Ef(\ell)=\sum_jw_jf(\ell_j)`.

        Gauss-Legendre panels in the field, which end at every kink of the loss, with geometrically
        smaller ones towards it.

        Parameters
        ----------
        at : Dataset or mapping
        bound : number or DataArray, optional
            Losses are clipped there: panels end where it is crossed, down to 1e-16 of the field's
            width, and the mass beyond is one node at the bound, the last.
        cut : number or DataArray, optional
            One more loss at whose crossings panels end, such as a quantile.
        halvings : int
            How often all panels are halved, to judge the error.

        Returns
        -------
        xarray.Dataset
            ``loss`` and ``weight`` over the grid and ``node``, weights of sum one, and ``status``.
        """
        solution = self._solved(at)
        given = {"bound": bound, "cut": cut}
        levels = {
            name: solution.column(name, value) / self.factor
            for name, value in given.items()
            if value is not None
        }

        def part(line: Line, rows: Array) -> Array:
            here = {name: level[rows] for name, level in levels.items()}
            found = clipped_nodes(line, here.get("bound"), here.get("cut"), halvings)
            return np.stack([self.factor * found[0], found[1]], axis=-1)

        found = self._blocks(solution, part, 2000 * 2**halvings, 2)
        return solution.labelled(("node",), {}, loss=found[..., 0], weight=found[..., 1])

    def mean(self, at: Any, bound: Any = None) -> xr.Dataset:
        r"""Mean loss, :math:`\mathbb E\min(\ell,b)` where a bound is given.

        Without one it is the observable of :attr:`observable`, by another quadrature. It is good
        to 1e-12, for residuals without a variance to six digits: masses of 1e-30 are left out.

        Examples
        --------
        >>> import asymp
        >>> from asymp.analysis import loss_law
        >>> thm = asymp.theorem("random-features-robust")
        >>> ds = thm.solve(psi1=1.0, psi2=2.0, eps=0.3, tau=0.5, zeta=0.01)
        >>> law = loss_law(thm)
        >>> law.observable, abs(float(law.mean(ds).loss - ds.train_robust_risk)) < 1e-12
        ('train_robust_risk', True)
        """
        nodes = self.nodes(at, bound)
        mean = (nodes["loss"] * nodes["weight"]).sum("node", skipna=False)
        return xr.Dataset({"loss": mean, "status": nodes["status"]}, attrs=nodes.attrs)

    def _require(self, of: str) -> None:
        if of not in ("loss", self.channel.argument):
            raise InvalidParameter(
                f'of = {of!r} is unknown: choose "loss" or "{self.channel.argument}", which the '
                "losses of this problem are functions of"
            )

    def _solved(self, at: Any) -> Solved:
        return solved(self.theorem, at, self._compiled.inputs)

    def _blocks(self, solution: Solved, part: Part, width: int, depth: int = 1) -> Array:
        return in_blocks(self._compiled, solution, part, width, depth)

    @property
    def _is_even(self) -> bool:
        """Whether residuals of both signs have equal probabilities and losses."""
        centred = all(f.mean == 0 and f.tilt == 1 for f in self.channel.fields)
        return self.channel.argument == "residual" and centred and self.theorem.problem.loss.is_even


def loss_law(theorem: Any, sample: str = "train") -> LossLaw:
    r"""Exact law of the losses of a derived theorem, read from its output channel.

    Parameters
    ----------
    theorem : Theorem
        Derived; of any loss, labels and adversaries of the engine.
    sample : {"train", "test"}
        The points trained on, or new ones.

    Returns
    -------
    LossLaw
        With ``latex()``, ``argument`` and ``loss`` as expressions, and ``cdf``, ``quantiles``,
        ``sample_at``, ``nodes`` and ``mean`` at solved points.

    Raises
    ------
    InvalidParameter
        For another sample.
    NotDerivable
        For a stated theorem, or a loss that is infinite on new points.

    Examples
    --------
    >>> import asymp
    >>> from asymp.analysis import loss_law
    >>> law = loss_law(asymp.theorem("random-features-robust"))
    >>> law.argument.args[1].expr, law.definitions[0].expression  # at rest; the budget e
    (0, sqrt(P)*eps)
    >>> lad = loss_law(asymp.theorem("least-absolute-deviations"))
    >>> lad.argument.args[0].expr, lad.argument.args[1].expr
    (V + omega, 0)
    """
    law = LossLaw(theorem, sample)
    law.channel  # noqa: B018  # refuses here rather than at the first number
    return law
