"""What holds a place for a text is found wherever a document has words, and goes into force nowhere."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.lint.laid import laid
from tests.property.effort import mostly_slow

from payrule.lint.check import check_rulebase
from payrule.lock import locked
from payrule.model.policy import is_placeholder
from payrule.rulebase.load import read_documents, usable
from payrule.source.diagnostics import RequestError

Put = tuple[tuple[str | int, ...], str]

PUT: list[Put] = [
    (("title",), "To be written"),
    (("issuer",), "To be written: who published it"),
    (("interpretation",), "TBD"),
    (("sources", "handbook", "title"), "TODO: its title"),
    (("rules", 0, "summary"), "To be written: what the payer does, and when, in one sentence."),
    (("rules", 0, "interpretation"), "to be decided"),
    (("rules", 0, "advice"), "FIXME"),
    (("rules", 0, "cites", 0, "locator"), "to be found in the text"),
    (("rules", 0, "cites", 0, "digest"), "sha256:" + 64 * "0"),
    (("facts", "prepares", "summary"), "..."),
    (("facts", "prepares", "cites"), [{"source": "handbook", "locator": "XXX"}]),  # type: ignore[list-item]
    (("notes",), [{"text": "It asks for a record.", "reason": "To be written"}]),  # type: ignore[list-item]
    (("notes",), [{"text": "???", "reason": "No rule follows from it."}]),  # type: ignore[list-item]
    (("suppress",), [{"code": "no-digest", "reason": "todo"}]),  # type: ignore[list-item]
]


def rulebase(folder: Path, put: Put, status: str) -> Path:
    """Lay a sound rulebase, with one text of its policy in the place of another."""
    root = laid("placeholder", "Prefer", folder) / "rulebase"
    path = root / "stretching/1.0.0.json"
    document: Any = json.loads(path.read_text())
    document["status"] = status
    document.setdefault("facts", {}).setdefault(
        "prepares",
        {"summary": "It prepares.", "when": {"line.code": {"in": "@stretches"}, "line.units": {"at_least": 1}}},
    )
    place = document
    for step in put[0][:-1]:
        place = place[step]
    place[put[0][-1]] = put[1]
    path.write_text(json.dumps(document))
    return root


@pytest.mark.parametrize(
    "put",
    mostly_slow([(each,) for each in PUT], quick=5),
    ids=[".".join(map(str, path)) + f"={str(text)[:12]}" for path, text in PUT],
)
def test_placeholder_is_an_error_in_force_a_warning_before_and_is_never_locked(put: Put, tmp_path: Path) -> None:
    root = rulebase(tmp_path / "in-force", put, "in-force")
    (found,) = [each for each in check_rulebase(root).findings if each.code == "placeholder"]
    assert (found.severity, found.file) == ("error", str(root / "stretching/1.0.0.json"))
    with pytest.raises(RequestError, match="still has a placeholder"):
        locked(usable(read_documents(root)), None)
    for status in ("draft", "proposed"):
        before = rulebase(tmp_path / status, put, status)
        (found,) = [each for each in check_rulebase(before).findings if each.code == "placeholder"]
        assert found.severity == "warning"
        assert locked(usable(read_documents(before)), None).added == 0


@pytest.mark.parametrize(
    "text",
    [
        "Medical need is to be determined by the plan.",
        "What is to be written on the claim is the code of the region.",
        "A todo-list is no record.",
        "Paragraph 2",
        "§ 3",
        "X12 claims only",
        "Tape",
        "TO DOCUMENT: minutes of contact",
    ],
)
def test_words_that_say_something_are_no_placeholder(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.parametrize(
    ("file", "put"),
    [
        ("payers/plain-plan.json", {"title": "To be written"}),
        ("stretching/examples/covered.json", {"summary": "To be written: what it shows."}),
        ("vocabulary.json", None),
    ],
)
def test_placeholders_beside_policies_are_warned_of(file: str, put: dict[str, str] | None, tmp_path: Path) -> None:
    root = laid("placeholder", "Prefer", tmp_path) / "rulebase"
    path = root / file
    if not path.exists():
        path = min((root / "stretching/examples").glob("*.json"))
    document = json.loads(path.read_text())
    if put is None:
        min(document["attributes"].items())[1]["summary"] = "TBD"
    path.write_text(json.dumps(document | (put or {})))
    (found,) = [each for each in check_rulebase(root).findings if each.code.startswith("placeholder")]
    assert (found.code, found.severity, found.file) == ("placeholder-elsewhere", "warning", str(path))
