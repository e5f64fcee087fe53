"""Answers that are kept change nothing but time: after any edit the same is found with them as without."""

import json
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from tests.property.changes import Edited, edited
from tests.property.choosing import pick
from tests.property.documents import RulebaseDocuments
from tests.property.edits import Edit, edits
from tests.property.effort import examples
from tests.property.sides import one_side, sides
from tests.property.words import Json

from payrule.analysis import slices as cutting
from payrule.analysis.difference import difference
from payrule.analysis.verification import verification
from payrule.analysis.work import ALONE, Work
from payrule.compare import comparison_side
from payrule.compare.comparison_side import BothDecide, OneDecides, Side, regimes
from payrule.results.determination import Determination
from payrule.source.files import temporary_folder


@pytest.fixture(autouse=True, scope="module")
def _cut() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "FEW_RULES", 0)
        yield


def reword(draw: st.DrawFn, whole: Json) -> None:
    """Say the same of some rules in other words, of another source."""
    for rule in [rule for policy in whole["policies"] for rule in policy["rules"]]:
        if pick(draw, (True, True, False)):
            rule["summary"] = f"{rule['summary']} in other words"
            rule["cites"] = [{"source": "s", "locator": pick(draw, ("1", "2"))}]
            rule["advice"] = "do otherwise"


def number_otherwise(draw: st.DrawFn, whole: Json) -> None:
    """Give a policy another version number, as each edition has."""
    pick(draw, whole["policies"])["version"] = "7.0.0"


def answer_otherwise(draw: st.DrawFn, whole: Json) -> None:
    """Answer otherwise where no rule answers, or say that the payer is none."""
    whole["payer"] |= pick(draw, ({"otherwise": "payable"}, {"purpose": "what-if"}))


def ask_for_more(draw: st.DrawFn, whole: Json) -> None:
    """Add a rule of another code that asks for what no other may ask for, so that it is computed of every line."""
    rules = pick(draw, [policy["rules"] for policy in whole["policies"] if policy["rules"]])
    when = {"line.code": {"is": "A0009"}, "line.minutes": {"at_least": 8}, "line.units_supported": {"is": True}}
    rules.append({"id": "more", "summary": "more", "when": when, "conclude": rules[0]["conclude"]})


IN_WORDS: tuple[Edit, ...] = (reword, reword, number_otherwise, answer_otherwise, ask_for_more)
"""Edits that may leave every answer as it is, but not all that is said of it."""


@st.composite
def edited_again(draw: st.DrawFn, documents: RulebaseDocuments) -> RulebaseDocuments:
    """Draw one more edit, of what rules ask or of what is said."""
    if pick(draw, (False, False, True)) or not any(policy["rules"] for policy in documents.policies):
        return draw(edits(documents))
    whole = json.loads(json.dumps({"words": documents.words, "policies": documents.policies, "payer": documents.payer}))
    pick(draw, IN_WORDS)(draw, whole)
    return RulebaseDocuments(whole["words"], tuple(whole["policies"]), whole["payer"], documents.codes)


def found(old: Side, new: Side, work: Work = ALONE) -> tuple[object, bytes]:
    """Compare two sides, and verify the second one; as values, and as JSON says them."""
    changes = difference(regimes(old, new), BothDecide(old, new), work=work)
    verified = verification(regimes(new), OneDecides(new), work=work)
    claims = [*(each.shown for each in verified.contradictions.values()), *(each.shown for each in verified.gaps)]
    return (changes, verified.certainty, verified.findings, claims), msgspec.json.encode((changes, claims))


@examples(30)
@given(edited(), st.data())
def test_after_any_edit_the_same_is_found_with_kept_answers_as_without(case: Edited, data: st.DataObject) -> None:
    old, new = sides(case.before, case.after)
    assume(difference(regimes(old, new), BothDecide(old, new)).changes)
    again = data.draw(edited_again(case.after))
    with temporary_folder() as folder:
        kept = Work(1, folder / "kept")
        found(old, new, kept)
        with decided() as first:
            without = found(old, one_side(again))
        for _ in range(2):
            with decided() as anew:
                assert found(old, one_side(again), kept) == without
        event(f"claims decided the third time, of ten: {10 * len(anew) // max(1, len(first))}")


class decided:  # noqa: N801 - as a context manager of the standard library
    """Note the claims that are decided in a context."""

    def __enter__(self) -> list[Json]:
        """Begin with none."""
        self._patch = pytest.MonkeyPatch()
        claims: list[Json] = []
        decide = comparison_side.Side.decide

        def noted(side: Side, encounter: Json) -> Determination:
            claims.append(encounter)
            return decide(side, encounter)

        self._patch.setattr(comparison_side.Side, "decide", noted)
        return claims

    def __exit__(self, *_: object) -> None:
        """Note no more."""
        self._patch.undo()
