"""Lines share an answer in columns wherever it is the same, so that each is worked out once."""

from typing import Any

import pytest
from tests.property.columnar import by_columns, one_by_one
from tests.property.documents import KNOWN_ON, PAYER, documents, policy, rule

from payrule.columns.lines import Lines
from payrule.columns.resolver import Resolver
from payrule.source.database import Store

LINE = {"number": 1, "code": "A0001", "date": "2024-03-05"}


def test_matches_with_the_same_verdict_share_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    answered, made = Resolver.answers, list[int]()

    def counting(resolver: Resolver, store: Store, lines: Lines, groups: Any, meaning: Any) -> Any:
        made.append(len(groups))
        return answered(resolver, store, lines, groups, meaning)

    monkeypatch.setattr(Resolver, "answers", counting)
    always, waiting = {"line.code": {"is": "A0001"}}, {"line.record.site": {"is": True}}
    first = policy(rule("first", always, "benefit", "excluded"))
    second = policy(rule("second", waiting, "benefit", "covered"), id="p1")
    rulebase = documents(first, second).rulebase()
    claims = [{"id": "C-1", "lines": [LINE]}, {"id": "C-2", "lines": [LINE | {"record": {"site": False}}]}]
    taken = [rulebase.encounter(each) for each in claims]
    assert by_columns(rulebase, taken, PAYER, KNOWN_ON) == one_by_one(rulebase, taken, PAYER, KNOWN_ON)
    assert made == [1]
