"""The whole published tables, where they are at hand: imported as a user would import them."""

import os
from pathlib import Path

import duckdb

from payrule.formats.ncci.importing import Imported, Quarter, import_table
from payrule.formats.ncci.publications import MUE, PTP

PUBLISHED = Path(os.environ.get("PAYRULE_NCCI", Path(__file__).parents[2] / "shared" / "data" / "ncci"))

HEADER = (
    "Column1/Column2 Edits\t\t\t\t\t\t\n"
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\n"
)


def pairs_of(published: Path) -> Path:
    """Name the file of code pairs, which is at hand as Parquet."""
    return published / "ptp-practitioner-2024q3.parquet"


def import_published(published: Path, folder: Path) -> list[Imported]:
    """Import the code pairs, from a text as it is published, and the limits on units into a folder of tables."""
    text, rows = folder / "pairs.txt", folder / "pairs"
    with duckdb.connect() as connection:
        connection.read_parquet(str(pairs_of(published))).project(
            "column_1, column_2, '', '*', coalesce(strftime(deletion_date, '%Y%m%d'), '*'),"
            "modifier_indicator, rationale"
        ).to_csv(str(rows), sep="\t", header=False, quotechar="")
    text.write_text(HEADER + rows.read_text(encoding="utf-8"), encoding="utf-8")
    quarter = Quarter.read("2024q3")
    made = [
        import_table(PTP, [text], quarter, folder),
        import_table(MUE, [published / "mue-practitioner-2024q3.csv"], quarter, folder),
    ]
    for path in (text, rows):
        path.unlink()
    return made
