"""What a scaffold makes of the shipped policies passes every check, and says so before anything is written."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.policies_for_tests import policy
from tests.property.effort import mostly_slow

from payrule import load
from payrule.model.choices import PARTS, Part
from payrule.model.policy import Conclude, Pay, Rule
from payrule.model.vocabulary import Concern, ConcernValue
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.example import SPEAKING, Setting, new_example, trial
from payrule.scaffold.rule import Wanted, new_rule
from payrule.scaffold.scaffold import documents_with, passing
from payrule.scaffold.version import new_version
from payrule.source.diagnostics import RequestError
from payrule.source.json_source import scan

DAY = date(2026, 11, 23)
SHIPPED = load().documents
VALUES = [(concern, value) for concern in SHIPPED.vocabulary.concerns for value in concern.values]


def with_draft(policy: str, part: Part = "major") -> tuple[Documents, dict[Path, str]]:
    """Give the shipped documents with the next version of a policy, as a draft."""
    made = new_version(SHIPPED, policy, part, None, None).files
    return documents_with(made, SHIPPED.folder), made


@pytest.mark.slow
@pytest.mark.parametrize("policy", SHIPPED.policies)
def test_next_version_of_a_shipped_policy_passes_every_check(policy: str) -> None:
    made = new_version(SHIPPED, policy, "minor", None, None)
    assert passing(made, SHIPPED.folder, DAY) == made


@pytest.mark.parametrize("part", PARTS)
def test_next_version_raises_the_part_that_is_asked_for(part: Part) -> None:
    numbers = {"major": "2.0.0", "minor": "1.1.0", "patch": "1.0.1"}
    documents, _ = with_draft("medicare", part)
    assert documents.policies["medicare"][-1].version == numbers[part]


@pytest.mark.slow
@pytest.mark.parametrize(
    "concern_and_value", [pytest.param(each) for each in VALUES], ids=lambda pair: f"{pair[0].id}-{pair[1].value}"
)
def test_a_rule_can_begin_with_any_conclusion(
    concern_and_value: tuple[Concern, ConcernValue], monkeypatch: pytest.MonkeyPatch
) -> None:
    concern, value = concern_and_value
    documents, draft = with_draft("cmt-billing-guide")
    # The draft stands in no file, so what the scaffold copies of it is given here.
    texts = {path: scan(text, str(path)) for path, text in draft.items()}
    monkeypatch.setattr("payrule.scaffold.rule.read_text", texts.__getitem__)
    # Why only a part is paid no value says by itself.
    carc = "119" if value.effect == "reduced" else None
    wanted = Wanted(summary="x", locator="x", code="97035", concern=concern.id, value=value.value, carc=carc)
    made = new_rule(documents, "cmt-billing-guide", "begun", wanted, DAY)
    assert passing(made, SHIPPED.folder, DAY).files == made.files
    decided = next(scan(text).value for path, text in made.files.items() if path.name == "begun-matches.json")
    # What reduces a line decides none.
    decides = [{"rule": "cmt-billing-guide/begun", "line": 1, "how": "decides"}]
    shown = [] if value.effect in ("neutral", "reduced") else decides
    assert decided.get("shows", []) == shown


@pytest.mark.slow
def test_what_a_check_refuses_is_not_made() -> None:
    made = new_version(SHIPPED, "medicare", "minor", None, None)
    (path,) = made.files
    made.files[path] = made.files[path].replace('"draft"', '"drft"')
    with pytest.raises(RequestError, match=r"^`status` cannot be `drft` \(did you mean `draft`\?\)$"):
        passing(made, SHIPPED.folder, DAY)


def example_of(policy: str, rule: str, code: str | None = None) -> Any:
    """Give the example that begins with a rule of a shipped policy, once it has passed every check."""
    version = SHIPPED.policies[policy][-1]
    setting = Setting(load(), trial(SHIPPED, version, DAY, payer=None, service=None), DAY)
    made = new_example(setting, version, "begun", code=code, rule=rule, summary="It is begun.")
    (text,) = passing(made, SHIPPED.folder, DAY).files.values()
    return json.loads(text)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "line"),
    mostly_slow(
        [
            (
                "independent-massage-therapist",
                {"code": "97110", "provider": {"type": "massage-therapist", "relationship": "independent"}},
            ),
            ("exclusion", {"code": "97140", "provider": {"relationship": "self"}}),
        ]
    ),
)
def test_example_of_a_rule_says_what_the_rule_asks_and_no_more(rule: str, line: Any) -> None:
    value = example_of("blue-cross", rule, line["code"])
    assert value["encounter"]["lines"] == [{"number": 1, "date": "2016-03-01", **line}]
    assert value["shows"][0]["how"] in SPEAKING


COUNTED: list[tuple[Any, int, int]] = [
    ({"window": "date", "where": {"line.code": {"is": "97110"}}, "itself": True, "count": {"at_least": 3}}, 3, 0),
    (
        {"window": "encounter", "where": {"line.code": {"is": "97112"}}, "sum": {"of": "line.units", "at_least": 5}},
        2,
        0,
    ),
    ({"window": {"days": 30}, "where": {"line.code": {"is": "97110"}}, "dates": {"at_least": 2}}, 1, 2),
    ({"window": {"days": 2}, "where": {"line.code": {"is": "97110"}}, "count": {"at_least": 4}}, 1, 4),
    ({"window": "ever", "where": {"line.code": {"is": "97110"}}, "days_since": {"at_least": 90}}, 1, 1),
    ({"window": {"months": 3}, "where": {"line.code": {"is": "97110"}}, "count": {"at_most": 1}}, 1, 0),
]


@pytest.mark.parametrize(("count", "billed", "earlier"), COUNTED)
def test_example_of_a_rule_has_the_lines_that_it_counts(count: Any, billed: int, earlier: int) -> None:
    when = {"line.code": {"is": "97110"}, "lines": count}
    made = rule_of_a_trial(when, Conclude(concern="benefit", value="excluded", liability="provider"))
    assert (len(made["encounter"]["lines"]), len(made["encounter"].get("history", ()))) == (billed, earlier)
    assert made["shows"][0]["how"] in SPEAKING
    assert [each["line"] for each in made["expect"]] == list(range(1, billed + 1))


def test_example_of_a_rule_that_pays_some_units_bills_more() -> None:
    when = {"line.code": {"is": "97110"}}
    pays = Conclude(concern="units", value="limited", liability="provider", pay=Pay(units=2))
    (line,) = rule_of_a_trial(when, pays)["encounter"]["lines"]
    assert line["units"] == 3


def rule_of_a_trial(when: Any, conclude: Conclude) -> Any:
    """Give the example that begins with a rule that stands alone."""
    version = policy("alone", Rule(id="r", summary="It is a rule.", when=when, conclude=conclude))
    payer = msgspec.structs.replace(min(SHIPPED.payers.values(), key=lambda each: each.id), tiers=(("alone",),))
    held = msgspec.structs.replace(SHIPPED, policies={"alone": (version,)}, payers={payer.id: payer})
    setting = Setting(Rulebase(held), trial(held, version, DAY, payer=None, service=None), DAY)
    made = new_example(setting, version, "begun", code=None, rule="r", summary="It is begun.")
    return json.loads(next(iter(made.files.values())))


@pytest.mark.slow
def test_example_of_a_rule_takes_a_provider_that_the_rule_can_speak_of() -> None:
    version = SHIPPED.policies["medicare"][-1]
    named = [each.id for each in version.rules]
    speaking = [each for each in named if example_of("medicare", each)["shows"][0]["how"] in SPEAKING]
    assert len(speaking) > len(named) / 2
