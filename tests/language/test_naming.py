"""What is said of names in a policy that mean nothing, or that cannot mean what they are used for.

The findings are in `findings/names.txt`, each under the parts of a policy that earn it.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.findings_tables import findings_table, written
from tests.property.documents import documents, policy, rule
from tests.property.words import ATTRIBUTES, CONCERNS

from payrule.language.name_findings import DEEPEST, policy_findings, vocabulary_findings
from payrule.model.policy import Fact, Policy
from payrule.model.vocabulary import Vocabulary
from payrule.rulebase.load import read_vocabulary
from payrule.source.diagnostics import Diagnostic, DocumentError, closest
from payrule.source.json_source import scan

Json = dict[str, Any]

FACTS: Json = {
    "local": {"summary": "about a single line", "when": {"line.units": {"at_least": 2}}},
    "distant": {"summary": "about other lines", "when": {"other_line": {}}},
    "indirect": {"summary": "rests on one about other lines", "when": {"not": {"fact": "distant"}}},
}
SETS: Json = {"codes": ["A0001", "A0002-A0009"], "texts": ["x"]}


def whole(parts: Json) -> Json:
    """Complete the parts of a policy that a table gives."""
    fill: Json = {"summary": "s", "when": {"line.code": {"is": "A0001"}}}
    rules = [
        rule(f"r{at}", fill["when"], "benefit", "excluded") | each for at, each in enumerate(parts.get("rules", []))
    ]
    facts = {name: fill | each for name, each in parts.get("facts", {}).items()}
    return policy(sources={"manual": {"title": "manual"}}) | parts | {"rules": rules, "facts": facts}


def vocabulary(**words: Any) -> Vocabulary:
    return msgspec.convert(documents(words={"facts": FACTS, "sets": SETS} | words).vocabulary, Vocabulary)


def findings(parts: Json) -> tuple[Diagnostic, ...]:
    text = scan(json.dumps(whole(parts), indent=1), "p.json")
    return policy_findings(msgspec.convert(text.value, Policy), vocabulary(), text)


@pytest.mark.parametrize(("parts", "said"), findings_table("names"))
def test_names_that_mean_nothing_are_reported_with_their_help(parts: Json, said: list[str]) -> None:
    assert [line for diagnostic in findings(parts) for line in written(diagnostic)] == said


def test_findings_stand_where_the_name_is_written() -> None:
    (diagnostic,) = findings({"rules": [{"when": {"fact": "loacl"}}]})
    text = json.dumps(whole({"rules": [{"when": {"fact": "loacl"}}]}), indent=1).splitlines()
    assert diagnostic.file == "p.json"
    assert diagnostic.line is not None
    assert diagnostic.column is not None
    assert text[diagnostic.line - 1][diagnostic.column - 1 :].startswith('"loacl"')


def test_circle_of_facts_stands_at_the_name_of_the_fact() -> None:
    parts = {"facts": {"one": {"when": {"fact": "one"}}}}
    (diagnostic,) = findings(parts)
    text = json.dumps(whole(parts), indent=1).splitlines()
    assert diagnostic.line is not None
    assert diagnostic.column is not None
    assert text[diagnostic.line - 1][diagnostic.column - 1 :].startswith('"one": {')


def test_facts_that_rest_on_each_other_too_deeply_are_reported_once() -> None:
    chain = {f"f{at}": {"when": {"fact": f"f{at + 1}"}} for at in range(DEEPEST + 3)}
    last = {f"f{DEEPEST + 3}": {"when": {"line.code": {"is": "A0001"}}}}
    (diagnostic,) = findings({"facts": chain | last})
    assert written(diagnostic) == (
        "$.facts.f3: the definition `f3` depends on a chain of more than 32 definitions",
        "    write some of them out where they are used",
    )
    chain.pop("f0"), chain.pop("f1"), chain.pop("f2"), chain.pop("f3")
    assert findings({"facts": chain | last}) == ()


def test_size_is_looked_at_only_where_all_names_mean_something() -> None:
    wide = {"all": [{name: {"in": [1, 2, 3, 4, 5]}} for name in ("line.units", "line.minutes", "patient.age")]}
    codes = [each.code for each in findings({"rules": [{"when": wide}, {"when": {"fact": "loacl"}}]})]
    assert codes == ["unknown-fact"]


def said_of_vocabulary(**words: Any) -> list[str]:
    text = scan(json.dumps(documents(words=words).vocabulary))
    found = vocabulary_findings(msgspec.convert(text.value, Vocabulary), text)
    return [line for diagnostic in found for line in written(diagnostic)]


def test_facts_and_sets_of_the_vocabulary_are_held_to_the_same() -> None:
    facts = {
        "one": {"summary": "s", "when": {"fact": "two"}},
        "two": {"summary": "s", "when": {"all": [{"fact": "one"}, {"line.code": {"in": "@codes"}}]}},
    }
    assert said_of_vocabulary(facts=facts, sets={"numbers": ["A0002-A0001"]}) == [
        "$.sets.numbers[0]: `A0002-A0001` is not a range of codes",
        "    write the lower code first and both of one length, as in `00010-00019`",
        '$.facts.two.when.all[1]["line.code"].in: there is no code list `@codes`',
        "    define it under `sets`",
        "$.facts.one: the definition `one` uses itself: one → two → one",
        "    remove one of the uses",
    ]


def test_fact_of_the_vocabulary_does_not_know_the_facts_of_a_policy() -> None:
    """A policy may hide a fact for its own rules; what the vocabulary says with that name stays as it is."""
    facts = {name: msgspec.convert(fact, Fact) for name, fact in FACTS.items()}
    hiding = findings({"facts": {"distant": {"when": {"line.code": {"is": "A0001"}}}}})
    assert vocabulary().facts == facts
    assert hiding == ()
    parts = {"facts": {"distant": {"when": {"fact": "indirect"}}}}
    assert findings(parts) == ()


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("same_provider", {"type": "code", "summary": "s"}),
        ("relation", {"type": "choice", "summary": "s", "values": ["yes", "no"]}),
        ("supported", {"type": "boolean", "summary": "s", "derived": "units-supported"}),
        ("line.region", {"type": "choice", "summary": "s", "values": ["same"], "derived": "region-relation"}),
    ],
)
def test_an_attribute_of_two_lines_has_a_name_of_its_own_and_no_other_has(
    name: str, attribute: dict[str, object], tmp_path: Path
) -> None:
    declared = {key: each for key, each in ATTRIBUTES.items() if each.get("derived") != attribute.get("derived", 0)}
    path = tmp_path / "vocabulary.json"
    path.write_text(
        json.dumps(
            {
                "kind": "vocabulary",
                "attributes": {**declared, name: attribute},
                "concerns": CONCERNS,
                "regions": {"contiguous": []},
                "timed": {"codes": [], "method": "cms-8-minute"},
            }
        )
    )
    with pytest.raises(DocumentError) as caught:
        read_vocabulary(path)
    assert {(each.code, each.line) for each in caught.value.findings} == {("misplaced-attribute", 1)}


TITLES = ["charge_cents", "code", "date", "diagnoses", "encounter", "frequency", "indications", "minutes", "modifiers"]


@pytest.mark.parametrize("name", ["note", "comment", "status", "account", "location", "sequence", "amount", "updated"])
def test_a_name_that_is_not_close_to_any_is_not_taken_for_one(name: str) -> None:
    assert closest(name, TITLES) is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [("cdoe", "code"), ("dat", "date"), ("encouter", "encounter"), ("Minuts", "minutes"), ("modifer", "modifiers")],
)
def test_a_misspelt_name_is_taken_for_the_one_that_it_is_close_to(name: str, meant: str) -> None:
    assert closest(name, TITLES) == meant


@pytest.mark.parametrize(("name", "meant"), [("plain", "plain-plan"), ("payer:plain-plan", "plain-plan")])
def test_a_name_that_lacks_words_of_another_or_has_more_is_taken_for_it(name: str, meant: str) -> None:
    assert closest(name, ["comment", "plain-plan"]) == meant
