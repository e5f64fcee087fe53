"""The language server protocol: pygls on one side, the pure functions of this folder on the other.

Positions of the protocol count UTF-16 units unless the client wants others; everything else here counts characters.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TypeVar

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from payrule.examples.run import read_example
from payrule.fmt import formatted
from payrule.lint.check import check_rulebase
from payrule.lsp.completion import choices
from payrule.lsp.documents import OpenDocument, Place, lines_of, place_of_offset, readable, spot_at, symbols
from payrule.lsp.hover import hover
from payrule.lsp.names import definitions, renamable, renamed
from payrule.rulebase.folder import EXAMPLES, VOCABULARY, Memory, read_text, rulebase_of, unsaved
from payrule.rulebase.load import read_documents, read_vocabulary
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import Diagnostic, InputError, RequestError
from payrule.source.json_source import scan

Answer = TypeVar("Answer")

SOON, LATER = 0.05, 0.4
"""Seconds after the last key until a document is checked by itself, and until the whole rulebase is."""

_SEVERITIES = {"error": types.DiagnosticSeverity.Error, "warning": types.DiagnosticSeverity.Warning}

_SYMBOLS = {
    "rule": types.SymbolKind.Function,
    "fact": types.SymbolKind.Boolean,
    "set": types.SymbolKind.Array,
    "quota": types.SymbolKind.Number,
    "source": types.SymbolKind.File,
    "note": types.SymbolKind.String,
    "attribute": types.SymbolKind.Field,
    "concern": types.SymbolKind.Enum,
    "line": types.SymbolKind.Struct,
}


def all_findings(root: Path) -> tuple[Diagnostic, ...]:
    """Give everything that `payrule check` finds in a rulebase."""
    try:
        return check_rulebase(root).findings
    except InputError as fault:
        return fault.findings


def own_findings(root: Path, path: Path) -> tuple[Diagnostic, ...]:
    """Give what is wrong with one document by itself, which takes no time: its form, its structure and its names.

    What a change of the vocabulary does to the documents that use it is not checked: each would have to be read again.
    """
    try:
        read_text(path)
        if path == root / VOCABULARY:
            read_vocabulary(path)
            return ()
        documents = read_documents(root)
        if path.parent.name == EXAMPLES and not any(each.severity == "error" for each in documents.findings):
            read_example(path, Rulebase(documents))
    except InputError as fault:
        return tuple(each for each in fault.findings if each.file in (None, str(path)))
    return tuple(each for each in documents.findings if each.file == str(path))


def range_of(text: str, diagnostic: Diagnostic) -> tuple[int, int]:
    """Give where in a text the key or value of a diagnostic begins and ends, as offsets.

    Of an object or a list it is the first character.

    >>> range_of('{"whne": 1}', Diagnostic(code="x", message="m", line=1, column=2))
    (1, 7)
    """
    start = 0
    for _ in range((diagnostic.line or 1) - 1):
        start = text.find("\n", start) + 1
    start = min(start + (diagnostic.column or 1) - 1, len(text))
    try:
        spot = spot_at(scan(text), start)
    except InputError:
        spot = None
    if spot is not None and spot.start == start:
        return start, spot.end
    return start, min(start + 1, len(text))


Kept = tuple[Memory, Lock]
"""What was made of unchanged texts for one kind of check, which is run by one thread at a time."""


def _found(kept: Kept, texts: dict[Path, str], find: Callable[[], tuple[Diagnostic, ...]]) -> tuple[Diagnostic, ...]:
    memory, running = kept
    with running, unsaved(texts, memory):
        return find()


TextDocument.lines = property(  # type: ignore[assignment,method-assign] # pygls splits lines as Python does
    lambda document: lines_of(document.source)
)


class Server(LanguageServer):
    """Answer for the documents that an editor has open, as they are there."""

    def __init__(self, version: str) -> None:
        """Begin with no document."""
        super().__init__("payrule", version)
        self.alone: Kept = Memory(), Lock()
        self.together: Kept = Memory(), Lock()
        self.waiting: dict[Path, asyncio.Task[None]] = {}
        self.published: dict[Path, set[Path]] = {}

    def texts(self) -> dict[Path, str]:
        """Give the texts of all documents that are open."""
        return {path_of(uri): each.source for uri, each in self.workspace.text_documents.items()}

    def text(self, path: Path) -> str:
        """Give the text of a file as it is in the editor, else on the disk; none of one that is gone."""
        if path.as_uri() not in self.workspace.text_documents and not path.is_file():
            return ""
        return self.workspace.get_text_document(path.as_uri()).source

    def range(self, text: str, start: int, end: int) -> types.Range:
        """Turn offsets into a range."""
        return types.Range(self._position(text, start), self._position(text, end))

    def location(self, place: Place) -> types.Location:
        """Turn a place into a location."""
        return types.Location(place.file.as_uri(), self.range(self.text(place.file), place.start, place.end))

    def _position(self, text: str, offset: int) -> types.Position:
        line, start = place_of_offset(text, offset)
        return types.Position(line, self.workspace.position_codec.client_num_units(text[start:offset]))

    def asked(self, uri: str, position: types.Position, answer: Callable[[OpenDocument, int], Answer]) -> Answer | None:
        """Answer a question about a position; there is no answer for a document of no rulebase."""
        path = path_of(uri)
        with unsaved(self.texts()):
            root = rulebase_of(path)
            if root is None:
                return None
            offset = self.workspace.get_text_document(uri).offset_at_position(position)
            return answer(OpenDocument(root, path, readable(path)), offset)

    def check_soon(self, uri: str) -> None:
        """Check a document as soon as nobody types any more."""
        path = path_of(uri)
        if path in self.waiting:
            self.waiting[path].cancel()
        self.waiting[path] = asyncio.get_running_loop().create_task(self._diagnosed(path))

    async def _diagnosed(self, path: Path) -> None:
        """Publish what is wrong: with the document by itself at once if anything is, then with the whole rulebase."""
        root = rulebase_of(path)
        if root is None:
            self.publish(path, _broken(self.text(path)))
            return
        await asyncio.sleep(SOON)
        found = await asyncio.to_thread(_found, self.alone, self.texts(), partial(own_findings, root, path))
        if any(each.severity == "error" for each in found):
            self.publish(path, found)
        await asyncio.sleep(LATER)
        everything = await asyncio.to_thread(_found, self.together, self.texts(), partial(all_findings, root))
        self.publish_all(root, everything)

    def publish_all(self, root: Path, findings: Iterable[Diagnostic]) -> None:
        """Publish the findings of a rulebase, and take back those that are gone."""
        by_file: dict[Path, list[Diagnostic]] = {}
        for each in findings:
            by_file.setdefault(Path(each.file) if each.file else root / "vocabulary.json", []).append(each)
        is_open = {path_of(uri) for uri in self.workspace.text_documents}
        for path in sorted(self.published.get(root, set()) | {each for each in is_open if each.is_relative_to(root)}):
            by_file.setdefault(path, [])
        for path, found in by_file.items():
            self.publish(path, found)
        self.published[root] = {path for path, found in by_file.items() if found}

    def publish(self, path: Path, findings: Iterable[Diagnostic]) -> None:
        """Publish what is wrong with one document."""
        text = self.text(path)
        shown = [
            types.Diagnostic(
                range=self.range(text, *range_of(text, each)),
                message=each.message + (f"\n{each.help}" if each.help else ""),
                severity=_SEVERITIES[each.severity],
                code=each.code,
                source="payrule",
            )
            for each in findings
        ]
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(path.as_uri(), shown))


def path_of(uri: str) -> Path:
    """Give the file of a URI; one that has none, such as a text that was never saved, is in no rulebase."""
    return Path(uris.to_fs_path(uri) or "/untitled")


def _broken(text: str) -> tuple[Diagnostic, ...]:
    """Say of a document of no rulebase no more than where it stops being JSON."""
    try:
        scan(text)
    except InputError as fault:
        return fault.findings
    return ()


def server(version: str) -> Server:
    """Make a server with all its features."""
    made = Server(version)
    for method, feature in FEATURES.items():
        made.feature(method, OPTIONS.get(method))(partial(feature, made))
    return made


def _changed(
    ls: Server,
    params: types.DidOpenTextDocumentParams | types.DidChangeTextDocumentParams | types.DidCloseTextDocumentParams,
) -> None:
    ls.check_soon(params.text_document.uri)


def _defined(ls: Server, params: types.DefinitionParams) -> list[types.Location]:
    found = ls.asked(params.text_document.uri, params.position, definitions)
    return [ls.location(place) for place in found or ()]


def _hovered(ls: Server, params: types.HoverParams) -> types.Hover | None:
    words = ls.asked(params.text_document.uri, params.position, hover)
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, words)) if words else None


def _renamable(ls: Server, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
    uri = params.text_document.uri
    spot = ls.asked(uri, params.position, renamable)
    if spot is None:
        return None
    name = str(spot.value).rpartition("/")[2]
    _, end = spot.inner
    text = ls.workspace.get_text_document(uri).source
    return types.PrepareRenamePlaceholder(ls.range(text, end - len(name), end), name)


def _renamed(ls: Server, params: types.RenameParams) -> types.WorkspaceEdit:
    try:
        edits = ls.asked(params.text_document.uri, params.position, lambda s, o: renamed(s, o, params.new_name))
    except RequestError as fault:
        raise JsonRpcInvalidParams(str(fault)) from None
    changes: dict[str, list[types.TextEdit]] = {}
    for place, name in (edits or {}).items():
        location = ls.location(place)
        changes.setdefault(location.uri, []).append(types.TextEdit(location.range, name))
    return types.WorkspaceEdit(changes=changes)


def _formatted(ls: Server, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    text = ls.workspace.get_text_document(params.text_document.uri).source
    try:
        after = formatted(scan(text).value)
    except InputError:
        return []
    return [] if after == text else [types.TextEdit(ls.range(text, 0, len(text)), after)]


def _completed(ls: Server, params: types.CompletionParams) -> list[types.CompletionItem]:
    uri = params.text_document.uri
    text = ls.workspace.get_text_document(uri).source
    found = ls.asked(uri, params.position, lambda document, offset: (offset, choices(document, text[:offset])))
    if found is None:
        return []
    offset, listed = found
    written = offset - len(text[:offset].rpartition('"')[2])
    replaced = ls.range(text, written, offset)
    return [
        types.CompletionItem(
            label=each.word,
            detail=each.meaning or None,
            kind=types.CompletionItemKind.Value,
            filter_text=each.word,
            text_edit=types.TextEdit(replaced, each.word),
        )
        for each in listed
    ]


def _symbols(ls: Server, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    text = ls.workspace.get_text_document(params.text_document.uri).source
    try:
        found = symbols(scan(text))
    except InputError:
        return []
    return [
        types.DocumentSymbol(
            name=each.name,
            detail=each.detail,
            kind=_SYMBOLS[each.kind],
            range=ls.range(text, each.start, each.end),
            selection_range=ls.range(text, each.start, each.start + 1),
        )
        for each in found
    ]


FEATURES: dict[str, Callable[..., object]] = {
    types.TEXT_DOCUMENT_DID_OPEN: _changed,
    types.TEXT_DOCUMENT_DID_CHANGE: _changed,
    types.TEXT_DOCUMENT_DID_CLOSE: _changed,
    types.TEXT_DOCUMENT_DEFINITION: _defined,
    types.TEXT_DOCUMENT_HOVER: _hovered,
    types.TEXT_DOCUMENT_PREPARE_RENAME: _renamable,
    types.TEXT_DOCUMENT_RENAME: _renamed,
    types.TEXT_DOCUMENT_FORMATTING: _formatted,
    types.TEXT_DOCUMENT_COMPLETION: _completed,
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: _symbols,
}

OPTIONS = {
    types.TEXT_DOCUMENT_RENAME: types.RenameOptions(prepare_provider=True),
    types.TEXT_DOCUMENT_COMPLETION: types.CompletionOptions(trigger_characters=['"', "@", "/"]),
}
"""What a client has to know of features, besides their names."""
