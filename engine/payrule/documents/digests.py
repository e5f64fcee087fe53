"""Digests: of documents in canonical JSON, and of passages with their white space folded."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import msgspec

from payrule.documents.models import Cite, Policy

ORDERED = frozenset({"cites", "concerns", "notes", "rarc", "tiers", "values"})
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
    r"""Give the SHA-256 of a passage after every run of white space, line ends included, is folded to one blank.

    >>> passage_digest("two  words\n") == passage_digest("two words")
    True
    """
    return _digest(" ".join(passage.split()))


def find_passage(cite: Cite, words: list[str]) -> str | None:
    """Find the passage of a citation among the words of a source, wherever its lines break; None when it is not there.

    >>> text = "Massage is paid. Manual therapy is not.".split()
    >>> find_passage(Cite(source="m", locator="1", digest=passage_digest("Manual therapy is not."), words=4), text)
    'Manual therapy is not.'
    """
    return next((passage for passage in _windows(cite.words or 0, words) if _digest(passage) == cite.digest), None)


def _under(key: str, value: Any) -> Any:
    if key == "sets":  # their names are the author's own, and may be words of ours
        return {name: canonical(members) for name, members in value.items()}
    return _kept(value) if key in ORDERED else canonical(value)


def _kept(value: Any) -> Any:
    """Leave a list in its order, but not what is in it."""
    return [canonical(each) for each in value] if isinstance(value, list | tuple) else canonical(value)


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _windows(length: int, words: list[str]) -> Iterable[str]:
    if length > 0:
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
