"""Attributes that a vocabulary computes by forms: known, unknown and at boundaries, in each execution."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.command import run
from tests.property.columnar import by_columns, one_by_one
from tests.property.documents import (
    KNOWN_ON,
    NO_WORDS,
    PAYER,
    RulebaseDocuments,
    decide,
    documents,
    encounter,
    policy,
    rule,
)
from tests.property.effort import mostly_slow
from tests.property.words import ATTRIBUTES, CONCERNS

from payrule.compare.locks import resolved_digest
from payrule.model.schema_validator import check_shape, schema
from payrule.model.values import frozen
from payrule.model.vocabulary import Vocabulary
from payrule.results.determination import Determination
from payrule.rulebase.load import all_vocabulary_findings
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import EncounterError
from payrule.source.json_source import scan

Json = dict[str, Any]


def integer(derived: Json, **other: Any) -> Json:
    return {"type": "integer", "summary": "computed", "derived": derived} | other


COMPUTED: Json = {
    "patient.birth_date": {"type": "date", "summary": "birth date"},
    "patient.years": integer({"age_on": "line.date", "in": "years"}, minimum=0, maximum=150),
    "line.months": integer({"age_on": "line.date", "in": "months"}),
    "line.days": integer({"age_on": "encounter.received", "in": "days"}),
    "line.wait": integer({"days_between": ["line.date", "encounter.received"]}),
    "line.rest": integer({"minus": ["line.minutes", "line.units"]}),
    "line.left": integer({"minus": ["line.rest", "line.units"]}),
    "line.diagnoses": {
        "type": "text",
        "summary": "diagnoses of the line",
        "many": True,
        "derived": {"pointed": "encounter.diagnoses"},
    },
    "line.diagnosis": {"type": "text", "summary": "first of them", "derived": {"first_of": "line.diagnoses"}},
    "line.mark": {
        "type": "code",
        "summary": "first modifier",
        "pattern": "^[A-Z][0-9]$",
        "derived": {"first_of": "line.modifiers"},
        "example": "M1",
    },
    "encounter.principal": {
        "type": "text",
        "summary": "first diagnosis",
        "derived": {"first_of": "encounter.diagnoses"},
    },
}
WORDS: Json = {
    "attributes": ATTRIBUTES | COMPUTED,
    "pointers": {"line.pointers": "encounter.diagnoses"},
    "spans": {"first": "line.date", "last": "line.date_to", "spread": ["line.units"]},
    "begins": {"line.modifiers": {"X1": "2025-01-01"}},
}
WORDS["attributes"]["line.date_to"] = {"type": "date", "summary": "last day"}


def of(*rules: Json, **other: Any) -> RulebaseDocuments:
    return documents(policy(*rules, **other), words=WORDS)


def born(day: str, **other: Any) -> Json:
    return {"patient": {"birth_date": day} | other}


def dx(*codes: str) -> Json:
    return {"diagnoses": list(codes)}


YEARS, MONTHS, DAYS, WAIT, REST = "patient.years", "line.months", "line.days", "line.wait", "line.rest"

CASES: list[tuple[str, Json, list[Json], Json, list[str]]] = [
    ("the birthday itself", {YEARS: {"is": 18}}, [{"date": "2024-03-01"}], born("2006-03-01"), ["yes"]),
    ("the day before the birthday", {YEARS: {"is": 17}}, [{"date": "2024-02-29"}], born("2006-03-01"), ["yes"]),
    (
        "29 February, on 28 February of no leap year",
        {YEARS: {"is": 17}},
        [{"date": "2022-02-28"}],
        born("2004-02-29"),
        ["yes"],
    ),
    (
        "29 February, on 1 March of no leap year",
        {YEARS: {"is": 18}},
        [{"date": "2022-03-01"}],
        born("2004-02-29"),
        ["yes"],
    ),
    ("29 February, in a leap year", {YEARS: {"is": 20}}, [{"date": "2024-02-29"}], born("2004-02-29"), ["yes"]),
    ("the day of birth", {YEARS: {"is": 0}}, [{"date": "2024-02-29"}], born("2024-02-29"), ["yes"]),
    ("before birth", {YEARS: {"is": 0}}, [{"date": "2024-02-28"}], born("2024-02-29"), ["patient.birth_date"]),
    (
        "before birth, with an age",
        {YEARS: {"is": 0}},
        [{"date": "2024-02-28"}],
        born("2024-02-29", years=0),
        ["patient.birth_date"],
    ),
    (
        "of each line on its date",
        {YEARS: {"is": 18}},
        [{"date": "2024-02-29"}, {"date": "2024-03-01"}],
        born("2006-03-01"),
        ["no", "yes"],
    ),
    ("no birth date", {YEARS: {"is": 18}}, [{}], {}, ["patient.birth_date"]),
    ("a given age", {YEARS: {"is": 18}}, [{}], {"patient": {"years": 18}}, ["yes"]),
    (
        "a given age beside the birth date",
        {YEARS: {"is": 18}},
        [{"date": "2024-03-01"}],
        born("2006-03-01", years=17),
        ["yes"],
    ),
    ("older than the attribute holds", {YEARS: {"at_least": 0}}, [{}], born("1800-01-01"), ["patient.years"]),
    ("months, at the end of a month", {MONTHS: {"is": 0}}, [{"date": "2024-02-29"}], born("2024-01-31"), ["yes"]),
    ("months, on the first of the next", {MONTHS: {"is": 1}}, [{"date": "2024-03-01"}], born("2024-01-31"), ["yes"]),
    ("months over a year end", {MONTHS: {"is": 2}}, [{"date": "2024-01-15"}], born("2023-11-15"), ["yes"]),
    (
        "days on a date of the claim",
        {DAYS: {"is": 366}},
        [{}],
        born("2024-01-01") | {"received": "2025-01-01"},
        ["yes"],
    ),
    ("days on an unknown date", {DAYS: {"is": 1}}, [{}], born("2024-01-01"), ["encounter.received"]),
    ("days between", {WAIT: {"is": 1}}, [{"date": "2024-02-28"}], {"received": "2024-02-29"}, ["yes"]),
    ("days between over a leap day", {WAIT: {"is": 2}}, [{"date": "2024-02-28"}], {"received": "2024-03-01"}, ["yes"]),
    ("days between over a year end", {WAIT: {"is": 1}}, [{"date": "2023-12-31"}], {"received": "2024-01-01"}, ["yes"]),
    ("days between, backwards", {WAIT: {"is": -1}}, [{"date": "2024-03-01"}], {"received": "2024-02-29"}, ["yes"]),
    ("days between, on one day", {WAIT: {"is": 0}}, [{"date": "2024-03-01"}], {"received": "2024-03-01"}, ["yes"]),
    ("days between, one unknown", {WAIT: {"is": 0}}, [{}], {}, ["encounter.received"]),
    (
        "days between, given",
        {WAIT: {"is": 9}},
        [{"wait": 9, "date": "2024-03-01"}],
        {"received": "2024-03-01"},
        ["yes"],
    ),
    ("a difference", {REST: {"is": 5}}, [{"minutes": 8, "units": 3}], {}, ["yes"]),
    ("a difference below 0", {REST: {"is": -1}}, [{"minutes": 2, "units": 3}], {}, ["yes"]),
    ("a difference of what is unknown", {REST: {"is": -1}}, [{"units": 3}], {}, ["line.minutes"]),
    ("a difference of a difference", {"line.left": {"is": 2}}, [{"minutes": 8, "units": 3}], {}, ["yes"]),
    ("a difference of one that is given", {"line.left": {"is": 4}}, [{"rest": 7, "units": 3}], {}, ["yes"]),
    ("a difference of an unknown one", {"line.left": {"is": 4}}, [{"units": 3}], {}, ["line.minutes"]),
    (
        "what is pointed to",
        {"line.diagnoses": {"all_of": ["A", "C"]}},
        [{"pointers": [3, 1]}],
        dx("A", "B", "C"),
        ["yes"],
    ),
    (
        "what is not pointed to",
        {"line.diagnoses": {"any_of": ["B"]}},
        [{"pointers": [3, 1]}],
        dx("A", "B", "C"),
        ["no"],
    ),
    ("pointers to none", {"line.diagnoses": {"is_empty": True}}, [{"pointers": []}], dx("A"), ["yes"]),
    ("pointers beyond the list", {"line.diagnoses": {"any_of": ["A"]}}, [{"pointers": [1, 2]}], dx("A"), ["yes"]),
    ("unknown pointers", {"line.diagnoses": {"any_of": ["A"]}}, [{}], dx("A"), ["line.pointers"]),
    (
        "pointers into an unknown list",
        {"line.diagnoses": {"any_of": ["A"]}},
        [{"pointers": [1]}],
        {},
        ["encounter.diagnoses"],
    ),
    (
        "given diagnoses of a line",
        {"line.diagnoses": {"any_of": ["Z"]}},
        [{"pointers": [1], "diagnoses": ["Z"]}],
        dx("A"),
        ["yes"],
    ),
    (
        "the first that is pointed to",
        {"line.diagnosis": {"is": "C"}},
        [{"pointers": [3, 1]}],
        dx("A", "B", "C"),
        ["yes"],
    ),
    ("the first of given ones", {"line.diagnosis": {"is": "Z"}}, [{"diagnoses": ["Z", "A"]}], {}, ["yes"]),
    ("the first of unknown ones", {"line.diagnosis": {"is": "Z"}}, [{}], dx("A"), ["line.pointers"]),
    ("the first of none", {"line.diagnosis": {"is": "none"}}, [{"pointers": []}], dx("A"), ["yes"]),
    ("the first modifier", {"line.mark": {"is": "M2"}}, [{"modifiers": ["M2", "M1"]}], {}, ["yes"]),
    ("the first modifier of none, which is known", {"line.mark": {"is": "none"}}, [{}], {}, ["yes"]),
    ("no modifier is no code", {"line.mark": {"in": ["M1", "M2"]}}, [{}], {}, ["no"]),
    (
        "a modifier that is not in force counts as absent",
        {"line.mark": {"is": "M1"}},
        [{"modifiers": ["X1", "M1"]}],
        {},
        ["yes"],
    ),
    ("the first of a list of the claim", {"encounter.principal": {"is": "B"}}, [{}, {}], dx("B", "A"), ["yes", "yes"]),
    (
        "of a span the first day",
        {WAIT: {"is": 2}},
        [{"date": "2024-03-01", "date_to": "2024-03-03"}],
        {"received": "2024-03-03"},
        ["yes"],
    ),
    (
        "another line",
        {"other_line": {WAIT: {"is": 1}, "same_date": False}},
        [{"date": "2024-03-01"}, {"date": "2024-03-02"}],
        {"received": "2024-03-03"},
        ["yes", "no"],
    ),
    (
        "another line that waits",
        {"other_line": {REST: {"is": 1}}},
        [{"minutes": 2}, {}],
        {},
        ["lines[2].minutes", "yes"],
    ),
    (
        "counted lines",
        {"lines": {"window": "encounter", "itself": True, "where": {YEARS: {"at_least": 18}}, "count": {"is": 1}}},
        [{"date": "2024-02-29"}, {"date": "2024-03-01"}],
        born("2006-03-01"),
        ["yes", "yes"],
    ),
]


def answers(found: Determination) -> list[str]:
    """Say of each line whether the condition holds (`yes`), does not (`no`), or what it waits for."""
    words = {"denied": "yes", "undecided": "no"}
    return [words.get(each.disposition) or " ".join(sorted(each.open)) for each in found.lines]


@pytest.mark.parametrize(
    ("when", "lines", "claim", "expected"), [each[1:] for each in CASES], ids=[each[0] for each in CASES]
)
def test_what_is_computed_is_what_rules_read(when: Json, lines: list[Json], claim: Json, expected: list[str]) -> None:
    """Forward chaining is compared with the reference evaluator at each answer."""
    rulebase = of(rule("asked", when, "benefit", "excluded")).rulebase()
    assert answers(decide(rulebase, encounter(*lines, **claim))) == expected


@pytest.mark.parametrize(("when", "lines", "claim"), mostly_slow([each[1:4] for each in CASES], 3))
def test_columns_compute_the_same(when: Json, lines: list[Json], claim: Json) -> None:
    rulebase = of(rule("asked", when, "benefit", "excluded")).rulebase()
    taken = [rulebase.encounter(encounter(*lines, **claim))]
    assert by_columns(rulebase, taken, PAYER, KNOWN_ON) == one_by_one(rulebase, taken, PAYER, KNOWN_ON)


HISTORY: list[tuple[str, Json, Json, list[str]]] = [
    ("of an earlier line", {REST: {"is": 5}}, {"minutes": 8, "units": 3}, ["yes"]),
    ("given of an earlier line", {REST: {"is": 5}}, {"rest": 5}, ["yes"]),
    ("unknown of an earlier line", {REST: {"is": 5}}, {}, ["history[C-1/1].minutes"]),
    ("an age on the date of an earlier line", {YEARS: {"is": 17}}, {}, ["yes"]),
    ("the first modifier of an earlier line", {"line.mark": {"is": "M2"}}, {"modifiers": ["M2", "M1"]}, ["yes"]),
    (
        "diagnoses of an earlier line are its own claim's",
        {"line.diagnoses": {"any_of": ["A"]}},
        {"pointers": [1]},
        ["history[C-1/1].diagnoses"],
    ),
    (
        "given diagnoses of an earlier line",
        {"line.diagnosis": {"is": "A"}},
        {"diagnoses": ["A"]},
        ["yes"],
    ),
]


@pytest.mark.parametrize(("where", "earlier", "expected"), [each[1:] for each in HISTORY], ids=[e[0] for e in HISTORY])
def test_what_is_computed_holds_of_earlier_lines(where: Json, earlier: Json, expected: list[str]) -> None:
    when = {"lines": {"window": {"days": 30}, "where": where, "count": {"is": 1}}}
    line = {"claim": "C-1", "number": 1, "code": "A0001", "date": "2024-06-01"} | earlier
    claim = {"history": [line], "history_from": "2023-01-01", "patient": {"birth_date": "2006-06-15"}}
    rulebase = of(rule("asked", when, "benefit", "excluded")).rulebase()
    assert answers(decide(rulebase, encounter({}, **dx("A"), **claim))) == expected


def test_a_computed_value_that_is_presumed_is_named() -> None:
    rulebase = of(rule("asked", {"line.left": {"is": 4}}, "benefit", "excluded")).rulebase()
    (line,) = decide(rulebase, encounter({"units": 3}), presume={"line.rest": 7}).lines
    assert (line.disposition, line.presumed) == ("denied", ("line.rest",))


def test_an_explanation_says_what_a_value_was_computed_from() -> None:
    asked = [rule("of-age", {YEARS: {"at_least": 18}}, "benefit", "excluded")]
    asked += [rule("younger", {YEARS: {"at_most": 16}}, "provider", "ineligible")]
    found = decide(of(*asked).rulebase(), encounter({"date": "2024-03-01"}, **born("2006-03-01"))).explain(1)
    because = {each.name.rpartition("/")[2]: each.because for each in found.rules}
    assert because == {
        "of-age": ("age 18 years on 2024-03-01",),
        "younger": ("patient years is at most 16, but is 18 (age 18 years on 2024-03-01)",),
    }


BORN = "1941-02-03"


@pytest.mark.parametrize(
    "when",
    [
        {"patient.birth_date": {"before": "1940-01-01"}},
        {YEARS: {"at_least": 99}},
        {"line.since_birth": {"at_least": 99_999}},
        {"lines": {"window": "ever", "where": {"line.minutes": {"is": 1}}, "count": {"at_least": 1}}},
    ],
    ids=["asked itself", "an age", "days since birth", "all days of a life"],
)
def test_the_birth_date_is_written_nowhere(when: Json) -> None:
    since = integer({"days_between": ["patient.birth_date", "line.date"]})
    words = WORDS | {"attributes": WORDS["attributes"] | {"line.since_birth": since}}
    rulebase = documents(policy(rule("asked", when, "benefit", "excluded")), words=words).rulebase()
    found = decide(rulebase, encounter({}, **born(BORN)))
    written = found.to_json().decode() + str(msgspec.to_builtins(found.explain(1)))
    assert BORN not in written
    assert "1941" not in written


def test_a_birth_date_that_lies_ahead_is_doubted_without_being_written() -> None:
    rulebase = of(rule("asked", {YEARS: {"is": 1}}, "benefit", "excluded")).rulebase()
    found = decide(rulebase, encounter({}, **born("2999-02-03")))
    assert "2999" not in found.to_json().decode()
    assert "birth_date" in found.to_json().decode()


@pytest.mark.parametrize("written", ["1941-13-02", "2/3/1941", 19410203, ["1941-02-03"]])
def test_what_is_no_birth_date_is_not_repeated(written: Any, tmp_path: Path) -> None:
    rulebase = of(rule("asked", {YEARS: {"is": 1}}, "benefit", "excluded")).rulebase()
    with pytest.raises(EncounterError) as raised:
        rulebase.encounter(encounter({}, **born(written)))
    assert not any("1941" in str(each) for each in raised.value.findings)
    sheet = tmp_path / "claims.csv"
    sheet.write_text(f"encounter,code,date,patient.birth_date\nC,97110,2024-01-01,{written}x\n", encoding="utf-8")
    told = run("payrule adjudicate claims.csv --payer blue-cross", tmp_path)
    assert "is not a date" in told.stderr
    assert "1941" not in told.stderr + told.stdout


def digest(rulebase: Rulebase, *codes: str) -> str:
    return rulebase.encounter_digest(rulebase.encounter(encounter({"pointers": [1]}, **dx(*codes))))


def test_a_digest_holds_the_order_of_a_list_where_a_rule_reads_it_and_only_there() -> None:
    read = of(rule("asked", {"line.diagnosis": {"is": "A"}}, "benefit", "excluded")).rulebase()
    unread = of(rule("asked", {"line.units": {"is": 1}}, "benefit", "excluded")).rulebase()
    assert digest(read, "A", "B") != digest(read, "B", "A")
    assert digest(unread, "A", "B") == digest(unread, "B", "A")
    plain = documents(policy(rule("asked", {"line.units": {"is": 1}}, "benefit", "excluded"))).rulebase()
    assert digest(unread, "A", "B") == digest(plain, "A", "B")


def test_the_digest_of_a_version_covers_what_it_computes_from() -> None:
    """Of an age it is how it is counted, and of a difference the order of the two numbers."""
    made = of(rule("asked", {"line.left": {"is": 1}}, "benefit", "excluded"))
    turned = json.loads(json.dumps(made.vocabulary))
    turned["attributes"]["line.rest"]["derived"]["minus"].reverse()
    (version,) = made.rulebase().policies["p0"]
    digests = {resolved_digest(version, msgspec.convert(each, Vocabulary)) for each in (made.vocabulary, turned)}
    assert len(digests) == 2


def findings(**attributes: Json) -> list[tuple[str, str, str]]:
    """Check a vocabulary with some attributes of a line; give code, place and message of each finding."""
    declared = WORDS["attributes"] | {f"line.{name}": each for name, each in attributes.items()}
    words = {"kind": "vocabulary", "concerns": CONCERNS} | NO_WORDS | WORDS | {"attributes": declared}
    text = scan(json.dumps(words), "vocabulary.json")
    shape = check_shape(text, schema("vocabulary"))
    found = shape or all_vocabulary_findings(msgspec.convert(text.value, Vocabulary), text)
    return [(each.code, (each.path or "").partition("attributes")[2], each.message) for each in found]


def test_a_vocabulary_with_all_forms_is_right() -> None:
    assert findings() == []


WRONG: list[tuple[str, Json, str, str]] = [
    ("no form", {}, "not-one", "`derived` does not say what is computed"),
    (
        "two forms",
        {"age_on": "line.date", "in": "years", "first_of": "line.modifiers"},
        "not-one",
        "has `age_on` and `first_of`",
    ),
    ("no unit", {"age_on": "line.date"}, "missing-key", "`in` is missing"),
    (
        "a unit of nothing",
        {"minus": ["line.units", "line.minutes"], "in": "years"},
        "stray-key",
        "`in` belongs to `age_on`",
    ),
    (
        "a misspelt attribute",
        {"days_between": ["line.date", "encounter.recieved"]},
        "unknown-attribute",
        "there is no attribute `encounter.recieved`",
    ),
    (
        "no date",
        {"days_between": ["line.date", "line.units"]},
        "unfit-attribute",
        "must hold one value of the type date",
    ),
    (
        "several dates",
        {"days_between": ["line.date", "line.visits"]},
        "unfit-attribute",
        "must hold one value of the type date",
    ),
    ("minutes less a count", {"minus": ["line.minutes", "line.units"]}, "unfit-attribute", "counts minutes"),
    (
        "what a function computes",
        {"lookup": "fees", "by": {"code": "line.add_on"}, "value": "fee"},
        "unfit-attribute",
        "must hold what a claim gives",
    ),
    ("a list of numbers", {"first_of": "line.pointers"}, "unfit-computation", "gives `none` for an empty list"),
]


@pytest.mark.parametrize(("derived", "code", "message"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_a_form_that_cannot_be_computed_is_an_error_with_its_place(derived: Json, code: str, message: str) -> None:
    extra = {"minutes": ATTRIBUTES["line.minutes"] | {"measure": "minutes"}} if "counts" in message else {}
    rest = {"rest": ATTRIBUTES["line.units"]} if extra else {}
    ((found, place, words),) = findings(asked=integer(derived), **extra, **rest)
    assert (found, place.startswith('["line.asked"]')) == (code, True)
    assert message in words


def test_attributes_that_are_computed_in_a_circle_are_an_error_that_names_the_circle() -> None:
    found = findings(
        one=integer({"minus": ["line.two", "line.units"]}),
        two=integer({"minus": ["line.units", "line.three"]}),
        three=integer({"minus": ["line.one", "line.units"]}),
    )
    path = "`line.one` → `line.two` → `line.three` → `line.one`"
    assert [each[::2] for each in found] == [("computed-in-a-circle", f"`line.one` is computed from itself: {path}")]


def test_a_computed_attribute_takes_no_default() -> None:
    ((code, place, _),) = findings(asked=integer({"minus": ["line.units", "line.minutes"]}, default=0))
    assert (code, place) == ("computed-and-given", '["line.asked"].default')


def test_a_form_is_written_as_it_was_read() -> None:
    """What a document leaves out is in no digest, whether or not the document was frozen meanwhile."""
    words = msgspec.convert(of().vocabulary, Vocabulary)
    for name, each in frozen(words).attributes.items():
        if each.computation is not None:
            assert json.loads(msgspec.json.encode(each.computation)) == COMPUTED[name]["derived"]
