"""A rulebase, a policy and a payer to begin with."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from payrule.model.policy import Source
from payrule.model.remittance_codes import REMITTANCE_CODES
from payrule.rulebase.folder import CODE_SETS, COLUMN_MAPS, NO_POLICIES, PAYERS, TABLES, VOCABULARY
from payrule.rulebase.load import Documents
from payrule.rulebase.write_schemas import editor_texts, shipped_vocabulary, written
from payrule.scaffold.scaffold import NAME, Scaffold, document, documents_with, named, there
from payrule.source.diagnostics import RequestError
from payrule.source.files import shipped

_FILES: dict[str, tuple[str, ...]] = {
    "bound/policy": ("*/*.json", *(f"!{folder}/*.json" for folder in (PAYERS, TABLES, CODE_SETS, COLUMN_MAPS))),
    "bound/payer": ("payers/*.json",),
    "bound/example": ("*/examples/*.json",),
    "bound/vocabulary": ("vocabulary.json",),
    "remittance-codes": ("remittance-codes.json",),
    "table": ("tables/*.json",),
    "code-set": ("code-sets/*.json",),
    "column-map": ("column-maps/*.json",),
    "lock": ("lock.json",),
}
"""The documents of each schema, by patterns below the folder of policies; `!` leaves some out."""


def vscode_settings(policies: str = "policies", schemas: str = "schemas") -> dict[str, Any]:
    """Bind the schemas of a rulebase to its documents, and leave their form to payrule.

    >>> vscode_settings()["json.schemas"][1]
    {'fileMatch': ['/policies/payers/*.json'], 'url': './schemas/bound/payer.schema.json'}
    """
    return {
        "json.schemas": [
            {
                "fileMatch": [re.sub("^(!?)", rf"\1/{policies}/", each) for each in files],
                "url": f"./{schemas}/{name}.schema.json",
            }
            for name, files in _FILES.items()
        ],
        "json.format.enable": False,
        "[json]": {"editor.tabSize": 2, "editor.insertSpaces": True, "editor.rulers": [120]},
    }


def new_rulebase(folder: Path) -> Scaffold:
    """Make a rulebase without policies in a folder of its own, which an editor opens as it is; a file is refused.

    >>> Path("mine/policies/vocabulary.json") in new_rulebase(Path("mine")).files
    True
    """
    if folder.is_file():
        raise RequestError.of("no-folder", f"`{folder}` is a file", "give the name of a new folder")
    lists = {
        folder / "policies" / name: (shipped("policies") / name).read_text("utf-8")
        for name in (VOCABULARY, REMITTANCE_CODES)
    }
    schemas = {folder / "schemas" / name: text for name, text in editor_texts(shipped_vocabulary()).items()}
    settings = {folder / ".vscode" / "settings.json": written(vscode_settings())}
    then = (f"go there: `cd {folder}`", "add a policy: `payrule new policy NAME-OF-THE-POLICY`")
    return Scaffold({**lists, **schemas, **settings}, then=then)


class FirstPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What a rulebase begins with: a policy by its title and issuer, and the file of its source, if there is one."""

    title: str
    issuer: str
    file: str | None = None

    @property
    def id(self) -> str:
        """The name of the policy: its title as names are written.

        >>> FirstPolicy(title="Massage & Manual Therapy", issuer="Some plan").id
        'massage-manual-therapy'
        """
        return "-".join(re.findall(r"[a-z0-9]+", self.title.lower()))


def first_documents(documents: Documents, first: FirstPolicy) -> Scaffold:
    """Make a policy that is a draft, and a payer to try it; raises RequestError for what is missing of it."""
    for said, what in ((first.id, "title"), (first.issuer.strip(), "issuer")):
        if not said:
            raise RequestError.of(f"no-{what}", f"the {what} of the policy is missing", "write it")
    policy = new_policy(
        documents,
        first.id,
        title=first.title,
        issuer=first.issuer,
        authority="payer-policy",
        source="manual",
        cited=Source(title=first.title, file=first.file),
    )
    made = documents_with(policy.files, documents.folder)
    title = f"Trial of {first.title}"
    payer = new_payer(made, f"{first.id}-trial", title=title, policies=[first.id], what_if=True)
    return Scaffold(policy.files | payer.files)


FIRST = "1.0.0"


def free_name(kind: str, name: str, taken: bool) -> str:  # noqa: FBT001 - reads as a sentence where it is called
    """Give a name that something new can have; raises RequestError otherwise.

    >>> free_name("policy", "hand-therapy", False)
    'hand-therapy'
    """
    if re.fullmatch(NAME, name) is None or name in NO_POLICIES:
        message = f"`{name}` cannot be the name of a {kind}"
        raise RequestError.of("bad-name", message, "use lower-case words joined by hyphens, such as `hand-therapy`")
    if taken:
        raise RequestError.of(f"{kind}-exists", f"there is already a {kind} `{name}`", "choose another name")
    return name


def new_policy(  # noqa: PLR0913 - what an analyst may say of it, each by name
    documents: Documents, name: str, *, title: str, issuer: str, authority: str, source: str, cited: Source
) -> Scaffold:
    """Make the first version of a policy, which cites one text under the name `source`."""
    free_name("policy", name, name in documents.policies)
    path = documents.folder / name / f"{FIRST}.json"
    text = {"title": cited.title} | ({"file": cited.file} if cited.file else {})
    value: dict[str, Any] = {"kind": "policy", "id": name, "version": FIRST, "title": title, "issuer": issuer}
    value |= {"authority": authority, "status": "draft", "effective": {"from": None, "to": None}, "published": None}
    value |= {"sources": {source: text}, "rules": []}
    trial = f"payrule new payer {name}-trial --policy {name} --what-if{there(documents)}"
    rule = f"payrule new rule {name} NAME-OF-THE-RULE{there(documents)}"
    then = (f"make a payer to try it: `{trial}`", f"add its first rule: `{rule}`")
    return Scaffold({path: document(documents.folder, path, value)}, then=then)


def new_payer(
    documents: Documents, name: str, *, title: str, policies: Sequence[str], what_if: bool = False
) -> Scaffold:
    """Make a payer that uses policies, the first one first; with `what_if` it uses proposed versions too."""
    free_name("payer", name, name in documents.payers)
    if not policies:
        known = ", ".join(f"`{each}`" for each in documents.policies)
        which = f"the policies are {known}" if known else "first make a policy with `payrule new policy`"
        raise RequestError.of("no-policy", f"no policy is named for `{name}`", f"add `--policy POLICY`; {which}")
    for policy in policies:
        versions = documents.policies[named("policy", policy, documents.policies)]
        if not what_if and not any(each.status == "in-force" for each in versions):
            message = f"no version of `{policy}` is in force, so a payer cannot use it"
            raise RequestError.of("not-in-force", message, "add `--what-if` to see what would happen if it were")
    path = documents.folder / PAYERS / f"{name}.json"
    purpose, tiers = "what-if" if what_if else "adjudication", [[policy] for policy in policies]
    value = {"kind": "payer", "id": name, "title": title, "purpose": purpose, "tiers": tiers}
    then = (
        f"see which policies it uses: `payrule show {name}{there(documents)}`",
        "put policies of equal precedence into the same list of `tiers`",
    )
    return Scaffold({path: document(documents.folder, path, value)}, then=then)
