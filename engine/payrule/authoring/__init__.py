"""What an analyst runs over documents: checks, examples, source anchors, the schemas that an editor completes from.

Imports everything below it; prints nothing.
"""
