"""The law iterated in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from asymp.dynamics.arrays import Lowered, lower
from asymp.dynamics.letters import NEURON, PATCH, PATCHES, SAMPLE, SAMPLES, WIDTH
from asymp.dynamics.phases import Thresholds, add_phases
from asymp.errors import InvalidParameter, NotConverged
from asymp.symbols.arguments import (
    NONNEGATIVE,
    finite_array,
    generator,
    number,
    numbers,
    shown,
    signs,
    whole,
)

if TYPE_CHECKING:
    from asymp.dynamics.law import DynamicalLaw

_DIMS = {NEURON: "neuron", SAMPLE: "sample", PATCH: "patch"}
_STATE_INDICES = {"u": (NEURON,), "v": (NEURON, SAMPLE, PATCH)}
_SCALE = 0.1


def run(
    law: DynamicalLaw,
    steps: int,
    *,
    width: int | None = None,
    samples: int | None = None,
    patches: int = 1,
    initial: Mapping[str, Any] | None = None,
    scale: float = _SCALE,
    rng: Any = None,
    favoured: bool = False,
    energy: Any = 1.0,
    labels: Any = None,
    signs: Any = None,
    every: int = 1,
    thresholds: Thresholds | None = None,
    **parameters: float,
) -> xr.Dataset:
    r"""Iterate a law for ``steps`` steps.

    Parameters
    ----------
    law : DynamicalLaw
    steps : int
    width, samples, patches : int
        Sizes :math:`m,N,P`, unless ``initial`` says them.
    initial : mapping of str to array, optional
        ``u`` of shape (m,) and ``v`` of shape (m, N, P); otherwise drawn as
        :math:`u_r\sim N(0,s^2)`, :math:`v_{rij}\sim N(0,s^2\|X_i[j]\|^2)`, ``s`` the ``scale``.
    scale : float
        Not negative; without effect if there is an ``initial``.
    rng : int or numpy.random.Generator
        Of that draw.
    favoured : bool
        Reflect the first ``u`` if the first ``true_feature`` is negative: a start conditioned
        on what the law assumes of the adversary.
    energy : float or array of shape (N, P)
        :math:`\|X_i[j]\|^2`, not negative; an axis of length one stands for all its entries.
    labels, signs : arrays of shapes (N,) and (m,)
        Entries 1 or -1; alternating by default. Without effect where the law has none.
    every : int
        Steps between two that are kept; the last is kept in any case.
    thresholds : Thresholds, optional
        Of the phases.
    **parameters
        Those of the law; :math:`\delta\le\alpha`.

    Returns
    -------
    xarray.Dataset
        Over the ``step`` kept: the state ``u`` (neuron) and ``v`` (neuron, sample, patch), with
        ``v_mean``, ``v_min``, ``v_max``; the observables ``true_feature``, ``signal``,
        ``robust_signal``, ``clean_loss``, ``robust_loss``, ``objective``, and by sample
        ``memorised``, ``margin``, ``robust_margin``; the ``phase`` of each step. Beside them
        ``phase_start`` and ``phase_end``, in steps, NaN where not reached. Attributes are the
        parameters, ``phase_criterion``, and ``adversary_licensed``: 1 if the sign that the law
        assumes of the output held at every step kept, else 0.

    Raises
    ------
    InvalidParameter
        If a parameter, a size, a step, an energy or the thresholds are not admissible, or shapes
        do not fit.
    NotConverged
        If the weights leave the floating-point range.
    """
    chosen, criteria = checked_parameters(law, parameters), Thresholds.given(thresholds)
    steps, every = whole("steps", steps), whole("every", every)
    state = _start(initial, (width, samples, patches), scale, energy, rng)
    sizes = dict(zip((NEURON, SAMPLE, PATCH), state["v"].shape, strict=True))
    m, n, p = state["v"].shape
    fixed = chosen | {
        str(WIDTH): m,
        str(SAMPLES): n,
        str(PATCHES): p,
        "E": _energy(energy, (n, p)),
        "y": _signs("labels", labels, n),
        "a": _signs("signs", signs, m) if law.network.signed else np.ones(m),
    }
    compiled = law.compiled
    if favoured:
        values = compiled.with_margins(fixed | state, sizes)
        if compiled.observables(values, sizes)["true_feature"] < 0:
            state["u"] = -state["u"]
    kept = _iterate(compiled, state, fixed, sizes, steps, every)
    data = trajectory(law, kept, chosen, fixed["a"])
    return add_phases(data, criteria)


@dataclass(frozen=True)
class Compiled:
    """Margins, updates and observables as functions of arrays."""

    margins: Lowered
    updates: Lowered
    observables: Lowered

    @classmethod
    def of(cls, law: DynamicalLaw) -> Compiled:
        """Compile a law."""
        margins = {str(k.base): (e, (SAMPLE,)) for k, e in law.definitions.items()}
        updates = {k: (e, _STATE_INDICES[k]) for k, e in law.updates.items()}
        return cls(lower(margins), lower(updates), lower(law.observables))

    def with_margins(self, values: dict[str, Any], sizes: Any) -> dict[str, Any]:
        """Add the margins to the values of the letters."""
        return values | self.margins(values, sizes)


def _iterate(
    compiled: Compiled, state: dict[str, Any], fixed: dict[str, Any], sizes: Any, steps: int,
    every: int,
) -> list[dict[str, Any]]:  # fmt: skip
    kept = []
    # exp of a large margin is infinite, and the response zero as it should be.
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(steps + 1):
            values = compiled.with_margins(fixed | state, sizes)
            if t % every == 0 or t == steps:
                kept.append({"step": t} | state | compiled.observables(values, sizes))
            if t < steps:
                state = compiled.updates(values, sizes)
                _require_finite(state, t + 1, fixed["eta"])
    return kept


def _require_finite(state: Mapping[str, Any], t: int, eta: float) -> None:
    for name, array in state.items():
        if not np.isfinite(array).all():
            raise NotConverged(
                f"{name} is not finite after step {t}; take eta smaller than {eta:g}, or smaller "
                "initial weights"
            )


def trajectory(
    law: DynamicalLaw, kept: list[dict[str, Any]], numbers: dict[str, float], signs: Any
) -> Any:
    """Dataset of the steps kept."""
    indices = _STATE_INDICES | {k: x for k, (_, x) in law.observables.items()}
    data = {
        name: (("step", *(_DIMS[k] for k in free)), np.stack([row[name] for row in kept]))
        for name, free in indices.items()
        if name in kept[0]
    }
    out = xr.Dataset(data, {"step": [row["step"] for row in kept]}, numbers)
    for statistic in ("mean", "min", "max"):
        out[f"v_{statistic}"] = getattr(out.v, statistic)(out.v.dims[1:])
    # The licence of the adversary's move: neurons, or for a power their sum, favour the signal.
    neurons = bool((out.u * xr.DataArray(signs, dims="neuron") >= 0).all())
    total = law.network.activation.is_odd_power and bool((out.true_feature >= 0).all())
    out.attrs["adversary_licensed"] = int(neurons or total)
    return out


def checked_parameters(law: DynamicalLaw, given: Mapping[str, float]) -> dict[str, float]:
    """Parameters of a law, or a refusal that names what is missing, unknown or out of domain."""
    known = law.parameters
    unknown, missing = set(given) - set(known), set(known) - set(given)
    if unknown or missing:
        what = f"unknown {sorted(unknown)}" if unknown else f"missing {sorted(missing)}"
        raise InvalidParameter(f"{what}; the law's parameters are {', '.join(known)}")
    found = {name: number(name, given[name], p.domain, p.meaning) for name, p in known.items()}
    if found["delta"] > found["alpha"]:
        raise InvalidParameter(
            f"delta = {shown(given['delta'])} is not in [0, alpha = {shown(given['alpha'])}]; the "
            "model's adversary cannot turn the signal around, lower delta"
        )
    return found


def _start(
    initial: Mapping[str, Any] | None, sizes: tuple[Any, Any, int], scale: float, energy: Any,
    rng: Any,
) -> dict[str, Any]:  # fmt: skip
    if initial is not None:
        if not isinstance(initial, Mapping) or set(initial) != {"u", "v"}:
            raise InvalidParameter(f"initial holds {_held(initial)}; give exactly 'u' and 'v'")
        u = finite_array("initial u", initial["u"], "(m,)").copy()
        v = finite_array("initial v", initial["v"], "(m, N, P)").copy()
        if u.ndim != 1 or v.ndim != 3 or len(u) != len(v) or 0 in v.shape:
            raise InvalidParameter(f"u has shape {u.shape}, v {v.shape}; give (m,) and (m, N, P)")
        return {"u": u, "v": v}
    for name, size in zip(("width", "samples", "patches"), sizes, strict=True):
        whole(name, size, advice="give a positive integer, or initial")
    spread = number("scale", scale, NONNEGATIVE, "the start's standard deviation")
    source = generator(rng)
    u = spread * source.standard_normal(sizes[0])
    v = spread * source.standard_normal(sizes) * np.sqrt(_energy(energy, sizes[1:]))
    return {"u": u, "v": v}


def _held(initial: Any) -> str:
    return str(sorted(map(str, initial))) if isinstance(initial, Mapping) else repr(initial)


def _energy(given: Any, shape: tuple[int, ...]) -> Any:
    """Energies of the patches; sizes are never taken from them."""
    found = numbers("energy", given, NONNEGATIVE, "it is a square")
    try:
        return np.broadcast_to(found, shape)
    except ValueError:
        raise InvalidParameter(
            f"energy has shape {found.shape}; give one number, or (N, P) = {shape}"
        ) from None


def _signs(name: str, given: Any, length: int) -> Any:
    if given is None:
        return np.resize([1.0, -1.0], length)
    return signs(name, given, length)
