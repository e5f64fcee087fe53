"""Digests: of documents in canonical JSON, and of passages by their words.

A copy is wrapped, indented, hyphenated at the ends of lines and set with the quotation marks of whoever typed it. None
of that is wording, so it is folded away before anything is digested or compared.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from json.encoder import encode_basestring
from typing import Any

import msgspec

from payrule.model.policy import Policy

ORDERED = frozenset(
    {
        "cites",
        "columns",
        "concerns",
        "days_between",
        "first",
        "instead",
        "key",
        "minus",
        "notes",
        "rarc",
        "remittance_candidates",
        "tiers",
        "values",
    }
)
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
    rules = policy.rules
    if any(each.suppress is not msgspec.UNSET for each in rules):
        rules = tuple(msgspec.structs.replace(each, suppress=msgspec.UNSET) for each in rules)
    return msgspec.structs.replace(policy, suppress=msgspec.UNSET, rules=rules)


def canonical(value: Any) -> Any:
    """Sort every list of a document whose order says nothing.

    >>> canonical({"tiers": [["b", "a"], ["c"]], "sets": {"pair": ["00002", "00001"]}})
    {'tiers': [['a', 'b'], ['c']], 'sets': {'pair': ['00001', '00002']}}
    """
    if isinstance(value, dict):
        made = dict(value)
        for key, each in value.items():
            if type(each) not in _SCALARS:
                made[key] = _kept(each) if key in ORDERED else _sets(each) if key == "sets" else canonical(each)
        return made
    if isinstance(value, (list, tuple)):
        kept = _kept(value)
        return sorted(kept, key=_in_order) if len(kept) > 1 else kept
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


def _sets(value: dict[str, Any]) -> dict[str, Any]:
    """Sort the members of sets, whose names are the author's own, and may be words of ours."""
    return {name: canonical(members) for name, members in value.items()}


def _kept(value: Any) -> Any:
    """Leave a list in its order, but not what is in it."""
    if isinstance(value, (list, tuple)):
        return [each if type(each) in _SCALARS else canonical(each) for each in value]
    return canonical(value)


_SCALARS = frozenset({str, int, float, bool, type(None)})


def _in_order(member: Any) -> str:
    """Give by what a member of a set is sorted: itself as JSON writes it."""
    return encode_basestring(member) if type(member) is str else _written(member)


def _written(value: Any) -> str:
    """Write JSON as Python does, which writes some fractions in a way of its own; without one msgspec is as good.

    >>> _written({"digest": "sha256:1e5", "numbers": [-1e20, 2.5]})
    '{"digest":"sha256:1e5","numbers":[-1e+20,2.5]}'
    """
    quick = msgspec.json.encode(value, order="sorted")
    return _as_python(value) if isinstance(value, float) or _fraction(quick) else quick.decode()


_as_python = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_fraction = re.compile(rb'[\[:,](?<![^"]:)-?[0-9]+[.e]').search
"""Find a number with a point or an exponent; in a text it may find one that is none, but not in a digest."""


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


_DASHES = "\\-\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_JOINT, _LETTERS = rf"[{_DASHES}][\s{_DASHES}]*+", rf"[^\s{_DASHES}]++"


@cache
def _word() -> re.Pattern[str]:
    """Find what stands between blanks; a dash joins what follows it, be that on the next line.

    Dashes that join nothing are taken in one piece, so that each is looked at once.
    """
    return re.compile(rf"(?:{_JOINT})?{_LETTERS}(?:{_JOINT}{_LETTERS})*+|{_JOINT}")


_NOTHING = rf"[\s{_DASHES}\u200b-\u200d\u2060\ufeff]+"
_QUOTES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2035`\u00b4", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb", '"')
)


class SourceWord(msgspec.Struct, frozen=True):
    """A word of a text: how it is compared, and where it stands in the text."""

    folded: str
    start: int
    end: int


def source_words(text: str) -> tuple[SourceWord, ...]:
    r"""List the words of a text.

    Every dash goes, together with the white space after it: a word that is parted at the end of a line is the same
    word, and so is one that has a hyphen of its own there. Quotation marks are straight.

    >>> [word.folded for word in source_words("one-on-\none  ser\u00ad\n  vice \u201cas is\u201d")]
    ['oneonone', 'service', '"as', 'is"']
    >>> [word.folded for word in source_words("pre- and post-\noperative \u2013 both")]
    ['preand', 'postoperative', 'both']
    """
    found = (SourceWord(_folded(match.group()), match.start(), match.end()) for match in _word().finditer(text))
    return tuple(word for word in found if word.folded)


def _folded(word: str) -> str:
    """Fold one word: no dashes, nothing that has no width, letters in one encoding, straight quotation marks."""
    if word.isascii() and word.isalnum():
        return word
    straight = word.translate(_QUOTES)
    return re.sub(_NOTHING, "", unicodedata.normalize("NFKC", straight))
