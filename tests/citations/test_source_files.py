"""A payer's document becomes the words beside which rules are written, whatever kind of file it is."""

import sys
from pathlib import Path

import pytest
from tests.made_sources import paragraph, pdf, word

from payrule.citations import source_files
from payrule.citations.copies import Copies, SourceText, source_text
from payrule.citations.source_files import read_source_file
from payrule.model.digests import source_words, words_digest
from payrule.source.diagnostics import DocumentError

SENTENCE = "Massage of two units or more on one day is not paid."
HEAD, SHORT = "2.1 Units", "The member owes nothing."


def found(text: SourceText, sentence: str = SENTENCE) -> bool:
    words = tuple(each.folded for each in source_words(sentence))
    return bool(text.find_words(len(words), words_digest(words)))


def made(folder: Path) -> dict[str, Path]:
    """Make the same words as each kind of document."""
    text = folder / "a.txt"
    text.write_text(f"{HEAD}\n\n{SENTENCE}\n{SHORT}\n")
    page = folder / "a.html"
    page.write_text(
        f"<head><title>Not a word</title></head><nav>Home</nav><h2>{HEAD}</h2><p>{SENTENCE[:20]}<b>{SENTENCE[20:]}</b>"
        f"<script>var not;</script><p hidden>hidden</p><p>{SHORT}"
    )
    body = paragraph(HEAD, "berschrift1") + paragraph(SENTENCE) + paragraph(SHORT)
    return {
        "text": text,
        "page": page,
        "word": word(folder / "a.docx", body),
        "pdf": pdf(folder / "a.pdf", [[HEAD, SENTENCE[:31], SENTENCE[32:], SHORT]]),
    }


def test_the_same_words_are_found_in_each_kind_of_document(tmp_path: Path) -> None:
    texts = {kind: source_text(path) for kind, path in made(tmp_path).items()}
    assert {kind: found(text) for kind, text in texts.items()} == dict.fromkeys(texts, True)
    assert {text.folded for text in texts.values()} == {texts["text"].folded}


def test_the_document_says_what_is_a_heading(tmp_path: Path) -> None:
    paths = made(tmp_path)
    marked = {kind: source_text(paths[kind]).is_heading(0) for kind in paths}
    assert marked == {"text": None, "page": True, "word": True, "pdf": None}
    assert source_text(paths["word"]).is_heading(2) is False


def test_a_sentence_goes_on_over_the_page_and_is_on_the_page_where_it_begins(tmp_path: Path) -> None:
    foot = "Some plan, page"
    pages = [["Nothing.", SENTENCE[:31], f"{foot} 1"], [SENTENCE[32:], SHORT, f"{foot} 2"], ["More.", f"{foot} 3"]]
    text = source_text(pdf(tmp_path / "a.pdf", pages))
    assert found(text)
    assert foot.split()[1] not in text.text
    assert [text.page(word) for word in (1, len(text.words) - 2, len(text.words) - 1)] == [1, 2, 3]


def test_a_scan_says_that_it_holds_no_text(tmp_path: Path) -> None:
    pdf(tmp_path / "scan.pdf", [[], []])
    with pytest.raises(DocumentError, match="pictures of pages and no text") as refused:
        Copies(tmp_path).text("scan.pdf")
    assert "OCR" in (refused.value.findings[0].help or "")


def test_a_document_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf", [[SHORT]])
    assert source_text(path) is source_text(path)
    pdf(path, [[SENTENCE, SHORT]])
    assert found(source_text(path))


def test_tracked_changes_are_read_as_accepted_and_a_row_of_a_table_is_a_paragraph(tmp_path: Path) -> None:
    changed = (
        "<w:p><w:ins><w:r><w:t>Two units </w:t></w:r></w:ins><w:del><w:r><w:delText>One unit </w:delText></w:r></w:del>"
        "<w:r><w:t>a day.</w:t></w:r></w:p>"
    )
    cells = "".join(f"<w:tc>{paragraph(each)}</w:tc>" for each in ("97124", "paid"))
    read = read_source_file(word(tmp_path / "a.docx", f"{changed}<w:tbl><w:tr>{cells}</w:tr></w:tbl>"))
    assert read.text == "Two units a day.\n\n97124 paid"


ENTITIES = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd"><!ENTITY c "cccc">]>'


def test_a_word_document_reads_no_other_file(tmp_path: Path) -> None:
    path = word(tmp_path / "a.docx", paragraph("said &b;&c;"), beside=ENTITIES)
    assert read_source_file(path).text == "said"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"%PDF-1.4\nnothing", "is damaged"),
        ("a.docx", b"PK\3\4nothing", "is damaged"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1", "is damaged"),
        ("a.html", b"", "holds no words"),
        ("a.html", b"<script>x</script>", "holds no words"),
        ("a.txt", b"\0", "is not text"),
    ],
)
def test_what_holds_no_words_is_refused_in_words(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DocumentError, match=said):
        Copies(tmp_path).text(name)


def test_a_document_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_files, "LARGEST_PART", 100)
    with pytest.raises(DocumentError, match="is damaged"):
        read_source_file(word(tmp_path / "a.docx", paragraph("a" * 200)))


def test_a_deeply_nested_page_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<div>" * 1500 + SENTENCE)
    assert found(source_text(tmp_path / "a.html"))


@pytest.mark.parametrize(("name", "package"), [("a.pdf", "pypdf"), ("a.docx", "lxml"), ("a.html", "lxml")])
def test_without_the_extra_the_way_to_install_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    made(tmp_path)
    for each in [each for each in sys.modules if each.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, each)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DocumentError, match=f"`{package}` that reads it is not installed") as refused:
        read_source_file(tmp_path / name)
    assert refused.value.findings[0].help == "run `pip install 'payrule[sources]'`"
