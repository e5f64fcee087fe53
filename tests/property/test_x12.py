"""The 837 reader against a second one on files that are right; and files that were damaged lose nothing in silence."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests import naive_837
from tests.command import run
from tests.formats.x12_texts import refused
from tests.made_837 import Made, damaged, made, seeded
from tests.property.effort import examples

from payrule.formats.encounters import RawEncounter
from payrule.formats.x12 import read_x12
from payrule.source.diagnostics import Diagnostic

Item = RawEncounter | Diagnostic | tuple[Diagnostic, ...]
SEEDS = st.integers(min_value=0, max_value=2**32)


def items(text: str) -> list[Item]:
    return list(read_x12(text, naive_837.TAXONOMIES))


SAYS_THAT_MORE_MAY_BE_THERE = {"x12-file", "x12-truncated", "x12-stray", "x12-control-number"}
"""A header that is cut off hides the claims below it, which have delimiters of their own; then one of these is told."""


def codes(found: list[Item]) -> set[str]:
    return {fault.code for each in found for fault in _faults(each)}


def decided(found: list[Item]) -> Iterator[RawEncounter]:
    return (each for each in found if isinstance(each, RawEncounter) and not each.faults)


@given(SEEDS)
@examples(200)
def test_a_second_reader_reads_the_same_of_files_that_are_right(seed: int) -> None:
    text = made(seeded(seed)).text
    found = items(text)
    wrong = [str(fault) for each in found for fault in _faults(each)]
    if not naive_837.claims_in(text):
        assert wrong == ["the file holds no claim (give an X12 837 professional claim file)"]
        return
    assert not wrong
    assert [each.data for each in decided(found)] == naive_837.read(text)


def _faults(item: Item) -> tuple[Diagnostic, ...]:
    return (item,) if isinstance(item, Diagnostic) else refused(item)


@given(SEEDS)
@example(223)  # the billing provider's `REF*EI` below the `HL` of the subscriber
@examples(300)
def test_a_claim_of_a_damaged_file_is_the_same_or_refused(seed: int) -> None:
    random = seeded(seed)
    file = made(random)
    right = {each["id"]: each for each in naive_837.read(file.text)}
    harm = damaged(random, file)
    found = items(harm.text)
    for each in decided(found):
        assert each.data == right[str(each.data["id"])], harm.how
    given_or_refused = sum(not isinstance(each, Diagnostic) for each in found)
    hidden = naive_837.claims_in(harm.text) - given_or_refused
    assert hidden >= 0, harm
    assert not hidden or SAYS_THAT_MORE_MAY_BE_THERE & codes(found), harm
    for item in found:
        assert item != ()
        assert len({fault.claim for fault in refused(item)}) <= 1


@given(SEEDS)
@examples(100)
def test_a_segment_that_was_lost_or_came_twice_is_always_told(seed: int) -> None:
    random = seeded(seed)
    file = made(random)
    for harm in (damaged(random, file) for _ in range(5)):
        if harm.how in ("dropped", "doubled"):
            found = items(harm.text)
            assert any(map(_faults, found)), harm


@pytest.mark.slow
@given(SEEDS)
@examples(30)
def test_a_run_over_a_damaged_file_accounts_for_every_claim(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    random = seeded(seed)
    folder = tmp_path_factory.mktemp("damaged")
    harm = damaged(random, made(random))
    (folder / "claims.837").write_text(harm.text, newline="")
    answer = run("payrule adjudicate claims.837 --payer blue-cross --format jsonl --rejects rejects.csv", folder)
    assert answer.code in (0, 2), answer.stderr
    assert " line" in answer.stderr.splitlines()[-1]


@pytest.mark.slow
def test_the_maker_makes_what_the_laws_speak_of() -> None:
    """Were nothing damaged or nothing decided, the laws above would hold of nothing."""
    files: list[Made] = [made(seeded(seed)) for seed in range(60)]
    texts = "".join(file.text for file in files)
    for part in ("SBR", "SV5", "MJ", "RD8", "REF", "F8", "QC", "004010X098A1", "SVD", "HI"):
        assert part in texts
    ways = {damaged(seeded(seed), file).how for seed, file in enumerate(files)}
    assert len(ways) == 5
    kept = [len(list(decided(items(damaged(seeded(seed), file).text)))) for seed, file in enumerate(files)]
    assert sum(number > 0 for number in kept) > 10
