"""Which schema an editor holds which documents to, in the form that Visual Studio Code and its kin read."""

from pathlib import Path
from typing import Any

from payrule.model.remittance_codes import REMITTANCE_CODES
from payrule.rulebase.folder import VOCABULARY
from payrule.rulebase.write_schemas import editor_texts, shipped_vocabulary, written
from payrule.scaffold.scaffold import Scaffold
from payrule.source.files import shipped

_FILES: dict[str, tuple[str, ...]] = {
    "bound/policy": ("*/*.json", "!payers/*.json", "!tables/*.json"),
    "bound/payer": ("payers/*.json",),
    "bound/example": ("*/examples/*.json",),
    "bound/vocabulary": ("vocabulary.json",),
    "remittance-codes": ("remittance-codes.json",),
    "table": ("tables/*.json",),
    "lock": ("lock.json",),
}
"""The documents of each schema, by patterns below the folder of policies; `!` leaves some out again."""


def vscode_settings(policies: str = "policies", schemas: str = "schemas") -> dict[str, Any]:
    """Bind the schemas of a rulebase to its documents, and leave their form to payrule.

    >>> vscode_settings()["json.schemas"][1]
    {'fileMatch': ['/policies/payers/*.json'], 'url': './schemas/bound/payer.schema.json'}
    """
    return {
        "json.schemas": [
            {"fileMatch": [_below(policies, each) for each in files], "url": f"./{schemas}/{name}.schema.json"}
            for name, files in _FILES.items()
        ],
        "json.format.enable": False,
        "[json]": {"editor.tabSize": 2, "editor.insertSpaces": True, "editor.rulers": [120]},
    }


def _below(folder: str, pattern: str) -> str:
    return f"!/{folder}/{pattern[1:]}" if pattern.startswith("!") else f"/{folder}/{pattern}"


_LISTS = {"vocabulary": VOCABULARY, "remittance-codes": REMITTANCE_CODES}
"""Documents that a rulebase cannot be without, or should not; each names its schema beside the folder."""


def new_rulebase(folder: Path) -> Scaffold:
    """Make a rulebase without policies in a folder of its own, which an editor opens as it is.

    >>> Path("mine/policies/vocabulary.json") in new_rulebase(Path("mine")).files
    True
    """
    lists = {folder / "policies" / name: (shipped("policies") / name).read_text("utf-8") for name in _LISTS.values()}
    schemas = {folder / "schemas" / name: text for name, text in editor_texts(shipped_vocabulary()).items()}
    settings = {folder / ".vscode" / "settings.json": written(vscode_settings())}
    return Scaffold(
        {**lists, **schemas, **settings},
        then=(
            f"work there: `cd {folder}`",
            "make a policy: `payrule new policy NAME-OF-THE-POLICY`",
        ),
    )
