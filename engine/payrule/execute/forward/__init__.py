"""The forward-chaining execution: formulas become a network of durable_rules, and lines are driven through it.

Imports `language` and below; shares nothing with the reference evaluator.
"""
