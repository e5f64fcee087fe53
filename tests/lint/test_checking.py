"""Checks look at every document once, blame the one at fault, and find reworded passages in the analyst's copies."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.golden.goldens import HERE, laid_out

from payrule.citations.passages import cited
from payrule.examples.run import document_files
from payrule.lint.check import check_file, check_rulebase
from payrule.model.digests import passage_digest
from payrule.rulebase.load import read_policy, read_vocabulary
from payrule.source.diagnostics import Diagnostic, DocumentError
from payrule.source.files import shipped

POLICY, PAYER, VOCABULARY = "stretching/1.0.0.json", "payers/plain-plan.json", "vocabulary.json"
EXAMPLE = "stretching/examples/preparation.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return laid_out("claims", "sound", tmp_path) / "rulebase"


def change(path: Path, changed: Callable[[Any], object]) -> None:
    value = json.loads(path.read_text())
    changed(value)
    path.write_text(json.dumps(value))


def told(findings: tuple[Diagnostic, ...], folder: Path) -> list[tuple[str, str]]:
    return [(str(Path(diagnostic.file or "").relative_to(folder)), diagnostic.code) for diagnostic in findings]


def test_sound_rulebase_has_nothing_to_mend(folder: Path) -> None:
    checked = check_rulebase(folder)
    assert (checked.documents, checked.findings) == (4, ())
    assert check_rulebase(folder.parent / "rulebase" / ".") == checked


def test_folder_that_holds_policies_is_a_rulebase_too(folder: Path) -> None:
    folder.rename(folder.with_name("policies"))
    assert check_rulebase(folder.parent).documents == 4


@pytest.mark.parametrize("document", [POLICY, PAYER, VOCABULARY, EXAMPLE])
def test_broken_document_alone_is_blamed(document: str, folder: Path) -> None:
    change(folder / document, lambda value: value.update(titel="x"))
    checked = check_rulebase(folder)
    assert told(checked.findings, folder) == [(document, "unknown-key")]
    assert checked.documents == 4


def test_every_broken_document_is_reported_at_once(folder: Path) -> None:
    for document in (POLICY, PAYER):
        change(folder / document, lambda value: value.update(titel="x"))
    assert told(check_rulebase(folder).findings, folder) == [(PAYER, "unknown-key"), (POLICY, "unknown-key")]


def test_payer_may_speak_of_rules_that_cannot_be_read_yet(folder: Path) -> None:
    change(folder / POLICY, lambda value: value.update(titel="x"))
    names = ["stretching/stretching-is-covered", "stretching/preparation-is-not"]
    change(folder / PAYER, lambda value: value.update(accepted_conflicts=[{"rules": names, "reason": "so be it"}]))
    change(folder / PAYER, lambda value: value.update(remittance={names[0]: {"carc": "96"}}))
    assert told(check_rulebase(folder).findings, folder) == [(POLICY, "unknown-key")]


def test_payer_that_binds_what_is_not_there_is_reported_although_others_are_broken(folder: Path) -> None:
    change(folder / POLICY, lambda value: value.update(titel="x"))
    change(folder / PAYER, lambda value: value.update(tiers=[["stretching"], ["bending"]]))
    assert told(check_rulebase(folder).findings, folder) == [(PAYER, "unknown-policy"), (POLICY, "unknown-key")]


def test_examples_wait_until_their_rulebase_is_sound(folder: Path) -> None:
    change(folder / EXAMPLE, lambda value: value.update(payer="nobody"))
    assert told(check_rulebase(folder).findings, folder) == [(EXAMPLE, "unknown-payer")]
    change(folder / PAYER, lambda value: value.update(titel="x"))
    assert told(check_rulebase(folder).findings, folder) == [(PAYER, "unknown-key")]


def test_no_rulebase_is_no_finding_but_an_error(tmp_path: Path) -> None:
    for path, code in ((tmp_path, "no-rulebase"), (tmp_path / "missing", "no-file")):
        with pytest.raises(DocumentError) as refused:
            check_rulebase(path)
        assert [diagnostic.code for diagnostic in refused.value.findings] == [code]


@pytest.mark.parametrize("document", [POLICY, PAYER, VOCABULARY, EXAMPLE])
def test_single_document_is_checked_as_what_it_says_it_is(document: str, folder: Path) -> None:
    assert check_file(folder / document, folder) == check_file(folder / document, folder.parent / "rulebase")
    assert check_file(folder / document, folder).findings == ()
    change(folder / document, lambda value: value.update(titel="x"))
    sound = HERE / "rulebase"
    assert told(check_file(folder / document, sound).findings, folder) == [(document, "unknown-key")]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": []}', '{"kind": "recipe"}'])
def test_document_of_no_kind_is_checked_as_a_policy(text: str, folder: Path) -> None:
    (folder / "x.json").write_text(text)
    assert check_file(folder / "x.json", folder).findings


@pytest.mark.parametrize("path", document_files(shipped("policies"))[:6] + document_files(shipped("policies"))[-1:])
def test_every_kind_of_shipped_document_can_be_checked_alone(path: Path) -> None:
    assert check_file(path, None).findings == ()


def test_every_kind_of_document_that_lies_at_the_top_of_a_rulebase_is_among_those() -> None:
    kinds = {json.loads(path.read_text())["kind"] for path in document_files(shipped("policies"))}
    assert kinds >= {"vocabulary", "remittance-codes", "lock", "table", "policy"}


def test_encounter_is_reported_once_and_what_to_do_with_it(folder: Path) -> None:
    (diagnostic,) = check_file(folder.parent / "claims.json", folder).findings
    assert (diagnostic.code, diagnostic.message) == ("other-kind", "this is a claim, but a policy belongs here")
    assert diagnostic.help == "decide it with `payrule adjudicate`"


def test_document_in_the_place_of_another_is_reported_once(folder: Path) -> None:
    (folder / "stretching" / "2.0.0.json").write_text((folder / PAYER).read_text())
    findings = check_rulebase(folder).findings
    assert told(findings, folder) == [("stretching/2.0.0.json", "other-kind")]


PASSAGE = "The plan pays for stretching."


def cite(folder: Path, **more: Any) -> None:
    def changed(policy: Any) -> None:
        policy["sources"]["handbook"]["file"] = "handbook.txt"
        policy["rules"][0]["cites"][0] |= more
        policy["sources"]["talk"] = {"title": "A talk, of which there is no text"}
        policy["rules"][1]["cites"][0]["source"] = "talk"

    change(folder / POLICY, changed)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"Section 1\n\n{PASSAGE}\n", []),
        ("Section 1. The plan\n   pays\tfor stretching.", []),
        ("The plan may pay for stretching.", ["passage-not-found"]),
        ("", ["passage-not-found"]),
        (None, ["no-copy"]),
    ],
)
def test_passages_are_looked_for_in_the_analysts_copy(text: str | None, codes: list[str], folder: Path) -> None:
    cite(folder, digest=passage_digest(PASSAGE), words=len(PASSAGE.split()))
    copies = folder.parent / "copies"
    copies.mkdir()
    if text is not None:
        (copies / "handbook.txt").write_text(text)
    for checked in (check_rulebase(folder, copies), check_file(folder / POLICY, folder, copies)):
        assert [diagnostic.code for diagnostic in checked.findings] == codes


def test_missing_copy_is_reported_once_whatever_names_it(folder: Path) -> None:
    def changed(policy: Any) -> None:
        policy["sources"]["handbook"]["file"] = "handbook.txt"
        policy["sources"]["annex"] = {"title": "Its annex", "file": "handbook.txt"}
        policy["sources"]["list"] = {"title": "A list", "file": "list.txt"}
        policy["rules"][0]["cites"][0] |= {"digest": passage_digest("elsewhere"), "words": 1, "source": "list"}

    change(folder / POLICY, changed)
    copies = folder.parent / "copies"
    copies.mkdir()
    (copies / "list.txt").write_text(PASSAGE)
    found = [each for each in check_rulebase(folder, copies).findings if each.severity == "error"]
    assert [(each.code, each.path, each.message, each.help) for each in found if each.code == "no-copy"] == [
        (
            "no-copy",
            "$.sources.handbook",
            f"there is no copy of `handbook` and 1 more in `{copies}`",
            "put the text there as `handbook.txt`, which all of them name",
        )
    ]
    assert "passage-not-found" in [each.code for each in found]


def test_a_suppressed_missing_copy_hides_no_other(folder: Path) -> None:
    def changed(policy: Any) -> None:
        policy["sources"]["handbook"]["file"] = "handbook.txt"
        policy["sources"]["annex"] = {"title": "Its annex", "file": "handbook.txt"}
        policy["suppress"] = [{"code": "no-copy", "of": "handbook", "reason": "It is lost."}]

    change(folder / POLICY, changed)
    copies = folder.parent / "copies"
    copies.mkdir()
    checked = check_rulebase(folder, copies)
    assert [each.path for each in checked.findings if each.code == "no-copy"] == ["$.sources.annex"]
    assert [each.diagnostic.path for each in checked.suppressed] == ["$.sources.handbook"]


def test_of_a_folder_what_stands_there_is_reported(folder: Path) -> None:
    change(folder / POLICY, lambda policy: policy["sources"]["handbook"].update(file="handbook.txt"))
    copies = folder.parent / "copies"
    copies.mkdir()
    whole, own, other = (check_rulebase(each, copies) for each in (folder, folder / "stretching", folder / "payers"))
    assert own.findings == whole.findings != ()
    assert other.findings == ()
    assert [own.documents + 2, other.documents] == [whole.documents, 1]


def test_what_cannot_be_used_elsewhere_is_reported_of_every_folder(folder: Path) -> None:
    change(folder / POLICY, lambda policy: policy.pop("title"))
    assert check_rulebase(folder / "payers").findings == check_rulebase(folder).findings != ()


def test_citation_without_a_digest_is_reported_where_copies_are_at_hand(folder: Path) -> None:
    cite(folder)
    copies = folder.parent / "copies"
    copies.mkdir()
    (copies / "handbook.txt").write_text(PASSAGE)
    assert [diagnostic.code for diagnostic in check_rulebase(folder, copies).findings] == ["no-digest"]
    assert check_rulebase(folder).findings == ()


def test_citations_of_rules_facts_and_notes_are_found(folder: Path) -> None:
    def changed(policy: Any) -> None:
        cites = [{"source": "handbook", "locator": "Section 3"}]
        policy["facts"]["prepares"]["cites"] = cites
        policy["notes"] = [{"text": "Bring a towel.", "reason": "It is no rule.", "cites": cites}]

    change(folder / POLICY, changed)
    policy = read_policy(folder / POLICY, read_vocabulary(folder / VOCABULARY))
    assert [path for path, _ in cited(policy)] == [
        ("rules", 0, "cites", 0),
        ("rules", 1, "cites", 0),
        ("facts", "prepares", "cites", 0),
        ("notes", 0, "cites", 0),
    ]


@pytest.mark.parametrize(
    ("attribute", "changed", "code"),
    [
        ("line.units", {"default": "1"}, "wrong-type"),
        ("line.units", {"default": -1}, "too-small"),
        ("line.units", {"maximum": 3, "minimum": 4}, "no-value-left"),
        ("line.modifiers", {"many": False}, "wrong-type"),
        ("line.modifiers", {"default": ["long"]}, "bad-form"),
        ("line.code", {"example": "1"}, "bad-form"),
        ("line.date", {"example": "2016-02-30"}, "bad-date"),
        ("line.purpose", {"default": ["cure"]}, "unknown-value"),
        ("line.seen", {"default": 0}, "wrong-type"),
        ("line.units", {"example": -1}, "too-small"),
        ("line.regions", {"example": ["uper"]}, "unknown-value"),
    ],
)
def test_default_and_example_must_be_values_of_their_attribute(
    attribute: str, changed: dict[str, Any], code: str, folder: Path
) -> None:
    change(folder / VOCABULARY, lambda words: words["attributes"][attribute].update(changed))
    findings = check_rulebase(folder).findings
    assert code in {diagnostic.code for diagnostic in findings}
    assert {diagnostic.file for diagnostic in findings} == {str(folder / VOCABULARY)}


def test_example_of_one_value_will_do_where_several_can_be_held(folder: Path) -> None:
    change(folder / VOCABULARY, lambda words: words["attributes"]["line.modifiers"].update(example="M1"))
    assert check_rulebase(folder).findings == ()
