"""An editor completes, explains, finds and renames what counts of lines and quotas name."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from payrule.fmt import formatted
from payrule.lsp.completion import choices
from payrule.lsp.documents import OpenDocument, readable, symbols
from payrule.lsp.hover import hover
from payrule.lsp.names import definitions, renamable, renamed
from payrule.source.diagnostics import RequestError
from payrule.source.json_source import scan

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "rulebase"

OVER: dict[str, Any] = {"quota": {"units": {"over": {"at_least": 1}}}}
COUNT: dict[str, Any] = {"window": {"days": 90}, "where": {"line.code": {"in": "@stretches"}}, "count": {"at_least": 2}}


@pytest.fixture
def document(tmp_path: Path) -> OpenDocument:
    """Make a version with a quota, a rule that asks about it, and one that counts lines."""
    root = Path(shutil.copytree(GOLDEN, tmp_path / "rulebase"))
    path = root / "stretching" / "1.0.0.json"
    value = json.loads(path.read_text())
    quota = {"summary": "Four units a day.", "of": "line.units", "at_most": 4, "window": "date"}
    value |= {"status": "proposed", "quotas": {"units": quota | {"where": {"line.code": {"in": "@stretches"}}}}}
    value["rules"][0]["when"] = OVER
    value["rules"][1]["when"] = {"lines": COUNT}
    path.write_text(formatted(value))
    return OpenDocument(root, path, readable(path))


def at(document: OpenDocument, words: str) -> int:
    return document.text.text.index(words) + len(words) - 1


WHEN = '{"quotas": {"units": {"summary": "Four."}}, "rules": [{"when": {'
QUOTA = '{"quotas": {"units": {'


@pytest.mark.parametrize(
    ("typed", "offered", "not_offered"),
    [
        (f'{WHEN}"', "lines", "window"),
        (f'{WHEN}"lines": {{"', "window", "line.code"),
        (f'{WHEN}"lines": {{"', "days_since", "other_line"),
        (f'{WHEN}"lines": [{{"', "itself", "quota"),
        (f'{WHEN}"lines": {{"window": "', "patient-date", "days"),
        (f'{WHEN}"lines": {{"window": {{"', "full_months", "year"),
        (f'{WHEN}"lines": {{"same": ["', "line.units", "patient.age_years"),
        (f'{WHEN}"lines": {{"sum": {{"', "of", "line.units"),
        (f'{WHEN}"lines": {{"sum": {{"of": "', "line.units", "line.code"),
        (f'{WHEN}"lines": {{"count": {{"', "at_most", "of"),
        (f'{WHEN}"lines": {{"where": {{"', "line.code", "window"),
        (f'{WHEN}"lines": {{"where": {{"line.code": {{"in": "@', "@stretches", "units"),
        (f'{WHEN}"count": {{"', "line.code", "window"),
        (f'{QUOTA}"', "at_most", "line.code"),
        (f'{QUOTA}"of": "', "lines", "line.code"),
        (f'{QUOTA}"window": "', "ever", "days"),
        (f'{QUOTA}"where": {{"', "line.code", "at_most"),
        (f'{QUOTA}"first": [{{"', "highest", "line.units"),
        (f'{QUOTA}"first": [{{"highest": "', "line.date", "line.code"),
    ],
)
def test_parts_of_counts_and_quotas_are_completed(
    typed: str, offered: str, not_offered: str, document: OpenDocument
) -> None:
    words = [each.word for each in choices(document, typed)]
    assert offered in words
    assert not_offered not in words


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ('{"rules": [{"when": {"quota": {"', ["units"]),
        ('{"rules": [{"when": {"quota": {"units": {"', ["within", "over"]),
        ('{"rules": [{"when": {"quota": {"units": {"over": {"', ["is", "at_least", "at_most"]),
        ('{"quotas": {"', []),
        ('{"quotas": {"units": {}}, "rules": [{"conclude": {"pay": {"', ["units", "percent"]),
        ('{"quotas": {"units": {}}, "rules": [{"conclude": {"pay": {"units": {"', ["quota"]),
        ('{"quotas": {"units": {}}, "rules": [{"conclude": {"pay": {"units": {"quota": "', ["units"]),
    ],
)
def test_quotas_are_completed_by_name_and_part(typed: str, offered: list[str], document: OpenDocument) -> None:
    assert [each.word for each in choices(document, typed)] == offered


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ('"quota": {"units', "**quota `units`**: Four units a day.\n\nat most 4 units of that date"),
        ('"of": "line.un', "**`line.units`**"),
        ('"window": "da', "at most 4 units of that date"),
        ('"window": {"days": 9', "in the 90 days up to that date"),
        ('"where": {"line.code": {"in": "@str', "**code list `@stretches`**"),
    ],
)
def test_hover_says_what_a_count_or_a_quota_is(words: str, meaning: str, document: OpenDocument) -> None:
    found = hover(document, at(document, words))
    assert found is not None
    assert meaning in found


def test_quota_leads_to_its_definition(document: OpenDocument) -> None:
    (place,) = definitions(document, at(document, '"quota": {"units'))
    assert place.start == document.text.text.index('"units": {')


@pytest.mark.parametrize("words", ['"quota": {"units', '"units'])
def test_quota_is_renamed_where_it_is_defined_and_used(words: str, document: OpenDocument) -> None:
    offset = at(document, words)
    assert renamable(document, offset) is not None
    text = document.text.text
    for place, name in sorted(renamed(document, offset, "timed-units").items(), reverse=True):
        text = text[: place.start] + name + text[place.end :]
    assert text == document.text.text.replace('"units"', '"timed-units"')


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("units", "proposed", "there is already a quota `units`"),
        ("Units", "proposed", "cannot be the name of a quota"),
        ("timed-units", "in-force", "never changed"),
    ],
)
def test_quota_keeps_a_name_that_cannot_change(name: str, status: str, said: str, document: OpenDocument) -> None:
    document.path.write_text(document.text.text.replace('"proposed"', f'"{status}"'))
    again = OpenDocument(document.root, document.path, readable(document.path))
    with pytest.raises(RequestError, match=said):
        renamed(again, at(again, '"quota": {"units'), name)


def test_outline_lists_quotas(document: OpenDocument) -> None:
    assert [each.name for each in symbols(scan(document.text.text)) if each.kind == "quota"] == ["units"]
