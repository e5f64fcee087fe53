"""The plan: formulas become clauses, a bit each, and the values of a line leave those that match.

Imports `language` and below; shares nothing with the reference evaluator. Columns follow the same plan.
"""
