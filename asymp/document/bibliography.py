r"""References: in the document, and as a .bib file beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from asymp.document.words import escape
from asymp.reductions.literature import CGMT, GORDON, WORKS, Work
from asymp.reductions.step import Source
from asymp.theorem_data import TheoremData

_JOURNAL = re.compile(r"^(?P<journal>.*?)[ ,]+(?P<volume>\d+)(?:\((?P<number>\d+)\))?$")


def sources_of(theorem: TheoremData) -> dict[str, Source]:
    """Every work that a theorem's document cites, by key, in alphabetical order."""
    stated = theorem.status == "stated"
    cited: list[Source | None] = [] if stated else [GORDON.at(), CGMT.at()]
    cited += [step.licence.source for step in theorem.derivation]
    cited += [limit.source for limit in theorem.limits]
    cited += [getattr(audit, "source", None) for audit in theorem.audits]
    cited += theorem.sources
    found: dict[str, Source] = {}
    for source in cited:
        if source is not None:
            found.setdefault(source.key, source)
    return dict(sorted(found.items()))


def references(theorem: TheoremData) -> str:
    """The ``thebibliography`` environment; empty if nothing is cited."""
    items = [
        rf"\bibitem{{{key}}} {_tex(source.citation)}."
        for key, source in sources_of(theorem).items()
    ]
    if not items:
        return ""
    return "\\begin{thebibliography}{99}\n" + "\n".join(items) + "\n\\end{thebibliography}"


def write_bibliography(theorem: TheoremData) -> str:
    """BibTeX entries of every work that the document cites.

    Examples
    --------
    >>> import asymp
    >>> text = write_bibliography(asymp.theorem("random-features-robust"))
    >>> text.splitlines()[0]
    '@inproceedings{gordon1988,'
    """
    return "\n\n".join(_entry(s) for s in sources_of(theorem).values()) + "\n"


def _entry(source: Source) -> str:
    work = WORKS.get(source.key)
    if work is None:
        return _fields("misc", source.key, [("note", _tex(source.citation))])
    return _fields(*_kind(work))


def _kind(work: Work) -> tuple[str, str, list[tuple[str, str]]]:
    common = [
        ("author", _tex(" and ".join(a.strip() for a in work.authors.split(",")))),
        ("title", "{" + _tex(work.title) + "}"),
    ]
    journal = _JOURNAL.match(work.venue)
    if journal:
        found = [(k, v) for k, v in journal.groupdict().items() if v]
        return "article", work.key, [*common, *found, ("year", str(work.year))]
    book, _, publisher = work.venue.partition(", ")
    where = [("booktitle", _tex(book))] + ([("publisher", _tex(publisher))] if publisher else [])
    return "inproceedings", work.key, [*common, *where, ("year", str(work.year))]


def _fields(kind: str, key: str, fields: Iterable[tuple[str, str]]) -> str:
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields)
    return f"@{kind}{{{key},\n{body},\n}}"


def _tex(text: str) -> str:
    """Escaped, with powers such as R^n as mathematics."""
    pieces = re.split(r"\b([A-Z]\^[a-z0-9])\b", text)
    return "".join(f"${p}$" if i % 2 else escape(p) for i, p in enumerate(pieces))
