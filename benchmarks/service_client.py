"""A client of the decision service on the same machine, which takes little time of its own."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep


def request(
    body: bytes, query: str = "", media_type: str = "application/json", path: str = "/v1/determinations"
) -> bytes:
    """Write a request to decide claims, or another one by its path."""
    head = f"POST {path}{query} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {media_type}\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


async def answered(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read an answer: its status and its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return int(head[9:12]), await reader.readexactly(length)


@contextmanager
def served(*options: str) -> Iterator[tuple[int, int]]:
    """Run the service on a free port; give the port and the id of its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "payrule", "serve", "--port", str(port), *options]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                with socket.socket() as tried:
                    if tried.connect_ex(("127.0.0.1", port)) == 0:
                        tried.sendall(b"GET /readyz HTTP/1.1\r\nhost: localhost:%d\r\n\r\n" % port)
                        tried.settimeout(60)
                        tried.recv(1)
                        break
                sleep(0.1)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(30)
