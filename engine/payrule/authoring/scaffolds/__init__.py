"""Documents to begin with: each is made whole, has no errors, and waits for an analyst to put its own words in.

Pure: a scaffold gives files and their texts, and the command line writes them.
"""
