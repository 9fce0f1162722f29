"""A second route: rational expressions in Gaussian matrices, by linear pencils.

The rooms of a derivation stand in the order ``language``, ``linearise``, ``minimal``, ``dyson``,
``sources``; ``model`` states a problem as an expression, ``route`` runs the whole and ``proof``
compares it with the theorem of the first route.
"""
