"""Write a state as a claim, and make smallest claims that the engine answers as the solver said."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import msgspec

from payrule.analysis.computed_values import with_inputs
from payrule.analysis.earlier_lines import with_earlier_lines
from payrule.analysis.encoding import Encoding
from payrule.analysis.minimize import State, minimize
from payrule.analysis.solver import ALWAYS, Solver
from payrule.analysis.timed_claims import MOST_ADDED, companions, with_minutes
from payrule.analysis.value_classes import UNWRITTEN
from payrule.analysis.variables import MINUTES, SUBJECT, Days, Slot, Variables
from payrule.encounter.encounter import CODE, DATE, UNITS
from payrule.language.counting import EARLIEST
from payrule.language.words import subject_of, value_words
from payrule.source.diagnostics import PayruleError

_ENOUGH, _TOO_FEW = 15, 7
"""Minutes that support a unit, and minutes that do not."""


def claim(space: Variables, state: State, name: str, *, given: bool = False) -> dict[str, Any]:
    """Write a state as an encounter; the subject stands first, and has number 1 unless others go before it.

    Minutes are made up so that the units of a line are supported, or not, as the state has it; whether the engine
    agrees is seen when it decides the claim. Of what a form computes the claim says what it is computed from, as far as
    it can, and with `given` the value itself.
    """
    encounter: dict[str, Any] = {"id": name, "lines": [{"number": state.number(line)} for line in state.lines]}
    days = _days(space, state)
    if state.whole is not None:
        since = EARLIEST if state.whole == Days.EVER else days[SUBJECT] - timedelta(days=state.whole)
        encounter["history_from"] = since.isoformat()
    if state.earlier:
        encounter["history"] = [
            {"claim": f"{_EARLIER}{at}", "number": 1} for at, _ in enumerate(state.earlier, start=1)
        ]
    targets = dict(zip(state.lines, encounter["lines"], strict=True))
    targets |= zip(state.earlier, encounter.get("history", ()), strict=True)
    for line, target in targets.items():
        for attribute in space.required() if line in state.lines else (CODE,):
            put(target if attribute.startswith("line.") else encounter, attribute, _usual(space, attribute, line))
        put(target, DATE, days[line].isoformat())
    for slot in sorted(state.values, key=lambda slot: slot.attribute):
        target = targets[slot.line or SUBJECT] if slot.attribute.startswith("line.") else encounter
        value = _written(space, slot, state.values[slot])
        if slot.attribute != DATE and value is not None and not slot.settled:
            put(target, slot.attribute, value)
    if not given:
        held = ((slot.attribute, targets[slot.line or SUBJECT], each) for slot, each in state.values.items())
        with_inputs(encounter, held, space.vocabularies[0])
    _make_up_minutes(space, state, targets)
    return encounter


def _make_up_minutes(space: Variables, state: State, targets: dict[int, dict[str, Any]]) -> None:
    """Give lines minutes that support their units, or do not, as the state has it."""
    for slot in state.values:
        if slot.line is not None and slot.settled:
            target = targets[slot.line]
            if target["code"] in space.settings[slot.settled].timed_codes:
                put(target, MINUTES, _minutes(space, state, slot, target))


def claims(space: Variables, state: State, name: str) -> Iterator[dict[str, Any]]:
    """Write a state as an encounter in the ways that are worth a try.

    Minutes of a day are pooled, so the units of a line can wait for the minutes of another, of which the state says
    nothing: they are left out, then made up to support its units, then none; at last all minutes are left out, for
    sides that presume them differently. There is no way for a value of which no instance is known.
    """
    usual = [_usual(space, attribute, line) for attribute in space.required() for line in state.lines]
    held = [each for slot, value in state.values.items() for each in (value if slot.many else [value])]
    if any(each is UNWRITTEN for each in (*usual, *held)):
        return
    written = claim(space, state, name)
    yield written
    if (plain := claim(space, state, name, given=True)) != written:
        yield plain
    settings = list(space.settings.values())
    for each in (_ENOUGH, 0):
        encounter = claim(space, state, name)
        silent = [line for line in encounter["lines"] if "minutes" not in line]
        timed = [line for line in silent if any(line["code"] in setting.timed_codes for setting in settings)]
        for line in timed:
            put(line, MINUTES, each * line.get("units", 1))
        if timed:
            yield encounter
    encounter = claim(space, state, name)
    if MINUTES not in space.required() and [line.pop("minutes") for line in encounter["lines"] if "minutes" in line]:
        yield encounter


def leave_out_minutes(
    space: Variables, encounter: dict[str, Any], fits: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Leave out minutes that were made up to no purpose, for without them the claim is as fit."""
    for position, line in enumerate(encounter["lines"]):
        if "minutes" in line and MINUTES not in space.required():
            shorter = {key: value for key, value in line.items() if key != "minutes"}
            lines = [*encounter["lines"][:position], shorter, *encounter["lines"][position + 1 :]]
            smaller = {**encounter, "lines": lines}
            encounter = smaller if fits(smaller) else encounter
    return encounter


def put(target: dict[str, Any], attribute: str, value: Any) -> None:
    """Put a value where an encounter has the attribute.

    >>> line = {}
    >>> put(line, "line.provider.type", "physician")
    >>> line
    {'provider': {'type': 'physician'}}
    """
    root, *groups, key = attribute.split(".")
    for group in ([root] if root == "patient" else []) + groups:
        target = target.setdefault(group, {})
    target[key] = value


def _usual(space: Variables, attribute: str, line: int) -> Any:
    """Give what a claim says of an attribute that has to be there, as long as nothing asks for another value."""
    slot = space.slot(attribute, line)
    if slot.many:
        return []
    return slot.choices[0][0] if slot.choices else _written(space, slot, (None, None))


def _written(space: Variables, slot: Slot, value: Any) -> Any:
    if slot.many:
        return [_as_json(each) for each in value]
    if slot.choices:
        return value
    low, below = value
    ordinary = space.ordinary(slot.attribute)
    if space.declared(slot.attribute)[0].type == "date":
        return _as_json(next(iter(_near(low, below, ordinary))))
    return _between(low, below, ordinary)


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _between(low: Any, below: Any, ordinary: Any) -> Any:
    """Choose a number from the first to before the second, the ordinary one where it lies between them."""
    if ordinary is not None and (low is None or low <= ordinary) and (below is None or ordinary < below):
        return ordinary
    if low is not None and (ordinary is None or ordinary < low):
        return low
    return below - 1 if below is not None else ordinary


def _days(space: Variables, state: State) -> dict[int, date]:
    """Give each line its date of service: the subject's, or another one, which is a day of its own where it can be."""
    found: dict[int, date] = {}
    for line in (*state.lines, *state.earlier):
        if line in state.back:
            found[line] = found[SUBJECT] - timedelta(days=state.back[line])
            continue
        if line != SUBJECT and line not in state.other_dates:
            found[line] = found[SUBJECT]
            continue
        low, below = state.values[space.slot(DATE, line)]
        days = list(islice(_near(low, below, space.ordinary(DATE)), len(found) + 1))
        free = [day for day in days if day not in found.values()]
        found[line] = (free or [day for day in days if day != found[SUBJECT]])[0]
    return found


def _near(low: date | None, below: date | None, ordinary: date | None) -> Iterator[date]:
    """List the days from the first to before the second, from the ordinary one on, then those before it."""
    first, last = low or date.min, below - timedelta(days=1) if below else date.max
    start = min(max(ordinary or first, first), last)
    for step in range((last - start).days + 1):
        yield start + timedelta(days=step)
    for step in range(1, (start - first).days + 1):
        yield start - timedelta(days=step)


def _minutes(space: Variables, state: State, slot: Slot, line: dict[str, Any]) -> int:
    """Make up minutes that support the units of a line, or that do not."""
    units: int = line.get("units", space.ordinary(UNITS) or 1)
    supported = state.values[slot]
    wanted = units * _ENOUGH if supported else max(0, (units - 1) * _ENOUGH + _TOO_FEW)
    asked = (each for each in state.values if each.attribute == MINUTES and each.line == slot.line)
    for each in asked:
        low, below = state.values[each]
        return int(_between(low, below, wanted))
    return wanted


NO_FURTHER_LINE, NO_FURTHER_EARLIER_LINE, HISTORY = -1, -2, -3
"""What a literal is about that says of a line that it is not there, or how far back the history is known."""

_EARLIER = "earlier-"
"""How the claims of earlier lines are called, before a number."""


def facts(space: Variables, state: State) -> dict[int, Slot | int]:
    """Give what a claim says, literal by literal, each with the slot or the line that it is about."""
    found: dict[int, Slot | int] = {literal: slot for slot, said in state.literals.items() for literal in said}
    for line in range(1, space.others + 1):
        if line in state.lines:
            found[space.same_date(line) if line not in state.other_dates else -space.same_date(line)] = line
            found[space.present(line)] = line
        else:
            found[-space.present(line)] = NO_FURTHER_LINE
    for line in space.every_line(subject=False)[space.others :]:
        is_there = line in state.earlier
        found[space.present(line) if is_there else -space.present(line)] = line if is_there else NO_FURTHER_EARLIER_LINE
    found |= {literal: HISTORY if line == SUBJECT else line for literal, line in state.counted.items()}
    found.pop(ALWAYS, None)
    return found


def is_forced(solver: Solver, space: Variables, state: State, asked: Iterable[int], shown: int) -> bool:
    """Tell whether what a claim says itself forces what it shows, whatever is computed over its lines.

    Minutes that are made up for what is computed are nothing that the claim says.
    """
    made_up = {slot.line for slot in state.literals if slot.settled}
    said = [
        literal
        for literal, about in facts(space, state).items()
        if not isinstance(about, Slot) or not (about.settled or (about.attribute == MINUTES and about.line in made_up))
    ]
    return not solver.holds((*asked, *said, -shown), model=False)


def matters(solver: Solver, space: Variables, state: State, question: Iterable[int], shown: int) -> tuple[str, ...]:
    """Name facts of a claim that force what it shows: a core, shrunk until none can be left out (a prime implicant).

    Where many lines are counted, that a fact can be left out may take too long to show: then it stays.
    """
    where = facts(space, state)
    fixed = [*question, -shown]
    if solver.holds((*fixed, *where), model=False):
        return ()
    core = [literal for literal in solver.core() if literal in where]

    def without(left_out: AbstractSet[int]) -> bool:
        """Leave literals out of the core if what is left is enough."""
        nonlocal core
        rest = [each for each in core if each not in left_out]
        is_enough = solver.refutes((*fixed, *rest))
        if is_enough:
            core = [each for each in rest if each in set(solver.core())]
        return is_enough

    # That an earlier line is there, and on which day, is told with what it says: it is one fact, if it says nothing.
    of_earlier = {literal: line for literal, line in where.items() if isinstance(line, int) and space.is_earlier(line)}
    for literal in [each for each in core if each not in state.needed and each not in of_earlier]:
        if literal in core:
            without({literal})
    saying = {slot.line for slot in map(where.get, core) if isinstance(slot, Slot)}
    for line in state.earlier:
        if line not in saying:
            without({literal for literal, about in of_earlier.items() if about == line})
    named = {where[literal] for literal in core}
    if space.is_of_codes:
        # Without the code other rules could answer.
        named.add(space.slot(CODE, SUBJECT))
    return tuple(_words(space, state, named))


def _words(space: Variables, state: State, named: set[Slot | int]) -> Iterator[str]:
    slots = [each for each in named if isinstance(each, Slot)]
    for slot in sorted(slots, key=lambda each: (each.line is not None, each.line or 0, each.attribute)):
        said = f"{subject_of(slot.attribute)} is {_value_words(state, slot)}"
        yield said if slot.line is None else f"{_name(state, slot.line)}: {said}"
    present = {slot.line for slot in slots}
    for line in (*state.lines[1:], *state.earlier):
        if line in named and line not in present:
            yield f"there is a {_name(state, line)}" if line in state.lines else f"there is an {_name(state, line)}"
    if NO_FURTHER_LINE in named:
        yield "there is no further line" if len(state.lines) > 1 else "there is no other line"
    if HISTORY in named:
        yield _history_words(space, state)
    if NO_FURTHER_EARLIER_LINE in named:
        yield "there is no further earlier line" if state.earlier else "there is no earlier line"


def _history_words(space: Variables, state: State) -> str:
    if state.whole is None:
        return "nobody says from when on all earlier lines are there"
    if state.whole == Days.EVER:
        return "all earlier lines are there"
    since = _days(space, state)[SUBJECT] - timedelta(days=state.whole)
    return f"from {since.isoformat()} on all earlier lines are there"


def _name(state: State, line: int) -> str:
    if line in state.earlier:
        days = state.back[line]
        when = "on that date" if days == 0 else "the day before" if days == 1 else f"{days} days before"
        return f"earlier line {state.earlier.index(line) + 1} ({when})"
    return f"line {state.number(line)}"


def _value_words(state: State, slot: Slot) -> str:
    if slot not in state.values:
        return "not given"
    if not slot.steps:
        return value_words(state.values[slot])
    low, below = state.values[slot]
    said = [f"at least {value_words(low)}" if low is not None else "", f"below {value_words(below)}" if below else ""]
    return " and ".join(part for part in said if part) or "given"


Decided = TypeVar("Decided")


def subject_number(encounter: dict[str, Any]) -> int:
    """Give the number of the line that a claim shows something of: it stands first.

    >>> subject_number({"lines": [{"number": 2}, {"number": 1}]})
    2
    """
    number: int = encounter["lines"][0]["number"]
    return number


def in_order(encounter: dict[str, Any]) -> dict[str, Any]:
    """Write the lines of a claim by their numbers.

    >>> in_order({"lines": [{"number": 2}, {"number": 1}]})
    {'lines': [{'number': 1}, {'number': 2}]}
    """
    return {**encounter, "lines": sorted(encounter["lines"], key=lambda line: line["number"])}


class UnfaithfulError(PayruleError):
    """A claim that the solver made is answered otherwise by the engine: a defect of payrule."""

    def __init__(self, encounter: dict[str, Any], expected: Any, found: Any) -> None:
        """Keep the claim, what the solver expected of it, and what the engine found."""
        self.encounter, self.expected, self.found = encounter, expected, found
        said = {"encounter": encounter, "solver": expected, "engine": found}
        super().__init__(f"the solver and the engine disagree about a claim: {msgspec.json.encode(said).decode()}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it by what it keeps, so that it comes whole out of another process."""
        return type(self), (self.encounter, self.expected, self.found)


def written(encoding: Encoding, states: Iterable[State], name: str) -> Iterator[tuple[State, dict[str, Any]]]:
    """List the claims worth a try, under a name: of each state alone, then with minutes that tell the sides apart."""
    firsts: list[tuple[State, dict[str, Any]]] = []
    for state in states:
        tried = claims(encoding.space, state, name)
        for first in islice(tried, 1):
            yield state, first
            yield from ((state, each) for each in tried)
            yield from ((state, each) for each in with_earlier_lines(first, encoding.left_open))
            firsts.append((state, first))
            for number in (0, 1):
                yield from ((state, each) for each in with_minutes(encoding.space, state, first, number))
    for number in range(2, MOST_ADDED + 1):
        for state, first in firsts:
            yield from ((state, each) for each in with_minutes(encoding.space, state, first, number))


def shown(
    encoding: Encoding,
    asked: Sequence[int],
    literal: int,
    replay: Callable[[dict[str, Any]], Decided],
    what: tuple[Any, Callable[[Decided, int], Any]],
) -> tuple[dict[str, Any], int, Decided, tuple[str, ...]] | None:
    """Make a smallest claim of which a literal holds, under what is asked.

    Gives it, the number of its line, its answer, and what matters in it. `what` is what the claim must show, and how to
    see it in the answer for a line. None when no claim could be made: only where
    an attribute that is computed over several lines has a say in it, or where no value of a pattern is known. Raises
    UnfaithfulError when the engine answers otherwise than the solver said although the claim leaves nothing to what is
    computed, OutOfTimeError when time runs out.
    """
    expected, see = what
    for state, encounter in written(encoding, states(encoding, (*asked, literal)), "witness"):
        decided, line = replay(encounter), subject_number(encounter)
        found = see(decided, line)
        if found == expected:
            shows = partial(_shows, replay, see, line, expected)
            small = leave_out_minutes(encoding.space, encounter, shows)
            decided = decided if small is encounter else replay(small)
            return in_order(small), line, decided, matters(encoding.solver, encoding.space, state, asked, literal)
        if is_forced(encoding.solver, encoding.space, state, asked, literal):
            raise UnfaithfulError(encounter, expected, found)
    return None


def _shows(
    replay: Callable[[dict[str, Any]], Decided],
    see: Callable[[Decided, int], Any],
    line: int,
    expected: Any,
    encounter: dict[str, Any],
) -> bool:
    return bool(see(replay(encounter), line) == expected)


def states(encoding: Encoding, question: Sequence[int]) -> Iterator[State]:
    """Give a smallest state for a question, then those with another timed line, which minutes can need."""
    first = minimize(encoding.solver, encoding.space, question)
    yield first
    for timed in companions(encoding.space, first):
        if encoding.solver.holds((*question, timed), model=False):
            yield minimize(encoding.solver, encoding.space, (*question, timed))
