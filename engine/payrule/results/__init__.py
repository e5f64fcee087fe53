"""What payrule answers, as frozen values: determinations, explanations, differences, proofs.

Imports `encounter` and below.
"""
