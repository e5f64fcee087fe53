"""The columnar execution on DuckDB, and the files of tables. The extra `batch` brings what it needs.

`plan` and `words` say what is computed, in plain values: every clause of every rule is a bit of a word. `statements`
writes it as SQL. `keys` and `decoding` turn distinct sets of matches into answers by the resolution that all executions
share. Imports `documents`, `language` and `resolve`; nothing else imports DuckDB.
"""
