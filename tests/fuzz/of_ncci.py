"""Published files of edits: code pairs, limits on units, add-on codes."""

import io
import re
import shutil
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from tests.fuzz.target import Target

from payrule.formats.ncci.importing import Quarter, import_table
from payrule.formats.ncci.publications import ADD_ON, MUE, PTP
from payrule.formats.ncci.published import Publication, encoding_of
from payrule.rulebase.load import read_table
from payrule.source.diagnostics import PayruleError

_QUARTER = Quarter.read("2024q3")
_PAIRS = (
    "Column1/Column2 Edits\t\t\t\t\t\t\n"
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\n"
    "98941\t97140\t\t20200101\t*\t1\tMisuse of codes\n"
    "98941\t99213\t\t20000101\t20191231\t0\tMisuse of codes\n"
    "98941\t99213\t*\t20200101\t*\t1\tMisuse of codes\n"
    "97140\t97530\t\t20200101\t20191231\t1\tMore extensive procedure\n"
)
_LIMITS = (
    "HCPCS/CPT Code,Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n"
    '97110,6,3 Date of Service Edit: Clinical,"Clinical: Data, and more"\n'
    "97140,4,2 Date of Service Edit: Policy,Nature of Service\n"
    "E0100,1,1 Line Edit,Nature of Equipment\n"
)
_ADD_ON = (
    "Add-On Code\tPrimary Code\tAOC Edit Type\tEdit Effective Date\tEdit Deletion Date\tAOC Deletion Date\n"
    "11045\t11042\t1\t2013091\t0\t0\n"
    "11046\tCCCCC\t3\t20240701\t\t20241231\n"
    "11047\t\t2\t2013091\t2020366\t0\n"
)
_TOKENS = tuple(b'\t \t\t , " * 0 98941 97140 100 20240631 2024366 CCCCC PK\x03\x04 9/1/2024'.split(b" "))
_TOKENS += (b"Outpatient Hospital Services MUE Values", b"Column 1", b"\t\t\t\t\t\n", b"x" * 140_000)


@cache
def _place() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


def _trying(publication: Publication) -> Callable[[bytes], Counter[str]]:
    def tried(data: bytes) -> Counter[str]:
        file, folder = Path(_place().name, "published.txt"), Path(_place().name, "tables")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        file.write_bytes(data)
        try:
            made = import_table(publication, [file], _QUARTER, folder)
        except PayruleError:
            assert not list(folder.iterdir()), "something is written of a file that is refused"
            raise
        assert len(read_table(folder / f"{publication.id}.json").rows) == made.table.data.rows <= made.read
        dropped, tally = made.tally.dropped.total(), made.tally
        lines = _lines(data)
        assert lines in {None, made.read + dropped + tally.heading + tally.blank}, made.account()
        return Counter({"in": made.read + dropped, "decided": made.read, "rejected": dropped})

    return tried


def _lines(data: bytes) -> int | None:
    """Count the lines of a text between whose tabs quotation marks mean nothing; None for an archive or cells."""
    encoding = encoding_of(data[:4_096])
    if data.find(b"PK\x05\x06") >= 0 or encoding is None:
        return None
    text = data.decode(encoding, "replace")
    return len(re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)) if "\t" in text[:200] else None


def _seeds(text: str) -> list[bytes]:
    archive = io.BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
        packed.writestr("edits.txt", text)
        packed.writestr("readme.pdf", "none")
    return [text.encode(), text.encode(), text.encode("utf-16"), archive.getvalue()]


NCCI_PTP = Target("ncci-ptp", _trying(PTP), _seeds(_PAIRS), _TOKENS, each=40)
NCCI_MUE = Target("ncci-mue", _trying(MUE), _seeds(_LIMITS), _TOKENS, each=40)
NCCI_ADD_ON = Target("ncci-addon", _trying(ADD_ON), _seeds(_ADD_ON), _TOKENS, each=40)
