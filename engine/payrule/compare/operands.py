"""What a reviewer names: a policy, a version of it, a payer, a file, a folder, or any of these in a git revision."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from payrule.compare.git import at_revision, revision
from payrule.compare.locks import read_lock
from payrule.model.policy import Lock, Policy, semantic
from payrule.rulebase.folder import VOCABULARY, is_rulebase, read_text, rulebase_folder
from payrule.rulebase.load import Documents, read_documents, read_payer, read_policy, usable
from payrule.source.diagnostics import InputError, RequestError, did_you_mean

Kind = Literal["policy", "payer", "rulebase"]


class Operand(msgspec.Struct, frozen=True):
    """Documents, and what of them is meant: one policy version, one payer, or all of them; and the lock beside them."""

    name: str
    kind: Kind
    documents: Documents
    policy: Policy | None = None
    payer: str | None = None
    lock: Lock | None = None


def operand(named: str, folder: Path | None = None) -> Operand:
    """Find what a name means; names that stand in no file are looked up in the rulebase of `folder`.

    `policy@version`, `policy` (its latest version), `payer`, a policy or payer file, the folder of a policy or of a
    rulebase, or `REVISION:PATH` in a git repository. What stands in this folder comes before what the rulebase has, and
    a policy before a payer of the same name; `policy:NAME` and `payer:NAME` mean what the rulebase has.

    Raises RequestError when it means nothing, DocumentError when the documents cannot be used.

    >>> from payrule import load
    >>> found = operand(f"{min(load().policies)}@1.0.0")
    >>> found.kind, found.policy.version
    ('policy', '1.0.0')
    """
    kind, _, rest = named.partition(":")
    path, written = Path(named), revision(named)
    if kind in ("policy", "payer") and rest:
        found = _named(rest, _usable(folder), (kind,))
    elif _is_of_a_rulebase(path):
        found = _at(path, folder)
    elif written is not None:
        found = at_revision(written, lambda path: _at(path, folder))
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
            return _operand(name, documents, policy=latest(versions))
        for each in versions:
            if each.version == version:
                return _operand(name, documents, policy=each)
        listed = ", ".join(f"`{each.name}`" for each in versions)
        raise RequestError.of("unknown-version", f"there is no version `{version}` of `{policy}`", f"there is {listed}")
    if "payer" in kinds and name in documents.payers:
        return _operand(name, documents, payer=name)
    return None


def _is_of_a_rulebase(path: Path) -> bool:
    """Tell whether there is a file, or a folder that belongs to a rulebase; another one hides no name."""
    try:
        return path.is_file() or (
            path.is_dir() and any(map(is_rulebase, (path, path / "policies", _whole(path).parent)))
        )
    except OSError:  # such as a name that is longer than any file's
        return False


def _whole(path: Path) -> Path:
    """Give a path that ends in a name."""
    return path.resolve() if path.name in ("", "..") else path


def _at(path: Path, folder: Path | None) -> Operand:
    return _folder(path) if path.is_dir() else _file(path, folder)


def _folder(path: Path) -> Operand:
    """Read the folder of a rulebase, or of a policy in one."""
    if is_rulebase(path) or is_rulebase(path / "policies"):
        return _operand(str(path), _usable(path))
    within = _whole(path)
    if is_rulebase(within.parent):
        documents = _usable(within.parent)
        if within.name in documents.policies:
            return _operand(str(path), documents, policy=latest(documents.policies[within.name]))
    help_text = f"name a folder that holds `{VOCABULARY}`, or the folder of a policy in one"
    raise RequestError.of("no-rulebase", f"`{path}` is neither a rulebase nor the folder of a policy", help_text)


def _file(path: Path, folder: Path | None) -> Operand:
    """Read a policy or a payer with the names of the rulebase that it stands in, else of the one in `folder`."""
    home = path.absolute().parent.parent
    documents = read_documents(home if is_rulebase(home) else folder)
    value = read_text(path).value
    if isinstance(value, dict) and value.get("kind") == "payer":
        payer = read_payer(path, documents)
        payers = {**usable(documents).payers, payer.id: payer}
        return _operand(str(path), msgspec.structs.replace(documents, payers=payers), payer=payer.id)
    policy = read_policy(path, documents.vocabulary, documents.remittance_codes)
    return _operand(str(path), usable(documents), policy=policy)


def _operand(name: str, documents: Documents, *, policy: Policy | None = None, payer: str | None = None) -> Operand:
    """Take documents, with the lock of their folder."""
    kind: Kind = "policy" if policy is not None else "payer" if payer is not None else "rulebase"
    return Operand(name, kind, documents, policy, payer, read_lock(documents.folder))


def _usable(folder: Path | None) -> Documents:
    return usable(read_documents(rulebase_folder(folder)))


def _unknown(named: str, documents: Documents) -> InputError:
    versions = (each.name for policy in documents.policies.values() for each in policy)
    known = [*documents.policies, *documents.payers, *versions]
    help_text = did_you_mean(named, known) or "name a policy, `policy@version`, a payer, a path, or `REVISION:PATH`"
    message = f"`{named}` is no policy, payer or rulebase, and no file of one"
    return RequestError.of("unknown-operand", message, help_text)
