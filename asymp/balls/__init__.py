"""Ball arithmetic: the branches of a theorem printed a second time, to be proved."""
