"""Strategies for whole rulebases as JSON documents, and for encounters that fit them.

Everything is small on purpose, so that what fails shrinks to something that can be read, and drawn from few values, so
that rules match, override, conflict and wait.
"""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
from hypothesis import strategies as st
from tests.property.choosing import number, pick, picks, rarely, shuffle, some
from tests.property.conditions import MOST_TESTS, Scope, condition, members, quota
from tests.property.documents import RulebaseDocuments, documents, policy, rule
from tests.property.words import (
    ATTRIBUTES,
    CODES,
    COMPUTED_FROM,
    DATES,
    DECLARED,
    DISCIPLINES,
    FRACTIONS,
    LISTED,
    MAY_BE_UNKNOWN,
    OPTIONAL,
    PAYING,
    RANGES,
    SETS,
    SPEAKING,
    UNTIMED,
    Json,
    is_always_known,
    is_written,
    pool,
)


class Topic(NamedTuple):
    """What the rules of a rulebase conclude on, and their manner.

    `coded` rules are about some services only, as most rules of real policies; of `loud` ones most match every line, so
    that they override, overrule and contradict each other.
    """

    concerns: Sequence[tuple[str, str, tuple[tuple[str, str], ...]]]
    manner: Literal["any", "coded", "loud"]


PAYING_A_PART = tuple(each for each in PAYING if each[0] in ("benefit", "units", "payment"))
METHODS = ("cms-8-minute", "ama-midpoint")
_REGIONS: tuple[str, ...] = tuple(ATTRIBUTES["line.regions"]["values"])
_PAIRS = [[one, two] for at, one in enumerate(_REGIONS) for two in _REGIONS[at + 1 :]]


# Vocabularies


@st.composite
def subjects(draw: st.DrawFn) -> tuple[str, ...]:
    """Draw the few attributes that a rulebase is about, so that its rules are about the same ones."""
    chosen = some(draw, OPTIONAL, 1, 4)
    computed = [each for name in chosen for each in COMPUTED_FROM.get(name, ())]
    return tuple(dict.fromkeys(["line.code", *chosen, *computed, *pick(draw, ([], ["line.date"]))]))


def _words(
    draw: st.DrawFn, attributes: tuple[str, ...], *, disciplined: bool, counting: bool = False
) -> tuple[Json, Scope]:
    """Draw what vocabularies differ in, with what conditions may name of it."""
    facts, scope = _facts(draw, "v", Scope(attributes, counting=counting, dated=counting))
    timed = some(draw, [*(code for code in CODES if code != UNTIMED), *RANGES[:2]], 0, 2)
    # A claim whose lines name no discipline has one, so that to know more of one line can undo what stands.
    disciplines = some(draw, DISCIPLINES, 0, 3) if disciplined and pick(draw, (False, True)) else []
    return {
        "regions": {"contiguous": some(draw, _PAIRS, 0, 3)},
        "timed": {"codes": timed, "method": pick(draw, METHODS), "disciplines": disciplines},
        "sets": _sets(draw, tuple(SETS)),
        "facts": facts,
        **({"code_sets": _code_sets(draw)} if counting else {}),
    }, scope


def _code_sets(draw: st.DrawFn) -> Json:
    """Draw code lists whose codes have dates: each code once, or before one of the dates of service and from it on."""
    entries: list[Json] = []
    for code in some(draw, members("line.code"), 1, 4):
        day, dates = pick(draw, DATES), pick(draw, ("", "from", "to", "both"))
        if not dates:
            entries.append({"code": code})
        elif dates != "both":
            entries.append({"code": code, dates: day})
        else:
            entries += [{"code": code, "to": day}, *([{"code": code, "from": DATES[-1]}] if day != DATES[-1] else [])]
    marks = [{"code": "M1", "from": DATES[1]}]
    return {
        name: {"kind": "code-set", "id": name, "title": name, "entries": held}
        for name, held in (("dated", entries), ("marks", marks))
    }


def _sets(draw: st.DrawFn, names: Iterable[str]) -> Json:
    return {name: some(draw, members(SETS[name][0]), 1, 3) for name in names}


def _facts(draw: st.DrawFn, prefix: str, scope: Scope) -> tuple[Json, Scope]:
    """Draw facts, each of which may use those before it, and what conditions may name afterwards."""
    names = [f"{prefix}{at}" for at in range(number(draw, 0, 2))]
    # A name that is defined anew means the new fact everywhere, so that nothing before it may use it.
    scope = scope._replace(
        facts=tuple(each for each in scope.facts if each not in names),
        local=tuple(each for each in scope.local if each not in names),
    )
    found: Json = {}
    for name in names:
        when = condition(draw, scope, 3)
        found[name] = {"summary": name, "when": when}
        texts = json.dumps(when)
        is_local = not any(f'"{key}"' in texts for key in ("other_line", "lines", "quota")) and all(
            each in scope.local for each in _facts_of(when)
        )
        scope = scope._replace(facts=(*scope.facts, name), local=(*scope.local, name) if is_local else scope.local)
    return found, scope


def _facts_of(when: Any) -> Iterator[str]:
    for key, operand in when.items() if isinstance(when, dict) else ():
        if key == "fact":
            yield from [operand] if isinstance(operand, str) else operand
        else:
            yield from _facts_of(operand)
    for part in when if isinstance(when, list) else ():
        yield from _facts_of(part)


# Policies and payers

_LIABILITIES: tuple[Json, ...] = ({}, *({"liability": each} for each in ("provider", "subscriber", "unspecified")))
_MODALITIES: tuple[Json, ...] = ({}, {"modality": "should"}, {"modality": "may"})
_PERIODS: tuple[Json, ...] = (
    *[{}] * 12,
    {"to": "2024-06-30"},
    {"from": "2024-07-01"},
    {"from": "2024-07-01", "to": None},
)
_STATUSES = (*["in-force"] * 15, "proposed", "draft", "retired")
_PUBLISHED = (*[None] * 12, "2024-05-01", "2024-08-01", "2024-08-02")
_CITES: tuple[list[Json], ...] = tuple([{"source": "s", "locator": each} for each in text] for text in ("", "2", "21"))


_REMITTANCE: tuple[Json, ...] = (
    {"carc": "4", "rarc": ["N1", "M2"]},
    {"carc": "901", "instead": [{"carc": "900"}]},
    {"carc": "16", "rarc": ["N902"], "instead": [{"carc": "903"}, {"carc": "16", "rarc": ["N901"]}]},
    {"carc": "903", "instead": [{"carc": "902"}]},
)
"""Codes that a payer names: in use always, or one of them on each date of service, or on some, or never."""

_CANDIDATES: tuple[list[Json], ...] = (
    [{"carc": "4"}, {"carc": "16", "rarc": ["N56"]}],
    [{"carc": "901"}, {"carc": "4"}],
    [{"group": "PR", "carc": "16", "rarc": ["N902"]}, {"carc": "903"}],
)
"""Codes that a text allows which leaves open who bears a denial: the first are in use on every day."""


def _candidates(draw: st.DrawFn, said: Json, effective: Json) -> Json:
    """Give a rule that leaves open who bears its denial the codes that it allows, in use while its version holds."""
    if said["conclude"].get("liability") != "unspecified" or pick(draw, (False, True)):
        return said
    allowed = _CANDIDATES[:1] if effective.get("to") else _CANDIDATES
    return said | {"remittance_candidates": pick(draw, allowed)}


_PARTS: tuple[Json, ...] = ({"units": 1}, {"units": 2}, {"percent": 50}, {"percent": 85}, {"percent": 62.5})


def _rule(draw: st.DrawFn, scope: Scope, topic: Topic, before: list[Json], limits: Sequence[str]) -> Json:
    """Draw a rule; it may override rules before it, so that there is no cycle. `limits` are quotas by which it pays."""
    at = len(before)
    concern, _, values = pick(draw, topic.concerns)
    value, effect = pick(draw, (*values, *[each for each in values if each[1] == "reduced"] * 2))
    other: Json = (pick(draw, _LIABILITIES) if effect in ("denied", "reduced") else {}) | pick(draw, _MODALITIES)
    if effect == "reduced":
        other["pay"] = pick(draw, (*_PARTS, *({"units": {"quota": name}} for name in limits)))
    same = [each["id"] for each in before if each["conclude"]["concern"] == concern]
    if same:
        other["overrides"] = some(draw, same, 0, 2)
    if pick(draw, (False, True)):
        other |= {"advice": f"advice {at % 2}", "cites": pick(draw, _CITES)}
        if rarely(draw, 3):
            other["incurable"] = True
    if (topic.manner == "loud" or effect == "reduced") and not rarely(draw, 4):
        when: Json = {"line.units": {"at_least": 0}}
    else:
        when = condition(draw, scope, pick(draw, (1, MOST_TESTS, MOST_TESTS)))
    if topic.manner == "coded":
        when |= {"line.code": {"in": picks(draw, members("line.code"), 1, 2)}}
    return rule(f"r{at}", when, concern, value, **other)


@st.composite
def versions(draw: st.DrawFn, name: str, version: str, scope: Scope, topic: Topic) -> Json:
    """Draw one version of a policy."""
    # What a quota counts may rest on the facts of the vocabulary, none of which asks for a quota.
    quotas = {f"q{at}": quota(draw, scope) for at in range(number(draw, 0, 2))} if scope.counting else {}
    # So no fact of the policy hides one of those, where there are quotas.
    facts, scope = _facts(draw, "f" if quotas else pick(draw, ("f", "v")), scope._replace(quotas=tuple(quotas)))
    limits = [name for name, each in quotas.items() if each["of"] == "line.units"]
    rules: list[Json] = []
    for _ in range(number(draw, 1, 4)):
        rules.append(_rule(draw, scope, topic, rules, limits))
    effective = pick(draw, _PERIODS)
    return policy(
        *(_candidates(draw, each, effective) for each in rules),
        id=name,
        version=version,
        status=pick(draw, _STATUSES),
        published=pick(draw, _PUBLISHED),
        effective=effective,
        sources={"s": {"title": "source"}},
        sets=_sets(draw, some(draw, tuple(SETS), 0, 1)),
        facts=facts,
        **({"quotas": quotas} if quotas else {}),
    )


def _payer(draw: st.DrawFn, policies: list[Json], *, presuming: bool, counting: bool = False) -> Json:
    """Draw a payer: policies in tiers in any arrangement, presumptions, accepted conflicts, words of its own."""
    names = shuffle(draw, list(dict.fromkeys(each["id"] for each in policies)))
    tiers: list[list[str]] = [[names[0]]]
    for name in names[1:]:
        if pick(draw, (True, False)):
            tiers[-1].append(name)
        else:
            tiers.append([name])
    payer: Json = {"tiers": tiers}
    if {each["id"] for each in policies if each["status"] == "in-force"} != set(names) or rarely(draw, 2):
        payer["purpose"] = "what-if"
    if rarely(draw, 2 if counting else 4):
        payer["otherwise"] = "payable"
    if presuming and rarely(draw, 4):
        payer["presumptions"] = _presumptions(draw)
        payer["presumptions"] |= {"history": True} if counting and rarely(draw, 3) else {}
    if rarely(draw, 4):
        payer["regions"] = {"contiguous": some(draw, _PAIRS, 0, 3)}
    if rarely(draw, 4):
        payer["units_method"] = pick(draw, METHODS)
    rules = sorted({f"{each['id']}/{said['id']}" for each in policies for said in each["rules"]})
    if len(rules) > 1 and pick(draw, (False, True)):
        payer["accepted_conflicts"] = [{"rules": some(draw, rules, 2, 2), "reason": "known"}]
    if pick(draw, (False, True)):
        payer["remittance"] = {name: pick(draw, _REMITTANCE) for name in some(draw, rules, 1, 2)}
    return payer


def _presumptions(draw: st.DrawFn) -> Json:
    names = some(draw, [*MAY_BE_UNKNOWN, "line.units_supported"], 0, 2)
    found = {name: value(draw, name) for name in names}
    return found | pick(draw, ({}, {"line.record": True}, {"line.record": False}))


@st.composite
def rulebases(
    draw: st.DrawFn,
    attributes: tuple[str, ...] = (),
    *,
    presuming: bool = True,
    counting: bool = False,
    always: bool = False,
) -> RulebaseDocuments:
    """Draw a rulebase about some attributes, or about any; its payer may presume something, unless told not to.

    With `counting`, conditions may count lines and ask for quotas, and rules may pay a part, in every other rulebase,
    or `always`.
    """
    counting = counting and (always or rarely(draw, 2))
    words, scope = _words(draw, attributes or draw(subjects()), disciplined=presuming, counting=counting)
    concerns = some(draw, SPEAKING, 1, 3 if rarely(draw, 3) else 2)
    if counting and not rarely(draw, 3):
        others = [each for each in concerns[:1] if each[0] not in [concern for concern, *_ in PAYING_A_PART]]
        concerns = [*others, *PAYING_A_PART]
    topic = Topic(concerns, pick(draw, ("any", "coded", "loud")))
    policies = []
    for at in range(number(draw, 1, 3)):
        numbers = pick(draw, (("1.0.0",), ("1.0.0",), ("1.2.0", "1.10.0")))
        policies += [draw(versions(f"p{at}", version, scope, topic)) for version in numbers]
    found = documents(*policies, words=words, **_payer(draw, policies, presuming=presuming, counting=counting))
    return msgspec.structs.replace(found, codes=pick(draw, (None, LISTED)))


# Encounters


def value(draw: st.DrawFn, name: str) -> Any:
    """Draw what an attribute holds; a set of values may be empty, and may say one twice."""
    return picks(draw, pool(name), 0, 3) if DECLARED[name].many else pick(draw, (*pool(name), *FRACTIONS.get(name, ())))


@st.composite
def values(draw: st.DrawFn, name: str) -> Any:
    """Draw what an attribute holds."""
    return value(draw, name)


def _fields(draw: st.DrawFn, root: str, names: Iterable[str]) -> Json:
    """Draw what an encounter says of the attributes of a root: all that is required, others perhaps, or null."""
    required = (name for name in ATTRIBUTES if DECLARED[name].required)
    found: Json = {}
    for name in dict.fromkeys([*required, *names]):
        if name.startswith(f"{root}.") and is_written(name):
            says = 4 if DECLARED[name].required else number(draw, 0, 4)
            if says > 1:
                found[name.removeprefix("line.").removeprefix("encounter.")] = value(draw, name)
            elif says == 1 and not is_always_known(name):
                found[name.removeprefix("line.").removeprefix("encounter.")] = None
    return nested(found)


@st.composite
def lines(draw: st.DrawFn, attributes: tuple[str, ...], at: int) -> Json:
    """Draw a line; a part of a unit only of a code that is never timed."""
    found: Json = {"number": at} | _fields(draw, "line", attributes)
    if isinstance(found.get("units"), float) and found["code"] != UNTIMED:
        found["units"] = int(found["units"])
    return found


@st.composite
def encounters(draw: st.DrawFn, attributes: tuple[str, ...] = tuple(ATTRIBUTES), *, counting: bool = False) -> Json:
    """Draw an encounter: one to four lines on few dates, many attributes unknown; some with a history."""
    found: Json = {"id": "E"}
    found |= _fields(draw, "encounter", attributes) | _fields(draw, "patient", attributes)
    if counting:
        attributes = (*attributes, "line.units", "line.minutes", "line.provider.npi")
    found["lines"] = [draw(lines(attributes, at)) for at in some(draw, (1, 2, 3, 10), 1, 4)]
    if counting and rarely(draw, 2):
        found["history"] = [
            draw(lines(attributes, at)) | {"claim": pick(draw, ("C1", "C2")), "date": pick(draw, EARLIER)}
            for at in range(1, number(draw, 1, 3))
        ]
    if counting and not rarely(draw, 3):
        found["history_from"] = pick(draw, ("2024-01-01", "2023-01-01", "2024-06-30", "2024-07-01"))
    return found


EARLIER = ("2024-06-29", "2024-06-30", "2024-07-01", "2024-06-01", "2024-05-31", "2023-12-31")
"""Dates of earlier claims, some of them later than lines of the claim."""


def more_history(encounter: Json, line: Json) -> Json:
    """Give the encounter with one more line of a time of which nothing was known, and with that time known.

    A time of which all is known already holds no line besides those that are there.
    """
    since = encounter.get("history_from", "2024-07-03")
    found = encounter | {"history": list(encounter.get("history", ()))}
    if line["date"] < since:
        found["history"].append(line | {"claim": "D1", "number": 1})
    return found | {"history_from": min(since, "2023-12-01")}


def nested(flat: Json) -> Json:
    """Turn keys with dots into groups."""
    found: Json = {}
    for name, held in flat.items():
        *groups, key = name.split(".")
        place = found
        for group in groups:
            place = place.setdefault(group, {})
        place[key] = held
    return found


@st.composite
def cases(draw: st.DrawFn, *, presuming: bool = True, counting: bool = False) -> tuple[RulebaseDocuments, Json]:
    """Draw a rulebase with an encounter about the same attributes; with `counting`, one may count the lines."""
    attributes = draw(subjects())
    documents = draw(rulebases(attributes, presuming=presuming, counting=counting))
    return documents, draw(encounters(attributes, counting=counting))


# Knowing more


Place = tuple[int | None, str]
"""An attribute of an encounter, with the index of the line for one of a line."""


def unknown(encounter: Json) -> list[Place]:
    """List what an encounter leaves unknown."""
    every = range(len(encounter["lines"]))
    places = [(at, name) for name in MAY_BE_UNKNOWN for at in (every if name.startswith("line.") else [None])]
    return [place for place in places if read(encounter, place) is None]


def read(encounter: Json, place: Place) -> Any:
    """Give what an encounter says of an attribute, None where it says nothing."""
    at, name = place
    found: Any = encounter if at is None else encounter["lines"][at]
    for step in _steps(name):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def completed(encounter: Json, place: Place, held: Any) -> Json:
    """Give the encounter with one more attribute known."""
    whole: Json = json.loads(json.dumps(encounter))
    at, name = place
    found = whole if at is None else whole["lines"][at]
    *groups, key = _steps(name)
    for group in groups:
        found = found.setdefault(group, {})
    found[key] = held
    return whole


def _steps(name: str) -> list[str]:
    return name.removeprefix("line.").removeprefix("encounter.").split(".")


@st.composite
def completions(draw: st.DrawFn, encounter: Json, attributes: Iterable[str], most: int = 6) -> Json:
    """Draw the encounter with some of these attributes known that it leaves unknown."""
    for _ in range(number(draw, 1, most)):
        places = [place for place in unknown(encounter) if place[1] in attributes]
        if places:
            place = pick(draw, places)
            encounter = completed(encounter, place, value(draw, place[1]))
    return encounter


@st.composite
def completions_of(draw: st.DrawFn, encounter: Json, place: Place) -> Json:
    """Draw the encounter with one unknown attribute known."""
    return completed(encounter, place, value(draw, place[1]))


# Other orders of the same

SEEDS = st.integers(0, 2**16)
"""Where an order comes from: one choice, so that examples stay small and shrink quickly."""


def shuffled(whole: Any, seed: int, ordered: frozenset[str] = frozenset()) -> Any:
    """Give another order of all keys and lists in a JSON value; lists under the keys `ordered` keep theirs."""
    return _shuffled(whole, random.Random(seed), ordered)  # noqa: S311 - an order, no secret


def _shuffled(whole: Any, chance: random.Random, ordered: frozenset[str], *, keep: bool = False) -> Any:
    if isinstance(whole, dict):
        keys = chance.sample(list(whole), len(whole))
        return {key: _shuffled(whole[key], chance, ordered, keep=key in ordered) for key in keys}
    if isinstance(whole, list):
        parts = whole if keep else chance.sample(whole, len(whole))
        return [_shuffled(each, chance, ordered) for each in parts]
    return whole
