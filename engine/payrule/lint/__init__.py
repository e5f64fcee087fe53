"""Checks of documents: the framework; the rules are in `rules`, one a file, with its page next to it.

Imports `examples` and below.
"""
