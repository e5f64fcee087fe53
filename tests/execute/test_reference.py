"""What every test and every condition means: a row a case, for each truth value that it can have."""

from typing import Any

import msgspec
import pytest
from tests.property.documents import documents, encounter, policy

from payrule.encounter.validator import EncounterValidator
from payrule.execute.meaning import meaning
from payrule.execute.reference import TESTS, EvalContext, Evaluator
from payrule.language.condition import CONNECTIVES, parse
from payrule.language.enrichment import enrichment, scene
from payrule.language.names import Names
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth
from payrule.model.payer import Payer
from payrule.model.policy import Policy
from payrule.model.value_schema import OPERATORS
from payrule.model.vocabulary import Vocabulary
from payrule.rulebase.compile import setting

Json = dict[str, Any]

SITE_KNOWN = {"line.record.site": {"is": True}}

POLICY = policy(
    sets={"codes": ["A0001", "A0005-A0009"], "marks": ["M1", "X1-X3"], "numbers": [2, 3]},
    facts={
        "site": {"summary": "the site is on record", "when": SITE_KNOWN},
        "sited-before": {"summary": "rests on another fact", "when": {"fact": "site", "line.units": {"at_least": 2}}},
        "alone": {"summary": "looks at other lines", "when": {"not": {"other_line": {}}}},
    },
)
WORDS: Json = {
    "sets": {"codes": ["B0001"], "texts": ["x", "y"]},
    "facts": {"busy": {"summary": "in the vocabulary", "when": {"line.code": {"in": "@codes"}}}},
    "regions": {"contiguous": [["neck", "back"]]},
    "timed": {"codes": ["A0001"], "method": "cms-8-minute"},
}


def asked(when: Json, *lines: Json, **other: Any) -> tuple[Evaluator, EvalContext]:
    """Read a condition, and stand at the first line of an encounter."""
    whole = documents(POLICY, words=WORDS)
    vocabulary = msgspec.convert(whole.vocabulary, Vocabulary)
    taken, _ = EncounterValidator(vocabulary).read(encounter(*lines, **other))
    seen = scene(taken, enrichment(vocabulary, setting(msgspec.convert(whole.payer, Payer), vocabulary, {}, {})))
    return meaning(parse(when), Names(vocabulary, msgspec.convert(POLICY, Policy))), EvalContext(seen, seen.lines[0])


def truth(when: Json, *lines: Json, **other: Any) -> Truth:
    condition, here = asked(when, *lines, **other)
    return condition.truth(here)


def waits(when: Json, *lines: Json, **other: Any) -> set[str]:
    condition, here = asked(when, *lines, **other)
    return set(condition.waits(here))


# A test, its operand, and what each value of the attribute makes of it.

TABLE: list[tuple[str, str, Any, dict[Any, Truth]]] = [
    ("line.remark", "is", "x", {"x": TRUE, "X": FALSE, "": FALSE, None: UNKNOWN}),
    ("line.provider.type", "is", "baker", {"baker": TRUE, "smith": FALSE, None: UNKNOWN}),
    ("line.place", "is", "A0001", {"A0001": TRUE, "A0002": FALSE, None: UNKNOWN}),
    ("line.minutes", "is", 0, {0: TRUE, 1: FALSE, None: UNKNOWN}),
    ("line.record.site", "is", False, {False: TRUE, True: FALSE, None: UNKNOWN}),
    ("encounter.received", "is", "2024-07-01", {"2024-07-01": TRUE, "2024-07-02": FALSE, None: UNKNOWN}),
    ("line.remark", "in", ["x", "y"], {"y": TRUE, "z": FALSE, None: UNKNOWN}),
    ("line.remark", "in", "@texts", {"y": TRUE, "z": FALSE, None: UNKNOWN}),
    ("line.place", "in", "@codes", {"A0001": TRUE, "A0007": TRUE, "A0004": FALSE, "B0001": FALSE, None: UNKNOWN}),
    (
        "line.place",
        "in",
        ["A0005-A0009"],
        {"A0005": TRUE, "A0009": TRUE, "A0004": FALSE, "A0010": FALSE, "A0006B": FALSE, "A006": FALSE, None: UNKNOWN},
    ),
    ("line.minutes", "in", "@numbers", {2: TRUE, 3: TRUE, 1: FALSE, 4: FALSE, None: UNKNOWN}),
    ("line.remark", "not_in", ["x", "y"], {"z": TRUE, "y": FALSE, None: UNKNOWN}),
    ("line.place", "not_in", "@codes", {"A0004": TRUE, "A0007": FALSE, None: UNKNOWN}),
    ("line.minutes", "not_in", [2, 3], {1: TRUE, 3: FALSE, None: UNKNOWN}),
    ("line.minutes", "at_least", 2, {1: FALSE, 2: TRUE, 3: TRUE, None: UNKNOWN}),
    ("line.minutes", "at_most", 2, {1: TRUE, 2: TRUE, 3: FALSE, None: UNKNOWN}),
    (
        "encounter.received",
        "on_or_after",
        "2024-07-01",
        {"2024-06-30": FALSE, "2024-07-01": TRUE, "2024-07-02": TRUE, None: UNKNOWN},
    ),
    (
        "encounter.received",
        "before",
        "2024-07-01",
        {"2024-06-30": TRUE, "2024-07-01": FALSE, "2024-07-02": FALSE, None: UNKNOWN},
    ),
]

SEVERAL: list[tuple[str, str, Any, list[tuple[Any, Truth]]]] = [
    (
        "line.regions",
        "any_of",
        ["neck", "back"],
        [(["neck"], TRUE), (["hip", "back"], TRUE), (["hip"], FALSE), ([], FALSE), (None, UNKNOWN)],
    ),
    ("line.modifiers", "any_of", "@marks", [(["X2"], TRUE), (["X4"], FALSE), ([], FALSE)]),
    ("line.pointers", "any_of", "@numbers", [([1, 2], TRUE), ([1], FALSE), (None, UNKNOWN)]),
    ("line.visits", "any_of", ["2024-07-01"], [(["2024-07-01"], TRUE), (["2024-07-02"], FALSE), (None, UNKNOWN)]),
    ("line.answers", "any_of", [False], [([True, False], TRUE), ([True], FALSE), (None, UNKNOWN)]),
    (
        "line.regions",
        "all_of",
        ["neck", "back"],
        [(["neck"], FALSE), (["hip", "back", "neck"], TRUE), ([], FALSE), (None, UNKNOWN)],
    ),
    ("line.modifiers", "all_of", "@marks", [(["M1", "X3"], TRUE), (["M1"], FALSE), (["X1", "X2"], FALSE)]),
    (
        "line.regions",
        "none_of",
        ["neck", "back"],
        [(["neck"], FALSE), (["hip", "back"], FALSE), (["hip"], TRUE), ([], TRUE), (None, UNKNOWN)],
    ),
    ("line.regions", "is_empty", True, [([], TRUE), (["neck"], FALSE), (None, UNKNOWN)]),
    ("line.regions", "is_empty", False, [([], FALSE), (["neck"], TRUE), (None, UNKNOWN)]),
]

ROWS = [(name, test, operand, held, said) for name, test, operand, cases in TABLE for held, said in cases.items()]
ROWS += [(name, test, operand, held, said) for name, test, operand, cases in SEVERAL for held, said in cases]


def holding(name: str, held: Any) -> tuple[Json, Json]:
    """Write the line, and the rest of the encounter, in which an attribute holds a value."""
    root, *steps = name.split(".")
    found: Json = {steps[-1]: held}
    for step in reversed(steps[:-1]):
        found = {step: found}
    return (found, {}) if root == "line" else ({}, found)


@pytest.mark.parametrize(("name", "test", "operand", "held", "said"), ROWS)
def test_test_on_a_value(name: str, test: str, operand: Any, held: Any, said: Truth) -> None:
    line, other = holding(name, held)
    assert truth({name: {test: operand}}, line, **other) is said
    assert waits({name: {test: operand}}, line, **other) == ({name} if said is UNKNOWN else set())


def test_absent_is_unknown_as_null_is() -> None:
    assert truth({"line.minutes": {"at_least": 2}}, {}) is UNKNOWN


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"line.modifiers": {"is_empty": True}}, TRUE),
        ({"line.units": {"is": 1}}, TRUE),
        ({"encounter.role": {"is": "first"}}, TRUE),
    ],
)
def test_attribute_with_a_default_is_never_unknown(when: Json, said: Truth) -> None:
    assert truth(when, {}) is said


@pytest.mark.parametrize(("minutes", "said"), [(7, FALSE), (8, TRUE), (None, UNKNOWN)])
def test_several_tests_on_one_attribute_all_hold(minutes: int | None, said: Truth) -> None:
    assert truth({"line.minutes": {"at_least": 8, "at_most": 22}}, {"minutes": minutes}) is said


# Conditions, made of parts of each truth value.

T: Json = {"line.code": {"is": "A0001"}}
F: Json = {"line.code": {"is": "A0002"}}
U: Json = {"line.remark": {"is": "x"}}
V: Json = {"patient.age": {"is": 1}}

MADE: list[tuple[Json, Truth]] = [
    ({"all": [T]}, TRUE),
    ({"all": [T, T]}, TRUE),
    ({"all": [T, F]}, FALSE),
    ({"all": [F, U]}, FALSE),
    ({"all": [U, F]}, FALSE),
    ({"all": [T, U]}, UNKNOWN),
    ({"all": [U, V]}, UNKNOWN),
    ({"any": [F]}, FALSE),
    ({"any": [F, F]}, FALSE),
    ({"any": [F, T]}, TRUE),
    ({"any": [U, T]}, TRUE),
    ({"any": [T, U]}, TRUE),
    ({"any": [F, U]}, UNKNOWN),
    ({"any": [U, V]}, UNKNOWN),
    ({"not": T}, FALSE),
    ({"not": F}, TRUE),
    ({"not": U}, UNKNOWN),
    ({"not": {"all": [T, U]}}, UNKNOWN),
    ({"not": {"any": [T, U]}}, FALSE),
    ({"count": {"at_least": 1, "of": [F, T]}}, TRUE),
    ({"count": {"at_least": 2, "of": [T, F, T]}}, TRUE),
    ({"count": {"at_least": 2, "of": [T, U, T]}}, TRUE),
    ({"count": {"at_least": 2, "of": [T, U, F]}}, UNKNOWN),
    ({"count": {"at_least": 2, "of": [U, V, F]}}, UNKNOWN),
    ({"count": {"at_least": 2, "of": [T, F, F]}}, FALSE),
    ({"count": {"at_least": 2, "of": [U, F, F]}}, FALSE),
    ({"count": {"at_least": 3, "of": [T, T, U]}}, UNKNOWN),
    ({**T, **U}, UNKNOWN),
    ({**F, **U}, FALSE),
    ({**T, "not": F}, TRUE),
]


@pytest.mark.parametrize(("when", "said"), MADE)
def test_condition_made_of_parts(when: Json, said: Truth) -> None:
    assert truth(when, {}) is said


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"all": [T, U, V]}, {"line.remark", "patient.age"}),
        ({"all": [F, U, V]}, set()),
        ({"any": [F, {"not": U}]}, {"line.remark"}),
        ({"any": [T, U]}, set()),
        ({"all": [{"any": [T, U]}, V]}, {"patient.age"}),
        ({"count": {"at_least": 2, "of": [U, V, T]}}, {"line.remark", "patient.age"}),
        ({"count": {"at_least": 2, "of": [U, T, T]}}, set()),
    ],
)
def test_condition_waits_for_the_facts_that_leave_it_unknown(when: Json, said: set[str]) -> None:
    assert waits(when, {}) == said


@pytest.mark.parametrize(
    ("when", "line", "said"),
    [
        ({"fact": "site"}, {"record": {"site": True}}, TRUE),
        ({"fact": "site"}, {"record": {"site": False}}, FALSE),
        ({"fact": "site"}, {}, UNKNOWN),
        ({"fact": ["site", "alone"]}, {"record": {"site": True}}, TRUE),
        ({"fact": ["site", "alone"]}, {}, UNKNOWN),
        ({"fact": ["busy", "site"]}, {}, FALSE),
        ({"fact": "sited-before"}, {"record": {"site": True}, "units": 2}, TRUE),
        ({"fact": "sited-before"}, {"record": {"site": True}}, FALSE),
        ({"fact": "sited-before"}, {"units": 2}, UNKNOWN),
        ({"not": {"fact": "site"}}, {"record": {"site": False}}, TRUE),
        ({"fact": "busy"}, {"code": "B0001"}, TRUE),
        ({"fact": "busy"}, {"code": "A0001"}, FALSE),
    ],
)
def test_fact_is_as_true_as_its_condition(when: Json, line: Json, said: Truth) -> None:
    """The fact of the vocabulary reads the set of the vocabulary, though the policy has one of that name too."""
    assert truth(when, line) is said


# Other lines: the subject is line 1.

OTHER_DAY = {"date": "2024-07-01"}
B = {"code": "B0001"}
IS_B: Json = {"line.code": {"is": "B0001"}}
SITED: Json = {"line.record.site": {"is": True}}

OTHERS: list[tuple[Any, list[Json], Truth]] = [
    ({}, [{}], FALSE),
    ({}, [{}, {}], TRUE),
    ({}, [{}, OTHER_DAY], FALSE),
    ({"same_date": True}, [{}, OTHER_DAY], FALSE),
    ({"same_date": False}, [{}, OTHER_DAY], TRUE),
    ({"same_date": False}, [{}], FALSE),
    (IS_B, [B, {}], FALSE),
    (IS_B, [{}, B], TRUE),
    (IS_B, [{}, {}, B], TRUE),
    (IS_B, [{}, {**B, **OTHER_DAY}], FALSE),
    ({**IS_B, "same_date": False}, [{}, {**B, **OTHER_DAY}], TRUE),
    (SITED, [{"record": {"site": True}}, {}], UNKNOWN),
    (SITED, [{}, {"record": {"site": False}}], FALSE),
    (SITED, [{}, {"record": {"site": False}}, {}], UNKNOWN),
    (SITED, [{}, {}, {"record": {"site": True}}], TRUE),
    ({**IS_B, **SITED}, [{}, {}, B], UNKNOWN),
    ({**IS_B, **SITED}, [{}, {"record": {"site": True}}, {**B, "record": {"site": False}}], FALSE),
    ({"not": IS_B}, [{}, B], FALSE),
    ({"not": IS_B}, [{}, {}], TRUE),
    ({"fact": "site"}, [{}, {"record": {"site": True}}], TRUE),
    ({"fact": "site"}, [{"record": {"site": True}}, {"record": {"site": False}}], FALSE),
    ([IS_B, SITED], [{}, B, {"record": {"site": True}}], TRUE),
    ([IS_B, SITED], [{}, {**B, "record": {"site": True}}], TRUE),
    ([IS_B, SITED], [{}, B, {}], UNKNOWN),
    ([IS_B, {**IS_B, **SITED}], [{}, {}, {"record": {"site": True}}], FALSE),
    ({"region": {"is": "same"}}, [{"regions": ["neck"]}, {"regions": ["hip", "neck"]}], TRUE),
    ({"region": {"is": "contiguous"}}, [{"regions": ["neck"]}, {"regions": ["hip", "back"]}], TRUE),
    ({"region": {"is": "contiguous"}}, [{"regions": ["back"]}, {"regions": ["neck"]}], TRUE),
    ({"region": {"is": "same"}}, [{"regions": ["neck"]}, {"regions": ["back"]}], FALSE),
    ({"region": {"is": "separate"}}, [{"regions": ["neck"]}, {"regions": ["hip"]}], TRUE),
    ({"region": {"is": "separate"}}, [{"regions": ["neck"]}, {}], UNKNOWN),
    ({"region": {"is": "separate"}}, [{"regions": ["neck"]}, {"regions": []}], UNKNOWN),
    ({"region": {"is": "separate"}}, [{"regions": []}, {"regions": ["neck"]}], UNKNOWN),
    ({"region": {"in": ["same", "contiguous", "separate"]}}, [{}, {"regions": ["neck"]}], UNKNOWN),
    ({"not": {"region": {"is": "same"}}}, [{"regions": ["neck"]}, {"regions": ["arm"]}], TRUE),
]


@pytest.mark.parametrize(("inside", "lines", "said"), OTHERS)
def test_other_line(inside: Any, lines: list[Json], said: Truth) -> None:
    assert truth({"other_line": inside}, *lines) is said
    assert truth({"not": {"other_line": inside}}, *lines) is {TRUE: FALSE, FALSE: TRUE, UNKNOWN: UNKNOWN}[said]


@pytest.mark.parametrize(
    ("inside", "lines", "said"),
    [
        (SITED, [{}, {}], {"lines[2].record.site"}),
        (SITED, [{}, {}, {"record": {"site": False}}, {}], {"lines[2].record.site", "lines[4].record.site"}),
        (SITED, [{}, {}, {"record": {"site": True}}], set()),
        (V, [{}, {}], {"patient.age"}),
        ({"region": {"is": "same"}}, [{}, {"regions": ["neck"]}], {"line.regions"}),
        ({"region": {"is": "same"}}, [{"regions": ["neck"]}, {}], {"lines[2].regions"}),
        ({"region": {"is": "same"}}, [{}, {}, {}], {"line.regions", "lines[2].regions", "lines[3].regions"}),
        ({"line.units_supported": {"is": True}}, [{"minutes": 8}, {}], {"lines[2].minutes"}),
        ({"line.units_supported": {"is": True}}, [{}, {"minutes": 8, "units": 2}], {"line.minutes"}),
    ],
)
def test_other_line_waits_for_facts_named_from_where_the_subject_stands(
    inside: Json, lines: list[Json], said: set[str]
) -> None:
    assert waits({"other_line": inside}, *lines) == said


@pytest.mark.parametrize(
    ("lines", "said", "open_facts"),
    [
        ([{"minutes": 8}], TRUE, set()),
        ([{"minutes": 7}], FALSE, set()),
        ([{}], UNKNOWN, {"line.minutes"}),
        ([{"units": 0}], TRUE, set()),
        ([{"code": "B0001", "units": 9}], TRUE, set()),
        ([{"minutes": 4}, {}], UNKNOWN, {"lines[2].minutes"}),
        ([{"minutes": 4}, {"minutes": 20, "units": 0}], TRUE, set()),
        ([{"minutes": 7}, {"minutes": 20, **OTHER_DAY}], FALSE, set()),
    ],
)
def test_units_are_supported_by_the_minutes_of_their_date(lines: list[Json], said: Truth, open_facts: set[str]) -> None:
    assert truth({"line.units_supported": {"is": True}}, *lines) is said
    assert waits({"line.units_supported": {"is": True}}, *lines) == open_facts


# Nothing is left out


def test_every_test_has_rows_for_each_truth_value() -> None:
    assert {*TESTS} == {operator.key for operator in OPERATORS}
    assert {(test, said) for _, test, _, _, said in ROWS} == {(test, said) for test in TESTS for said in Truth}


def test_every_condition_has_rows_for_each_truth_value() -> None:
    made = {(key, said) for when, said in MADE for key in when if key in CONNECTIVES and len(when) == 1}
    assert made == {(key, said) for key in ("all", "any", "not", "count") for said in Truth}
    assert {said for _, _, said in OTHERS} == {*Truth}


def test_facts_that_conditions_share_are_read_once() -> None:
    condition, here = asked({"fact": ["site", "sited-before"]}, {"record": {"site": True}, "units": 2})
    assert condition.truth(here) is TRUE
    assert len(here.scene.facts) == 2


def test_relation_of_regions_waits_for_a_set_that_is_known_to_be_empty() -> None:
    """A service is given somewhere: what is asked of the provider is to name the region, not whether it is known."""
    lines: list[Json] = [{"regions": []}, {"regions": ["neck"]}]
    assert waits({"other_line": {"region": {"is": "same"}}}, *lines) == {"line.regions"}
