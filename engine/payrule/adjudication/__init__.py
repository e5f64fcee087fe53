"""A rulebase that decides encounters: it computes each answer twice, compares, resolves, and gives a determination.

Imports `documents`, `language`, `resolve` and the interactive execution `chaining`.
"""
