"""What is paid of a payable line: units within limits, percentages, adjustments; what is not certain is a range."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.property.documents import policy

from payrule.columns import writer
from payrule.formats.answer_cells import COLUMNS
from payrule.language.name_findings import policy_findings
from payrule.model.bound_schema import bound_policy_schema
from payrule.model.payer import Payer
from payrule.model.policy import Policy
from payrule.model.schema_validator import check_shape
from payrule.reports.explanation import explanation_text
from payrule.reports.pages.answers import side_by_side
from payrule.reports.pages.html import page_html
from payrule.reports.pages.markdown import page_markdown
from payrule.reports.pages.page import Page
from payrule.reports.table import staged, tables
from payrule.results.determination import LineDetermination
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.json_source import scan

Json = dict[str, Any]

SHIPPED = load().documents

COVERED: Json = {
    "id": "covered",
    "summary": "It is paid.",
    "when": {"line.code": {"is": "97110"}},
    "conclude": {"concern": "benefit", "value": "covered"},
}
FOUR: Json = {"summary": "Four units.", "of": "line.units", "at_most": 4, "window": "date"}


def limited(quota: str = "four", when: Json | None = None, **other: Any) -> Json:
    return {
        "id": f"limited-{quota}",
        "summary": f"Only what is within {quota} is paid.",
        "when": when or {"line.code": {"is": "97110"}},
        "conclude": {"concern": "units", "value": "limited", "pay": {"units": {"quota": quota}}},
        "remittance": {"carc": "119"},
    } | other


def reduced(percent: float, when: Json | None = None, **conclude: Any) -> Json:
    return {
        "id": f"reduced-{str(percent).replace('.', '-')}",
        "summary": f"{percent} percent is paid.",
        "when": when or {"line.code": {"is": "97110"}},
        "conclude": {"concern": "payment", "value": "reduced", "pay": {"percent": percent}} | conclude,
        "remittance": {"carc": "59"},
    }


def policy_of(rules: list[Json], quotas: Json) -> Json:
    return policy(*rules, id="p", quotas=quotas)


def asked(rules: list[Json], *billed: Json, quotas: Json | None = None, **payer: Any) -> tuple[Rulebase, Json]:
    """Give a rulebase of these rules, and a claim of these lines."""
    policy = policy_of(rules, quotas or {"four": FOUR})
    bound = {"kind": "payer", "id": "p", "title": "p", "tiers": [["p"]]} | payer
    rulebase = Rulebase(
        Documents(
            Path(),
            SHIPPED.vocabulary,
            {"p": (msgspec.convert(policy, Policy),)},
            {"p": msgspec.convert(bound, Payer)},
            (),
        )
    )
    lines = [{"number": at, "code": "97110", "date": "2024-03-04"} | each for at, each in enumerate(billed, start=1)]
    return rulebase, {"id": "E", "lines": lines}


def decided(rules: list[Json], *billed: Json, quotas: Json | None = None, **payer: Any) -> list[LineDetermination]:
    rulebase, claim = asked(rules, *billed, quotas=quotas, **payer)
    return list(rulebase.decide(claim, payer="p", known_on="2026-01-01").lines)


def paid(*found: LineDetermination) -> list[Any]:
    return [each.disposition if not each.pays else msgspec.to_builtins(each.pays) for each in found]


UNKNOWN_TIME: Json = {"line.documentation.time": {"is": False}}

CASES: list[tuple[str, list[Json], list[Json], list[Any]]] = [
    ("in full", [COVERED, limited()], [{"units": 4}], ["payable"]),
    ("in part", [COVERED, limited()], [{"units": 6}], [{"units": 4, "of": 6}]),
    (
        "the limit is shared",
        [COVERED, limited()],
        [{"units": 3}, {"units": 3}, {"units": 1}],
        ["payable", {"units": 1, "of": 3}, "denied"],
    ),
    ("a percentage", [COVERED, reduced(85)], [{}], [{"percent": 85}]),
    ("percentages multiply exactly", [COVERED, reduced(50), reduced(85)], [{}], [{"percent": 42.5}]),
    (
        "units and a percentage",
        [COVERED, limited(), reduced(50)],
        [{"units": 6}],
        [{"units": 4, "of": 6, "percent": 50}],
    ),
    ("a reduction makes nothing payable", [limited(), reduced(50)], [{"units": 6}], ["undecided"]),
    (
        "so many units",
        [COVERED, {**limited(), "conclude": {"concern": "units", "value": "limited", "pay": {"units": 1}}}],
        [{"units": 3}, {"units": 1}],
        [{"units": 1, "of": 3}, "payable"],
    ),
    (
        "a percentage that may apply",
        [COVERED, reduced(50, UNKNOWN_TIME)],
        [{}],
        [{"percent": {"at_least": 50, "at_most": 100}}],
    ),
    (
        "a limit that may apply",
        [COVERED, limited(when=UNKNOWN_TIME)],
        [{"units": 6}],
        [{"units": {"at_least": 4, "at_most": 6}, "of": 6}],
    ),
    (
        "a limit that may leave nothing",
        [COVERED, limited(when=UNKNOWN_TIME)],
        [{"units": 4}, {"units": 2}],
        ["payable", "pending"],
    ),
    (
        "an exception",
        [COVERED, limited(), reduced(50), {
            "id": "not-here",
            "summary": "Paid in full.",
            "when": {"line.modifiers": {"any_of": ["59"]}},
            "conclude": {"concern": "payment", "value": "full"},
            "overrides": ["reduced-50"],
        }],
        [{"modifiers": ["59"]}, {}],
        ["payable", {"percent": 50}],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "billed", "wanted"), [each[1:] for each in CASES], ids=[each[0] for each in CASES])
def test_what_is_paid(rules: list[Json], billed: list[Json], wanted: list[Any]) -> None:
    assert paid(*decided(rules, *billed)) == wanted


def test_a_line_that_is_payable_by_default_is_paid_in_part() -> None:
    (line,) = decided([reduced(85)], {}, otherwise="payable")
    assert paid(line) == [{"percent": 85}]
    assert [each.rule for each in line.reasons] == ["reduced-85"]


def test_adjustments_say_what_is_not_paid_and_why() -> None:
    (line,) = decided([COVERED, limited(), reduced(50, liability="subscriber")], {"units": 6})
    assert msgspec.to_builtins(line.adjustments) == (
        {
            "group": "CO",
            "carc": "119",
            "rarc": (),
            "units": 2,
            "rule": "p/limited-four",
            "sentence": "Only what is within four is paid.",
        },
        {
            "group": "PR",
            "carc": "59",
            "rarc": (),
            "percent": 50,
            "rule": "p/reduced-50",
            "sentence": "50 percent is paid.",
        },
    )
    assert line.remittance is None
    assert [each.rule for each in line.reasons] == ["covered", "limited-four", "reduced-50"]


def test_the_strictest_limit_has_all_units_that_are_not_paid() -> None:
    quotas = {"four": FOUR, "two": FOUR | {"at_most": 2}}
    (line,) = decided([COVERED, limited("four"), limited("two")], {"units": 6}, quotas=quotas)
    assert paid(line) == [{"units": 2, "of": 6}]
    assert [(each.rule, each.units) for each in line.adjustments or ()] == [("p/limited-two", 4)]


def test_a_limit_that_leaves_nothing_denies_the_line_with_the_codes_of_the_rule() -> None:
    _, line = decided([COVERED, limited()], {"units": 4}, {"units": 1})
    assert (line.disposition, line.concern) == ("denied", "units")
    assert line.remittance is not None
    assert line.remittance.carc == "119"
    assert [each.rule for each in line.reasons] == ["limited-four"]


def test_what_fixes_what_is_paid_is_open() -> None:
    (line,) = decided([COVERED, reduced(50, UNKNOWN_TIME)], {})
    assert (line.disposition, line.open) == ("payable", ("line.documentation.time",))


def test_may_makes_a_payable_line_discretionary() -> None:
    (line,) = decided([COVERED, reduced(50, modality="may")], {})
    assert line.discretionary


def test_reductions_do_not_conflict() -> None:
    (line,) = decided([COVERED, reduced(50), reduced(85), limited()], {"units": 6})
    assert line.conflicts == ()


def test_days_of_a_line_add_up() -> None:
    (line,) = decided([COVERED, limited()], {"date_to": "2024-03-05", "units": 12})
    assert paid(line) == [{"units": 8, "of": 12}]
    assert [each.units for each in line.adjustments or ()] == [4]


SPANS: list[tuple[str, Json, Json, Any]] = [
    ("a limit that no day reaches", FOUR, {"units": 3}, "payable"),
    ("a limit that a day may reach", FOUR | {"at_most": 2}, {"units": 3}, "pending"),
    ("a limit that each day shares", FOUR, {"units": 12}, {"units": 8, "of": 12}),
]


@pytest.mark.parametrize(("quota", "billed", "wanted"), [each[1:] for each in SPANS], ids=[each[0] for each in SPANS])
def test_what_is_paid_of_several_days_is_no_more_than_they_bill_together(
    quota: Json, billed: Json, wanted: Any
) -> None:
    rules = [COVERED, limited(when={"line.code": {"is": "97110"}})]
    (line,) = decided(rules, {"date_to": "2024-03-05"} | billed, quotas={"four": quota})
    assert paid(line) == [wanted]


def test_what_may_keep_a_reduction_from_applying_is_open() -> None:
    full = COVERED | {
        "id": "full",
        "when": UNKNOWN_TIME,
        "conclude": {"concern": "payment", "value": "full"},
        "overrides": ["reduced-50"],
    }
    (line,) = decided([COVERED, reduced(50), full], {})
    assert paid(line) == [{"percent": {"at_least": 50, "at_most": 100}}]
    assert line.open == ("line.documentation.time",)


def test_a_limit_that_cannot_bind_leaves_nothing_open() -> None:
    (line,) = decided([COVERED, limited(when=UNKNOWN_TIME)], {"units": 2})
    assert (paid(line), line.open) == (["payable"], ())


def test_a_rule_that_is_certain_overrides_another_whatever_its_limit_leaves() -> None:
    """Whether something is left is unknown; whether the rule applies is not."""
    other = limited("two", overrides=["unsupported"])
    exception = COVERED | {
        "id": "exempt",
        "conclude": {"concern": "units", "value": "supported"},
        "overrides": ["limited-two"],
    }
    unsupported = COVERED | {"id": "unsupported", "conclude": {"concern": "units", "value": "unsupported"}}
    quotas = {"two": FOUR | {"at_most": 2, "window": "year"}}
    (line,) = decided([COVERED, unsupported, other, exception], {"units": 2}, quotas=quotas)
    assert (paid(line), line.open) == (["payable"], ())


def test_answers_without_reductions_have_no_new_keys() -> None:
    (line,) = decided([COVERED], {})
    written = msgspec.to_builtins(line)
    assert not {"pays", "adjustments"} & written.keys()
    assert "payment" not in (*written["tested"], *written["not_tested"])


SAID: list[tuple[str, list[Json], Json, list[str], list[Any]]] = [
    ("all", [COVERED, limited()], {"units": 4}, ["", "", "", "", ""], [None] * 5),
    ("some units", [COVERED, limited()], {"units": 6}, ["4", "4", "", "", "CO-119 2 units"],
     [4, 4, None, None, "CO-119 2 units"]),
    ("one unit less", [COVERED, limited()], {"units": 5}, ["4", "4", "", "", "CO-119 1 unit"],
     [4, 4, None, None, "CO-119 1 unit"]),
    ("a percentage", [COVERED, reduced(62.5, liability="subscriber")], {}, ["", "", "62.5", "62.5", "PR-59 37.5 %"],
     [None, None, 62.5, 62.5, "PR-59 37.5 %"]),
    ("both", [COVERED, limited(), reduced(50)], {"units": 6}, ["4", "4", "50", "50", "CO-119 2 units; CO-59 50 %"],
     [4, 4, 50, 50, "CO-119 2 units; CO-59 50 %"]),
    ("a limit that may apply", [COVERED, limited(when=UNKNOWN_TIME), reduced(50)], {"units": 6},
     ["4", "6", "50", "50", "CO-59 50 %"], [4, 6, 50, 50, "CO-59 50 %"]),
    ("a percentage that may apply", [COVERED, reduced(50, UNKNOWN_TIME)], {}, ["", "", "50", "100", ""],
     [None, None, 50, 100, None]),
    ("no units", [COVERED, limited()], {"units": 0}, ["", "", "", "", ""], [None] * 5),
]  # fmt: skip
NAMES = ("pays_units", "pays_units_most", "pays_percent", "pays_percent_most", "adjustments")


@pytest.mark.parametrize(
    ("rules", "billed", "in_csv", "in_columns"), [each[1:] for each in SAID], ids=[each[0] for each in SAID]
)
def test_sheets_and_columns_say_what_is_paid_and_what_is_not(
    rules: list[Json], billed: Json, in_csv: list[str], in_columns: list[Any]
) -> None:
    (line,) = decided(rules, billed)
    assert [COLUMNS[name].cell(line) for name in NAMES] == in_csv
    assert [writer.COLUMNS[name].of(line) for name in NAMES] == in_columns


def test_every_page_and_text_says_what_is_paid_and_what_is_not() -> None:
    rulebase, claim = asked([COVERED, limited(), reduced(50)], {"units": 6}, quotas={"four": FOUR})
    answer = rulebase.decide(claim, payer="p", known_on="2026-01-01")
    explained = answer.explain(1)
    page = Page(title="answers", blocks=(side_by_side("answers", {"now": answer.line(1)}),))
    texts = (
        b"".join(tables([answer], width=100, colour=False)),
        explanation_text(explained, width=100, colour=False),
        page_html(page),
        page_markdown(page),
    )
    for text in texts:
        said = " ".join(text.decode().split())
        assert "paid in part" in said
        assert "4 of 6 units, 50 %" in said
        assert "CO-119 2 units; CO-59 50 %" in said
    assert (explained.pays, explained.adjustments) == (answer.line(1).pays, answer.line(1).adjustments)


def test_a_table_says_what_is_paid_and_what_is_not() -> None:
    (line,) = decided([COVERED, limited(), reduced(50)], {"units": 6})
    assert ("paid in part", "4 of 6 units, 50 %") in list(staged(line))
    assert ("not paid", "CO-119 2 units; CO-59 50 %") in list(staged(line))


WRONG: list[tuple[str, Json, str]] = [
    ("a value that reduces without `pay`", {"concern": "payment", "value": "reduced"}, "pay-missing"),
    (
        "`pay` of a value that does not reduce",
        {"concern": "benefit", "value": "covered", "pay": {"percent": 50}},
        "pay-without-reduction",
    ),
    (
        "a quota that is not there",
        {"concern": "units", "value": "limited", "pay": {"units": {"quota": "fuor"}}},
        "unknown-quota",
    ),
    (
        "a quota of something else",
        {"concern": "units", "value": "limited", "pay": {"units": {"quota": "minutes"}}},
        "quota-does-not-fit",
    ),
]


@pytest.mark.parametrize(("conclude", "code"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_what_is_wrong_with_a_payment_is_reported(conclude: Json, code: str) -> None:
    document = policy_of([COVERED | {"conclude": conclude}], {"four": FOUR, "minutes": FOUR | {"of": "line.minutes"}})
    text = scan(json.dumps(document), "p.json")
    found = policy_findings(msgspec.convert(document, Policy), SHIPPED.vocabulary, text)
    assert [each.code for each in found] == [code]


@pytest.mark.parametrize(
    ("pay", "message"),
    [
        ({"percent": 0}, "`percent` cannot be `0`"),
        ({"percent": 101}, "`percent` cannot be `101`"),
        ({"percent": 50, "units": 1}, "`pay` has 2 keys"),
        ({"units": 0}, "`units` cannot be `0`"),
    ],
)
def test_what_is_paid_is_over_nothing_and_no_more_than_all(pay: Json, message: str) -> None:
    rule = COVERED | {"conclude": {"concern": "payment", "value": "reduced", "pay": pay}}
    text = scan(json.dumps(policy_of([rule], {"four": FOUR})), "p.json")
    found = check_shape(text, bound_policy_schema(SHIPPED.vocabulary))
    assert message in " ".join(each.message for each in found)
