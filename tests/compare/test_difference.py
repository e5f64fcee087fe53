"""The whole difference: what is compared with what, the number that it deserves, and what it does to claims."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.edited import KNOWN_ON, compared, edited, rule, sides
from tests.property.effort import mostly_slow

from payrule.analysis.difference import difference
from payrule.compare.comparison_side import side_alone
from payrule.compare.difference import DATES_SET_ASIDE, diff
from payrule.compare.edits import policy_edits, version_bump
from payrule.compare.operands import Operand
from payrule.encounter.encounter import Encounter
from payrule.model.payer import AcceptedConflict, Payer
from payrule.model.policy import Period, Policy, Remittance, Rule
from payrule.model.values import read_date
from payrule.results.difference import Answer, AnswerDifference, Difference, VersionBump
from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import RequestError


def of(policy: Policy) -> Operand:
    """Name a version, among the shipped documents and a payer that nothing but the national edits binds."""
    payer = Payer(kind="payer", id="ncci-alone", title="The edits alone", tiers=(("ncci",),))
    documents = load().documents
    documents = msgspec.structs.replace(documents, payers={**documents.payers, payer.id: payer})
    return Operand(policy.name, "policy", documents, policy=policy)


def of_codes_alone(policy: Policy) -> Policy:
    """Leave out that pairs are of one provider, so that a pair is settled by what every claim says."""
    rules = json.loads(msgspec.json.encode(policy.rules))
    for each in rules:
        each["when"]["other_line"].pop("same_provider")
    return msgspec.structs.replace(policy, rules=msgspec.convert(rules, tuple[Rule, ...]))


def ncci_without_97530() -> tuple[Policy, Policy]:
    """Take the edits of the source, and a version that no longer lists therapeutic activities beside manual therapy."""
    older = of_codes_alone(load().policies["ncci"][0])
    listed = tuple(code for code in older.sets["listed-beside-manual-therapy"] if code != "97530")
    return older, msgspec.structs.replace(older, version="1.1.0", sets={"listed-beside-manual-therapy": listed})


def test_a_code_dropped_from_the_edits_is_bundled_no_more() -> None:
    older, newer = ncci_without_97530()
    found = diff(of(older), of(newer), known_on=KNOWN_ON)
    (change,) = found.answers.changes
    assert (change.before.disposition, change.before.rule) == ("denied", "ncci/listed-beside-manual-therapy")
    assert (change.after.disposition, change.after.rule) == ("undecided", None)
    assert change.witness.encounter == {
        "id": "witness",
        "lines": [
            {"number": 1, "code": "97530", "date": "2016-03-01"},
            {"number": 2, "code": "97140", "date": "2016-03-01"},
        ],
    }
    assert change.witness.matters == (
        "line 1: code is 97530",
        "line 1: modifiers is not given",
        "line 2: code is 97140",
    )
    assert found.answers.certainty == "proved"
    (bump,) = found.bumps
    assert (bump.bump, bump.demanded, bump.enough) == ("major", "2.0.0", False)


@pytest.mark.slow
def test_the_proposal_pays_for_documented_need_and_returns_massage_billed_as_manual_therapy() -> None:
    found = diff("medicare", "aota-proposed", known_on=KNOWN_ON)
    kinds = {(each.before.disposition, each.after.disposition, each.after.rule) for each in found.answers.changes}
    need, massage = (
        f"aota-proposed/{name}" for name in ("massage-with-documented-need", "massage-is-not-manual-therapy")
    )
    assert kinds == {
        ("denied", "payable", need),
        ("denied", "pending", None),
        ("denied", "returned", massage),
        ("payable", "returned", massage),
        ("pending", "payable", need),
        ("pending", "returned", massage),
    }
    assert found.answers.certainty == "proved"


@pytest.mark.slow
def test_a_policy_can_be_compared_in_its_place_among_a_payers() -> None:
    found = diff("medicare", "aota-proposed", payer="medicare-part-b", known_on=KNOWN_ON)
    payers = {each.witness.before.payer for each in found.answers.changes}
    assert (found.payer, payers) == ("medicare-part-b", {"medicare-part-b"})


@pytest.mark.slow
def test_dates_of_versions_that_follow_each_other_are_set_aside() -> None:
    found = diff("ncci@1.0.0", "ncci@2.0.0", known_on=KNOWN_ON)
    assert found.answers.notes == (DATES_SET_ASIDE,)


def edits_from(first: str) -> tuple[Policy, Policy]:
    """Take the edits of the source until a day, and a version without one of their codes from that day on."""
    older, newer = ncci_without_97530()
    day = read_date(first)
    return (
        msgspec.structs.replace(older, effective=Period(last=(day - timedelta(days=1)).isoformat())),
        msgspec.structs.replace(newer, effective=Period(first=first)),
    )


def kinds(found: Difference) -> set[tuple[Answer, Answer]]:
    return {(each.before, each.after) for each in found.answers.changes}


@pytest.mark.slow
@pytest.mark.parametrize("dates", ["follow each other", "overlap", "the older one ended long before"])
def test_that_a_version_is_not_in_effect_on_the_dates_of_the_other_is_no_change_for_a_payer(dates: str) -> None:
    older, newer = edits_from("2024-07-01")
    if dates == "overlap":
        older = msgspec.structs.replace(older, effective=Period())
    elif dates == "the older one ended long before":
        older = msgspec.structs.replace(older, effective=Period(last="2019-12-31"))
    alone_, placed = (diff(of(older), of(newer), payer=payer, known_on=KNOWN_ON) for payer in (None, "ncci-alone"))
    assert alone_.answers.notes == placed.answers.notes == (DATES_SET_ASIDE,)
    assert kinds(alone_) == kinds(placed)
    assert len(kinds(placed)) == 1


def edited_lines(*days: str) -> Iterator[Encounter | None]:
    """Give for each day a claim of a code that the newer edits no longer hold, beside manual therapy."""
    for day in days:
        lines = [{"number": number, "code": code, "date": day} for number, code in ((1, "97530"), (2, "97140"))]
        yield load().encounter({"id": day, "lines": [{**lines[0], "charge_cents": 100}, lines[1]]})


@pytest.mark.parametrize("payer", mostly_slow([None, "ncci-alone"]))
def test_claims_are_compared_where_both_versions_are_in_effect(payer: str | None) -> None:
    older, newer = edits_from("2024-07-01")
    days = ("2024-06-30", "2024-07-01")
    found = diff(of(older), of(newer), payer=payer, known_on=KNOWN_ON, claims=edited_lines(*days)).impact
    assert found is not None
    assert (found.dates, found.lines, found.lines_outside, found.changed_lines) == ("in-effect", 4, 4, 0)
    unbounded = msgspec.structs.replace(older, effective=Period())
    found = diff(of(unbounded), of(newer), payer=payer, known_on=KNOWN_ON, claims=edited_lines(*days)).impact
    assert found is not None
    assert (found.lines_outside, found.changed_lines, found.changed_cents) == (2, 1, 100)
    assert [each.encounter for each in found.changes[0].examples] == ["2024-07-01"]


@pytest.mark.parametrize("payer", mostly_slow([None, "ncci-alone"]))
def test_claims_are_compared_on_every_date_where_that_is_asked_for(payer: str | None) -> None:
    older, newer = edits_from("2024-07-01")
    claims = edited_lines("2024-06-30", "2024-07-01")
    found = diff(of(older), of(newer), payer=payer, known_on=KNOWN_ON, claims=claims, as_if_in_effect=True).impact
    assert found is not None
    assert (found.dates, found.lines_outside, found.changed_lines) == ("as-if-in-effect", msgspec.UNSET, 2)


def test_claims_of_versions_of_the_same_dates_say_nothing_of_dates() -> None:
    older, newer = ncci_without_97530()
    found = diff(of(older), of(newer), known_on=KNOWN_ON, claims=edited_lines("2019-12-31")).impact
    assert found is not None
    assert (found.dates, found.lines_outside, found.changed_lines) == (msgspec.UNSET, msgspec.UNSET, 1)


@pytest.mark.slow
def test_dates_of_one_version_before_and_after_an_edit_are_compared() -> None:
    (policy,) = load().policies["blue-cross"]
    ended = msgspec.structs.replace(policy, effective=msgspec.structs.replace(policy.effective, last="2020-12-31"))
    found = diff(of(policy), of(ended), known_on=KNOWN_ON)
    assert {each.after.disposition for each in found.answers.changes} == {"undecided"}
    assert {each.witness.encounter["lines"][0]["date"] for each in found.answers.changes} == {"2021-01-01"}


@pytest.mark.parametrize(
    ("old", "new", "payer", "said"),
    [
        (
            "medicare",
            "payer:blue-cross",
            None,
            "`medicare` is a policy and `payer:blue-cross` a payer, so they cannot be compared",
        ),
        (
            "medicare",
            "aota-proposed",
            "blue-cros",
            "there is no payer `blue-cros` on both sides (did you mean `blue-cross`?)",
        ),
        ("medicare", "aota-proposed", "blue-cross", "neither policy binds `blue-cross` (it is bound by `blue-cross`)"),
        (
            "medicare",
            "medicare-chiropractic",
            "medicare-part-b",
            (
                "`medicare-part-b` applies `medicare` and `medicare-chiropractic` together, so neither can stand for "
                "the other (leave out `--payer` to compare each by itself)"
            ),
        ),
        ("payer:blue-cross", "medicare-part-b", "blue-cross", "are payers, so `--payer` means nothing"),
    ],
)
def test_what_cannot_be_compared_is_reported(old: str, new: str, payer: str | None, said: str) -> None:
    with pytest.raises(RequestError) as caught:
        diff(old, new, payer=payer, known_on=KNOWN_ON)
    assert said in str(caught.value)


def test_claims_are_counted_by_the_kind_of_change() -> None:
    rulebase = load()
    line = {"number": 1, "code": "97530", "date": "2016-03-01", "charge_cents": 4500}
    beside = {"number": 2, "code": "97140", "date": "2016-03-01"}
    claims = [
        rulebase.encounter({"id": "E-1", "lines": [line, beside]}),
        rulebase.encounter({"id": "E-2", "lines": [{**line, "charge_cents": None}, beside]}),
        rulebase.encounter({"id": "E-3", "lines": [beside]}),
        None,
    ]
    older, newer = ncci_without_97530()
    found = diff(of(older), of(newer), known_on=KNOWN_ON, claims=claims).impact
    assert found is not None
    assert (found.encounters, found.lines, found.undecidable) == (3, 5, 1)
    assert (found.changed_lines, found.changed_cents) == (2, 4500)
    (change,) = found.changes
    assert (change.lines, change.cents, change.lines_without_charge) == (2, 4500, 1)
    assert [(each.encounter, each.line) for each in change.examples] == [("E-1", 1), ("E-2", 1)]


def rulebase_of(**payers: Payer) -> Operand:
    """Take the shipped rulebase with other payers."""
    return Operand("changed", "rulebase", msgspec.structs.replace(load().documents, payers=payers))


def test_rulebases_without_a_payer_in_common_are_not_said_to_be_equal() -> None:
    one, two = (rulebase_of(**{name: load().payers[name]}) for name in ("blue-cross", "cmt-guide-payer"))
    with pytest.raises(RequestError, match=r"have no payer in common \(compare their policies\)"):
        diff(one, two, known_on=KNOWN_ON)


@pytest.mark.slow
def test_a_payer_on_one_side_only_is_set_aside_and_that_is_reported() -> None:
    blue, guide = (load().payers[name] for name in ("blue-cross", "cmt-guide-payer"))
    found = diff(rulebase_of(**{blue.id: blue, guide.id: guide}), rulebase_of(**{guide.id: guide}), known_on=KNOWN_ON)
    assert found.answers.notes == ("`blue-cross` is a payer on one side only, so its answers are not compared",)


@pytest.mark.slow
def test_a_claim_is_counted_once_for_the_payer_that_it_names() -> None:
    line = {"number": 1, "code": "97140", "date": "2016-03-01"}
    claims = [
        load().encounter({"id": f"E-{payer}", "lines": [line], **({"payer": payer} if payer else {})})
        for payer in ("blue-cross", "blue-cros", None)
    ]
    told: list[str] = []
    whole = rulebase_of(**load().payers)
    found = diff(whole, whole, known_on=KNOWN_ON, claims=claims, unfit=lambda findings: told.extend(map(str, findings)))
    assert found.impact is not None
    assert (found.impact.encounters, found.impact.lines, found.impact.undecidable) == (1, 1, 2)
    assert told == [
        "claim `E-blue-cros`: there is no payer `blue-cros` on both sides (did you mean `blue-cross`?)",
        (
            "claim `E-None`: no payer is named "
            "(name it in the claim, or compare the answers of one payer with `--payer`)"
        ),
    ]


def test_answers_that_change_with_the_vocabulary_are_reported_with_its_edits() -> None:
    (policy,) = load().policies["blue-cross"]
    words = edited("vocabulary", lambda document: document["sets"]["timed-codes"].remove("97110-97124"))
    new = Operand("changed", "policy", words, policy=policy)
    found = diff(of(policy), new, known_on=KNOWN_ON)
    assert found.answers.changes
    assert [(each.document, each.name, each.before) for each in found.edits] == [
        ("vocabulary", "timed-codes", "97110-97124")
    ]


def bump(change: str, **more: Any) -> VersionBump:
    """Compute the number that an edit of a policy deserves."""
    documents = load().documents
    (older,) = documents.policies["blue-cross"]
    newer = msgspec.convert(msgspec.to_builtins(older), Policy)
    listed = (*older.sets["listed-procedures"], "97530")
    edited = {
        "nothing": newer,
        "number and dates": msgspec.structs.replace(
            newer, version="1.0.1", status="proposed", published="2026-11-01", effective=Period(first="2027-01-01")
        ),
        "words": msgspec.structs.replace(newer, title="Another title"),
        "a code more": msgspec.structs.replace(newer, sets={**older.sets, "listed-procedures": listed}),
        "a rule less": msgspec.structs.replace(newer, rules=older.rules[:1]),
    }[change]
    both = (side_alone(documents, each, KNOWN_ON, any_date=True) for each in (older, edited))
    answers = msgspec.structs.replace(compared(*both), **more)
    return version_bump(older, edited, answers, policy_edits(older, edited))


@pytest.mark.parametrize(
    ("change", "kind", "demanded"),
    [
        ("nothing", "none", "1.0.0"),
        ("number and dates", "none", "1.0.0"),
        ("words", "patch", "1.0.1"),
        ("a rule less", "major", "2.0.0"),
    ],
)
def test_a_version_deserves_the_number_that_its_answers_demand(change: str, kind: str, demanded: str) -> None:
    found = bump(change)
    assert (found.bump, found.demanded) == (kind, demanded)


def a_rule_less(payer: Payer, **more: Any) -> tuple[Operand, Operand]:
    """Take a payer of the shipped policies, and the same one without a rule."""
    documents = load().documents
    (whole,) = (msgspec.structs.replace(each, **more) for each in documents.policies["blue-cross"])
    policies = (whole, msgspec.structs.replace(whole, rules=whole.rules[:1]))
    old, new = (
        Operand(
            name,
            "payer",
            msgspec.structs.replace(
                documents, policies={**documents.policies, "blue-cross": (each,)}, payers={payer.id: payer}
            ),
            payer=payer.id,
        )
        for name, each in zip(("old", "new"), policies, strict=True)
    )
    return old, new


ACCEPTED = AcceptedConflict(rules=("blue-cross/exclusion", "blue-cross/listed-procedures"), reason="known")
BOUND_ALONE = Payer(kind="payer", id="plan", title="A plan", tiers=(("blue-cross",),))


@pytest.mark.parametrize(
    ("payer", "version", "asked"),
    [
        pytest.param({}, {}, 1, id="a plan of this policy alone"),
        pytest.param({"payer_ids": ("BC001",), "signatures": 2}, {}, 1, id="who is told by its identifier"),
        pytest.param(
            {"schema": "../../schemas/bound/payer.schema.json", "interpretation": "It has no other."},
            {},
            1,
            id="whose document says more",
        ),
        pytest.param({"accepted_conflicts": (ACCEPTED,)}, {}, 1, id="which accepts a conflict"),
        pytest.param({"remittance": {"blue-cross/exclusion": Remittance(carc="96")}}, {}, 2, id="of codes"),
        pytest.param({}, {"published": "2026-01-01"}, 1, id="published before"),
        pytest.param({}, {"published": "2099-01-01"}, 2, id="published later"),
        pytest.param({}, {"status": "proposed"}, 2, id="not in force"),
        pytest.param({"purpose": "what-if"}, {}, 2, id="of what is proposed"),
        pytest.param({"otherwise": "payable"}, {}, 2, id="payable by default"),
        pytest.param({"presumptions": {"line.direct_contact": True}}, {}, 2, id="which presumes"),
        pytest.param({"tiers": (("blue-cross",), ("ncci",))}, {}, 2, id="of two policies"),
    ],
)
def test_the_number_of_a_version_is_that_of_the_policy_alone_whatever_a_payer_adds(
    monkeypatch: pytest.MonkeyPatch, payer: dict[str, Any], version: dict[str, Any], asked: int
) -> None:
    """What the payer's answers have shown is not asked again where the policy alone answers as they do."""
    told = list[object]()

    def counted(*arguments: Any, **options: Any) -> AnswerDifference:
        told.append(arguments)
        return difference(*arguments, **options)

    monkeypatch.setattr("payrule.compare.difference.difference", counted)
    both = a_rule_less(msgspec.structs.replace(BOUND_ALONE, **payer), **version)
    (found,) = diff(*both, known_on=KNOWN_ON).bumps
    (alone,) = (bump("a rule less"),)
    assert (found.bump, found.demanded, found.because) == (alone.bump, alone.demanded, alone.because)
    assert len(told) == asked


@pytest.mark.parametrize(("change", "sure"), [("a rule less", "proved"), ("words", "unknown")])
def test_a_major_change_is_certain_although_time_ran_out(change: str, sure: str) -> None:
    assert bump(change, certainty="unknown").certainty == sure


def test_answers_where_there_were_none_are_minor() -> None:
    """A policy that speaks of codes nobody spoke of: every other answer stays."""
    old, new = sides(
        "medicare-statute/1.0.0",
        lambda document: rule(document, "chiropractors-are-paid-for-manipulation-only").update(
            when={"line.code": {"in": ["00001"]}}
        ),
        "medicare-part-b",
    )
    (one,), (two,) = (each.rulebase.policies["medicare-statute"] for each in (old, new))
    nothing = msgspec.structs.replace(one, rules=())
    both = [side_alone(old.rulebase.documents, each, KNOWN_ON, any_date=True) for each in (nothing, two)]
    found = version_bump(nothing, two, compared(*both), policy_edits(nothing, two))
    assert (found.bump, found.demanded) == ("minor", "1.1.0")


def counted_by(payer: str, method: str | None = None, **changes: Any) -> Operand:
    """Name a payer whose minutes are counted by a method, among codes and disciplines that may be others.

    `medicare-alone` is Medicare without the national edits, among which it takes long to look.
    """
    documents = load().documents
    alone = msgspec.structs.replace(documents.payers["medicare-part-b"], id="medicare-alone", tiers=(("medicare",),))
    documents = msgspec.structs.replace(documents, payers={**documents.payers, alone.id: alone})
    timed = msgspec.structs.replace(documents.vocabulary.timed, **({"method": method} if method else {}), **changes)
    vocabulary = msgspec.structs.replace(documents.vocabulary, timed=timed)
    return Operand(payer, "payer", msgspec.structs.replace(documents, vocabulary=vocabulary), payer=payer)


def of_one_discipline() -> dict[str, Any]:
    return {"disciplines": load().documents.vocabulary.timed.disciplines[:1]}


def fewer_codes() -> dict[str, Any]:
    return {"codes": tuple(each for each in load().documents.vocabulary.timed.codes if each != "97140")}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("payer", "old", "new", "others"),
    [
        ("blue-cross", "cms-8-minute", "ama-midpoint", {}),
        ("blue-cross", "ama-midpoint", "cms-8-minute", {}),
        ("medicare-alone", "cms-8-minute", "ama-midpoint", {}),
        ("medicare-part-b", "ama-midpoint", "cms-8-minute", {"disciplines": ()}),
        ("blue-cross", "cms-8-minute", "ama-midpoint", {"disciplines": ()}),
        ("blue-cross", "cms-8-minute", "ama-midpoint", of_one_discipline()),
    ],
)
def test_each_kind_that_another_way_of_counting_minutes_changes_is_shown_by_minutes(
    payer: str, old: str, new: str, others: dict[str, Any]
) -> None:
    found = diff(counted_by(payer, old, **others), counted_by(payer, new, **others), known_on=KNOWN_ON)
    assert found.answers.certainty in {"bounded", "proved"}
    assert [each for each in found.answers.notes if "could not be shown" in each] == []
    assert len(found.answers.changes) > 10
    for change in found.answers.changes:
        assert any("minutes" in line for line in change.witness.encounter["lines"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("payer", "method"),
    [
        ("blue-cross", "cms-8-minute"),
        ("medicare-alone", "cms-8-minute"),
        ("medicare-part-b", "ama-midpoint"),
    ],
)
def test_another_list_of_timed_codes_is_shown_by_minutes(payer: str, method: str) -> None:
    found = diff(counted_by(payer, method), counted_by(payer, method, **fewer_codes()), known_on=KNOWN_ON)
    assert found.answers.certainty in {"bounded", "proved"}
    assert found.answers.changes


@pytest.mark.slow
def test_code_whose_minutes_are_not_pooled_and_that_is_denied_anyway_changes_no_answer() -> None:
    payer, method = "blue-cross", "ama-midpoint"
    found = diff(counted_by(payer, method), counted_by(payer, method, **fewer_codes()), known_on=KNOWN_ON)
    assert found.answers.certainty in {"bounded", "proved"}
    assert found.answers.changes == ()
