"""What was edited: nothing where only the order differs, something where anything does, the same on the way back."""

import json

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from tests.property.documents import RulebaseDocuments
from tests.property.effort import examples
from tests.property.generated import SEEDS, rulebases, shuffled
from tests.property.words import Json

from payrule.compare.edits import edits, policy_edits
from payrule.model.digests import ORDERED, document_digest
from payrule.model.policy import Policy
from payrule.results.difference import Edit
from payrule.rulebase.load import Documents


def pair(whole: RulebaseDocuments, seed: int) -> tuple[Documents, Documents]:
    """Read documents, and the same in another order."""
    turned = RulebaseDocuments(
        shuffled(whole.words, seed, ORDERED),
        tuple(shuffled(each, seed, ORDERED) for each in whole.policies),
        shuffled(whole.payer, seed, ORDERED),
        whole.codes,
    )
    return whole.rulebase().documents, turned.rulebase().documents


@examples(100)
@given(rulebases(), SEEDS)
def test_order_is_no_edit(whole: RulebaseDocuments, seed: int) -> None:
    assert edits(*pair(whole, seed)) == ()


def renamed(policy: Json) -> Json:
    """Rename every set, fact and rule of a policy, wherever they are named."""
    names = {f'"{name}"': f'"{name}-too"' for name in [*policy["facts"], *(each["id"] for each in policy["rules"])]}
    names |= {f'"@{name}"': f'"@{name}-too"' for name in policy["sets"]}
    names |= {f'"{name}"': f'"{name}-too"' for name in policy["sets"]}
    text = json.dumps({key: policy[key] for key in ("sets", "facts", "rules")})
    for old, new in names.items():
        text = text.replace(old, new)
    changed: Json = json.loads(text)
    return policy | changed


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[Policy, Policy]:
    """Draw two policies of one name: of one rulebase, of two, or one and the same; perhaps with other names in it."""
    one = draw(rulebases()).policies
    two = draw(st.one_of(st.just(one), rulebases().map(lambda found: found.policies)))
    first, second = (draw(st.sampled_from(each)) for each in (one, two))
    mixed = {key: draw(st.sampled_from((first, second)))[key] for key in first}
    said = draw(st.sampled_from((first, second)))  # rules name sets and facts, so that these go with them
    mixed |= {key: said[key] for key in ("sets", "facts")}
    mixed["rules"] = [each for each in said["rules"] if draw(st.booleans())] or said["rules"]
    mixed = draw(st.sampled_from((mixed, renamed(mixed))))
    old, new = (msgspec.convert(each | {"id": "p", "version": "1.0.0"}, Policy) for each in (first, mixed))
    return old, new


@pytest.mark.slow
@examples(300)
@given(neighbours())
def test_policies_have_no_edits_when_they_have_one_digest(both: tuple[Policy, Policy]) -> None:
    equal = len({document_digest(msgspec.to_builtins(each)) for each in both}) == 1
    event(f"equal: {equal}")
    assert (policy_edits(*both) == ()) == equal


def backwards(edit: Edit) -> Edit:
    kinds = {"added": "removed", "removed": "added"}
    data = msgspec.structs.asdict(edit) | {"kind": kinds.get(edit.kind, edit.kind)}
    if edit.kind == "renamed":
        data["name"] = edit.before
    return Edit(**data | {"before": edit.after, "after": edit.before})


def told(edit: Edit) -> bytes:
    """Tell an edit without the name of a part and the words of a condition, which may be under other names."""
    data = msgspec.structs.asdict(edit)
    return msgspec.json.encode([data[key] for key in ("kind", "area", "of", "key")])


@pytest.mark.slow
@examples(300)
@given(neighbours())
def test_the_way_back_is_the_way_there_backwards(both: tuple[Policy, Policy]) -> None:
    there, back = policy_edits(*both), policy_edits(*both[::-1])
    event(f"renamed: {any(each.kind == 'renamed' for each in there)}")
    assert sorted(map(told, back)) == sorted(told(backwards(each)) for each in there)


@examples(100)
@given(rulebases().map(lambda found: found.policies[0]))
def test_renaming_is_no_other_edit(policy: Json) -> None:
    found = policy_edits(msgspec.convert(policy, Policy), msgspec.convert(renamed(policy), Policy))
    summaries = [each for each in found if each.key == "summary"]  # they are the names, in generated documents
    assert {(each.kind, each.area) for each in found if each not in summaries} == {("renamed", "text")}
    assert len(found) - len(summaries) == len(policy["sets"]) + len(policy["facts"]) + len(policy["rules"])
