"""Decide files of millions of claim lines on DuckDB, with the answers of the reference evaluator.

`sources` and `ingest` make a table of lines, `match` finds the rules that match, `answer_key` resolves each distinct
answer once, `writer` writes the files. Imports `formats`, `rulebase` and below; needs the extra `batch`.
"""
