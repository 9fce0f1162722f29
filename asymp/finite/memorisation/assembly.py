"""Ways of putting ReLU networks together, at a constant number of parameters a layer."""

from __future__ import annotations

import numpy as np
import scipy.sparse

from asymp.finite.memorisation.network import ReluNetwork

# f = ReLU(f) - ReLU(-f).
_SPLIT = np.array([[1.0], [-1.0]])
_JOIN = np.array([[1.0, -1.0]])


def compose(inner: ReluNetwork, outer: ReluNetwork) -> ReluNetwork:
    """Network ``outer(inner(x))``: the last layer of one and the first of the other are merged."""
    weight = scipy.sparse.csr_array(outer.weights[0] @ inner.weights[-1])
    bias = outer.weights[0] @ inner.biases[-1] + outer.biases[0]
    return ReluNetwork(
        (*inner.weights[:-1], weight, *outer.weights[1:]),
        (*inner.biases[:-1], np.asarray(bias), *outer.biases[1:]),
    )


def clipped(network: ReluNetwork) -> ReluNetwork:
    r"""Clip the output to :math:`[-1,1]`, which keeps its sign: two more layers of one unit.

    :math:`\mathrm{clip}(f)=\mathrm{ReLU}(2-\mathrm{ReLU}(1-f))-1`; written so, interval bounds of
    the clipped output are within :math:`[-1,1]` whatever those of the output are.
    """
    clip = ReluNetwork.of([([[-1.0]], [1.0]), ([[-1.0]], [2.0]), ([[1.0]], [-1.0])])
    return compose(network, clip)


def deeper(network: ReluNetwork, layers: int, *, nonnegative: bool = False) -> ReluNetwork:
    """Pass the outputs through further hidden layers unchanged.

    A nonnegative output needs one unit a layer, another one the two units of
    ``f = ReLU(f) - ReLU(-f)``.
    """
    eye = np.eye(network.outputs)
    split, join = (eye, eye) if nonnegative else (np.kron(eye, _SPLIT), np.kron(eye, _JOIN))
    identity = ReluNetwork.of([(split, np.zeros(len(split))), (join, np.zeros(len(eye)))])
    for _ in range(layers):
        network = compose(network, identity)
    return network


def beside(first: ReluNetwork, second: ReluNetwork) -> ReluNetwork:
    """Both networks on the same input, outputs one after the other; equally many layers."""
    pairs = list(zip(first.weights, second.weights, strict=True))
    weights = [scipy.sparse.vstack(pairs[0]), *(scipy.sparse.block_diag(p) for p in pairs[1:])]
    biases = [np.concatenate(p) for p in zip(first.biases, second.biases, strict=True)]
    return ReluNetwork(tuple(scipy.sparse.csr_array(w) for w in weights), tuple(biases))


def with_memory(clean: ReluNetwork, memory: ReluNetwork) -> ReluNetwork:
    r"""Network :math:`\mathcal T(\bar f;A+B)+A-B` of a clean one and of the indicators A and B.

    :math:`\bar f=\mathrm{clip}(f_{clean},-1,1)` and
    :math:`\mathcal T(f;t)=\mathrm{ReLU}(f-t)-\mathrm{ReLU}(-f-t)` is the soft threshold, which is
    ``f`` at :math:`t=0` and zero from :math:`t=1` on: the product
    :math:`\bar f\,(1-\mathbb I)` of the construction, without a product.
    """
    kept = clipped(clean)
    layers = max(kept.hidden_layers, memory.hidden_layers) + 1
    both = beside(
        deeper(kept, layers - kept.hidden_layers),
        deeper(memory, layers - memory.hidden_layers, nonnegative=True),
    )
    threshold = [[1.0, -1.0, -1.0], [-1.0, -1.0, -1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    join = ReluNetwork.of([(threshold, np.zeros(4)), ([[1.0, -1.0, 1.0, -1.0]], [0.0])])
    return compose(both, join)
