"""Name the notes of two documents by the passages that they are about, since a note has no name of its own."""

from collections.abc import Iterable
from typing import Any

Note = dict[str, Any]


def named_notes(old: list[Note], new: list[Note]) -> tuple[dict[str, Note], dict[str, Note]]:
    """Name notes so that one of the same passages in both documents has the same name; equal notes are left out.

    >>> cites = [{"source": "manual", "locator": "paragraph 2"}]
    >>> one, two = ({"text": text, "reason": "It is a preference.", "cites": cites} for text in ("Hands.", "Devices."))
    >>> list(named_notes([one, two], [two]))
    [{'paragraph 2': {'text': 'Hands.', ...}}, {}]
    """
    return _named(each for each in old if each not in new), _named(each for each in new if each not in old)


def _named(notes: Iterable[Note]) -> dict[str, Note]:
    found: dict[str, Note] = {}
    for note in sorted(notes, key=lambda each: str(each["text"])):
        passages = "; ".join(cite["locator"] for cite in note["cites"]) or str(note["text"])
        name, number = passages, 1
        while name in found:
            number += 1
            name = f"{passages} ({number})"
        found[name] = note
    return found
