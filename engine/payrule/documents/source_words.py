"""The words of a source as they are compared: whatever a copy does to white space, hyphens and quotation marks.

A copy is wrapped, indented, hyphenated at the ends of lines and set with the quotation marks of whoever typed it. None
of that is wording, so it is folded away before anything is digested or compared.
"""

import re
import unicodedata

import msgspec

_DASHES = "\\-\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_JOINT, _LETTERS = rf"[{_DASHES}][\s{_DASHES}]*+", rf"[^\s{_DASHES}]++"
_WORD = re.compile(rf"(?:{_JOINT})?{_LETTERS}(?:{_JOINT}{_LETTERS})*+|{_JOINT}")
"""What stands between blanks; a dash joins what follows it, be that on the next line. Dashes that join nothing are
taken in one piece, so that each is looked at once."""

_NOTHING = re.compile(rf"[\s{_DASHES}\u200b-\u200d\u2060\ufeff]+")
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
    found = (SourceWord(_folded(match.group()), match.start(), match.end()) for match in _WORD.finditer(text))
    return tuple(word for word in found if word.folded)


def _folded(word: str) -> str:
    """Fold one word: no dashes, nothing that has no width, letters in one encoding, straight quotation marks."""
    if word.isascii() and word.isalnum():
        return word
    straight = word.translate(_QUOTES)
    return _NOTHING.sub("", unicodedata.normalize("NFKC", straight))
