"""What a condition means: its typed tree, three-valued truth, names, words, and the enriched claim that it is read on.

`lower` makes of it the five basic conditions that executions run; the reference evaluator reads the tree instead.
Imports `encounter` and below.
"""
