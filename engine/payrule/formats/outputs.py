"""The files that deciding by columns writes: where they go, and what keeps them from being written there."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from payrule.documents.findings import RequestError

ENDINGS = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


class Outputs(msgspec.Struct, frozen=True):
    """Where the three files go, and the format of the first.

    Without a file of explanations answers are not explained: neither what is open is said of a line, nor why.
    """

    decisions: Path
    explanations: Path | None
    rejects: Path
    form: str

    @property
    def explained(self) -> bool:
        """Tell whether answers are explained."""
        return self.explanations is not None

    @property
    def files(self) -> tuple[Path, ...]:
        """List the files that are written: the decisions, the rejects, and the explanations where there are any."""
        return (self.decisions, self.rejects, *([self.explanations] if self.explanations else []))

    @classmethod
    def beside(
        cls, decisions: Path, form: str | None = None, *, explained: bool = True, rejects: Path | None = None
    ) -> "Outputs":
        """Put the others beside the decisions, with names that begin with that of the decisions.

        The ending of the file gives the format, unless it is named. `rejects` may go elsewhere. Raises RequestError for
        an ending that gives no format.

        >>> Outputs.beside(Path("out/decided.parquet")).rejects.name
        'decided.parquet.rejects.csv'
        """
        chosen = form or ENDINGS.get(decisions.suffix.lower())
        if chosen is None:
            cure = f"end its name with {', '.join(f'`{each}`' for each in ENDINGS)}"
            raise RequestError.of("no-such-format", f"`{decisions}` does not say by its ending what to write", cure)
        explanations = decisions.with_name(f"{decisions.name}.explanations.jsonl") if explained else None
        rejects = decisions.with_name(f"{decisions.name}.rejects.csv") if rejects is None else rejects
        return cls(decisions, explanations, rejects, chosen)


def refuse_unfit(outputs: Outputs, read: Iterable[Path]) -> None:
    """Raise RequestError where a file would take the place of a folder, a device, a pipe, or one that is read."""
    refuse_one_for_both(outputs.decisions, outputs.rejects)
    for path in outputs.files:
        if path.exists() and not path.is_file():
            what = "a folder" if path.is_dir() else "a device or a pipe"
            message, cure = f"`{path}` is {what}, which no file replaces", "name another file with `--out`"
            raise RequestError.of("unwritable", message, cure)
        refuse_what_is_read(path, read)


def refuse_one_for_both(out: Path | None, rejects: Path | None) -> None:
    """Raise RequestError where answers and rejects would go to one file."""
    if out is not None and rejects is not None and out.resolve() == rejects.resolve():
        message, cure = f"`{rejects}` would hold both answers and rejects", "name another file with `--rejects`"
        raise RequestError.of("unwritable", message, cure)


def refuse_what_is_read(path: Path, read: Iterable[Path]) -> None:
    """Raise RequestError where a file that is to be written is among those that are read."""
    if path.exists() and any(each.exists() and path.samefile(each) for each in read):
        message, cure = f"`{path}` is read, and would be replaced by what is written", "name another file with `--out`"
        raise RequestError.of("unwritable", message, cure)


@contextmanager
def writable() -> Iterator[None]:
    """Raise RequestError in the place of an OSError that names a file which cannot be written."""
    try:
        yield
    except OSError as fault:
        message = f"`{fault.filename}` cannot be written: {(fault.strerror or str(fault)).lower()}"
        cure = "name a file in a folder that exists, that you may write to, and where there is room"
        raise RequestError.of("unwritable", message, cure) from None
