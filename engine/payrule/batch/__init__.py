"""The columnar execution on DuckDB, and the files of tables. The extra `batch` brings what it needs.

Imports `documents`, `language` and `resolve`.
"""
