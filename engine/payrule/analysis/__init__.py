"""Questions about every encounter at once: the rules of a payer as boolean constraints, and a solver.

Imports `documents`, `language` and `resolve`, never an execution: what replays a witness is handed in.
"""
