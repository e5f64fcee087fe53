"""The workbench and the decision service: pages and answers over HTTP, from the rulebase in a folder.

What is decided, checked and compared comes from the folders below; here it is asked for and shown. It needs the extra
`web`.
"""
