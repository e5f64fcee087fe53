"""The page about the decision service, for a person: addresses, parameters, problems and limits."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from payrule.reports.pages.html import Html, element, prose, text
from payrule.source.diagnostics import Diagnostic
from payrule.web.frame import Shown, framed, plain_table, text_lines, words
from payrule.web.service.described_examples import DescribedExamples
from payrule.web.service.openapi import JSON, OPERATIONS, Operation, body_examples, parameter_examples, problems_of
from payrule.web.service.problems import KINDS

if TYPE_CHECKING:
    from payrule.web.service.application import ServiceLimits


def service_page(findings: tuple[Diagnostic, ...], limits: "ServiceLimits", made: DescribedExamples) -> bytes:
    """Write the page with its examples; `findings` say what is wrong with the files of the rulebase now."""
    body = (
        words("Claims come in as JSON, and answers go out, each with the rules and the sources that it rests on."),
        element(
            "p",
            text("The same as OpenAPI 3.1: "),
            element("a", text("/openapi.json"), href="/openapi.json"),
        ),
        *(part for each in OPERATIONS for part in _operation(each, made)),
        element("h2", text("Problems")),
        words("An answer that is no success is a problem document (RFC 9457), with the findings of the command line."),
        plain_table(
            "Problems",
            ("Name", "Status", "What it means", "What to do"),
            (
                (element("span", text(name), id=name), text(str(kind.status)), prose(kind.title), prose(kind.help))
                for name, kind in KINDS.items()
            ),
        ),
        element("h2", text("Limits")),
        plain_table(
            "Limits",
            ("Limit", "Here"),
            ((text(_LIMITS[name]), text(f"{value:,}")) for name, value in msgspec.structs.asdict(limits).items()),
        ),
    )
    shown = Shown(title="The decision service", value=None, body=body)
    return framed(shown, path="/docs", menu=(), findings=findings)


_LIMITS = {
    "body": "Bytes of a body, or of a line of JSON Lines",
    "lines": "Lines and earlier lines of a claim",
    "timeout": "Seconds for an answer",
    "comparing": "Seconds for a comparison",
    "patience": "Seconds without any of a body",
    "concurrent": "Requests that are answered at once",
}


def _operation(of: Operation, made: DescribedExamples) -> Iterator[Html]:
    yield element("h2", text(f"{of.method.upper()} {of.path}"), id=of.id)
    yield words(f"{of.title}. {of.words}")
    if of.takes:
        yield words(f"Takes {' or '.join(of.takes)}; gives {' or '.join(of.answers)}.")
    if of.parameters:
        yield plain_table(
            f"Parameters of {of.path}",
            ("Name", "Where", "What it says", "Example"),
            (
                (
                    text(each.name),
                    text(each.place),
                    prose(each.words),
                    text(msgspec.json.encode(shown[each.name]).decode() if each.name in shown else ""),
                )
                for shown in (parameter_examples(made),)
                for each in of.parameters
            ),
        )
    if of.takes:
        for name, example in body_examples(of, made)[JSON].items():
            yield words(f"Example ({name}):")
            written = msgspec.json.format(msgspec.json.encode(example), indent=2).decode()
            yield element("pre", element("code", text_lines(written)))
    links = [element("a", text(str(KINDS[name].status)), href=f"#{name}") for name in problems_of(of)]
    yield element("p", text("Problems: "), *(part for link in links for part in (link, text(" "))))
