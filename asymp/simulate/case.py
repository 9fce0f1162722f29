"""One trained parameter and everything that it is judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asymp.problem.statement import ProblemStatement
from asymp.simulate.budget import Budget
from asymp.simulate.curve import Array
from asymp.simulate.fitting import Task
from asymp.simulate.held_out import HeldOut
from asymp.simulate.population import Population, population
from asymp.simulate.training import Trained


def training_name(problem: ProblemStatement) -> str:
    """Twice the loss is reported for square loss of a regression, the loss otherwise."""
    square = problem.loss is not None and problem.loss.is_square and not problem.is_binary
    return f"train{'_robust' if problem.adversaries else ''}_{'risk' if square else 'loss'}"


@dataclass(frozen=True)
class Case:
    """A trained parameter and everything that it is judged by.

    ``sizes`` are the attacked sizes of its training residuals.
    """

    task: Task
    held: HeldOut
    trained: Trained
    sizes: Array
    test: Budget
    rho: float

    @property
    def problem(self) -> ProblemStatement:
        """The problem."""
        return self.task.problem

    @property
    def predictions(self) -> Array:
        """Predictions on the training points."""
        return np.asarray(self.task.draw.features @ self.trained.theta + self.trained.intercept)

    @property
    def training(self) -> float:
        """Mean attacked training loss, or twice that for the square loss of a regression."""
        if training_name(self.problem).endswith("risk"):
            return float(np.mean(self.sizes**2))
        return float(np.mean(self.task.losses(self.trained)))

    @property
    def moments(self) -> Population:
        """Exact moments on a new point."""
        return population(self.task.draw, self.trained.theta, self.rho, self.trained.intercept)
