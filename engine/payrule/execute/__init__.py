"""Which rules match a line: the reference evaluator, which is the meaning of the language, and what is read off it.

Imports `language` and below.
"""
