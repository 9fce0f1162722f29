"""A classifier that memorises its sample robustly on top of one that is right but not robust."""

from asymp.lazy import on_first_use

__getattr__ = on_first_use(
    __name__,
    {
        "classifier": ("RobustMemoriser", "memorise"),
        "coverage": ("CubeLaw", "GaussianLaw", "SphereLaw", "cap_measure"),
        "halfspace": ("Halfspace",),
        "indicator": ("indicator_parameters", "indicators"),
        "network": ("ReluNetwork",),
        "separation": ("Separation", "class_separation"),
    },
)
