"""Reports of several sections as pages: what stands on them is said once, and written as text, Markdown or HTML.

`page` has the values; `difference` and `verification` say what there is to say; one renderer a form of output.
"""
