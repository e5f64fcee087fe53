"""A server of PostgreSQL for tests and measurements, started where there is one and removed afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDERS = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *map(Path, os.defpath.split(os.pathsep)))
INITDB = next((found for folder in FOLDERS if (found := folder / "initdb").is_file()), None)


def owner() -> str | None:
    """Name the user of the server: PostgreSQL does not run for root."""
    if os.getuid() != 0:
        return None
    names = {each.pw_name for each in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@contextmanager
def running() -> Iterator[str]:
    """Start a server that listens at a socket in a folder of its own; give how to connect to it."""
    if INITDB is None:
        raise RuntimeError("there is no PostgreSQL here")
    user, folder = owner(), Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    if user is not None:
        shutil.chown(folder, user)
    data, programs = folder / "data", INITDB.parent

    def do(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(data), *arguments]
        subprocess.run(command, user=user, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    try:
        do("initdb", "-U", "payrule", "--auth=trust", "--no-sync", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c shared_buffers=16MB"
        do("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://payrule:se%20cret@/postgres?host={folder}"
        finally:
            do("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def address(server: str, table: str) -> str:
    return server.replace("/postgres?", f"/postgres/{table}?")
