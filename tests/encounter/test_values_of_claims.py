"""What a claim says that no claim can mean: it is refused or doubted by name, and the others are decided."""

import json

import pytest

import payrule
from payrule.formats.encounters import checked
from payrule.formats.json_reader import read_json_lines
from payrule.source.diagnostics import EncounterError, fold

SHIPPED = payrule.load()
HUGE = "1" + "0" * 400


def decided(lines: list[str]) -> list[str | None]:
    """Decide JSON Lines, and give the encounters that the validator accepts; None for each that did not."""
    found = checked(read_json_lines((f"{each}\n".encode() for each in lines), "f"), SHIPPED.validator, "f")
    return [read.encounter.id if read.encounter else None for read in found]


def of(name: str, **line: str) -> str:
    """Write an encounter of two lines; what is said of the lines is JSON already."""
    lines = [{"number": number, "code": '"97140"', "date": '"2016-03-01"', **line} for number in "12"]
    written = ", ".join("{" + ", ".join(f'"{key}": {value}' for key, value in each.items()) + "}" for each in lines)
    return f'{{"id": "{name}", "lines": [{written}]}}'


@pytest.mark.parametrize(
    "line",
    [
        {"number": HUGE},
        {"number": f"-{HUGE}"},
        {"number": "1e400"},
        {"number": "1e308"},
        {"number": "9" * 5_000},
        {"units": HUGE},
        {"units": "9999999999"},
        {"units": "10000"},
        {"units": "1e400"},
        {"units": "NaN"},
        {"units": "-Infinity"},
        {"minutes": "999999"},
        {"charge_cents": "99999999999999"},
        {"code": '"\\ud800"'},
        {"code": '"97140", "code": "97110"'},
        {"code": "[" * 5_000 + "]" * 5_000},
        {"date": '"12016-03-01"'},
        {"date": '"0000-03-01"'},
    ],
    ids=lambda line: next(f"{key}-{value[:12]}" for key, value in line.items()),
)
def test_value_that_no_claim_has_rejects_that_claim_alone(line: dict[str, str]) -> None:
    assert decided([of("A"), of("B", **line), of("C")]) == ["A", None, "C"]


@pytest.mark.parametrize("field", ["line.units", "line.minutes", "line.charge_cents", "patient.age_years"])
def test_number_that_counts_something_has_a_largest_value(field: str) -> None:
    largest = SHIPPED.documents.vocabulary.attributes[field].maximum
    assert largest is not None
    root, key = field.split(".")
    for value, is_taken in ((largest, True), (largest + 1, False)):
        line = {"number": 1, "code": "97140", "date": "2016-03-01", **({key: value} if root == "line" else {})}
        encounter = {"id": "E-1", "lines": [line], **({"patient": {key: value}} if root == "patient" else {})}
        assert decided([json.dumps(encounter)]) == (["E-1"] if is_taken else [None])


def test_day_later_than_that_of_the_answer_is_a_warning_in_the_answer() -> None:
    days = {"date": "2062-03-01", "date_to": "2062-03-02"}
    encounter = {"id": "E-1", "received": "2026-01-02", "lines": [{"number": 1, "code": "97140", **days}]}
    answer = SHIPPED.decide(encounter, payer=min(SHIPPED.payers), known_on="2026-01-01")
    assert [(each.code, each.path) for each in answer.warnings or ()] == [
        ("later-date", "received"),
        ("later-date", "line 1, date"),
        ("later-date", "line 1, date_to"),
    ]
    on_the_day = {
        **encounter,
        "received": "2026-01-01",
        "lines": [{"number": 1, "code": "97140", "date": "2026-01-01"}],
    }
    assert not SHIPPED.decide(on_the_day, payer=min(SHIPPED.payers), known_on="2026-01-01").warnings


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("pos", "place_of_service"),
        ("cpt", "code"),
        ("CPT Code", "code"),
        ("qty", "units"),
        ("svc date", "date"),
        ("DOS", "date"),
        ("mod", "modifiers"),
        ("dx", "diagnoses"),
        ("charge", "charge_cents"),
    ],
)
def test_name_of_the_field_is_reported_its_key(written: str, right: str) -> None:
    line = {"number": 1, "code": "97140", "date": "2016-03-01", written: "x"}
    _, (diagnostic,) = SHIPPED.validator.read({"id": "E-1", "lines": [line]})
    assert f"did you mean `{right}`" in str(diagnostic.help)


def test_name_that_people_use_is_that_of_one_key_only() -> None:
    seen: dict[str, str] = {}
    for name, attribute in SHIPPED.documents.vocabulary.attributes.items():
        for other in attribute.also_called:
            assert seen.setdefault(fold(other), name) == name, other
    assert len(seen) > 60


def test_code_with_letters_like_digits_is_taken_for_no_other_code() -> None:
    for written, meant in (("97ll0", "97110"), ("9711O", None), ("971lo", "97110"), ("g0283", "G0283")):
        try:
            SHIPPED.validator.read({"id": "E", "lines": [{"number": 1, "code": written, "date": "2016-03-01"}]})
        except EncounterError as fault:
            assert meant is not None
            assert f"did you mean `{meant}`?" in str(fault)  # noqa: PT017 - some are of the right form
        else:
            assert meant is None
