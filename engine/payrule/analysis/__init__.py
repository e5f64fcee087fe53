"""Questions about every encounter at once: the rules of a payer as boolean constraints, and a solver.

Imports `resolve`, `language` and below, never an execution: what decides a claim again is handed in.
"""
