"""Exceptions of the package: one base class, and the built-in each failure also is."""

from __future__ import annotations


class AsympError(Exception):
    """Base of every error that the package raises on purpose."""


class InvalidProblem(AsympError, ValueError):
    """A problem that cannot be stated, such as a constant activation or a wrong part."""


class InvalidParameter(AsympError, ValueError):
    """A parameter outside its domain, of an unknown name, missing, or not a number."""


class NotDerivable(AsympError, NotImplementedError):
    """A combination that the reductions do not cover; the message names the failing hypothesis."""


class NotConverged(AsympError, ArithmeticError):
    """A scalar call whose outcome is not finite (grids report it in ``status`` instead)."""


class MissingExtra(AsympError, ImportError):
    """An optional library is needed; the message names the extra that installs it."""


class UnknownTheorem(AsympError, KeyError):
    """No theorem of that id in the catalogue and no file at that path."""

    def __str__(self) -> str:
        """Return the sentence itself (``KeyError`` would print its repr)."""
        return str(self.args[0]) if self.args else ""
