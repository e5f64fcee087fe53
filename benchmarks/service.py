"""How many claims a second one worker of the decision service decides, for a client on the same machine.

`make bench-service`; claims of four lines, each checked by both executions, over connections that stay open. Then how
long hooks of coverage discovery take, for orders that are all different.
"""

import argparse
import asyncio
import json
from collections.abc import Iterator
from itertools import cycle, islice
from time import perf_counter

import msgspec
from tests.soak_crd import DAY
from tests.soak_crd import requests as orders

import payrule
from benchmarks.claims import random_claims
from benchmarks.decisions import KNOWN_ON, SHIPPED, SHIPPED_CODES
from benchmarks.service_client import answered, request, served

AIM, AIM_P99 = 1_500, 15.0
"""Requests a second, and milliseconds."""

CLAIMS, WARM = 500, 500

AIM_CRD_P99 = 100.0
"""Milliseconds of a hook."""


def main() -> None:
    """Print a row for each number of connections."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", choices=("decisions", "crd"), nargs="+", default=["decisions", "crd"])
    parser.add_argument("--hooks", type=int, default=4_000, help="requests of coverage discovery")
    parser.add_argument("--engine", choices=("forward", "plan"), nargs="+", default=["forward", "plan"])
    asked = parser.parse_args()
    if "decisions" in asked.only:
        for engine in asked.engine:
            _measure(asked, engine)
        print(f"the aim is {AIM:,} a second and {AIM_P99:g} ms for 99 of 100, at 16")
    if "crd" in asked.only:
        _measure_hooks(asked)


def _measure(asked: argparse.Namespace, engine: str) -> None:
    print(f"service: claims of 4 lines of {SHIPPED}, {asked.workers} worker(s), {engine}, a client on the same machine")
    print(HEADINGS)
    requests = list(_requests())
    with served("--workers", str(asked.workers), "--engine", engine) as (port, process):
        asyncio.run(_timed(port, requests, WARM, 16))
        for connections in asked.connections:
            _row(port, process, requests, asked.requests, connections)


HEADINGS = f"{'at once':>8} {'a second':>9} {'p50 ms':>7} {'p99 ms':>7} {'most ms':>8}   worker: processor ms a request"


def _row(port: int, process: int, requests: list[bytes], count: int, connections: int) -> None:
    """Send requests, and print how long they took."""
    before, began = _processor(process), perf_counter()
    times = sorted(asyncio.run(_timed(port, requests, count, connections)))
    rate = len(times) / (perf_counter() - began)
    used = (_processor(process) - before) / len(times) * 1e3
    median, tail = times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3
    print(f"{connections:>8} {rate:>9,.0f} {median:>7.2f} {tail:>7.2f} {times[-1] * 1e3:>8.1f}   {used:.2f}")


def _measure_hooks(asked: argparse.Namespace) -> None:
    """Send orders to the hooks of every payer in turn, none twice but after the last."""
    payers = sorted(payrule.load().payers)
    drawn = islice(orders(payrule.load(), 0), WARM + asked.hooks)
    made = [
        request(json.dumps(body).encode(), f"?known_on={DAY}", path=f"/crd/{payer}/cds-services/{name}")
        for payer, (name, body) in zip(cycle(payers), drawn, strict=False)
    ]
    print(f"coverage discovery: {asked.hooks:,} orders of {len(payers)} payers, a client on the same machine")
    print(HEADINGS)
    for connections in (1, 4):
        with served("--crd") as (port, process):
            asyncio.run(_timed(port, made[:WARM], WARM, connections))
            _row(port, process, made[WARM:], asked.hooks, connections)
    print(f"the aim is {AIM_CRD_P99:g} ms for 99 of 100")


def _processor(pid: int) -> float:
    """Give the seconds of processor time that a process has used, as Linux tells."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - a kernel's table, not a file
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _requests() -> Iterator[bytes]:
    vocabulary = payrule.load().documents.vocabulary
    for claim in random_claims(vocabulary, SHIPPED_CODES, CLAIMS):
        yield request(msgspec.json.encode(claim), f"?payer={SHIPPED}&known_on={KNOWN_ON}")


async def _timed(port: int, requests: list[bytes], count: int, connections: int) -> list[float]:
    """Send requests over so many connections at once, and give the seconds of each."""
    left = islice(cycle(requests), count)

    async def one() -> list[float]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        times = []
        for each in left:
            began = perf_counter()
            writer.write(each.replace(b"host: localhost", b"host: localhost:%d" % port))
            status, _ = await answered(reader)
            assert status == 200, status
            times.append(perf_counter() - began)
        writer.close()
        return times

    return [each for times in await asyncio.gather(*(one() for _ in range(connections))) for each in times]


if __name__ == "__main__":
    main()
