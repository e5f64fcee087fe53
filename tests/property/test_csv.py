"""Laws of sheets: what an encounter says, a sheet says too, whatever the separator and the order of the columns."""

import csv
import io
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.schema_strategies import damaged, values
from tests.vocabulary_for_tests import VOCABULARY

from payrule.encounter.encounter import Encounter
from payrule.encounter.validator import EncounterValidator
from payrule.formats.csv_cells import NOTHING, without_result
from payrule.formats.csv_reader import read_csv
from payrule.formats.encounters import checked
from payrule.model.encounter_schema import encounter_keys, encounter_schema
from payrule.model.value_schema import bounded
from payrule.model.vocabulary import Attribute, Vocabulary
from payrule.rulebase.write_schemas import shipped_vocabulary
from payrule.source.diagnostics import EncounterError

VOCABULARIES = [VOCABULARY, shipped_vocabulary()]
VALIDATORS = [EncounterValidator(each) for each in VOCABULARIES]
SCHEMAS = [bounded(encounter_schema(each)) for each in VOCABULARIES]
for _schema in SCHEMAS:
    del _schema["properties"]["history"], _schema["properties"]["history_from"]  # no column holds them

either = pytest.mark.parametrize("vocabulary", [0, 1], ids=["small", "shipped"])


def title(name: str) -> str:
    """Name the column of an attribute as an analyst would."""
    return "encounter" if name == "encounter.id" else name.removeprefix("encounter.").removeprefix("line.")


def said(data: Any, name: str) -> Any:
    """Find what an encounter, or a line of it, says of an attribute."""
    root, *keys = name.split(".")
    for key in ("patient", *keys) if root == "patient" else keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def cell(value: Any) -> str:
    """Write a value as the page on sheets says."""
    if isinstance(value, list):
        return " ".join(map(cell, value)) if value else NOTHING
    if isinstance(value, float):
        return f"{Decimal(str(value)):f}"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


DECIMALS = 15
"""Decimals that a sheet gives at most."""


def can_be_said(value: Any, attribute: Attribute) -> bool:
    """Tell whether a cell can hold a value: no text begins or ends in blanks, and several hold no separator.

    What reads as a formula or as an error of a spreadsheet is no value; a number has 15 decimals at most.
    """
    if without_result(cell(value)) is not None or (
        isinstance(value, float) and len(cell(value).partition(".")[2]) > DECIMALS
    ):
        return False
    if isinstance(value, list):
        apart = all(isinstance(each, str) and each and not set(each) & set(" ,;|") for each in value)
        return (apart or attribute.type in ("integer", "date")) and value != [NOTHING]
    return not isinstance(value, str) or (value == value.strip() and value != "")


def rows(data: dict[str, Any], vocabulary: Vocabulary) -> list[dict[str, str]] | None:
    """Write an encounter as rows, or tell by None that no sheet can hold it."""
    attributes = {name: each for name, each in encounter_keys(vocabulary).attributes.items() if "$" not in name}
    found = []
    for line in data["lines"]:
        row = {}
        for name, attribute in attributes.items():
            value = said(line if name.startswith("line.") else data, name)
            if value is not None and not can_be_said(value, attribute):
                return None
            # The short name is that of what claims give; what is computed from it has its whole name.
            row[name if title(name) in row else title(name)] = cell(value)
        found.append(row)
    return found


def sheet(found: list[dict[str, str]], columns: list[str], separator: str) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=separator)
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue().encode()


def without_places(encounter: Encounter | None) -> Encounter | None:
    """Leave out where the warnings of an encounter stand: in a sheet that is a row and a column."""
    if encounter is None:
        return None
    doubts = tuple(msgspec.structs.replace(each, path=None) for each in encounter.warnings)
    return msgspec.structs.replace(encounter, warnings=tuple(sorted(doubts, key=str)))


@either
@given(data=st.data())
def test_sheet_says_what_the_encounter_says(vocabulary: int, data: st.DataObject) -> None:
    words, validator = VOCABULARIES[vocabulary], VALIDATORS[vocabulary]
    encounter = data.draw(values(SCHEMAS[vocabulary]))
    written = rows(encounter, words)
    assume(written)
    assert written
    columns = data.draw(st.permutations(list(written[0])))
    separator = data.draw(st.sampled_from(",;\t"))
    try:
        expected = validator.read(encounter)[0]
    except EncounterError:
        expected = None
    (read,) = checked(read_csv(io.BytesIO(sheet(written, columns, separator)), words), validator)
    assert without_places(read.encounter) == without_places(expected)
    assert (read.encounter is None) == any(diagnostic.severity == "error" for diagnostic in read.findings)


@either
@given(data=st.data())
def test_what_is_refused_names_its_row_and_column_and_help(vocabulary: int, data: st.DataObject) -> None:
    words, validator = VOCABULARIES[vocabulary], VALIDATORS[vocabulary]
    encounter = data.draw(values(SCHEMAS[vocabulary]))
    written = rows(encounter, words)
    assume(written)
    assert written
    index = data.draw(st.integers(0, len(written) - 1))
    column = data.draw(st.sampled_from([each for each in written[0] if each != "encounter"]))
    written[index][column] = data.draw(st.text(st.characters(codec="utf-8"), max_size=9))
    stream = io.BytesIO(sheet(written, list(written[0]), ","))
    (read,) = checked(read_csv(stream, words, "claims.csv"), validator, "claims.csv")
    for diagnostic in read.findings:
        assert (diagnostic.path or "").startswith("row ")
        assert diagnostic.line is not None
        assert diagnostic.file == "claims.csv"
        assert diagnostic.help


@given(text=st.binary(max_size=200) | st.text(max_size=200).map(str.encode), whole=st.booleans())
def test_any_bytes_are_read_to_their_end(text: bytes, whole: bool) -> None:  # noqa: FBT001 - drawn by name
    stream = io.BytesIO((b"encounter,code,date,minutes\n" if whole else b"") + text)
    for read in checked(read_csv(stream, VOCABULARY, "claims.csv"), VALIDATORS[0], "claims.csv"):
        assert read.encounter is not None or read.findings
        assert all(diagnostic.file == "claims.csv" and diagnostic.help for diagnostic in read.findings)


@pytest.mark.slow
@given(data=st.data())
def test_a_bad_encounter_never_stops_the_others(data: st.DataObject) -> None:
    good = [{"encounter": f"E-{n}", "code": "00011", "date": "2016-03-01", "units": "1"} for n in range(3)]
    bad = data.draw(damaged(SCHEMAS[0]))
    text = cell(str(bad))[:50].replace("\0", "")
    spoilt = {"encounter": "bad", "code": text, "date": text, "units": text}
    at = data.draw(st.integers(0, 3))
    stream = io.BytesIO(sheet([*good[:at], spoilt, *good[at:]], list(spoilt), ","))
    reads = list(checked(read_csv(stream, VOCABULARY), VALIDATORS[0]))
    assert [read.encounter.id for read in reads if read.encounter] == ["E-0", "E-1", "E-2"]
