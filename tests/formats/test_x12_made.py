"""Two readers of X12 agree on random files with every element of the reference page; the page says what is read."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.formats.x12_made import OTHER_TAXONOMY, TYPES, made, plainly_read

from payrule.formats.encounters import RawEncounter
from payrule.formats.x12 import read_x12
from payrule.rulebase.rulebase import load

WHOLE = 0
"""The number of a file with every element, and with a dependent."""

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "x12.md").read_text()


ATTRIBUTES = load().documents.vocabulary.attributes


def read(text: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    found = [*read_x12(text, TYPES, attributes=ATTRIBUTES)]
    assert all(isinstance(each, RawEncounter) for each in found), found
    return [
        (each.data, msgspec.to_builtins(each.identifiers))
        for each in found
        if isinstance(each, RawEncounter) and not each.unreadable
    ]


def agree(seeds: range) -> int:
    """Compare the two readers on a file for each seed; give how many claims there were."""
    claims = 0
    for seed in seeds:
        text = made(random.Random(seed))  # noqa: S311 - claims for tests
        one, two = read(text), plainly_read(text)
        assert one == two, seed
        claims += len(one)
    return claims


def test_two_readers_agree() -> None:
    assert agree(range(10)) >= 10


_KNOWN = ("interchange", "group", "transaction", "segment", "trace")


@pytest.mark.parametrize("seeds", [range(5), pytest.param(range(5, 60), marks=pytest.mark.slow)], ids=["few", "many"])
def test_a_claim_of_a_refused_transaction_has_the_identifiers_that_it_has_elsewhere(seeds: range) -> None:
    for seed in seeds:
        text = made(random.Random(seed))  # noqa: S311 - claims for tests
        wanted = [{name: told["claim"].get(name, "") for name in _KNOWN} for _, told in plainly_read(text)]
        found = [each for each in read_x12(re.sub(r"SE\*\d+", "SE*9", text), TYPES) if isinstance(each, tuple)]
        assert [{name: getattr(each[0].identifiers, name) for name in _KNOWN} for each in found] == wanted, seed


def test_two_readers_see_the_same_payer() -> None:
    for seed in range(4):
        text = made(random.Random(seed))  # noqa: S311 - claims for tests
        raws = [each for each in read_x12(text, TYPES) if isinstance(each, RawEncounter)]
        for raw, (data, told) in zip(raws, plainly_read(text), strict=True):
            payer, named = told["claim"].get("payer_id", ""), raw.named
            assert named is not None
            assert named.ids == ((payer,) if payer else ())
            assert (named.name, named.indicator) == (
                told["claim"].get("payer_name", ""),
                data.get("filing_indicator", ""),
            )


@pytest.mark.slow
def test_two_readers_agree_on_many_files() -> None:
    assert agree(range(10, 110)) >= 100


_ELSEWHERE = {("HI", "BK", 0), ("HI", "BF", 0), ("NM1", "FA", 0)}
"""What the page lists and only version 4010 has: other tests read it."""

_SEGMENTS = re.compile(
    r"(CLM|SV1|REF|HI|SBR|NM1|DMG|N4|PRV|LIN|SVD|LX|DTP|CTP|NTE|OI|AMT|CAS|ISA|GS|ST|SE|GE|IEA)(\d\d)?(?:-\d)?"
)


def _of_page() -> set[tuple[str, str, int]]:
    """Give what the page lists as read: the segment, its qualifier if it has one, the number of the element or 0."""
    tables = PAGE.partition("## Lines that cannot be read")[0]
    cells = [row.split("|")[1] for row in tables.splitlines() if row.startswith("| ") and row[2].isupper()]
    found = set()
    for cell in cells:
        name, element = "", 0
        for part in filter(None, re.split(r"[,;] | to ", cell.strip())):
            first, *qualifiers = part.split()
            if told := _SEGMENTS.fullmatch(first):
                name, element = told.group(1), int(told.group(2) or 0)
            else:
                qualifiers = [first, *qualifiers]
            found |= {(name, each, element) for each in qualifiers or [""]}
    return found - _ELSEWHERE


def _is_of(segment: list[str], qualifier: str) -> bool:
    composites = {each.split(":")[0] for each in segment[1:]}
    return not qualifier or qualifier in (composites if segment[0] in ("HI", "SV1") else segment[1:3])


@pytest.mark.slow
def test_what_the_page_lists_is_in_the_files_and_is_read() -> None:
    text = made(random.Random(WHOLE), share=1.0)  # noqa: S311 - claims for tests
    segments = [each.split("*") for each in text.split("~")[:-1]]
    before = read(text)
    envelope = {"ISA", "GS", "ST", "SE", "GE", "IEA"}
    listed = {each for each in _of_page() if each[0] not in envelope}
    assert len(listed) > 60
    unread = [each for each in sorted(listed) if not any(told != before for told in _without_one(segments, *each))]
    assert not unread


def _without_one(segments: list[list[str]], name: str, qualifier: str, element: int) -> Iterator[Any]:
    """Give what is read where one segment of a kind lacks the element, or one of its elements where none is named."""
    for at, each in enumerate(segments):
        if each[0] == name and _is_of(each, qualifier):
            for to in [element] if element else range(1, len(each)):
                if to < len(each) and each[to] != qualifier:
                    other = [*each[:to], "" if to > 1 else "ZZ", *each[to + 1 :]]
                    text = "".join(f"{'*'.join(one)}~" for one in [*segments[:at], other, *segments[at + 1 :]])
                    found = [
                        one for one in read_x12(text, TYPES, attributes=ATTRIBUTES) if isinstance(one, RawEncounter)
                    ]
                    yield [(one.data, msgspec.to_builtins(one.identifiers)) for one in found]


@pytest.mark.slow
def test_what_the_page_does_not_list_is_not_read() -> None:
    text = made(random.Random(WHOLE), share=1.0)  # noqa: S311 - claims for tests
    segments = [each.split("*") for each in text.split("~")[:-1]]
    before = read(text)
    for at, each in enumerate(segments):
        if each[0] in ("N3", "PAT", "BHT") or (each[0] == "NM1" and each[1] in ("85", "IL", "QC", "82", "DN")):
            other = [*each]
            other[3 if each[0] == "NM1" else -1] = "OTHER"
            again = "".join(f"{'*'.join(one)}~" for one in [*segments[:at], other, *segments[at + 1 :]])
            assert read(again) == before, each


def test_other_taxonomies_are_made_too() -> None:
    assert any(OTHER_TAXONOMY in made(random.Random(seed)) for seed in range(5))  # noqa: S311 - claims for tests
