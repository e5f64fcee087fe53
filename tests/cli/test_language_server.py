"""A client of the protocol is told what is wrong as it types, and is helped to name, find, read and rename."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from tests.editor_client import Client, client, position, stretch

from payrule.fmt import formatted
from payrule.source.json_source import scan

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "rulebase"


@pytest.fixture
def settled(tmp_path: Path) -> Path:
    """Make a small rulebase whose policy is in force."""
    return Path(shutil.copytree(GOLDEN, tmp_path / "rulebase"))


@pytest.fixture
def rulebase(settled: Path) -> Path:
    """Make a small rulebase whose policy can still be changed."""
    policy = policy_of(settled)
    policy.write_text(policy.read_text().replace("in-force", "proposed"))
    return settled


def policy_of(folder: Path) -> Path:
    return folder / "stretching" / "1.0.0.json"


def talk(folder: Path, said: Callable[[Client], Awaitable[None]]) -> None:
    """Talk to a server, and end it."""

    async def session() -> None:
        async with client(folder) as made:
            await said(made)

    # In a thread of its own, for a worker that has driven a browser has a loop that runs already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, session()).result()


def test_mistakes_are_reported_as_they_are_typed_and_taken_back(rulebase: Path) -> None:
    path = policy_of(rulebase)
    text = path.read_text()

    async def said(editor: Client) -> None:
        editor.open(path)
        editor.write(path, text.replace('"@stretches"', '"@streches"', 1), 2)
        (wrong,) = await editor.until(path, lambda found: len(found) == 1)
        assert (wrong.code, wrong.source, wrong.severity) == ("unknown-set", "payrule", types.DiagnosticSeverity.Error)
        assert wrong.message == "there is no code list `@streches`\ndid you mean `@stretches`?"
        assert stretch(text.replace('"@stretches"', '"@streches"', 1), wrong.range) == '"@streches"'
        editor.write(path, text[:200], 3)
        (broken,) = await editor.until(path, lambda found: [each.code for each in found] == ["json"])
        assert broken.range.start.line == text[:200].count("\n")
        editor.write(path, text, 4)
        await editor.until(path, lambda found: not found)

    talk(rulebase, said)


def test_a_change_of_one_document_is_reported_in_another(settled: Path) -> None:
    policy, example = policy_of(settled), settled / "stretching" / "examples" / "preparation.json"

    async def said(editor: Client) -> None:
        document = editor.open(policy)
        editor.write(policy, policy.read_text().replace('"preparation-is-not"', '"preparation-is-excluded"'), 2)
        wrong = await editor.until(example, bool)
        assert {each.code for each in wrong} == {"unknown-rule"}
        editor.text_document_did_close(types.DidCloseTextDocumentParams(document))
        await editor.until(example, lambda found: not found)

    talk(settled, said)


def test_places_count_utf_16_units(rulebase: Path) -> None:
    path = policy_of(rulebase)
    text = path.read_text().replace('"title": "Stretching",', '"title": "🙂 and 🙂", "isuer": "Handbook",')

    async def said(editor: Client) -> None:
        document = editor.open(path, text)
        (wrong,) = await editor.until(path, bool)
        assert stretch(text, wrong.range) == '"isuer"'
        at = types.Position(wrong.range.start.line, wrong.range.start.character + 2)
        assert at == position(text, '"isuer"', 2)
        found = await editor.text_document_hover_async(types.HoverParams(document, at))
        assert found is None

    talk(rulebase, said)


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\u0085", "\u2028\u2029\u0085"])
def test_lines_end_where_editors_end_them(rulebase: Path, sign: str) -> None:
    path = policy_of(rulebase)
    text = path.read_text().replace('"title": "Stretching",', f'"title": "a{sign}b", "isuer": "Handbook",')
    assert sign in text

    async def said(editor: Client) -> None:
        document = editor.open(path, text)
        wrong = next(each for each in await editor.until(path, bool) if each.code == "unknown-key")
        assert stretch(text, wrong.range) == '"isuer"'
        # What is changed below the sign is changed there, and nowhere else.
        line = position(text, '"isuer"').line
        start = types.Position(line, wrong.range.start.character)
        edit = types.TextDocumentContentChangePartial(types.Range(start, wrong.range.end), '"issuer"')
        editor.text_document_did_change(
            types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(2, path.as_uri()), [edit])
        )
        await editor.until(path, lambda found: all(each.code != "unknown-key" for each in found))
        assert document.uri == path.as_uri()

    talk(rulebase, said)


def test_names_lead_to_where_they_are_defined(rulebase: Path) -> None:
    path, example = policy_of(rulebase), rulebase / "stretching" / "examples" / "preparation.json"
    vocabulary = rulebase / "vocabulary.json"
    text = path.read_text()
    led = {
        '"@stretches"': (vocabulary, '"stretches"'),
        '"fact": "prepares"': (path, '"prepares"'),
        '["stretching-is-covered"]': (path, '"stretching-is-covered"'),
        '"source": "handbook"': (path, '"handbook"'),
        '"line.code": {"in"': (vocabulary, '"line.code"'),
    }

    async def said(editor: Client) -> None:
        document = editor.open(path)
        for words, (file, name) in led.items():
            at = position(text, words, len(words) - 3 if "line.code" not in words else 3)
            found = await editor.text_document_definition_async(types.DefinitionParams(document, at))
            assert isinstance(found, list)
            assert [(each.uri, stretch(file.read_text(), each.range)) for each in found] == [(file.as_uri(), name)]
        whole, other = editor.open(example), example.read_text()
        found = await editor.text_document_definition_async(
            types.DefinitionParams(whole, position(other, "stretching/preparation"))
        )
        assert [each.uri for each in found] == [path.as_uri()]  # type: ignore[union-attr]
        nothing = await editor.text_document_definition_async(types.DefinitionParams(document, types.Position(0, 0)))
        assert nothing == []

    talk(rulebase, said)


def test_hover_reads_a_condition_as_a_sentence(rulebase: Path) -> None:
    path = policy_of(rulebase)
    text = path.read_text()
    read = {
        '"preparation-is-not"': "when: code is one of @stretches and `prepares`",
        '"fact": "prepares': "purpose has any of preparation",
        '"@stretches': "**code list `@stretches`** of the vocabulary: 00010-00019",
        '"line.code': "The service.",
        '"concern": "benefit': "`excluded` (denied): It is not.",
        '"source": "handbook': "**source `handbook`**: Handbook",
    }

    async def said(editor: Client) -> None:
        document = editor.open(path)
        for words, meaning in read.items():
            found = await editor.text_document_hover_async(
                types.HoverParams(document, position(text, words, len(words) - 2))
            )
            assert found is not None, words
            assert isinstance(found.contents, types.MarkupContent)
            assert meaning in found.contents.value
        nothing = await editor.text_document_hover_async(types.HoverParams(document, types.Position(0, 0)))
        assert nothing is None

    talk(rulebase, said)


def edited(edit: types.WorkspaceEdit, files: list[Path]) -> dict[Path, str]:
    """Make the changes of a workspace edit, from the last to the first of each file."""
    texts = {}
    for path in files:
        lines = path.read_text().split("\n")
        changes = (edit.changes or {}).get(path.as_uri(), [])
        for each in sorted(changes, key=lambda one: (one.range.start.line, one.range.start.character), reverse=True):
            number, begin, end = each.range.start.line, each.range.start.character, each.range.end.character
            lines[number] = lines[number][:begin] + each.new_text + lines[number][end:]
        texts[path] = "\n".join(lines)
    return texts


def test_rule_is_renamed_in_its_policy_in_overrides_and_in_examples(rulebase: Path) -> None:
    path, example = policy_of(rulebase), rulebase / "stretching" / "examples" / "preparation.json"

    async def said(editor: Client) -> None:
        document, text = editor.open(path), path.read_text()
        for old, new in (("stretching-is-covered", "stretches-are-paid"), ("preparation-is-not", "part-of-another")):
            at = position(text, f'"{old}"', 4)
            prepared = await editor.text_document_prepare_rename_async(types.PrepareRenameParams(document, at))
            assert isinstance(prepared, types.PrepareRenamePlaceholder)
            assert (prepared.placeholder, stretch(text, prepared.range)) == (old, old)
            edit = await editor.text_document_rename_async(types.RenameParams(document, at, new))
            assert edit is not None
            assert edited(edit, [path, example]) == {
                each: each.read_text().replace(old, new) for each in (path, example)
            }
        at = position(text, '"stretching-is-covered"', 4)
        with pytest.raises(JsonRpcException, match="there is already a rule `preparation-is-not`"):
            await editor.text_document_rename_async(types.RenameParams(document, at, "preparation-is-not"))
        with pytest.raises(JsonRpcException, match="cannot be the name of a rule"):
            await editor.text_document_rename_async(types.RenameParams(document, at, "Other Name"))
        elsewhere = await editor.text_document_prepare_rename_async(
            types.PrepareRenameParams(document, position(text, '"Handbook"', 3))
        )
        assert elsewhere is None

    talk(rulebase, said)


def test_rule_in_force_is_not_renamed(settled: Path) -> None:
    path = policy_of(settled)

    async def said(editor: Client) -> None:
        document = editor.open(path)
        at = position(path.read_text(), '"preparation-is-not"', 4)
        with pytest.raises(JsonRpcException, match="never changed"):
            await editor.text_document_rename_async(types.RenameParams(document, at, "other"))

    talk(settled, said)


def test_formatting_is_that_of_fmt(rulebase: Path) -> None:
    path = policy_of(rulebase)
    text = path.read_text().replace("  ", "\t").replace(": {", ":{")

    async def said(editor: Client) -> None:
        options = types.FormattingOptions(tab_size=4, insert_spaces=True)
        document = editor.open(path, text)
        (edit,) = await editor.text_document_formatting_async(types.DocumentFormattingParams(document, options)) or ()
        assert edit.new_text == formatted(scan(text).value)
        editor.write(path, edit.new_text, 2)
        again = await editor.text_document_formatting_async(types.DocumentFormattingParams(document, options))
        assert not again
        editor.write(path, text[:100], 3)
        broken = await editor.text_document_formatting_async(types.DocumentFormattingParams(document, options))
        assert not broken

    talk(rulebase, said)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ('{"rules": [{"when": {"line.code": {"in": "@', "@stretches"),
        ('{"rules": [{"when": {"line.purpose": {"any_of": ["', "preparation"),
        ('{"rules": [{"when": {"', "line.code"),
        ('{"rules": [{"when": {"', "other_line"),
        ('{"rules": [{"when": {"line.units": {"', "at_least"),
        ('{"rules": [{"conclude": {"concern": "', "benefit"),
        ('{"rules": [{"conclude": {"concern": "benefit", "value": "', "excluded"),
        ('{"kind": "example", "shows": [{"rule": "', "stretching/stretching-is-covered"),
        ('{"kind": "example", "payer": "', "plain-plan"),
        ('{"kind": "payer", "tiers": [["', "stretching"),
    ],
)
def test_names_are_completed_while_the_text_is_no_json(typed: str, offered: str, rulebase: Path) -> None:
    path = rulebase / "stretching" / "2.0.0.json"

    async def said(editor: Client) -> None:
        document = editor.open(path, typed)
        found = await editor.text_document_completion_async(
            types.CompletionParams(document, types.Position(0, len(typed)))
        )
        assert isinstance(found, list)
        assert offered in [each.label for each in found]

    talk(rulebase, said)


def test_outline_lists_the_parts_of_a_document(rulebase: Path) -> None:
    path = policy_of(rulebase)

    async def said(editor: Client) -> None:
        document = editor.open(path)
        found = await editor.text_document_document_symbol_async(types.DocumentSymbolParams(document))
        names = [each.name for each in found or ()]
        assert names == ["handbook", "prepares", "stretching-is-covered", "preparation-is-not"]

    talk(rulebase, said)


def test_file_of_no_rulebase_is_reported_nothing_but_where_it_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "claim.json"
    path.write_text('{"fact": "seen"}')

    async def said(editor: Client) -> None:
        document = editor.open(path)
        await editor.until(path, lambda found: not found)
        at = types.Position(0, 11)
        assert await editor.text_document_hover_async(types.HoverParams(document, at)) is None
        assert await editor.text_document_definition_async(types.DefinitionParams(document, at)) == []
        assert await editor.text_document_completion_async(types.CompletionParams(document, at)) == []
        editor.write(path, '{"fact" "seen"}', 2)
        (broken,) = await editor.until(path, bool)
        assert broken.code == "json"

    talk(tmp_path, said)
