"""Robust error of adversarially trained random features (Hassani and Javanmard 2024)."""

import asymp

title = "Adversarially trained random features"


def problem(activation="relu"):
    """Square loss, l2 adversary on the input, ridge; only the second layer is trained."""
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
        adversary=asymp.L2Input(),
    )
