"""Earlier lines that a caller gives: added to those of the claim, read like them, and counted perhaps where unknown."""

from datetime import date
from typing import Any

import pytest
from tests.property.documents import KNOWN_ON, PAYER, documents, encounter, policy, rule
from tests.property.words import ATTRIBUTES

from payrule.encounter.encounter import EarlierLine, encounter_digest
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.diagnostics import EncounterError

Json = dict[str, Any]

WINDOW: Json = {"window": {"days": 30}, "where": {"line.code": {"is": "A0001"}}}
UNKNOWN = ("history[C-7].received",)


def counting(**measure: Any) -> Rulebase:
    """Make a rulebase whose one rule counts earlier lines."""
    return documents(policy(rule("capped", {"lines": WINDOW | measure}, "benefit", "excluded"))).rulebase()


def earlier(claim: str = "C-7", perhaps: tuple[str, ...] = (), **other: Any) -> EarlierLine:
    values = {"line.code": "A0001", "line.date": date(2024, 6, 20), "line.units": 1}
    held: Json = {"values": values, "claim": claim, "number": 1, "perhaps": perhaps} | other
    return EarlierLine(**held)


def decided(rulebase: Rulebase, **history: Any) -> str:
    """Say whether the count holds (`yes`), does not (`no`), or what it waits for."""
    claim = encounter({"date": "2024-06-30"})
    found = rulebase.decide(claim, payer=PAYER, known_on=KNOWN_ON, **history).line(1)
    return {"denied": "yes", "undecided": "no"}.get(found.disposition) or " ".join(sorted(found.open))


PERHAPS: list[tuple[str, list[EarlierLine], Json, str]] = [
    ("certain", [earlier()], {"at_least": 1}, "yes"),
    ("perhaps", [earlier(perhaps=UNKNOWN)], {"at_least": 1}, "history[C-7].received"),
    ("perhaps, and another certain", [earlier(perhaps=UNKNOWN), earlier("C-8")], {"at_least": 1}, "yes"),
    ("perhaps, and another certain, at most", [earlier(perhaps=UNKNOWN), earlier("C-8")], {"at_most": 2}, "yes"),
    ("too few, perhaps or not", [earlier(perhaps=UNKNOWN)], {"at_least": 2}, "no"),
    ("replaced", [earlier(), earlier("C-8", original_reference="C-7")], {"at_least": 2}, "no"),
    (
        "replaced perhaps",
        [earlier(), earlier("C-8", ("history[C-8].received",), original_reference="C-7")],
        {"at_least": 2},
        "history[C-8].received",
    ),
    (
        "replaced for certain, and perhaps",
        [
            earlier(),
            earlier("C-8", ("history[C-8].received",), original_reference="C-7"),
            earlier("C-9", original_reference="C-7"),
        ],
        {"at_least": 3},
        "no",
    ),
]


@pytest.mark.parametrize(("lines", "test", "wanted"), [each[1:] for each in PERHAPS], ids=[each[0] for each in PERHAPS])
def test_lines_that_are_there_perhaps_count_at_most(lines: list[EarlierLine], test: Json, wanted: str) -> None:
    for listed in (lines, lines[::-1]):
        assert decided(counting(count=test), history=listed, history_from="2024-01-01") == wanted


def test_days_since_a_line_that_is_there_perhaps() -> None:
    rulebase = counting(days_since={"at_most": 10})
    assert decided(rulebase, history=[earlier(perhaps=UNKNOWN)], history_from="2024-01-01") == UNKNOWN[0]


def test_a_void_without_lines_takes_the_lines_of_the_other_claim() -> None:
    void = EarlierLine({}, claim="C-8", frequency="8", original_reference="C-7")
    rulebase = load()
    claim: Json = {"id": "E-1", "lines": [{"number": 1, "code": "97110", "date": "2024-06-28"}]}
    taken = rulebase.encounter(claim, history=[earlier(), void])
    assert encounter_digest(taken) != encounter_digest(rulebase.encounter(claim, history=[earlier()]))
    assert decided(counting(count={"at_least": 1}), history=[earlier(), void], history_from="2024-01-01") == "no"


def test_dicts_and_values_are_one() -> None:
    rulebase = load()
    claim: Json = {"id": "E-1", "lines": [{"number": 1, "code": "97110", "date": "2024-06-28"}]}
    given = {"claim": "C-7", "number": 1, "code": "97110", "date": date(2024, 6, 1), "status": "denied"}
    one = rulebase.encounter(claim, history=[given], history_from=date(2024, 1, 1))
    assert one == rulebase.encounter(claim, history=one.history, history_from="2024-01-01")
    assert one == rulebase.encounter(
        claim | {"history": [given | {"date": "2024-06-01"}], "history_from": "2024-01-01"}
    )
    assert one.history[0].values["line.status"] == "denied"


def test_every_question_takes_a_history() -> None:
    rulebase = counting(count={"at_least": 2})
    claim = encounter({"date": "2024-06-30"})
    terms: Json = {"payer": PAYER, "known_on": KNOWN_ON}
    (matched,) = rulebase.matches(claim, history=[earlier(), earlier("C-8")], **terms).values()
    assert matched.definite
    assert not rulebase.matches(claim, history_from="2024-01-01", **terms)[1].possible
    taken = rulebase.encounter(claim, history=[earlier()], history_from="2024-01-01")
    decided_under = rulebase.decide_under(rulebase.terms(**terms), taken)
    answer = rulebase.decide(claim, history=[earlier()], history_from="2024-01-01", **terms)
    assert decided_under.to_json() == answer.to_json()
    assert "C-7/1" in str(decided_under.explain(1).to_json())


WRONG: list[tuple[str, list[Any], str]] = [
    ("a code that is none", [earlier(), {"code": 7, "date": "2024-06-01"}], "$.history[1].code"),
    ("no date", [{"code": "A0001"}], "$.history[0]"),
    (
        "a line in two forms",
        [earlier(), earlier(values={"line.code": "A0002", "line.date": date(2024, 6, 20)})],
        "$.history[1]",
    ),
]


@pytest.mark.parametrize(("history", "place"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_what_is_wrong_with_an_earlier_line_names_its_place(history: list[Any], place: str) -> None:
    with pytest.raises(EncounterError) as refused:
        counting(count={"at_least": 1}).encounter(encounter({}), history=history)
    assert [each.path for each in refused.value.findings] == [place]


def test_a_claim_that_says_nothing_new_has_the_digest_that_it_always_had() -> None:
    claim: Json = {"id": "E-1", "lines": [{"number": 1, "code": "97110", "date": "2024-06-28"}]}
    digest = "sha256:fd4fbd70dfd3a6996f167174d543a04ef40dff00406f93aaf087f548aa3758c9"
    assert encounter_digest(load().encounter(claim)) == digest
    said = claim | {"prior_authorizations": [], "lines": [claim["lines"][0] | {"status": "billed"}]}
    assert encounter_digest(load().encounter(said)) == digest
    assert encounter_digest(load().encounter(claim | {"prior_authorizations": ["PA-1"]})) != digest


def test_an_earlier_line_of_the_claim_that_ends_before_it_begins_is_refused() -> None:
    line = {"number": 1, "code": "97110", "date": "2024-06-28"}
    with pytest.raises(EncounterError) as refused:
        load().encounter({"id": "E-1", "lines": [line], "history": [line | {"date_to": "2024-06-27"}]})
    assert [each.path for each in refused.value.findings] == ["$.history[0].date_to"]


ON_SITE: Json = {"where": {"line.record.site": {"is": True}}, "count": {"at_least": 1}}
SUPPORTED: Json = {"where": {"line.units_supported": {"is": True}}, "count": {"at_least": 1}}
PRESUMED: list[tuple[str, Json, Json, Json, str]] = [
    ("a value", ON_SITE, {"line.record.site": True}, {}, "yes"),
    ("a value that is known", ON_SITE, {"line.record.site": True}, {"record": {"site": False}}, "no"),
    ("nothing of what several lines say together", SUPPORTED, {}, {"minutes": 8}, "history[C-7/1].units_supported"),
    ("what several lines say together", SUPPORTED, {"line.units_supported": True}, {}, "yes"),
    ("a default", {"where": {"line.units": {"is": 1}}, "count": {"at_least": 1}}, {}, {}, "yes"),
    ("who billed the claim", {"where": {"line.provider.npi": {"is": "N1"}}, "count": {"at_least": 1}}, {}, {},
     "history[C-7/1].provider.npi"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("counted", "presumptions", "line", "wanted"), [each[1:] for each in PRESUMED], ids=[each[0] for each in PRESUMED]
)
def test_defaults_and_presumptions_hold_for_earlier_lines(
    counted: Json, presumptions: Json, line: Json, wanted: str
) -> None:
    asked = {"window": {"days": 30}} | counted
    rules = policy(rule("capped", {"lines": asked}, "benefit", "excluded"))
    rulebase = documents(rules, presumptions=presumptions).rulebase()
    earlier = {"claim": "C-7", "number": 1, "code": "A0001", "date": "2024-06-20"} | line
    claim = encounter({"date": "2024-06-30"}, sender="N1", history=[earlier], history_from="2024-01-01")
    found = rulebase.decide(claim, payer=PAYER, known_on=KNOWN_ON).line(1)
    said = {"denied": "yes", "undecided": "no"}.get(found.disposition) or " ".join(sorted(found.open))
    assert said == wanted


def test_an_earlier_line_borrows_from_itself() -> None:
    npi = {"type": "code", "summary": "who served", "default_from": "line.place"}
    asked = {"window": {"days": 30}, "where": {"line.provider.npi": {"is": "N7"}}, "count": {"at_least": 1}}
    rules = policy(rule("capped", {"lines": asked}, "benefit", "excluded"))
    rulebase = documents(rules, words={"attributes": ATTRIBUTES | {"line.provider.npi": npi}}).rulebase()
    earlier = {"claim": "C-7", "number": 1, "code": "A0001", "date": "2024-06-20", "place": "N7"}
    claim = encounter({"date": "2024-06-30"}, history=[earlier], history_from="2024-01-01")
    assert rulebase.decide(claim, payer=PAYER, known_on=KNOWN_ON).line(1).disposition == "denied"
