"""The decision service as a process: reload under load, what takes long, workers, slow clients, tokens."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from benchmarks.service_client import answered, request, served
from tests.soak_service import own_rulebase, reload_under_load
from tests.web.service_for_tests import BODY, CLAIM, QUERY, TOKEN

from payrule.source.diagnostics import DocumentError
from payrule.web.service.current import Current
from payrule.web.service.problems import ProblemError
from payrule.web.service.processes import Answerers

pytestmark = pytest.mark.slow


async def _asked(port: int, sent: bytes) -> tuple[int, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent.replace(b"host: localhost", b"host: localhost:%d" % port))
    status, body = await answered(reader)
    writer.close()
    return status, json.loads(body)


def test_no_request_is_lost_while_the_rulebase_changes() -> None:
    found = reload_under_load(500, 5, 2)
    assert found.statuses.keys() == {200}
    assert found.statuses.total() >= 500
    assert len(found.digests) == 5  # the first, and four that were sound
    assert found.refused == 1


def test_long_and_slow_requests_leave_others_served() -> None:
    lines = [CLAIM["lines"][0] | {"number": number} for number in range(1, 1000)]
    long = request(json.dumps(CLAIM | {"lines": lines}).encode(), QUERY)
    short = request(BODY.encode(), QUERY)

    async def others(port: int) -> tuple[list[int], float, int]:
        await _asked(port, short)
        slow = await asyncio.open_connection("127.0.0.1", port)
        slow[1].write(short.replace(b"host: localhost", b"host: localhost:%d" % port)[:-20])
        running = asyncio.create_task(_asked(port, long))
        statuses, longest = [], 0.0
        while not running.done():
            began = time.perf_counter()
            statuses.append((await _asked(port, short))[0])
            longest = max(longest, time.perf_counter() - began)
        slow[1].close()
        return statuses, longest, (await running)[0]

    with served("--timeout", "60") as (port, _):
        statuses, _, of_long = asyncio.run(others(port))
    assert of_long == 200
    assert set(statuses) == {200}
    assert len(statuses) > 3


def test_a_claim_that_takes_too_long_is_a_problem_and_others_are_answered() -> None:
    lines = [CLAIM["lines"][0] | {"number": number} for number in range(1, 1000)]
    long, short = (request(json.dumps(each).encode(), QUERY) for each in (CLAIM | {"lines": lines}, CLAIM))

    async def asked(port: int) -> list[int]:
        return [(await _asked(port, each))[0] for each in (short, long, short, long)]

    with served("--timeout", "0.1") as (port, _):
        assert asyncio.run(asked(port)) == [200, 504, 200, 504]


def _endless(_: object) -> None:
    while True:
        pass


async def _fails(_: object) -> None:
    raise KeyError("a defect")


def _ends(_: object) -> None:
    os._exit(1)


def _of(rulebase: Any) -> int:
    return len(rulebase.payers)


def test_a_process_that_takes_too_long_or_ends_is_replaced() -> None:
    async def asked() -> list[str]:
        answerers = Answerers(None, most=1, waiting=1)
        try:
            said = []
            for seconds, work in ((0.2, _endless), (60, _ends)):
                with pytest.raises(ProblemError) as fault:
                    await answerers.ask(seconds, work)
                said.append(fault.value.kind)
            assert await answerers.ask(60, _of) > 0
            waiting = [asyncio.create_task(answerers.ask(1.0, _endless)) for _ in range(2)]
            await asyncio.sleep(0.01)
            with pytest.raises(ProblemError) as fault:
                await answerers.ask(1, _of)
            ended = await asyncio.gather(*waiting, return_exceptions=True)
            return [*said, fault.value.kind, *(each.kind for each in ended if isinstance(each, ProblemError))]
        finally:
            answerers.close()

    assert asyncio.run(asked()) == ["out-of-time", "defect", "busy", "out-of-time", "out-of-time"]


def test_a_change_is_used_when_it_is_sound_and_requests_that_run_keep_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    async def changed(folder: Path) -> None:
        said: list[str] = []
        current = Current(folder, said=lambda outcome, _: said.append(outcome))
        try:
            path = folder / "payers" / "blue-cross.json"
            text = path.read_text()
            with current.edition as before:
                path.write_text(text[:-5])
                await current.look()
                assert (current.edition, said) == (before, ["refused"])
                assert current.findings[0].file == str(path)
                await current.look()
                assert said == ["refused"]
                path.write_text(text.replace('"title": "', '"title": "New '))
                await current.look()
                assert (current.findings, said) == ((), ["refused", "loaded"])
                assert current.edition is not before
                assert before.copy.exists()
            assert not before.copy.exists()
            await current.look()
            assert len(said) == 2
            with monkeypatch.context() as broken:
                broken.setattr(Answerers, "start", _fails)
                path.write_text(text)
                await current.look()
            assert (current.findings[0].message.partition(" ")[0], said[2:]) == ("KeyError", ["refused"])
        finally:
            current.close()
        assert not current.edition.copy.exists()

    with own_rulebase() as folder:
        asyncio.run(changed(folder))


def test_what_cannot_be_used_to_begin_with_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError):
        Current(tmp_path)


@contextmanager
def _running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "payrule", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            yield process, process.stderr.readline()
        finally:
            process.terminate()
            process.wait(60)


def test_workers_share_the_port_and_their_figures_and_one_that_ends_is_replaced() -> None:
    async def rounds(port: int, count: int) -> list[int]:
        return [(await _asked(port, request(BODY.encode(), QUERY)))[0] for _ in range(count)]

    async def figures(port: int) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /metrics HTTP/1.1\r\nhost: localhost:%d\r\n\r\n" % port)
        _, body = await answered(reader)
        writer.close()
        return body.decode()

    with _running("--workers", "2") as (process, said):
        port = int(said.rpartition(":")[2].partition("/")[0])
        assert asyncio.run(rounds(port, 8)) == [200] * 8
        told = asyncio.run(figures(port))
        assert 'payrule_requests_total{method="POST",route="/v1/determinations",status="200"} 8.0' in told
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        workers = [int(each) for each in children if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        assert asyncio.run(rounds(port, 8)) == [200] * 8


def test_what_cannot_be_served_is_refused_at_once(tmp_path: Path) -> None:
    weak = tmp_path / "weak"
    weak.write_text("short\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for options, said in (
            (("--host", "0.0.0.0"), "add `--token-file FILE`"),  # noqa: S104 - that it is refused
            (("--token-file", str(weak)), "holds no token"),
            (("--port", str(taken.getsockname()[1])), "cannot be opened"),
            (("--port", "0", "--rulebase", str(tmp_path)), "is not a rulebase"),
            (("--port", "0", "--rulebase", str(tmp_path), "--workers", "2"), "is not a rulebase"),
        ):
            command = [sys.executable, "-m", "payrule", "serve", *options]
            ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
            assert ended.returncode == 2
            assert said in ended.stderr


def test_a_token_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    with served("--host", "0.0.0.0", "--token-file", str(path)) as (port, _):  # noqa: S104 - with a token
        right = request(BODY.encode(), QUERY).replace(
            b"\r\n\r\n", f"\r\nauthorization: Bearer {TOKEN}\r\n\r\n".encode(), 1
        )
        assert asyncio.run(_asked(port, right))[0] == 200
        assert asyncio.run(_asked(port, request(BODY.encode(), QUERY)))[0] == 401
