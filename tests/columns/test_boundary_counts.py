"""Columns count as the reference evaluator does in the tables of boundary cases: leap days, year ends, ties, voids."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from tests.language import test_lines as lines
from tests.language import test_quotas as quotas
from tests.property.columnar import plain
from tests.property.documents import KNOWN_ON, PAYER, documents, encounter, policy, rule

from payrule.columns.countable import earlier_lines, is_by_claim
from payrule.columns.decide_files import bind
from payrule.columns.lines import load
from payrule.columns.match import MATCHED, match
from payrule.columns.sources import attributes_to_load
from payrule.columns.sql import select
from payrule.language.truth import Matches
from payrule.rulebase.rulebase import Rulebase
from payrule.source.database import Store

Json = dict[str, Any]

SERVED = "2024-06-30"
ALL_KNOWN: Json = {"history_from": "1900-01-01"}


def asked(conditions: Iterable[Json], **other: Any) -> Rulebase:
    """Make a rule of each condition, as far as columns count it."""
    rules = [rule(f"r{at}", each, "benefit", "excluded") for at, each in enumerate(conditions)]
    counted = [
        each for each in rules if not is_by_claim(documents(policy(each, **other), words=lines.CORRECTED).rulebase())
    ]
    assert len(counted) > len(rules) - 2
    return documents(policy(*counted, **other), words=lines.CORRECTED).rulebase()


def both(rulebase: Rulebase, claims: Iterable[Json]) -> tuple[list[Matches], list[Matches]]:
    """Say for each line of each claim which rules match, by columns and by the reference evaluator."""
    numbered = [each | {"id": f"E{at}" if at else "E"} for at, each in enumerate(claims)]
    taken = plain(rulebase, [rulebase.encounter(each) for each in numbered])
    terms = rulebase.terms(payer=PAYER, known_on=KNOWN_ON)
    ((program, _),) = rulebase.programs_for(terms, msgspec.structs.replace(taken[0], lines=taken[0].lines[:1]))
    wanted = [each for claim in taken for each in program.referred(program.scene(claim), range(len(claim.lines)))]
    with Store(threads=1) as store:
        vocabulary = rulebase.documents.vocabulary
        held = load(store, taken, attributes_to_load(rulebase), earlier=lambda claim: earlier_lines(claim, vocabulary))
        matched = match(store, held, bind(program, "true"))
        rows = store.rows(f"{select(matched.key, f'{MATCHED} t')} ORDER BY row")
        return [matched.matches(row) for row in rows], wanted


def claims_over_time(windows: Iterable[tuple[Any, ...]], earlier: Any) -> list[Json]:
    """Give the claims of a table of windows, with a history that is known, in part, or not."""
    return [
        encounter({"date": service, "units": 3}, history=[earlier(before)], **known)
        for _, _, service, before, _ in windows
        for known in (ALL_KNOWN, {"history_from": before}, {})
    ]


@pytest.mark.slow
def test_columns_count_lines_at_the_ends_of_windows() -> None:
    conditions = [each[1] for each in (*lines.HERE, *lines.HISTORIES)]
    conditions += [
        lines.window(of, **measure)
        for _, of, *_ in lines.WINDOWS
        for measure in ({"count": {"is": 1}}, {"days_since": {"at_most": 1}})
    ]
    claims = [encounter(*billed) for _, _, billed, _ in lines.HERE]
    claims += [encounter({}, **claim) for _, _, claim, _ in lines.HISTORIES]
    claims += claims_over_time(lines.WINDOWS, lines.earlier)
    found, wanted = both(asked({"lines": each} for each in conditions), claims)
    assert found == wanted
    settled = {name for each in wanted for name in each.definite}
    assert len(settled) > len(conditions) * 0.9, "nearly every condition holds somewhere"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["within", "over"])
def test_columns_share_quotas_at_the_ends_of_windows(kind: str) -> None:
    listed = [each[1] for each in (*quotas.CASES, *quotas.HISTORIES)]
    listed += [quotas.UNITS | {"window": window} for _, window, *_ in quotas.WINDOWS]
    named = {f"q{at}": each for at, each in enumerate(listed)}
    conditions = [{"quota": {name: {kind: {"at_least": number}}}} for name in named for number in (1, 3)]
    claims = [encounter(*billed) for _, _, billed, _ in quotas.CASES]
    claims += [encounter(line, **claim) for _, _, line, claim, _ in quotas.HISTORIES]
    claims += claims_over_time(quotas.WINDOWS, quotas.earlier)
    found, wanted = both(asked(conditions, quotas=named), claims)
    assert found == wanted
    assert any(each.definite for each in wanted)
