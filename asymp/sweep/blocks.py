"""Cutting a grid into rectangular blocks, one for each chunk of the store."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from asymp.errors import InvalidParameter

Index = tuple[int, ...]
MOST_POINTS = 65_536  # about 10 MB of results: few files, and little is lost or sent again


@dataclass(frozen=True)
class Blocks:
    """A grid in blocks of equal shape, the last of each dimension perhaps smaller.

    Parameters
    ----------
    sizes : mapping of str to int
        Lengths of the grid's dimensions, in order.
    chunks : mapping of str to int
        Lengths of a block along them.

    Examples
    --------
    >>> blocks = Blocks({"psi1": 5, "eps": 3}, {"psi1": 2, "eps": 3})
    >>> blocks.counts, blocks.slices((2, 0))
    ((3, 1), {'psi1': slice(4, 5, None), 'eps': slice(0, 3, None)})
    """

    sizes: Mapping[str, int]
    chunks: Mapping[str, int]

    @property
    def counts(self) -> Index:
        """Number of blocks along each dimension."""
        return tuple(-(-size // self.chunks[dim]) for dim, size in self.sizes.items())

    @property
    def points(self) -> int:
        """Number of points of the grid."""
        return math.prod(self.sizes.values())

    def __iter__(self) -> Iterator[Index]:
        return itertools.product(*map(range, self.counts))

    def __len__(self) -> int:
        return math.prod(self.counts)

    def slices(self, index: Index) -> dict[str, slice]:
        """The block's part of each dimension."""
        return {
            dim: slice(i * self.chunks[dim], min((i + 1) * self.chunks[dim], size))
            for i, (dim, size) in zip(index, self.sizes.items(), strict=True)
        }

    def size(self, index: Index) -> int:
        """Number of points of a block."""
        return math.prod(part.stop - part.start for part in self.slices(index).values())


def blocks_of(sizes: Mapping[str, int], chunk: int | Mapping[str, int]) -> Blocks:
    """Blocks of at most ``chunk`` points, or of the given length along each dimension.

    A number of points fills the last dimensions first; a dimension without a length stays whole.

    Raises
    ------
    InvalidParameter
        For a length that is not a positive integer, or a dimension that there is not.

    Examples
    --------
    >>> blocks_of({"psi1": 100, "eps": 30}, 70).chunks
    {'psi1': 2, 'eps': 30}
    """
    if isinstance(chunk, Mapping):
        for dim in chunk:
            if dim not in sizes:
                raise InvalidParameter(
                    f"chunk names {dim!r}; the dimensions are {', '.join(sizes) or 'none'}"
                )
        lengths = {dim: _positive(chunk.get(dim, size)) for dim, size in sizes.items()}
        return Blocks(dict(sizes), {d: min(lengths[d], size) for d, size in sizes.items()})
    room, chunks = _positive(chunk), dict[str, int]()
    for dim in reversed(list(sizes)):
        chunks[dim] = min(sizes[dim], room)
        room = max(room // chunks[dim], 1)
    return Blocks(dict(sizes), {dim: chunks[dim] for dim in sizes})


def _positive(length: Any) -> int:
    if isinstance(length, bool) or not hasattr(length, "__index__") or length < 1:
        raise InvalidParameter(
            f"chunk = {length!r}: give a positive number of points, or lengths by dimension"
        )
    return int(length)
