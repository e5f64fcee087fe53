"""A rulebase to begin with: the words and codes that payrule ships, schemas bound to them, settings for an editor."""

from pathlib import Path

from payrule.adjudication.folder import VOCABULARY
from payrule.authoring.bound_schemas import editor_texts, shipped_vocabulary, written
from payrule.authoring.editor_settings import vscode_settings
from payrule.authoring.scaffolds.scaffold import Scaffold
from payrule.documents.remittance_codes import REMITTANCE_CODES
from payrule.documents.shipped import shipped

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
