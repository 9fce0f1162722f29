"""LaTeX of the field's ASCII names."""

from __future__ import annotations

_GREEK = {
    "eps": r"\varepsilon",
    "eps_test": r"\varepsilon_{\mathrm{test}}",
    "lam": r"\lambda",
    "s_dual": r"\tilde{s}",
    "u_hat": r"\hat{u}",
    "v_hat": r"\hat{v}",
    "J_02": "J_{02}",
    "J_12": "J_{12}",
    "J_22": "J_{22}",
    "J_02_dual": r"\tilde{J}_{02}",
    "L_train": r"L_{\mathrm{train}}",
    "theta_norm2": r"\|\hat\theta\|^2",
    "eps_max": r"\varepsilon_{\max}",
}


def latex_name(name: str) -> str:
    r"""LaTeX of an ASCII name of the field.

    Examples
    --------
    >>> latex_name("psi1"), latex_name("V_hat"), latex_name("eps"), latex_name("SR")
    ('\\psi_{1}', '\\hat{V}', '\\varepsilon', '\\mathrm{SR}')
    """
    if name in _GREEK:
        return _GREEK[name]
    if name.endswith("_A"):
        return rf"{latex_name(name[:-2])}^{{A}}"
    if name.endswith("_hat"):
        return rf"\hat{{{latex_name(name[:-4])}}}"
    if name.isupper() and name.isalpha() and len(name) > 1:
        return rf"\mathrm{{{name}}}"
    # SymPy knows the other names of letters; it is loaded only for them.
    import sympy as sp

    return str(sp.latex(sp.Symbol(name)))
