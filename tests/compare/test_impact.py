"""What a difference does to the claims of a file, counted as they come."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from payrule.compare.difference import EXAMPLES, Both, impact
from payrule.encounter.encounter import Encounter
from payrule.results.determination import Determination, LineDetermination
from payrule.rulebase.rulebase import load


def decided(encounter: Encounter) -> Determination:
    return load().decide(encounter, payer="blue-cross", known_on="2026-11-23")


def claim(name: str, *lines: dict[str, Any]) -> Encounter:
    standard = {"code": "97140", "date": "2016-03-01"}
    numbered = [{"number": at, **standard, **line} for at, line in enumerate(lines, start=1)]
    return load().encounter({"id": name, "lines": numbered})


def changed(encounter: Encounter, *numbers: int, **changes: Any) -> Both:
    """Decide a claim, and say that some lines were answered otherwise."""
    before = decided(encounter)

    def after(line: LineDetermination) -> LineDetermination:
        return msgspec.structs.replace(line, **changes) if line.number in numbers else line

    return Both(encounter, before, msgspec.structs.replace(before, lines=tuple(map(after, before.lines))))


def test_lines_and_cents_are_counted_by_kind_the_frequent_one_first() -> None:
    one = claim("E-1", {"charge_cents": 100}, {"charge_cents": 20}, {})
    two = claim("E-2", {"charge_cents": 3})
    found = impact(
        [
            changed(two, 1, liability="provider"),
            changed(one, 1, 3, disposition="pending", liability=None),
        ]
    )
    assert (found.encounters, found.lines, found.changed_lines, found.changed_cents) == (2, 4, 3, 103)
    assert [(each.after.disposition, each.lines, each.cents, each.lines_without_charge) for each in found.changes] == [
        ("pending", 2, 100, 1),
        ("denied", 1, 3, 0),
    ]
    assert [[(each.encounter, each.line) for each in change.examples] for change in found.changes] == [
        [("E-1", 1), ("E-1", 3)],
        [("E-2", 1)],
    ]


def test_another_deciding_rule_alone_is_no_change() -> None:
    encounter = claim("E-1", {})
    (line,) = decided(encounter).lines
    renamed = tuple(msgspec.structs.replace(each, rule="other") for each in line.reasons)
    found = impact([changed(encounter, 1, reasons=renamed)])
    assert (found.lines, found.changed_lines, found.changes) == (1, 0, ())


def test_claims_that_cannot_be_decided_are_counted_apart() -> None:
    found = impact([Both(None), Both(claim("E-1", {})), changed(claim("E-2", {}))])
    assert (found.encounters, found.lines, found.undecidable) == (1, 1, 2)


@pytest.mark.parametrize("date", ["2016-13-01", None])
def test_a_line_whose_date_cannot_be_read_is_answered_alike_and_the_others_are_compared(date: str | None) -> None:
    encounter = claim("E-1", {}, {"date": date})
    found = impact([changed(encounter, 1, liability="provider")], compared=lambda day: day == encounter.lines[0].date)
    assert (found.lines, found.changed_lines) == (2, 1)


def test_a_file_of_any_length_is_counted_without_being_held() -> None:
    """The claims are made as they are asked for, and each is let go: one is alive at a time."""
    alive = 0
    most = 0

    class Watched(Encounter, frozen=True, weakref=True):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    answers = changed(claim("E", {"charge_cents": 1}), 1, liability="provider")
    assert answers.encounter is not None
    fields = msgspec.structs.asdict(answers.encounter)

    def claims() -> Iterator[Both]:
        nonlocal alive, most
        for at in range(1_000):
            alive += 1
            most = max(most, alive)
            yield Both(Watched(**fields | {"id": f"E-{at}"}), answers.before, answers.after)

    found = impact(claims())
    assert (found.changed_lines, found.changed_cents) == (1_000, 1_000)
    assert most <= 3
    (change,) = found.changes
    assert [each.encounter for each in change.examples] == [f"E-{at}" for at in range(EXAMPLES)]


@pytest.mark.parametrize("is_void_before", [True, False])
@pytest.mark.parametrize("lines", [1, 2])
def test_a_claim_that_is_a_void_on_one_side_alone_is_counted_apart(lines: int, is_void_before: bool) -> None:  # noqa: FBT001 - a case
    encounter = claim("E-1", *[{}] * lines)
    answer = decided(encounter)
    void = msgspec.structs.replace(answer, answer="void", voids=None, lines=())
    both = (void, answer) if is_void_before else (answer, void)
    found = impact([Both(encounter, *both), changed(claim("E-2", {}), 1, liability="provider")])
    assert (found.encounters, found.void_once, found.lines, found.changed_lines) == (2, 1, lines + 1, 1)


def test_without_such_a_claim_nothing_is_reported_of_it() -> None:
    assert impact([changed(claim("E-1", {}))]).void_once is msgspec.UNSET
