"""Every citation points to words that the analysts' own copy of the source holds, and no file repeats its sentences.

The copy lies beside the checkout and is not part of the project; without it these tests are skipped.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest

from payrule.citations.copies import SourceText
from payrule.model.policy import Cite, Policy
from payrule.source.files import shipped

CHECKOUT = Path(__file__).resolve().parents[2]
SOURCES = CHECKOUT.parent / "shared" / "sources"
QUOTED_AT_MOST = 7
"""Words in a row that may be the source's own."""
TEXTS = ("policies", "docs", "schemas", "examples", "README.md")


def versions() -> list[Path]:
    """List the policy versions that the project ships."""
    files = shipped("policies").glob("*/*.json")
    return sorted(path for path in files if json.loads(path.read_text(encoding="utf-8"))["kind"] == "policy")


def read(path: Path) -> Policy:
    return msgspec.convert(json.loads(path.read_text(encoding="utf-8")), type=Policy)


def cites(policy: Policy) -> Iterator[tuple[str, Cite]]:
    """List the citations of a policy, each with the place it stands in."""
    for rule in policy.rules:
        yield from ((f"rule {rule.id}", cite) for cite in rule.cites)
    for name, fact in policy.facts.items():
        yield from ((f"fact {name}", cite) for cite in fact.cites)
    for number, note in enumerate(policy.notes, start=1):
        yield from ((f"note {number}", cite) for cite in note.cites)


@cache
def source(file: str) -> SourceText:
    path = SOURCES / file
    if not path.is_file():
        pytest.skip(f"the analysts' copy of `{file}` is not beside the checkout")
    return SourceText(path.read_text(encoding="utf-8"))


def own_words(text: str) -> list[str]:
    """Fold a text to its words in small letters, without codes and numbers: lists of codes belong to nobody."""
    return [word for word in re.findall(r"\w+(?:['\u2019-]\w+)*", text.lower()) if not re.search(r"\d", word)]


def phrases(text: str) -> list[str]:
    """List the phrases of a text that are one word longer than may be quoted."""
    words = own_words(text)
    length = QUOTED_AT_MOST + 1
    return [" ".join(words[start : start + length]) for start in range(len(words) - length + 1)]


def texts() -> list[Path]:
    """List the files of the project that analysts read."""
    named = [CHECKOUT / name for name in TEXTS]
    inside = [path for place in named if place.is_dir() for path in place.rglob("*") if path.is_file()]
    return sorted(inside + [place for place in named if place.is_file()])


@pytest.mark.parametrize("path", versions(), ids=lambda path: f"{path.parent.name}@{path.stem}")
def test_each_rule_cites_a_statement(path: Path) -> None:
    policy = read(path)
    uncited = [rule.id for rule in policy.rules if not rule.cites]
    incomplete = [
        f"{place}: {cite.locator}"
        for place, cite in cites(policy)
        if policy.sources[cite.source].file is not None
        and (cite.digest is None or cite.words is None or cite.statement is None)
    ]
    assert (uncited, incomplete) == ([], [])


@pytest.mark.parametrize("path", versions(), ids=lambda path: f"{path.parent.name}@{path.stem}")
def test_each_cited_passage_is_in_the_source(path: Path) -> None:
    policy = read(path)
    missing = []
    for place, cite in cites(policy):
        file = policy.sources[cite.source].file
        if file is not None and not source(file).find(cite):
            missing.append(f"{place}: {cite.locator}")
    assert missing == []


@pytest.mark.slow
def test_no_file_repeats_a_sentence_of_the_source() -> None:
    files = {each.file for path in versions() for each in read(path).sources.values() if each.file is not None}
    sourced = {phrase for file in sorted(files) for phrase in phrases(source(file).text)}
    repeated = [
        f"{path.relative_to(CHECKOUT)}: {phrase}"
        for path in texts()
        for phrase in phrases(path.read_text(encoding="utf-8", errors="replace"))
        if phrase in sourced
    ]
    assert repeated == []
