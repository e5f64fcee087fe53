"""Sheets as people and programs write them: what is read, what is refused, and the cell that is named."""

import io
from pathlib import Path
from typing import Any

import pytest
from tests.findings_tables import findings_table, written
from tests.vocabulary_for_tests import VOCABULARY

from payrule.encounter.validator import EncounterValidator
from payrule.formats.csv_cells import SAVE_AS
from payrule.formats.csv_reader import LONGEST, LONGEST_CELL, read_csv
from payrule.formats.encounters import Read, checked
from payrule.formats.reading import read_file, read_stream
from payrule.model.value_schema import MOST
from payrule.model.vocabulary import Attribute, Vocabulary

VALIDATOR = EncounterValidator(VOCABULARY)


def reads(text: str | bytes, *, strict: bool = False) -> list[Read]:
    stream = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    return list(checked(read_csv(stream, VOCABULARY, "claims.csv"), VALIDATOR, "claims.csv", strict=strict))


def lines(text: str | bytes) -> list[dict[str, Any]]:
    """Give the values of every line of a sheet that is plainly right."""
    found = reads(text)
    assert not [each for read in found for each in read.findings]
    return [line.values for read in found if read.encounter for line in read.encounter.lines]


def told(text: str | bytes) -> list[str]:
    """Give what is said of a sheet as the tables of findings have it: place and fault, and below them the help."""
    return [said for read in reads(text) for diagnostic in read.findings for said in written(diagnostic)]


def cell(column: str, text: str) -> str:
    """Write a sheet with one line, and one cell more."""
    return f'encounter,code,date,{column}\nE-1,00011,2016-03-01,"{text}"\n'


TWO = "encounter,code,date\nE-1,00011,2016-03-01\nE-1,00042,2016-03-02\n"


class TestWhatIsRead:
    def test_rows_become_the_lines_of_encounters(self) -> None:
        sheet = (
            "encounter,payer,role,patient.age,sender.kind,diagnoses,number,code,date,marks,units,minutes,seen,record.time\n"
            "E-1,a-payer,second,40,office,B2 A1,2,00011,2016-03-01,M1 M2,2,23,true,no\n"
            "E-1,,,,,,1,00042,2016-03-01,,,,,\n"
            "E-2,,,,,,,00011,2016-03-02,,,,,\n"
        )
        first, second = (read.encounter for read in reads(sheet))
        assert (
            first
            == VALIDATOR.read(
                {
                    "id": "E-1",
                    "payer": "a-payer",
                    "role": "second",
                    "patient": {"age": 40},
                    "sender": {"kind": "office"},
                    "diagnoses": ["B2", "A1"],
                    "lines": [
                        {
                            "number": 2,
                            "code": "00011",
                            "date": "2016-03-01",
                            "marks": ["M1", "M2"],
                            "units": 2,
                            "minutes": 23,
                            "seen": True,
                            "record": {"time": False},
                        },
                        {"number": 1, "code": "00042", "date": "2016-03-01"},
                    ],
                }
            )[0]
        )
        assert (
            second == VALIDATOR.read({"id": "E-2", "lines": [{"number": 1, "code": "00011", "date": "2016-03-02"}]})[0]
        )

    def test_empty_cell_is_unknown_or_the_default_and_none_is_known_to_be_empty(self) -> None:
        (line,) = lines("encounter,code,date,marks,units,regions,pointers\nE-1,00011,2016-03-01,,,none,\n")
        assert line["line.regions"] == frozenset()
        assert "line.pointers" not in line
        assert (line["line.marks"], line["line.units"]) == (frozenset(), 1)

    @pytest.mark.parametrize(
        ("text", "value"), [("true", True), ("TRUE", True), ("Yes", True), ("false", False), ("No", False)]
    )
    def test_truth_as_spreadsheets_and_people_write_it(self, text: str, *, value: bool) -> None:
        assert lines(cell("seen", text))[0]["line.seen"] is value

    def test_whole_number_may_have_a_point_and_a_zero_but_not_the_form_of_money(self) -> None:
        assert lines(cell("minutes", "15.0"))[0]["line.minutes"] == 15
        assert told(cell("minutes", "15.00")) == [
            "row 2, column minutes: `minutes` must be a whole number, not the text `15.00`",
            "    write a whole number in digits alone, such as `15`",
        ]

    def test_blanks_around_a_cell_and_between_values_mean_nothing(self) -> None:
        (line,) = lines('encounter , code\t,date,marks\n E-1, 00011 ,2016-03-01," M1\n M2 "\n')
        assert line["line.marks"] == frozenset({"M1", "M2"})

    def test_whole_names_of_attributes_are_columns_too(self) -> None:
        assert lines("encounter.id,line.code,line.date\nE-1,00011,2016-03-01\n") == lines(cell("units", ""))

    def test_lines_without_a_number_are_numbered_as_they_stand(self) -> None:
        (read,) = reads(
            "encounter,number,code,date\nE-1,,00011,2016-03-01\nE-1,7,00011,2016-03-01\nE-1,,00042,2016-03-01\n"
        )
        assert read.encounter is not None
        assert [line.number for line in read.encounter.lines] == [1, 3, 7]

    def test_what_an_encounter_says_may_stand_in_any_of_its_rows(self) -> None:
        sheets = ["a-payer,00011\nE-1,,00042", ",00011\nE-1,a-payer,00042", "a-payer,00011\nE-1,a-payer,00042"]
        found = [
            reads("encounter,payer,code,date\nE-1," + each.replace("\n", ",2016-03-01\n") + ",2016-03-01\n")[
                0
            ].encounter
            for each in sheets
        ]
        assert found[0] is not None
        assert found[0].payer == "a-payer"
        assert found[0] == found[1] == found[2]


class TestFilesAsProgramsWriteThem:
    WHOLE = 'encounter,code,date,marks,comment\nE-1,00011,2016-03-01,M1 M2,"one, two; three"\nE-2,00042,2016-03-02,,\n'

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_line_ends_and_a_byte_order_mark_mean_nothing(self, end: str) -> None:
        text = self.WHOLE.replace("\n", end)
        assert lines(text) == lines(b"\xef\xbb\xbf" + text.encode()) == lines(self.WHOLE)

    @pytest.mark.parametrize("separator", [";", "\t"])
    def test_separator_is_what_gives_the_most_columns(self, separator: str) -> None:
        text = self.WHOLE.replace('"one, two; three"', "one").replace(",", separator)
        assert lines(text) == lines(self.WHOLE.replace("one, two; three", "one"))

    def test_every_cell_may_be_quoted(self) -> None:
        assert lines(TWO.replace(",", '","').replace("\n", '"\n"').join(['"', ""]).removesuffix('"')) == lines(TWO)

    def test_rows_and_columns_of_nothing_mean_nothing(self) -> None:
        assert lines("encounter,code,date,,\nE-1,00011,2016-03-01,,\n,,,,\n\nE-1,00042,2016-03-02\n,,\n") == lines(TWO)

    def test_rows_are_counted_as_a_spreadsheet_shows_them_and_lines_as_an_editor_does(self) -> None:
        header = "encounter,code,date,comment,units\nE-1,00011,2016-03-01,,1\n\n"
        sheet = f'{header}E-2,00011,2016-03-01,"one\ntwo",1\nE-3,00011,2016-03-01,,-1\n'
        *_, good, bad = reads(sheet.replace("one\ntwo", "one two"))
        assert good.encounter
        (diagnostic,) = bad.findings
        assert (diagnostic.file, diagnostic.line, diagnostic.path) == ("claims.csv", 5, "row 5, column units")
        *_, broken, bad = reads(sheet)
        (diagnostic,) = broken.findings
        assert (diagnostic.line, diagnostic.path) == (4, "row 4, column comment")
        (diagnostic,) = bad.findings
        assert (diagnostic.line, diagnostic.path) == (6, "row 5, column units")

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", ["None: the file is empty, or its first row is", "    begin with a row of titles"]),
            (b"\n" + TWO.encode(), ["None: the file is empty, or its first row is", "    begin with a row of titles"]),
            (TWO.encode("utf-16"), ["None: this text is saved as UTF-16", f"    {SAVE_AS}"]),
            (TWO.encode("utf-32"), ["None: this text is saved as UTF-32", f"    {SAVE_AS}"]),
            (b"\x89PNG\0\n", ["None: this is not text", f"    {SAVE_AS}"]),
        ],
    )
    def test_file_that_is_no_sheet_is_reported_what_it_is(self, data: bytes, said: list[str]) -> None:
        assert told(data) == said

    def test_cell_in_another_encoding_is_named_and_the_others_are_decided(self) -> None:
        sheet = TWO.replace("date", "date,comment").encode() + "E-2,00011,2016-03-01,é\nE-3,00011,2016-03-01,\n".encode(
            "latin-1"
        )
        assert [read.encounter is not None for read in reads(sheet)] == [True, False, True]
        assert told(sheet) == [
            "row 4, column comment: the cell holds bytes that are not UTF-8",
            f"    {SAVE_AS}",
        ]

    @pytest.mark.parametrize("tail", ['E-2,"00011,2016-03-01\nE-3,00011,2016-03-01\n', 'E-2,"00011"x,2016-03-01\n'])
    def test_quotation_mark_that_goes_astray_ends_the_reading_and_refuses_the_encounter_before_it(
        self, tail: str
    ) -> None:
        (read,) = reads(TWO + tail)
        assert read.encounter is None
        (diagnostic,) = read.findings
        assert (diagnostic.line, diagnostic.path) == (4, "row 4")
        assert diagnostic.message == (
            "row 4 cannot be split into cells, so nothing is read from here on: "
            "a quotation mark is not closed, or text follows after one"
        )

    def test_line_without_end_is_refused_before_it_is_held(self) -> None:
        (diagnostic,) = (
            diagnostic for read in reads("encounter,code,date\n" + "x" * (LONGEST + 1)) for diagnostic in read.findings
        )
        assert f"a line of the file has {LONGEST:,} characters or more" in diagnostic.message

    @pytest.mark.parametrize("title", ["Encounter", "ENCOUNTER", "Encounter ID", "encounter_id", "Encounter-Id"])
    @pytest.mark.parametrize("code", ["Code", "LINE CODE", "line_code"])
    def test_titles_are_known_however_a_spreadsheet_writes_them(self, title: str, code: str) -> None:
        assert lines(f"{title},{code},Date\nE-1,00010,2016-03-01\n")[0]["line.code"] == "00010"

    def test_title_that_could_be_two_is_no_guess(self) -> None:
        assert told("encounter,code,date,Id\nE-1,00010,2016-03-01,7\n")[0].startswith("row 1, column Id")

    @pytest.mark.parametrize("first", ["sep=,", "SEP=,", '"sep=,"', "\ufeffsep=,"])
    def test_line_that_names_the_separator_is_no_row(self, first: str) -> None:
        assert len(lines(f"{first}\n{TWO}")) == 2
        sheet = TWO + "E-2,00011,bad\n"
        (*_, bad) = reads(f"{first}\n{sheet}")
        assert (bad.findings[0].line, bad.findings[0].path) == (5, "row 4, column date")

    @pytest.mark.parametrize("separator", ["|", ";", "\t", "^"])
    def test_separator_that_is_named_is_taken(self, separator: str) -> None:
        sheet = f"sep={separator}\n{TWO.replace(',', separator)}"
        assert len(lines(sheet)) == 2
        (read,) = checked(read_stream(io.BufferedReader(io.BytesIO(sheet.encode())), "-", VOCABULARY), VALIDATOR)
        assert read.encounter is not None

    def test_line_that_names_the_separator_alone_is_no_sheet(self) -> None:
        assert told("sep=,\n") == ["None: the file is empty, or its first row is", "    begin with a row of titles"]

    @pytest.mark.parametrize("end", ["\x1a", "\x1a\r\n", "\x1a\n", "\n\x1a", " \x1a"])
    def test_control_z_at_the_end_says_nothing(self, end: str) -> None:
        assert len(lines(TWO + end)) == 2
        assert len(lines(TWO.rstrip("\n") + end.lstrip())) == 2

    def test_control_z_elsewhere_hides_nothing(self) -> None:
        found = reads(TWO + "\x1a\nE-2,00011,2016-03-01\n")
        assert [read.encounter is not None for read in found] == [True, False, True]

    @pytest.mark.parametrize("length", [LONGEST_CELL + 1, 1_100_000])
    @pytest.mark.parametrize("quoted", ["", '"'])
    def test_cell_too_long_rejects_its_encounter_alone_and_says_so(self, length: int, quoted: str) -> None:
        sheet = TWO.replace("date", "date,comment")
        long = "x" * length if not quoted else "x,\n" * (length // 3 + 1)
        first, bad, last = reads(f"{sheet}E-2,00011,2016-03-01,{quoted}{long}{quoted}\nE-3,00011,2016-03-01,\n")
        assert first.encounter is not None
        assert last.encounter is not None
        assert any(f"more than {LONGEST_CELL:,} characters" in each.message for each in bad.findings)

    @pytest.mark.parametrize("sheet", [TWO + ",,,,\n,,\n\n", TWO.replace("\n", ",,,\n"), TWO.replace("\n", "\r\n")])
    def test_rows_and_columns_without_anything_say_nothing(self, sheet: str) -> None:
        assert len(lines(sheet)) == 2

    def test_zero_byte_in_a_cell_rejects_its_encounter_alone(self) -> None:
        sheet = TWO.replace("date", "date,comment") + "E-2,00011,2016-03-01,a\0b\nE-3,00011,2016-03-01,\n"
        assert [read.encounter is not None for read in reads(sheet)] == [True, False, True]

    def test_format_is_reported_by_the_ending_or_by_the_titles(self, tmp_path: Path) -> None:
        for name in ("claims.csv", "claims.CSV", "claims.tsv"):
            (tmp_path / name).write_text(TWO)
            (read,) = checked(read_file(tmp_path / name, VOCABULARY), VALIDATOR)
            assert read.encounter is not None
        (tmp_path / "claims.txt").write_bytes(b"\xef\xbb\xbfcode;encounter;date\r\n00011;E-1;2016-03-01\r\n")
        with (tmp_path / "claims.txt").open("rb") as stream:
            (read,) = checked(read_stream(stream, "-", VOCABULARY), VALIDATOR)
        assert read.encounter is not None


class TestTitles:
    def test_unknown_column_is_a_warning_once_with_a_suggestion(self) -> None:
        sheet = TWO.replace("date", "date,mark").replace("1\n", "1,M1\n").replace("2\n", "2,M1\n")
        (warned, read) = reads(sheet)
        assert read.encounter is not None
        assert warned.findings[0].severity == "warning"
        assert told(sheet) == [
            "row 1, column mark: `mark` is not a known column, so it is not read",
            "    did you mean `marks`?",
        ]

    def test_unknown_columns_refuse_the_sheet_when_reading_is_strict(self) -> None:
        found = reads("encounter,code,date,mark,unit\nE-1,00011,2016-03-01,,\n", strict=True)
        assert [read.encounter for read in found] == [None, None]
        assert {diagnostic.severity for read in found for diagnostic in read.findings} == {"error"}

    @pytest.mark.parametrize(("titles", "expected"), findings_table("titles"))
    def test_titles_that_cannot_be_used_are_reported(self, titles: str, expected: list[str]) -> None:
        assert told(f"{titles}\n") == expected

    @pytest.mark.parametrize("title", [b"gr\xf6sse", b'"one\ntwo"', b"\x1b[31mred", "größe".encode()])
    def test_unknown_title_is_shown_so_that_it_disturbs_no_terminal(self, title: bytes) -> None:
        (diagnostic,) = (
            diagnostic for read in reads(b"encounter,code,date," + title + b"\n") for diagnostic in read.findings
        )
        assert diagnostic.code == "unknown-column"
        assert str(diagnostic).isprintable()

    def test_title_of_two_attributes_must_be_the_whole_name_of_one(self) -> None:
        note = Attribute(type="text", summary="A note")
        both = {**VOCABULARY.attributes, "encounter.note": note, "line.note": note}
        words = Vocabulary(
            kind="vocabulary", attributes=both, concerns=(), regions=VOCABULARY.regions, timed=VOCABULARY.timed
        )
        refused, *_ = read_csv(io.BytesIO(b"encounter,code,date,note\nE-1,00011,2016-03-01,x\n"), words)
        assert str(refused) == (
            "1 row 1, column note: `note` may be `encounter.note` or `line.note` (use the whole name)"
        )
        whole = b"encounter,code,date,line.note,encounter.note\nE-1,00011,2016-03-01,x,y\n"
        (read,) = checked(read_csv(io.BytesIO(whole), words), EncounterValidator(words))
        assert read.encounter is not None
        assert read.encounter.values["encounter.note"] == "y"
        assert read.encounter.lines[0].values["line.note"] == "x"


class TestCells:
    @pytest.mark.parametrize(("cells", "expected"), findings_table("cells"))
    def test_cell_is_refused_with_its_place_and_help(self, cells: dict[str, str], expected: list[str]) -> None:
        whole = {"encounter": "E-1", "code": "00011", "date": "2016-03-01"} | cells
        assert told("\n".join(",".join(f'"{each}"' for each in row) for row in (whole, whole.values()))) == expected

    def test_everything_wrong_with_an_encounter_is_reported_at_once_and_counts_once(self) -> None:
        (read,) = reads("encounter,code,date,units\nE-1,,3/4/2016,x\nE-1,00011,,1,9\n")
        assert [(diagnostic.line, diagnostic.path, diagnostic.code) for diagnostic in read.findings] == [
            (2, "row 2, column code", "empty-cell"),
            (2, "row 2, column date", "bad-date"),
            (2, "row 2, column units", "wrong-type"),
            (3, "row 3", "too-many-cells"),
            (3, "row 3, column date", "empty-cell"),
        ]

    @pytest.mark.parametrize("text", ["=1+1", "#N/A", "#DIV/0!"])
    @pytest.mark.parametrize("title", ["encounter", "units", "patient.id"])
    def test_a_formula_and_an_error_are_no_values(self, title: str, text: str) -> None:
        row = {"encounter": "E-1", "code": "00011", "date": "2016-03-01", "units": "1", "patient.id": "P-1"}
        cells = row | {title: text}
        first, second = reads(f"{','.join(cells)}\n{','.join(cells.values())}\nE-2,00011,2016-03-01,1,P-1\n")
        assert [(each.code, each.path) for each in first.errors] == [("no-result", f"row 2, column {title}")]
        assert text in first.errors[0].message
        assert second.encounter is not None

    @pytest.mark.parametrize("text", ["1.23457E+15", "1E+15", "1e+20"])
    @pytest.mark.parametrize("title", ["encounter", "patient.id", "diagnoses"])
    def test_an_id_that_a_spreadsheet_has_shortened_may_be_that_of_two(self, title: str, text: str) -> None:
        row = {"encounter": "E-1", "code": "00011", "date": "2016-03-01", title: text}
        other = row | {title: "12E5"} | ({} if title == "encounter" else {"encounter": "E-2"})
        first, second = reads("\n".join(",".join(each) for each in (row, row.values(), other.values())))
        assert [(each.code, each.path) for each in first.errors] == [("shortened-number", f"row 2, column {title}")]
        assert "format the column as text" in str(first.errors[0].help)
        assert second.encounter is not None

    def test_numbers_that_clash_are_reported_at_the_second(self) -> None:
        assert told("encounter,number,code,date\nE-1,2,00011,2016-03-01\nE-1,,00042,2016-03-01\n") == [
            "row 3, column number: two lines are numbered 2",
            "    give each line a number of its own",
        ]


class TestRowsOfAnEncounter:
    def test_rows_must_agree_on_the_encounter(self) -> None:
        sheet = "encounter,payer,code,date\nE-1,one,00011,2016-03-01\nE-1,two,00011,2016-03-01\n"
        assert told(sheet) == [
            "row 3, column payer: `two` is here, and `one` in row 2 of the same claim",
            "    write the same in all rows of a claim, or leave all but one empty",
        ]

    def test_agreeing_is_a_matter_of_values(self) -> None:
        sheet = (
            "encounter,patient.age,diagnoses,code,date\nE-1,40,A  B,00011,2016-03-01\nE-1,40.0,A B,00011,2016-03-01\n"
        )
        assert len(lines(sheet)) == 2

    def test_rows_that_stand_apart_are_named_both_and_the_rest_is_decided(self) -> None:
        sheet = TWO + "E-2,00011,2016-03-01\nE-1,00011,2016-03-03\nE-3,00011,2016-03-01\n"
        assert [read.encounter.id if read.encounter else None for read in reads(sheet)] == ["E-1", "E-2", None, "E-3"]
        assert told(sheet) == [
            "row 5, column encounter: `E-1` begins in row 2, and rows of other claims are between",
            "    put the rows of a claim together; until then no answer for it can be relied on",
        ]

    def test_row_of_no_encounter_refuses_the_one_above_it_for_it_may_be_its_line(self) -> None:
        sheet = TWO + ",00011,2016-03-01\nE-2,00011,2016-03-01\n"
        assert [read.encounter.id if read.encounter else None for read in reads(sheet)] == [None, "E-2"]
        assert told(sheet) == [
            "row 4, column encounter: the row does not say which claim it belongs to",
            "    write the id in each of its rows",
        ]

    def test_first_row_of_no_encounter_is_refused_alone(self) -> None:
        found = reads("encounter,code,date\n,00011,2016-03-01\nE-2,00011,2016-03-01\n")
        assert [len(read.findings) for read in found] == [1, 0]

    def test_cell_beyond_the_last_column_may_be_a_cell_that_fell_apart(self) -> None:
        assert told("encounter,code,date,comment,\nE-1,00011,2016-03-01,one, two\n") == [
            "row 2: `two` is in column 5, and the last column with a title is 4",
            "    give the column a title, or put a cell that holds a separator in quotation marks",
        ]

    def test_encounter_of_too_many_rows_is_refused_at_its_first(self) -> None:
        rows = "E-1,00011,2016-03-01\n" * (MOST + 5)
        assert told(f"encounter,code,date\n{rows}") == ["row 2: `lines` has 1,001 values", "    give 1,000 at most"]
