"""What makes the documentation: pages that follow from the code, and what turns the Markdown into a site.

Nothing here is part of payrule; the folder may import all of it.
"""
