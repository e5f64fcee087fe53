"""What a condition means: three-valued truth, names, the five leaves, strata, and the reference evaluator.

Imports `documents` only. The executions consume what `lower` and `strata` produce; the reference evaluator consumes
neither.
"""
