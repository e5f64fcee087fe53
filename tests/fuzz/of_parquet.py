"""Bytes of Parquet files, decided by columns."""

from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from tests.fuzz.claims import KNOWN_ON, payer, rulebase
from tests.fuzz.target import Target

import payrule

_ROWS = """
SELECT 'E-' || (i // 3) AS encounter, 1 + i % 3 AS number, ['97140', '97110', '98941'][1 + i % 3] AS code,
    date '2016-03-01' + (i % 7)::INTEGER AS date, 1 + i % 4 AS units, 15.0::DOUBLE * (i % 5) AS minutes,
    ['59', 'GP'] AS modifiers, if(i % 5 = 0, NULL, 'massage-therapist') AS "provider.type"
FROM range(9) r(i)
"""


def _files() -> list[bytes]:
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        found = []
        for compression in ("uncompressed", "snappy", "zstd"):
            path = Path(folder, f"{compression}.parquet")
            connection.execute(f"COPY ({_ROWS}) TO '{path}' (FORMAT parquet, COMPRESSION {compression})")
            found.append(path.read_bytes())
    return found


@cache
def _place() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


def _tried(data: bytes) -> Counter[str]:
    claims, out = Path(_place().name, "claims.parquet"), Path(_place().name, "decided.csv")
    claims.write_bytes(data)
    tally = payrule.adjudicate_files(rulebase(), claims, out, payer=payer(), known_on=KNOWN_ON, threads=1)
    lines = out.read_text(encoding="utf-8").count("\n") - 1
    assert lines == tally.dispositions.total(), "a line that is decided is not written"
    rejected = len(tally.rejected)
    return Counter({"in": tally.encounters + rejected, "decided": tally.encounters, "rejected": rejected})


PARQUET = Target("parquet", _tried, _files(), (b"PAR1", b"\xff\xff\xff\x7f", b"\x15\x00", b"\x00" * 8), each=20)
