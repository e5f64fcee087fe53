"""Lines share an answer in columns wherever it is the same, so that each is worked out once."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.property.columnar import by_columns, one_by_one
from tests.property.documents import KNOWN_ON, PAYER, documents, policy, rule

from payrule.columns.lines import Lines
from payrule.columns.resolver import Resolver
from payrule.source.database import Store

LINE = {"number": 1, "code": "A0001", "date": "2024-03-05"}
ALONE = {"line.code": {"is": "A0001"}, "line.record.site": {"is": True}}
"""What a line waits for whose chart says nothing of the site."""
BLOCKED = {"line.modifiers": {"none_of": ["59"]}}


def decided(
    monkeypatch: pytest.MonkeyPatch, policies: Sequence[Any], claims: Sequence[Sequence[Any]], **other: Any
) -> int:
    """Compare the answers to claims, given by their lines, with those of the reference; count the keys of lines."""
    answered, made = Resolver.answers, list[int]()

    def counting(resolver: Resolver, store: Store, lines: Lines, groups: Any, meaning: Any) -> Any:
        made.append(len(groups))
        return answered(resolver, store, lines, groups, meaning)

    monkeypatch.setattr(Resolver, "answers", counting)
    rulebase = documents(*policies, **other).rulebase()
    taken = [
        rulebase.encounter({"id": f"C-{at}", "lines": [LINE | {"number": n} | line for n, line in enumerate(lines, 1)]})
        for at, lines in enumerate(claims)
    ]
    assert by_columns(rulebase, taken, PAYER, KNOWN_ON) == one_by_one(rulebase, taken, PAYER, KNOWN_ON)
    return made[0]


def test_matches_with_the_same_verdict_share_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    always, waiting = {"line.code": {"is": "A0001"}}, {"line.record.site": {"is": True}}
    first = policy(rule("first", always, "benefit", "excluded"))
    second = policy(rule("second", waiting, "benefit", "covered"), id="p1")
    assert decided(monkeypatch, [first, second], [[{}], [{"record": {"site": False}}]]) == 1


AT = {"line.place": {"is": "11"}}
MARKED: tuple[Any, ...] = ({"modifiers": ["59"], "place": "11"}, {"modifiers": ["59"], "place": "12"})
"""Two lines that wait, in different places, with a modifier that keeps a rule from matching."""


@pytest.mark.parametrize(
    ("also", "keys"),
    [
        pytest.param({"line.code": {"is": "A0002"}} | BLOCKED, 1, id="another code"),
        pytest.param({"line.minutes": {"at_least": 8}} | BLOCKED, 1, id="unknown without the chart"),
        pytest.param({"line.modifiers": {"any_of": ["50"]}}, 1, id="matches with a modifier alone"),
        pytest.param(BLOCKED, 2, id="of its code"),
    ],
)
def test_a_line_that_waits_rests_on_what_could_match_without_its_modifiers(
    also: Any, keys: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = policy(rule("waits", ALONE, "benefit", "excluded"), rule("also", AT | also, "benefit", "excluded"))
    assert decided(monkeypatch, [rules], [[each] for each in MARKED]) == keys


@pytest.mark.parametrize(
    ("beside", "keys"),
    [
        pytest.param({}, 2, id="known by the claim"),
        pytest.param({"line.record.site": {"is": True}}, 3, id="known by the chart"),
    ],
)
def test_a_line_that_waits_rests_on_others_where_their_charts_matter(
    beside: Any, keys: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"other_line": {"line.code": {"is": "A0002"}} | beside}
    rules = policy(rule("waits", ALONE | other, "benefit", "excluded"))
    seen = {"code": "A0002", "record": {"site": True}}
    assert decided(monkeypatch, [rules], [[{}, seen], [{}, seen, seen]]) == keys


OTHER = {"other_line": {"line.code": {"is": "A0002"}}}
SEEN, OF_NO_RULE = {"code": "A0002"}, {"code": "B0001"}
TIMED = {"timed": {"codes": ["A0001", "A0002"], "method": "cms-8-minute"}}


@pytest.mark.parametrize(
    ("also", "advised", "keys"),
    [
        pytest.param({}, (), 2, id="not named"),
        pytest.param({}, ("alone",), 2, id="advice on the line alone"),
        pytest.param({}, ("beside",), 3, id="advice on both lines"),
        pytest.param({"edit": {"is": "1"}}, (), 3, id="a row of both lines"),
    ],
)
def test_an_answer_rests_on_the_number_of_its_line_where_it_names_it(
    also: Any, advised: Sequence[str], keys: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"other_line": OTHER["other_line"] | also}
    written = {"alone": {"line.code": {"is": "A0001"}}, "beside": {"line.code": {"is": "A0001"}} | other}
    rules = [
        rule(name, when, "benefit", "excluded", **({"advice": "do not appeal"} if name in advised else {}))
        for name, when in written.items()
    ]
    assert decided(monkeypatch, [policy(*rules)], [[SEEN, {}, OF_NO_RULE], [SEEN, OF_NO_RULE, {}]]) == keys


def test_an_answer_rests_on_the_number_of_its_line_where_another_line_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unsupported = {"other_line": {"line.code": {"is": "A0002"}, "line.units_supported": {"is": False}}}
    of_code = {"line.code": {"is": "A0001"}}
    always, waiting = (
        rule("always", of_code, "benefit", "excluded"),
        rule("waiting", of_code | unsupported, "benefit", "excluded", liability="provider"),
    )
    unbilled = {"units": 0}
    assert decided(monkeypatch, [policy(always, waiting)], [[SEEN, unbilled, unbilled]], words=TIMED) == 3
