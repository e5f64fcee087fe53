"""payrule asks no network, and reads nothing that belongs to the person who runs it, as the page on security says."""

import json
from pathlib import Path

import pytest
from tests.cli.processes import process
from tests.property.effort import mostly_slow

from payrule.source.database import Store

CLAIM = {"id": "E-1", "lines": [{"number": 1, "code": "97124", "date": "2024-08-05"}]}

WATCH = """
import os, sys
HOME = os.environ["HOME"]
def watch(event, arguments):
    asks = event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request")
    if asks or event == "open" and str(arguments[0]).startswith(HOME):
        os.write(2, f"SEEN {event} {arguments[:1]}\\n".encode())
sys.addaudithook(watch)
"""

DECIDE = ("adjudicate", "claims.json", "--payer", "medicare-part-b", "--known-on", "2024-12-31")
COMMANDS = {
    "adjudicate": DECIDE,
    "columns": (*DECIDE, "--engine", "columns", "--out", "decided.csv"),
    "explain": ("explain", *DECIDE[1:], "--line", "1"),
    "list": ("list",),
    "test": ("test", "--quiet"),
}


@pytest.mark.parametrize("command", mostly_slow(COMMANDS))
def test_a_command_asks_no_network_and_reads_no_file_of_whoever_runs_it(command: str, tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    (home / ".netrc").write_text("machine example.org login a password b\n")
    (work / "claims.json").write_text(json.dumps(CLAIM))
    done = process(work, *COMMANDS[command], before=WATCH, anew=True, HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert "SEEN" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "doing", mostly_slow(["open(HOME + '/.netrc')", "__import__('socket').gethostbyname('localhost')"])
)
def test_what_is_watched_for_is_seen(doing: str, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("")
    assert "SEEN" in process(tmp_path, "list", before=f"{WATCH}{doing}\n", anew=True, HOME=str(tmp_path)).stderr


def test_duckdb_fetches_no_extension() -> None:
    with Store(threads=1) as store:
        settings = "SELECT value FROM duckdb_settings() WHERE name = 'autoinstall_known_extensions'"
        assert store.rows(settings) == [("false",)]
