"""The page on sheets names every column there is."""

import csv
import io

from tests.docs.pages import ROOT, table

from payrule.encounter.validator import EncounterValidator
from payrule.formats.answer_cells import COLUMNS
from payrule.formats.csv_columns import Header
from payrule.formats.csv_reader import read_csv
from payrule.formats.encounters import checked
from payrule.rulebase.write_schemas import shipped_vocabulary

PAGE = (ROOT / "docs" / "reference" / "csv.md").read_text()
VOCABULARY = shipped_vocabulary()


def test_every_column_of_claims_is_reported_with_a_cell_that_is_read() -> None:
    told = {title.strip("`"): cell.strip("`") for title, _, cell in table(PAGE, "### Columns")}
    assert sorted(told) == sorted(Header(VOCABULARY).titles)
    sheet = io.StringIO()
    csv.writer(sheet).writerows([told.keys(), told.values()])
    (read,) = checked(read_csv(io.BytesIO(sheet.getvalue().encode()), VOCABULARY), EncounterValidator(VOCABULARY))
    assert read.encounter is not None
    assert not read.findings


def test_every_column_of_answers_is_reported_in_its_order() -> None:
    told = [title.strip("`") for row in table(PAGE, "## Answers") for title in row[0].split(", ")]
    assert told == list(COLUMNS)
