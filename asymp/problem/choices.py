"""Options of a catalogue entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from asymp.errors import InvalidProblem
from asymp.problem.labels import LogitLabels, ProbitLabels, SignLabels
from asymp.problem.noise import ContaminatedNoise, GaussianNoise, LaplaceNoise, StudentNoise


class Choices(dict[str, Any]):
    """What an option of a catalogue entry may be, by name; any other name is refused with the list.

    Parameters
    ----------
    option : str
        Name of the option, as the entry's function has it.
    values : mapping of str to object

    Raises
    ------
    InvalidProblem
        On looking up another name.

    Examples
    --------
    >>> labels = Choices("labels", {"sign": 1, "probit": 2})
    >>> labels["sign"]
    1
    >>> labels["signs"]
    Traceback (most recent call last):
    ...
    asymp.errors.InvalidProblem: labels = 'signs' is unknown: choose one of sign, probit
    """

    def __init__(self, option: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.option = option

    def __missing__(self, asked: str) -> NoReturn:
        raise InvalidProblem(
            f"{self.option} = {asked!r} is unknown: choose one of {', '.join(self)}"
        )


TEACHER_LABELS = Choices(
    "labels", {"sign": SignLabels(), "logit": LogitLabels(), "probit": ProbitLabels()}
)
NOISES = Choices(
    "noise",
    {
        "gaussian": GaussianNoise(),
        "contaminated": ContaminatedNoise(),
        "laplace": LaplaceNoise(),
        "student": StudentNoise(),
    },
)
