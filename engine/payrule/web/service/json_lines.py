"""Answers to JSON Lines, line by line: each as soon as it is there, and no faster than it is taken."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from payrule.source.diagnostics import InputError
from payrule.web.service.answering import Choices
from payrule.web.service.current import Edition
from payrule.web.service.observing import Record
from payrule.web.service.openapi import JSON_LINES
from payrule.web.service.problems import ProblemError, refused
from payrule.web.service.processes import defect

if TYPE_CHECKING:
    from payrule.web.service.application import Service


class GoneError(Exception):
    """Whoever asked has gone."""


class LinesResponse(Response):
    """Answers to JSON Lines, each as soon as it is there: a determination or a problem for each line that has text."""

    def __init__(self, service: "Service", choices: Choices) -> None:
        """Take who answers, and how."""
        super().__init__(media_type=JSON_LINES)
        self._service, self._choices = service, choices

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Read and answer line by line; while an answer is not taken, no more lines are read, and not for ever."""
        record: Record = scope["record"]
        headers = [(b"content-type", JSON_LINES.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        with self._service.current.edition as edition:
            async for number, line in self._lines(receive):
                if line.strip():
                    written = await self._written(edition, line, number, record)
                    try:
                        async with asyncio.timeout(self._service.limits.patience):
                            await send({"type": "http.response.body", "body": written + b"\n", "more_body": True})
                    except TimeoutError:
                        raise GoneError from None
                    await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})

    async def _written(self, edition: Edition, line: bytes, number: int, record: Record) -> bytes:
        try:
            answered = await self._service.answer_line(edition, line, number, self._choices)
        except ProblemError as fault:
            return fault.problem(record.id, number).to_json()
        except InputError as fault:
            return refused(fault).problem(record.id, number).to_json()
        except Exception as fault:  # noqa: BLE001 - the other lines are still answered
            record.defect = defect(fault).message
            return ProblemError("defect", (defect(fault),)).problem(record.id, number).to_json()
        record.told = record.told.plus(answered.told)
        return answered.content

    async def _lines(self, receive: Any) -> AsyncIterator[tuple[int, bytes]]:
        """Cut the body into lines, numbered from 1; one that is too long is cut off there, and so is refused."""
        rest, number, is_skipped = b"", 0, False
        async for chunk in self._service.chunks(receive):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                number += 1
                if not is_skipped:
                    yield number, line
                is_skipped = False
            if len(rest) > self._service.limits.body:
                if not is_skipped:
                    yield number + 1, rest
                rest, is_skipped = b"", True
        if rest and not is_skipped:
            yield number + 1, rest
