"""What was edited, in types: whatever the order and the format, and with what was renamed recognised."""

import random
from typing import Any

import msgspec
import pytest
from tests.edited import Edit as Change
from tests.edited import Json, edited, rename, rule
from tests.property.effort import mostly_slow

from payrule.compare.difference import diff
from payrule.compare.edits import edits
from payrule.compare.operands import operand
from payrule.model.digests import ORDERED
from payrule.model.payer import AcceptedConflict
from payrule.results.difference import Edit
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import load

BLUE = "blue-cross/1.0.0"


def told(document: str, change: Change) -> list[tuple[str | None, ...]]:
    """Edit a document and tell what was edited."""
    return [_row(each) for each in edits(load().documents, edited(document, change))]


def _row(edit: Edit) -> tuple[str | None, ...]:
    return (edit.kind, edit.area, edit.of, edit.name, edit.key, edit.before, edit.after)


def set_key(name: str, key: str, value: Any) -> Change:
    return lambda document: rule(document, name).update({key: value})


def both(*changes: Change) -> Change:
    def change(document: Json) -> None:
        for each in changes:
            each(document)

    return change


def reword_benefit(document: Json) -> None:
    """Change the order of the values of a concern, the effect of one and the words of the other."""
    benefit = next(each for each in document["concerns"] if each["id"] == "benefit")
    benefit["values"].reverse()
    benefit["values"][0]["summary"] = "Paid."
    benefit["values"][1]["effect"] = "returned"


ALONE = (
    "benefit: excluded; wording: may; member responsibility (PR), "
    "when code is 97124 and not (there is another line of that date)"
)
CONNECTIVE = (
    "techniques has any of connective-tissue-massage, connective-tissue-mobilization, therapeutic-massage, "
    "transverse-friction-massage and indications has any of restricted-soft-tissue-motion"
)

EDITS: dict[str, tuple[str, Change, list[tuple[str | None, ...]]]] = {
    "a rule removed": (
        BLUE,
        lambda document: document["rules"].remove(rule(document, "billed-alone")),
        [("removed", "rules", "rule", "billed-alone", None, ALONE, None)],
    ),
    "a condition changed": (
        BLUE,
        set_key("contact-is-not-one-on-one", "when", {"line.direct_contact": {"is": False}}),
        [
            ("changed", "rules", "rule", "contact-is-not-one-on-one", "when",
             "code is one of @one-on-one-procedures and direct contact is false", "direct contact is false"),
        ],
    ),
    "a conclusion changed": (
        BLUE,
        lambda document: rule(document, "billed-alone")["conclude"].update(modality="shall"),
        [
            ("changed", "rules", "rule", "billed-alone", "conclude",
             "benefit: excluded; wording: may; member responsibility (PR)",
             "benefit: excluded; wording: shall; member responsibility (PR)"),
        ],
    ),
    "an override dropped": (
        BLUE,
        lambda document: rule(document, "exclusion").pop("overrides"),
        [("changed", "rules", "rule", "exclusion", "overrides", "listed-procedures", None)],
    ),
    "words changed": (
        BLUE,
        set_key("exclusion", "advice", "Ask the payer."),
        [
            ("changed", "text", "rule", "exclusion", "advice",
             "The payer does not pay for this service; ask it whether provider or subscriber bears the charge.",
             "Ask the payer."),
        ],
    ),
    "a set gains and loses members": (
        BLUE,
        lambda document: document["sets"].update({"excluded-services": ["97124", "97112"]}),
        [("changed", "rules", "set", "excluded-services", "members", "97140", "97112")],
    ),
    "a set renamed, and the conditions that name it": (
        BLUE,
        rename("excluded-services", "not-paid"),
        [("renamed", "text", "set", "not-paid", None, "excluded-services", "not-paid")],
    ),
    "a set renamed and smaller by one, and a rule of the same name": (
        BLUE,
        both(rename("listed-procedures", "fees"), lambda document: document["sets"]["fees"].remove("97110")),
        [
            ("renamed", "text", "set", "fees", None, "listed-procedures", "fees"),
            ("changed", "rules", "set", "fees", "members", "97110", None),
            ("renamed", "text", "rule", "fees", None, "listed-procedures", "fees"),
        ],
    ),
    "facts renamed, one of which another one uses, and the rules that use them": (
        "medicare/1.0.0",
        both(
            rename("connective-tissue-work-for-its-condition", "connective-work"),
            rename("listed-technique-for-its-condition", "any-listed-technique"),
        ),
        [
            ("renamed", "text", "fact", "any-listed-technique", None,
             "listed-technique-for-its-condition", "any-listed-technique"),
            ("renamed", "text", "fact", "connective-work", None,
             "connective-tissue-work-for-its-condition", "connective-work"),
        ],
    ),
    "a fact renamed with a condition more": (
        "medicare/1.0.0",
        both(
            rename("connective-tissue-work-for-its-condition", "connective-work"),
            lambda document: document["facts"]["connective-work"]["when"].update({"line.units": {"at_least": 2}}),
        ),
        [
            ("renamed", "text", "fact", "connective-work", None,
             "connective-tissue-work-for-its-condition", "connective-work"),
            ("changed", "rules", "fact", "connective-work", "when",
             CONNECTIVE, f"{CONNECTIVE} and units is at least 2"),
        ],
    ),
    "a rule renamed that concludes otherwise": (
        BLUE,
        both(
            rename("billed-alone", "massage-alone"),
            lambda document: rule(document, "massage-alone")["conclude"].update(modality="shall"),
        ),
        [
            ("renamed", "text", "rule", "massage-alone", None, "billed-alone", "massage-alone"),
            ("changed", "rules", "rule", "massage-alone", "conclude",
             "benefit: excluded; wording: may; member responsibility (PR)",
             "benefit: excluded; wording: shall; member responsibility (PR)"),
        ],
    ),
    "a rule replaced by one with another condition": (
        BLUE,
        both(
            rename("billed-alone", "many-units"),
            lambda document: rule(document, "many-units").update(when={"line.units": {"at_least": 9}}),
        ),
        [
            ("removed", "rules", "rule", "billed-alone", None, ALONE, None),
            ("added", "rules", "rule", "many-units", None, None,
             "benefit: excluded; wording: may; member responsibility (PR), when units is at least 9"),
        ],
    ),
    "codes of a remittance": (
        BLUE,
        set_key("preparation-is-integral", "remittance", {"carc": "97", "rarc": ["N19", "N95"]}),
        [("changed", "rules", "rule", "preparation-is-integral", "remittance", "rarc: N19", "rarc: N19, N95")],
    ),
    "a passage cited more": (
        BLUE,
        lambda document: rule(document, "billed-alone")["cites"].append({"source": "manual", "locator": "page 2"}),
        [("changed", "text", "rule", "billed-alone", "cites", None, "manual: page 2")],
    ),
    "the words of a note": (
        BLUE,
        lambda document: document["notes"][1].update(text="The fees list what the exclusion refuses."),
        [
            ("changed", "text", "note",
             "Fee listing; Massage and Manual Therapy Exclusion, paragraph 1, sentence 1", "text",
             "The fee listing offers payment for massage and manual therapy, and the exclusion refuses it.",
             "The fees list what the exclusion refuses."),
        ],
    ),
    "a rule renamed, and the overrides that name it": (
        BLUE,
        rename("exclusion", "not-paid"),
        [("renamed", "text", "rule", "not-paid", None, "exclusion", "not-paid")],
    ),
    "dates and status": (
        BLUE,
        lambda document: document.update(effective={"from": "2024-07-01", "to": None}, status="draft"),
        [
            ("changed", "rules", "policy", "blue-cross", "status", "in-force", "draft"),
            ("changed", "rules", "policy", "blue-cross", "effective", "from any date to any date",
             "from 2024-07-01 to any date"),
        ],
    ),
    "tiers of a payer": (
        "payers/medicare-part-b",
        lambda document: document["tiers"].pop(0),
        [
            ("changed", "rules", "payer", "medicare-part-b", "tiers",
             "medicare-statute, then ncci, then medicare with medicare-chiropractic",
             "ncci, then medicare with medicare-chiropractic"),
        ],
    ),
    "two tiers of a payer become one": (
        "payers/medicare-part-b",
        lambda document: document.update(tiers=[["medicare-statute"], ["ncci", "medicare"]]),
        [
            ("changed", "rules", "payer", "medicare-part-b", "tiers",
             "medicare-statute, then ncci, then medicare with medicare-chiropractic",
             "medicare-statute, then medicare with ncci"),
        ],
    ),
    "what a payer presumes, accepts and says of regions": (
        "payers/medicare-part-b",
        lambda document: document.update(
            presumptions={"line.documentation": True},
            accepted_conflicts=[{"rules": ["ncci/a", "medicare/b"], "reason": "The text is a draft."}],
            regions={"contiguous": [["lumbar", "sacral"]], "interpretation": "By the payer's manual."},
        ),
        [
            ("changed", "text", "payer", "medicare-part-b", "accepted_conflicts",
             None, "medicare/b against ncci/a: The text is a draft."),
            ("changed", "text", "payer", "medicare-part-b", "regions.interpretation", None, "By the payer's manual."),
            ("changed", "rules", "payer", "medicare-part-b", "presumptions", None, "line.documentation: true"),
            ("changed", "rules", "payer", "medicare-part-b", "regions", None, "lumbar with sacral"),
        ],
    ),
    "regions that touch no longer": (
        "vocabulary",
        lambda document: document["regions"]["contiguous"].remove(["lumbar", "sacral"]),
        [("changed", "rules", "vocabulary", "vocabulary", "regions", "lumbar with sacral", None)],
    ),
    "how regions were read": (
        "vocabulary",
        lambda document: document["regions"].update(interpretation="as drawn"),
        [("changed", "text", "vocabulary", "vocabulary", "regions.interpretation", "anatomical", "as drawn")],
    ),
    "timed codes and the method": (
        "vocabulary",
        lambda document: document["timed"].update(codes=["97110-97124", "97140"], method="ama-midpoint"),
        [
            ("changed", "rules", "vocabulary", "vocabulary", "timed",
             "codes: 97032-97036, 97129, 97130, 97530-97542, 97750, 97755, 97760, 97761, 97763; method: cms-8-minute",
             "codes: nothing; method: ama-midpoint"),
        ],
    ),
    "what is presumed of a clean record": (
        "vocabulary",
        lambda document: document["presumptions"]["clean-record"].pop("line.documentation.time"),
        [
            ("changed", "rules", "vocabulary", "vocabulary", "presumptions",
             "clean-record: line.documentation.time: true", "clean-record: nothing"),
        ],
    ),
    "the order of a concern's values, the effect of one and the words of another": (
        "vocabulary",
        reword_benefit,
        [
            ("changed", "rules", "concern", "benefit", "values", "excluded, covered", "covered, excluded"),
            ("changed", "text", "concern", "benefit covered", "summary", "The payer pays for the service.", "Paid."),
            ("changed", "rules", "concern", "benefit excluded", "effect", "denied", "returned"),
        ],
    ),
    "a value of an attribute": (
        "vocabulary",
        lambda document: document["attributes"]["encounter.payer_role"]["values"].append("tertiary"),
        [
            ("changed", "rules", "attribute", "encounter.payer_role", "values",
             "primary, secondary", "primary, secondary, tertiary"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("document", "change", "expected"), mostly_slow(EDITS.values(), quick=12), ids=EDITS)
def test_an_edit_is_reported_by_its_type(document: str, change: Change, expected: list[tuple[str | None, ...]]) -> None:
    assert told(document, change) == expected


@pytest.mark.parametrize(
    "document", [BLUE, "medicare/1.0.0", "cmt-billing-guide/1.0.0", "vocabulary", "payers/every-source"]
)
@pytest.mark.parametrize("seed", mostly_slow(range(3)))
def test_order_is_no_edit(document: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same order each time, no secret

    def shuffled(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            items = list(value.items())
            chance.shuffle(items)
            return {name: shuffled(each, name) for name, each in items}
        if isinstance(value, list):
            members = [shuffled(each) for each in value]
            if key not in ORDERED:
                chance.shuffle(members)
            return members
        return value

    def change(document: Json) -> None:
        turned = shuffled(document)
        document.clear()
        document.update(turned)

    assert told(document, change) == []


def test_a_set_of_the_vocabulary_renamed_is_one_edit_although_policies_name_it() -> None:
    old = load().documents
    renaming = rename("timed-codes", "codes-with-time")
    words = edited("vocabulary", renaming).vocabulary
    new = msgspec.structs.replace(edited(BLUE, renaming), vocabulary=words)
    assert [_row(each) for each in edits(old, new)] == [
        ("renamed", "text", "set", "codes-with-time", None, "timed-codes", "codes-with-time")
    ]


def test_one_of_two_names_for_the_same_goes_to_the_likelier() -> None:
    def change(document: Json) -> None:
        members = document["sets"].pop("excluded-services")
        document["sets"] |= {"paid-for": members, "services-excluded": members}

    assert ("renamed", "services-excluded") in [(row[0], row[3]) for row in told(BLUE, change)]


def test_what_could_be_either_of_two_is_taken_for_neither() -> None:
    def change(document: Json) -> None:
        members = document["sets"].pop("listed-procedures")
        document["sets"] |= {"first": members[1:], "second": members[:-1]}

    assert sorted((row[0], row[3]) for row in told(BLUE, change) if row[2] == "set") == [
        ("added", "first"),
        ("added", "second"),
        ("removed", "listed-procedures"),
    ]


def test_payers_and_policies_that_come_and_go_are_reported_by_their_titles() -> None:
    old = load().documents
    policies = {name: versions for name, versions in old.policies.items() if name != "aota-proposed"}
    payers = {name: payer for name, payer in old.payers.items() if name != "every-source"}
    new = msgspec.structs.replace(old, policies=policies, payers=payers)
    gone = (old.policies["aota-proposed"][0].title, old.payers["every-source"].title)
    there, back = edits(old, new), edits(new, old)
    assert [(each.kind, each.of, each.name, each.before) for each in there] == [
        ("removed", "policy", "aota-proposed", gone[0]),
        ("removed", "payer", "every-source", gone[1]),
    ]
    assert [(each.kind, each.after) for each in back] == [("added", gone[0]), ("added", gone[1])]


def test_each_of_two_versions_that_are_new_is_reported_by_the_one_before_it() -> None:
    old = load().documents
    (policy,) = old.policies["blue-cross"]
    one = msgspec.structs.replace(policy, version="1.1.0", rules=policy.rules[1:])
    two = msgspec.structs.replace(policy, version="1.2.0")
    new = msgspec.structs.replace(old, policies={**old.policies, policy.id: (policy, one, two)})
    assert [(each.kind, each.document, each.of) for each in edits(old, new)] == [
        ("added", "blue-cross@1.1.0", "policy"),
        ("removed", "blue-cross@1.1.0", "rule"),
        ("added", "blue-cross@1.2.0", "policy"),
        ("added", "blue-cross@1.2.0", "rule"),
    ]


def test_a_version_that_is_new_is_reported_by_what_it_changes_of_its_predecessor() -> None:
    old = load().documents
    (policy,) = old.policies["blue-cross"]
    newer = msgspec.structs.replace(policy, version="1.1.0", rules=policy.rules[1:])
    new = msgspec.structs.replace(old, policies={**old.policies, policy.id: (policy, newer)})
    found = edits(old, new)
    assert [(each.kind, each.document, each.of, each.name) for each in found] == [
        ("added", "blue-cross@1.1.0", "policy", "blue-cross"),
        ("removed", "blue-cross@1.1.0", "rule", "independent-massage-therapist"),
    ]


def renamed(documents: Documents, policy: str, now: str) -> Documents:
    """Give a policy another name, wherever documents name it."""
    listed = dict(documents.policies)
    listed[now] = tuple(msgspec.structs.replace(each, id=now) for each in listed.pop(policy))
    payers = {
        name: msgspec.structs.replace(
            each,
            tiers=tuple(tuple(now if bound == policy else bound for bound in tier) for tier in each.tiers),
            accepted_conflicts=tuple(
                accepted(*(rule.replace(f"{policy}/", f"{now}/") for rule in known.rules))
                for known in each.accepted_conflicts
            ),
        )
        for name, each in documents.payers.items()
    }
    return msgspec.structs.replace(documents, policies=listed, payers=payers)


def accepted(one: str, two: str) -> AcceptedConflict:
    return AcceptedConflict(rules=(one, two), reason="It is known.")


def accepting(documents: Documents, one: str, two: str) -> Documents:
    """Let a payer accept the conflict of two rules."""
    payer = documents.payers["every-source"]
    known = msgspec.structs.replace(payer, accepted_conflicts=(accepted(one, two),))
    return msgspec.structs.replace(documents, payers={**documents.payers, payer.id: known})


def test_a_policy_renamed_is_one_edit_although_payers_bind_it_and_accept_its_conflicts() -> None:
    old = accepting(load().documents, "blue-cross/exclusion", "ncci/x")
    assert [_row(each) for each in edits(old, renamed(old, "blue-cross", "blue-shield"))] == [
        ("renamed", "text", "policy", "blue-shield", None, "blue-cross", "blue-shield")
    ]


def test_a_policy_renamed_with_a_rule_less_is_reported_by_the_rule() -> None:
    old = load().documents
    new = renamed(old, "blue-cross", "blue-shield")
    (policy,) = new.policies["blue-shield"]
    fewer = msgspec.structs.replace(policy, rules=policy.rules[1:])
    found = edits(old, msgspec.structs.replace(new, policies={**new.policies, policy.id: (fewer,)}))
    assert [(each.kind, each.of, each.name) for each in found] == [
        ("renamed", "policy", "blue-shield"),
        ("removed", "rule", "independent-massage-therapist"),
    ]


def test_a_policy_with_other_rules_is_another_policy() -> None:
    old = load().documents
    (policy,) = old.policies["blue-cross"]
    other = msgspec.structs.replace(policy, id="other", rules=policy.rules[:2])
    listed = {name: versions for name, versions in old.policies.items() if name != policy.id}
    found = edits(old, msgspec.structs.replace(old, policies={**listed, "other": (other,)}))
    assert [(each.kind, each.of, each.name) for each in found] == [
        ("removed", "policy", "blue-cross"),
        ("added", "policy", "other"),
    ]


def test_a_payer_renamed_is_one_edit() -> None:
    old = load().documents
    payers = dict(old.payers)
    payers["every-text"] = msgspec.structs.replace(payers.pop("every-source"), id="every-text")
    assert [_row(each) for each in edits(old, msgspec.structs.replace(old, payers=payers))] == [
        ("renamed", "text", "payer", "every-text", None, "every-source", "every-text")
    ]


def test_accepted_conflicts_follow_a_rule_that_was_renamed() -> None:
    old = accepting(load().documents, "blue-cross/exclusion", "ncci/x")
    new = accepting(edited(BLUE, rename("exclusion", "not-paid")), "blue-cross/not-paid", "ncci/x")
    assert [_row(each) for each in edits(old, new)] == [
        ("renamed", "text", "rule", "not-paid", None, "exclusion", "not-paid")
    ]


@pytest.mark.slow
def test_two_payers_that_are_compared_are_not_one_that_was_renamed() -> None:
    one, two = (operand(f"payer:{name}") for name in ("medicare-part-b", "every-source"))
    found = diff(one, two, known_on="2026-11-25").edits
    assert {(each.kind, each.name) for each in found if each.of == "payer"} == {
        ("removed", "medicare-part-b"),
        ("added", "every-source"),
    }


QUOTA: Json = {
    "summary": "Four units a day.",
    "of": "line.units",
    "at_most": 4,
    "window": "date",
    "same": ["line.provider.npi"],
    "where": {"line.code": {"in": "@excluded-services"}},
    "first": [{"highest": "line.charge_cents"}],
}
COUNT: Json = {"window": {"days": 90}, "same": ["line.provider.npi"], "itself": True, "count": {"at_least": 2}}


def counting(**changed: Any) -> Documents:
    """Give a policy a quota, a rule that asks about it, and one that counts lines; some of it changed."""

    def change(document: Json) -> None:
        document["quotas"] = {changed.get("named", "units"): QUOTA | changed.get("quota", {})}
        document["sets"].setdefault("excluded-services", ["97010"])
        rules = document["rules"]
        asked = {changed.get("named", "units"): {"over": {"at_least": changed.get("over", 1)}}}
        rules[0]["when"] = {"line.code": {"is": "97110"}, "quota": asked}
        counted = {key: each for key, each in (COUNT | changed.get("lines", {})).items() if each is not None}
        rules[1]["when"] = {"lines": counted}

    return edited(BLUE, change)


COUNTED = "there are at least 2 lines in the {} up to that date"
NPI, TOO = " with the same provider npi", "; this line counts, too)"


@pytest.mark.parametrize(
    ("changed", "of", "key", "before", "after"),
    [
        ({"quota": {"at_most": 5}}, "quota", "at_most", "4", "5"),
        ({"quota": {"window": {"days": 30}}}, "quota", "window", "of that date", "in the 30 days up to that date"),
        ({"quota": {"same": ["line.provider.type"]}}, "quota", "same", "provider npi", "provider type"),
        ({"quota": {"of": "lines"}}, "quota", "of", "units", "lines"),
        ({"quota": {"where": {}}}, "quota", "where", "code is one of @excluded-services", None),
        ({"quota": {"first": []}}, "quota", "first", "highest charge cents", None),
        (
            {"quota": {"first": [{"lowest": "line.units"}, {"highest": "line.charge_cents"}]}},
            "quota",
            "first",
            "highest charge cents",
            "lowest units, then highest charge cents",
        ),
        (
            {"over": 2},
            "rule",
            "when",
            "code is 97110 and at least 1 of this line are over the quota `units`",
            "code is 97110 and at least 2 of this line are over the quota `units`",
        ),
        (
            {"lines": {"window": {"days": 89}}},
            "rule",
            "when",
            f"({COUNTED.format('90 days')}{NPI}{TOO}",
            f"({COUNTED.format('89 days')}{NPI}{TOO}",
        ),
        (
            {"lines": {"same": None}},
            "rule",
            "when",
            f"({COUNTED.format('90 days')}{NPI}{TOO}",
            f"({COUNTED.format('90 days')}{TOO}",
        ),
        (
            {"lines": {"itself": None}},
            "rule",
            "when",
            f"({COUNTED.format('90 days')}{NPI}{TOO}",
            f"({COUNTED.format('90 days')}{NPI}; this line does not count)",
        ),
    ],
)
def test_what_changes_in_a_count_or_a_quota_is_told(
    changed: Json, of: str, key: str, before: str, after: str | None
) -> None:
    (told_,) = edits(counting(), counting(**changed))
    assert (told_.kind, told_.area, told_.of, told_.key, told_.before, told_.after) == (
        "changed", "rules", of, key, before, after
    )  # fmt: skip


def test_quota_that_comes_or_goes_is_told_by_its_limit() -> None:
    found = edits(load().documents, counting())
    assert ("added", "rules", "quota", "units", None, None, "at most 4 units of that date") in map(_row, found)


def test_quota_that_is_renamed_is_one_edit_although_rules_ask_about_it() -> None:
    assert [_row(each) for each in edits(counting(), counting(named="timed-units"))] == [
        ("renamed", "text", "quota", "timed-units", None, "units", "timed-units")
    ]


def paying(pay: Json, named: str = "units") -> Documents:
    """Give a policy a quota, and a rule that pays in part."""

    def change(document: Json) -> None:
        document["quotas"] = {named: QUOTA}
        document["sets"].setdefault("excluded-services", ["97010"])
        document["rules"][0]["conclude"] = {"concern": "units", "value": "limited", "modality": "shall", "pay": pay}
        document["rules"][0].pop("overrides", None)

    return edited(BLUE, change)


@pytest.mark.parametrize(
    ("before", "after", "was", "now"),
    [
        ({"percent": 85}, {"percent": 80}, "85 %", "80 %"),
        ({"units": 1}, {"units": 2}, "at most 1 unit", "at most 2 units"),
        ({"units": 1}, {"units": {"quota": "units"}}, "at most 1 unit", "the units within the quota `units`"),
    ],
)
def test_what_changes_in_what_is_paid_is_reported(before: Json, after: Json, was: str, now: str) -> None:
    (found,) = edits(paying(before), paying(after))
    assert (found.of, found.key) == ("rule", "conclude")
    assert f"units: limited; pays {was}; wording: shall" in (found.before or "")
    assert f"units: limited; pays {now}; wording: shall" in (found.after or "")


def test_quota_that_is_renamed_is_one_edit_although_a_rule_pays_what_is_within() -> None:
    one, two = paying({"units": {"quota": "units"}}), paying({"units": {"quota": "timed"}}, named="timed")
    assert [_row(each) for each in edits(one, two)] == [("renamed", "text", "quota", "timed", None, "units", "timed")]
