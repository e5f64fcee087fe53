"""Everything that a program holds goes to another process and back, and nothing that is shared can be changed."""

import copy
import pickle
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
import pytest

import payrule
from payrule.analysis.witness import UnfaithfulError
from payrule.language.truth import Matches
from payrule.results.determination import Determination
from payrule.rulebase.decision import DisagreementError
from payrule.rulebase.rulebase import Rulebase
from payrule.scaffold.edit import ChangedOnDiskError
from payrule.source.diagnostics import Diagnostic, DocumentError, EncounterError, InputError, PayruleError

ENCOUNTER: dict[str, Any] = {
    "id": "E-1",
    "diagnoses": ["M54.5"],
    "lines": [{"number": 1, "code": "97140", "date": "2016-03-01", "modifiers": ["59"], "units": 1}],
}
CHOICES: dict[str, Any] = {"payer": "blue-cross", "known_on": "2026-01-01"}


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return payrule.load()


def again(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own


def errors(kind: type[PayruleError] = PayruleError) -> Iterator[type[PayruleError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from errors(each)


@pytest.mark.parametrize("kind", sorted(set(errors()), key=str))
def test_every_error_comes_whole_out_of_another_process(rulebase: Rulebase, kind: type[Any]) -> None:
    line = rulebase.decide(ENCOUNTER, **CHOICES).lines[0]
    made: dict[Any, Callable[[], PayruleError]] = {
        DisagreementError: lambda: DisagreementError(
            "E-1", 1, (Matches(frozenset("a"), frozenset()), line), (Matches(frozenset(), frozenset("b")), line)
        ),
        UnfaithfulError: lambda: UnfaithfulError(ENCOUNTER, 1, None),
        ChangedOnDiskError: lambda: ChangedOnDiskError(Path("a.json"), "{}", "sha256:0"),
    }
    findings = [Diagnostic(code="x", message=name, line=at) for at, name in enumerate("ab")]
    error = made[kind]() if kind in made else kind(findings) if issubclass(kind, InputError) else kind("said")
    found = again(error)
    assert type(found) is kind
    assert str(found) == str(error)
    assert vars(found) == vars(error)


def test_every_function_and_type_that_is_public_comes_out_of_another_process_as_itself() -> None:
    assert [name for name in payrule.__all__ if again(getattr(payrule, name)) is not getattr(payrule, name)] == []


def test_what_is_read_of_a_file_is_pickled_whole(rulebase: Rulebase, tmp_path: Path) -> None:
    sheet = tmp_path / "claims.csv"
    sheet.write_text("encounter,code,date\nE-1,97140,2016-03-01\nE-2,97140,soon\n")
    read = list(payrule.read_claims(sheet, rulebase))
    assert again(read) == read
    assert [(each.claim, [error.path for error in each.errors]) for each in read] == [
        ("E-1", []),
        ("E-2", ["row 3, column date"]),
    ]


def decide(rulebase: Rulebase, code: str) -> Determination:
    line = ENCOUNTER["lines"][0] | {"code": code}
    return rulebase.decide({**ENCOUNTER, "lines": [line]}, **CHOICES)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_one_bad_code_does_not_break_a_pool(rulebase: Rulebase, method: str) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
        running = [pool.submit(decide, rulebase, code) for code in ("97140", "bad", "97110")]
        assert running[0].result() == decide(rulebase, "97140")
        with pytest.raises(EncounterError) as fault:
            running[1].result()
        assert fault.value.findings[0].path == "$.lines[0].code"
        assert running[2].result() == decide(rulebase, "97110")


def test_answer_is_the_same_after_a_pickle_and_says_that_it_cannot_be_explained(rulebase: Rulebase) -> None:
    answer = rulebase.decide(ENCOUNTER, **CHOICES)
    for found in (again(answer), copy.copy(answer), copy.deepcopy(answer), msgspec.structs.replace(answer)):
        assert found == answer
        assert found.to_json() == answer.to_json()
        with pytest.raises(TypeError, match="decide the claim again"):
            found.explain(1)
    assert answer.explain(1).rules


def test_encounter_and_difference_come_whole_out_of_a_pickle(rulebase: Rulebase) -> None:
    taken = rulebase.encounter(ENCOUNTER)
    assert again(taken) == taken
    assert again(rulebase.documents.vocabulary) == rulebase.documents.vocabulary


@pytest.mark.slow
def test_rulebase_is_its_folder_and_what_it_holds(rulebase: Rulebase, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(rulebase.documents.folder, tmp_path / "policies"))
    held = payrule.load(folder)
    assert again(held).decide(ENCOUNTER, **CHOICES) == rulebase.decide(ENCOUNTER, **CHOICES)
    assert again(rulebase).decide(ENCOUNTER, **CHOICES) == rulebase.decide(ENCOUNTER, **CHOICES)
    assert again(held) is again(held)


@pytest.mark.slow
@pytest.mark.parametrize("changed", ["vocabulary.json", "payers/blue-cross.json"])
def test_rulebase_whose_folder_was_changed_is_not_taken_for_it(
    rulebase: Rulebase, tmp_path: Path, changed: str
) -> None:
    folder = Path(shutil.copytree(rulebase.documents.folder, tmp_path / "policies"))
    written = pickle.dumps(payrule.load(folder))
    text = (folder / changed).read_text(encoding="utf-8")
    another = text.replace('"title": "', '"title": "New ').replace('"summary": "', '"summary": "New ')
    (folder / changed).write_text(another, encoding="utf-8")
    with pytest.raises(DocumentError, match="is not the one that was pickled"):
        pickle.loads(written)  # noqa: S301 - our own
    shutil.rmtree(folder)
    with pytest.raises(DocumentError, match="there is no"):
        pickle.loads(written)  # noqa: S301 - our own


def held(value: Any, path: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Any]]:
    """Give every dict, list and set that can be reached, with the way to it."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, dict | list | set | bytearray):
        yield path, value
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from held(getattr(value, name), f"{path}.{name}", seen)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from held(each, f"{path}[{key!r}]", seen)
    elif isinstance(value, list | tuple | frozenset):
        for at, each in enumerate(value):
            yield from held(each, f"{path}[{at}]", seen)


CHANGES: dict[type, list[Callable[[Any], Any]]] = {
    dict: [
        lambda it: it.pop("x", None),
        lambda it: it.update(x=1),
        lambda it: it.setdefault("x", 1),
        lambda it: it.clear(),
        lambda it: it.__setitem__("x", 1),
        lambda it: it.__delitem__("x"),
        lambda it: it.__ior__({"x": 1}),
        lambda it: it.popitem(),
    ],
    list: [
        lambda it: it.append(1),
        lambda it: it.extend([1]),
        lambda it: it.sort(),
        lambda it: it.__iadd__([1]),
        lambda it: it.__setitem__(slice(None), []),
        lambda it: it.clear(),
    ],
}


def assert_immutable(value: Any) -> int:
    count = 0
    for path, each in held(value):
        kind = dict if isinstance(each, dict) else list
        assert isinstance(each, dict | list), path
        for change in CHANGES[kind]:
            with pytest.raises(TypeError, match="this value is immutable"):
                change(each)
            count += 1
    return count


def test_nothing_that_a_rulebase_gives_can_be_changed(rulebase: Rulebase) -> None:
    assert assert_immutable(rulebase.documents) > 100
    assert_immutable(rulebase.clean_record)
    with pytest.raises(TypeError, match="this value is immutable"):
        rulebase.payers.pop("blue-cross")  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        rulebase.payers["blue-cross"].purpose = "what-if"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        rulebase.payers = {}  # type: ignore[misc]
    for name in ("digest", "decide", "anything"):
        with pytest.raises(AttributeError):
            setattr(rulebase, name, "x")


def test_nothing_that_an_answer_or_an_encounter_holds_can_be_changed(rulebase: Rulebase) -> None:
    answer = rulebase.decide(ENCOUNTER, **CHOICES, presume={"line.purpose": ["preparation"]})
    assert assert_immutable(answer) > 0
    assert_immutable(answer.explain(1))
    assert assert_immutable(rulebase.encounter(ENCOUNTER)) > 0
    with pytest.raises(TypeError):
        vars(answer)["lines"] = ()
    with pytest.raises(AttributeError):
        answer.lines = ()  # type: ignore[misc]


def test_what_a_caller_hands_over_stays_the_callers_own(rulebase: Rulebase) -> None:
    data = copy.deepcopy(ENCOUNTER)
    taken = rulebase.encounter(data)
    data["diagnoses"].append("x")
    data["lines"][0]["modifiers"].append("x")
    assert taken == rulebase.encounter(ENCOUNTER)
