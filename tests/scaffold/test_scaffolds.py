"""What a scaffold makes of the shipped policies passes every check, and says so before anything is written."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.examples.test_plans import plans
from tests.policies_for_tests import policy
from tests.property.effort import mostly_slow

from payrule import load
from payrule.model.choices import PARTS, Part
from payrule.model.policy import Conclude, Pay, Period, Quota, Rule
from payrule.model.vocabulary import Concern, ConcernValue
from payrule.rulebase.load import Documents, read_documents
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.example import SPEAKING, Setting, new_example, trial
from payrule.scaffold.rule import Wanted, new_rule
from payrule.scaffold.scaffold import Scaffold, documents_with, passing, there
from payrule.scaffold.version import new_version
from payrule.source.diagnostics import RequestError
from payrule.source.files import shipped
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
    (text,) = passing(example_made(policy, rule, code), SHIPPED.folder, DAY).files.values()
    return json.loads(text)


def example_made(policy: str, rule: str, code: str | None = None) -> Scaffold:
    """Make the file of the example that begins with a rule of a shipped policy."""
    version = SHIPPED.policies[policy][-1]
    setting = Setting(load(), trial(SHIPPED, version, DAY, payer=None, service=None), DAY)
    return new_example(setting, version, "begun", code=code, rule=rule, summary="It is begun.")


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


ON_97110 = {"line.code": {"is": "97110"}}
FIRST: tuple[dict[str, str], ...] = ({"highest": "line.charge_cents"},)
EXCLUDED = Conclude(concern="benefit", value="excluded", liability="provider")
LIMITED: list[tuple[str, Quota, int, list[tuple[str, int]]]] = [
    ("lines of a date", Quota(summary="", of="lines", at_most=2, window="date", where=ON_97110, first=FIRST), 3, []),
    (
        "the lowest first",
        Quota(
            summary="", of="lines", at_most=1, window="date", where=ON_97110, first=({"lowest": "line.charge_cents"},)
        ),
        2,
        [],
    ),
    (
        "lines of a patient on a date",
        Quota(summary="", of="lines", at_most=1, window="patient-date", same=("line.provider.npi",), where=ON_97110),
        1,
        [("97110", 0)],
    ),
    ("lines of days", Quota(summary="", of="lines", at_most=2, window={"days": 30}), 1, [("97110", 1), ("97110", 2)]),
    ("units of a date", Quota(summary="", of="line.units", at_most=4, window="date", where=ON_97110), 1, []),
]


@pytest.mark.parametrize(
    ("quota", "billed", "earlier"), [each[1:] for each in LIMITED], ids=[one[0] for one in LIMITED]
)
def test_example_of_a_rule_has_the_lines_that_leave_nothing_of_a_quota(
    quota: Quota, billed: int, earlier: list[tuple[str, int]]
) -> None:
    when = {**ON_97110, "quota": {"limit": {"over": {"at_least": 1}}}}
    made = rule_of_a_trial(when, EXCLUDED, limit=quota)
    assert made["shows"][0]["how"] in SPEAKING
    lines, history = made["encounter"]["lines"], made["encounter"].get("history", [])
    day = date.fromisoformat(lines[0]["date"])
    assert len(lines) == billed
    assert [(each["code"], (day - date.fromisoformat(each["date"])).days) for each in history] == earlier


def test_example_of_a_rule_has_the_line_that_must_be_beside_it() -> None:
    made = rule_of_a_trial({**ON_97110, "other_line": {"line.code": {"is": "97140"}}}, EXCLUDED)
    assert [each["code"] for each in made["encounter"]["lines"]] == ["97110", "97140"]
    assert made["shows"][0]["how"] in SPEAKING


def test_example_of_a_rule_that_counts_a_year_is_late_in_the_year() -> None:
    count = {"window": "year", "where": ON_97110, "itself": True, "dates": {"at_least": 4}}
    encounter = rule_of_a_trial({**ON_97110, "lines": count}, EXCLUDED, first="2024-01-01")["encounter"]
    dates = [each["date"] for each in (*encounter["history"], *encounter["lines"])]
    assert sorted(dates) == ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]


IN_THE_WAY: list[tuple[str, dict[str, Any]]] = [
    ("a diagnosis that is listed", {"encounter.diagnoses": {"none_of": ["F80.1"]}}),
    ("a modifier beside its own", {"line.modifiers": {"none_of": ["GN"]}}),
    ("another provider", {"not": {"line.provider.type": {"is": "nurse"}}}),
    ("an age", {"patient.age_years": {"at_most": 49}}),
    ("an age between two", {"not": {"patient.age_years": {"at_least": 50, "at_most": 80}}}),
    ("an earlier visit", {"lines": {"window": "ever", "where": {"line.code": {"is": "97161"}}, "count": {"is": 0}}}),
    ("another line", {"not": {"other_line": {"line.code": {"is": "97140"}}}}),
    ("two of these", {"any": [{"line.modifiers": {"none_of": ["GN"]}}, {"line.direct_contact": {"is": False}}]}),
]  # fmt: skip


@pytest.mark.parametrize("when", [each[1] for each in IN_THE_WAY], ids=[each[0] for each in IN_THE_WAY])
def test_example_of_a_reduction_is_of_a_line_that_is_payable(when: dict[str, Any]) -> None:
    pays = Conclude(concern="payment", value="reduced", liability="provider", pay=Pay(percent=85))
    covers = Rule(id="c", summary="", when=ON_97110, conclude=Conclude(concern="benefit", value="covered"))
    denies = Rule(id="d", summary="", when={**ON_97110, **when}, conclude=EXCLUDED, overrides=("c",))
    made = rule_of_a_trial({**ON_97110, "line.modifiers": {"any_of": ["CO"]}}, pays, covers, denies)
    assert made["shows"] == [{"rule": "alone/r", "line": 1, "how": "applies"}]
    assert made["expect"][0]["pays"] == {"percent": 85}


UNSHOWN = {
    "screening/second-endoscopy-at-half",
    "screening/office-visit-beside-at-half",
    "screening/professional-component",
    "screening/technical-component",
    "therapy/assistants-at-85-percent",
    "therapy/procedures-after-the-first",
}
"""Rules of the example plans which share a limit, or pay a part, and whose example stays with the analyst."""


@pytest.mark.slow
def test_examples_show_the_rules_of_the_plans_that_share_a_limit_or_pay_a_part() -> None:
    documents = plans().documents
    unshown = set()
    for versions in documents.policies.values():
        version = versions[-1]
        setting = Setting(plans(), trial(documents, version, DAY, payer=None, service=None), DAY)
        for rule in version.rules:
            if "quota" in rule.when or rule.conclude.pay is not msgspec.UNSET:
                made = new_example(setting, version, "begun", code=None, rule=rule.id, summary="x")
                (text,) = made.files.values()
                if all(each["how"] not in SPEAKING for each in json.loads(text).get("shows", ())):
                    unshown.add(f"{version.id}/{rule.id}")
    assert unshown == UNSHOWN


def rule_of_a_trial(when: Any, conclude: Conclude, *others: Rule, limit: Quota | None = None, first: str = "") -> Any:
    """Give the example that begins with a rule that stands alone, or beside others."""
    version = policy("alone", Rule(id="r", summary="It is a rule.", when=when, conclude=conclude), *others)
    version = msgspec.structs.replace(
        version,
        quotas={"limit": limit} if limit else msgspec.UNSET,
        effective=Period(first=first) if first else version.effective,
    )
    payer = msgspec.structs.replace(min(SHIPPED.payers.values(), key=lambda each: each.id), tiers=(("alone",),))
    held = msgspec.structs.replace(SHIPPED, policies={"alone": (version,)}, payers={payer.id: payer})
    setting = Setting(Rulebase(held), trial(held, version, DAY, payer=None, service=None), DAY)
    made = new_example(setting, version, "begun", code=None, rule="r", summary="It is begun.")
    return json.loads(next(iter(made.files.values())))


@pytest.mark.slow
def test_example_of_a_rule_takes_a_provider_that_the_rule_can_speak_of() -> None:
    version = SHIPPED.policies["medicare"][-1]
    named = [each.id for each in version.rules]
    made = {each: json.loads(next(iter(example_made("medicare", each).files.values()))) for each in named}
    speaking = [each for each in named if made[each]["shows"][0]["how"] in SPEAKING]
    assert len(speaking) > len(named) / 2


def test_a_command_names_the_rulebase_only_where_another_one_would_be_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "own" / "policies"
    (tmp_path / "own" / "claims").mkdir(parents=True)
    shutil.copytree(shipped("policies"), folder)
    documents = read_documents(folder)
    for here, named in ((folder, ""), (folder.parent, ""), (folder.parent / "claims", "")):
        monkeypatch.chdir(here)
        assert there(documents) == named
    monkeypatch.chdir(tmp_path)
    assert there(documents) == f" --rulebase {folder}"
