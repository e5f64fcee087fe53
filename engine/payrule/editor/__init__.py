"""What an editor asks while an analyst writes: what is wrong, where a name is defined, what it means, what may follow.

Pure functions from texts and a place in them to an answer; `server` alone speaks the language server protocol.
"""
