"""Which schema an editor holds which documents to, in the form that Visual Studio Code and its kin read."""

from typing import Any

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
