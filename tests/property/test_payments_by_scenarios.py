"""What is paid of a line is what trying every scenario finds: each rule that may apply, each limit that may be used up.

The steps from conclusions to an answer are read once more from the JSON of the rules, and share no code with `resolve`.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any, NamedTuple

import msgspec
from hypothesis import event, given
from hypothesis import strategies as st
from tests.property.choosing import number, pick, rarely, some
from tests.property.counted import ENDLESS, MAYBE, NO, WORDS, YES, between, parted, seen, summed
from tests.property.documents import RulebaseDocuments, documents, policy, rule
from tests.property.effort import examples
from tests.property.test_counting import WHERE, claims, written
from tests.property.test_executions import matched
from tests.property.words import PAYING, Json

from payrule.results.determination import LineDetermination, Pays, ends

MOST_RULES = 7
BILLED = "line.units"
FLAGS = tuple(f"line.record.r{at}" for at in range(MOST_RULES))
ATTRIBUTES = WORDS["attributes"] | {each: {"type": "boolean", "summary": each} for each in FLAGS}

CONCLUSIONS: tuple[Json, ...] = (
    {"concern": "benefit", "value": "covered"},
    {"concern": "benefit", "value": "covered", "modality": "may"},
    {"concern": "benefit", "value": "excluded", "liability": "subscriber"},
    {"concern": "coding", "value": "miscoded"},
    {"concern": "units", "value": "unsupported", "liability": "provider"},
    {"concern": "units", "value": "supported"},
    *[{"concern": "units", "value": "limited", "pay": {"units": {"quota": name}}} for name in ("q0", "q0", "q1")],
    {"concern": "units", "value": "limited", "pay": {"units": {"quota": "q1"}}, "liability": "subscriber"},
    {"concern": "units", "value": "limited", "pay": {"units": 1}, "modality": "may"},
    {"concern": "payment", "value": "reduced", "pay": {"units": {"quota": "q0"}}},
    {"concern": "payment", "value": "reduced", "pay": {"units": 2}},
    *[{"concern": "payment", "value": "reduced", "pay": {"percent": each}} for each in (50, 85, 62.5, 100)],
    {"concern": "payment", "value": "reduced", "pay": {"percent": 50}, "liability": "subscriber", "modality": "may"},
    {"concern": "payment", "value": "full"},
)
BEARERS = ("provider", "unspecified", "subscriber")
MODALITIES = ("shall", "should", "may")
GROUPS = {"subscriber": "PR", "provider": "CO", None: "CO"}


@st.composite
def rulebases(draw: st.DrawFn) -> RulebaseDocuments:
    """Draw few rules, each with an attribute of its own that says whether it applies, and quotas by which they pay."""
    policies = []
    flags = iter(FLAGS)
    for at in range(number(draw, 1, 2)):
        rules: list[Json] = []
        for flag in [each for each, _ in zip(flags, range(number(draw, 1, 4)), strict=False)]:
            conclude = pick(draw, CONCLUSIONS)
            same = [each["id"] for each in rules if each["conclude"]["concern"] == conclude["concern"]]
            overrides = {"overrides": some(draw, same, 1, 2)} if same and rarely(draw, 2) else {}
            name = flag.rpartition(".")[2]
            rules.append(
                rule(name, {flag: {"is": True}}, "", "", **overrides)
                | {"conclude": conclude, "remittance": {"carc": f"9{len(rules)}{at}"}}
            )
        policies.append(policy(*rules, id=f"p{at}", quotas={f"q{each}": _quota(draw) for each in range(2)}))
    tiers = [["p0"], ["p1"]] if rarely(draw, 2) else [["p0", "p1"]]
    payer: Json = {"tiers": tiers[: len(policies)] if len(tiers) > 1 else [tiers[0][: len(policies)]]}
    payer |= {"otherwise": "payable"} if rarely(draw, 2) else {}
    return documents(*policies, words=WORDS | {"attributes": ATTRIBUTES}, **payer)


def _quota(draw: st.DrawFn) -> Json:
    window = pick(draw, ("date", "encounter", "patient-date", {"days": 3}, "year"))
    found = {"summary": "q", "of": BILLED, "at_most": number(draw, 1, 4), "window": window}
    found |= {"where": pick(draw, WHERE)} if rarely(draw, 3) else {}
    return found | ({"first": [{"highest": "line.minutes"}]} if rarely(draw, 3) else {})


@st.composite
def cases(draw: st.DrawFn) -> tuple[RulebaseDocuments, Json]:
    """Draw rules and a claim that says of most of them whether they apply."""
    found = written(draw(claims()))
    for line in found["lines"]:
        record = line.setdefault("record", {})
        for flag in FLAGS:
            if (held := pick(draw, (True, True, None, False))) is not None:
                record[flag.rpartition(".")[2]] = held
    return draw(rulebases()), found


class Bound(NamedTuple):
    """A rule as it is of one day: its policy and tier, how true it is, what it leaves, and whether that is nothing."""

    name: str
    policy: str
    tier: int
    said: Json
    truth: int
    left: tuple[int, int] | None
    nothing: int

    @property
    def concern(self) -> str:
        """The concern that it concludes on."""
        return str(self.said["conclude"]["concern"])

    @property
    def percent(self) -> Fraction:
        """The percentage that it pays, of a whole of 1."""
        return Fraction(str(self.pay.get("percent", 100))) / 100

    @property
    def pay(self) -> Json:
        """What it pays."""
        found: Json = self.said["conclude"].get("pay", {})
        return found

    def effect(self, used_up: frozenset[str]) -> str:
        """Say what it does where the limits of some rules leave nothing."""
        if self.name in used_up:
            return "denied"
        values = next(values for concern, _, values in PAYING if concern == self.concern)
        return dict(values)[self.said["conclude"]["value"]]

    def strictness(self, used_up: frozenset[str]) -> tuple[Any, ...]:
        """Place it among the conclusions of its concern, the strictest first."""
        conclude, effect = self.said["conclude"], self.effect(used_up)
        values = next([each for each, _ in values] for concern, _, values in PAYING if concern == self.concern)
        bearer = BEARERS.index(conclude.get("liability") or "unspecified") if effect == "denied" else 0
        modality = MODALITIES.index(conclude.get("modality", "shall"))
        place = values.index(conclude["value"]), effect != "denied"
        return (*place, bearer, modality, self.tier, self.policy, self.said["id"])


class Outcome(NamedTuple):
    """What a scenario gives."""

    disposition: str
    concern: str | None
    liability: str | None
    discretionary: bool
    reducing: tuple[str, ...]


def bound(rulebase: RulebaseDocuments, claim: Json, day: Any) -> list[Bound]:
    """Read the rules as they are of a day."""
    patient = seen(claim)
    own = summed([day], BILLED, patient.most)
    tiers = {name: at for at, listed in enumerate(rulebase.payer["tiers"]) for name in listed}
    found = []
    for held in rulebase.policies:
        for said in held["rules"]:
            (flag,) = said["when"]
            truth = {None: MAYBE, True: YES, False: NO}[day.value(flag)]
            units = said["conclude"].get("pay", {}).get("units")
            left, nothing = None, NO
            if isinstance(units, int):
                left = min(own[0], units), min(own[1], units)
            elif units is not None:
                within, over = zip(*parted(held["quotas"][units["quota"]], patient, day), strict=True)
                left = min(within), max(within)
                nothing = min(between(*left, {"at_most": 0}), between(min(over), max(over), {"at_least": 1}))
            found.append(Bound(f"{held['id']}/{said['id']}", held["id"], tiers[held["id"]], said, truth, left, nothing))
    return found


Scenario = tuple[frozenset[str], frozenset[str]]
"""The rules that match, and those of them whose limit leaves nothing."""


def scenarios(rules: list[Bound]) -> Iterator[Scenario]:
    """Give every scenario: each rule that may match does or does not, each limit that may be used up is or is not."""
    possible = [each for each in rules if each.truth is not NO]
    choices = [
        [
            *([] if each.truth is YES else [(False, False)]),
            *((True, used_up) for used_up in ([True, False] if each.nothing is MAYBE else [each.nothing is YES])),
        ]
        for each in possible
    ]
    for chosen in product(*choices):
        matching = frozenset(each.name for each, (matches, _) in zip(possible, chosen, strict=True) if matches)
        yield matching, frozenset(each.name for each, (_, used) in zip(possible, chosen, strict=True) if used)


def active(rules: list[Bound], matching: frozenset[str]) -> list[Bound]:
    """List the rules that match and that no matching rule overrides."""
    overridden = {
        f"{each.policy}/{name}" for each in rules if each.name in matching for name in each.said.get("overrides", ())
    }
    return [each for each in rules if each.name in matching and each.name not in overridden]


def resolved(rules: list[Bound], scenario: Scenario, otherwise: str) -> Outcome:
    """Answer for a scenario."""
    matching, used_up = scenario
    standing = active(rules, matching)
    decided = {}
    for concern, how, _ in PAYING:
        own = [each for each in standing if each.concern == concern]
        if how == "ranked":
            own = [each for each in own if each.tier == min(other.tier for other in own)]
        if own:
            decided[concern] = min(own, key=lambda each: each.strictness(used_up))
    reducing = [each for each in standing if each.pay and each.name not in used_up]
    for effect, disposition in (("denied", "denied"), ("returned", "returned"), ("affirmative", "payable")):
        for concern, each in decided.items():
            if each.effect(used_up) == effect:
                conclude = each.said["conclude"]
                says = [each]
                if disposition == "payable":
                    speaking = {name for name, two in decided.items() if two.effect(used_up) == effect}
                    says = [two for two in standing if two.concern in speaking and two.effect(used_up) == effect]
                    says += reducing
                may = any(two.said["conclude"].get("modality") == "may" for two in says)
                bearer = conclude.get("liability") or "unspecified" if effect == "denied" else None
                names = tuple(two.name for two in reducing) if disposition == "payable" else ()
                return Outcome(disposition, concern, bearer, may, names)
    if otherwise == "payable":
        may = any(each.said["conclude"].get("modality") == "may" for each in reducing)
        return Outcome("payable", None, None, may, tuple(each.name for each in reducing))
    return Outcome("undecided", None, None, discretionary=False, reducing=())


def is_correlated(rules: list[Bound]) -> bool:
    """Tell whether a rule may apply whose limit surely leaves nothing, and overrides another.

    That it denies the line whenever it applies is a correlation that is ignored: the line may be said to be pending.
    """
    return any(each.truth is MAYBE and each.nothing is YES and each.said.get("overrides") for each in rules)


def certain(rules: list[Bound]) -> Scenario:
    """Give the scenario of what is certain."""
    matching = frozenset(each.name for each in rules if each.truth is YES)
    return matching, frozenset(each.name for each in rules if each.name in matching and each.nothing is YES)


def answered(rulebase: RulebaseDocuments, claim: Json) -> list[LineDetermination]:
    """Answer each day of each line by both executions, which agree."""
    program, scene, found = matched(rulebase.rulebase(), claim)
    return [program.answer(scene, index, matches) for index, matches in enumerate(found)]


@examples(200)
@given(cases())
def test_disposition_is_that_of_every_scenario_or_the_line_is_pending(case: tuple[RulebaseDocuments, Json]) -> None:
    rulebase, claim = case
    otherwise = rulebase.payer.get("otherwise", "undecided")
    for day, found in zip(seen(claim).billed, answered(rulebase, claim), strict=True):
        rules = bound(rulebase, claim, day)
        outcomes = [resolved(rules, each, otherwise) for each in scenarios(rules)]
        dispositions = {each.disposition for each in outcomes}
        event(f"dispositions: {len(dispositions)}")
        if len(dispositions) > 1:
            assert found.disposition == "pending"
            continue
        if is_correlated(rules) and found.disposition == "pending":
            continue
        wanted = resolved(rules, certain(rules), otherwise)
        bearers = {each.liability for each in outcomes}
        liability = wanted.liability if len(bearers) == 1 else "unspecified"
        assert (found.disposition, found.concern) == (wanted.disposition, wanted.concern)
        assert found.discretionary == wanted.discretionary
        assert found.liability == liability or (is_correlated(rules) and found.liability == "unspecified")
        assert (
            set(wanted.reducing)
            == {f"{each.policy}/{each.rule}" for each in found.reasons if each.value in ("limited", "reduced")}
            or found.disposition != "payable"
        )


class Paid(NamedTuple):
    """What some scenarios pay of a day: the least and the most, in units and as a part of 1."""

    units: tuple[int, int]
    percent: tuple[Fraction, Fraction]


def paid(rules: list[Bound], billed: tuple[int, int], scenario: Scenario) -> Paid:
    """Say what a scenario pays, with every limit at both ends."""
    matching, used_up = scenario
    standing = [each for each in active(rules, matching) if each.pay and each.name not in used_up]
    low, high = (min([billed[at], *(each.left[at] for each in standing if each.left is not None)]) for at in (0, 1))
    percent = prod((each.percent for each in standing), start=Fraction(1))
    return Paid((low, high), (percent, percent))


def paid_by_all(rules: list[Bound], billed: tuple[int, int]) -> Paid:
    """Try every scenario."""
    found = [paid(rules, billed, each) for each in scenarios(rules)]
    units, percents = [each for one in found for each in one.units], [each for one in found for each in one.percent]
    return Paid((min(units), max(units)), (min(percents), max(percents)))


def is_loose(rules: list[Bound]) -> bool:
    """Tell whether a reduction that may apply overrides another, so that no scenario has both ends that are said."""
    paying = {each.name for each in rules if each.pay}
    overridden = [
        f"{each.policy}/{name}"
        for each in rules
        if each.pay and each.truth is MAYBE
        for name in each.said.get("overrides", ())
    ]
    return not paying.isdisjoint(overridden)


def said_ends(number: Any, unsaid: tuple[Any, Any]) -> tuple[Any, Any]:
    """Give both ends of what is said, without end as the oracle has it."""
    if number is msgspec.UNSET:
        return unsaid
    low, high = ends(number)
    return low, ENDLESS if high is None else high


@examples(200)
@given(cases())
def test_what_is_paid_is_between_the_least_and_the_most_of_all_scenarios(case: tuple[RulebaseDocuments, Json]) -> None:
    rulebase, claim = case
    for day, found in zip(seen(claim).billed, answered(rulebase, claim), strict=True):
        if found.disposition != "payable":
            assert (found.pays, found.adjustments) == (msgspec.UNSET, msgspec.UNSET)
            continue
        rules, own = bound(rulebase, claim, day), summed([day], BILLED, {})
        wanted = paid_by_all(rules, own)
        pays = found.pays or Pays()
        assert said_ends(pays.of, own) == own
        least, most = said_ends(pays.units, own)
        low, high = (Fraction(str(each)) / 100 for each in said_ends(pays.percent, (100, 100)))
        event(f"units: {pays.units is not msgspec.UNSET}, percent: {pays.percent is not msgspec.UNSET}")
        assert least <= wanted.units[0] <= wanted.units[1] <= most
        assert low <= wanted.percent[0] <= wanted.percent[1] <= high
        if not is_loose(rules):
            assert (least, most, low, high) == (*wanted.units, *wanted.percent)


@examples(200)
@given(cases())
def test_adjustments_say_of_each_reduction_that_is_certain_what_is_not_paid(
    case: tuple[RulebaseDocuments, Json],
) -> None:
    rulebase, claim = case
    for day, found in zip(seen(claim).billed, answered(rulebase, claim), strict=True):
        if found.disposition != "payable":
            continue
        assert found.remittance is None
        rules, own = bound(rulebase, claim, day), summed([day], BILLED, {})
        possible = frozenset(each.name for each in rules if each.truth is not NO)
        sure = [each for each in active(rules, possible) if each.pay and each.truth is YES and each.nothing is not YES]
        limits = [each for each in sure if each.left is not None and each.left[1] < own[0]]
        strictest = sorted(limits, key=lambda each: (each.left and each.left[1], each.strictness(frozenset())))[:1]
        percents = [each for each in sure if each.percent != 1]
        event(f"limits: {len(limits)}, percentages: {len(percents)}")
        adjustments = found.adjustments or ()
        assert {(each.rule, each.group, each.carc) for each in adjustments} == {
            (each.name, GROUPS[each.said["conclude"].get("liability")], each.said["remittance"]["carc"])
            for each in (*strictest, *percents)
        }
        for each in adjustments:
            if each.units is msgspec.UNSET:
                (part,) = (100 - 100 * two.percent for two in percents if two.name == each.rule)
                assert Fraction(str(each.percent)) == part
            else:
                pays = found.pays or Pays()
                least, most = said_ends(pays.units, own)
                assert said_ends(each.units, own) == (own[0] - most, own[1] - least)


@examples(200)
@given(cases())
def test_open_are_the_rules_whose_presence_changes_what_becomes_of_a_line_or_what_is_paid(
    case: tuple[RulebaseDocuments, Json],
) -> None:
    rulebase, claim = case
    otherwise = rulebase.payer.get("otherwise", "undecided")
    for day, found in zip(seen(claim).billed, answered(rulebase, claim), strict=True):
        rules = bound(rulebase, claim, day)
        every = list(scenarios(rules))
        wanted = set[str]()

        def told(*scenario: frozenset[str], rules: list[Bound] = rules, day: Any = day, found: Any = found) -> Any:
            answer = resolved(rules, (scenario[0], scenario[1]), otherwise)
            if found.disposition == "payable":
                return paid(rules, summed([day], BILLED, {}), (scenario[0], scenario[1])), answer.concern
            return answer.disposition, answer.concern, answer.liability

        for each in rules:
            for matching, used_up in every if each.truth is MAYBE else ():
                if each.name in matching and told(matching - {each.name}, used_up - {each.name}) != told(
                    matching, used_up
                ):
                    wanted |= set(each.said["when"])
        if found.disposition == "payable":
            event(f"open: {len(wanted)}")
        opened = {each for each in found.open if each in FLAGS}
        assert wanted <= opened if is_correlated(rules) else wanted == opened
