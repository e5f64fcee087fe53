"""What the decision service answers, as functions of a rulebase and a request: the same in each of its processes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import msgspec
from msgspec import UNSET

from payrule.compare.difference import diff
from payrule.compare.operands import Operand, operand
from payrule.formats.encounters import RawEncounter, Read, checked
from payrule.formats.json_reader import LONGEST, Items, read_json, read_json_lines, read_json_whole
from payrule.results.determination import Determination
from payrule.rulebase.explain import explained
from payrule.rulebase.request import DecisionRequest, presumption_of, read_day
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import EncounterError, InputError, LimitError, RequestError
from payrule.source.json_source import decode, scan


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """How to decide, as a request asks for it; `presume` are texts as `--presume` takes them, `known_on` a date.

    `most_lines` is how many lines and earlier lines a claim may have. `line`, `day` and `rule` say what to explain.
    """

    known_on: str
    payer: str | None = None
    presume: tuple[str, ...] = ()
    consider: str | None = None
    strict: bool = False
    most_lines: int = 1_000
    line: int = 0
    day: str | None = None
    rule: str | None = None

    def terms(self, rulebase: Rulebase, payer: str | None) -> DecisionRequest:
        """Read under which terms a claim that names a payer is decided; raises RequestError as `decide` does."""
        presumed = dict(map(presumption_of, self.presume))
        named = payer if self.payer is None else self.payer
        return rulebase.terms(payer=named, known_on=self.known_on, presume=presumed, consider=self.consider)


class Told(msgspec.Struct, frozen=True):
    """What the log and the figures may say of an answer: who decided, by which documents, and how many lines how."""

    payer: str | None = None
    digest: str | None = None
    dispositions: dict[str, int] = {}
    claims: int = 1

    def plus(self, other: "Told") -> "Told":
        """Add what is told of another answer to the same request.

        >>> Told("a", "sha256:1", {"denied": 1}).plus(Told("a", "sha256:1", {"denied": 2})).dispositions
        {'denied': 3}
        """
        if not self.dispositions:
            return other
        return Told(
            self.payer if self.payer == other.payer else None,
            self.digest if self.digest == other.digest else None,
            dict(Counter(self.dispositions) + Counter(other.dispositions)),
            self.claims + other.claims,
        )


class Answered(msgspec.Struct, frozen=True):
    """An answer as JSON, and what may be said of it."""

    content: bytes
    told: Told = Told()


def determine(rulebase: Rulebase, body: bytes, choices: Choices) -> Answered:
    """Decide the claims of a JSON text: one object gives one determination, an array an array.

    Raises EncounterError, RequestError or LimitError with what is wrong in any of them, placed in the text.

    >>> from payrule import load
    >>> rulebase, choices = load(), Choices(known_on="2026-01-01", payer=min(load().payers))
    >>> body = b'[{"id": "1", "lines": [{"number": 1, "code": "00001", "date": "2016-03-01"}]}]'
    >>> determine(rulebase, body, choices).told.dispositions
    {'pending': 1}
    """
    if (read := _read_at_once(rulebase, body, choices)) is not None:
        (one,) = _decided(rulebase, [read], choices)
        return Answered(one.to_json(), _told([one]))
    text = decode(body, None, EncounterError)
    items = read_json_whole(text)
    made = _decided(rulebase, _reads(rulebase, items, choices), choices)
    is_array = text.lstrip()[:1] == "["
    if not made:
        raise EncounterError.of("no-claim", "the array has no claim", "send at least one")
    if not is_array and len(made) != 1:
        message = f"the body has {len(made)} claims one after the other"
        raise EncounterError.of("json", message, "send an array, or JSON Lines as `application/x-ndjson`")
    written = [each.to_json() for each in made]
    return Answered(b"[" + b",".join(written) + b"]" if is_array else written[0], _told(made))


def determine_line(rulebase: Rulebase, line: bytes, number: int, choices: Choices) -> Answered:
    """Decide the claim of one line of JSON Lines; errors as for `determine`, placed in the line of this number."""
    read = _read_at_once(rulebase, line, choices)
    reads = [read] if read is not None else _reads(rulebase, read_json_lines([line], None), choices)
    try:
        made = _decided(rulebase, reads, choices)
    except InputError as fault:
        placed = (msgspec.structs.replace(each, line=number if each.line else None) for each in fault.findings)
        raise type(fault)(placed) from None
    return Answered(made[0].to_json(), _told(made))


def prepare(rulebase: Rulebase, body: bytes, choices: Choices) -> None:
    """Compile the rules that the claims of a body need, and decide none of them; what cannot be read is passed over."""
    items = read_json([body.decode(errors="replace")], None)
    for read in checked(items, rulebase.validator):
        if read.encounter is not None:
            try:
                terms = choices.terms(rulebase, read.encounter.payer)
            except InputError:
                continue
            for program, _ in rulebase.programs_for(terms, rulebase.in_days(read.encounter)):
                program.compile_all()


def explain(rulebase: Rulebase, body: bytes, choices: Choices) -> Answered:
    """Explain the answer for a line of a claim; raises RequestError where there is no such line, day or rule."""
    items = read_json_whole(decode(body, None, EncounterError))
    made = _decided(rulebase, _reads(rulebase, items, choices), choices)
    if len(made) != 1:
        raise RequestError.of("which-encounter", f"the body has {len(made)} claims", "send the one to explain")
    found = explained(made[0], choices.line, choices.day, choices.rule, rulebase.policies)
    return Answered(found.to_json(), _told(made))


def _read_at_once(rulebase: Rulebase, text: bytes, choices: Choices) -> Read | None:
    """Read one claim that can be decided, as nearly all can; None for any other text."""
    encounter = rulebase.validator.read_text(text, strict=choices.strict) if len(text) <= LONGEST else None
    return None if encounter is None else Read(encounter, line=1, column=1, claim=encounter.id)


def _reads(rulebase: Rulebase, items: Items, choices: Choices) -> Iterator[Read]:
    """Check claims; only of one that is wrong are the places of what is wrong looked up, for that takes long."""
    for item in items:
        if isinstance(item, RawEncounter):
            with suppress(EncounterError):
                encounter, _ = rulebase.validator.read(item.data, strict=choices.strict)
                yield Read(encounter, line=item.line, column=item.column, claim=item.claim)
                continue
        yield from checked([item], rulebase.validator, strict=choices.strict)


def _decided(rulebase: Rulebase, reads: Iterable[Read], choices: Choices) -> list[Determination]:
    """Decide claims that were read; raises one error with all that is wrong with any of them."""
    listed, made = list(reads), []
    if wrong := [each for read in listed for each in read.errors]:
        raise EncounterError(wrong)
    for read in listed:
        if read.encounter is None:
            continue
        try:
            _refuse_length(len(read.encounter.lines) + len(read.encounter.history), choices.most_lines)
            made.append(rulebase.decide_under(choices.terms(rulebase, read.encounter.payer), read.encounter))
        except InputError as fault:
            raise type(fault)(map(read.told, fault.findings)) from fault
    return made


def _refuse_length(lines: int, most: int) -> None:
    if lines > most:
        message = f"the claim has {lines:,} lines and earlier lines; the service decides {most:,} at most"
        raise LimitError.of("too-many-lines", message, "send fewer, or start the service with a larger `--max-lines`")


def _told(made: list[Determination]) -> Told:
    dispositions = Counter([line.disposition for each in made for line in each.lines])
    payers, digests = {each.payer for each in made}, {each.rulebase for each in made}
    return Told(
        payer=payers.pop() if len(payers) == 1 else None,
        digest=digests.pop() if len(digests) == 1 else None,
        dispositions=dict(sorted(dispositions.items())),
        claims=len(made),
    )


class Differing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to compare: two names of policies, versions or payers; `new` may be a document. `seconds` bounds it."""

    old: str
    new: str | dict[str, Any]
    payer: str | None = None
    known_on: str | None = None
    seconds: float | None = None


def read_differing(body: bytes) -> Differing:
    """Read what to compare; raises RequestError for another shape, as JSON with the place of what is no JSON.

    >>> read_differing(b'{"old": "a@1.0.0", "new": "a@1.1.0"}').new
    'a@1.1.0'
    """
    value = scan(decode(body, None, RequestError), None, RequestError).value
    try:
        asked = msgspec.convert(value, Differing)
    except msgspec.ValidationError as fault:
        help_text = 'write it as `{"old": …, "new": …}`, each a `policy@version`, or `new` a policy document'
        message = f"this does not say what to compare: {str(fault)[:1].lower()}{str(fault)[1:]}"
        raise RequestError.of("not-a-comparison", message, help_text) from None
    if asked.seconds is not None and not 0 < asked.seconds < float("inf"):
        raise RequestError.of("not-a-comparison", "`seconds` is not above 0", "leave it out, or write such as 5")
    return asked


def differ(rulebase: Rulebase, asked: Differing, seconds: float) -> Answered:
    """Compare two versions, for at most some seconds; what is not settled by then is said to be unknown.

    Only names of the rulebase are understood: no path, and no revision. Raises RequestError and DocumentError as
    `diff` does.
    """
    until = monotonic() + min(seconds, asked.seconds or seconds)
    folder = rulebase.documents.folder
    day = asked.known_on or datetime.now().astimezone().date().isoformat()
    with TemporaryDirectory(prefix="payrule-") as place:
        path = Path(place) / "new.json"
        try:
            if isinstance(asked.new, str):
                new = _operand(asked.new, rulebase)
            else:
                path.write_bytes(msgspec.json.encode(asked.new))
                new = msgspec.structs.replace(operand(str(path), folder), name="the document that was sent")
            found = diff(
                _operand(asked.old, rulebase),
                new,
                known_on=read_day(day),
                payer=asked.payer,
                rulebase=folder,
                expired=lambda: monotonic() > until,
            )
        except InputError as fault:
            raise type(fault)(_unplaced(fault, path)) from None
    return Answered(found.to_json(), Told(payer=asked.payer if asked.payer in rulebase.payers else None, claims=0))


def _operand(name: str, rulebase: Rulebase) -> Operand:
    """Find a policy, a version or a payer by its name alone."""
    kind = "payer" if name in rulebase.payers and name.partition("@")[0] not in rulebase.policies else "policy"
    return msgspec.structs.replace(operand(f"{kind}:{name}", rulebase.documents.folder), name=name)


def _unplaced(fault: InputError, path: Path) -> Iterator[Any]:
    """Speak of the document that was sent, not of the file in which it stood for a while."""
    for each in fault.findings:
        file = None if each.file == str(path) else each.file
        message = each.message.replace(f"`{path}`", "the document that was sent")
        yield msgspec.structs.replace(each, file=file, message=message, claim=each.claim or UNSET)
