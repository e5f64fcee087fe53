"""Earlier lines in Parquet, which claims of a patient share in columns, are joined as those of any other file are."""

import json
import random
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.columns.test_columnar_files import answers, rows_of, write
from tests.property.counted import WORDS
from tests.property.documents import KNOWN_ON, PAYER, documents, policy, rule
from tests.property.effort import mostly_slow

from payrule.columns.decide_files import Tally, adjudicate_files
from payrule.columns.lines import Lines
from payrule.columns.resolver import Resolver
from payrule.encounter.encounter import Encounter
from payrule.formats.encounters import Read
from payrule.formats.history import Histories, history_rows
from payrule.rulebase.rulebase import Rulebase
from payrule.source.database import Store
from payrule.source.diagnostics import InputError

Json = dict[str, Any]

FIRST = date(2024, 3, 1)
WHERE: Json = {"line.code": {"in": ["A0001", "A0002"]}}
QUOTAS: Json = {
    "visits": {"summary": "Three visits.", "of": "lines", "at_most": 3, "window": {"days": 30}, "where": WHERE},
    "units": {"summary": "Six units.", "of": "line.units", "at_most": 6, "window": "year",
              "first": [{"highest": "line.units"}]},
}  # fmt: skip


def rulebase() -> Rulebase:
    """Make rules that count over time, by code and provider, and rules that pay in part."""
    lines: list[Json] = [
        {"window": {"days": 30}, "where": WHERE, "count": {"at_least": 3}},
        {"window": {"months": 2}, "same": ["line.code", "line.provider.npi"], "dates": {"at_least": 2}},
        {"window": "year", "where": {"line.record.site": {"is": True}}, "sum": {"of": "line.units", "at_least": 5}},
        {"window": "ever", "where": WHERE, "days_since": {"at_most": 4}},
    ]
    covered = rule("covered", {"line.units": {"at_least": 0}}, "benefit", "covered")
    rules = [
        rule(f"r{at}", {"lines": each, "line.code": {"is": f"A000{1 + at % 2}"}}, "provider", "ineligible")
        for at, each in enumerate(lines)
    ]
    rules.append(rule("over", {"quota": {"visits": {"over": {"at_least": 1}}}}, "necessity", "not-met"))
    limited = rule("limited", {"line.code": {"is": "A0002"}}, "units", "limited")
    limited["conclude"]["pay"] = {"units": {"quota": "units"}}
    from tests.property.test_columns import PAYING  # noqa: PLC0415 - reads the shipped vocabulary

    return documents(policy(covered, limited, *rules, quotas=QUOTAS), words=WORDS | PAYING).rulebase()


def line(chance: random.Random, *, odd: float) -> Json:
    """Draw a line, or an earlier one; some are odd."""
    day = FIRST - timedelta(days=chance.randint(0, 40))
    found: Json = {"code": chance.choice(("A0001", "A0002", "A0003")), "date": day.isoformat()}
    found |= {"units": chance.randint(0, 4)} if chance.random() < 0.7 else {}
    found |= {"provider": {"npi": chance.choice("AB")}} if chance.random() < 0.8 else {}
    found |= {"record": {"site": chance.random() < 0.5}} if chance.random() < 0.8 else {}
    found |= {"units": chance.choice((0.5, 1.5))} if chance.random() < odd else {}
    return found | ({"date_to": (day + timedelta(days=1)).isoformat()} if chance.random() < odd else {})


def drawn(seed: int, *, odd: float) -> tuple[list[Json], list[Json]]:
    """Draw claims, and rows of earlier lines of their patients and of others."""
    chance = random.Random(seed)  # noqa: S311 - the same claims each time, no secret
    claims: list[Json] = []
    for at in range(40):
        lines = [line(chance, odd=odd / 4) | {"number": n} for n in range(1, chance.randint(2, 4))]
        claim: Json = {"id": f"E{at}", "lines": lines}
        claim |= {"patient": {"id": f"P{chance.randint(0, 14)}"}} if chance.random() < 0.9 else {}
        claims.append(claim | ({"original": "C1"} if chance.random() < odd else {}))
    rows: list[Json] = []
    for at in range(120):
        row: Json = {"patient": {"id": f"P{chance.randint(0, 20)}"}}
        if chance.random() < 0.1:
            rows.append(row | {"history_from": ("2024-01-01", "2023-01-01")[len(row["patient"]["id"]) % 2]})
            continue
        row |= line(chance, odd=odd) | {"claim": chance.choice((f"C{at % 50}", f"E{at % 40}")), "number": at + 1}
        row |= {"reference": f"R{at % 50}"} if chance.random() < 0.3 else {}
        row |= {"frequency": chance.choice(("1", "8"))} if chance.random() < odd else {}
        row |= {"original_reference": f"C{chance.randint(0, 49)}"} if chance.random() < odd else {}
        rows.append(
            {key: each for key, each in row.items() if chance.random() > odd / 10 or key in ("patient", "code", "date")}
        )
    return claims, rows


def by_columns(  # noqa: PLR0913 - what claims are decided with
    rulebase: Rulebase,
    claims: list[Json],
    rows: list[Json],
    folder: Path,
    since: date | None,
    *,
    link: bool = False,
    ending: str = "parquet",
) -> Tally:
    """Decide claims in Parquet, with a history in Parquet or in JSON Lines."""
    billed = write([row for each in claims for row in rows_of(each)], folder / "claims.parquet")
    flat = [next(rows_of({"id": "", "lines": [each]})) | {"patient.id": each["patient"]["id"]} for each in rows]
    flat = [{key: held for key, held in each.items() if key != "encounter"} for each in flat]
    earlier = [write(flat, folder / "history.parquet")] if rows else []
    if ending == "jsonl":
        earlier = [as_lines(rows, folder / "history.jsonl")]
    return adjudicate_files(
        rulebase,
        billed,
        folder / "out.parquet",
        payer=PAYER,
        known_on=KNOWN_ON,
        history=earlier,
        history_from=since,
        link=link,
        threads=1,
    )


def as_lines(items: list[Json], file: Path) -> Path:
    """Write JSON Lines."""
    file.write_text("".join(json.dumps(each) + "\n" for each in items), encoding="utf-8")
    return file


def joined(  # noqa: PLR0913 - what claims are joined with
    rulebase: Rulebase, claims: list[Json], rows: list[Json], folder: Path, since: date | None, *, link: bool = False
) -> list[Encounter]:
    """Join claims as those of other files are."""
    vocabulary, validator = rulebase.documents.vocabulary, rulebase.validator
    histories = Histories(vocabulary, since)
    histories.add_rows(history_rows(as_lines(rows, folder / "rows.jsonl"), vocabulary, validator))
    if link:
        histories.add_claims(Read(rulebase.encounter(each)) for each in claims)
    return [histories.join(rulebase.encounter(each)) for each in claims]


@pytest.mark.parametrize("since", mostly_slow([None, date(2024, 1, 1)]))
@pytest.mark.parametrize("odd", mostly_slow([0, 0.04]))
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_earlier_lines_in_parquet_are_counted_as_those_of_other_files(
    seed: int, odd: float, since: date | None, tmp_path: Path
) -> None:
    counting, (claims, rows) = rulebase(), drawn(seed, odd=odd)
    tally = by_columns(counting, claims, rows, tmp_path, since)
    wanted = decided(counting, joined(counting, claims, rows, tmp_path, since))
    assert answers(tmp_path) == wanted
    assert {"denied", "payable", "pending"} <= {each["disposition"] for each in wanted.values()}
    assert tally.joined is not None
    assert tally.joined.nameless == sum("patient" not in each for each in claims)


@pytest.mark.slow
def test_patients_whose_claims_are_decided_in_shares_are_decided_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payrule.columns.lines.MOST", 30)
    counted, answered = list[int](), Resolver.answers

    def counting_answers(resolver: Resolver, store: Store, lines: Lines, groups: Any, meaning: Any) -> Any:
        counted.append(len(groups))
        return answered(resolver, store, lines, groups, meaning)

    monkeypatch.setattr(Resolver, "answers", counting_answers)
    counting, (claims, rows) = rulebase(), drawn(1, odd=0)
    by_columns(counting, claims, rows, tmp_path, date(2024, 1, 1))
    assert answers(tmp_path) == decided(counting, joined(counting, claims, rows, tmp_path, date(2024, 1, 1)))
    assert len(counted) > 1
    assert all(counted)


@pytest.mark.slow
def test_ids_that_share_a_digest_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = Store._answer  # noqa: SLF001 - where every statement passes

    def coarse(store: Store, query: str, values: Any = None) -> Any:
        return answered(store, re.sub(r"\bhash\(([\w.]+)\)", r"(hash(\1) % 7)", query), values)

    monkeypatch.setattr(Store, "_answer", coarse)
    counting, (claims, rows) = rulebase(), drawn(1, odd=0)
    by_columns(counting, claims, rows, tmp_path, date(2024, 1, 1))
    assert answers(tmp_path) == decided(counting, joined(counting, claims, rows, tmp_path, date(2024, 1, 1)))


def decided(counting: Rulebase, encounters: list[Encounter]) -> dict[tuple[str, int], Json]:
    """Decide claims one by one; give the answer of each line."""
    found = {}
    for encounter in encounters:
        answer = counting.decide(encounter, payer=PAYER, known_on=KNOWN_ON, check=False)
        for each in json.loads(answer.to_json())["lines"]:
            found[encounter.id, each["number"]] = each
    return found


@pytest.mark.parametrize(("link", "ending"), mostly_slow([(False, "jsonl"), (True, "parquet"), (True, "jsonl")]))
def test_earlier_lines_of_other_formats_and_of_claims_are_joined_to_claims_in_parquet(
    link: bool,  # noqa: FBT001 - a case
    ending: str,
    tmp_path: Path,
) -> None:
    counting, (claims, rows) = rulebase(), drawn(3, odd=0.04)
    for at, claim in enumerate(claims):
        claim.update({"received": (FIRST + timedelta(days=at % 3)).isoformat()} if at % 4 else {})
    tally = by_columns(counting, claims, rows, tmp_path, date(2024, 1, 1), link=link, ending=ending)
    encounters = joined(counting, claims, rows, tmp_path, date(2024, 1, 1), link=link)
    assert answers(tmp_path) == decided(counting, encounters)
    assert tally.joined is not None
    assert (tally.joined.linked_lines > 0, tally.joined.perhaps > 0) == (link, link)


def test_a_wrong_row_of_another_format_is_said_with_its_place(tmp_path: Path) -> None:
    counting, (claims, rows) = rulebase(), drawn(1, odd=0)
    rows[4] = {"patient": {"id": "P1"}, "claim": "C1", "number": 1, "code": "A0001", "date": "tomorrow"}
    with pytest.raises(InputError) as caught:
        by_columns(counting, claims, rows, tmp_path, None, ending="jsonl")
    (fault,) = caught.value.findings
    assert (fault.file, fault.line) == (str(tmp_path / "history.jsonl"), 5)


def test_one_wrong_row_refuses_the_file(tmp_path: Path) -> None:
    counting, (claims, rows) = rulebase(), drawn(1, odd=0)
    row = next(at for at, each in enumerate(rows) if "date" in each)
    rows[row] |= {"date_to": "2024-01-01", "patient": {"id": "P99"}}
    with pytest.raises(InputError) as caught:
        by_columns(counting, claims, rows, tmp_path, None)
    assert f"row {row + 1}" in str(caught.value.findings[0])
    assert not (tmp_path / "out.parquet").exists()


def test_without_a_file_a_history_is_complete_from_a_day_on(tmp_path: Path) -> None:
    counting, since = rulebase(), date(2024, 1, 1)
    claims = [claim | {"lines": claim["lines"][:1]} for claim in drawn(1, odd=0)[0] if "patient" in claim]
    by_columns(counting, claims, [], tmp_path, since)
    found = answers(tmp_path)
    for each in claims:
        answer = counting.decide(each, payer=PAYER, known_on=KNOWN_ON, check=False, history_from=since)
        (wanted,) = json.loads(answer.to_json())["lines"]
        assert found[each["id"], wanted["number"]] == wanted
