"""Encounters at random for a rulebase as it is: quick, the same for the same seed, and near what its rules ask.

Values are those that the vocabulary lists and those that conditions compare with, with their neighbours: the day before
and after, one more and one less, the ends of a range of codes and what lies next to them.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from payrule.language.lower import TESTS
from payrule.model.encounter_schema import is_key
from payrule.model.values import is_range, split_range
from payrule.model.vocabulary import BIRTH, Attribute
from payrule.rulebase.rulebase import Rulebase

Json = dict[str, Any]

USUAL: dict[str, tuple[Any, ...]] = {
    "boolean": (True, False),
    "integer": (0, 1, 2, 7, 8, 15, 22, 23, 38, 60),
    "date": ("2016-03-01", "2016-03-02"),
    "text": ("x", "y"),
    "code": (),
}
"""Values by type, beside those that conditions compare with."""

SMALL = (0, 1, 2, 3)
"""Whole numbers of attributes that have a default: they count services."""

KNOWN_SHARES = (0.2, 0.6, 0.9, 1.0)
"""How much of a chart is known: a bare claim, or a whole record."""
TRUE_SHARES = (0.5, 0.9, 1.0)
"""How much of what can be true or false is true: a poor record, or one as payers want it."""
MOST_MENTIONS = 60
"""A value that rules mention often is drawn often, up to so many times as often as others."""
RARE = 0.1
"""How many claims and lines are set apart from the others, where any are."""
MOST_LINES = 5
MOST_EARLIER = 4
AGO = (0, 1, 7, 29, 30, 31, 59, 60, 89, 90, 91, 179, 180, 200, 364, 366, 1500, 30000)
"""How many days ago an earlier line was, and the history begins: next to what windows of policies span."""
LASTING = (0, 0, 0, 1, 11, 12, 13, 29, 30, 31)
"""On how many more days an earlier line was."""
MOST_VALUES = 3
SHORTEST_MONTH = 28


class RandomEncounters:
    """Draw encounters for the policies of a rulebase, without end."""

    def __init__(
        self,
        rulebase: Rulebase,
        seed: int = 0,
        *,
        apart: bool = False,
        earlier: bool = False,
        days: tuple[str, ...] = (),
    ) -> None:
        """Collect the values of every attribute.

        `apart` draws lines of several days, replacements and voids, too; `earlier` draws earlier lines of the patient;
        `days` are the dates of service, instead of the usual ones.
        """
        self._apart, self._earlier = apart, earlier
        self._begins = rulebase.documents.vocabulary.begins.get("line.modifiers", {})
        self._chance = random.Random(seed)  # noqa: S311 - the same encounters each time, no secret
        attributes = rulebase.documents.vocabulary.attributes
        asked = _asked(rulebase)
        born = _births(asked, attributes)
        self._pools = {
            name: _pool(attribute, asked.get(name, Counter()))
            for name, attribute in attributes.items()
            if is_key(name, attribute) and not (attribute.computation and attribute.computation.is_of_order)
        }
        self._pools["line.date"] = days or tuple(sorted({*self._pools["line.date"], *_turning_dates(rulebase)}))
        if born:
            self._pools[BIRTH] = tuple(each for day in self._pools["line.date"] for each in _birth_dates(day, born))
        self._attributes = {name: attributes[name] for name, pool in self._pools.items() if pool}
        self._count = 0

    def values(self, name: str) -> list[Any]:
        """List values of an attribute; of one that holds several, none, each alone and some together."""
        pool = list(dict.fromkeys(self._pools[name]))
        if not self._attributes[name].many:
            return pool
        pairs = [tuple(sorted(self._chance.sample(pool, 2))) for _ in pool if len(pool) > 1]
        return [(), *((each,) for each in pool), *pairs]

    def __iter__(self) -> Iterator[Json]:
        """Draw one after the other."""
        while True:
            yield self.encounter()

    def encounter(self) -> Json:
        """Draw one encounter: a few lines on one or two days, more or less of its facts known."""
        chance = self._chance
        self._count += 1
        shares = chance.choice(KNOWN_SHARES), chance.choice(TRUE_SHARES)
        days = chance.choices(self._pools["line.date"], k=chance.randint(1, 2))
        found = self._fields(("encounter.", "patient."), *shares) | {"id": str(self._count)}
        found["lines"] = [
            self._fields(("line.",), *shares) | {"number": number, "date": chance.choice(days)}
            for number in range(1, chance.randint(1, MOST_LINES) + 1)
        ]
        self._set_apart(found)
        if self._earlier:
            self._add_earlier_lines(found, days, *shares)
        return found

    def _add_earlier_lines(self, found: Json, days: list[str], known: float, true: float) -> None:
        """Add earlier lines, often of the codes of the claim and of several days, known from a day on or not."""
        chance, last = self._chance, date.fromisoformat(max(days))
        codes = [line["code"] for line in found["lines"]]
        found["history"] = []
        for number in range(1, chance.choice((0, 1, 2, MOST_EARLIER)) + 1):
            line = self._fields(("line.",), known, true) | {"claim": f"earlier {number}", "number": 1}
            first = last - timedelta(days=chance.choice(AGO))
            line |= {"date": first.isoformat(), "date_to": (first + timedelta(days=chance.choice(LASTING))).isoformat()}
            line["status"] = chance.choice(("paid", "paid", "denied", "pending", None))
            if chance.random() < known:
                line["code"] = chance.choice(codes)
            found["history"].append(line)
        if chance.random() < known:
            found["history_from"] = (last - timedelta(days=chance.choice(AGO))).isoformat()

    def _set_apart(self, found: Json) -> None:
        """Let a few lines end on a later day, and a few claims void or replace another; others leave that out."""
        chance = self._chance
        found.pop("frequency", None)
        if self._apart and chance.random() < RARE:
            found["frequency"] = chance.choice("78")
        elif not self._apart:
            found.pop("original_reference", None)
        for line in found["lines"]:
            line.pop("date_to", None)
            if self._apart and chance.random() < RARE:
                last = date.fromisoformat(line["date"]) + timedelta(days=chance.choice((0, 1, 2, 30)))
                line["date_to"] = last.isoformat()
            if not self._apart:
                self._leave_out_what_is_none(line, found.get("diagnoses"))

    def _leave_out_what_is_none(self, line: Json, diagnoses: list[str] | None) -> None:
        """Leave out positions that point to nothing, and modifiers that are not in force on the date."""
        if diagnoses is not None and line.get("diagnosis_pointers"):
            held = line["diagnosis_pointers"]
            line["diagnosis_pointers"] = [each for each in held if each <= len(diagnoses)]
        if line.get("modifiers"):
            held = line["modifiers"]
            line["modifiers"] = [each for each in held if self._begins.get(each, "") <= line["date"]]

    def _fields(self, roots: tuple[str, ...], known: float, true: float) -> Json:
        chance = self._chance
        found: Json = {}
        for name, attribute in self._attributes.items():
            if name.startswith(roots) and (attribute.required or chance.random() < known):
                *groups, key = name.removeprefix("line.").removeprefix("encounter.").split(".")
                place = found
                for group in groups:
                    place = place.setdefault(group, {})
                if attribute.many:
                    place[key] = chance.choices(self._pools[name], k=chance.randint(0, MOST_VALUES))
                elif attribute.type == "boolean":
                    place[key] = chance.random() < true
                else:
                    place[key] = chance.choice(self._pools[name])
        return found


def _asked(rulebase: Rulebase) -> dict[str, Counter[Any]]:
    """Count what conditions compare attributes with."""
    vocabulary = rulebase.documents.vocabulary
    found: dict[str, Counter[Any]] = {}

    def walk(condition: Any, sets: Json) -> None:
        for key, operand in condition.items() if isinstance(condition, dict) else ():
            if key in vocabulary.attributes:
                for test, value in operand.items():
                    if test in TESTS and test != "is_empty":
                        named = sets[value[1:]] if isinstance(value, str) and value.startswith("@") else value
                        values = _each(named, coded=vocabulary.attributes[key].system is not None)
                        found.setdefault(_drawn_by(key, vocabulary.attributes), Counter()).update(values)
            else:
                walk(operand, sets)
        for part in condition if isinstance(condition, list) else ():
            walk(part, sets)

    dated = {name: each.codes for name, each in vocabulary.dated_sets.items()}
    for fact in vocabulary.facts.values():
        walk(fact.when, dated | vocabulary.sets)
    for policy in (version for versions in rulebase.policies.values() for version in versions):
        for when in (*(fact.when for fact in policy.facts.values()), *(rule.when for rule in policy.rules)):
            walk(when, dated | vocabulary.sets | policy.sets)
    return found


def _drawn_by(name: str, attributes: Mapping[str, Attribute]) -> str:
    """Name the list from which an attribute takes its values, or the attribute itself."""
    made = attributes[name].computation
    to = made and (made.pointed or made.first_of)
    return _drawn_by(to, attributes) if to else name


def _each(named: Any, *, coded: bool) -> list[Any]:
    """List what a test names; of a code system each member as codes of its own."""
    values = named if isinstance(named, list | tuple) else [named]
    return [each for one in values for each in _codes_of(one)] if coded else [*values]


def _codes_of(member: str) -> tuple[str, ...]:
    """Give codes of what a list of a code system holds: the ends of a range, a category and one below it."""
    if member.endswith("*"):
        return member.removesuffix("*").rstrip("."), member.replace("*", "9")
    return tuple(member.split("-"))


def _births(asked: Mapping[str, Counter[Any]], attributes: Mapping[str, Attribute]) -> tuple[int, ...]:
    """List the ages that are asked, and the next ones, where birth dates give them."""
    ages = (asked.get(name, ()) for name, each in attributes.items() if each.computation and each.computation.age_on)
    return tuple(sorted({age + step for each in ages for age in each for step in (0, 1)}))


def _birth_dates(day: str, ages: tuple[int, ...]) -> Iterator[str]:
    """Give the birth dates of who completes those ages on a day, or on the day after."""
    last = date.fromisoformat(day)
    for age in ages:
        born = last.replace(year=last.year - age, day=min(last.day, SHORTEST_MONTH))
        yield from (born.isoformat(), (born + timedelta(days=1)).isoformat())


def _pool(attribute: Attribute, asked: Counter[Any]) -> tuple[Any, ...]:
    """List the values to draw from, those that rules mention often several times."""
    mentioned = [value for value, times in asked.items() for _ in range(min(times, MOST_MENTIONS))]
    if attribute.type == "choice":
        return (*attribute.values, *mentioned)
    example = attribute.example if isinstance(attribute.example, list) else [attribute.example]
    near = {each for value in (*asked, *(given for given in example if given is not None)) for each in _near(value)}
    if attribute.type == "code" and not asked:  # only whether two lines have the same one can matter
        near |= {f"{(int(each[0]) + 1) % 10}{each[1:]}" for each in near if each[:1].isdigit()}
    usual = SMALL if attribute.type == "integer" and attribute.default is not None else USUAL[attribute.type]
    listed = [*sorted({*usual, *near}, key=repr), *(end for each in mentioned for end in _ends(each))]
    return tuple(each for each in listed if attribute.minimum is None or each >= attribute.minimum)


def _ends(value: Any) -> tuple[Any, ...]:
    return split_range(value) if is_range(value) else (value,)


def _near(value: Any) -> Iterator[Any]:
    """Give a value and what is next to it."""
    if isinstance(value, bool):
        yield value
    elif isinstance(value, int):
        yield from (value - 1, value, value + 1)
    elif is_range(value):
        low, high = split_range(value)
        yield from (low, high, *(_code(low, -1), _code(low, 1), _code(high, 1)))
    elif isinstance(value, str) and len(value) == len("2016-03-01") and value[4] == "-":
        yield from (str(date.fromisoformat(value) + timedelta(days=step)) for step in (-1, 0, 1))
    else:
        yield value


def _code(code: str, step: int) -> str:
    return f"{int(code) + step:0{len(code)}d}" if code.isdigit() else code


def _turning_dates(rulebase: Rulebase) -> Iterator[str]:
    """Give the days on which versions and the codes of lists begin and end, and those beside them."""
    for policy in (version for versions in rulebase.policies.values() for version in versions):
        for bound in (policy.effective.first, policy.effective.last):
            if bound is not None:
                yield from _near(bound)
    for entry in (entry for each in rulebase.documents.vocabulary.dated_sets.values() for entry in each.entries):
        for bound in (entry.first, entry.last):
            if bound is not None:
                yield from _near(bound)
