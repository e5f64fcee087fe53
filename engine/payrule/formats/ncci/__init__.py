"""Published tables of Medicare edits, imported as tables of a rulebase.

`published` reads a file, `publications` says what is in each, `importing` makes the table.
"""
