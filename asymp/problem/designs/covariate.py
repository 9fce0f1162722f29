"""The Gaussian covariate model: teacher and student see different features of one input."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from asymp.errors import InvalidProblem
from asymp.problem.designs.arrays import Array, covariance_eigen, real_array, require_shape
from asymp.problem.features import FeatureMap
from asymp.symbols import POSITIVE, Parameter


@dataclass(frozen=True, eq=False)
class GaussianCovariate(FeatureMap):
    r"""Gaussian covariate model (Loureiro et al. 2021, arXiv 2102.08127, equation 1.1).

    .. math:: (u,v)\sim N\Big(0,\begin{pmatrix}\Psi&\Phi\\\Phi^\top&\Omega\end{pmatrix}\Big),
              \qquad h=\langle\beta,u\rangle,\qquad f(v)=\langle\theta,v\rangle .

    The student's covariance is :math:`\Sigma=\Omega` and its cross-covariance with the teacher
    :math:`c=\Phi^\top\beta`. Of the teacher's variance :math:`\rho`, the share
    :math:`c^\top\Omega^{-1}c/\beta^\top\Psi\beta\le1` is linear in v; the rest acts as further
    label noise. Eigenvalues and alignments of the given matrices stand for their limits. An input
    adversary moves v, not the label.

    Parameters
    ----------
    teacher_covariance : array_like, (k, k)
        :math:`\Psi`.
    student_covariance : array_like, (p, p)
        :math:`\Omega`.
    cross : array_like, (k, p)
        :math:`\Phi=\mathbb E[uv^\top]`.
    teacher : array_like, (k,)
        :math:`\beta`; only its direction matters, as :math:`\rho` is a parameter of the target.
        ``teacher_variance`` is :math:`\beta^\top\Psi\beta`.
    ratio : str
        Name of :math:`n/p`.

    Raises
    ------
    InvalidProblem
        If a shape is wrong, or the joint matrix is no covariance.

    Examples
    --------
    >>> model = GaussianCovariate(np.eye(2), np.eye(2), np.diag([1.0, 0.5]), [1.0, 1.0])
    >>> model.explained
    0.625
    """

    teacher_covariance: Any
    student_covariance: Any
    cross: Any
    teacher: Any
    ratio: str = "alpha"
    values: Array = field(init=False, repr=False)
    shares: Array = field(init=False, repr=False)
    teacher_variance: float = field(init=False)

    def __post_init__(self) -> None:
        psi, _ = covariance_eigen("teacher_covariance", self.teacher_covariance)
        values, vectors = covariance_eigen("student_covariance", self.student_covariance)
        cross = real_array("cross", self.cross, 2)
        beta = real_array("teacher", self.teacher, 1)
        shape = (len(psi), len(values))
        require_shape("cross", cross, shape, "teacher's dimension, student's dimension")
        require_shape("teacher", beta, psi.shape, "one entry for each of the teacher's features")
        _require_joint(np.asarray(self.teacher_covariance, float), self.student_covariance, cross)
        variance = float(beta @ np.asarray(self.teacher_covariance, float) @ beta)
        if not variance > 0:
            raise InvalidProblem("the teacher's field has no variance: beta^T Psi beta = 0")
        seen = values > 0
        energy = np.zeros_like(values)
        energy[seen] = (vectors.T @ (cross.T @ beta))[seen] ** 2 / values[seen]
        for name, value in (
            ("values", values),
            ("shares", energy / variance),
            ("teacher_variance", variance),
        ):
            object.__setattr__(self, name, value)

    @property
    def explained(self) -> float:
        r"""Share :math:`c^\top\Omega^{-1}c/\beta^\top\Psi\beta` that is linear in the features.

        Within 1e-9 of one it counts as one: the rounding of an eigensolver.
        """
        total = float(self.shares.sum())
        return 1.0 if total > 1 - 1e-9 else total

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The ratio of samples to the student's dimension."""
        return (Parameter(self.ratio, POSITIVE, "samples per dimension", scaling=r"n/p"),)

    @property
    def latex(self) -> str:
        """The feature map, in LaTeX."""
        k, p = len(np.asarray(self.teacher)), len(self.values)
        return (
            r"\varphi=v,\qquad(u,v)\sim N\Big(0,\begin{pmatrix}\Psi&\Phi\\\Phi^\top&\Omega"
            rf"\end{{pmatrix}}\Big),\qquad u\in\mathbb R^{{{k}}},\ v\in\mathbb R^{{{p}}}"
        )


def _require_joint(psi: Array, omega: Any, cross: Array) -> None:
    joint = np.block([[psi, cross], [cross.T, np.asarray(omega, float)]])
    lowest, *_, highest = np.linalg.eigvalsh(joint)
    if lowest < -1e-9 * highest:
        raise InvalidProblem(
            "teacher_covariance, student_covariance and cross do not form a covariance: the joint "
            f"matrix has the eigenvalue {lowest:.3g}"
        )
