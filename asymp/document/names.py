r"""LaTeX names of symbols in a document, and renaming that reaches into strings.

Texts of steps are LaTeX strings, so that a renamed symbol has to be found in them as a token:
``\hat q``, ``\hat{q}`` and ``\psi_1``, ``\psi_{1}`` are the same symbol, and the ``q`` of
``\hat q`` is not the symbol ``q``. What no scan of tokens can see is a letter used in a string
for something else than the symbol of that name; the package's own texts avoid this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from asymp.errors import InvalidParameter
from asymp.symbols import latex_name

# The argument of resolvents is not the input x.
DOCUMENT_NAMES = {
    "x": r"\chi",
    "H_0": "H_0",
    "H_1": "H_1",
    "h_0": "h_0",
    "h_1": "h_1",
    "capacity": r"r_\Sigma",
    "risk_floor": r"\mathrm{SR}_{\min}",
    "knee": "k",
    "Sigma": r"\Sigma",
    "E": r"\mathcal{E}",
    "q_perp": r"q_\perp",
    "exp_b": "e^{b}",
    "best_overlap": r"t_\star",
    "separability": r"\mathcal{M}_{\min}",
    "share": r"\epsilon_{\mathrm{out}}",
    "balance": r"\pi_{+}",
    "level": r"\gamma",
    "a_star": r"a_\star",
    "eps_w": r"\varepsilon_{w}",
    "eps_w_test": r"\varepsilon_{w,\mathrm{test}}",
    "eps_y": r"\varepsilon_{y}",
    "eps_y_test": r"\varepsilon_{y,\mathrm{test}}",
    "quadrature_error": r"\mathrm{err}",
}
_GROUP = re.compile(r"\{(\\[A-Za-z]+|[^\\{}])\}")
_MATHEMATICS = re.compile(
    r"\$[^$]*\$|\\\[.*?\\\]|\\begin\{((?:align|gather|equation)\*?)\}.*?\\end\{\1\}", re.DOTALL
)
_SKIP = [
    r"\\(?:text|mathrm|mathbb|mathbf|mathcal|operatorname|begin|end|label|ref|eqref|cite)\s*\{[^{}]*\}",
    r"\\math(?:bb|cal|bf)\s*[A-Za-z]",
    r"\\[A-Za-z]+",
    r"\\.",
]


def _bare(latex: str) -> str:
    r"""LaTeX without braces and blanks, so that ``\psi_{1}`` and ``\psi_1`` are one."""
    return re.sub(r"[{}\s]", "", latex)


def _is_balanced(latex: str) -> bool:
    depth = 0
    for sign in re.sub(r"\\[{}]", "", latex):
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


def default_name(name: str) -> str:
    r"""LaTeX of a symbol of that name when the user does not rename it.

    Examples
    --------
    >>> default_name("x"), default_name("x_A"), default_name("eps")
    ('\\chi', '\\chi^{A}', '\\varepsilon')
    """
    if name.endswith("_A"):
        return rf"{default_name(name[:-2])}^{{A}}"
    return DOCUMENT_NAMES.get(name) or plain_name(name)


def plain_name(name: str) -> str:
    r"""LaTeX of a name that has no special meaning in derivations; words are upright.

    Examples
    --------
    >>> plain_name("share_hi"), plain_name("tau_out"), plain_name("psi1")
    ('\\mathrm{share}_{\\mathrm{hi}}', '\\tau_{\\mathrm{out}}', '\\psi_{1}')
    """
    word = re.sub("^[A-Za-z]{2,}", _upright, latex_name(name))
    return re.sub("(?<=_{)[A-Za-z]{2,}(?=})", _upright, word)


def _upright(found: re.Match[str]) -> str:
    return rf"\mathrm{{{found[0]}}}"


@dataclass(frozen=True)
class SymbolNames:
    r"""LaTeX of every symbol of a document.

    Parameters
    ----------
    known : frozenset of str
        Names of the theorem's symbols: what may be renamed, and what is protected in strings.
    renamed : mapping of str to str
        LaTeX by name, as the user wants it.

    Raises
    ------
    InvalidParameter
        If a name is not known, or two symbols would get the same LaTeX.

    Examples
    --------
    >>> names = SymbolNames(frozenset({"q", "q_hat", "psi1"}), {"q": "Q", "psi1": r"\gamma"})
    >>> names.string(r"\hat q+q^2+\psi_1")
    '\\hat q+Q^2+\\gamma'
    """

    known: frozenset[str]
    renamed: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, latex in self.renamed.items():
            if name not in self.known:
                raise InvalidParameter(
                    f"rename: no symbol {name!r} here; there are: {', '.join(sorted(self.known))}"
                )
            if not _is_balanced(latex):
                raise InvalidParameter(f"rename: {name!r} would be {latex}, with unmatched braces")
            others = [n for n in sorted(self.known) if n != name]
            twins = [n for n in others if _bare(self.latex(n)) == _bare(latex)]
            if twins:
                raise InvalidParameter(
                    f"rename: {name!r} and {twins[0]!r} would both be {latex}; choose another"
                )

    def latex(self, name: str) -> str:
        """LaTeX of the symbol of that name."""
        return self.renamed.get(name) or default_name(name)

    def string(self, latex: str, spectral: bool = False) -> str:
        r"""Rename the symbols in a string of LaTeX mathematics.

        Parameters
        ----------
        spectral : bool
            Whether the letter x stands for the argument of resolvents in this string.
        """
        changed = {
            name: default_name(name)
            for name in sorted(self.known | {"x"})
            if default_name(name) != latex_name(name) and (spectral or name != "x")
        } | dict(self.renamed)
        if not spectral:
            changed.pop("x", None)
        if not changed:
            return latex
        forms = {pattern: name for name in {*self.known, *changed} for pattern in _forms(name)}
        ordered = sorted(forms, key=lambda p: (-len(p), p))

        def replace(found: re.Match[str]) -> str:
            index = found.lastindex
            name = forms[ordered[index - 1]] if index else ""
            if name not in changed:
                return found[0]
            return _fenced(changed[name], latex[: found.start()], latex[found.end() :])

        return re.sub("|".join([*(f"({p})" for p in ordered), *_SKIP]), replace, latex)

    def prose(self, text: str, spectral: bool = False) -> str:
        """Rename the symbols in the mathematics of a text, inline or displayed."""
        return _MATHEMATICS.sub(lambda found: self.string(found[0], spectral), text)


def _fenced(latex: str, before: str, after: str) -> str:
    """Replacement that stays one index, keeps its own exponent, and ends its last command."""
    single = re.fullmatch(r"\\[A-Za-z]+|[A-Za-z]", latex) is not None
    if not single and (before.endswith(("_", "^")) or after.startswith(("_", "^", "'"))):
        return rf"{{{latex}}}"
    ends_in_command = re.search(r"\\[A-Za-z]+$", latex) is not None
    return latex + " " if ends_in_command and after[:1].isalpha() else latex


def _forms(name: str) -> Iterable[str]:
    """Regular expressions of the ways in which a string may write a symbol."""
    latex = latex_name(name)
    pattern, position = "", 0
    for group in _GROUP.finditer(latex):
        pattern += _literal(latex[position : group.start()])
        inner = _literal(group[1])
        pattern += rf"(?:\{{{inner}\}}|\s*{inner}(?!\d))"
        position = group.end()
    pattern += _literal(latex[position:])
    return (pattern,)


def _literal(latex: str) -> str:
    """Literal text whose commands must end where they end, and whose letters stand alone."""
    tokens = re.findall(r"\\[A-Za-z]+|\\.|.", latex)
    return "".join(
        re.escape(t) + (r"(?![A-Za-z])" if re.match(r"\\[A-Za-z]", t) else "") for t in tokens
    )


def symbol_names(names: Iterable[str], rename: Mapping[str, str] | None) -> SymbolNames:
    """Names of a document whose symbols have these names."""
    return SymbolNames(frozenset(names), dict(rename or {}))
