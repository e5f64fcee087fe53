"""However slices are worked through, alone or shared, asked anew or kept, the answers are the same."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.property.documents import PAYER, documents, policy, rule
from tests.property.effort import mostly_slow
from tests.property.sides import one_side, sides

from payrule.analysis import difference as changing
from payrule.analysis import slice_findings as finding
from payrule.analysis import slices as cutting
from payrule.analysis import work as working
from payrule.analysis.difference import difference
from payrule.analysis.encoding import Encoding
from payrule.analysis.verification import Verified, verification
from payrule.analysis.work import ALONE, AnswersKept, Work, usable_processes
from payrule.compare.comparison_side import BothDecide, OneDecides, Side, regimes
from payrule.results.determination import Determination
from payrule.results.difference import AnswerDifference

CODES = [f"A000{n}" for n in range(1, 9)]


def rules(least: int, *, at: str = "") -> Any:
    """Make a rule for each code; the units that it asks for are others at one of them."""
    made = []
    for number, code in enumerate(CODES):
        when = {"line.code": {"is": code}, "line.units": {"at_least": least + (code == at)}}
        value = "excluded" if number % 2 else "covered"
        made.append(rule(f"r{number}", when, "benefit", value))
    return documents(policy(*made, rule("same", {"line.code": {"is": CODES[0]}}, "benefit", "excluded")))


@pytest.fixture(autouse=True)
def _cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "FEW_RULES", 0)


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the codes of each slice that is asked here."""
    asked: list[str] = []

    def noted(*given: Any, **chosen: Any) -> Encoding:
        asked.extend(sorted(chosen["codes"].values.values))
        return Encoding(*given, **chosen)

    monkeypatch.setattr(changing, "Encoding", noted)
    monkeypatch.setattr(finding, "Encoding", noted)
    return asked


def changes(old: Side, new: Side, work: Work = ALONE, expired: Callable[[], bool] = lambda: False) -> AnswerDifference:
    """Compare two sides."""
    return difference(regimes(old, new), BothDecide(old, new), expired, work)


def findings(of: Side, work: Work = ALONE) -> Verified:
    """Verify a side."""
    return verification(regimes(of), OneDecides(of), work=work)


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Note each claim that is decided here."""
    claims: list[Any] = []
    decide = Side.decide

    def noted(of: Side, encounter: Any) -> Determination:
        claims.append(encounter)
        return decide(of, encounter)

    monkeypatch.setattr(Side, "decide", noted)
    return claims


@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_two_processes_answer_as_one_does(method: str, monkeypatch: pytest.MonkeyPatch, encoded: list[str]) -> None:
    monkeypatch.setattr(working, "_can_be_copied", lambda: method == "fork")
    monkeypatch.setattr(working, "_FEW_WHERE_STARTED", 0)
    old, new = sides(rules(2), rules(3))
    alone = changes(old, new)
    everyone = {*encoded}
    encoded.clear()
    worked_off = working._worked_off  # noqa: SLF001

    def one_at_most(*given: Any) -> Any:
        if os.getpid() != here:
            return worked_off(*given)
        return {}

    # What is not left to the other process is asked in this one.
    here = os.getpid()
    monkeypatch.setattr(working, "_worked_off", one_at_most)
    assert changes(old, new, Work(2)) == alone
    assert everyone >= {*CODES}
    assert encoded == []


def test_what_another_process_fails_to_answer_is_asked_here(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = sides(rules(2), rules(3))
    alone = changes(old, new)
    here = os.getpid()

    class Failing:
        def __call__(self, claim: Any) -> Any:
            if os.getpid() != here:
                os._exit(1)
            return old.decide(claim), new.decide(claim)

    assert difference(regimes(old, new), Failing(), work=Work(2)) == alone
    monkeypatch.setattr(working, "_can_be_copied", lambda: False)
    monkeypatch.setattr(working, "_FEW_WHERE_STARTED", 0)
    # It is of no module, so it cannot be handed over at all.
    assert difference(regimes(old, new), Failing(), work=Work(2)) == alone


def test_with_one_core_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert usable_processes() == 1


def test_time_that_runs_out_leaves_what_was_found_and_keeps_nothing_unsettled(tmp_path: Path) -> None:
    old, new = sides(rules(2), rules(3))
    looks = iter(range(10**9))
    cut = changes(old, new, Work(1, tmp_path / "kept"), lambda: next(looks) > 40)
    assert cut.certainty == "unknown"
    whole = changes(old, new)
    assert 0 < len(cut.changes) < len(whole.changes)
    assert changes(old, new, Work(1, tmp_path / "kept")) == whole


def test_an_answer_that_is_kept_is_not_asked_again(tmp_path: Path, encoded: list[str]) -> None:
    kept = Work(1, tmp_path / "kept")
    first, second = sides(rules(2), rules(3)), sides(rules(2), rules(3, at=CODES[4]))
    before = changes(*first, kept), findings(first[0], kept)
    assert before == (changes(*first), findings(first[0]))
    encoded.clear()
    assert (changes(*first, kept), findings(first[0], kept)) == before
    assert encoded == []
    after = changes(*second, kept), findings(second[1], kept)
    # Nobody has asked yet about the rules of the new side by themselves.
    assert encoded[0] == CODES[4]
    assert encoded.count(CODES[4]) == 2
    assert after == (changes(*second), findings(second[1]))


def test_an_answer_that_is_kept_is_not_decided_again_and_can_be_explained(tmp_path: Path, decided: list[Any]) -> None:
    kept = Work(1, tmp_path)
    old, new = sides(rules(2), rules(3))
    first = changes(old, new, kept), findings(old, kept)
    decided.clear()
    again = changes(*sides(rules(2), rules(3)), kept), findings(one_side(rules(2)), kept)
    assert decided == []
    assert again == first
    (one, *_), (same, *_) = first[0].changes, again[0].changes
    assert same.witness.after.explain(1) == one.witness.after.explain(1)
    assert decided


def test_answers_under_other_terms_are_kept_beside_each_other(
    tmp_path: Path, encoded: list[str], decided: list[Any]
) -> None:
    kept = Work(1, tmp_path)
    old, new = sides(rules(2), rules(3))
    older, newer = (Side(one.rulebase, one.rulebase.terms(payer=PAYER, known_on="2027-01-01")) for one in (old, new))
    first = changes(old, new, kept), findings(old, kept)
    encoded.clear()
    second = changes(older, newer, kept), findings(older, kept)
    # What the slices show is the same under all terms; what is decided of their claims is not.
    assert encoded == []
    assert second == (changes(older, newer), findings(older)) != first
    decided.clear()
    assert (changes(old, new, kept), findings(old, kept)) == first
    assert (changes(older, newer, kept), findings(older, kept)) == second
    assert decided == []


def codes_of(claims: Iterable[Any]) -> set[str]:
    """Give the codes of the first lines of claims."""
    return {each["lines"][0]["code"] for each in claims}


def edited(change: Callable[[Any], object]) -> Any:
    """Give the rules after a change of their documents."""
    made = rules(2)
    change(made)
    return made


OF_ALL: dict[str, Callable[[Any], object]] = {
    "a definition": lambda made: made.policies[0].update(facts={"f": {"summary": "f", "when": {}}}),
    "a code list": lambda made: made.policies[0].update(sets={"s": ["A0009"]}),
    "the version": lambda made: made.policies[0].update(version="1.0.1"),
    "the vocabulary": lambda made: made.words.update(sets={"s": ["A0009"]}),
    "the payer": lambda made: made.payer.update(purpose="what-if"),
    "what rules read": lambda made: made.policies[0]["rules"].append(
        rule("more", {"line.code": {"is": "A0009"}, "line.place": {"is": "office"}}, "benefit", "excluded")
    ),
}
OF_ONE: dict[str, Callable[[Any], object]] = {
    "words": lambda made: made.policies[0]["rules"][4].update(summary="in other words"),
    "advice": lambda made: made.policies[0]["rules"][4].update(advice="do otherwise"),
}


@pytest.mark.parametrize("change", mostly_slow(OF_ALL.values(), quick=2), ids=OF_ALL)
def test_what_all_answers_follow_from_has_all_of_them_decided_again(
    change: Callable[[Any], object], tmp_path: Path, decided: list[Any]
) -> None:
    kept = Work(1, tmp_path)
    old = one_side(rules(3))
    found = changes(one_side(rules(2)), old, kept)
    new = one_side(edited(change))
    without = changes(new, old)
    decided.clear()
    assert changes(new, old, kept) == without
    assert codes_of(decided) >= codes_of(each.witness.encounter for each in found.changes)
    decided.clear()
    assert changes(new, old, kept) == without
    assert decided == []


@pytest.mark.parametrize("change", mostly_slow(OF_ONE.values()), ids=OF_ONE)
def test_what_is_said_of_one_rule_has_the_answers_of_its_codes_decided_again(
    change: Callable[[Any], object], tmp_path: Path, decided: list[Any]
) -> None:
    kept = Work(1, tmp_path)
    changes(*sides(rules(2), rules(3)), kept)
    new = sides(edited(change), rules(3))
    without = changes(*new)
    decided.clear()
    assert changes(*new, kept) == without
    assert codes_of(decided) == {CODES[4]}


@pytest.mark.parametrize("eighth", mostly_slow(range(8), quick=2))
def test_one_bit_of_an_answer_that_is_another_one_changes_nothing(eighth: int, tmp_path: Path) -> None:
    kept = Work(1, tmp_path)
    old, new = sides(rules(2), rules(3))
    first = changes(old, new, kept), findings(old, kept)
    for path in [path for path in tmp_path.iterdir() if len(path.name) == 64]:
        data = bytearray(path.read_bytes())
        data[len(data) * eighth // 8] ^= 1 << eighth
        path.write_bytes(data)
    assert (changes(old, new, kept), findings(old, kept)) == first


def test_answers_that_are_damaged_or_gone_are_asked_again(tmp_path: Path, encoded: list[str]) -> None:
    kept = Work(1, tmp_path)
    old, new = sides(rules(2), rules(3))
    first = changes(old, new, kept), findings(old, kept)
    asked = sorted(encoded)
    files = sorted(path for path in tmp_path.iterdir() if path.name != ".gitignore")
    assert (tmp_path / ".gitignore").read_text() == "*\n"
    for number, path in enumerate(files):
        data = path.read_bytes()
        if number % 3 == 0:
            path.unlink()
        elif number % 3 == 1:
            path.write_bytes(data[: len(data) // 2])
        else:
            # An answer of another question, whole, under this name.
            path.write_bytes(files[(number + 1) % len(files)].read_bytes() if number + 1 < len(files) else b"")
    encoded.clear()
    assert (changes(old, new, kept), findings(old, kept)) == first
    assert sorted(encoded) == asked


def in_its_place(make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Put something else in the place of a file."""

    def put(path: Path) -> None:
        path.unlink()
        make(path)

    return put


@pytest.mark.parametrize(
    "put",
    [
        pytest.param(in_its_place(Path.mkdir), id="a folder"),
        pytest.param(in_its_place(os.mkfifo), id="a pipe that nobody writes to"),
        pytest.param(in_its_place(lambda path: path.symlink_to("/dev/zero")), id="a device without an end"),
        pytest.param(lambda path: os.truncate(path, 2**40), id="a file larger than memory"),
    ],
)
def test_what_is_no_answer_is_not_read_and_keeps_no_other_from_being_kept(
    put: Callable[[Path], object], tmp_path: Path, encoded: list[str]
) -> None:
    kept = Work(1, tmp_path)
    old, new = sides(rules(2), rules(3))
    first = changes(old, new, kept)
    answers = sorted(path for path in tmp_path.iterdir() if len(path.name) == 64)
    put(answers[0])
    for path in answers[1:]:
        path.unlink()
    assert changes(old, new, kept) == first
    assert {*answers} == {path for path in tmp_path.iterdir() if len(path.name) == 64}
    encoded.clear()
    assert changes(old, new, kept) == first
    assert len({*encoded}) <= 1


def test_a_claim_that_is_answered_otherwise_is_asked_again(tmp_path: Path, encoded: list[str]) -> None:
    """Where what is kept and what is decided differ although nothing was changed, what is kept is not believed."""
    kept = Work(1, tmp_path)
    old, new = sides(rules(2), rules(3))
    first = changes(old, new, kept)
    encoded.clear()
    store = AnswersKept(tmp_path)
    for path in [path for path in tmp_path.iterdir() if len(path.name) == 64]:
        text = path.read_bytes().partition(b"\n")[2].replace(b'"units":2', b'"units":9')
        store.keep([(path.name, text)])
    assert changes(old, new, kept) == first
    assert encoded


def test_what_was_not_read_for_longest_goes_first(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"x" * 5_000)
    store = AnswersKept(tmp_path, most=5_000)
    keys = [store.key([bytes([number])]) for number in range(8)]
    for number, key in enumerate(keys):
        store.keep([(key, b"y" * 1_000)])
        for read in keys[:1]:
            store.read(read)
        os.utime(tmp_path / key, ns=(number, number))
    assert sum(path.stat().st_size for path in tmp_path.iterdir() if len(path.name) == 64) <= 5_000
    assert (tmp_path / "mine").exists()
    assert store.read(keys[-1]) is not None
    assert store.read(keys[1]) is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    old, new = sides(rules(2), rules(3))
    assert changes(old, new, Work(1, tmp_path / "file")) == changes(old, new)


def test_words_that_reach_no_answer_reach_no_key(tmp_path: Path, encoded: list[str]) -> None:
    kept = Work(1, tmp_path)
    before = rules(2)
    findings(one_side(before), kept)
    encoded.clear()
    worded = rules(2)
    for each in worded.policies[0]["rules"]:
        each["summary"] = "Other words."
    findings(one_side(worded), kept)
    assert encoded == []
