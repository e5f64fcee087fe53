"""What is wrong with a claim, or can be doubted about it: its shape, days out of order, pointers to nothing.

A claim that can be decoded has the right shape; of any other the schema says what is wrong, in `schema_messages`. A
span that ends before it begins, or of too many days, refuses the claim. A position that points to nothing, and a value
that is not yet in force on the date of service, count as absent, with a warning.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec

from payrule.encounter.decoder import EncounterDecoder, plain
from payrule.encounter.encounter import (
    CODE,
    DATE,
    UNITS,
    EarlierLine,
    Encounter,
    Line,
    UnreadableLine,
    count_days,
    days_of,
    not_in_force,
)
from payrule.encounter.in_order import InOrder
from payrule.model.choices import document_named, is_fhir
from payrule.model.encounter_schema import (
    HISTORY,
    LISTS,
    EncounterKeys,
    Keys,
    encounter_keys,
    encounter_schema,
    history_schema,
    unknown_keys,
)
from payrule.model.schema_validator import SchemaValidator
from payrule.model.value_schema import MOST_DAYS, MOST_LINE_DAYS, bounded
from payrule.model.values import Value, ValueSet
from payrule.model.vocabulary import BIRTH, Frequency, Spans, Vocabulary
from payrule.source.diagnostics import ClaimWarning, Diagnostic, EncounterError, closest, did_you_mean, shown, sort_key
from payrule.source.json_source import JsonSource, Path, json_path, place, steps_of, wrong


def _decoded(
    data: Any, decode: Callable[[Any], Encounter | None], faults: Callable[[Any], tuple[Diagnostic, ...]]
) -> tuple[Encounter | None, tuple[Diagnostic, ...]]:
    """Decode a claim, or a history, from JSON values; of one that cannot be decoded say what is wrong with it."""
    found = decode(data)
    if found is not None:
        return found, ()
    errors = faults(data)
    found = None if errors else decode(_whole(data))
    if found is None and not errors:
        raise AssertionError("the schema accepts what cannot be decoded")
    return found, errors


def no_patient(of: str, text: JsonSource | None = None, at: Path = ()) -> Diagnostic:
    """Say that a row or a claim of a history does not name the patient."""
    message = f"the {of} does not say of which patient it is"
    return place(wrong((), "no-patient", message, 'add `"patient": {"id": …}`'), text, at)


class EncounterValidator:
    """Read claims by one vocabulary.

    >>> from payrule.model.vocabulary import Attribute, Regions, Timed
    >>> units = Attribute(type="integer", summary="units", default=1)
    >>> validator = EncounterValidator(Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.units": units}))
    >>> encounter, warnings = validator.read({"id": "E-1", "lines": [{"number": 1, "unit": 2}]})
    >>> encounter.lines[0].values
    {'line.units': 1}
    >>> print(*warnings)
    $.lines[0].unit: `unit` means nothing here, so it is not read (did you mean `units`?)
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Prepare for the vocabulary's attributes; raises DocumentError when two of them want the same key."""
        self._vocabulary = vocabulary
        self._keys = encounter_keys(vocabulary)
        self._places = self._keys.places()
        self._in_order = InOrder(vocabulary, self._keys)
        self._decoder = self._decoder_of(self._keys)
        self._schema = SchemaValidator(bounded(encounter_schema(vocabulary)), exact=False)
        self._history_schema = SchemaValidator(bounded(history_schema(vocabulary)), exact=False)
        pointed = (tuple(name.split(".")[1:]) for name in vocabulary.pointers.values())
        self._ordered = frozenset((*pointed, *self._in_order.places()))
        self._timed = ValueSet.of(vocabulary.timed.codes, ranges=True)
        self._computed = [name for name, each in vocabulary.attributes.items() if each.function is not None]

    def _decoder_of(self, keys: EncounterKeys) -> EncounterDecoder:
        vocabulary = self._vocabulary
        return EncounterDecoder(keys, vocabulary.attributes.keys(), vocabulary.frequency, self._in_order)

    @cached_property
    def _lenient(self) -> EncounterDecoder:
        """What decodes a claim some of whose lines have no code or date that can be read: few claims are so."""
        return self._decoder_of(_lenient(self._keys))

    def read(
        self, data: object, *, text: JsonSource | None = None, at: Path = (), strict: bool = False
    ) -> tuple[Encounter, tuple[Diagnostic, ...]]:
        """Read one claim from JSON values; give it with its warnings, such as one for each key that means nothing.

        What of a line cannot be read, though its claim can be decided, is an error among them: also a code or a date of
        service that is wrong or missing, as long as another line has both.

        Values of Python, NumPy and pandas that say what JSON would are taken, see `plain`. With `text`, findings name
        file, line and column; `at` is the path of the claim in it. `strict` makes errors of the warnings. Raises
        EncounterError with everything that is wrong.
        """
        try:
            data = plain(data, ordered=self._ordered)
            encounter, errors = _decoded(data, self._decoder.read, self._faults)
        except EncounterError as unfit:
            raise EncounterError(place(each, text, at) for each in unfit.findings) from None
        told = [self._unknown_key(path, keys) for path, keys in _unknown(data, self._keys)]
        unreadable: tuple[Diagnostic, ...] = ()
        if encounter is None:
            encounter = self._set_aside(data, errors)
            unreadable = errors if encounter is not None else ()
        if encounter is not None:
            errors = self._errors(encounter, data)
            if not errors:
                told += self._warnings(encounter, data)
                encounter, parts = self._in_whole_units(encounter, data)
                unreadable += parts
        if not (errors or told or unreadable) and encounter is not None:
            return encounter, ()
        severity = "error" if strict else "warning"
        findings = (msgspec.structs.replace(place(each, text, at), severity=severity) for each in told)
        warnings = tuple(sorted((*findings, *(place(each, text, at) for each in unreadable)), key=sort_key))
        if encounter is None or errors or strict:
            raise EncounterError([*(place(each, text, at) for each in errors), *warnings])
        return self._warned(encounter, data, warnings), warnings

    def read_text(self, text: bytes, *, strict: bool = False) -> Encounter | None:
        """Read one claim from JSON that can be decided; None for any other text, which `read` is to say more of.

        It gives what `read` gives of the values of the text, in half of the time.
        """
        decoded = self._decoder.read_text(text)
        if decoded is None or self._errors(*decoded):
            return None
        encounter, data = decoded
        if any(map(self._bills_a_part, encounter.lines)):
            return None
        told = [msgspec.structs.replace(each, severity="warning") for each in self._warnings(encounter, data)]
        if told and strict:
            return None
        return self._warned(encounter, data, sorted(told, key=sort_key)) if told else encounter

    def _errors(self, encounter: Encounter, data: Any) -> tuple[Diagnostic, ...]:
        return (*self._span_errors(encounter, data), *_in_two_forms(encounter))

    def _warned(self, encounter: Encounter, data: Any, warnings: Iterable[Diagnostic]) -> Encounter:
        """Leave out of a claim what counts as absent, and note what there is to doubt."""
        lines = tuple(_without(line, self._past_the_end(line, data)) for line in encounter.lines)
        return msgspec.structs.replace(encounter, lines=lines).warned(*map(ClaimWarning.of, warnings))

    def read_row(
        self, data: object, *, text: JsonSource | None = None, at: Path = (), strict: bool = False
    ) -> tuple[Encounter, tuple[Diagnostic, ...]]:
        """Read a row of a file of histories: one earlier line, with `patient.id`, and `history_from` if it is known.

        A row without `code` and `date` that says `history_from` says only that. Gives the patient with that history;
        choices, warnings and errors as for `read`.
        """
        row = dict(data) if isinstance(data, dict) else {}
        patient, since = row.pop("patient", None), row.pop("history_from", None)
        is_line = since is None or any(value is not None for value in row.values())
        whole = {"history": [row] if is_line else [], "history_from": since, "patient": patient}
        found, findings = self._read_history(whole)
        if found is not None and found.patient is None:
            findings = (*findings, no_patient("row"))
        told = tuple(
            msgspec.structs.replace(
                place(msgspec.structs.replace(each, path=json_path(_in_row(steps_of(each.path or "$")))), text, at),
                severity="error" if strict else each.severity,
            )
            for each in findings
        )
        if found is None or any(each.severity == "error" for each in told):
            raise EncounterError(told)
        return found, told

    def with_history(
        self, encounter: Encounter, history: Iterable[EarlierLine | Mapping[str, Any]], history_from: date | str | None
    ) -> Encounter:
        """Add earlier lines of the patient to those that a claim has, and the day from which on they are complete.

        Raises EncounterError for a line that is none, and for two lines of one claim and number that differ.
        """
        given = list(history)
        at = [place for place, each in enumerate(given) if not isinstance(each, EarlierLine)]
        data = plain({"history": [given[place] for place in at], "history_from": history_from})
        found, findings = self._read_history(data)
        findings = tuple(
            msgspec.structs.replace(each, path=json_path(_given_at(steps_of(each.path or "$"), at)))
            for each in findings
        )
        errors = [each for each in findings if each.severity == "error"]
        if found is None or errors:
            raise EncounterError(findings)
        read = dict(zip(at, found.history, strict=True))
        lines = tuple(read.get(place, each) for place, each in enumerate(given))
        days = [each for each in (encounter.history_from, found.history_from) if each is not None]
        joined = msgspec.structs.replace(
            encounter, history=(*encounter.history, *lines), history_from=min(days, default=None)
        )
        if faults := tuple(_in_two_forms(joined)):
            raise EncounterError(faults)
        return joined.warned(*map(ClaimWarning.of, findings))

    def _read_history(self, data: dict[str, Any]) -> tuple[Encounter | None, tuple[Diagnostic, ...]]:
        """Read a history alone; give it, if it is right, with what is wrong or doubtful."""
        found, errors = _decoded(data, self._decoder.read_history, self._history_schema.diagnostics)
        errors = (*errors, *self._earlier_span_errors(found.history if found else ()))
        listed = {"history": data.get("history")}
        told = [self._unknown_key(path, keys) for path, keys in _unknown(listed, self._keys)]
        return found, (*errors, *(msgspec.structs.replace(each, severity="warning") for each in told))

    def _faults(self, data: Any) -> tuple[Diagnostic, ...]:
        """Say what is wrong with a claim that cannot be decoded; raises EncounterError for another kind of document."""
        if (document := document_named(data)) is not None:
            message, help_text = f"this is {document}, and a claim is expected here", "check it with `payrule check`"
            raise EncounterError([wrong((), "other-kind", message, help_text)])
        if is_fhir(data):
            message = f"this is a FHIR {shown(data['resourceType'])}, and a claim as JSON is expected here"
            help_text = "decide it with `payrule adjudicate`, which reads FHIR R4"
            raise EncounterError([wrong((), "other-kind", message, help_text)])
        return (*map(self._unshown, self._schema.diagnostics(data)), *_duplicate_numbers(data))

    def _unshown(self, diagnostic: Diagnostic) -> Diagnostic:
        """Say that a birth date is none, without repeating it."""
        if BIRTH not in self._places or diagnostic.path != json_path(self._places[BIRTH]):
            return diagnostic
        message, help_text = f"`{BIRTH}` is not a date", "write a day that exists as year-month-day"
        return msgspec.structs.replace(diagnostic, message=message, help=help_text)

    def _span_errors(self, encounter: Encounter, data: Any) -> Iterator[Diagnostic]:
        """Find lines that end before they begin, and more days than are decided."""
        spans, total = self._vocabulary.spans, 0
        if spans is None:
            return
        for line in encounter.lines:
            count = count_days(line, spans)
            total += max(count, 1)
            if not 1 <= count <= MOST_DAYS:
                yield self._span_error(line, spans, f"line {line.number}", _place_of(line, data))
        yield from self._earlier_span_errors(encounter.history)
        if len(encounter.lines) < total > MOST_LINE_DAYS:
            message = f"the lines cover {total:,} days together; at most {MOST_LINE_DAYS:,} are decided of one claim"
            yield wrong(("lines",), "too-many-days", message, "bill the services in several claims")

    def _earlier_span_errors(self, history: Iterable[EarlierLine]) -> Iterator[Diagnostic]:
        """Find lines of the history that end before they begin, or have too many days."""
        spans = self._vocabulary.spans
        for index, each in enumerate(history if spans is not None else ()):
            line = Line(each.number or 0, each.values)
            if spans and not 1 <= count_days(line, spans) <= MOST_DAYS:
                yield self._span_error(line, spans, "the earlier line", ("history", index))

    def _span_error(self, line: Line, spans: Spans, name: str, at: Path) -> Diagnostic:
        """Say what is wrong with the days of a line of which there are none, or too many."""
        count = count_days(line, spans)
        path = (*at, *self._places[spans.last])
        first, last = line.values.get(spans.first), line.values.get(spans.last)
        if count < 1:
            message = f"{name} ends on {last}, before it begins on {first}"
            return wrong(path, "dates-swapped", message, "fix the dates, or swap them")
        message = f"{name} covers {count:,} days, from {first} to {last}; at most {MOST_DAYS} are decided"
        return wrong(path, "too-many-days", message, "fix the dates, or bill the service in several lines")

    def _set_aside(self, data: Any, errors: tuple[Diagnostic, ...]) -> Encounter | None:
        """Decode a claim of which only codes and dates of some lines are wrong: those lines are not decided.

        None where something else is wrong, or where no line has both.
        """
        keys = {self._places[name] for name in (CODE, DATE)}
        because: dict[int, list[str]] = {}
        for each in errors:
            match steps_of(each.path or "$"):
                case ("lines", int(at), *key) if isinstance(data["lines"][at], dict) and (
                    not key or tuple(key) in keys
                ):
                    because.setdefault(at, []).append(each.message)
                case _:
                    return None
        wrong_at = {each.path for each in errors}
        lines = [
            {key: value for key, value in line.items() if json_path(("lines", at, key)) not in wrong_at}
            if at in because
            else line
            for at, line in enumerate(data["lines"])
        ]
        encounter = self._lenient.read(_whole({**data, "lines": lines}))
        if encounter is None or not any({CODE, DATE} <= line.values.keys() for line in encounter.lines):
            return None
        found = {lines[at]["number"]: tuple(messages) for at, messages in because.items()}
        unreadable, kept = {}, []
        for line in encounter.lines:
            # A part of a unit could be one of a code that is counted by time.
            is_part = CODE not in line.values and type(line.values.get(UNITS)) is Decimal
            values = {name: each for name, each in line.values.items() if name != UNITS or not is_part}
            kept.append(msgspec.structs.replace(line, values=values))
            if line.number in found:
                gone = tuple(name for name in (CODE, DATE, *([UNITS] if is_part else [])) if name not in values)
                unreadable[line.number] = UnreadableLine(gone, found[line.number])
        return msgspec.structs.replace(encounter, lines=tuple(kept), unreadable=unreadable)

    def _bills_a_part(self, line: Line) -> bool:
        """Tell whether a line of a timed code bills a part of a unit."""
        return type(line.values.get(UNITS)) is Decimal and line.known_code in self._timed

    def _in_whole_units(self, encounter: Encounter, data: Any) -> tuple[Encounter, tuple[Diagnostic, ...]]:
        """Take the units from lines of timed codes that bill a part of a unit: minutes support whole units alone."""
        wrong_ones = [*filter(self._bills_a_part, encounter.lines)]
        if not wrong_ones:
            return encounter, ()
        told, unreadable, values = [], dict(encounter.unreadable), dict[int, dict[str, Value]]()
        for line in wrong_ones:
            message = f"`{line.values[UNITS]}` is no whole number of units, and `{line.code}` is counted by time"
            path = (*_place_of(line, data), *self._places[UNITS])
            told.append(wrong(path, "part-of-a-timed-unit", message, "bill the whole units that the minutes support"))
            unreadable[line.number] = UnreadableLine((UNITS,), (message,))
            values[line.number] = {name: each for name, each in line.values.items() if name != UNITS}
        lines = tuple(
            msgspec.structs.replace(line, values=values[line.number]) if line.number in values else line
            for line in encounter.lines
        )
        return msgspec.structs.replace(encounter, lines=lines, unreadable=unreadable), tuple(told)

    def _warnings(self, encounter: Encounter, data: Any) -> Iterator[Diagnostic]:
        """Find positions that point to nothing, values that are not in force, and a frequency that says nothing."""
        for line in encounter.lines:
            for name, positions in self._past_the_end(line, data).items():
                listed = self._vocabulary.pointers[name]
                key, to, count = self._places[name][-1], listed.rpartition(".")[2], len(self._listed(listed, data))
                message = f"{shown(key)} names position {', '.join(map(str, positions))}, and `{to}` has {count}"
                help_text = f"point to one of `{to}`, or add what is missing there"
                path = (*_place_of(line, data), *self._places[name])
                yield wrong(path, "points-to-nothing", f"{message}: it points to nothing", help_text)
            yield from self._not_in_force(line, data)
        if self._vocabulary.frequency is not None:
            yield from self._of_frequency(encounter, self._vocabulary.frequency)

    def _of_frequency(self, encounter: Encounter, frequency: Frequency) -> Iterator[Diagnostic]:
        value, reference = (encounter.values.get(each) for each in (frequency.attribute, frequency.reference))
        if value is not None and frequency.listed and value not in frequency.listed:
            known = ", ".join(map(shown, frequency.listed))
            message = f"{shown(value)} is the frequency of no original, replacement or void"
            help_text = f"see what the sender means by it; known are {known}"
            path = self._places[frequency.attribute]
            yield wrong(path, "other-frequency", f"{message}: decided as an original one", help_text)
        if reference is not None and (value is None or value in frequency.original):
            key, named = (shown(self._places[each][-1]) for each in (frequency.attribute, frequency.reference))
            other = " or ".join(map(shown, (*frequency.replacement[:1], *frequency.void[:1])))
            message = f"{named} names the claim {shown(reference)}, and the claim is an original one"
            help_text = f"write {other} in {key} if it replaces or voids that claim, or leave {named} out"
            yield wrong(self._places[frequency.reference], "original-names-a-claim", message, help_text)

    def _listed(self, name: str, data: Any) -> Any:
        """Give what an attribute at the top of a claim holds in JSON, where the order of a list is kept."""
        for step in self._places[name]:
            data = data.get(step) if isinstance(data, dict) else None
        return data

    def _past_the_end(self, line: Line, data: Any) -> dict[str, list[int]]:
        """Give, by attribute, positions beyond the end of the list that it points to, where that is known."""
        found = {}
        for name, listed in self._vocabulary.pointers.items():
            held = line.values.get(name)
            if not held or not isinstance(held, frozenset):
                continue
            values = self._listed(listed, data)
            if isinstance(values, list) and (past := [each for each in held if each > len(values)]):
                found[name] = sorted(past)
        return found

    def _not_in_force(self, line: Line, data: Any) -> Iterator[Diagnostic]:
        """Say which values of a line are not in force on its date, or on some of its days."""
        begins = self._vocabulary.begins
        if not begins or DATE not in line.values or not not_in_force(line.values, line.date, begins):
            return
        days = list(days_of(line, self._vocabulary.spans or Spans(first=DATE, last="")))
        late: dict[tuple[str, str], int] = {}
        for day in days:
            for name, values in not_in_force(line.values, day, begins).items():
                for value in values:
                    late[name, value] = late.get((name, value), 0) + 1
        for (name, value), count in late.items():
            on = f"on {line.date}" if len(days) == 1 else f"on {count} of the {len(days)} days from {line.date} on"
            message = f"{shown(value)} is in force from {begins[name][value]} on: {on} it counts as absent"
            path = (*_place_of(line, data), *self._places[name])
            yield wrong(path, "not-in-force", message, "fix the date, or the value")

    def _unknown_key(self, path: Path, keys: Keys) -> Diagnostic:
        key = str(path[-1])
        computed = next((name for name in self._computed if name.rpartition(".")[2] == key), None)
        known = [*keys.dotted(), *(LISTS if len(path) == 1 else ())]
        near = did_you_mean(key, known, also_called=keys.also_called(self._keys.attributes)) or self._elsewhere(key)
        help_text = f"leave it out: `{computed}` is computed" if computed else near or "leave it out"
        return wrong(path, "unknown-key", f"{shown(key)} means nothing here, so it is not read", help_text)

    def _elsewhere(self, key: str) -> str | None:
        """Name the key that is also called so in the other part of a claim."""
        parts = (("the claim", self._keys.top), ("a line", self._keys.line))
        found = ((part, closest(key, (), keys.also_called(self._keys.attributes))) for part, keys in parts)
        return next((f"did you mean `{meant}`, a key of {part}?" for part, meant in found if meant is not None), None)


def _lenient(keys: EncounterKeys) -> EncounterKeys:
    """Let lines be without code and date."""
    known = keys.attributes
    loose = {name: msgspec.structs.replace(known[name], required=False) for name in (CODE, DATE) if name in known}
    return msgspec.structs.replace(keys, attributes={**known, **loose})


def _in_row(path: Path) -> Path:
    """Give the path in a row of what is at a path of the history that holds this row alone."""
    return path[2:] if path[:1] == ("history",) else path


def _given_at(path: Path, places: list[int]) -> Path:
    """Give the path in all lines that were given of what is at a path of those that had to be read."""
    if path[:1] == ("history",) and len(path) > 1 and isinstance(path[1], int):
        return ("history", places[path[1]], *path[2:])
    return path


def _place_of(line: Line, data: Any) -> Path:
    """Find at which place of the list a line is, by its number."""
    return ("lines", next(at for at, each in enumerate(data["lines"]) if each["number"] == line.number))


def _without(line: Line, gone: dict[str, list[int]]) -> Line:
    """Leave out positions of attributes of a line."""
    kept = {name: frozenset(line.values[name]).difference(each) for name, each in gone.items()}  # type: ignore[arg-type]
    return Line(line.number, {**line.values, **kept}, line.most) if gone else line


def _unknown(data: Any, keys: EncounterKeys) -> Iterator[tuple[Path, Keys]]:
    if not isinstance(data, dict):
        return
    yield from unknown_keys(keys.top, data, (), LISTS)
    for name in sorted(LISTS):
        lines = data.get(name)
        for index, line in enumerate(lines if isinstance(lines, list) else ()):
            if isinstance(line, dict):
                known = frozenset(HISTORY) if name == "history" else frozenset[str]()
                yield from unknown_keys(keys.line, line, (name, index), known)


def _in_two_forms(encounter: Encounter) -> Iterator[Diagnostic]:
    """Find earlier lines of one claim and number that do not say the same."""
    first: dict[tuple[str, int], EarlierLine] = {}
    for index, each in enumerate(encounter.history):
        if each.claim is not None and each.number is not None:
            before = first.setdefault((each.claim, each.number), each)
            if before != each:
                message = f"line {each.number} of the claim {shown(each.claim)} is in the history twice, and differs"
                yield wrong(("history", index), "history-line-twice", message, "leave out the one that is wrong")


def _duplicate_numbers(data: Any) -> Iterator[Diagnostic]:
    """Find the second line of a number, and any further one."""
    lines = data.get("lines") if isinstance(data, dict) else None
    seen: set[float] = set()
    for index, line in enumerate(lines if isinstance(lines, list) else ()):
        number = line.get("number") if isinstance(line, dict) else None
        if isinstance(number, bool) or not isinstance(number, int | float) or number != number // 1:
            continue  # no number of a line, which the schema says
        if number in seen:
            message, path = f"two lines are numbered {shown(int(number)).strip('`')}", ("lines", index, "number")
            yield wrong(path, "duplicate-line-number", message, "give each line a number of its own")
        seen.add(number)


def _whole(value: Any) -> Any:
    """Copy a JSON value, turning numbers such as 1.0 into the whole numbers they are."""
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
