"""The decision service under load: `make soak-service`. No request is lost while the rulebase changes; memory is flat.

The service runs as a process of its own, and is asked over connections that stay open.
"""

import asyncio
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

from benchmarks.service_client import answered, request, served
from tests.web.service_for_tests import BODY, PAYER, QUERY

from payrule.source.files import shipped

REQUESTS, RELOADS, LONG = 10_000, 20, 200_000
AT_ONCE = 16
WAIT = 240.0
"""Seconds until a change is taken up, at most."""


class Reloaded(NamedTuple):
    """What was answered while the rulebase changed: statuses, answers by rulebase, and changes that were refused."""

    statuses: Counter[int]
    digests: Counter[str]
    refused: int
    slowest: float


@contextmanager
def own_rulebase() -> Iterator[Path]:
    """Copy the shipped rulebase into a folder of its own."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "policies"
        shutil.copytree(shipped("policies"), folder)
        yield folder


def reload_under_load(requests: int, reloads: int, broken: int) -> Reloaded:
    """Send at least so many requests while the payer's document changes so many times, once so that it is broken."""
    with own_rulebase() as folder, served("--rulebase", str(folder)) as (port, _):
        return asyncio.run(_reloaded(port, folder, requests, reloads, broken))


async def _reloaded(port: int, folder: Path, requests: int, reloads: int, broken: int) -> Reloaded:
    statuses: Counter[int] = Counter()
    digests: Counter[str] = Counter()
    done, slowest, refused = asyncio.Event(), 0.0, 0
    sent = _with_host(request(BODY.encode(), QUERY), port)

    async def ask() -> None:
        nonlocal slowest
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while not done.is_set() or statuses.total() < requests:
            began = perf_counter()
            writer.write(sent)
            status, body = await answered(reader)
            statuses[status] += 1
            slowest = max(slowest, perf_counter() - began)
            if status == 200:
                digests[json.loads(body)["rulebase"]] += 1
        writer.close()

    async def change() -> None:
        nonlocal refused
        path = folder / "payers" / f"{PAYER}.json"
        sound = json.loads(path.read_text())
        await _until(partial(_has_more, digests, 0))
        for number in range(reloads):
            known = len(digests)
            if number == broken:
                await asyncio.to_thread(path.write_text, '{"kind": "payer", ')
                await _until(partial(_is_broken, port))
                refused += 1
            else:
                sound["title"] = f"Plan {number}"
                await asyncio.to_thread(path.write_text, json.dumps(sound))
                await _until(partial(_has_more, digests, known))
        done.set()

    await asyncio.gather(change(), *(ask() for _ in range(AT_ONCE)))
    return Reloaded(statuses, digests, refused, slowest)


async def _has_more(digests: Counter[str], known: int) -> bool:
    return len(digests) > known


async def _until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WAIT):
        while not await is_so():  # noqa: ASYNC110 - another process makes it so
            await asyncio.sleep(0.05)


async def _is_broken(port: int) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /readyz HTTP/1.1\r\nhost: localhost:%d\r\n\r\n" % port)
    _, body = await answered(reader)
    writer.close()
    return bool(json.loads(body)["findings"])


def _with_host(sent: bytes, port: int) -> bytes:
    return sent.replace(b"host: localhost", b"host: localhost:%d" % port)


def memory_over(requests: int) -> Iterator[tuple[int, float]]:
    """Send requests, of which one in ten is malformed, and give the memory of the worker (MiB) after each tenth."""
    with served() as (port, process):
        for done in range(requests // 10, requests + 1, requests // 10):
            asyncio.run(_send(port, requests // 10))
            yield done, resident(process)


async def _send(port: int, count: int) -> None:
    good, bad = (_with_host(request(body, QUERY), port) for body in (BODY.encode(), BODY[:-9].encode()))
    left = iter(range(count))
    turn = cycle([good] * 9 + [bad])

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            writer.write(next(turn))
            status, _ = await answered(reader)
            assert status in (200, 400), status
        writer.close()

    await asyncio.gather(*(ask() for _ in range(AT_ONCE)))


def resident(process: int) -> float:
    """Give the memory that a process has now (MiB)."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Run both, and print what was seen; end with 1 where a request was lost or memory grew."""
    began = perf_counter()
    found = reload_under_load(REQUESTS, RELOADS, RELOADS // 2)
    _say(
        f"{found.statuses.total():,} requests across {RELOADS} changes, {found.refused} refused: statuses "
        f"{dict(found.statuses)}, {len(found.digests)} rulebases, slowest {found.slowest * 1e3:,.0f} ms, "
        f"{perf_counter() - began:,.0f} s"
    )
    _say(f"{'requests':>10} {'MiB':>7}")
    sizes = []
    for done, size in memory_over(LONG):
        _say(f"{done:>10,} {size:>7.1f}")
        sizes.append(size)
    lost = found.statuses.keys() != {200} or len(found.digests) != RELOADS
    sys.exit(1 if lost or sizes[-1] > sizes[0] * 1.05 else 0)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
