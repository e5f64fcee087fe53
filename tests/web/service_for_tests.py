"""The decision service as tests ask it: by a client of its own, without a network."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx2

from payrule.execute.sizes import SECONDS
from payrule.web.service.application import Service, ServiceLimits
from payrule.web.service.current import Current
from payrule.web.service.observing import Observer

TOKEN = "a-token-of-the-tests"  # noqa: S105 - of tests
PAYER = "blue-cross"
QUERY = f"?payer={PAYER}&known_on=2026-01-01"
CLAIM: dict[str, Any] = {
    "id": "E-1001",
    "diagnoses": ["M62.830"],
    "lines": [
        {"number": 1, "code": "98941", "date": "2016-03-01", "regions": ["cervical", "thoracic", "lumbar"]},
        {"number": 2, "code": "97124", "date": "2016-03-01", "units": 1, "minutes": 15},
    ],
}
BODY = json.dumps(CLAIM)


class Asked:
    """A service, and what it wrote into its log."""

    def __init__(self, service: Service, lines: list[bytes], runner: asyncio.Runner) -> None:
        self.service = service
        self.beside: list[str] = []
        self._lines, self._runner = lines, runner

    async def sent(self, method: str, path: str, body: Any = None, **more: Any) -> httpx2.Response:
        transport = httpx2.ASGITransport(app=self.service)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000", timeout=60) as client:
            return await client.request(method, path, content=body, **more)

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return self._runner.run(self.sent("GET", path, **more))

    def post(
        self,
        path: str,
        body: str | bytes | AsyncIterator[bytes],
        *,
        media_type: str = "application/json",
        headers: dict[str, Any] | None = None,
    ) -> httpx2.Response:
        told = {"content-type": media_type, **(headers or {})}
        return self._runner.run(self.sent("POST", path, body, headers=told))

    def run(self, work: Any) -> Any:
        return self._runner.run(work)

    def log(self) -> str:
        return b"".join(self._lines).decode()

    @cached_property
    def described(self) -> dict[str, Any]:
        return self.service.described()


@contextmanager
def service_of(
    folder: Path | None = None, *, limits: ServiceLimits | None = None, seconds: float = SECONDS, **more: Any
) -> Iterator[Asked]:
    """Make a service; what its processes would do beside it, it does itself, which `beside` notes."""
    lines: list[bytes] = []
    observer = Observer(lines.append)
    current = Current(folder, said=observer.changed, seconds=seconds)
    with asyncio.Runner() as runner:
        try:
            asked = Asked(Service(current, observer, limits=limits, **more), lines, runner)

            async def ask(_: float, work: Any, *given: Any) -> Any:
                asked.beside.append(work.__name__)
                return work(current.edition.rulebase, *given)

            for each in (current.edition.long, current.edition.comparing):
                vars(each)["ask"] = ask
            yield asked
        finally:
            current.close()
