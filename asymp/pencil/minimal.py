r"""The smallest pencil with the same responses: unreachable and unobservable unknowns removed.

With :math:`Q = C + \sum_kA_k\otimes X_k`, the space :math:`R` of unknowns that the sources reach is
the smallest that holds :math:`C^{-1}B` and is closed under every :math:`C^{-1}A_k`; what the
outputs see is the smallest space :math:`O` of functionals that holds the outputs and is closed
under the same matrices from the right. With :math:`N = R\cap O^\perp`, ``Q`` maps :math:`R/N` to
:math:`CR/CN`, and nothing else reaches an output. (This is Schützenberger's reduction of a
rational series, one vector space a dimension.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from asymp.errors import NotDerivable
from asymp.pencil.language import Dimension, Gaussian
from asymp.pencil.linear import Pencil, Slot

Spaces = dict[Dimension, DomainMatrix]


def minimal(pencil: Pencil) -> Pencil:
    """Smallest pencil with the same blocks between its outputs and inputs.

    The outputs stay columns and the inputs stay rows.

    Raises
    ------
    NotDerivable
        If the expression has no value where all Gaussian matrices vanish.

    Examples
    --------
    >>> from asymp.pencil.language import Identity
    >>> from asymp.pencil.linearise import pencil_of
    >>> p = Dimension("p", sp.Integer(1))
    >>> X = Gaussian(p, p, "X", sp.Integer(1))
    >>> one = Identity(p, p)
    >>> twice = pencil_of((one - X).inverse + X @ (one - X).inverse)
    >>> len(twice.rows), len(minimal(twice).rows)
    (3, 2)
    """
    return _Reduction(_model(pencil)).pencil()


@dataclass(frozen=True)
class _Model:
    """A pencil as matrices over a field of rational functions, one block a dimension."""

    pencil: Pencil
    field: Any
    constant: Spaces
    inverse: Spaces
    steps: tuple[tuple[Gaussian, DomainMatrix], ...]  # C^{-1} A_k

    def unit(self, dimension: Dimension, index: int) -> DomainMatrix:
        """Unit column of a slot within its dimension."""
        rows, _ = self.pencil.block(dimension)
        entries = [[self.field.one if i == index else self.field.zero] for i in rows]
        return DomainMatrix(entries, (len(rows), 1), self.field)


def _model(pencil: Pencil) -> _Model:
    letters = set(pencil.constant.free_symbols).union(*(m.free_symbols for _, m in pencil.terms))
    field = sp.QQ.frac_field(*sorted(letters, key=str)) if letters else sp.QQ
    constant, inverse = {}, {}
    for dimension in pencil.dimensions:
        rows, columns = pencil.block(dimension)
        block = _convert(pencil.constant.extract(rows, columns), field)
        constant[dimension] = block
        if block.rank() < len(rows):
            raise NotDerivable(
                f"at vanishing Gaussian matrices the {dimension.name} x {dimension.name} part of "
                "the expression has no inverse; add a multiple of the identity to it"
            )
        inverse[dimension] = block.inv()
    steps = []
    for gaussian, matrix in pencil.terms:
        rows, columns = pencil.block(gaussian.rows)[0], pencil.block(gaussian.columns)[1]
        part = _convert(matrix.extract(rows, columns), field)
        steps.append((gaussian, inverse[gaussian.rows] * part))
    return _Model(pencil, field, constant, inverse, tuple(steps))


class _Reduction:
    """Bases of reachable unknowns, and of the functionals and equations that are kept."""

    def __init__(self, model: _Model) -> None:
        self.model = model
        self.dimensions = model.pencil.dimensions
        self.reachable = self._reachable()
        self.blind = self._blind()
        self.chosen = {d: self._columns(d) for d in self.dimensions}
        self.equations = {d: self._rows(d) for d in self.dimensions}
        self.lift = {d: self._lift(d) for d in self.dimensions}

    def pencil(self) -> Pencil:
        """Collect the reduced pencil."""
        constant = self._scattered(
            (d, d, self.equations[d][1] * self.model.constant[d] * self.lift[d])
            for d in self.dimensions
        )
        terms = []
        for gaussian, step in self.model.steps:
            left, right = gaussian.rows, gaussian.columns
            part = self.equations[left][1] * self.model.constant[left] * step * self.lift[right]
            if not part.is_zero_matrix:
                terms.append((gaussian, self._scattered([(left, right, part)])))
        columns = [slot for d in self.dimensions for slot in self.chosen[d][0]]
        rows = [slot for d in self.dimensions for slot in self.equations[d][0]]
        at = {slot.name: i for i, slot in enumerate(rows)}
        out = {slot.name: i for i, slot in enumerate(columns)}
        old = self.model.pencil
        inputs = {name: at[name] for name in old.inputs if name in at}
        outputs = {name: out[name] for name in old.outputs if name in out}
        found = Pencil(tuple(rows), tuple(columns), constant, tuple(terms), inputs, outputs)
        for name, index in old.outputs.items():
            if name not in out:
                found = self._with_output(found, name, index)
        return found

    def _with_output(self, pencil: Pencil, name: str, index: int) -> Pencil:
        """Add a column for an output that is a combination of the columns kept."""
        slot = Slot(name, self.model.pencil.columns[index].dimension)
        d, size = slot.dimension, len(pencil.columns)
        weights = self.model.unit(d, index).transpose() * self.lift[d]
        equation = sp.zeros(1, size + 1)
        for j, weight in enumerate(weights.to_Matrix()):
            equation[self._offset(d) + j] = -sp.factor(weight)
        equation[size] = 1
        constant = sp.Matrix.hstack(pencil.constant, sp.zeros(size, 1)).col_join(equation)
        terms = tuple((g, sp.ImmutableMatrix(sp.diag(m, 0))) for g, m in pencil.terms)
        return Pencil(
            (*pencil.rows, slot),
            (*pencil.columns, slot),
            sp.ImmutableMatrix(constant),
            terms,
            pencil.inputs,
            {**pencil.outputs, name: size},
        )

    def _offset(self, dimension: Dimension) -> int:
        before = self.dimensions[: self.dimensions.index(dimension)]
        return sum(len(self.chosen[d][0]) for d in before)

    def _reachable(self) -> Spaces:
        model, pencil = self.model, self.model.pencil
        starts = [
            (d, model.inverse[d] * model.unit(d, index))
            for index in pencil.inputs.values()
            for d in [pencil.rows[index].dimension]
        ]
        moves = [(g.columns, g.rows, step) for g, step in model.steps]
        return self._closure(starts, moves)

    def _observable(self) -> Spaces:
        """Functionals, as columns."""
        pencil = self.model.pencil
        starts = []
        for index in pencil.outputs.values():
            d = pencil.columns[index].dimension
            starts.append((d, self.model.unit(d, index)))
        moves = [(g.rows, g.columns, step.transpose()) for g, step in self.model.steps]
        return self._closure(starts, moves)

    def _closure(
        self,
        starts: list[tuple[Dimension, DomainMatrix]],
        moves: list[tuple[Dimension, Dimension, DomainMatrix]],
    ) -> Spaces:
        """Smallest spaces that hold the starts and that every move maps into each other."""
        spaces = {d: self._empty(d) for d in self.dimensions}
        pending = list(starts)
        while pending:
            d, vector = pending.pop(0)
            wider = spaces[d].hstack(vector)
            if wider.rank() == spaces[d].shape[1]:
                continue
            spaces[d] = wider
            pending += [(to, step * vector) for start, to, step in moves if start == d]
        return spaces

    def _empty(self, dimension: Dimension) -> DomainMatrix:
        size = len(self.model.pencil.block(dimension)[0])
        return DomainMatrix.zeros((size, 0), self.model.field)

    def _blind(self) -> Spaces:
        """Reachable unknowns that no output sees."""
        seen = self._observable()
        blind = {}
        for d, space in self.reachable.items():
            null = (seen[d].transpose() * space).nullspace()
            blind[d] = space * null.transpose()
        return blind

    def _columns(self, dimension: Dimension) -> tuple[list[Slot], DomainMatrix]:
        """Coordinates of R/N: the outputs, then further unknowns, then sums of them."""
        pencil = self.model.pencil
        _, slots = pencil.block(dimension)
        first = [i for i in pencil.outputs.values() if i in slots]
        units = [(pencil.columns[i].name, self.model.unit(dimension, i)) for i in [*first, *slots]]
        return self._independent(dimension, units, self.blind[dimension], self.reachable[dimension])

    def _rows(self, dimension: Dimension) -> tuple[list[Slot], DomainMatrix]:
        """Coordinates of CR/CN, in which the sources are units."""
        pencil, constant = self.model.pencil, self.model.constant[dimension]
        slots, _ = pencil.block(dimension)
        fed = [i for i in pencil.inputs.values() if i in slots]
        units = [(pencil.rows[i].name, self.model.unit(dimension, i)) for i in [*fed, *slots]]
        hidden, space = constant * self.blind[dimension], constant * self.reachable[dimension]
        found, equations = self._independent(dimension, units, hidden, space)
        names, vectors = zip(*units[: len(fed)], strict=True) if fed else ((), ())
        sources = reduce(DomainMatrix.hstack, vectors, self._empty(dimension))
        return self._units_first(found, equations * sources, equations, names)

    def _independent(
        self,
        dimension: Dimension,
        units: Iterable[tuple[str, DomainMatrix]],
        hidden: DomainMatrix,
        space: DomainMatrix,
    ) -> tuple[list[Slot], DomainMatrix]:
        """Functionals (as rows) that vanish on ``hidden`` and tell the rest of ``space`` apart."""
        size = space.shape[1] - hidden.shape[1]
        null = hidden.transpose().nullspace()
        sums = [(f"{dimension.name}_{k + 1}", null[k, :].transpose()) for k in range(null.shape[0])]
        slots: list[Slot] = []
        kept = self._empty(dimension)
        for name, functional in [*units, *sums]:
            wider = kept.hstack(functional)
            vanishes = (functional.transpose() * hidden).is_zero_matrix
            if vanishes and (wider.transpose() * space).rank() > len(slots):
                slots.append(Slot(name, dimension))
                kept = wider
            if len(slots) == size:
                break
        return slots, kept.transpose()

    def _units_first(
        self,
        slots: list[Slot],
        images: DomainMatrix,
        equations: DomainMatrix,
        names: Sequence[str],
    ) -> tuple[list[Slot], DomainMatrix]:
        """Combine equations so that each source enters one of its own and no other.

        ``images`` holds the sources in the coordinates of the equations, one a column: to make
        them unit vectors they are completed to a basis, whose inverse combines the equations.
        """
        size, units = len(slots), DomainMatrix.eye(len(slots), self.model.field)
        _, pivots = images.hstack(units).rref()
        if tuple(pivots[: len(names)]) != tuple(range(len(names))):
            raise NotDerivable(f"the sources {', '.join(names)} reach the outputs by one way only")
        basis = images.hstack(units).extract(range(size), pivots)
        kept = [slots[k - len(names)] for k in pivots[len(names) :]]
        fed = [Slot(name, slots[0].dimension) for name in names]
        return [*fed, *kept], basis.inv() * equations

    def _lift(self, dimension: Dimension) -> DomainMatrix:
        """Reachable unknowns with given coordinates."""
        coordinates = self.chosen[dimension][1] * self.reachable[dimension]
        _, pivots = coordinates.rref()
        square = coordinates.extract(range(coordinates.shape[0]), pivots)
        space = self.reachable[dimension]
        return space.extract(range(space.shape[0]), pivots) * square.inv()

    def _scattered(
        self, parts: Iterable[tuple[Dimension, Dimension, DomainMatrix]]
    ) -> sp.ImmutableMatrix:
        """Write blocks between dimensions into one matrix."""
        size = sum(len(self.chosen[d][0]) for d in self.dimensions)
        whole = sp.zeros(size, size)
        for row, column, part in parts:
            for (i, j), value in part.to_Matrix().todok().items():
                whole[self._offset(row) + i, self._offset(column) + j] = sp.factor(value)
        return sp.ImmutableMatrix(whole)


def _convert(matrix: sp.Matrix, field: Any) -> DomainMatrix:
    return DomainMatrix.from_Matrix(matrix).convert_to(field)
