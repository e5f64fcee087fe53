"""Commands that need no extra work where none is installed: nothing on their way imports a package of one."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.forks import surroundings
from tests.formats.fhir_claims import item, resource

ROOT = Path(__file__).resolve().parents[2]

COMMANDS = """
adjudicate examples/contract.json --format json
adjudicate examples/contract.json
adjudicate examples/claims.csv --format csv --engine plan
adjudicate examples/claims-5010.837 --payer blue-cross --format jsonl
adjudicate {folder}/fhir.json --payer blue-cross --format fhir
explain examples/contract.json --line 2
check policies/vocabulary.json
test policies/medicare-statute
fmt --check policies/medicare-statute
show medicare-statute
schema policy
"""
"""Claims of every format that is read as it comes, and what is done with documents."""

NOT_NEEDED = """
email.parser importlib.metadata importlib.resources jsonschema logging multiprocessing pickle rich secrets shutil
sqlite3 subprocess tempfile zipfile
payrule.analysis.encoding payrule.citations payrule.columns payrule.compare payrule.examples payrule.lint
payrule.scaffold payrule.formats.column_maps payrule.formats.csv_reader payrule.formats.fhir payrule.formats.history
payrule.formats.mapped_rows payrule.formats.spreadsheet payrule.formats.x12
payrule.reports.claim_response payrule.reports.csv payrule.reports.table payrule.source.database
"""
"""Modules that a claim in JSON, answered in JSON, does not wait for."""

RUN = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
blocked, commands = json.loads(sys.argv[1])
sys.modules |= dict.fromkeys(blocked)
from payrule.cli import main
ended, loaded = {}, []
for command in commands:
    sys.argv, code, said = ["payrule", *command.split()], 0, io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(said), redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        except BaseException as fault:
            code = repr(fault)
    said.seek(0)
    ended[command] = code, said.read()
    loaded.append([name for name, module in sys.modules.items() if module is not None])
json.dump([ended, loaded[0]], sys.stdout)
"""


def packages_of_extras() -> set[str]:
    """Name what the packages of all extras for users are imported as."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = {re.split(r"[^\w-]", each)[0] for extra in extras if extra != "dev" for each in extras[extra]} - {"payrule"}
    normal = {re.sub(r"[-_.]+", "-", each).lower() for each in named}
    return {
        package
        for package, distributions in packages_distributions().items()
        if normal & {re.sub(r"[-_.]+", "-", each).lower() for each in distributions}
    }


def test_commands_that_need_no_extra_work_without_any_and_a_claim_in_json_waits_for_little(tmp_path: Path) -> None:
    blocked = sorted(packages_of_extras())
    assert {"duckdb", "openpyxl", "pysat", "python_calamine", "starlette"} <= set(blocked)
    (tmp_path / "fhir.json").write_text(json.dumps(resource(item())), encoding="utf-8")
    commands = COMMANDS.format(folder=tmp_path).strip().splitlines()
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps([blocked, commands])],
        cwd=ROOT,
        env=surroundings(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ended, loaded = json.loads(done.stdout)
    assert list(ended) == commands
    assert {command: told for command, told in ended.items() if told[0] != 0} == {}
    assert "payrule.formats.json_reader" in loaded
    assert sorted({*NOT_NEEDED.split()} & {*loaded}) == []
