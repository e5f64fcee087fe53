"""Files of claims decided in one call: what an embedding program does where the command line has `adjudicate`."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

from payrule.adjudication.rulebase import Rulebase
from payrule.adjudication.terms import Terms
from payrule.formats.columnar import Tally, decide_files
from payrule.formats.encounters import Read, checked
from payrule.formats.outputs import Outputs
from payrule.formats.reading import read_file
from payrule.formats.rejects import rejects_form

AnyPath = str | PathLike[str]


def adjudicate_files(  # noqa: PLR0913 - what a caller may choose, each by name
    rulebase: Rulebase,
    files: AnyPath | Iterable[AnyPath],
    out: AnyPath,
    *,
    known_on: date | str,
    payer: str | None = None,
    presume: Mapping[str, Any] | None = None,
    explained: bool = True,
    rejects: AnyPath | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
) -> Tally:
    """Decide all claims of files by columns, on DuckDB, and say how many there are; answers are those of `decide`.

    Parquet files are decided row by row, all others are read as the command line reads them. The ending of `out` says
    how decisions are written: `.parquet`, `.csv` or `.jsonl`, one row a line. Explanations and what was rejected go to
    files beside it, or what was rejected to `rejects`, as CSV or JSON Lines by its ending; all appear whole or not at
    all. Without `payer` each encounter names it. Not `explained`, answers
    say neither what is open nor why, and there is no file of explanations. `memory_limit`, such as `4GB`, and
    `threads` bound what DuckDB takes; what Python holds comes on top.

    Raises InputError for files that cannot be used at all; among those errors RequestError for a payer or attribute
    that the rulebase does not have, where DuckDB is not installed or may not use enough memory, and where a file cannot
    be written or would replace one that is read, a folder, a device or a pipe. One encounter that cannot be decided is
    rejected, and the others are decided.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from payrule import load
    >>> rulebase = load()
    >>> encounter = '{"id": "E-1", "lines": [{"number": 1, "code": "00001", "date": "2016-03-01"}]}'
    >>> with TemporaryDirectory() as folder:
    ...     claims, out = Path(folder, "claims.json"), Path(folder, "decided.csv")
    ...     size = claims.write_text(encounter)
    ...     tally = adjudicate_files(rulebase, claims, out, payer=min(rulebase.payers), known_on="2026-11-23")
    >>> tally.encounters, tally.dispositions.total(), tally.rejected
    (1, 1, ())
    """
    paths = [Path(each) for each in ([files] if isinstance(files, (str, PathLike)) else files)]

    def terms(named: str | None) -> Terms:
        return rulebase.terms(payer=named if payer is None else payer, known_on=known_on, presume=presume)

    def reads() -> Iterator[Read]:
        for path in paths:
            yield from checked(read_file(path, rulebase.documents.vocabulary), rulebase.door, str(path))

    if payer is not None:
        terms(payer)
    if rejects is not None:
        rejects_form(Path(rejects))
    outputs = Outputs.beside(Path(out), explained=explained, rejects=None if rejects is None else Path(rejects))
    return decide_files(rulebase, paths, outputs, terms, reads=reads, memory_limit=memory_limit, threads=threads)
