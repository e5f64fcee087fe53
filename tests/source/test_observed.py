"""What can be observed of the work: spans and log records with counts, never with anything of a claim."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import payrule

CLAIM: dict[str, Any] = {
    "id": "SECRET-1",
    "patient": {"id": "SECRET-2"},
    "lines": [{"number": 1, "code": "97124", "date": "2016-03-01", "charge_cents": 98765}],
}


class Tracer:
    """Stand for the API of OpenTelemetry: keep the names of spans, and what they say."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, dict[str, Any]]] = []

    def get_tracer(self, name: str) -> "Tracer":
        assert name == "payrule"
        return self

    @contextmanager
    def start_as_current_span(self, name: str) -> Iterator[Any]:
        said: dict[str, Any] = {}
        yield SimpleNamespace(set_attributes=said.update)
        self.spans.append((name, said))


def test_spans_and_records_have_counts_and_nothing_of_a_claim(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    tracer = Tracer()
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", tracer)
    caplog.set_level(logging.DEBUG, "payrule")
    rulebase = payrule.load()
    tracer.spans.clear()  # the tests read a rulebase once
    caplog.clear()
    rulebase.decide(CLAIM, payer="blue-cross", known_on="2026-11-23")
    with pytest.raises(payrule.InputError):
        rulebase.decide(
            {**CLAIM, "lines": [{"number": 1, "code": "SECRET"}]}, payer="blue-cross", known_on="2026-11-23"
        )
    sheet = tmp_path / "SECRET.csv"
    sheet.write_text("encounter,code,date\nSECRET-3,97124,soon\n")
    assert [read.encounter for read in payrule.read_claims(sheet, rulebase)] == [None]
    assert tracer.spans == [("payrule.decide", {"payrule.payer": "blue-cross", "payrule.lines": 1})]
    assert [(each.name, each.getMessage()) for each in caplog.records] == [
        ("payrule", "payrule.decide: payer blue-cross, lines 1"),
    ]
    assert "SECRET" not in f"{tracer.spans} {caplog.text}"
    assert "98765" not in f"{tracer.spans} {caplog.text}"


def test_without_opentelemetry_nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "opentelemetry.trace", raising=False)
    assert payrule.load().decide(CLAIM, payer="blue-cross", known_on="2026-11-23").lines
    assert "opentelemetry" not in sys.modules
