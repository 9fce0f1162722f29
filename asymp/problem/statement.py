"""The stated problem: what the user writes, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asymp.errors import InvalidProblem
from asymp.problem.adversary import ADVERSARIES
from asymp.problem.ambiguity import KLBall
from asymp.problem.features import FeatureMap
from asymp.problem.labels import BINARY, GaussianMixture
from asymp.problem.losses import MarginLoss, ResidualLoss, SquareLoss
from asymp.problem.noise import ADDITIVE, GaussianNoise
from asymp.problem.observation import OBSERVATIONS
from asymp.problem.penalty import NoPenalty, Ridge, SeparablePenalty
from asymp.problem.target import TARGETS, LinearTarget
from asymp.symbols import Names, by_name

_KINDS: dict[str, tuple[type, ...]] = {
    "features": (FeatureMap,),
    "target": (*TARGETS, type(None)),
    "noise": (*ADDITIVE, type(None)),
    "labels": (*BINARY, type(None)),
    "loss": (ResidualLoss, MarginLoss),
    "penalty": (Ridge, SeparablePenalty, NoPenalty),
    "intercept": (bool,),
    "ambiguity": (KLBall, type(None)),
}


@dataclass(frozen=True)
class ProblemStatement:
    r"""Regularised empirical risk minimisation in proportional dimensions.

    .. math:: \hat\theta = \arg\min_\theta \max_{\delta}
              \frac1n\sum_i \ell\big(y_i, \theta^\top\varphi(x_i+\delta_i) + b\big) + r(\theta).

    Parameters
    ----------
    features : IsotropicGaussian, RandomFeatures or another feature map
    target : LinearTarget or SparseTarget
        The teacher; a Gaussian mixture has none.
    noise : GaussianNoise, LaplaceNoise, StudentNoise or ContaminatedNoise
        Additive noise of a regression; without ``labels`` the default is Gaussian.
    loss : ResidualLoss or MarginLoss
        The latter needs binary labels.
    penalty : Ridge, SeparablePenalty or NoPenalty
    adversary : adversary or tuple of them, optional
        None means standard training; several add their budgets.
    labels : SignLabels, ProbitLabels, LogitLabels or GaussianMixture, optional
        Binary labels instead of a regression's.
    intercept : bool
        Whether :math:`b` is trained; without, it is zero.
    ambiguity : KLBall, optional
        Laws around the sample's among which the worst is trained against.
    observe : Pruning, UniversalPerturbation, Posterior or tuple of them, optional
        What is asked of the estimator beside its risks; training does not feel it.

    Raises
    ------
    InvalidProblem
        If a part is of the wrong kind, parts contradict each other, or two use one name.
    """

    features: FeatureMap
    target: Any = None
    noise: Any = None
    loss: Any = None
    penalty: Any = None
    adversary: Any = None
    labels: Any = None
    intercept: bool = False
    ambiguity: Any = None
    observe: Any = ()

    def __post_init__(self) -> None:
        self._complete()
        for part, allowed in _KINDS.items():
            _require_kind(part, getattr(self, part), allowed)
        for adversary in self.adversaries:
            _require_kind("adversary", adversary, (*ADVERSARIES, type(None)))
        for observation in self.observe:
            _require_kind("observe", observation, OBSERVATIONS)
        self._require_consistent()
        self._require_different()
        self._require_names()

    def _require_different(self) -> None:
        """No two adversaries, and no two observations, of one kind."""
        kinds = [(type(a).__name__, getattr(a, "layer", "")) for a in self.adversaries]
        if len(set(kinds)) < len(kinds):
            raise InvalidProblem(
                f"adversary={self.adversary!r}: two of one kind act as one whose radius is the sum "
                "of theirs; give one"
            )
        seen = [type(o).__name__ for o in self.observe]
        if len(set(seen)) < len(seen):
            raise InvalidProblem(
                f"observe={self.observe!r}: two of one kind have the same observables; give one, "
                "and solve for several values of its parameter"
            )

    def _require_names(self) -> None:
        """Every parameter has a name of its own."""
        used = [p.name for part in self._parts() for p in part.parameters]
        for name in used:
            if not (isinstance(name, str) and name.isidentifier()):
                raise InvalidProblem(
                    f"parameter name {name!r}: a part takes the name of its parameter, a string "
                    "like 'eps'; its value is given to solve"
                )
        twice = sorted({n for n in used if used.count(n) > 1})
        if twice:
            raise InvalidProblem(
                f"parameter name {twice[0]!r} is used by two parts of the problem: "
                "give one of them another name, e.g. radius= and test_radius= of an adversary"
            )

    def _complete(self) -> None:
        """Defaults that depend on other parts."""
        if self.noise is None and self.labels is None:
            object.__setattr__(self, "noise", GaussianNoise())
        if self.target is None and not self.is_mixture:
            object.__setattr__(self, "target", LinearTarget())
        if self.loss is None:
            object.__setattr__(self, "loss", SquareLoss())
        if self.penalty is None:
            object.__setattr__(self, "penalty", Ridge())
        if isinstance(self.adversary, (tuple, list)):
            some = tuple(self.adversary)
            object.__setattr__(self, "adversary", some[0] if len(some) == 1 else some or None)
        asked = () if self.observe is None else self.observe
        object.__setattr__(self, "observe", tuple(asked) if isinstance(asked, list) else asked)
        if not isinstance(self.observe, tuple):
            object.__setattr__(self, "observe", (asked,))

    def _require_consistent(self) -> None:
        if self.labels is not None and self.noise is not None:
            raise InvalidProblem(
                f"labels={self.labels!r} are binary; additive noise={self.noise!r} belongs to a "
                "regression: give one of the two"
            )
        if self.is_mixture and self.target is not None:
            raise InvalidProblem("a Gaussian mixture has no teacher: leave out `target`")
        if self.labels is None and isinstance(self.loss, MarginLoss):
            raise InvalidProblem(
                f"the {self.loss.name} loss is a function of the margin y u, which needs binary "
                "labels: give `labels`, e.g. asymp.SignLabels()"
            )
        if (
            self.labels is not None
            and isinstance(self.loss, ResidualLoss)
            and not self.loss.is_even
        ):
            raise InvalidProblem(
                f"with binary labels the loss {self.loss.expression} of the residual is a function "
                "of the margin only if it is even; give a MarginLoss"
            )

    @property
    def is_mixture(self) -> bool:
        """Whether inputs come from a Gaussian mixture."""
        return isinstance(self.labels, GaussianMixture)

    @property
    def is_binary(self) -> bool:
        """Whether labels are plus or minus one."""
        return self.labels is not None

    @property
    def adversaries(self) -> tuple[Any, ...]:
        """All adversaries, possibly none."""
        if self.adversary is None:
            return ()
        return self.adversary if isinstance(self.adversary, tuple) else (self.adversary,)

    def _parts(self) -> list[Any]:
        parts = [
            self.features,
            *self.adversaries,
            self.penalty,
            self.loss,
            self.noise,
            self.labels,
            self.target,
            self.ambiguity,
            *self.observe,
        ]
        return [part for part in parts if part is not None]

    @property
    def parameters(self) -> Names:
        """Parameters by name, in the order in which scripts usually vary them."""
        return by_name(p for part in self._parts() for p in part.parameters)


def _require_kind(part: str, given: Any, allowed: tuple[type, ...]) -> None:
    if not isinstance(given, allowed):
        names = " or ".join(k.__name__ for k in allowed if k is not type(None))
        shape = getattr(given, "shape", None)
        shown = repr(given) if shape is None else f"an array of shape {tuple(shape)}"
        hint = "; wrap a covariance as asymp.GaussianDesign(asymp.Spectrum.from_covariance(...))"
        raise InvalidProblem(f"{part}={shown}: expected {names}{hint if shape else ''}")
