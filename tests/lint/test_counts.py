"""What checks find in counts of lines, quotas and lists of `other_line`, and what they leave alone."""

from typing import Any

import msgspec
import pytest

from payrule.lint.registry import BY_CODE
from payrule.lint.rule import CheckContext, Questions, shipped_context
from payrule.model.payer import Example
from payrule.model.policy import Fact, Quota
from payrule.model.vocabulary import Attribute

Json = dict[str, Any]

QUOTA: Json = {"summary": "units", "of": "line.units", "at_most": 4, "window": "date"}
CODE: Json = {"line.code": {"is": "97110"}}
FEW = Attribute(type="integer", summary="Few.", minimum=0, maximum=9, default=1)


def context(when: Json, *, facts: Json | None = None, **quotas: Json) -> CheckContext:
    """Put a policy with one rule in a context."""
    shipped = shipped_context()
    policy = shipped.documents.policies["medicare"][0]
    made = msgspec.structs.replace(
        policy,
        rules=(msgspec.structs.replace(policy.rules[0], when=when),),
        facts={name: Fact(summary=name, when=each) for name, each in (facts or {}).items()},
        quotas={name: msgspec.convert(each, Quota) for name, each in quotas.items()},
    )
    words = shipped.documents.vocabulary
    words = msgspec.structs.replace(words, attributes={**words.attributes, "line.few": FEW})
    documents = msgspec.structs.replace(shipped.documents, vocabulary=words)
    return CheckContext(documents, (made,), Questions(documents))


def found(code: str, here: CheckContext) -> list[str]:
    return [f"{each.path}: {each.message}" for each in BY_CODE[code].run(here)]


def lines(window: str | Json, **measure: Json) -> Json:
    return {"lines": {"window": window, **measure}}


def asks(kind: str, test: str, operand: int) -> Json:
    return {"quota": {"q": {kind: {test: operand}}}}


LIMITS: list[tuple[str, Json, Json, str | None]] = [
    ("dates of one date", lines("date", dates={"at_least": 2}), QUOTA, "never at least 2: the window is one day"),
    ("as many dates as days", lines({"days": 30}, dates={"at_least": 30}), QUOTA, None),
    (
        "a date more",
        lines({"days": 30}, dates={"is": 31}),
        QUOTA,
        "never exactly 31: the window has no more than 30 days",
    ),
    (
        "every date",
        lines({"days": 30}, dates={"at_most": 30}),
        QUOTA,
        "always at most 30: the window has no more than 30",
    ),
    ("not every date", lines({"days": 30}, dates={"at_most": 29}), QUOTA, None),
    ("the longest months", lines({"months": 2}, dates={"at_least": 62}), QUOTA, None),
    ("longer months", lines({"months": 2}, dates={"at_least": 63}), QUOTA, "no more than 62 days"),
    ("whole months", lines({"full_months": 2}, dates={"at_least": 94}), QUOTA, "no more than 93 days"),
    ("a leap year", lines("year", dates={"at_least": 366}), QUOTA, None),
    ("no year", lines("year", dates={"at_least": 367}), QUOTA, "no more than 366 days"),
    ("dates of a claim", lines("encounter", dates={"at_least": 400}), QUOTA, None),
    ("ever", lines("ever", days_since={"at_most": 40_000}), QUOTA, None),
    ("the first day", lines({"days": 30}, days_since={"at_most": 28}), QUOTA, None),
    (
        "days back",
        lines({"days": 30}, days_since={"at_most": 29}),
        QUOTA,
        "always at most 29: the window goes back 29 days",
    ),
    (
        "days before",
        lines({"days": 30}, days_since={"at_least": 30}),
        QUOTA,
        "never at least 30: the window goes back 29",
    ),
    ("some line", lines({"days": 30}, days_since={"at_least": 0}), QUOTA, None),
    ("any count", lines("date", count={"at_least": 0}), QUOTA, "always at least 0: it is never less than 0"),
    ("a count without end", lines("date", count={"at_least": 999}), QUOTA, None),
    ("inside of not", {"not": lines("date", dates={"at_least": 2})}, QUOTA, "never at least 2"),
    ("a line over", asks("over", "at_least", 1), QUOTA | {"of": "lines"}, None),
    ("two lines over", asks("over", "at_least", 2), QUOTA | {"of": "lines"}, "never at least 2: a line is one line"),
    ("units over", asks("over", "at_least", 99), QUOTA, None),
    (
        "more than there can be",
        asks("over", "is", 10),
        QUOTA | {"of": "line.few"},
        "never exactly 10: no line has more",
    ),
    ("all within", asks("within", "at_most", 4), QUOTA, "always at most 4: the quota has 4"),
    ("a line outside has all within", asks("within", "at_most", 4), QUOTA | {"where": CODE}, None),
]


@pytest.mark.parametrize(("when", "quota", "said"), [case[1:] for case in LIMITS], ids=[case[0] for case in LIMITS])
def test_limit_that_every_value_passes_or_none_is_found(when: Json, quota: Json, said: str | None) -> None:
    messages = found("limit-never-binds", context(when, q=quota))
    assert len(messages) == (said is not None)
    assert said is None or said in messages[0]


USED = asks("over", "at_least", 1)


@pytest.mark.parametrize(
    ("when", "quota", "is_found"),
    [
        (USED, QUOTA, True),
        (USED, QUOTA | {"window": {"days": 90}}, True),
        (USED, QUOTA | {"first": [{"highest": "line.charge_cents"}]}, False),
        (USED, QUOTA | {"at_most": 0}, False),
        (CODE, QUOTA, False),
    ],
    ids=["a date", "days", "ordered", "nothing to share", "unused"],
)
def test_quota_that_orders_lines_by_number_alone_is_found(when: Json, quota: Json, is_found: bool) -> None:  # noqa: FBT001 - a table
    assert (
        found("quota-without-order", context(when, q=quota))
        == ["$.quotas.q: the quota `q` does not say which of the lines of a date come first"] * is_found
    )


@pytest.mark.parametrize(
    ("when", "facts", "is_found"),
    [
        (CODE, {}, True),
        (USED, {}, False),
        ({"not": {"any": [CODE, USED]}}, {}, False),
        ({"fact": "over"}, {"over": USED}, False),
    ],
)
def test_quota_that_nothing_asks_about_is_found(when: Json, facts: Json, is_found: bool) -> None:  # noqa: FBT001 - a table
    message = "$.quotas.q: no condition of this policy uses the quota `q`"
    assert found("quota-unused", context(when, facts=facts, q=QUOTA)) == [message] * is_found


ONE, TWO = {"line.code": {"in": ["97110", "97112"]}}, {"line.code": {"in": ["97112", "97113"]}}
NEITHER = {"line.code": {"is": "97530"}}


@pytest.mark.parametrize(
    ("listed", "pairs"),
    [
        ([ONE, TWO], ["1 and 2"]),
        ([ONE, ONE], ["1 and 2"]),
        ([ONE, NEITHER], []),
        ([ONE, NEITHER, TWO], ["1 and 3"]),
        ([ONE, {"not": ONE}], []),
        ([ONE, TWO | {"same_date": False}], ["1 and 2"]),
        ([{"line.units": {"at_least": 2}}, {"line.units": {"at_most": 1}}], []),
        ([{"line.units": {"at_least": 2}}, {"line.modifiers": {"any_of": ["59"]}}], ["1 and 2"]),
        ([{"fact": "one"}, TWO], ["1 and 2"]),
        ([{"fact": "one"}, NEITHER], []),
        ([ONE], []),
    ],
)
@pytest.mark.parametrize("through", ["rule", "fact"])
def test_conditions_of_a_list_that_one_line_can_satisfy_are_found(
    listed: list[Json], pairs: list[str], through: str
) -> None:
    asked, facts = {"other_line": listed}, {"one": ONE}
    when: Json = {**CODE, "fact": "beside"} if through == "fact" else CODE | asked
    at = "facts.beside.when" if through == "fact" else "rules[0].when"
    assert found("other-line-counted-twice", context(when, facts=facts | {"beside": asked})) == [
        f"$.{at}.other_line[{int(pair[-1]) - 1}]: one line can satisfy numbers {pair} of this list" for pair in pairs
    ]


def test_list_that_no_rule_asks_for_is_left_alone() -> None:
    assert found("other-line-counted-twice", context(CODE, facts={"beside": {"other_line": [ONE, ONE]}})) == []


PLACES = Attribute(type="choice", summary="Place.", values=("office", "home", "video"), default="office")


@pytest.mark.parametrize(
    ("encounter", "lacking"),
    [
        ({"lines": [{}]}, ['$.attributes["line.few"].values: … has `home` or `video`']),
        ({"lines": [{"few": "home"}]}, ['$.attributes["line.few"].values[2]: … has `video`']),
        ({"lines": [{"few": "home"}], "history": [{"few": "video"}]}, []),
    ],
)
def test_values_of_earlier_lines_and_defaults_are_seen(encounter: Json, lacking: list[str]) -> None:
    here = context({"line.few": {"is": "home"}})
    attributes = here.documents.vocabulary.attributes | {"line.few": PLACES}
    words = msgspec.structs.replace(here.documents.vocabulary, attributes=attributes)
    documents = msgspec.structs.replace(here.documents, vocabulary=words)
    example = Example(kind="example", summary="One.", payer="medicare", encounter=encounter, expect=())
    looked_at = CheckContext(documents, here.policies, Questions(documents), {"one.json": example})
    said = [message for message in found("value-without-example", looked_at) if "line.few" in message]
    assert [message.replace("rules test `line.few`, but no example", "…") for message in said] == lacking
