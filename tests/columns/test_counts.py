"""Which counts columns settle, and which claims they leave: those are decided claim by claim."""

from datetime import date
from typing import Any

import pytest
from tests.property.columnar import by_columns, one_by_one, plain
from tests.property.counted import WORDS
from tests.property.documents import KNOWN_ON, PAYER, documents, policy, rule

from payrule.columns.countable import is_by_claim
from payrule.rulebase.rulebase import Rulebase

Json = dict[str, Any]
LINE: Json = {"number": 1, "code": "A0001", "date": "2024-03-05"}
EARLIER: Json = {"code": "A0001", "date": "2024-03-01", "claim": "C-7", "number": 1}
VISITS: Json = {"window": {"days": 30}, "where": {"line.code": {"is": "A0001"}}, "count": {"at_least": 2}}


def rulebase(*conditions: Json, **other: Any) -> Rulebase:
    rules = [rule(f"r{at}", each, "benefit", "excluded") for at, each in enumerate(conditions)]
    return documents(policy(*rules, **other), words=WORDS).rulebase()


@pytest.mark.parametrize(
    ("asked", "by_claim"),
    [
        (VISITS, False),
        (VISITS | {"same": ["line.provider.npi"], "sum": {"of": "line.units", "at_least": 2}}, False),
        (VISITS | {"where": {"line.units_supported": {"is": True}}}, True),
        (VISITS | {"window": "date", "where": {"line.units_supported": {"is": True}}}, False),
        (VISITS | {"window": "date", "where": {"region": {"is": "same"}}}, True),
        (VISITS | {"where": {"encounter.role": {"is": "first"}}}, False),
    ],
)
def test_what_rests_on_the_subject_or_is_computed_is_left_to_claims(asked: Json, by_claim: bool) -> None:  # noqa: FBT001 - a case
    asked = {key: each for key, each in asked.items() if key != "count" or "sum" not in asked}
    assert is_by_claim(rulebase({"lines": asked})) is by_claim


def test_a_count_that_asks_of_the_patient_is_left_to_claims_where_claims_share_earlier_lines() -> None:
    asked = rulebase({"lines": VISITS | {"where": {"encounter.role": {"is": "first"}}}})
    assert is_by_claim(asked, shares_history=True)
    assert not is_by_claim(rulebase({"lines": VISITS}), shares_history=True)


def test_a_rulebase_that_counts_nothing_is_left_to_columns() -> None:
    assert not is_by_claim(rulebase({"line.units": {"at_least": 2}}))


@pytest.mark.parametrize(
    ("changed", "count"),
    [
        ({}, 1),
        ({"date_to": "2024-03-02"}, 0),
        ({"date_to": "2024-03-01"}, 1),
        ({"number": None}, 0),
        ({"claim": None}, 0),
        ({"frequency": "8", "date_to": "2024-03-02"}, 1),
        ({"claim": "E", "date_to": "2024-03-02"}, 1),
    ],
)
def test_a_claim_is_left_by_columns_for_its_earlier_lines(changed: Json, count: int) -> None:
    counting = rulebase({"lines": VISITS})
    earlier = {key: each for key, each in (EARLIER | changed).items() if each is not None}
    claim = counting.encounter({"id": "E", "lines": [LINE], "history": [earlier], "history_from": "2024-01-01"})
    assert len(plain(counting, [claim])) == count


def test_two_claims_have_each_their_own_earlier_lines() -> None:
    counting = rulebase({"lines": VISITS | {"itself": True}})
    known: Json = {"lines": [LINE], "history_from": "2024-01-01"}
    taken = [counting.encounter(known | {"id": f"E{at}", "history": [EARLIER] * at}) for at in (0, 1)]
    found = by_columns(counting, taken, PAYER, KNOWN_ON)
    assert [line.disposition for _, line in found] == ["undecided", "denied"]
    assert found == one_by_one(counting, taken, PAYER, KNOWN_ON)


def test_a_window_that_begins_with_the_known_history_is_known() -> None:
    counting = rulebase({"lines": VISITS | {"window": {"days": 5}}})
    taken = [
        counting.encounter({"id": str(at), "lines": [LINE], "history_from": date(2024, 3, at).isoformat()})
        for at in (1, 2)
    ]
    found = by_columns(counting, taken, PAYER, KNOWN_ON)
    assert [(line.disposition, line.open) for _, line in found] == [
        ("undecided", ()),
        ("pending", ("history[2024-03-01]",)),
    ]


def test_what_is_unknown_of_an_earlier_line_alone_is_unknown() -> None:
    asked = VISITS | {"where": {"line.record.site": {"is": True}}, "count": {"at_least": 1}}
    counting = rulebase({"lines": asked})
    line = LINE | {"record": {"site": True}}
    claim = counting.encounter({"id": "E", "lines": [line], "history": [EARLIER], "history_from": "2024-01-01"})
    found = by_columns(counting, [claim], PAYER, KNOWN_ON)
    assert found == one_by_one(counting, [claim], PAYER, KNOWN_ON)
    assert found[0][1].open == ("history[C-7/1].record.site",)


def test_a_definition_that_a_policy_hides_is_still_what_the_vocabulary_s_others_name() -> None:
    billed: Json = {"summary": "billed", "when": {"line.code": {"is": "A0001"}}}
    words = WORDS | {"facts": {"billed": billed, "counted": {"summary": "counted", "when": {"fact": "billed"}}}}
    asked = VISITS | {"where": {"fact": "counted"}, "window": "encounter"}
    hiding = policy(rule("r0", {"lines": asked}, "benefit", "excluded"), facts={"billed": billed})
    counting = documents(hiding, words=words).rulebase()
    taken = [counting.encounter({"id": "E", "lines": [LINE | {"number": at} for at in range(1, 5)]})]
    found = by_columns(counting, taken, PAYER, KNOWN_ON)
    assert found == one_by_one(counting, taken, PAYER, KNOWN_ON)
    assert {line.disposition for _, line in found} == {"denied"}


def test_codes_of_a_system_agree_however_they_are_written() -> None:
    words = WORDS | {"attributes": WORDS["attributes"] | {"line.problem": PROBLEM}}
    asked = VISITS | {"window": "encounter", "same": ["line.problem"], "where": {}, "count": {"at_least": 1}}
    counting = documents(policy(rule("r0", {"lines": asked}, "benefit", "excluded")), words=words).rulebase()
    lines = [LINE | {"number": at, "problem": code} for at, code in enumerate(("M54.5", "m545", "M54.6"), start=1)]
    taken = [counting.encounter({"id": "E", "lines": lines})]
    found = by_columns(counting, taken, PAYER, KNOWN_ON)
    assert found == one_by_one(counting, taken, PAYER, KNOWN_ON)
    assert [line.disposition for _, line in found] == ["denied", "denied", "undecided"]


PROBLEM: Json = {"type": "code", "summary": "problem", "system": "icd-10-cm"}
