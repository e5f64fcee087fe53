"""Put the documents of a check's page over a sound rulebase, as a rulebase of its own.

A block of the page is a piece of a document. Its keys take the place of those of the policy that stands here; of its
rules, those with the id of another one take its place. A block of another kind lies over the document of that kind. A
block of CSV is a table of codes, with the days of its rows in columns `from` and `to`; its other columns are integers.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.docs.pages import blocks

from payrule.formats.own_tables import Layout, Wanted, import_own_table
from payrule.lint.registry import page

HERE = Path(__file__).parent

OF_NUMBERS_AND_DATES = frozenset({"version-too-low", "versions-overlap", "versions-leave-gap"})
"""Checks whose pages show later versions by number and date alone; that those have no examples is suppressed."""

WITHOUT_EXAMPLES = {"code": "version-without-examples", "reason": "The page is about numbers and dates alone."}


def pieces(code: str, heading: str) -> list[dict[str, Any]]:
    """Give the documents under `Avoid` or `Prefer` of a page."""
    _, _, after = page(code).partition(f"## {heading}\n")
    section = after.partition("\n## ")[0]
    return [json.loads(block.text) for block in blocks(section) if block.language == "json"]


def _tables(code: str, heading: str, folder: Path) -> None:
    """Import the tables under a heading."""
    section = page(code).partition(f"## {heading}\n")[2].partition("\n## ")[0]
    for block in blocks(section):
        if block.language == "csv" and block.title is not None:
            file = folder / block.title
            file.write_text(block.text)
            key, *others = block.text.partition("\n")[0].split(",")
            first, last = (each if each in others else None for each in ("from", "to"))
            values = tuple(Wanted(each, "integer") for each in others if each not in ("from", "to"))
            layout = Layout((Wanted(key, "code"),), first, last, values)
            tables = folder / "rulebase" / "tables"
            tables.mkdir(exist_ok=True)
            import_own_table(file, file.stem, layout, tables, title=file.name, issuer="The plain plan")


def laid(code: str, heading: str, folder: Path) -> Path:
    """Make a rulebase of the documents under a heading, with the copies of its sources beside it."""
    shutil.copytree(HERE / "rulebase", folder / "rulebase")
    shutil.copytree(HERE / "sources", folder / "sources")
    for piece in pieces(code, heading):
        later = code in OF_NUMBERS_AND_DATES and "version" in piece
        _lay(piece | {"suppress": [WITHOUT_EXAMPLES]} if later else piece, folder / "rulebase")
    _tables(code, heading, folder)
    return folder


def _lay(piece: dict[str, Any], rulebase: Path) -> None:
    kind = piece.get("kind", "policy")
    if kind == "policy":
        base = json.loads((HERE / "rulebase/stretching/1.0.0.json").read_text())
        document = base | piece | {"rules": _rules(base, piece)}
        path = rulebase / document["id"] / f"{document['version']}.json"
        if path.exists():  # two pieces speak of one document
            already = json.loads(path.read_text())
            document = already | piece | {"rules": _rules(already, piece)}
    elif kind == "example":
        document, path = piece, rulebase / f"stretching/examples/{piece['encounter']['id']}.json"
    elif kind == "payer":
        document, path = piece, rulebase / f"payers/{piece['id']}.json"
    elif kind == "code-set":
        document, path = piece, rulebase / f"code-sets/{piece['id']}.json"
    elif kind == "signatures":
        policy, _, version = piece["version"].partition("@")
        document, path = piece, rulebase / policy / "signatures" / f"{version}.json"
    elif kind == "lock":
        document, path = piece, rulebase / "lock.json"
    else:
        path = rulebase / f"{kind}.json"
        base = json.loads(path.read_text())
        named = {each["id"]: each for each in piece.get("concerns", ())}
        document = base | piece | {"concerns": [named.get(each["id"], each) for each in base["concerns"]]}
        document["attributes"] = base["attributes"] | piece.get("attributes", {})
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=2))


def _rules(base: dict[str, Any], piece: dict[str, Any]) -> list[dict[str, Any]]:
    if piece.get("id", base["id"]) != base["id"]:
        return list(piece["rules"])
    named = {rule["id"]: rule for rule in piece.get("rules", ())}
    kept = [named.pop(rule["id"], rule) for rule in base["rules"]]
    return [*kept, *named.values()]
