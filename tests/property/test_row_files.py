"""A row file finds what a search of all rows finds, and nothing else."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrule.model.tables import Head, RowFile, row_lines

CELLS = st.text("0AZ", max_size=3)
TABLES = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=40)


def written(folder: str, rows: list[tuple[str, str, str]]) -> RowFile:
    path = Path(folder) / "table.rows"
    path.write_bytes(b"".join(row_lines(Head("sha256:0", ("a", "b", "c"), (3, 3, 3)), rows)))
    return RowFile(path)


@given(TABLES, st.tuples(CELLS, CELLS))
def test_a_key_finds_all_its_rows_and_only_those(rows: list[tuple[str, str, str]], key: tuple[str, str]) -> None:
    with TemporaryDirectory() as folder:
        file = written(folder, rows)
        for wanted in (key, *(row[:2] for row in rows), ("ZZZZ", "0")):
            assert sorted(file.find(*wanted)) == sorted(row for row in rows if row[:2] == wanted)
            assert sorted(file.find(wanted[0])) == sorted(row for row in rows if row[0] == wanted[0])
        assert sorted(file) == sorted(rows)
        assert len(file) == len(rows)


@pytest.mark.parametrize("data", [b"", b"{}\n", b"not JSON\nabc", b"\xff\n"])
def test_what_is_no_row_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "table.rows").write_bytes(data)
    with pytest.raises(ValueError):  # noqa: PT011 - the path is all that there is to say
        RowFile(tmp_path / "table.rows")


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.rows"
    path.write_bytes(b"".join(row_lines(Head("sha256:0", ("a",), (3,)), [("0",), ("A",)]))[:-2])
    with pytest.raises(ValueError):  # noqa: PT011 - the path is all that there is to say
        RowFile(path)
