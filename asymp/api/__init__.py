"""The public classes: a problem that is stated, and the theorem that it derives into."""

from asymp.api.problem import Problem as Problem
from asymp.api.theorem import Theorem as Theorem
