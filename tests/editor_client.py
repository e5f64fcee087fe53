"""A real client of the language server: it starts the server as editors do, and waits for what it says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls import uris
from pygls.lsp.client import LanguageClient
from tests.forks import caller, surroundings

PATIENCE = 300


class Client(LanguageClient):
    """A client that keeps the diagnostics it is sent, by file."""

    def __init__(self) -> None:
        super().__init__("tests", "1")
        self.diagnostics: dict[Path, list[types.Diagnostic]] = {}
        self._news = asyncio.Condition()
        self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(partial(self._published))

    async def _published(self, params: types.PublishDiagnosticsParams) -> None:
        async with self._news:
            self.diagnostics[Path(uris.to_fs_path(params.uri) or "")] = list(params.diagnostics)
            self._news.notify_all()

    async def until(self, path: Path, holds: Callable[[list[types.Diagnostic]], bool]) -> list[types.Diagnostic]:
        """Wait for diagnostics of a file for which something holds."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: path in self.diagnostics and holds(self.diagnostics[path]))
        return self.diagnostics[path]

    def open(self, path: Path, text: str | None = None) -> types.TextDocumentIdentifier:
        """Open a file, or a text that differs from it."""
        written = path.read_text() if text is None else text
        self.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(path.as_uri(), "json", 1, written))
        )
        return types.TextDocumentIdentifier(path.as_uri())

    def write(self, path: Path, text: str, version: int) -> None:
        """Change a whole text."""
        self.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=version, uri=path.as_uri()),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )


@asynccontextmanager
async def client(folder: Path, **capabilities: Any) -> AsyncIterator[Client]:
    """Start a server for a folder, and end it as an editor does."""
    made = Client()
    await made.start_io(str(caller()), "language-server", env=surroundings())
    await made.initialize_async(
        types.InitializeParams(types.ClientCapabilities(**capabilities), root_uri=folder.as_uri())
    )
    made.initialized(types.InitializedParams())
    yield made
    await made.shutdown_async(None)
    made.exit(None)
    assert made._server is not None  # noqa: SLF001 - pygls gives the exit code nowhere else
    async with asyncio.timeout(PATIENCE):
        ended = await made._server.wait()  # noqa: SLF001
    assert ended == 0
    await made.stop()  # type: ignore[no-untyped-call]


def position(text: str, wanted: str, skipped: int = 0) -> types.Position:
    """Give the position where some words stand, in UTF-16 units."""
    offset = text.index(wanted) + skipped
    line = text.count("\n", 0, offset)
    before = text[text.rfind("\n", 0, offset) + 1 : offset]
    return types.Position(line, len(before.encode("utf-16-le")) // 2)


def stretch(text: str, place: types.Range) -> str:
    """Give what stands in a range of one line."""
    line = text.split("\n")[place.start.line].encode("utf-16-le")
    return line[2 * place.start.character : 2 * place.end.character].decode("utf-16-le")
