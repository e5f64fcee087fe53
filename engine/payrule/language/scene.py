"""The scene that rules are asked about: an encounter with presumptions and derived attributes filled in.

Both executions read the same scene, so that a derived attribute has one value; what a condition means on it they work
out apart.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache

import msgspec

from payrule.documents.encounters import Encounter, Line
from payrule.documents.models import Vocabulary
from payrule.documents.values import Value
from payrule.language.derived import INPUTS, LINE_FUNCTIONS, PAIR_FUNCTIONS, Computed, Setting, Support, TableRow
from payrule.language.truth import Truth

Values = tuple[Value | None, ...]
"""What a line says of the attributes by which lines are related."""


Day = tuple[int, date]
"""What tells lines of a scene apart: the number, and the date, for the days of one line have one number."""


class SceneLine(msgspec.Struct, frozen=True):
    """One line with everything that a condition can read of it.

    `values` holds the encounter's, the patient's and the line's known attributes. `waits` names, for a derived
    attribute that is unknown, the attributes that it is computed from. `presumed` names what was filled in, as far as
    some rule reads it. `supports` says how many units each function that counts units finds supported; `rows` are the
    rows of tables that derived attributes rest on.
    """

    line: Line
    values: dict[str, Value]
    waits: dict[str, tuple[str, ...]]
    presumed: tuple[str, ...]
    supports: tuple[Support, ...] = ()
    rows: dict[str, TableRow] = {}

    @property
    def day(self) -> Day:
        """Tell the line from all others of the scene."""
        return self.line.number, self.line.date


class Scene(msgspec.Struct, frozen=True):
    """The lines of an encounter, and how each pair of them is related.

    `facts`, `waits` and `relations` remember what has been worked out: the truth of a fact on a line, what it waits for
    as seen from a subject, and the relation of two lines that say the same of what they are related by. `views` are
    the scene as it would be without some of what is known.
    """

    lines: tuple[SceneLine, ...]
    setting: Setting
    pair_attributes: dict[str, str]
    facts: dict[tuple[str, Day], Truth] = {}
    waits: dict[tuple[str, Day, Day | None], frozenset[str]] = {}
    relations: dict[tuple[Values, Values], dict[str, Value]] = {}
    views: dict[object, "Scene"] = {}

    def relation(self, subject: SceneLine, other: SceneLine) -> dict[str, Value]:
        """Give the known attributes of a pair of lines."""
        if not self.pair_attributes:
            return {}
        mine, theirs = subject.values.get, other.values.get
        key = (tuple([mine(name) for name in self._related_by]), tuple([theirs(name) for name in self._related_by]))
        found = self.relations.get(key)
        if found is None:
            found = {}
            for attribute, function in self.pair_attributes.items():
                value = PAIR_FUNCTIONS[function].of(subject.values, other.values, self.setting)
                if value is not None:
                    found[attribute] = value
            self.relations[key] = found
        return found

    def relation_waits(self, attribute: str, subject: SceneLine, other: SceneLine) -> tuple[str, ...]:
        """Name the attributes that an unknown attribute of a pair waits for."""
        function = PAIR_FUNCTIONS[self.pair_attributes[attribute]]
        waits = function.waits(subject.values, other.values, other.line.number)
        return waits or (f"lines[{other.line.number}].{attribute}",)

    def row(self, attribute: str, subject: SceneLine, other: SceneLine) -> TableRow | None:
        """Give the row of a table that an attribute of a pair rests on, with the numbers of both lines."""
        found = PAIR_FUNCTIONS[self.pair_attributes[attribute]].row(subject.values, other.values, self.setting)
        if found is None:
            return None
        return msgspec.structs.replace(found, lines=(subject.line.number, other.line.number))

    @property
    def _related_by(self) -> tuple[str, ...]:
        return _related_by(tuple(self.pair_attributes.values()))


@cache
def _related_by(functions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({name for function in functions for name in PAIR_FUNCTIONS[function].reads}))


def scene(
    encounter: Encounter, vocabulary: Vocabulary, setting: Setting, wanted: frozenset[str] | None = None
) -> Scene:
    """Fill in presumptions and derived attributes; `wanted` limits the derived ones to those that some rule reads."""
    presumed = {name: value for name, value in setting.presumptions.items() if not vocabulary.attributes[name].derived}
    read = None if wanted is None else wanted.union(*(INPUTS.get(name, ()) for name in _functions(vocabulary, wanted)))
    lines, filled = [], []
    for line in encounter.lines:
        values = {**encounter.values, **line.values}
        missing = [name for name in presumed if name not in values]
        values.update((name, presumed[name]) for name in missing)
        lines.append(Line(line.number, values, line.most))
        filled.append(tuple(name for name in missing if read is None or name in read))
    derived = {
        name: attribute.derived
        for name, attribute in vocabulary.attributes.items()
        if attribute.derived is not None and (wanted is None or name in wanted)
    }
    scene_lines = _lines(lines, filled, {n: f for n, f in derived.items() if f in LINE_FUNCTIONS}, setting)
    pairs = {name: function for name, function in derived.items() if function in PAIR_FUNCTIONS}
    return Scene(scene_lines, setting, pairs, {}, {}, {})


def _functions(vocabulary: Vocabulary, wanted: frozenset[str]) -> set[str]:
    return {vocabulary.attributes[name].derived or "" for name in wanted if name in vocabulary.attributes}


def _lines(
    lines: list[Line], filled: list[tuple[str, ...]], derived: Mapping[str, str], setting: Setting
) -> tuple[SceneLine, ...]:
    if not derived:
        return tuple(SceneLine(line, line.values, {}, done) for line, done in zip(lines, filled, strict=True))
    computed = {attribute: LINE_FUNCTIONS[function].each(lines, setting) for attribute, function in derived.items()}
    return tuple(
        _with_computed(line, done, {attribute: found[at] for attribute, found in computed.items()}, setting)
        for at, (line, done) in enumerate(zip(lines, filled, strict=True))
    )


def _with_computed(
    line: Line, presumed: tuple[str, ...], computed: Mapping[str, Computed], setting: Setting
) -> SceneLine:
    waits: dict[str, tuple[str, ...]] = {}
    for attribute, found in computed.items():
        if found.value is not None:
            line.values[attribute] = found.value
        elif attribute in setting.presumptions:
            line.values[attribute] = setting.presumptions[attribute]
            presumed = (*presumed, attribute)
        elif found.waits:
            waits[attribute] = found.waits
    supports = tuple(found.support for found in computed.values() if found.support is not None)
    rows = {attribute: found.row for attribute, found in computed.items() if found.row is not None}
    return SceneLine(line, line.values, waits, presumed, supports, rows)
