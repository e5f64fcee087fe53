"""Which claims the validator accepts, as which values, and what it reports of the others."""

import json
from datetime import date
from typing import Any

import msgspec
import pytest
from tests.findings_tables import findings_table, written
from tests.vocabulary_for_tests import ENCOUNTER, VOCABULARY

import payrule
from payrule.encounter.validator import EncounterValidator
from payrule.model.value_schema import LONGEST, MOST
from payrule.model.vocabulary import Attribute, Vocabulary
from payrule.source.diagnostics import DocumentError, EncounterError
from payrule.source.json_source import scan

VALIDATOR = EncounterValidator(VOCABULARY)


def encounter(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Make an encounter of lines that are alike but for what is given."""
    usual = [{"number": index, "code": "00011", "date": "2016-03-01"} for index in range(1, len(lines) + 1)]
    return {"id": "E-1", "lines": [one | two for one, two in zip(usual, lines, strict=True)]} | changes


def refused(data: object) -> list[str]:
    with pytest.raises(EncounterError) as told:
        VALIDATOR.read(data)
    return [str(diagnostic) for diagnostic in told.value.findings]


def test_values_are_read_by_the_names_of_their_attributes() -> None:
    read, warnings = VALIDATOR.read(ENCOUNTER)
    assert warnings == ()
    assert (read.id, read.payer) == ("E-1", "a-payer")
    assert read.values == {
        "encounter.role": "second",
        "encounter.received": date(2016, 3, 8),
        "encounter.sender.kind": "office",
        "encounter.diagnoses": frozenset({"A1", "B2"}),
        "patient.age": 40,
    }
    first, second = read.lines
    assert (first.number, first.code, first.date) == (1, "00011", date(2016, 3, 1))
    assert first.values == {
        "line.code": "00011",
        "line.date": date(2016, 3, 1),
        "line.marks": frozenset({"M1", "M2"}),
        "line.units": 2,
        "line.minutes": 23,
        "line.regions": frozenset({"north"}),
        "line.pointers": frozenset({1, 2}),
        "line.visits": frozenset({date(2016, 2, 1)}),
        "line.comment": "first visit",
        "line.seen": False,
        "line.provider.type": "healer",
        "line.record.time": True,
    }
    assert second.number == 2


def test_absent_and_null_are_unknown_but_for_the_attributes_with_a_default() -> None:
    bare, _ = VALIDATOR.read(encounter({}))
    null, _ = VALIDATOR.read(
        encounter(
            {"minutes": None, "regions": None, "provider": None, "record": {"time": None}}, patient=None, payer=None
        )
    )
    assert bare == null
    assert bare.payer is None
    assert bare.values == {"encounter.role": "first"}
    assert bare.lines[0].values.keys() == {"line.code", "line.date", "line.marks", "line.units"}
    assert (bare.lines[0].values["line.marks"], bare.lines[0].values["line.units"]) == (frozenset(), 1)


@pytest.mark.parametrize("data", [{"units": None}, {"marks": None}, {"units": None, "marks": None}])
def test_null_for_what_has_a_default_is_the_default(data: dict[str, Any]) -> None:
    assert VALIDATOR.read(encounter(data)) == VALIDATOR.read(encounter({}))
    assert VALIDATOR.read(encounter(data, role=None)) == VALIDATOR.read(encounter({}))


@pytest.mark.parametrize("data", [{"code": None}, {"date": None}, {"number": None}])
def test_null_for_what_is_required_is_refused(data: dict[str, Any]) -> None:
    assert refused(encounter(data))


def test_what_is_reported_of_an_encounter_stands_in_its_warnings() -> None:
    read, findings = VALIDATOR.read(encounter({"unit": 2}))
    assert [(each.code, each.path) for each in read.warnings] == [("unknown-key", "$.lines[0].unit")]
    assert [each.message for each in read.warnings] == [each.message for each in findings]


@pytest.mark.parametrize(("line", "expected"), findings_table("lines"))
def test_line_is_refused_with_its_place_and_help(line: dict[str, Any], expected: list[str]) -> None:
    with pytest.raises(EncounterError) as told:
        VALIDATOR.read(encounter(line))
    assert [each for diagnostic in told.value.findings for each in written(diagnostic)] == expected


def test_second_line_of_a_number_is_the_one_at_fault() -> None:
    assert refused(encounter({}, {}, {"number": 2.0})) == [
        "$.lines[2].number: two lines are numbered 2 (give each line a number of its own)"
    ]


def test_what_is_no_number_of_a_line_is_not_told_twice() -> None:
    told = refused(encounter({"number": 1.5}, {"number": 1.5}, {"number": True}, {"number": 1}))
    assert [each.partition(":")[0] for each in told] == [f"$.lines[{index}].number" for index in range(3)]


def test_everything_wrong_is_reported_at_once() -> None:
    assert len(refused(encounter({"units": -1, "date": "x"}, {"number": 1}, id=""))) == 4


@pytest.mark.parametrize("data", [None, [], "x", 3, [ENCOUNTER]])
def test_what_is_no_object_is_no_encounter(data: object) -> None:
    (told,) = refused(data)
    assert told.startswith("$: the claim must be a group of keys in braces, not ")


def test_sizes_are_bounded_and_the_bound_is_reported() -> None:
    crowd = encounter(*({} for _ in range(MOST)))
    assert len(VALIDATOR.read(crowd)[0].lines) == MOST
    crowd["lines"].append(crowd["lines"][0] | {"number": MOST + 1})
    assert refused(crowd) == ["$.lines: `lines` has 1,001 values (give 1,000 at most)"]
    assert VALIDATOR.read(encounter({}, id="x" * LONGEST))[0].id == "x" * LONGEST
    assert refused(encounter({}, id="x" * 1001)) == ["$.id: `id` has 1,001 characters (use 1,000 at most)"]
    many = "$.lines[0].pointers: `pointers` has 1,001 values (give 1,000 at most)"
    assert refused(encounter({"pointers": [1] * 1001})) == [many]


@pytest.mark.parametrize("key", ["id", "lines"])
def test_encounter_without_what_every_one_has_is_refused(key: str) -> None:
    data = encounter({})
    (empty,) = refused(data | {key: type(data[key])()})
    assert empty.startswith(f"$.{key}: `{key}` is empty")
    del data[key]
    (missing,) = refused(data)
    assert missing.startswith(f"$: `{key}` is missing from a claim")


@pytest.mark.parametrize("key", ["number", "code", "date"])
def test_line_without_what_every_one_has_is_refused(key: str) -> None:
    data = encounter({})
    del data["lines"][0][key]
    (missing,) = refused(data)
    assert missing.startswith(f"$.lines[0]: `{key}` is missing from a line")


def test_whole_numbers_may_be_written_with_a_point() -> None:
    assert VALIDATOR.read(encounter({"number": 1.0, "units": 2.0, "pointers": [1.0]})) == VALIDATOR.read(
        encounter({"units": 2, "pointers": [1]})
    )
    assert type(VALIDATOR.read(encounter({"units": 2.0}))[0].lines[0].values["line.units"]) is int


def test_unknown_key_is_a_warning_with_a_suggestion_at_the_key() -> None:
    data = encounter(
        {"mark": ["M1"], "provider": {"typ": "healer"}, "type": "healer", "units_supported": True}, payr="x"
    )
    text = scan(json.dumps(data, indent=1), "claims.json")
    read, warnings = VALIDATOR.read(data, text=text)
    assert msgspec.structs.replace(read, warnings=()) == VALIDATOR.read(encounter({}))[0]
    assert {each.severity for each in warnings} == {"warning"}
    assert [str(each) for each in warnings] == [
        f"claims.json:{place} means nothing here, so it is not read ({help_text})"
        for place, help_text in (
            ("8:4 $.lines[0].mark: `mark`", "did you mean `marks`?"),
            ("12:5 $.lines[0].provider.typ: `typ`", "did you mean `type`?"),
            ("14:4 $.lines[0].type: `type`", "did you mean `provider.type`?"),
            ("15:4 $.lines[0].units_supported: `units_supported`", "leave it out: `line.units_supported` is computed"),
            ("18:2 $.payr: `payr`", "did you mean `payer`?"),
        )
    ]


def test_unknown_key_is_an_error_when_strict() -> None:
    with pytest.raises(EncounterError) as told:
        VALIDATOR.read(encounter({"mark": ["M1"]}), strict=True)
    assert [diagnostic.severity for diagnostic in told.value.findings] == ["error"]


def test_unknown_key_is_reported_beside_the_errors() -> None:
    data = {"id": "E-1", "lines": [{"number": 1, "cdoe": "00011", "date": "2016-03-01"}]}
    assert refused(data) == [
        '$.lines[0]: `code` is missing from a line (add `"code": "00001"`)',
        "$.lines[0].cdoe: `cdoe` means nothing here, so it is not read (did you mean `code`?)",
    ]


def test_place_counts_from_where_the_encounter_stands() -> None:
    data = encounter({"units": -1})
    text = scan(json.dumps([encounter({}), data], indent=1), "claims.json")
    with pytest.raises(EncounterError) as told:
        VALIDATOR.read(data, text=text, at=(1,))
    assert str(told.value) == "claims.json:19:14 $[1].lines[0].units: `units` cannot be `-1` (use 0 or more)"


def test_history_has_lines_of_earlier_claims() -> None:
    earlier = {"code": "00011", "date": "2015-01-01", "claim": "C-7", "number": 2}
    read, warnings = VALIDATOR.read(encounter({}, history=[earlier, {"code": "00012", "date": "2015-01-02"}]))
    assert [(each.claim, each.number, each.values["line.code"]) for each in read.history] == [
        ("C-7", 2, "00011"),
        (None, None, "00012"),
    ]
    assert not warnings
    assert refused(encounter({}, history=[{"number": 1, "code": "00011", "date": "soon"}])) == [
        "$.history[0].date: `soon` is not a date (write year-month-day, such as `2016-03-01`)"
    ]


def test_a_line_of_an_earlier_claim_in_two_forms_is_an_error() -> None:
    first = {"code": "00011", "date": "2015-01-01", "claim": "C-7", "number": 2}
    assert not VALIDATOR.read(encounter({}, history=[first, first]))[1]
    assert refused(encounter({}, history=[first, first | {"code": "00012"}])) == [
        "$.history[1]: line 2 of the claim `C-7` is in the history twice, and differs (leave out the one that is wrong)"
    ]


def test_a_key_of_an_earlier_line_that_means_nothing_is_a_warning() -> None:
    (warning,) = VALIDATOR.read(encounter({}, history=[{"code": "00011", "date": "2015-01-01", "clam": "C-7"}]))[1]
    assert warning.message == "`clam` means nothing here, so it is not read"


def vocabulary(**attributes: Attribute) -> Vocabulary:
    described = {name.replace("__", "."): attribute for name, attribute in attributes.items()}
    return Vocabulary(
        kind="vocabulary", attributes=described, concerns=(), regions=VOCABULARY.regions, timed=VOCABULARY.timed
    )


@pytest.mark.parametrize(
    "name", ["encounter__id", "encounter__lines", "line__number", "encounter__patient", "visit__day"]
)
def test_attribute_cannot_take_a_key_that_has_a_meaning(name: str) -> None:
    with pytest.raises(DocumentError) as told:
        EncounterValidator(vocabulary(**{name: Attribute(type="text", summary="x")}))
    assert told.value.findings[0].code == "attribute-clash"


def test_attribute_cannot_be_a_group_too() -> None:
    text = Attribute(type="text", summary="x")
    for names in (("line__a", "line__a__b"), ("line__a__b", "line__a")):
        with pytest.raises(DocumentError):
            EncounterValidator(vocabulary(**dict.fromkeys(names, text)))


def test_patient_may_be_an_attribute() -> None:
    read, _ = EncounterValidator(vocabulary(patient__id=Attribute(type="text", summary="x"))).read(
        {"id": "E", "patient": {"id": "P"}, "lines": [{"number": 1}]}
    )
    assert read.values == {"patient.id": "P"}


@pytest.mark.parametrize("document", [{"kind": "policy", "rules": []}, {"kind": "vocabulary", "id": "E-1"}])
def test_document_that_is_no_encounter_is_reported_in_one_finding(document: dict[str, Any]) -> None:
    kind = document["kind"]
    assert refused(document) == [f"$: this is a {kind}, and a claim is expected here (check it with `payrule check`)"]


def test_encounter_that_says_its_kind_is_an_encounter() -> None:
    (warning,) = VALIDATOR.read(encounter({}, kind="policy"))[1]
    assert warning.path == "$.kind"


LINE = '{"number": 1, "code": "00001", "date": "2016-03-01"}'


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        (json.dumps(ENCOUNTER), True),
        (json.dumps(ENCOUNTER, indent=2, ensure_ascii=False).replace('":', '" :\n\t '), True),
        ('{"id": "A: b\\": c", "lines": [' + LINE + "]}", False),
        ('{"id": "A: b", "lines": [' + LINE + "]}", True),
        ('{"\\u0069d": "A", "lines": [' + LINE + "]}", True),
        ('{"id": "A", "id": "A", "lines": [' + LINE + "]}", False),
        ('{"id": "A", "\\u0069d": "A", "lines": [' + LINE + "]}", False),
        ('{"id": "A", "lines": [' + LINE[:-1] + ', "number": 1}]}', False),
        ('{"id": "A", "lines": [' + LINE[:-1] + ', "unit": 1}]}', False),
        ('{"id": "A", "lines": [' + LINE[:-1] + ', "units": 1.0}]}', False),
        ('{"id": "A", "lines": [' + LINE[:-1] + ', "units": NaN}]}', False),
        ('{"id": "A", "lines": [' + LINE + "]} {}", False),
        ('\ufeff{"id": "A", "lines": [' + LINE + "]}", False),
        ('{"id": "\\ud800", "lines": [' + LINE + "]}", False),
        ("[" * 100_000, False),
        ("", False),
    ],
)
def test_a_text_with_nothing_to_say_of_is_read_at_once(text: str, is_read: bool) -> None:  # noqa: FBT001 - a column
    read = VALIDATOR.read_text(text.encode())
    assert (read is not None) == is_read
    assert read is None or read == VALIDATOR.read(json.loads(text))[0]


def test_a_text_of_which_there_is_a_warning_is_read_unless_strictly() -> None:
    validator = payrule.load().validator
    claim = encounter({"code": "97140", "diagnosis_pointers": [1, 9]}, diagnoses=["M54.50"])
    read, warnings = validator.read(claim)
    assert [each.code for each in warnings] == ["points-to-nothing"]
    assert validator.read_text(json.dumps(claim).encode()) == read
    assert validator.read_text(json.dumps(claim).encode(), strict=True) is None


@pytest.mark.parametrize(
    ("code", "units", "is_read"), [("97110", 1.5, False), ("97110", 2, True), ("J1100", 1.5, True)]
)
def test_a_text_with_a_part_of_a_timed_unit_is_left_to_read(code: str, units: float, *, is_read: bool) -> None:
    validator = payrule.load().validator
    claim = {"id": "E-1", "lines": [{"number": 1, "code": code, "date": "2016-03-01", "units": units}]}
    found, (read, _) = validator.read_text(json.dumps(claim).encode()), validator.read(claim)
    assert found == (read if is_read else None)
    assert bool(read.unreadable) != is_read
