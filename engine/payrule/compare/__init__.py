"""What differs between two versions: in words, in rules, in answers, with claims that show it.

Imports `rulebase`, `analysis` and below.
"""
