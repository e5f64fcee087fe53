"""Files of millions of lines decided by columns on DuckDB, with the answers of the reference evaluator.

Imports `formats`, `rulebase` and below. The extra `batch` brings what it needs.
"""
