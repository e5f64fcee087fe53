"""The work of a decision grows with the lines of a claim, not with their square, and is counted before it starts."""

import json
import pickle
import random
import shutil
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import pytest
from benchmarks.claims import random_claims

from payrule import LimitError, RequestError, Rulebase, load
from payrule.execute import reference, sizes
from payrule.language import enriched_encounter
from payrule.language.derived.table_lookups import PAIR_COLUMNS
from payrule.language.enriched_encounter import EnrichedEncounter, EnrichedLine
from payrule.model.tables import Head, LookedUp, RowFile, row_lines
from payrule.rulebase.compile import Engine
from payrule.source.diagnostics import Diagnostic
from payrule.source.files import shipped

CODES = ("97140", "97530", "97110", "97112", "98940", "98941", "97124", "97750", "99213", "97035")


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return load()


def claim(count: int, **more: Any) -> dict[str, Any]:
    lines = [
        {
            "number": at + 1,
            "code": CODES[at % len(CODES)],
            "date": "2024-08-01",
            "modifiers": ["59"] * (at % 3 > 0),
            **more,
        }
        for at in range(count)
    ]
    return {"id": "E-1", "lines": lines}


def relations(rulebase: Rulebase, encounter: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> int:
    """Count how often two lines are related while a claim is decided."""
    asked = [0]
    relation = EnrichedEncounter.relation

    def counted(self: EnrichedEncounter, attribute: str, subject: EnrichedLine, other: EnrichedLine) -> Any:
        asked[0] += 1
        return relation(self, attribute, subject, other)

    monkeypatch.setattr(EnrichedEncounter, "relation", counted)
    rulebase.decide(encounter, payer="medicare-part-b", known_on="2026-11-23")
    monkeypatch.setattr(EnrichedEncounter, "relation", relation)
    return asked[0]


@pytest.mark.slow
def test_lines_that_are_related_alike_are_related_once(rulebase: Rulebase, monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = (relations(rulebase, claim(count), monkeypatch) for count in (240, 960))
    assert many < 5 * few


@pytest.mark.slow
def test_codes_that_no_row_pairs_are_related_once(rulebase: Rulebase, monkeypatch: pytest.MonkeyPatch) -> None:
    def of_many_codes(count: int) -> dict[str, Any]:
        lines = claim(count)["lines"]
        unpaired = [line | {"code": f"{20000 + at}"} for at, line in enumerate(lines[len(CODES) :])]
        return {"id": "E-1", "lines": [*lines[: len(CODES)], *unpaired]}

    few, many = (relations(rulebase, of_many_codes(count), monkeypatch) for count in (200, 800))
    assert many < 5 * few


@pytest.mark.slow
def test_providers_of_one_specialty_are_related_once(rulebase: Rulebase, monkeypatch: pytest.MonkeyPatch) -> None:
    def of_many_providers(count: int) -> dict[str, Any]:
        providers = [{"npi": f"{9000000000 + at}", "type": "physical-therapist"} for at in range(count)]
        lines = claim(count)["lines"]
        return {"id": "E-1", "lines": [line | {"provider": who} for line, who in zip(lines, providers, strict=True)]}

    few, many = (relations(rulebase, of_many_providers(count), monkeypatch) for count in (240, 960))
    assert many < 5 * few


@pytest.mark.slow
def test_a_claim_of_as_many_lines_as_there_can_be_is_decided(rulebase: Rulebase) -> None:
    answer = rulebase.decide(
        claim(999, provider={"type": "chiropractor"}), payer="medicare-part-b", known_on="2026-11-23"
    )
    assert len(answer.lines) == 999


def paired(rulebase: Rulebase, codes: tuple[str, ...], path: Path) -> Rulebase:
    """Put a table of edits into a rulebase that pairs all of some codes with each other."""
    head = Head("sha256:0", tuple(PAIR_COLUMNS), (5, 5, 8, 8, 1))
    rows = ((one, two, "20200101", "", "1") for one, two in combinations(codes, 2))
    path.write_bytes(b"".join(row_lines(head, rows)))
    documents = rulebase.documents
    tables = {**documents.tables, "ncci-ptp": LookedUp.of(documents.tables["ncci-ptp"].table, RowFile(path))}
    return Rulebase(msgspec.structs.replace(documents, tables=tables))


def of_codes(codes: tuple[str, ...]) -> dict[str, Any]:
    """Make a claim that bills each code once."""
    lines = [{"number": at, "code": code, "date": "2024-08-01"} for at, code in enumerate(codes, 1)]
    return {"id": "E-1", "lines": lines}


SURGERY = tuple(f"{20000 + at}" for at in range(240))


@pytest.mark.slow
def test_pairs_that_a_table_has_are_read_at_once(
    rulebase: Rulebase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[tuple[str, ...]] = []
    find = RowFile.find

    def counted(self: RowFile, *key: str) -> list[tuple[str, ...]]:
        looked_up.append(key)
        return find(self, *key)

    monkeypatch.setattr(RowFile, "find", counted)
    asked = []
    for count in (60, 240):
        made = paired(rulebase, SURGERY[:count], tmp_path / f"{count}.rows")
        looked_up.clear()
        made.decide(of_codes(SURGERY[:count]), payer="medicare-part-b", known_on="2026-11-23")
        asked.append(len(looked_up))
    assert asked[1] < 5 * asked[0]


def test_rows_between_the_codes_of_a_claim_are_counted_and_refused_by_name(
    rulebase: Rulebase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "MOST_DIFFERENT", 2_000)
    made = paired(rulebase, SURGERY[:60], tmp_path / "pairs.rows")
    with pytest.raises(
        LimitError, match=r"^claim E-1: \d+ conditions on other lines ask about \d,\d{3} pairs of lines"
    ):
        made.decide(of_codes(SURGERY[:60]), payer="medicare-part-b", known_on="2026-11-23")


@pytest.mark.slow
def test_asking_lines_that_are_related_alike_at_once_changes_no_answer(
    rulebase: Rulebase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = paired(rulebase, (*CODES, *SURGERY[:30]), tmp_path / "pairs.rows")
    draw = random.Random(5)  # noqa: S311 - claims that are made up
    claims = list(random_claims(rulebase.documents.vocabulary, (*CODES, *SURGERY[:30]), 60))
    for each in claims:
        each["lines"] = [draw.choice(each["lines"]) | {"number": at} for at in range(1, draw.randint(2, 12))]
        for line in each["lines"]:
            line["code"] = draw.choice((*CODES, *SURGERY[:30]))
            line["date"] = draw.choice(("2024-08-01", "2024-08-01", "2024-08-02"))

    def answers() -> list[str]:
        given = (made.decide(each, payer="medicare-part-b", known_on="2026-11-23") for each in claims)
        return [str(each.to_json()) for each in given]

    monkeypatch.setattr(reference, "FEW_LINES", 1_000)
    monkeypatch.setattr(enriched_encounter, "FEW_KINDS", 1_000)
    one_by_one = answers()
    monkeypatch.setattr(reference, "FEW_LINES", 0)
    monkeypatch.setattr(enriched_encounter, "FEW_KINDS", 0)
    assert answers() == one_by_one


@pytest.fixture(scope="module")
def of_many_rules(tmp_path_factory: pytest.TempPathFactory) -> Rulebase:
    """A rulebase in which thirty rules each wait for facts of other lines."""
    return with_rules(tmp_path_factory, 30, lambda at: {"line.minutes": {"at_least": at + 1}})


def with_rules(factory: pytest.TempPathFactory, count: int, other: Callable[[int], dict[str, Any]]) -> Rulebase:
    """Make a rulebase of so many rules, each of which asks about other lines."""
    folder = Path(shutil.copytree(shipped("policies"), factory.mktemp("many") / "policies"))
    policy = json.loads((folder / "medicare-statute/1.0.0.json").read_text())
    first = policy["rules"][0] | {"overrides": []}
    first.pop("overrides")
    policy["rules"] = [
        first
        | {
            "id": f"rule-{chr(97 + at // 26)}{chr(97 + at % 26)}",
            "when": {"line.code": {"in": list(CODES)}, "other_line": other(at)},
        }
        for at in range(count)
    ]
    (folder / "medicare-statute/1.0.0.json").write_text(json.dumps(policy))
    payer = json.loads((folder / "payers/medicare-part-b.json").read_text())
    payer["tiers"] = [["medicare-statute"]]
    payer.pop("accepted_conflicts", None)
    (folder / "payers/medicare-part-b.json").write_text(json.dumps(payer))
    for examples in folder.glob("*/examples"):
        shutil.rmtree(examples)
    return load(folder)


@pytest.mark.slow
def test_what_every_line_waits_for_is_collected_once(of_many_rules: Rulebase) -> None:
    answer = of_many_rules.decide(claim(60), payer="medicare-part-b", known_on="2026-11-23")
    for line in answer.lines:
        others = {f"lines[{each.number}].minutes" for each in answer.lines if each.number != line.number}
        assert set(line.open) == others


def test_too_many_comparisons_are_refused_by_name_before_any_is_made(of_many_rules: Rulebase) -> None:
    with pytest.raises(
        LimitError, match=r"^claim E-1: 30 conditions on other lines ask about 29,910,060 pairs of lines, and at most"
    ):
        of_many_rules.decide(claim(999), payer="medicare-part-b", known_on="2026-11-23")


@pytest.fixture(scope="module")
def of_regions(tmp_path_factory: pytest.TempPathFactory) -> Rulebase:
    """A rulebase in which twenty-five rules relate the regions of two lines."""
    return with_rules(tmp_path_factory, 25, lambda at: {"line.minutes": {"at_least": at + 1}, "region": {"is": "same"}})


def by_regions(rulebase: Rulebase, count: int, kinds: int) -> dict[str, Any]:
    """Make a claim of so many lines, of so many different sets of regions."""
    regions = rulebase.documents.vocabulary.attributes["line.regions"].values
    sets = [each for size in (1, 2, 3, 4) for each in combinations(regions, size)][:kinds]
    whole = claim(count)
    lines = [each | {"regions": sets[at % len(sets)]} for at, each in enumerate(whole["lines"])]
    return whole | {"lines": lines}


@pytest.mark.slow
def test_lines_that_are_all_related_differently_are_refused_by_name(of_regions: Rulebase) -> None:
    with pytest.raises(
        LimitError, match=r"25 conditions on other lines ask about 3,\d{3},\d{3} pairs of lines that are"
    ):
        of_regions.decide(by_regions(of_regions, 399, 380), payer="medicare-part-b", known_on="2026-11-23")


@pytest.mark.slow
def test_as_many_lines_that_are_related_alike_are_decided(of_regions: Rulebase) -> None:
    answer = of_regions.decide(by_regions(of_regions, 399, 5), payer="medicare-part-b", known_on="2026-11-23")
    assert len(answer.lines) == 399


def bounded(rulebase: Rulebase, seconds: float, engine: Engine = "forward") -> Rulebase:
    return Rulebase(rulebase.documents, engine, seconds)


def said_of(rulebase: Rulebase, encounter: dict[str, Any]) -> Diagnostic:
    with pytest.raises(LimitError) as told:
        rulebase.decide(encounter, payer="medicare-part-b", known_on="2026-11-23")
    (found,) = told.value.findings
    return found


@pytest.mark.parametrize("engine", ["forward", "plan"])
def test_a_claim_that_would_take_too_long_is_refused_by_name(of_many_rules: Rulebase, engine: Engine) -> None:
    for lines, seconds, about, sizes_told in (
        (1, 0.0, "0.0006", "lines: 1; rules asked about them: 30; pairs of lines: 0"),
        (4, 0.0025, "0.0025", "lines: 4; rules asked about them: 120; pairs of lines: 360"),
        (240, 0.8, "0.83", "lines: 240; rules asked about them: 7,200; pairs of lines: 1,720,800"),
    ):
        found = said_of(bounded(of_many_rules, seconds, engine), claim(lines))
        assert (found.code, found.claim) == ("takes-too-long", "E-1")
        said = f"the claim would take some {about} seconds, and at most {seconds:g} are spent on one"
        assert found.message == f"{said} ({sizes_told})"
    answer = bounded(of_many_rules, 0.0026, engine).decide(claim(4), payer="medicare-part-b", known_on="2026-11-23")
    assert len(answer.lines) == 4


def test_what_can_never_be_decided_is_told_before_what_takes_too_long(of_many_rules: Rulebase) -> None:
    assert said_of(bounded(of_many_rules, 0), claim(999)).code == "encounter-too-large"


def test_rules_count_for_the_codes_and_pairs_for_the_dates_that_they_ask_about(of_many_rules: Rulebase) -> None:
    lines = claim(40)["lines"]
    others = [each | {"code": f"{20000 + at}"} for at, each in enumerate(lines)]
    days = [each | {"date": f"2024-08-{at % 20 + 1:02}"} for at, each in enumerate(lines)]
    for listed, asked, pairs in ((lines, "1,200", "46,800"), (others, "0", "46,800"), (days, "1,200", "1,200")):
        told = said_of(bounded(of_many_rules, 0), {"id": "E-1", "lines": listed})
        assert told.message.endswith(f"(lines: 40; rules asked about them: {asked}; pairs of lines: {pairs})")


def test_a_limit_below_nothing_is_refused_and_one_goes_with_a_rulebase_to_other_processes(rulebase: Rulebase) -> None:
    for limit in (-1, float("nan")):
        with pytest.raises(RequestError, match="a claim cannot take"):
            load(seconds=limit)
    assert pickle.loads(pickle.dumps(bounded(rulebase, 2.5))).seconds == 2.5  # noqa: S301 - made here
    assert load().seconds == sizes.SECONDS
