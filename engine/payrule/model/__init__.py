"""The documents of a rulebase as frozen values: policies, payers, the vocabulary, tables, and their schemas.

Imports `source` only.
"""
