"""Steps 1 to 7 of the language, each as a small table of rules and matches."""

from typing import Any

import pytest
from tests.policies_for_tests import policy

from payrule.language.truth import Matches
from payrule.model.choices import LIABILITIES
from payrule.model.policy import Conclude, Policy, Remittance, Rule
from payrule.model.vocabulary import Concern, ConcernValue, Regions, Timed, Vocabulary
from payrule.resolve import scenarios
from payrule.resolve.answer import Binding, Verdict, verdict
from payrule.resolve.remittance import LIABILITY_IS_OPEN, RuleCodes
from payrule.resolve.scenarios import silenced
from payrule.resolve.settle import bind


def concern(name: str, settled: Any, *values: tuple[str, Any]) -> Concern:
    """Make a concern from its values, strictest first."""
    listed = tuple(ConcernValue(value=value, effect=effect, summary=value) for value, effect in values)
    return Concern(id=name, settled=settled, summary=name, values=listed)


VOCABULARY = Vocabulary(
    kind="vocabulary",
    attributes={},
    regions=Regions(contiguous=()),
    timed=Timed(codes=(), method="cms-8-minute"),
    concerns=(
        concern("provider", "ranked", ("ineligible", "denied"), ("eligible", "neutral")),
        concern("benefit", "ranked", ("excluded", "denied"), ("covered", "affirmative")),
        concern("coding", "cumulative", ("miscoded", "returned"), ("valid", "neutral")),
        concern("bundling", "cumulative", ("bundled", "denied"), ("separate", "affirmative")),
    ),
)


def rule(name: str, about: str, value: str, **more: Any) -> Rule:
    """Make a rule; liability and modality belong to its conclusion."""
    conclude = {key: more.pop(key) for key in ("liability", "modality") if key in more}
    return Rule(id=name, summary=f"{name}.", when={}, conclude=Conclude(concern=about, value=value, **conclude), **more)


def settled(
    tiers: list[list[Policy]], definite: str = "", waiting: str = "", accepted: dict[frozenset[str], str] | None = None
) -> Verdict:
    """Resolve matches given as names with blanks between."""
    concerns = bind(tiers, VOCABULARY)
    remittances = {each.name: each.rule.remittance for one in concerns for each in one.rules if each.rule.remittance}
    found = frozenset(definite.split())
    return verdict(
        Binding.of(concerns, RuleCodes(remittances), accepted or {}), Matches(found, found | frozenset(waiting.split()))
    )


def said(found: Verdict) -> list[str]:
    """Give the words of advice."""
    return [each.said for each in found.advice]


def names(reasons: Any) -> list[str]:
    """Name the rules of reasons."""
    return [reason.name for reason in reasons]


COVERED = rule("covered", "benefit", "covered")
EXCLUDED = rule("excluded", "benefit", "excluded", liability="provider")
MISCODED = rule("miscoded", "coding", "miscoded", advice="use another code")
BUNDLED = rule("bundled", "bundling", "bundled", liability="provider")


def test_without_a_match_a_line_is_undecided() -> None:
    """No binding policy speaks of it, which is no denial."""
    found = settled([[policy("p", COVERED)]])
    assert (found.disposition, found.concern, found.liability, found.reasons) == ("undecided", None, None, ())


def test_neutral_conclusions_alone_leave_a_line_undecided() -> None:
    """A valid code is no promise to pay."""
    assert settled([[policy("p", rule("valid", "coding", "valid"))]], "p/valid").disposition == "undecided"


@pytest.mark.parametrize(
    ("definite", "disposition", "concern_id"),
    [
        ("p/covered", "payable", "benefit"),
        ("p/covered p/miscoded", "returned", "coding"),
        ("p/covered p/miscoded p/bundled", "denied", "bundling"),
        ("p/excluded p/bundled", "denied", "benefit"),
    ],
)
def test_denied_before_returned_before_payable(definite: str, disposition: str, concern_id: str) -> None:
    """The strongest effect decides, and among equals the first concern."""
    found = settled([[policy("p", COVERED, EXCLUDED, MISCODED, BUNDLED)]], definite)
    assert (found.disposition, found.concern) == (disposition, concern_id)


def test_reasons_begin_with_the_deciding_one_and_go_on_in_the_order_of_concerns() -> None:
    """Whatever else blocks the line is said too, for it must be fixed as well."""
    found = settled([[policy("p", COVERED, EXCLUDED, MISCODED, BUNDLED)]], "p/miscoded p/bundled p/excluded")
    assert names(found.reasons) == ["p/excluded", "p/miscoded", "p/bundled"]


def test_a_rule_that_is_overridden_is_overruled_by_its_overrider() -> None:
    """Step 1: only matching rules override."""
    rules = policy("p", COVERED, rule("except", "benefit", "excluded", overrides=("covered",)))
    found = settled([[rules]], "p/covered p/except")
    assert names(found.reasons) == ["p/except"]
    assert [(each.name, each.by.rule, each.by.how) for each in found.overruled] == [("p/covered", "except", "override")]
    assert settled([[rules]], "p/covered").disposition == "payable"


def test_an_inactive_rule_still_overrides() -> None:
    """An exception to an exception states its own conclusion: it does not bring back what the exception took away."""
    rules = policy(
        "p",
        COVERED,
        rule("except", "benefit", "excluded", overrides=("covered",)),
        rule("unless", "benefit", "covered", overrides=("except",)),
    )
    found = settled([[rules]], "p/covered p/except p/unless")
    assert names(found.reasons) == ["p/unless"]


def test_of_a_ranked_concern_the_highest_tier_that_speaks_decides() -> None:
    """Step 2: a lower tier is overruled, however strict it is."""
    tiers = [[policy("law", COVERED)], [policy("plan", EXCLUDED)]]
    found = settled(tiers, "law/covered plan/excluded")
    assert found.disposition == "payable"
    assert [(each.name, each.by.policy, each.by.how) for each in found.overruled] == [("plan/excluded", "law", "tier")]
    assert settled(tiers, "plan/excluded").disposition == "denied"


def test_of_a_cumulative_concern_any_tier_blocks() -> None:
    """Each of its rules is a requirement of its own."""
    separate = rule("separate", "bundling", "separate")
    found = settled([[policy("law", separate)], [policy("plan", BUNDLED)]], "law/separate plan/bundled")
    assert found.disposition == "denied"
    assert [(each.name, each.by.how) for each in found.overruled] == [("law/separate", "strictness")]


@pytest.mark.parametrize(
    ("left", "right", "taken"),
    [
        ({"liability": "provider"}, {"liability": "subscriber"}, "a/x"),
        ({"liability": "subscriber"}, {}, "b/x"),
        ({"liability": "provider", "modality": "may"}, {"liability": "provider", "modality": "should"}, "b/x"),
        ({"liability": "provider"}, {"liability": "provider"}, "a/x"),
    ],
    ids=["provider before subscriber", "unspecified before subscriber", "should before may", "smallest name last"],
)
def test_the_strictest_conclusion_of_a_tier_decides(left: Any, right: Any, taken: str) -> None:
    """Value, then liability, then modality, then tier, then name."""
    tiers = [
        [policy("b", rule("x", "benefit", "excluded", **right)), policy("a", rule("x", "benefit", "excluded", **left))]
    ]
    assert settled(tiers, "a/x b/x").reasons[0].name == taken


def test_conclusions_of_one_value_are_further_reasons() -> None:
    """They agree, so none of them is overruled."""
    tiers = [[policy("a", EXCLUDED)], [policy("b", EXCLUDED)]]
    found = settled(tiers, "a/excluded b/excluded")
    assert (names(found.reasons), found.overruled) == (["a/excluded", "b/excluded"], ())


def test_a_conflict_of_one_tier_is_reported_with_what_was_taken() -> None:
    """Step 3: there is still one answer, the strict one."""
    tiers = [[policy("a", COVERED), policy("b", EXCLUDED)]]
    found = settled(tiers, "a/covered b/excluded")
    assert found.disposition == "denied"
    (conflict,) = found.conflicts
    assert (conflict.rules, conflict.taken, conflict.accepted) == (("a/covered", "b/excluded"), "b/excluded", None)


def test_a_difference_in_liability_is_a_conflict_too() -> None:
    """Somebody has to bear the denial."""
    tiers = [[policy("a", EXCLUDED), policy("b", rule("excluded", "benefit", "excluded", liability="subscriber"))]]
    (conflict,) = settled(tiers, "a/excluded b/excluded").conflicts
    assert conflict.liabilities == ("provider", "subscriber")


def test_tiers_do_not_conflict() -> None:
    """That is what tiers are for."""
    assert settled([[policy("a", COVERED)], [policy("b", EXCLUDED)]], "a/covered b/excluded").conflicts == ()


def test_an_accepted_conflict_carries_its_reason() -> None:
    """The payer knows of it."""
    accepted = {frozenset({"a/covered", "b/excluded"}): "the exclusion is newer"}
    found = settled([[policy("a", COVERED), policy("b", EXCLUDED)]], "a/covered b/excluded", accepted=accepted)
    assert found.conflicts[0].accepted == "the exclusion is newer"


def test_a_line_that_every_scenario_denies_is_denied_whatever_is_unknown() -> None:
    """Step 5: what cannot change the disposition does not keep it open."""
    found = settled([[policy("p", EXCLUDED, BUNDLED)]], "p/excluded", "p/bundled")
    assert (found.disposition, found.open_rules, found.possible) == ("denied", (), ())


def test_a_line_that_could_be_denied_is_pending() -> None:
    """It has no concern and no reasons, and says which conclusions could decide."""
    found = settled([[policy("p", COVERED, BUNDLED)]], "p/covered", "p/bundled")
    assert (found.disposition, found.concern, found.reasons, found.discretionary) == ("pending", None, (), False)
    assert [rule.name for rule in found.possible] == ["p/covered", "p/bundled"]
    assert found.open_rules == ("p/bundled",)


def test_liability_that_scenarios_differ_on_is_unspecified() -> None:
    """The denial stands; who bears it does not yet."""
    first = rule("first", "provider", "ineligible", liability="subscriber")
    found = settled([[policy("p", first, EXCLUDED)]], "p/excluded", "p/first")
    assert (found.disposition, found.liability, found.concern) == ("denied", "unspecified", "benefit")
    assert found.open_rules == ("p/first",)


def test_an_earlier_concern_that_would_deny_alike_is_still_open() -> None:
    """It would change the deciding concern, which decides the remittance codes."""
    first = rule("first", "provider", "ineligible", liability="provider")
    found = settled([[policy("p", first, EXCLUDED)]], "p/excluded", "p/first")
    assert (found.disposition, found.liability, found.open_rules) == ("denied", "provider", ("p/first",))


@pytest.mark.parametrize(
    ("definite", "expected"),
    [
        ("p/may-exclude", True),
        ("p/may-exclude p/ineligible", False),
        ("p/may-cover", True),
        ("p/may-cover p/separate", True),
        ("p/separate", False),
    ],
)
def test_an_answer_is_discretionary_when_what_decides_says_may(definite: str, expected: bool) -> None:  # noqa: FBT001
    """Step 7; of a payable line any affirmative conclusion counts."""
    rules = policy(
        "p",
        rule("may-exclude", "benefit", "excluded", modality="may"),
        rule("ineligible", "provider", "ineligible"),
        rule("may-cover", "benefit", "covered", modality="may"),
        rule("separate", "bundling", "separate"),
    )
    assert settled([[rules]], definite).discretionary is expected


@pytest.mark.parametrize(
    ("liability", "group", "says_open"),
    [("provider", "CO", False), ("subscriber", "PR", False), ("unspecified", "CO", True)],
)
def test_liability_decides_the_group_code(liability: str, group: str, says_open: bool) -> None:  # noqa: FBT001
    """CO for the provider, PR for the patient, and CO with a word of caution while nobody is named."""
    coded = rule("x", "benefit", "excluded", liability=liability, remittance=Remittance(carc="204"))
    found = settled([[policy("p", coded)]], "p/x")
    assert found.remittance is not None
    assert (found.remittance.group, found.remittance.carc) == (group, "204")
    assert (LIABILITY_IS_OPEN in said(found)) is says_open


def test_advice_comes_with_the_reasons_that_block() -> None:
    """A biller reads what to do next, each thing once."""
    found = settled([[policy("p", COVERED, MISCODED)]], "p/covered p/miscoded")
    assert said(found) == ["use another code"]


@pytest.mark.parametrize("definite", ["", "p/r0 p/r1"])
def test_of_many_rules_that_wait_not_every_pair_is_weighed(definite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred rules that wait for one fact make a million triples."""
    asked: list[None] = []

    def counted(*arguments: Any) -> frozenset[str] | None:
        asked.append(None)
        return silenced(*arguments)

    monkeypatch.setattr(scenarios, "silenced", counted)
    covering = [rule(f"r{number}", "benefit", "covered") for number in range(0, 120, 2)]
    excluding = [
        rule(f"r{number}", "benefit", "excluded", liability=LIABILITIES[number % 3]) for number in range(1, 120, 2)
    ]
    waiting = " ".join(f"p/r{number}" for number in range(120) if f"p/r{number}" not in definite.split())
    found = settled([[policy("p", *covering, *excluding)]], definite, waiting)
    assert found.open_rules
    assert len(asked) < 10 * 120
