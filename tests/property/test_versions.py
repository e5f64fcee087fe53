"""Two times select the version of a policy that binds: the day of service, and what was known when it was decided."""

from datetime import date

from hypothesis import event, given
from hypothesis import strategies as st
from tests.property.choosing import pick, shuffle, some
from tests.property.documents import PAYER, RulebaseDocuments, documents, policy
from tests.property.effort import examples
from tests.property.oracle import applying

from payrule.rulebase.request import select

DAYS = ("2024-06-29", "2024-06-30", "2024-07-01", "2024-07-02")
NUMBERS = ("1.0.0", "1.2.0", "1.10.0", "2.0.0")
STATUSES = ("in-force", "in-force", "in-force", "proposed", "proposed", "draft", "retired")


REPLACES: tuple[dict[str, str], ...] = ({}, {"replaces": "p0"}, {"replaces": "p0@1.0.0"}, {"replaces": "p0@1.2.0"})


@st.composite
def histories(draw: st.DrawFn) -> RulebaseDocuments:
    """Draw policies of several versions with dates on, before and after each other, and a payer that binds them."""
    names = ("p0", "p1")
    versions = [
        policy(
            id=name,
            version=version,
            status=pick(draw, STATUSES),
            published=pick(draw, (None, None, *DAYS)),
            effective={"from": pick(draw, (None, None, *DAYS)), "to": pick(draw, (None, None, *DAYS))},
            **pick(draw, REPLACES) if name == "p1" else {},
        )
        for name in names
        for version in some(draw, NUMBERS, 1, 4)
    ]
    return documents(*versions, tiers=[shuffle(draw, names)], purpose=pick(draw, ("adjudication", "what-if")))


def expected(found: RulebaseDocuments, name: str, service: str, known_on: date, *, what_if: bool) -> str | None:
    version = applying([each for each in found.policies if each["id"] == name], service, known_on, what_if=what_if)
    return version and f"{name}@{version}"


@examples(300)
@given(histories(), st.sampled_from(DAYS), st.sampled_from(DAYS))
def test_version_that_binds_is_the_latest_that_applies_and_was_known(
    found: RulebaseDocuments, service: str, known: str
) -> None:
    rulebase, known_on = found.rulebase(), date.fromisoformat(known)
    terms = rulebase.terms(payer=PAYER, known_on=known_on)
    (tier,) = found.payer["tiers"]
    what_if = found.payer["purpose"] == "what-if"
    bound = [expected(found, name, service, known_on, what_if=what_if) for name in tier]
    event(f"policies that bind: {len([each for each in bound if each])} of {len(tier)}")
    assert select(rulebase.documents, terms, date.fromisoformat(service)) == (
        tuple(each for each in bound if each is not None),
    )


@examples(200)
@given(histories(), st.sampled_from(DAYS), st.sampled_from(DAYS))
def test_considered_policy_takes_the_place_of_the_policy_or_the_version_that_it_replaces(
    found: RulebaseDocuments, service: str, known: str
) -> None:
    replaced = {each.get("replaces") for each in found.policies if each["id"] == "p1"} - {None}
    if not replaced:
        event("replaces nothing")
        return
    only = RulebaseDocuments(found.words, found.policies, found.payer | {"tiers": [["p0"]]}, found.codes)
    rulebase, known_on = only.rulebase(), date.fromisoformat(known)
    what_if = found.payer["purpose"] == "what-if"
    bound = expected(only, "p0", service, known_on, what_if=what_if)
    considered = expected(only, "p1", service, known_on, what_if=True)
    takes_place = "p0" in replaced or bound in replaced
    event(f"takes the place of {'nothing' if bound is None else 'a version'}: {takes_place}")
    selected = select(
        rulebase.documents,
        rulebase.terms(payer=PAYER, known_on=known_on, consider="p1"),
        date.fromisoformat(service),
    )
    chosen = considered if takes_place else bound
    assert selected == (() if chosen is None else (chosen,),)
