"""Digests: of documents in canonical JSON, and of passages by their words."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import msgspec

from payrule.documents.models import Policy
from payrule.documents.source_words import source_words

ORDERED = frozenset({"cites", "columns", "concerns", "key", "notes", "rarc", "tiers", "values"})
"""Keys of lists whose order says something; all other lists of documents are sets, such as rules, members of a tier."""


def document_digest(*values: Any) -> str:
    """Give the SHA-256 of documents in canonical form, so that no order that means nothing can reach it.

    >>> document_digest({"b": 1, "rules": ["x", "y"]}) == document_digest({"rules": ["y", "x"], "b": 1})
    True
    >>> document_digest({"tiers": [["a"], ["b"]]}) == document_digest({"tiers": [["b"], ["a"]]})
    False
    """
    return _digest(_written([canonical(value) for value in values]))


def unsuppressed(policy: Policy) -> Policy:
    """Leave out of a policy which checks it suppresses: that reaches no answer, so it is no part of a digest."""
    return msgspec.structs.replace(
        policy,
        suppress=msgspec.UNSET,
        rules=tuple(msgspec.structs.replace(each, suppress=msgspec.UNSET) for each in policy.rules),
    )


def canonical(value: Any) -> Any:
    """Sort every list of a document whose order says nothing.

    >>> canonical({"tiers": [["b", "a"], ["c"]], "sets": {"pair": ["00002", "00001"]}})
    {'tiers': [['a', 'b'], ['c']], 'sets': {'pair': ['00001', '00002']}}
    """
    if isinstance(value, dict):
        return {key: _under(key, each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return sorted(_kept(value), key=_written)
    return value


def passage_digest(passage: str) -> str:
    r"""Give the SHA-256 of a passage as its words are compared, whatever its white space, hyphens and quotation marks.

    >>> passage_digest("two  wo-\nrds\n") == passage_digest("two words")
    True
    """
    return words_digest(word.folded for word in source_words(passage))


def words_digest(words: Iterable[str]) -> str:
    """Give the SHA-256 of folded words with one blank between each two."""
    return _digest(" ".join(words))


def _under(key: str, value: Any) -> Any:
    if key == "sets":  # their names are the author's own, and may be words of ours
        return {name: canonical(members) for name, members in value.items()}
    return _kept(value) if key in ORDERED else canonical(value)


def _kept(value: Any) -> Any:
    """Leave a list in its order, but not what is in it."""
    return [canonical(each) for each in value] if isinstance(value, list | tuple) else canonical(value)


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
