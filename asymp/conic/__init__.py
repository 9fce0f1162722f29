"""Second-order cones and normal equations: what interior-point methods share."""
