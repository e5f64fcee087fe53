"""What a reviewer names: a policy, a version of it, a payer, a file, a folder, or any of these in a git revision."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from payrule.adjudication.folder import PAYERS, is_rulebase, rulebase_folder
from payrule.adjudication.loading import Documents, read_documents, read_payer, read_policy
from payrule.documents.findings import DocumentError, Finding, InputError, RequestError
from payrule.documents.models import Policy
from payrule.documents.suggest import did_you_mean
from payrule.documents.versions import semantic
from payrule.review.revisions import at_revision, is_revision

Kind = Literal["policy", "payer", "rulebase"]


class Operand(msgspec.Struct, frozen=True):
    """Documents, and what of them is meant: one policy version, one payer, or all of them."""

    name: str
    kind: Kind
    documents: Documents
    policy: Policy | None = None
    payer: str | None = None


def operand(named: str, folder: Path | None = None) -> Operand:
    """Find what a name means; names that stand in no file are looked up in the rulebase of `folder`.

    `policy@version`, `policy` (its latest version), `payer`, a policy or payer file, the folder of a policy or of a
    rulebase, or `REVISION:PATH` in a git repository. A policy comes before a payer of the same name; `policy:NAME` and
    `payer:NAME` tell them apart.

    Raises RequestError when it means nothing, DocumentError when the documents cannot be used.

    >>> found = operand("medicare@1.0.0")
    >>> found.kind, found.policy.name
    ('policy', 'medicare@1.0.0')
    """
    kind, _, rest = named.partition(":")
    if kind in ("policy", "payer") and rest:
        found = _named(rest, _usable(folder), (kind,))
    elif Path(named).exists():
        found = _at(Path(named), folder)
    elif is_revision(named):
        return at_revision(named, lambda path: msgspec.structs.replace(_at(path, folder), name=named))
    else:
        found = _named(named, _usable(folder), ("policy", "payer"))
    if found is None:
        raise _unknown(named, _usable(folder))
    return msgspec.structs.replace(found, name=named)


def latest(versions: Iterable[Policy]) -> Policy:
    """Give the highest version of a policy."""
    return max(versions, key=lambda version: semantic(version.version))


def _named(name: str, documents: Documents, kinds: tuple[str, ...]) -> Operand | None:
    policy, _, version = name.partition("@")
    if "policy" in kinds and policy in documents.policies:
        versions = documents.policies[policy]
        if not version:
            return Operand(name, "policy", documents, policy=latest(versions))
        chosen = next((each for each in versions if each.version == version), None)
        if chosen is None:
            listed = ", ".join(f"`{each.name}`" for each in versions)
            raise _refused("unknown-version", f"there is no version `{version}` of `{policy}`", f"there is {listed}")
        return Operand(name, "policy", documents, policy=chosen)
    if "payer" in kinds and name in documents.payers:
        return Operand(name, "payer", documents, payer=name)
    return None


def _at(path: Path, folder: Path | None) -> Operand:
    """Read a file or a folder; a file is read with the names of the rulebase that it stands in, else of `folder`."""
    if path.is_dir():
        if is_rulebase(path) or is_rulebase(path / "policies"):
            return Operand(str(path), "rulebase", _usable(path))
        versions = _usable(path.parent).policies.get(path.name) if is_rulebase(path.parent) else None
        if versions is None:
            cure = "name a folder that holds `vocabulary.json`, or the folder of a policy in one"
            raise _refused("no-rulebase", f"`{path}` is neither a rulebase nor the folder of a policy", cure)
        return Operand(str(path), "policy", _usable(path.parent), policy=latest(versions))
    home = path.parent.parent
    documents = read_documents(home if is_rulebase(home) else folder)
    if path.parent.name == PAYERS:
        payer = read_payer(path, documents)
        return Operand(str(path), "payer", _without_errors(documents), payer=payer.id)
    policy = read_policy(path, documents.vocabulary, documents.remittance_codes)
    return Operand(str(path), "policy", documents, policy=policy)


def _usable(folder: Path | None) -> Documents:
    return _without_errors(read_documents(rulebase_folder(folder)))


def _without_errors(documents: Documents) -> Documents:
    errors = [finding for finding in documents.findings if finding.severity == "error"]
    if errors:
        raise DocumentError(errors)
    return documents


def _unknown(named: str, documents: Documents) -> InputError:
    known = [
        *documents.policies,
        *documents.payers,
        *(each.name for all_ in documents.policies.values() for each in all_),
    ]
    cure = did_you_mean(named, known) or "name a policy, `policy@version`, a payer, a path, or `REVISION:PATH`"
    return _refused("unknown-operand", f"there is no policy, payer or file `{named}`", cure)


def _refused(code: str, message: str, cure: str | None) -> RequestError:
    return RequestError([Finding(code=code, message=message, help=cure)])
