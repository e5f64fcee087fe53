"""Read a list of remittance codes quickly where nothing is wrong with it; whatever is in doubt is read with its places.

A list holds every published code, and a rulebase is read on each start: held to its schema one entry after the other,
the list took longer than all policies together. What is read here, the schema accepts; a test holds it to that.
"""

import json
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from payrule.documents.models import ListedCode, RemittanceCodeList

_Words = Annotated[str, Meta(min_length=1)]
_Group = Annotated[str, Meta(pattern=r"\A(CO|CR|OA|PI|PR)\Z")]
_Carc = Annotated[str, Meta(pattern=r"\A[A-Z]?[0-9]{1,3}\Z")]
_Rarc = Annotated[str, Meta(pattern=r"\A(M|MA|N)[0-9]{1,4}\Z")]


class _Code(msgspec.Struct, forbid_unknown_fields=True):
    wording: _Words | UnsetType = UNSET
    start: date | UnsetType = UNSET
    end: date | UnsetType = UNSET


class _List(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    kind: Literal["remittance-codes"]
    as_of: date
    groups: dict[_Group, _Code]
    carc: dict[_Carc, _Code]
    rarc: dict[_Rarc, _Code]
    needs_rarc: list[_Carc] = []
    schema: _Words | UnsetType = msgspec.field(default=UNSET, name="$schema")


def quick_list(text: str) -> RemittanceCodeList | None:
    """Read a list of remittance codes; None where something is wrong with it, or may be.

    >>> text = '{"kind": "remittance-codes", "as_of": "2024-06-01", "groups": {}, "carc": {"97": {}}, "rarc": {}}'
    >>> quick_list(text).carc
    {'97': ListedCode(wording=None, start=None, end=None)}
    >>> quick_list('{"kind": "remittance-codes"}') is None
    True
    """
    if "\\u" in text:  # an escape may be half of a character
        return None
    try:
        value = json.loads(text, object_pairs_hook=_each_once)
        strict = msgspec.convert(value, _List)
        found = msgspec.convert(value, RemittanceCodeList)
    except (ValueError, RecursionError):  # msgspec's ValidationError is a ValueError
        return None
    listed = (each for codes in (found.groups, found.carc, found.rarc) for each in codes.values())
    is_right = len(set(strict.needs_rarc)) == len(strict.needs_rarc) and not any(map(_ends_first, listed))
    return found if is_right else None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _ends_first(code: ListedCode) -> bool:
    return bool(code.start and code.end and code.end < code.start)
