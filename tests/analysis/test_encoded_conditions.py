"""Each leaf, and what it can be combined with, is encoded as the reference evaluator means it, on many encounters."""

from collections import Counter
from itertools import islice
from typing import Any

import pytest
from tests.answers import said
from tests.property.documents import documents, policy, rule
from tests.property.effort import mostly_slow, scaled
from tests.property.encoded import Encodings, referred
from tests.property.quick import MOST_LINES, quick_encounters
from tests.property.sides import one_side

Json = dict[str, Any]

ENCOUNTERS, FEWEST = 150, 40
WORDS: Json = {
    "regions": {"contiguous": [["neck", "back"], ["back", "hip"]]},
    "timed": {"codes": ["A0001-A0002"], "method": "cms-8-minute"},
    "facts": {
        "small": {"summary": "small", "when": {"line.units": {"at_most": 1}}},
        "accompanied": {"summary": "accompanied", "when": {"other_line": {"fact": "small"}}},
    },
    "code_sets": {
        "dated": {
            "kind": "code-set",
            "id": "dated",
            "title": "dated",
            "entries": [
                {"code": "A0001", "to": "2024-06-30"},
                {"code": "A0001", "from": "2024-07-02"},
                {"code": "A0002-A0009", "from": "2024-07-01"},
            ],
        }
    },
}
ATTRIBUTES = ("line.units", "line.minutes", "line.regions", "line.place", "line.visits", "line.date", "patient.age")

CONDITIONS: dict[str, Json] = {
    "one of": {"line.place": {"in": ["A0001", "A0005"]}},
    "a range of codes": {"line.code": {"in": ["A0002-A0009"]}},
    "a range of numbers": {"patient.age": {"at_least": 0, "at_most": 2}},
    "a range of days": {"line.date": {"on_or_after": "2024-06-30", "before": "2024-07-02"}},
    "contains": {"line.visits": {"any_of": ["2024-06-30", "2024-07-01"]}},
    "contains all": {"line.regions": {"all_of": ["neck", "back"]}},
    "contains nothing": {"line.regions": {"is_empty": True}},
    "not": {"not": {"line.regions": {"none_of": ["hip"]}}},
    "count": {
        "count": {"at_least": 2, "of": [{"line.place": {"is": "A0001"}}, {"patient.age": {"is": 1}}, {"fact": "small"}]}
    },
    "a fact about other lines": {"fact": "accompanied"},
    "another line of the date": {"other_line": {"line.place": {"is": "A0001"}}},
    "another line of any date": {"other_line": {"line.place": {"is": "A0001"}, "same_date": False}},
    "other lines of both": {
        "other_line": [{"line.place": {"is": "A0001"}}, {"line.place": {"is": "A0002"}, "same_date": False}]
    },
    "no other line": {"not": {"other_line": {"line.place": {"not_in": ["A0001"]}}}},
    "a day of another line": {"other_line": {"line.date": {"before": "2024-07-01"}, "same_date": False}},
    **{
        f"a {relation} region": {"other_line": {"region": {"is": relation}}}
        for relation in ("same", "contiguous", "separate")
    },
    "a region that is not separate": {
        "other_line": {"region": {"not_in": ["separate"]}, "line.units": {"at_least": 2}}
    },
    "a code list whose codes have dates": {"line.place": {"in": "@dated"}},
    "a code list whose codes have dates, on another line": {
        "other_line": {"line.place": {"not_in": "@dated"}, "same_date": False}
    },
    "units": {"line.units_supported": {"is": False}},
    "units of another line": {"other_line": {"line.units_supported": {"is": True}, "fact": "small"}},
}

PRESUMED: dict[str, Json] = {
    "nothing": {},
    "regions": {"line.regions": ["neck", "hip"]},
    "no region": {"line.regions": []},
    "minutes": {"line.minutes": 8},
    "units that are supported": {"line.units_supported": True},
    "a place and an age": {"line.place": "A0001", "patient.age": 2},
}


@pytest.mark.parametrize("presumed", mostly_slow(PRESUMED.values()), ids=PRESUMED)
@pytest.mark.parametrize("when", CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_is_encoded_as_it_is_meant(when: Json, presumed: Json) -> None:
    denying = policy(rule("r", when, "benefit", "excluded"))
    of = one_side(documents(denying, words=WORDS, presumptions=presumed))
    encodings = Encodings([of], MOST_LINES - 1)
    counted: Counter[str] = Counter()
    for data in islice(quick_encounters(ATTRIBUTES, 0), max(FEWEST, scaled(ENCOUNTERS))):
        encounter = of.rulebase.encounter(data)
        for index, answer in enumerate(referred(of, data)):
            encoded = encodings.of(encounter.lines[index])
            fixed = list(encoded.fixed(data, encounter, index))
            assert encoded.solver.holds(fixed)
            assert encoded.answered(0) == said(answer)
            counted[answer.disposition] += 1
    assert {"denied", "undecided"} <= counted.keys()
