"""Laws of training dynamics: scalar recursions derived from a network, a loss and a data model."""

from asymp.lazy import on_first_use

__getattr__ = on_first_use(
    __name__,
    {
        "activation": ("FIELD", "PatchActivation", "odd_power", "relu_power"),
        "derive": ("patch_dynamics",),
        "law": ("DynamicalLaw",),
        "network_run": ("NetworkRun", "train_network"),
        "patch_data": ("PatchData", "PatchModel"),
    },
)
