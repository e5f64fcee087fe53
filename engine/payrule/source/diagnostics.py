"""What is wrong, where it is, and how to fix it: data that is rendered late."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Self

import msgspec
from msgspec import UNSET, UnsetType

Severity = Literal["error", "warning"]


def visible(text: str) -> str:
    r"""Write out what cannot be printed: control characters, hidden marks, and halves of characters from file names.

    >>> visible("a\nb \x1b[31m é")
    'a\\nb \\x1b[31m é'
    """
    return text if text.isprintable() else "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def install(extra: str) -> str:
    """Say how packages come that an extra of payrule brings, and that are not installed.

    >>> install("batch")
    "run `pip install 'payrule[batch]'`"
    """
    return f"run `pip install 'payrule[{extra}]'`"


class ClaimIdentifiers(msgspec.Struct, frozen=True, omit_defaults=True):
    """By what the sender of a claim finds it again, as far as its format says it.

    Of X12 the control numbers of its envelopes (ISA13, GS06, ST02), the number of the segment `CLM`, and the number of
    the clearinghouse (`REF*D9`); of FHIR the resource and its identifier.

    >>> ClaimIdentifiers.of({"transaction": "0002", "segment": "28", "payer_id": "12345"})
    ClaimIdentifiers(interchange='', group='', transaction='0002', segment='28', trace='', resource='', identifier='')
    """

    interchange: str = ""
    group: str = ""
    transaction: str = ""
    segment: str = ""
    trace: str = ""
    resource: str = ""
    identifier: str = ""

    @classmethod
    def of(cls, identifiers: Mapping[str, str]) -> "ClaimIdentifiers":
        """Take those that are among all identifiers of a claim."""
        return cls(**{name: identifiers[name] for name in cls.__struct_fields__ if name in identifiers})


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True):
    """Name one thing to fix in a document, a claim file or a call.

    `code` is stable and kebab-case, `message` says what is wrong, `help` how to fix it. `line` and `column` count
    from 1; `path` is the JSON path of the value at fault, or its place in words of the format, such as `segment 28`.
    `claim` is the id of the claim to which it refers, if any, and `identifiers` are how its
    sender knows that claim. What is not known is None.

    >>> Diagnostic(code="bad-date", message="`2016-02-30` is not a date", file="claims.json", line=3, column=9).place
    'claims.json:3:9'
    """

    code: str
    message: str
    help: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None
    severity: Severity = "error"
    claim: str | UnsetType = UNSET
    identifiers: "ClaimIdentifiers | UnsetType" = UNSET

    def __post_init__(self) -> None:
        r"""Write out in what is said whatever a terminal or a reader could not see, as a text of the user may hold it.

        >>> Diagnostic(code="x", message="`a\u2029b` is not a code").message
        '`a\\u2029b` is not a code'
        """
        if not self.message.isprintable():
            msgspec.structs.force_setattr(self, "message", visible(self.message))
        if self.help is not None and not self.help.isprintable():
            msgspec.structs.force_setattr(self, "help", visible(self.help))

    @property
    def place(self) -> str:
        """Give its place, as editors and terminals link it: `file:line:column`."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    def __str__(self) -> str:
        """Say the finding in one line: place, message, help.

        >>> str(Diagnostic(code="x", message="`units` is negative", path="$.lines[0].units", help="use 0 or more"))
        '$.lines[0].units: `units` is negative (use 0 or more)'
        """
        claim = f"claim {self.claim}," if self.claim and self.path else f"claim {self.claim}" if self.claim else ""
        where = " ".join(part for part in (self.place, claim, self.path) if part)
        help_text = f" ({self.help})" if self.help else ""
        return visible(f"{where}: {self.message}{help_text}" if where else f"{self.message}{help_text}")


class ClaimWarning(msgspec.Struct, frozen=True):
    """What can be doubted about a claim, in its answer: as a finding says it; `path` is its place in the claim.

    The place is a JSON path, or whatever words the format of the claim has for one, such as `claim A-1, segment 28`.
    """

    code: str
    message: str
    help: str | None = None
    path: str | None = None

    @classmethod
    def of(cls, diagnostic: Diagnostic) -> "ClaimWarning":
        """Keep of a finding what is said in an answer.

        >>> ClaimWarning.of(Diagnostic(code="note", message="`unit` means nothing here", path="$.unit", line=3)).path
        '$.unit'
        """
        return cls(diagnostic.code, diagnostic.message, diagnostic.help, diagnostic.path or diagnostic.place or None)

    def __str__(self) -> str:
        """Say the warning in one line: place, message, help."""
        return str(Diagnostic(code=self.code, message=self.message, help=self.help, path=self.path))


def sort_key(diagnostic: Diagnostic) -> tuple[str | int, ...]:
    """Order findings by place, then by what they say, so that output never depends on the order of discovery.

    >>> found = [Diagnostic(code="x", message="y", path=f"segment {number}") for number in (10, 9)]
    >>> [each.path for each in sorted(found, key=sort_key)]
    ['segment 9', 'segment 10']
    >>> found = [Diagnostic(code=code, message="y", line=line) for code, line in (("more-rows", None), ("x", 3))]
    >>> [each.code for each in sorted(found, key=sort_key)]
    ['x', 'more-rows']
    """
    path = _NUMBER.sub(lambda found: found[0].zfill(18), diagnostic.path or "")
    where = (diagnostic.file or "", diagnostic.line or 0, diagnostic.column or 0, path)
    said = (diagnostic.code, diagnostic.message, diagnostic.help or "", diagnostic.severity, diagnostic.claim or "")
    return (diagnostic.code in _REST, *where, *said)


_NUMBER = re.compile(r"[0-9]{1,18}")

_REST = frozenset({"more-rows", "more-lines"})
"""Codes of what says how many others there are: they come after those."""


class PayruleError(Exception):
    """The base of every error that payrule raises on purpose."""


class InputError(PayruleError):
    """Something given to payrule cannot be used; `findings` say what, where and how to fix it.

    >>> key = Diagnostic(code="x", message="`whne` is not a key of a rule", help="did you mean `when`?")
    >>> error = DocumentError([key])
    >>> print(error)
    `whne` is not a key of a rule (did you mean `when`?)
    """

    def __init__(self, findings: Iterable[Diagnostic]) -> None:
        """Keep the findings in the order of their places."""
        self.findings = tuple(sorted(findings, key=sort_key))
        super().__init__("\n".join(str(diagnostic) for diagnostic in self.findings))

    @classmethod
    def of(cls, code: str, message: str, help_text: str | None) -> Self:
        """Refuse for one reason.

        >>> print(RequestError.of("no-payer", "no payer is named", "name one"))
        no payer is named (name one)
        """
        return cls([Diagnostic(code=code, message=message, help=help_text)])

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it by its findings, so that it comes whole out of another process."""
        return type(self), (self.findings,)


class DocumentError(InputError):
    """A rulebase cannot be used: a document is malformed, or a name in it means nothing."""


class EncounterError(InputError):
    """A claim cannot be decided: its structure, a date, a code or a line number is wrong."""


class RequestError(InputError):
    """A call asks for what the rulebase does not have, such as an unknown payer."""


class LimitError(InputError):
    """A rulebase or a claim is larger than the forward-chaining engine can handle safely."""


class Suppressed(msgspec.Struct, frozen=True, kw_only=True, rename={"diagnostic": "finding"}):
    """Something to fix that a document keeps quiet, and its reason."""

    diagnostic: Diagnostic
    reason: str


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """Checks that were left out, and why."""

    reason: str
    checks: tuple[str, ...]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at: how many documents, what was found or suppressed, and the checks that were left out.

    `rulebase` names the folder of the rulebase whose names were used, or the one that is shipped; several are separated
    by commas; None where no document needed one.
    """

    format_version: Literal["1"] = "1"
    rulebase: str | msgspec.UnsetType | None = msgspec.UNSET
    documents: int
    findings: tuple[Diagnostic, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def count(self, severity: Severity) -> int:
        """Count the findings of a severity.

        >>> Checked(documents=1, findings=(Diagnostic(code="x", message="y"),)).count("error")
        1
        """
        return sum(each.severity == severity for each in self.findings)


_NONE: Mapping[str, str] = {}


def closest(name: str, known: Iterable[str], also_called: Mapping[str, str] = _NONE) -> str | None:
    """Find the known name nearest to a misspelt one, or None when none is near.

    Case and the difference of `-`, `_` and blank do not count; a name that differs in its prefix only (`code` for
    `line.code`) is near too. `also_called` gives known names by other names that people use for them.

    >>> closest("line.cdoe", ["line.code", "line.date"])
    'line.code'
    >>> closest("code", ["line.code", "line.date"])
    'line.code'
    >>> closest("zebra", ["line.code"]) is None
    True
    >>> closest("Svc Date", ["date", "received"], {"svc date": "date"}), closest("pos", ["purpose"])
    ('date', None)
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only when needed

    folded = {fold(candidate): candidate for candidate in sorted(known, reverse=True)}
    wanted = fold(name)
    meant = folded.get(wanted) or {fold(other): right for other, right in also_called.items()}.get(wanted)
    if meant is not None:
        return meant
    tails = sorted(candidate for candidate in folded if candidate.rsplit(".", 1)[-1] == wanted.rsplit(".", 1)[-1])
    alike = get_close_matches(wanted, sorted(folded), n=3, cutoff=_ALIKE)
    near = [each for each in alike if _share_words(wanted, each) or get_close_matches(wanted, [each], cutoff=_NEAR)]
    if tails and (not near or "." not in wanted):
        return folded[tails[0]]
    return folded[near[0]] if near else None


def did_you_mean(
    name: str, known: Iterable[str], *, otherwise: str | None = None, also_called: Mapping[str, str] = _NONE
) -> str | None:
    """Word the suggestion as a help text; without a near name list the choices when they are few.

    >>> did_you_mean("benfit", ["benefit", "coding"])
    'did you mean `benefit`?'
    >>> did_you_mean("zzz", ["benefit", "coding"])
    'use one of `benefit`, `coding`'
    """
    names = sorted(known)
    near = closest(name, names, also_called)
    if near is not None:
        return f"did you mean `{near}`?"
    if otherwise is None and 0 < len(names) <= _FEW:
        return "use one of " + ", ".join(f"`{each}`" for each in names)
    return otherwise


_FEW = 12
_NEAR, _ALIKE = 0.75, 0.6
"""How much of two names must be the same: a letter more, less, or swapped is near, half of the letters is not. Less is
enough where one has all words of the other."""

_words = re.compile(r"[^-.:]+").findall


def _share_words(one: str, two: str) -> bool:
    """Tell whether one name has all words of the other, as `plain` and `plain-plan`."""
    first, second = set(_words(one)), set(_words(two))
    return first <= second or second <= first


def fold(name: str) -> str:
    """Give a name as those see it who write it in capitals, or with other signs between its words.

    >>> fold("Place_of Service")
    'place-of-service'
    """
    return name.lower().replace("_", "-").replace(" ", "-")


def counted(number: int, noun: str) -> str:
    """Say how many of something there are.

    >>> counted(1, "line"), counted(1_200, "line")
    ('1 line', '1,200 lines')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shown(value: Any) -> str:
    r"""Quote a user's value for a message, shortened, and without anything that could disturb a terminal.

    >>> shown("a\nb"), shown(3), shown("x" * 99)
    ('`a\\nb`', '`3`', '`xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`')
    """
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:  # Python does not write out a number of thousands of digits
        text = "a number of too many digits" if isinstance(value, int) else type(value).__name__
    if isinstance(value, str):
        text = text[1:-1].replace('\\"', '"')
    text = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)
    return f"`{text if len(text) <= _LONG else text[: _LONG - 1] + '…'}`"


_LONG = 60
"""Characters of a user's value that a message repeats."""
