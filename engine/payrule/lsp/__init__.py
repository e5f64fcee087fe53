"""What an editor asks while an analyst writes: diagnostics, completion, hover, definitions, renaming.

Imports `reports` and below.
"""
