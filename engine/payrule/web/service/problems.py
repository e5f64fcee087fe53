"""What the decision service says when it does not answer as asked: problem documents, as RFC 9457 describes them.

Their `findings` are those of the command line, and their `type` leads to the page of the service that says what to do.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from payrule.execute.sizes import TAKES_TOO_LONG
from payrule.source.diagnostics import Diagnostic, InputError

ProblemName = Literal[
    "malformed",
    "no-token",
    "not-found",
    "method-not-allowed",
    "slow-body",
    "too-large",
    "media-type",
    "other-host",
    "unusable",
    "defect",
    "busy",
    "out-of-time",
]

MEDIA_TYPE = "application/problem+json"


class ProblemKind(msgspec.Struct, frozen=True):
    """A kind of problem: the status of the answer, its title, and what whoever asked can do."""

    status: int
    title: str
    help: str


KINDS: dict[ProblemName, ProblemKind] = {
    "malformed": ProblemKind(
        400, "The body is not JSON", "Send UTF-8 JSON; each key of an object may stand once. The findings say where."
    ),
    "no-token": ProblemKind(
        401, "No token, or not the right one", "Send `Authorization: Bearer TOKEN` with the token of the service."
    ),
    "not-found": ProblemKind(404, "There is no such address, or no such document", "`/docs` lists the addresses."),
    "method-not-allowed": ProblemKind(
        405, "The address does not take this method", "Use a method that the header `Allow` names."
    ),
    "slow-body": ProblemKind(408, "The body did not arrive", "Send the request again, without pauses."),
    "too-large": ProblemKind(
        413, "The body is too large", "Send fewer claims in a request, or send them as JSON Lines."
    ),
    "media-type": ProblemKind(
        415,
        "The body is of another media type",
        "Send `application/json` or, where an address takes JSON Lines, `application/x-ndjson`, not compressed.",
    ),
    "other-host": ProblemKind(421, "The service does not answer under this name", "Use the address that it printed."),
    "unusable": ProblemKind(
        422, "What was sent cannot be used", "Each finding says what is wrong, where it is, and how to fix it."
    ),
    "defect": ProblemKind(
        500, "A defect of payrule", "Report it, with the request id. The service goes on with other requests."
    ),
    "busy": ProblemKind(503, "The service is busy", "Send the request again after the seconds of `Retry-After`."),
    "out-of-time": ProblemKind(
        504, "The answer takes too long", "Send a smaller claim, or start the service with a larger `--timeout`."
    ),
}
"""Every problem that the service tells of, by the name at the end of its `type`."""

RETRY_AFTER = 1
"""Seconds after which a request to a busy service is worth sending again."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document. `line` is the line of JSON Lines, from 1, that it is about; `instance` names the request."""

    type: str
    title: str
    status: int
    instance: str | UnsetType = UNSET
    line: int | UnsetType = UNSET
    findings: tuple[Diagnostic, ...] | UnsetType = UNSET

    def to_json(self) -> bytes:
        """Write it as JSON, one object without line breaks."""
        return msgspec.json.encode(self)


class ProblemError(Exception):
    """An answer that is a problem: its kind, and what was found."""

    def __init__(self, kind: ProblemName, findings: Iterable[Diagnostic] = ()) -> None:
        """Take the kind and the findings."""
        self.kind: ProblemName = kind
        self.findings = tuple(findings)
        super().__init__(kind)

    @classmethod
    def of(cls, kind: ProblemName, message: str, help_text: str | None = None) -> "ProblemError":
        """Tell of a problem with one finding, whose code is the kind.

        >>> ProblemError.of("busy", "too many requests wait").findings[0].code
        'busy'
        """
        return cls(kind, (Diagnostic(code=kind, message=message, help=help_text or KINDS[kind].help),))

    def problem(self, request: str, line: int | UnsetType = UNSET) -> Problem:
        """Make the document for a request id.

        >>> ProblemError("busy").problem("r-1").to_json()
        b'{"type":"/docs#busy","title":"The service is busy","status":503,"instance":"urn:payrule:request:r-1"}'
        """
        kind = KINDS[self.kind]
        return Problem(
            type=f"/docs#{self.kind}",
            title=kind.title,
            status=kind.status,
            instance=f"urn:payrule:request:{request}",
            line=line,
            findings=self.findings or UNSET,
        )


def refused(fault: InputError) -> ProblemError:
    """Make a problem of what cannot be used: what is no JSON is malformed, what would take too long is out of time.

    All else is told by its findings.

    >>> refused(InputError.of("json", "a bracket is not closed", None)).kind
    'malformed'
    >>> refused(InputError.of("unknown-payer", "there is no payer `x`", None)).kind
    'unusable'
    """
    codes = {each.code for each in fault.findings}
    if TAKES_TOO_LONG in codes:
        return ProblemError("out-of-time", fault.findings)
    return ProblemError("unusable" if codes.isdisjoint(_NO_JSON) else "malformed", fault.findings)


_NO_JSON = frozenset({"json", "duplicate-key", "encoding", "empty", "no-claims", "other-format"})
"""Codes of findings that say that a text is no JSON, or none with one meaning."""
