"""Digests: of documents in canonical JSON, and of passages with their white space folded."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from payrule.documents.models import Cite


def document_digest(*values: Any) -> str:
    """Give the SHA-256 of values as canonical JSON, so that white space and the order of keys do not count.

    >>> document_digest({"b": 1, "a": 2}) == document_digest({"a": 2, "b": 1})
    True
    """
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return _digest(text)


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


def _windows(length: int, words: list[str]) -> Iterable[str]:
    if length > 0:
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
