"""What the examples exercise of the shipped policies, and of one small policy all that there is to say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.copies import FILE, OLD, Copy
from tests.covered import KNOWN_ON, coverage_of_all, coverage_of_little, covered
from tests.policies_for_tests import policy as bare_policy
from tests.property.documents import documents, encounter, policy, rule

from payrule import load
from payrule.citations.passages import source_coverage
from payrule.examples.coverage import coverage
from payrule.examples.run import example_files
from payrule.model.choices import MEASURES, Measure
from payrule.model.digests import passage_digest
from payrule.model.policy import Cite, Conclude, Note, Policy, Rule, Source
from payrule.results.coverage import CITED, Coverage, Figure, added

Json = dict[str, Any]

UNITS: Json = {"line.units": {"at_least": 2}}


@pytest.mark.slow
def test_shipped_examples_exercise_every_statement_rule_and_leaf() -> None:
    found = coverage_of_all()
    assert {each.measure for each in found.lacking} <= {"decisive"}
    assert found.figures["decisive"].percent >= 99
    assert found.figures["leaves"].of > 200


def test_each_gap_has_its_place_and_says_what_a_claim_would_need() -> None:
    found = coverage_of_little()
    assert [(each.measure, each.of, each.line, each.column) for each in found.lacking[:3]] == [
        ("statements", "handbook: Section 1", 22, 17),
        ("rules", "stretching/stretching-is-covered", 19, 5),
        ("near-misses", "stretching/stretching-is-covered", 19, 5),
    ]
    assert {each.need for each in found.lacking if each.measure == "leaves"} >= {
        "no example in which `line.purpose` does not include preparation",
        "no example in which `line.code` is not one of @stretches",
        "no example in which `prepares` does not hold",
    }


@pytest.mark.slow
def test_gaps_are_what_figures_lack() -> None:
    for found in (coverage_of_all(), coverage_of_little()):
        for measure in MEASURES:
            gaps = sum(each.measure == measure for each in found.lacking)
            assert found.figures[measure].of - found.figures[measure].seen == gaps


@pytest.mark.parametrize("measured", [coverage_of_little, pytest.param(coverage_of_all, marks=pytest.mark.slow)])
def test_figures_of_versions_add_up(measured: Callable[[], Coverage]) -> None:
    found = measured()
    whole = added(version.figures for version in found.versions)
    assert {each: whole[each] for each in MEASURES[1:]} == {each: found.figures[each] for each in MEASURES[1:]}


@pytest.mark.slow
def test_order_of_examples_is_irrelevant() -> None:
    rulebase = load()
    files = example_files(rulebase.documents.folder)
    assert coverage(rulebase, files[::-1], known_on=KNOWN_ON) == coverage_of_all()


def unexercised(folder: Path, *policies: Json, **words: Any) -> Coverage:
    """Say what a rulebase without examples lacks."""
    documents(*policies, words=words).write(folder)
    return covered(load(folder))


def test_versions_that_no_payer_may_bind_are_not_counted(tmp_path: Path) -> None:
    retired = policy(rule("r", UNITS, "benefit", "covered"), version="1.0.0", status="retired")
    bound = policy(rule("r", UNITS, "benefit", "covered"), version="2.0.0")
    found = unexercised(tmp_path, retired, bound)
    assert [each.name for each in found.versions] == ["p0@2.0.0"]
    assert found.figures["rules"] == Figure(0, 1)


def test_facts_of_the_vocabulary_count_where_a_rule_reaches_them(tmp_path: Path) -> None:
    minutes = {"line.minutes": {"at_least": 8}}
    facts = {
        "timed": {"summary": "enough minutes", "when": minutes},
        "reached": {"summary": "by another fact", "when": {"fact": "timed"}},
        "idle": {"summary": "by no rule", "when": minutes},
    }
    found = unexercised(tmp_path, policy(rule("r", {"fact": "reached"}, "benefit", "covered")), facts=facts)
    shared = [(each.of, each.need) for each in found.lacking if each.measure == "unknown"]
    assert shared == [
        ("p0/r", "no example in which it is unknown whether `reached` holds"),
        ("definition `timed`", "no example in which `line.minutes` is unknown"),
        ("definition `reached`", "no example in which it is unknown whether `timed` holds"),
    ]
    assert [each.name for each in found.versions] == ["p0@1.0.0", "vocabulary"]


@pytest.mark.parametrize(
    ("wanted", "below"),
    [
        ({"rules": 50}, ()),
        ({"rules": 51}, ("rules",)),
        ({"overrides": 100}, ()),
        ({"leaves": 0, "rules": 100}, ("rules",)),
    ],
)
def test_threshold_is_met_by_as_much_as_is_wanted(wanted: dict[Measure, float], below: tuple[Measure, ...]) -> None:
    assert coverage_of_little().below(wanted) == below


def test_text_is_parted_by_what_rests_on_it() -> None:
    (source,) = coverage_of_little().sources
    assert [part.title for part in source.parts] == ["1 Stretching", "2 Towels"]
    found = [(each.cited, each.rests, each.line, each.text[:12]) for part in source.parts for each in part.passages]
    assert found == [
        ("rule", ("p0@1.0.0 paid",), 3, "We pay for s"),
        ("rule", ("p0@1.0.0 part",), 3, "Stretching t"),
        ("note", ("p0@1.0.0 note 1",), 8, "Bring your o"),
        ("nothing", (), 8, "Wear shoes <"),
    ]
    assert [source.words(each) for each in CITED] == [27, 4, 5]


def test_no_word_of_a_text_is_left_out() -> None:
    (source,) = coverage_of_little().sources
    shown = [text for part in source.parts for text in (part.title or "", *(each.text for each in part.passages))]
    assert " ".join(shown).split() == OLD.split()


PARAGRAPH = "Bill the code once. Record why it was needed."
TWINS = f"One plan\n\n{PARAGRAPH}\n\nAnother plan\n\n{PARAGRAPH} Fees differ.\n"


def citing_twins(*sentences: tuple[str, str, str]) -> dict[str, tuple[Policy, ...]]:
    """Make policies that cite sentences of one text: policy, sentence, and whether by a rule or by a note."""
    found: dict[str, tuple[Policy, ...]] = {}
    for name, sentence, kind in sentences:
        cite = Cite(source="text", locator=sentence[:4], digest=passage_digest(sentence), words=len(sentence.split()))
        (old,) = found.get(name, (bare_policy(name),))
        if kind == "rule":
            conclude = Conclude(concern="benefit", value="covered")
            new: Json = {"rules": (*old.rules, Rule(id="r", summary="r", when={}, conclude=conclude, cites=(cite,)))}
        else:
            new = {"notes": (*old.notes, Note(text="t", reason="r", cites=(cite,)))}
        found[name] = (msgspec.structs.replace(old, sources={"text": Source(title="t", file=FILE)}, **new),)
    return found


def test_passage_counts_for_each_policy_that_cites_or_could_cite_it() -> None:
    once, record = (f"{each.strip('.')}." for each in PARAGRAPH.split(". "))
    policies = citing_twins(("first", once, "rule"), ("second", once, "rule"), ("second", record, "rule"))
    (source,) = source_coverage(policies, Copy(TWINS))
    told = {(each.text, each.line): each.by_policy for each in source.passages}
    for line in (3, 7):
        assert told[once, line] == {"first": "rule", "second": "rule"}
        assert told[record, line] == {"first": "nothing", "second": "rule"}
    assert told["Fees differ.", 7] == {"first": "nothing", "second": "nothing"}
    assert [source.words("nothing"), source.words("nothing", "first"), source.words("nothing", "second")] == [2, 12, 2]


def test_note_says_that_a_policy_has_seen_what_another_makes_a_rule() -> None:
    once, record = (f"{each.strip('.')}." for each in PARAGRAPH.split(". "))
    policies = citing_twins(
        ("first", once, "rule"), ("first", record, "note"), ("second", once, "rule"), ("second", record, "rule")
    )
    (source,) = source_coverage(policies, Copy(TWINS))
    assert {each.by_policy["first"] for each in source.passages if each.text == record} == {"note"}
    assert {each.cited for each in source.passages if each.text == record} == {"rule"}


def test_policy_that_cites_nothing_of_a_paragraph_is_not_counted_there() -> None:
    text = "Bill the code once.\n\nRecord why it was needed.\n"
    policies = citing_twins(("first", "Bill the code once.", "rule"), ("second", "Record why it was needed.", "rule"))
    (source,) = source_coverage(policies, Copy(text))
    assert [each.by_policy for each in source.passages] == [{"first": "rule"}, {"second": "rule"}]
    assert source.policies == ("first", "second")


EXAMPLE: Json = {
    "kind": "example",
    "summary": "Some lines.",
    "payer": "payer",
    "expect": [{"line": 1, "disposition": "undecided"}],
}
QUOTA: Json = {"summary": "units", "of": "line.units", "at_most": 4, "window": "date"}
COUNT: Json = {"window": "date", "count": {"at_least": 1}}


@pytest.mark.parametrize(
    ("when", "quota", "unknown"),
    [
        ({"lines": COUNT}, QUOTA, []),
        ({"lines": COUNT | {"window": {"days": 90}}}, QUOTA, ["p0/r"]),
        ({"lines": COUNT | {"window": "patient-date"}}, QUOTA, ["p0/r"]),
        ({"lines": COUNT | {"same": ["line.provider.npi"]}}, QUOTA, ["p0/r"]),
        ({"lines": {"window": "date", "sum": {"of": "line.minutes", "at_least": 1}}}, QUOTA, ["p0/r"]),
        ({"quota": {"q": {"over": {"at_least": 1}}}}, QUOTA, []),
        ({"quota": {"q": {"over": {"at_least": 1}}}}, QUOTA | {"window": "year"}, ["p0/r"]),
        ({"quota": {"q": {"over": {"at_least": 1}}}}, QUOTA | {"first": [{"highest": "line.minutes"}]}, ["p0/r"]),
        (
            {"quota": {"q": {"over": {"at_least": 1}}}},
            QUOTA | {"where": {"line.minutes": {"at_least": 8}}},
            ["p0/r", "quota `q`"],
        ),
    ],
)
def test_counts_and_quotas_can_be_unknown_by_what_they_read(
    when: Json, quota: Json, unknown: list[str], tmp_path: Path
) -> None:
    found = unexercised(tmp_path, policy(rule("r", when, "benefit", "covered"), quotas={"q": quota}))
    assert [each.of for each in found.lacking if each.measure == "unknown"] == unknown


TWO = "(there are at least 2 lines of that date; this line counts, too)"
OVER = "at least 1 of this line are over the quota `q`"


@pytest.mark.parametrize(
    ("claims", "lacking"),
    [
        ([], {TWO, f"not {TWO}", OVER, f"not {OVER}"}),
        ([1], {TWO, OVER}),
        ([2], {f"not {TWO}"}),
        ([1, 2], set()),
    ],
)
def test_counts_and_quotas_are_shown_both_ways(claims: list[int], lacking: set[str], tmp_path: Path) -> None:
    counted: Json = {"lines": {"window": "date", "itself": True, "count": {"at_least": 2}}}
    over: Json = {"quota": {"q": {"over": {"at_least": 1}}}}
    rules = [rule("r", counted, "benefit", "covered"), rule("s", over, "benefit", "excluded")]
    quota = QUOTA | {"of": "lines", "at_most": 1}
    documents(policy(*rules, quotas={"q": quota})).write(tmp_path)
    rulebase = load(tmp_path)
    files = [tmp_path / f"{number}.json" for number in claims]
    for file, number in zip(files, claims, strict=True):
        claim = encounter(*[{}] * number)
        file.write_text(json.dumps(EXAMPLE | {"encounter": claim}))
    found = coverage(rulebase, files, known_on=KNOWN_ON)
    said = (part for each in found.lacking if each.measure == "leaves" for part in each.need.split("; no example"))
    words = (each.removeprefix("no example").removeprefix(" in which ") for each in said)
    assert {
        f"not {each.removesuffix(' does not hold')}" if each.endswith(" does not hold") else each.removesuffix(" holds")
        for each in words
    } == lacking


BUT_ONE_DAY: Json = {"line.units": {"at_least": 2}, "not": {"line.date": {"is": "2024-06-28"}}}
IN, OUT = ({"code": "A0000", "date": date, "units": 2} for date in ("2024-06-27", "2024-06-28"))
UNSEEN = {"no example in which `line.date` is 2024-06-28"}


@pytest.mark.parametrize(
    ("window", "history", "lacking"),
    [
        ({"days": 5}, [OUT, IN], set()),
        ({"days": 5}, [OUT], set()),
        ({"days": 5}, [IN], UNSEEN),
        ("date", [OUT, IN], UNSEEN),
    ],
)
@pytest.mark.parametrize("counting", ["lines", "quota"])
def test_definition_is_exercised_by_earlier_lines_that_are_counted_by_it(
    counting: str, window: Any, history: list[Json], lacking: set[str], tmp_path: Path
) -> None:
    counts: Json = {"window": window, "where": {"fact": "f"}}
    when: Json = {"lines": counts | {"count": {"at_least": 1}}}
    more: Json = {"facts": {"f": {"summary": "Counted.", "when": BUT_ONE_DAY}}}
    if counting == "quota":
        when, more = {"quota": {"q": {"over": {"at_least": 1}}}}, more | {"quotas": {"q": QUOTA | counts}}
    documents(policy(rule("r", when, "benefit", "covered"), **more)).write(tmp_path)
    file = tmp_path / "1.json"
    earlier = [each | {"claim": f"C-{number}", "number": 1} for number, each in enumerate(history)]
    file.write_text(json.dumps(EXAMPLE | {"encounter": encounter({"units": 2}) | {"history": earlier}}))
    found = coverage(load(tmp_path), [file], known_on=KNOWN_ON)
    assert {each.need for each in found.lacking if "`line.date` is" in each.need} == lacking
