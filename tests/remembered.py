"""What a process of tests makes once, however many tests ask for it: what follows from texts alone, and rulebases.

Hundreds of tests read the shipped rulebase, or a small one that they copy and change in one place. Of each text the
places of its values, of each vocabulary its schemas and its validator of claims, and of each text that a schema accepts
that it does, are kept: the same functions made them, of the same text. The shipped rulebase itself is one value, which
nothing can change, as long as no file of it changes. Nor is DuckDB started for each store that may take what memory it
wants: such stores are connections to one database, each with its own tables, which are temporary, and its own types.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from itertools import count
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import msgspec

from payrule.examples import run as examples_run
from payrule.execute.sizes import SECONDS
from payrule.model.schema_validator import check_shape
from payrule.model.value_schema import Schema
from payrule.model.vocabulary import Vocabulary
from payrule.rulebase import folder, load, rulebase
from payrule.rulebase.compile import Engine
from payrule.rulebase.folder import rulebase_folder
from payrule.source import database
from payrule.source.diagnostics import Diagnostic, DocumentError
from payrule.source.json_source import JsonSource, scan

Stamp = tuple[tuple[str, int, int], ...]
Key = TypeVar("Key")
Made = TypeVar("Made")

_MOST = 512
"""Texts, schemas and results that are kept of each kind; the oldest go first."""

_read, _load, _connect = load.read_documents, rulebase.load, database.connect
_anew: ContextVar[bool] = ContextVar("anew", default=False)


def remember() -> None:
    """From now on make these once, in this process and in those that are forked from it."""
    for module in (load, rulebase):
        _instead(module, "read_documents", _documents)
    _instead(rulebase, "load", _rulebase)
    _instead(folder, "scan", _scanned)
    _instead(load, "check_shape", _shape_checked)
    for module, name in (
        (load, "bound_policy_schema"),
        (load, "bound_payer_schema"),
        (load, "bound_vocabulary_schema"),
        (examples_run, "bound_example_schema"),
        (rulebase, "EncounterValidator"),
    ):
        _instead(module, name, _of_vocabulary(vars(module)[name]))
    _instead(load, "quick_list", lru_cache(_MOST)(vars(load)["quick_list"]))
    _instead(database, "connect", _connected)


@contextmanager
def anew() -> Iterator[None]:
    """Make everything again, for what tests the making itself."""
    token = _anew.set(True)
    try:
        yield
    finally:
        _anew.reset(token)


def _instead(module: ModuleType, name: str, remembering: Callable[..., Any]) -> None:
    plain = vars(module)[name]

    @wraps(plain)
    def either(*given: Any, **named: Any) -> Any:
        return (plain if _anew.get() else remembering)(*given, **named)

    vars(module)[name] = either


_databases: dict[tuple[int, int | None], Any] = {}
"""The databases in memory, by process (a forked one has none of their threads) and number of threads."""

_schemas = count()


def _connected(duckdb: Any, config: Mapping[str, Any]) -> Any:
    if config.get("memory_limit") is not None:
        return _connect(duckdb, config)
    key = os.getpid(), config.get("threads")
    if key not in _databases:
        _databases[key] = _connect(duckdb, {name: said for name, said in config.items() if name != "temp_directory"})
    connection = _databases[key].cursor()
    schema = f"store_{next(_schemas)}"
    connection.execute(f"CREATE SCHEMA {schema}; SET schema = '{schema}'")
    return connection


def _documents(root: Path | None = None) -> load.Documents:
    return _read(root) if root is not None else _shipped_documents(_stamp(rulebase_folder(None)))


@lru_cache(1)
def _shipped_documents(_: Stamp) -> load.Documents:
    return _read(None)


def _rulebase(
    path: str | PathLike[str] | None = None, *, engine: Engine = "forward", seconds: float = SECONDS
) -> rulebase.Rulebase:
    if path is None and seconds == SECONDS:
        return _shipped_rulebase(_stamp(rulebase_folder(None)), engine)
    return _load(path, engine=engine, seconds=seconds)


@lru_cache(2)
def _shipped_rulebase(_: Stamp, engine: Engine) -> rulebase.Rulebase:
    return _load(None, engine=engine)


def _stamp(root: Path) -> Stamp:
    """Name each file with its size and the time of its last change."""
    files = (os.path.join(within, name) for within, _, names in os.walk(root) for name in names)  # noqa: PTH118 - many
    found = ((file, os.stat(file)) for file in files)  # noqa: PTH116 - many
    return tuple((file, stat.st_size, stat.st_mtime_ns) for file, stat in found)


def _scanned(text: str, file: str | None = None) -> JsonSource:
    try:
        return msgspec.structs.replace(_scanned_once(text), file=file)
    except DocumentError:
        return scan(text, file)  # again, to name the file


@lru_cache(_MOST)
def _scanned_once(text: str) -> JsonSource:
    return scan(text)


def _keep(held: dict[Key, Made], key: Key, made: Made) -> None:
    if len(held) >= _MOST:
        del held[next(iter(held))]
    held[key] = made


_accepted: dict[tuple[str, int], Schema] = {}
"""The texts that a schema accepts, with the schema: as long as it is held, no other has its identity."""


def _shape_checked(text: JsonSource, schema: Schema) -> tuple[Diagnostic, ...]:
    key = text.text, id(schema)
    if key in _accepted:
        return ()
    found = check_shape(text, schema)
    if not found:
        _keep(_accepted, key, schema)
    return found


def _of_vocabulary(make: Callable[[Vocabulary], Made]) -> Callable[[Vocabulary], Made]:
    made: dict[bytes, Made] = {}

    def once(vocabulary: Vocabulary) -> Made:
        key = msgspec.json.encode(vocabulary)
        if key not in made:
            _keep(made, key, make(vocabulary))
        return made[key]

    return once
