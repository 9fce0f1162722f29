r"""Compiled: the worst law within a Kullback-Leibler ball, in a form that keeps its digits.

For losses :math:`l_j` of weights :math:`w_j` below a bound :math:`b`, with gaps
:math:`g_j=b-l_j`,

.. math:: \max_{\mathrm{KL}(w\|p)\le r}\sum_jp_jl_j
          =\min_{u\ge0}\ b+u-e^{-r}\exp\Big(\sum_jw_j\log(u+g_j)\Big).

With :math:`c=u+\sum_jw_jg_j` and the relative deviations :math:`z_j=(\bar l-l_j)/c` the equation of
stationarity and the value are sums of positive terms,

.. math:: \psi(u)=\log\Big(1+\sum_j\frac{w_jz_j^2}{1+z_j}\Big)-\Lambda=r,\qquad
          \Lambda=\sum_jw_j\big(z_j-\log(1+z_j)\big),\qquad
          \bar l+c\,\big(1-e^{-(r+\Lambda)}\big),

so that nothing cancels for r = 1e-12, where u is near a million. :math:`\psi` decreases in u.

Inside, losses of a row are in falling order, behind the bound itself as entry 0, as drops below
the largest loss and as gaps; without poison the order does not matter.
"""

from __future__ import annotations

import numpy as np

from asymp.finite.holistic.compile import cached, compiled, reordered
from asymp.finite.holistic.entropy import binary_entropy, excess

_SMALL = 1e-300
_FIRST_ORDER = 1e-32
"""Radii below which u is its first-order value, exact to all digits."""
_NOT_SMALL = 1e-3
"""Radii above which logarithms are taken of products."""
_STEPS = 200


@compiled
def keep(weights, n, removed, mass, at_bound):  # type: ignore[no-untyped-def]
    """Weights 1/n without the ``removed`` smallest losses, times ``mass``; how many are left."""
    full = min(int(np.floor(removed)), n)
    weights[0] = at_bound
    weights[1 : n - full + 1] = mass / n
    weights[n - full + 1 :] = 0.0
    if full < n:
        weights[n - full] *= 1.0 - (removed - full)
    return n - full + 1


@compiled
def averages(gaps, drops, weights, count):  # type: ignore[no-untyped-def]
    """Mean drop, mean gap, variance, and the weight of the losses at the bound."""
    drop = gap = variance = touching = 0.0
    for j in range(count):
        drop += weights[j] * drops[j]
        gap += weights[j] * gaps[j]
    for j in range(count):
        variance += weights[j] * (drops[j] - drop) ** 2
        if gaps[j] == 0.0:
            touching += weights[j]
    return drop, gap, variance, touching


@compiled
def stationarity(gaps, drops, weights, count, mean, c, u):  # type: ignore[no-untyped-def]
    """Values of psi, its derivative in log u, and Lambda."""
    k, b, square, budget = u / c, 0.0, 0.0, 0.0
    for j in range(count):
        w = weights[j]
        if w > 0.0:
            z = (drops[j] - mean) / c
            ratio = (u + gaps[j]) / c
            budget += w * excess(z, ratio)
            b += w * z * z / ratio
            square += w * (z * k / ratio) ** 2
    spread = max(square - (k * b) ** 2, 0.0)
    return np.log1p(b) - budget, -spread / (k + k * b), budget


@reordered
def quick_sums(gaps, drops, weights, count, mean, c, u):  # type: ignore[no-untyped-def]
    """Sums of w z^2 / (1 + z) and w (k z / (1 + z))^2 over entries that may be vectorised."""
    scale, k, b, square = 1.0 / c, u / c, 0.0, 0.0
    for j in range(count):
        z = (drops[j] - mean) * scale
        inverse = c / (u + gaps[j])
        bent = weights[j] * z * z * inverse
        b += bent
        square += bent * inverse
    return b, k * k * square


@reordered
def product(gaps, u, scale, first, last):  # type: ignore[no-untyped-def]
    """Product of (u + gap) * scale."""
    value = 1.0
    for j in range(first, last):
        value *= (u + gaps[j]) * scale
    return value


@compiled
def quick_stationarity(gaps, drops, weights, count, mean, c, u):  # type: ignore[no-untyped-def]
    """Values of psi and its derivative in log u, one logarithm for sixteen equal weights.

    Exact to round-off of one, not of psi: for radii that are not small.
    """
    k = u / c
    b, square = quick_sums(gaps, drops, weights, count, mean, c, u)
    edge = count - 1  # the only weight, beside that of the bound, that may differ
    logs = weights[edge] * np.log((u + gaps[edge]) / c) if edge > 0 else 0.0
    if weights[0] > 0.0:
        logs += weights[0] * np.log(u / c)
    total = 0.0
    for first in range(1, edge, 16):
        total += np.log(product(gaps, u, 1.0 / c, first, min(first + 16, edge)))
    psi = np.log1p(b) + logs + weights[1] * total
    return psi, -max(square - (k * b) ** 2, 0.0) / (k + k * b)


@compiled
def tilt(gaps, drops, weights, count, r, guess):  # type: ignore[no-untyped-def]
    """Minimiser u, then c, Lambda, mean drop, and the weight of the losses at the bound.

    u = 0 either because the bound takes mass that no loss has, or because u underflows.
    """
    mean, gap, variance, touching = averages(gaps, drops, weights, count)
    if r <= _FIRST_ORDER and variance > 0.0:
        c = np.sqrt(0.5 * variance / r) if r > 0.0 else np.inf
        return c, c, (r if r > 0.0 else 0.0), mean, touching
    if variance == 0.0:
        return 0.0, gap, 0.0, mean, touching
    if touching == 0.0:
        psi, _, budget = stationarity(gaps, drops, weights, count, mean, gap, 0.0)
        if psi <= r:
            return 0.0, gap, budget, mean, touching
    low, high = np.log(_SMALL), 0.5 * np.log(variance / r)
    psi, _, budget = stationarity(gaps, drops, weights, count, mean, gap + _SMALL, _SMALL)
    if psi <= r:
        return 0.0, gap, np.inf, mean, touching
    t = min(max(guess, low), high)
    if np.isnan(guess):
        t = high - 0.5 * np.log(2.0)
    quick = r > _NOT_SMALL
    for _ in range(_STEPS):
        u = np.exp(t)
        if quick and u > 1e-15 * gap:
            psi, slope = quick_stationarity(gaps, drops, weights, count, mean, gap + u, u)
        else:
            psi, slope, budget = stationarity(gaps, drops, weights, count, mean, gap + u, u)
        if psi > r:
            low = t
        else:
            high = t
        # Nearly a power of u where r is small, nearly linear in log u where it is large.
        step = (r - psi) / slope if r > 1.0 else np.log(r / psi) * psi / slope
        new = t + step
        if not (low <= new <= high):
            new = 0.5 * (low + high)
        if abs(new - t) <= 4e-16 * max(1.0, abs(t)) or psi == r:
            break
        t = new
        if quick and abs(step) < 1e-7:  # Newton squares it; the last steps are careful
            quick, low, high = False, np.log(_SMALL), 0.5 * np.log(variance / r)
    if quick:
        _, _, budget = stationarity(gaps, drops, weights, count, mean, gap + u, u)
    return u, gap + u, budget, mean, touching


@compiled
def probabilities(gaps, weights, count, r, solution, mass, out):  # type: ignore[no-untyped-def]
    """Write ``mass`` times the worst distribution; the bound takes what is left."""
    u, c, budget, _, touching = solution
    out[:] = 0.0
    total = 0.0
    for j in range(count):
        if weights[j] == 0.0:
            continue
        if c == np.inf:
            out[j] = weights[j]
        elif u > 0.0 or touching == 0.0:
            out[j] = weights[j] * np.exp(-(r + budget)) * (c / (u + gaps[j]))
        elif gaps[j] == 0.0:
            out[j] = weights[j] / touching
        total += out[j]
    if u > 0.0 or touching > 0.0:
        out *= mass / total
    else:
        out *= mass
        out[0] += mass * max(1.0 - total, 0.0)


@compiled
def height(r, solution, at_bound):  # type: ignore[no-untyped-def]
    """Value relative to the largest loss, and the derivative of the value in the radius."""
    u, c, budget, mean, touching = solution
    if c == np.inf:
        return -mean, np.inf
    if u == 0.0 and touching > 0.0:
        return at_bound, 0.0
    total = r + budget
    return min(-mean - c * np.expm1(-total), at_bound), c * np.exp(-total)


@compiled
def poisoned_first(gaps, drops, alpha, r, work, out, moved):  # type: ignore[no-untyped-def]
    """Variant HD: value, u, lambda and truncation gap; ``moved`` is the intermediate law."""
    n = gaps.size - 1
    count = keep(work, n, alpha * n, 1.0, alpha)
    moved[:] = work
    solution = tilt(gaps, drops, work, count, r, np.nan)
    value, price = height(r, solution, -drops[0])
    probabilities(gaps, work, count, r, solution, 1.0, out)
    return value, solution[0], price, gaps[count - 1] if alpha > 0.0 else gaps.max()


@compiled
def removal_slope(gaps, drops, alpha, r, delta, atom, work, guess):  # type: ignore[no-untyped-def]
    """Whether removing more of an atom pays (its sign), u, and lambda of the kept losses."""
    n = gaps.size - 1
    radius = r - binary_entropy(delta, alpha)
    removed = (alpha + delta) * n
    left = 1.0 - removed / n
    if radius <= 0.0 or left <= 0.0:
        return -1.0, np.inf, np.inf
    count = keep(work, n, removed, 1.0 / left, 0.0)
    solution = tilt(gaps, drops, work, count, radius / left, guess)
    price = height(radius / left, solution, -drops[0])[1]
    edge = alpha * left * (solution[0] + gaps[atom])
    level = (alpha + delta) * (1.0 - alpha) * price
    return np.log(edge / level), solution[0], price


@compiled
def removal(gaps, drops, alpha, r, last, work):  # type: ignore[no-untyped-def]
    """Share beyond alpha of the losses whose mass is squeezed into alpha and then moved."""
    n = gaps.size - 1
    first = int(np.floor(alpha * n))
    low, high, guess = first, last, np.nan
    while high - low > 1:  # the removal ends between low and high
        k = (low + high) // 2
        sign, u, _ = removal_slope(gaps, drops, alpha, r, k / n - alpha, n - k + 1, work, guess)
        guess = np.log(u) if 0.0 < u < np.inf else guess
        if sign > 0.0:
            low = k
        else:
            high = k
    left, right, atom = max(low / n - alpha, 0.0), high / n - alpha, n - high + 1
    f_left, u, _ = removal_slope(gaps, drops, alpha, r, left, atom, work, guess)
    if not f_left > 0.0:
        return left
    f_right = -1.0
    side = 0
    for _ in range(_STEPS):
        delta = (left * f_right - right * f_left) / (f_right - f_left)
        if not (left < delta < right) or side > 2 or side < -2:
            delta, side = 0.5 * (left + right), 0
        guess = np.log(u) if 0.0 < u < np.inf else guess
        f, u, _ = removal_slope(gaps, drops, alpha, r, delta, atom, work, guess)
        if f > 0.0:
            left, f_left = delta, f
            f_right *= 0.5 if side > 0 else 1.0
            side = max(side, 0) + 1
        else:
            right, f_right = delta, f
            f_left *= 0.5 if side < 0 else 1.0
            side = min(side, 0) - 1
        if right - left <= 4e-16 * right or abs(f) < 1e-15:
            break
    return delta if abs(f) < 1e-15 else left


@compiled
def divergence_first(gaps, drops, alpha, r, work, out, moved):  # type: ignore[no-untyped-def]
    """Variant HR: value, u, lambda and truncation gap; ``moved`` is the intermediate law."""
    n = gaps.size - 1
    last = 0
    while last < n and gaps[n - last] > 0.0:
        last += 1
    gain = last / n - alpha
    if gain <= 0.0 or binary_entropy(gain, alpha) <= r:
        return everything_moved(gaps, drops, alpha, last, out, moved)
    delta = 0.0 if r == 0.0 else removal(gaps, drops, alpha, r, last, work)
    removed = (alpha + delta) * n
    left = 1.0 - removed / n
    radius = max(r - binary_entropy(delta, alpha), 0.0) / left
    count = keep(work, n, removed, 1.0 / left, 0.0)
    solution = tilt(gaps, drops, work, count, radius, np.nan)
    value, price = height(radius, solution, -drops[0])
    probabilities(gaps, work, count, radius, solution, 1.0 - alpha, out)
    moved[:] = out
    for j in range(1, n + 1):
        moved[j] += alpha / (alpha + delta) * max(1.0 / n - work[j] * left, 0.0)
    out[0] += alpha
    # Between the last kept and the last removed loss; the difference has lost digits if u is large.
    level = (alpha + delta) * (1.0 - alpha) / (alpha * left) * price - solution[0]
    kept, dropped = gaps[count - 1], gaps[min(count, n)]
    partial = removed > np.floor(removed)
    level = kept if partial or not level > kept else min(level, dropped)
    return (
        (1.0 - alpha) * value - alpha * drops[0],
        solution[0],
        price * (1.0 - alpha) / left,
        level,
    )


@compiled
def everything_moved(gaps, drops, alpha, last, out, moved):  # type: ignore[no-untyped-def]
    """The bound is reached: the losses below it are squeezed into alpha and moved there."""
    n = gaps.size - 1
    out[:] = 0.0
    moved[:] = 0.0
    spared = max(1.0 - alpha, 1.0 - last / n)
    squeezed = min(alpha, last / n) / last if last > 0 else 0.0
    moved[1 : n - last + 1] = spared / (n - last) if last < n else 0.0
    moved[n - last + 1 :] = squeezed
    moved[0] = spared if last == n else 0.0
    out[:] = moved
    out[n - last + 1 :] = 0.0
    out[0] += min(alpha, last / n)
    return -drops[0], 0.0, 0.0, 0.0


@cached
def rows(losses, order, bounds, alphas, radii, squeeze_first, scalars, laws, middles):  # type: ignore[no-untyped-def]
    """Every row: value, eta, lambda, level, and both laws, the bound first.

    ``order`` sorts a row in falling order; it may have no columns where alpha = 0.
    """
    n = losses.shape[1]
    work, gaps, drops = np.empty(n + 1), np.empty(n + 1), np.empty(n + 1)
    law, middle = np.empty(n + 1), np.empty(n + 1)
    for i in range(losses.shape[0]):
        top, bound, alpha = losses[i].max(), bounds[i], alphas[i]
        span = bound - losses[i].min()
        scale = span if span > 0.0 else 1.0
        gaps[0], drops[0] = 0.0, (top - bound) / scale
        for j in range(n):
            loss = losses[i, order[i, j]] if alpha > 0.0 else losses[i, j]
            gaps[j + 1] = (bound - loss) / scale
            drops[j + 1] = (top - loss) / scale
        if squeeze_first and 0.0 < alpha < 1.0:
            found = divergence_first(gaps, drops, alpha, radii[i], work, law, middle)
        else:
            found = poisoned_first(gaps, drops, alpha, radii[i], work, law, middle)
            if squeeze_first and alpha == 0.0:
                middle[:] = law
            elif squeeze_first:
                middle[0], middle[1:] = 0.0, 1.0 / n
        laws[i, 0], middles[i, 0] = law[0], middle[0]
        for j in range(n):
            k = order[i, j] if alpha > 0.0 else j
            laws[i, k + 1], middles[i, k + 1] = law[j + 1], middle[j + 1]
        scalars[i, 0] = top + scale * found[0]
        scalars[i, 1] = bound + scale * found[1]
        scalars[i, 2] = scale * found[2]
        scalars[i, 3] = bound - scale * found[3]
