"""What holds of every determination, whatever the documents and the encounter."""

import json
from datetime import date

import msgspec
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from tests.property.documents import (
    KNOWN_ON,
    RulebaseDocuments,
    decide,
    policy,
    rule,
)
from tests.property.effort import examples
from tests.property.generated import (
    EARLIER,
    SEEDS,
    cases,
    completed,
    completions,
    completions_of,
    encounters,
    lines,
    more_history,
    rulebases,
    shuffled,
    unknown,
    values,
)
from tests.property.oracle import MOST_WAITING, active, applying, asked, contradicting, strictest, waiting
from tests.property.words import ATTRIBUTES, COMPUTED_FROM, LISTED, MAY_BE_UNKNOWN, SPEAKING, TAKEN, Json

from payrule.resolve.settle import NOTHING_LEFT, outcome
from payrule.results.determination import Between, LineDetermination, Number, Pays, RemittanceCodes, ends

Case = tuple[RulebaseDocuments, Json]

ORDERED = frozenset(
    {"cites", "concerns", "first", "instead", "notes", "rarc", "remittance_candidates", "tiers", "values"}
)
"""Lists whose order says something."""

BLOCKING = ("denied", "returned")


def told(line: LineDetermination) -> tuple[object, ...]:
    return line.disposition, line.concern, line.liability


def narrows(before: Number | Between | msgspec.UnsetType, after: Number | Between | msgspec.UnsetType) -> bool:
    """Tell whether what is paid after is within what it was before; what nothing is said of is as it was."""
    if before is msgspec.UNSET or after is msgspec.UNSET:
        return before is not msgspec.UNSET or before is after
    (low, high), (least, most) = ends(before), ends(after)
    return low <= least and (high is None or (most is not None and most <= high))


def read_by(documents: RulebaseDocuments) -> list[str]:
    """List the attributes that can be unknown and that some condition reads, or something computed from them."""
    texts = json.dumps([documents.policies, documents.words["facts"]])
    computed = {each for name, source in COMPUTED_FROM.items() if f'"{name}"' in texts for each in source}
    return [name for name in MAY_BE_UNKNOWN if name not in TAKEN and (name in computed or f'"{name}"' in texts)]


@examples(60)
@given(cases(counting=True), SEEDS)
def test_order_of_lines_keys_and_values_of_an_encounter_is_irrelevant(case: Case, seed: int) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    other = shuffled(encounter, seed)
    assert decide(rulebase, other).to_json() == decide(rulebase, encounter).to_json()


@examples(60)
@given(cases(counting=True), SEEDS)
def test_order_of_documents_rules_and_members_of_tiers_is_irrelevant(case: Case, seed: int) -> None:
    documents, encounter = case
    other = RulebaseDocuments(
        shuffled(documents.words, seed, ORDERED),
        tuple(shuffled(list(documents.policies), seed, ORDERED)),
        shuffled(documents.payer, seed, ORDERED),
        documents.codes,
    )
    assert decide(other.rulebase(), encounter).to_json() == decide(documents.rulebase(), encounter).to_json()


@examples(60)
@given(rulebases(counting=True), st.lists(encounters(counting=True), min_size=2, max_size=4))
def test_answer_does_not_depend_on_what_was_decided_before(documents: RulebaseDocuments, series: list[Json]) -> None:
    rulebase = documents.rulebase()
    assert [decide(rulebase, each).to_json() for each in series] == [
        decide(documents.rulebase(), each).to_json() for each in series
    ]


@examples(150)
@given(cases(presuming=False, counting=True), st.data())
def test_knowing_more_never_undoes_what_stands(case: Case, data: st.DataObject) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    before = decide(rulebase, encounter)
    after = decide(rulebase, data.draw(completions(encounter, read_by(documents))))
    for line in before.lines:
        event(f"{line.disposition} becomes {after.line(line.number).disposition}")
        more = after.line(line.number)
        if line.disposition != "pending":
            assert more.disposition == line.disposition
        if line.disposition == "payable":
            one, two = line.pays or Pays(), more.pays or Pays()
            event(f"paid in part: {line.pays is not msgspec.UNSET}")
            assert narrows(one.units, two.units)
            assert narrows(one.percent, two.percent)


@examples(100)
@given(cases(presuming=False, counting=True), st.data())
def test_knowing_more_only_adds_definite_matches_and_only_removes_possible_ones(
    case: Case, data: st.DataObject
) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    before = asked(rulebase, encounter)
    after = asked(rulebase, data.draw(completions(encounter, read_by(documents))))
    for one, two in zip(before, after, strict=True):
        event(f"became definite: {len(two.matches.definite - one.matches.definite)}")
        event(f"became impossible: {len(one.matches.possible - two.matches.possible)}")
        assert one.matches.definite <= two.matches.definite <= two.matches.possible <= one.matches.possible


@examples(100)
@given(cases(presuming=False, counting=True), lines(tuple(ATTRIBUTES), 1), st.sampled_from(EARLIER))
def test_knowing_more_of_the_history_never_undoes_what_stands(case: Case, line: Json, day: str) -> None:
    """One more earlier line is known, and of a longer time that there are no others."""
    documents, encounter = case
    rulebase = documents.rulebase()
    more = more_history(encounter, line | {"date": day})
    for one, two in zip(asked(rulebase, encounter), asked(rulebase, more), strict=True):
        event(f"changed: {one.matches != two.matches}")
        assert one.matches.definite <= two.matches.definite <= two.matches.possible <= one.matches.possible
    for before, after in zip(decide(rulebase, encounter).lines, decide(rulebase, more).lines, strict=True):
        assert before.disposition in ("pending", after.disposition)


@examples(150)
@given(cases(presuming=False, counting=True), st.data())
def test_fact_that_is_not_open_cannot_change_disposition_concern_or_liability(case: Case, data: st.DataObject) -> None:
    """The language promises no more: an open fact may turn out not to matter, for correlation is ignored."""
    documents, encounter = case
    rulebase = documents.rulebase()
    before = decide(rulebase, encounter)
    places = [place for place in unknown(encounter) if place[1] in read_by(documents)]
    assume(places)
    at, name = data.draw(st.sampled_from(places))
    number = None if at is None else encounter["lines"][at]["number"]
    after = decide(rulebase, data.draw(completions_of(encounter, (at, name))))
    for line in before.lines:
        own_name = f"lines[{number}].{name.removeprefix('line.')}" if number not in (None, line.number) else name
        is_open = own_name in line.open
        event(f"open: {is_open}, changed: {told(after.line(line.number)) != told(line)}")
        if not is_open:
            assert told(after.line(line.number)) == told(line)
            assert after.line(line.number).pays == line.pays


@examples(80)
@given(cases(presuming=False, counting=True), st.data())
def test_what_is_presumed_is_decided_as_if_it_were_known(case: Case, data: st.DataObject) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    read = read_by(documents)
    assume(read)
    name = data.draw(st.sampled_from(read))
    places = [place for place in unknown(encounter) if place[1] == name]
    held = data.draw(values(name))
    known = encounter
    for place in places:
        known = completed(known, place, held)
    open_facts = {line.number: line.open for line in decide(rulebase, encounter).lines}
    presumed = decide(rulebase, encounter, presume={name: held})
    event(f"presumed on {len(places)} lines")
    for line, expected in zip(presumed.lines, decide(rulebase, known).lines, strict=True):
        was_open = any(at is None or encounter["lines"][at]["number"] == line.number for at, _ in places)
        assert line.presumed == msgspec.UNSET or (was_open and line.presumed == (name,))
        assert line.presumed == (name,) or not (was_open and name in open_facts[line.number])
        # What a claim gets without its chart is another question: what is presumed fills in for the chart there too.
        apart = {"presumed": msgspec.UNSET, "claim_level": msgspec.UNSET}
        assert msgspec.structs.replace(line, **apart) == msgspec.structs.replace(expected, **apart)


@examples(150)
@given(cases(counting=True))
def test_each_line_has_one_disposition_and_all_that_belongs_to_it(case: Case) -> None:
    documents, encounter = case
    answer = decide(documents.rulebase(), encounter)
    assert [line.number for line in answer.lines] == sorted(line["number"] for line in encounter["lines"])
    for line in answer.lines:
        event(f"{line.disposition}, concern {line.concern}")
        event(f"conflicts: {bool(line.conflicts)}")
        event(f"overruled by: {sorted({each.by.how for each in line.overruled})}")
        event(f"open: {bool(line.open)}")
        modalities = [reason.modality for reason in line.reasons]
        if line.disposition == "pending":
            assert line.possible
            assert line.open
            assert (line.concern, line.liability, line.reasons, line.remittance) == (None, None, (), None)
            assert not line.discretionary
        else:
            assert line.possible is msgspec.UNSET
        if line.by_default:
            assert (line.disposition, line.concern) == ("payable", None)
            assert {reason.value for reason in line.reasons} <= {"limited", "reduced"}
        elif line.disposition in ("payable", *BLOCKING):
            assert line.reasons[0].concern == line.concern
        if line.disposition in BLOCKING:
            assert line.remittance is not None or documents.codes is not None
            assert line.discretionary == (modalities[0] == "may")
        if line.disposition == "payable":
            assert line.discretionary == ("may" in modalities)
        if line.disposition == "undecided":
            assert (line.concern, line.liability, line.reasons, line.discretionary) == (None, None, (), False)
        assert (line.liability is None) == (line.disposition != "denied")
        if line.remittance is not None and line.liability is not None:
            assert line.remittance.group == {"provider": "CO", "subscriber": "PR", "unspecified": "CO"}[line.liability]


def in_use(codes: Json, day: date) -> bool:
    """Tell whether all codes are in use on a day, by the days that the list says."""
    listed = [LISTED["carc"][codes["carc"]], *(LISTED["rarc"][each] for each in codes.get("rarc", ()))]
    return all(each.get("start", "") <= str(day) <= each.get("end", "9999") for each in listed)


def first_in_use(choices: list[Json], day: date) -> Json | None:
    return next((each for each in choices if in_use(each, day)), None)


def carc_and_rarc(codes: RemittanceCodes | Json) -> tuple[str, list[str]]:
    if isinstance(codes, RemittanceCodes):
        return codes.carc, list(codes.rarc)
    return codes["carc"], codes.get("rarc", [])


@examples(250)
@given(cases(counting=True))
def test_codes_are_the_first_that_are_in_use_on_the_date_of_service_or_else_on_the_day_of_the_answer(
    case: Case,
) -> None:
    documents, encounter = case
    rules = {
        f"{policy['id']}@{policy['version']}/{each['id']}": each
        for policy in documents.policies
        for each in policy["rules"]
    }
    dates = {line["number"]: date.fromisoformat(line["date"]) for line in encounter["lines"]}
    for line in decide(documents.rulebase(), encounter).lines:
        if line.disposition not in BLOCKING or line.days is not msgspec.UNSET:
            continue
        reason = line.reasons[0]
        named = documents.payer.get("remittance", {}).get(reason.name, {"carc": "16", "rarc": ["N56"]})
        choices, day = [named, *named.get("instead", ())], dates[line.number]
        if documents.codes is None:
            expected: Json | None = named
        else:
            expected = first_in_use(choices, day) or first_in_use(choices, KNOWN_ON)
        event(f"codes: {choices.index(expected) if expected else None}")
        assert (line.remittance and carc_and_rarc(line.remittance)) == (expected and carc_and_rarc(expected))
        allowed = rules[f"{reason.policy}@{reason.version}/{reason.rule}"].get("remittance_candidates", [])
        if line.liability != "unspecified":
            allowed = []
        if documents.codes is not None:
            allowed = [each for each in allowed if in_use(each, day) or in_use(each, KNOWN_ON)]
        event(f"candidates: {len(allowed)}")
        assert list(map(carc_and_rarc, line.candidates or ())) == list(map(carc_and_rarc, allowed))


@examples(250)
@given(cases(counting=True))
def test_each_concern_is_decided_by_its_strictest_active_conclusion(case: Case) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    answer = decide(rulebase, encounter)
    for line in asked(rulebase, encounter):
        found = answer.line(line.number)
        deciding = {each.id: strictest(line, each) for each in rulebase.documents.vocabulary.concerns}
        if found.concern is not None:
            rule = deciding[found.concern]
            assert rule is not None
            said = rule.rule.conclude.liability or "unspecified"
            assert found.reasons[0].liability == (said if found.disposition == "denied" else None)
            assert (found.reasons[0].name, found.reasons[0].value) == (rule.rule_name, rule.rule.conclude.value)
        if found.disposition != "pending":
            standing = {rule.rule_name for rule in active(line)}
            overruled = {(each.name, each.by.how == "override") for each in found.overruled}
            spoken = {reason.name for reason in found.reasons}
            agreeing = {
                rule.rule_name
                for rule in active(line)
                if (decides := deciding[rule.rule.conclude.concern]) is not None
                and (decides.effect, decides.rule.conclude.value) == (rule.effect, rule.rule.conclude.value)
            }
            event(f"reasons: {len(spoken)}")
            assert spoken <= agreeing
            names = {rule.rule_name for rule in line.rules if rule.name in line.definite}
            assert overruled == {(name, name not in standing) for name in names if name not in agreeing}


@examples(100)
@given(cases(counting=True))
def test_conflicts_are_the_pairs_of_active_conclusions_of_one_tier_that_contradict_each_other(case: Case) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    answer = decide(rulebase, encounter)
    accepted = {frozenset(each["rules"]) for each in documents.payer.get("accepted_conflicts", ())}
    for line in asked(rulebase, encounter):
        reported = {frozenset(each.rules): each for each in answer.line(line.number).conflicts}
        event(f"conflicts: {len(reported)}")
        assert reported.keys() == contradicting(line)
        for pair, conflict in reported.items():
            assert (conflict.accepted is not None) == (pair in accepted)


_BY_VALUE = [({"value": strict}, {"value": mild}, concern) for concern, _, ((strict, _), (mild, _)) in SPEAKING]
_BY_LIABILITY = [
    ({"value": value, "liability": "provider"}, {"value": value} | other, concern)
    for concern, _, ((value, effect), _) in SPEAKING
    if effect == "denied"
    for other in ({"liability": "subscriber"}, {})
]


@st.composite
def contradictions(draw: st.DrawFn) -> RulebaseDocuments:
    """Draw a rulebase in which two policies of one tier differ on a concern of every line, in value or in liability."""
    found = draw(rulebases())
    strict, mild, concern = draw(st.sampled_from([*_BY_VALUE, *_BY_LIABILITY]))
    always = {"line.units": {"at_least": 0}}
    pair = (
        policy(rule("always", always, concern, **strict), id="strict"),
        policy(rule("always", always, concern, **mild), id="mild"),
    )
    tiers = [draw(st.permutations(["strict", "mild"])), *found.payer["tiers"]]
    return RulebaseDocuments(found.words, (*pair, *found.policies), found.payer | {"tiers": tiers}, found.codes)


@examples(60)
@given(contradictions(), encounters())
def test_policies_of_one_tier_that_contradict_each_other_give_one_disposition_and_a_conflict(
    documents: RulebaseDocuments, encounter: Json
) -> None:
    answer = decide(documents.rulebase(), encounter)
    assert [line.number for line in answer.lines] == sorted(line["number"] for line in encounter["lines"])
    cumulative = {concern for concern, settled, _ in SPEAKING if settled == "cumulative"}
    for line in answer.lines:
        event(line.disposition)
        (conflict,) = (each for each in line.conflicts if each.rules == ("mild/always", "strict/always"))
        event("differ in value" if len(set(conflict.values)) > 1 else "differ in liability")
        assert conflict.taken == "strict/always" or conflict.concern in cumulative
        assert conflict.tier == 1


@examples(150)
@given(cases(counting=True))
def test_closed_form_of_scenarios_gives_what_all_scenarios_give(case: Case) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    answer = decide(rulebase, encounter)
    otherwise = documents.payer.get("otherwise", "undecided")
    for line in asked(rulebase, encounter):
        if len(line.matches.waiting) > MOST_WAITING:
            event("too many scenarios to try")
            continue
        found, outcomes = answer.line(line.number), line.outcomes()
        dispositions = {otherwise if each.disposition == "undecided" else each.disposition for each in outcomes}
        event(f"rules that wait: {len(line.matches.waiting)}, dispositions: {len(dispositions)}")
        if len(dispositions) > 1:
            assert found.disposition == "pending"
        else:
            certain = outcome(line.concerns, line.matches.definite)
            bearers = {each.liability for each in outcomes}
            liability = certain.liability if len(bearers) == 1 else "unspecified"
            is_default = certain.disposition == "undecided" and otherwise == "payable"
            disposition = "payable" if is_default else certain.disposition
            assert told(found) == (disposition, certain.concern, liability)
            assert (found.by_default is True) == is_default


@pytest.mark.slow
@examples(100)
@given(cases(counting=True))
def test_open_facts_are_those_of_the_rules_whose_presence_changes_some_scenario(case: Case) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    answer = decide(rulebase, encounter)
    for line in asked(rulebase, encounter):
        if len(line.matches.waiting) > MOST_WAITING:
            continue
        found = answer.line(line.number)
        waits = {name: waiting(rulebase, encounter, line, name) for name in line.matches.waiting}
        event(f"rules that wait: {len(waits)}, facts that are open: {len(found.open)}")
        wanted = set().union(*(waits[name] for name in waits if line.matters(name)))
        # What leaves open how much is paid is in `test_payments_by_scenarios`.
        assert wanted <= set(found.open) if found.pays else wanted == set(found.open)
        for each in found.possible or ():
            # A rule that pays within a quota may wait as what it is when nothing is left of the quota.
            waited = waits.get(each.name, waits.get(f"{each.name}{NOTHING_LEFT}", set()))
            assert set(each.waits_for) == waited


@examples(60)
@given(cases(counting=True))
def test_each_reason_is_of_the_version_that_applies_on_the_day_and_was_known(case: Case) -> None:
    documents, encounter = case
    answer = decide(documents.rulebase(), encounter)
    what_if = documents.payer.get("purpose") == "what-if"
    for line in encounter["lines"]:
        found = answer.line(line["number"])
        said = [(each.policy, each.version) for each in found.reasons]
        said += [(each.policy, each.version) for each in found.overruled]
        for name, version in said:
            versions = [each for each in documents.policies if each["id"] == name]
            event(f"versions of the policy: {len(versions)}")
            assert version == applying(versions, line["date"], KNOWN_ON, what_if=what_if)
