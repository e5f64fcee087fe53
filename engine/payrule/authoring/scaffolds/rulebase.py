"""A rulebase to begin with: the words and codes that payrule ships, schemas bound to them, settings for an editor."""

import json
from pathlib import Path

from payrule.adjudication.folder import VOCABULARY
from payrule.authoring.bound_schemas import generated_texts, shipped_vocabulary
from payrule.authoring.editor_settings import vscode_settings
from payrule.authoring.scaffolds.scaffold import Scaffold
from payrule.documents.remittance_codes import REMITTANCE_CODES
from payrule.documents.schema_files import SchemaName, schema
from payrule.documents.shipped import shipped

_LISTS = {"vocabulary": VOCABULARY, "remittance-codes": REMITTANCE_CODES}
"""Documents that a rulebase cannot be without, or should not; each names its schema beside the folder."""

_UNBOUND: tuple[SchemaName, ...] = ("vocabulary", "remittance-codes", "table", "lock")
"""Kinds of document that are held to a schema which is the same for every vocabulary."""


def new_rulebase(folder: Path) -> Scaffold:
    """Make a rulebase without policies in a folder of its own, which an editor opens as it is.

    >>> Path("mine/policies/vocabulary.json") in new_rulebase(Path("mine")).files
    True
    """
    lists = {folder / "policies" / name: (shipped("policies") / name).read_text("utf-8") for name in _LISTS.values()}
    schemas = {folder / "schemas" / name: text for name, text in generated_texts(shipped_vocabulary()).items()}
    schemas |= {folder / "schemas" / f"{name}.schema.json": _written(schema(name)) for name in _UNBOUND}
    settings = {folder / ".vscode" / "settings.json": _written(vscode_settings())}
    return Scaffold(
        {**lists, **schemas, **settings},
        then=(
            f"work there: `cd {folder}`",
            "make a policy: `payrule new policy NAME-OF-THE-POLICY`",
        ),
    )


def _written(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
