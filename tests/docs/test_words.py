"""Pages, messages, help and headings use the words of the field, not words of our own: see `words_to_avoid.toml`."""

from pathlib import Path

import pytest
from tests.docs.pages import PAGES, ROOT, name_of
from tests.docs.plain_words import ENGINE, SCHEMAS, found, of_module, of_page, of_schema, to_fix, words

LISTED = words()
GENERATED = [page for page in PAGES if page.read_text(encoding="utf-8").startswith("<!-- Written by")]
"""Pages that follow from the engine and the schemas; of these only the library's holds docstrings."""

LIBRARY = ROOT / "docs" / "reference" / "library" / "index.md"
READ = [*(page for page in PAGES if page not in GENERATED), LIBRARY, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
FOLDERS = sorted({path.relative_to(ENGINE).parts[0] for path in ENGINE.rglob("*.py")})

NOT_YET: tuple[str, ...] = ()
"""Folders of the engine, and pages, that are still to be rewritten."""


def still_to_do(name: str) -> bool:
    """Say whether a file or folder, or a folder that holds it, is in the list of those still to be rewritten."""
    return any(name == each or name.startswith(f"{each}/") for each in NOT_YET)


@pytest.mark.parametrize("page", READ, ids=name_of)
def test_pages_use_words_that_readers_know(page: Path) -> None:
    if not still_to_do(name_of(page)):
        assert to_fix(page, LISTED) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_messages_use_words_that_readers_know(folder: str) -> None:
    if not still_to_do(folder):
        paths = [ENGINE / folder] if folder.endswith(".py") else sorted((ENGINE / folder).rglob("*"))
        texts = [path for path in paths if path.suffix in {".py", ".md"}]
        assert texts
        assert [each for path in texts for each in to_fix(path, LISTED)] == []


@pytest.mark.parametrize("schema", SCHEMAS, ids=name_of)
def test_schemas_use_words_that_readers_know(schema: Path) -> None:
    if not still_to_do(name_of(schema)):
        assert to_fix(schema, LISTED) == []


def test_what_is_still_to_be_rewritten_is_there() -> None:
    assert [each for each in NOT_YET if not (ROOT / each).exists() and each not in FOLDERS] == []


@pytest.mark.parametrize("word", LISTED, ids=lambda word: word.avoid.pattern)
def test_every_entry_says_what_to_write(word: object) -> None:
    assert getattr(word, "write", "")


def test_a_word_to_avoid_is_found_with_what_to_write_instead() -> None:
    assert found("The Encounter has two lines.", LISTED) == ["Encounter -> claim"]
    assert found("a near\nmiss", LISTED) == ["near miss -> just misses"]


def test_keys_links_and_quotations_are_left_out() -> None:
    assert found("the key `encounter`, [claims](encounter.md), “the encounter”", LISTED) == []


def test_an_allowed_phrase_is_left_out_and_nothing_else() -> None:
    assert found("in fact", LISTED) == []
    assert [each.partition(" ")[0] for each in found("in fact a fact", LISTED)] == ["fact"]


def test_fences_of_a_page_are_left_out_but_for_drawings_and_lines_are_counted() -> None:
    page = '# A claim\n\n```json\n"encounter"\n```\n\nan encounter\n\n```text\n"a fact"\na fact\n```\n'
    assert [(text.line, *found(text.text, LISTED)) for text in of_page(page)] == [
        (1,),
        (7, "encounter -> claim"),
        (11, "fact -> definition, for what a policy defines; information, for what a claim says"),
    ]


def test_literals_of_a_module_are_read_and_its_docstrings_are_not() -> None:
    module = '''
"""Read an encounter."""
KEY = "encounter"
HEAD = "Encounter"
def message(line):
    """Say of an encounter what it is."""
    return f"line {line} of this encounter"
@click.command()
def check():
    """Check every encounter."""
'''
    assert sorted(text.text for text in of_module(module) if found(text.text, LISTED)) == [
        "Check every encounter.",
        "Encounter",
        "line {} of this encounter",
    ]


def test_descriptions_of_a_schema_are_read_and_its_values_are_not() -> None:
    schema = '{"title": "Claim", "properties": {"a": {"description": "the encounter", "enum": ["the encounter"]}}}'
    assert [text.text for text in of_schema(schema)] == ["Claim", "the encounter"]
