"""The lint rules, by family: each is a file, its page next to it, and a line in `lint.registry`.

Imports `lint` and below.
"""
