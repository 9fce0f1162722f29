"""Theorems that were derived before: what solving them needs, as JSON beside their kernels.

Solving a theorem of the command line starts here. A manifest is believed only if it carries the
hash of its own content and the fingerprint of everything that it was made from; one that is
damaged, foreign or out of date is made anew and written over. It holds numbers and text, never
pickled objects. The text of the kernel is run, as that of every kernel in the cache folder is:
whoever can write there can run code as you, so the folder has to be your own.
"""

from asymp.manifest.files import recalled as recalled
