"""The lemma for problems whose channels have no closed form, or more order parameters."""
