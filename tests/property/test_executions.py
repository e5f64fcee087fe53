"""Each execution and the reference evaluator match the same rules, whatever the documents and however they run."""

import logging
import os
import random
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from tests.property.documents import KNOWN_ON, PAYER, RulebaseDocuments, decide, documents, policy, rule
from tests.property.effort import examples
from tests.property.generated import cases, encounters, rulebases
from tests.property.words import CODES, DATES, Json

from payrule.encounter.encounter import CODE, Encounter, in_days
from payrule.execute.by_code import AnswerKeys
from payrule.execute.reference import EvalContext
from payrule.execute.sizes import Sizes
from payrule.language.condition import CONNECTIVES
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.truth import FALSE, Matches
from payrule.model.policy import Policy
from payrule.model.value_schema import OPERATORS
from payrule.rulebase.compile import CompiledRules, Engine
from payrule.rulebase.request import select
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.files import payrule_version

Case = tuple[RulebaseDocuments, Json]


def programs(rulebase: Rulebase, encounter: Encounter, engine: Engine = "forward") -> Iterator[CompiledRules]:
    """Make the programs that the lines of an encounter need, one for each of their dates."""
    terms = rulebase.terms(payer=PAYER, known_on=KNOWN_ON)
    versions = {version.name: version for each in rulebase.policies.values() for version in each}
    for selection in sorted({select(rulebase.documents, terms, line.date) for line in encounter.lines}):
        tiers = tuple(tuple(versions[name] for name in tier) for tier in selection)
        yield CompiledRules(terms.payer, tiers, rulebase.documents.vocabulary, terms.presumed, engine=engine)


def matched(rulebase: Rulebase, claim: Json) -> tuple[CompiledRules, EnrichedEncounter, tuple[Matches, ...]]:
    """Match each day of each line of a claim, whose dates need one program, by each execution; they agree."""
    taken = in_days(rulebase.encounter(claim), rulebase.documents.vocabulary)
    (program,) = programs(rulebase, taken)
    scene = program.scene(taken)
    every = range(len(scene.lines))
    found = program.referred(scene, every)
    assert program.chained(scene, every) == program.planned.match(scene, every) == found
    return program, scene, found


def named(value: Any) -> Iterator[str]:
    """Name every key in a JSON value."""
    for key, each in value.items() if isinstance(value, dict) else ():
        yield key
        yield from named(each)
    for each in value if isinstance(value, list) else ():
        yield from named(each)


def by_version(rulebase: Rulebase) -> dict[str, Policy]:
    return {version.name: version for each in rulebase.policies.values() for version in each}


@examples(25)
@given(rulebases(counting=True))
def test_generated_documents_load_without_a_finding(documents: RulebaseDocuments) -> None:
    with TemporaryDirectory() as folder:
        documents.write(Path(folder))
        loaded = load(folder)
    assert loaded.documents.findings == ()
    assert by_version(loaded) == by_version(documents.rulebase())
    for key in {*named(list(documents.policies))} & {*(each.key for each in OPERATORS), *CONNECTIVES, "same_date"}:
        event(f"uses {key}")


@examples(200)
@given(cases(counting=True))
def test_each_execution_matches_what_the_reference_evaluator_matches(case: Case) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    taken = rulebase.encounter(encounter)
    for program in programs(rulebase, taken):
        scene = program.scene(taken)
        every = range(len(taken.lines))
        referred = program.referred(scene, every)
        for matches in referred:
            event(f"definite: {min(len(matches.definite), 3)}, waiting: {min(len(matches.waiting), 3)}")
        assert program.chained(scene, every) == referred
        assert program.planned.match(scene, every) == referred
        for line in scene.lines:
            asked = {name for name, _ in program.by_code.asked(line.values.get(CODE))}
            for name in program.meanings.keys() - asked:
                assert program.meanings[name].truth(EvalContext(scene, line)) is FALSE


@examples(40)
@given(cases(counting=True), st.sampled_from(("forward", "plan")))
def test_rules_that_are_compiled_on_demand_match_as_all_do(case: Case, engine: Engine) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    taken = rulebase.encounter(encounter)
    with patch("payrule.rulebase.compile.FEW_RULES", -1), patch("payrule.execute.on_demand.SHARE", 0):
        for program in programs(rulebase, taken, engine):
            scene = program.scene(taken)
            asked: list[list[int]] = [*([each] for each in range(len(scene.lines))), [*range(len(scene.lines))]]
            found = [program.matched(scene, each) for each in asked]
            assert found == [program.referred(scene, each) for each in asked]
            whole = program.network if engine == "forward" else program.planned
            assert measures(program._sizes) == measures(whole.sizes)  # noqa: SLF001 - what claims are measured by


def measures(sizes: Sizes) -> dict[str, Any]:
    """Give what claims are measured by, in one order."""
    return {name: sorted(map(repr, each)) if isinstance(each, list) else each for name, each in vars(sizes).items()}


@examples(60)
@given(
    rulebases(counting=True),
    st.lists(encounters(counting=True), min_size=2, max_size=5),
    st.randoms(use_true_random=False),
)
def test_lines_that_are_asked_about_are_decided_as_if_all_were(
    documents: RulebaseDocuments, series: list[Json], chance: random.Random
) -> None:
    rulebase = documents.rulebase()
    taken = [rulebase.encounter(each) for each in series]
    for program in programs(rulebase, taken[0]):
        scenes = [program.scene(each) for each in taken]
        alone = [program.chained(scene, range(len(scene.lines))) for scene in scenes]
        for scene, matches in zip(scenes, alone, strict=True):
            asked = chance.sample(range(len(scene.lines)), chance.randint(0, len(scene.lines)))
            wanted = tuple(matches[index] for index in asked)
            assert program.chained(scene, asked) == program.planned.match(scene, asked) == wanted


@examples(60)
@given(cases(counting=True))
def test_comparing_the_executions_changes_no_answer(case: Case) -> None:
    documents, encounter = case
    assert decide(documents.rulebase(), encounter, check=False) == decide(documents.rulebase(), encounter)


@examples(60)
@given(cases(counting=True))
def test_the_plan_gives_the_same_answers_in_every_field(case: Case) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    planned = Rulebase(rulebase.documents, "plan")
    chained, found = decide(rulebase, encounter), decide(planned, encounter)
    assert found.engine == f"plan {payrule_version()}"
    assert found == msgspec.structs.replace(chained, engine=found.engine)


@examples(60)
@given(rulebases(counting=True), st.lists(encounters(counting=True), min_size=2, max_size=6))
def test_an_answer_does_not_depend_on_what_was_decided_before(documents: RulebaseDocuments, series: list[Json]) -> None:
    rulebase = Rulebase(documents.rulebase().documents, "plan")
    # Each line also stands in another place, where it has another number.
    series += [each | {"lines": renumbered(each["lines"][::-1])} for each in series]
    together = [decide(rulebase, each) for each in series]
    with patch.multiple(AnswerKeys, of_matches=nothing, of_line=nothing, of_claim=nothing):
        assert [decide(rulebase, each) for each in series] == together


def nothing(*_: object) -> None:
    """Give no key, so that nothing is remembered."""


def renumbered(lines: list[Json]) -> list[Json]:
    return [line | {"number": number} for number, line in enumerate(lines, start=1)]


# In several threads and processes

BUSY = documents(
    policy(
        rule("covered", {"line.code": {"in": ["A0001-A0009"]}}, "benefit", "covered", modality="may"),
        rule(
            "excluded",
            {"fact": "alone", "line.modifiers": {"none_of": ["M1"]}},
            "benefit",
            "excluded",
            liability="subscriber",
            overrides=["covered"],
        ),
        rule("unsupported", {"line.units_supported": {"is": False}}, "units", "unsupported", liability="provider"),
        facts={"alone": {"summary": "alone", "when": {"not": {"other_line": {}}}}},
    ),
    policy(
        rule(
            "bundled",
            {"other_line": {"region": {"in": ["same", "contiguous"]}, "line.code": {"is": "B0001"}}},
            "bundling",
            "bundled",
        ),
        rule("no-site", {"line.record.site": {"is": False}}, "documentation", "insufficient"),
        id="p1",
    ),
    words={
        "regions": {"contiguous": [["neck", "back"]]},
        "timed": {"codes": ["A0001-A0009"], "method": "cms-8-minute"},
    },
)


def busy_encounters(count: int) -> list[Json]:
    chance = random.Random(0)  # noqa: S311 - the same encounters each time, no secret
    return [
        {
            "id": str(number),
            "lines": [
                {
                    "number": at,
                    "code": chance.choice(CODES),
                    "date": chance.choice(DATES),
                    "units": chance.randint(0, 3),
                    "minutes": chance.choice([None, 7, 8, 23]),
                    "modifiers": chance.choice([[], ["M1"]]),
                    "regions": chance.choice([None, [], ["neck"], ["back"], ["hip", "arm"]]),
                    "record": {"site": chance.choice([None, True, False])},
                }
                for at in range(1, chance.randint(1, 4) + 1)
            ],
        }
        for number in range(count)
    ]


def answered(rulebase: Rulebase, series: list[Json]) -> list[bytes]:
    return [decide(rulebase, each).to_json() for each in series]


@pytest.mark.slow
def test_eight_threads_answer_as_one_does() -> None:
    series = busy_encounters(2_000)
    alone = answered(BUSY.rulebase(), series)
    shared = BUSY.rulebase()
    together = threading.Barrier(8)

    def part(first: int) -> list[bytes]:
        together.wait()
        return answered(shared, series[first::8])

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            parts = list(pool.map(part, range(8)))
    finally:
        sys.setswitchinterval(usual)
    assert [parts[number % 8][number // 8] for number in range(len(series))] == alone
    assert {disposition.encode() for disposition in ("payable", "denied", "pending")} <= {
        each.split(b'"disposition":"')[1].split(b'"')[0] for each in alone
    }


FORKING = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
"""Python 3.12 warns of forking beside threads, which is what these tests are about."""


@FORKING
@pytest.mark.slow
def test_forked_process_answers_as_its_parent_does() -> None:
    series = busy_encounters(500)
    rulebase = BUSY.rulebase()
    before = answered(rulebase, series)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        same = False
        try:
            same = answered(rulebase, series) == before
        finally:
            os.write(writing, b"same" if same else b"different")
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        told = answer.read()
    os.waitpid(child, 0)
    assert told == b"same"
    assert answered(rulebase, series) == before


@FORKING
@pytest.mark.slow
def test_process_forked_while_another_thread_decides_answers_as_its_parent_does() -> None:
    """The child inherits the locks as they are at the fork, held perhaps by a thread that it does not have."""
    series = busy_encounters(300)
    rulebase = BUSY.rulebase()
    before = answered(rulebase, series)
    stop = threading.Event()

    def decide_on() -> None:
        while not stop.is_set():
            answered(rulebase, series[:20])

    other = threading.Thread(target=decide_on)
    other.start()
    try:
        for _ in range(5):
            child = os.fork()
            if child == 0:
                try:
                    logging.disable()  # a stream that the other thread writes a log to stays locked in the child
                    os._exit(0 if answered(rulebase, series) == before else 1)
                finally:
                    os._exit(2)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        stop.set()
        other.join()
