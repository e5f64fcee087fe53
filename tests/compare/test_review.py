"""What reviewers decided on kinds of change, read by the next comparison."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from payrule.compare.difference import diff
from payrule.compare.operands import Operand, operand
from payrule.compare.review import Review, decided, kind_id, read_review, review_file, reviewed
from payrule.fmt import formatted
from payrule.reports.pages.difference import difference_page
from payrule.reports.pages.text import page_text
from payrule.results.difference import Difference
from payrule.source.diagnostics import DocumentError, RequestError
from payrule.source.files import shipped

Json = dict[str, Any]
OLD, NEW = "ncci@1.0.0", "ncci@1.0.1"
DAY = "2026-11-28"
EMPTY = Review(kind="review", old=OLD, new=NEW)
LISTED = "listed-beside-manual-therapy"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a rulebase with a version that leaves a code out of a list."""
    return copied(tmp_path_factory.mktemp("reviewed"))


def copied(home: Path) -> Path:
    """Copy the shipped rulebase without its examples."""
    made = home / "policies"
    shutil.copytree(shipped("policies"), made, ignore=shutil.ignore_patterns("examples"))
    return made


def write(folder: Path, change: Callable[[Json], object] = lambda _: None) -> None:
    """Write the newer version: a code is left out of the list, and what else a test changes."""
    data = json.loads((folder / "ncci" / "1.0.0.json").read_text())
    data["version"] = "1.0.1"
    next(each for each in data["sets"].values() if "97530" in each).remove("97530")
    change(data)
    (folder / "ncci" / "1.0.1.json").write_text(json.dumps(data))


def compared(folder: Path) -> tuple[Difference, Operand, Operand]:
    one, two = operand(OLD, folder), operand(NEW, folder)
    return diff(one, two, known_on=DAY, rulebase=folder), one, two


def said(decision: str = "approved", by: str = "A. Reviewer", comment: str = "") -> dict[str, str]:
    return {"decision": decision, "by": by, "comment": comment}


def statuses(found: Difference, review: Review | None, old: Operand, new: Operand) -> list[str]:
    kinds = reviewed(found, review, old, new).review
    assert kinds is not msgspec.UNSET
    return [each.status for each in kinds]


def test_what_is_approved_is_not_shown_again_until_its_rules_change(folder: Path, tmp_path: Path) -> None:
    write(folder)
    found, one, two = compared(folder)
    assert statuses(found, None, one, two) == ["new", "new"]
    review = decided(EMPTY, found.answers.changes[0], one, two, words="denied → none", said=said(), on=DAY)
    assert statuses(found, review, one, two) == ["approved", "new"]
    kept = tmp_path / "review.json"
    kept.write_text(formatted(msgspec.to_builtins(review)))
    assert read_review(kept) == review
    page = page_text(difference_page(reviewed(found, review, one, two)), width=100, colour=False).decode()
    assert "1 kind approved, 1 to review." in page
    assert "1 (approved)" in page
    assert "\n1. " not in page
    assert "Review: not reviewed." in page

    write(folder, lambda data: data.update(title="Another title"))
    assert statuses(*_again(folder, review)) == ["approved", "new"]

    def reword(data: Json) -> None:
        next(each for each in data["rules"] if each["id"] == LISTED)["summary"] = "Another summary."

    write(folder, reword)
    again = _again(folder, review)
    assert statuses(*again) == ["changed", "new"]
    page = page_text(difference_page(reviewed(*again)), width=100, colour=False).decode()
    assert f"Review: reviewed by A. Reviewer on {DAY}, before one of its rules was changed." in page


def _again(folder: Path, review: Review) -> tuple[Difference, Review, Operand, Operand]:
    found, one, two = compared(folder)
    return found, review, one, two


def test_a_later_decision_takes_the_place_of_an_earlier_one(folder: Path) -> None:
    write(folder)
    found, one, two = compared(folder)
    change = found.answers.changes[0]
    first = decided(EMPTY, change, one, two, words="w", said=said(), on=DAY)
    second = decided(first, change, one, two, words="w", said=said("questioned", "B", "why?"), on=DAY)
    assert [(each.id, each.decision, each.by, each.comment) for each in second.kinds] == [
        (kind_id(change), "questioned", "B", "why?")
    ]
    assert reviewed(found, second, one, two).waiting == 2


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (said("perhaps"), "no decision was chosen"),
        (said(by=" "), "the name of the reviewer is missing"),
        (said("questioned"), "it is not said what is questioned"),
    ],
)
def test_a_decision_says_what_who_and_why(folder: Path, given: dict[str, str], wanted: str) -> None:
    write(folder)
    found, one, two = compared(folder)
    with pytest.raises(RequestError) as raised:
        decided(EMPTY, found.answers.changes[0], one, two, words="w", said=given, on=DAY)
    assert [each.message for each in raised.value.findings] == [wanted]
    assert all(each.help for each in raised.value.findings)


def test_a_review_of_other_versions_is_refused(folder: Path) -> None:
    write(folder)
    found, one, two = compared(folder)
    other = Review(kind="review", old=OLD, new="ncci@1.1.0", payer="blue-cross")
    with pytest.raises(RequestError) as raised:
        reviewed(found, other, one, two)
    assert [str(each) for each in raised.value.findings] == [
        (
            "the review is of `ncci@1.0.0` to `ncci@1.1.0` for `blue-cross`, and `ncci@1.0.0` to `ncci@1.0.1` is "
            "compared (name the review of these versions, or compare what it is of)"
        )
    ]


def test_a_review_of_another_shape_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    path.write_text('{"kind": "review", "old": "a", "new": "b", "kinds": [{"decision": "yes"}]}')
    with pytest.raises(DocumentError) as raised:
        read_review(path)
    assert {each.path for each in raised.value.findings} == {"$.kinds[0]", "$.kinds[0].decision"}


def test_a_review_is_no_version_of_a_policy(folder: Path) -> None:
    write(folder)
    found, one, two = compared(folder)
    assert two.policy is not None
    path = review_file(two.policy, folder, OLD, None)
    path.parent.mkdir()
    review = decided(EMPTY, found.answers.changes[0], one, two, words="w", said=said(), on=DAY)
    path.write_text(formatted(msgspec.to_builtins(review)))
    assert [each.version for each in operand(NEW, folder).documents.policies["ncci"]] == [
        each.version for each in two.documents.policies["ncci"]
    ]
