"""What the decision service tells of itself: figures for Prometheus, and a line in the log for each request.

Neither holds what a claim says: only payers and digests of the rulebase, addresses as they are documented, and counts.
"""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from secrets import token_hex
from time import perf_counter
from typing import Any

import msgspec
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from payrule.source.diagnostics import Diagnostic
from payrule.web.service.answering import Told

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which workers add up their figures; prometheus-client reads it, too."""

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds."""

_is_plain = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch


def request_id(given: str | None) -> str:
    """Take the id that a request brought, where it is plain, else make one.

    >>> request_id("a-1"), len(request_id("a b"))
    ('a-1', 16)
    """
    return given if given and _is_plain(given) else token_hex(8)


class Record(msgspec.Struct):
    """What is told of a request, filled in while it is answered."""

    id: str
    method: str
    route: str = ""
    status: int = 0
    told: Told = Told()
    problem: str | None = None
    defect: str | None = None
    began: float = msgspec.field(default_factory=perf_counter)

    @property
    def seconds(self) -> float:
        """The seconds since it began."""
        return perf_counter() - self.began


class _Logged(msgspec.Struct, frozen=True, omit_defaults=True):
    time: str
    request: str
    method: str
    route: str
    status: int
    milliseconds: float
    payer: str | None = None
    rulebase: str | None = None
    claims: int = 0
    dispositions: dict[str, int] = {}
    problem: str | None = None
    defect: str | None = None


class _Change(msgspec.Struct, frozen=True, omit_defaults=True):
    time: str
    rulebase: str
    findings: tuple[Diagnostic, ...] = ()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Observer:
    """Counts requests and writes the log; each process has its own, with figures that are added up where several are.

    >>> lines = []
    >>> Observer(lines.append).ended(Record("r-1", "GET", "/healthz", 200))
    >>> b'"route":"/healthz","status":200' in lines[0]
    True
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        """Take what writes a line of the log."""
        self._write = write
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = registry = CollectorRegistry()
        told: dict[str, Any] = {"registry": registry}
        self._requests = Counter("payrule_requests", "Requests", ["method", "route", "status"], **told)
        self._seconds = Histogram(
            "payrule_request_seconds", "Seconds of a request", ["route"], buckets=_BUCKETS, **told
        )
        self._claims = Counter("payrule_claims", "Claims decided", ["payer"], **told)
        self._lines = Counter("payrule_lines", "Lines decided", ["payer", "disposition"], **told)
        self._changes = Counter("payrule_rulebase_changes", "Changes of the rulebase", ["outcome"], **told)
        self._open = Gauge("payrule_open_requests", "Requests being answered", multiprocess_mode="livesum", **told)
        self._broken = Gauge(
            "payrule_rulebase_broken",
            "1 where the files cannot be used, so that an earlier rulebase answers",
            multiprocess_mode="livemax",
            **told,
        )
        self._labelled: dict[tuple[Any, ...], Any] = {}
        if SHARED not in os.environ:
            ProcessCollector(registry=registry)

    def _of(self, figure: Any, *labels: str | int) -> Any:
        """Give the figure with labels; finding it takes prometheus-client longer than adding to it."""
        found = self._labelled.get((figure, *labels))
        if found is None:
            found = self._labelled[figure, *labels] = figure.labels(*labels)
        return found

    def began(self) -> None:
        """Count a request that has begun."""
        self._open.inc()

    def ended(self, record: Record) -> None:
        """Count a request that has ended, and write its line."""
        seconds, told = record.seconds, record.told
        self._open.dec()
        self._of(self._requests, record.method, record.route, record.status).inc()
        self._of(self._seconds, record.route).observe(seconds)
        if told.dispositions:
            payer = told.payer or "several"
            self._of(self._claims, payer).inc(told.claims)
            for disposition, count in told.dispositions.items():
                self._of(self._lines, payer, disposition).inc(count)
        self._log(
            _Logged(
                time=_now(),
                request=record.id,
                method=record.method,
                route=record.route,
                status=record.status,
                milliseconds=round(seconds * 1e3, 3),
                payer=told.payer,
                rulebase=told.digest,
                claims=told.claims if told.dispositions else 0,
                dispositions=told.dispositions,
                problem=record.problem,
                defect=record.defect,
            )
        )

    def changed(self, outcome: str, findings: tuple[Diagnostic, ...]) -> None:
        """Count and tell what became of a change of the files of the rulebase: `loaded` or `refused`."""
        self._changes.labels(outcome).inc()
        self._broken.set(outcome == "refused")
        self._log(_Change(time=_now(), rulebase=outcome, findings=findings))

    def figures(self) -> bytes:
        """Write the figures as Prometheus reads them; those of every worker where several add theirs up."""
        if SHARED not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)

    def _log(self, line: msgspec.Struct) -> None:
        self._write(msgspec.json.encode(line) + b"\n")
